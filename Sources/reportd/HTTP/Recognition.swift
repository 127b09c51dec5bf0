import Foundation
import HTTPTypes
import Hummingbird
import Vocabulary

/// Recognises who asks: by a bearer token, or by the cookie of a signed-in browser.
struct Recognition: RouterMiddleware {
    typealias Context = ReportContext

    /// Name of the session cookie.
    static let cookie = "reportd_session"
    /// How long a session lasts, in seconds.
    static let sessionSeconds = Int64(12 * 3600)

    let access: AccessDesk
    let clock: WallClock
    let audit: AuditLog

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let header = request.headers[.authorization] {
            let words = header.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 2, words[0].lowercased() == "bearer" else {
                throw Advice(
                    .unauthenticated, "the Authorization header is not understood",
                    remedy: "send ‘Authorization: Bearer …’")
            }
            do {
                let token = String(words[1])
                let principal = try await access.principal(bearer: token, now: clock.now())
                context.principal = principal
                context.recognisedAgain = { [access] now in
                    try await access.principal(bearer: token, now: now)
                }
                context.note.recognise(principal, by: .token)
            } catch {
                // What cannot be told is no refusal.
                guard Problem.advice(error).kind == .unauthenticated else { throw error }
                await audit.enterRefusal(
                    AuditEvent(
                        kind: .tokenRefused, address: context.address,
                        subject: AuditEvent.subject(of: request, context),
                        details: ["reason": Problem.advice(error).happened]), log: context.logger)
                throw error
            }
        } else if let session = request.cookies[Self.cookie]?.value {
            // A session that has ended is no error: the reader is asked to sign in again.
            if let (principal, id) = try await access.principal(session: session, now: clock.now())
            {
                (context.principal, context.session) = (principal, id)
                context.recognisedAgain = { [access] now in
                    try await access.principal(session: session, now: now)?.principal
                }
                context.note.recognise(principal, by: .session)
            }
        }
        return try await next(request, context)
    }
}

/// Refuses requests of other sites that would act in a signed-in reader's name.
///
/// A browser sends a cookie along with a form of any site, so whatever may change something has to
/// come from our own pages, from those of origins that the configuration names, or from no browser.
/// Every form holds a token of its session besides.
struct SameOrigin: RouterMiddleware {
    typealias Context = ReportContext

    /// Other origins whose requests are not those of strangers: ours as readers know it, and those of
    /// applications' front ends.
    let known: Set<String>

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        if ![.get, .head, .options].contains(request.method) { try check(request) }
        return try await next(request, context)
    }

    /// Checks a request that changes something.
    ///
    /// - Throws: `Advice` of kind `denied` when a browser says that another site sent it.
    private func check(_ request: Request) throws {
        if let origin = request.headers[.origin], known.contains(origin) { return }
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }) {
            guard site == "same-origin" || site == "none" else { throw Self.refusal }
            return
        }
        guard let origin = request.headers[.origin] else { return }
        guard let host = request.head.authority, URL(string: origin)?.authorityText == host else {
            throw Self.refusal
        }
    }

    private static var refusal: Advice {
        Advice(
            .denied, "this request came from another site",
            remedy: "open the page here and try again")
    }
}

extension URL {
    fileprivate var authorityText: String? {
        host.map { host in port.map { "\(host):\($0)" } ?? host }
    }
}

/// The choices in an address, and the headers that conditional requests use.
extension Request {
    /// Reads what a reader chose to look at.
    ///
    /// - Throws: `Advice` for a parameter that is not known, naming the nearest one.
    func choices(allowing more: [APIParameter] = []) throws -> ViewChoices {
        var choices = ViewChoices()
        for (name, value) in uri.queryParameters {
            let text = String(value)
            if text.isEmpty { continue }
            switch ViewChoices.Name(rawValue: String(name)) {
            case .company: choices.companies += text.split(separator: ",").map(String.init)
            case .group: choices.group = text
            case .period: choices.period = text
            case .from: choices.from = text
            case .to: choices.to = text
            case .compare: choices.compare = text
            case .where: choices.conditions.append(text)
            case .knownAt: choices.knownAt = text
            case .currency: choices.currency = text
            case nil:
                guard more.names.contains(String(name)) else {
                    throw Advice(
                        .request, "the parameter ‘\(name)’ is not known",
                        remedy: Spelling.remedy(
                            for: String(name), legal: ([APIParameter].choices + more).names))
                }
            }
        }
        return choices
    }

    /// The values of parameters, each of which stands once.
    ///
    /// - Throws: `Advice` for a parameter that is not known, naming the nearest one.
    func values(of parameters: [APIParameter]) throws -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in uri.queryParameters {
            guard parameters.names.contains(String(name)) else {
                throw Advice(
                    .request, "the parameter ‘\(name)’ is not known",
                    remedy: parameters.isEmpty
                        ? "leave it out"
                        : Spelling.remedy(for: String(name), legal: parameters.names))
            }
            if !value.isEmpty { values[String(name)] = String(value) }
        }
        return values
    }

    /// Whether the caller already has the content of a tag (RFC 9110, 13.1.2).
    func has(tag: String) -> Bool { head.has(tag: tag) }
}

extension HTTPRequest {
    /// Whether the caller already has the content of a tag (RFC 9110, 13.1.2).
    func has(tag: String) -> Bool {
        guard let header = headerFields[.ifNoneMatch] else { return false }
        if header == tag { return true }
        return header.split(separator: ",").contains { part in
            let text = part.trimmingCharacters(in: .whitespaces)
            return text == "*" || text == tag || text == "W/" + tag
        }
    }
}
