extension Range<Int> {
    /// The first place of which a condition is false that holds for all places before it and for none
    /// behind; the end of the range where it holds for all.
    @inline(__always)
    func firstPlace(after isBefore: (Int) throws -> Bool) rethrows -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = (low + high) / 2
            if try isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
