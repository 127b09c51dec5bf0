import Foundation
import GRDB
import Store
import Testing
import Vocabulary

@testable import reportd

/// The commands that look after a store, against a real Postgres and a real export.
@Suite struct IntegrityCommandTests {
    /// A folder with a loaded store of its own.
    private struct Place {
        let folder: String
        var store: String { folder + "/data/store.sqlite" }

        init(
            connection: String = "host=/nowhere", reading: String = "read: replication"
        ) throws {
            folder =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("reportd-integrity-\(UUID().uuidString)").path
            let exports = folder + "/exports"
            try FileManager.default.createDirectory(
                atPath: exports, withIntermediateDirectories: true)
            for name in ["sales", "inventory", "expenses"] {
                try FileManager.default.copyItem(
                    atPath: FirstLightWorld.root + "/Tests/Fixtures/Chikondi/\(name).json",
                    toPath: "\(exports)/\(name).json")
            }
            _ = try FirstLightWorld.settings(
                folder: folder, connection: connection, reading: reading)
            try setMapping("store-limits: {chunk-cache: 16 MB, memo: 8 MB}")
        }

        func setMapping(_ line: String) throws {
            let path = folder + "/reportd.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try (text + "\n" + line + "\n").write(
                toFile: path, atomically: true, encoding: .utf8)
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }

        func run(_ words: String...) throws -> (status: Int32, text: String) {
            let program = try LiveProgram(words + ["--config", folder + "/reportd.yaml"])
            return program.finish()
        }

        /// Changes a byte of a column's chunks.
        func flip(_ model: String, _ column: String) throws {
            let queue = try DatabaseQueue(path: store)
            try queue.write { db in
                let rows = try Row.fetchAll(
                    db,
                    sql: "SELECT chunk.rowid, data FROM chunk JOIN segment ON segment.id = segment "
                        + "JOIN model ON model.id = segment.model WHERE model.name = ?1 "
                        + "AND segment.state = 1 AND part = 0 AND column_id = CASE ?2 "
                        + "WHEN 'key' THEN -2 ELSE (SELECT id FROM model_column "
                        + "WHERE model = model.id AND name = ?2) END", arguments: [model, column])
                try #require(!rows.isEmpty)
                for row in rows {
                    var bytes = [UInt8](row[1] as Data)
                    bytes[bytes.count / 2] ^= 4
                    try db.execute(
                        sql: "UPDATE chunk SET data = ? WHERE rowid = ?",
                        arguments: [Data(bytes), row[0] as Int64])
                }
            }
            try queue.close()
        }
    }

    private static let figures =
        "SELECT company, status, count(*), sum(net), sum(customer IS NULL) FROM sale "
        + "GROUP BY company, status ORDER BY 1, 2"
    private static let shop = "SELECT count(*), sum(amount) FROM pos_sale"

    @Test(arguments: ["read: replication", "read: polling, every: 1s"])
    func damagedRowsAreReadFromTheirSourcesAgain(reading: String) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-repair-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let postgres = try ScratchPostgres(folder: folder, durability: .disposable)
        try postgres.start()
        defer { postgres.stop() }
        _ = try TekupDemo.open(
            in: postgres, seed: 9, scale: 0.1, days: 300, now: FirstLightWorld.now)
        let place = try Place(
            connection: postgres.connectionString(database: TekupDemo.database), reading: reading)
        defer { place.remove() }
        #expect(try place.run("ingest", "--once").status == 0)
        #expect(try place.run("compact").status == 0)
        let before = try place.run("sql", Self.figures, "--format", "csv").text
        let shop = try place.run("sql", Self.shop, "--format", "csv").text
        #expect(before.contains("tekup"))
        for (model, column) in [("sale", "net"), ("customer", "key"), ("pos_sale", "amount")] {
            try place.flip(model, column)
        }
        let verified = try place.run("verify")
        #expect(verified.status == 74)
        #expect(verified.text.contains("model ‘sale’, segment "))
        #expect(
            verified.text.contains("columns ‘gross’, ‘net’, ‘tax’: does not match its checksum"),
            "\(verified.text)")
        #expect(verified.text.contains("model ‘customer’"))
        #expect(verified.text.contains("3 damaged"))
        let question = try place.run("sql", Self.figures)
        #expect(question.status == 74)
        #expect(question.text.contains("‘reportd verify --repair’"), "\(question.text)")
        // What does not need it is answered.
        #expect(try place.run("sql", "SELECT count(*) FROM sale").status == 0)
        let repaired = try place.run("verify", "--repair")
        #expect(repaired.status == 0, "\(repaired.text)")
        #expect(repaired.text.contains("read again: chikondi, tekup"), "\(repaired.text)")
        #expect(repaired.text.contains("before that is lost"))
        #expect(repaired.text.contains(" 0 damaged"))
        #expect(try place.run("sql", Self.figures, "--format", "csv").text == before)
        #expect(try place.run("sql", Self.shop, "--format", "csv").text == shop)

        // While the program runs, a change of a row that cannot be found makes it repair itself.
        #expect(try place.run("compact").status == 0)
        try place.flip("customer", "key")
        let program = try LiveProgram(["ingest", "--config", place.folder + "/reportd.yaml"])
        defer { program.kill() }
        try postgres.execute(
            "UPDATE customers SET name = name || ' & co'", database: TekupDemo.database)
        for _ in 0..<200 {
            if program.remarks.contains("before that is lost") { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        program.stop()
        #expect(program.remarks.contains("model ‘customer’, segment"), "\(program.remarks)")
        let names = "SELECT count(*) FROM customer WHERE name LIKE '% & co'"
        let expected = try postgres.query(
            "SELECT count(*) FROM customers", database: TekupDemo.database)[0][0]
        let found = try place.run("sql", names, "--format", "csv").text
        #expect(found.contains(expected ?? "?"), "\(found)")
        #expect(try place.run("verify").status == 0)
        #expect(try place.run("sql", Self.figures, "--format", "csv").text == before)
    }

    @Test func theRunningProgramRepairsItself() async throws {
        let place = try Place()
        defer { place.remove() }
        #expect(try place.run("ingest", "chikondi", "--once").status == 0)
        #expect(try place.run("compact").status == 0)
        let before = try place.run("sql", Self.shop, "--format", "csv").text
        try place.flip("pos_sale", "amount")
        // The background check finds it; nobody asks for the column.
        let program = try LiveProgram([
            "ingest", "chikondi", "--config", place.folder + "/reportd.yaml", "--now",
            "2027-11-20T12:00:00Z",
        ])
        for _ in 0..<200 {
            if program.remarks.contains("before that is lost") { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        program.stop()
        let log = program.remarks
        #expect(try place.run("sql", Self.shop, "--format", "csv").text == before)
        #expect(log.components(separatedBy: "the store is damaged").count == 2, "\(log)")
        #expect(log.contains("before that is lost"), "\(log)")
    }

    @Test func rowsAreErasedOnceThatIsConfirmed() throws {
        let place = try Place()
        defer { place.remove() }
        #expect(try place.run("ingest", "chikondi", "--once").status == 0)
        let keys = try place.run(
            "sql", "SELECT key FROM pos_sale ORDER BY key LIMIT 1", "--format", "csv"
        ).text.split(whereSeparator: \.isNewline)
        let key = try #require(keys.last.map(String.init))
        let words = ["erase", "--model", "pos_sale", "--origin", "chikondi", "--key"]
        func erase(_ key: String, _ more: String...) throws -> (status: Int32, text: String) {
            let program = try LiveProgram(
                words + [key] + more + ["--config", place.folder + "/reportd.yaml"])
            return program.finish()
        }
        let asked = try erase(key)
        #expect(asked.status == 64)
        #expect(asked.text.contains("1 versions") && asked.text.contains("--yes"))
        #expect(try erase("nobody", "--yes").status == 66)
        let erased = try erase(key, "--yes")
        #expect(erased.status == 0, "\(erased.text)")
        #expect(erased.text.contains("removed 1 versions"))
        #expect(try erase(key, "--yes").status == 66)
        let left = try place.run("sql", "SELECT count(*) FROM pos_sale", "--format", "csv").text
        #expect(left.contains("43"))
    }

    @Test(arguments: [
        ("{memo: 5}", "‘5’ is not a size", "reportd.yaml:1:"),
        ("{chunk-cache: 1 MB}", "‘1 MB’ is not a size from 8 MB", "reportd.yaml:1:"),
        ("{threads: 0}", "‘0’ is not a whole number from 1 to", "reportd.yaml:1:"),
        ("{horizon: 3}", "horizon", "reportd.yaml:1:"),
    ])
    func limitsAreChecked(limits: String, said: String, place: String) throws {
        let node = try DefinitionNode(
            parsing: "store-limits: \(limits)", file: "reportd.yaml")
        let error = #expect(throws: Advice.self) {
            try Settings(node, folder: "/nowhere", environment: [:])
        }
        #expect(error?.kind == .definition)
        #expect(error?.description.contains(said) == true, "\(String(describing: error))")
        #expect(error?.description.contains(place) == true)
    }

    @Test func limitsHaveUnits() throws {
        let node = try DefinitionNode(
            parsing: """
                store-limits: {horizon-days: 30, scrub-days: 0, chunk-cache: 64 MB, memo: 0 MB,
                  result: 2048 KB, pinned: 2 GB, threads: 3, quarantine-rows: 7}
                """, file: "reportd.yaml")
        let settings = try Settings(node, folder: "/nowhere", environment: [:]).storeSettings
        let expected = StoreSettings(
            horizonDays: 30, chunkCacheBytes: 64 << 20, memoBytes: 0, resultBytes: 2 << 20,
            threads: 3, pinnedBytes: 2 << 30, scrubDays: 0, quarantineRows: 7)
        #expect(settings == expected)
        let lines = Settings.template.split(separator: "\n").drop { $0 != "# store-limits:" }
            .prefix { $0.hasPrefix("#") }
        let written = try DefinitionNode(
            parsing: lines.map { $0.dropFirst(2) }.joined(separator: "\n"), file: "reportd.yaml")
        // The values shown are the defaults, but for the processors of this machine.
        var shown = try Settings(written, folder: "/nowhere", environment: [:]).storeSettings
        shown.threads = StoreSettings().threads
        #expect(shown == StoreSettings())
    }
}
