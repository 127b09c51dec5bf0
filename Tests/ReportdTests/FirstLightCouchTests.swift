import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// The real binary beside a CouchDB server, as a shop's owner runs it.
@Suite(.serialized) struct FirstLightCouchTests {
    private static let databases = ["chikondi_sales", "chikondi_expenses", "chikondi_inventory"]

    /// A folder with a configuration that follows a server.
    private struct Shop {
        let folder: String
        let server: CouchStandIn
        /// How many sales there are, and their amounts in hundredths.
        var sales = 0
        var amount: Int128 = 0

        init() throws {
            folder =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("reportd-couch-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            server = try CouchStandIn(user: ("reportd", "wordofmouth"))
            for name in databases { server.makeDatabase(name) }
            let text = """
                definitions: \(FirstLightWorld.root)/queries
                listen: {port: 0}
                sources:
                  chikondi: {connection-env: SHOP_COUCHDB}
                """
            try text.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        }

        /// Sells; every fourth sale is sent a second time, every tenth is corrected.
        mutating func sell(_ count: Int) {
            for _ in 0..<count {
                sales += 1
                let amount = 100 + sales % 700
                func members(_ amount: Int) -> String {
                    "\"id\":\(sales),\"productId\":1,\"timestamp\":\(1_760_000_000_000 + sales),"
                        + "\"amount\":\(amount),\"paymentMethod\":\"cash\""
                }
                server.put("chikondi_sales", "sale_\(sales)_1000", members(amount))
                if sales % 4 == 0 {
                    server.put("chikondi_sales", "sale_\(sales)_2000", members(amount))
                }
                let corrected = sales % 10 == 0 && sales % 4 != 0
                if corrected {
                    server.put("chikondi_sales", "sale_\(sales)_1000", members(amount + 1))
                }
                self.amount += Int128(amount + (corrected ? 1 : 0)) * 100
            }
        }

        func start(_ words: [String], point: String? = nil) throws -> LiveProgram {
            var environment = [
                "SHOP_COUCHDB": "http://reportd:wordofmouth@127.0.0.1:\(server.port)"
            ]
            if let point { environment["REPORTD_FAILPOINT"] = point }
            return try LiveProgram(
                words + ["--config", folder + "/reportd.yaml"], environment: environment)
        }

        func stored() throws -> [Int128?] {
            let store = try Store(
                path: folder + "/data/store.sqlite",
                schema: Schema(definitions: FirstLightWorld.root + "/queries"))
            defer { try? store.close() }
            return try store.snapshot(Scope(companies: ["tiyende"])).scan(
                ScanRequest(
                    model: "pos_sale", measures: [.count, .sum(.column(ColumnPath("amount")))])
            ).rows[0].values
        }

        func remove() {
            server.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    @Test func killedAtAnyMomentNothingIsLostOrDoubled() async throws {
        var shop = try Shop()
        defer { shop.remove() }
        shop.sell(400)
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["REPORTD_KILLS"].flatMap(Int.init) ?? 10
        let points = [
            "mid-copy", "before-load-finish", "after-load-finish", "after-receive",
            "before-commit", "after-commit",
        ]
        var dice = UInt64(20_261_121)
        for round in 0..<(points.count + rounds) {
            let point = round < points.count ? points[round] : nil
            let program = try shop.start(["ingest"], point: point)
            shop.sell(25)
            if point != nil {
                #expect(try await program.endsWithin(seconds: 20), "\(point ?? "")")
            } else {
                dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                try await Task.sleep(for: .milliseconds(Int(dice >> 33) % 900))
                shop.sell(5)
            }
            program.kill()
        }
        let (status, text) = try shop.start(["ingest", "--once"]).finish()
        #expect(status == 0, "\(text)")
        #expect(try shop.stored() == [Int128(shop.sales), shop.amount])
    }

    @Test func theDoctorNamesWhatIsMissing() throws {
        let shop = try Shop()
        defer { shop.remove() }
        let well = try shop.start(["doctor"]).finish()
        #expect(well.status == 0 && well.text.contains("chikondi: well"), "\(well)")
        shop.server.deleteDatabase("chikondi_expenses")
        let ill = try shop.start(["doctor"]).finish()
        #expect(ill.status == 1)
        #expect(
            ill.text.contains(
                "chikondi: problem: database ‘chikondi_expenses’ of source ‘chikondi’ does not exist"
            ), "\(ill.text)")
        #expect(!well.text.contains("wordofmouth") && !ill.text.contains("wordofmouth"))
    }
}
