import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Vocabulary

/// What is known of a request while it is answered.
struct ReportContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; nil until they have been recognised.
    var principal: Principal?
    /// The session of whoever is signed in with a browser; nil for everybody else.
    var session: String?
    /// Looks again who asks, by what they brought, for answers that take long; nil for strangers.
    var recognisedAgain: (@Sendable (Instant) async throws -> Principal?)?
    /// The address that they come from; nil where the connection has none.
    var address: String?
    /// Whether their request came under TLS, to us or to a proxy of ours.
    var isSecure = false
    /// The name of this request, in the log and on its answer.
    var requestID = ""
    /// What becomes known of it on the way, for its record.
    let note = RequestNote()

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        principal = nil
        address = source.channel.remoteAddress?.ipAddress
    }

    /// Who asks.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when nobody was recognised.
    func recognised() throws -> Principal {
        if let principal { return principal }
        throw Advice(
            .unauthenticated, "this needs a token or a signed-in browser",
            remedy: "send ‘Authorization: Bearer …’ (see ‘reportd token’), or sign in")
    }
}

extension Advice.Kind {
    /// The HTTP status of this kind of failure.
    var status: HTTPResponse.Status {
        switch self {
        case .request: .badRequest
        case .unknown: .notFound
        case .unauthenticated: .unauthorized
        case .denied: .forbidden
        case .busy, .unreachable: .serviceUnavailable
        case .input: .unprocessableContent
        case .definition, .storage, .damaged: .internalServerError
        }
    }
}

/// Problem details after RFC 9457.
enum Problem {
    /// A response that tells a program what is wrong and what to do.
    static func response(
        _ advice: Advice, _ context: ReportContext, status: HTTPResponse.Status? = nil
    ) -> Response {
        let status = status ?? advice.kind.status
        let fields = [
            ("type", "about:blank"), ("title", status.reasonPhrase), ("status", ""),
            ("detail", advice.description), ("code", advice.kind.rawValue),
        ]
        var members = fields.map { name, value in
            name == "status"
                ? "\"status\":\(status.code)" : "\"\(name)\":\(JSONText.quoted(value))"
        }
        if !advice.details.isEmpty {
            let details = advice.details.map(JSONText.quoted).joined(separator: ",")
            members.append("\"details\":[\(details)]")
        }
        members.append("\"request\":\(JSONText.quoted(context.requestID))")
        let body = "{" + members.joined(separator: ",") + "}\n"
        var response = Response(
            status: status, headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        response.headers[.cacheControl] = "no-store"
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Logs an error that is ours; one that nobody could expect is told to the operator's server.
    static func log(_ error: any Error, _ context: ReportContext) {
        let advice = advice(error)
        let status = advice.kind.status.code
        guard status >= 500, !(error is TooManyRequests) else { return }
        context.logger.error(
            "request failed", error: status == 500 ? error : nil,
            metadata: ["problem": "\(advice.debugDescription)"])
    }

    /// The advice that any error amounts to.
    static func advice(_ error: any Error) -> Advice {
        if let advice = error as? Advice { return advice }
        if let tooMany = error as? TooManyRequests { return tooMany.advice }
        if let http = error as? HTTPError {
            switch http.status {
            case .notFound:
                return Advice(
                    .unknown, "there is nothing at this address",
                    remedy: "GET /api/v1 lists the addresses")
            case .contentTooLarge:
                return Advice(
                    .request, "the request is too large", remedy: "send less than 64 KB")
            default:
                return Advice(
                    .request, http.body ?? "the request is not understood",
                    remedy: "compare it with the documentation")
            }
        }
        return Advice(
            .storage, "something went wrong on our side",
            remedy: "try again; the operator finds the cause in the log",
            cause: String(reflecting: error))
    }
}

/// Turns errors into problem details, and logs those that are ours.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ReportContext

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let advice = Problem.advice(error)
            Problem.log(error, context)
            if let http = error as? HTTPError, http.status == .contentTooLarge {
                return Problem.response(advice, context, status: .contentTooLarge)
            }
            guard let tooMany = error as? TooManyRequests else {
                return Problem.response(advice, context)
            }
            var response = Problem.response(advice, context, status: .tooManyRequests)
            response.headers[.retryAfter] = "\(tooMany.retryAfter)"
            return response
        }
    }
}

/// Headers that keep browsers from doing more with a response than showing it.
struct SafetyHeaders: RouterMiddleware {
    typealias Context = ReportContext

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        let isPage = response.headers[.contentType]?.hasPrefix("text/html") == true
        if isPage { for (name, value) in Self.ofPages { response.headers[name] = value } }
        if response.headers[Self.policyName] == nil {
            response.headers[Self.policyName] = Self.closedPolicy
            if isPage, let name = Self.framesName { response.headers[name] = "DENY" }
        }
        // Only under TLS: a browser would believe it then, and come back in no other way.
        if context.isSecure, let name = HTTPField.Name("Strict-Transport-Security") {
            response.headers[name] = "max-age=31536000"
        }
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = "private, no-cache"
        }
        return response
    }

    /// Lets pages of some origins show a response in a frame.
    static func allowFrames(of origins: [String], in response: inout Response) {
        guard !origins.isEmpty else { return }
        response.headers[policyName] = policy(frames: origins.joined(separator: " "))
    }

    /// Lets a page show another of ours in a frame.
    static func allowOwnFrames(in response: inout Response) {
        response.headers[policyName] = policy(frames: "'none'") + "; frame-src 'self'"
        if let name = framesName { response.headers[name] = "DENY" }
    }

    /// Seals a document that is shown in a frame of ours: whatever it holds, it runs nothing, loads
    /// nothing and leads nowhere.
    static func seal(_ response: inout Response) {
        response.headers[policyName] =
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            + "frame-ancestors 'self'"
    }

    private static func policy(frames: String) -> String {
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors \(frames)"
    }

    private static let closedPolicy = policy(frames: "'none'")
    private static let policyName = HTTPField.Name.contentSecurityPolicy
    /// The older header that names no origins; left out where the policy names some.
    private static let framesName = HTTPField.Name("X-Frame-Options")

    /// Headers that mean something for pages only.
    private static let ofPages: [(HTTPField.Name, String)] = [
        ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
