import Foundation
public import Store
public import Vocabulary

/// Export files of CouchDB databases, or an app's own JSON backups, read as one feed.
///
/// All files are read and checked to their ends before anything is committed; then everything
/// becomes visible in one commit, together with a hash of the files as the position. The same files
/// again change nothing.
///
/// Which document counts, when several claim the same place:
/// * of one `_id`: the highest generation of `_rev`; of equal ones a living document before a
///   deleted one, then the greater `_rev` (as CouchDB chooses a winner). Where documents list their
///   `_revisions`, a living one goes first whatever its generation;
/// * of one key declared by the mapping: the one with the greatest `_id` (longer before shorter),
///   so that the order of files and lines does not matter.
///
/// Design documents and those the mapping skips are left out. A tombstone deletes the row whose key
/// is its `_id`. In a table declared `complete`, rows without a document are deleted, provided that
/// the files hold any document of that table.
public struct CouchExport: Sendable {
    /// What an import did.
    public struct Outcome: Sendable, Hashable {
        /// Documents read, tombstones included.
        public var documents = 0
        /// Distinct rows that they became.
        public var rows = 0
        /// Documents left out: design documents, tombstones, skipped and repeated ones.
        public var leftOut = 0
        /// Documents put aside.
        public var quarantined = 0
        /// Amounts that were rounded to their currency's minor unit.
        public var roundedAmounts = 0
        /// Whether these very files had been read before, so that nothing was done.
        public var isUnchanged = false
    }

    /// The source's definition.
    public let definition: SourceDefinition
    private let store: Store
    private let clock: WallClock
    private let log: @Sendable (IngestEvent) -> Void

    /// Names a source.
    ///
    /// - Throws: `Advice` when the definition is of another kind.
    public init(
        definition: SourceDefinition, store: Store, clock: WallClock = .system,
        log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws {
        guard definition.kind.holdsDocuments else {
            throw Advice(
                .definition, "source ‘\(definition.name)’ is not read from files",
                remedy: "give it a connection instead of files", at: definition.place)
        }
        self.definition = definition
        self.store = store
        self.clock = clock
        self.log = log
    }

    /// Imports the `.json`, `.ndjson` and `.txt` files of a folder, in the order of their names.
    ///
    /// With `reloading`, files that were read before are read as well; only differences, and rows of
    /// damaged segments, are committed.
    ///
    /// - Throws: `Advice`; nothing has been changed then.
    @discardableResult
    public func importFolder(_ path: String, reloading: Bool = false) throws -> Outcome {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw Advice(
                .input, "the export folder \(path) of source ‘\(definition.name)’ cannot be read",
                remedy: "check that it exists and is readable", cause: "\(error)")
        }
        let files = names.filter { name in
            [".json", ".ndjson", ".txt"].contains { name.hasSuffix($0) } && !name.hasPrefix(".")
        }
        guard !files.isEmpty else {
            throw Advice(
                .input, "there is no export in \(path) for source ‘\(definition.name)’",
                remedy: "put files there that end in .json, .ndjson or .txt")
        }
        return try importFiles(files.map { path + "/" + $0 }, reloading: reloading)
    }

    /// Imports files that together are one export.
    ///
    /// - Throws: `Advice` with file and line; nothing has been changed then.
    @discardableResult
    public func importFiles(_ paths: [String], reloading: Bool = false) throws -> Outcome {
        var hash = ContentHash()
        var size = 0
        var contents: [(file: String, bytes: [UInt8])] = []
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Advice(
                    .input, "the export \(path) cannot be read",
                    remedy: "check that it exists and is readable")
            }
            let bytes = [UInt8](data)
            hash.add(bytes: bytes)
            hash.add(bytes: [0])
            size += bytes.count
            contents.append((path, bytes))
        }
        let position =
            "\(paths.count) files, \(size) bytes, \(hash.text) by \(definition.fingerprint)"
        if !reloading, store.position(of: definition.name)?.text == position {
            return Outcome(isUnchanged: true)
        }
        var documents: [ExportedDocument] = []
        var records = RecordReader(lists: definition.tables.flatMap(\.lists))
        for (file, bytes) in contents {
            documents +=
                definition.kind == .jsonBackup
                ? try records.documents(in: bytes, file: file)
                : try DocumentReader.documents(in: bytes, file: file)
        }
        var gathering = DocumentGathering(definition: definition, schema: store.schema)
        gathering.take(documents)
        let earlier = try store.quarantined().filter { $0.source == definition.name }
        var (batch, outcome) = gathering.batch(releasing: earlier)
        outcome.documents = documents.count
        batch.setPosition(
            source: definition.name,
            SourcePosition(text: position, sourceTime: Self.newest(of: paths)))
        Failpoint.hit("before-commit")
        try store.commit(batch)
        Failpoint.hit("after-commit")
        for row in gathering.aside {
            log(.quarantined(table: row.table, key: row.key, reason: row.reason))
        }
        if outcome.roundedAmounts > 0 { log(.rounded(amounts: outcome.roundedAmounts)) }
        log(.loadFinished(rows: outcome.rows, quarantined: outcome.quarantined))
        return outcome
    }

    /// When the newest of some files was written: an export is complete up to then at the latest.
    private static func newest(of paths: [String]) -> Instant? {
        let times = paths.compactMap { path in
            try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }
        return times.max().map {
            Instant(microseconds: Int64(($0.timeIntervalSince1970 * 1_000_000).rounded(.down)))
        }
    }

    /// How the source is doing, as far as the store tells.
    public var status: SourceStatus {
        var status = SourceStatus(name: definition.name)
        let position = store.position(of: definition.name)
        status.position = position?.text
        status.sourceTime = position?.sourceTime
        status.quarantined = (try? store.quarantineCounts()[definition.name]) ?? 0
        return status
    }
}
