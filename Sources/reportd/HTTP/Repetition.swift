import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Vocabulary

/// Gives answers again that were given to the same request while nothing has changed, before anybody
/// looks anew who asks and what there is for them.
///
/// What a request costs besides its answer stays as it is: it counts among those of its reader, has a
/// name of its own, and is recorded. One too many of a reader goes the way of all others, which says
/// so.
struct Repeater: Sendable {
    let desk: AnswerDesk
    let access: AccessDesk
    let users: UserLimit
    let record: RequestRecord

    /// A request whose answer may be given again: what it asks, and what answers are made from now.
    struct Question: Sendable {
        fileprivate let key: AnswerRepeats.Key
        fileprivate let standing: AnswerStanding
    }

    /// What a request asks; nil where no answer may be given again, or nobody can tell without waiting
    /// who may not wait.
    func question(
        _ request: HTTPRequest, from address: String?, mayWait: Bool = true
    ) -> Question? {
        guard request.method == .get,
            let standing = AnswerStanding(desk, access, mayWait: mayWait)
        else { return nil }
        return Question(key: AnswerRepeats.Key(request, from: address), standing: standing)
    }

    /// The answer to a question as the response to a request, recorded as one of its own; nil when there
    /// is none, or its reader has asked too often.
    func answer(
        _ question: Question, to request: HTTPRequest, _ logger: Logger
    ) -> (head: HTTPResponse, body: ByteBuffer?)? {
        let began = ContinuousClock.now
        guard let answer = desk.repeats.answer(to: question.key, at: question.standing) else {
            return nil
        }
        let facts = answer.facts
        let ticket = users.take(answer.principal)
        guard ticket?.isGranted != false else { return nil }
        desk.repeats.count()
        var (head, body) = answer.response(to: request)
        if let ticket { users.tell(ticket, in: &head.headerFields) }
        let id =
            (facts.isProxied ? Arrival.name(in: request.headerFields) : nil) ?? RequestName.new()
        if let name = RequestName.header { head.headerFields[name] = id }
        record.enter(
            request.method, facts, id, logger, status: head.status.code,
            bytes: body?.readableBytes ?? 0, since: began)
        return (head, body)
    }

    /// Keeps the answer to a question, if it was made while nothing changed and is one for that.
    func keep(_ response: Response, _ context: ReportContext, to question: Question) {
        guard
            let answer = AnswerRepeats.Answer(
                response, context, now: desk.clock.now()),
            AnswerStanding(desk, access) == question.standing
        else { return }
        desk.repeats.keep(answer, to: question.key, at: question.standing)
    }
}

/// Answers what can be answered again, and keeps the answers that can be.
struct Repetition<Next: HTTPResponder<ReportContext>>: HTTPResponder {
    let repeater: Repeater
    let next: Next

    func respond(to request: Request, context: ReportContext) async throws -> Response {
        guard let question = repeater.question(request.head, from: context.address) else {
            return try await next.respond(to: request, context: context)
        }
        if let (head, body) = repeater.answer(question, to: request.head, context.logger) {
            return Response(
                status: head.status, headers: head.headerFields,
                body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
        }
        let response = try await next.respond(to: request, context: context)
        repeater.keep(response, context, to: question)
        return response
    }
}
