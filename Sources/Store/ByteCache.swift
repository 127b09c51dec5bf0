/// Values by key, of which those not used for the longest time leave when all together take more bytes
/// than a limit.
///
/// Entries are linked in the order of their last use, so that finding the oldest takes no search.
struct ByteCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        let bytes: Int
    }

    /// Places of the neighbours of an entry, used later and used earlier; -1 at the ends.
    private struct Links {
        var later = -1
        var earlier = -1
    }

    /// Bytes of all values.
    private(set) var bytes = 0
    private let limit: Int
    private var places: [Key: Int] = [:]
    // By place. They lie apart, so that a use of a value copies nothing but the value.
    private var entries: [Entry?] = []
    private var values: [Value?] = []
    private var links: [Links] = []
    private var free: [Int] = []
    private var latest = -1
    private var oldest = -1

    init(limit: Int) { self.limit = limit }

    /// A value, which counts as used now.
    mutating func value(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        if place != latest {
            unlink(place)
            link(place)
        }
        return values[place]
    }

    /// Puts another value of the same size in the place of a value, which counts as used now.
    mutating func update(_ key: Key, _ change: (Value) -> Value) {
        guard let place = places[key], let value = values[place] else { return }
        values[place] = change(value)
        if place != latest {
            unlink(place)
            link(place)
        }
    }

    /// Keeps a value; one that exceeds the limit alone stays until the next one comes.
    mutating func insert(_ value: Value, for key: Key, bytes size: Int) {
        if let place = places[key] { remove(at: place) }
        let entry = Entry(key: key, bytes: size)
        let place = free.popLast() ?? entries.count
        if place == entries.count {
            entries.append(entry)
            values.append(value)
            links.append(Links())
        } else {
            entries[place] = entry
            values[place] = value
        }
        places[key] = place
        bytes += size
        link(place)
        while bytes > limit, oldest != latest { remove(at: oldest) }
    }

    /// Takes a value out.
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        defer { remove(at: place) }
        return values[place]
    }

    /// Drops the values of keys for which a condition holds.
    mutating func removeAll(where condition: (Key) -> Bool) {
        for (key, place) in places where condition(key) { remove(at: place) }
    }

    private mutating func remove(at place: Int) {
        guard let entry = entries[place] else { return }
        unlink(place)
        places[entry.key] = nil
        bytes -= entry.bytes
        entries[place] = nil
        values[place] = nil
        free.append(place)
    }

    /// Puts an entry before all others.
    private mutating func link(_ place: Int) {
        links[place] = Links(earlier: latest)
        if latest >= 0 { links[latest].later = place }
        latest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (later, earlier) = (links[place].later, links[place].earlier)
        if later >= 0 { links[later].earlier = earlier } else { latest = earlier }
        if earlier >= 0 { links[earlier].later = later } else { oldest = later }
    }
}
