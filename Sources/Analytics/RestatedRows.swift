import Store
import Vocabulary

/// The rows of one base metric, compared between two states.
struct RestatedRows {
    let base: PlannedBase
    let figure: RestatedFigure
    let before: RestatedState
    let after: RestatedState
    let reading: RegisterReading
    let earlierRows: CountedRows
    let laterRows: CountedRows

    init(
        _ plan: MetricPlan, _ index: Int, _ before: RestatedState, _ after: RestatedState,
        _ definitions: Definitions, _ currencies: [Currency?]
    ) throws {
        let base = plan.bases[index]
        self.base = base
        figure = try RestatedFigure(plan, index, before, after, definitions, currencies)
        self.before = before
        self.after = after
        let companies = after.reader.snapshot.companies
        let reading = RegisterReading(
            showing: try Self.deciding(
                base, plan.filters, definitions,
                valued: try base.valuation(over: plan.spans.valueDays, definitions.schema)),
            companies: companies, zone: try Definitions.zone(of: companies))
        self.reading = reading
        func rows(_ state: RestatedState) throws -> CountedRows {
            try CountedRows(
                base, period: plan.spans.now, today: plan.spans.today,
                calendar: plan.spans.calendar, filters: plan.filters, columns: reading.paths,
                order: .name, definitions: definitions, reader: state.reader)
        }
        (earlierRows, laterRows) = (try rows(before), try rows(after))
        guard earlierRows.count <= Self.limit, laterRows.count <= Self.limit else {
            throw Advice(
                .request,
                "\(max(earlierRows.count, laterRows.count)) rows of \(base.base.model) would have "
                    + "to be compared", remedy: "ask for fewer companies or a shorter period")
        }
    }

    /// How many rows are compared in memory, about 200 bytes each.
    private static let limit = 2_000_000

    /// The columns that decide whether a row counts and what it gives.
    private static func deciding(
        _ planned: PlannedBase, _ filters: [Condition], _ definitions: Definitions,
        valued valuation: Valuation?
    ) throws -> [Register.Column] {
        let base = planned.base
        let schema = definitions.schema
        let model = try schema.model(base.model)
        let terms = ConditionTerms(
            dimensions: definitions.dimensions, date: base.date.flatMap(model.column))
        var paths: [ColumnPath] = base.date.map { [ColumnPath($0)] } ?? []
        switch base.subject {
        case .row: break
        case .column(let column): paths.append(ColumnPath(column))
        case .elapsed(let from, let to): paths += [from, to]
        case .age(let path): paths.append(path)
        case .course: preconditionFailure("it is asked of figures that are made of rows")
        }
        paths += planned.currencyColumn.map { [ColumnPath($0)] } ?? []
        paths += valuation?.paths ?? []
        paths += try (base.conditions + filters).flatMap {
            try $0.filter(for: model, in: schema, terms: terms).paths.map(\.underived)
        }
        var seen: Set<ColumnPath> = []
        return try paths.filter { seen.insert($0).inserted }.compactMap {
            try Register.Column(showing: $0, of: model, schema: schema)
        }
    }

    private struct Sides {
        var before: CountedRow?
        var after: CountedRow?
    }

    func part() throws -> Restatement.Part {
        var figure = figure
        var sides: [RowName: Sides] = [:]
        try earlierRows.forEach { row in
            figure.begin(with: row.share)
            sides[row.name] = Sides(before: row)
        }
        try laterRows.forEach { row in
            if sides[row.name]?.before?.share == row.share {
                sides[row.name] = nil
            } else {
                sides[row.name, default: Sides()].after = row
            }
        }
        let known = try states(of: sides)
        for name in sides.keys.sorted() {
            guard let side = sides[name], let row = side.after ?? side.before else { continue }
            try figure.line(
                known.cause(of: name, side.before != nil, side.after != nil),
                row: name.words, company: row.company,
                differences: differences(
                    side.before?.cells ?? known.earlier[name],
                    side.after?.cells ?? known.later[name]) + entries(side),
                from: side.before?.share, to: side.after?.share)
        }
        return try figure.part()
    }

    /// What the rows hold in the states in which they do not count.
    private struct OtherStates {
        var earlier: [RowName: [Cell]] = [:]
        var later: [RowName: [Cell]] = [:]

        func cause(of name: RowName, _ countedBefore: Bool, _ countsAfter: Bool)
            -> Restatement.Cause
        {
            if !countedBefore, earlier[name] == nil { return .late }
            if !countsAfter, later[name] == nil { return .deletion }
            return .correction
        }
    }

    private func states(of sides: [RowName: Sides]) throws -> OtherStates {
        func cells(_ names: Set<RowName>, _ state: RestatedState) throws -> [RowName: [Cell]] {
            let records = try state.reader.snapshot.records(
                model: base.base.model, columns: reading.paths, of: names)
            return Dictionary(
                records.map { (RowName(origin: $0.origin, key: $0.key), $0.cells) },
                uniquingKeysWith: { first, _ in first })
        }
        return OtherStates(
            earlier: try cells(Set(sides.filter { $0.value.before == nil }.keys), before),
            later: try cells(Set(sides.filter { $0.value.after == nil }.keys), after))
    }

    /// What tables said of a row that counts in both states, where that is something else now.
    private func entries(_ side: Sides) -> [Restatement.Line.Difference] {
        guard let old = side.before?.steps, let new = side.after?.steps,
            let valuer = laterRows.valuer
        else { return [] }
        func words(_ place: Int, _ steps: [RowValuer.Step]) -> Value {
            guard let quote = valuer.quote(place, steps[place]) else { return .missing }
            return .text(quote.value + (quote.days.isEmpty ? "" : " (\(quote.days))"))
        }
        return zip(old.indices, new.indices).compactMap { place, _ in
            let (was, isNow) = (words(place, old), words(place, new))
            guard was != isNow, let table = valuer.table(place) else { return nil }
            return Restatement.Line.Difference(column: table.label, before: was, after: isNow)
        }
    }

    private func differences(
        _ before: [Cell]?, _ after: [Cell]?
    ) -> [Restatement.Line.Difference] {
        let old = before.map(reading.values)
        let new = after.map(reading.values)
        return reading.columns.indices.compactMap { index in
            let (was, isNow) = (old?[index] ?? .missing, new?[index] ?? .missing)
            guard was != isNow else { return nil }
            return Restatement.Line.Difference(
                column: reading.columns[index].result.label, before: was, after: isNow)
        }
    }
}
