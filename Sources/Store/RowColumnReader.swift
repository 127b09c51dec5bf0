import CKernels
import Vocabulary

/// Reads columns of rows that lie here and there, a batch at a time.
///
/// Columns of the blocks that it has met are held until they take too much memory. Words of categories,
/// and of rows that are referred to, are lists that all batches share.
final class RowColumnReader {
    /// The columns of one source in the blocks that were met, by their number.
    private struct Held {
        var numbers: [NumberVector?]
        var texts: [TextVector?]
    }

    private let snapshot: Snapshot
    private let model: ModelState
    private let blocks: [RowBlock]
    private let sources: [RowSource]
    /// The companies whose rows are read.
    private let companies: [Int]
    private var held: [Held] = []
    private var heldBytes = 0
    private var attributes: [Int: AttributeColumn] = [:]
    private var categories: [Int: ResultWords] = [:]

    // Of the present batch: block, row and company of each row, and the blocks that occur.
    private var rowBlocks: [UInt32] = []
    private var rowNumbers: [Int64] = []
    private var rowCompanies: [UInt32] = []
    private var met: [Int] = []

    init(
        _ snapshot: Snapshot, model: ModelState, columns: [ColumnPath], companies: [Int]
    ) throws {
        self.snapshot = snapshot
        self.model = model
        self.companies = companies
        blocks = RowBlock.all(of: model)
        sources = try RowSource.all(of: columns, model: model, snapshot)
        letGo()
    }

    private func letGo() {
        held = sources.map { _ in
            Held(
                numbers: Array(repeating: nil, count: blocks.count),
                texts: Array(repeating: nil, count: blocks.count))
        }
        heldBytes = 0
    }

    /// The cells of some rows.
    func cells(_ locations: ArraySlice<RowLocation>) throws -> CellColumns {
        if heldBytes > StoreLimits.heldColumnBytes { letGo() }
        rowBlocks = locations.map { UInt32($0.block) }
        rowNumbers = locations.map { Int64($0.row) }
        rowCompanies = locations.map { UInt32($0.company) }
        var occurs = [Bool](repeating: false, count: blocks.count)
        for block in rowBlocks { occurs[Int(block)] = true }
        met = occurs.indices.filter { occurs[$0] }
        return CellColumns(
            count: locations.count,
            columns: try sources.indices.map { try column($0) })
    }

    private func column(_ source: Int) throws -> CellColumns.Column {
        let type = model.layout.model.columns[sources[source].position].type
        if type.holdsText { return try texts(source) }
        var numbers = try numbers(source)
        let (layout, position) = sources[source].column(in: model)
        var words: ResultWords?
        if let attribute = try attribute(source) {
            numbers = attribute.look(up: numbers, companies: rowCompanies)
            words = attribute.words
        }
        if case .category = layout.model.columns[position].type {
            words = category(layout.id(ofColumn: position))
        }
        if let words {
            let count = Int64(words.count)
            for row in numbers.indices where numbers[row] >= count || numbers[row] < 0 {
                numbers[row] = NumberVector.missing
            }
        }
        return CellColumns.Column(numbers: numbers, words: words, sharesWords: true)
    }

    /// The stored numbers of a column of the model.
    private func numbers(_ source: Int) throws -> [Int64] {
        let position = sources[source].position
        for block in met where held[source].numbers[block] == nil {
            let read = try blocks[block].numbers(
                position, .values, layout: model.layout, chunks: snapshot.chunks)
            // Runs are found by bisection, codes at once.
            let made =
                if case .runs = read.shape { read.narrowed(0..<read.count) } else { read }
            held[source].numbers[block] = made
            heldBytes += made.memory
        }
        return held[source].numbers.gathered(rowBlocks, rowNumbers)
    }

    /// Texts of the rows themselves, one word for each row.
    private func texts(_ source: Int) throws -> CellColumns.Column {
        let position = sources[source].position
        for block in met where held[source].texts[block] == nil {
            guard case .segment(let state) = blocks[block] else { continue }
            let made = try snapshot.chunks.texts(
                state.segment, ChunkColumn(model.layout.id(ofColumn: position)))
            held[source].texts[block] = made
            heldBytes += made.memory
        }
        var numbers = [Int64](repeating: NumberVector.missing, count: rowBlocks.count)
        var (bytes, ends) = ([UInt8](), [Int]())
        for row in numbers.indices {
            let (block, place) = (Int(rowBlocks[row]), Int(rowNumbers[row]))
            if let texts = held[source].texts[block] {
                guard texts.append(place, to: &bytes) else { continue }
            } else if case .delta(let delta) = blocks[block],
                let text = delta.cell(position, row: place).text
            {
                bytes += text.utf8
            } else {
                continue
            }
            numbers[row] = Int64(ends.count)
            ends.append(bytes.count)
        }
        return CellColumns.Column(
            numbers: numbers, words: ResultWords(bytes: bytes, ends: ends), sharesWords: false)
    }

    private func category(_ column: Int) -> ResultWords {
        if let known = categories[column] { return known }
        let made = ResultWords(snapshot.state.dictionaries[column]?.texts ?? [])
        categories[column] = made
        return made
    }

    private func attribute(_ source: Int) throws -> AttributeColumn? {
        guard let attribute = sources[source].attribute else { return nil }
        if let known = attributes[source] { return known }
        let made = try AttributeColumn(
            snapshot, model: attribute.model, position: attribute.position, companies: companies)
        attributes[source] = made
        return made
    }
}

/// One column of the rows that are referred to in some companies, by company and index.
struct AttributeColumn {
    /// By company number.
    private let tables: [NumberVector?]
    /// The words of a column of texts; its numbers are then places among them.
    let words: ResultWords?

    init(
        _ snapshot: Snapshot, model: ModelState, position: Int, companies: [Int]
    ) throws {
        var tables = [NumberVector?](repeating: nil, count: (companies.max() ?? -1) + 1)
        guard model.layout.model.columns[position].type.holdsText else {
            for company in companies {
                let read = try snapshot.attribute(model, position, .values, company: company)
                tables[company] =
                    if case .runs = read.shape { read.narrowed(0..<read.count) } else { read }
            }
            self.tables = tables
            words = nil
            return
        }
        var (bytes, ends) = ([UInt8](), [Int]())
        for company in companies {
            let (rows, pieces) = try snapshot.rowsReferredTo(model, company: company)
            let texts = try pieces.map { piece in
                guard case .segment(let state, _) = piece else { return nil as TextVector? }
                return try snapshot.chunks.texts(
                    state.segment, ChunkColumn(model.layout.id(ofColumn: position)))
            }
            tables[company] = NumberVector(
                rows.map { place in
                    guard let place else { return NumberVector.missing }
                    if let texts = texts[place.piece] {
                        guard texts.append(place.row, to: &bytes) else {
                            return NumberVector.missing
                        }
                    } else if case .delta(let block, _) = pieces[place.piece],
                        let text = block.cell(position, row: place.row).text
                    {
                        bytes += text.utf8
                    } else {
                        return NumberVector.missing
                    }
                    ends.append(bytes.count)
                    return Int64(ends.count - 1)
                })
        }
        self.tables = tables
        words = ResultWords(bytes: bytes, ends: ends)
    }

    /// The numbers of rows with some indices in their companies.
    func look(up indices: [Int64], companies: [UInt32]) -> [Int64] {
        tables.gathered(companies, indices)
    }
}

extension [NumberVector?] {
    /// For each of some places, the number there of one of the vectors; missing outside of it.
    fileprivate func gathered(_ vectors: [UInt32], _ places: [Int64]) -> [Int64] {
        precondition(vectors.count == places.count)
        precondition(vectors.allSatisfy { $0 < count })
        let none = unsafe rk_lane(
            codes: nil, base: NumberVector.missing, step: 1, width: 0, has_missing: 0)
        let lanes = unsafe map { vector -> rk_lane in
            switch vector?.shape {
            case .constant(let value)?:
                unsafe rk_lane(codes: nil, base: value, step: 1, width: 0, has_missing: 0)
            case .frame(let frame)?:
                unsafe frame.codes.withPointer { codes in
                    unsafe rk_lane(
                        codes: codes, base: frame.base, step: frame.step,
                        width: Int32(frame.codes.width), has_missing: frame.hasMissing ? 1 : 0)
                }
            case .runs?, nil: unsafe none
            }
        }
        let counts = map { Int64($0?.count ?? 0) }
        // The vectors, which own the memory of the lanes, outlive the call.
        return withExtendedLifetime(self) {
            unsafe [Int64](unsafeUninitializedCapacity: places.count) { target, made in
                unsafe rk_pick(
                    lanes, counts, vectors, places, Int64(places.count), target.baseAddress)
                made = places.count
            }
        }
    }
}

extension Snapshot {
    /// Where the rows of a company that others refer to lie, by their index: piece and row.
    fileprivate func rowsReferredTo(
        _ model: ModelState, company: Int
    ) throws -> (rows: [(piece: Int, row: Int)?], pieces: [Piece]) {
        let touch = Touch(model: model.layout.id, company: company)
        var rows = [(piece: Int, row: Int)?](
            repeating: nil, count: Int(state.referenceCounts[touch] ?? 0))
        let pieces = Piece.all(of: model, companies: [company])[company]
        var selection = Selection()
        for (number, piece) in pieces.enumerated() {
            let block: RowBlock
            let range: Range<Int>
            var isOwn: (Int) -> Bool = { _ in true }
            switch piece {
            case .segment(let segment, let rows): (block, range) = (.segment(segment), rows)
            case .delta(let delta, _):
                (block, range) = (.delta(delta), 0..<delta.count)
                let companies = block.companies
                isOwn = { companies[$0] == Int64(company) }
            case .changed: preconditionFailure("all rows are asked for")
            }
            try block.visible(range, at: commit.number, chunks: chunks, into: &selection)
            if selection.isEmpty { continue }
            let references = try block.references(chunks: chunks)
            for offset in selection.rows {
                let row = range.lowerBound + Int(offset)
                guard isOwn(row) else { continue }
                // Rows from before anything referred to this model have no index.
                let index = Int(references[row])
                if rows.indices.contains(index) { rows[index] = (number, row) }
            }
        }
        return (rows, pieces)
    }
}
