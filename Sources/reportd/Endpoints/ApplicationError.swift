import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Vocabulary

/// Errors in the shape that applications made with NestJS have:
/// `{"statusCode","message","error","details"?}`.
enum ApplicationError {
    /// What an error is answered with.
    static func response(_ error: any Error, _ context: ReportContext) -> Response {
        if let fields = error as? FieldMistakes {
            let details = fields.mistakes.map {
                "{\"field\":\(JSONText.quoted($0.field)),"
                    + "\"message\":\(JSONText.quoted($0.message))}"
            }
            return response(
                .badRequest, "Validation failed",
                more: ",\"details\":[\(details.joined(separator: ","))]")
        }
        if let tooMany = error as? TooManyRequests {
            return Self.tooMany(retryAfter: tooMany.retryAfter)
        }
        let advice = Problem.advice(error)
        Problem.log(error, context)
        return response(advice.kind.status, advice.description)
    }

    /// The answer to a user who has asked too often.
    static func tooMany(retryAfter seconds: Int64) -> Response {
        var response = response(
            .tooManyRequests, "Too many requests", more: ",\"retryAfter\":\(seconds)")
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    private static func response(
        _ status: HTTPResponse.Status, _ message: String, more: String = ""
    ) -> Response {
        let body =
            "{\"statusCode\":\(status.code),\"message\":\(JSONText.quoted(message)),"
            + "\"error\":\(JSONText.quoted(status.reasonPhrase))\(more)}\n"
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

/// What holds at all addresses of an application's API, also for strangers: errors have its own shape,
/// and its front end may ask from where it comes from (CORS).
struct ApplicationManners: RouterMiddleware {
    typealias Context = ReportContext

    let shelf: DefinitionShelf
    let frontEnds: Set<String>

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        guard shelf.current.applications.contains(where: { $0.owns(request.uri.path) }) else {
            return try await next(request, context)
        }
        let origin = request.headers[.origin].flatMap { frontEnds.contains($0) ? $0 : nil }
        var response: Response
        if origin != nil, request.method == .options {
            response = Response(
                status: .noContent,
                headers: [
                    .accessControlAllowMethods: "GET, POST",
                    .accessControlAllowHeaders: "Authorization, Content-Type, If-None-Match",
                    .accessControlMaxAge: "600",
                ])
        } else {
            do {
                response = try await next(request, context)
            } catch {
                response = ApplicationError.response(error, context)
            }
        }
        // Whoever keeps the answer for one origin must not show it to another.
        response.headers[.vary] = [response.headers[.vary], "Origin"].compactMap { $0 }
            .joined(separator: ", ")
        guard let origin else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        return response
    }

    /// The headers that a front end of another origin may read.
    private static let exposed =
        "Content-Disposition, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
        + "Retry-After, X-Remarks"
}
