import ArgumentParser
import Foundation
import Store
import Vocabulary

/// `reportd key`: keys for programs.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Keys for programs that use the HTTP interface.",
        subcommands: [Make.self, List.self, Revoke.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key; it is shown once and cannot be had again.")

        @Argument(help: "What the key is for, as lists and the audit log will name it.")
        var name: String

        @Option(help: "What it may do: dashboards, metrics, reports, exports …; may be repeated.")
        var scope: [String] = []

        @Option(help: "Days until it expires.")
        var days = 90

        @OptionGroup var grant: GrantOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let desk = try await GrantDesk.open(common)
            let principal = try grant.principal(
                name: name, companies: desk.shelf.current.schema.companies)
            let made = try desk.makeKey(
                GrantDesk.Wish(
                    name: name, role: principal.role.rawValue,
                    companies: principal.companies.sorted(), userKey: principal.userKey,
                    scopes: scope, days: days), by: .machine)
            Terminal.note(
                "\(name): \(principal.role.rawValue) of "
                    + principal.companies.sorted().joined(separator: ", ")
                    + " until \(made.grant.expires); this is the only time that the key is shown:")
            Terminal.write(made.secret + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all keys: id, name, role, companies, scopes, state, last use.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let now = try common.clock().now()
            for grant in try APIKeyBook(state: common.state()).all().map({ Grant($0) }) {
                Terminal.write(
                    grant.line(
                        [
                            grant.principal.role.rawValue,
                            grant.principal.companies.sorted().joined(separator: " "),
                            grant.principal.rights.map(\.rawValue).sorted().joined(separator: " "),
                        ], at: now))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key; it opens nothing from then on.")

        @Argument(help: "The key's name or id.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try APIKeyBook(state: common.state()).revoke(
                name, now: try common.clock().now(), by: NSUserName())
        }
    }
}
