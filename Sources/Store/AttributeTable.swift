import Vocabulary

/// One column of a company's rows of a model, by their dense index: what a star join looks up.
struct AttributeTable {
    private enum Values {
        case numbers([Int64])
        case texts([String?])
    }

    private let values: Values

    /// Reads a column; with `wanted`, only its cells of the rows with these indices.
    init(
        _ snapshot: Snapshot, model: ModelState, position: Int, company: Int,
        of wanted: [Int]? = nil
    ) throws {
        let layout = model.layout
        var isWanted: [Bool] = []
        if let wanted {
            isWanted = Array(repeating: false, count: (wanted.max() ?? -1) + 1)
            for index in wanted { isWanted[index] = true }
        }
        let holdsText = layout.model.columns[position].type.holdsText
        var numbers: [Int64] = []
        var texts: [String?] = []
        var selection = Selection()
        for block in RowBlock.all(of: model) {
            for run in block.runs(of: [company]) {
                try block.visible(
                    run.rows, at: snapshot.commit.number, chunks: snapshot.chunks,
                    into: &selection)
                if run.company == nil {
                    let companies = block.companies
                    selection.keep { companies[run.rows.lowerBound + $0] == Int64(company) }
                }
                if selection.isEmpty { continue }
                let references = try block.references(chunks: snapshot.chunks)
                let column =
                    holdsText
                    ? nil
                    : try block.numbers(position, .values, layout: layout, chunks: snapshot.chunks)
                for offset in selection.rows {
                    let row = run.rows.lowerBound + Int(offset)
                    let index = Int(references[row])
                    // Rows from before anything referred to this model have no index.
                    if index < 0 { continue }
                    if wanted != nil, index >= isWanted.count || !isWanted[index] { continue }
                    if let column {
                        while numbers.count <= index { numbers.append(NumberVector.missing) }
                        numbers[index] = column[row]
                    } else {
                        while texts.count <= index { texts.append(nil) }
                        texts[index] = try block.text(
                            position, row: row, layout: layout, chunks: snapshot.chunks)
                    }
                }
            }
        }
        values = holdsText ? .texts(texts) : .numbers(numbers)
    }

    func cell(_ index: Int) -> StoredCell? {
        switch values {
        case .numbers(let numbers):
            numbers.indices.contains(index) ? .number(numbers[index]) : nil
        case .texts(let texts): texts.indices.contains(index) ? .text(texts[index]) : nil
        }
    }

    /// The numbers by dense index; for texts, their codes in a dictionary of the scan.
    func numbers(interning dictionary: inout TextDictionary) -> [Int64] {
        switch values {
        case .numbers(let numbers): return numbers
        case .texts(let texts):
            return texts.map { text in
                guard let text else { return NumberVector.missing }
                return dictionary.code(of: text) ?? dictionary.append(text)
            }
        }
    }
}

extension Snapshot {
    /// A column of numbers of a company's rows, by dense index; missing where there is no row.
    func attribute(
        _ model: ModelState, _ position: Int, _ part: ChunkColumn.Part, company: Int
    ) throws -> NumberVector {
        let touch = Touch(model: model.layout.id, company: company)
        let changed = state.touches[touch] ?? 0
        func make() throws -> NumberVector {
            let numbers = try numbers(model, position, part, company: company)
            let chunk = NumberVector.encode(numbers)
            return NumberVector(chunk) ?? NumberVector(numbers)
        }
        // An older snapshot may not see the rows as they are now.
        guard changed <= commit.number else { return try make() }
        return try memory.attribute(
            ScanMemory.AttributeName(
                model: model.layout.id,
                column: ChunkColumn(model.layout.id(ofColumn: position), part), company: company,
                touch: changed), make: make)
    }

    private func numbers(
        _ model: ModelState, _ position: Int, _ part: ChunkColumn.Part, company: Int
    ) throws -> [Int64] {
        let touch = Touch(model: model.layout.id, company: company)
        var numbers = [Int64](
            repeating: NumberVector.missing, count: Int(state.referenceCounts[touch] ?? 0))
        let mask = KernelBuffer<UInt8>(StoreLimits.kernelRows)
        let indices = KernelBuffer<Int64>(StoreLimits.kernelRows)
        let values = KernelBuffer<Int64>(StoreLimits.kernelRows)
        for piece in Piece.all(of: model, companies: [company])[company] {
            switch piece {
            case .segment(let segment, let rows):
                let visible = VisibleRows(segment, at: commit.number)
                if visible.isEmpty { continue }
                let references = try chunks.numbers(segment.segment, .reference)
                guard references.greatest(rows) < Int64(numbers.count) else {
                    throw chunks.damaged(segment.segment, .reference)
                }
                let column = try chunks.numbers(
                    segment.segment, ChunkColumn(model.layout.id(ofColumn: position), part))
                for start in stride(
                    from: rows.lowerBound, to: rows.upperBound, by: StoreLimits.kernelRows)
                {
                    let batch = start..<min(start + StoreLimits.kernelRows, rows.upperBound)
                    mask.fill(1)
                    try visible.apply(batch, to: mask, chunks: chunks)
                    references.fill(batch, into: indices)
                    column.fill(batch, into: values)
                    // Rows from before anything referred to this model have no index.
                    for at in 0..<batch.count where mask[at] != 0 && indices[at] >= 0 {
                        numbers[Int(indices[at])] = values[at]
                    }
                }
            case .changed: preconditionFailure("all rows are asked for")
            case .delta(let block, let rows):
                let column = part == .days ? block.days[position] : block.numbers[position]
                for row in rows.map(Int.init)
                where block.begins[row] <= commit.number
                    && (block.ends[row] == 0 || block.ends[row] > commit.number)
                    && block.references[row] >= 0
                {
                    numbers[Int(block.references[row])] = column[row]
                }
            }
        }
        return numbers
    }
}
