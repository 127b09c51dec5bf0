import Vocabulary

/// One column of a company's rows of a model, by their dense index: what a star join looks up.
struct AttributeTable {
    private enum Values {
        case numbers([Int64])
        case texts([String?])
    }

    private let values: Values

    init(_ snapshot: Snapshot, model: ModelState, position: Int, company: Int) throws {
        let layout = model.layout
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
