import HTTPTypes
import Hummingbird
import Reports
import Vocabulary

/// The pages on which somebody chooses a password who has an address for it, and on which whoever
/// forgot theirs asks for one.
///
/// What an address holds stands after its `?`: logs and the audit log name paths only. To look at it
/// changes nothing, since programs follow links of mails.
struct PasswordPages: Sendable {
    /// Where invitations lead.
    static let invitationPath = "/invitation"
    /// Where mails for whoever forgot their password lead.
    static let resetPath = "/reset"

    let pages: PageRoutes
    let people: PeopleDesk

    private var signInDesk: SignInDesk { pages.signInDesk }

    func add(to router: Router<ReportContext>) {
        for path in [Self.invitationPath, Self.resetPath] {
            router.get(RouterPath(path)) { request, _ in
                try await explained(request) {
                    try await page(path, Self.ticket(request), request)
                }
            }
            router.post(RouterPath(path)) { request, context in
                try await explained(request) { try await choose(path, request, context) }
            }
        }
        router.get("/sign-in/forgotten") { request, _ in
            try await explained(request) {
                try people.mustBeOpen()
                return forgotten(request)
            }
        }
        router.post("/sign-in/forgotten") { request, context in
            try await explained(request) { try await ask(request, context) }
        }
    }

    /// The answer, or a page that says why there is none.
    private func explained(
        _ request: Request, _ answer: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await answer()
        } catch let advice as Advice {
            let frame = PageFrame(locale: pages.locale(request))
            return PageRoutes.html(
                pages.renderer.render(
                    ErrorPage(
                        frame: frame, status: advice.kind.status.code, advice: advice,
                        link: PageLink(
                            title: PageWord.signIn.text(in: frame.locale), path: "/sign-in"))),
                status: advice.kind.status)
        }
    }

    // MARK: Choosing a password

    private static func ticket(_ request: Request) -> String {
        request.uri.queryParameters["token"].map(String.init) ?? ""
    }

    /// The name of the one whom an address is for.
    ///
    /// - Throws: `Advice` of kind `unknown` when it opens nothing.
    private func name(_ path: String, _ ticket: String) async throws -> String {
        try people.mustBeOpen()
        let now = people.clock.now()
        return path == Self.invitationPath
            ? try await people.invitations.invitation(of: ticket, now: now).name
            : try await people.resets.user(of: ticket, now: now)
    }

    private func page(
        _ path: String, _ ticket: String, _ request: Request, _ failure: Advice? = nil
    ) async throws -> Response {
        let page = PasswordPage(
            frame: PageFrame(locale: pages.locale(request)), action: path,
            formToken: pages.key.formToken("nobody"), ticket: ticket,
            name: try await name(path, ticket), failure: failure)
        return PageRoutes.html(
            pages.renderer.render(page), status: failure?.kind.status ?? .ok)
    }

    private func choose(
        _ path: String, _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        let form = try await pages.fields(request)
        let ticket = form.last["ticket"] ?? ""
        // Before the password is hashed, which is dear: only who has an address can ask for that.
        _ = try await name(path, ticket)
        guard form.last["token"] == pages.key.formToken("nobody") else {
            return PageRoutes.seeOther("/sign-in")
        }
        let password: PasswordHash
        do {
            password = try await signInDesk.hash(try form.newPassword())
        } catch let advice as Advice where advice.kind == .request {
            return try await page(path, ticket, request, advice)
        }
        let (now, seconds) = (people.clock.now(), Recognition.sessionSeconds)
        let (address, agent) = (signInDesk.address(context), SignInDesk.agent(request))
        let (principal, session) =
            path == Self.invitationPath
            ? try await people.invitations.accept(
                ticket, password: password, sessionSeconds: seconds, now: now, address: address,
                agent: agent)
            : try await people.resets.use(
                ticket, password: password, sessionSeconds: seconds, now: now, address: address,
                agent: agent)
        return pages.signedIn(
            try await signInDesk.token(principal, session: session), "/", context)
    }

    // MARK: Forgotten

    private func forgotten(
        _ request: Request, isDone: Bool = false, _ failure: Advice? = nil
    ) -> Response {
        PageRoutes.html(
            pages.renderer.render(
                ForgottenPage(
                    frame: PageFrame(locale: pages.locale(request)),
                    formToken: pages.key.formToken("nobody"), hasMail: people.post != nil,
                    isDone: isDone, failure: failure)))
    }

    /// The same answer for every name, given before anybody looks whether there is one.
    private func ask(_ request: Request, _ context: ReportContext) async throws -> Response {
        try people.mustBeOpen()
        let form = try await pages.fields(request)
        guard form.last["token"] == pages.key.formToken("nobody") else {
            return PageRoutes.seeOther("/sign-in/forgotten")
        }
        let name = String(form.text("name").prefix(EnvelopeAddress.longest))
        do {
            try await signInDesk.countForgotten(name, context)
        } catch let tooMany as TooManyRequests {
            var response = forgotten(request, tooMany.advice)
            response.status = .tooManyRequests
            response.headers[.retryAfter] = "\(tooMany.retryAfter)"
            return response
        }
        people.forgotten(name, from: signInDesk.address(context))
        return forgotten(request, isDone: people.post != nil)
    }
}
