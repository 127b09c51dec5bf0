import Analytics
import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The shop's metrics over the documents of `Tests/Fixtures/Chikondi`, whose page says what they must
/// be, in whatever way the documents come.
@Suite struct ShopSampleTests {
    enum Feed: String, CaseIterable, Sendable {
        case databases, answers, lines, backup
    }

    private static let fixtures = repositoryFolder + "/Tests/Fixtures"

    private let folder: ScratchFolder
    private let schema: Schema
    private let store: Store
    private let definitions: Definitions

    init() throws {
        folder = try ScratchFolder()
        schema = try Schema(definitions: definitionsFolder)
        store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        definitions = try Definitions(folder: definitionsFolder, schema: schema)
    }

    private func mapping(_ name: String) throws -> SourceDefinition {
        try SourceDefinition(
            DefinitionNode(
                contentsOf: definitionsFolder + "/sources/\(name).yaml",
                relativeTo: definitionsFolder), schema: schema)
    }

    private func importFiles(_ paths: [String], by name: String) throws {
        try CouchExport(definition: mapping(name), store: store).importFiles(paths)
    }

    /// The documents with their kind, revision and members as they are written; no tombstones.
    private func documents() throws -> [(id: String, revision: String, members: String)] {
        try String(contentsOfFile: Self.fixtures + "/ChikondiLines/sample.ndjson", encoding: .utf8)
            .split(separator: "\n").filter { !$0.contains("\"_deleted\":true") }
            .map { line in
                let head = try #require(
                    line.firstMatch(of: /^\{"_id":"([^"]+)","_rev":"([^"]+)",?/))
                return (
                    String(head.output.1), String(head.output.2),
                    String(line[head.range.upperBound...].dropLast())
                )
            }
    }

    private func read(_ feed: Feed) async throws {
        let kinds = ["sale": "sales", "expense": "expenses", "product": "inventory"]
        func list(_ id: String) throws -> String {
            try #require(kinds[String(id.prefix { $0 != "_" })])
        }
        switch feed {
        case .databases:
            let server = try CouchStandIn()
            defer { server.stop() }
            for name in kinds.values { server.makeDatabase("chikondi_\(name)") }
            for (id, revision, members) in try documents() {
                server.addLeaf("chikondi_\(try list(id))", id, revision: revision, members)
            }
            try await CouchSource(
                definition: mapping("chikondi"), connection: server.address, store: store,
                clock: .system, timing: CouchTiming(),
                sleep: { _ in try await Task.sleep(for: .milliseconds(2)) }, log: { _ in }
            ).catchUp()
        case .answers:
            try importFiles(
                ["sales", "inventory", "expenses"].map { Self.fixtures + "/Chikondi/\($0).json" },
                by: "chikondi")
        case .lines:
            try importFiles([Self.fixtures + "/ChikondiLines/sample.ndjson"], by: "chikondi")
        case .backup:
            var lists: [String: [String]] = [:]
            for (id, _, members) in try documents() {
                lists[try list(id), default: []].append("{\(members)}")
            }
            let text = lists.map { "\"\($0.key)\":[\($0.value.joined(separator: ","))]" }
            let file = try folder.write("backup.json", "{\(text.joined(separator: ","))}")
            try importFiles([file], by: "chikondi-device")
        }
    }

    private func figure(_ metric: String, _ period: String) throws -> String {
        let answer = try definitions.answer(
            MetricQuery(metrics: [metric], period: PeriodName(period)),
            on: store.snapshot(Scope(companies: ["tiyende"])),
            now: try #require(Instant("2026-07-10T12:00:00Z")))
        return answer.totals[0].map { cell in
            switch cell.value {
            case .money(let money): "\(money.amount) \(money.currency.code)"
            case .integer(let number): "\(number)"
            case .decimal(let number): "\(number)"
            default: "-"
            }
        }.joined(separator: " + ")
    }

    private func expect(
        _ figures: KeyValuePairs<String, String>, in period: String = "2020-01-01..2026-12-31"
    ) throws {
        for (metric, wanted) in figures {
            #expect(try figure(metric, period) == wanted, "\(metric) in \(period)")
        }
    }

    @Test(arguments: Feed.allCases)
    func theSampleHasTheFiguresOfItsPage(feed: Feed) async throws {
        try await read(feed)
        try expect([
            "pos_transactions": "44", "pos_sales_without_amount": "1",
            "pos_sales": "165311.04 MWK", "app_pos_totals": "142559.24 MWK",
            "app_pos_invoice_revenue": "142559.24 MWK", "app_pos_totals_lacking": "22751.80 MWK",
            "pos_cash_sales": "107605.29 MWK", "pos_mobile_sales": "57705.75 MWK",
            "pos_other_tenders": "0.00 MWK", "pos_tender_residual": "0.00 MWK",
            "pos_expense_count": "11", "pos_expenses": "377700.79 MWK",
            "pos_profit": "-212389.75 MWK", "pos_clock_faults": "1",
        ])
        try expect(["pos_sales": "4050.00 MWK"], in: "2025-10-15")
        try expect(["pos_sales": "13750.75 MWK"], in: "2025-10-16")
        try expect(["pos_sales": "8651.10 MWK"], in: "2025-10-17")
    }

    /// What one device has: neither the other's sales nor its own after the backup.
    @Test func theBackupOfADevice() throws {
        try importFiles([Self.fixtures + "/ChikondiDevice/backup.json"], by: "chikondi-device")
        try expect([
            "pos_transactions": "36", "app_pos_totals": "113957.49 MWK",
            "pos_expense_count": "10", "pos_expenses": "347700.79 MWK", "products_known": "8",
        ])
    }
}
