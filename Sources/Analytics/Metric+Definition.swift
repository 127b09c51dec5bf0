import Store
import Vocabulary

/// Reads the metrics of all files, so that a formula may name a metric of any of them.
///
/// Every check that needs only the metric itself is made while it is read; what depends on other
/// metrics (types of formulas, cycles, hashes) is made when it is resolved.
struct MetricReader {
    let schema: Schema
    private let tables: [String: ReferenceTable]
    private var entries: [String: (key: DefinitionNode, value: DefinitionNode)] = [:]
    /// Metrics that are done; those of funnels and movements are so from the start.
    private var resolved: [String: Metric] = [:]
    /// The dimensions of all files.
    private(set) var dimensions: [String: BandDimension] = [:]
    private var path: [String] = []
    /// Names of metrics and dimensions at hand that may be defined anew.
    private var replaceable: (metrics: Set<String>, dimensions: Set<String>) = ([], [])

    init(schema: Schema, tables: [String: ReferenceTable] = [:]) {
        self.schema = schema
        self.tables = tables
    }

    /// Reads more metrics and dimensions, which may build on those at hand or stand in their place.
    init(
        extending definitions: Definitions, schema: Schema, tables: [String: ReferenceTable]
    ) {
        self.init(schema: schema, tables: tables)
        resolved = definitions.metrics
        dimensions = definitions.dimensions
        replaceable = (Set(definitions.metrics.keys), Set(definitions.dimensions.keys))
    }

    /// Takes up one file: `metrics:` and `dimensions:` with the definitions below them.
    mutating func add(_ file: DefinitionNode) throws {
        let root = try file.mapping(allowing: Self.sections)
        if Self.sections.allSatisfy({ root.optional($0) == nil }) {
            _ = try root.required("metrics")
        }
        try add(sections: root)
    }

    /// The keys of a file that holds metrics.
    static let sections = ["metrics", "dimensions", "funnels", "movements"]

    /// Takes up the sections of a file; other keys of it are not looked at.
    mutating func add(sections root: DefinitionMapping) throws {
        try addCourses(root)
        for (key, value) in try root.optional("dimensions")?.entries() ?? [] {
            let dimension = try BandDimension(key, value, schema: schema)
            if let earlier = dimensions[dimension.name],
                replaceable.dimensions.remove(dimension.name) == nil
            {
                throw key.advice(
                    "dimension ‘\(dimension.name)’ is also defined at \(earlier.place)",
                    remedy: "remove one")
            }
            dimensions[dimension.name] = dimension
        }
        for (key, value) in try root.optional("metrics")?.entries() ?? [] {
            let name = try key.identifier()
            guard !name.contains("-") else {
                throw key.advice(
                    "‘\(name)’ cannot be named in a formula, where - means minus",
                    remedy: "write ‘\(name.replacing("-", with: "_"))’")
            }
            if let earlier = entries[name]?.key.place {
                throw key.advice(
                    "metric ‘\(name)’ is also defined at \(earlier)", remedy: "remove one")
            }
            if replaceable.metrics.remove(name) != nil { resolved[name] = nil }
            entries[name] = (key, value)
        }
    }

    /// Takes up a metric that a funnel or movement makes.
    mutating func add(_ metric: Metric, _ key: DefinitionNode) throws {
        if let other = resolved[metric.name], replaceable.metrics.remove(metric.name) == nil {
            throw key.advice(
                "metric ‘\(metric.name)’ is also made by the definition at \(other.place)",
                remedy: "rename one, or one of its steps")
        }
        resolved[metric.name] = metric
    }

    /// All metrics, checked.
    mutating func metrics() throws -> [String: Metric] {
        let made = resolved
        var metrics = made
        // Sorted, so that of several mistakes the same one is always reported first.
        for name in entries.keys.sorted() {
            if let other = made[name], let (key, _) = entries[name] {
                throw key.advice(
                    "metric ‘\(name)’ is also made by the definition at \(other.place)",
                    remedy: "rename one")
            }
            let written = try resolve(name)
            metrics[name] = written
        }
        return metrics
    }

    mutating func resolve(_ name: String) throws -> Metric {
        if let done = resolved[name] { return done }
        guard let (key, value) = entries[name] else {
            throw Advice(
                .definition, "there is no metric ‘\(name)’",
                remedy: Spelling.remedy(
                    for: name, legal: Array(entries.keys) + Array(resolved.keys)))
        }
        if let start = path.firstIndex(of: name) {
            let circle = (path[start...] + [name]).joined(separator: " → ")
            throw Advice(
                .definition, "metric ‘\(name)’ is defined by itself: \(circle)",
                remedy: "break the circle")
        }
        path.append(name)
        let words = try value.entries().map { try $0.key.string() }
        let metric =
            if words.contains("formula") {
                try formula(name, key, value)
            } else if words.contains("each") {
                try ofMembers(name, key, value)
            } else {
                try followed(name, key, value) ?? base(name, key, value)
            }
        path.removeLast()
        resolved[name] = metric
        return metric
    }

    private enum Rise: String, CaseIterable { case good, bad, neutral }
    private enum UnitName: String, CaseIterable { case money, count, ratio, number }

    static let sharedFields = ["label", "description", "basis", "unit", "decimals", "rise"]

    func riseIsGood(_ fields: DefinitionMapping) throws -> Bool? {
        switch try fields.optional("rise")?.choice(Rise.self, naming: "meaning of a rise") {
        case .good, nil: true
        case .bad: false
        case .neutral: nil
        }
    }

    private func base(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> Metric {
        let fields = try value.mapping(
            allowing: Self.sharedFields
                + [
                    "model", "kind", "column", "elapsed", "percent", "where", "date", "accumulate",
                    "times", "listed-in", "trailing",
                ])
        let modelNode = try fields.required("model")
        let model = try modelNode.reading { try schema.model($0) }
        let subject = try MetricSubject(fields, model, schema, tables)
        var conditions = subject.conditions
        var models: Set<String> = [model.name]
        let date = try fields.optional("date")?.reading { try model.dateColumn($0) }
        let terms = ConditionTerms(dimensions: dimensions, date: date)
        for (condition, node) in try fields.optional("where").map(Condition.conditions) ?? [] {
            let filter = try node.located {
                try condition.filter(for: model, in: schema, terms: terms)
            }
            models.formUnion(schema.models(read: filter, from: model))
            conditions.append(condition)
        }
        let source = BaseMetric(
            model: model.name, aggregate: subject.aggregate, subject: subject.subject,
            content: subject.content, conditions: conditions, date: date?.name,
            accumulation: try Self.accumulation(fields, subject, date),
            followsPeriod: try date != nil || followsPeriod(conditions, model),
            factor: subject.factor)
        if case .column(let path)? = subject.factor?.key {
            models.formUnion(schema.models(read: path, from: model))
        }
        for path in subject.paths { models.formUnion(schema.models(read: path, from: model)) }
        let label = try fields.optional("label")?.string() ?? Self.spoken(name)
        let used = (subject.columns + [date].compactMap { $0 }).map {
            "\($0.name):\($0.type.word)"
        }
        return Metric(
            name: name, label: label, description: try fields.required("description").string(),
            basis: try fields.optional("basis")?.string()
                ?? source.reach(date),
            unit: try unit(of: source, fields), riseIsGood: try riseIsGood(fields),
            isAdditive: (source.aggregate == .sum || source.aggregate == .count)
                && source.accumulation == nil, isDated: date != nil,
            followsPeriod: source.followsPeriod,
            definition: try value.yamlText(),
            hash: DefinitionHash.of(
                [name, try value.canonicalText()] + used
                    + conditions.compactMap { dimensions[$0.path]?.hash }
                    + [subject.factor?.table.hash].compactMap { $0 }),
            place: key.place, models: models, source: .base(source))
    }

    /// Whether conditions of a metric without a date tell what held at the end of any period.
    ///
    /// A column whose history is kept is one that changes: of rows as they are now nobody can say what
    /// it was then.
    private func followsPeriod(_ conditions: [Condition], _ model: Model) throws -> Bool {
        let moves = conditions.contains {
            $0.followsPeriod || dimensions[$0.path]?.followsPeriod == true
        }
        guard moves else { return false }
        return try !conditions.contains {
            // Weekday and hour are of metrics with a date, and those follow the period anyway.
            let name = try dimensions[$0.path]?.members(of: model, .any).path.description
            return try schema.resolve(name ?? $0.path, in: model).column.hasHistory
        }
    }

    private static func accumulation(
        _ fields: DefinitionMapping, _ subject: MetricSubject, _ date: Column?
    ) throws -> BaseMetric.Accumulation? {
        if let node = fields.optional("trailing") {
            if let other = fields.optional("accumulate") {
                throw other.advice(
                    "a metric has ‘trailing’ or ‘accumulate’, not both", remedy: "remove one")
            }
            guard date != nil else {
                throw node.advice(
                    "the days looked back on are those of a date, and this metric has none",
                    remedy: "add ‘date’")
            }
            return .trailing(try node.reading { try TrailingSpan($0) })
        }
        guard let node = fields.optional("accumulate") else { return nil }
        guard subject.aggregate == .sum || subject.aggregate == .count else {
            throw node.advice(
                "only sums and counts are added up over time",
                remedy: "remove ‘accumulate’, or use kind sum or count")
        }
        guard date != nil else {
            throw node.advice(
                "rows are added up by their day, and this metric has none", remedy: "add ‘date’")
        }
        enum Word: String, CaseIterable { case always, standing, year, period }
        return switch try node.choice(Word.self, naming: "way to accumulate") {
        case .always: .always
        case .standing: .standing
        case .year: .year
        case .period: .period
        }
    }

    func unit(of source: BaseMetric, _ fields: DefinitionMapping) throws -> Metric.Unit {
        if source.isAmount {
            return try declaredUnit(fields, type: .money, natural: .money)
        }
        let natural: Metric.Unit
        switch (source.aggregate, source.content) {
        case (.count, _), (.distinct, _): natural = .count
        case (.average, .number(let scale)), (.percentile, .number(let scale)):
            natural = .number(decimals: max(scale, 2))
        case (_, .duration): natural = .number(decimals: 1)
        case (_, .number(let scale)) where scale > 0: natural = .number(decimals: scale)
        default: natural = .count
        }
        return try declaredUnit(fields, type: .number, natural: natural)
    }

    /// The unit that a definition declares, or the natural one.
    func declaredUnit(
        _ fields: DefinitionMapping, type: FormulaType, natural: Metric.Unit?
    ) throws -> Metric.Unit {
        let decimalsNode = fields.optional("decimals")
        let decimals = try decimalsNode?.integer(in: 0...9)
        guard let node = fields.optional("unit") else {
            if let decimals, case .number = natural { return .number(decimals: decimals) }
            if let decimalsNode {
                throw decimalsNode.advice(
                    "decimals are set by the unit here", remedy: "remove it, or add ‘unit: number’")
            }
            if let natural { return natural }
            throw fields.node.advice(
                "‘unit’ is missing here",
                remedy: "add ‘unit: ratio’, ‘unit: number’ or ‘unit: count’")
        }
        let name = try node.choice(UnitName.self, naming: "unit")
        guard (name == .money) == (type == .money) else {
            throw node.advice(
                type == .money
                    ? "the value is an amount, not a \(name.rawValue)"
                    : "the value is not an amount",
                remedy: type == .money
                    ? "write ‘unit: money’ or leave the line out"
                    : "use ratio, number or count")
        }
        if name != .number, let decimalsNode {
            throw decimalsNode.advice(
                "decimals go with ‘unit: number’ only", remedy: "remove the line")
        }
        switch name {
        case .money: return .money
        case .count: return .count
        case .ratio: return .ratio
        case .number: return .number(decimals: decimals ?? 2)
        }
    }

    /// Another metric that a definition names.
    mutating func part(_ name: String, at node: DefinitionNode) throws -> Metric {
        do {
            return try resolve(name)
        } catch let error as Advice where error.place == nil {
            throw node.advice(error.happened, remedy: error.remedy)
        }
    }

    private mutating func formula(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> Metric {
        let fields = try value.mapping(allowing: Self.sharedFields + ["formula"])
        let node = try fields.required("formula")
        let formula: Formula
        do {
            formula = try Formula(parsing: try node.string())
        } catch let mistake as FormulaMistake {
            // Column of the character, exact for formulas written without quotes on one line.
            throw Advice(
                .definition, mistake.happened, remedy: mistake.remedy,
                at: Place(
                    file: node.place.file, line: node.place.line,
                    column: node.place.column + mistake.offset))
        }
        guard !formula.metrics.isEmpty else {
            throw node.advice("the formula names no metric", remedy: "name at least one")
        }
        var parts: [String: Metric] = [:]
        for name in formula.metrics { parts[name] = try part(name, at: node) }
        let ordered = formula.metrics.compactMap { parts[$0] }
        let type = try node.located {
            try formula.type { parts[$0]?.unit == .money ? .money : .number }
        }
        let isWhole = !formula.mayBeBroken && ordered.allSatisfy { $0.unit == .count }
        let unit = try declaredUnit(
            fields, type: type, natural: type == .money ? .money : isWhole ? .count : nil)
        if unit == .count, !isWhole {
            throw try fields.required("unit").advice(
                "the formula's values need not be whole", remedy: "use ‘unit: number’ or ratio")
        }
        var bases: [String] = []
        for part in ordered where !bases.contains(part.basis) { bases.append(part.basis) }
        return Metric(
            name: name, label: try fields.optional("label")?.string() ?? Self.spoken(name),
            description: try fields.required("description").string(),
            basis: try fields.optional("basis")?.string() ?? bases.joined(separator: "; "),
            unit: unit, riseIsGood: try riseIsGood(fields),
            isAdditive: formula.isAdditive && ordered.allSatisfy(\.isAdditive),
            isDated: ordered.allSatisfy(\.isDated),
            followsPeriod: ordered.allSatisfy(\.followsPeriod),
            definition: try value.yamlText(),
            hash: DefinitionHash.of(
                [name, try value.canonicalText()] + ordered.map(\.hash)),
            place: key.place, models: ordered.reduce(into: []) { $0.formUnion($1.models) },
            source: .formula(formula))
    }

    static func spoken(_ name: String) -> String {
        let words = name.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
