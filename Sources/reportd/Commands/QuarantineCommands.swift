import ArgumentParser
import Ingest
import Store
import Vocabulary

extension SourcesCommand {
    /// `reportd sources quarantine`: the rows that no mapping could place.
    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "The rows that no mapping could place: list them, try them again, let them go.",
            discussion: """
                A row leaves by itself when it is corrected or deleted at its source, and all are \
                tried again whenever a source starts. Trying again and letting go write the store, \
                so ‘reportd run’ and ‘reportd ingest’ must not be running.
                """,
            subcommands: [List.self, Retry.self, Release.self], defaultSubcommand: List.self)
    }
}

/// Which rows of the quarantine are meant.
private struct QuarantineChoice: ParsableArguments {
    @Argument(help: "The source; all without it.")
    var source: String?

    @Option(help: "Only rows of this table, such as public.sales.")
    var table: String?

    @Option(help: "Only the row with this key, as the list shows it.")
    var key: String?

    func rows(at desk: QuarantineDesk) throws -> [QuarantinedRow] {
        try desk.rows(source: source, table: table, key: key)
    }
}

extension Workplace {
    /// The desk for the rows that were put aside.
    fileprivate var quarantine: QuarantineDesk {
        QuarantineDesk(store: store, definitions: shelf.current.sources)
    }
}

extension QuarantinedRow {
    /// The line that commands show.
    fileprivate var line: String {
        "\(source) \(table) \(key): \(isKept ? reason : "its key alone is kept")\n"
    }
}

extension [QuarantinedRow] {
    /// How many rows of each source and table are kept by their key alone, one line each.
    fileprivate var unkeptLines: [String] {
        Dictionary(grouping: filter { !$0.isKept }) { $0.source + " " + $0.table }
            .sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value.count) more rows, of which the key alone is kept\n" }
    }
}

extension SourcesCommand.Quarantine {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Each row with its source, table, key and the reason.")

        @OptionGroup var common: CommonOptions
        @OptionGroup private var choice: QuarantineChoice

        @Flag(help: "Show what is kept of each row, as JSON.")
        var content = false

        func run() async throws {
            let rows = try choice.rows(at: common.workplace().quarantine)
            for row in rows where row.isKept || choice.key != nil {
                Terminal.write(row.line)
                if content, row.isKept { Terminal.write("    \(row.content)\n") }
            }
            if choice.key == nil { for line in rows.unkeptLines { Terminal.write(line) } }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try rows again by the mapping in force.")

        @OptionGroup var common: CommonOptions
        @OptionGroup private var choice: QuarantineChoice

        func run() async throws {
            let workplace = try common.workplace(.readWrite)
            let desk = workplace.quarantine
            let outcome = try desk.retry(try choice.rows(at: desk))
            for row in outcome.kept { Terminal.write(row.line) }
            Terminal.write(
                "\(outcome.placed.count) rows placed, \(outcome.kept.count) still do not fit\n")
            if !outcome.untried.isEmpty {
                let sources = Set(outcome.untried.map(\.source)).sorted().joined(separator: ", ")
                Terminal.write(
                    "\(outcome.untried.count) rows need their source; they are tried at its next "
                        + "start: run reportd ingest --once (\(sources))\n")
            }
            for line in outcome.unkept.unkeptLines { Terminal.write(line) }
            for source in Set(outcome.unkept.map(\.source)).sorted() {
                Terminal.write(
                    "to try these, read the source again: reportd ingest --once --reload "
                        + "\(source)\n")
            }
            try workplace.store.close()
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let rows go that are not wanted; they stay out of every figure.",
            discussion: """
                A row comes back when it changes at its source, or is read again, and still does \
                not fit.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup private var choice: QuarantineChoice

        @Flag(help: "Let all rows of the source or table go; without it a --key is needed.")
        var all = false

        func run() async throws {
            guard choice.source != nil, all || choice.key != nil else {
                throw Advice(
                    .request, "nothing says which rows are to go",
                    remedy: "name a source and a --key, or a source and --all")
            }
            let workplace = try common.workplace(.readWrite)
            let desk = workplace.quarantine
            let rows = try choice.rows(at: desk)
            try desk.release(rows)
            for row in rows { Terminal.write(row.line) }
            Terminal.write("\(rows.count) rows let go\n")
            try workplace.store.close()
        }
    }
}
