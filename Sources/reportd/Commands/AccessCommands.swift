import ArgumentParser
import Foundation
import Store
import Vocabulary

/// Who is meant by a token or a user: role and companies.
struct GrantOptions: ParsableArguments {
    @Option(help: "ADMIN, SALES_MANAGER, SALES_REP, VIEWER or ACCOUNTANT.")
    var role = "VIEWER"

    @Option(name: .long, help: "A company's code; may be repeated. All companies without it.")
    var company: [String] = []

    @Option(help: "For SALES_REP: the person's key among the users of the sales system.")
    var userKey: String?

    func principal(name: String, companies directory: CompanyDirectory) throws -> Principal {
        guard let role = Role(rawValue: role) else {
            throw Advice(
                .request, "‘\(role)’ is not a role",
                remedy: Spelling.remedy(for: role, legal: Role.allCases.map(\.rawValue)))
        }
        guard role != .salesRep || userKey != nil else {
            throw Advice(
                .request, "a SALES_REP sees only rows of their own, and none is named",
                remedy: "add --user-key with their key among the users of the sales system")
        }
        for code in company { _ = try directory.company(code) }
        return Principal(
            name: name, role: role,
            companies: Set(company.isEmpty ? directory.companies.map(\.code) : company),
            userKey: userKey)
    }
}

/// `reportd token`: signed tokens for programs.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Bearer tokens for the HTTP interface.",
        subcommands: [Make.self, List.self, Revoke.self], defaultSubcommand: Make.self)

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it; this is what ‘reportd token’ alone does.")

        @Option(help: "Whom the token is for, as lists and the log will name them.")
        var name = "token"

        @OptionGroup var grant: GrantOptions
        @OptionGroup var common: CommonOptions

        @Option(help: "Days until it expires.")
        var days = 30

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            let seconds = try GivenName.seconds(
                days: days, upTo: TokenBook.mostDays, of: "token")
            let principal = try grant.principal(name: name, companies: schema.companies)
            let key = try await TokenKey(file: configuration.secretFile)
            let now = try common.clock().now()
            let id = try TokenBook(state: common.state()).enter(
                principal, seconds: seconds, now: now, by: NSUserName())
            let token = try await key.token(
                for: principal, use: .api, now: now, seconds: seconds, id: id)
            Terminal.write(token + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all tokens: id, name, role, companies, state, last use.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let now = try common.clock().now()
            for grant in try TokenBook(state: common.state()).all().map({ Grant($0) }) {
                Terminal.write(
                    grant.line(
                        [
                            grant.principal.role.rawValue,
                            grant.principal.companies.sorted().joined(separator: " "),
                        ], at: now))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token by its id, or all of a name; they open nothing from then on.")

        @Argument(help: "The id, or the name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let count = try TokenBook(state: common.state()).revoke(
                name, now: try common.clock().now(), by: .machine)
            Terminal.note(count == 1 ? "one token was revoked" : "\(count) tokens were revoked")
        }
    }
}

extension Grant {
    /// A line of a command's list: id, name, what is its own, state, last use.
    func line(_ own: [String], at now: Instant) -> String {
        let fields =
            [id, name] + own
            + [standing(at: now), lastUsed.map { "used \($0)" } ?? "never used"]
        return fields.joined(separator: "\t") + "\n"
    }
}
