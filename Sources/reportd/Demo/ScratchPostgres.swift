import Foundation
import Synchronization
import Vocabulary

/// A PostgreSQL cluster of our own, in a folder of its own, reached by a Unix socket only.
///
/// Life of the server:
///
///     absent ──start()──▶ running, ours ──stop(), deinit, or our death──▶ absent
///     running, another process's ──start()──▶ adopted ──stop()──▶ left to its owner
///
/// The server is our child and gets SIGINT (fast shutdown) from the kernel when we die, however we
/// die. The kernel watches the *thread* that made the child, so each server has a thread of its own
/// that does nothing but wait for it; a thread of a pool could be retired and take the server along.
///
/// Nobody else can reach the server: it listens on no network address, and its socket lies in a
/// folder that only the server's user (and root) may enter. Within that, connections are trusted.
///
/// All calls block the thread they are made on, `start()` for some seconds the first time.
final class ScratchPostgres: Sendable {
    /// How much the cluster cares about a crash of the machine.
    enum Durability: Sendable {
        /// Commits survive a power failure.
        case durable
        /// Faster, for tests: a power failure may ruin the cluster.
        case disposable
    }

    /// The role that owns everything in the cluster.
    static let owner = "postgres"

    /// Where files and socket lie.
    let location: Location
    let programs: Programs
    private let user: ServerUser
    private let durability: Durability
    private let server = Mutex<Server>(.absent)

    private enum Server {
        case absent
        case ours(ServerThread)
        case adopted
    }

    /// Prepares a cluster; nothing is written before `start()`.
    ///
    /// - Parameters:
    ///   - folder: The folder to keep it in; made when missing.
    ///   - durability: Whether commits must survive a power failure.
    /// - Throws: `Advice` when PostgreSQL is not installed.
    init(folder: String, durability: Durability) throws {
        programs = try Programs.locate()
        user = try ServerUser.choose()
        location = Location(folder: folder, user: user)
        self.durability = durability
    }

    deinit { stop() }

    /// The connection string of a database of the cluster, for libpq.
    func connectionString(database: String) -> String {
        func quoted(_ text: String) -> String {
            "'"
                + text.replacingOccurrences(of: "\\", with: "\\\\")
                .replacingOccurrences(of: "'", with: "\\'") + "'"
        }
        return "host=\(quoted(location.socketFolder)) user=\(Self.owner) dbname=\(quoted(database))"
    }

    /// Whether `start()` made the running server, so that `stop()` will end it.
    var ownsServer: Bool {
        server.withLock { if case .ours = $0 { true } else { false } }
    }

    /// Makes the cluster if there is none, starts the server if none runs, and waits for it.
    ///
    /// A server that already runs there, ours or another process's, is used as it is.
    ///
    /// - Throws: `Advice` with the end of the server's log when it does not come up.
    func start() throws {
        try server.withLock { server in
            if case .ours(let thread) = server, thread.isRunning { return }
            try prepareFolders()
            if !FileManager.default.fileExists(atPath: location.data + "/PG_VERSION") {
                try makeCluster()
            }
            if try awaitOtherServer() {
                server = .adopted
                return
            }
            let thread = try ServerThread(
                arguments: serverArguments(), folder: location.folder, log: location.log)
            do {
                try awaitAnswer(of: thread)
            } catch {
                thread.stop()
                throw error
            }
            server = .ours(thread)
        }
    }

    /// Ends our server (fast shutdown: sessions are cut, data is written) and waits for its end.
    ///
    /// A server that another process started is left running.
    func stop() {
        server.withLock { server in
            if case .ours(let thread) = server { thread.stop() }
            server = .absent
        }
    }

    // MARK: Files

    private func prepareFolders() throws {
        for folder in [location.folder, location.socketFolder] {
            let files = FileManager.default
            do {
                try files.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                let attributes = try files.attributesOfItem(atPath: folder)
                let holder = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value
                let kind = attributes[.type] as? FileAttributeType
                guard holder == user.uid || holder == geteuid(), kind == .typeDirectory else {
                    throw Advice(
                        .denied, "\(folder) belongs to another user",
                        remedy: "choose another folder, or run reportd as that user")
                }
                if case .postgres(let uid, let gid) = user {
                    try files.setAttributes(
                        [
                            .ownerAccountID: NSNumber(value: uid),
                            .groupOwnerAccountID: NSNumber(value: gid),
                        ], ofItemAtPath: folder)
                }
                try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            } catch let advice as Advice {
                throw advice
            } catch {
                throw Advice(
                    .storage, "cannot prepare the folder \(folder)",
                    remedy: "check that it can be written, or choose another", cause: "\(error)")
            }
        }
    }

    /// Makes the cluster under another name first, so that an interrupted attempt is not taken
    /// for a cluster.
    private func makeCluster() throws {
        let unfinished = location.data + ".unfinished"
        do {
            if FileManager.default.fileExists(atPath: unfinished) {
                try FileManager.default.removeItem(atPath: unfinished)
            }
            let run = try ProgramRun(
                [programs.setpriv] + user.privileges + [
                    "--", programs.initdb, "--pgdata=\(unfinished)", "--username=\(Self.owner)",
                    "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-instructions",
                    // A power failure within seconds of the making costs a folder without data.
                    "--no-sync",
                ], in: location.folder)
            guard run.status == 0 else {
                throw Advice(
                    .storage, "initdb could not make a cluster in \(location.folder)",
                    remedy: "see its message, and check room and rights there",
                    cause: run.messages)
            }
            // Only the socket, which only the server's user can reach.
            let access = "local all all trust\nlocal replication all trust\n"
            let file = try FileHandle(
                forWritingTo: URL(fileURLWithPath: unfinished + "/pg_hba.conf"))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(access.utf8))
            try file.close()
            try FileManager.default.moveItem(atPath: unfinished, toPath: location.data)
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "cannot make a cluster in \(location.folder)",
                remedy: "check room and rights there", cause: "\(error)")
        }
    }

    // MARK: Server

    private func serverArguments() -> [String] {
        var settings = [
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": location.socketFolder,
            "unix_socket_permissions": "0700",
            "wal_level": "logical",
            "max_replication_slots": "16",
            "max_wal_senders": "16",
            "max_connections": "60",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C.UTF-8",
            // A slot that nobody reads must not fill the disk for ever.
            "max_slot_wal_keep_size": "4GB",
        ]
        if durability == .disposable {
            settings["fsync"] = "off"
            settings["synchronous_commit"] = "off"
            settings["full_page_writes"] = "off"
        }
        return [programs.setpriv] + user.privileges + [
            "--pdeathsig=INT", "--", programs.postgres, "-D", location.data,
        ] + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    private enum Answer { case accepting, busy, none }

    private func ask() throws -> Answer {
        let run = try ProgramRun([
            programs.isReady, "--quiet", "--host=\(location.socketFolder)", "--port=5432",
            "--username=\(Self.owner)", "--dbname=postgres",
        ])
        return switch run.status {
        case 0: .accepting
        case 1: .busy
        default: .none
        }
    }

    /// How long a server may take to come up (crash recovery) or to end, in seconds.
    private static let patience = 60.0
    private static let pause = 0.03

    private func awaitAnswer(of thread: ServerThread) throws {
        let end = Date(timeIntervalSinceNow: Self.patience)
        while Date() < end {
            if try ask() == .accepting { return }
            guard thread.isRunning else { break }
            Thread.sleep(forTimeInterval: Self.pause)
        }
        let log = (try? String(contentsOfFile: location.log, encoding: .utf8)) ?? ""
        throw Advice(
            .unreachable, "the demo's PostgreSQL server did not come up",
            remedy: "see \(location.log)",
            cause: log.split(separator: "\n").suffix(8).joined(separator: "\n"))
    }

    /// Tells whether another process's server runs in the folder, and clears what a dead one left.
    ///
    /// A server that is just coming up or shutting down is waited for.
    private func awaitOtherServer() throws -> Bool {
        let end = Date(timeIntervalSinceNow: Self.patience)
        while let pid = lockHolder() {
            guard isOurServer(pid) else {
                // PostgreSQL refuses to start when the number in a dead server's lock file has
                // been given to another process.
                try? FileManager.default.removeItem(atPath: location.data + "/postmaster.pid")
                try? FileManager.default.removeItem(
                    atPath: location.socketFolder + Location.socketName + ".lock")
                return false
            }
            if try ask() == .accepting { return true }
            guard Date() < end else {
                throw Advice(
                    .busy,
                    "a PostgreSQL server (process \(pid)) holds \(location.data) and does "
                        + "not answer",
                    remedy: "wait for it, or end that process")
            }
            Thread.sleep(forTimeInterval: Self.pause)
        }
        return false
    }

    /// The process number in the cluster's lock file.
    private func lockHolder() -> Int32? {
        let text = try? String(contentsOfFile: location.data + "/postmaster.pid", encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { Int32($0) }
    }

    /// Whether a process is a server that works in this cluster's data directory.
    private func isOurServer(_ pid: Int32) -> Bool {
        let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
        let data = URL(fileURLWithPath: location.data).resolvingSymlinksInPath().path
        guard let folder, folder == data else { return false }
        let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
        return name?.hasPrefix("postgres") ?? false
    }
}

/// The server process together with the thread that made it and waits for it.
private final class ServerThread: Sendable {
    private struct State {
        var pid: Int32 = 0
        var problem: (any Error)?
        var running = true
    }

    private let state = Mutex(State())
    private let started = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(arguments: [String], folder: String, log: String) throws {
        let files = FileManager.default
        if !files.fileExists(atPath: log) {
            let made = files.createFile(
                atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
            guard made else {
                throw Advice(.storage, "cannot write \(log)", remedy: "make room on that disk")
            }
        }
        let thread = Thread { [self] in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: arguments[0])
            process.arguments = Array(arguments.dropFirst())
            process.environment = ProgramRun.environment
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardInput = FileHandle.nullDevice
            do {
                let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
                try output.seekToEnd()
                process.standardOutput = output
                process.standardError = output
                try process.run()
            } catch {
                state.withLock {
                    $0.problem = error
                    $0.running = false
                }
                started.signal()
                ended.signal()
                return
            }
            state.withLock { $0.pid = process.processIdentifier }
            started.signal()
            process.waitUntilExit()
            state.withLock { $0.running = false }
            ended.signal()
        }
        thread.name = "scratch-postgres"
        thread.start()
        started.wait()
        if let problem = state.withLock({ $0.problem }) {
            throw Advice(
                .unreachable, "the demo's PostgreSQL server could not be started",
                remedy: "check the rights of \(folder)", cause: "\(problem)")
        }
    }

    var isRunning: Bool { state.withLock { $0.running } }

    /// Fast shutdown; immediate when that takes longer than half a minute.
    func stop() {
        for signal in [SIGINT, SIGQUIT, SIGKILL] {
            let pid = state.withLock { $0.running ? $0.pid : 0 }
            guard pid > 0 else { return }
            kill(pid, signal)
            if ended.wait(timeout: .now() + 30) == .success { return }
        }
    }
}
