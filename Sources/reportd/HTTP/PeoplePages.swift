import HTTPTypes
import Hummingbird
import Reports
import Store
import Vocabulary

/// The page on which administrators invite, change and remove people.
struct PeoplePages: Sendable {
    let pages: PageRoutes
    let people: PeopleDesk

    func add(to router: Router<ReportContext>) {
        pages.addForms(
            "/users", to: router,
            show: { pages.renderer.render(try await page($0, $1, $2)) },
            act: { try await act($0, $1, $2, $3) })
    }

    private func page(
        _ request: Request, _ context: ReportContext, _ principal: Principal
    ) async throws -> PeoplePage {
        let administrator = try pages.administrator(principal, context)
        let companies = pages.companies(of: principal)
        let entries = try await people.people(for: administrator).map { person in
            let codes = administrator.shown(person.principal.companies)
            return PeoplePage.Entry(
                person: person,
                companies: companies.filter { codes.contains($0.code) }.map(\.name),
                mayChange: administrator.governs(person.principal.companies),
                isSelf: context.session != nil && person.name == principal.name)
        }
        return PeoplePage(
            frame: pages.frame(request, principal, .people), entries: entries,
            companies: companies, hasPasswords: people.isOpen, hasMail: people.post != nil,
            zone: companies.first?.zone ?? .utc, now: people.clock.now())
    }

    /// Does what a form asks for, and shows the page with what came of it.
    private func act(
        _ form: FormFields, _ request: Request, _ context: ReportContext,
        _ principal: Principal
    ) async throws -> Response {
        let administrator = try pages.administrator(principal, context)
        let locale = pages.locale(request)
        let wish = PeopleDesk.Wish(
            name: form.text("name"), mail: form.text("mail"), role: form.text("role"),
            companies: form.all("company"), userKey: form.text("user-key"),
            locale: form.text("locale"))
        var outcome: PageOutcome?
        var failure: Advice?
        do {
            switch form.text("do") {
            case "invite":
                outcome = Self.outcome(
                    try await people.invite(wish, by: administrator), .invitationSent, locale)
            case "again":
                outcome = Self.outcome(
                    try await people.inviteAgain(wish.name, by: administrator), .invitationSent,
                    locale)
            case "reset":
                outcome = Self.outcome(
                    try await people.reset(wish.name, by: administrator), .resetSent, locale)
            case "change":
                try await people.change(wish, by: administrator)
                outcome = PageOutcome(
                    text: PeopleWord.personChanged.text(in: locale, wish.name))
            case "remove":
                try await people.remove(wish.name, by: administrator)
                outcome = PageOutcome(
                    text: PeopleWord.personRemoved.text(in: locale, wish.name))
            default: throw PageRoutes.noSuchForm
            }
        } catch let advice as Advice {
            failure = advice
        }
        // Whoever removed or demoted themselves has nothing more to see here.
        guard let now = try await pages.present(principal, context),
            now.rights.contains(.users)
        else { return PageRoutes.seeOther("/") }
        var page = try await page(request, context, now)
        (page.outcome, page.failure) = (outcome, failure)
        if failure != nil, form.text("do") == "invite" { page.wish = wish }
        return PageRoutes.html(
            pages.renderer.render(page), status: failure?.kind.status ?? .ok)
    }

    private static func outcome(
        _ handover: PeopleDesk.Handover, _ sent: PeopleWord, _ locale: ReportLocale
    ) -> PageOutcome {
        switch handover {
        case .sent(let mailbox): PageOutcome(text: sent.text(in: locale, mailbox))
        case .shown(let address):
            PageOutcome(
                text: PeopleWord.addressOnce.text(in: locale), secret: address,
                about: PeopleWord.secretOnce.text(in: locale))
        }
    }
}
