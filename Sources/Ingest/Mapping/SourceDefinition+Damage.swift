public import Store

extension SourceDefinition {
    /// Whether a table of the source gives the rows of a model that are damaged in the store.
    public func gives(_ damage: Damage) -> Bool {
        if damage.model == CouchLedger.model, damage.origins.contains(name) { return true }
        return tables.contains {
            $0.model.name == damage.model && damage.origins.contains($0.origin)
        }
    }
}
