import Foundation
import HTTPTypes
import Hummingbird
import Vocabulary

/// Leads to the identity provider and back.
struct ProviderPages: Sendable {
    /// Where the provider sends people back to.
    static let returnPath = "/sign-in/provider/return"
    /// Name of the cookie that a browser has with it meanwhile.
    private static let cookie = "reportd_passage"

    let pages: PageRoutes
    let access: AccessDesk
    let clock: WallClock

    private var returnAddress: String { pages.ownOrigin + Self.returnPath }

    func add(to router: Router<ReportContext>) {
        router.get("/sign-in/provider") { request, context in try await leave(request, context) }
        router.get("/sign-in/provider/return") { request, context in
            try await comeBack(request, context)
        }
    }

    private func provider() throws -> IdentityProvider {
        if let provider = access.provider { return provider }
        throw Advice(
            .unknown, "there is nothing at this address", remedy: "sign in with a password")
    }

    private func leave(_ request: Request, _ context: ReportContext) async throws -> Response {
        let provider = try provider()
        let next = PageRoutes.ownPath(request.uri.queryParameters["next"].map(String.init))
        return try await answering(request, context, next) {
            let now = clock.now()
            let passage = SignInPassage(next: next, now: now)
            let address = try await provider.address(
                for: passage, returningTo: returnAddress, now: now)
            var response = PageRoutes.seeOther(address)
            response.setCookie(
                try cookie(
                    access.key.sealed(JSONEncoder().encode(passage)),
                    seconds: Int(SignInPassage.seconds), context))
            return response
        }
    }

    private func comeBack(_ request: Request, _ context: ReportContext) async throws -> Response {
        let provider = try provider()
        let (values, now) = (request.uri.queryParameters, clock.now())
        let kept = request.cookies[Self.cookie]?.value
        let passage = kept.flatMap { access.key.opened($0) }.flatMap {
            try? JSONDecoder().decode(SignInPassage.self, from: $0)
        }
        var response = try await answering(request, context, passage?.next ?? "/") {
            guard let passage, now.seconds < passage.expires,
                values["state"].map({ Self.isEqual(String($0), passage.state) }) ?? false
            else {
                throw IdentityProvider.refusal(
                    "this sign-in was not begun in this browser, or took too long")
            }
            // RFC 9207: a provider that names itself has to be the one that was asked.
            if let issuer = values["iss"], String(issuer) != provider.settings.issuer {
                throw IdentityProvider.refusal("another identity provider answered")
            }
            guard let code = values["code"].map(String.init), values["error"] == nil else {
                throw IdentityProvider.refusal("the identity provider did not let you in")
            }
            let principal = try await provider.principal(
                code: code, of: passage, returningTo: returnAddress, now: now)
            await pages.signInDesk.audit.enterSignIn(
                principal, as: principal.name, context, subject: provider.settings.name)
            let seconds = Int64(provider.settings.hours) * 3600
            let token = try await pages.signInDesk.begin(
                visitor: principal, seconds: seconds, now: now, request, context)
            var response = PageRoutes.seeOther(passage.next)
            response.setCookie(pages.cookie(token, seconds: Int(seconds), context))
            return response
        }
        // Whatever came of it, the passage is over.
        response.setCookie(cookie("", seconds: 0, context))
        return response
    }

    /// The answer, or the sign-in page with what went wrong.
    private func answering(
        _ request: Request, _ context: ReportContext, _ next: String,
        _ answer: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await answer()
        } catch {
            let advice = Problem.advice(error)
            Problem.log(error, context)
            if advice.kind == .unauthenticated {
                await pages.signInDesk.audit.enterRefusal(
                    AuditEvent(
                        kind: .signInRefused, address: context.address,
                        subject: access.provider?.settings.name ?? "",
                        details: ["reason": advice.happened]), log: context.logger)
            }
            return PageRoutes.html(
                pages.renderer.render(pages.signInPage(request, next: next, failure: advice)),
                status: advice.kind.status)
        }
    }

    private func cookie(_ value: String, seconds: Int, _ context: ReportContext) -> Cookie {
        Cookie(
            name: Self.cookie, value: value, maxAge: seconds, path: "/sign-in",
            secure: context.isSecure, httpOnly: true, sameSite: .lax)
    }

    private static func isEqual(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        return one.count == other.count
            && zip(one, other).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}
