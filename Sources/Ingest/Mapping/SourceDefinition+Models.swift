import Store
import Vocabulary

extension SourceDefinition {
    /// Whether rows of one of some models, of one of some companies, may come from this source.
    ///
    /// Where the company of a row is told by another row, it may be any.
    public func mayFill(_ models: Set<String>, of companies: Set<String>) -> Bool {
        tables.contains { table in
            guard models.contains(table.model.name) else { return false }
            switch table.owner {
            case .company(let company): return companies.contains(company.code)
            case .tenant, .parent:
                guard let tenants else { return true }
                return !companies.isDisjoint(with: tenants.companies.values)
            }
        }
    }
}
