import Store
import Vocabulary

extension MetricReader {
    /// Reads a metric that says `each: customer` and `value: spent`.
    mutating func ofMembers(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> Metric {
        let fields = try value.mapping(
            allowing: Self.sharedFields + ["each", "value", "kind", "percent", "having"])
        let valueNode = try fields.required("value")
        let inner = try part(valueNode.string(), at: valueNode)
        let bases = try bases(of: inner)
        if bases.contains(where: { $0.accumulation == .standing }) {
            throw valueNode.advice(
                "‘\(inner.name)’ is what stood at the end of a step, which is not known of each "
                    + "member", remedy: "use a metric of present rows")
        }
        if bases.contains(where: { $0.course != nil }) {
            throw valueNode.advice(
                "‘\(inner.name)’ follows rows over time, which is not done for each member",
                remedy: "use a metric of present rows")
        }
        let kind = try fields.required("kind")
        let aggregate = try MetricSubject.aggregate(kind, fields)
        guard aggregate != .distinct else {
            throw kind.advice(
                "figures of members are not told apart", remedy: "use kind count for the members")
        }
        let metric = MemberMetric(
            members: try members(try fields.required("each"), of: bases),
            value: inner.name, unit: inner.unit, aggregate: aggregate,
            having: try Self.having(fields, of: inner))
        let natural: Metric.Unit =
            switch (aggregate, inner.unit) {
            case (.count, _): .count
            case (.average, .count), (.percentile, .count): .number(decimals: 2)
            default: inner.unit
            }
        return Metric(
            name: name, label: try fields.optional("label")?.string() ?? Self.spoken(name),
            description: try fields.required("description").string(),
            basis: try fields.optional("basis")?.string() ?? inner.basis,
            unit: try declaredUnit(
                fields, type: natural == .money ? .money : .number, natural: natural),
            riseIsGood: try riseIsGood(fields), isAdditive: false, isDated: inner.isDated,
            followsPeriod: inner.followsPeriod, definition: try value.yamlText(),
            hash: DefinitionHash.of([name, try value.canonicalText(), inner.hash]),
            place: key.place,
            models: try bases.reduce(into: inner.models) { models, base in
                for member in metric.members where member != "company" {
                    let model = try schema.model(base.model)
                    models.formUnion(
                        schema.models(
                            read: try schema.resolve(member, in: model).path, from: model))
                }
            },
            source: .members(metric))
    }

    /// The dimensions whose members have a figure each, found in every model that is read.
    private func members(
        _ node: DefinitionNode, of bases: [BaseMetric]
    ) throws -> [String] {
        let nodes = node.isSequence ? try node.sequence() : [node]
        guard !nodes.isEmpty, nodes.count <= QueryLimits.groupings else {
            throw node.advice(
                "‘each’ names \(nodes.count) dimensions",
                remedy: "name 1 to \(QueryLimits.groupings)")
        }
        return try nodes.map { node in
            let name = try node.string()
            if name == "company" { return name }
            for base in bases {
                let model = try schema.model(base.model)
                _ = try node.reading { try schema.resolve($0, in: model) }
            }
            return name
        }
    }

    private static func having(
        _ fields: DefinitionMapping, of inner: Metric
    ) throws -> [Condition.Bound] {
        guard let node = fields.optional("having") else { return [] }
        _ = try node.mapping(allowing: ["above", "at-least", "below", "at-most"])
        return try node.entries().map { word, bound in
            guard let relation = Condition.Relation(word: try word.string()),
                let number = ExactDecimal(try bound.string())
            else {
                throw bound.advice(
                    "‘\(try bound.string())’ is no number", remedy: "write digits, as 5 or 0.25")
            }
            if inner.unit == .money, number != ExactDecimal(0) {
                throw bound.advice(
                    "amounts of any currency are held against 0 only",
                    remedy: "write 0, or use a metric of numbers")
            }
            return Condition.Bound(relation, try bound.string())
        }
    }

    /// The metrics of rows that a metric rests on.
    private mutating func bases(of metric: Metric) throws -> [BaseMetric] {
        switch metric.source {
        case .base(let base): return [base]
        case .members(let members): return try bases(of: try resolve(members.value))
        case .formula(let formula):
            var found: [BaseMetric] = []
            for name in formula.metrics { found += try bases(of: try resolve(name)) }
            return found
        }
    }
}
