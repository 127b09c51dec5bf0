import Store
import Vocabulary

/// How the rows of one table, or the documents of one database, become rows of a model.
struct TableMapping: Sendable {
    /// Which company a row belongs to.
    enum Owner: Sendable {
        case company(Company)
        /// The field that holds the tenant, by its index in `fields`.
        case tenant(Int)
        /// It is the company of a row of another table: that table's index in the definition, and
        /// the fields that hold the row's key.
        case parent(table: Int, fields: [Int])
    }

    /// The table with its schema (`public.sales`), or the database.
    let name: String
    let place: Place
    let model: Model
    /// The origin of the rows in the store.
    let origin: String
    /// The fields that are read, each once, in the order of `SourceValue` arrays.
    let fields: [String]
    /// The fields that identify a row, as indices into `fields`.
    let key: [Int]
    var owner: Owner
    /// One rule per column of the model, in its order.
    let rules: [ColumnRule]
    /// Documents only: what `_id` begins with.
    let idPrefix: String
    /// Whether absence from a full reading means deletion.
    let isComplete: Bool
    /// JSON files only: the lists that hold its records, by any of their names.
    let lists: [String]
    /// Conditions without which a row is none of ours, and does not leave the source where that can
    /// be said there.
    let wanted: [FieldCondition]
    /// Conditions under which a row counts as deleted although its source still has it; never if
    /// there are none.
    let isDeleted: [FieldCondition]
    /// Whether a database may lack the table.
    let isOptional: Bool
    /// The columns that a database may lack.
    let optionalFields: [String]

    /// All that decides what a source row becomes.
    var fingerprint: String {
        var owned = ""
        switch owner {
        case .company(let company): owned = company.code
        case .tenant(let index): owned = "tenant \(index)"
        case .parent(let table, let fields): owned = "parent \(table) \(fields)"
        }
        return
            ([
                name, model.name, "\(lists)", origin, "\(fields)", "\(key)", owned, idPrefix,
                "\(isComplete)",
            ]
            + wanted.map { "where " + $0.fingerprint }
            + isDeleted.map(\.fingerprint)
            + rules.map(\.fingerprint)).joined(separator: "\n")
    }
}

extension TableMapping {
    /// Whether values of a row decide if it counts at all, or what its company is.
    var isConditional: Bool {
        if case .parent = owner { return true }
        return !wanted.isEmpty || !isDeleted.isEmpty
    }
}

extension SourceDefinition {
    /// All that decides what a row of a table becomes, that which stands outside the table included.
    func fingerprint(of mapping: TableMapping) -> String {
        switch mapping.owner {
        case .company: mapping.fingerprint
        case .parent(let table, _):
            mapping.fingerprint + "\n" + fingerprint(of: tables[table])
        case .tenant:
            ([mapping.fingerprint]
                + (tenants?.companies.sorted { $0.key < $1.key } ?? []).map {
                    "\($0.key)=\($0.value)"
                }).joined(separator: "\n")
        }
    }
}

/// Where a source says which of its tenants is which company.
struct TenantLookup: Sendable {
    /// A table whose rows are tenants.
    struct Table: Sendable {
        let name: String
        let key: String
        let value: String
        let place: Place
    }

    /// The table that turns a tenant into the word that `companies` lists; nil when the tenant
    /// itself is that word.
    let table: Table?
    /// Company codes by word.
    let companies: [String: String]
}
