import Foundation
import Testing

@testable import reportd

/// From a database that nobody has described to a first figure, with the program as people run it.
@Suite struct DiscoverCommandTests {
    /// A scratch server with the market place, and an empty folder for the program.
    private struct Place {
        let folder: String
        let postgres: ScratchPostgres
        var connection: String { postgres.connectionString(database: "market") }

        init() throws {
            folder =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("reportd-discover-\(UUID().uuidString)").path
            postgres = try ScratchPostgres(folder: folder + "/postgres", durability: .disposable)
            try postgres.start()
            try postgres.createDatabase("market")
            try postgres.execute(
                String(
                    contentsOfFile: FirstLightWorld.root
                        + "/Tests/SourceSystems/Schemas/market.sql", encoding: .utf8),
                database: "market")
        }

        func remove() {
            postgres.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }

        func run(_ words: [String]) throws -> (status: Int32, text: String) {
            try LiveProgram(words).finish()
        }

        /// What a command prints when it goes well.
        func output(
            _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> String {
            let (status, text) = try run(words + ["--config", folder + "/reportd.yaml"])
            #expect(status == 0, "\(words): \(text)", sourceLocation: sourceLocation)
            return text
        }
    }

    @Test func discoverDoctorIngestQuery() throws {
        let place = try Place()
        defer { place.remove() }
        let queries = place.folder + "/queries"
        let discover = ["discover", place.connection, "--into", queries]
        let (status, said) = try place.run(discover)
        #expect(status == 0, "\(said)")
        // What is there is never written over, be it the same.
        let again = try place.run(discover)
        #expect(again.status == 75 && again.text.contains("market.yaml exists already"))
        try """
        definitions: queries
        sources:
          market: {connection: "\(place.connection)"}
        """.write(toFile: place.folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        let checked = try place.output("doctor")
        #expect(checked.contains("market: fine: table ‘public.order’ is ready"))
        #expect(!checked.contains("problem"))
        _ = try place.output("cases")
        _ = try place.output("ingest", "--once")
        #expect(
            try place.output("sql", "--format", "csv", "SELECT sum(total) AS t FROM \"order\"")
                == "t\r\n\((1...200).reduce(0) { $0 + $1 * 101 })\r\n")
        let total = try place.output(
            "query", "market_order_rows", "market_order_total", "--period",
            "2026-01-01..2026-12-31", "--format", "csv")
        #expect(total.contains("200") && total.contains("20301.00"), "\(total)")
        #expect(
            try place.output("sources").contains("0 rows put aside"))
    }

    /// Beside definitions that exist, names give way, and the company has to be said.
    @Test func besideWhatIsThere() throws {
        let place = try Place()
        defer { place.remove() }
        let queries = place.folder + "/queries"
        try FileManager.default.copyItem(
            atPath: FirstLightWorld.root + "/queries", toPath: queries)
        let discover = [
            "discover", place.connection, "--into", queries, "--name", "bazaar", "--schema",
            "public",
        ]
        let refused = try place.run(discover)
        #expect(refused.status == 64)
        #expect(refused.text.contains("add --company with one of: rendetalje, tekup"))
        #expect(!FileManager.default.fileExists(atPath: queries + "/sources/bazaar.yaml"))
        let taken = try place.run([
            "discover", place.connection, "--into", queries, "--name", "tekup", "--company",
            "tekup",
        ])
        #expect(taken.status == 75 && taken.text.contains("sources/tekup.yaml exists already"))
        let (status, text) = try place.run(discover + ["--company", "teddy-cafe"])
        #expect(status == 0, "\(text)")
        let models = try String(contentsOfFile: queries + "/models/bazaar.yaml", encoding: .utf8)
        #expect(models.contains("\n  bazaar_customer:\n") && models.contains("\n  order_line:\n"))
        let mapping = try String(contentsOfFile: queries + "/sources/bazaar.yaml", encoding: .utf8)
        #expect(mapping.contains("company: teddy-cafe") && !mapping.contains("stock."))
        try "definitions: queries\n".write(
            toFile: place.folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        _ = try place.output("cases")
    }

    @Test func toStandardOutputAndWrongRequests() throws {
        let place = try Place()
        defer { place.remove() }
        let (status, text) = try place.run(["discover", place.connection])
        #expect(status == 0)
        for file in ["companies.yaml", "sources/market.yaml", "models/market.yaml"] {
            #expect(text.contains("# ===== \(file)\n"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder) == ["postgres"])
        #expect(try place.run(["discover"]).status == 64)
        #expect(try place.run(["discover", "--connection-env", "NOT_SET_ANYWHERE"]).status == 64)
        #expect(try place.run(["discover", place.connection, "--name", "Not legal"]).status == 64)
        let empty = try place.run([
            "discover", place.postgres.connectionString(database: "postgres"),
        ])
        #expect(empty.status == 66 && empty.text.contains("has no tables"))
        #expect(try place.run(["discover", "host=/nowhere dbname=x"]).status == 69)
    }
}
