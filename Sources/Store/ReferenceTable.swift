import Vocabulary

/// The dense indices of one model's rows of one company and origin, by their keys.
///
/// Integer keys that lie close together are looked up in an array, all others in open-addressing
/// tables. Used by one thread at a time.
final class ReferenceTable {
    /// What is known of a key.
    struct Entry {
        fileprivate static let none = UInt32.max
        /// No company has more rows of a model that others refer to.
        static let mostRows = 1 << 30

        fileprivate var bits: UInt32

        /// Puts an entry together.
        ///
        /// - Parameters:
        ///   - dense: the index.
        ///   - isPending: the row was mentioned but has not arrived.
        ///   - isUnsaved: an unfinished load gave out the index, and the file does not tell it yet.
        init(dense: Int64, isPending: Bool, isUnsaved: Bool) {
            precondition((0..<Int64(Self.mostRows)).contains(dense), "an index fits in 30 bits")
            bits = UInt32(dense) << 2 | (isUnsaved ? 2 : 0) | (isPending ? 1 : 0)
        }

        fileprivate init(bits: UInt32) { self.bits = bits }

        fileprivate init(slot: UInt64) { bits = UInt32(truncatingIfNeeded: slot) }

        var dense: Int64 { Int64(bits >> 2) }
        var isPending: Bool { bits & 1 != 0 }
        var isUnsaved: Bool { bits & 2 != 0 }
    }

    private let company: UInt64
    private let direct: ReferenceArray
    private var integers = OpenTable<Int64>()
    private var uuids = OpenTable<UInt128>()
    private var texts: [ByteText: UInt32] = [:]

    /// A table for a company, with the array that all companies share.
    init(company: Int, direct: ReferenceArray) {
        self.company = UInt64(company)
        self.direct = direct
    }

    /// Bytes of memory, about.
    var memory: Int { integers.memory + uuids.memory + texts.count * 96 }

    subscript(key: RowKey) -> Entry? {
        get {
            switch key {
            case .integer(let number): return self[number]
            case .uuid(let value): return entry(uuids[value])
            case .text(let text): return entry(texts[ByteText(text)] ?? Entry.none)
            }
        }
        set {
            let bits = newValue?.bits ?? Entry.none
            switch key {
            case .integer(let number): self[number] = newValue
            case .uuid(let value): uuids[value] = bits
            case .text(let text): texts[ByteText(text)] = bits
            }
        }
    }

    /// What is known of an integer key.
    subscript(key: Int64) -> Entry? {
        get {
            let slot = direct[key]
            if slot >> 32 == company { return Entry(slot: slot) }
            return integers.isEmpty ? nil : entry(integers[key])
        }
        set {
            let bits = newValue?.bits ?? Entry.none
            // A key stays where it is; the array may have grown over it since.
            if !integers.isEmpty, integers[key] != Entry.none {
                integers[key] = bits
            } else if direct.reach(key),
                case let slot = direct[key], slot == ReferenceArray.none || slot >> 32 == company
            {
                direct[key] =
                    newValue.map { company << 32 | UInt64($0.bits) } ?? ReferenceArray.none
            } else {
                integers[key] = bits
            }
        }
    }

    /// Looks up the integer keys of rows that lie together; the answer is the rows whose keys are not
    /// known.
    func lookUp(_ keys: [Int64], _ rows: Range<Int>, into dense: inout [Int64]) -> [Int] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= min(keys.count, dense.count))
        var unknown: [Int] = []
        unsafe direct.withSlots { start, slots in
            unsafe dense.withUnsafeMutableBufferPointer { dense in
                unsafe keys.withUnsafeBufferPointer { keys in
                    let reach = UInt64(slots.count)
                    for row in rows {
                        let key = unsafe keys[row]
                        // A key before the first slot becomes a place beyond the last one.
                        let place = UInt64(bitPattern: key &- start)
                        if place < reach, case let slot = unsafe slots[Int(place)],
                            slot >> 32 == company
                        {
                            unsafe dense[row] = Entry(slot: slot).dense
                        } else if key != NumberVector.missing {
                            unknown.append(row)
                        }
                    }
                }
            }
        }
        if integers.isEmpty { return unknown }
        return unknown.filter { row in
            guard let known = self[keys[row]] else { return true }
            dense[row] = known.dense
            return false
        }
    }

    /// Enters rows that lie together, arrive in a load, and of which nothing was known, giving out
    /// indices from `next` on; the answer is the rows that have to be looked at one by one.
    func arrive(
        _ keys: [Int64], _ rows: Range<Int>, next: inout Int64, into dense: inout [Int64]
    ) -> [Int] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= min(keys.count, dense.count))
        guard integers.isEmpty, let first = rows.first else { return Array(rows) }
        var (least, greatest) = (keys[first], keys[first])
        for row in rows {
            least = min(least, keys[row])
            greatest = max(greatest, keys[row])
        }
        guard direct.reach(least), direct.reach(greatest),
            next + Int64(rows.count) < Int64(Entry.mostRows)
        else { return Array(rows) }
        var known: [Int] = []
        var free = next
        unsafe direct.withMutableSlots { start, slots in
            var entered = 0
            unsafe dense.withUnsafeMutableBufferPointer { dense in
                for row in rows {
                    let place = Int(keys[row] - start)
                    if unsafe slots[place] != ReferenceArray.none {
                        known.append(row)
                        continue
                    }
                    let entry = Entry(dense: free, isPending: false, isUnsaved: true)
                    unsafe slots[place] = company << 32 | UInt64(entry.bits)
                    unsafe dense[row] = free
                    free += 1
                    entered += 1
                }
            }
            return entered
        }
        next = free
        return known
    }

    /// Enters rows that lie together, with the indices that they have; the answer is the rows that
    /// have to be looked at one by one.
    func enter(_ keys: [Int64], _ dense: [Int64], _ rows: Range<Int>) -> [Int] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= min(keys.count, dense.count))
        guard integers.isEmpty, let first = rows.first else { return Array(rows) }
        var (least, greatest) = (keys[first], keys[first])
        for row in rows {
            least = min(least, keys[row])
            greatest = max(greatest, keys[row])
        }
        guard direct.reach(least), direct.reach(greatest) else { return Array(rows) }
        var known: [Int] = []
        unsafe direct.withMutableSlots { start, slots in
            var entered = 0
            for row in rows {
                let place = Int(keys[row] - start)
                guard unsafe slots[place] == ReferenceArray.none,
                    (0..<Int64(Entry.mostRows)).contains(dense[row])
                else {
                    known.append(row)
                    continue
                }
                let entry = Entry(dense: dense[row], isPending: false, isUnsaved: false)
                unsafe slots[place] = company << 32 | UInt64(entry.bits)
                entered += 1
            }
            return entered
        }
        return known
    }

    private func entry(_ bits: UInt32) -> Entry? {
        bits == Entry.none ? nil : Entry(bits: bits)
    }

    /// Calls its argument with each key that has an unsaved entry, and marks it as saved.
    func saveAll(_ save: (RowKey, Entry) throws -> Void) rethrows {
        func saved(_ bits: UInt32, _ key: @autoclosure () -> RowKey) throws -> UInt32 {
            guard bits != Entry.none, bits & 2 != 0 else { return bits }
            try save(key(), Entry(bits: bits))
            return bits & ~2
        }
        try integers.updateAll { try saved($1, .integer($0)) }
        try uuids.updateAll { try saved($1, .uuid($0)) }
        for (text, bits) in texts { texts[text] = try saved(bits, .text(text.text)) }
    }
}

/// Entries of integer keys that lie close together, of all companies of a model and origin.
///
/// A slot has the company that its key belongs to in its high half and the entry in its low half;
/// where two companies have the same key, the second has it in its own table.
final class ReferenceArray {
    static let none = UInt64.max
    /// Keys may lie this far apart, and for many keys so many times their number.
    private static let sparseSpan = 1 << 18
    private static let slotsPerKey = 4

    private var start = Int64(0)
    private var slots: [UInt64] = []
    private var count = 0

    /// Bytes of memory.
    var memory: Int { slots.count * 8 }

    /// The slot of a key; `none` where the array does not reach.
    subscript(key: Int64) -> UInt64 {
        get {
            let (place, overflow) = key.subtractingReportingOverflow(start)
            guard !overflow, place >= 0, place < Int64(slots.count) else { return Self.none }
            return slots[Int(truncatingIfNeeded: place)]
        }
        set {
            let place = Int(key - start)
            if slots[place] == Self.none { count += 1 }
            slots[place] = newValue
        }
    }

    /// Lends the slots and the key of the first one.
    func withSlots(_ body: (Int64, UnsafeBufferPointer<UInt64>) -> Void) {
        unsafe slots.withUnsafeBufferPointer { unsafe body(start, $0) }
    }

    /// Lends the slots for entering keys; the answer of the body is how many it entered.
    func withMutableSlots(_ body: (Int64, UnsafeMutableBufferPointer<UInt64>) -> Int) {
        let start = start
        count += unsafe slots.withUnsafeMutableBufferPointer { unsafe body(start, $0) }
    }

    /// Makes the array reach a key, unless most of it would be empty.
    func reach(_ key: Int64) -> Bool {
        // Far from the ends of the range, so that sums with it do not overflow.
        if slots.isEmpty { start = min(max(key, .min / 2), .max / 2) }
        let end = start + Int64(slots.count)
        if key >= start, key < end { return true }
        let (span, overflow) = max(end - 1, key).subtractingReportingOverflow(min(start, key))
        let allowed = max(Self.sparseSpan, count * Self.slotsPerKey)
        guard !overflow, span < Int64(allowed) else { return false }
        if key < start {
            let more = Int(start - key)
            slots.insert(contentsOf: repeatElement(Self.none, count: more), at: 0)
            start = key
        } else {
            let size = max(Int(key - start) + 1, min(slots.count * 2, allowed))
            slots.append(contentsOf: repeatElement(Self.none, count: size - slots.count))
        }
        return true
    }

    /// Calls its argument with each key that has an unsaved entry, and marks it as saved.
    func saveAll(
        _ save: (_ company: Int, RowKey, ReferenceTable.Entry) throws -> Void
    ) rethrows {
        for place in slots.indices where slots[place] != Self.none {
            let entry = ReferenceTable.Entry(slot: slots[place])
            guard entry.isUnsaved else { continue }
            try save(Int(slots[place] >> 32), .integer(start + Int64(place)), entry)
            slots[place] &= ~2
        }
    }
}

/// A key of an open-addressing table.
protocol OpenTableKey: Equatable, BitwiseCopyable {
    /// A number whose low bits are as good as random.
    var mixed: UInt64 { get }
}

extension Int64: OpenTableKey {
    var mixed: UInt64 {
        let product = UInt64(bitPattern: self) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }
}

extension UInt128: OpenTableKey {
    var mixed: UInt64 {
        (Int64(truncatingIfNeeded: self) ^ Int64(truncatingIfNeeded: self >> 64) &* 31).mixed
    }
}

/// An open-addressing table with linear probing, at most half full.
struct OpenTable<Key: OpenTableKey> {
    private var slots: [Int32] = []
    private var keys: [Key] = []
    private var values: [UInt32] = []

    var isEmpty: Bool { keys.isEmpty }
    var memory: Int { slots.count * 4 + keys.count * (MemoryLayout<Key>.stride + 4) }

    /// The value of a key; `UInt32.max` when it has none.
    subscript(key: Key) -> UInt32 {
        get {
            if slots.isEmpty { return UInt32.max }
            let found = slots[slot(of: key)]
            return found < 0 ? UInt32.max : values[Int(found)]
        }
        set {
            if keys.count * 2 >= slots.count { grow() }
            let slot = slot(of: key)
            if slots[slot] >= 0 {
                values[Int(slots[slot])] = newValue
            } else {
                slots[slot] = Int32(keys.count)
                keys.append(key)
                values.append(newValue)
            }
        }
    }

    mutating func updateAll(_ update: (Key, UInt32) throws -> UInt32) rethrows {
        for place in keys.indices { values[place] = try update(keys[place], values[place]) }
    }

    private func slot(of key: Key) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: key.mixed) & mask
        while slots[slot] >= 0, keys[Int(slots[slot])] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: max(64, slots.count * 2))
        for place in keys.indices { slots[slot(of: keys[place])] = Int32(place) }
    }
}
