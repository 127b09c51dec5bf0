import HTTPTypes
import Hummingbird
import Logging
import Vocabulary

/// Records every request: one line in the log and the counts of `/metrics`.
///
/// A line tells the pattern of the address, never the address itself, whose parts may be names or
/// tokens, and of who asked only with what proof and in which role.
struct RequestRecord: RouterMiddleware {
    typealias Context = ReportContext

    let counts: RequestCounts
    /// Whether each request has a line in the log.
    let isLogged: Bool

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        var response = try await next(request, context)
        if let name = RequestName.header { response.headers[name] = context.requestID }
        let (body, status, bytes) = (
            response.body, response.status.code, response.body.contentLength
        )
        let (method, route) = (request.method, context.endpointPath)
        // An answer is over when its last byte has been handed on, or the reader has gone.
        response.body = ResponseBody(contentLength: bytes) { writer in
            counts.open(1)
            defer {
                counts.open(-1)
                var facts = context.note.facts
                facts.route = route ?? facts.route
                enter(
                    method, facts, context.requestID, context.logger, status: status,
                    bytes: bytes, since: began)
            }
            try await body.write(writer)
        }
        return response
    }

    /// Enters a request whose answer is over.
    func enter(
        _ method: HTTPRequest.Method, _ facts: RequestFacts, _ id: String, _ logger: Logger,
        status: Int, bytes: Int?, since began: ContinuousClock.Instant
    ) {
        let seconds = began.duration(to: .now) / .seconds(1)
        counts.add(method, facts.route, status: status, seconds: seconds)
        guard isLogged else { return }
        var fields: Logger.Metadata = [
            "request": "\(id)", "method": "\(RequestCounts.word(method))",
            "status": .stringConvertible(status),
            "ms": .stringConvertible((seconds * 10_000).rounded() / 10),
            "by": "\(facts.proof.rawValue)",
        ]
        if let route = facts.route { fields["route"] = "\(route)" }
        if let bytes { fields["bytes"] = .stringConvertible(bytes) }
        if let principal = facts.principal { fields["role"] = "\(principal.role.rawValue)" }
        var logger = logger
        logger[metadataKey: Arrival.theirName] = nil
        logger.info("request", metadata: fields)
    }
}
