import Vocabulary

/// A table whose rows are here, as a poll left it.
struct PolledTable: Sendable, Hashable {
    /// What decides what its rows become: the mapping and the columns' identity.
    let fingerprint: String
    /// The tables that hold its rows, its partitions or itself: object identifier and file.
    let leaves: [UInt32: UInt32]
}

/// How far a Postgres source is read that is polled, as the store keeps it.
///
/// ```
/// polled-1 784512 of 7301234567890123456 on 1 for 5d0171ac11fe0b42 with public.sales=9af3c1d2@16402/16405
/// ```
/// The first word names this form. Then come the oldest transaction that was not finished when the
/// rows were read (64 bits): whatever was not visible then has its number or a higher one. The server
/// is told by its cluster and timeline, because in another one numbers mean something else. Then a
/// fingerprint of which company each tenant was, and the tables whose rows are here. A table that is
/// not listed has to be read from its beginning; bytes of its name other than letters, digits, `.`,
/// `_` and `-` are written as `%2F`.
struct PollingPosition: Sendable, Hashable, CustomStringConvertible {
    var oldest: UInt64
    var system: String
    var timeline: Int
    var tenants: String
    var tables: [String: PolledTable]

    private static let form = "polled-1"

    init(
        oldest: UInt64, system: String, timeline: Int, tenants: String,
        tables: [String: PolledTable]
    ) {
        self.oldest = oldest
        self.system = system
        self.timeline = timeline
        self.tenants = tenants
        self.tables = tables
    }

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 9, words[0] == Self.form, words[2] == "of", words[4] == "on",
            words[6] == "for", words[8] == "with", let oldest = UInt64(words[1]),
            let timeline = Int(words[5])
        else { return nil }
        var tables: [String: PolledTable] = [:]
        for word in words[9...] {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let name = PositionName.read(parts[0]) else { return nil }
            let marks = parts[1].split(separator: "@", omittingEmptySubsequences: false)
            guard marks.count == 2 else { return nil }
            var leaves: [UInt32: UInt32] = [:]
            for leaf in marks[1].split(separator: ",") {
                let numbers = leaf.split(separator: "/").compactMap { UInt32($0) }
                guard numbers.count == 2 else { return nil }
                leaves[numbers[0]] = numbers[1]
            }
            tables[name] = PolledTable(fingerprint: String(marks[0]), leaves: leaves)
        }
        self.init(
            oldest: oldest, system: String(words[3]), timeline: timeline, tenants: String(words[7]),
            tables: tables)
    }

    /// Whether a position was left by polling, in this or another form.
    static func isOne(_ text: String) -> Bool { text.hasPrefix("polled-") }

    /// The part that tells a person how far it is.
    var shown: String { "transaction \(oldest)" }

    var description: String {
        let list = tables.sorted { $0.key < $1.key }.map { name, table in
            let leaves = table.leaves.sorted { $0.key < $1.key }.map { "\($0.key)/\($0.value)" }
            return " " + PositionName.written(name) + "=" + table.fingerprint + "@"
                + leaves.joined(separator: ",")
        }
        return "\(Self.form) \(oldest) of \(system) on \(timeline) for \(tenants) with"
            + list.joined()
    }
}
