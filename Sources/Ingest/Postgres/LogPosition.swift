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

/// How far a Postgres source is read, as the store keeps it:
/// `16/B374D848 of 7301234567890123456 by 9af3c1d200112233 for 5d0171ac11fe0b42`.
///
/// The number identifies the server's cluster (another one's log positions mean nothing here), the
/// last words are the fingerprints of the mapping that the rows were made with, and of which
/// company each tenant was.
struct PostgresPosition: Sendable, Hashable, CustomStringConvertible {
    var log: LogPosition
    let system: String
    let mapping: String
    var tenants: String

    init(log: LogPosition, system: String, mapping: String, tenants: String) {
        self.log = log
        self.system = system
        self.mapping = mapping
        self.tenants = tenants
    }

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 7, words[1] == "of", words[3] == "by", words[5] == "for",
            let log = LogPosition(words[0])
        else { return nil }
        self.init(
            log: log, system: String(words[2]), mapping: String(words[4]),
            tenants: String(words[6]))
    }

    /// The part that tells a person how far it is.
    var shown: String { log.description }

    var description: String { "\(log) of \(system) by \(mapping) for \(tenants)" }
}
