/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64 {
    private var state: UInt64

    init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but not including 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number below `count`, all equally often.
    mutating func below(_ count: Int) -> Int { Int(Double(count) * fraction()) }

    /// A number below `count`, small ones more often.
    mutating func skewed(_ count: Int) -> Int {
        let fraction = fraction()
        return min(Int(Double(count) * fraction * fraction.squareRoot()), count - 1)
    }

    /// The position of one share, each as probable as it is large; the shares add up to 1.
    mutating func position(in shares: [Double]) -> Int {
        var rest = fraction()
        for (index, share) in shares.enumerated() {
            rest -= share
            if rest < 0 { return index }
        }
        return shares.count - 1
    }

    /// Skewed as amounts are: a power of two whose exponent is nearly normal (a sum of twelve even
    /// numbers), with its fraction taken linearly.
    mutating func amount() -> Int {
        var sum = -6.0
        for _ in 0..<12 { sum += fraction() }
        let exponent = 15.9 + 1.6 * sum
        let whole = exponent.rounded(.down)
        return Int(Double(1 << Int(whole)) * (1 + exponent - whole)) + 100
    }

    /// Skewed as waiting times are: nearly exponential, half of them below `half`, at most 64 times
    /// as long; the logarithm's fraction is taken linearly.
    mutating func wait(half: Int) -> Int {
        let bits = next()
        let halvings = bits.leadingZeroBitCount
        let rest = Double((bits << UInt64(halvings + 1)) >> 11) * 0x1p-53
        return Int(Double(half) * (Double(halvings) + 1 - rest))
    }
}
