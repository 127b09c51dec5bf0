import Analytics
import ArgumentParser
import Reports
import Store
import Vocabulary

/// `reportd restatement`: what changed of figures between two states.
struct RestatementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restatement",
        abstract: "Show what changed of a report or metric between two moments, row by row.",
        discussion: """
            The earlier state is that of --since, the later one that of --known-at, or the newest. \
            Each line is a row that gives something else than before: late (not known before), a \
            correction, or a deletion; the lines add up to the difference.
            """)

    @Argument(help: "The report or metric, by name.")
    var name: String

    @OptionGroup var view: ViewOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "The earlier state: RFC 3339, the number of a commit, or ‘close’.")
    var since: String

    @Option(help: "table, json, csv, xlsx or pdf.")
    var format = "table"

    @Option(help: "The file to write; needed for xlsx and pdf.")
    var out: String?

    @Option(help: "Language and region of numbers and words: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    @Option(help: "CSV profile: machine, excel-en, excel-da, excel-nl.")
    var profile: String?

    @Option(help: "For CSV: which table, as figures or lines-revenue.")
    var table: String?

    func run() async throws {
        let workplace = try common.workplace()
        let desk = AnswerDesk(workplace)
        let document = try desk.restatement(
            RestatementQuestion(
                name: name, choices: view.choices, since: try RestatementQuestion.since(since)),
            scope: workplace.everything)
        let provenance = document.provenance
        guard format != "table" else {
            let text = TerminalTable(locale: ReportLocale(locale), zone: provenance.zone)
            for table in document.tables {
                Terminal.write("\(table.title)\n\n\(try text.text(table))\n")
            }
            Terminal.note(
                (provenance.period.map { "\($0), " } ?? "")
                    + "\(provenance.basis); \(provenance.currency)")
            for line in provenance.remarks + provenance.notes { Terminal.note(line) }
            return
        }
        let format = try ReportFormat(named: format)
        let output = try ReportChoices.output(
            format, locale: locale, profile: profile, table: table)
        if let out {
            try output.write(document.said(for: output, desk.shelf.current.analytics), to: out)
            Terminal.note("\(out): \(document.title), \(provenance.basis)")
        } else if format == .xlsx || format == .pdf {
            throw Advice(.request, "\(format.rawValue) goes into a file", remedy: "add --out FILE")
        } else {
            Terminal.write(try output.bytes(document))
        }
    }
}
