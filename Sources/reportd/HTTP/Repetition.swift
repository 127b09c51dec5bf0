import HTTPTypes
import Hummingbird

/// Gives answers again that were given to the same request while nothing has changed, before anybody
/// looks anew who asks and what there is for them.
///
/// What a request costs besides its answer stays as it is: it counts among those of its reader, has a
/// name of its own, and is recorded. One too many of a reader goes the way of all others, which says
/// so.
struct Repetition<Next: HTTPResponder<ReportContext>>: HTTPResponder {
    let desk: AnswerDesk
    let access: AccessDesk
    let users: UserLimit
    let record: RequestRecord
    let next: Next

    func respond(to request: Request, context: ReportContext) async throws -> Response {
        guard request.method == .get, let standing = AnswerStanding(desk, access) else {
            return try await next.respond(to: request, context: context)
        }
        let key = AnswerRepeats.Key(request, from: context.address)
        if let answer = desk.repeats.answer(to: key, at: standing),
            let response = repeated(answer, request, context)
        {
            return response
        }
        let response = try await next.respond(to: request, context: context)
        if let answer = AnswerRepeats.Answer(response, context),
            AnswerStanding(desk, access) == standing
        {
            desk.repeats.keep(answer, to: key, at: standing)
        }
        return response
    }

    /// An answer as the response to another request; nil when its reader has asked too often.
    private func repeated(
        _ answer: AnswerRepeats.Answer, _ request: Request, _ context: ReportContext
    ) -> Response? {
        let (began, facts) = (ContinuousClock.now, answer.facts)
        let ticket = users.take(answer.principal)
        guard ticket?.isGranted != false else { return nil }
        desk.repeats.count()
        var response = answer.response(to: request)
        if let ticket { users.tell(ticket, in: &response) }
        let id = (facts.isProxied ? Arrival.name(of: request) : nil) ?? RequestName.new()
        if let name = RequestName.header { response.headers[name] = id }
        record.enter(
            request.method, facts, id, context.logger, status: response.status.code,
            bytes: response.body.contentLength, since: began)
        return response
    }
}
