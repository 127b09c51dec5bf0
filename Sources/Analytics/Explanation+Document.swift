public import Vocabulary

extension Explanation {
    /// A page of rows: which base metric's, and from which row on.
    public struct Page: Sendable, Hashable {
        /// The base metric whose rows are turned over; nil for all, each from its first row.
        public var part: String?
        /// How many rows come before the page.
        public var offset: Int
        /// Rows of a page.
        public var limit: Int

        /// Describes a page.
        public init(part: String? = nil, offset: Int = 0, limit: Int = 50) {
            self.part = part
            self.offset = offset
            self.limit = limit
        }

        /// The first row of the page of a base metric.
        public func offset(of metric: Metric) -> Int {
            part == nil || part == metric.name ? offset : 0
        }
    }

    /// The explanation as a document: the figure, how it follows, and a page of each metric's rows.
    ///
    /// `facts` are what others know of its origin, as positions of sources, each with its name.
    ///
    /// - Throws: What the store throws.
    public func document(
        _ page: Page = Page(), facts: [(name: String, value: String)] = []
    ) throws -> ReportDocument {
        var blocks: [ReportDocument.Block] = [
            .figures([
                Figure(
                    name: metric.name, label: metric.label, kind: metric.kind,
                    values: cells.map(\.value), previous: cells.compactMap(\.previous),
                    change: cells.compactMap(\.change), riseIsGood: metric.riseIsGood)
            ])
        ]
        var meaning = [("Meaning", metric.description)]
        if let formula { meaning.append(("Formula", formula)) }
        meaning += definition(of: metric) + facts
        blocks.append(.table(Self.facts("definition", "\(metric.label): definition", meaning)))
        for part in parts {
            blocks.append(
                .table(
                    Self.facts(
                        "how-\(part.metric.name)", "\(part.metric.label): how it follows",
                        self.facts(of: part))))
            let rows = try part.page(offset: page.offset(of: part.metric), limit: page.limit)
            let first = page.offset(of: part.metric) + 1
            let last = first + rows.rowCount - 1
            blocks.append(
                .table(
                    ResultTable(
                        name: "rows-\(part.metric.name)",
                        title: rows.rowCount == 0
                            ? "\(part.metric.label): no rows"
                            : "\(part.metric.label): rows \(first) to \(last) of "
                                + "\(part.rows.rowCount)",
                        columns: rows.columns, rows: try rows.rows())))
            for table in [part.valuation?.leftOut, part.valuation?.used].compactMap({ $0 })
            where table.rowCount > 0 {
                blocks.append(.table(table))
            }
        }
        return ReportDocument(
            name: "explain-\(metric.name)", title: "\(metric.label), explained",
            provenance: provenance, blocks: blocks)
    }

    private func definition(of metric: Metric) -> [(String, String)] {
        let lines = metric.definition.split(separator: "\n").map { line in
            String(line.drop { $0 == " " })
        }
        return [
            ("Definition", lines.joined(separator: "; ")), ("Defined in", "\(metric.place)"),
            ("Hash of the definition", metric.hash),
        ]
    }

    private func facts(of part: Part) -> [(String, String)] {
        var facts = [("What is done", part.statement)]
        facts += part.conditions.map { ("Condition", $0) }
        if let date = part.date {
            facts.append(("Day", date + (part.days.map { ", \($0)" } ?? "")))
        }
        facts += (part.valuation?.words ?? []).map { ("Each row", $0) }
        if part.workings.isEmpty { facts.append(("Figure", "not known")) }
        facts += part.workings.map { ("Figure", $0.words) }
        if part.metric.name != metric.name { facts += definition(of: part.metric) }
        facts.append(("Rows that count", "\(part.rows.rowCount) of \(part.rowsInAll)"))
        facts += part.excluded.map { ("Not counted: \($0.reason)", "\($0.rows)") }
        return facts
    }

    private static func facts(
        _ name: String, _ title: String, _ facts: [(String, String)]
    ) -> ResultTable {
        ResultTable(
            name: name, title: title,
            columns: [
                ResultColumn(name: "fact", label: "Fact", kind: .text),
                ResultColumn(name: "value", label: "Value", kind: .text),
            ], rows: facts.map { [.text($0), .text($1)] })
    }
}
