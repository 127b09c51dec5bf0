import GRDB

extension Store {
    /// How many rows of each source are in quarantine; sources without any are left out.
    ///
    /// - Throws: `Advice` when the file cannot be read.
    public func quarantineCounts() throws -> [String: Int] {
        try StoreFile.advising {
            try readerQueue.read { db in
                var counts: [String: Int] = [:]
                for row in try Row.fetchAll(
                    db, sql: "SELECT source, count(*) FROM quarantine GROUP BY source")
                {
                    counts[row[0]] = row[1]
                }
                return counts
            }
        }
    }
}
