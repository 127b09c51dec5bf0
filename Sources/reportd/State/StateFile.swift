import Foundation
import GRDB
import Glibc
import Vocabulary

/// A named step by which the state file grows.
///
/// Each part of the program keeps its steps beside the code that uses the tables, and adds them to
/// `StateFile.migrations`. A step that has been released is never edited; what changes later is a
/// further step.
struct StateMigration: Sendable {
    /// The name under which the file remembers the step: `deliveries-1`.
    let name: String
    /// Makes the change, inside one transaction.
    let migrate: @Sendable (Database) throws -> Void
}

/// The program's own SQLite file: whatever it must remember that is not analytical.
///
/// Several processes write it (`serve`, and `send` or `user` beside it), so it is in
/// rollback-journal mode. Invariants: a write that returned survives a power cut
/// (`synchronous=FULL`); writes take the file's lock at their beginning, so what a transaction read
/// is still so when it writes; the file is readable by its owner only, as it will hold secrets'
/// hashes.
///
/// The `async` forms of `read` and `write` do not block the caller's thread, and are cancelled with
/// the caller's task: what must be recorded in any case runs in a task of its own.
struct StateFile: Sendable {
    /// How long a transaction waits for another process to finish its own, in seconds.
    static let busySeconds = 10.0

    /// Where the file is.
    let path: String
    private let queue: DatabaseQueue
    private let counter: ChangeCounter

    /// Opens the file, makes it if there is none, and brings it to the present form.
    ///
    /// - Throws: `Advice` when it cannot be opened, is not a state file, or was written by a newer
    ///   version of the program.
    init(path: String, migrations: [StateMigration] = Self.migrations) throws {
        self.path = path
        try Self.makePrivate(path)
        guard let counter = ChangeCounter.of(path) else { throw Self.unreadable(path) }
        self.counter = counter
        var configuration = Configuration()
        configuration.label = "state"
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { db in try migration.migrate(db) }
        }
        let (settings, steps) = (configuration, migrator)
        queue = try Self.advising(path) {
            let queue = try DatabaseQueue(path: path, configuration: settings)
            try queue.read { db in try Self.check(db, steps: steps, path: path) }
            try steps.migrate(queue)
            return queue
        }
    }

    /// Bytes that the file takes.
    var bytes: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// A number that is another after every transaction that has changed the file, in any process; nil
    /// when it cannot be told.
    var changeCount: UInt32? { counter.value }

    /// Runs a piece of reading; everything it reads is of one moment.
    ///
    /// - Throws: `Advice`.
    func read<Result>(_ work: (Database) throws -> Result) throws -> Result {
        try Self.advising(path) { try queue.read(work) }
    }

    /// Runs a piece of writing as one transaction, durable when this returns.
    ///
    /// - Throws: `Advice`; nothing was changed then.
    func write<Result>(_ work: (Database) throws -> Result) throws -> Result {
        try Self.advising(path) { try queue.write(work) }
    }

    /// Runs a piece of reading; everything it reads is of one moment.
    ///
    /// - Throws: `Advice`, or `CancellationError`.
    func read<Result: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        do {
            return try await queue.read(work)
        } catch let error as DatabaseError {
            throw Self.advice(error, path)
        }
    }

    /// Runs a piece of writing as one transaction, durable when this returns.
    ///
    /// - Throws: `Advice`, or `CancellationError`; nothing was changed then.
    func write<Result: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        do {
            return try await queue.write(work)
        } catch let error as DatabaseError {
            throw Self.advice(error, path)
        }
    }

    /// Creates the file for its owner's eyes only, before SQLite would create it for everybody's.
    ///
    /// A file that is there already is not opened: see `ChangeCounter` for what closing it would do.
    private static func makePrivate(_ path: String) throws {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            Glibc.close(descriptor)
        } else if unsafe errno != EEXIST || access(path, R_OK | W_OK) != 0 {
            throw unreadable(path)
        }
    }

    private static func unreadable(_ path: String) -> Advice {
        Advice(
            .storage, "cannot write the state file \(path)",
            remedy: "check that its folder exists and that this user may write there",
            cause: unsafe String(cString: strerror(errno)))
    }

    private static func check(_ db: Database, steps: DatabaseMigrator, path: String) throws {
        let tables =
            try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
            ?? 0
        guard try tables == 0 || db.tableExists("grdb_migrations") else {
            throw Advice(
                .damaged, "\(path) is not a state file of reportd",
                remedy: "check ‘state’ in the configuration")
        }
        guard try !steps.hasBeenSuperseded(db) else {
            throw Advice(
                .damaged, "\(path) was written by a newer reportd",
                remedy: "run that version, or restore the backup made before it was installed")
        }
    }

    private static func advising<Result>(
        _ path: String, _ work: () throws -> Result
    ) throws -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            throw advice(error, path)
        }
    }

    private static func advice(_ error: DatabaseError, _ path: String) -> Advice {
        let cause = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "")"
        switch error.resultCode {
        case .SQLITE_FULL:
            return Advice(
                .storage, "the disk of \(path) is full; nothing of this change was stored",
                remedy: "free some room and try again", cause: cause)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return Advice(
                .damaged, "the state file \(path) is damaged or is another kind of file",
                remedy: "check ‘state’ in the configuration, or restore the latest backup",
                cause: cause)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return Advice(
                .busy, "the state file \(path) is locked by another program",
                remedy: "close programs that have it open for writing", cause: cause)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            return Advice(
                .storage, "the state file \(path) cannot be opened for writing",
                remedy: "check that this user may write to it and to its folder", cause: cause)
        default:
            return Advice(
                .storage, "the state file \(path) could not be read or written",
                remedy: "check the disk; nothing of this change was stored", cause: cause)
        }
    }
}
