import Store
import Vocabulary

/// Compares the keys that a table has with those of its rows here, within one state of the server.
///
/// First by number: after the changes have been read, each row of the source is here, or put aside,
/// or known to be absent; so the counts agree exactly if nothing was deleted. Only else every key is
/// sent and looked up, in passes of a bounded number of keys, each key as a 64-bit hash. Another seed
/// is taken each time: two keys of the same hash, which could hide a deletion, are not the same two
/// the next time. Nothing is ever deleted wrongly, since a key that is there finds its own hash.
struct KeyComparison {
    /// What was found.
    struct Outcome: Equatable {
        /// Rows here that the source no longer has.
        var deleted = 0
        /// Rows of the source that were missing here.
        var restored = 0
    }

    /// How many rows are asked for by their keys at once.
    private static let fetchKeys = 500

    let table: Int
    let placement: RowPlacement
    let types: PostgresTypes
    let catalog: PostgresCatalog
    let store: Store
    let connection: PostgresConnection

    private var mapping: TableMapping { placement.mapping }

    /// Whether the table has as many rows as are accounted for here.
    func countsAgree(absent: Int, writer: PollingWriter) throws -> Bool {
        let rows = try connection.query(
            "SELECT count(*) FROM \(catalog.source(of: mapping))")
        let there = rows.first?.first.flatMap { $0.flatMap { Int($0) } }
        let here = try store.rowCount(model: mapping.model.name, origin: mapping.origin)
        return there == here + writer.aside.keys(of: mapping.name).count + absent
    }

    /// Looks at every key; deletes what is gone and fetches what is missing.
    ///
    /// Takes and gives the hashes of keys whose rows become none of ours.
    func run(
        absent: Set<UInt64>, passKeys: Int, writer: inout PollingWriter,
        outcome: inout Outcome
    ) throws -> Set<UInt64> {
        let seed = UInt64.random(in: 0...UInt64.max)
        let here = try store.rowCount(model: mapping.model.name, origin: mapping.origin)
        let passes = max(1, (here + passKeys - 1) / passKeys)
        var asideSeen: Set<String> = []
        var missing: Set<UInt64> = []
        for pass in 0..<passes {
            let found = try run(
                KeyPass(seed: seed, number: pass, count: passes), absent, &writer, &asideSeen,
                &missing)
            outcome.deleted += found.deleted
            outcome.restored += found.restored
        }
        for key in writer.aside.keys(of: mapping.name) where !asideSeen.contains(key) {
            try writer.release(key, table: table)
        }
        return missing
    }

    private func run(
        _ pass: KeyPass, _ absent: Set<UInt64>, _ writer: inout PollingWriter,
        _ asideSeen: inout Set<String>, _ missing: inout Set<UInt64>
    ) throws -> Outcome {
        var hashes: [UInt64] = []
        try store.forEachKey(model: mapping.model.name, origin: mapping.origin) { key in
            if let hash = pass.hash(key) { hashes.append(hash) }
        }
        hashes.sort()
        var isThere = [Bool](repeating: false, count: hashes.count)
        let aside = Set(writer.aside.keys(of: mapping.name))
        var wanted: [[String]] = []
        var values = [SourceValue](repeating: .null, count: mapping.fields.count)
        try PolledRows(mapping, types, fields: mapping.key).forEach(
            from: catalog.source(of: mapping), through: connection
        ) { parts in
            for (index, part) in zip(mapping.key, parts) { values[index] = part }
            if !aside.isEmpty {
                let shown = placement.shownKey(of: values)
                if aside.contains(shown) {
                    asideSeen.insert(shown)
                    return
                }
            }
            guard let key = try? placement.key(of: values), let hash = pass.hash(key) else {
                return
            }
            if let place = hashes.firstPlace(of: hash) {
                isThere[place] = true
                return
            }
            let plain = KeyPass.plain(key)
            missing.insert(plain)
            if !absent.contains(plain) { wanted.append(parts.map { $0.text ?? "" }) }
        }
        var outcome = Outcome()
        if isThere.contains(false) {
            try store.forEachKey(model: mapping.model.name, origin: mapping.origin) { key in
                guard let hash = pass.hash(key), let place = hashes.firstPlace(of: hash),
                    !isThere[place]
                else { return }
                // Of two equal hashes only the first has its place marked; both are not there.
                try writer.delete(key, table: table)
                outcome.deleted += 1
            }
        }
        outcome.restored = try fetch(wanted, &writer)
        return outcome
    }

    /// Asks for rows by their keys, as text.
    private func fetch(_ keys: [[String]], _ writer: inout PollingWriter) throws -> Int {
        let names = mapping.key.map { SQL.name(mapping.fields[$0]) }.joined(separator: ", ")
        var fetched = 0
        var start = 0
        while start < keys.count {
            let part = keys[start..<min(start + Self.fetchKeys, keys.count)]
            let list = part.map { "(" + $0.map(SQL.text).joined(separator: ", ") + ")" }
                .joined(separator: ", ")
            try PolledRows(mapping, types).forEach(
                from: catalog.source(of: mapping, where: "(\(names)) IN (\(list))"),
                through: connection
            ) { values in
                try writer.take(values, table: table)
                fetched += 1
            }
            start += part.count
        }
        return fetched
    }
}

/// The keys of one pass: those whose hash falls to it.
private struct KeyPass {
    let seed: UInt64
    let number: Int
    let count: Int

    /// The hash of a key; nil if it belongs to another pass.
    func hash(_ key: RowKey) -> UInt64? {
        let hash = Self.hash(key, seed: seed)
        // The upper bits choose the pass; the rest still tells its keys apart.
        guard count > 1 else { return hash }
        return hash.multipliedFullWidth(by: UInt64(count)).high == UInt64(number) ? hash : nil
    }

    /// A hash that is the same in every pass.
    static func plain(_ key: RowKey) -> UInt64 { hash(key, seed: 0) }

    private static func hash(_ key: RowKey, seed: UInt64) -> UInt64 {
        switch key {
        case .integer(let number): mixed(mixed(seed ^ 1) ^ UInt64(bitPattern: number))
        case .uuid(let value):
            mixed(
                mixed(mixed(seed ^ 2) ^ UInt64(truncatingIfNeeded: value >> 64))
                    ^ UInt64(truncatingIfNeeded: value))
        case .text(let text):
            // FNV-1a (Fowler, Noll, Vo) over the bytes, begun with the seed.
            mixed(
                text.utf8.reduce(mixed(seed ^ 3)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
        }
    }

    /// The last step of SplitMix64 (Steele, Lea, Flood 2014): one to one, each bit reaches all.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension [UInt64] {
    /// Where a number first stands in a sorted list; nil if it does not.
    fileprivate func firstPlace(of wanted: UInt64) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == wanted ? low : nil
    }
}
