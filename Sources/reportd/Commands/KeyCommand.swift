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

        /// Days that a key lasts at the most: who needs longer should have to think of it again.
        static let mostDays = 730
        /// Characters of the longest name.
        static let longestName = 80

        func run() async throws {
            let configuration = try common.configuration()
            let schema = try Schema(definitions: configuration.definitions)
            guard (1...Self.mostDays).contains(days) else {
                throw Advice(
                    .request, "a key cannot last \(days) days",
                    remedy: "choose 1 to \(Self.mostDays)")
            }
            guard (1...Self.longestName).contains(name.count), !name.contains(where: \.isNewline)
            else {
                throw Advice(
                    .request, "a key's name is one line of up to \(Self.longestName) characters",
                    remedy: "choose another name")
            }
            var principal = try grant.principal(name: name, companies: schema.companies)
            if !scope.isEmpty { principal.scopes = Set(try scope.map(Self.right)) }
            try Workplace.makeFolder(of: configuration.state)
            let made = try APIKeyBook(state: StateFile(path: configuration.state)).make(
                name, principal, seconds: Int64(days) * 86_400, now: try common.clock().now(),
                by: NSUserName())
            Terminal.note(
                "\(name): \(principal.role.rawValue) of "
                    + principal.companies.sorted().joined(separator: ", ")
                    + " until \(made.entry.expires); this is the only time that the key is shown:")
            Terminal.write(made.key + "\n")
        }

        private static func right(_ word: String) throws -> Right {
            if let right = Right(rawValue: word) { return right }
            throw Advice(
                .request, "‘\(word)’ is not a scope",
                remedy: Spelling.remedy(for: word, legal: Right.allCases.map(\.rawValue)))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all keys: id, name, role, companies, scopes, state, last use.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let now = try common.clock().now()
            let keys = APIKeyBook(state: try StateFile(path: try common.configuration().state))
            for key in try keys.all() {
                let state =
                    key.revoked.map { "revoked \($0)" }
                    ?? (key.isValid(at: now) ? "until \(key.expires)" : "expired \(key.expires)")
                let fields = [
                    key.id, key.name, key.principal.role.rawValue,
                    key.principal.companies.sorted().joined(separator: " "),
                    key.principal.rights.map(\.rawValue).sorted().joined(separator: " "), state,
                    key.lastUsed.map { "used \($0)" } ?? "never used",
                ]
                Terminal.write(fields.joined(separator: "\t") + "\n")
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
            let keys = APIKeyBook(state: try StateFile(path: try common.configuration().state))
            try keys.revoke(name, now: try common.clock().now(), by: NSUserName())
        }
    }
}
