import Counterparts
import Foundation
import GRDB
import Testing
import Vocabulary

@testable import reportd

@Suite("State file")
struct DeliveryStateFileTests {
    private let folder: DeliveryFolder

    init() throws { folder = try DeliveryFolder() }

    private var path: String { folder.path + "/state.sqlite" }

    @Test("is durable, in rollback-journal mode, for its owner only, and opens again")
    func opens() throws {
        for _ in 0..<2 {
            let state = try StateFile(path: path)
            let settings = try state.read { db in
                [
                    try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                    try String.fetchOne(db, sql: "PRAGMA synchronous"),
                    try String.fetchOne(db, sql: "PRAGMA foreign_keys"),
                ]
            }
            #expect(settings == ["delete", "2", "1"])
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("steps are taken once, and further ones may be added by other parts")
    func migrates() throws {
        let notes = StateMigration(name: "notes-1") { db in
            try db.execute(sql: "CREATE TABLE note (name TEXT PRIMARY KEY) STRICT")
        }
        _ = try StateFile(path: path)
        let grown = try StateFile(path: path, migrations: [notes] + StateFile.migrations)
        try grown.write { db in try db.execute(sql: "INSERT INTO note VALUES ('anna')") }
        let again = try StateFile(path: path, migrations: StateFile.migrations + [notes])
        #expect(
            try again.read { try String.fetchAll($0, sql: "SELECT name FROM note") } == ["anna"])
        let advice = #expect(throws: Advice.self) { try StateFile(path: path) }
        #expect(
            advice?.description
                == "\(path) was written by a newer reportd; run that version, or restore the "
                + "backup made before it was installed")
    }

    @Test("what cannot be used is said in one line")
    func advice() throws {
        let other = folder.path + "/other.sqlite"
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE t (a)") }
        let noise = try folder.write(String(repeating: "not a database ", count: 99), to: "noise")
        let cases: [(String, Advice.Kind, String)] = [
            (
                other, .damaged,
                "\(other) is not a state file of reportd; check ‘state’ in the configuration"
            ),
            (
                noise, .damaged,
                "the state file \(noise) is damaged or is another kind of file; check ‘state’ in "
                    + "the configuration, or restore the latest backup"
            ),
            (
                folder.path + "/no/state", .storage,
                "cannot write the state file \(folder.path)/no/state; check that its folder "
                    + "exists and that this user may write there"
            ),
        ]
        for (path, kind, words) in cases {
            let advice = #expect(throws: Advice.self) { try StateFile(path: path) }
            #expect(advice?.kind == kind)
            #expect(advice?.description == words)
        }
        #expect(try DatabaseQueue(path: other).read { try $0.tableExists("t") })
    }

    @Test("a failed write changes nothing, and a foreign key holds")
    func atomic() async throws {
        let state = try StateFile(path: path)
        await #expect(throws: Advice.self) {
            try await state.write { db in
                try db.execute(sql: "INSERT INTO schedule_mark VALUES ('a', 't', 1)")
                try db.execute(
                    sql: """
                        INSERT INTO delivery_attempt (delivery, number, began, reply, byte_count)
                            VALUES (9, 1, 0, '', 0)
                        """)
            }
        }
        #expect(try await DeliveryLedger(state).marks().isEmpty)
    }

    @Test("every change by any process is counted, and reading is none")
    func counts() throws {
        let (state, other) = (try StateFile(path: path), try StateFile(path: path))
        var last = try #require(state.changeCount)
        func changed() throws -> Bool {
            let now = try #require(state.changeCount)
            #expect(other.changeCount == now)
            defer { last = now }
            return now != last
        }
        #expect(try state.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM user") } == 0)
        #expect(try !changed())
        try state.write { try $0.execute(sql: "INSERT INTO schedule_mark VALUES ('a', 't', 1)") }
        #expect(try changed())
        try other.write { try $0.execute(sql: "INSERT INTO schedule_mark VALUES ('b', 't', 1)") }
        #expect(try changed())
        #expect(try Self.writes(to: path) == "done")
        #expect(try changed())
        #expect(throws: Advice.self) {
            try state.write { db in
                try db.execute(sql: "INSERT INTO schedule_mark VALUES ('c', 't', 1)")
                throw Advice(.request, "no", remedy: "no")
            }
        }
        #expect(try !changed())
    }

    @Test("looking at the file in the midst of a change lets nobody else in")
    func locks() throws {
        let state = try StateFile(path: path)
        var other: StateFile? = try StateFile(path: path)
        #expect(other?.changeCount != nil)
        try state.write { db in
            try db.execute(sql: "INSERT INTO schedule_mark VALUES ('a', 't', 1)")
            #expect(try CloseBook(state: path).all().isEmpty)
            other = nil
            #expect(ChangeCounter.of(path)?.value != nil)
            #expect(try Self.writes(to: path) == "database is locked")
        }
        #expect(try Self.writes(to: path) == "done")
    }

    /// What becomes of a change by another process, which does not wait.
    private static func writes(to path: String) throws -> String {
        try Readers.python(
            """
            import sqlite3
            try:
                db = sqlite3.connect(sys.argv[1], timeout=0)
                db.execute("INSERT OR REPLACE INTO schedule_mark VALUES ('z', 't', abs(random()) % 99)")
                db.commit()
                emit("done")
            except sqlite3.OperationalError as error:
                emit(str(error))
            """, [path], as: String.self)
    }
}
