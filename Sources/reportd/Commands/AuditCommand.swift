import ArgumentParser
import Foundation
import Vocabulary

/// `reportd audit`: who did what.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "The audit log: who signed in, took files away, was refused.",
        subcommands: [List.self, Verify.self, Export.self], defaultSubcommand: List.self)

    struct Filter: ParsableArguments {
        @Option(help: "Only entries of this kind, as sign-in, download, denied.")
        var kind: String?

        @Option(help: "Only entries of this user.")
        var who: String?

        @Option(help: "Only entries from this moment on (RFC 3339).")
        var since: String?

        func question(limit: Int) throws -> AuditLog.Question {
            try AuditLog.Question(
                kind: kind, who: who, since: try since.map { try AuditRoutes.moment($0) },
                limit: limit
            ).checked()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List entries, the newest last.")

        @OptionGroup var filter: Filter
        @OptionGroup var common: CommonOptions

        @Option(help: "At most so many, the newest ones.")
        var limit = 50

        func run() async throws {
            let audit = try AuditLog.open(try common.configuration(), clock: try common.clock())
            for entry in try await audit.entries(try filter.question(limit: limit)) {
                Terminal.write(
                    "\(entry.number)\t\(entry.time)\t\(entry.kind)\t\(entry.who)\t"
                        + "\(entry.address ?? "-")\t\(entry.subject)\t\(entry.details)\n")
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Compare every entry with its hash; exit code 1 when one was changed.",
            discussion: """
                Prints how many entries there are and the hash of the last one. Note it elsewhere \
                from time to time: that the newest entries were cut off shows only by it. \
                --head compares with one that was noted.
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "The hash of an entry that was noted before; it has to be in the log.")
        var head: String?

        func run() async throws {
            let audit = try AuditLog.open(try common.configuration(), clock: try common.clock())
            let verdict = try await audit.verify()
            if let broken = verdict.broken {
                Terminal.write("✘ entry \(broken) is not as it was entered\n")
                throw ExitCode(1)
            }
            if let head {
                guard try await audit.holds(hash: head) else {
                    Terminal.write("✘ no entry has the hash \(head): the log was cut off\n")
                    throw ExitCode(1)
                }
            }
            Terminal.write("\(verdict.entries) entries, the last has the hash \(verdict.head)\n")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write all entries, as CSV or as lines of JSON.")

        @OptionGroup var filter: Filter
        @OptionGroup var common: CommonOptions

        @Option(help: "csv or json.")
        var format = Format.csv

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case csv, json
        }

        func run() async throws {
            let audit = try AuditLog.open(try common.configuration(), clock: try common.clock())
            let entries = try await audit.entries(try filter.question(limit: .max))
            switch format {
            case .csv: Terminal.write(try AuditLog.csv(entries))
            case .json: for entry in entries { Terminal.write(entry.json() + "\n") }
            }
        }
    }
}
