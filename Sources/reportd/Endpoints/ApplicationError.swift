import HTTPTypes
import Hummingbird
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
        let advice = Problem.advice(error)
        if advice.kind.status.code >= 500 {
            context.logger.error(
                "request failed", metadata: ["problem": "\(advice.debugDescription)"])
        }
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

/// Turns errors at addresses of an application's API into its own shape, also those of strangers.
struct ApplicationErrors: RouterMiddleware {
    typealias Context = ReportContext

    let shelf: DefinitionShelf

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        guard shelf.current.applications.contains(where: { $0.owns(request.uri.path) }) else {
            return try await next(request, context)
        }
        do {
            return try await next(request, context)
        } catch {
            return ApplicationError.response(error, context)
        }
    }
}
