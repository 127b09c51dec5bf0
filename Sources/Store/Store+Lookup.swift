import Vocabulary

extension Store {
    /// Finds the row that a person means by a key as it is written: a UUID, a whole number, or text.
    ///
    /// - Throws: `Advice` of kind `unknown` when the store has no version of such a row.
    public func identity(model: String, origin: String, key: String) throws -> RowIdentity {
        _ = try schema.model(model)
        guard newestState.origins[origin] != nil else {
            throw Advice(
                .unknown, "the store has no rows of origin ‘\(origin)’",
                remedy: Spelling.remedy(for: origin, legal: newestState.origins.keys))
        }
        var readings = [RowKey.text(key)]
        if let number = Int64(key) { readings.append(.integer(number)) }
        if let uuid = RowKey(uuid: key.lowercased()) { readings.append(uuid) }
        for reading in readings {
            let identity = RowIdentity(model: model, origin: origin, key: reading)
            if try versions(of: identity) > 0 { return identity }
        }
        throw Advice(
            .unknown, "the store has no row ‘\(key)’ of ‘\(origin)’ in ‘\(model)’",
            remedy: "check model, origin and key; ‘reportd sql’ shows rows in columns origin and "
                + "key")
    }

    /// How many versions of a row the store has, in the newest state's segments and delta.
    ///
    /// - Throws: `Advice` in a process that only reads, and for a model that does not exist.
    public func versions(of identity: RowIdentity) throws -> Int {
        _ = try schema.model(identity.model)
        let state = newestState
        guard let origin = state.origins[identity.origin], let model = state.models[identity.model]
        else { return 0 }
        let wanted = StoreWriter.Identity(origin: origin, key: identity.key)
        let hash = identity.key.stableHash(origin: origin)
        return try writerAccess { writer in
            var count = 0
            for segment in model.segments.map(\.segment) {
                count += try writer.rows(of: wanted, hash: hash, in: segment).count
            }
            for block in model.delta {
                for row in 0..<block.count
                where block.origins[row] == Int64(origin) && block.keys[row] == identity.key {
                    count += 1
                }
            }
            return count
        }
    }
}
