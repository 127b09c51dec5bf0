import Foundation
import GRDB
import Store
import Vocabulary

extension ExportLedger {
    /// Exports, the latest first.
    ///
    /// - Parameters:
    ///   - owner: Only those of this user.
    ///   - limit: At most so many.
    /// - Returns: The exports as they are now.
    /// - Throws: `Advice` when the state file cannot be read.
    func list(owner: String? = nil, limit: Int = 200) async throws -> [Export] {
        try await file.read { db in
            try Self.fetch(
                db, "WHERE ?1 IS NULL OR owner = ?1 ORDER BY asked DESC, id LIMIT ?2",
                [owner, limit])
        }
    }

    /// An export; nil when there is none of this identifier.
    func export(_ id: String) async throws -> Export? {
        guard Export.isID(id) else { return nil }
        return try await file.read { db in try Self.fetch(db, "WHERE id = ?", [id]).first }
    }

    /// Identifiers of exports whose files, whole or in part, belong where they are.
    func wanted() async throws -> Set<String> {
        try await file.read { db in
            Set(
                try String.fetchAll(
                    db, sql: "SELECT id FROM export WHERE state IN ('running', 'done')"))
        }
    }

    /// How many exports are in each state.
    func counts() async throws -> [(Export.State, Int)] {
        let found = try await file.read { db in
            try Row.fetchAll(db, sql: "SELECT state, count(*) AS count FROM export GROUP BY state")
                .map { (state: $0["state"] as String, count: $0["count"] as Int) }
        }
        return Export.State.allCases.map { state in
            (state, found.first { $0.state == state.rawValue }?.count ?? 0)
        }
    }

    static func fetch(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [Export] {
        try Row.fetchAll(db, sql: "SELECT * FROM export " + condition, arguments: arguments)
            .map(export)
    }

    private static func export(_ row: Row) throws -> Export {
        let id: String = row["id"]
        let request: String = row["request"]
        let pin: String = row["pin"]
        let companies: String = row["companies"]
        guard let state = Export.State(rawValue: row["state"]),
            let role = Role(rawValue: row["role"]),
            let request = try? JSONDecoder().decode(ExportRequest.self, from: Data(request.utf8)),
            let pin = try? JSONDecoder().decode(ReportPin.self, from: Data(pin.utf8))
        else {
            throw Advice(
                .damaged, "export \(id) of the state file cannot be read",
                remedy: "restore the latest backup of the state file")
        }
        func instant(_ name: String) -> Instant? {
            (row[name] as Int64?).map(Instant.init(microseconds:))
        }
        var file: Export.File?
        if let name = row["file_name"] as String?, let bytes = row["bytes"] as Int?,
            let sha256 = row["sha256"] as String?
        {
            file = Export.File(name: name, bytes: bytes, sha256: sha256)
        }
        return Export(
            id: id,
            owner: Principal(
                name: row["owner"], role: role,
                companies: Set(companies.split(separator: " ").map(String.init)),
                userKey: row["user_key"]),
            request: request, pin: pin, state: state,
            asked: Instant(microseconds: row["asked"]), began: instant("began"),
            ended: instant("ended"), expires: instant("expires"), attempts: row["attempts"],
            rows: row["rows"], rowsInAll: row["rows_in_all"], file: file, reason: row["reason"])
    }
}
