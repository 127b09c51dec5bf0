import Foundation

/// What an operator may set about a store; every value has a default that suits a small machine.
public struct StoreSettings: Sendable, Hashable {
    /// Days for which superseded and deleted row versions are kept.
    ///
    /// A state older than that may no longer be asked for.
    public var horizonDays: Int
    /// Bytes of decoded columns kept in memory: three quarters for chunks as they are stored, one for
    /// columns in the order that references need.
    public var chunkCacheBytes: Int
    /// Bytes of totals kept between questions; with 0 every question reads all its rows.
    public var memoBytes: Int
    /// Bytes that the groups of one answer may take while it is computed: those of each company, and
    /// those of all put together.
    ///
    /// It is looked at after each segment, so that one segment's new groups may exceed it.
    public var resultBytes: Int
    /// Threads that one scan may use; by default one per processor.
    public var threads: Int
    /// Bytes of replaced segments that are kept in the file for readers of older states.
    ///
    /// Beyond it the oldest are deleted, and a reader that still needs one is told to ask again.
    public var pinnedBytes: Int
    /// Days in which the background check reads every chunk once; 0 for never.
    public var scrubDays: Int
    /// Rows of one table that are kept in quarantine; of those beyond, the key alone is.
    public var quarantineRows: Int

    /// Settings; what is not given takes its default.
    public init(
        horizonDays: Int = 400, chunkCacheBytes: Int = 96 << 20,
        memoBytes: Int = 96 << 20, resultBytes: Int = 64 << 20,
        threads: Int? = nil, pinnedBytes: Int = 1 << 30, scrubDays: Int = 7,
        quarantineRows: Int = 10_000
    ) {
        self.horizonDays = horizonDays
        self.chunkCacheBytes = chunkCacheBytes
        self.memoBytes = memoBytes
        self.resultBytes = resultBytes
        self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        self.pinnedBytes = pinnedBytes
        self.scrubDays = scrubDays
        self.quarantineRows = quarantineRows
    }

    /// What of `chunkCacheBytes` is for chunks.
    var chunkBytes: Int { chunkCacheBytes / 4 * 3 }
    /// What of `chunkCacheBytes` is for columns by reference.
    var attributeBytes: Int { chunkCacheBytes / 4 }
}
