import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest

/// A server of its own for a test that breaks, copies or renumbers it; stopped with its owner.
final class PollingCluster: Sendable {
    let folder: String
    private let settings: [String]
    private static let binaries = "/usr/lib/postgresql/15/bin/"
    private static let count = Atomic<Int>(0)

    /// Makes an empty cluster and starts it, or a standby of another one.
    init(settings: [String] = [], standbyOf primary: PollingCluster? = nil, starts: Bool = true)
        throws
    {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        folder = FileManager.default.temporaryDirectory.path + "/reportd-poll-\(getpid())-\(number)"
        self.settings =
            [
                "listen_addresses=''", "unix_socket_directories='\(folder)'", "fsync=off",
                "shared_buffers=32MB", "max_connections=30", "wal_receiver_status_interval=1s",
            ] + settings
        try Self.run(["mkdir", "-p", folder], asOwner: false)
        try Self.run(
            ["chown", getuid() == 0 ? "postgres" : NSUserName(), folder], asOwner: false)
        if let primary {
            try Self.run([
                Self.binaries + "pg_basebackup", "-h", primary.folder, "-U", "postgres", "-D",
                folder + "/data", "-R", "-c", "fast",
            ])
        } else {
            try Self.run([
                Self.binaries + "initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres",
                "-E", "UTF8", "--no-sync", "--locale=C.UTF-8",
            ])
        }
        if starts { try start() }
    }

    deinit {
        try? stop("immediate")
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() throws {
        try control([
            "-l", folder + "/log", "-o", settings.map { "-c " + $0 }.joined(separator: " "),
            "start",
        ])
    }

    func stop(_ mode: String = "fast") throws { try control(["-m", mode, "stop"]) }

    func promote() throws { try control(["promote"]) }

    private func control(_ words: [String]) throws {
        try Self.run([Self.binaries + "pg_ctl", "-D", folder + "/data", "-w"] + words)
    }

    /// Runs one of the server's programs on its data.
    func run(_ program: String, _ arguments: [String]) throws {
        try Self.run([Self.binaries + program] + arguments + ["-D", folder + "/data"])
    }

    private static func run(_ words: [String], asOwner: Bool = true) throws {
        let full = (asOwner && getuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []) + words
        let line = full.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
            .joined(separator: " ")
        // Through the shell, since the server inherits what a `Process` would wait for.
        let code = system("cd / && \(line) >/dev/null 2>&1 </dev/null")
        guard code == 0 else { throw Advice(.input, "\(line) ended with \(code)") }
    }

    var connection: String { "host=\(folder) dbname=postgres user=postgres" }

    @discardableResult
    func sql(_ text: String) throws -> [[String?]] {
        let connection = try PostgresConnection(
            ConnectionSettings(connection, source: "test"), replication: false,
            application: "test", interrupt: Interrupt())
        return try connection.query(text)
    }

    /// Waits until a standby has replayed all that its primary has written.
    func waitForReplay(of primary: PollingCluster) throws {
        let end = try primary.sql("SELECT pg_current_wal_lsn()")[0][0] ?? ""
        for _ in 0..<500 {
            if try sql("SELECT pg_last_wal_replay_lsn() >= '\(end)'")[0][0] == "t" { return }
            usleep(20_000)
        }
        Issue.record("the standby does not replay")
    }
}

/// A store and a polled source on a cluster of its own.
final class PollingWorld: Sendable {
    let harness: SourceHarness
    let source: PostgresPolling
    private let cluster: PollingCluster

    init(_ harness: SourceHarness, _ cluster: PollingCluster) throws {
        self.harness = harness
        self.cluster = cluster
        source = try harness.polling(
            connection: cluster.connection,
            intervals: PollingIntervals(every: .seconds(1), reconcile: .seconds(86_000)))
    }

    func expectEqual(
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let wanted = try cluster.sql(Self.oracle).compactMap { $0[0] }.sorted()
        let found = try harness.storedSales().map { line in
            let words = line.split(separator: "|", omittingEmptySubsequences: false)
            return "\(words[0])|\(words[1])|\(words[3])"
        }.sorted()
        #expect(!wanted.isEmpty, comment, sourceLocation: sourceLocation)
        #expect(found == wanted, comment, sourceLocation: sourceLocation)
    }

    private static let oracle = """
        SELECT concat_ws('|', sale_number, status, (final_amount * 100)::bigint) FROM sales
        """
}
