/// Gives each different number a small dense code, in order of first appearance.
///
/// Numbers from 0 to 65,535 (dictionary codes, day numbers, indices of small models) are looked up
/// in an array; others, and missing ones, in an open-addressing table that is at most half full.
struct CodeTable {
    private static let directLimit = 1 << 16

    /// The number of each code.
    private(set) var numbers: [Int64] = []
    private var direct: [Int32] = []
    private var slots: [Int32] = []
    private var hashed = 0

    var count: Int { numbers.count }

    /// Bytes of memory taken.
    var bytes: Int { numbers.count * 8 + direct.count * 4 + slots.count * 4 }

    /// The code of a number.
    @inline(__always)
    mutating func code(of number: Int64) -> Int {
        if number >= 0, number < Int64(direct.count) {
            let known = direct[Int(truncatingIfNeeded: number)]
            if known >= 0 { return Int(known) }
        }
        return slowCode(of: number)
    }

    /// Enters a number; false when it was there before.
    mutating func insert(_ number: Int64) -> Bool {
        let before = numbers.count
        return code(of: number) == before
    }

    @inline(never)
    private mutating func slowCode(of number: Int64) -> Int {
        if number >= 0, number < Int64(Self.directLimit) {
            while direct.count <= Int(number) { direct.append(-1) }
            let code = numbers.count
            direct[Int(number)] = Int32(code)
            numbers.append(number)
            return code
        }
        if hashed * 2 >= slots.count { grow() }
        var slot = Self.slot(number, slots.count)
        while slots[slot] >= 0 {
            if numbers[Int(slots[slot])] == number { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(numbers.count)
        numbers.append(number)
        hashed += 1
        return numbers.count - 1
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: max(64, slots.count * 2))
        for (code, number) in numbers.enumerated()
        where number < 0 || number >= Int64(Self.directLimit) {
            var slot = Self.slot(number, slots.count)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(code)
        }
    }

    private static func slot(_ number: Int64, _ size: Int) -> Int {
        let mixed = UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & (size - 1)
    }
}
