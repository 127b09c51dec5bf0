import Reports
import Vocabulary

/// A reader's own page: their password, and where they are signed in.
struct AccountPage: Sendable {
    /// What surrounds it.
    let frame: PageFrame
    let principal: Principal
    /// Names of the companies that they see.
    let companies: [String]
    /// Where mail about their sign-in goes; nil when nobody said.
    let mail: String?
    /// The session of the browser that asks; nil for who did not sign in with one.
    let session: String?
    /// Where they are signed in, the latest first.
    let sessions: [Session]
    /// The zone on whose clock moments are told.
    let zone: Zone
    /// What came of the form that led here.
    var outcome: PageOutcome?
    /// Why nothing came of it.
    var failure: Advice?

    /// Whether they signed in with a password of this program.
    var hasPassword: Bool { sessions.contains { $0.id == session && $0.kind == .page } }
}

/// The page on which somebody chooses a password.
struct PasswordPage: Sendable {
    /// What surrounds it; without a viewer.
    let frame: PageFrame
    /// The path the form is sent to.
    let action: String
    /// The token that the form sends back.
    let formToken: String
    /// What the address holds, sent back by the form.
    let ticket: String
    /// The name under which they will sign in.
    let name: String
    /// Why the last attempt failed.
    var failure: Advice?
}

/// The page for whoever forgot their password.
struct ForgottenPage: Sendable {
    /// What surrounds it; without a viewer.
    let frame: PageFrame
    /// The token that the form sends back.
    let formToken: String
    /// Whether mail can be sent; there is a form only then.
    let hasMail: Bool
    /// Whether the form was sent.
    var isDone = false
    /// Why it was not taken.
    var failure: Advice?
}

extension PageRenderer {
    /// A reader's own page.
    func render(_ page: AccountPage) -> [UInt8] {
        let locale = page.frame.locale
        let title = PeopleWord.account.text(in: locale)
        let facts =
            [page.principal.role.title(in: locale), page.companies.joined(separator: ", ")]
            + [page.mail].compactMap(\.self)
        let html = templates.render(
            .account,
            [
                "w": PageWord.table(for: locale), "name": page.principal.name,
                "facts": facts.filter { !$0.isEmpty },
                "outcome": outcome(page.outcome, page.failure, locale),
                "hasPassword": page.hasPassword, "hasSessions": page.session != nil,
                "shortest": PasswordHash.shortest,
                "passwordAdvice": Self.passwordAdvice(locale),
                "formToken": page.frame.viewer?.formToken ?? "",
                "sessions": page.sessions.map { values($0, page) },
                "hasOthers": page.sessions.contains { $0.id != page.session },
            ])
        return document(
            "<main id=\"main\" tabindex=\"-1\">\n\(html)</main>", title: title, frame: page.frame)
    }

    private func values(_ session: Session, _ page: AccountPage) -> PageValues {
        let locale = page.frame.locale
        func moment(_ word: PeopleWord, _ instant: Instant) -> String {
            word.text(in: locale, locale.instant(instant, zone: page.zone))
        }
        let unknown: PeopleWord =
            session.kind == .program ? .applicationSession : .unknownBrowser
        let details = [
            session.address, moment(.since, session.begun), moment(.lastUsed, session.lastUsed),
        ]
        return [
            "sessionID": session.id, "isHere": session.id == page.session,
            "agent": session.agent.isEmpty || session.kind == .program
                ? [unknown.text(in: locale), session.agent].filter { !$0.isEmpty }
                    .joined(separator: ", ") : session.agent,
            "details": details.compactMap(\.self),
        ]
    }

    private static func passwordAdvice(_ locale: ReportLocale) -> String {
        PeopleWord.passwordAdvice.text(in: locale, "\(PasswordHash.shortest)")
    }

    /// The page on which somebody chooses a password.
    func render(_ page: PasswordPage) -> [UInt8] {
        let locale = page.frame.locale
        let own: PageValues = [
            "w": PageWord.table(for: locale), "action": page.action,
            "formToken": page.formToken, "ticket": page.ticket, "name": page.name,
            "youWillBe": PeopleWord.youWillBe.text(in: locale, page.name),
            "shortest": PasswordHash.shortest,
            "passwordAdvice": Self.passwordAdvice(locale),
        ]
        let html = templates.render(
            .password, own.merging(ToldAdvice.values(page.failure, in: locale)) { $1 })
        return document(
            html, title: PeopleWord.choosePassword.text(in: locale), frame: page.frame)
    }

    /// The page for whoever forgot their password.
    func render(_ page: ForgottenPage) -> [UInt8] {
        let locale = page.frame.locale
        let own: PageValues = [
            "w": PageWord.table(for: locale), "formToken": page.formToken,
            "isDone": page.isDone, "noMail": !page.hasMail,
            "hasForm": page.hasMail && !page.isDone,
        ]
        let html = templates.render(
            .forgotten, own.merging(ToldAdvice.values(page.failure, in: locale)) { $1 })
        return document(
            html, title: PeopleWord.forgotPassword.text(in: locale), frame: page.frame)
    }
}
