import Reports
import Vocabulary

/// Keys, guest links and tokens, for administrators.
struct GrantPage: Sendable {
    /// One of them.
    struct Entry: Sendable {
        let grant: Grant
        /// Names of those of its companies that the reader sees.
        let companies: [String]
        /// Whether the reader may revoke it.
        let isGoverned: Bool
    }

    /// What surrounds it.
    let frame: PageFrame
    let entries: [Entry]
    /// The reader's companies, which they may give.
    let companies: [Company]
    /// The dashboards that a link may show.
    let dashboards: [PageLink]
    /// The zone on whose clock moments are told.
    let zone: Zone
    let now: Instant
    /// What came of the form that led here.
    var outcome: PageOutcome?
    /// Why nothing came of it, and what was asked for.
    var failure: Advice?
    var wish = GrantDesk.Wish()

    /// Days for which those that are over are still shown.
    static let shownDays = Int64(30)
}

extension PageRenderer {
    /// Keys, links and tokens as a whole page.
    func render(_ page: GrantPage) -> [UInt8] {
        let locale = page.frame.locale
        let title = PeopleWord.keysAndLinks.text(in: locale)
        var html = "<main id=\"main\" tabindex=\"-1\">\n"
        html += administrationTabs(page.frame, isPeople: false)
        html +=
            "<h1>\(MarkupText.escaped(title))</h1>\n" + outcome(page.outcome, page.failure, locale)
        var kinds: [(Grant.Kind, PeopleWord)] = [
            (.key, .apiKeys), (.guest, .guestLinks), (.token, .tokens),
        ]
        if page.entries.contains(where: { $0.grant.kind == .session }) {
            kinds.append((.session, .providerSessions))
        }
        for (kind, word) in kinds {
            html += part(kind, word.text(in: locale), page)
        }
        let forms = makingValues(page)
        for template in [PageTemplates.Name.makeKey, .makeGuest] {
            html += "<section class=\"card\">\(templates.render(template, forms))</section>\n"
        }
        return document(html + "</main>", title: title, frame: page.frame)
    }

    private func part(_ kind: Grant.Kind, _ title: String, _ page: GrantPage) -> String {
        let locale = page.frame.locale
        let entries = page.entries.filter { $0.grant.kind == kind }
        var html = "<section class=\"people-part\"><h2>\(MarkupText.escaped(title))</h2>\n"
        if kind == .token {
            let advice = PeopleWord.tokensAdvice.text(in: locale)
            html += "<p class=\"hint\">\(MarkupText.escaped(advice))</p>\n"
        }
        guard !entries.isEmpty else {
            let none = PeopleWord.noneYet.text(in: locale)
            return html + "<p class=\"hint\">\(MarkupText.escaped(none))</p></section>\n"
        }
        html += "<ul class=\"report-list\">"
        for entry in entries {
            html += "<li>\(templates.render(.grant, values(entry, page)))</li>\n"
        }
        return html + "</ul></section>\n"
    }

    private func values(_ entry: GrantPage.Entry, _ page: GrantPage) -> PageValues {
        let (locale, grant) = (page.frame.locale, entry.grant)
        func moment(_ word: PeopleWord, _ instant: Instant) -> String {
            word.text(in: locale, locale.instant(instant, zone: page.zone))
        }
        var facts = [entry.companies.joined(separator: ", ")].filter { !$0.isEmpty }
        if !entry.isGoverned { facts.append(PeopleWord.alsoOtherCompanies.text(in: locale)) }
        if grant.kind == .key, grant.principal.rights != grant.principal.role.rights {
            facts.append(
                grant.principal.rights.map { $0.title(in: locale) }.sorted().joined(separator: ", ")
            )
        }
        facts += grant.frames
        if !grant.agent.isEmpty { facts.append(grant.agent) }
        facts.append(
            grant.lastUsed.map { moment(.lastUsed, $0) } ?? PeopleWord.neverUsed.text(in: locale))
        facts.append(
            grant.revoked.map { moment(.revokedOn, $0) }
                ?? moment(grant.isValid(at: page.now) ? .validUntil : .expiredOn, grant.expires))
        let dashboard = page.dashboards.first { $0.path == grant.dashboard }?.title
        return [
            "w": PageWord.table(for: locale), "name": grant.name, "grantID": grant.id,
            "kind": grant.kind.rawValue, "facts": facts,
            "revokeWord": (grant.kind == .session ? PeopleWord.endSession : .revoke).text(
                in: locale),
            "about": dashboard ?? grant.dashboard ?? grant.principal.role.title(in: locale),
            "mayRevoke": entry.isGoverned && grant.isValid(at: page.now),
            "formToken": page.frame.viewer?.formToken ?? "",
        ]
    }

    private func makingValues(_ page: GrantPage) -> PageValues {
        let (locale, wish) = (page.frame.locale, page.wish)
        let isGuest = !wish.dashboard.isEmpty
        return [
            "w": PageWord.table(for: locale), "formToken": page.frame.viewer?.formToken ?? "",
            "keyName": isGuest ? "" : wish.name, "guestName": isGuest ? wish.name : "",
            "mostKeyDays": GrantDesk.mostKeyDays, "mostGuestDays": GrantDesk.mostGuestDays,
            "scopes": Right.allCases.map { right -> PageValues in
                ["code": right.rawValue, "title": right.title(in: locale)]
            },
            "companies": page.companies.map { ["code": $0.code, "title": $0.name] },
            "dashboards": page.dashboards.map { ["code": $0.path, "title": $0.title] },
            "fields": grantFields(
                "key", role: wish.role.isEmpty ? Role.viewer.rawValue : wish.role,
                companies: page.companies, chosen: Set(isGuest ? [] : wish.companies),
                userKey: wish.userKey ?? "", mail: nil, locale: locale),
        ]
    }
}
