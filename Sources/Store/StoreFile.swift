import Foundation
import GRDB
import Glibc
import Synchronization
import Vocabulary

/// The SQLite file of a store: its tables, how it is opened, and who may write it.
///
/// | table | one row is |
/// |---|---|
/// | property | a setting of the file, such as its format version |
/// | company, origin, model | a name and the number that stands for it |
/// | model_column | a column of a model; its number names chunks and dictionaries |
/// | dictionary | a category text and its code |
/// | commit_log | a commit and its time |
/// | touch | the last commit that changed a model's rows of a company, but for those in `delta` |
/// | position | how far a source has been read |
/// | segment | an immutable segment; its state is a `SegmentPhase` |
/// | damage | a chunk of a segment in use that cannot be trusted, and when that was found |
/// | feed | an origin that gives rows of a model |
/// | awaited | an origin that must give all its rows of a model again: some were lost |
/// | repair | a damaged segment of which the source gave the rows anew, and the commit |
/// | scrub | how far the background check of all chunks has come |
/// | chunk | one encoded column of a segment |
/// | ended | the rows of a segment that have ended (`EndList`) |
/// | delta | what a commit did to a model and is not sealed yet (`DeltaEntry`) |
/// | pending_reference | a row that was mentioned but has not arrived |
/// | reference_count | how many dense indices of a model and company are taken |
/// | quarantine | a source row that no mapping could place |
/// | compaction | the merge in progress, if there is one |
/// | compaction_input | a segment that it reads, and how many of its rows are done |
/// | compaction_output | a segment that it has written, and the commit whose ends are in `ended` |
/// | erasure | an erasure: what, when, and whether the file is clean of it |
/// | erased | the keyed hash of a row that must not come back, and how often it was refused |
/// | history | since which commit the changes of a column are kept |
///
/// Deleted cells are overwritten within their pages (`secure_delete=FAST`); whole free pages are
/// given back in steps, and all of them after an erasure.
///
/// Invariants: one process writes, holding a lock on `<file>.lock`; only that process checkpoints;
/// `synchronous=FULL`, so a commit that returned survives a power cut.
enum StoreFile {
    private static let tables = """
        CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE company (
            id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, zone TEXT NOT NULL) STRICT;
        CREATE TABLE origin (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE model (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, time_column TEXT) STRICT;
        CREATE TABLE model_column (
            id INTEGER PRIMARY KEY, model INTEGER NOT NULL, name TEXT NOT NULL,
            type TEXT NOT NULL, UNIQUE (model, name)) STRICT;
        CREATE TABLE dictionary (
            column_id INTEGER NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL,
            checksum INTEGER NOT NULL, PRIMARY KEY (column_id, code)) STRICT, WITHOUT ROWID;
        CREATE TABLE commit_log (number INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
        CREATE TABLE touch (
            model INTEGER NOT NULL, company INTEGER NOT NULL, commit_number INTEGER NOT NULL,
            PRIMARY KEY (model, company)) STRICT, WITHOUT ROWID;
        CREATE TABLE position (
            source TEXT PRIMARY KEY, text TEXT NOT NULL, source_time INTEGER,
            commit_number INTEGER NOT NULL) STRICT;
        CREATE TABLE segment (
            id INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            runs BLOB NOT NULL, begin_commit INTEGER, state INTEGER NOT NULL,
            source TEXT, run INTEGER NOT NULL, level INTEGER NOT NULL, place INTEGER NOT NULL,
            bytes INTEGER NOT NULL, retired_at INTEGER, lost_at INTEGER,
            checksum INTEGER NOT NULL) STRICT;
        CREATE INDEX segment_state ON segment (state, model);
        CREATE TABLE compaction (
            id INTEGER PRIMARY KEY CHECK (id = 1), model INTEGER NOT NULL, level INTEGER NOT NULL,
            run INTEGER NOT NULL, place INTEGER NOT NULL, oldest INTEGER NOT NULL,
            dropped INTEGER NOT NULL) STRICT;
        CREATE TABLE compaction_input (
            segment INTEGER PRIMARY KEY, lane INTEGER NOT NULL, place INTEGER NOT NULL,
            done INTEGER NOT NULL) STRICT;
        CREATE TABLE compaction_output (
            segment INTEGER PRIMARY KEY, seen INTEGER NOT NULL) STRICT;
        CREATE TABLE erasure (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, commit_number INTEGER NOT NULL,
            models TEXT NOT NULL, row_count INTEGER NOT NULL, versions INTEGER NOT NULL,
            is_clean INTEGER NOT NULL) STRICT;
        CREATE TABLE erased (
            hash BLOB PRIMARY KEY, erasure INTEGER NOT NULL, refused INTEGER NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE TABLE history (
            column_id INTEGER PRIMARY KEY, since_commit INTEGER NOT NULL,
            since_time INTEGER NOT NULL) STRICT;
        CREATE TABLE chunk (
            segment INTEGER NOT NULL, column_id INTEGER NOT NULL, part INTEGER NOT NULL,
            least INTEGER NOT NULL, greatest INTEGER NOT NULL, missing INTEGER NOT NULL,
            data BLOB NOT NULL, UNIQUE (segment, column_id, part)) STRICT;
        CREATE TABLE ended (segment INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
        CREATE TABLE delta (
            id INTEGER PRIMARY KEY, model INTEGER NOT NULL, commit_number INTEGER NOT NULL,
            data BLOB NOT NULL) STRICT;
        CREATE TABLE feed (
            model INTEGER NOT NULL, origin INTEGER NOT NULL, PRIMARY KEY (model, origin))
            STRICT, WITHOUT ROWID;
        CREATE TABLE awaited (
            model INTEGER NOT NULL, origin INTEGER NOT NULL, found_at INTEGER NOT NULL,
            is_lost INTEGER NOT NULL, PRIMARY KEY (model, origin)) STRICT, WITHOUT ROWID;
        CREATE TABLE damage (
            segment INTEGER NOT NULL, column_id INTEGER NOT NULL, part INTEGER NOT NULL,
            found_at INTEGER NOT NULL, PRIMARY KEY (segment, column_id, part))
            STRICT, WITHOUT ROWID;
        CREATE TABLE repair (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, commit_number INTEGER NOT NULL,
            model TEXT NOT NULL, segment INTEGER NOT NULL, columns TEXT NOT NULL,
            row_count INTEGER NOT NULL) STRICT;
        CREATE TABLE scrub (
            id INTEGER PRIMARY KEY CHECK (id = 1), started_at INTEGER NOT NULL,
            position INTEGER NOT NULL, bytes INTEGER NOT NULL, finished_at INTEGER) STRICT;
        CREATE TABLE pending_reference (
            model INTEGER NOT NULL, company INTEGER NOT NULL, origin INTEGER NOT NULL,
            key BLOB NOT NULL, dense INTEGER NOT NULL,
            PRIMARY KEY (model, company, origin, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE reference_count (
            model INTEGER NOT NULL, company INTEGER NOT NULL, next INTEGER NOT NULL,
            PRIMARY KEY (model, company)) STRICT, WITHOUT ROWID;
        CREATE TABLE quarantine (
            source TEXT NOT NULL, table_name TEXT NOT NULL, key TEXT NOT NULL,
            reason TEXT NOT NULL, content TEXT NOT NULL, commit_number INTEGER NOT NULL,
            PRIMARY KEY (source, table_name, key)) STRICT, WITHOUT ROWID;
        """

    /// Opens the connection that writes, creating the file if there is none.
    static func openWriter(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA page_size = \(StoreLimits.pageBytes)")
            // Has an effect only before the first table is made.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA secure_delete = FAST")
            try db.execute(sql: "PRAGMA journal_size_limit = \(StoreLimits.logBytes)")
            try db.execute(sql: "PRAGMA mmap_size = \(StoreLimits.mappedBytes)")
        }
        let opened = configuration
        return try advising {
            let queue = try DatabaseQueue(path: path, configuration: opened)
            try queue.write { db in
                if try !db.tableExists("property") {
                    try db.execute(sql: "PRAGMA application_id = \(StoreLimits.applicationID)")
                    try db.execute(sql: tables)
                    try db.execute(
                        sql: "INSERT INTO property VALUES ('format', ?)",
                        arguments: ["\(StoreLimits.formatVersion)"])
                }
                try checkFormat(db, path: path)
            }
            return queue
        }
    }

    /// Opens a connection that only reads.
    static func openReader(path: String) throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Advice(
                .unknown, "there is no store at \(path)",
                remedy: "run ‘reportd ingest’ or ‘reportd run’ first, or check ‘store’ in the "
                    + "configuration")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA mmap_size = \(StoreLimits.mappedBytes)")
        }
        let opened = configuration
        return try advising {
            let queue = try DatabaseQueue(path: path, configuration: opened)
            try queue.read { db in try checkFormat(db, path: path) }
            return queue
        }
    }

    private static func checkFormat(_ db: Database, path: String) throws {
        let format =
            try db.tableExists("property")
            ? String.fetchOne(db, sql: "SELECT value FROM property WHERE name = 'format'") : nil
        guard let format, let version = Int(format) else {
            throw Advice(
                .damaged, "\(path) is not a store of reportd",
                remedy: "check ‘store’ in the configuration")
        }
        guard version <= StoreLimits.formatVersion else {
            throw Advice(
                .damaged, "\(path) was written by a newer reportd (format \(version))",
                remedy: "run that version, or load the sources into a new store")
        }
    }

    /// Takes the right to write; the returned lock holds it until it is released.
    static func lock(path: String) throws -> StoreLock {
        let name = path + ".lock"
        let descriptor = unsafe Glibc.open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Advice(
                .storage, "cannot write \(name)",
                remedy: "check that the folder exists and is writable",
                cause: unsafe String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw Advice(
                .busy, "another reportd is writing to \(path)",
                remedy: "stop it first, or use ‘reportd serve’ beside it, which only reads")
        }
        return StoreLock(descriptor: descriptor)
    }

    /// Runs a piece of work on the file; SQLite's errors come out as advice.
    static func advising<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            let cause = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "")"
            switch error.resultCode {
            case .SQLITE_FULL:
                throw Advice(
                    .storage, "the disk is full; nothing of this change was stored",
                    remedy: "free some room; reading goes on, and writing resumes by itself",
                    cause: cause)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                throw Advice(
                    .damaged, "the store's file is damaged",
                    remedy: "restore the latest backup, or delete the store and run ingest again",
                    cause: cause)
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw Advice(
                    .busy, "the store's file is locked by another program",
                    remedy: "close programs that have it open for writing", cause: cause)
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
                throw Advice(
                    .storage, "the store's file cannot be opened for this",
                    remedy: "check that its folder exists and that this user may write there",
                    cause: cause)
            default:
                throw Advice(
                    .storage, "the store's file could not be read or written",
                    remedy: "check the disk; nothing of this change was stored", cause: cause)
            }
        }
    }
}

/// The right to write a store, held until it is released or the process ends.
final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32?>

    init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Glibc.close(open) }
            descriptor = nil
        }
    }
}
