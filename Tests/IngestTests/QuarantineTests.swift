import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Rows that do not fit: where they wait, and how they leave.
@Suite struct QuarantineTests {
    private static func made(settings: StoreSettings = StoreSettings()) throws -> SystemHarness {
        try SystemHarness(
            "angisoft", schema: "angisoft",
            content: AngiSoftDatabase.content + AngiSoftDatabase.oddities, settings: settings)
    }

    private func desk(
        _ harness: SystemHarness, _ definition: SourceDefinition? = nil
    ) -> QuarantineDesk {
        QuarantineDesk(store: harness.store, definitions: [definition ?? harness.definition])
    }

    @Test func rowsAreListedAndCounted() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        let desk = desk(harness)
        #expect(try desk.counts() == ["angisoft": 2])
        #expect(try desk.rows(source: "angisoft").count == 2)
        #expect(try desk.rows(table: "Payment").map(\.table) == ["public.Payment"])
        let key = AngiSoftDatabase.id("1b000000", 6)
        #expect(
            try desk.rows(key: key).map(\.reason) == [
                "budget: ‘KSH’ is not a currency of ISO 4217"
            ])
        func message(_ read: () throws -> Void) -> String {
            do {
                try read()
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message { _ = try desk.rows(source: "angisfot") }
                == "there is no source ‘angisfot’; did you mean ‘angisoft’?")
        #expect(
            message { _ = try desk.rows(table: "public.Paymnt") }
                == "no row of table ‘public.Paymnt’ is put aside; did you mean ‘public.Payment’?")
        #expect(message { _ = try desk.rows(key: "x") }.hasPrefix("no row with key ‘x’"))
    }

    @Test func aRowThatFitsByANewMappingIsPlacedByTryingAgain() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        // By the mapping in force nothing changes, and the reasons stay.
        let before = harness.store.latest
        let kept = try desk(harness).retry(try desk(harness).rows())
        #expect(kept.placed.isEmpty && kept.kept.count == 2 && kept.untried.isEmpty)
        #expect(harness.store.latest == before)
        // The mapping learns the word; the kept rows are complete enough to be placed.
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/angisoft.yaml", encoding: .utf8)
        let learned = try SourceDefinition(
            DefinitionNode(
                parsing: text.replacing(", default: KES}", with: "}")
                    .replacing("{from: currency, form: [trim, upper]}", with: "{constant: KES}"),
                file: "sources/angisoft.yaml"), schema: harness.schema)
        let outcome = try desk(harness, learned).retry(try desk(harness).rows())
        #expect(outcome.placed.count == 2 && outcome.kept.isEmpty)
        #expect(try harness.store.quarantined().isEmpty && desk(harness).counts().isEmpty)
        #expect(
            try harness.stored(
                """
                SELECT amount, currency, provider_amount, status, created_at IS NULL FROM payment
                WHERE provider_reference = 'odd-nocurrency'
                """) == ["999|KES|999|SUCCEEDED|0"])
        #expect(
            try harness.stored(
                """
                SELECT b.budget, c.name FROM booking b JOIN client c ON c.ref = b.client
                WHERE b.reference = 'ODD-NONE'
                """) == ["500|Client 1"])
    }

    /// What is not kept is counted, and tried when its source is read again.
    @Test func rowsOfWhichTheKeyAloneIsKept() async throws {
        let harness = try Self.made(settings: StoreSettings(quarantineRows: 0))
        try await harness.catchUp()
        let desk = desk(harness)
        for _ in 0..<2 {
            #expect(try desk.counts() == ["angisoft": 2])
            #expect(try desk.rows().allSatisfy { !$0.isKept && $0.reason.isEmpty })
            #expect(try desk.retry(try desk.rows()).unkept.count == 2)
            try await harness.source().catchUp(reloading: true)
        }
        try desk.release(try desk.rows(table: "Booking"))
        #expect(try desk.counts() == ["angisoft": 1])
        try harness.sql("UPDATE \"Payment\" SET currency = 'KES' WHERE currency = 'KSH'")
        try await harness.catchUp()
        #expect(try desk.counts().isEmpty)
        #expect(
            try harness.stored(
                "SELECT count(*) FROM payment WHERE provider_reference = 'odd-nocurrency'"
            ) == ["1"])
    }

    /// While a table is read as a whole, a log is told of a thousand of its misfits at the most.
    @Test func aLogHoldsTheBeginningOfAFlood() throws {
        let harness = try SourceHarness(sales: 0)
        let told = Mutex(0)
        let gauge = SourceGauge(
            harness.definition, store: harness.store, clock: .system, quiet: .zero,
            shown: { _ in nil }, log: { _ in told.withLock { $0 += 1 } })
        func flood(_ count: Int) -> Int {
            let before = told.withLock { $0 }
            for key in 0..<count {
                gauge.tell(.quarantined(table: "t", key: "\(key)", reason: "it does not fit"))
            }
            return told.withLock { $0 } - before
        }
        #expect(flood(1500) == 1500, "changes come in commits, each of which bounds what it tells")
        for _ in 0..<2 {
            gauge.tell(.loading(table: "t"))
            #expect(flood(1500) == 1000)
        }
        gauge.tell(.loadFinished(rows: 1, quarantined: 1500))
        #expect(flood(10) == 10)
    }

    @Test func releasedRowsStayAwayUntilTheyChange() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        try desk(harness).release(try desk(harness).rows(table: "Payment"))
        #expect(try desk(harness).rows().map(\.table) == ["public.Booking"])
        try await harness.catchUp()
        #expect(try desk(harness).counts() == ["angisoft": 1])
        try harness.sql("UPDATE \"Payment\" SET amount = 10 WHERE currency = 'KSH'")
        try await harness.catchUp()
        #expect(try desk(harness).counts() == ["angisoft": 2])
        try harness.sql("UPDATE \"Payment\" SET currency = 'KES' WHERE currency = 'KSH'")
        try await harness.catchUp()
        #expect(try desk(harness).counts() == ["angisoft": 1])
    }

    @Test func rowsOfTenantsThatOnlyTheSourceKnowsAreLeftToIt() async throws {
        let harness = try SourceHarness(sales: 10)
        try harness.sql(
            "UPDATE sales SET organization_id = '\(TekupDatabase.id(1, 9))' "
                + "WHERE sale_number = 'RS-2'")
        try await harness.source().catchUp()
        let desk = QuarantineDesk(store: harness.store, definitions: [harness.definition])
        let outcome = try desk.retry(try desk.rows())
        #expect(outcome.untried.count == 1 && outcome.placed.isEmpty)
        #expect(try desk.counts() == ["tekup": 1])
    }

    @Test func everyKindOfValueIsKeptAndReadBack() throws {
        let schema = try Schema(definitions: definitionsFolder)
        let fields = (0..<12).map { "f\($0)" }
        let definition = try SourceDefinition(
            DefinitionNode(
                parsing: """
                    source: x
                    kind: postgres
                    company: tekup
                    tables:
                      - table: t
                        model: user
                        key: [\(fields.joined(separator: ", "))]
                        columns: {name: {from: doc, path: a.b}}
                    """, file: "x.yaml"), schema: schema)
        let mapping = definition.tables[0]
        let values: [SourceValue] = [
            .null, .boolean(true), .integer(-5), .decimal(try #require(ExactDecimal("12.50"))),
            .float(0.1), .text("{\"instant\":1}"), .uuid(7), .instant(-1_000_001),
            .local(1_767_225_600_000_001), .day(-3), .odd("NaN"), .text("Æ\n\"x\""),
            .document(#"{"a":{"b":"kept","c":"private"},"d":"private"}"#),
        ]
        let content = Quarantine.content(of: values, mapping: mapping)
        #expect(!content.contains("private"))
        let back = try #require(Quarantine.values(of: content, mapping))
        #expect(Array(back.dropLast()) == Array(values.dropLast()))
        #expect(
            back.last
                == .structure(try JSONParser.parse(#"{"a":{"b":"kept"}}"#)))
        #expect(Quarantine.values(of: "no JSON", mapping) == nil)
    }
}
