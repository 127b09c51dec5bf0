import Reports
import Vocabulary

/// What came of a form, shown above what it changed.
struct PageOutcome: Sendable, Hashable {
    /// What was done.
    let text: String
    /// What is shown this one time, and what to do with it.
    var secret: String?
    var about = ""
}

/// The people who may come in, for administrators.
struct PeoplePage: Sendable {
    /// One of them.
    struct Entry: Sendable {
        let person: PeopleDesk.Person
        /// Names of those of their companies that the reader sees.
        let companies: [String]
        /// Whether the reader may change them.
        let mayChange: Bool
        /// Whether it is the reader.
        let isSelf: Bool
    }

    /// What surrounds it.
    let frame: PageFrame
    /// Everybody, by name.
    let entries: [Entry]
    /// The reader's companies, which they may give.
    let companies: [Company]
    /// Whether passwords are taken here, so that people can be invited.
    let hasPasswords: Bool
    /// Whether mail can be sent.
    let hasMail: Bool
    /// The zone on whose clock moments are told.
    let zone: Zone
    let now: Instant
    /// What came of the form that led here.
    var outcome: PageOutcome?
    /// Why nothing came of it, and what was asked for.
    var failure: Advice?
    var wish = PeopleDesk.Wish()
}

extension PageRenderer {
    /// The pages of administrators, as tabs.
    func administrationTabs(_ frame: PageFrame, isPeople: Bool) -> String {
        let locale = frame.locale
        return templates.render(
            .tabs,
            [
                "label": PeopleWord.accessPages.text(in: locale),
                "tabs": Self.links([
                    PageLink(
                        title: PageWord.people.text(in: locale), path: "/users",
                        isCurrent: isPeople),
                    PageLink(
                        title: PeopleWord.keysAndLinks.text(in: locale), path: "/access",
                        isCurrent: !isPeople),
                ]),
            ])
    }

    /// What came of a form, or why nothing did; empty without either.
    func outcome(
        _ outcome: PageOutcome?, _ failure: Advice?, _ locale: ReportLocale
    ) -> String {
        if let failure {
            return templates.render(.advice, ToldAdvice.values(failure, in: locale))
        }
        guard let outcome else { return "" }
        return templates.render(
            .outcome,
            [
                "text": outcome.text, "about": outcome.about,
                "secret": outcome.secret.map { $0 as Any } ?? false,
            ])
    }

    /// Fields for a role and companies, and for people their mail address.
    func grantFields(
        _ id: String, role: String, companies: [Company], chosen: Set<String>, userKey: String,
        mail: String?, locale: ReportLocale
    ) -> String {
        templates.render(
            .grantFields,
            [
                "w": PageWord.table(for: locale), "id": id, "hasMail": mail != nil,
                "mail": mail ?? "", "userKey": userKey,
                "roles": Role.allCases.map { each -> PageValues in
                    [
                        "code": each.rawValue, "title": each.title(in: locale),
                        "isChosen": each.rawValue == role,
                    ]
                },
                "companies": companies.map { company -> PageValues in
                    [
                        "code": company.code, "title": company.name,
                        "isChosen": chosen.contains(company.code),
                    ]
                },
            ])
    }

    /// The people as a whole page.
    func render(_ page: PeoplePage) -> [UInt8] {
        let locale = page.frame.locale
        let title = PageWord.people.text(in: locale)
        var html = "<main id=\"main\" tabindex=\"-1\">\n"
        html += administrationTabs(page.frame, isPeople: true)
        html +=
            "<h1>\(MarkupText.escaped(title))</h1>\n" + outcome(page.outcome, page.failure, locale)
        html += "<ul class=\"report-list\">"
        for (index, entry) in page.entries.enumerated() {
            html += "<li>\(templates.render(.person, values(entry, index, page)))</li>\n"
        }
        html += "</ul>\n"
        if page.hasPasswords {
            html += "<section class=\"card\">"
            html += templates.render(.invite, inviting(page)) + "</section>\n"
        }
        return document(html + "</main>", title: title, frame: page.frame)
    }

    private func values(
        _ entry: PeoplePage.Entry, _ index: Int, _ page: PeoplePage
    ) -> PageValues {
        let (locale, person) = (page.frame.locale, entry.person)
        func moment(_ word: PeopleWord, _ instant: Instant) -> String {
            word.text(in: locale, locale.instant(instant, zone: page.zone))
        }
        var facts = [entry.companies.joined(separator: ", ")].filter { !$0.isEmpty }
        if !entry.mayChange { facts.append(PeopleWord.alsoOtherCompanies.text(in: locale)) }
        if let mail = person.mail { facts.append(mail) }
        var isUser = false
        switch person {
        case .user(let user):
            isUser = true
            facts.append(
                user.lastSignIn.map { moment(.lastSignIn, $0) }
                    ?? PeopleWord.neverSignedIn.text(in: locale))
        case .invited(let invitation):
            facts.append(
                moment(
                    page.now < invitation.expires ? .invitedUntil : .invitationOver,
                    invitation.expires))
        }
        let principal = person.principal
        return [
            "w": PageWord.table(for: locale), "name": person.name, "isSelf": entry.isSelf,
            "role": principal.role.title(in: locale), "facts": facts,
            "mayChange": entry.mayChange, "isUser": isUser, "hasPassword": page.hasPasswords,
            "formToken": page.frame.viewer?.formToken ?? "",
            "fields": entry.mayChange && isUser
                ? grantFields(
                    "person-\(index)", role: principal.role.rawValue, companies: page.companies,
                    chosen: principal.companies, userKey: principal.userKey ?? "",
                    mail: person.mail ?? "", locale: locale) : "",
        ]
    }

    private func inviting(_ page: PeoplePage) -> PageValues {
        let (locale, wish) = (page.frame.locale, page.wish)
        // Each language is named in itself: who chooses it reads it.
        let languages = [
            ("", PeopleWord.companysLanguage.text(in: locale)), ("en", "English"),
            ("da", "Dansk"), ("nl", "Nederlands"), ("sw", "Kiswahili"),
        ]
        return [
            "w": PageWord.table(for: locale), "name": wish.name,
            "formToken": page.frame.viewer?.formToken ?? "",
            "fields": grantFields(
                "invite", role: wish.role.isEmpty ? Role.viewer.rawValue : wish.role,
                companies: page.companies, chosen: chosen(page), userKey: wish.userKey ?? "",
                mail: wish.mail, locale: locale),
            "languages": languages.map { code, title -> PageValues in
                ["code": code, "title": title, "isChosen": code == wish.locale]
            },
            "noMail": page.hasMail
                ? false : PeopleWord.noMailServer.text(in: locale) as Any,
        ]
    }

    /// Whoever has one company has nothing to choose.
    private func chosen(_ page: PeoplePage) -> Set<String> {
        page.companies.count == 1 ? Set(page.companies.map(\.code)) : Set(page.wish.companies)
    }
}
