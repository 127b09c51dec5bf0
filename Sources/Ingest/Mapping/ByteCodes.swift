/// Numbers by short texts that come again and again, found by the texts' bytes without making a text.
///
/// Open addressing with linear probing, at most half full.
struct ByteCodes {
    private var slots: [Int32] = []
    private var starts: [Int] = [0]
    private var bytes: [UInt8] = []
    private var values: [Int32] = []

    /// How many texts are known.
    var count: Int { values.count }

    /// The number of the text in a part of some bytes; nil when it has none.
    func value(of range: Range<Int>, in text: Span<UInt8>) -> Int32? {
        if slots.isEmpty { return nil }
        let entry = slots[slot(of: range, in: text)]
        return entry < 0 ? nil : values[Int(entry)]
    }

    /// Gives a number to a text that has none.
    mutating func add(_ value: Int32, for range: Range<Int>, in text: Span<UInt8>) {
        if values.count * 2 >= slots.count { grow() }
        slots[slot(of: range, in: text)] = Int32(values.count)
        for place in range { bytes.append(text[place]) }
        starts.append(bytes.count)
        values.append(value)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: max(64, slots.count * 2))
        let bytes = bytes
        for entry in values.indices {
            let free = slot(of: starts[entry]..<starts[entry + 1], in: bytes.span)
            slots[free] = Int32(entry)
        }
    }

    /// Where a text is, or would be.
    private func slot(of range: Range<Int>, in text: Span<UInt8>) -> Int {
        // FNV-1a, its high bits mixed in.
        var hash = UInt64(0xCBF2_9CE4_8422_2325)
        for place in range { hash = (hash ^ UInt64(text[place])) &* 0x0000_0100_0000_01B3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] >= 0, !isEntry(Int(slots[slot]), range, text) {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func isEntry(_ entry: Int, _ range: Range<Int>, _ text: Span<UInt8>) -> Bool {
        let start = starts[entry]
        guard starts[entry + 1] - start == range.count else { return false }
        for offset in 0..<range.count
        where bytes[start + offset] != text[range.lowerBound + offset] {
            return false
        }
        return true
    }
}
