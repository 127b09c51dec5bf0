import Vocabulary

/// Rows that belong together in a segment, column by column, with all codes resolved.
///
/// Invariant: every array has `count` elements. A missing number is `NumberVector.missing`.
struct SegmentRows {
    enum Values {
        case numbers([Int64])
        case texts([String?])
    }

    var companies: [Int] = []
    var origins: [Int64] = []
    var keys: [RowKey] = []
    var references: [Int64] = []
    /// Commits that began the rows; empty when all begin with the commit of their load.
    var begins: [Int64] = []
    var columns: [Values]

    var count: Int { companies.count }
}

/// A part of a segment that belongs to one company.
struct CompanyRun: Sendable, Hashable {
    let company: Int
    let rows: Range<Int>
}

/// What is known of a chunk without reading it.
struct ChunkSummary: Sendable {
    let least: Int64
    let greatest: Int64
    let missing: Int
}

/// An immutable segment: rows sorted by company, then by the local day and value of the model's
/// time column; each column is one chunk.
final class Segment: Sendable {
    let id: Int64
    let rows: Int
    let runs: [CompanyRun]
    let summaries: [ChunkColumn: ChunkSummary]
    /// The commit of the load that wrote it; nil when each row tells its own.
    let begin: UInt64?
    /// The run of segments that it is part of: their ranges of (company, day, time) do not overlap.
    let run: Int64
    /// How many merges its rows have been through.
    let level: Int

    /// Describes a segment; one that was sealed or loaded is a run of its own at level 0.
    init(
        id: Int64, rows: Int, runs: [CompanyRun], summaries: [ChunkColumn: ChunkSummary],
        begin: UInt64?, run: Int64? = nil, level: Int = 0
    ) {
        self.run = run ?? id
        self.level = level
        self.id = id
        self.rows = rows
        self.runs = runs
        self.summaries = summaries
        self.begin = begin
    }

    /// The greatest commit that began a row.
    var lastBegin: UInt64 {
        begin ?? UInt64(clamping: summaries[.begin]?.greatest ?? 0)
    }
}

/// The rows of a segment that have ended, sparsely, in ascending order of row.
struct EndList: Sendable {
    private(set) var rows: [UInt32] = []
    private(set) var commits: [UInt64] = []

    func commit(of row: Int) -> UInt64? {
        let position = firstPosition(from: row)
        return position < rows.count && rows[position] == row ? commits[position] : nil
    }

    func firstPosition(from row: Int) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insert(row: Int, commit: UInt64) {
        let position = firstPosition(from: row)
        precondition(position == rows.count || rows[position] != row, "a row ends once")
        rows.insert(UInt32(row), at: position)
        commits.insert(commit, at: position)
    }
}

/// A segment encoded and ready to be written.
struct EncodedSegment {
    let rows: Int
    let runs: [CompanyRun]
    let chunks: [(column: ChunkColumn, chunk: Chunk)]
    /// For each row of the segment, which of the given rows it is.
    let order: [Int]

    /// Sorts and encodes rows.
    init(_ rows: SegmentRows, layout: ModelLayout, zones: [Int: Zone]) {
        let model = layout.model
        var days: [Int: [Int64]] = [:]
        for (position, column) in model.columns.enumerated() where column.type == .instant {
            guard case .numbers(let numbers) = rows.columns[position] else { continue }
            days[position] = zip(numbers, rows.companies).map { number, company in
                LocalDayCode.of(number, zones[company])
            }
        }
        var order = Array(0..<rows.count)
        let time = model.timeColumn.flatMap(model.index(of:))
        if let time, case .numbers(let numbers) = rows.columns[time] {
            let day = days[time] ?? numbers
            order.sort {
                (rows.companies[$0], day[$0], numbers[$0], $0)
                    < (rows.companies[$1], day[$1], numbers[$1], $1)
            }
        } else {
            order.sort { (rows.companies[$0], $0) < (rows.companies[$1], $1) }
        }

        var runs: [CompanyRun] = []
        var start = 0
        for row in 0..<rows.count
        where row + 1 == rows.count
            || rows.companies[order[row + 1]] != rows.companies[order[row]]
        {
            runs.append(CompanyRun(company: rows.companies[order[row]], rows: start..<(row + 1)))
            start = row + 1
        }

        let keys = order.map { rows.keys[$0] }
        let origins = order.map { rows.origins[$0] }
        let hashes = zip(keys, origins).map { $0.stableHash(origin: Int($1)) }
        let index = (0..<rows.count).sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        var chunks: [(column: ChunkColumn, chunk: Chunk)] = [
            (.origin, NumberVector.encode(origins)),
            (.key, KeyVector.encode(keys)),
            (.index, NumberVector.encode(index.map(Int64.init))),
        ]
        if !rows.begins.isEmpty {
            chunks.append((.begin, NumberVector.encode(order.map { rows.begins[$0] })))
        }
        if layout.isReferenced {
            chunks.append((.reference, NumberVector.encode(order.map { rows.references[$0] })))
        }
        for position in model.columns.indices {
            let id = layout.id(ofColumn: position)
            switch rows.columns[position] {
            case .numbers(let numbers):
                chunks.append(
                    (ChunkColumn(id), NumberVector.encode(order.map { numbers[$0] })))
            case .texts(let texts):
                chunks.append((ChunkColumn(id), TextVector.encode(order.map { texts[$0] })))
            }
            if let day = days[position] {
                chunks.append(
                    (ChunkColumn(id, .days), NumberVector.encode(order.map { day[$0] })))
            }
        }
        self.rows = rows.count
        self.runs = runs
        self.chunks = chunks
        self.order = order
    }

    /// What the segment is to readers.
    func segment(id: Int64, begin: UInt64?, run: Int64? = nil, level: Int = 0) -> Segment {
        Segment(
            id: id, rows: rows, runs: runs,
            summaries: Dictionary(
                uniqueKeysWithValues: chunks.map { column, chunk in
                    (
                        column,
                        ChunkSummary(
                            least: chunk.least, greatest: chunk.greatest, missing: chunk.missing)
                    )
                }),
            begin: begin, run: run, level: level)
    }
}

/// The local-day code of an instant: days since the epoch in a zone.
enum LocalDayCode {
    static func of(_ microseconds: Int64, _ zone: Zone?) -> Int64 {
        if microseconds == NumberVector.missing { return NumberVector.missing }
        let instant = Instant(microseconds: microseconds)
        return Int64((zone ?? .utc).day(of: instant).number)
    }
}
