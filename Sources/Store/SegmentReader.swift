import Vocabulary

/// What look-ups of single rows read of a segment, kept at hand from one commit to the next.
///
/// The chunk reader's cache finds a column by its name and under a lock, which takes longer than to
/// read one row of it. The segment itself is not held: nobody reads one that only the writer knows.
final class SegmentReader {
    /// The companies among whose rows a look-up searches.
    enum Part {
        case company(Int)
        case others(Int)
        case all

        func contains(_ company: Int) -> Bool {
            switch self {
            case .company(let wanted): company == wanted
            case .others(let known): company != known
            case .all: true
            }
        }
    }

    private var keyVector: KeyVector?
    private var keyFilter: KeyFilter?
    private var store: [ChunkColumn: NumberVector] = [:]
    private var numbers: [NumberVector?] = []
    private var texts: [TextVector?] = []
    /// Bytes of the columns.
    private(set) var memory = 0

    // MARK: Look-ups

    /// Finds a row with a key, among the rows of some companies, that fulfils a condition.
    ///
    /// Where the segment has an index: its filter, then a binary search over its rows in the order
    /// of hashes. Else its keys are integers that ascend within each company's rows.
    func row(
        of identity: StoreWriter.Identity, hash: UInt64, in segment: Segment,
        _ chunks: ChunkReader, among part: Part, where condition: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        let span = segment.summaries[.origin]
        if let span, !(span.least...span.greatest).contains(Int64(identity.origin)) { return nil }
        let hasOneOrigin = span.map { $0.least == $0.greatest } ?? false
        func isWanted(_ row: Int) throws -> Bool {
            if !hasOneOrigin {
                let origins = try column(.origin, segment, chunks)
                guard origins[row] == Int64(identity.origin) else { return false }
            }
            return try condition(row)
        }
        return segment.summaries[.index] == nil
            ? try rowInOrder(identity.key, segment, chunks, part, where: isWanted)
            : try indexedRow(identity, hash, segment, chunks, part, where: isWanted)
    }

    private func rowInOrder(
        _ key: RowKey, _ segment: Segment, _ chunks: ChunkReader, _ part: Part,
        where isWanted: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        guard case .integer(let wanted) = key, let span = segment.summaries[.key],
            (span.least...span.greatest).contains(wanted)
        else { return nil }
        func search(_ run: CompanyRun) throws -> Int? {
            guard let integers = try keys(segment, chunks).integers else {
                throw chunks.damaged(segment, .key)
            }
            guard integers[run.rows.lowerBound] <= wanted,
                integers[run.rows.upperBound - 1] >= wanted
            else { return nil }
            var row = StoreWriter.firstPosition(in: run.rows) { integers[$0] < wanted }
            while row < run.rows.upperBound, integers[row] == wanted {
                if try isWanted(row) { return row }
                row += 1
            }
            return nil
        }
        if case .company(let company) = part {
            // Runs are in the order of their companies' numbers.
            let place = StoreWriter.firstPosition(in: segment.runs.indices) {
                segment.runs[$0].company < company
            }
            guard place < segment.runs.count, segment.runs[place].company == company else {
                return nil
            }
            return try search(segment.runs[place])
        }
        for run in segment.runs where part.contains(run.company) {
            if let row = try search(run) { return row }
        }
        return nil
    }

    private func indexedRow(
        _ identity: StoreWriter.Identity, _ wanted: UInt64, _ segment: Segment,
        _ chunks: ChunkReader, _ part: Part, where isWanted: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        guard try filter(segment, chunks).mayContain(wanted) else { return nil }
        let index = try column(.index, segment, chunks)
        let origins = try column(.origin, segment, chunks)
        let keys = try keys(segment, chunks)
        func hash(at position: Int) -> UInt64 {
            let row = Int(index[position])
            return keys[row].stableHash(origin: Int(origins[row]))
        }
        var position = StoreWriter.firstPosition(in: 0..<segment.rows) { hash(at: $0) < wanted }
        while position < segment.rows, hash(at: position) == wanted {
            let row = Int(index[position])
            if keys[row] == identity.key, part.contains(segment.company(of: row)),
                try isWanted(row)
            {
                return row
            }
            position += 1
        }
        return nil
    }

    // MARK: Columns

    /// The values of a row.
    func cells(
        _ row: Int, _ segment: Segment, _ layout: ModelLayout, _ chunks: ChunkReader
    ) throws -> [StoredCell] {
        if numbers.isEmpty {
            numbers = layout.columnIDs.map { _ in nil }
            texts = layout.columnIDs.map { _ in nil }
        }
        var cells: [StoredCell] = []
        cells.reserveCapacity(layout.columnIDs.count)
        for (position, id) in layout.columnIDs.enumerated() {
            if let known = numbers[position] {
                cells.append(.number(known[row]))
            } else if let known = texts[position] {
                cells.append(.text(known[row]))
            } else if layout.model.columns[position].type.holdsText {
                let made = try chunks.texts(segment, ChunkColumn(id))
                texts[position] = made
                memory += made.memory
                cells.append(.text(made[row]))
            } else {
                let made = try chunks.numbers(segment, ChunkColumn(id))
                numbers[position] = made
                memory += made.memory
                cells.append(.number(made[row]))
            }
        }
        return cells
    }

    /// The dense index of a row.
    func reference(_ row: Int, _ segment: Segment, _ chunks: ChunkReader) throws -> Int64 {
        try column(.reference, segment, chunks)[row]
    }

    private func column(
        _ column: ChunkColumn, _ segment: Segment, _ chunks: ChunkReader
    ) throws -> NumberVector {
        if let known = store[column] { return known }
        let made = try chunks.numbers(segment, column)
        store[column] = made
        memory += made.memory
        return made
    }

    private func keys(_ segment: Segment, _ chunks: ChunkReader) throws -> KeyVector {
        if let known = keyVector { return known }
        let made = try chunks.keys(segment)
        keyVector = made
        memory += made.memory
        return made
    }

    private func filter(_ segment: Segment, _ chunks: ChunkReader) throws -> KeyFilter {
        if let known = keyFilter { return known }
        let made = try chunks.filter(segment)
        keyFilter = made
        memory += made.memory
        return made
    }
}

extension Segment {
    /// The company of a row.
    func company(of row: Int) -> Int {
        let place = StoreWriter.firstPosition(in: runs.indices) {
            runs[$0].rows.upperBound <= row
        }
        return place < runs.count ? runs[place].company : -1
    }
}
