/// A position in a Postgres server's write-ahead log, written as `16/B374D848`.
struct LogPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    let offset: UInt64

    init(_ offset: UInt64) { self.offset = offset }

    init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16),
            let low = UInt32(halves[1], radix: 16)
        else { return nil }
        offset = UInt64(high) << 32 | UInt64(low)
    }

    static func < (left: LogPosition, right: LogPosition) -> Bool { left.offset < right.offset }

    var description: String {
        String(offset >> 32, radix: 16, uppercase: true) + "/"
            + String(offset & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }
}

/// How far one table is read.
struct TableMark: Sendable, Hashable {
    /// What decides how its rows became ours: the mapping, the catalog and the publication.
    let fingerprint: String
    /// Its rows are those of this position, which is after the source's own; nil once that has come
    /// as far.
    var from: LogPosition?
}

/// How far a Postgres source is read, as the store keeps it.
///
/// ```
/// 16/B374D848 of 7301234567890123456 on 1 for 5d0171ac11fe0b42 with public.sales=9af3c1d2@16/B4
/// ```
/// The first number identifies the server's cluster, since another one's log positions mean nothing
/// here; the second its timeline. Then follow a fingerprint of which company each tenant was, and the
/// tables whose rows are here. A table that is not listed has to be read from its beginning; bytes of
/// its name other than letters, digits, `.`, `_` and `-` are written as `%2F`.
struct PostgresPosition: Sendable, Hashable, CustomStringConvertible {
    var log: LogPosition
    let system: String
    var timeline: Int
    var tenants: String
    var tables: [String: TableMark]

    init(
        log: LogPosition, system: String, timeline: Int, tenants: String,
        tables: [String: TableMark] = [:]
    ) {
        self.log = log
        self.system = system
        self.timeline = timeline
        self.tenants = tenants
        self.tables = tables
    }

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 8, words[1] == "of", words[3] == "on", words[5] == "for",
            words[7] == "with", let log = LogPosition(words[0]), let timeline = Int(words[4])
        else { return nil }
        var tables: [String: TableMark] = [:]
        for word in words[8...] {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let name = PositionName.read(parts[0]) else { return nil }
            let marks = parts[1].split(separator: "@")
            let from = marks.count == 2 ? LogPosition(marks[1]) : nil
            guard marks.count == 1 || from != nil else { return nil }
            tables[name] = TableMark(fingerprint: String(marks[0]), from: from)
        }
        self.init(
            log: log, system: String(words[2]), timeline: timeline, tenants: String(words[6]),
            tables: tables)
    }

    /// Goes on to a position, which some tables may have been ahead of.
    mutating func advance(to end: LogPosition) {
        log = max(log, end)
        for (name, mark) in tables {
            if let from = mark.from, from <= log { tables[name]?.from = nil }
        }
    }

    /// The part that tells a person how far it is.
    var shown: String { log.description }

    var description: String {
        let marks = tables.sorted { $0.key < $1.key }.map { name, mark in
            " " + PositionName.written(name) + "=" + mark.fingerprint
                + (mark.from.map { "@\($0)" } ?? "")
        }
        return "\(log) of \(system) on \(timeline) for \(tenants) with" + marks.joined()
    }
}
