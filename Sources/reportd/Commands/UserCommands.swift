import ArgumentParser
import Foundation
import Store
import Vocabulary

/// `reportd user`: local users.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Local users who sign in with a password.",
        subcommands: [Set.self, Invite.self, Reset.self, Remove.self, List.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a user or change one; the password is read from standard input.")

        @Argument(help: "The name to sign in with.")
        var name: String

        @Option(help: "Where mail about their sign-in goes; stays as it is without it.")
        var mail: String?

        @OptionGroup var grant: GrantOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            let principal = try grant.principal(name: name, companies: schema.companies)
            let mail = try mail.map { try EnvelopeAddress($0) }
            Terminal.note("Password for \(name) (one line on standard input):")
            guard let password = readLine(strippingNewline: true) else {
                throw Advice(
                    .request, "no password was given",
                    remedy: "type one, or pipe it: printf '%s\\n' … | reportd user set \(name)")
            }
            try UserBook(state: common.state())
                .set(principal, password: password, mail: mail, now: try common.clock().now())
            Terminal.note(
                "\(name): \(principal.role.rawValue) of "
                    + principal.companies.sorted().joined(separator: ", "))
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invite somebody, or send an invitation again; they choose their password.",
            discussion: """
                A mail brings them the address. Without a mail server in the configuration, or \
                without --mail, the address is printed instead.
                """)

        @Argument(help: "The name they will sign in with.")
        var name: String

        @Option(help: "Where the invitation goes.")
        var mail: String?

        @Option(help: "The language of mail: da, en, nl, sw …; their company's without it.")
        var locale: String?

        @Flag(help: "Send the invitation of this name again; its address before is void.")
        var again = false

        @OptionGroup var grant: GrantOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            let desk = try PeopleDesk.open(
                configuration, companies: schema.companies, clock: try common.clock())
            let handover: PeopleDesk.Handover
            if again {
                handover = try await desk.inviteAgain(name, by: .machine)
            } else {
                let principal = try grant.principal(name: name, companies: schema.companies)
                handover = try await desk.invite(
                    PeopleDesk.Wish(
                        name: name, mail: mail ?? "", role: principal.role.rawValue,
                        companies: principal.companies.sorted(), userKey: principal.userKey,
                        locale: locale ?? ""), by: .machine)
            }
            UserCommand.tell(handover, "three days")
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a user an address at which they choose a new password, or print it.")

        @Argument(help: "The user's name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            let desk = try PeopleDesk.open(
                configuration, companies: schema.companies, clock: try common.clock())
            UserCommand.tell(try await desk.reset(name, by: .machine), "an hour")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user, or withdraw an invitation.")

        @Argument(help: "The user's name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            try await PeopleDesk.open(
                configuration, companies: CompanyDirectory([]), clock: try common.clock()
            ).remove(name, by: .machine)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the users: name, role, companies, mail, state.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let now = try common.clock().now()
            let desk = try PeopleDesk.open(
                configuration, companies: CompanyDirectory([]), clock: try common.clock())
            for person in try await desk.people(for: .machine) {
                let state =
                    switch person {
                    case .user(let user):
                        user.lastSignIn.map { "signed in \($0)" } ?? "has not signed in"
                    case .invited(let invitation):
                        (now < invitation.expires ? "invited until " : "invitation ended ")
                            + "\(invitation.expires)"
                    }
                let fields = [
                    person.name, person.principal.role.rawValue,
                    person.principal.companies.sorted().joined(separator: " "),
                    person.mail ?? "no mail", state,
                ]
                Terminal.write(fields.joined(separator: "\t") + "\n")
            }
        }
    }

    /// Says where an address went, or prints it.
    static func tell(_ handover: PeopleDesk.Handover, _ span: String) {
        switch handover {
        case .sent(let mailbox): Terminal.note("a mail went to \(mailbox)")
        case .shown(let address):
            Terminal.note(
                "no mail was sent; hand this address over yourself, it is good once, for \(span):")
            Terminal.write(address + "\n")
        }
    }
}
