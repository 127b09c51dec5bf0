import Store
import Vocabulary

/// What a person may do, as in the sales system's permission matrix.
enum Role: String, Sendable, Hashable, CaseIterable, Codable {
    /// Everything, and alone manages users.
    case admin = "ADMIN"
    /// All rows of their companies, reports, export.
    case salesManager = "SALES_MANAGER"
    /// Own rows only; no export.
    case salesRep = "SALES_REP"
    /// All rows of their companies, reports on the page; no export.
    case viewer = "VIEWER"
    /// Reports and exports of their companies, no administration.
    case accountant = "ACCOUNTANT"

    /// Whether files may be taken away.
    var mayExport: Bool { self == .admin || self == .salesManager || self == .accountant }
}

/// Who asks, and what they may see.
struct Principal: Sendable, Hashable {
    /// Their name or address, for the audit log.
    let name: String
    let role: Role
    /// Codes of the companies that they may see.
    let companies: Set<String>
    /// For a sales representative: their key among the users of the sales system.
    let userKey: String?

    /// What exists for them in the store.
    ///
    /// A representative sees only rows that are their own; one whose key is not known sees none.
    func scope(in schema: Schema) -> Scope {
        let known = companies.intersection(schema.companies.companies.map(\.code))
        guard role == .salesRep else { return Scope(companies: known) }
        var limits: [String: [Filter]] = [:]
        for model in schema.models.values {
            for column in model.columns where column.type == .reference(model: "user") {
                let own = userKey.map { [Cell.key(RowKey(uuid: $0) ?? .text($0))] } ?? []
                limits[model.name] = [.among(ColumnPath(column.name), own)]
            }
        }
        return Scope(companies: known, limits: limits)
    }
}
