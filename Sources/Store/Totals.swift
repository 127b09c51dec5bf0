import CKernels
import Synchronization
import Vocabulary

/// What the measures of a question come to for the groups of one company.
///
/// Each group has a record of 64-bit numbers: slot 0 counts its rows, and each measure that counts or
/// adds has slots of its own. Extremes, distinct values and percentiles lie beside the records.
final class Totals {
    /// How the distinct values of a measure are remembered.
    enum Distinct {
        /// A bit per group and value.
        case bits(KernelBuffer<UInt64>, row: Int)
        /// A count per group and value, so that values can be taken out again.
        case counts(KernelBuffer<UInt16>, row: Int)
        /// Pairs of group and value as they appear, and how many each group has.
        case pairs(values: CodeTable, pairs: CodeTable, perGroup: [Int64])
    }

    /// Where the results of one measure are.
    struct Slots {
        let kind: ScanPlan.MeasureKind
        /// Counts rows that have a number; 0 when all have.
        var present = 0
        var sum = 0
        /// What did not fit into 64 bits, by group.
        var high: [Int: Int128] = [:]
        /// No sum in the records is farther from 0 than this.
        var bound: UInt64 = 0
        var extremes: KernelBuffer<Int64>?
        var distinct: Distinct?
        /// How many distinct values each group has, once that was asked; follows changes.
        var distinctCounts: [Int64] = []
        /// The measure whose numbers this one takes percentiles of: itself, or one before it.
        var source = 0
        /// Numbers for percentiles and their groups.
        var numbers: [Int64] = []
        var groups: [UInt32] = []
        /// How many of `numbers` ascend from the first on; only where there is one group.
        var sortedCount = 0

        var isSorted: Bool { sortedCount == numbers.count }

        /// Sorts what was added at the end into the rest, and takes numbers out, in one pass.
        mutating func mergeNumbers(without gone: [TotalsChange.Number: Int]) -> Bool {
            if isSorted && gone.isEmpty { return true }
            let (old, added) = (numbers[..<sortedCount], numbers[sortedCount...].sorted())
            let leaving = gone.flatMap { repeatElement($0.key.number, count: $0.value) }.sorted()
            var merged: [Int64] = []
            merged.reserveCapacity(numbers.count)
            var (start, next, left) = (0, 0, 0)
            while next < added.count || left < leaving.count {
                let isLeaving =
                    next == added.count || left < leaving.count && leaving[left] <= added[next]
                let number = isLeaving ? leaving[left] : added[next]
                let place = old.firstPlace(of: number, from: start)
                merged += old[start..<place]
                start = place
                if !isLeaving {
                    merged.append(number)
                    next += 1
                    continue
                }
                // It may have been added by the same change.
                if start < old.count, old[start] == number {
                    start += 1
                } else if merged.last == number {
                    merged.removeLast()
                } else if next < added.count, added[next] == number {
                    next += 1
                } else {
                    return false
                }
                left += 1
            }
            merged += old[start...]
            numbers = merged
            sortedCount = merged.count
            return true
        }

        /// Takes numbers of groups out.
        mutating func filterNumbers(without gone: [TotalsChange.Number: Int]) -> Bool {
            if gone.isEmpty { return true }
            var rest = Dictionary(
                uniqueKeysWithValues: gone.map { (Pair($0.key.group, $0.key.number), $0.value) })
            var kept = 0
            for at in numbers.indices {
                let pair = Pair(groups[at], numbers[at])
                if let left = rest[pair], left > 0 {
                    rest[pair] = left - 1
                    continue
                }
                (numbers[kept], groups[kept]) = (numbers[at], groups[at])
                kept += 1
            }
            numbers.removeLast(numbers.count - kept)
            groups.removeLast(groups.count - kept)
            return rest.values.allSatisfy { $0 == 0 }
        }

        private struct Pair: Hashable {
            let group: UInt32
            let number: Int64

            init(_ group: UInt32, _ number: Int64) { (self.group, self.number) = (group, number) }
        }
    }

    let space: GroupSpace
    let stride: Int
    var slots: [Slots]
    private(set) var records: KernelBuffer<Int64>
    /// How many groups there may be: all possible ones, or those that have appeared.
    var groupCount: Int
    /// The numbers behind the codes of numbered dimensions.
    var codes: [CodeTable]
    /// With more than one dimension: each combines the code so far with that of one dimension more.
    var combinations: [CodeTable]

    /// Changes when extremes do, so that what was made from them can tell.
    private(set) var generation: UInt64
    /// The generation of the first rows that the groups were made with; 0 for none.
    let firstsGeneration: UInt64

    private static let generations = Atomic<UInt64>(0)

    private let neverMissing: Set<Int>

    /// Totals of nothing, with the same groups.
    func emptied(_ plan: ScanPlan) -> Totals {
        Totals(plan, space: space, generation: firstsGeneration, neverMissing: neverMissing)
    }

    init(_ plan: ScanPlan, space: GroupSpace, generation: UInt64, neverMissing: Set<Int>) {
        self.neverMissing = neverMissing
        self.space = space
        firstsGeneration = generation
        self.generation = Self.nextGeneration()
        var next = 1
        slots = plan.measures.map { measure in
            var slots = Slots(kind: measure.kind)
            switch measure.kind {
            case .countPresent, .sum:
                let isAlways =
                    measure.start == nil && measure.operand.map(neverMissing.contains) ?? false
                if !isAlways {
                    slots.present = next
                    next += 1
                }
                if case .sum = measure.kind {
                    slots.sum = next
                    next += 1
                }
            default: break
            }
            return slots
        }
        for (index, measure) in plan.measures.enumerated() {
            slots[index].source =
                plan.measures[..<index].firstIndex { $0.hasSameNumbers(as: measure) } ?? index
        }
        stride = next
        groupCount = space.isDense ? space.count : 0
        records = KernelBuffer(max(1, groupCount) * next)
        codes = space.dimensions.map { _ in CodeTable() }
        combinations = space.dimensions.dropFirst().map { _ in CodeTable() }
        for index in slots.indices {
            switch slots[index].kind {
            case .least, .greatest:
                let extremes = KernelBuffer<Int64>(max(1, groupCount))
                extremes.fill(Self.start(slots[index].kind))
                slots[index].extremes = extremes
            default: break
            }
        }
    }

    private static func nextGeneration() -> UInt64 {
        generations.add(1, ordering: .relaxed).newValue
    }

    /// Tells that extremes have changed.
    func renew() { generation = Self.nextGeneration() }

    /// Bytes of memory taken.
    var bytes: Int {
        var sum = records.bytes
        for slots in slots {
            sum +=
                (slots.extremes?.bytes ?? 0) + slots.numbers.count * 8 + slots.groups.count * 4
                + slots.distinctCounts.count * 8
            switch slots.distinct {
            case .bits(let bits, _): sum += bits.bytes
            case .counts(let counts, _): sum += counts.bytes
            case .pairs(let values, let pairs, let perGroup):
                sum += values.bytes + pairs.bytes + perGroup.count * 8
            case nil: break
            }
        }
        for dimension in space.dimensions {
            switch dimension.mapping {
            case .table(_, let codes): sum += codes.count * 4
            case .novelty(_, let steps, let firsts): sum += (steps.count + firsts.count) * 4
            default: break
            }
        }
        for table in codes { sum += table.bytes }
        for table in combinations { sum += table.bytes }
        return sum
    }

    /// Fails when the totals take more memory than one company's may.
    func checkSize(_ memory: ScanMemory) throws { try memory.checkResult(bytes) }

    private static func start(_ kind: ScanPlan.MeasureKind) -> Int64 {
        if case .least = kind { return .max }
        return NumberVector.missing
    }

    /// Makes room for numbered groups.
    func reserve(groups: Int) {
        groupCount = max(groupCount, groups)
        guard groupCount * stride > records.count else { return }
        let size = max(groupCount, records.count / stride * 2)
        records = records.grown(to: size * stride)
        for index in slots.indices {
            guard let extremes = slots[index].extremes else { continue }
            let larger = extremes.grown(to: size)
            larger.fill(Self.start(slots[index].kind), from: extremes.count)
            slots[index].extremes = larger
        }
    }

    /// How many rows a group has.
    func rows(_ group: Int) -> Int64 { records[group * stride] }

    /// The groups that have rows, in ascending order.
    func groupsWithRows() -> [Int] {
        let (stride, count) = (stride, groupCount)
        return unsafe records.withPointer { records in
            var found: [Int] = []
            for group in 0..<count where unsafe records[group * stride] != 0 {
                found.append(group)
            }
            return found
        }
    }

    /// The least day of each member by its place from 1; nil for members without one.
    ///
    /// For the totals of first rows, which are not counted.
    func forEachFirst(_ body: (_ member: Int, _ day: Int64) -> Void) {
        guard let extremes = slots[0].extremes else { return }
        var codes = [0]
        for group in 0..<groupCount where extremes[group] != .max {
            copyCodes(of: group, to: &codes)
            let member = space.isDense ? group : Int(clamping: number(codes[0], 0)) + 1
            if member > 0 { body(member, extremes[group]) }
        }
    }

    /// Writes the code of a group in each dimension.
    func copyCodes(of group: Int, to target: inout [Int]) {
        if space.isDense {
            for index in target.indices {
                target[index] = group / space.factors[index] % space.dimensions[index].count
            }
            return
        }
        var code = group
        for index in target.indices.dropFirst().reversed() {
            let pair = combinations[index - 1].numbers[code]
            target[index] = Int(pair & 0xFFFF_FFFF)
            code = Int(pair >> 32)
        }
        if !target.isEmpty { target[0] = code }
    }

    /// The number that a code of a dimension stands for.
    func number(_ code: Int, _ index: Int) -> Int64 {
        if !space.isDense, case .numbered = space.dimensions[index].mapping {
            return codes[index].numbers[code]
        }
        return space.number(code, index)
    }

    // MARK: Results

    /// A measure's value for a group; percentiles are not asked here.
    func value(_ measure: Int, _ group: Int) -> Int128? {
        let record = group * stride
        switch slots[measure].kind {
        case .count: return Int128(records[record])
        case .countPresent: return Int128(records[record + slots[measure].present])
        case .sum:
            guard records[record + slots[measure].present] != 0 else { return nil }
            return Int128(records[record + slots[measure].sum])
                + (slots[measure].high[group] ?? 0)
        case .least, .greatest:
            guard let value = slots[measure].extremes?[group],
                value != Self.start(slots[measure].kind)
            else { return nil }
            return Int128(value)
        case .distinct:
            countDistinct(measure)
            return Int128(slots[measure].distinctCounts[group])
        case .percentile: return nil
        }
    }

    /// Counts the distinct values of each group, unless that is known.
    func countDistinct(_ measure: Int) {
        guard slots[measure].distinctCounts.isEmpty else { return }
        var found = [Int64](repeating: 0, count: max(1, groupCount))
        switch slots[measure].distinct {
        case .bits(let bits, let row):
            unsafe rk_count_bits(bits.pointer, Int64(row / 64), Int64(found.count), &found)
        case .counts(let counts, let row):
            unsafe rk_count_ticked(counts.pointer, Int64(row), Int64(found.count), &found)
        case .pairs(_, _, let perGroup):
            for (group, count) in perGroup.enumerated() { found[group] = count }
        case nil: break
        }
        slots[measure].distinctCounts = found
    }

    /// Calls its argument with the number of each distinct value of a group.
    func forEachDistinct(_ measure: Int, _ group: Int, _ body: (Int64) -> Void) {
        switch slots[measure].distinct {
        case .bits(let bits, let row):
            for word in (group * row / 64)..<((group + 1) * row / 64) {
                var rest = bits[word]
                while rest != 0 {
                    let bit = rest.trailingZeroBitCount
                    body(Int64((word - group * row / 64) * 64 + bit))
                    rest &= rest - 1
                }
            }
        case .counts(let counts, let row):
            for place in 0..<row where counts[group * row + place] != 0 { body(Int64(place)) }
        case .pairs(let values, let pairs, _):
            for pair in pairs.numbers where Int(pair >> 32) == group {
                body(values.numbers[Int(pair & 0xFFFF_FFFF)])
            }
        case nil: break
        }
    }

    /// Calls its argument with each group's place among some and a measure's value, where it has one.
    func forEachValue(
        _ measure: Int, _ groups: [Int], _ body: (_ at: Int, Int128) -> Void
    ) {
        let (present, sum, stride) = (slots[measure].present, slots[measure].sum, stride)
        switch slots[measure].kind {
        case .count, .countPresent:
            unsafe records.withPointer { records in
                for (at, group) in groups.enumerated() {
                    unsafe body(at, Int128(records[group * stride + present]))
                }
            }
        case .sum where slots[measure].high.isEmpty:
            unsafe records.withPointer { records in
                for (at, group) in groups.enumerated()
                where unsafe records[group * stride + present] != 0 {
                    unsafe body(at, Int128(records[group * stride + sum]))
                }
            }
        default:
            for (at, group) in groups.enumerated() {
                if let value = value(measure, group) { body(at, value) }
            }
        }
    }

    // MARK: Leaders

    /// The first groups by a measure, the rest of them put together, and for how many that was asked.
    struct Leaders {
        let top: Top
        let groups: [Int]
        let others: [Int128?]?
        /// The least value of the measure that the groups were chosen for; nil when that is not kept.
        var threshold: Int64?
    }

    /// What was found when the first groups were last asked for.
    private var knownLeaders: Leaders?
    /// Groups that have changed since.
    private var changedGroups: Set<UInt32> = []

    /// Takes note of groups whose values have changed.
    func note(changed groups: Set<UInt32>) {
        if knownLeaders != nil { changedGroups.formUnion(groups) }
    }

    /// The groups that can be among the first of all companies.
    ///
    /// No group left out has a greater value of the measure than the last of them. All with its value are among them, because their keys
    /// decide.
    func leaders(_ top: Top) -> Leaders {
        if let known = knownLeaders, known.top == top {
            if changedGroups.isEmpty { return known }
            if let followed = followedLeaders(known) {
                knownLeaders = followed
                changedGroups = []
                return followed
            }
        }
        changedGroups = []
        let made = quickLeaders(top) ?? slowLeaders(top)
        knownLeaders = made
        return made
    }

    /// The leaders where all values are counts and sums that lie in the records: two passes over
    /// them, and the rest is what remains of all.
    private func quickLeaders(_ top: Top) -> Leaders? {
        guard hasPlainValues, top.count > 0 else { return nil }
        var leading = Leading<Int64>(count: top.count)
        for group in 0..<groupCount where records[group * stride] != 0 {
            leading.insert(plainValue(top.measure, group))
        }
        guard let threshold = leading.least else { return nil }
        var kept: [Int] = []
        for group in 0..<groupCount
        where records[group * stride] != 0 && plainValue(top.measure, group) >= threshold {
            kept.append(group)
        }
        return Leaders(top: top, groups: kept, others: others(than: kept), threshold: threshold)
    }

    /// The leaders after changes of some groups; nil when other groups may have come to the front.
    private func followedLeaders(_ known: Leaders) -> Leaders? {
        guard let threshold = known.threshold, hasPlainValues else { return nil }
        let candidates = Set(known.groups).union(changedGroups.map(Int.init)).sorted().filter {
            records[$0 * stride] != 0
        }
        var leading = Leading<Int64>(count: known.top.count)
        for group in candidates { leading.insert(plainValue(known.top.measure, group)) }
        // Every other group was below the old threshold, and still is.
        guard let least = leading.least, leading.isFull, least >= threshold else { return nil }
        let kept = candidates.filter { plainValue(known.top.measure, $0) >= least }
        return Leaders(
            top: known.top, groups: kept, others: others(than: kept), threshold: least)
    }

    /// Whether all measures are counts and sums that lie in the records.
    private var hasPlainValues: Bool {
        slots.allSatisfy { slots in
            switch slots.kind {
            case .count, .countPresent: true
            case .sum: slots.high.isEmpty
            default: false
            }
        }
    }

    /// A measure's value in the records; the least number when it has none.
    private func plainValue(_ measure: Int, _ group: Int) -> Int64 {
        records[group * stride + slots[measure].present] == 0
            ? .min : records[group * stride + place(of: measure)]
    }

    /// All groups but some, put together, where values are plain; nil when there are none.
    private func others(than kept: [Int]) -> [Int128?]? {
        // The bound of each measure says that no sum of its numbers leaves 64 bits.
        var sums = [Int64](repeating: 0, count: stride)
        unsafe rk_sum_slots(records.pointer, Int64(groupCount), Int64(stride), &sums)
        for group in kept {
            for slot in 0..<stride { sums[slot] -= records[group * stride + slot] }
        }
        guard sums[0] > 0 else { return nil }
        return slots.indices.map { index in
            if case .sum = slots[index].kind, sums[slots[index].present] == 0 { return nil }
            return Int128(sums[place(of: index)])
        }
    }

    /// The slot that holds a measure's value.
    private func place(of measure: Int) -> Int {
        if case .sum = slots[measure].kind { return slots[measure].sum }
        return slots[measure].present
    }

    /// The leaders whatever the measures are.
    private func slowLeaders(_ top: Top) -> Leaders {
        let groups = groupsWithRows()
        var leading = Leading<Int128>(count: top.count)
        let values = groups.map { value(top.measure, $0) ?? Int128.min }
        for value in values { leading.insert(value) }
        var (kept, rest): ([Int], [Int]) = ([], [])
        for at in groups.indices {
            if leading.admits(values[at]) {
                kept.append(groups[at])
            } else {
                rest.append(groups[at])
            }
        }
        let others = slots.indices.map { index -> Int128? in
            var sum: Int128?
            forEachValue(index, rest) { _, value in
                switch slots[index].kind {
                case .least: sum = min(sum ?? value, value)
                case .greatest: sum = max(sum ?? value, value)
                default: sum = (sum ?? 0) + value
                }
            }
            return sum
        }
        return Leaders(top: top, groups: kept, others: rest.isEmpty ? nil : others)
    }

    /// Works out what later answers and changes would otherwise work out each time.
    func settle() {
        sortNumbers()
        for index in slots.indices {
            if case .distinct = slots[index].kind { countDistinct(index) }
        }
    }

    /// Sorts the numbers of percentiles, so that later changes and answers need not.
    func sortNumbers() {
        for index in slots.indices where !slots[index].isSorted && slots[index].groups.isEmpty {
            slots[index].numbers.sort()
            slots[index].sortedCount = slots[index].numbers.count
        }
    }

    /// Appends lists of the numbers that percentiles of some groups are taken from, by entry.
    func appendNumbers(
        _ measure: Int, _ groups: [Int], _ entries: [Int], _ lists: inout [Int: [PercentileList]]
    ) {
        let measure = slots[measure].source
        if slots[measure].groups.isEmpty {
            if let entry = entries.first, !slots[measure].numbers.isEmpty {
                lists[entry, default: []].append(
                    PercentileList(
                        numbers: slots[measure].numbers, isSorted: slots[measure].isSorted))
            }
            return
        }
        let places = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1, $0) })
        var found = [[Int64]](repeating: [], count: groups.count)
        for (at, group) in slots[measure].groups.enumerated() {
            if let place = places[Int(group)] { found[place].append(slots[measure].numbers[at]) }
        }
        for (at, numbers) in found.enumerated() where !numbers.isEmpty {
            lists[entries[at], default: []].append(
                PercentileList(numbers: numbers, isSorted: false))
        }
    }

    /// Brings the lists of percentiles in order after changes: numbers that were added stand at their
    /// ends, others have to be taken out; false when those are not in them.
    func settleNumbers(without removed: [TotalsChange.Number: Int]) -> Bool {
        for index in slots.indices where slots[index].source == index {
            if case .percentile = slots[index].kind {
                let gone = removed.filter { $0.key.measure == index }
                let isDone =
                    slots[index].groups.isEmpty
                    ? slots[index].mergeNumbers(without: gone)
                    : slots[index].filterNumbers(without: gone)
                if !isDone { return false }
            }
        }
        return true
    }

    // MARK: Sums that leave 64 bits

    /// Prepares a sum for some numbers of at most a magnitude; false when they must be added one by
    /// one in 128 bits.
    func makeRoom(_ measure: Int, count: Int, magnitude: UInt64) -> Bool {
        let (added, overflow) = magnitude.multipliedReportingOverflow(by: UInt64(count))
        guard !overflow, added < UInt64(1) << 62 else { return false }
        if slots[measure].bound + added >= UInt64(1) << 62 { spill(measure) }
        slots[measure].bound += added
        return true
    }

    /// Moves the sums of a measure out of the records.
    private func spill(_ measure: Int) {
        for group in 0..<groupCount {
            let place = group * stride + slots[measure].sum
            if records[place] != 0 {
                slots[measure].high[group, default: 0] += Int128(records[place])
                records[place] = 0
            }
        }
        slots[measure].bound = 0
    }

    // MARK: Parts

    /// Whether totals of parts of the rows can be put together: their groups have the same numbers.
    var canBeMerged: Bool {
        space.isDense
            && slots.allSatisfy { slots in
                if case .pairs = slots.distinct { return false }
                return true
            }
    }

    /// Adds the totals of other rows, which have the same groups.
    func merge(_ other: Totals) {
        precondition(canBeMerged && other.groupCount == groupCount)
        for index in slots.indices {
            let (bound, more) = (slots[index].bound, other.slots[index].bound)
            if bound + more >= UInt64(1) << 62 {
                spill(index)
                other.spill(index)
            }
            slots[index].bound += other.slots[index].bound
        }
        for place in 0..<groupCount * stride { records[place] += other.records[place] }
        for index in slots.indices {
            let mine = slots[index]
            let others = other.slots[index]
            slots[index].high.merge(others.high, uniquingKeysWith: +)
            slots[index].numbers += others.numbers
            slots[index].groups += others.groups
            slots[index].sortedCount = 0
            if let extremes = mine.extremes, let more = others.extremes {
                for group in 0..<groupCount {
                    if case .least = mine.kind {
                        extremes[group] = min(extremes[group], more[group])
                    } else {
                        extremes[group] = max(extremes[group], more[group])
                    }
                }
            }
            switch (mine.distinct, others.distinct) {
            case (.bits(let bits, _), .bits(let more, _)):
                for word in 0..<bits.count { bits[word] |= more[word] }
            case (.counts(let counts, _), .counts(let more, _)):
                for place in 0..<counts.count {
                    let (sum, overflow) = counts[place].addingReportingOverflow(more[place])
                    counts[place] = overflow ? .max : sum
                }
            default: break
            }
        }
    }
}

/// The greatest values met so far, of which only a few are wanted.
private struct Leading<Value: Comparable> {
    private let count: Int
    /// Ascending.
    private var values: [Value] = []

    init(count: Int) { self.count = count }

    mutating func insert(_ value: Value) {
        guard count > 0, values.count < count || value > values[0] else { return }
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        values.insert(value, at: low)
        if values.count > count { values.removeFirst() }
    }

    /// The last of the greatest.
    var least: Value? { values.first }
    var isFull: Bool { values.count == count }

    /// Whether a value is not less than the last of the greatest.
    func admits(_ value: Value) -> Bool { values.first.map { value >= $0 } ?? false }
}

extension ArraySlice<Int64> {
    /// The first place, from another on, whose number is not less than one; the slice starts at 0.
    fileprivate func firstPlace(of number: Int64, from start: Int) -> Int {
        var (low, high) = (start, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ScanPlan.PlannedMeasure {
    /// Whether both are percentiles of one quantity.
    fileprivate func hasSameNumbers(as other: ScanPlan.PlannedMeasure) -> Bool {
        guard case .percentile = kind, case .percentile = other.kind else { return false }
        return operand == other.operand && start == other.start
    }
}
