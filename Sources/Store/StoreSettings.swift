import Foundation

/// What an operator may set about a store; every value has a default that suits a small machine.
public struct StoreSettings: Sendable, Hashable {
    /// Days for which superseded and deleted row versions are kept.
    ///
    /// A state older than that may no longer be asked for.
    public var horizonDays: Int
    /// Bytes of decoded chunks kept in memory.
    public var chunkCacheBytes: Int
    /// Bytes of memoised partial results of immutable segments.
    public var memoBytes: Int
    /// Bytes that the groups of one answer may take while it is computed.
    public var resultBytes: Int
    /// Threads that one scan may use; by default one per processor.
    public var threads: Int
    /// Bytes of replaced segments that are kept in the file for readers of older states.
    ///
    /// Beyond it the oldest are deleted, and a reader that still needs one is told to ask again.
    public var pinnedBytes: Int

    /// Settings; what is not given takes its default.
    public init(
        horizonDays: Int = 400, chunkCacheBytes: Int = 128 << 20,
        memoBytes: Int = 32 << 20, resultBytes: Int = 64 << 20,
        threads: Int? = nil, pinnedBytes: Int = 1 << 30
    ) {
        self.horizonDays = horizonDays
        self.chunkCacheBytes = chunkCacheBytes
        self.memoBytes = memoBytes
        self.resultBytes = resultBytes
        self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        self.pinnedBytes = pinnedBytes
    }
}
