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
    /// Tells the state of the totals from all others, so that what was made from them can tell, too.
    private(set) var revision: UInt64
    /// What the revision was before each of the last changes, and the groups it touched.
    private var lastChanges: [(before: UInt64, groups: [UInt32])] = []
    /// The generations of the first rows that the groups were made with, by dimension.
    let firsts: [Int: UInt64]

    private static let generations = Atomic<UInt64>(0)

    private let neverMissing: Set<Int>

    /// What was found when the first groups were last asked for.
    var knownLeaders: Leaders?
    /// Groups that have changed since.
    var changedGroups: Set<UInt32> = []

    /// Totals of nothing, with the same groups.
    func emptied(_ plan: ScanPlan) -> Totals {
        Totals(plan, space: space, firsts: firsts, neverMissing: neverMissing)
    }

    init(_ plan: ScanPlan, space: GroupSpace, firsts: [Int: UInt64], neverMissing: Set<Int>) {
        self.neverMissing = neverMissing
        self.space = space
        self.firsts = firsts
        generation = Self.nextGeneration()
        revision = Self.nextGeneration()
        var next = 1
        slots = plan.measures.map { measure in
            var slots = Slots(kind: measure.kind)
            switch measure.kind {
            case .countPresent, .sum:
                let isAlways =
                    measure.start == nil && measure.valuation == nil
                    && measure.operand.map(neverMissing.contains) ?? false
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

    /// Takes note of groups that a change has touched, some of them more than once.
    func note(changed groups: [UInt32]) {
        if groups.isEmpty { return }
        lastChanges.append((revision, groups))
        revision = Self.nextGeneration()
        if lastChanges.count > Self.rememberedChanges { lastChanges.removeFirst() }
        if groups.count > Self.rememberedGroups { lastChanges = [] }
    }

    /// The groups that have changed since a revision, in ascending order; nil where that is not known
    /// any more.
    func groups(changedSince earlier: UInt64) -> [Int]? {
        if earlier == revision { return [] }
        guard let first = lastChanges.firstIndex(where: { $0.before == earlier }) else {
            return nil
        }
        var found: [Int] = []
        for group in lastChanges[first...].flatMap(\.groups).sorted()
        where found.last != Int(group) {
            found.append(Int(group))
        }
        return found
    }

    /// How many changes are remembered, and how many rows one of them may have.
    private static let (rememberedChanges, rememberedGroups) = (4, 1024)

    /// Bytes of memory taken.
    var bytes: Int {
        var sum = records.bytes
        for slots in slots {
            sum +=
                (slots.extremes?.bytes ?? 0) + slots.numbers.count * 8 + slots.groups.count * 4
                + slots.distinctCounts.count * 8 + slots.high.count * 48
            switch slots.distinct {
            case .bits(let bits, _): sum += bits.bytes
            case .counts(let counts, let row): sum += countedBytes(counts, row: row)
            case .pairs(let values, let pairs, let perGroup):
                sum += values.bytes + pairs.bytes + perGroup.count * 8
            case nil: break
            }
        }
        for table in codes + combinations { sum += table.bytes }
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
    /// Bytes of memory taken by counts of distinct values: where they are many, the system gives pages
    /// for those groups only that have had rows.
    private func countedBytes(_ counts: KernelBuffer<UInt16>, row: Int) -> Int {
        guard counts.bytes >= StoreLimits.pagedBytes else { return counts.bytes }
        let groups = (0..<groupCount).count { rows($0) != 0 }
        return min(counts.bytes, groups * (row * 2 + StoreLimits.systemPageBytes))
    }

    static func start(_ kind: ScanPlan.MeasureKind) -> Int64 {
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
        let isDense = space.isDense
        var codes = [0]
        for group in 0..<groupCount where extremes[group] != .max {
            var member = group
            if !isDense {
                copyCodes(of: group, to: &codes)
                member = Int(clamping: number(codes[0], 0)) + 1
            }
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
        unsafe rk_merge_slots(
            other.records.pointer, Int64(groupCount * stride), records.pointer)
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
                unsafe rk_merge_ticked(more.pointer, Int64(counts.count), counts.pointer)
            default: break
            }
        }
    }
}
