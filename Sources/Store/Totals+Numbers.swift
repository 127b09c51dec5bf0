import Vocabulary

/// The numbers that percentiles are taken from.
extension Totals {
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
}

extension Totals.Slots {
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

extension ArraySlice<Int64> {
    /// The first place, from another on, whose number is not less than one; the slice starts at 0.
    fileprivate func firstPlace(of number: Int64, from start: Int) -> Int {
        (start..<endIndex).firstPlace { self[$0] < number }
    }
}

extension ScanPlan.PlannedMeasure {
    /// Whether both are percentiles of one quantity.
    func hasSameNumbers(as other: ScanPlan.PlannedMeasure) -> Bool {
        guard case .percentile = kind, case .percentile = other.kind else { return false }
        return operand == other.operand && start == other.start
    }
}
