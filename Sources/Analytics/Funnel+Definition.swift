import Store
import Vocabulary

extension MetricReader {
    /// The metrics of a funnel: how many reached each step, which share, and how long it took.
    func funnel(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> [Metric] {
        let fields = try value.mapping(allowing: [
            "label", "description", "basis", "model", "member", "date", "where", "within", "steps",
        ])
        var common = try common(name, key, value, fields)
        let label = try fields.optional("label")?.string() ?? Self.spoken(name)
        let date = try fields.required("date").reading { try common.model.dateColumn($0) }
        let window = try fields.optional("within")?.integer(in: 0...3_660)
        let nodes = try fields.required("steps").sequence()
        guard (2...20).contains(nodes.count), let first = nodes.first else {
            throw try fields.required("steps").advice(
                "a funnel has 2 to 20 steps", remedy: "the first is the entry, by ‘date’")
        }
        let entry = try stepName(first.mapping(allowing: ["name", "label"]))
        let steps = try nodes.dropFirst().map { try step($0, &common) }
        let names = [entry.name] + steps.map(\.name.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw try fields.required("steps").advice(
                "step ‘\(twice)’ is named twice", remedy: "rename one")
        }
        let funnel = Funnel(
            name: name, label: label, entry: entry, member: common.member?.name, date: date.name,
            window: window, steps: steps)
        let basis =
            try fields.optional("basis")?.string()
            ?? window.map { "by day of entry, within \($0) days" }
            ?? "by day of entry, reached by today"
        return metrics(of: funnel, common, try fields.required("description").string(), basis)
    }

    private func stepName(_ fields: DefinitionMapping) throws -> FunnelName {
        let node = try fields.required("name")
        let name = try metricName(node)
        return FunnelName(
            name: name, label: try fields.optional("label")?.string() ?? Self.spoken(name))
    }

    private func step(_ node: DefinitionNode, _ common: inout Common) throws -> FunnelStep {
        let fields = try node.mapping(allowing: [
            "name", "label", "at", "column", "becomes", "where", "model", "by", "date",
        ])
        let name = try stepName(fields)
        let model = common.model
        func allow(_ legal: [String]) throws {
            _ = try node.mapping(allowing: ["name", "label"] + legal)
        }
        if let column = fields.optional("at") {
            try allow(["at"])
            let column = try column.reading { try model.dateColumn($0) }
            return FunnelStep(name: name, sign: .moment(column.name))
        }
        if let column = fields.optional("column") {
            try allow(["column", "becomes"])
            let column = try column.reading { try historied($0, of: model) }
            common.models.insert(model.name + "_history")
            return FunnelStep(
                name: name,
                sign: .change(
                    column: column.name, to: try words(fields.required("becomes"), column)))
        }
        if let other = fields.optional("model") {
            try allow(["model", "by", "date", "where"])
            let other = try other.reading { try schema.model($0) }
            let by = try fields.required("by").reading { try reference($0, of: other) }
            guard by.type == common.member?.type ?? .reference(model: model.name) else {
                throw try fields.required("by").advice(
                    "‘\(by.name)’ does not refer to what enters the funnel",
                    remedy: "name the reference to "
                        + (common.member.map { "the same as ‘\($0.name)’" } ?? "‘\(model.name)’"))
            }
            let (conditions, models) = try conditions(fields.optional("where"), other)
            common.models.formUnion(models)
            return FunnelStep(
                name: name,
                sign: .row(
                    model: other.name, by: by.name,
                    date: try fields.required("date").reading { try other.dateColumn($0) }.name,
                    conditions: conditions))
        }
        guard let condition = fields.optional("where") else {
            throw node.advice(
                "nothing tells when step ‘\(name.name)’ is reached",
                remedy:
                    "add ‘at’, ‘column’ with ‘becomes’, ‘model’ with ‘by’ and ‘date’, or ‘where’"
            )
        }
        let (conditions, models) = try conditions(condition, model)
        common.models.formUnion(models)
        return FunnelStep(name: name, sign: .conditions(conditions))
    }

    private func metrics(
        of funnel: Funnel, _ common: Common, _ description: String, _ basis: String
    ) -> [Metric] {
        let steps = [funnel.entry] + funnel.steps.map(\.name)
        func base(_ step: Int, isSpan: Bool) -> Metric.Source {
            .base(
                BaseMetric(
                    model: common.model.name,
                    aggregate: isSpan ? .percentile(perMille: 500) : .count, subject: .course,
                    content: isSpan ? .duration(perDay: Occasion.perDay) : .other,
                    conditions: common.conditions, date: funnel.date, accumulation: nil,
                    followsPeriod: true, course: .funnel(funnel, step: step, isSpan: isSpan)))
        }
        func add(
            _ name: String, _ label: String, _ words: String, _ unit: Metric.Unit, rise: Bool,
            _ source: Metric.Source
        ) -> Metric {
            metric(
                name, label: label, description: description + " " + words, basis: basis,
                unit: unit, riseIsGood: rise, common, source)
        }
        return steps.enumerated().flatMap { number, step -> [Metric] in
            let name = "\(funnel.name)_\(step.name)"
            let count = add(
                name, step.label,
                number == 0
                    ? "How many entered."
                    : "How many of those who entered reached ‘\(step.label)’.",
                .count, rise: true, base(number, isSpan: false))
            guard number > 0 else { return [count] }
            let previous = steps[number - 1]
            func share(of other: FunnelName) -> Metric.Source {
                .formula(.divided(.metric(name), .metric("\(funnel.name)_\(other.name)")))
            }
            return [
                count,
                add(
                    name + "_of_first", "\(step.label), of \(steps[0].label)",
                    "Share of those who entered that reached ‘\(step.label)’.", .ratio, rise: true,
                    share(of: steps[0])),
                add(
                    name + "_of_previous", "\(step.label), of \(previous.label)",
                    "Share of those at ‘\(previous.label)’ that reached ‘\(step.label)’.", .ratio,
                    rise: true, share(of: previous)),
                add(
                    name + "_days", "Days to \(step.label)",
                    "Median days from ‘\(previous.label)’ to ‘\(step.label)’, where both are known.",
                    .number(decimals: 1), rise: false, base(number, isSpan: true)),
            ]
        }
    }
}
