public import Store
import Vocabulary

/// What a person can do about the rows that were put aside: look, try again, let go.
///
/// Most leave by themselves: a row that is corrected at its source is placed when the correction
/// arrives, one that is deleted there is forgotten, and all are tried again whenever a source
/// starts. The desk is for the rest. It works on the store alone, so it needs no connection.
public struct QuarantineDesk: Sendable {
    /// What trying again did.
    public struct Outcome: Sendable, Hashable {
        /// Rows that fit now and stand in the store.
        public var placed: [QuarantinedRow] = []
        /// Rows that still do not fit, with the reason of now.
        public var kept: [QuarantinedRow] = []
        /// Rows that cannot be tried without their source, or whose source has no mapping any more.
        public var untried: [QuarantinedRow] = []
        /// Rows of which the key alone is kept: they fit when their source is read again, or never.
        public var unkept: [QuarantinedRow] = []
    }

    private let store: Store
    private let definitions: [SourceDefinition]

    /// Opens the desk over a store, with the mappings in force.
    public init(store: Store, definitions: [SourceDefinition]) {
        self.store = store
        self.definitions = definitions
    }

    /// How many rows of each source are put aside; sources without any are left out.
    ///
    /// - Throws: `Advice` when the store cannot be read.
    public func counts() throws -> [String: Int] { try store.quarantineCounts() }

    /// The rows that are put aside, by source, table and key; only those named, if any are.
    ///
    /// - Throws: `Advice` of kind `unknown` when they name nothing that is put aside.
    public func rows(
        source: String? = nil, table: String? = nil, key: String? = nil
    ) throws -> [QuarantinedRow] {
        let all = try store.quarantined()
        let found = all.filter { row in
            (source == nil || row.source == source) && (key == nil || row.key == key)
                && (table == nil || row.table == table || row.table == "public." + (table ?? ""))
        }
        guard found.isEmpty, source != nil || table != nil || key != nil else { return found }
        if let source, !all.contains(where: { $0.source == source }) {
            guard definitions.contains(where: { $0.name == source }) else {
                throw Advice(
                    .unknown, "there is no source ‘\(source)’",
                    remedy: Spelling.remedy(for: source, legal: definitions.map(\.name)))
            }
            return []
        }
        if let table, !all.contains(where: { [table, "public." + table].contains($0.table) }) {
            throw Advice(
                .unknown, "no row of table ‘\(table)’ is put aside",
                remedy: Spelling.remedy(for: table, legal: Set(all.map(\.table))))
        }
        guard let key else { return [] }
        throw Advice(
            .unknown, "no row with key ‘\(key)’ is put aside",
            remedy: "run reportd sources quarantine to see their keys")
    }

    /// Tries rows again by the mapping in force, in one commit.
    ///
    /// Left untried are rows whose company only another table of their source tells, and documents of a
    /// followed CouchDB database, of which more is known than the rows: their source does that.
    ///
    /// - Throws: `Advice` when the store cannot be written; nothing has been changed then.
    @discardableResult
    public func retry(_ rows: [QuarantinedRow]) throws -> Outcome {
        var outcome = Outcome()
        var batch = ChangeBatch()
        var placements: [[String]: RowPlacement] = [:]
        for row in rows {
            guard row.isKept else {
                outcome.unkept.append(row)
                continue
            }
            guard let definition = definitions.first(where: { $0.name == row.source }),
                definition.kind != .couchdb,
                let mapping = definition.tables.first(where: { $0.name == row.table }),
                mapping.parent == nil, definition.tenants?.table == nil || !mapping.hasTenant,
                let values = Quarantine.values(of: row.content, mapping)
            else {
                outcome.untried.append(row)
                continue
            }
            let name = [row.source, row.table]
            let placement =
                placements[name]
                ?? RowPlacement(
                    mapping, companies: store.schema.companies, tenants: Tenants(definition.tenants)
                )
            placements[name] = placement
            switch placement.place(values) {
            case .row(let placed):
                batch.upsert(
                    model: mapping.model.name, origin: mapping.origin, company: placed.company,
                    key: placed.key, cells: placed.changedCells)
                batch.release(source: row.source, table: row.table, key: row.key)
                outcome.placed.append(row)
            case .deleted:
                batch.release(source: row.source, table: row.table, key: row.key)
                outcome.placed.append(row)
            case .aside(_, let reason):
                let now = QuarantinedRow(
                    source: row.source, table: row.table, key: row.key, reason: reason,
                    content: row.content)
                if now != row { batch.quarantine(now) }
                outcome.kept.append(now)
            }
        }
        if !batch.isEmpty { try store.commit(batch) }
        return outcome
    }

    /// Lets rows go that are not wanted: they are counted no more and stay out of every figure.
    ///
    /// A row comes back when it changes at its source, or is read again, and still does not fit.
    ///
    /// - Throws: `Advice` when the store cannot be written; nothing has been changed then.
    public func release(_ rows: [QuarantinedRow]) throws {
        guard !rows.isEmpty else { return }
        var batch = ChangeBatch()
        for row in rows { batch.release(source: row.source, table: row.table, key: row.key) }
        try store.commit(batch)
    }
}

extension TableMapping {
    /// Whether a field of the row tells its company.
    fileprivate var hasTenant: Bool {
        if case .tenant = owner { return true }
        return false
    }
}
