/// The position of the newest version of each row of a model's delta, live or ended.
///
/// An open-addressing table with linear probing, at most half full, over the keys' stable hashes. It
/// holds neither keys nor origins, which are in the delta itself: whoever asks tells whether the row at
/// a position is the one looked for.
final class DeltaKeys {
    /// The lower half of a hash, and a position; -1 where there is no row.
    private struct Slot {
        var hash: UInt32
        var position: Int32
    }

    private static let none = Slot(hash: 0, position: -1)

    private var slots: [Slot] = []
    private var count = 0

    /// Where the newest version of a row is, of which `hash` is the key's stable hash.
    func position(of hash: UInt64, where isWanted: (_ position: Int) -> Bool) -> Int? {
        if slots.isEmpty { return nil }
        let position = slots[slot(of: UInt32(truncatingIfNeeded: hash), where: isWanted)].position
        return position < 0 ? nil : Int(position)
    }

    /// Notes where the newest version of a row is; `isSame` tells whether the row at a position is a
    /// version of it.
    func set(_ position: Int, of hash: UInt64, where isSame: (_ position: Int) -> Bool) {
        if count * 2 >= slots.count { grow() }
        let hash = UInt32(truncatingIfNeeded: hash)
        let slot = slot(of: hash, where: isSame)
        if slots[slot].position < 0 { count += 1 }
        slots[slot] = Slot(hash: hash, position: Int32(position))
    }

    private func slot(of hash: UInt32, where isSame: (_ position: Int) -> Bool) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot].position >= 0 {
            if slots[slot].hash == hash, isSame(Int(slots[slot].position)) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func grow() {
        let before = slots
        slots = Array(repeating: Self.none, count: max(1024, before.count * 2))
        // No two of them are of one row.
        for entry in before where entry.position >= 0 {
            slots[slot(of: entry.hash, where: { _ in false })] = entry
        }
    }
}
