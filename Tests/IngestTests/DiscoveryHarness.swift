import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A database, the definitions that are proposed for it, and a store that is read by them.
final class DiscoveryHarness: Sendable {
    let database: String
    let folder: ScratchFolder
    let files: ProposedFiles
    let schema: Schema
    let definition: SourceDefinition
    let store: Store

    /// Proposes definitions for a database and opens a store with them; nothing is edited.
    init(_ database: String, source: String = "found", beside companies: String? = nil) async throws
    {
        self.database = database
        folder = try ScratchFolder()
        var existing: Schema?
        if let companies {
            _ = try folder.write("companies.yaml", companies)
            existing = try Schema(definitions: folder.path)
        }
        files = try await PostgresDiscovery(
            connection: ScratchCluster.shared.connection(database), source: source,
            existing: existing
        ).propose()
        for name in ["sources", "models"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        if !files.companies.isEmpty { _ = try folder.write("companies.yaml", files.companies) }
        _ = try folder.write("sources/\(source).yaml", files.mapping)
        _ = try folder.write("models/\(source).yaml", files.models)
        schema = try Schema(definitions: folder.path)
        definition = try #require(
            try SourceDefinition.load(definitions: folder.path, schema: schema).first)
        store = try Store(path: folder.path + "/store.sqlite", schema: schema)
    }

    deinit {
        try? store.close()
        // The server has room for so many slots only.
        _ = try? sql(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                + "WHERE slot_name = 's_\(database)'")
    }

    /// A database made from one of the schemas beside the tests.
    static func database(schema name: String, content: String = "") throws -> String {
        let database = try ScratchCluster.shared.database(sourceTables(name))
        if !content.isEmpty { try ScratchCluster.shared.sql(database, content) }
        return database
    }

    /// Reads the database up to its present state, as `reportd ingest --once` does.
    func catchUp() async throws {
        try await PostgresSource(
            definition: definition, connection: ScratchCluster.shared.connection(database),
            store: store, slot: "s_\(database)"
        ).catchUp()
    }

    func sql(_ text: String) throws -> [[String?]] { try ScratchCluster.shared.sql(database, text) }

    /// Asks the store in SQL; one line per row.
    func stored(_ query: String) throws -> [String] {
        try store.lines(of: query)
    }

    /// Expects as many rows of each model as its table has, less those marked as deleted and those
    /// that are put aside.
    func expectAllRows(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let quarantined = try store.quarantined()
        for table in definition.tables {
            let (schema, name) = SQL.parts(of: table.name)
            let isPartitioned =
                try sql(
                    """
                    SELECT relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE nspname = \(SQL.text(schema)) AND relname = \(SQL.text(name))
                    """)[0][0] == "p"
            var condition = ""
            if let deleted = table.isDeleted.first {
                let field = SQL.name(table.fields[deleted.field])
                condition = " WHERE coalesce(\(field)::text, 'false') = 'false'"
            }
            let wanted = try sql(
                "SELECT count(*) FROM \(isPartitioned ? "" : "ONLY ")\(SQL.table(table.name))"
                    + condition)[0][0]
            let found = try stored("SELECT count(*) FROM \"\(table.model.name)\"")
            let out = quarantined.count { $0.table == table.name }
            #expect(
                found.first.flatMap { Int($0) } == wanted.flatMap { Int($0) }.map { $0 - out },
                "\(table.name)", sourceLocation: sourceLocation)
        }
    }

    /// The line of a file that holds a word; empty if there is none.
    static func line(_ word: String, in text: String) -> String {
        text.split(separator: "\n").first { $0.contains(word) }.map(String.init) ?? ""
    }
}
