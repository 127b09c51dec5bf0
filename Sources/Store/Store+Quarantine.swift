import GRDB

/// How many rows of a table are in quarantine.
public struct QuarantineCount: Sendable, Hashable {
    /// All of them.
    public var rows = 0
    /// Those of which more than the key is kept.
    public var kept = 0

    /// None.
    public init() {}
}

extension Store {
    /// How many rows of each source and table are in quarantine; those without any are left out.
    ///
    /// - Throws: `Advice` when the file cannot be read.
    public func quarantineTables() throws -> [String: [String: QuarantineCount]] {
        try StoreFile.advising {
            try readerQueue.read { db in try StoreCatalog.quarantineCounts(in: db) }
        }
    }

    /// How many rows of each source are in quarantine; sources without any are left out.
    ///
    /// - Throws: `Advice` when the file cannot be read.
    public func quarantineCounts() throws -> [String: Int] {
        try quarantineTables().mapValues { tables in tables.values.reduce(0) { $0 + $1.rows } }
    }
}

extension StoreCatalog {
    /// Counts the rows in quarantine, per source and table.
    static func quarantineCounts(in db: Database) throws -> [String: [String: QuarantineCount]] {
        var counts: [String: [String: QuarantineCount]] = [:]
        for row in try Row.fetchAll(
            db,
            sql: "SELECT source, table_name, count(*), sum(content <> '') FROM quarantine "
                + "GROUP BY source, table_name")
        {
            var count = QuarantineCount()
            (count.rows, count.kept) = (row[2], row[3])
            counts[row[0], default: [:]][row[1]] = count
        }
        return counts
    }
}
