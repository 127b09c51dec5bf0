import Foundation
import Synchronization
import Vocabulary

@testable import Ingest

/// A real Postgres 15 server for the tests: on a Unix socket of its own, started at the first use
/// and stopped when the test process ends.
final class ScratchCluster: Sendable {
    static let shared = ScratchCluster()

    let folder: String
    private let failure: String?
    /// A short path: the name of a Unix socket may have 107 bytes.
    private static let temporary = FileManager.default.temporaryDirectory.path
    private static let binaries = "/usr/lib/postgresql/15/bin/"
    private let count = Atomic<Int>(0)

    /// Whether it is the shared one, which lives as long as the process.
    private let isShared: Bool

    private convenience init() { self.init(named: nil, settings: []) }

    /// Another server, for tests that change what all databases share; `stop()` ends it.
    ///
    /// `original` is the folder of a server to begin with a copy of: a stopped one, or with
    ///   `isStandby` a running one that it then follows.
    init(
        named name: String?, settings more: [String], copying original: String? = nil,
        isStandby: Bool = false
    ) {
        isShared = name == nil
        let folder =
            Self.temporary + "/reportd-ingest-\(getpid())" + (name.map { "-" + $0 } ?? "")
        self.folder = folder
        let settings =
            [
                "listen_addresses=''", "unix_socket_directories='\(folder)'", "wal_level=logical",
                "fsync=off", "max_replication_slots=400", "max_wal_senders=60",
                "max_connections=120",
                "wal_sender_timeout=10s", "shared_buffers=64MB", "log_min_messages=warning",
                "max_slot_wal_keep_size='4GB'",
            ] + more
        let owner = getuid() == 0 ? "postgres" : NSUserName()
        let steps = [
            ["mkdir", "-p", folder],
            ["chown", owner, folder],
            original.map { original in
                isStandby
                    ? Self.asOwner([
                        "pg_basebackup", "-h", original, "-U", "postgres", "-D", folder + "/data",
                        "-R", "-c", "fast", "--no-sync",
                    ]) : ["cp", "-a", original + "/data", folder + "/data"]
            }
                ?? Self.asOwner([
                    "initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres", "-E",
                    "UTF8", "--no-sync", "--locale=C.UTF-8",
                ]),
            Self.asOwner([
                "pg_ctl", "-D", folder + "/data", "-l", folder + "/log", "-w", "-o",
                settings.map { "-c " + $0 }.joined(separator: " "), "start",
            ]),
        ]
        var problem: String?
        for step in steps where problem == nil {
            let (code, output) = Self.shell(step)
            if code != 0 { problem = "\(step.joined(separator: " ")): \(output)" }
        }
        failure = problem
        if isShared { atexit { ScratchCluster.shared.stop() } }
    }

    /// Ends the server and removes its folder.
    func stop() {
        halt(mode: "immediate")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends the server; `fast` in order, `immediate` as a crash does.
    func halt(mode: String = "fast") {
        _ = Self.shell(Self.asOwner(["pg_ctl", "-D", folder + "/data", "-m", mode, "stop"]))
    }

    /// Starts a server that was ended, with the settings that it had.
    func start() {
        _ = Self.shell(
            Self.asOwner(["pg_ctl", "-D", folder + "/data", "-l", folder + "/log", "-w", "restart"])
        )
    }

    /// Makes a standby the primary.
    func promote() {
        _ = Self.shell(Self.asOwner(["pg_ctl", "-D", folder + "/data", "-w", "promote"]))
    }

    private static func asOwner(_ command: [String]) -> [String] {
        let full = [binaries + command[0]] + command.dropFirst()
        return getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + full : full
    }

    /// Runs a command through the shell: a `Process` would wait for the server's end, since the
    /// server inherits the descriptor that it watches.
    private static func shell(_ command: [String]) -> (Int32, String) {
        let path = temporary + "/reportd-ingest-\(getpid()).out"
        let line = command.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
            .joined(separator: " ")
        let code = system("cd '\(temporary)' && \(line) >\(path) 2>&1 </dev/null")
        defer { try? FileManager.default.removeItem(atPath: path) }
        return (code, (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    }

    /// A connection string for a database.
    func connection(_ database: String, user: String = "postgres") -> String {
        "host=\(folder) dbname=\(database) user=\(user)"
    }

    /// Runs SQL and returns its rows as text.
    @discardableResult
    func sql(_ database: String, _ text: String) throws -> [[String?]] {
        if let failure { throw Advice(.input, "the scratch server did not start: \(failure)") }
        let connection = try PostgresConnection(
            ConnectionSettings(connection(database), source: "test"), replication: false,
            application: "test", interrupt: Interrupt())
        return try connection.query(text)
    }

    /// Makes a database with the given content and returns its name.
    func database(_ content: String = "") throws -> String {
        let name = "t\(count.add(1, ordering: .relaxed).newValue)"
        try sql("postgres", "CREATE DATABASE \(name)")
        if !content.isEmpty { try sql(name, content) }
        return name
    }
}

/// A folder that is removed with its owner.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/ingest-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
        return path + "/" + name
    }
}
