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

    /// Hands out the rows in order, column by column, in batches of a few thousand at the most.
    public func forEachColumns(_ body: (CellColumns) throws -> Void) throws {
        let reader = try RowColumnReader(
            snapshot, model: model, columns: columns, companies: companies)
        var (start, size) = (0, StoreLimits.firstRows)
        while start < locations.count {
            let end = min(start + size, locations.count)
            let cells = try reader.cells(locations[start..<end])
            try body(cells)
            start = end
            // Long texts come in small batches.
            size =
                cells.textBytes > StoreLimits.batchTextBytes
                ? max(size / 2, 16) : min(size * 2, StoreLimits.batchRows)
        }
    }

    /// The numbers of the companies that have rows.
    private var companies: [Int] {
        var occurs: [Bool] = []
        for location in locations {
            let company = location.company
            if company >= occurs.count {
                occurs += [Bool](repeating: false, count: company + 1 - occurs.count)
            }
            occurs[company] = true
        }
        return occurs.indices.filter { occurs[$0] }
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
                    place: location.block << 32 | location.row, company: owner,
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
