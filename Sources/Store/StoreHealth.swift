import GRDB
public import Vocabulary

/// How a store is doing, for operators and monitoring.
public struct StoreHealth: Sendable, Hashable {
    /// Bytes of the file once its log is folded in.
    public let fileBytes: Int
    /// Bytes of the part of the file that is free.
    public let freeBytes: Int
    /// Bytes of its write-ahead log.
    public let logBytes: Int
    /// Rows that wait to be sealed.
    public let deltaRows: Int
    /// Segments of the newest state.
    public let segments: Int
    /// Replaced segments that are still kept for readers of older states.
    public let retiredSegments: Int
    /// Bytes of those.
    public let retiredBytes: Int
    /// Whether replaced segments fill the room they may take: a reader is being kept too long.
    public let isAtPinLimit: Bool
    /// How often a segment was deleted although a reader may have needed it.
    public let brokenPins: Int
    /// Whether a merge is in progress.
    public let isCompacting: Bool
    /// The oldest commit whose state can be asked for; 0 when it is every one.
    public let oldestCommit: UInt64
    /// Rows that were erased.
    public let erasedRows: Int
    /// How often one of them was offered again and refused.
    public let refusedRows: Int
    /// Whether the file still has to be cleaned of what an erasure removed.
    public let isCleaning: Bool
    /// What is damaged and not repaired.
    public let damage: [Damage]
    /// What was repaired, and what was lost with it; the latest last.
    public let repairs: [Repair]
    /// When the last round of the background check ended; nil when none did since it began.
    public let lastScrub: Instant?
    /// The share of the present round that is done, 0 to 1; 1 between two rounds.
    public let scrubbedShare: Double
}

extension Store {
    /// How the store is doing now.
    public func health() throws -> StoreHealth {
        let state = try current()
        let pageCounts = try pages(readerQueue)
        let logBytes = logBytes
        let settings = settings
        let (damage, repairs) = (try damage(), try repairs())
        return try StoreFile.advising {
            try readerQueue.read { db in
                func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
                let retired = SegmentPhase.retired.rawValue
                let retiredBytes = try count(
                    "SELECT coalesce(sum(bytes), 0) FROM segment WHERE state = \(retired)")
                let scrub = try scrubProgress(in: db)
                return StoreHealth(
                    fileBytes: pageCounts.all * StoreLimits.pageBytes,
                    freeBytes: pageCounts.free * StoreLimits.pageBytes, logBytes: logBytes,
                    deltaRows: state.models.values.reduce(0) { $0 + $1.deltaRows },
                    segments: state.models.values.reduce(0) { $0 + $1.segments.count },
                    retiredSegments: try count(
                        "SELECT count(*) FROM segment WHERE state = \(retired)"),
                    retiredBytes: retiredBytes,
                    isAtPinLimit: retiredBytes > settings.pinnedBytes,
                    brokenPins: Int(try StoreCatalog.number("broken_pins", in: db)),
                    isCompacting: try count("SELECT count(*) FROM compaction") > 0,
                    oldestCommit: state.oldest,
                    erasedRows: try count("SELECT count(*) FROM erased"),
                    refusedRows: try count("SELECT coalesce(sum(refused), 0) FROM erased"),
                    isCleaning: try count("SELECT count(*) FROM erasure WHERE is_clean = 0") > 0,
                    damage: damage, repairs: repairs, lastScrub: scrub.last,
                    scrubbedShare: scrub.share)
            }
        }
    }
}
