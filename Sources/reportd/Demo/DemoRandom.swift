/// Numbers that look like chance but follow from their arguments alone, on every machine.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Only
/// integer arithmetic and exact floating-point operations are used, so no mathematics library can
/// change a figure.
struct DemoRandom {
    /// What a sequence is for, so that sequences of one thing do not repeat each other.
    enum Purpose: UInt64 {
        case count = 1, week, lead, sale, saleText, leadText, customerText, customerID, saleID
        case leadID, auditID, userID, serviceID, loyalty, pulse
        case shopSale, shopProduct, shopExpense, shopRepeat
    }

    private var state: UInt64

    /// Begins the sequence of one thing.
    init(_ seed: UInt64, _ purpose: Purpose, _ first: Int = 0, _ second: Int = 0, _ third: Int = 0)
    {
        state = seed
        for part in [
            purpose.rawValue, UInt64(bitPattern: Int64(first)),
            UInt64(bitPattern: Int64(second)), UInt64(bitPattern: Int64(third)),
        ] {
            state = Self.mix((state ^ part) &+ 0x9e37_79b9_7f4a_7c15)
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    /// A number from 0 up to but not including 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Whether something of that probability happens.
    mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

    /// A whole number of a range.
    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(fraction() * Double(range.count))
    }

    /// A number between two others.
    mutating func number(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * fraction()
    }

    /// One element.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...(elements.count - 1))]
    }

    /// The position of one weight, each as probable as it weighs.
    mutating func position(in weights: [Double]) -> Int {
        var rest = fraction() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return index }
        }
        return weights.count - 1
    }

    /// How often something happens that happens `mean` times on average (binomial).
    mutating func count(mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        let trials = max(4, Int((mean * 4).rounded(.up)))
        let probability = mean / Double(trials)
        var count = 0
        for _ in 0..<trials where chance(probability) { count += 1 }
        return count
    }

    /// A UUID of version 4.
    mutating func uuid() -> String {
        let high = (next() & ~0xf000) | 0x4000
        let low = (next() & ~(3 << 62)) | (2 << 62)
        let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
        let ends = [0, 8, 12, 16, 20, 32]
        return zip(ends, ends.dropFirst()).map { start, end in
            String(decoding: digits[start..<end], as: UTF8.self)
        }.joined(separator: "-")
    }

    /// 32 hexadecimal digits.
    mutating func digest() -> String {
        String(decoding: Self.hexadecimal(next()) + Self.hexadecimal(next()), as: UTF8.self)
    }

    private static func hexadecimal(_ value: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<16).map { digits[Int(value >> (60 - 4 * UInt64($0)) & 15)] }
    }
}
