import GRDB
import Vocabulary

extension Snapshot {
    /// Since which commit the changes of a model's columns are kept, by column.
    ///
    /// Before it a figure of the past is not known. Columns of which no commit was made yet, and
    /// columns without history, are absent.
    public func historyKnownSince(model name: String) throws -> [String: Commit] {
        let model = try schema.model(name)
        let rows = try StoreFile.advising {
            try chunks.queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT c.name, h.since_commit, h.since_time FROM history h "
                        + "JOIN model_column c ON c.id = h.column_id JOIN model m ON m.id = c.model "
                        + "WHERE m.name = ?", arguments: [name])
            }
        }
        var since: [String: Commit] = [:]
        for row in rows where model.column(row[0])?.hasHistory == true {
            since[row[0]] = Commit(
                number: UInt64(row[1] as Int64), time: Instant(microseconds: row[2]))
        }
        return since
    }
}
