/// Numbers of one company that percentiles are taken from.
struct PercentileList {
    let numbers: [Int64]
    let isSorted: Bool
}

extension [PercentileList] {
    /// A percentile of all lists together, in thousandths of the numbers' unit; nil without numbers.
    func percentile(_ perMille: Int) -> Int128? {
        let count = reduce(0) { $0 + $1.numbers.count }
        guard count > 0 else { return nil }
        guard allSatisfy(\.isSorted) else {
            var all: [Int64] = []
            all.reserveCapacity(count)
            for list in self { all += list.numbers }
            return all.percentile(perMille)
        }
        let rank = perMille * (count - 1)
        let (place, rest) = (rank / 1000, rank % 1000)
        let (low, high) = neighbours(at: place)
        return Int128(low) * 1000 + (Int128(high) - Int128(low)) * Int128(rest)
    }

    /// The numbers of a rank and of the next one in all sorted lists; the last one twice.
    ///
    /// The first is the least that more than `place` numbers do not exceed, found by bisection of the
    /// numbers: what comes into question of each list shrinks with it, until there is little enough to
    /// be sorted.
    private func neighbours(at place: Int) -> (Int64, Int64) {
        var low = compactMap { $0.numbers.first }.min() ?? 0
        var high = compactMap { $0.numbers.last }.max() ?? 0
        var open = map { 0..<$0.numbers.count }
        var ends = open.map { $0.upperBound }
        while low < high, open.reduce(0, { $0 + $1.count }) > Self.sortedNumbers {
            // Rounded down, also below 0.
            let middle = (low >> 1) + (high >> 1) + (low & high & 1)
            for at in indices where !open[at].isEmpty {
                let numbers = self[at].numbers
                ends[at] = open[at].firstPlace { numbers[$0] <= middle }
            }
            let isEnough = ends.reduce(0, +) > place
            if isEnough { high = middle } else { low = middle + 1 }
            for at in indices {
                open[at] =
                    isEnough
                    ? open[at].lowerBound..<ends[at] : ends[at]..<open[at].upperBound
                ends[at] = open[at].upperBound
            }
        }
        let rest = indices.flatMap { self[$0].numbers[open[$0]] }.sorted()
        let first = place - open.reduce(0) { $0 + $1.lowerBound }
        if first + 1 < rest.count { return (rest[first], rest[first + 1]) }
        let beyond = indices.compactMap { at in
            open[at].upperBound < self[at].numbers.count
                ? self[at].numbers[open[at].upperBound] : nil
        }
        return (rest[first], beyond.min() ?? rest[first])
    }

    /// So few numbers are sorted.
    private static var sortedNumbers: Int { 64 }
}

/// Percentiles of numbers, as SQL's `percentile_cont`: the number at rank p × (n − 1), between two
/// neighbours linearly.
extension [Int64] {
    /// A percentile in thousandths of the numbers' unit; the numbers are put in another order.
    mutating func percentile(_ perMille: Int) -> Int128 {
        precondition(!isEmpty)
        let rank = perMille * (count - 1)
        let (place, rest) = (rank / 1000, rank % 1000)
        let low = select(place)
        // Behind a selected place all numbers are at least as great: the next is their least.
        var high = low
        if rest > 0, place + 1 < count {
            high = self[(place + 1)...].min() ?? low
        }
        return Int128(low) * 1000 + (Int128(high) - Int128(low)) * Int128(rest)
    }

    /// Puts the number of a rank in its place, less ones before and greater ones behind it.
    ///
    /// Hoare's selection ("Algorithm 65: Find", 1961) with the median of three as pivot.
    private mutating func select(_ place: Int) -> Int64 {
        unsafe withUnsafeMutableBufferPointer { numbers in
            var (low, high) = (0, numbers.count - 1)
            while low < high {
                let middle = unsafe numbers[(low + high) / 2]
                let (first, last) = unsafe (numbers[low], numbers[high])
                let pivot = Swift.max(
                    Swift.min(first, middle), Swift.min(Swift.max(first, middle), last))
                var (left, right) = (low, high)
                while left <= right {
                    while unsafe numbers[left] < pivot { left += 1 }
                    while unsafe numbers[right] > pivot { right -= 1 }
                    if left <= right {
                        unsafe numbers.swapAt(left, right)
                        left += 1
                        right -= 1
                    }
                }
                if place <= right {
                    high = right
                } else if place >= left {
                    low = left
                } else {
                    break
                }
            }
            return unsafe numbers[place]
        }
    }
}
