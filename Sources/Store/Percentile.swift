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
