import CSQLTable
import Vocabulary

/// Fills the columns of a batch that a statement uses.
///
/// Texts are written only for rows that the walk selected.
@safe
final class SQLBatchFiller {
    let table: SQLTable
    let used: [Bool]
    /// One per column of the table.
    let columns: UnsafeMutablePointer<sql_column>
    private var walker: BatchWalker?
    private var sources: [Int?]
    private var numbers: [Int: KernelBuffer<Int64>] = [:]
    private var texts: [Int: TextMemory] = [:]

    init(_ table: SQLTable, used: [Bool]) {
        self.table = table
        self.used = used
        sources = table.columns.map { _ in nil }
        unsafe columns = .allocate(capacity: max(1, table.columns.count))
        unsafe columns.initialize(repeating: sql_column(), count: max(1, table.columns.count))
        for (index, column) in table.columns.enumerated() where used[index] {
            switch column.content {
            case .number, .reference: unsafe columns[index].kind = Int32(sql_number)
            case .ref:
                unsafe columns[index].kind = Int32(sql_number)
                own(index)
            case .day: unsafe columns[index].kind = Int32(sql_day)
            case .category(let position):
                set(words: .category(table.rows.layout.id(ofColumn: position)), of: index)
            case .company: set(words: .companies, of: index)
            case .origin:
                set(words: .origins, of: index)
                own(index)
            case .text, .key:
                unsafe columns[index].kind = Int32(sql_text)
                texts[index] = TextMemory(count: StoreLimits.batchRows)
            }
        }
    }

    deinit { unsafe columns.deallocate() }

    private func own(_ index: Int) {
        let buffer = KernelBuffer<Int64>(StoreLimits.batchRows)
        numbers[index] = buffer
        unsafe columns[index].numbers = UnsafePointer(buffer.pointer)
    }

    private func set(words list: SQLSession.WordList, of index: Int) {
        unsafe columns[index].kind = Int32(sql_word)
        unsafe columns[index].show(table.session.texts(of: list))
    }

    /// Takes the numbers from a walk.
    func attach(_ walker: BatchWalker) {
        self.walker = walker
        for (index, column) in table.columns.enumerated() where used[index] {
            switch column.content {
            case .number(let position), .category(let position):
                sources[index] = walker.register(.column(position, .values))
            case .day(let position, let part):
                sources[index] = walker.register(.column(position, part))
            case .reference(let position):
                sources[index] = walker.register(.reference(position))
            case .company: sources[index] = walker.register(.company)
            case .origin, .key, .ref, .text: break
            }
        }
    }

    /// Writes the columns of a batch of the walk.
    func fill(_ batch: BatchWalker.Batch) throws {
        guard let walker else { return }
        let block = walker.blocks[batch.block]
        let chunks = walker.snapshot.chunks
        for (index, column) in table.columns.enumerated() where used[index] {
            if let source = sources[index] {
                let buffer = try walker.numbers(source, batch)
                unsafe columns[index].numbers = UnsafePointer(buffer.pointer)
                continue
            }
            switch column.content {
            case .origin:
                guard let buffer = numbers[index] else { continue }
                try block.origins(chunks: chunks).fill(batch.rows, into: buffer)
            case .ref:
                guard let buffer = numbers[index] else { continue }
                try fillReferences(batch, block, walker, into: buffer)
            case .key:
                let keys = try block.keys(chunks: chunks)
                write(index, batch, walker) { keys($0).description }
            case .text(let position):
                let reader = try block.texts(
                    position, layout: table.rows.layout, chunks: chunks)
                write(index, batch, walker, reader)
            default: break
            }
        }
    }

    private func fillReferences(
        _ batch: BatchWalker.Batch, _ block: RowBlock, _ walker: BatchWalker,
        into buffer: KernelBuffer<Int64>
    ) throws {
        try block.references(chunks: walker.snapshot.chunks).fill(batch.rows, into: buffer)
        let companies = batch.company == nil ? block.companies : nil
        for row in 0..<batch.rows.count {
            // Rows from before anything referred to this model have no index.
            guard buffer[row] >= 0 else {
                buffer[row] = NumberVector.missing
                continue
            }
            let company = batch.company.map(Int64.init) ?? companies?[batch.start + row] ?? 0
            buffer[row] |= company << 32
        }
    }

    private func write(
        _ index: Int, _ batch: BatchWalker.Batch, _ walker: BatchWalker,
        _ text: (Int) -> String?
    ) {
        guard let memory = texts[index] else { return }
        memory.clear()
        for row in walker.selection.rows { memory.set(Int(row), text(batch.start + Int(row))) }
        unsafe columns[index].show(memory)
    }

    // MARK: For lookups

    /// The number of a row of the batch.
    func number(_ column: Int, row: Int) -> Int64 {
        precondition((0..<StoreLimits.batchRows).contains(row))
        return unsafe columns[column].numbers?[row] ?? NumberVector.missing
    }

    /// The texts of the batch, for a column of texts.
    func memory(_ column: Int) -> TextMemory? { texts[column] }
}

extension sql_column {
    /// Lets C read some texts.
    mutating func show(_ memory: TextMemory) {
        unsafe bytes = UnsafeRawPointer(memory.bytes.pointer).assumingMemoryBound(to: CChar.self)
        unsafe offsets = UnsafePointer(memory.offsets.pointer)
        unsafe lengths = UnsafePointer(memory.lengths.pointer)
        unsafe texts = Int64(memory.count)
    }
}

extension RowBlock {
    /// The number of each row's origin.
    fileprivate func origins(chunks: ChunkReader) throws -> NumberVector {
        switch self {
        case .segment(let state): try chunks.numbers(state.segment, .origin)
        case .delta(let block): NumberVector(block.origins)
        }
    }

    /// The key of a row, by its number.
    fileprivate func keys(chunks: ChunkReader) throws -> (Int) -> RowKey {
        switch self {
        case .segment(let state):
            let keys = try chunks.keys(state.segment)
            return { keys[$0] }
        case .delta(let block): return { block.keys[$0] }
        }
    }

    /// The text of a row, by its number.
    fileprivate func texts(
        _ position: Int, layout: ModelLayout, chunks: ChunkReader
    ) throws -> (Int) -> String? {
        switch self {
        case .segment(let state):
            let texts = try chunks.texts(
                state.segment, ChunkColumn(layout.id(ofColumn: position)))
            return { texts[$0] }
        case .delta(let block): return { block.texts[position][$0] }
        }
    }
}
