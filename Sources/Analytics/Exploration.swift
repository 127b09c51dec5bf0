public import Store
public import Vocabulary

/// A question that somebody puts together by choosing, and the card that it would be.
///
/// It is answered as a dashboard of its own, made of the same words that a definition file has; so what
/// is seen while exploring is what the card will show once it is kept.
public struct Exploration: Sendable, Hashable {
    /// Names of the metrics.
    public var metrics: [String]
    /// What they are split by: none, one or two dimensions.
    public var by: [String]
    /// The step of a time series.
    public var grain: Grain?
    /// How many members are named.
    public var top: Int?
    /// The form that is asked for; nil for what suits the question.
    public var form: Card.Form?

    /// The forms that may be asked for.
    public static let forms: [Card.Form] = [.table, .line, .column, .bar, .stacked, .heatmap]

    /// Describes a question.
    public init(
        metrics: [String], by: [String] = [], grain: Grain? = nil, top: Int? = nil,
        form: Card.Form? = nil
    ) {
        self.metrics = metrics
        self.by = by
        self.grain = grain
        self.top = top
        self.form = form
    }

    /// What is drawn; nil where there is only a table.
    var drawn: Card.Form? {
        if let form { return form == .table ? nil : form }
        switch (grain, by.count) {
        case (_?, ...1): return .line
        case (nil, 1): return .bar
        case (nil, 0): return .figures
        default: return nil
        }
    }

    /// The lines of a card, as a definition file has them.
    ///
    /// - Parameters:
    ///   - name: Its name, an identifier.
    ///   - title: Its heading.
    ///   - period: A period of its own; nil for that of its dashboard.
    ///   - conditions: What its rows must meet.
    ///   - comparison: A comparison of its own.
    ///   - currency: A reporting currency of its own; nil for that of its dashboard.
    /// - Returns: YAML, an entry of the list ‘cards’.
    public func card(
        named name: String = "explored", titled title: String, period: PeriodName?,
        conditions: [Condition], comparison: ComparisonChoice = .asDefined,
        currency: ReportingCurrency? = nil
    ) -> String {
        let form = drawn ?? .table
        var text = lines(form, named: name, title, period, conditions)
        // What is drawn with many colours has no comparison, whatever its dashboard has.
        if form != .stacked, form != .heatmap {
            switch comparison {
            case .asDefined: break
            case .none: text += "  compare: none\n"
            case .with(let other): text += "  compare: \(other.rawValue)\n"
            }
        }
        if let currency { text += "  currency: \(JSONText.quoted(currency.description))\n" }
        return text
    }

    private func lines(
        _ form: Card.Form, named name: String, _ title: String, _ period: PeriodName?,
        _ conditions: [Condition]
    ) -> String {
        var lines = [
            "- name: \(name)", "  type: \(form.rawValue)", "  title: \(JSONText.quoted(title))",
            "  metrics: \(Self.list(metrics))",
        ]
        if let grain { lines.append("  grain: \(grain.rawValue)") }
        if !by.isEmpty { lines.append("  by: \(Self.list(by))") }
        if let top, form != .heatmap || grain != nil { lines.append("  top: \(top)") }
        if let period { lines.append("  period: \(JSONText.quoted(period.description))") }
        if !conditions.isEmpty {
            lines.append("  where:")
            lines += conditions.map { "    \(JSONText.quoted($0.path)): \($0.definition)" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func list(_ names: [String]) -> String {
        "[" + names.map(JSONText.quoted).joined(separator: ", ") + "]"
    }

    /// The question as a dashboard: what is drawn of it, and its table.
    fileprivate func dashboard(titled title: String, period: PeriodName) -> String {
        var cards = ""
        if let drawn { cards += lines(drawn, named: "drawn", title, nil, []) }
        if drawn != .figures { cards += lines(.table, named: "table", title, nil, []) }
        return "dashboard: explored\ntitle: \(JSONText.quoted(title))\n"
            + "period: \(JSONText.quoted(period.description))\ncompare: none\ncards:\n" + cards
    }
}

extension Condition {
    /// The condition as a definition file has it, after the column and a colon.
    var definition: String {
        func list(_ values: [String]) -> String {
            "[" + values.map(JSONText.quoted).joined(separator: ", ") + "]"
        }
        switch test {
        case .among(let values): return list(values)
        case .notAmong(let values): return "{not: \(list(values))}"
        case .missing: return "{is: missing}"
        case .present: return "{is: present}"
        case .within(let bounds):
            let words = bounds.map { "\($0.relation.words.number): \(JSONText.quoted($0.value))" }
            return "{" + words.joined(separator: ", ") + "}"
        case .compared(let relation, let other):
            return "{\(relation.word): {column: \(JSONText.quoted(other))}}"
        }
    }
}

extension Definitions {
    /// The question in the form that it is answered in: what shares no axis is a table, unless a form is
    /// asked for.
    ///
    /// - Throws: `Advice` for a metric that there is not.
    public func settled(_ exploration: Exploration) throws -> Exploration {
        // Names are looked up first: what is asked in an address is not a line of a file.
        let units = try Set(exploration.metrics.map { try metric($0).unit })
        guard units.count > 1, exploration.form == nil, exploration.drawn != .figures else {
            return exploration
        }
        var settled = exploration
        settled.form = .table
        return settled
    }

    /// Makes a dashboard of a question that was put together.
    ///
    /// - Throws: `Advice` of kind `request` for words that do not go together.
    public func dashboard(
        of exploration: Exploration, titled title: String, period: PeriodName
    ) throws -> Dashboard {
        let text = try settled(exploration).dashboard(titled: title, period: period)
        do {
            return try Dashboard(
                DefinitionNode(parsing: text, file: "explored"), definitions: self)
        } catch let advice as Advice {
            throw Advice(.request, advice.happened, remedy: advice.remedy)
        }
    }

    /// The metrics that have something to show to those who are asked about, by label.
    public func metrics(withDataIn snapshot: Snapshot) -> [Metric] {
        var known: [Set<String>: Bool] = [:]
        return metrics.values.filter { metric in
            if let found = known[metric.models] { return found }
            let found = snapshot.lastCommit(of: metric.models) > 0
            known[metric.models] = found
            return found
        }.sorted { ($0.label, $0.name) < ($1.label, $1.name) }
    }

    /// What metrics can be split by together: a company, bands, parts of the calendar, and columns that
    /// tell rows apart.
    ///
    /// - Returns: Names and headings, in the order of the columns.
    public func splits(of names: [String]) throws -> [(name: String, label: String)] {
        let metrics = try names.map(metric)
        let models = try Set(metrics.flatMap(\.models)).sorted().map(schema.model)
        guard let first = models.first else { return [] }
        var candidates = ["company"]
        for column in first.columns {
            switch column.type {
            case .category, .reference, .boolean: candidates.append(column.name)
            case .integer, .day, .text, .instant, .decimal, .money: break
            }
        }
        candidates += dimensions.keys.sorted()
        if metrics.allSatisfy(\.isDated) { candidates += CalendarPart.allCases.map(\.rawValue) }
        return candidates.compactMap { name in
            let planned = try? PlannedDimension(
                name, models: models, definitions: self, mayBeQuantities: false)
            return planned.map { (name, $0.label) }
        }
    }
}
