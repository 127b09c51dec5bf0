import Foundation
import Store
import Synchronization
import Vocabulary

@testable import Ingest

/// A database of one of the systems that we read, a store, and the source between them.
///
/// A system of documents has them in a table, `documents`, and is read from an export of that.
///
/// Its oracle is the source itself: for each model a query of the source tells the rows that the
/// store must hold, with every value of every column, references as the keys they lead to.
final class SystemHarness: Sendable {
    let database: String
    let folder: ScratchFolder
    let schema: Schema
    let definition: SourceDefinition
    let store: Store
    let events = Mutex<[IngestEvent]>([])
    private let clock: WallClock
    static let standingClock = WallClock.fixed(Instant(seconds: 1_767_225_600))

    /// Makes a database from one of the schemas beside the tests, and fills it.
    ///
    /// `definitions` is a folder like `queries`, if not that itself.
    init(
        _ source: String, schema name: String, content: String,
        editing: (String) -> String = { $0 }, mapping edited: (String) -> String = { $0 },
        definitions: String = definitionsFolder, clock: WallClock = standingClock,
        settings: StoreSettings = StoreSettings()
    ) throws {
        database = try ScratchCluster.shared.database(editing(sourceTables(name)))
        try ScratchCluster.shared.sql(database, content)
        folder = try ScratchFolder()
        self.clock = clock
        schema = try Schema(definitions: definitions)
        let mapping = try String(
            contentsOfFile: definitions + "/sources/\(source).yaml", encoding: .utf8)
        definition = try SourceDefinition(
            DefinitionNode(parsing: edited(mapping), file: "sources/\(source).yaml"),
            schema: schema)
        store = try Store(
            path: folder.path + "/store.sqlite", schema: schema, clock: clock, settings: settings)
    }

    /// The same database and the same store, after the process that had it open is gone.
    init(reopening other: SystemHarness) throws {
        try other.store.close()
        (database, folder, schema) = (other.database, other.folder, other.schema)
        (definition, clock) = (other.definition, other.clock)
        store = try Store(
            path: folder.path + "/store.sqlite", schema: schema, clock: clock,
            settings: other.store.settings)
    }

    deinit { try? store.close() }

    private func connection(_ user: String, _ proxy: FaultProxy?) -> String {
        guard let proxy else { return ScratchCluster.shared.connection(database, user: user) }
        return "host=127.0.0.1 port=\(proxy.port) dbname=\(database) user=\(user)"
    }

    func source(
        user: String = "postgres", timing: PostgresTiming = PostgresTiming(),
        through proxy: FaultProxy? = nil
    ) throws -> PostgresSource {
        try PostgresSource(
            definition: definition, connection: connection(user, proxy), store: store,
            clock: clock, slot: "s_\(database)", timing: timing,
            sleep: { _ in await Task.yield() },
            log: { event in self.events.withLock { $0.append(event) } })
    }

    /// Reads the source up to its present state, in one way or the other.
    func catchUp(
        _ way: ReadingWay = .replication, limits: PollingLimits = PollingLimits(),
        through proxy: FaultProxy? = nil
    ) async throws {
        if definition.kind.holdsDocuments { return try importDocuments() }
        switch way {
        case .replication: try await source(through: proxy).catchUp()
        case .polling:
            try await PostgresPolling(
                definition: definition, connection: connection("postgres", proxy), store: store,
                clock: clock, intervals: PollingIntervals(), limits: limits,
                sleep: { _ in await Task.yield() },
                log: { event in self.events.withLock { $0.append(event) } }
            ).catchUp(reloading: false)
        }
    }

    /// Writes the documents of the table `documents` to an export file, or their records to a backup
    /// as a device makes it, and imports that.
    private func importDocuments() throws {
        let text =
            definition.kind == .jsonBackup
            ? """
            SELECT jsonb_object_agg(list, records) FROM (
                SELECT split_part(database, '_', 2) AS list, jsonb_agg(
                    body - '_id' - '_rev' ORDER BY length(id), id COLLATE "C") AS records
                FROM documents GROUP BY 1) lists
            """ : "SELECT body::text FROM documents ORDER BY id"
        let file = try folder.write(
            definition.kind == .jsonBackup ? "backup.json" : "export.ndjson",
            sql(text).compactMap { $0[0] }.joined(separator: "\n"))
        try CouchExport(definition: definition, store: store, clock: clock).importFiles([file])
    }

    @discardableResult
    func sql(_ text: String) throws -> [[String?]] {
        try ScratchCluster.shared.sql(database, text)
    }

    /// Asks the store in SQL; one line per row, values with a bar between them.
    func stored(_ query: String) throws -> [String] {
        try store.lines(of: query)
    }

    func quarantined() throws -> [String] {
        try store.quarantined().map { "\($0.table) \($0.key): \($0.reason)" }
    }

    /// All rows of a model as the store holds them, in the form of `ModelOracle`.
    private func stored(_ oracle: ModelOracle) throws -> [String] {
        let model = try schema.model(oracle.model)
        var joins = ""
        var columns = ["m.company", "m.key"]
        for (index, column) in model.columns.enumerated() {
            guard oracle.columns.contains(where: { $0.name == column.name }) else { continue }
            if case .reference(let target) = column.type {
                joins +=
                    " LEFT JOIN \"\(target)\" t\(index) ON t\(index).ref = m.\"\(column.name)\""
                columns.append("t\(index).key")
            } else {
                columns.append("m.\"\(column.name)\"")
            }
        }
        return try stored(
            "SELECT \(columns.joined(separator: ", ")) FROM \"\(oracle.model)\" m\(joins)"
        ).sorted()
    }

    /// What a model holds otherwise than its source does, in words; empty where they are equal.
    func differences(_ oracle: ModelOracle) throws -> [String] {
        let names = try schema.model(oracle.model).columns.map(\.name)
        let wanted = try sql(oracle.query(in: names)).compactMap { $0[0] }.sorted()
        let found = try stored(oracle)
        if found == wanted { return [] }
        let extra = found.filter { !wanted.contains($0) }.prefix(2)
        let lacking = wanted.filter { !found.contains($0) }.prefix(2)
        return [
            "\(oracle.model) differs: \(found.count) rows of \(wanted.count), extra \(extra), "
                + "lacking \(lacking)"
        ]
    }
}

/// What the rows of a model must be, as a query of the source.
struct ModelOracle {
    let model: String
    /// The FROM clause, which calls the table `r`, perhaps with a WHERE.
    let from: String
    /// The company, as an expression.
    let company: String
    let key: String
    let columns: [(name: String, expression: String)]

    init(
        _ model: String, from: String, company: String, key: String = "r.id",
        _ columns: KeyValuePairs<String, String>
    ) {
        self.init(
            model, from: from, company: company, key: key, columns.map { ($0.key, $0.value) })
    }

    init(
        _ model: String, from: String, company: String, key: String = "r.id",
        _ columns: [(name: String, expression: String)]
    ) {
        self.model = model
        self.from = from
        self.company = company
        self.key = key
        self.columns = columns
    }

    /// One line per row, its columns in the order of the model's.
    func query(in order: [String]) -> String {
        let sorted = order.compactMap { name in columns.first { $0.name == name }?.expression }
        let parts = [company, "(\(key))::text"] + sorted
        let texts = parts.map { "coalesce((\($0))::text, '-')" }
        return "SELECT \(texts.joined(separator: " || '|' || ")) FROM \(from)"
    }

    /// An amount, which the source holds as any kind of number, in its currency's minor unit.
    static func money(_ column: String, decimals: String = "2") -> String {
        "round((\(column))::text::numeric * 10::numeric ^ (\(decimals)))::bigint"
    }

    static func decimal(_ column: String, scale: Int) -> String {
        "round((\(column))::text::numeric * 10::numeric ^ \(scale))::bigint"
    }

    static func instant(_ column: String) -> String {
        "(extract(epoch FROM \(column)) * 1000000)::bigint"
    }

    static func flag(_ column: String) -> String {
        "CASE \(column) WHEN true THEN 1 WHEN false THEN 0 END"
    }

    /// A key, if it leads to a row.
    static func reference(_ column: String, to table: String, key: String = "id") -> String {
        "(SELECT x.\(key) FROM \(table) x WHERE x.\(key) = \(column))"
    }
}
