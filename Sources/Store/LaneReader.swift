import CKernels
import Vocabulary

/// Rows of one company: those that lie together in a segment, some of a block of the delta, or some
/// that have changed, wherever they lie.
enum Piece: Sendable {
    case segment(SegmentState, rows: Range<Int>)
    case delta(DeltaBlock, rows: [Int32])
    case changed(ChangedRows, places: Range<Int>)

    /// The pieces of some companies' rows in a model, by the company's number, without looking at
    /// what they hold.
    static func all(of model: ModelState, companies: some Collection<Int>) -> [[Piece]] {
        let size = (companies.max() ?? -1) + 1
        var isWanted = [Bool](repeating: false, count: size)
        for company in companies { isWanted[company] = true }
        var pieces = [[Piece]](repeating: [], count: size)
        // By number, so that only segments with rows of these companies are copied.
        for number in model.segments.indices {
            for run in model.segments[number].segment.runs
            where run.company < size && isWanted[run.company] {
                pieces[run.company].append(.segment(model.segments[number], rows: run.rows))
            }
        }
        for block in model.delta {
            var rows = [[Int32]](repeating: [], count: size)
            for (row, company) in block.companies.enumerated()
            where company < size && isWanted[Int(company)] {
                rows[Int(company)].append(Int32(row))
            }
            for (company, rows) in rows.enumerated() where !rows.isEmpty {
                pieces[company].append(.delta(block, rows: rows))
            }
        }
        return pieces
    }

    var count: Int {
        switch self {
        case .segment(_, let rows): rows.count
        case .delta(_, let rows): rows.count
        case .changed(_, let places): places.count
        }
    }
}

/// Hands out the numbers of operands for batches of one company's rows.
///
/// A lane points into memory that the reader, or a chunk it holds, owns: it is valid until the next
/// batch.
final class LaneReader {
    private let shared: ScanShared
    let company: Int
    private(set) var piece: Piece?
    /// The rows of the present batch within the piece.
    private(set) var batch = 0..<0
    /// The texts that each text operand numbered.
    private(set) var words: [TextDictionary]
    private var vectors: [NumberVector?]
    private let buffers: ScanBuffers
    private var isFilled: [Bool]
    private var textVectors: [TextVector?]
    private var tables: [Int: NumberVector] = [:]
    /// The codes that words of compared operands have in the other's dictionary.
    private var comparedCodes: [Int: [Int64]] = [:]

    init(_ shared: ScanShared, company: Int, buffers: ScanBuffers) {
        self.buffers = buffers
        self.shared = shared
        self.company = company
        let count = shared.plan.operands.count
        words = shared.plan.operands.map { _ in TextDictionary() }
        vectors = .init(repeating: nil, count: count)
        isFilled = .init(repeating: false, count: count)
        textVectors = .init(repeating: nil, count: count)
    }

    // Not copies: a plan and a snapshot have many parts, and there is a reader for each company.
    var snapshot: Snapshot { shared.snapshot }
    var plan: ScanPlan { shared.plan }
    private var layout: ModelLayout { shared.plan.model.layout }

    func begin(_ piece: Piece) {
        self.piece = piece
        for index in vectors.indices {
            vectors[index] = nil
            textVectors[index] = nil
        }
    }

    func begin(batch: Range<Int>) {
        self.batch = batch
        for index in isFilled.indices { isFilled[index] = false }
    }

    // MARK: Lanes

    /// The clock of the company.
    private var zone: Zone { snapshot.state.zones[company] ?? .utc }

    private func fill(
        _ buffer: KernelBuffer<Int64>, _ operand: Int, _ position: Int, _ part: ChunkColumn.Part
    ) throws {
        switch piece {
        case .segment, .changed: try vector(operand, position, part).fill(batch, into: buffer)
        case .delta(let block, let rows):
            let numbers = part == .days ? block.days[position] : block.numbers[position]
            for (at, row) in rows[batch].enumerated() { buffer[at] = numbers[Int(row)] }
        case nil: preconditionFailure("a lane belongs to a piece")
        }
    }

    /// The numbers of an operand of the model itself, for the rows of the batch; for an attribute
    /// those of its reference column.
    func lane(_ operand: Int) throws -> rk_lane {
        switch plan.operands[operand] {
        case .column(let position, let part): return unsafe try lane(operand, position, part)
        case .attribute(let position, _, _, _, _):
            return unsafe try lane(operand, position, .values)
        case .derived(let position, let part, let derivation):
            let buffer = buffer(operand)
            if !isFilled[operand] {
                try fill(buffer, operand, position, part)
                derivation.apply(to: buffer, count: batch.count, zone: zone)
                isFilled[operand] = true
            }
            return unsafe Self.lane(buffer)
        case .compared(let first, let second, let comparison):
            let buffer = buffer(operand)
            if !isFilled[operand] {
                try expand(first, into: buffer)
                try expand(second, into: buffers.compared)
                let codes = comparedCodes[operand] ?? comparison.codes(in: snapshot.state)
                comparedCodes[operand] = codes
                comparison.apply(
                    to: buffer, buffers.compared, count: batch.count, codes: codes)
                isFilled[operand] = true
            }
            return unsafe Self.lane(buffer)
        case .text(let position):
            let buffer = buffer(operand)
            if !isFilled[operand] {
                try number(operand, position, into: buffer)
                isFilled[operand] = true
            }
            return unsafe Self.lane(buffer)
        }
    }

    /// Writes the numbers of an operand for all rows of the batch, those of an attribute too.
    private func expand(_ operand: Int, into target: KernelBuffer<Int64>) throws {
        var lane = unsafe try lane(operand)
        unsafe rk_expand(&lane, nil, Int64(batch.count), target.pointer)
        guard case .attribute = plan.operands[operand] else { return }
        let table = try attributeTable(operand)
        unsafe table.withLane { lane in
            var lane = unsafe lane
            unsafe rk_look_up(
                &lane, Int64(table.count), Int64(batch.count), target.pointer)
        }
    }

    /// Numbers that stand one after another.
    static func lane(_ buffer: KernelBuffer<Int64>) -> rk_lane {
        unsafe rk_lane(codes: buffer.pointer, base: 0, step: 1, width: 8, has_missing: 1)
    }

    private func lane(
        _ operand: Int, _ position: Int, _ part: ChunkColumn.Part
    ) throws -> rk_lane {
        switch piece {
        case .segment, .changed:
            let vector = try vector(operand, position, part)
            switch vector.shape {
            case .constant(let value):
                return unsafe rk_lane(codes: nil, base: value, step: 1, width: 0, has_missing: 0)
            case .frame(let frame):
                return unsafe frame.codes.withPointer { codes in
                    unsafe rk_lane(
                        codes: codes + batch.lowerBound * frame.codes.width, base: frame.base,
                        step: frame.step, width: Int32(frame.codes.width),
                        has_missing: frame.hasMissing ? 1 : 0)
                }
            case .runs(let runs):
                if let value = runs.constant(in: batch) {
                    return unsafe rk_lane(
                        codes: nil, base: value, step: 1, width: 0, has_missing: 0)
                }
                let buffer = buffer(operand)
                if !isFilled[operand] {
                    isFilled[operand] = true
                    runs.fill(batch, into: buffer)
                }
                return unsafe Self.lane(buffer)
            }
        case .delta:
            let buffer = buffer(operand)
            if !isFilled[operand] {
                isFilled[operand] = true
                try fill(buffer, operand, position, part)
            }
            return unsafe Self.lane(buffer)
        case nil: preconditionFailure("a lane belongs to a piece")
        }
    }

    /// The column of an operand in the present segment, or that of the changed rows.
    func vector(
        _ operand: Int, _ position: Int, _ part: ChunkColumn.Part
    ) throws -> NumberVector {
        if let known = vectors[operand] { return known }
        let made: NumberVector
        switch piece {
        case .segment(let state, _):
            let column = ChunkColumn(layout.id(ofColumn: position), part)
            made = try snapshot.chunks.numbers(state.segment, column)
            if part == .values { try check(made, position, column, state.segment) }
        case .changed(let rows, let places):
            made = try rows.numbers(position, part, chunks: snapshot.chunks)
            if part == .values, let limit = limit(of: position) {
                let areKnown = places.allSatisfy {
                    made[$0] == NumberVector.missing || (0..<limit).contains(made[$0])
                }
                guard areKnown else { throw layout.damagedChanges }
            }
        case .delta, nil: preconditionFailure("blocks of the delta have no codes")
        }
        vectors[operand] = made
        return made
    }

    /// Refuses codes without a word and references to rows that were never given an index: kernels
    /// take both for places in memory.
    private func check(
        _ vector: NumberVector, _ position: Int, _ column: ChunkColumn, _ segment: Segment
    ) throws {
        guard let limit = limit(of: position) else { return }
        var rows = 0..<segment.rows
        // Other companies of the segment have other rows to refer to.
        if case .reference = layout.model.columns[position].type,
            let run = segment.runs.first(where: { $0.company == company })
        {
            rows = run.rows
        }
        // A column without a chunk is missing in every row.
        guard let summary = segment.summaries[column], summary.missing < segment.rows else {
            return
        }
        guard summary.least >= 0, summary.greatest < limit || vector.greatest(rows) < limit else {
            throw snapshot.chunks.damaged(segment, column)
        }
    }

    /// What the codes or references of a column are less than, in the present company; nil where its
    /// numbers are values.
    private func limit(of position: Int) -> Int64? {
        switch shared.codes[position] {
        case .values: nil
        case .words(let count): Int64(count)
        case .references(let model):
            model.flatMap { model in
                shared.snapshot.state.referenceCounts[Touch(model: model, company: company)]
            } ?? 0
        }
    }

    private func buffer(_ operand: Int) -> KernelBuffer<Int64> { buffers.operand(operand) }

    // MARK: Texts

    /// The number of a text of an operand.
    func number(of text: String, _ operand: Int) -> Int64 {
        words[operand].code(of: text) ?? words[operand].append(text)
    }

    private func number(
        _ operand: Int, _ position: Int, into buffer: KernelBuffer<Int64>
    ) throws {
        switch piece {
        case .delta(let block, let rows):
            for (at, row) in rows[batch].enumerated() {
                buffer[at] =
                    block.texts[position][Int(row)].map { number(of: $0, operand) }
                    ?? NumberVector.missing
            }
        case .segment(let state, _):
            let texts = try texts(operand, position, state)
            for (at, row) in batch.enumerated() {
                buffer[at] = texts[row].map { number(of: $0, operand) } ?? NumberVector.missing
            }
        case .changed: preconditionFailure("totals with texts are not kept")
        case nil: preconditionFailure("a lane belongs to a piece")
        }
    }

    private func texts(
        _ operand: Int, _ position: Int, _ state: SegmentState
    ) throws -> TextVector {
        if let known = textVectors[operand] { return known }
        let made = try snapshot.chunks.texts(
            state.segment, ChunkColumn(layout.id(ofColumn: position)))
        textVectors[operand] = made
        return made
    }

    // MARK: Attributes

    /// The column that an attribute reads, by the dense index of the row that is referred to.
    func attributeTable(_ operand: Int) throws -> NumberVector {
        if let known = tables[operand] { return known }
        guard
            case .attribute(_, let name, let position, let part, let derivation) =
                plan.operands[operand]
        else { preconditionFailure("only an attribute has a table") }
        let model = try snapshot.rows(of: name)
        var made: NumberVector
        if model.layout.model.columns[position].type.holdsText {
            let table = try AttributeTable(
                snapshot, model: model, position: position, company: company)
            made = NumberVector(table.numbers(interning: &words[operand]))
        } else {
            made = try snapshot.attribute(model, position, part, company: company)
        }
        if let derivation {
            let zone = zone
            made = NumberVector((0..<made.count).map { derivation.number(made[$0], zone) })
        }
        tables[operand] = made
        return made
    }
}

extension NumberVector {
    /// Lends the numbers as a lane.
    func withLane<Result>(_ body: (rk_lane) throws -> Result) rethrows -> Result {
        switch shape {
        case .constant(let value):
            return unsafe try body(
                rk_lane(codes: nil, base: value, step: 1, width: 0, has_missing: 0))
        case .frame(let frame):
            return unsafe try frame.codes.withPointer { codes in
                unsafe try body(
                    rk_lane(
                        codes: codes, base: frame.base, step: frame.step,
                        width: Int32(frame.codes.width), has_missing: frame.hasMissing ? 1 : 0))
            }
        case .runs:
            let expanded = KernelBuffer<Int64>(count)
            fill(0..<count, into: expanded)
            return unsafe try body(LaneReader.lane(expanded))
        }
    }
}
