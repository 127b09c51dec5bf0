import Store
import Vocabulary

/// The members that movements are about, with what they were worth at both ends.
extension Definitions {
    /// One line per member and currency that the figure counts; they have to give the figure.
    func movementPart(
        _ plan: MetricPlan, _ index: Int, _ movement: Movement, _ part: MovementPart,
        _ result: PlanResult, _ evaluation: PlanEvaluation, _ reader: ScanReader
    ) throws -> Explanation.Part {
        let planned = plan.bases[index]
        let metric = try metric(planned.name)
        let model = try schema.model(planned.base.model)
        guard
            let request = plan.scans.first(where: { scan in
                scan.outputs.contains { $0.base == index }
            })?.now
        else { preconditionFailure("every base is planned") }
        let run = try reader.movement(
            try plan.movementKey(
                movement, model, period: plan.spans.now, filters: request.filters, groups: []))
        let unknown = part == .closing ? run.unknownClosings : run.unknownOpenings
        let found = run.lines.filter { line in
            line.number(of: part) != nil && !unknown.contains(line.step)
                && (planned.currencyColumn == nil || line.currency != nil)
        }
        var running = RunningFigure(planned.base)
        for line in found {
            running.add(
                RowShare(
                    currency: planned.currency == nil ? nil : line.currency,
                    value: line.number(of: part).map { .number($0) } ?? .missing))
        }
        let own = PlannedMetric(
            metric: metric, bases: [planned.name: index], ofMembers: [:],
            isPerCurrency: planned.currency != nil, hasTotal: false, hasDays: false)
        var workings: [Explanation.Working] = []
        let isKnown = !result.isUnknown(own, 0, isBefore: false)
        for currency in isKnown ? planned.currencies(evaluation.currencies[0]) : [] {
            let value = try evaluation.value(
                of: metric, in: own, result.now(0, 0), currency,
                PlanEvaluation.Place(step: 0, isBefore: false))
            guard value == running.value(in: currency) else {
                throw Advice(
                    .damaged, "the members of ‘\(metric.name)’ do not give its figure",
                    remedy:
                        "run ‘reportd verify’; the figure should not be used until it is settled")
            }
            workings.append(
                Explanation.Working(
                    value: try evaluation.rounded(value, metric, currency),
                    words: running.words(in: currency)))
        }
        let companies = reader.snapshot.companies
        let rows = try MovementTable(
            movement, part, isCount: planned.base.aggregate == .count, metric, model, self
        ).table(of: found, request.filters, reader)
        return Explanation.Part(
            metric: metric, statement: planned.base.words,
            conditions: (planned.base.conditions + plan.filters).map(\.description), date: nil,
            days: plan.spans.now, workings: workings, rows: rows, excluded: [],
            rowsInAll: rows.rowCount, counted: nil,
            reading: RegisterReading(
                showing: [], companies: companies, zone: try Self.zone(of: companies)))
    }
}

extension MovementRun.Line {
    /// The currency that it is followed in, if there is a valid one.
    fileprivate var currency: Currency? {
        guard case .text(let code)? = place.last else { return nil }
        return Currency(code)
    }
}

/// Members as a table: who it is, what it was worth before and after, and which movement that is.
private struct MovementTable {
    private let movement: Movement
    private let part: MovementPart
    private let metric: Metric
    private let model: Model
    private let schema: Schema
    /// What values are; those of members are told by the metric of amounts.
    private let content: BaseMetric.Content
    /// Whether members are counted, rather than their values added up.
    private let isCount: Bool

    init(
        _ movement: Movement, _ part: MovementPart, isCount: Bool, _ metric: Metric,
        _ model: Model, _ definitions: Definitions
    ) throws {
        (self.movement, self.part, self.metric, self.model) = (movement, part, metric, model)
        schema = definitions.schema
        let amounts = try definitions.metric("\(movement.name)_\(MovementPart.opening.rawValue)")
        guard case .base(let base) = amounts.source else {
            preconditionFailure("movements have metrics of amounts")
        }
        content = base.content
        self.isCount = isCount
    }

    func table(
        of lines: [MovementRun.Line], _ filters: [Filter], _ reader: ScanReader
    ) throws -> ResultTable {
        let companies = reader.snapshot.companies
        let names = Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0.name) })
        let (who, members) = try members(of: lines, filters, reader)
        var kind = ResultColumn.Kind.integer
        switch content {
        case .money, .amount: kind = .money
        case .number(let scale) where scale > 0: kind = .decimal(scale: scale)
        case .number, .duration, .other: break
        }
        let columns =
            [ResultColumn(name: "row", label: who, kind: .text)]
            + (names.count > 1
                ? [ResultColumn(name: "row_company", label: "Company", kind: .text)] : [])
            + [
                ResultColumn(name: "before", label: "Before", kind: kind),
                ResultColumn(name: "after", label: "After", kind: kind),
                ResultColumn(name: "movement", label: "Movement", kind: .text),
                ResultColumn(
                    name: "value", label: metric.label, kind: kind,
                    isTotalled: !isCount),
            ]
        let named = lines.map { (name: members[$0.member] ?? "(unknown)", line: $0) }
        let ordered = named.sorted { left, right in
            let (first, second) = (
                (left.name, left.line.company, left.line.currency?.code ?? ""),
                (right.name, right.line.company, right.line.currency?.code ?? "")
            )
            return first == second
                ? Self.isBefore(left.line.member, right.line.member) : first < second
        }
        var footing = ResultFooting(columns: columns)
        let rows = ordered.map { name, line in
            let row =
                [.text(name)]
                + (names.count > 1 ? [.text(names[line.company] ?? line.company)] : [])
                + [
                    value(line.opening, line), value(line.closing, line),
                    .text(line.part?.rawValue ?? "unchanged"),
                    line.number(of: part).map { value($0, line) } ?? .missing,
                ]
            footing.add(row)
            return row
        }
        return ResultTable(
            name: metric.name, title: metric.label, columns: columns, rows: rows,
            totals: footing.totals)
    }

    /// The order of members of one name.
    private static func isBefore(_ left: Cell, _ right: Cell) -> Bool {
        switch (left, right) {
        case (.reference(let first), .reference(let second)): first < second
        case (.number(let first), .number(let second)): first < second
        default: false
        }
    }

    private func value(_ number: Int64, _ line: MovementRun.Line) -> Value {
        switch content {
        case .money, .amount:
            line.currency.map { .money(Money(minorUnits: Int128(number), currency: $0)) }
                ?? .missing
        case .number(let scale) where scale > 0:
            .decimal(ExactDecimal(unscaled: Int128(number), scale: scale))
        case .number, .duration, .other: .integer(number)
        }
    }

    /// What members are called, and what a member is: a row referred to by name, a followed row by key.
    private func members(
        of lines: [MovementRun.Line], _ filters: [Filter], _ reader: ScanReader
    ) throws -> (label: String, names: [Cell: String]) {
        var names: [Cell: String] = [:]
        if let name = movement.member, case .reference(let target)? = model.column(name)?.type {
            let members = try schema.model(target)
            let known =
                members.column("name")
                ?? members.columns.first { $0.type == .text || $0.type == .category }
            let references = Set(
                lines.compactMap { line -> Reference? in
                    guard case .reference(let reference) = line.member else { return nil }
                    return reference
                }
            ).sorted()
            if let known {
                let cells = try reader.snapshot.cells(
                    model: target, column: known.name, of: references)
                for (reference, cell) in zip(references, cells) {
                    if case .text(let text) = cell { names[.reference(reference)] = text }
                }
            }
            return (members.label, names)
        }
        let wanted = Set(lines.map(\.member))
        let rows = try reader.snapshot.rows(
            MovementRun.request(movement, model, filters, columns: []))
        var number: Int64 = 0
        try rows.forEachRecord { record in
            let member = Cell.number(number)
            number += 1
            guard wanted.contains(member) else { return }
            names[member] = RowName(origin: record.origin, key: record.key).words
        }
        return (model.label, names)
    }
}
