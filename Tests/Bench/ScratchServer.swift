import Foundation
import Vocabulary

/// A Postgres server for one run: on a Unix socket in a folder of its own, with its usual
/// durability, gone when we are.
///
/// PostgreSQL refuses to run as root; then the server runs as the system user `postgres`.
final class ScratchServer {
    /// The folder of socket and data.
    let folder: String
    private let binaries: String
    private let ended = DispatchSemaphore(value: 0)
    /// The server's first process.
    let pid: Int32
    private let signals: [any DispatchSourceSignal]

    /// Makes a cluster and starts its server.
    ///
    /// - Throws: `Advice` with the end of the log when it does not come up.
    init() throws {
        binaries = try Self.newestBinaries()
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-bench-\(getpid())").path
        self.folder = folder
        var privileges: [String] = []
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        if geteuid() == 0 {
            let names = ["--reuid=postgres", "--regid=postgres", "--init-groups"]
            privileges = ["/usr/bin/setpriv"] + names + ["--pdeathsig=INT", "--"]
            try ProgramRun.output(of: ["/usr/bin/chown", "postgres:", folder])
        } else {
            privileges = ["/usr/bin/setpriv", "--pdeathsig=INT", "--"]
        }
        say("Starting a scratch Postgres in \(folder)")
        do {
            try ProgramRun.output(
                of: privileges + [
                    binaries + "/initdb", "--pgdata=\(folder)/data", "--username=bench",
                    "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
                ], in: folder)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(folder)", "wal_level=logical",
            "shared_buffers=256MB", "max_wal_size=4GB", "timezone=UTC", "logging_collector=off",
        ]
        // The server is to end when the thread that made it ends, so that thread waits for it.
        let started = DispatchSemaphore(value: 0)
        let (process, ended) = (Process(), ended)
        process.executableURL = URL(fileURLWithPath: privileges[0])
        process.arguments =
            privileges.dropFirst() + [binaries + "/postgres", "-D", folder + "/data"]
            + settings.flatMap { ["-c", $0] }
        process.environment = ProgramRun.environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        let log = folder + "/log"
        guard FileManager.default.createFile(atPath: log, contents: nil) else {
            throw Advice(.storage, "cannot write \(log)", remedy: "make room on that disk")
        }
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = process.standardOutput
        let thread = Thread {
            try? process.run()
            started.signal()
            if process.isRunning { process.waitUntilExit() }
            ended.signal()
        }
        thread.start()
        started.wait()
        let pid = process.processIdentifier
        self.pid = pid
        // Ctrl-C reaches the server, too; we wait for its end and leave no folder behind.
        signals = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                kill(pid, SIGINT)
                _ = ended.wait(timeout: .now() + 20)
                try? FileManager.default.removeItem(atPath: folder)
                exit(128 + number)
            }
            source.activate()
            return source
        }
        try awaitAnswer(log: log)
    }

    private func awaitAnswer(log: String) throws {
        for _ in 0..<600 {
            let ready = try? ProgramRun.output(
                of: [binaries + "/pg_isready", "--quiet", "--host=\(folder)"])
            if ready != nil { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        stop()
        throw Advice(
            .unreachable, "the scratch Postgres did not come up", remedy: "see the end of its log",
            cause: String(words.suffix(600)))
    }

    /// Ends the server and removes its folder.
    func stop() {
        for source in signals { source.cancel() }
        kill(pid, SIGINT)
        if ended.wait(timeout: .now() + 30) == .timedOut { kill(pid, SIGQUIT) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The path of a program that came with the server.
    func program(_ name: String) -> String { "\(binaries)/\(name)" }

    /// Debian's programs of the newest version.
    private static func newestBinaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = versions.compactMap({ Int($0) }).max() else {
            throw Advice(
                .unreachable, "there is no PostgreSQL server in \(root)",
                remedy: "run: apt-get install postgresql")
        }
        return "\(root)/\(newest)/bin"
    }

    // MARK: Databases

    /// The connection string of a database.
    func connection(_ database: String) -> String {
        "host=\(folder) user=bench dbname=\(database)"
    }

    /// The client and its arguments, up to the commands.
    func psql(_ database: String) -> [String] {
        [
            "/usr/bin/psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1",
            "--dbname=\(connection(database))",
        ]
    }

    /// Runs commands one after the other, SQL or psql's own, and returns what psql prints.
    @discardableResult
    func run(_ commands: [String], in database: String) throws -> String {
        try ProgramRun.output(of: psql(database) + commands.flatMap { ["--command", $0] })
    }

    /// The one row of a statement, its values as text.
    func row(_ sql: String, in database: String) throws -> [String] {
        let text = try ProgramRun.output(
            of: psql(database) + ["--tuples-only", "--no-align", "--command", sql])
        return text.split(separator: "\n").first.map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        } ?? []
    }
}
