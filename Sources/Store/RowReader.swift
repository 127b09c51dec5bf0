import Vocabulary

/// Reads cells of single rows, keeping the columns of the blocks it has met.
final class RowReader {
    private let snapshot: Snapshot
    private let model: ModelState
    private let blocks: [RowBlock]
    private let sources: [RowSource]
    private var vectors: [Int64: NumberVector] = [:]
    private var tables: [Int64: AttributeTable] = [:]
    private var denseIndices: [Int: NumberVector] = [:]
    private lazy var origins = Dictionary(
        uniqueKeysWithValues: snapshot.state.origins.map { ($1, $0) })
    private lazy var companies = Dictionary(
        uniqueKeysWithValues: snapshot.state.companies.map { ($1, $0) })

    init(_ snapshot: Snapshot, model: ModelState, columns: [ColumnPath]) throws {
        self.snapshot = snapshot
        self.model = model
        blocks = RowBlock.all(of: model)
        sources = try RowSource.all(of: columns, model: model, snapshot)
    }

    func cells(_ location: RowLocation) throws -> [Cell] {
        let block = blocks[location.block]
        let (row, company) = (location.row, location.company)
        return try sources.map { source in
            let layout = model.layout
            if layout.model.columns[source.position].type.holdsText {
                let text = try block.text(
                    source.position, row: row, layout: layout, chunks: snapshot.chunks)
                return text.map(Cell.text) ?? .missing
            }
            let number = try vector(location.block, source.position)[row]
            guard let attribute = source.attribute else {
                return snapshot.state.cell(
                    .number(number), layout: layout, position: source.position, company: company)
            }
            guard number != NumberVector.missing,
                let stored = try table(attribute, company: company).cell(Int(number))
            else { return .missing }
            return snapshot.state.cell(
                stored, layout: attribute.model.layout, position: attribute.position,
                company: company)
        }
    }

    func record(_ location: RowLocation) throws -> RowRecord {
        let identity = try blocks[location.block]
            .identity(row: location.row, chunks: snapshot.chunks)
        let (company, index) = try self.identity(location)
        return RowRecord(
            origin: origins[Int(identity.origin)] ?? "", key: identity.key,
            company: companies[company] ?? "",
            reference: index < 0 ? nil : Reference(company: company, index: index),
            cells: try cells(location))
    }

    /// The number of a row's company, and its index there; negative if nothing refers to it.
    func identity(_ location: RowLocation) throws -> (company: Int, index: Int) {
        guard model.layout.isReferenced else { return (location.company, -1) }
        return (location.company, Int(try references(location.block)[location.row]))
    }

    /// Where a row lies that was not found by a walk.
    func location(block: Int, row: Int) -> RowLocation {
        let company =
            switch blocks[block] {
            case .segment(let state): state.segment.company(of: row)
            case .delta(let block): Int(block.companies[row])
            }
        return RowLocation(block: block, row: row, company: company)
    }

    private func references(_ block: Int) throws -> NumberVector {
        if let known = denseIndices[block] { return known }
        let made = try blocks[block].references(chunks: snapshot.chunks)
        denseIndices[block] = made
        return made
    }

    private func vector(_ block: Int, _ position: Int) throws -> NumberVector {
        let name = Int64(block) << 32 | Int64(position)
        if let known = vectors[name] { return known }
        let made = try blocks[block].numbers(
            position, .values, layout: model.layout, chunks: snapshot.chunks)
        vectors[name] = made
        return made
    }

    private func table(
        _ attribute: (model: ModelState, position: Int), company: Int
    ) throws -> AttributeTable {
        let name =
            Int64(attribute.model.layout.id) << 40 | Int64(attribute.position) << 24
            | Int64(company)
        if let known = tables[name] { return known }
        let made = try AttributeTable(
            snapshot, model: attribute.model, position: attribute.position, company: company)
        tables[name] = made
        return made
    }
}
