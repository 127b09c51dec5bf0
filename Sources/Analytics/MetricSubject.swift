import Store
import Vocabulary

/// What a metric definition computes, and with what of each row: `kind`, `column`, `elapsed`,
/// `percent`.
struct MetricSubject {
    private enum Kind: String, CaseIterable {
        case sum, count, distinct, average, minimum, maximum, median, percentile
    }

    let aggregate: BaseMetric.Aggregate
    let subject: BaseMetric.Subject
    let content: BaseMetric.Content
    /// The columns that it reads.
    let columns: [Column]
    /// Where they are found.
    let paths: [ColumnPath]
    /// The table by whose values it is multiplied.
    private(set) var factor: TableFactor?

    /// What must hold for a row to have it.
    var conditions: [Condition] {
        switch subject {
        case .elapsed(let from, let to):
            [Condition(from.description, .present), Condition(to.description, .present)]
        case .age(let path): [Condition(path.description, .present)]
        case .row, .column, .course: []
        }
    }

    /// Reads it from the fields of a metric.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(
        _ fields: DefinitionMapping, _ model: Model, _ schema: Schema,
        _ tables: [String: ReferenceTable]
    ) throws {
        let kindNode = try fields.required("kind")
        let kind = try Self.kind(kindNode)
        aggregate = try Self.aggregate(kindNode, fields)
        if let node = fields.optional("times") ?? fields.optional("listed-in") {
            if fields.optional("times") != nil, let other = fields.optional("listed-in") {
                throw other.advice(
                    "‘times’ already leaves out what the table has no value for",
                    remedy: "remove one")
            }
            guard kind != .distinct else {
                throw kindNode.advice(
                    "values by a table are not told apart", remedy: "use kind sum or count")
            }
            if let elapsed = fields.optional("elapsed") {
                throw elapsed.advice(
                    "spans of time do not go with a table", remedy: "remove one")
            }
            if fields.optional("times") == nil, kind != .count {
                _ = try fields.required("column")
            }
            let number = try fields.optional("column").map {
                try Self.column($0, kind == .count ? .sum : kind, model, schema)
            }
            subject = number.map { .column($0.name) } ?? .row
            let times = try TableFactor.read(node, number, fields, model, schema, tables)
            (factor, content) = (times.factor, times.content)
            columns = [number].compactMap { $0 } + times.columns
            paths = []
            return
        }
        if let node = fields.optional("elapsed") {
            if let column = fields.optional("column") {
                throw column.advice(
                    "a metric has ‘column’ or ‘elapsed’, not both", remedy: "remove one")
            }
            guard kind != .count, kind != .distinct else {
                throw kindNode.advice(
                    "spans of time are not counted",
                    remedy: "use sum, average, minimum, maximum, median or percentile")
            }
            let (from, to) = try Self.elapsed(node, model, schema)
            if let to {
                subject = .elapsed(from: from.path, to: to.path)
                content = .duration(perDay: from.column.type == .day ? 1 : 86_400_000_000)
            } else {
                subject = .age(of: from.path)
                content = .duration(perDay: 1)
            }
            let ends = [from, to].compactMap { $0 }
            (columns, paths) = (ends.map(\.column), ends.map(\.path))
            return
        }
        guard let node = fields.optional("column") else {
            if kind != .count { _ = try fields.required("column") }
            (subject, content, columns, paths) = (.row, .other, [], [])
            return
        }
        let column = try Self.column(node, kind, model, schema)
        subject = .column(column.name)
        (columns, paths) = ([column], [])
        content =
            switch column.type {
            case .money(let currency): .money(currency: currency)
            case .integer: .number(scale: 0)
            case .decimal(let scale): .number(scale: scale)
            default: .other
            }
    }

    private static func kind(_ node: DefinitionNode) throws -> Kind {
        try node.choice(Kind.self, naming: "kind of metric")
    }

    /// What ‘kind’ and ‘percent’ say.
    static func aggregate(
        _ kindNode: DefinitionNode, _ fields: DefinitionMapping
    ) throws -> BaseMetric.Aggregate {
        let kind = try kind(kindNode)
        if kind == .percentile { return try percentile(fields) }
        if let node = fields.optional("percent") {
            throw node.advice("‘percent’ goes with kind percentile", remedy: "remove the line")
        }
        return switch kind {
        case .sum: .sum
        case .count: .count
        case .distinct: .distinct
        case .average: .average
        case .minimum: .minimum
        case .maximum: .maximum
        case .median, .percentile: .percentile(perMille: 500)
        }
    }

    private static func percentile(_ fields: DefinitionMapping) throws -> BaseMetric.Aggregate {
        let node = try fields.required("percent")
        let text = try node.string()
        guard let share = ExactDecimal(text), share.rounded(toScale: 1) == share,
            let perMille = Int(exactly: share.rounded(toScale: 1).unscaled),
            (0...1000).contains(perMille)
        else {
            throw node.advice(
                "‘\(text)’ is no percentage", remedy: "write a number from 0 to 100, as 90")
        }
        return .percentile(perMille: perMille)
    }

    /// The ends of a span of time; the later one is nil for ‘today’.
    private static func elapsed(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema
    ) throws -> (from: ResolvedColumn, to: ResolvedColumn?) {
        let fields = try node.mapping(allowing: ["from", "to"])
        func end(_ name: String) throws -> ResolvedColumn {
            try fields.required(name).reading { text in
                if !text.contains(".") { _ = try model.dateColumn(text) }
                let found = try schema.resolve(text, in: model)
                guard found.column.type == .instant || found.column.type == .day else {
                    throw Advice(
                        .definition, "‘\(text)’ holds \(found.column.type.word)",
                        remedy: "name a column of moments or of days")
                }
                return found
            }
        }
        let from = try end("from")
        if try fields.required("to").string() == "today" { return (from, nil) }
        let to = try end("to")
        guard from.column.type == to.column.type else {
            throw node.advice(
                "‘\(from.path)’ is \(from.column.type.word) and ‘\(to.path)’ is "
                    + to.column.type.word,
                remedy: "measure from instant to instant, or from day to day")
        }
        return (from, to)
    }

    private static func column(
        _ node: DefinitionNode, _ kind: Kind, _ model: Model, _ schema: Schema
    ) throws -> Column {
        let resolved = try node.reading { try schema.resolve($0, in: model) }
        let text = try node.string()
        guard resolved.path.attribute == nil else {
            throw node.advice(
                "‘\(text)’ belongs to another model than ‘\(model.name)’",
                remedy: "use a column of ‘\(model.name)’ itself")
        }
        let type = resolved.column.type
        switch kind {
        case .sum, .average, .minimum, .maximum, .median, .percentile:
            guard type.isAddable else {
                let legal = model.columns.filter(\.type.isAddable).map(\.name)
                throw node.advice(
                    "column ‘\(text)’ holds \(type.word), which has no \(kind.rawValue)",
                    remedy: legal.isEmpty
                        ? "use kind count or distinct"
                        : Spelling.remedy(for: text, legal: legal))
            }
        case .distinct:
            if case .money = type {
                throw node.advice(
                    "different amounts cannot be counted, for currencies differ",
                    remedy: "count different values of another column")
            }
        case .count: break
        }
        return resolved.column
    }
}
