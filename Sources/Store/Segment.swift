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
    /// How the rows were put in order, where they were.
    var sorted: SegmentOrder?
    var origins: [Int64] = []
    var keys = KeyColumn()
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
struct ChunkSummary: Sendable, Hashable {
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

/// A segment encoded and ready to be written.
struct EncodedSegment {
    let rows: Int
    let runs: [CompanyRun]
    let chunks: [(column: ChunkColumn, chunk: Chunk)]
    /// For each row of the segment, which of the given rows it is.
    let order: [UInt32]

    /// Sorts and encodes rows.
    init(
        _ rows: SegmentRows, layout: ModelLayout, zones: [Int: Zone],
        in room: EncodingRoom = EncodingRoom()
    ) {
        let sorted = rows.sorted ?? SegmentOrder(rows, layout: layout, zones: zones)
        let model = layout.model
        let keys = sorted.isIdentity ? rows.keys : rows.keys.ordered(by: sorted.order)
        func encode(_ numbers: [Int64]) -> Chunk {
            // What is the same in every row need not be put in order.
            let isConstant = numbers.first.map { first in numbers.allSatisfy { $0 == first } }
            return NumberVector.encode(
                isConstant ?? true || sorted.isIdentity
                    ? numbers : numbers.ordered(by: sorted.order), in: room)
        }
        let keyChunk = KeyVector.encode(keys, in: room)
        var chunks: [(column: ChunkColumn, chunk: Chunk)] = [
            (.origin, encode(rows.origins)), (.key, keyChunk),
        ]
        if !KeyIndex.isNeedless(keys, runs: sorted.runs) {
            let index = KeyIndex(
                keys,
                origins: sorted.isIdentity
                    ? rows.origins : rows.origins.ordered(by: sorted.order))
            chunks.append((.index, NumberVector.encode(index.rows, in: room)))
            chunks.append((.filter, index.filter.encode(rows: rows.count)))
        }
        if !rows.begins.isEmpty { chunks.append((.begin, encode(rows.begins))) }
        if layout.isReferenced { chunks.append((.reference, encode(rows.references))) }
        var relations = ColumnRelations(keys: keys, keyChunk)
        // Other moments are told by the time after the model's own.
        let time = sorted.timePosition
        let positions = [time].compactMap(\.self) + model.columns.indices.filter { $0 != time }
        for position in positions {
            let column = ChunkColumn(layout.id(ofColumn: position))
            let type = model.columns[position].type
            switch rows.columns[position] {
            case .numbers(let given):
                let isTime = position == time
                let numbers =
                    isTime
                    ? sorted.times
                    : sorted.isIdentity ? given : given.ordered(by: sorted.order)
                chunks.append(
                    (column, relations.encode(numbers, column, type, isTime: isTime, in: room)))
                guard type == .instant else { continue }
                let days =
                    isTime
                    ? sorted.days
                    : LocalDayCode.days(of: numbers, runs: sorted.runs, zones: zones)
                chunks.append(
                    (
                        ChunkColumn(column.id, .days),
                        relations.encode(days: days, of: column, numbers, in: room)
                    ))
            case .texts(let given):
                let texts = sorted.isIdentity ? given : sorted.order.map { given[Int($0)] }
                chunks.append((column, TextVector.encode(texts, in: room)))
            }
        }
        self.rows = rows.count
        runs = sorted.runs
        self.chunks = chunks
        order = sorted.order
    }

    /// What the segment is to readers.
    func segment(id: Int64, begin: UInt64?, run: Int64? = nil, level: Int = 0) -> Segment {
        Segment(
            id: id, rows: rows, runs: runs,
            summaries: Dictionary(
                uniqueKeysWithValues: chunks.map { column, chunk in
                    (column, chunk.summary)
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

    /// The day codes of the sorted rows of a segment.
    static func days(
        of numbers: [Int64], runs: [CompanyRun], zones: [Int: Zone]
    ) -> [Int64] {
        var days = [Int64](repeating: NumberVector.missing, count: numbers.count)
        for run in runs {
            var day = LocalDayRange(zone: zones[run.company] ?? .utc)
            for row in run.rows { days[row] = day.code(of: numbers[row]) }
        }
        return days
    }
}
