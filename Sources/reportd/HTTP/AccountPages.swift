import HTTPTypes
import Hummingbird
import Reports
import Vocabulary

/// A reader's own page: their password, and where they are signed in.
struct AccountPages: Sendable {
    let pages: PageRoutes

    private var users: UserBook { pages.access.users }
    private var sessions: SessionBook { pages.access.sessions }

    func add(to router: Router<ReportContext>) {
        pages.addForms(
            "/account", to: router,
            show: { pages.renderer.render(try await page($0, $1, $2)) },
            act: { try await act($0, $1, $2, $3) })
    }

    private func page(
        _ request: Request, _ context: ReportContext, _ principal: Principal
    ) async throws -> AccountPage {
        let companies = pages.companies(of: principal)
        var (mail, own): (String?, [Session]) = (nil, [])
        if context.session != nil {
            own = try await sessions.all(of: principal.name, now: pages.desk.clock.now())
            mail = try await users.state.read { db in
                try UserBook.user(principal.name, in: db)?.mail
            }
        }
        return AccountPage(
            frame: pages.frame(request, principal, nil), principal: principal,
            companies: companies.map(\.name), mail: mail, session: context.session,
            sessions: own, zone: companies.first?.zone ?? .utc)
    }

    private func act(
        _ form: FormFields, _ request: Request, _ context: ReportContext,
        _ principal: Principal
    ) async throws -> Response {
        var outcome: PageOutcome?
        var failure: Advice?
        var status = HTTPResponse.Status.ok
        do {
            let word = try await done(form, context, principal)
            outcome = PageOutcome(text: word.text(in: pages.locale(request)))
        } catch let tooMany as TooManyRequests {
            (failure, status) = (tooMany.advice, .tooManyRequests)
        } catch let advice as Advice {
            (failure, status) = (advice, advice.kind.status)
        }
        var page = try await page(request, context, principal)
        (page.outcome, page.failure) = (outcome, failure)
        return PageRoutes.html(pages.renderer.render(page), status: status)
    }

    private static let noPassword = Advice(
        .denied, "you did not sign in with a password here", remedy: "sign in with one first")

    private func done(
        _ form: FormFields, _ context: ReportContext, _ principal: Principal
    ) async throws -> PeopleWord {
        guard let session = context.session else {
            throw Self.noPassword
        }
        let (desk, now) = (pages.signInDesk, pages.desk.clock.now())
        let event = AuditEvent(
            kind: .sessionEnded, who: principal.name, address: desk.address(context),
            subject: principal.name)
        switch form.text("do") {
        case "password":
            let here = try await sessions.all(of: principal.name, now: now)
                .first { $0.id == session }
            guard here?.kind == .page else { throw Self.noPassword }
            let password = try form.newPassword()
            try await desk.confirm(
                name: principal.name, password: form.last["present"] ?? "", context)
            try await users.change(
                try await desk.hash(password), of: principal.name, keeping: session, now: now,
                address: desk.address(context))
            return .passwordChanged
        case "end":
            let ended = try await sessions.end(
                of: principal.name, form.text("session"), keeping: session, now: now, event)
            guard ended > 0 else {
                throw Advice(
                    .unknown, "you are not signed in there any more",
                    remedy: "nothing is left to do")
            }
            return .sessionsEnded
        case "end-others":
            _ = try await sessions.end(
                of: principal.name, nil, keeping: session, now: now, event)
            return .sessionsEnded
        default: throw PageRoutes.noSuchForm
        }
    }
}
