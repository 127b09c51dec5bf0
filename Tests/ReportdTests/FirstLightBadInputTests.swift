import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Mistakes that people make: one line that says what to do, a documented exit code, nothing lost.
@Suite struct FirstLightBadInputTests {
    private struct Place {
        let folder: String

        init(sources: String, definitions: String? = nil) throws {
            folder =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("reportd-bad-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try """
            definitions: \(definitions ?? FirstLightWorld.root + "/queries")
            sources:
            \(sources)
            """.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }

        /// Exit code and last line of a command.
        func run(_ words: [String]) throws -> (status: Int32, line: String) {
            let program = try LiveProgram(words + ["--config", folder + "/reportd.yaml"])
            let (status, text) = program.finish()
            let lines = text.split(separator: "\n")
            #expect(lines.filter { $0.hasPrefix("reportd: ") }.count == 1, "\(text)")
            return (status, String(lines.last ?? ""))
        }
    }

    @Test func aPolledSourceThatSharesItsRows() throws {
        let polled = "  teddykids: {connection: \"host=/nowhere\", read: polling}\n"
        let both = try Place(sources: polled + "  teddykids-backup: {folder: backups}")
        defer { both.remove() }
        let (status, line) = try both.run(["ingest", "--once"])
        #expect(status == 78)
        #expect(line.contains("shares an origin with ‘teddykids-backup’"), "\(line)")
        // The mapping of a source that is not read does not matter.
        let alone = try Place(sources: polled)
        defer { alone.remove() }
        let (other, reached) = try alone.run(["ingest", "--once"])
        #expect(other == 69, "\(reached)")
    }

    @Test func aServerThatIsNotThere() throws {
        let place = try Place(
            sources:
                "  tekup: {connection: \"host=/nowhere dbname=tekup user=a password=hunter2\"}")
        defer { place.remove() }
        let (status, line) = try place.run(["ingest", "--once"])
        #expect(status == 69)
        #expect(line.hasPrefix("reportd: ") && !line.contains("hunter2"), "\(line)")
        let nonsense = try Place(sources: "  tekup: {connection: \"host==\"}")
        defer { nonsense.remove() }
        let wrong = try nonsense.run(["ingest", "--once"])
        #expect([64, 69, 78].contains(wrong.status), "\(wrong)")
    }

    @Test func aRoleThatMayNotReplicate() async throws {
        let world = try await FirstLightWorld.shared
        let role = "plain\(UInt32.random(in: 0...UInt32.max))"
        try world.postgres.execute(
            "CREATE ROLE \(role) LOGIN; GRANT pg_read_all_data TO \(role)",
            database: TekupDemo.database)
        let connection = world.postgres.connectionString(database: TekupDemo.database)
            .replacing("user=postgres", with: "user=\(role)")
        let place = try Place(sources: "  tekup: {connection: \"\(connection)\"}")
        defer { place.remove() }
        let (status, line) = try place.run(["ingest", "--once"])
        #expect(status == 77, "\(line)")
        #expect(line.contains("ALTER ROLE"), "\(line)")
        try world.postgres.execute("DROP ROLE \(role)")
    }

    @Test func anExportThatWasCutOff() throws {
        let place = try Place(sources: "  chikondi: {folder: exports}")
        defer { place.remove() }
        let exports = place.folder + "/exports"
        try FileManager.default.createDirectory(
            atPath: exports, withIntermediateDirectories: true)
        let fixtures = FirstLightWorld.root + "/Tests/Fixtures/Chikondi"
        for name in ["sales", "inventory", "expenses"] {
            let text = try String(contentsOfFile: "\(fixtures)/\(name).json", encoding: .utf8)
            let kept = name == "expenses" ? String(text.prefix(text.count / 2)) : text
            try kept.write(toFile: "\(exports)/\(name).json", atomically: true, encoding: .utf8)
        }
        let (status, line) = try place.run(["ingest", "--once"])
        #expect(status == 65, "\(line)")
        #expect(line.contains("expenses.json"), "\(line)")
        // The other two files were whole, and are not taken alone.
        let store = try Store(
            path: place.folder + "/data/store.sqlite",
            schema: Schema(definitions: FirstLightWorld.root + "/queries"), access: .readOnly)
        #expect(try store.rowCount(model: "pos_sale", origin: "chikondi") == 0)
    }

    @Test func questionsThatCannotBeAnswered() async throws {
        let world = try await FirstLightWorld.shared
        let place = try Place(sources: "  {}")
        defer { place.remove() }
        try """
        definitions: \(FirstLightWorld.root)/queries
        store: \(world.settings.store)
        """.write(
            toFile: place.folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        let cases: [([String], Int32, String)] = [
            (["query", "revenue", "--company", "rendetalie"], 66, "did you mean ‘rendetalje’?"),
            (["query", "revenu"], 66, "did you mean ‘revenue’?"),
            (["query", "revenue", "--from", "2026-06-03", "--to", "2026-06-01"], 64, "exchange"),
            (["query", "revenue", "--from", "2026-02-30", "--to", "2026-03-01"], 64, "exist"),
            (["query", "revenue", "--period", "this-mnth"], 64, "did you mean ‘this-month’?"),
            (["query", "revenue", "--by", "colour"], 64, "colour"),
            (
                ["report", "sales-registry", "--format", "pdf", "--out", "x.pdf"], 66,
                "did you mean"
            ),
            (
                ["report", "sales-register", "--format", "docx", "--out", "x.docx"], 64,
                "not a file format"
            ),
            (["token", "--role", "BOSS"], 64, "not a role"),
            (["query", "revenue", "--now", "yesterday"], 64, "2026-11-20T12:00:00Z"),
        ]
        for (words, status, advice) in cases {
            let answer = try place.run(words)
            #expect(answer.status == status, "\(words): \(answer)")
            #expect(answer.line.contains(advice), "\(words): \(answer)")
        }
        // A file that cannot be made leaves nothing behind.
        let file = place.folder + "/register.csv"
        let answer = try place.run([
            "report", "sales-register", "--format", "csv", "--table", "none", "--out", file,
        ])
        #expect(answer.status != 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.folder)
                .allSatisfy { !$0.contains("register") })
    }

    @Test func aBrokenDefinitionLeavesTheLastGoodOnesInForce() throws {
        let place = try Place(sources: "  {}")
        defer { place.remove() }
        let definitions = place.folder + "/queries"
        try FileManager.default.copyItem(
            atPath: FirstLightWorld.root + "/queries", toPath: definitions)
        let shelf = try DefinitionShelf(folder: definitions)
        let metrics = definitions + "/metrics/sales.yaml"
        let good = try String(contentsOfFile: metrics, encoding: .utf8)
        try good.replacing("column: net", with: "column: nett")
            .write(toFile: metrics, atomically: true, encoding: .utf8)
        shelf.reload()
        #expect(shelf.problem?.description.contains("metrics/sales.yaml:") == true)
        #expect(shelf.problem?.description.contains("did you mean ‘net’?") == true)
        #expect(try shelf.current.analytics.metric("revenue").label == "Revenue")
        try good.replacing("label: Revenue", with: "label: Turnover")
            .write(toFile: metrics, atomically: true, encoding: .utf8)
        shelf.reload()
        #expect(shelf.problem == nil)
        #expect(try shelf.current.analytics.metric("revenue").label == "Turnover")
        // A program that starts with broken definitions says where.
        try good.replacing("kind: sum", with: "kind: summ")
            .write(toFile: metrics, atomically: true, encoding: .utf8)
        let broken = try Place(sources: "  {}", definitions: definitions)
        defer { broken.remove() }
        let (status, line) = try broken.run(["cases"])
        #expect(status == 78)
        #expect(line.contains("metrics/sales.yaml:9:11"), "\(line)")
    }
}
