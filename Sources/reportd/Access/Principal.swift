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
    /// For an API key: what it is made for; nil for all that the role may do.
    var scopes: Set<Right>?

    /// The forms that their key may have in a source.
    private var ownKeys: [Cell] {
        guard let userKey else { return [] }
        if let uuid = RowKey(uuid: userKey) { return [.key(uuid)] }
        let number = Int64(userKey).map { [Cell.key(.integer($0))] } ?? []
        return number + [.key(.text(userKey))]
    }

    /// What exists for them in the store.
    ///
    /// A representative sees only rows that name them, in any column that refers to a user. Models
    /// without such a column have no rows of theirs, but names that their own rows refer to
    /// (customers, services) are shown.
    func scope(in schema: Schema) -> Scope {
        let known = companies.intersection(schema.companies.companies.map(\.code))
        guard role == .salesRep else { return Scope(companies: known) }
        var limits: [String: [Filter]] = [:]
        for model in schema.models.values {
            let mine = model.columns.filter { $0.type == .reference(model: "user") }
            limits[model.name] =
                mine.isEmpty
                ? model.columns.prefix(1).map { .among(ColumnPath($0.name), []) }
                : mine.map { .among(ColumnPath($0.name), ownKeys) }
        }
        return Scope(companies: known, limits: limits)
    }
}
