import Foundation
import Logging
import Reports
import Vocabulary

/// Where people are invited, changed and removed, and get new passwords: the rules, the books and the
/// mail together, for pages, the JSON interface and commands.
///
/// What works on the state file does so on a thread of its own.
struct PeopleDesk: Sendable {
    let users: UserBook
    let invitations: InvitationBook
    let resets: ResetBook
    let companies: CompanyDirectory
    /// The address that readers use, without a stroke at its end.
    let origin: String
    let clock: WallClock
    /// Whether passwords are taken at all.
    let isOpen: Bool
    /// The way by which mail goes; nil without a mail server.
    let post: PersonalPost?
    private let bench = Workbench(workers: 1, waiting: 64)

    init(
        _ state: StateFile, companies: CompanyDirectory, publicAddress: String, clock: WallClock,
        isOpen: Bool, post: PersonalPost?
    ) {
        users = UserBook(state: state)
        invitations = InvitationBook(state: state)
        resets = ResetBook(state: state)
        self.companies = companies
        origin = PageRoutes.origin(of: publicAddress)
        self.clock = clock
        self.isOpen = isOpen
        self.post = post
    }

    /// The desk of a command.
    ///
    /// - Throws: `Advice` when the state file cannot be opened.
    static func open(
        _ settings: Settings, companies: CompanyDirectory, clock: WallClock
    ) throws -> PeopleDesk {
        try Workplace.makeFolder(of: settings.state)
        return PeopleDesk(
            try StateFile(path: settings.state), companies: companies,
            publicAddress: settings.publicAddress, clock: clock,
            isOpen: settings.access.hasLocalSignIn,
            post: try settings.mail.map { try PersonalPost($0, logger: ProgramLog.logger) })
    }

    /// Refuses what has to do with passwords where none are taken.
    ///
    /// - Throws: `Advice` of kind `denied`.
    func mustBeOpen() throws {
        guard isOpen else {
            throw Advice(
                .denied, "nobody signs in with a password here",
                remedy: "let people in at the identity provider")
        }
    }

    // MARK: Looking

    /// Somebody who may sign in, or was invited to.
    enum Person: Sendable {
        case user(User)
        case invited(Invitation)

        var principal: Principal {
            switch self {
            case .user(let user): user.principal
            case .invited(let invitation): invitation.principal
            }
        }
        var name: String { principal.name }
        var mail: String? {
            switch self {
            case .user(let user): user.mail
            case .invited(let invitation): invitation.mail
            }
        }
    }

    /// Everybody who exists for an administrator, by name.
    func people(for administrator: Administrator) async throws -> [Person] {
        let all = try await bench.run { [users, invitations] in
            try users.users().map(Person.user) + invitations.all().map(Person.invited)
        }
        return all.filter { administrator.sees($0.principal.companies) }
            .sorted { $0.name < $1.name }
    }

    // MARK: Inviting

    /// What an administrator asks for somebody.
    struct Wish: Sendable {
        var name = ""
        var mail = ""
        var role = ""
        var companies: [String] = []
        var userKey: String?
        /// A tag such as `da`; empty for that of the company.
        var locale = ""
    }

    /// What became of an address that was made for somebody.
    enum Handover: Sendable, Hashable {
        /// A mail brought it to this mailbox.
        case sent(String)
        /// It has to be handed over by whoever asked, who is shown it once.
        case shown(String)
    }

    /// Invites somebody.
    ///
    /// - Throws: `Advice` when a part of the wish cannot be, or the mail was not sent; the invitation
    ///   is there then, and can be sent again.
    func invite(_ wish: Wish, by administrator: Administrator) async throws -> Handover {
        try mustBeOpen()
        let principal = try administrator.grant(
            wish.name, role: wish.role, companies: wish.companies, userKey: wish.userKey,
            among: companies)
        let mail = try Self.mail(wish.mail)
        let locale = try Self.locale(wish.locale)
        let ticket = try await bench.run { [invitations, clock] in
            try invitations.invite(
                principal, mail: mail, locale: locale, now: clock.now(), by: administrator)
        }
        return try await hand(
            ticket, .invitation(by: administrator.shownName), to: principal, mail: mail?.text,
            locale: locale)
    }

    /// Sends an invitation again, at another address; the one before is void.
    ///
    /// - Throws: `Advice` as `invite`.
    func inviteAgain(_ name: String, by administrator: Administrator) async throws -> Handover {
        try mustBeOpen()
        let (invitation, ticket) = try await bench.run { [invitations, clock] in
            try invitations.renew(name, now: clock.now(), by: administrator)
        }
        return try await hand(
            ticket, .invitation(by: administrator.shownName), to: invitation.principal,
            mail: invitation.mail, locale: invitation.locale)
    }

    /// Changes what a user may do and see, and where their mail goes.
    ///
    /// - Throws: `Advice` when that is not this administrator's to decide.
    func change(_ wish: Wish, by administrator: Administrator) async throws {
        let principal = try administrator.grant(
            wish.name, role: wish.role, companies: wish.companies, userKey: wish.userKey,
            among: companies)
        let mail = try Self.mail(wish.mail)
        try await bench.run { [users, clock] in
            try users.change(to: principal, mail: mail, now: clock.now(), by: administrator)
        }
    }

    /// Removes a user, or withdraws an invitation.
    ///
    /// - Throws: `Advice` when there is neither, or they are not this administrator's.
    func remove(_ name: String, by administrator: Administrator) async throws {
        try await bench.run { [users, invitations, clock] in
            if try invitations.all().contains(where: { $0.name == name }) {
                return try invitations.withdraw(name, now: clock.now(), by: administrator)
            }
            try users.remove(name, now: clock.now(), by: administrator)
        }
    }

    // MARK: Passwords

    /// Sends a user an address at which they choose another password.
    ///
    /// - Throws: `Advice` when they are not this administrator's, or the mail was not sent.
    func reset(_ name: String, by administrator: Administrator) async throws -> Handover {
        try mustBeOpen()
        let (user, ticket) = try await bench.run { [resets, clock] in
            try resets.make(for: name, now: clock.now(), by: administrator)
        }
        return try await hand(
            ticket, .reset, to: user.principal, mail: user.mail, locale: user.locale)
    }

    /// Sends addresses to whom somebody may mean who forgot their password, while they get their answer.
    ///
    /// The answer does not wait for a look whether there is such a user, so its time tells nothing.
    func forgotten(_ nameOrMail: String, from address: String?) {
        guard let post else { return }
        post.aside { [self] in
            let event = AuditEvent(kind: .passwordReset, address: address)
            for (user, ticket) in try await resets.ask(nameOrMail, now: clock.now(), event) {
                guard let mail = user.mail else { continue }
                post.note(
                    try await post.send(
                        try letter(ticket, .reset, to: user.principal, mail, user.locale),
                        now: clock.now()))
            }
        }
    }

    /// Sends an address, or gives it back where no mail can bring it.
    private func hand(
        _ ticket: Ticket, _ reason: PersonalMail.Reason, to principal: Principal, mail: String?,
        locale: String?
    ) async throws -> Handover {
        guard let post, let mail else { return .shown(link(ticket, reason)) }
        let outcome = try await post.send(
            try letter(ticket, reason, to: principal, mail, locale), now: clock.now())
        guard case .accepted = outcome else {
            throw Advice(
                .unreachable, "the mail to \(mail) was not sent: \(outcome)",
                remedy: "send it again when that is mended")
        }
        return .sent(mail)
    }

    private func link(_ ticket: Ticket, _ reason: PersonalMail.Reason) -> String {
        let path = reason == .reset ? PasswordPages.resetPath : PasswordPages.invitationPath
        return "\(origin)\(path)?token=\(ticket.secret)"
    }

    private func letter(
        _ ticket: Ticket, _ reason: PersonalMail.Reason, to principal: Principal, _ mail: String,
        _ locale: String?
    ) throws -> PersonalMail {
        let own = companies.companies.first { principal.companies.contains($0.code) }
        return PersonalMail(
            reason: reason, name: principal.name, recipient: try EnvelopeAddress(mail),
            link: link(ticket, reason), locale: ReportLocale(locale ?? own?.locale ?? "en"))
    }

    // MARK: Words of a wish

    /// A mail address, or none.
    static func mail(_ text: String) throws -> EnvelopeAddress? {
        let text = text.trimmingCharacters(in: .whitespaces)
        return text.isEmpty ? nil : try EnvelopeAddress(text)
    }

    /// A tag of a language and region that has a profile, or none.
    static func locale(_ text: String) throws -> String? {
        if text.isEmpty { return nil }
        guard ReportLocale.tags.contains(text) else {
            throw Advice(
                .request, "‘\(text)’ is not a language here",
                remedy: Spelling.remedy(for: text, legal: ReportLocale.tags))
        }
        return text
    }
}
