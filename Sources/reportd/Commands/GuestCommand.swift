import ArgumentParser
import Foundation
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

        func run() async throws {
            let made = try await GrantDesk.open(common).makeGuest(
                GrantDesk.Wish(
                    name: name, companies: company, dashboard: dashboard, frames: frame,
                    days: days), by: .machine)
            Terminal.write(made.address + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all links: id, name, dashboard, companies, frames, state, last use.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let now = try common.clock().now()
            for grant in try await GuestCommand.book(common).all().map({ Grant($0) }) {
                Terminal.write(
                    grant.line(
                        [
                            grant.dashboard ?? "",
                            grant.principal.companies.sorted().joined(separator: " "),
                            grant.frames.joined(separator: " "),
                        ], at: now))
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
            try await GuestCommand.book(common).revoke(
                name, now: try common.clock().now(), by: NSUserName())
        }
    }

    private static func book(_ common: CommonOptions) async throws -> GuestBook {
        GuestBook(
            state: try common.state(),
            key: try await TokenKey(file: common.configuration().secretFile))
    }
}
