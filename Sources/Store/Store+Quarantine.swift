import GRDB
public import Vocabulary

/// How many rows of a table are in quarantine.
public struct QuarantineCount: Sendable, Hashable {
    /// All of them.
    public var rows = 0
    /// Those of which more than the key is kept.
    public var kept = 0

    /// None.
    public init() {}
}

/// Rows of one table that were put aside by one commit and still are.
public struct QuarantinedRows: Sendable, Hashable {
    /// The source, and its table.
    public let source: String
    /// The table, as the source calls it.
    public let table: String
    /// When they were put aside; nil where the moment is no longer known.
    public let time: Instant?
    /// How many.
    public let count: Int
}

extension Snapshot {
    /// What `lastCommit(of:)` calls the quarantine; no model has such a name.
    public static let quarantineName = "(quarantine)"

    /// The rows in quarantine, by source, table and commit.
    ///
    /// They are those of the newest state, whatever moment the snapshot shows: a row that has left the
    /// quarantine leaves no trace. Nobody knows which company a row is of before it is taken over.
    ///
    /// - Throws: `Advice` when the file cannot be read.
    public func quarantine() throws -> [QuarantinedRows] {
        try StoreFile.advising {
            try chunks.queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT q.source, q.table_name, c.time, count(*) FROM quarantine q "
                        + "LEFT JOIN commit_log c ON c.number = q.commit_number "
                        + "GROUP BY q.source, q.table_name, q.commit_number ORDER BY 1, 2, "
                        + "q.commit_number"
                ).map { row in
                    QuarantinedRows(
                        source: row[0], table: row[1],
                        time: (row[2] as Int64?).map { Instant(microseconds: $0) }, count: row[3])
                }
            }
        }
    }
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
