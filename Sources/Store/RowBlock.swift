import Vocabulary

/// Some rows of a model that are read together: a segment or a block of the delta.
///
/// It gives scans and row readers one way to get at both.
enum RowBlock {
    case segment(SegmentState)
    case delta(DeltaBlock)

    /// The blocks of a model in a fixed order.
    static func all(of model: ModelState) -> [RowBlock] {
        model.segments.map(RowBlock.segment) + model.delta.map(RowBlock.delta)
    }

    var count: Int {
        switch self {
        case .segment(let state): state.segment.rows
        case .delta(let block): block.count
        }
    }

    /// Rows that may belong to some companies; `company` is nil where each row tells its own.
    func runs(of companies: Set<Int>) -> [(company: Int?, rows: Range<Int>)] {
        switch self {
        case .segment(let state):
            state.segment.runs.filter { companies.contains($0.company) }.map {
                (company: $0.company, rows: $0.rows)
            }
        case .delta(let block): block.count > 0 ? [(company: nil, rows: 0..<block.count)] : []
        }
    }

    /// The companies of a delta block's rows.
    var companies: NumberVector {
        guard case .delta(let block) = self else {
            preconditionFailure("the rows of a segment tell their company by their run")
        }
        return NumberVector(block.companies)
    }

    /// What is known of a column without reading it; nil when nothing is.
    func summary(_ column: ChunkColumn) -> ChunkSummary? {
        guard case .segment(let state) = self else { return nil }
        return state.segment.summaries[column]
            ?? ChunkSummary(least: 0, greatest: 0, missing: state.segment.rows)
    }

    func numbers(
        _ position: Int, _ part: ChunkColumn.Part, layout: ModelLayout, chunks: ChunkReader
    ) throws -> NumberVector {
        switch self {
        case .segment(let state):
            return try chunks.numbers(
                state.segment, ChunkColumn(layout.id(ofColumn: position), part))
        case .delta(let block):
            return NumberVector(part == .days ? block.days[position] : block.numbers[position])
        }
    }

    func text(
        _ position: Int, row: Int, layout: ModelLayout, chunks: ChunkReader
    ) throws -> String? {
        switch self {
        case .segment(let state):
            return try chunks.texts(
                state.segment, ChunkColumn(layout.id(ofColumn: position)))[row]
        case .delta(let block): return block.cell(position, row: row).text
        }
    }

    func references(chunks: ChunkReader) throws -> NumberVector {
        switch self {
        case .segment(let state): try chunks.numbers(state.segment, .reference)
        case .delta(let block): NumberVector(block.references)
        }
    }

    /// Origin and key of a row.
    func identity(row: Int, chunks: ChunkReader) throws -> (origin: Int64, key: RowKey) {
        switch self {
        case .segment(let state):
            (try chunks.numbers(state.segment, .origin)[row], try chunks.keys(state.segment)[row])
        case .delta(let block): (block.origins[row], block.keys[row])
        }
    }

    /// The rows of a range, counted from its start, that exist at a commit.
    func visible(
        _ range: Range<Int>, at commit: UInt64, chunks: ChunkReader, into selection: inout Selection
    ) throws {
        selection.selectAll(range.count)
        switch self {
        case .segment(let state):
            let segment = state.segment
            if segment.lastBegin > commit {
                if segment.begin != nil {
                    selection.removeAll()
                    return
                }
                let begins = try chunks.numbers(segment, .begin)
                selection.keep { begins[range.lowerBound + $0] <= Int64(clamping: commit) }
            }
            var ended: [Int] = []
            state.ends.forEach(in: range) { row, end in
                if end <= commit { ended.append(row - range.lowerBound) }
            }
            if !ended.isEmpty {
                var next = 0
                selection.keep { row in
                    while next < ended.count, ended[next] < row { next += 1 }
                    return next == ended.count || ended[next] != row
                }
            }
        case .delta(let block):
            selection.keep { offset in
                let row = range.lowerBound + offset
                let end = block.ends[row]
                return block.begins[row] <= commit && (end == 0 || end > commit)
            }
        }
    }
}

/// Which rows of a batch are still in question, in ascending order.
struct Selection {
    private(set) var rows: [Int32] = []
    /// Whether every row of the batch is selected, so that kernels need not look.
    private(set) var isAll = false

    init() { rows.reserveCapacity(StoreLimits.batchRows) }

    var isEmpty: Bool { rows.isEmpty }
    var count: Int { rows.count }

    mutating func selectAll(_ count: Int) {
        if isAll, rows.count == count { return }
        rows.removeAll(keepingCapacity: true)
        for row in 0..<Int32(count) { rows.append(row) }
        isAll = true
    }

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        isAll = false
    }

    @inline(__always)
    mutating func keep(_ condition: (Int) throws -> Bool) rethrows {
        var kept = 0
        for index in rows.indices {
            let row = rows[index]
            rows[kept] = row
            if try condition(Int(row)) { kept += 1 }
        }
        if kept < rows.count {
            rows.removeLast(rows.count - kept)
            isAll = false
        }
    }
}
