import Vocabulary

/// Numbers of texts, from 0 in the order in which they were entered; texts are compared by their bytes.
///
/// An open-addressing table with linear probing, at most half full: of a row that arrives every word
/// is looked up, and the standard library's hashing takes longer than all else about a word.
struct TextTable: Sendable {
    private(set) var texts: [String] = []
    private var hashes: [UInt64] = []
    private var slots: [Int32] = []

    /// The number of a text; nil when it was not entered.
    func number(of text: String) -> Int? {
        if slots.isEmpty { return nil }
        let found = slots[slot(of: text, text.bytesHash)]
        return found < 0 ? nil : Int(found)
    }

    /// Enters a text, whose number is the answer; one that is there already gets another number.
    mutating func append(_ text: String) -> Int {
        if texts.count * 2 >= slots.count { grow() }
        let hash = text.bytesHash
        let slot = slot(of: text, hash)
        slots[slot] = Int32(texts.count)
        texts.append(text)
        hashes.append(hash)
        return texts.count - 1
    }

    private func slot(of text: String, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0 {
            let entry = Int(slots[slot])
            if hashes[entry] == hash, texts[entry].hasBytes(of: text) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: max(16, slots.count * 2))
        let mask = slots.count - 1
        for (entry, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(entry)
        }
    }
}

extension String {
    /// A hash of the bytes, of eight at a time, whose low bits are as good as random.
    fileprivate var bytesHash: UInt64 {
        let bytes = utf8.span
        var hash = UInt64(bytes.count)
        var place = 0
        while place + 8 <= bytes.count {
            hash = Self.mixed(hash ^ bytes.word(at: place))
            place += 8
        }
        var rest = UInt64(0)
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        return Self.mixed(hash ^ rest)
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static func mixed(_ word: UInt64) -> UInt64 {
        var value = word &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Whether another text has the same bytes.
    fileprivate func hasBytes(of other: String) -> Bool {
        let bytes = utf8.span
        let others = other.utf8.span
        guard bytes.count == others.count else { return false }
        var place = 0
        while place + 8 <= bytes.count {
            guard bytes.word(at: place) == others.word(at: place) else { return false }
            place += 8
        }
        while place < bytes.count {
            guard bytes[place] == others[place] else { return false }
            place += 1
        }
        return true
    }
}

extension Span<UInt8> {
    /// Eight bytes as a number in the machine's order.
    @inline(__always)
    fileprivate func word(at place: Int) -> UInt64 {
        precondition(place >= 0 && place + 8 <= count)
        // Within bounds by the line above.
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
    }
}
