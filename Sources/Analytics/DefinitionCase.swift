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
    let changes: ChangeBatch
    let query: MetricQuery
    let expectation: Expectation
    /// Words that a remark on the figures must hold; `none` where there must be no remark.
    let remark: String?

    enum Expectation: Sendable {
        case rows(headings: [String], rows: [[String]])
        case refusal(containing: String)
    }

    /// Reads the cases of one file.
    ///
    /// - Returns: The cases, and the definitions with what the file says of its own.
    /// - Throws: `Advice` at the line of the mistake.
    static func cases(
        in file: DefinitionNode, definitions: Definitions
    ) throws -> (cases: [DefinitionCase], definitions: Definitions) {
        let fields = try file.mapping(allowing: [
            "companies", "groups", "tables", "metrics", "cases",
        ])
        var companies = definitions.schema.companies
        if let list = fields.optional("companies") {
            companies = try Self.companies(list, fields.optional("groups"))
        }
        let own = try definitions.speaking(
            of: companies, tables: fields.optional("tables"), metrics: fields.optional("metrics"))
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
            "case", "why", "now", "rows", "query", "expect", "refused",
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
        var batch = ChangeBatch()
        for (key, value) in try fields.optional("rows")?.entries() ?? [] {
            let model = try key.reading { try schema.model($0) }
            try CaseRows(model: model, schema: schema).add(try CaseTable(value), to: &batch)
        }
        changes = batch
        let queryNode = try fields.required("query")
        let parts = try queryNode.mapping(allowing: [
            "metrics", "companies", "group", "period", "grain", "by", "where", "compare", "order",
            "top", "currency",
        ])
        selection = try Self.selection(parts)
        remark = try fields.optional("remark")?.string()
        query = try Self.query(parts)
        if let words = fields.optional("refused") {
            expectation = .refusal(containing: try words.string())
            guard fields.optional("expect") == nil else {
                throw words.advice("a case has either ‘expect’ or ‘refused’", remedy: "remove one")
            }
            return
        }
        let table = try CaseTable(try fields.required("expect"))
        try Self.check(table, query)
        expectation = .rows(headings: table.headings, rows: table.rows.map(\.cells))
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
            })
    }

    private static func check(_ table: CaseTable, _ query: MetricQuery) throws {
        let legal =
            ["step"] + query.by
            + query.metrics.flatMap { [$0, "\($0) before", "\($0) change"] }
        for heading in table.headings where !legal.contains(heading) {
            throw Advice(
                .definition, "‘\(heading)’ is no part of the answer",
                remedy: Spelling.remedy(for: heading, legal: legal),
                at: Place(file: table.place.file, line: table.place.line + 1, column: 1))
        }
    }
}
