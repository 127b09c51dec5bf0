/// The keys that the segments of a model may have, all together: most rows that are new are told by
/// one look into it.
///
/// The filter of a segment lets one key of a hundred through for nothing, and then its keys and their
/// index are read. A new row of a model with a hundred segments would nearly always meet such a one.
/// So once that has happened some times, the writer collects all keys here, in filters with so many
/// bits a key that one in a thousand is let through.
///
/// A key that was ever added stays: segments that are merged or removed leave a few keys too many.
/// Used by the writer only.
final class KnownKeys {
    /// Keys of the first filter; each further one holds twice as many.
    private static let firstKeys = 1 << 17
    /// Look-ups that a segment's filter let through for nothing, before keys are collected.
    private static let patience = 64

    private var filters: [KeyFilter] = []
    /// Keys that the last filter may still take.
    private var room = 0
    private var covered: Set<Int64> = []
    private var failures = 0
    /// Whether the keys are too many.
    private var isGivenUp = false

    /// Whether it is worth while, and not too much.
    var isWanted: Bool { failures >= Self.patience && !isGivenUp }

    /// Notes that a segment's filter let a key through for nothing.
    func noteFailure() { failures += 1 }

    /// Whether it has the keys of a segment.
    func covers(_ segment: Int64) -> Bool { covered.contains(segment) }

    /// Adds the keys of a segment.
    func add(_ hashes: [UInt64], of segment: Int64) {
        if isGivenUp { return }
        covered.insert(segment)
        // Another version of a row that is there takes no room.
        for hash in hashes where !mayContain(hash) {
            if room == 0 {
                room = Self.firstKeys << filters.count
                filters.append(KeyFilter(keys: room, bitsPerKey: KeyFilter.generousBits))
            }
            room -= 1
            filters[filters.count - 1].insert(hash)
        }
        if filters.reduce(0, { $0 + $1.memory }) > StoreLimits.knownKeyBytes {
            isGivenUp = true
            (filters, covered) = ([], [])
        }
    }

    /// Whether a key with this hash may be in one of the segments that it covers; false is certain.
    func mayContain(_ hash: UInt64) -> Bool {
        for filter in filters where filter.mayContain(hash) { return true }
        return false
    }
}
