/// Values by key, the least recently used of which leave when their bytes exceed a limit.
struct ByteCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var bytes: Int
        var used: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var clock = UInt64(0)
    /// Bytes of all values.
    private(set) var bytes = 0

    init(limit: Int) { self.limit = limit }

    /// A value, which counts as used now.
    mutating func value(_ key: Key) -> Value? {
        clock += 1
        entries[key]?.used = clock
        return entries[key]?.value
    }

    /// Takes a value out.
    mutating func remove(_ key: Key) -> Value? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        bytes -= entry.bytes
        return entry.value
    }

    /// Keeps a value; one that exceeds the limit alone is not kept.
    mutating func insert(_ value: Value, for key: Key, bytes size: Int) {
        _ = remove(key)
        guard size <= limit else { return }
        clock += 1
        entries[key] = Entry(value: value, bytes: size, used: clock)
        bytes += size
        if bytes > limit { evict() }
    }

    /// Makes room for as much again as an eighth of the limit, so that the search for the oldest is
    /// rare.
    private mutating func evict() {
        let order = entries.sorted { $0.value.used < $1.value.used }
        for (key, entry) in order {
            if bytes <= limit - limit / 8 || entries.count == 1 { break }
            entries[key] = nil
            bytes -= entry.bytes
        }
    }

    mutating func removeAll() {
        entries = [:]
        bytes = 0
    }
}
