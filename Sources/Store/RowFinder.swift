public import Vocabulary

/// Rows that a `RowRequest` found, produced in batches.
public struct RowSet: Sendable {
    /// How many rows there are.
    public let count: Int
    private let snapshot: Snapshot
    private let model: ModelState
    private let columns: [ColumnPath]
    private let locations: [RowLocation]

    init(
        snapshot: Snapshot, model: ModelState, columns: [ColumnPath], locations: [RowLocation]
    ) {
        self.snapshot = snapshot
        self.model = model
        self.columns = columns
        self.locations = locations
        count = locations.count
    }

    /// Hands out the rows in order, a thousand at a time; each has one cell per wanted column.
    public func forEachBatch(_ body: ([[Cell]]) throws -> Void) throws {
        let reader = try RowReader(snapshot, model: model, columns: columns)
        var start = 0
        while start < locations.count {
            let end = min(start + 1000, locations.count)
            try body(try locations[start..<end].map { try reader.cells($0) })
            start = end
        }
    }

    /// Hands out rows in order, with who they are; those of a range of places, or all.
    public func forEachRecord(
        in range: Range<Int>? = nil, _ body: (RowRecord) throws -> Void
    ) throws {
        let reader = try RowReader(snapshot, model: model, columns: columns)
        for location in locations[(range ?? locations.indices).clamped(to: locations.indices)] {
            try body(try reader.record(location))
        }
    }

    /// A row, and which row it is.
    public struct Row: Sendable {
        /// The same in every question of one snapshot about the model, and no other row's.
        public let place: Int
        /// The company that it belongs to.
        public let company: Company
        /// What other rows refer to it by; nil where no model refers to its own.
        public let reference: Reference?
        /// One cell per wanted column.
        public let cells: [Cell]
    }

    /// Hands out the rows in order.
    public func forEachRow(_ body: (Row) throws -> Void) throws {
        let reader = try RowReader(snapshot, model: model, columns: columns)
        let companies = Dictionary(
            uniqueKeysWithValues: snapshot.companies.compactMap { company in
                snapshot.state.companies[company.code].map { ($0, company) }
            })
        for location in locations {
            let (company, index) = try reader.identity(location)
            guard let owner = companies[company] else { continue }
            try body(
                Row(
                    place: Int(location.block) << 32 | Int(location.row), company: owner,
                    reference: index < 0 ? nil : Reference(company: company, index: index),
                    cells: try reader.cells(location)))
        }
    }
}

/// One row and who it is, whatever model it belongs to.
public struct RowRecord: Sendable {
    /// The source, or the identity that several feeds share.
    public let origin: String
    /// The key within the origin.
    public let key: RowKey
    /// The code of its company.
    public let company: String
    /// What other models know it by; nil for models that nothing refers to.
    public let reference: Reference?
    /// One cell per wanted column.
    public let cells: [Cell]

    /// Describes a row.
    public init(
        origin: String, key: RowKey, company: String, reference: Reference?, cells: [Cell]
    ) {
        self.origin = origin
        self.key = key
        self.company = company
        self.reference = reference
        self.cells = cells
    }
}

/// A row: its block and its number within it.
struct RowLocation: Sendable {
    let block: Int32
    let row: Int32
}

/// Finds and sorts the rows of a `RowRequest`.
struct RowFinder {
    private let snapshot: Snapshot
    private let request: RowRequest
    private let walker: BatchWalker
    private let order: [(source: Int, meaning: BatchWalker.Meaning)]

    init(_ snapshot: Snapshot, _ request: RowRequest) throws {
        self.snapshot = snapshot
        self.request = request
        let walker = try BatchWalker(snapshot, model: request.model, filters: request.filters)
        self.walker = walker
        order = try request.order.map { try walker.source($0.path) }
    }

    func run() throws -> RowSet {
        var locations: [RowLocation] = []
        var keys = order.map { _ in [Int64]() }
        try walker.walk { batch in
            for row in walker.selection.rows {
                locations.append(
                    RowLocation(block: Int32(batch.block), row: Int32(batch.start) + row))
            }
            for (index, entry) in order.enumerated() {
                let buffer = try walker.numbers(entry.source, batch)
                for row in walker.selection.rows { keys[index].append(buffer[Int(row)]) }
            }
        }
        for (index, entry) in order.enumerated() {
            if let ranks = ranks(entry.meaning) {
                keys[index] = keys[index].map {
                    $0 == NumberVector.missing ? $0 : ranks[Int($0)]
                }
            }
        }
        let sorted = try self.sorted(locations, keys)
        let wanted = request.limit.map { Array(sorted.prefix($0)) } ?? sorted
        return RowSet(
            snapshot: snapshot, model: walker.model, columns: request.columns, locations: wanted)
    }

    /// Where each text stands in alphabetical order, by its number; nil for other columns.
    private func ranks(_ meaning: BatchWalker.Meaning) -> [Int64]? {
        let texts: [String]
        switch meaning {
        case .category(let column): texts = snapshot.state.dictionaries[column]?.texts ?? []
        case .text(let source): texts = walker.texts(of: source)
        default: return nil
        }
        var ranks = [Int64](repeating: 0, count: texts.count)
        let order = texts.indices.sorted {
            texts[$0].utf8.lexicographicallyPrecedes(texts[$1].utf8)
        }
        for (rank, index) in order.enumerated() { ranks[index] = Int64(rank) }
        return ranks
    }

    private func sorted(_ locations: [RowLocation], _ keys: [[Int64]]) throws -> [RowLocation] {
        let descending = request.order.map(\.isDescending)
        let missing = NumberVector.missing
        let names = Dictionary(
            uniqueKeysWithValues: snapshot.state.origins.map { (Int64($1), $0) })
        let order = try locations.indices.sorted { left, right in
            for (index, column) in keys.enumerated() where column[left] != column[right] {
                if column[left] == missing { return false }
                if column[right] == missing { return true }
                return (column[left] < column[right]) != descending[index]
            }
            let first = try identity(locations[left])
            let second = try identity(locations[right])
            if first.origin != second.origin {
                return (names[first.origin] ?? "") < (names[second.origin] ?? "")
            }
            return first.key.precedes(second.key)
        }
        return order.map { locations[$0] }
    }

    private func identity(_ location: RowLocation) throws -> (origin: Int64, key: RowKey) {
        try walker.blocks[Int(location.block)].identity(
            row: Int(location.row), chunks: snapshot.chunks)
    }
}

extension RowKey {
    /// An order of keys: integers, then UUIDs, then texts by their bytes.
    func precedes(_ other: RowKey) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right
        case (.uuid(let left), .uuid(let right)): left < right
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.integer, _), (.uuid, .text): true
        default: false
        }
    }
}

/// Reads cells of single rows, keeping the columns of the blocks it has met.
final class RowReader {
    private struct Source {
        let position: Int
        let attribute: (model: ModelState, position: Int)?
    }

    private let snapshot: Snapshot
    private let model: ModelState
    private let blocks: [RowBlock]
    private let sources: [Source]
    private var vectors: [Int64: NumberVector] = [:]
    private var tables: [Int64: AttributeTable] = [:]
    private var denseIndices: [Int32: NumberVector] = [:]
    private lazy var origins = Dictionary(
        uniqueKeysWithValues: snapshot.state.origins.map { ($1, $0) })
    private lazy var companies = Dictionary(
        uniqueKeysWithValues: snapshot.state.companies.map { ($1, $0) })

    init(_ snapshot: Snapshot, model: ModelState, columns: [ColumnPath]) throws {
        self.snapshot = snapshot
        self.model = model
        blocks = RowBlock.all(of: model)
        sources = try columns.map { path in
            precondition(path.derivation == nil, "cells of rows are what is stored")
            let position = try Snapshot.position(of: path.column, in: model.layout.model)
            guard let attribute = path.attribute else {
                return Source(position: position, attribute: nil)
            }
            guard case .reference(let target) = model.layout.model.columns[position].type else {
                throw Advice(
                    .request,
                    "column ‘\(path.column)’ is not a reference, so ‘\(path)’ means "
                        + "nothing", remedy: "use the column itself")
            }
            let other = try snapshot.rows(of: target)
            return Source(
                position: position,
                attribute: (other, try Snapshot.position(of: attribute, in: other.layout.model)))
        }
    }

    func cells(_ location: RowLocation) throws -> [Cell] {
        let block = blocks[Int(location.block)]
        let row = Int(location.row)
        let company = company(block, row: row)
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
        let identity = try blocks[Int(location.block)]
            .identity(row: Int(location.row), chunks: snapshot.chunks)
        let (company, index) = try self.identity(location)
        return RowRecord(
            origin: origins[Int(identity.origin)] ?? "", key: identity.key,
            company: companies[company] ?? "",
            reference: index < 0 ? nil : Reference(company: company, index: index),
            cells: try cells(location))
    }

    /// The number of a row's company, and its index there; negative if nothing refers to it.
    func identity(_ location: RowLocation) throws -> (company: Int, index: Int) {
        let row = Int(location.row)
        let company = company(blocks[Int(location.block)], row: row)
        guard model.layout.isReferenced else { return (company, -1) }
        return (company, Int(try references(location.block)[row]))
    }

    private func references(_ block: Int32) throws -> NumberVector {
        if let known = denseIndices[block] { return known }
        let made = try blocks[Int(block)].references(chunks: snapshot.chunks)
        denseIndices[block] = made
        return made
    }

    private func company(_ block: RowBlock, row: Int) -> Int {
        switch block {
        case .segment(let state):
            state.segment.runs.first { $0.rows.contains(row) }?.company ?? -1
        case .delta(let block): Int(block.companies[row])
        }
    }

    private func vector(_ block: Int32, _ position: Int) throws -> NumberVector {
        let name = Int64(block) << 32 | Int64(position)
        if let known = vectors[name] { return known }
        let made = try blocks[Int(block)].numbers(
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
