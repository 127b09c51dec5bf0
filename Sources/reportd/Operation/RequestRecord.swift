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
        let route = context.endpointPath ?? context.note.route
        let method = request.method
        // An answer is over when its last byte has been handed on, or the reader has gone.
        response.body = ResponseBody(contentLength: bytes) { writer in
            counts.open(1)
            defer {
                counts.open(-1)
                let seconds = began.duration(to: .now) / .seconds(1)
                counts.add(method, route, status: status, seconds: seconds)
                if isLogged {
                    log(context, method, route, status: status, bytes: bytes, seconds: seconds)
                }
            }
            try await body.write(writer)
        }
        return response
    }

    private func log(
        _ context: ReportContext, _ method: HTTPRequest.Method, _ route: String?, status: Int,
        bytes: Int?, seconds: Double
    ) {
        var fields: Logger.Metadata = [
            "method": "\(RequestCounts.word(method))", "status": .stringConvertible(status),
            "ms": .stringConvertible((seconds * 10_000).rounded() / 10),
            "by": "\(context.note.proof.rawValue)",
        ]
        if let route { fields["route"] = "\(route)" }
        if let bytes { fields["bytes"] = .stringConvertible(bytes) }
        if let role = context.note.role { fields["role"] = "\(role.rawValue)" }
        context.logger.info("request", metadata: fields)
    }
}
