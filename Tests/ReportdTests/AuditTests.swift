import Counterparts
import Foundation
import GRDB
import Logging
import Testing
import Vocabulary

@testable import reportd

@Suite("Audit log")
struct AuditTests {
    private let folder: DeliveryFolder
    private let state: StateFile
    private let audit: AuditLog

    init() throws {
        folder = try DeliveryFolder()
        state = try StateFile(path: folder.path + "/state.sqlite")
        audit = AuditLog(state, clock: .fixed(FirstLightWorld.now))
    }

    private func fill(_ count: Int = 5) async throws {
        for number in 1...count {
            try await audit.enter(
                AuditEvent(
                    kind: .download, who: "mette \(number)", address: "192.0.2.\(number)",
                    subject: "sales-register \"\(number)\"", details: ["rows": "\(number)"]))
        }
    }

    @Test("entries are numbered, chained and found again")
    func entered() async throws {
        #expect(try await audit.verify() == .init(entries: 0, head: AuditEntry.origin, broken: nil))
        try await fill()
        let entries = try await audit.entries()
        #expect(entries.map(\.number) == [1, 2, 3, 4, 5])
        #expect(entries[4].details == "{\"rows\":\"5\"}")
        let verdict = try await audit.verify()
        #expect(verdict == .init(entries: 5, head: entries[4].hash, broken: nil))
        #expect(try await audit.holds(hash: entries[2].hash))
        #expect(try await audit.entries(.init(who: "mette 3")).map(\.number) == [3])
        #expect(try await audit.entries(.init(after: 3)).map(\.number) == [4, 5])
        #expect(try await audit.entries(.init(limit: 2)).map(\.number) == [4, 5])
        #expect(try await audit.entries(.init(kind: "denied")).isEmpty)
        // The chain is plain SHA-256, which another program computes as well.
        let chain = try Readers.python(
            """
            import sqlite3, hashlib
            last = "0" * 64
            for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM audit ORDER BY number"):
                text = json.dumps([last, *row[:7]], ensure_ascii=False, separators=(",", ":"))
                last = hashlib.sha256(text.encode()).hexdigest()
                assert last == row[7], row
            emit(last)
            """, [state.path], as: String.self)
        #expect(chain == verdict.head)
    }

    @Test(
        "the file refuses to change, delete or replace an entry",
        arguments: [
            "UPDATE audit SET who = 'nobody' WHERE number = 2", "DELETE FROM audit",
            "DELETE FROM audit WHERE number = 5",
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 5",
            "INSERT INTO audit SELECT 9, time, kind, who, address, subject, details, hash "
                + "FROM audit WHERE number = 5",
        ])
    func refused(statement: String) async throws {
        try await fill()
        await #expect(throws: Advice.self) {
            try await state.write { db in try db.execute(sql: statement) }
        }
        #expect(try await audit.verify().entries == 5)
        #expect(try await audit.verify().broken == nil)
    }

    @Test(
        "what was changed around the program is noticed, and where",
        arguments: [
            ("UPDATE audit SET who = 'nobody' WHERE number = 2", 2),
            ("UPDATE audit SET time = time + 1 WHERE number = 5", 5),
            ("UPDATE audit SET details = '{}' WHERE number = 1", 1),
            ("DELETE FROM audit WHERE number = 3", 3),
            (
                "UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 3) "
                    + "WHERE number = 4", 4
            ),
        ] as [(String, Int64)])
    func tampered(statement: String, place: Int64) async throws {
        try await fill()
        try await state.write { db in
            for trigger in ["update", "delete", "insert"] {
                try db.execute(sql: "DROP TRIGGER audit_\(trigger)")
            }
            try db.execute(sql: statement)
        }
        let verdict = try await audit.verify()
        #expect(verdict.broken == place)
        #expect(verdict.entries == place - 1)
    }

    @Test("what is refused by the hundred is counted, not written by the hundred")
    func flood() async throws {
        let log = Logger(label: "test")
        for _ in 0..<(AuditLog.refusalsPerMinute + 40) {
            await audit.enterRefusal(AuditEvent(kind: .tokenRefused), log: log)
        }
        #expect(try await audit.verify().entries == Int64(AuditLog.refusalsPerMinute))
    }

    @Test("addresses are left out where that is wanted")
    func addresses() async throws {
        let discreet = AuditLog(
            state, clock: .fixed(FirstLightWorld.now), keepsAddresses: false)
        try await discreet.enter(
            AuditEvent(kind: .signIn, who: "mette", address: "192.0.2.1"))
        #expect(try await audit.entries().map(\.address) == [nil])
    }

    @Test("sign-ins, refusals, users, closes and deliveries are entered where they happen")
    func everywhere() async throws {
        let scene = try ExportScene()
        try scene.world.signUp()
        try await scene.serving { server in
            let page = try await server.get("/sign-in")
            let match = try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/))
            for password in ["not it", "a password of tests"] {
                let form =
                    "token=\(match.output.1)&name=test&next=%2F&password="
                    + password.replacing(" ", with: "+")
                _ = try await server.post(
                    "/sign-in", form,
                    headers: ["X-Forwarded-For": "198.51.100.9, 203.0.113.5"])
            }
            _ = try await server.get("/api/v1/dashboards", token: "not.a.token")
        }
        try scene.world.set("2026-12-01T10:00:00Z")
        let close = try scene.world.closing.close(
            "rendetalje", try PeriodName("2026-11"), reports: ["sales-register"], by: "bo",
            locale: "en")
        let id = try #require(try scene.world.workplace.closes.all().first?.id)
        try scene.world.workplace.closes.reopen(
            id, .init(time: close.closedAt, by: "bo", reason: "a late invoice"))
        try UserBook(state: scene.state).remove("test")
        let entries = try await scene.audit.entries()
        #expect(
            entries.map(\.kind) == [
                "user", "sign-in-refused", "sign-in", "token-refused", "closed", "reopened", "user",
            ])
        #expect(entries[1].who == "test" && entries[2].who == "test")
        // Of what a proxy on this machine says, the last address counts.
        #expect(entries[1].address == "203.0.113.5")
        #expect(entries[3].subject == "GET /api/v1/dashboards")
        #expect(entries[5].details.contains("a late invoice"))
        #expect(entries.allSatisfy { !$0.details.contains("password") })
        #expect(try await scene.audit.verify().broken == nil)
    }

    @Test("a changed configuration is noticed at the next start, once")
    func configuration() async throws {
        let scene = try ExportScene(sales: 4)
        let workplace = scene.world.workplace
        let watch = ConfigurationAudit(scene.audit)
        for _ in 0..<2 { try await watch.enterStart(workplace.configuration, workplace.shelf) }
        await watch.enterReload(workplace.shelf, log: Logger(label: "test"))
        #expect(try await scene.kinds() == ["configuration"])
        let path = scene.world.folder + "/reportd.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "audit: {addresses: false}\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        try await watch.enterStart(try Settings(contentsOf: path), workplace.shelf)
        #expect(try await scene.kinds() == ["configuration", "configuration"])
    }

    @Test("administrators read it as JSON and CSV, and other programs read the CSV")
    func read() async throws {
        let scene = try ExportScene(sales: 4)
        for number in 0..<3 {
            try await scene.audit.enter(
                AuditEvent(kind: .download, who: "=mette", subject: "a, \"\(number)\"\nb"))
        }
        try await scene.serving { server in
            let token = try await server.token(.admin, ["rendetalje"])
            let answer = try await server.get("/api/v1/audit?limit=2&kind=download", token: token)
            let value = try #require(
                try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
            let numbers = (value["entries"] as? [[String: Any]])?.compactMap {
                $0["number"] as? Int
            }
            #expect(numbers == [2, 3])
            let csv = try await server.get("/api/v1/audit.csv", token: token)
            let path = scene.world.folder + "/audit.csv"
            try csv.body.write(to: URL(fileURLWithPath: path))
            let rows = try Readers.python(
                "import csv; emit(list(csv.reader(open(sys.argv[1], newline=''))))", [path],
                as: [[String]].self)
            #expect(rows.count == 4)
            #expect(rows[3][5] == "a, \"2\"\nb")
            #expect(rows[3][3] == "'=mette", "no spreadsheet takes a name for a formula")
            for wrong in ["?kind=x", "?limit=0", "?since=soon", "?number=1"] {
                #expect(try await server.get("/api/v1/audit" + wrong, token: token).status == 400)
            }
        }
    }
}
