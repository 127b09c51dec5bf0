extension Store {
    /// Lends the key of each row of an origin that lives in a model, in no order.
    ///
    /// - Throws: `Advice` of kind `damaged` where keys cannot be read, or what `body` throws.
    public func forEachKey(
        model: String, origin: String, _ body: (RowKey) throws -> Void
    ) throws {
        try forEachRow(model: model, origin: origin) { key, _ in try body(key) }
    }

    /// Lends the key and the company of each row of an origin that lives in a model, in no order.
    ///
    /// - Throws: `Advice` of kind `damaged` where keys cannot be read, or what `body` throws.
    public func forEachRow(
        model: String, origin: String, _ body: (RowKey, _ company: String) throws -> Void
    ) throws {
        let state = try current()
        guard let rows = state.models[model], let origin = state.origins[origin] else { return }
        let companies = Dictionary(uniqueKeysWithValues: state.companies.map { ($1, $0) })
        for state in rows.segments where !state.isEnded {
            let origins = try chunks.numbers(state.segment, .origin)
            let keys = try chunks.keys(state.segment)
            for run in state.segment.runs {
                let company = companies[run.company] ?? ""
                for row in run.rows
                where origins[row] == Int64(origin) && state.ends.commit(of: row) == nil {
                    try body(keys[row], company)
                }
            }
        }
        for block in rows.delta {
            for row in 0..<block.count
            where block.origins[row] == Int64(origin) && block.ends[row] == 0 {
                try body(block.keys[row], companies[Int(block.companies[row])] ?? "")
            }
        }
    }
}
