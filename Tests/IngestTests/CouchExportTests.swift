import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The shop's export of the fixtures, whose figures its README lists.
@Suite struct CouchExportTests {
    private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/Chikondi").path

    private struct Shop {
        let folder: ScratchFolder
        let store: Store
        let export: CouchExport

        init() throws {
            folder = try ScratchFolder()
            let schema = try Schema(definitions: definitionsFolder)
            store = try Store(path: folder.path + "/store.sqlite", schema: schema)
            let definition = try SourceDefinition(
                DefinitionNode(
                    contentsOf: definitionsFolder + "/sources/chikondi.yaml",
                    relativeTo: definitionsFolder), schema: schema)
            export = try CouchExport(definition: definition, store: store)
        }

        /// One number of one model of the shop.
        func figure(
            _ model: String, _ measure: Measure, _ filters: [Filter] = []
        ) throws -> Int128? {
            try store.snapshot(Scope(companies: ["tiyende"])).scan(
                ScanRequest(model: model, filters: filters, measures: [measure])
            ).rows[0].values[0]
        }
    }

    @Test func theFiguresAreThoseOfTheReadme() throws {
        let shop = try Shop()
        let outcome = try shop.export.importFolder(fixtures)
        #expect(outcome.documents == 51 + 24 + 12)
        #expect(outcome.quarantined == 0)
        let amount = Measure.sum(.column(ColumnPath("amount")))
        #expect(try shop.figure("pos_sale", .count) == 44)
        #expect(try shop.figure("pos_sale", .countPresent(ColumnPath("amount"))) == 43)
        #expect(try shop.figure("pos_sale", amount) == 16_531_104)
        #expect(try shop.figure("pos_sale", .sum(.column(ColumnPath("app_total")))) == 14_255_924)
        let method = ColumnPath("payment_method")
        #expect(
            try shop.figure("pos_sale", amount, [.among(method, [.text("cash")])]) == 10_760_529)
        #expect(
            try shop.figure("pos_sale", amount, [.among(method, [.text("mobile_money")])])
                == 5_770_575)
        #expect(try shop.figure("expense", .count) == 11)
        #expect(try shop.figure("expense", amount) == 37_770_079)
        #expect(try shop.figure("product_snapshot", .count) == 23)
        for (day, sum) in [(15, 405_000), (16, 1_375_075), (17, 865_110)] {
            let start = try #require(LocalDay(year: 2025, month: 10, day: day))
            let period = try Period(from: start, upTo: start.adding(days: 1))
            #expect(
                try shop.figure("pos_sale", amount, [.days(ColumnPath("sold_at"), period)])
                    == Int128(sum))
        }
    }

    @Test func theSameExportAgainChangesNothing() throws {
        let shop = try Shop()
        try shop.export.importFolder(fixtures)
        let commit = shop.store.latest
        let again = try shop.export.importFolder(fixtures)
        #expect(again.isUnchanged)
        #expect(shop.store.latest == commit)
        #expect(shop.export.status.position?.hasPrefix("3 files, ") == true)
    }

    @Test func row45ATruncatedExportChangesNothing() throws {
        let shop = try Shop()
        try shop.export.importFolder(fixtures)
        let commit = shop.store.latest
        for name in ["expenses.json", "inventory.json", "sales.json"] {
            let text = try String(contentsOfFile: fixtures + "/" + name, encoding: .utf8)
            // The files are read in order, so a damaged last one meets two that are read already.
            _ = try shop.folder.write(
                name, name == "sales.json" ? String(text.prefix(9000)) : text + "\n")
        }
        let path = shop.folder.path + "/sales.json"
        do {
            try shop.export.importFolder(shop.folder.path)
            Issue.record("a truncated export was taken")
        } catch let error as Advice {
            #expect(error.kind == .input)
            #expect(
                error.description.hasPrefix("\(path):")
                    && error.description.contains("the export breaks off or is damaged")
                    && error.description.hasSuffix("nothing was changed"), "\(error)")
        }
        #expect(shop.store.latest == commit)
        #expect(throws: Advice.self) { try shop.export.importFiles([path + ".gone"]) }
        #expect(throws: Advice.self) { try shop.export.importFolder(shop.folder.path + "/none") }
    }

    @Test func documentsComeGoAndMeet() throws {
        let shop = try Shop()
        func sale(_ id: String, _ rest: String) -> String {
            #"{"_id":"\#(id)","_rev":"1-a",\#(rest)}"#
        }
        let body = #""id":1,"productId":1,"productName":"Sugar","timestamp":1761130800000"#
        let first = try shop.folder.write(
            "first.ndjson",
            [
                sale("sale_1_9", body + #","amount":1050.3000000000002,"paymentMethod":"cash""#),
                // The same sale sent again, corrected; ids compare by length first.
                sale("sale_1_10", body + #","amount":10.005,"paymentMethod":"cash""#),
                sale("sale_2_1", #""id":2,"productId":1,"timestamp":"soon","amount":1"#),
                sale("sale_3_1", #""id":3,"productId":1,"timestamp":1761130800001,"amount":5"#),
                sale("other_1", #""x":1"#),
                sale("_design/x", #""views":{}"#),
                sale("sale_4_1", #""id":4,"productId":1,"timestamp":1,"amount":5,"test":true"#),
            ].joined(separator: "\n"))
        let outcome = try shop.export.importFiles([first])
        #expect(outcome.rows == 2 && outcome.leftOut == 3 && outcome.quarantined == 2)
        #expect(outcome.roundedAmounts == 1)
        #expect(try shop.figure("pos_sale", .sum(.column(ColumnPath("amount")))) == 1001 + 500)
        #expect(
            try shop.store.quarantined().map { "\($0.table) \($0.key): \($0.reason)" } == [
                "(none) other_1: no table of the mapping takes this document; they take sale_…, "
                    + "expense_…, product_…",
                "chikondi_sales sale_2_1: sold_at: text ‘soon’ does not fit a column of type instant",
            ])
        // The next export corrects one, deletes one; the database is complete, so absence deletes.
        let second = try shop.folder.write(
            "second.ndjson",
            sale("sale_2_1", #""id":2,"productId":1,"timestamp":1761130800002,"amount":1"#) + "\n"
                + #"{"_id":"sale_3_1","_rev":"2-b","_deleted":true}"#)
        try shop.export.importFiles([second])
        #expect(try shop.figure("pos_sale", .count) == 1)
        #expect(try shop.figure("pos_sale", .sum(.column(ColumnPath("amount")))) == 100)
        #expect(try shop.store.quarantined().isEmpty)
    }
}
