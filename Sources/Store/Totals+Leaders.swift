import CKernels
import Vocabulary

/// The first groups by a measure.
extension Totals {
    /// The first groups by a measure, the rest of them put together, and for how many that was asked.
    struct Leaders {
        let top: Top
        let groups: [Int]
        let others: [Int128?]?
        /// The least value of the measure that the groups were chosen for; nil when that is not kept.
        var threshold: Int64?
        /// The sum of each slot over all groups; none when that is not kept.
        var sums: [Int64] = []

        /// Adds to the sums what a change has added to them.
        mutating func add(_ shift: [Int64]) {
            for slot in sums.indices { sums[slot] &+= shift[slot] }
        }
    }

    /// Takes note of groups that a change has touched, and of what it has added to the slots of all of
    /// them.
    func noteLeading(_ groups: Set<UInt32>, by shift: [Int64]) {
        changedGroups.formUnion(groups)
        knownLeaders?.add(shift)
    }

    /// The groups that can be among the first of all companies.
    ///
    /// No group left out has a greater value of the measure than the last of them. All with its value
    /// are among them, because their keys decide; and so is the group of missing values, which other
    /// companies may have, too.
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
        forEachPlainValue(top.measure) { _, value in leading.insert(value) }
        guard let threshold = leading.least else { return nil }
        var kept: [Int] = []
        forEachPlainValue(top.measure) { group, value in
            if value >= threshold { kept.append(group) }
        }
        // The bound of each measure says that no sum of its numbers leaves 64 bits.
        var sums = [Int64](repeating: 0, count: stride)
        unsafe rk_sum_slots(records.pointer, Int64(groupCount), Int64(stride), &sums)
        addMissing(to: &kept)
        return Leaders(
            top: top, groups: kept, others: others(than: kept, of: sums), threshold: threshold,
            sums: sums)
    }

    /// Adds the group of missing values, if it has rows, in a question by one thing.
    private func addMissing(to kept: inout [Int]) {
        guard let missing = missingGroup, !kept.contains(missing) else { return }
        kept.append(missing)
        kept.sort()
    }

    private var missingGroup: Int? {
        guard space.dimensions.count == 1, groupCount > 0 else { return nil }
        var group: Int?
        if case .numbered = space.dimensions[0].mapping {
            group = codes[0].numbers.firstIndex(of: NumberVector.missing)
        } else if number(0, 0) == NumberVector.missing {
            group = 0
        }
        return group.flatMap { $0 < groupCount && rows($0) != 0 ? $0 : nil }
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
        var kept = candidates.filter { plainValue(known.top.measure, $0) >= least }
        addMissing(to: &kept)
        return Leaders(
            top: known.top, groups: kept, others: others(than: kept, of: known.sums),
            threshold: least, sums: known.sums)
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

    /// Calls its argument with each group that has rows, and a measure's value in the records.
    private func forEachPlainValue(_ measure: Int, _ body: (_ group: Int, Int64) -> Void) {
        let (stride, count) = (stride, groupCount)
        let (present, place) = (slots[measure].present, place(of: measure))
        unsafe records.withPointer { records in
            var record = unsafe records
            for group in 0..<count {
                if unsafe record[0] != 0 {
                    unsafe body(group, record[present] == 0 ? .min : record[place])
                }
                unsafe record += stride
            }
        }
    }

    /// A measure's value in the records; the least number when it has none.
    private func plainValue(_ measure: Int, _ group: Int) -> Int64 {
        records[group * stride + slots[measure].present] == 0
            ? .min : records[group * stride + place(of: measure)]
    }

    /// All groups but some, put together, where values are plain; nil when there are none.
    private func others(than kept: [Int], of all: [Int64]) -> [Int128?]? {
        var sums = all
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
    func place(of measure: Int) -> Int {
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
        let missing = missingGroup
        for at in groups.indices {
            if leading.admits(values[at]) || groups[at] == missing {
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
}

/// The greatest values met so far, of which only some are wanted.
///
/// A binary heap with the least of them first, so that asking for very many costs no more than sorting.
private struct Leading<Value: Comparable> {
    private let count: Int
    private var values: [Value] = []

    init(count: Int) { self.count = count }

    mutating func insert(_ value: Value) {
        guard count > 0 else { return }
        if values.count < count {
            values.append(value)
            rise()
        } else if value > values[0] {
            values[0] = value
            sink()
        }
    }

    private mutating func rise() {
        var place = values.count - 1
        while place > 0, values[place] < values[(place - 1) / 2] {
            values.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = 2 * place + 1
            guard least < values.count else { return }
            if least + 1 < values.count, values[least + 1] < values[least] { least += 1 }
            guard values[least] < values[place] else { return }
            values.swapAt(place, least)
            place = least
        }
    }

    /// The last of the greatest.
    var least: Value? { values.first }
    var isFull: Bool { values.count == count }

    /// Whether a value is not less than the last of the greatest.
    func admits(_ value: Value) -> Bool { values.first.map { value >= $0 } ?? false }
}
