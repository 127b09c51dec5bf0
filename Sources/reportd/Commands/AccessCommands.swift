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

/// `reportd token`: a signed token for a program.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make a bearer token for the HTTP interface.")

    @Option(help: "Whom the token is for, as the log will name them.")
    var name = "token"

    @OptionGroup var grant: GrantOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "Days until it expires.")
    var days = 30

    func run() async throws {
        let configuration = try common.configuration()
        let schema = try Schema(definitions: configuration.definitions)
        guard (1...3660).contains(days) else {
            throw Advice(
                .request, "a token cannot last \(days) days", remedy: "choose 1 to 3660")
        }
        let principal = try grant.principal(name: name, companies: schema.companies)
        let key = try await TokenKey(file: configuration.secretFile)
        let token = try await key.token(
            for: principal, use: .api, now: try common.clock().now(),
            seconds: Int64(days) * 86_400)
        try AuditLog.open(configuration, clock: try common.clock()).enterNow(
            AuditEvent(
                kind: .token, who: NSUserName(), subject: name,
                details: [
                    "role": principal.role.rawValue, "days": "\(days)",
                    "companies": principal.companies.sorted().joined(separator: " "),
                ]))
        Terminal.write(token + "\n")
    }
}

/// `reportd user`: local users.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Local users who sign in with a password.",
        subcommands: [Set.self, Remove.self, List.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a user or change one; the password is read from standard input.")

        @Argument(help: "The name to sign in with.")
        var name: String

        @OptionGroup var grant: GrantOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            let principal = try grant.principal(name: name, companies: schema.companies)
            Terminal.note("Password for \(name) (one line on standard input):")
            guard let password = readLine(strippingNewline: true) else {
                throw Advice(
                    .request, "no password was given",
                    remedy: "type one, or pipe it: printf '%s\\n' … | reportd user set \(name)")
            }
            try Workplace.makeFolder(of: configuration.state)
            try UserBook(state: StateFile(path: configuration.state))
                .set(principal, password: password, now: try common.clock().now())
            Terminal.note(
                "\(name): \(principal.role.rawValue) of "
                    + principal.companies.sorted().joined(separator: ", "))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a user.")

        @Argument(help: "The user's name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try UserBook(state: StateFile(path: try common.configuration().state)).remove(name)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the users.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let users = try UserBook(state: StateFile(path: try common.configuration().state))
            for user in try users.all() {
                let companies = user.companies.sorted().joined(separator: " ")
                Terminal.write("\(user.name)\t\(user.role.rawValue)\t\(companies)\n")
            }
        }
    }
}
