import Vocabulary

extension SourceDefinition {
    /// The zones in which columns are read that hold times without one, by table and column.
    var localZones: [PostgresCircumstances.LocalTime: String] {
        var zones: [PostgresCircumstances.LocalTime: String] = [:]
        for table in tables {
            for rule in table.rules {
                guard case .field(let index, _) = rule.input, let zone = rule.zone else { continue }
                let field = table.fields[index]
                zones[.init(table: table.name, column: field)] = zone.name
            }
        }
        return zones
    }
}
