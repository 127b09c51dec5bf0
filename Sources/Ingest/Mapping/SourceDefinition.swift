public import Store
public import Vocabulary

/// A source and its mapping, read from one file of `queries/sources`.
///
/// ```yaml
/// source: tekup                      # name of the source, and origin of its rows in the store
/// kind: postgres                     # or couchdb, couchdb-export, json-backup
/// zone: UTC                          # zone of times that tell none; a column may say another
/// company: tiyende                   # all rows belong to it; or instead
/// tenants:                           # which company a row's tenant is
///   table: public.organizations      #   optional: the table that turns a tenant into a word,
///   key: id                          #   found by this column
///   value: type                      #   and standing in this one
///   companies: {TEKUP: tekup}        #   word (or, without a table, tenant): company
/// skip: {test: true}                 # documents only: those with this value are left out
/// tables:
///   - table: public.sales            # schema and table, a database, or a list of a JSON file
///     ids: sale_                     # documents only: what the `_id` of its documents begins with
///     model: sale
///     key: id                        # or a list; rows with the same key are one row
///     tenant: organization_id        # the column that holds the tenant; or `company:` here
///     complete: true                 # documents only: a row absent from a full reading is deleted
///     origin: shop                   # optional: an identity shared by several feeds
///     columns:                       # one line per column of the model; what is left out is missing
///       number: sale_number          # the source's column
///       customer: customer_id        # for a reference: the key of the row it means
///       net: {from: final_amount}    # decimal amounts become minor units of the row's currency
///       sold_at: {from: sold, zone: Europe/Copenhagen}
/// ```
///
/// Words of a table: `deleted` (conditions under which a row counts as deleted), `optional` (the
/// database may lack the table), `optional-columns` (it may lack these columns).
///
/// Further words of a column: `path` (a dotted path inside a document or `jsonb` column, or several
/// that are tried in turn), `if` (conditions without which the value does not count), `or` (the
/// column to read where `from` has no value), `constant`, `company: currency`, `when` (cases of `if`
/// and `then`), `form` (lower, upper, trim, compact), `like` (a pattern that takes a part of a text),
/// `map` (the source's words: ours) with `else` (our word for all others), `default` (used where
/// there is no value), `cast` (number, boolean, instant, day, text: read text as this), `unit`
/// (minor or stripe for amounts; seconds, milliseconds, microseconds for moments), `zone`.
///
/// Only columns named here are ever read: the publication and the copy list them. A row that does
/// not fit is put aside with the reason.
public struct SourceDefinition: Sendable {
    /// What sort of system a source is.
    public enum Kind: String, Sendable, CaseIterable {
        /// A Postgres database, followed by logical replication or polled.
        case postgres
        /// CouchDB databases, followed live or read from their export files.
        case couchdb
        /// Export files of CouchDB databases only.
        case couchdbExport = "couchdb-export"
        /// A JSON file with lists of plain records, such as an app's own backup.
        case jsonBackup = "json-backup"

        /// Whether its rows are documents rather than rows of tables.
        var holdsDocuments: Bool { self != .postgres }
    }

    /// Its name, which is also the origin of its rows.
    public let name: String
    /// What sort of system it is.
    public let kind: Kind
    /// Where it is defined.
    public let place: Place
    /// The models that it fills, in the order of its tables.
    public var models: [String] { tables.map(\.model.name) }

    /// The models that one of its tables fills.
    public func models(filledBy table: String) -> Set<String> {
        Set(tables.filter { $0.name == table }.map(\.model.name))
    }

    /// The word by which it tells the tenant that is a company; nil where it has none.
    public func tenantWord(of company: String) -> String? {
        tenants?.companies.filter { $0.value == company }.map(\.key).min()
    }

    let tables: [TableMapping]
    let tenants: TenantLookup?
    /// Documents that hold one of these values are left out.
    let skipped: [(field: String, value: String)]
    /// What was read, to read it again for a database that lacks optional parts.
    let file: DefinitionNode
    let schema: Schema
    /// The optional parts that were left out.
    let absent: AbsentParts

    /// A hash of all that decides what a source row becomes: a copy made under another one has to
    /// be made again.
    public var fingerprint: String {
        var parts = tables.map(\.fingerprint)
        if let tenants {
            parts.append("\(tenants.table.map { [$0.name, $0.key, $0.value] } ?? [])")
            parts += tenants.companies.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        }
        parts += skipped.map { "\($0.field)=\($0.value)" }
        var hash = ContentHash()
        hash.add(bytes: parts.joined(separator: "\u{1E}").utf8)
        return hash.short
    }

    /// Reads all files of `sources/` in a definitions folder.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal name for the first mistake.
    public static func load(
        definitions folder: String, schema: Schema
    ) throws -> [SourceDefinition] {
        var found: [SourceDefinition] = []
        for path in DefinitionFolder.files(in: "sources", of: folder) {
            let node = try DefinitionNode(contentsOf: path, relativeTo: folder)
            let definition = try SourceDefinition(node, schema: schema)
            guard !found.contains(where: { $0.name == definition.name }) else {
                throw node.advice(
                    "source ‘\(definition.name)’ is defined twice", remedy: "rename one of them")
            }
            found.append(definition)
        }
        return found
    }
}
