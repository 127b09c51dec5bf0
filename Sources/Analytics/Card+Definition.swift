import Store
import Vocabulary

extension Card {
    private static let fields = [
        "name", "type", "title", "metrics", "grain", "by", "where", "period", "compare", "order",
        "top", "currency", "reconciliation", "target", "forecast", "funnel", "retention", "show",
        "steps",
    ]

    /// Reads a card and checks that it can be answered.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, definitions: Definitions) throws {
        let fields = try node.mapping(allowing: Self.fields)
        name = try fields.required("name").identifier()
        form = try fields.required("type").choice(Form.self, naming: "type of card")
        reconciliation = try Self.reconciliation(form, node, fields, definitions)
        let hasMetrics = form != .reconciliation && form != .quarantine
        let found = try hasMetrics ? Self.metrics(form, fields, definitions) : []
        let funnel = try fields.optional("funnel")?.string()
        metrics = found.map(\.name)
        let given = try fields.optional("title")?.string()
        hasTitle = given != nil
        title =
            given ?? funnel.flatMap { definitions.funnel($0)?.label } ?? found.first?.label
            ?? reconciliation.flatMap { definitions.reconciliations[$0]?.title } ?? name
        grain = try fields.optional("grain")?.choice(Grain.self, naming: "grain")
        if let by = fields.optional("by") {
            self.by = by.isSequence ? try by.sequence().map { try $0.string() } : [try by.string()]
        } else {
            by = []
        }
        filters = try fields.optional("where").map { try Condition.conditions($0).map(\.0) } ?? []
        period = try fields.optional("period")?.reading { try PeriodName($0) }
        comparison = try Self.comparison(form, fields)
        order = try fields.optional("order").map { .init(parsing: try $0.string()) }
        limit =
            try fields.optional("top")?.integer(in: QueryLimits.members)
            ?? (form == .stacked ? Self.parts : nil)
        currency = try Self.currency(fields, definitions)
        hasTargets = try fields.optional("target")?.boolean() ?? false
        let forecastNode = fields.optional("forecast")
        forecast = try forecastNode?.choice(ForecastMethod.self, naming: "way to forecast")
        cohort = try Self.cohort(form, fields)
        if form == .quarantine { _ = try node.mapping(allowing: ["name", "type", "title"]) }
        if !hasMetrics { return }
        if let forecastNode, !by.isEmpty || !found.allSatisfy({ $0.isAdditive && $0.isDated }) {
            throw forecastNode.advice(
                "only sums and counts with a date have forecasts, and only as a whole",
                remedy: "remove ‘forecast’, or make a card of its own for them")
        }
        try checkForm(node, found)
        let query = query(
            period: try PeriodName("today"), comparison: nil, filters: [], currency: nil)
        _ = try node.located {
            try MetricPlan(
                query, definitions: definitions, today: LocalDay(number: 0), companies: [])
        }
    }

    /// How many members a stack names when the definition does not say: with “Other” there are as
    /// many as colours.
    private static let parts = 5

    private static func comparison(
        _ form: Form, _ fields: DefinitionMapping
    ) throws -> ComparisonChoice {
        let node = fields.optional("compare")
        let choice = try ComparisonChoice(node)
        guard form == .stacked || form == .heatmap else { return choice }
        if let node, choice != .none {
            throw node.advice(
                "a card of type \(form.rawValue) has no room for a comparison",
                remedy: "remove ‘compare’, or use type line or table")
        }
        return .none
    }

    /// The reconciliation that a card shows, which has no words of metrics.
    private static func reconciliation(
        _ form: Form, _ node: DefinitionNode, _ fields: DefinitionMapping,
        _ definitions: Definitions
    ) throws -> String? {
        guard form == .reconciliation else {
            if let field = fields.optional("reconciliation") {
                throw field.advice(
                    "‘reconciliation’ goes with type reconciliation", remedy: "remove the line")
            }
            return nil
        }
        _ = try node.mapping(allowing: ["name", "type", "title", "reconciliation", "period"])
        return try fields.required("reconciliation").reading {
            try definitions.reconciliation($0).name
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

    /// The metrics of a card: those named, or those that a funnel or retention comes down to.
    private static func metrics(
        _ form: Form, _ fields: DefinitionMapping, _ definitions: Definitions
    ) throws -> [Metric] {
        let own: [Form: String] = [.funnel: "funnel", .cohort: "retention"]
        for (other, name) in own where other != form {
            if let node = fields.optional(name) {
                throw node.advice(
                    "‘\(name)’ goes with type \(other.rawValue)",
                    remedy: "write ‘type: \(other.rawValue)’, or remove the line")
            }
        }
        guard let name = own[form] else {
            return try fields.required("metrics").sequence().map {
                try $0.reading { try definitions.metric($0) }
            }
        }
        for legal in ["metrics", "by", "order", "top", "target", "forecast"] {
            if let node = fields.optional(legal) {
                throw node.advice(
                    "a card of type \(form.rawValue) has no ‘\(legal)’", remedy: "remove the line")
            }
        }
        let node = try fields.required(name)
        if form == .funnel {
            let funnel = try node.reading { name -> Funnel in
                if let funnel = definitions.funnel(name) { return funnel }
                throw Advice(
                    .unknown, "there is no funnel ‘\(name)’",
                    remedy: Spelling.remedy(for: name, legal: definitions.funnels.keys))
            }
            return try funnel.metricNames.map { try definitions.metric($0) }
        }
        let metric = try node.reading { try definitions.metric($0) }
        guard metric.retention != nil else {
            throw node.advice(
                "metric ‘\(metric.name)’ is no retention",
                remedy: "name one that is defined with ‘retention’")
        }
        return [metric]
    }

    private enum Show: String, CaseIterable { case shares, counts }

    private static func cohort(_ form: Form, _ fields: DefinitionMapping) throws -> CohortForm? {
        guard form == .cohort else {
            for name in ["show", "steps"] {
                if let node = fields.optional(name) {
                    throw node.advice(
                        "‘\(name)’ goes with type cohort", remedy: "remove the line")
                }
            }
            return nil
        }
        return CohortForm(
            steps: try fields.optional("steps")?.integer(in: 1...60) ?? 12,
            areCounted: try fields.optional("show")?.choice(
                Show.self, naming: "way to show cohorts")
                == .counts)
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
        case .stacked:
            guard grain != nil, by.count == 1, metrics.count == 1 else {
                throw node.advice(
                    "a stack shows the parts of one metric over time",
                    remedy: "give it one metric, a grain, and one name at ‘by’")
            }
            guard metrics[0].isAdditive else {
                throw node.advice(
                    "the parts of ‘\(metrics[0].name)’ do not add up to a whole",
                    remedy: "use type line, or a metric that is a sum or a count")
            }
        case .heatmap:
            guard (grain == nil ? 0 : 1) + by.count == 2, metrics.count == 1 else {
                throw node.advice(
                    "a heat map shows one metric over two dimensions, or over one and time",
                    remedy: "give it two names at ‘by’, or one and a grain")
            }
            guard limit == nil || grain != nil else {
                throw node.advice(
                    "‘top’ of two dimensions leaves out cells, not rows", remedy: "remove ‘top’")
            }
        case .funnel, .cohort:
            guard grain == nil else {
                throw node.advice(
                    "a card of type \(form.rawValue) has steps of its own",
                    remedy: "remove ‘grain’")
            }
        case .table, .reconciliation, .quarantine: break
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
