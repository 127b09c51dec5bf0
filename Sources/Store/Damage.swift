public import Vocabulary

/// A part of the store that does not match its checksum or breaks an invariant.
///
/// Questions that need it fail and say so; all others are answered. Its rows come back from their
/// source: see `Store.repair()`.
public struct Damage: Sendable, Hashable, CustomStringConvertible {
    /// The model.
    public let model: String
    /// The segment; nil where recent changes are damaged, which are in no segment yet.
    public let segment: Int64?
    /// The columns, by name; none where recent changes are damaged.
    ///
    /// Those of the store's own are `origin`, `key`, `begin`, `reference`, `key index` and
    /// `key filter`.
    public let columns: [String]
    /// How many rows are concerned; nil where that cannot be told.
    public let rows: Int?
    /// The origins whose rows are concerned, as far as that can be told.
    public let origins: [String]
    /// When it was first noted; nil when it was not yet.
    public let foundAt: Instant?
    /// What is wrong, in words.
    public let reason: String

    /// One line that names the place and what is wrong.
    public var description: String {
        guard let segment else { return "model ‘\(model)’: \(reason)" }
        let names = columns.map { "‘\($0)’" }.joined(separator: ", ")
        let count = rows.map { " (\($0) rows)" } ?? ""
        return "model ‘\(model)’, segment \(segment), "
            + "\(columns.count == 1 ? "column" : "columns") \(names): \(reason)\(count)"
    }

    /// The same as an error.
    public var advice: Advice {
        Advice(
            .damaged, "the store is damaged: \(description); all else can be read",
            remedy: Self.remedy)
    }

    static let remedy =
        "‘reportd verify --repair’ reads its rows from their source again; ‘reportd run’ does so "
        + "once by itself"
    static let checksumReason = "does not match its checksum"
    static let changesReason =
        "some of its changes or words were damaged; its sources have to give all its rows again"
}

/// A damaged segment whose rows were brought back.
public struct Repair: Sendable, Hashable, CustomStringConvertible {
    /// When.
    public let time: Instant
    /// The commit from which on the rows are whole.
    public let commit: UInt64
    /// The model.
    public let model: String
    /// The segment that was replaced; nil where recent changes were.
    public let segment: Int64?
    /// The columns that were damaged.
    public let columns: [String]
    /// How many row versions it had.
    public let rows: Int

    /// One line that tells what was repaired and what is lost.
    public var description: String {
        let names = columns.map { "‘\($0)’" }.joined(separator: ", ")
        guard let segment else {
            return "model ‘\(model)’: its damaged recent changes were given again up to commit "
                + "\(commit); states before the damage was found cannot be asked for any more"
        }
        return
            "model ‘\(model)’, segment \(segment) repaired by commit \(commit): what its \(rows) "
            + "row versions held in \(names) before that is lost"
    }
}

/// What reading the whole store found.
public struct Verification: Sendable, Hashable {
    /// How many chunks were read.
    public let chunks: Int
    /// How many recent changes were read: what a commit did to a model and is not sealed yet.
    public let changes: Int
    /// What cannot be trusted.
    public let damage: [Damage]
    /// What SQLite finds wrong with the structure of the file itself.
    public let fileProblems: [String]

    /// Whether all is well.
    public var isWell: Bool { damage.isEmpty && fileProblems.isEmpty }
}

extension ChunkColumn {
    /// Whether the column can be made from others of the same rows.
    func isDerivable(_ layout: ModelLayout) -> Bool {
        switch self {
        case .index, .filter: true
        default:
            // Segments are sorted by the days of the time column, so that a merge reads them.
            part == .days
                && layout.model.columns.indices.contains { position in
                    layout.id(ofColumn: position) == id
                        && layout.model.columns[position].name != layout.model.timeColumn
                }
        }
    }

    /// The column's name for an operator.
    func name(in layout: ModelLayout) -> String {
        if let storeName { return storeName }
        let position = layout.columnIDs.firstIndex(of: id)
        let name = position.map { layout.model.columns[$0].name } ?? "number \(id)"
        return part == .days ? name + " (local days)" : name
    }
}

extension ModelState {
    /// Whether the rows are what their sources said, as far as they were told.
    var areChangesKnown: Bool { !isUnsettled && awaited.isEmpty }

    /// Whether a row of a segment can be found by its key.
    func isFindable(_ segment: Segment) -> Bool {
        damaged[segment.id]?.isDisjoint(with: [.origin, .key, .index, .filter]) ?? true
    }

    /// The damaged columns of the segment that a row is in; nil where it is whole.
    func damage(at location: ModelEditor.Location) -> Set<ChunkColumn>? {
        guard !damaged.isEmpty, case .segment(let number, _) = location else { return nil }
        return damaged[segments[number].segment.id]
    }

    /// The numbers of origins that a segment may hold.
    func origins(of segment: Segment) -> ClosedRange<Int64> {
        segment.summaries[.origin].map { $0.least...max($0.least, $0.greatest) } ?? 0...0
    }
}

extension ModelLayout {
    /// What to say when recent changes of the model are not known.
    var damagedChanges: Advice {
        Advice(
            .damaged,
            "the store is damaged: some changes or words of model ‘\(model.name)’ cannot be read; "
                + "all other models can", remedy: Damage.remedy)
    }
}
