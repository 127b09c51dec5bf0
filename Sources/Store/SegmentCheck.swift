import GRDB
import Vocabulary

/// Reads every chunk of a segment and checks what must hold between them.
///
/// Checked: checksums and that payloads decode; row counts; that the summaries by which readers leave
/// segments out are those of the chunks; order by company, day and time; codes within their
/// dictionaries; references below their counts; origins that exist; commits and ends that happened;
/// a key index that is in order and a filter that lets every key through.
struct SegmentCheck {
    typealias Finding = (column: ChunkColumn, reason: String)

    private let state: StoreState
    private let model: ModelState
    private let found: SegmentState
    private let chunks: ChunkReader
    private(set) var findings: [Finding] = []
    private(set) var count = 0

    private var segment: Segment { found.segment }

    init(_ found: SegmentState, of model: ModelState, _ state: StoreState, chunks: ChunkReader) {
        self.found = found
        self.model = model
        self.state = state
        self.chunks = chunks
    }

    private mutating func fail(_ column: ChunkColumn, _ reason: String) {
        findings.append((column, reason))
    }

    /// Reads and checks all of it; only a file that cannot be read at all ends it early.
    mutating func run() throws {
        // Without them no row has a company.
        guard segment.runs.last?.rows.upperBound == segment.rows,
            segment.runs.allSatisfy({ state.companies.values.contains($0.company) })
        else {
            fail(.key, "its rows are not all of known companies")
            return
        }
        if let last = found.ends.first(from: segment.rows) {
            fail(.key, "row \(last.row) ended, which it does not have")
        }
        var isMade = true
        found.ends.forEach { _, commit in
            if commit == 0 || commit > state.commit.number { isMade = false }
        }
        if !isMade { fail(.key, "a row ended at a commit that was never made") }
        var columns = Set(segment.summaries.keys)
        columns.formUnion([.origin, .key])
        var numbers: [ChunkColumn: NumberVector] = [:]
        var keys: KeyVector?
        var filter: KeyFilter?
        for column in columns.sorted(by: { ($0.id, $0.part.rawValue) < ($1.id, $1.part.rawValue) })
        {
            count += 1
            guard let chunk = try chunks.read(segment, column), chunk.count == segment.rows else {
                fail(column, Damage.checksumReason)
                continue
            }
            if let summary = segment.summaries[column],
                summary.least != chunk.least || summary.greatest != chunk.greatest
                    || summary.missing != chunk.missing
            {
                fail(column, "is not what its summary says")
            }
            var isDecoded = false
            switch column {
            case .key:
                keys = KeyVector(chunk)
                isDecoded = keys != nil
            case .filter:
                filter = KeyFilter(chunk)
                isDecoded = filter != nil
            default:
                if holdsText(column) {
                    isDecoded = TextVector(chunk) != nil
                } else {
                    do {
                        guard let vector = try chunks.numbers(of: chunk, segment) else { break }
                        isDecoded = true
                        checkNumbers(vector, column)
                        if isNeeded(column) { numbers[column] = vector }
                    } catch let advice as Advice where advice.kind == .damaged {
                        fail(column, "follows from a damaged column")
                        continue
                    }
                }
            }
            if !isDecoded { fail(column, "cannot be decoded") }
        }
        checkOrder(numbers)
        checkIndex(keys, filter, numbers)
    }

    private func holdsText(_ column: ChunkColumn) -> Bool {
        guard let position = model.layout.columnIDs.firstIndex(of: column.id) else { return false }
        return model.layout.model.columns[position].type.holdsText
    }

    /// Whether a column takes part in a check of several columns.
    private func isNeeded(_ column: ChunkColumn) -> Bool {
        column == .origin || column == .index || column.id == timeColumn
    }

    private var timeColumn: Int? {
        let layout = model.layout
        return layout.model.timeColumn.flatMap(layout.model.index(of:)).map(layout.id(ofColumn:))
    }

    /// Checks the values of one column against what the rest of the store has.
    private mutating func checkNumbers(_ vector: NumberVector, _ column: ChunkColumn) {
        let known: Set<Int64>
        switch column {
        case .origin:
            known = Set(state.origins.values.map(Int64.init))
            if (0..<segment.rows).contains(where: { !known.contains(vector[$0]) }) {
                fail(column, "names an origin that does not exist")
            }
        case .begin:
            let last = Int64(clamping: state.commit.number)
            if (0..<segment.rows).contains(where: { vector[$0] < 0 || vector[$0] > last }) {
                fail(column, "names a commit that was never made")
            }
        case .reference: checkReferences(vector, column, to: model.layout.id)
        default:
            guard column.part == .values,
                let position = model.layout.columnIDs.firstIndex(of: column.id)
            else { return }
            switch model.layout.model.columns[position].type {
            case .category:
                let size = Int64(state.dictionaries[column.id]?.texts.count ?? 0)
                let isWithin = (0..<segment.rows).allSatisfy {
                    vector[$0] == NumberVector.missing || (0..<size).contains(vector[$0])
                }
                if !isWithin { fail(column, "has a code without a word") }
            case .reference(let target):
                if let id = state.models[target]?.layout.id {
                    checkReferences(vector, column, to: id)
                }
            default: return
            }
        }
    }

    private mutating func checkReferences(
        _ vector: NumberVector, _ column: ChunkColumn, to target: Int
    ) {
        for run in segment.runs {
            let count = state.referenceCounts[Touch(model: target, company: run.company)] ?? 0
            let isWithin = run.rows.allSatisfy {
                vector[$0] == NumberVector.missing || (0..<count).contains(vector[$0])
            }
            if isWithin { continue }
            fail(column, "refers to a row that was never given a place")
            return
        }
    }

    /// Rows ascend by local day and time within each company.
    private mutating func checkOrder(_ numbers: [ChunkColumn: NumberVector]) {
        guard let timeColumn, let times = numbers[ChunkColumn(timeColumn)] else { return }
        let days = numbers[ChunkColumn(timeColumn, .days)] ?? times
        for run in segment.runs {
            for row in run.rows.dropFirst() {
                let (day, before) = (days[row], days[row - 1])
                if before > day || before == day && times[row - 1] > times[row] {
                    fail(ChunkColumn(timeColumn), "is not in order")
                    return
                }
            }
        }
    }

    private mutating func checkIndex(
        _ keys: KeyVector?, _ filter: KeyFilter?, _ numbers: [ChunkColumn: NumberVector]
    ) {
        guard let keys else { return }
        guard segment.summaries[.index] != nil else {
            let integers = keys.integers
            let isSorted = segment.runs.allSatisfy { run in
                run.rows.dropFirst().allSatisfy { row in
                    integers.map { $0[row - 1] <= $0[row] } ?? false
                }
            }
            if !isSorted { fail(.key, "is not in order and has no index") }
            return
        }
        guard let origins = numbers[.origin] else { return }
        let hashes = (0..<segment.rows).map { keys[$0].stableHash(origin: Int(origins[$0])) }
        if let filter, !hashes.allSatisfy(filter.mayContain) {
            fail(.filter, "does not let every key through")
        }
        guard let index = numbers[.index] else { return }
        var isSeen = [Bool](repeating: false, count: segment.rows)
        var last = UInt64(0)
        for position in 0..<segment.rows {
            let row = index[position]
            guard (0..<Int64(segment.rows)).contains(row), !isSeen[Int(row)],
                hashes[Int(row)] >= last
            else {
                fail(.index, "is not in the order of its keys")
                return
            }
            isSeen[Int(row)] = true
            last = hashes[Int(row)]
        }
    }
}

extension Store {
    /// Reads all of the store: every chunk, the rows that wait to be sealed, and SQLite's own
    /// structure; checks what must hold between them, and does not stop at the first damage.
    ///
    /// - Throws: `Advice` when the file cannot be read at all.
    public func verify() throws -> Verification {
        let state = try current()
        // Of its own, so that a long reading does not empty the cache or wait for questions.
        let queue = try StoreFile.openReader(path: path)
        defer { try? queue.close() }
        let reader = ChunkReader(queue: queue, limit: 0)
        var count = (chunks: 0, changes: 0)
        var damage: [Damage] = []
        var problems: [String] = []
        for (name, model) in state.models.sorted(by: { $0.key < $1.key }) {
            for found in model.segments {
                var check = SegmentCheck(found, of: model, state, chunks: reader)
                try check.run()
                count.chunks += check.count
                // A segment that was replaced meanwhile is no damage.
                let isKept = try StoreFile.advising {
                    try queue.read {
                        try Int.fetchOne(
                            $0, sql: "SELECT 1 FROM segment WHERE id = ?",
                            arguments: [found.segment.id]) != nil
                    }
                }
                if isKept, !check.findings.isEmpty {
                    damage.append(
                        describe(
                            check.findings, in: found.segment, of: model, state, foundAt: nil))
                    if access == .readWrite {
                        _ = try note([name: [found.segment.id: Set(check.findings.map(\.column))]])
                    }
                }
            }
            // What is not whole there is already known as damage.
            if access == .readOnly {
                count.changes += try StoreFile.advising {
                    try queue.read { try StoreCatalog.checkRecent(of: model, in: $0).entries }
                }
            }
        }
        damage += try damagedChanges(of: state)
        if access == .readWrite {
            let healed = try healChanges()
            count.changes = healed.changes
            damage += healed.damage
        }
        problems += try StoreFile.advising {
            try queue.read { try String.fetchAll($0, sql: "PRAGMA quick_check(10)") }
        }.filter { $0 != "ok" }
        return Verification(
            chunks: count.chunks, changes: count.changes, damage: damage, fileProblems: problems)
    }
}
