import Store
import Vocabulary

/// The tallies that the scans of a plan gave, by member and step.
struct PlanResult {
    /// The members of the dimensions, one cell each.
    typealias Key = [Cell]

    let layout: TallyLayout
    /// The combinations of members that have rows; without dimensions one empty combination.
    private(set) var keys: [Key] = []
    /// What the reader must know of these figures.
    private(set) var remarks: [String] = []
    /// How many steps a member can have.
    private let stride: Int
    private var numbers: [Key: Int] = [:]
    private var now: [Int: Tally] = [:]
    private var before: [Int: Tally] = [:]

    fileprivate init(layout: TallyLayout, stride: Int, isSplit: Bool) {
        self.layout = layout
        self.stride = stride
        if !isSplit { _ = number(of: []) }
    }

    /// The tally of the asked days, of a member and step (0 without a grain).
    func now(_ member: Int, _ step: Int) -> Tally? { now[member * stride + step] }

    /// The tally of the compared days; steps are numbered in their own order.
    func before(_ member: Int, _ step: Int) -> Tally? { before[member * stride + step] }

    /// All tallies of the asked days, with their members.
    var allNow: some Sequence<(member: Int, tally: Tally)> {
        now.lazy.map { (member: $0.key / stride, tally: $0.value) }
    }

    /// All tallies of the compared days.
    var allBefore: some Sequence<Tally> { before.values }

    /// The number of members that have rows.
    func number(ofKnown key: Key) -> Int? { numbers[key] }

    fileprivate mutating func number(of key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }

    fileprivate mutating func add(
        _ values: [Int128?], of scan: PlannedScan, currency: Currency?, isBefore: Bool,
        member: Int, step: Int
    ) {
        let place = member * stride + step
        // Out of the dictionary and back, so that its array is changed in place.
        var tally =
            (isBefore ? before.removeValue(forKey: place) : now.removeValue(forKey: place))
            ?? Tally(layout)
        for output in scan.outputs {
            if let block = layout.block(of: output.base, currency) {
                tally.add(values, of: output, at: block, layout)
            } else {
                noteLoss(values, output)
            }
        }
        if isBefore { before[place] = tally } else { now[place] = tally }
    }

    private mutating func noteLoss(_ values: [Int128?], _ output: PlannedScan.Output) {
        let base = layout.bases[output.base]
        guard base.base.currencyColumn != nil,
            output.measures.contains(where: { (values[$0] ?? 0) != 0 })
        else { return }
        let remark =
            "incomplete: rows of \(base.base.model) without a valid "
            + "\(base.currencyColumn ?? "currency") are left out of \(base.name)"
        if !remarks.contains(remark) { remarks.append(remark) }
    }
}

extension MetricPlan {
    /// Runs the scans.
    func execute(on reader: ScanReader) throws -> PlanResult {
        var answers: [(scan: PlannedScan, isBefore: Bool, result: ScanResult)] = []
        for scan in scans {
            answers.append((scan, false, try reader.scan(scan.now)))
            if let before = scan.before { answers.append((scan, true, try reader.scan(before))) }
        }
        // Each code is looked up once, however many members have amounts in it.
        var currencies: [Cell: Currency?] = [:]
        for answer in answers where answer.scan.hasCurrency {
            for case let cell? in answer.result.rows.lazy.map(\.key.last)
            where currencies[cell] == nil {
                if case .text(let code) = cell {
                    currencies[cell] = .some(Currency(code))
                } else {
                    currencies[cell] = .some(nil)
                }
            }
        }
        var result = PlanResult(
            layout: TallyLayout(
                bases: bases, currencies: Set(currencies.values.compactMap { $0?.code })),
            stride: max(spans.steps.count, spans.stepsBefore.count, 1),
            isSplit: !dimensions.isEmpty)
        // All bands are shown, those without rows too.
        if dimensions.count == 1, let labels = dimensions[0].labels {
            for band in labels.indices { _ = result.number(of: [.number(Int64(band))]) }
        }
        for answer in answers {
            collect(answer.result, of: answer.scan, answer.isBefore, currencies, &result)
        }
        return result
    }

    private func collect(
        _ answer: ScanResult, of scan: PlannedScan, _ isBefore: Bool,
        _ currencies: [Cell: Currency?], _ result: inout PlanResult
    ) {
        let steps = isBefore ? spans.stepsBefore : spans.steps
        let numbers = Dictionary(
            uniqueKeysWithValues: steps.enumerated().map { (Int64($1.number), $0) })
        var bands: [AccumulatedSet: [Int: [Int128?]]] = [:]
        let accumulation = isBefore ? scan.accumulationBefore : scan.accumulationNow
        for row in answer.rows {
            let currency = scan.hasCurrency ? row.key.last.flatMap { currencies[$0] ?? nil } : nil
            let member = result.number(
                of: zip(dimensions, row.key).map { dimension, cell in
                    dimension.groups[scan.now.model]?.member(cell) ?? cell
                })
            var step = 0
            if scan.hasStep {
                // A row without a day lies in no period, so every row here has its step or band.
                guard case .number(let number) = row.key[dimensions.count],
                    let place = accumulation == nil ? numbers[number] : Int(number)
                else { preconditionFailure("the scan answered a step outside of its own days") }
                step = place
            }
            if accumulation == nil {
                result.add(
                    row.values, of: scan, currency: currency, isBefore: isBefore, member: member,
                    step: step)
            } else {
                bands[AccumulatedSet(member: member, currency: currency), default: [:]][step] =
                    row.values
            }
        }
        for (set, bands) in bands {
            accumulation?.folded(bands, today: spans.today) { step, sums in
                result.add(
                    sums, of: scan, currency: set.currency, isBefore: isBefore,
                    member: set.member, step: step)
            }
        }
    }
}

/// Rows that are added up with each other.
private struct AccumulatedSet: Hashable {
    let member: Int
    let currency: Currency?
}
