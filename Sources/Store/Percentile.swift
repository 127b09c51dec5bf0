import CKernels

/// Numbers of one company that percentiles are taken from.
struct PercentileList {
    let numbers: [Int64]
    let isSorted: Bool
}

/// Percentiles as SQL's `percentile_cont`: the number at rank p × (n − 1), between two neighbours
/// linearly.
extension [PercentileList] {
    /// A percentile of all lists together, in thousandths of the numbers' unit; nil without numbers.
    func percentile(_ perMille: Int) -> Int128? {
        let count = reduce(0) { $0 + $1.numbers.count }
        guard count > 0 else { return nil }
        let rank = perMille * (count - 1)
        let (place, rest) = (rank / 1000, rank % 1000)
        let (low, high) =
            allSatisfy(\.isSorted)
            ? neighbours(at: place) : map(\.numbers).neighbours(at: place)
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

/// Ranks of numbers in no order.
extension [[Int64]] {
    /// The numbers at a rank of all lists together and at the next one; the last number when there is
    /// no next.
    ///
    /// The range of the numbers is divided into equal parts, and the numbers of each part are counted:
    /// that tells which part the rank lies in, and only its numbers are put together and looked at.
    fileprivate func neighbours(at place: Int) -> (Int64, Int64) {
        let count = reduce(0) { $0 + $1.count }
        precondition(place < count)
        guard count > StoreLimits.countedNumbers else {
            var all = [Int64](joined())
            return all.neighbours(at: place)
        }
        var (least, greatest) = (Int64.max, Int64.min)
        for list in self {
            var survey = rk_survey()
            unsafe rk_survey_numbers(list, list.count, &survey)
            if list.isEmpty { continue }
            (least, greatest) = (
                Swift.min(least, survey.least), Swift.max(greatest, survey.greatest)
            )
        }
        let bits = UInt64.bitWidth - (UInt64(bitPattern: greatest &- least)).leadingZeroBitCount
        let shift = Swift.max(0, bits - StoreLimits.countedBits)
        var counts = [UInt64](repeating: 0, count: 1 << StoreLimits.countedBits)
        for list in self {
            unsafe rk_spread(list, Int64(list.count), least, UInt32(shift), &counts)
        }
        func numbers(of part: Int) -> [Int64] {
            let low = least &+ Int64(truncatingIfNeeded: part << shift)
            let (high, overflow) = low.addingReportingOverflow((1 << shift) - 1)
            return between(low, overflow ? .max : high, count: Int(counts[part]))
        }
        var (part, before) = (0, 0)
        while before + Int(counts[part]) <= place {
            before += Int(counts[part])
            part += 1
        }
        let isLastOfPart = place + 1 == before + Int(counts[part])
        let (first, second) =
            shift > 0
            ? [numbers(of: part)].neighbours(at: place - before)
            : (least + Int64(part), least + Int64(part))
        guard isLastOfPart, let after = counts[(part + 1)...].firstIndex(where: { $0 > 0 }) else {
            return (first, second)
        }
        return (first, numbers(of: after).min() ?? first)
    }

    /// The numbers of a range, of which there are so many.
    private func between(_ low: Int64, _ high: Int64, count: Int) -> [Int64] {
        // Kernels write up to eight numbers beyond the last one.
        unsafe [Int64](unsafeUninitializedCapacity: count + 8) { target, filled in
            for list in self {
                guard let start = target.baseAddress else { return }
                filled += unsafe Int(
                    rk_between(list, Int64(list.count), low, high, start + filled))
            }
        }
    }
}

extension [Int64] {
    /// The numbers at a rank and at the next one, if any; the numbers are put in another order.
    fileprivate mutating func neighbours(at place: Int) -> (Int64, Int64) {
        let low = select(place)
        // Behind a selected place all numbers are at least as great: the next is their least.
        return (low, self[(place + 1)...].min() ?? low)
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
