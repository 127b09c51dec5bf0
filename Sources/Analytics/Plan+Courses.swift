import Store
import Vocabulary

/// What rows that are followed over time add up to.
struct CourseSums {
    private(set) var sums: [Contribution] = []
    /// The steps of which nothing is known.
    private(set) var unknownSteps: [Int] = []
    private(set) var remarks: [String] = []
    /// The rows and members that were followed, when they are to be told.
    private(set) var followed: [FollowedRow] = []
    /// Those that are not among them, by reason.
    private(set) var left: [Explanation.Exclusion] = []
    /// What was read, where rows are told by their number in it.
    private(set) var read: RowRequest?

    private let isTelling: Bool
    private let plan: MetricPlan
    private let scan: PlannedScan
    private let reader: ScanReader
    private let period: Period
    private let steps: [LocalDay]
    private let model: Model
    /// The conditions of the definition, and those of the question.
    private let own: [Filter]
    private let asked: [Filter]
    /// The dimensions, without the currency.
    private let groups: [Group]

    /// Follows the rows of a scan; with `isTelling` each of them is told, too.
    init(
        _ course: Course, _ plan: MetricPlan, _ scan: PlannedScan, isBefore: Bool,
        _ reader: ScanReader, isTelling: Bool = false
    ) throws {
        (self.plan, self.scan, self.reader) = (plan, scan, reader)
        self.isTelling = isTelling
        guard let request = isBefore ? scan.before : scan.now,
            let period = isBefore ? plan.spans.before : plan.spans.now,
            let base = scan.outputs.first.map({ plan.bases[$0.base].base })
        else { preconditionFailure("a course is planned for the days that it is asked of") }
        self.period = period
        steps = isBefore ? plan.spans.stepsBefore : plan.spans.steps
        model = try reader.snapshot.schema.model(request.model)
        own = Array(request.filters.prefix(base.conditions.count))
        asked = Array(request.filters.dropFirst(base.conditions.count))
        groups = Array(request.groups.prefix(plan.dimensions.count))
        var facts = FactSums(request.measures)
        switch course {
        case .funnel(let funnel, let step, let isSpan):
            try add(funnel, step, isSpan: isSpan, to: &facts)
        case .retention(let retention): try add(retention, to: &facts)
        case .stay(let stay):
            let run =
                try stay.isPresent
                ? StayRun(stay, upTo: plan.spans.today, model, reader)
                : StayRun(stay, endedIn: period, model, reader)
            try add(run, stay.column, isMove: false, to: &facts)
        case .move(let move):
            let run = try StayRun(move, in: period, model, reader)
            try add(run, move.column, isMove: true, to: &facts)
        case .movement(let movement, let part, let isCount):
            try add(movement, part, isCount: isCount, to: &facts)
        }
        let dimensions = plan.dimensions.count
        facts.forEach { place, step, values in
            sums.append(
                Contribution(
                    key: plan.members(Array(place.prefix(dimensions)), of: scan),
                    currency: scan.hasCurrency ? place.last : nil, step: step, values: values))
        }
    }

    /// The step of a day within the period.
    private func step(of day: LocalDay) -> Int {
        guard !steps.isEmpty else { return 0 }
        var (low, high) = (0, steps.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if steps[middle] <= day { low = middle } else { high = middle }
        }
        return low
    }

    private mutating func note(_ more: [String]) {
        for remark in more where !remarks.contains(remark) { remarks.append(remark) }
    }

    private mutating func tell(
        _ subject: FollowedRow.Subject, _ company: String, _ fact: Fact, order: Int64,
        cells: @autoclosure () -> [Cell]
    ) {
        guard isTelling else { return }
        followed.append(
            FollowedRow(
                subject: subject, company: company, order: order,
                currency: scan.hasCurrency ? fact.place.last : nil, number: fact.number,
                cells: cells()))
    }

    private mutating func leave(_ count: Int, _ reason: String) {
        if isTelling, count > 0 { left.append(Explanation.Exclusion(reason: reason, rows: count)) }
    }

    // MARK: Entries

    private mutating func add(
        _ funnel: Funnel, _ step: Int, isSpan: Bool, to facts: inout FactSums
    ) throws {
        let run = try reader.funnel(
            ScanReader.FunnelKey(
                funnel: funnel,
                rule: Entries.Rule(
                    model: model.name, date: funnel.date, member: funnel.member, filters: own),
                period: period, filters: asked, groups: groups), today: plan.spans.today)
        read = run.read
        var (unreached, untimed) = (0, 0)
        for entrant in run.entrants {
            guard entrant.reached > step else {
                unreached += 1
                continue
            }
            let span = step > 0 ? entrant.spans[step - 1] : nil
            if isSpan, span == nil {
                untimed += 1
                continue
            }
            let fact = Fact(
                place: entrant.place, step: self.step(of: entrant.day),
                number: isSpan ? span : nil)
            facts.add(fact)
            let entered = Cell.number(Int64(entrant.day.number))
            tell(
                funnel.member == nil
                    ? .number(entrant.number)
                    : entrant.subject.map { .reference($0) } ?? .number(entrant.number),
                entrant.company, fact, order: Int64(entrant.day.number),
                cells: step == 0
                    ? [entered]
                    : [entered, .number(Int64(entrant.days[step].number)), Course.days(span)])
        }
        if step > 0 {
            note(run.remarks)
            leave(unreached, "did not reach ‘\(funnel.steps[step - 1].name.label)’")
            leave(untimed, "reached it at a time that is not known")
        }
    }

    private mutating func add(_ retention: Retention, to facts: inout FactSums) throws {
        let run = try RetentionRun(
            Entries.Rule(
                model: model.name, date: retention.date, member: retention.member, filters: own),
            retention.grain, period, filters: asked, groups: groups, steps: retention.after,
            today: plan.spans.today, reader)
        var unfinished = 0
        for entry in run.entries.all {
            guard let isActive = run.wasActive(entry, after: retention.after) else {
                unfinished += 1
                continue
            }
            let fact = Fact(
                place: entry.place, step: step(of: entry.moment.day), number: isActive ? 1 : 0)
            facts.add(fact)
            let day = Int64(entry.moment.day.number)
            tell(
                entry.subject.map { .reference($0) } ?? .number(entry.number),
                entry.company.code, fact, order: day,
                cells: [.number(day), .number(isActive ? 1 : 0)])
        }
        leave(
            unfinished, "\(retention.grain.rawValue) \(retention.after) after is not over for them")
        if unfinished > 0 {
            note([
                "incomplete: \(unfinished) of \(run.entries.all.count) that first came in the period "
                    + "are left out, for \(retention.grain.rawValue) \(retention.after) after is "
                    + "not over for them"
            ])
        }
    }

    // MARK: Columns with history

    private mutating func add(
        _ run: StayRun, _ column: String, isMove: Bool, to facts: inout FactSums
    ) throws {
        let test = try RowTest(
            model, filters: own + asked, groups: groups, schema: reader.snapshot.schema)
        // The column that is followed has the value of the stay, all others their present ones.
        let (value, from, to) = (
            ColumnPath(column), ColumnPath(column, MovePart.from.rawValue),
            ColumnPath(column, MovePart.to.rawValue)
        )
        var paths = test.paths.filter { ![value, from, to].contains($0) }
        var currency: ColumnPath?
        if isTelling, case .money(let name)? = model.column(column)?.type {
            currency = ColumnPath(name)
            if !paths.contains(ColumnPath(name)) { paths.append(ColumnPath(name)) }
        }
        let cells = try PresentCells(
            of: run.events.map(\.row), model, paths, reader.snapshot)
        var others = 0
        for event in run.events {
            func cell(_ path: ColumnPath) -> Cell {
                switch path {
                case from: event.from
                case to: event.to
                case value: isMove ? event.to : event.from
                default: cells[event.row, path]
                }
            }
            guard test.passes(event.company, cell) else {
                others += 1
                continue
            }
            let fact = Fact(
                place: test.place(event.company, cell), step: step(of: event.day),
                number: event.length)
            facts.add(fact)
            func moment(_ time: Instant?) -> Cell {
                time.map { .number($0.microseconds) } ?? .missing
            }
            let length = Course.days(event.length)
            tell(
                .reference(event.row), event.company.code, fact,
                order: (event.at ?? event.began)?.microseconds ?? .min,
                cells: (isMove
                    ? [event.from, event.to, moment(event.at)]
                    : event.at == nil
                        ? [event.from, moment(event.began), length]
                        : [event.from, event.to, moment(event.began), moment(event.at), length])
                    + (currency.map { [cells[event.row, $0]] } ?? []))
        }
        note(run.remarks)
        leave(others, "the row does not meet the conditions")
    }

    // MARK: Values

    private mutating func add(
        _ movement: Movement, _ part: MovementPart, isCount: Bool, to facts: inout FactSums
    ) throws {
        let run = try reader.movement(
            try plan.movementKey(
                movement, model, period: period, filters: own + asked, groups: groups))
        let unknown = part == .closing ? run.unknownClosings : run.unknownOpenings
        unknownSteps = unknown.sorted()
        let today = plan.spans.today
        for line in run.lines where !unknown.contains(line.step) {
            // Steps still to come have no movements.
            if steps.indices.contains(line.step), steps[line.step] > today { continue }
            guard let number = line.number(of: part) else { continue }
            let fact = Fact(place: line.place, step: line.step, number: number)
            facts.add(fact)
            let subject: FollowedRow.Subject? =
                switch line.member {
                case .reference(let reference): .reference(reference)
                case .number(let number): .number(Int(number))
                case .missing, .key, .text: nil
                }
            guard let subject else { continue }
            tell(
                subject, line.company, fact, order: 0,
                cells: [
                    .number(line.opening), .number(line.closing),
                    .text(line.part?.rawValue ?? "unchanged"), .number(number),
                ] + (line.place.last.map { [$0] } ?? []))
        }
        read = run.read
        note(run.remarks)
    }
}

/// The two ends of a change, by which changes can be split: `status.from`, `status.to`.
enum MovePart: String, CaseIterable {
    case from, to
}

extension PlannedDimension {
    /// The end of a change, if that is what a name means to all metrics of a question.
    init?(moving name: String, _ bases: [PlannedBase], _ schema: Schema) throws {
        let parts = name.split(separator: ".").map(String.init)
        guard parts.count == 2, let part = MovePart(rawValue: parts[1]) else { return nil }
        var groups: [String: PlannedGroup] = [:]
        var column: Column?
        for planned in bases {
            guard case .move(let move)? = planned.base.course, move.column == parts[0] else {
                return nil
            }
            column = try schema.model(planned.base.model).column(parts[0])
            groups[planned.base.model] = .group(.value(ColumnPath(parts[0], part.rawValue)))
        }
        guard let column else { return nil }
        self.init(
            name: name, label: "\(column.label) \(part == .from ? "before" : "after")",
            groups: groups, labels: nil, definition: nil, type: column.type, nameColumn: nil)
    }
}

extension MetricPlan {
    /// What a movement is asked over the steps of some days.
    func movementKey(
        _ movement: Movement, _ model: Model, period: Period, filters: [Filter], groups: [Group]
    ) throws -> ScanReader.MovementKey {
        ScanReader.MovementKey(
            movement: movement, model: model.name, filters: filters, groups: groups,
            currencies: movement.currencyColumn(of: model).map { .value(ColumnPath($0)) },
            start: period.start,
            ends: try PlannedAccumulation(
                .standing, over: period, by: spans.grain, in: spans.calendar, today: spans.today
            ).ends)
    }

    /// Whether the figures of a step may still change because rows that entered in it are followed
    /// beyond it.
    func isFollowed(step start: LocalDay) -> Bool {
        guard let grain = spans.grain else { return false }
        let end = grain.next(after: start, in: spans.calendar)
        return bases.contains { planned in
            switch planned.base.course {
            case .funnel(let funnel, let step, _)?:
                step > 0 && funnel.window.map { end.adding(days: $0) > spans.today } ?? false
            case .retention(let retention)?:
                RetentionRun.step(
                    end.adding(days: -1), retention.grain, after: retention.after + 1)
                    > spans.today
            case .stay, .move, .movement, nil: false
            }
        }
    }
}
