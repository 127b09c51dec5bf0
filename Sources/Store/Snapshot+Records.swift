import Vocabulary

/// A row's origin and key, which it keeps through all of its versions.
public struct RowName: Sendable, Hashable {
    /// The source, or the identity that several feeds share.
    public let origin: String
    /// The key within the origin.
    public let key: RowKey

    /// Names a row of a model that is known from elsewhere.
    public init(origin: String, key: RowKey) {
        self.origin = origin
        self.key = key
    }
}

extension RowName: Comparable {
    /// Orders by origin, then key: integers, then UUIDs, then texts by their bytes.
    public static func < (left: RowName, right: RowName) -> Bool {
        left.origin != right.origin ? left.origin < right.origin : left.key.precedes(right.key)
    }
}

extension Snapshot {
    /// The rows with some names that exist in this state, in no order.
    ///
    /// Rows outside of the scope are not found.
    ///
    /// - Throws: `Advice` for unknown names of model and columns.
    public func records(
        model name: String, columns: [ColumnPath], of names: Set<RowName>
    ) throws -> [RowRecord] {
        if names.isEmpty { return [] }
        var found: [RowRecord] = []
        // Limits are conditions on columns, which only a walk over rows tests.
        guard scope.limits[name] == nil else {
            try rows(RowRequest(model: name, columns: columns)).forEachRecord { record in
                if names.contains(RowName(origin: record.origin, key: record.key)) {
                    found.append(record)
                }
            }
            return found
        }
        let model = try rows(of: name)
        let reader = try RowReader(self, model: model, columns: columns)
        let companies = companyNumbers
        let sought = names.compactMap { name -> (StoreWriter.Identity, UInt64)? in
            guard let origin = state.origins[name.origin] else { return nil }
            return (
                StoreWriter.Identity(origin: origin, key: name.key),
                name.key.stableHash(origin: origin)
            )
        }
        let identities = Set(sought.map(\.0))
        for (number, block) in RowBlock.all(of: model).enumerated() {
            func take(_ row: Int) throws {
                found.append(
                    try reader.record(reader.location(block: number, row: row)))
            }
            switch block {
            case .segment(let held):
                let segment = held.segment
                let segments = SegmentReader(segment)
                for (identity, hash) in sought {
                    let row = try segments.row(
                        of: identity, hash: hash, in: segment, chunks, among: .all
                    ) { row in
                        guard companies.contains(segment.company(of: row)) else { return false }
                        let begin =
                            try segment.begin
                            ?? UInt64(clamping: chunks.numbers(segment, .begin)[row])
                        let end = held.ends.commit(of: row)
                        return begin <= commit.number && end.map { $0 > commit.number } ?? true
                    }
                    if let row { try take(row) }
                }
            case .delta(let block):
                for row in 0..<block.count
                where block.begins[row] <= commit.number
                    && (block.ends[row] == 0 || block.ends[row] > commit.number)
                    && companies.contains(Int(block.companies[row]))
                    && identities.contains(
                        StoreWriter.Identity(
                            origin: Int(block.origins[row]), key: block.keys[row]))
                {
                    try take(row)
                }
            }
        }
        return found
    }
}
