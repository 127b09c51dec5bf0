import Store
import Vocabulary

extension Card {
    private static let fields = [
        "name", "type", "title", "metrics", "grain", "by", "where", "period", "compare", "order",
        "top", "currency",
    ]

    /// Reads a card and checks that it can be answered.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, definitions: Definitions) throws {
        let fields = try node.mapping(allowing: Self.fields)
        name = try fields.required("name").identifier()
        form = try fields.required("type").choice(Form.self, naming: "type of card")
        let metricNodes = try fields.required("metrics").sequence()
        var found: [Metric] = []
        for metric in metricNodes {
            found.append(try metric.reading { try definitions.metric($0) })
        }
        metrics = found.map(\.name)
        title = try fields.optional("title")?.string() ?? found.first?.label ?? name
        grain = try fields.optional("grain")?.choice(Grain.self, naming: "grain")
        if let by = fields.optional("by") {
            self.by = by.isSequence ? try by.sequence().map { try $0.string() } : [try by.string()]
        } else {
            by = []
        }
        filters = try fields.optional("where").map { try Condition.conditions($0).map(\.0) } ?? []
        period = try fields.optional("period")?.reading { try PeriodName($0) }
        comparison = try ComparisonChoice(fields.optional("compare"))
        order = try fields.optional("order").map { .init(parsing: try $0.string()) }
        limit = try fields.optional("top")?.integer(in: QueryLimits.members)
        currency = try Self.currency(fields, definitions)
        try checkForm(node, found)
        let query = query(
            period: try PeriodName("today"), comparison: nil, filters: [], currency: nil)
        _ = try node.located {
            try MetricPlan(
                query, definitions: definitions, today: LocalDay(number: 0), companies: [])
        }
    }

    /// Reads `currency:` of a card, dashboard or report, and checks that there are such rates.
    static func currency(
        _ fields: DefinitionMapping, _ definitions: Definitions
    ) throws -> ReportingCurrency? {
        try fields.optional("currency")?.reading {
            let currency = try ReportingCurrency(parsing: $0)
            _ = try CurrencyConversion(currency, definitions, companies: [])
            return currency
        }
    }

    private func checkForm(_ node: DefinitionNode, _ metrics: [Metric]) throws {
        switch form {
        case .figures:
            guard grain == nil, by.isEmpty else {
                throw node.advice(
                    "figures have neither grain nor by", remedy: "use type line, bar or table")
            }
        case .line:
            guard grain != nil, by.count <= 1 else {
                throw node.advice(
                    "a line needs a grain, and splits by one dimension at most",
                    remedy: "add ‘grain: month’, or use type bar or table")
            }
        case .column:
            guard (grain == nil ? 0 : 1) + by.count == 1 else {
                throw node.advice(
                    "columns stand either over time or over one dimension",
                    remedy: "give it a grain, or one name at ‘by’")
            }
        case .bar:
            guard grain == nil, by.count == 1 else {
                throw node.advice(
                    "bars stand over one dimension",
                    remedy: "give it one name at ‘by’ and no grain")
            }
        case .table: break
        }
        if form == .line || form == .column || form == .bar,
            let first = metrics.first, let other = metrics.first(where: { $0.unit != first.unit })
        {
            throw node.advice(
                "‘\(first.name)’ and ‘\(other.name)’ have different units and share no axis",
                remedy: "make two cards")
        }
    }
}
