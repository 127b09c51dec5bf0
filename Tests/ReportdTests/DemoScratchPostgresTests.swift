import Foundation
import Testing
import Vocabulary

@testable import reportd

/// A folder that is gone, with its cluster stopped, when the test is over.
final class DemoFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/reportd-test-\(UUID().uuidString)"
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Scratch Postgres")
struct DemoScratchPostgresTests {
    let folder = DemoFolder()

    @Test("starts, keeps its data over a restart, and starting twice changes nothing")
    func restarts() throws {
        let postgres = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try postgres.start()
        try postgres.start()
        #expect(postgres.ownsServer)
        try postgres.createDatabase("kept")
        try postgres.createDatabase("kept")
        try postgres.execute(
            "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tæ,\"ø\"\\nå\n2\t\\N\n3\t\n\\.\n",
            database: "kept")
        postgres.stop()
        #expect(throws: Advice.self) { try postgres.query("SELECT 1") }
        try postgres.start()
        let rows = try postgres.query("SELECT a, b FROM t ORDER BY a", database: "kept")
        #expect(rows == [["1", "æ,\"ø\"\nå"], ["2", nil], ["3", ""]])
        let settings = try postgres.query(
            """
            SELECT name, setting FROM pg_settings WHERE name IN ('wal_level', 'listen_addresses',
            'server_encoding', 'lc_collate', 'unix_socket_permissions') ORDER BY 1
            """)
        #expect(
            settings == [
                ["lc_collate", "C.UTF-8"], ["listen_addresses", ""], ["server_encoding", "UTF8"],
                ["unix_socket_permissions", "0700"], ["wal_level", "logical"],
            ])
        postgres.stop()
    }

    @Test("the socket's folder is closed to other users")
    func isPrivate() throws {
        let postgres = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try postgres.start()
        defer { postgres.stop() }
        let attributes = try FileManager.default.attributesOfItem(
            atPath: postgres.location.socketFolder)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
    }

    @Test("a server of another owner is used and left running")
    func adopts() throws {
        let owner = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try owner.start()
        defer { owner.stop() }
        let guest = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try guest.start()
        #expect(!guest.ownsServer)
        #expect(try guest.query("SELECT 1") == [["1"]])
        guest.stop()
        #expect(try owner.query("SELECT 1") == [["1"]])
    }

    @Test("a lock file that names some other process does not keep the server from starting")
    func clearsStaleLock() throws {
        let postgres = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try postgres.start()
        let lock = postgres.location.data + "/postmaster.pid"
        let text = try String(contentsOfFile: lock, encoding: .utf8)
        postgres.stop()
        let own = ProcessInfo.processInfo.processIdentifier
        let stale = "\(own)\n" + text.split(separator: "\n").dropFirst().joined(separator: "\n")
        try Data(stale.utf8).write(to: URL(fileURLWithPath: lock))
        try postgres.start()
        #expect(postgres.ownsServer)
        #expect(try postgres.query("SELECT 1") == [["1"]])
        postgres.stop()
    }

    @Test("a path too long for a socket moves the socket and says so")
    func longPath() throws {
        let deep = folder.path + "/" + String(repeating: "mappe-", count: 20)
        let postgres = try ScratchPostgres(folder: deep, durability: .disposable)
        defer { try? FileManager.default.removeItem(atPath: postgres.location.socketFolder) }
        try postgres.start()
        defer { postgres.stop() }
        #expect(postgres.location.folder == deep)
        #expect(postgres.location.socketFolder != deep)
        #expect(postgres.location.notes.count == 1)
        #expect(postgres.location.notes.first?.contains("too long") == true)
        #expect(try postgres.query("SELECT 1") == [["1"]])
    }

    @Test("as root, a folder that user postgres may not enter moves the cluster and says so")
    func closedFolder() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let wanted = folder.path + "/inner"
        let moved = ScratchPostgres.Location(
            folder: wanted, user: .postgres(uid: 999, gid: 999))
        #expect(moved.folder != wanted)
        #expect(moved.notes.first?.contains("may not enter \(folder.path)") == true)
        let kept = ScratchPostgres.Location(folder: wanted, user: .ourselves(uid: 1000))
        #expect(kept.folder == wanted)
        #expect(kept.notes.isEmpty)
    }

    @Test("a machine without PostgreSQL is told which package to install")
    func missingPrograms() throws {
        let advice = #expect(throws: Advice.self) {
            try ScratchPostgres.Programs.locate(in: ["/nonexistent"])
        }
        #expect(advice?.kind == .unreachable)
        #expect(advice?.description.contains("apt-get install postgresql") == true)
    }

    @Test("a refused statement is an error that carries the server's words")
    func refusedStatement() throws {
        let postgres = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try postgres.start()
        defer { postgres.stop() }
        let advice = #expect(throws: Advice.self) {
            try postgres.execute("SELECT 1;\nSELECT nonsense;\n")
        }
        #expect(advice?.kind == .input)
        #expect(advice?.cause?.contains("nonsense") == true)
    }

    @Test("the server ends when its owner is killed with signal 9, and can be started again")
    func diesWithItsParent() async throws {
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let postgres = try ScratchPostgres(folder: path, durability: .disposable)
            try postgres.start()
            try postgres.execute("CREATE TABLE survived (a int)")
            // Later than a pool would retire its idle threads, were the server tied to one.
            try await Task.sleep(for: .milliseconds(300))
            kill(getpid(), SIGKILL)
        }
        let lock = path + "/data/postmaster.pid"
        let end = ContinuousClock.now + .seconds(15)
        while FileManager.default.fileExists(atPath: lock), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(!FileManager.default.fileExists(atPath: lock))
        let postgres = try ScratchPostgres(folder: path, durability: .disposable)
        try postgres.start()
        #expect(postgres.ownsServer)
        #expect(try postgres.query("SELECT count(*) FROM survived") == [["0"]])
        postgres.stop()
    }
}
