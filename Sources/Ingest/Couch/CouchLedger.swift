import Store
import Vocabulary

/// Which document each row comes from, for tables whose rows are not named by `_id`.
///
/// Several documents may claim one row, as when a device sends a sale again. The one with the
/// greatest `_id` owns it (longer before shorter, as in `CouchExport`). A document's revision tells
/// whether it was read before, whatever order or repetition the feed brings.
///
/// Kept in memory while a source is read, about 200 bytes a document, and stored as rows of the model
/// `source_document` in the same commits as the rows themselves.
struct CouchLedger {
    /// The model that holds it.
    static let model = "source_document"
    /// The model's columns, in order.
    static let columns = ["source", "database", "document", "revision", "claim"]

    /// A row that documents may claim.
    struct Claim: Hashable {
        let table: Int
        let key: RowKey
    }

    /// What is known of a document.
    struct Entry {
        var revision: String
        var claim: Claim
    }

    /// What becomes of a row when a document leaves it.
    enum Departure {
        /// Nothing: another one owns it.
        case none
        /// It goes: no document claims it any more.
        case vacant(Claim)
        /// It is to be made anew from this document.
        case passes(to: String)
    }

    private(set) var entries: [String: Entry] = [:]
    private var owners: [Claim: String] = [:]
    /// Claimants besides the owner; few rows have any.
    private var others: [Claim: [String]] = [:]

    /// Whether one document goes before another that claims the same row.
    static func outranks(_ left: String, _ right: String) -> Bool {
        (left.count, left) > (right.count, right)
    }

    /// The document that owns a row.
    func owner(of claim: Claim) -> String? { owners[claim] }

    /// The keys of the rows of a table.
    func keys(of table: Int) -> Set<RowKey> {
        Set(owners.keys.lazy.filter { $0.table == table }.map(\.key))
    }

    /// Notes that a document claims a row and claims no other.
    ///
    /// - Returns: Whether the document owns the row.
    mutating func note(_ document: String, _ entry: Entry) -> Bool {
        if let known = entries[document], known.claim == entry.claim {
            entries[document] = entry
            return owners[entry.claim] == document
        }
        precondition(entries[document] == nil, "the document has to leave its row first")
        entries[document] = entry
        guard let owner = owners[entry.claim] else {
            owners[entry.claim] = document
            return true
        }
        let isFirst = Self.outranks(document, owner)
        others[entry.claim, default: []].append(isFirst ? owner : document)
        if isFirst { owners[entry.claim] = document }
        return isFirst
    }

    /// Forgets a document.
    mutating func remove(_ document: String) -> Departure {
        guard let entry = entries.removeValue(forKey: document) else { return .none }
        let claim = entry.claim
        guard owners[claim] == document else {
            others[claim]?.removeAll { $0 == document }
            if others[claim]?.isEmpty == true { others[claim] = nil }
            return .none
        }
        guard var rest = others[claim], let next = rest.max(by: { Self.outranks($1, $0) }) else {
            owners[claim] = nil
            return .vacant(claim)
        }
        rest.removeAll { $0 == next }
        others[claim] = rest.isEmpty ? nil : rest
        owners[claim] = next
        return .passes(to: next)
    }
}

extension CouchLedger {
    /// The key of a document's row in the model.
    static func key(database: String, document: String) -> RowKey {
        .text(database + "/" + document)
    }

    /// The cells of a document's row in the model.
    static func cells(
        source: String, database: String, document: String, entry: Entry
    ) -> [Cell] {
        [
            .text(source), .text(database), .text(document), .text(entry.revision),
            .text(text(of: entry.claim.key)),
        ]
    }

    /// Reads the stored ledgers of a source, by database.
    ///
    /// - Throws: `Advice` when the store cannot be read.
    static func stored(
        in store: Store, source: String, tables: [(database: String, prefix: String)]
    ) throws -> [String: CouchLedger] {
        var ledgers: [String: CouchLedger] = [:]
        let scope = Scope(companies: store.schema.companies.companies.map(\.code))
        let rows = try store.snapshot(scope).rows(
            RowRequest(
                model: model, filters: [.among(ColumnPath("source"), [.text(source)])],
                columns: columns.dropFirst().map { ColumnPath($0) }))
        try rows.forEachBatch { batch in
            for cells in batch {
                guard case .text(let database) = cells[0], case .text(let document) = cells[1],
                    case .text(let revision) = cells[2], case .text(let claim) = cells[3],
                    let key = key(from: claim),
                    let table = self.table(for: document, of: database, among: tables)
                else { continue }
                let entry = Entry(revision: revision, claim: Claim(table: table, key: key))
                _ = ledgers[database, default: CouchLedger()].note(document, entry)
            }
        }
        return ledgers
    }

    /// The most specific table of a database that takes a document.
    static func table(
        for document: String, of database: String,
        among tables: [(database: String, prefix: String)]
    ) -> Int? {
        tables.indices
            .filter { tables[$0].database == database && document.hasPrefix(tables[$0].prefix) }
            .max { tables[$0].prefix.utf8.count < tables[$1].prefix.utf8.count }
    }

    private static func text(of key: RowKey) -> String {
        switch key {
        case .integer: "i" + key.description
        case .uuid: "u" + key.description
        case .text: "t" + key.description
        }
    }

    private static func key(from text: String) -> RowKey? {
        let rest = String(text.dropFirst())
        switch text.first {
        case "i": return Int64(rest).map { .integer($0) }
        case "u": return RowKey(uuid: rest)
        case "t": return .text(rest)
        default: return nil
        }
    }
}
