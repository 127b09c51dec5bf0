import ArgumentParser
import Foundation
import Logging
import NIOCore
import Reports
import Store
import Vocabulary

/// `reportd export`: files made in the background, as the person at the command line sees them.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Make large files in the background; list them, take them away, share them.",
        subcommands: [
            Make.self, List.self, Get.self, Cancel.self, Link.self, Unlink.self, RotateKey.self,
        ], defaultSubcommand: List.self)

    /// The desk of a configuration, and who stands at it.
    fileprivate struct Counter {
        let desk: ExportDesk
        let principal: Principal
        let bucket: ObjectStore?

        init(_ common: CommonOptions) throws {
            let workplace = try common.workplace()
            let settings = workplace.configuration
            let audit = try AuditLog.open(settings, clock: workplace.clock)
            bucket = ExportDesk.bucket(settings, clock: workplace.clock, logger: ProgramLog.logger)
            desk = try ExportDesk(
                AnswerDesk(workplace), state: audit.state, configuration: settings, audit: audit,
                bucket: bucket)
            principal = Principal(
                name: NSUserName(), role: .admin,
                companies: Set(workplace.companies.companies.map(\.code)), userKey: nil)
        }
    }

    /// Does something at the desk and closes its connections after it.
    fileprivate static func at<Result>(
        _ common: CommonOptions, _ work: (Counter) async throws -> Result
    ) async throws -> Result {
        let counter = try Counter(common)
        do {
            let result = try await work(counter)
            await counter.bucket?.close()
            return result
        } catch {
            await counter.bucket?.close()
            throw error
        }
    }

    /// Copies the file of an export to a path, where it appears only when it is complete.
    fileprivate static func save(
        _ export: Export, to path: String, _ counter: Counter
    ) async throws {
        let (file, content) = try await counter.desk.open(
            export, for: counter.principal, from: nil)
        do {
            let whole = try WholeFile(path, permissions: 0o666)
            var pieces = counter.desk.shelf.pieces(content, file)
            while let piece = try await pieces.next() {
                try whole.append(Data(piece.readableBytesView))
            }
            try whole.place()
        } catch let failure as WholeFile.Failure {
            throw Advice(
                .storage, "the file \(path) cannot be written",
                remedy: "check that its folder exists and that you may write there",
                cause: "\(failure)")
        }
        Terminal.note("\(path): \(file.bytes) bytes, SHA-256 \(file.sha256)")
    }

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Ask for a report as a file, and see it being made.",
            discussion: """
                The file is made by this command, or by the running program if that is quicker to \
                begin. Ctrl-C leaves it to the running program.
                """)

        @Argument(help: "The report, by name.")
        var report: String

        @OptionGroup var view: ViewOptions
        @OptionGroup var common: CommonOptions

        @Option(help: "csv, xlsx, pdf or json.")
        var format: String

        @Option(help: "The file to write when it is done; without it, it waits to be taken away.")
        var out: String?

        @Option(help: "Language and region of numbers and words: en, da, nl, sw, en-KE, en-MW.")
        var locale: String?

        @Option(help: "CSV profile: machine, excel-en, excel-da, excel-nl.")
        var profile: String?

        @Option(help: "For CSV of a report with several tables: which one.")
        var table: String?

        @Flag(help: "Only ask for it; the running program makes it.")
        var later = false

        func run() async throws {
            let request = try ExportRequest(
                report: report, format: format, locale: locale, profile: profile, table: table,
                choices: view.choices)
            try await ExportCommand.at(common) { counter in
                let asked = try await counter.desk.ask(request, for: counter.principal)
                Terminal.write(asked.id + "\n")
                if later { return }
                let room = ExportRoom(counter.desk, logger: ProgramLog.logger)
                async let making = room.workNext(asked.id)
                let export = try await ExportProgress.follow(asked, counter.desk)
                _ = try await making
                guard export.state == .done else {
                    throw Advice(
                        .input, "the export is \(export.state.rawValue)",
                        remedy: export.reason ?? "ask for it again")
                }
                if let out { try await ExportCommand.save(export, to: out, counter) }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List exports, the latest first.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await ExportCommand.at(common) { counter in
                for export in try await counter.desk.list(for: counter.principal) {
                    let percent =
                        export.state == .running ? export.percent.map { " \($0) %" } ?? "" : ""
                    let size = export.file.map { "\t\($0.bytes) bytes" } ?? ""
                    Terminal.write(
                        "\(export.id)\t\(export.state.rawValue)\(percent)\t\(export.owner.name)\t"
                            + "\(export.request.report).\(export.request.formatName)\t"
                            + "\(export.asked)\(size)\n")
                    if let reason = export.reason { Terminal.write("    \(reason)\n") }
                }
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "Take the file of an export away.")

        @Argument(help: "The export, as ‘list’ names it.")
        var id: String

        @Option(help: "The file to write; the export's own name without it.")
        var out: String?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await ExportCommand.at(common) { counter in
                let export = try await counter.desk.export(id, for: counter.principal)
                try await ExportCommand.save(
                    export, to: out ?? export.file?.name ?? export.storedName, counter)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel", abstract: "Cancel an export, or remove its file.")

        @Argument(help: "The export, as ‘list’ names it.")
        var id: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await ExportCommand.at(common) { counter in
                let export = try await counter.desk.export(id, for: counter.principal)
                try await counter.desk.remove(export, for: counter.principal, from: nil)
            }
        }
    }

    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "link", abstract: "Make an address for somebody without sign-in.")

        @Argument(help: "The export, as ‘list’ names it.")
        var id: String

        @Option(help: "Days until it expires.")
        var days: Int?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await ExportCommand.at(common) { counter in
                let export = try await counter.desk.export(id, for: counter.principal)
                let link = try await counter.desk.link(
                    to: export, days: days, for: counter.principal, from: nil)
                Terminal.write((link.address ?? "") + "\n")
                Terminal.note("link \(link.id) is good until \(link.expires)")
            }
        }
    }

    struct Unlink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unlink", abstract: "Revoke a link.")

        @Argument(help: "The export, as ‘list’ names it.")
        var id: String

        @Argument(help: "The link, as it was named when it was made.")
        var link: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await ExportCommand.at(common) { counter in
                let export = try await counter.desk.export(id, for: counter.principal)
                try await counter.desk.revoke(
                    link, of: export, for: counter.principal, from: nil)
            }
        }
    }

    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-key",
            abstract: "Make another key for links; all links made before are void at once.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let settings = try common.configuration()
            let audit = try AuditLog.open(settings, clock: try common.clock())
            try audit.enterNow(
                AuditEvent(kind: .linkRevoked, who: NSUserName(), subject: "all links"))
            try LinkKey(besides: settings.state).rotate()
            Terminal.note("all links that were made before are void")
        }
    }
}

/// How far an export is, on the terminal: a bar that grows, or a line for every tenth.
struct ExportProgress: Sendable {
    /// Characters of the bar.
    static let width = 30
    /// Milliseconds between two looks.
    private static let lookMilliseconds = 200

    /// The bar: `[██████····] 60 %  12000 of 20000 rows`.
    static func bar(_ export: Export) -> String {
        let percent = export.percent ?? 0
        let full = percent * width / 100
        let bar = String(repeating: "█", count: full) + String(repeating: "·", count: width - full)
        return "[\(bar)] \(percent) %  \(words(export))"
    }

    /// The line: `60 %  12000 of 20000 rows`.
    static func line(_ export: Export) -> String { "\(export.percent ?? 0) %  \(words(export))" }

    private static func words(_ export: Export) -> String {
        guard let all = export.rowsInAll else { return export.state.rawValue }
        return "\(export.rows) of \(all) rows"
    }

    /// Shows how far an export is until it is over.
    ///
    /// - Returns: The export as it is then.
    static func follow(_ asked: Export, _ desk: ExportDesk) async throws -> Export {
        let isTerminal = isatty(STDERR_FILENO) == 1
        var (export, shown) = (asked, -1)
        while true {
            export = try await desk.ledger.export(asked.id) ?? export
            if isTerminal {
                let end = export.state.isOpen ? "" : "\n"
                try? FileHandle.standardError.write(
                    contentsOf: Data("\r\u{1B}[K\(bar(export))\(end)".utf8))
            } else if let percent = export.percent, percent / 10 > shown {
                shown = percent / 10
                Terminal.note(line(export))
            }
            if !export.state.isOpen { return export }
            try await Task.sleep(for: .milliseconds(lookMilliseconds))
        }
    }
}
