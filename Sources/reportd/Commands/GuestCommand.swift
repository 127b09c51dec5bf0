import Analytics
import ArgumentParser
import Foundation
import Store
import Vocabulary

/// `reportd guest`: links by which anybody may look at one dashboard.
struct GuestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest", abstract: "Links that show one dashboard to people without sign-in.",
        subcommands: [Make.self, List.self, Revoke.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a link and print it.")

        @Argument(help: "Whom the link is for, as lists and the audit log will name them.")
        var name: String

        @Option(help: "The dashboard that it shows.")
        var dashboard: String

        @Option(name: .long, help: "A company whose figures it shows; may be repeated.")
        var company: [String]

        @Option(help: "Where a page comes from that may show it in a frame; may be repeated.")
        var frame: [String] = []

        @Option(help: "Days until it expires.")
        var days = 30

        @OptionGroup var common: CommonOptions

        /// Days that a link lasts at the most.
        static let mostDays = 366

        func run() async throws {
            let configuration = try common.configuration()
            let shelf = try DefinitionShelf(configuration)
            _ = try shelf.current.analytics.dashboard(dashboard)
            for code in company { _ = try shelf.current.schema.companies.company(code) }
            guard (1...Self.mostDays).contains(days) else {
                throw Advice(
                    .request, "a guest link cannot last \(days) days",
                    remedy: "choose 1 to \(Self.mostDays)")
            }
            guard (1...KeyCommand.Make.longestName).contains(name.count),
                !name.contains(where: \.isNewline)
            else {
                throw Advice(
                    .request,
                    "a link's name is one line of up to "
                        + "\(KeyCommand.Make.longestName) characters",
                    remedy: "choose another name")
            }
            try Workplace.makeFolder(of: configuration.state)
            let book = GuestBook(
                state: try StateFile(path: configuration.state),
                key: try await TokenKey(file: configuration.secretFile))
            let link = try book.make(
                name, dashboard: dashboard, companies: Set(company),
                frames: try frame.map(Settings.origin(named:)), seconds: Int64(days) * 86_400,
                now: try common.clock().now(), by: NSUserName())
            Terminal.write(
                PageRoutes.origin(of: configuration.publicAddress) + book.path(of: link) + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all links: id, name, dashboard, companies, frames, state, last use.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let (configuration, now) = (try common.configuration(), try common.clock().now())
            let book = GuestBook(
                state: try StateFile(path: configuration.state),
                key: try await TokenKey(file: configuration.secretFile))
            for link in try book.all() {
                let state =
                    link.revoked.map { "revoked \($0)" }
                    ?? (link.isValid(at: now) ? "until \(link.expires)" : "expired \(link.expires)")
                let fields = [
                    link.id, link.name, link.dashboard,
                    link.companies.sorted().joined(separator: " "),
                    link.frames.joined(separator: " "), state,
                    link.lastUsed.map { "used \($0)" } ?? "never used",
                ]
                Terminal.write(fields.joined(separator: "\t") + "\n")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a link; it shows nothing from then on.")

        @Argument(help: "The link's name or id.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.configuration()
            let book = GuestBook(
                state: try StateFile(path: configuration.state),
                key: try await TokenKey(file: configuration.secretFile))
            try book.revoke(name, now: try common.clock().now(), by: NSUserName())
        }
    }
}
