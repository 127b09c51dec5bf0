import Store

extension SourceDefinition {
    /// Whether rows of a model have the same identity as those of another source, by a shared
    /// ‘origin’.
    ///
    /// Then a row that one of them does not have may be the other's.
    public func sharesRows(with other: SourceDefinition) -> Bool {
        tables.contains { table in
            other.tables.contains {
                $0.model.name == table.model.name && $0.origin == table.origin
            }
        }
    }
}
