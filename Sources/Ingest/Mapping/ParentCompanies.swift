import Store
import Synchronization
import Vocabulary

/// The companies of rows that other rows belong to (`tenant: {through: …}`), by table and key.
///
/// All of them are in memory, about 60 bytes a row, because a change of the stream cannot wait for a
/// look-up, and rows of a transaction that is not stored yet count too. Safe from any thread: several
/// threads load rows of such tables, and their children's.
final class ParentCompanies: Sendable {
    private let tables: [String]
    private let isParent: [Bool]
    private let codes: [String]
    private let numbers: [String: UInt16]
    /// By table and key: which of `codes`.
    private let known: Mutex<[Int: [RowKey: UInt16]]>

    /// Knows no row yet.
    init(_ definition: SourceDefinition, _ companies: CompanyDirectory) {
        tables = definition.tables.map(\.name)
        let parents = Set(definition.tables.compactMap { $0.parent?.table })
        isParent = definition.tables.indices.map(parents.contains)
        codes = companies.companies.map(\.code)
        numbers = Dictionary(
            uniqueKeysWithValues: codes.enumerated().map { ($1, UInt16($0)) })
        known = Mutex([:])
    }

    /// Whether it was made for the same tables.
    func fits(_ definition: SourceDefinition) -> Bool {
        tables == definition.tables.map(\.name)
    }

    /// Whether rows of other tables belong to those of this one.
    func isParent(_ table: Int) -> Bool { isParent[table] }

    /// Takes the rows of a table as the store has them.
    func read(_ table: Int, of definition: SourceDefinition, from store: Store) throws {
        guard isParent(table) else { return }
        let mapping = definition.tables[table]
        var found: [RowKey: UInt16] = [:]
        try store.forEachRow(model: mapping.model.name, origin: mapping.origin) { key, company in
            found[key] = numbers[company]
        }
        known.withLock { $0[table] = found }
    }

    /// The company of a row; nil when there is no such row.
    func company(of key: RowKey, in table: Int) -> String? {
        known.withLock { $0[table]?[key] }.map { codes[Int($0)] }
    }

    /// Takes what has become of a row: its company, or nil when it is gone.
    ///
    /// - Returns: Its company before.
    @discardableResult
    func set(_ company: String?, of key: RowKey, in table: Int) -> String? {
        let number = company.flatMap { numbers[$0] }
        let former = known.withLock { known in
            if let number {
                known[table, default: [:]].updateValue(number, forKey: key)
            } else {
                known[table]?.removeValue(forKey: key)
            }
        }
        return former.map { codes[Int($0)] }
    }

    /// Forgets the rows of a table.
    func removeAll(in table: Int) { known.withLock { $0[table] = nil } }
}

extension TableMapping {
    /// The table whose rows tell the company of this one's, by its index, and the fields that lead
    /// there.
    var parent: (table: Int, fields: [Int])? {
        if case .parent(let table, let fields) = owner { (table, fields) } else { nil }
    }
}
