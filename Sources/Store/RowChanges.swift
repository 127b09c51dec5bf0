import Synchronization

/// The changes that the questions asked of one snapshot have looked for.
///
/// They hold on to segments, as the snapshot does, and so live no longer than it.
final class SnapshotChanges: Sendable {
    private struct Name: Hashable {
        let model: Int
        let after: UInt64
    }

    private let known = Mutex<[Name: RowChanges]>([:])

    /// The rows of a model that began or ended after a commit, up to that of the snapshot.
    func changes(
        of model: ModelState, after commit: UInt64, in snapshot: Snapshot
    ) throws -> RowChanges {
        let name = Name(model: model.layout.id, after: commit)
        if let known = known.withLock({ $0[name] }) { return known }
        let made = try RowChanges(model, after: commit, in: snapshot)
        known.withLock { $0[name] = made }
        return made
    }
}

/// The rows of a model that began or ended between two commits, of the companies in scope.
///
/// A row that began and ended in between is none of them. Whether rows lie in the delta or in
/// segments, and whether they were moved meanwhile, makes no difference.
struct RowChanges: Sendable {
    let added: ChangedRows
    let removed: ChangedRows

    init(_ model: ModelState, after first: UInt64, in snapshot: Snapshot) throws {
        var search = ChangeSearch(
            first: first, last: snapshot.commit.number, companies: snapshot.companyNumbers)
        for block in model.delta { search.collect(block) }
        for state in model.segments { try search.collect(state, chunks: snapshot.chunks) }
        added = ChangedRows(search.added, of: model.layout)
        removed = ChangedRows(search.removed, of: model.layout)
    }
}

/// The rows that changed, by company, while they are looked for.
private struct ChangeSearch {
    let first: UInt64
    let last: UInt64
    let companies: Set<Int>
    var added: [Int: [ChangedRows.Part]] = [:]
    var removed: [Int: [ChangedRows.Part]] = [:]

    mutating func collect(_ block: DeltaBlock) {
        var began: [Int: [Int32]] = [:]
        var ended: [Int: [Int32]] = [:]
        let begins = block.begins
        for row in 0..<block.count {
            let (begin, end) = (begins[row], block.ends[row])
            let (isOld, isGone) = (begin <= first, end != 0 && end <= last)
            guard begin <= last, isOld == isGone, !isOld || end > first else { continue }
            let company = Int(block.companies[row])
            guard companies.contains(company) else { continue }
            if isOld {
                ended[company, default: []].append(Int32(row))
            } else {
                began[company, default: []].append(Int32(row))
            }
        }
        for (company, rows) in began {
            added[company, default: []].append(ChangedRows.Part(block: .delta(block), rows: rows))
        }
        for (company, rows) in ended {
            removed[company, default: []].append(ChangedRows.Part(block: .delta(block), rows: rows))
        }
    }

    mutating func collect(_ state: SegmentState, chunks: ChunkReader) throws {
        let segment = state.segment
        let hasNew = segment.lastBegin > first
        guard hasNew || state.ends.latest > first else { return }
        for run in segment.runs where companies.contains(run.company) {
            var began: [Int32] = []
            var ended: [Int32] = []
            if hasNew {
                let begins = try segment.begin == nil ? chunks.numbers(segment, .begin) : nil
                for row in run.rows {
                    let begin = segment.begin ?? UInt64(clamping: begins?[row] ?? 0)
                    guard begin > first, begin <= last else { continue }
                    let end = state.ends.commit(of: row) ?? 0
                    if end == 0 || end > last { began.append(Int32(row)) }
                }
            }
            try state.ends.forEach(in: run.rows) { row, end in
                guard end > first, end <= last else { return }
                let begin =
                    try segment.begin
                    ?? UInt64(clamping: chunks.number(segment, .begin, row: row, of: run))
                if begin <= first { ended.append(Int32(row)) }
            }
            if !began.isEmpty {
                added[run.company, default: []].append(
                    ChangedRows.Part(block: .segment(state), rows: began))
            }
            if !ended.isEmpty {
                removed[run.company, default: []].append(
                    ChangedRows.Part(block: .segment(state), rows: ended))
            }
        }
    }
}

/// Rows that began, or rows that ended, put together from wherever they lie.
///
/// A column is read once, for the rows of all companies and for all questions that need it. Each row
/// is read by itself where it lies in a segment, where few of
/// a segment have changed.
final class ChangedRows: Sendable {
    /// Some rows of one company.
    struct Part: Sendable {
        let block: RowBlock
        let rows: [Int32]
    }

    /// So many rows of a company in a segment are read one by one; more, by reading their column.
    private static let fewRows = 64

    private let layout: ModelLayout
    private let parts: [(company: Int, part: Part)]
    /// Where the rows of each company stand.
    private let places: [Int: Range<Int>]
    private let count: Int
    /// By position, values and local days in turn.
    private let columns: Mutex<[NumberVector?]>

    init(_ found: [Int: [Part]], of layout: ModelLayout) {
        self.layout = layout
        var parts: [(company: Int, part: Part)] = []
        var places: [Int: Range<Int>] = [:]
        var count = 0
        for company in found.keys.sorted() {
            let start = count
            for part in found[company] ?? [] {
                parts.append((company, part))
                count += part.rows.count
            }
            places[company] = start..<count
        }
        (self.parts, self.places, self.count) = (parts, places, count)
        columns = Mutex([NumberVector?](repeating: nil, count: layout.model.columns.count * 2))
    }

    /// The places of a company's rows, for reading columns by them.
    func places(of company: Int) -> Range<Int> { places[company] ?? 0..<0 }

    /// A column of all rows, by their places.
    func numbers(
        _ position: Int, _ part: ChunkColumn.Part, chunks: ChunkReader
    ) throws -> NumberVector {
        let name = position * 2 + part.rawValue
        if let known = columns.withLock({ $0[name] }) { return known }
        var numbers: [Int64] = []
        numbers.reserveCapacity(count)
        let column = ChunkColumn(layout.id(ofColumn: position), part)
        for (company, rows) in parts {
            switch rows.block {
            case .segment(let state):
                guard let run = state.segment.runs.first(where: { $0.company == company }) else {
                    preconditionFailure("changed rows lie in a run of their company")
                }
                if rows.rows.count > Self.fewRows {
                    let whole = try chunks.numbers(state.segment, column)
                    for row in rows.rows { numbers.append(whole[Int(row)]) }
                } else {
                    for row in rows.rows {
                        numbers.append(
                            try chunks.number(state.segment, column, row: Int(row), of: run))
                    }
                }
            case .delta(let block):
                let held = part == .days ? block.days[position] : block.numbers[position]
                for row in rows.rows { numbers.append(held[Int(row)]) }
            }
        }
        let made = NumberVector(numbers)
        columns.withLock { $0[name] = made }
        return made
    }
}
