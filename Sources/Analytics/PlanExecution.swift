import Store
import Vocabulary

/// The tallies that the scans of a plan gave, by member and step.
struct PlanResult {
    /// The members of the dimensions, one cell each.
    typealias Key = [Cell]

    let layout: TallyLayout
    /// The number of the members that are not told apart, put together: see `PlannedLeaders`.
    static let others = Int(Int32.max)

    /// The combinations of members that have rows; without dimensions one empty combination.
    private(set) var keys: [Key] = []
    /// What the reader must know of these figures.
    private(set) var remarks: [String] = []
    /// How many steps a member can have.
    private let stride: Int
    private var numbers: [Key: Int] = [:]
    /// The member that was looked up last: rows of one stand together.
    private var latest: (key: Key, number: Int)?
    private var now: [Int: Tally] = [:]
    private var before: [Int: Tally] = [:]

    /// A base metric of which nothing is known at a step.
    struct Unknown: Hashable {
        let base: Int
        let isBefore: Bool
        let step: Int
    }

    private let unknown: Set<Unknown>

    /// Rows of a base metric that have a number but no value in a table.
    struct Loss: Hashable {
        let base: Int
        let step: Int
        let isBefore: Bool
    }

    private var losses: Set<Loss> = []

    fileprivate init(
        layout: TallyLayout, stride: Int, isSplit: Bool, unknown: Set<Unknown>, remarks: [String]
    ) {
        self.layout = layout
        self.stride = stride
        self.unknown = unknown
        self.remarks = remarks
        if !isSplit { _ = number(of: []) }
    }

    /// The tally of the asked days, of a member and step (0 without a grain).
    func now(_ member: Int, _ step: Int) -> Tally? { now[member * stride + step] }

    /// The tally of the compared days; steps are numbered in their own order.
    func before(_ member: Int, _ step: Int) -> Tally? { before[member * stride + step] }

    /// Whether a metric rests on something of which nothing is known at a step.
    func isUnknown(_ metric: PlannedMetric, _ step: Int, isBefore: Bool) -> Bool {
        guard !unknown.isEmpty else { return false }
        return metric.bases.values.contains {
            unknown.contains(Unknown(base: $0, isBefore: isBefore, step: step))
        }
    }

    /// All tallies of the asked days, with their members, `others` among them.
    var allNow: some Sequence<(member: Int, tally: Tally)> {
        now.lazy.map { (member: $0.key / stride, tally: $0.value) }
    }

    /// All tallies of the compared days.
    var allBefore: some Sequence<Tally> { before.values }

    /// The number of members that have rows.
    func number(ofKnown key: Key) -> Int? { numbers[key] }

    fileprivate mutating func number(of key: Key) -> Int {
        if let latest, latest.key == key { return latest.number }
        let number = numbers[key] ?? keys.count
        if number == keys.count {
            numbers[key] = number
            keys.append(key)
        }
        latest = (key, number)
        return number
    }

    fileprivate mutating func add(
        _ contribution: Contribution, of outputs: [PlannedScan.Output], readAt step: Int,
        currency: Currency?, isBefore: Bool, isOfOthers: Bool
    ) {
        let member = isOfOthers ? Self.others : number(of: contribution.key)
        let place = member * stride + contribution.step
        let (layout, values) = (layout, contribution.values)
        var lost: [Loss] = []
        var unplaced: [PlannedScan.Output] = []
        func fill(_ tally: inout Tally) {
            for output in outputs {
                if layout.isPlain[output.base],
                    let block = layout.block(of: output.base, currency)
                {
                    tally.add(values, of: output, at: block, layout)
                    continue
                }
                let base = layout.bases[output.base]
                if output.hasNoRows(of: base, values) { continue }
                guard let block = layout.block(of: output.base, base.ownCurrency ?? currency)
                else {
                    unplaced.append(output)
                    continue
                }
                tally.add(values, of: output, at: block, layout)
                if base.countsLosses, output.lost(values) != 0 {
                    lost.append(Loss(base: output.base, step: step, isBefore: isBefore))
                }
            }
        }
        // Within the dictionary, so that its array is changed in place.
        if isBefore {
            fill(&before[place, default: Tally(layout)])
        } else {
            fill(&now[place, default: Tally(layout)])
        }
        losses.formUnion(lost)
        for output in unplaced { noteLoss(values, output) }
    }

    fileprivate mutating func add(_ figure: MemberFigures.Figure, of metric: Int) {
        let place = number(of: figure.key) * stride + figure.place.step
        if figure.place.isBefore {
            before[place, default: Tally(layout)].add(
                figure: figure.units, of: metric, figure.currency)
        } else {
            now[place, default: Tally(layout)].add(
                figure: figure.units, of: metric, figure.currency)
        }
    }

    /// Says which rows are left out for want of a value in a table.
    fileprivate mutating func explainLosses(_ plan: MetricPlan, _ reader: ScanReader) throws {
        if losses.isEmpty { return }
        let finder = TableLosses(plan, reader)
        for scan in plan.scans {
            for output in scan.outputs {
                for (isBefore, request) in [(false, scan.now), (true, scan.before)] {
                    let loss = Loss(base: output.base, step: scan.step, isBefore: isBefore)
                    guard let request, losses.contains(loss) else { continue }
                    for remark in try finder.remarks(output, request)
                    where !remarks.contains(remark) {
                        remarks.append(remark)
                    }
                }
            }
        }
    }

    private mutating func noteLoss(_ values: [Int128?], _ output: PlannedScan.Output) {
        let base = layout.bases[output.base]
        guard base.base.currencyColumn != nil,
            output.measures.contains(where: { (values[$0] ?? 0) != 0 })
        else { return }
        let remark =
            "incomplete: rows of \(base.base.model) without a valid "
            + "\(base.currencyColumn ?? "currency") are left out of ‘\(base.label)’"
        if !remarks.contains(remark) { remarks.append(remark) }
    }
}

/// The numbers of one set of rows: of some members, in one currency, over one step.
struct Contribution {
    var key: PlanResult.Key
    /// The cell of the currency column; nil where currencies are not told apart.
    var currency: Cell?
    var step: Int
    var values: [Int128?]

    /// The same at a later step.
    func moved(by steps: Int) -> Contribution {
        var moved = self
        moved.step += steps
        return moved
    }
}

extension MetricPlan {
    private struct Answer {
        let scan: PlannedScan
        let isBefore: Bool
        /// Whether it is of the members that are not told apart.
        var isOfOthers = false
        /// Nil where rows are followed over time, instead of a scan.
        let result: ScanResult?
        /// What the rows add up to over time; nil where each stands for itself.
        var sums: [Contribution]?
    }

    /// Runs the scans, and puts the figures of members beside what they give.
    func execute(on reader: ScanReader, _ members: [MemberFigures]) throws -> PlanResult {
        var answers: [Answer] = []
        var remarks: [String] = []
        var unknown: [PlanResult.Unknown] = []
        for scan in scans {
            for (isBefore, request) in [(false, scan.now), (true, scan.before)] {
                // Steps to come look back on no days, and have no figure rather than 0.
                guard let request, !(scan.isWindowed && request.readsNoDays) else { continue }
                if let course = scan.course {
                    let followed = try CourseSums(course, self, scan, isBefore: isBefore, reader)
                    remarks += followed.remarks.filter { !remarks.contains($0) }
                    for step in followed.unknownSteps {
                        unknown += scan.outputs.map {
                            PlanResult.Unknown(base: $0.base, isBefore: isBefore, step: step)
                        }
                    }
                    answers.append(
                        Answer(
                            scan: scan, isBefore: isBefore, result: nil, sums: followed.sums))
                    continue
                }
                if let (named, others) = divided(request) {
                    for (own, isOfOthers) in [(named, false), (others, true)] {
                        answers.append(
                            Answer(
                                scan: scan, isBefore: isBefore, isOfOthers: isOfOthers,
                                result: try reader.scan(own)))
                    }
                    continue
                }
                var answer = Answer(
                    scan: scan, isBefore: isBefore, result: try reader.scan(request))
                if let standing = isBefore ? scan.accumulationBefore : scan.accumulationNow {
                    var sums = accumulated(answer, standing)
                    if scan.isStanding {
                        let correction = try StandingSums(
                            sums, self, scan, isBefore: isBefore, reader)
                        sums = correction.sums
                        remarks += correction.remarks.filter { !remarks.contains($0) }
                        for step in correction.unknownSteps {
                            for output in scan.outputs {
                                unknown.append(
                                    PlanResult.Unknown(
                                        base: output.base, isBefore: isBefore,
                                        step: scan.step + step))
                            }
                        }
                    }
                    answer.sums = sums.map { $0.moved(by: scan.step) }
                }
                answers.append(answer)
            }
        }
        // Each code is looked up once, however many members have amounts in it.
        var currencies: [Cell: Currency?] = [:]
        func look(up cell: Cell?) {
            guard let cell, currencies[cell] == nil else { return }
            if case .text(let code) = cell {
                currencies[cell] = .some(Currency(code))
            } else {
                currencies[cell] = .some(nil)
            }
        }
        for answer in answers where answer.scan.hasCurrency {
            if let sums = answer.sums {
                for sum in sums { look(up: sum.currency) }
            } else {
                for cell in answer.result?.rows.lastCells ?? [] { look(up: cell) }
            }
        }
        let own = bases.compactMap { $0.ownCurrency?.code }
        var result = PlanResult(
            layout: TallyLayout(
                bases: bases,
                currencies: Set(currencies.values.compactMap { $0?.code } + own)
                    .union(members.flatMap(\.figures).compactMap { $0.currency?.code })),
            stride: max(spans.steps.count, spans.stepsBefore.count, 1),
            isSplit: !dimensions.isEmpty, unknown: Set(unknown), remarks: remarks)
        for key in emptyKeys { _ = result.number(of: key) }
        for (index, own) in members.enumerated() {
            for figure in own.figures { result.add(figure, of: index) }
        }
        for answer in answers {
            let (outputs, step) = (answer.scan.outputs, answer.scan.step)
            var latest: (cell: Cell, currency: Currency?)?
            forEachContribution(of: answer) { contribution in
                if let cell = contribution.currency, latest?.cell != cell {
                    latest = (cell, currencies[cell] ?? nil)
                }
                result.add(
                    contribution, of: outputs, readAt: step, currency: latest?.currency,
                    isBefore: answer.isBefore, isOfOthers: answer.isOfOthers)
            }
        }
        try result.explainLosses(self, reader)
        return result
    }

    private func forEachContribution(of answer: Answer, _ body: (Contribution) -> Void) {
        if let sums = answer.sums {
            sums.forEach(body)
            return
        }
        let steps = answer.isBefore ? spans.stepsBefore : spans.steps
        let numbers = Dictionary(
            uniqueKeysWithValues: steps.enumerated().map { (Int64($1.number), $0) })
        guard let rows = answer.result?.rows else { return }
        var reader = ContributionReader(rows, answer.scan, answer.isOfOthers ? [] : dimensions)
        let (later, areNumbered) = (answer.scan.step, answer.scan.areStepsNumbered)
        for position in rows.indices {
            reader.read(position) { areNumbered ? Int($0) : numbers[$0] }
            body(reader.contribution.moved(by: later))
        }
    }

    /// Reads the rows of a scan.
    ///
    /// What all of them share is looked up once, and rows of one member, which stand together, share its
    /// key: of the customers of many companies there are hundreds of thousands. Numbers are read into the same
    /// array again, as long as nobody keeps it.
    private struct ContributionReader {
        private let rows: ScanResult.Rows
        private let groups: [PlannedGroup?]
        private let hasStep: Bool
        private let hasCurrency: Bool
        /// The row that was read last.
        private(set) var contribution = Contribution(key: [], currency: nil, step: 0, values: [])
        /// The place of the row that its key was read from.
        private var latest: Int?

        init(_ rows: ScanResult.Rows, _ scan: PlannedScan, _ dimensions: [PlannedDimension]) {
            self.rows = rows
            groups = dimensions.map { $0.groups[scan.now.model] }
            hasStep = scan.hasStep
            hasCurrency = scan.hasCurrency
        }

        mutating func read(_ position: Int, step: (Int64) -> Int?) {
            if hasStep {
                // A row without a day lies in no period, so every row here has its step.
                guard case .number(let number) = rows.cell(groups.count, of: position),
                    let own = step(number)
                else { preconditionFailure("the scan answered a step outside of its own days") }
                contribution.step = own
            }
            if hasCurrency { contribution.currency = rows.lastCells[position] }
            rows.read(valuesOf: position, into: &contribution.values)
            if let latest,
                groups.indices.allSatisfy({
                    rows.cell($0, of: latest) == rows.cell($0, of: position)
                })
            {
                return
            }
            contribution.key = groups.enumerated().map { index, group in
                let cell = rows.cell(index, of: position)
                return group?.member(cell) ?? cell
            }
            latest = position
        }
    }

    /// The members that are shown without rows too: all bands and parts of the calendar, in all
    /// combinations as long as these are not too many.
    private var emptyKeys: [PlanResult.Key] {
        let counts = dimensions.map { $0.labels?.count ?? 0 }
        let product = counts.reduce(1, *)
        guard !counts.isEmpty, product > 0, product <= QueryLimits.emptyMembers else { return [] }
        return counts.reduce([[]]) { keys, count in
            keys.flatMap { key in (0..<count).map { key + [.number(Int64($0))] } }
        }
    }

    /// The members that the cells of a scan's groups stand for.
    func members(_ cells: [Cell], of scan: PlannedScan) -> PlanResult.Key {
        zip(dimensions, cells).map { dimension, cell in
            dimension.groups[scan.now.model]?.member(cell) ?? cell
        }
    }

    /// The sums at the ends of steps, from those of bands of days.
    private func accumulated(
        _ answer: Answer, _ accumulation: PlannedAccumulation
    ) -> [Contribution] {
        struct Set: Hashable {
            let key: PlanResult.Key
            let currency: Cell?
        }
        var bands: [Set: [Int: [Int128?]]] = [:]
        guard let rows = answer.result?.rows else { return [] }
        var reader = ContributionReader(rows, answer.scan, dimensions)
        for position in rows.indices {
            reader.read(position) { Int($0) }
            let own = reader.contribution
            bands[Set(key: own.key, currency: own.currency), default: [:]][own.step] = own.values
        }
        var sums: [Contribution] = []
        for (set, bands) in bands {
            accumulation.folded(bands, today: spans.today) { step, values in
                sums.append(
                    Contribution(
                        key: set.key, currency: set.currency, step: step, values: values))
            }
        }
        return sums
    }
}

extension ScanRequest {
    /// Whether its days are none at all.
    fileprivate var readsNoDays: Bool {
        filters.contains { filter in
            if case .days(_, let period) = filter { period.days == 0 } else { false }
        }
    }
}
