extension Snapshot {
    /// The same state, of fewer companies.
    public func narrowed(to codes: some Sequence<String>) -> Snapshot {
        Snapshot(
            schema: schema, scope: scope.narrowed(to: codes), commit: commit, state: state,
            chunks: chunks, memory: memory)
    }
}
