extension Store {
    /// Lends the key of each row of an origin that lives in a model, in no order.
    ///
    /// - Throws: `Advice` of kind `damaged` where keys cannot be read, or what `body` throws.
    public func forEachKey(
        model: String, origin: String, _ body: (RowKey) throws -> Void
    ) throws {
        let state = try current()
        guard let rows = state.models[model], let origin = state.origins[origin] else { return }
        for state in rows.segments where !state.isEnded {
            let origins = try chunks.numbers(state.segment, .origin)
            let keys = try chunks.keys(state.segment)
            for row in 0..<state.segment.rows
            where origins[row] == Int64(origin) && state.ends.commit(of: row) == nil {
                try body(keys[row])
            }
        }
        for block in rows.delta {
            for row in 0..<block.count
            where block.origins[row] == Int64(origin) && block.ends[row] == 0 {
                try body(block.keys[row])
            }
        }
    }
}
