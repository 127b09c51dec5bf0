import Vocabulary

/// A column of a proposed model and where it comes from.
struct ProposedColumn: Sendable {
    /// Its name in the model.
    let name: String
    /// What follows the name in the model, between braces: `type: category`.
    let type: String
    /// What follows the name in the mapping.
    let rule: String
    /// What a reader should know, or has to decide; empty when it speaks for itself.
    var comment = ""

    var isTime: Bool { type.hasPrefix("type: instant") || type.hasPrefix("type: day") }
    var isMoney: Bool { type.hasPrefix("type: money") }
}

/// A column that is not read, and why.
struct OmittedColumn: Sendable {
    let name: String
    let typeName: String
    let reason: String
}

/// One table of a proposal.
struct ProposedTable: Sendable {
    let relation: DatabaseSurvey.Relation
    let model: String
    var columns: [ProposedColumn] = []
    var omitted: [OmittedColumn] = []
    /// What a reader should know about the table as a whole.
    var notes: [String] = []
    /// The column that is the model's time, and others that could be.
    var time: String?
    var otherTimes: [String] = []
    /// The condition under which a row counts as deleted, in YAML.
    var deleted: String?
    /// The column that holds the tenant.
    var tenant: String?
    var tenantComment = ""
    /// The company of all rows, where it is not the one at the top.
    var company: String?

    var label: String { NameForm.heading(NameForm.singular(NameForm.words(relation.table))) }
}

/// Which of a database's tenants is which company.
struct ProposedTenants: Sendable {
    /// The column that tables name their tenant by.
    let column: String
    /// The table that turns a tenant into a word; nil when the tenant is the word.
    let table: String?
    let key: String
    let value: String
    /// Company codes by word, in the order of the words.
    let companies: [(word: String, code: String)]
    /// Words for which no company was found.
    let unknown: [String]
}

/// A company that a proposal makes because there is none yet.
struct ProposedCompany: Sendable {
    let code: String
    let name: String
    let comment: String
}
