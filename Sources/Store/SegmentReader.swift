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
    private var index: NumberVector?
    private var origins: NumberVector?
    private var references: NumberVector?
    /// The least and greatest origin, and those of integer keys.
    private let originSpan: ClosedRange<Int64>
    let keySpan: ClosedRange<Int64>
    private let hasIndex: Bool
    /// The run of each company, by its number; -1 where it has no rows.
    private var runs: [Int32] = []
    private var numbers: [NumberVector?] = []
    private var texts: [TextVector?] = []
    /// Bytes of the columns.
    private(set) var memory = 0
    /// How many look-ups may have found a row here, as far as ranges and filters tell.
    var uses = 0

    init(_ segment: Segment) {
        func span(_ column: ChunkColumn) -> ClosedRange<Int64> {
            segment.summaries[column].map { $0.least...$0.greatest } ?? .min ... .max
        }
        (originSpan, keySpan) = (span(.origin), span(.key))
        hasIndex = segment.summaries[.index] != nil
        for (number, run) in segment.runs.enumerated() {
            while runs.count <= run.company { runs.append(-1) }
            runs[run.company] = Int32(number)
        }
    }

    // MARK: Look-ups

    /// Whether a key may be among the rows of some companies, as far as that costs nothing to tell.
    func mayHave(_ identity: StoreWriter.Identity, among part: Part) -> Bool {
        guard originSpan.contains(Int64(identity.origin)) else { return false }
        if case .company(let company) = part {
            guard company < runs.count, runs[company] >= 0 else { return false }
        }
        if hasIndex { return true }
        guard case .integer(let key) = identity.key else { return false }
        return keySpan.contains(key)
    }

    /// Whether the segment has an index of its keys, and so a filter.
    var isIndexed: Bool { hasIndex }

    /// The hashes of all keys.
    func hashes(_ segment: Segment, _ chunks: ChunkReader) throws -> [UInt64] {
        let origins = try chunks.numbers(segment, .origin, isKept: false)
        let keys = try chunks.keys(segment, isKept: false)
        return (0..<segment.rows).map { keys[$0].stableHash(origin: Int(origins[$0])) }
    }

    /// Finds a row with a key, among the rows of some companies, that fulfils a condition.
    ///
    /// Where the segment has an index: its filter, then a binary search over its rows in the order
    /// of hashes. Else its keys are integers that ascend within each company's rows.
    /// `missed` is called when the filter let a key through that is not there.
    func row(
        of identity: StoreWriter.Identity, hash: UInt64, in segment: Segment,
        _ chunks: ChunkReader, among part: Part, missed: () -> Void = {},
        where condition: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        guard mayHave(identity, among: part) else { return nil }
        let hasOneOrigin = originSpan.lowerBound == originSpan.upperBound
        func isWanted(_ row: Int) throws -> Bool {
            if !hasOneOrigin {
                let origins = try readOrigins(segment, chunks)
                guard origins[row] == Int64(identity.origin) else { return false }
            }
            return try condition(row)
        }
        return !hasIndex
            ? try rowInOrder(identity.key, segment, chunks, part, where: isWanted)
            : try indexedRow(identity, hash, segment, chunks, part, missed, where: isWanted)
    }

    private func rowInOrder(
        _ key: RowKey, _ segment: Segment, _ chunks: ChunkReader, _ part: Part,
        where isWanted: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        guard case .integer(let wanted) = key else { return nil }
        uses += 1
        func search(_ run: CompanyRun) throws -> Int? {
            guard let integers = try keys(segment, chunks).integers else {
                throw chunks.damaged(segment, .key)
            }
            guard integers[run.rows.lowerBound] <= wanted,
                integers[run.rows.upperBound - 1] >= wanted
            else { return nil }
            var row = run.rows.firstPlace { integers[$0] < wanted }
            while row < run.rows.upperBound, integers[row] == wanted {
                if try isWanted(row) { return row }
                row += 1
            }
            return nil
        }
        if case .company(let company) = part {
            return try search(segment.runs[Int(runs[company])])
        }
        for run in segment.runs where part.contains(run.company) {
            if let row = try search(run) { return row }
        }
        return nil
    }

    private func indexedRow(
        _ identity: StoreWriter.Identity, _ wanted: UInt64, _ segment: Segment,
        _ chunks: ChunkReader, _ part: Part, _ missed: () -> Void,
        where isWanted: (_ row: Int) throws -> Bool
    ) throws -> Int? {
        guard try filter(segment, chunks).mayContain(wanted) else { return nil }
        uses += 1
        let index = try read(\.index, .index, segment, chunks)
        let origins = try readOrigins(segment, chunks)
        let keys = try keys(segment, chunks)
        func hash(at position: Int) -> UInt64 {
            let row = Int(index[position])
            return keys[row].stableHash(origin: Int(origins[row]))
        }
        var position = (0..<segment.rows).firstPlace { hash(at: $0) < wanted }
        if position == segment.rows || hash(at: position) != wanted { missed() }
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

    /// The value of a row in one column.
    func cell(
        _ position: Int, _ row: Int, _ segment: Segment, _ layout: ModelLayout,
        _ chunks: ChunkReader
    ) throws -> StoredCell {
        if numbers.isEmpty {
            numbers = layout.columnIDs.map { _ in nil }
            texts = layout.columnIDs.map { _ in nil }
        }
        if let known = numbers[position] { return .number(known[row]) }
        if let known = texts[position] { return .text(known[row]) }
        let column = ChunkColumn(layout.id(ofColumn: position))
        if layout.model.columns[position].type.holdsText {
            let made = try chunks.texts(segment, column, isKept: false)
            texts[position] = made
            memory += made.memory
            return .text(made[row])
        }
        let made = try chunks.numbers(segment, column, isKept: false)
        numbers[position] = made
        memory += made.memory
        return .number(made[row])
    }

    /// The dense index of a row.
    func reference(_ row: Int, _ segment: Segment, _ chunks: ChunkReader) throws -> Int64 {
        try readReferences(segment, chunks)[row]
    }

    private func readOrigins(_ segment: Segment, _ chunks: ChunkReader) throws -> NumberVector {
        try read(\.origins, .origin, segment, chunks)
    }

    private func readReferences(_ segment: Segment, _ chunks: ChunkReader) throws -> NumberVector {
        try read(\.references, .reference, segment, chunks)
    }

    /// A column of numbers: the one at hand, or read now.
    private func read(
        _ place: ReferenceWritableKeyPath<SegmentReader, NumberVector?>, _ column: ChunkColumn,
        _ segment: Segment, _ chunks: ChunkReader
    ) throws -> NumberVector {
        if let known = self[keyPath: place] { return known }
        let made = try chunks.numbers(segment, column, isKept: false)
        self[keyPath: place] = made
        memory += made.memory
        return made
    }

    private func keys(_ segment: Segment, _ chunks: ChunkReader) throws -> KeyVector {
        if let known = keyVector { return known }
        let made = try chunks.keys(segment, isKept: false)
        keyVector = made
        memory += made.memory
        return made
    }

    private func filter(_ segment: Segment, _ chunks: ChunkReader) throws -> KeyFilter {
        if let known = keyFilter { return known }
        let made = try chunks.filter(segment, isKept: false)
        keyFilter = made
        memory += made.memory
        return made
    }
}

extension Segment {
    /// The company of a row.
    func company(of row: Int) -> Int {
        let place = runs.indices.firstPlace {
            runs[$0].rows.upperBound <= row
        }
        return place < runs.count ? runs[place].company : -1
    }
}
