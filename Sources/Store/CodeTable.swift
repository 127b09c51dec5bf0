/// Gives each different number a small dense code, in order of first appearance.
///
/// Numbers from 0 to 65,535 (dictionary codes, day numbers, indices of small models) are looked up
/// in an array from the least of them on; others, and missing ones, in an open-addressing table that
/// is at most half full.
struct CodeTable {
    private static let directLimit = 1 << 16

    /// The number of each code.
    private(set) var numbers: [Int64] = []
    /// The codes of the numbers from `origin` on; -1 for those that were not met.
    private var direct: [Int32] = []
    private var origin = Int64(0)
    private var slots: [Int32] = []
    private var hashed = 0

    var count: Int { numbers.count }

    /// Bytes of memory taken.
    var bytes: Int { numbers.count * 8 + (direct.count + slots.count) * 4 }

    /// The code of a number.
    @inline(__always)
    mutating func code(of number: Int64) -> Int {
        let place = number &- origin
        if place >= 0, place < Int64(direct.count) {
            let known = direct[Int(truncatingIfNeeded: place)]
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
            reach(number)
            let code = numbers.count
            direct[Int(number - origin)] = Int32(code)
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

    /// Makes the array reach a number from 0 to 65,535, at either end.
    private mutating func reach(_ number: Int64) {
        if direct.isEmpty { origin = number }
        let size = direct.count
        if number < origin {
            let start = max(0, min(number, origin - Int64(size)))
            direct.insert(contentsOf: repeatElement(-1, count: Int(origin - start)), at: 0)
            origin = start
        } else if number - origin >= Int64(size) {
            let wanted = max(Int(number - origin) + 1, size * 2)
            let larger = min(wanted, Self.directLimit - Int(origin))
            direct.append(contentsOf: repeatElement(-1, count: larger - size))
        }
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
