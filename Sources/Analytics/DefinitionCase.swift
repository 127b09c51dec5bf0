import Store
public import Vocabulary

/// A test that a business person can review: rows in, a question, figures out.
public struct DefinitionCase: Sendable {
    /// What is shown, as a sentence.
    public let name: String
    /// Where it is written.
    public let place: Place
    let now: Instant
    let selection: CompanySelection
    /// What was there before the changes, as a first load has it: without history.
    let loaded: [CaseRows.Row]
    /// What is committed, in order, each at its own moment.
    let commits: [Commit]
    let question: Question
    let expectation: Expectation
    /// Words that a remark on the figures must hold; `none` where there must be no remark.
    let remark: String?

    /// Changes that were made at one moment.
    struct Commit: Sendable {
        let time: Instant
        let changes: ChangeBatch
    }

    enum Question: Sendable {
        case metrics(MetricQuery)
        case reconciliation(String, PeriodName)
    }

    enum Expectation: Sendable {
        case rows(headings: [String], rows: [[String]])
        case refusal(containing: String)
    }

    /// Reads the cases of one file.
    ///
    /// - Returns: The cases, and the definitions they speak of: those at hand with what the file has
    ///   of its own.
    /// - Throws: `Advice` at the line of the mistake.
    static func cases(
        in file: DefinitionNode, definitions: Definitions
    ) throws -> (cases: [DefinitionCase], definitions: Definitions) {
        let fields = try file.mapping(
            allowing: ["companies", "groups", "tables", "targets", "cases"] + MetricReader.sections)
        var companies = definitions.schema.companies
        if let list = fields.optional("companies") {
            companies = try Self.companies(list, fields.optional("groups"))
        }
        let own = try definitions.speaking(
            of: companies, tables: fields.optional("tables"), metrics: fields,
            targets: fields.optional("targets"))
        let cases = try fields.required("cases").sequence().map {
            try DefinitionCase($0, schema: own.schema)
        }
        return (cases, own)
    }

    /// `CompanyDirectory` reads a file that holds companies only, so it is given such a text.
    private static func companies(
        _ list: DefinitionNode, _ groups: DefinitionNode?
    ) throws -> CompanyDirectory {
        var text = "companies:\n" + (try list.yamlText(indentation: 2))
        if let groups { text += "\ngroups:\n" + (try groups.yamlText(indentation: 2)) }
        do {
            return try CompanyDirectory(DefinitionNode(parsing: text, file: list.place.file))
        } catch let error as Advice {
            throw list.advice(error.happened, remedy: error.remedy)
        }
    }

    private init(_ node: DefinitionNode, schema: Schema) throws {
        let fields = try node.mapping(allowing: [
            "case", "why", "now", "rows", "changes", "query", "reconcile", "expect", "refused",
            "remark",
        ])
        name = try fields.required("case").string()
        place = node.place
        now = try fields.required("now").reading { text in
            if let instant = Instant(text) { return instant }
            throw Advice(
                .definition, "‘\(text)’ is not a moment", remedy: "write it as 2026-06-30T12:00:00Z"
            )
        }
        let changes = fields.optional("changes")
        if let changes {
            loaded = try Self.tables(fields.optional("rows"), schema)
            commits = try Self.commits(changes, now, schema)
        } else {
            loaded = []
            commits = [
                Commit(
                    time: now, changes: Self.batch(try Self.tables(fields.optional("rows"), schema))
                )
            ]
        }
        let reconciliation = fields.optional("reconcile")
        let parts =
            try reconciliation?.mapping(allowing: ["name", "companies", "group", "period"])
            ?? fields.required("query").mapping(allowing: [
                "metrics", "companies", "group", "period", "grain", "by", "where", "compare",
                "order", "top", "currency", "target", "forecast",
            ])
        if let reconciliation, fields.optional("query") != nil {
            throw reconciliation.advice(
                "a case has either ‘query’ or ‘reconcile’", remedy: "remove one")
        }
        selection = try Self.selection(parts)
        remark = try fields.optional("remark")?.string()
        let legal: [String]
        if reconciliation != nil {
            question = .reconciliation(
                try parts.required("name").string(),
                try parts.required("period").reading { try PeriodName($0) })
            legal = ReconciliationLine.caseHeadings
        } else {
            let query = try Self.query(parts)
            question = .metrics(query)
            legal = Self.headings(query)
        }
        if let words = fields.optional("refused") {
            expectation = .refusal(containing: try words.string())
            guard fields.optional("expect") == nil else {
                throw words.advice("a case has either ‘expect’ or ‘refused’", remedy: "remove one")
            }
            return
        }
        let table = try CaseTable(try fields.required("expect"))
        try Self.check(table, legal)
        expectation = .rows(headings: table.headings, rows: table.rows.map(\.cells))
    }

    /// The rows of some models, in the order in which models are named.
    private static func tables(
        _ node: DefinitionNode?, _ schema: Schema, areChanges: Bool = false
    ) throws -> [CaseRows.Row] {
        try (node?.entries() ?? []).flatMap { key, value in
            let model = try key.reading { try schema.model($0) }
            return try CaseRows(model: model, schema: schema, isChange: areChanges).rows(
                try CaseTable(value))
        }
    }

    private static func batch(_ rows: [CaseRows.Row]) -> ChangeBatch {
        var batch = ChangeBatch()
        for row in rows {
            batch.upsert(
                model: row.model, origin: CaseRows.origin, company: row.company, key: row.key,
                cells: row.cells)
        }
        return batch
    }

    /// What was known when: each change at its own moment.
    private static func commits(
        _ changes: DefinitionNode, _ now: Instant, _ schema: Schema
    ) throws -> [Commit] {
        var commits: [Commit] = []
        for node in try changes.sequence() {
            let fields = try node.mapping(allowing: ["at", "rows", "deleted"])
            let at = try fields.required("at").reading { text in
                guard let time = CaseRows.moment(text, schema) else {
                    throw Advice(
                        .definition, "‘\(text)’ is not a moment",
                        remedy: "write it as 2026-06-30 14:00 or 2026-06-30T12:00:00Z")
                }
                return time
            }
            if at > now || commits.last.map({ at <= $0.time }) ?? false {
                throw try fields.required("at").advice(
                    "changes are written in the order of time, up to ‘now’",
                    remedy: "put it in its place")
            }
            var batch = batch(try tables(fields.optional("rows"), schema, areChanges: true))
            for (key, keys) in try fields.optional("deleted")?.entries() ?? [] {
                let model = try key.reading { try schema.model($0) }
                for item in try keys.sequence() {
                    batch.delete(
                        model: model.name, origin: CaseRows.origin,
                        key: .text(try item.string()))
                }
            }
            commits.append(Commit(time: at, changes: batch))
        }
        guard !commits.isEmpty else {
            throw changes.advice("there are no changes", remedy: "remove the line")
        }
        return commits
    }

    private static func selection(_ parts: DefinitionMapping) throws -> CompanySelection {
        guard let group = parts.optional("group") else {
            return try parts.optional("companies").map {
                .companies(try $0.sequence().map { try $0.string() })
            } ?? .all
        }
        if let companies = parts.optional("companies") {
            throw companies.advice(
                "a question is about companies or a group", remedy: "remove one of them")
        }
        return .group(try group.string())
    }

    private static func query(_ parts: DefinitionMapping) throws -> MetricQuery {
        MetricQuery(
            metrics: try parts.required("metrics").sequence().map { try $0.string() },
            period: try parts.required("period").reading { try PeriodName($0) },
            grain: try parts.optional("grain")?.choice(Grain.self, naming: "grain"),
            by: try parts.optional("by")?.sequence().map { try $0.string() } ?? [],
            filters: try parts.optional("where").map { try Condition.conditions($0).map(\.0) }
                ?? [],
            comparison: try ComparisonChoice(parts.optional("compare")).resolved(over: nil),
            order: try parts.optional("order").map { .init(parsing: try $0.string()) },
            limit: try parts.optional("top")?.integer(in: QueryLimits.members),
            currency: try parts.optional("currency")?.reading {
                try ReportingCurrency(parsing: $0)
            },
            hasTargets: try parts.optional("target")?.boolean() ?? false,
            forecast: try parts.optional("forecast")?.choice(
                ForecastMethod.self, naming: "way to forecast"))
    }

    /// What a case can name of the answer to a question.
    private static func headings(_ query: MetricQuery) -> [String] {
        func ofMetrics(_ words: [String]) -> [String] {
            query.metrics.flatMap { metric in words.map { "\(metric) \($0)" } }
        }
        return (query.grain == nil ? [] : ["step", "open"]) + query.by + query.metrics
            + ofMetrics(["before", "change"])
            + (query.hasTargets ? ofMetrics(["target", "attainment", "expected"]) : [])
            + (query.forecast == nil
                ? [] : ofMetrics(["forecast", "forecast error", "forecast periods"]))
    }

    private static func check(_ table: CaseTable, _ legal: [String]) throws {
        for heading in table.headings where !legal.contains(heading) {
            throw Advice(
                .definition, "‘\(heading)’ is no part of the answer",
                remedy: Spelling.remedy(for: heading, legal: legal),
                at: Place(file: table.place.file, line: table.place.line + 1, column: 1))
        }
    }
}
