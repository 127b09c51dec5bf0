import Analytics
import HTTPTypes
import Hummingbird
import Reports
import Vocabulary

/// The page on which administrators make and revoke keys and guest links, and revoke tokens.
struct GrantPages: Sendable {
    let pages: PageRoutes
    let grants: GrantDesk

    func add(to router: Router<ReportContext>) {
        pages.addForms(
            "/access", to: router,
            show: { pages.renderer.render(try await page($0, $1, $2)) },
            act: { try await act($0, $1, $2, $3) })
    }

    private func page(
        _ request: Request, _ context: ReportContext, _ principal: Principal
    ) async throws -> GrantPage {
        let administrator = try pages.administrator(principal, context)
        let companies = pages.companies(of: principal)
        let now = grants.clock.now()
        let oldest = now.adding(seconds: -86_400 * GrantPage.shownDays)
        let all = try await pages.desk.aside { [grants] in
            try grants.all(for: administrator)
        }
        let entries = all.filter { $0.isValid(at: now) || $0.end > oldest }.map { grant in
            let codes = administrator.shown(grant.principal.companies)
            return GrantPage.Entry(
                grant: grant,
                companies: companies.filter { codes.contains($0.code) }.map(\.name),
                isGoverned: administrator.governs(grant.principal.companies))
        }
        let dashboards = pages.desk.shelf.current.analytics.dashboards.values.sorted {
            $0.name < $1.name
        }
        let frame = pages.frame(request, principal, .people)
        return GrantPage(
            frame: frame, entries: entries,
            companies: companies,
            dashboards: dashboards.map {
                PageLink(title: frame.locale.named($0.title), path: $0.name)
            },
            zone: companies.first?.zone ?? .utc, now: now)
    }

    /// Does what a form asks for, and shows the page with what came of it.
    private func act(
        _ form: FormFields, _ request: Request, _ context: ReportContext,
        _ principal: Principal
    ) async throws -> Response {
        let administrator = try pages.administrator(principal, context)
        let locale = pages.locale(request)
        let asked = form.text("do")
        let wish = GrantDesk.Wish(
            name: form.text("name"), role: form.text("role"), companies: form.all("company"),
            userKey: form.text("user-key"), scopes: form.all("scope"),
            dashboard: form.text("dashboard"),
            frames: form.text("frames").split(separator: " ").map(String.init),
            days: Int(form.text("days")) ?? 0)
        var outcome: PageOutcome?
        var failure: Advice?
        do {
            outcome = try await pages.desk.aside { [grants] in
                let once = PeopleWord.secretOnce.text(in: locale)
                switch asked {
                case "key":
                    let made = try grants.makeKey(wish, by: administrator)
                    return PageOutcome(
                        text: PeopleWord.keyMade.text(in: locale, wish.name),
                        secret: made.secret, about: once)
                case "guest":
                    let made = try grants.makeGuest(wish, by: administrator)
                    return PageOutcome(
                        text: PeopleWord.guestMade.text(in: locale, wish.name),
                        secret: made.address, about: once)
                case "revoke":
                    guard let kind = Grant.Kind(rawValue: form.text("kind")) else {
                        throw PageRoutes.noSuchForm
                    }
                    try grants.revoke(form.text("id"), kind, by: administrator)
                    let done: PeopleWord = kind == .session ? .visitorSignedOut : .grantRevoked
                    return PageOutcome(text: done.text(in: locale))
                default: throw PageRoutes.noSuchForm
                }
            }
        } catch let advice as Advice {
            failure = advice
        }
        var page = try await page(request, context, principal)
        (page.outcome, page.failure) = (outcome, failure)
        if failure != nil { page.wish = wish }
        return PageRoutes.html(
            pages.renderer.render(page), status: failure?.kind.status ?? .ok)
    }
}
