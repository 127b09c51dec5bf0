import Analytics
import Store
import Vocabulary

extension Shape {
    /// The questions that fill it: that of what stands outside of lists, if anything does, then one
    /// for each list.
    ///
    /// - Throws: `Advice` for a parameter that names no grain.
    func queries(
        period: PeriodName, filters: [Condition], currency: ReportingCurrency?,
        words chosen: [String: String], parameters: [Endpoint.Parameter]
    ) throws -> [MetricQuery] {
        func query(_ words: [ShapeWord]) -> MetricQuery {
            MetricQuery(
                metrics: words.metrics, period: period, filters: filters,
                comparison: words.contains(where: \.compares) ? .previous : nil,
                currency: currency)
        }
        let own = words.metrics.isEmpty ? [] : [query(words)]
        return own
            + lists.map { list in
                var asked = query(list.each.words)
                asked.by = list.by
                asked.order = list.order.map { MetricQuery.Order(parsing: $0) }
                asked.limit = list.top
                switch list.step {
                case .grain(let grain): asked.grain = grain
                case .parameter(let name):
                    guard
                        case .grain(let grains)? = parameters.first(where: { $0.name == name })?
                            .meaning
                    else { preconditionFailure("checked when the file was read") }
                    asked.grain = chosen[name].flatMap { grains[$0] }
                case nil: break
                }
                return asked
            }
    }
}

extension Definitions {
    /// The model whose rows are the members of a dimension; nil where they are no rows.
    func referredModel(by dimension: String, _ metrics: [String]) throws -> String? {
        for model in try metrics.reduce(
            into: Set<String>(), { $0.formUnion(try metric($1).models) })
        {
            if case .reference(let target)? = try schema.model(model).column(dimension)?.type {
                return target
            }
        }
        return nil
    }
}

/// Writes the answers to the questions of a shape in that shape, as JSON.
///
/// Amounts are numbers without their currency, shares and changes run from 0 to 100 with up to two
/// decimals, days are ISO 8601, and what is undefined is `null`. Rows without a member, “Other” and
/// steps still to come are left out of lists.
struct ShapeFilling {
    let shape: Shape
    let definitions: Definitions
    let snapshot: Snapshot
    let today: LocalDay
    /// What parameters say.
    let words: [String: String]

    /// The text, of the answers in the order of `Shape.queries`.
    func json(_ answers: [MetricAnswer]) throws -> String {
        var rest = answers[...]
        let own = shape.words.metrics.isEmpty ? nil : rest.popFirst()
        return try text(shape, own.map { Place(answer: $0, cells: $0.totals) }, &rest)
    }

    /// Where values are taken from: one row of an answer, or its totals.
    private struct Place {
        let answer: MetricAnswer
        let cells: [[MetricAnswer.Cell]]
        var row: MetricAnswer.Row?
        var rank = 0
        /// Names of the rows that members are, by dimension.
        var names: [String: [Reference: RowName]] = [:]
    }

    private func text(
        _ shape: Shape, _ place: Place?, _ rest: inout ArraySlice<MetricAnswer>
    ) throws -> String {
        switch shape {
        case .object(let fields):
            let list = try fields.map {
                "\(JSONText.quoted($0.name)):\(try text($0.shape, place, &rest))"
            }
            return "{\(list.joined(separator: ","))}"
        case .list(let list):
            guard let answer = rest.popFirst() else {
                preconditionFailure("every list has an answer")
            }
            return "[\(try rows(list, answer).joined(separator: ",\n"))]"
        case .word(let word): return try text(word, place)
        }
    }

    private func rows(_ list: ShapeList, _ answer: MetricAnswer) throws -> [String] {
        let shown = answer.rows.filter { row in
            row.members.first.map { $0.kind == .value } ?? true
                && row.step.map { $0.start <= today } ?? true
        }
        var names: [String: [Reference: RowName]] = [:]
        for case .key(let dimension) in list.each.words {
            guard let index = list.by.firstIndex(of: dimension),
                let model = try definitions.referredModel(by: dimension, list.each.words.metrics)
            else { preconditionFailure("checked when the file was read") }
            let references = shown.compactMap { row -> Reference? in
                guard case .reference(let reference)? = row.members[index].cell else { return nil }
                return reference
            }
            names[dimension] = try snapshot.names(model: model, of: references)
        }
        return try shown.enumerated().map { index, row in
            let place = Place(
                answer: answer, cells: row.cells, row: row, rank: index + 1, names: names)
            var none: ArraySlice<MetricAnswer> = []
            return try text(list.each, place, &none)
        }
    }

    // MARK: Words

    private func text(_ word: ShapeWord, _ place: Place?) throws -> String {
        func member(_ name: String) -> Member? {
            place?.answer.query.by.firstIndex(of: name).flatMap { place?.row?.members[$0] }
        }
        switch word {
        case .parameter(let name): return words[name].map(JSONText.quoted) ?? "null"
        case .rank: return "\(place?.rank ?? 0)"
        case .member(let name):
            guard let member = member(name), member.kind == .value else { return "null" }
            return JSONText.quoted(member.label)
        case .key(let name):
            guard case .reference(let reference)? = member(name)?.cell,
                let found = place?.names[name]?[reference]
            else { return "null" }
            return JSONText.quoted("\(found.key)")
        case .step: return place?.row?.step.map { JSONText.quoted($0.label) } ?? "null"
        case .start, .end:
            guard let answer = place?.answer, let start = place?.row?.step?.start,
                let grain = answer.query.grain
            else { return "null" }
            let last = Period(grain, containing: start).last
            let day =
                word == .start ? max(start, answer.period.start) : min(last, answer.period.last)
            return JSONText.quoted("\(day)")
        case .metric(let name, let facet):
            guard let place, let index = place.answer.query.metrics.firstIndex(of: name) else {
                preconditionFailure("every metric of a shape is asked for")
            }
            let cells = place.cells[index]
            guard cells.count <= 1 else {
                let codes = cells.compactMap(\.currency?.code).joined(separator: " and ")
                throw Advice(
                    .definition,
                    "‘\(name)’ has amounts in \(codes), and its place is one number",
                    remedy: "name a ‘currency’ in the file of endpoints")
            }
            guard let cell = cells.first else { return "null" }
            return text(cell, facet, isShare: place.answer.metrics[index].unit == .ratio)
        }
    }

    private func text(
        _ cell: MetricAnswer.Cell, _ facet: ShapeWord.Facet, isShare: Bool
    ) -> String {
        switch facet {
        case .value: return Self.number(cell.value, isShare: isShare)
        case .previous: return Self.number(cell.previous ?? .missing, isShare: isShare)
        case .change: return Self.number(cell.change ?? .missing, isShare: true)
        case .ago:
            guard let days = cell.value.exact else { return "null" }
            return JSONText.quoted(
                "\(today.adding(days: -Int(days.rounded(toScale: 0).unscaled)))")
        case .trend:
            guard let change = cell.change?.exact, change != .zero else {
                return JSONText.quoted("stable")
            }
            return JSONText.quoted(change < .zero ? "decreasing" : "increasing")
        }
    }

    /// A number without zeros at its end; shares in percent.
    static func number(_ value: Value, isShare: Bool) -> String {
        guard let number = value.exact else { return "null" }
        let shown = isShare ? (number * ExactDecimal(100)).rounded(toScale: 2) : number
        var text = shown.description[...]
        guard text.contains(".") else { return String(text) }
        while text.hasSuffix("0") { text.removeLast() }
        return String(text.hasSuffix(".") ? text.dropLast() : text)
    }
}

extension Value {
    /// The number; nil for what is none.
    fileprivate var exact: ExactDecimal? {
        switch self {
        case .integer(let number): ExactDecimal(unscaled: Int128(number), scale: 0)
        case .decimal(let number): number
        case .money(let money): money.amount
        case .missing, .text, .boolean, .day, .instant: nil
        }
    }
}
