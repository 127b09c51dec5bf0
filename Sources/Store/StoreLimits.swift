/// All sizes and limits of the store, together.
enum StoreLimits {
    /// Version of the file format; a file with a greater one is refused.
    static let formatVersion = 1
    /// Tells programs such as `file` whose SQLite file it is: `RPTD`.
    static let applicationID = 0x5250_5444
    /// Bytes of an SQLite page.
    ///
    /// 16 KiB with memory mapping reads BLOBs 4–5 times faster than the
    /// default of 4 KiB, and multiplies the log of small writes less than 64 KiB does.
    static let pageBytes = 16_384
    /// Address space for reading the file through memory mapping, in bytes.
    static let mappedBytes = 1 << 38
    /// Bytes that the write-ahead log is cut back to after a checkpoint.
    static let logBytes = 64 << 20
    /// Rows of a full segment.
    ///
    /// 2^17 keeps row numbers within 17 bits and a one-byte column within
    /// 128 KiB, so that a column of a segment stays in the processor's second cache.
    static let segmentRows = 131_072
    /// Rows that wait in a model's delta before they are sealed into a segment.
    static let deltaRows = 65_536
    /// Rows of one block of the delta.
    ///
    /// A commit that appends to a block copies the commits that ended its rows, 8 bytes each.
    static let deltaBlockRows = 4096
    /// Rows that a scan handles at a time: eight columns of 64-bit numbers fill half of a 256 KiB
    /// cache.
    static let batchRows = 2048
    /// Rows of the first batch of a list, whose texts may be long, and bytes of texts from which on
    /// the next batch has fewer rows.
    static let (firstRows, batchTextBytes) = (256, 1 << 20)
    /// Bytes of columns that the reading of a list holds on to before it begins anew.
    static let heldColumnBytes = 64 << 20
    /// Rows that are alike in one key from which on they are sorted by the digits of the next.
    static let sortedByDigits = 512
    /// From this size on decoded codes, blocks of the delta and the tables of scans come from the
    /// system page by page and not from the heap: columns of full segments with two bytes a row or
    /// more.
    static let pagedBytes = 256 << 10
    /// Bytes of such a page.
    static let systemPageBytes = 4096
    /// Rows of a part of a column that is kept for look-ups of single rows.
    static let windowRows = 4096
    /// How many parts before and after the one looked for are kept with it, and how many at the ends
    /// of other companies' rows in the same segment.
    static let windowsBehind = 4
    static let windowsAhead = 15
    static let windowsOfOthers = 2
    /// Rows that the kernels of a scan work on at a time: their mask, row numbers and groups stay in
    /// the processor's first cache.
    static let kernelRows = 4096
    /// Cells of a table that maps numbers of one operand to groups: enough for every day of ten
    /// thousand years, since sources write 9999-12-31 for “never”.
    static let groupTable = 1 << 22
    /// Days of a period that are all given a place in such a table, whether there are rows of them or
    /// not.
    static let shortPeriod = 1 << 11
    /// Numbers from which on a percentile is looked for by counting them, and the parts of their range
    /// that are counted, as a power of two.
    static let (countedNumbers, countedBits) = (4096, 12)
    /// Records that a company's groups may take when each possible group has one.
    static let denseGroups = 1 << 22
    /// Bytes of marks for a distinct count, per measure and company; beyond, pairs are hashed.
    static let distinctBytes = 16 << 20
    /// Groups that a scan may form before it is refused.
    static let groups = 4_000_000
    /// Dimensions of a scan.
    static let dimensions = 4
    /// Runs of one level that are merged into one of the next.
    ///
    /// Each row is rewritten once per level: eight runs a level are three levels for 60 million rows.
    static let mergedRuns = 8
    /// Runs that one merge takes at most; their segments are held in encoded form, one a run.
    static let fanIn = 16
    /// Share of a segment's rows, in percent, that must be past the horizon before it is rewritten.
    static let deadPercent = 25
    /// Bytes of decoded chunks that maintenance keeps in memory.
    static let maintenanceCacheBytes = 48 << 20
    /// Bytes of chunks that one step of the background check reads, or one chunk if that is more.
    static let scrubbedBytes = 8 << 20
    /// Seconds for which a replaced segment is kept for readers in other processes.
    static let retiredSeconds = 600
    /// Commits that are removed from the log in one step, and that may be past the horizon before.
    static let thinnedCommits = 10_000
    /// Pages of the file that are given back in one step.
    static let vacuumedPages = 256
    /// Free pages that are not worth giving back.
    static let freePages = 64
    /// Free pages that the file keeps for what is written next, as one in this many of its pages.
    static let freeShare = 64
    /// Bytes of columns that the writer keeps at hand for look-ups of single rows.
    static let lookUpBytes = 64 << 20
    /// Bytes that the keys known to be in a model's segments may take.
    static let knownKeyBytes = 48 << 20
    /// Look-ups of references, as a part of a model's rows, after which all its keys are read into
    /// memory: reading a key in order takes about a hundredth of the time of a look-up.
    static let lookUpShare = 64
    /// Bytes that these may take.
    static let commitReferenceBytes = 64 << 20
    /// Bytes of the writer's memory of references before it is cleared.
    static let referenceMemory = 256 << 20
    /// Bytes of decoded chunks, and of references, that a large commit keeps in memory.
    static let largeCommitBytes = 16 << 20
    /// Bytes that a reference takes there, at most and about.
    static let referenceBytes = 32
}
