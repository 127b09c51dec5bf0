import Vocabulary

/// Merges sorted segments into the rows of one new segment.
///
/// Each lane is a run: segments in the order of (company, day, time), of which some rows are done.
/// Only what the merge compares is decoded for all lanes at once; the other columns are gathered one
/// after another, so memory is bounded by the inputs in encoded form and the rows of one output.
struct SegmentMerge {
    /// One segment of a lane.
    struct Input {
        let state: SegmentState
        /// How many of its rows were merged before.
        var done: Int
    }

    /// A row version that no snapshot shows any more.
    struct Dropped {
        let company: Int
        let origin: Int
        let key: RowKey
        let reference: Int64
    }

    /// What a merge made.
    struct Product {
        var rows: SegmentRows
        /// The commit of all rows; nil when they differ.
        var begin: UInt64?
        /// The commits that ended the rows, 0 for those that live.
        var ends: [UInt64]
        /// The lanes with what is done now.
        var lanes: [[Input]]
        /// How many versions were left out because they ended before the horizon.
        var forgotten = 0
        /// Rows that were left out and may be referred to.
        var dropped: [Dropped] = []

        var isComplete: Bool {
            lanes.allSatisfy { $0.allSatisfy { $0.done == $0.state.segment.rows } }
        }
    }

    let layout: ModelLayout
    let chunks: ChunkReader
    /// Versions that ended up to this commit are left out.
    let oldest: UInt64
    /// Rows to leave out whatever their age, by segment; what an erasure removes.
    var erased: [Int64: Set<Int>] = [:]
    /// Commits of which no version is left out for its age.
    var pins: [UInt64] = []

    private struct Pick {
        var rows: [Int32] = []
        var positions: [Int32] = []
    }

    /// Takes up to `limit` rows; fewer when the lanes have no more.
    func run(_ given: [[Input]], limit: Int) throws -> Product {
        let lanes = try given.map { try Lane($0, layout: layout, chunks: chunks) }
        var picks: [[Pick]] = given.map { $0.map { _ in Pick() } }
        var product = Product(rows: SegmentRows(columns: []), begin: nil, ends: [], lanes: given)
        var heads = lanes.map(\.key)
        var examined = 0
        // Rows that are left out count as work, too.
        while product.ends.count < limit, examined < 2 * limit {
            guard let number = Self.least(of: heads) else { break }
            examined += 1
            let head = lanes[number]
            let (row, input) = (head.row, head.input)
            let version = head.version
            let isForgotten =
                version.end != 0 && version.end <= oldest
                && !pins.holdVersion(from: version.begin, to: version.end)
            if erased[head.segment.id]?.contains(row) == true {
                // Nothing may be kept of it, not even its place among the references.
            } else if isForgotten || version.end == version.begin {
                if isForgotten { product.forgotten += 1 }
                if layout.isReferenced { product.dropped.append(try head.identity(chunks)) }
            } else {
                picks[number][input].rows.append(Int32(row))
                picks[number][input].positions.append(Int32(product.ends.count))
                product.rows.companies.append(head.company)
                product.rows.begins.append(Int64(version.begin))
                product.ends.append(version.end)
            }
            try head.advance(chunks)
            heads[number] = head.key
        }
        for (number, lane) in lanes.enumerated() { product.lanes[number] = lane.inputs }
        try gather(picks, given, into: &product)
        return product
    }

    /// The lane whose next row comes first; of equal ones the first.
    private static func least(of heads: [Lane.Key?]) -> Int? {
        var best: (number: Int, key: Lane.Key)?
        for number in heads.indices {
            guard let key = heads[number] else { continue }
            if let known = best, !(key < known.key) { continue }
            best = (number, key)
        }
        return best?.number
    }

    private func gather(
        _ picks: [[Pick]], _ given: [[Input]], into product: inout Product
    ) throws {
        let count = product.ends.count
        var sources: [(segment: Segment, pick: Pick)] = []
        for (lane, inputs) in zip(picks, given) {
            for (pick, input) in zip(lane, inputs) where !pick.rows.isEmpty {
                sources.append((input.state.segment, pick))
            }
        }
        func numbers(_ column: ChunkColumn) throws -> [Int64] {
            var gathered = [Int64](repeating: NumberVector.missing, count: count)
            for (segment, pick) in sources {
                let vector = try chunks.numbers(segment, column)
                for (row, position) in zip(pick.rows, pick.positions) {
                    gathered[Int(position)] = vector[Int(row)]
                }
            }
            return gathered
        }
        product.rows.origins = try numbers(.origin)
        product.rows.keys = try keys(sources, count: count)
        if layout.isReferenced { product.rows.references = try numbers(.reference) }
        for (position, column) in layout.model.columns.enumerated() {
            let chunk = ChunkColumn(layout.id(ofColumn: position))
            guard column.type.holdsText else {
                product.rows.columns.append(.numbers(try numbers(chunk)))
                continue
            }
            var texts = [String?](repeating: nil, count: count)
            for (segment, pick) in sources {
                let vector = try chunks.texts(segment, chunk)
                for (row, position) in zip(pick.rows, pick.positions) {
                    texts[Int(position)] = vector[Int(row)]
                }
            }
            product.rows.columns.append(.texts(texts))
        }
        // What one load began needs no commit per row.
        if let first = product.rows.begins.first, product.rows.begins.allSatisfy({ $0 == first }) {
            product.begin = UInt64(first)
            product.rows.begins = []
        }
    }

    private func keys(
        _ sources: [(segment: Segment, pick: Pick)], count: Int
    ) throws -> KeyColumn {
        let vectors = try sources.map { try chunks.keys($0.segment) }
        let integers = vectors.compactMap(\.integers)
        if integers.count == vectors.count {
            var gathered = [Int64](repeating: 0, count: count)
            for (vector, source) in zip(integers, sources) {
                for (row, position) in zip(source.pick.rows, source.pick.positions) {
                    gathered[Int(position)] = vector[Int(row)]
                }
            }
            return KeyColumn(integers: gathered)
        }
        var gathered = [RowKey](repeating: .integer(0), count: count)
        for (vector, source) in zip(vectors, sources) {
            for (row, position) in zip(source.pick.rows, source.pick.positions) {
                gathered[Int(position)] = vector[Int(row)]
            }
        }
        return KeyColumn(gathered)
    }
}

extension SegmentMerge {
    /// A run that is being merged, at its next row; owned by one merge.
    ///
    /// A class, because copying its vectors for each row would cost more than the merge.
    private final class Lane {
        struct Key: Comparable {
            let company: Int64
            let day: Int64
            let time: Int64

            @inline(__always)
            static func < (left: Key, right: Key) -> Bool {
                if left.company != right.company { return left.company < right.company }
                if left.day != right.day { return left.day < right.day }
                return left.time < right.time
            }
        }

        private(set) var inputs: [Input]
        /// Which input is being read; their number when the lane is over.
        private(set) var input = -1
        private(set) var row = 0
        /// The sort key of the next row; nil when the lane is over.
        private(set) var key: Key?
        private let layout: ModelLayout
        private let time: Int?
        private var days: NumberVector?
        private var times: NumberVector?
        private var begins: NumberVector?
        private var run = 0
        private var nextEnd: (row: Int, commit: UInt64)?

        init(_ inputs: [Input], layout: ModelLayout, chunks: ChunkReader) throws {
            self.inputs = inputs
            self.layout = layout
            time = layout.model.timeColumn.flatMap(layout.model.index(of:))
            try open(0, chunks)
        }

        var segment: Segment { inputs[input].state.segment }
        var company: Int { segment.runs[run].company }

        var version: (begin: UInt64, end: UInt64) {
            let begin = segment.begin ?? UInt64(clamping: begins?[row] ?? 0)
            return (begin, nextEnd.map { $0.row == row ? $0.commit : 0 } ?? 0)
        }

        func identity(_ chunks: ChunkReader) throws -> Dropped {
            Dropped(
                company: company, origin: Int(try chunks.numbers(segment, .origin)[row]),
                key: try chunks.keys(segment)[row],
                reference: try chunks.numbers(segment, .reference)[row])
        }

        func advance(_ chunks: ChunkReader) throws {
            row += 1
            inputs[input].done = row
            if row == segment.rows { try open(input + 1, chunks) } else { settle() }
        }

        /// Goes to the first row of an input, or of one after it, that is not done.
        private func open(_ number: Int, _ chunks: ChunkReader) throws {
            input = number
            while input < inputs.count, inputs[input].done == segment.rows { input += 1 }
            guard input < inputs.count else {
                (key, days, times, begins) = (nil, nil, nil, nil)
                return
            }
            row = inputs[input].done
            run = 0
            nextEnd = inputs[input].state.ends.first(from: row)
            begins = segment.begin == nil ? try chunks.numbers(segment, .begin) : nil
            if let time {
                let column = ChunkColumn(layout.id(ofColumn: time))
                times = try chunks.numbers(segment, column)
                days =
                    layout.model.columns[time].type == .instant
                    ? try chunks.numbers(segment, ChunkColumn(column.id, .days)) : times
            }
            settle()
        }

        private func settle() {
            while segment.runs[run].rows.upperBound <= row { run += 1 }
            if let end = nextEnd, end.row < row {
                nextEnd = inputs[input].state.ends.first(from: row)
            }
            key = Key(company: Int64(company), day: days?[row] ?? 0, time: times?[row] ?? 0)
        }
    }
}
