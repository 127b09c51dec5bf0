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

    /// Brings the lists of percentiles in order after changes; false when numbers that are to be taken
    /// out are not in them.
    ///
    /// Numbers that came are sorted in where there are no groups, and stand at the ends where there are.
    func settleNumbers(
        with came: [Int: [Int64]], without removed: [TotalsChange.Number: Int]
    ) -> Bool {
        for index in slots.indices where slots[index].source == index {
            if case .percentile = slots[index].kind {
                let gone = removed.filter { $0.key.measure == index }
                let isDone =
                    slots[index].groups.isEmpty
                    ? slots[index].mergeNumbers(with: came[index] ?? [], without: gone)
                    : slots[index].filterNumbers(without: gone)
                if !isDone { return false }
            }
        }
        return true
    }
}

extension Totals.Slots {
    /// Sorts numbers in and takes others out, in one pass.
    mutating func mergeNumbers(
        with came: [Int64], without gone: [TotalsChange.Number: Int]
    ) -> Bool {
        precondition(isSorted, "totals are settled before they are kept")
        let leaving = gone.flatMap { repeatElement($0.key.number, count: $0.value) }
        // Most changes of a row leave its number as it was.
        let (added, left) = came.sorted().cancelled(by: leaving.sorted())
        if added.isEmpty && left.isEmpty { return true }
        var merged: [Int64] = []
        merged.reserveCapacity(numbers.count + added.count)
        let old = numbers[...]
        var (start, next, last) = (0, 0, 0)
        while next < added.count || last < left.count {
            let isLeaving = next == added.count || last < left.count && left[last] < added[next]
            let number = isLeaving ? left[last] : added[next]
            let place = old.firstPlace(of: number, from: start)
            merged += old[start..<place]
            start = place
            if isLeaving {
                guard start < old.count, old[start] == number else { return false }
                start += 1
                last += 1
            } else {
                merged.append(number)
                next += 1
            }
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

extension [Int64] {
    /// Two ascending lists without the numbers that both have, as often as both have them.
    fileprivate func cancelled(by other: [Int64]) -> ([Int64], [Int64]) {
        var (mine, others): ([Int64], [Int64]) = ([], [])
        var (next, otherNext) = (0, 0)
        while next < count, otherNext < other.count {
            if self[next] == other[otherNext] {
                next += 1
                otherNext += 1
            } else if self[next] < other[otherNext] {
                mine.append(self[next])
                next += 1
            } else {
                others.append(other[otherNext])
                otherNext += 1
            }
        }
        return (mine + self[next...], others + other[otherNext...])
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
        return operand == other.operand && start == other.start && valuation == other.valuation
    }
}
