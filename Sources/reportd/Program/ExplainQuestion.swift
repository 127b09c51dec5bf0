import Analytics
import Ingest
import Reports
import Store
import Vocabulary

/// A question for where figures come from, as it comes from the command line, a program or a page.
struct ExplainQuestion: Sendable {
    /// Most rows of one page.
    static let pageRows = 1...10_000

    let question: MetricQuestion
    let page: Explanation.Page

    /// Puts a question together.
    ///
    /// - Throws: `Advice` for a page that cannot be.
    init(_ question: MetricQuestion, part: String?, offset: Int?, limit: Int?) throws {
        let page = Explanation.Page(part: part, offset: offset ?? 0, limit: limit ?? 50)
        guard page.offset >= 0, Self.pageRows.contains(page.limit) else {
            throw Advice(
                .request, "\(page.limit) rows after \(page.offset) are no page",
                remedy: "ask for \(Self.pageRows.lowerBound) to \(Self.pageRows.upperBound) rows, "
                    + "after 0 or more")
        }
        self.question = question
        self.page = page
    }
}

/// One explained figure, with what the program knows beyond the store's rows.
struct ExplainedFigure: Sendable {
    let explanation: Explanation
    let page: Explanation.Page
    /// How far each source had been read.
    let positions: [(source: String, position: SourcePosition)]
    /// How many rows are in quarantine that may belong to a model, per model; nil when the reader sees
    /// only rows of their own.
    let quarantined: [String: Int]?

    /// What is printed of it beside the explanation itself.
    private var facts: [(name: String, value: String)] {
        var facts = positions.map { source, position in
            (
                name: "Position of \(source)",
                value: position.text + (position.sourceTime.map { ", changes up to \($0)" } ?? "")
            )
        }
        for (model, rows) in (quarantined ?? [:]).sorted(by: { $0.key < $1.key }) {
            facts.append((name: "In quarantine, for \(model)", value: "\(rows)"))
        }
        return facts
    }

    /// The document that pages and files are made of.
    func document() throws -> ReportDocument { try explanation.document(page, facts: facts) }

    /// One JSON object.
    func json() throws -> String {
        let json = ReportJSON()
        func texts(_ texts: [String]) -> String {
            "[" + texts.map(JSONText.quoted).joined(separator: ",") + "]"
        }
        func metric(_ metric: Metric) -> String {
            "{\"name\":\(JSONText.quoted(metric.name)),\"label\":\(JSONText.quoted(metric.label)),"
                + "\"description\":\(JSONText.quoted(metric.description)),"
                + "\"definition\":\(JSONText.quoted(metric.definition)),"
                + "\"hash\":\(JSONText.quoted(metric.hash)),"
                + "\"place\":\(JSONText.quoted("\(metric.place)"))}"
        }
        func days(_ period: Period?) -> String {
            period.map { "{\"from\":\"\($0.start)\",\"to\":\"\($0.last)\"}" } ?? "null"
        }
        func table(_ table: ResultTable) throws -> String {
            var bytes: [UInt8] = []
            try json.write(table) { bytes += $0 }
            return String(decoding: bytes, as: UTF8.self)
        }
        func valuation(_ valuation: Explanation.Valuation) throws -> String {
            let (used, leftOut) = (try table(valuation.used), try table(valuation.leftOut))
            return "{\"words\":\(texts(valuation.words)),\"used\":\(used),"
                + "\"leftOut\":\(leftOut)}"
        }
        let parts = try explanation.parts.map { part -> String in
            let rows = try part.page(offset: page.offset(of: part.metric), limit: page.limit)
            let next = page.offset(of: part.metric) + rows.rowCount
            let workings = part.workings.map {
                "{\"value\":\(json.text($0.value)),\"words\":\(JSONText.quoted($0.words))}"
            }
            let excluded = part.excluded.map {
                "{\"reason\":\(JSONText.quoted($0.reason)),\"rows\":\($0.rows)}"
            }
            let isMore = next < part.rows.rowCount
            let valued = try part.valuation.map(valuation) ?? "null"
            let lines = try table(rows)
            return "{\"metric\":\(metric(part.metric)),"
                + "\"statement\":\(JSONText.quoted(part.statement)),"
                + "\"conditions\":\(texts(part.conditions)),"
                + "\"date\":\(part.date.map(JSONText.quoted) ?? "null"),"
                + "\"days\":\(days(part.days)),\"workings\":[\(workings.joined(separator: ","))],"
                + "\"rowCount\":\(part.rows.rowCount),\"rowsInAll\":\(part.rowsInAll),"
                + "\"excluded\":[\(excluded.joined(separator: ","))],"
                + "\"offset\":\(page.offset(of: part.metric)),"
                + "\"nextOffset\":\(isMore ? "\(next)" : "null"),"
                + "\"valuation\":\(valued),\"rows\":\(lines)}"
        }
        let sources = positions.map { source, position in
            "{\"source\":\(JSONText.quoted(source)),"
                + "\"position\":\(JSONText.quoted(position.text)),"
                + "\"changesUpTo\":\(position.sourceTime.map { "\"\($0)\"" } ?? "null")}"
        }
        let aside = (quarantined ?? [:]).sorted { $0.key < $1.key }.map {
            "\(JSONText.quoted($0)):\($1)"
        }
        let figure = explanation.cells.map { json.text($0.value) }
        return "{\"metric\":\(metric(explanation.metric)),"
            + "\"figure\":[\(figure.joined(separator: ","))],"
            + "\"formula\":\(explanation.formula.map(JSONText.quoted) ?? "null"),"
            + "\"period\":\(days(explanation.period)),"
            + "\"provenance\":\(json.text(explanation.provenance)),"
            + "\"sources\":[\(sources.joined(separator: ","))],"
            + "\"quarantined\":\(quarantined == nil ? "null" : "{\(aside.joined(separator: ","))}"),"
            + "\"parts\":[\(parts.joined(separator: ",\n"))]}"
    }
}

extension AnswerDesk {
    /// Explains the figures of a question, one after another, from one state of the store.
    ///
    /// - Throws: `Advice` when the question is impossible or a figure has no such part.
    func explain(_ asked: ExplainQuestion, scope: Scope) throws -> [ExplainedFigure] {
        let choices = asked.question.choices
        let snapshot = try store.snapshot(
            scope, of: try choices.selection(), at: try choices.moment())
        let reading = shelf.current
        let positions = store.positions.sorted { $0.key < $1.key }
        return try asked.question.query.metrics.map { name in
            let explanation = try reading.analytics.explain(
                name, of: asked.question.query, on: snapshot, now: clock.now())
            if let part = asked.page.part,
                !explanation.parts.contains(where: { $0.metric.name == part })
            {
                throw Advice(
                    .unknown, "‘\(name)’ does not rest on a metric ‘\(part)’",
                    remedy: Spelling.remedy(
                        for: part, legal: explanation.parts.map(\.metric.name)))
            }
            let sources = reading.sources.filter {
                !explanation.metric.models.isDisjoint(with: $0.models)
            }
            return ExplainedFigure(
                explanation: explanation, page: asked.page,
                positions: positions.filter { entry in sources.contains { $0.name == entry.key } }
                    .map { (source: $0.key, position: $0.value) },
                // A count tells nothing of a row, but of one's own rows alone it would mislead.
                quarantined: scope.limits.isEmpty
                    ? try quarantined(explanation.metric.models, reading.sources) : nil)
        }
    }

    /// How many rows in quarantine would fill each of some models; models without any are left out.
    private func quarantined(
        _ models: Set<String>, _ sources: [SourceDefinition]
    ) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for row in try store.quarantined() {
            guard let source = sources.first(where: { $0.name == row.source }) else { continue }
            for model in source.models(filledBy: row.table).intersection(models) {
                counts[model, default: 0] += 1
            }
        }
        return counts
    }
}
