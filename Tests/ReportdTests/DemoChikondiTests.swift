import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Chikondi demo")
struct DemoChikondiTests {
    let folder = DemoFolder()

    /// Adds up three export files as `Tests/Fixtures/Chikondi/README.md` says, in Python.
    private static let oracle = """
        import json, sys
        from decimal import Decimal, ROUND_HALF_UP
        def cents(x):
            if x is None: return 0
            return int((Decimal(repr(x)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
        def documents(path):
            answer = json.load(open(path, encoding='utf-8'))
            ids = [row['id'] for row in answer['rows']]
            assert answer['total_rows'] == len(ids) and ids == sorted(ids, key=str.encode)
            assert len(set(ids)) == len(ids) and answer['offset'] == 0
            for row in answer['rows']:
                assert row['key'] == row['id'] == row['doc']['_id']
                assert row['value']['rev'] == row['doc']['_rev']
            return [row['doc'] for row in answer['rows']]
        sales, inventory, expenses = (documents(path) for path in sys.argv[1:4])
        distinct = {(d['id'], d['timestamp'], d['productId']): d for d in sales if not d.get('test')}
        spent = {(d['id'], d['timestamp']): d for d in expenses}
        print(len(sales), len(distinct), sum(cents(d['amount']) for d in distinct.values()),
            sum(not d['_id'].startswith('_design/') for d in inventory),
            len(expenses), len(spent), sum(cents(d['amount']) for d in spent.values()))
        """

    private func figures(of paths: [String]) throws -> [Int] {
        let run = try ProgramRun(["/usr/bin/env", "python3", "-c", Self.oracle] + paths)
        #expect(run.status == 0, "\(run.messages)")
        return run.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    @Test("Python reads the files and adds up what the generator says")
    func filesAddUp() throws {
        let demo = try ChikondiDemo(seed: 1, firstDay: try #require(LocalDay("2026-04-20")))
        let now = try #require(Instant("2026-08-20T14:00:00Z"))
        let told = try demo.write(through: now, into: folder.path)
        let paths = ChikondiDemo.fileNames.map { folder.path + "/" + $0 }
        #expect(
            try figures(of: paths) == [
                told.saleDocuments, told.sales, Int(told.revenue), told.productDocuments,
                told.expenseDocuments, told.expenses, Int(told.expenseTotal),
            ])
        #expect((1500...4000).contains(told.sales))
        #expect(told.saleDocuments > told.sales)
        let sales = try String(contentsOfFile: paths[0], encoding: .utf8)
        #expect(
            sales.hasPrefix("{\"total_rows\":\(told.saleDocuments),\"offset\":0,\"rows\":[\r\n"))
        #expect(sales.hasSuffix("}}\r\n]}\n"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ChikondiDemo.fileNames.sorted(), "no half-written file is left")
    }

    @Test("a year has every oddity of the real app")
    func oddities() throws {
        let demo = try ChikondiDemo(seed: 1, firstDay: try #require(LocalDay("2025-08-20")))
        let contents = demo.contents(through: try #require(Instant("2026-08-20T14:00:00Z")))
        let sales = ChikondiDocument.answer(contents.sales)
        let products = ChikondiDocument.answer(contents.inventory)
        let expenses = ChikondiDocument.answer(contents.expenses)
        for sign in [
            "\"amount\":null", "\"amount\":0,", "\"test\":true", "\"synced\":true", "\"items\":[",
            "\"customerName\":", "\"timestamp\":15778", "\"productName\":\"Scones\"",
            "0000000000", "\"productName\":\"Sugar 1kg\"", "\"productName\":\"Sugar (1kg)\"",
        ] {
            #expect(sales.contains(sign), "\(sign)")
        }
        for sign in ["\"_design/stock\"", "\"lowStockAlert\":null", "\"quantity\":-1"] {
            #expect(products.contains(sign), "\(sign)")
        }
        #expect(!products.contains("Scones"))
        #expect(expenses.contains("0.30000000000000004"))
        let plain = contents.sales.filter { document in
            !document.members.contains { $0.0 == "items" || $0.0 == "test" }
        }
        let named = contents.sales.filter { $0.members.contains { $0.0 == "customerName" } }
        #expect(plain.count > 10 && named.count > plain.count)
    }

    @Test("the same seed makes the same documents, whatever the first day")
    func isDeterministic() throws {
        let end = try #require(Instant("2026-07-09T10:00:00Z"))
        func documents(_ firstDay: String, _ end: Instant) throws -> [String: String] {
            let demo = try ChikondiDemo(seed: 4, firstDay: try #require(LocalDay(firstDay)))
            let contents = demo.contents(through: end)
            let all = contents.sales + contents.inventory + contents.expenses
            return Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0.row) })
        }
        let long = try documents("2026-03-01", end)
        let short = try documents("2026-06-20", end)
        #expect(try long == documents("2026-03-01", end))
        #expect(short.count > 300)
        #expect(short.allSatisfy { long[$0.key] == $0.value })
        // A day later every document is still there, unchanged, and there are new ones.
        let later = try documents("2026-03-01", end.adding(seconds: 86_400))
        #expect(long.allSatisfy { later[$0.key] == $0.value })
        #expect(later.count > long.count)
    }

    @Test("the sample documents add up to what their page says")
    func sampleAddsUp() throws {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/Chikondi").path
        let paths = ["sales", "inventory", "expenses"].map { "\(fixtures)/\($0).json" }
        #expect(try figures(of: paths) == [51, 44, 16_531_104, 23, 12, 11, 37_770_079])
    }
}
