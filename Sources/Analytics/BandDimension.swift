import Store
public import Vocabulary

/// A dimension of its own: rows are put together by which of some bands they fall in.
///
/// ```yaml
/// dimensions:
///   age:
///     label: Days overdue
///     days-since: {bill: due_on}      # up to the end of the period, or today
///     bands: [0, 30, 60, 90]          # each up to and including; one more for all above
///     labels: [not due, 1–30, 31–60, 61–90, over 90]
///   newcomers:
///     label: New or returning
///     first-of: {sale: {member: customer, date: sold_at, step: month}}
///   follow_ups: {label: Follow-ups, of: {lead: follow_up_count}, bands: [0, 2, 5]}
/// ```
public struct BandDimension: Sendable, Hashable {
    /// Name in queries: `age`.
    public let name: String
    /// Heading for people.
    public let label: String
    /// What the bands are called, in ascending order.
    public let labels: [String]
    /// Where it is defined.
    public let place: Place
    /// Hash of its definition.
    let hash: String
    /// How rows of a model fall in bands, by model.
    let sources: [String: Source]

    enum Source: Sendable, Hashable {
        /// Numbers up to and including bounds, in stored digits.
        case numbers(ColumnPath, bounds: [Int64])
        /// Days since a day or instant, up to and including bounds.
        case age(ColumnPath, bounds: [Int])
        /// Whether the row's member is there for the first time.
        case novelty(Novelty)
    }

    /// Reads a definition.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ key: DefinitionNode, _ value: DefinitionNode, schema: Schema) throws {
        name = try key.identifier()
        place = key.place
        hash = DefinitionHash.of([name, try value.canonicalText()])
        let fields = try value.mapping(allowing: [
            "label", "days-since", "of", "first-of", "bands", "labels",
        ])
        label = try fields.required("label").string()
        if let first = fields.optional("first-of") {
            for name in ["days-since", "of", "bands"] {
                if let node = fields.optional(name) {
                    throw node.advice(
                        "‘first-of’ has no ‘\(name)’", remedy: "remove one of them")
                }
            }
            sources = try Self.novelties(first, name, key, schema)
            labels =
                try fields.optional("labels")?.sequence().map { try $0.string() }
                ?? ["Returning", "New"]
            guard labels.count == 2, labels[0] != labels[1] else {
                throw try fields.required("labels").advice(
                    "there are two different labels", remedy: "write [Returning, New]")
            }
            return
        }
        let bandsNode = try fields.required("bands")
        let bands = try bandsNode.sequence().map { node in
            guard let number = ExactDecimal(try node.string()) else {
                throw node.advice("‘\(try node.string())’ is not a number", remedy: "write digits")
            }
            return number
        }
        guard !bands.isEmpty, bands == bands.sorted(), Set(bands).count == bands.count,
            bands.count < 100
        else {
            throw bandsNode.advice(
                "bands are 1 to 99 numbers that rise", remedy: "write them as [0, 30, 60, 90]")
        }
        let ages = fields.optional("days-since")
        guard let columns = ages ?? fields.optional("of"),
            ages == nil || fields.optional("of") == nil
        else {
            throw value.advice(
                "a dimension has one of ‘days-since’ and ‘of’",
                remedy: "write the column of each model, as ‘of: {lead: score}’")
        }
        var sources: [String: Source] = [:]
        for (modelKey, column) in try columns.entries() {
            let model = try modelKey.reading { try schema.model($0) }
            if model.column(name) != nil {
                throw key.advice(
                    "model ‘\(model.name)’ has a column ‘\(name)’ too",
                    remedy: "choose another name")
            }
            sources[model.name] =
                ages == nil
                ? try Self.numbers(column, model, schema, bands)
                : try Self.age(column, model, schema, bands, bandsNode)
        }
        guard !sources.isEmpty else {
            throw columns.advice("no model is named", remedy: "write ‘model: column’")
        }
        self.sources = sources
        if let node = fields.optional("labels") {
            labels = try node.sequence().map { try $0.string() }
            guard labels.count == bands.count + 1, Set(labels).count == labels.count else {
                throw node.advice(
                    "\(bands.count) bands need \(bands.count + 1) different labels",
                    remedy: "the last is for all above")
            }
        } else {
            labels = Self.labels(bands, areDays: ages != nil)
        }
    }

    /// Whether rows of models are those of a member's first step.
    private static func novelties(
        _ node: DefinitionNode, _ name: String, _ key: DefinitionNode, _ schema: Schema
    ) throws -> [String: Source] {
        var sources: [String: Source] = [:]
        for (modelKey, value) in try node.entries() {
            let model = try modelKey.reading { try schema.model($0) }
            if model.column(name) != nil {
                throw key.advice(
                    "model ‘\(model.name)’ has a column ‘\(name)’ too",
                    remedy: "choose another name")
            }
            let fields = try value.mapping(allowing: ["member", "date", "step", "where"])
            let member = try fields.required("member").reading { text -> Column in
                if let column = model.column(text), case .reference = column.type { return column }
                throw Advice(
                    .request, "‘\(text)’ is not a reference of model ‘\(model.name)’",
                    remedy: "name the column that says whose row it is")
            }
            let conditions = try fields.optional("where").map(Condition.conditions) ?? []
            let filters = try conditions.map { condition, node in
                guard !condition.followsPeriod else {
                    throw node.advice(
                        "a first row is the same in every period", remedy: "name a date instead")
                }
                return try node.located { try condition.filter(for: model, in: schema) }
            }
            let stepNode = try fields.required("step")
            let grain = try stepNode.choice(Grain.self, naming: "step")
            guard !grain.isFiscal else {
                throw stepNode.advice(
                    "fiscal steps differ by company",
                    remedy: "use day, week, month, quarter or year")
            }
            sources[model.name] = .novelty(
                Novelty(
                    member: member.name,
                    time: try fields.required("date").reading { try model.dateColumn($0) }.name,
                    grain: grain, filters: filters))
        }
        guard !sources.isEmpty else {
            throw node.advice(
                "no model is named", remedy: "write ‘model: {member: …, date: …, step: month}’")
        }
        return sources
    }

    private static func numbers(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema, _ bands: [ExactDecimal]
    ) throws -> Source {
        let found = try node.reading { try schema.resolve($0, in: model) }
        let scale: Int
        switch found.column.type {
        case .integer: scale = 0
        case .decimal(let decimals): scale = decimals
        case .money, .boolean, .instant, .day, .category, .text, .reference:
            throw node.advice(
                "‘\(try node.string())’ holds \(found.column.type.word), which has no bands",
                remedy: "name a column of numbers; days since a date are written ‘days-since’")
        }
        return .numbers(
            found.path,
            bounds: try bands.map { band in
                let digits = band.rounded(toScale: scale)
                guard digits == band, let number = Int64(exactly: digits.unscaled), number < .max
                else {
                    throw node.advice(
                        "\(band) has more decimals than ‘\(found.column.name)’",
                        remedy: "use \(scale) decimals")
                }
                return number
            })
    }

    private static func age(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema, _ bands: [ExactDecimal],
        _ bandsNode: DefinitionNode
    ) throws -> Source {
        let found = try node.reading { try schema.resolve($0, in: model) }
        guard found.column.type == .day || found.column.type == .instant else {
            throw node.advice(
                "‘\(try node.string())’ holds \(found.column.type.word), not days",
                remedy: Spelling.remedy(
                    for: try node.string(), legal: model.dateColumns.map(\.name)))
        }
        return .age(
            found.path,
            bounds: try bands.map { band in
                guard let days = Int(exactly: band.rounded(toScale: 0).unscaled),
                    ExactDecimal(days) == band, (-36_600...36_600).contains(days)
                else {
                    throw bandsNode.advice("\(band) is no number of days", remedy: "use whole days")
                }
                return days
            })
    }

    private static func labels(_ bands: [ExactDecimal], areDays: Bool) -> [String] {
        let inner = zip(bands, bands.dropFirst()).map { low, high in
            areDays ? "\(low + ExactDecimal(1))–\(high)" : "over \(low) to \(high)"
        }
        return ["up to \(bands[0])"] + inner + ["over \(bands[bands.count - 1])"]
    }
}
