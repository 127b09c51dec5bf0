import Analytics
import ArgumentParser
import Reports
import Store
import Vocabulary

/// `reportd explain`: where a figure comes from, down to its rows.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show where figures come from: definition, conditions, positions and rows.",
        discussion: """
            The rows are added up again, one by one, and have to give the figure. To explain one \
            member or step of a table, narrow the question with --where or --period. CSV holds the \
            rows alone, all of them unless --limit is given; of a formula say whose with --part.
            """)

    @Argument(help: "Metrics, by name.")
    var metrics: [String]

    @OptionGroup var view: ViewOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "The metric of a formula whose rows are meant by --offset, and by CSV.")
    var part: String?

    @Option(help: "Rows of each metric to show; 20 without it.")
    var limit: Int?

    @Option(help: "Rows to pass over before them. The order of rows is always the same.")
    var offset: Int?

    @Option(help: "table, json or csv.")
    var format = QueryCommand.Format.table

    @Option(help: "Language and region of the table: en, da, nl, sw, en-KE, en-MW.")
    var locale = "en"

    func run() async throws {
        let workplace = try common.workplace()
        let desk = AnswerDesk(workplace)
        let question = try ExplainQuestion(
            MetricQuestion(
                metrics: metrics, choices: view.choices, grain: nil, by: [], order: nil, limit: nil),
            part: part, offset: offset, limit: limit ?? 20)
        let figures = try desk.explain(question, scope: workplace.everything)
        switch format {
        case .json:
            let texts = try figures.map { try $0.json() }
            Terminal.write("{\"explanations\":[\(texts.joined(separator: ",\n"))]}\n")
        case .csv: try writeRows(of: figures)
        case .table: for figure in figures { try show(figure) }
        }
    }

    private func show(_ figure: ExplainedFigure) throws {
        let document = try figure.document()
        let provenance = document.provenance
        let locale = ReportLocale(locale)
        let table = TerminalTable(locale: locale, zone: provenance.zone)
        for block in document.blocks {
            switch block {
            case .figures(let figures):
                for figure in figures {
                    let values = figure.values.map {
                        locale.format($0, kind: figure.kind, zone: provenance.zone)
                    }
                    Terminal.write("\(figure.label): \(values.joined(separator: ", "))\n")
                }
            case .table(let rows) where rows.columns.first?.name == "fact":
                Terminal.write("\n\(rows.title)\n")
                try rows.forEachBatch { batch in
                    for row in batch {
                        guard case .text(let name) = row[0], case .text(let value) = row[1] else {
                            continue
                        }
                        Terminal.write("  \(name): \(value)\n")
                    }
                }
            case .table(let rows):
                Terminal.write("\n\(rows.title)\n\n")
                if rows.rowCount > 0 { Terminal.write(try table.text(rows)) }
            case .chart: break
            }
        }
        Terminal.note(
            "\(provenance.companies.joined(separator: ", ")), "
                + (provenance.period.map { "\($0), " } ?? "")
                + "\(provenance.basis); \(provenance.currency); zone \(provenance.zone.name); commit "
                + "\(provenance.commit) of \(provenance.committedAt)")
        for line in provenance.remarks + provenance.notes { Terminal.note(line) }
    }

    private func writeRows(of figures: [ExplainedFigure]) throws {
        let parts = figures.flatMap { figure in
            figure.explanation.parts.map { (figure, $0) }
        }
        let chosen = part.map { name in parts.filter { $0.1.metric.name == name } } ?? parts
        guard let (figure, rows) = chosen.first, chosen.count == 1 else {
            throw Advice(
                .request, "these figures rest on \(parts.count) lists of rows, and CSV holds one",
                remedy: "name one with --part: "
                    + parts.map(\.1.metric.name).joined(separator: ", "))
        }
        let isPage = limit != nil || offset != nil
        let table =
            isPage ? try rows.page(offset: offset ?? 0, limit: limit ?? 20) : rows.rows
        let writer = CSVWriter(profile: .machine, zone: figure.explanation.provenance.zone)
        try writer.write(table) { Terminal.write($0) }
    }
}
