import Analytics
import ArgumentParser
import Foundation
import Reports
import Store
import Vocabulary

/// `reportd query`: figures on the terminal.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Show metrics as a table, JSON or CSV.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, csv
    }

    @Argument(help: "Metrics, by name.")
    var metrics: [String]

    @OptionGroup var view: ViewOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "Split by a dimension: company, status, customer.name …; may be repeated.")
    var by: [String] = []

    @Option(help: "Step of a time series: day, week, month, quarter or year.")
    var grain: String?

    @Option(help: "Order by a metric or dimension; with a leading - the greatest first.")
    var order: String?

    @Option(help: "Name so many members; the others become “Other”.")
    var limit: Int?

    @Flag(help: "Show figures beside their targets.")
    var target = false

    @Option(help: "Carry open periods on to their end: run-rate or season.")
    var forecast: String?

    @Option(help: "table, json or csv.")
    var format = Format.table

    @Option(help: "Language and region of the table: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    func run() async throws {
        let workplace = try common.workplace()
        let desk = AnswerDesk(workplace)
        let question = try MetricQuestion(
            metrics: metrics, choices: view.choices, grain: grain, by: by, order: order,
            limit: limit, hasTargets: target, forecast: forecast)
        let answer = try desk.answer(question, scope: workplace.everything)
        let table = answer.table(name: "answer", title: metrics.joined(separator: ", "))
        switch format {
        case .json: Terminal.write(try question.json(answer))
        case .csv:
            let writer = CSVWriter(profile: .machine, zone: answer.provenance.zone)
            try writer.write(table) { Terminal.write($0) }
        case .table:
            Terminal.write(
                try TerminalTable(locale: ReportLocale(locale), zone: answer.provenance.zone)
                    .text(table))
            let provenance = answer.provenance
            let period = provenance.period.map { "\($0), " } ?? ""
            Terminal.note(
                "\(period)\(provenance.basis); \(provenance.currency); as of commit "
                    + "\(provenance.commit)")
            for line in provenance.remarks + provenance.notes { Terminal.note(line) }
        }
    }
}

/// `reportd report`: a report as a file.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Write a report or dashboard as CSV, XLSX, PDF or JSON, payments or journals also as XML."
    )

    @Argument(help: "The report, by name.")
    var name: String

    @Flag(help: "The name is a dashboard's; all of its cards go into the file.")
    var dashboard = false

    @OptionGroup var view: ViewOptions
    @OptionGroup var common: CommonOptions

    @Option(
        help:
            "csv, xlsx, pdf or json; sepa or sepa-03 of a list of payments; xaf of a journal of one company."
    )
    var format: String

    @Option(help: "The file to write; it appears only when it is complete.")
    var out: String

    @Option(help: "Language and region of numbers and words: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    @Option(
        help:
            "CSV profile: machine, excel-en, excel-da, excel-nl, or a program of queries/profiles as xero-bills."
    )
    var profile: String?

    @Option(help: "For CSV of a report with several tables: which one.")
    var table: String?

    @Flag(help: "For CSV: also write FILE.manifest.json with rows, totals and SHA-256.")
    var manifest = false

    func run() async throws {
        let format = try ReportFormat(named: format)
        let workplace = try common.workplace()
        let desk = AnswerDesk(workplace)
        let output = try ReportChoices.output(
            format, locale: locale, profile: profile, table: table,
            programs: desk.shelf.current.programs)
        let made =
            try dashboard
            ? desk.dashboard(name, view.choices, scope: workplace.everything).document
            : desk.report(name, view.choices, scope: workplace.everything)
        let document = made.said(for: output, desk.shelf.current.analytics)
        let account = try manifest ? FileManifest(document, output) : nil
        try output.write(document, to: out)
        try account?.write(beside: out)
        for notice in try output.notices(of: document) { Terminal.note(notice) }
        let rows = document.tables.reduce(0) { $0 + $1.rowCount }
        let (bytes, sha256) = try ExportShelf.look(at: out)
        try AuditLog.open(workplace.configuration, clock: workplace.clock).enterNow(
            AuditEvent(
                kind: .download, who: NSUserName(), subject: name,
                details: [
                    "format": format.rawValue, "rows": "\(output.rowCount(of: document))",
                    "commit": "\(document.provenance.commit)",
                    "choices": try ExportRequest(
                        report: name, format: format.rawValue, locale: locale, profile: profile,
                        table: table, choices: view.choices
                    ).words,
                    "filters": document.provenance.filters.joined(separator: "; "),
                    "sha256": sha256, "bytes": "\(bytes)",
                ]))
        Terminal.note(
            "\(out): \(document.title), \(rows) rows, as of commit \(document.provenance.commit)")
    }
}

/// `reportd cases`: the definition cases.
struct CasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cases",
        abstract: "Run the definition cases: rows in, question, expected rows out.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let configuration = try common.configuration()
        let shelf = try DefinitionShelf(configuration)
        let outcomes = try CaseRunner.run(
            folder: configuration.definitions, definitions: shelf.current.analytics)
        for outcome in outcomes where !outcome.holds {
            Terminal.write("✘ \(outcome.place): \(outcome.name)\n")
            for problem in outcome.problems { Terminal.write("    \(problem)\n") }
        }
        let failed = outcomes.filter { !$0.holds }.count
        Terminal.write("\(outcomes.count - failed) cases hold, \(failed) do not\n")
        if failed > 0 { throw ExitCode(1) }
    }
}
