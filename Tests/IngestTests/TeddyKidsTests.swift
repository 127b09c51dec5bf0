import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The supplier bills of four companies: each oddity of the system, and what comes out.
@Suite struct TeddyKidsTests {
    private static let loading = Task {
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities)
        try await harness.catchUp()
        return harness
    }

    private func bill(_ number: String, _ columns: String) async throws -> [String] {
        try await Self.loading.value.stored(
            "SELECT \(columns) FROM bill WHERE number = '\(number)' ORDER BY key")
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsTheSource(way: ReadingWay) async throws {
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities)
        try await harness.catchUp(way)
        try harness.expectEqual(TeddyKidsDatabase.oracles, "after the load")
        for round in 0..<4 {
            try harness.sql(TeddyKidsDatabase.changes(round))
            try await harness.catchUp(way)
            try harness.expectEqual(TeddyKidsDatabase.oracles, "after round \(round)")
        }
        let restarted = try SystemHarness(reopening: harness)
        try restarted.expectEqual(TeddyKidsDatabase.oracles, "after a restart")
        try restarted.sql(TeddyKidsDatabase.changes(5))
        try await restarted.catchUp(way)
        try restarted.expectEqual(TeddyKidsDatabase.oracles, "after changes that a restart missed")
    }

    @Test func theOracleNoticesAColumnThatIsNotAsItWas() async throws {
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids", content: TeddyKidsDatabase.content,
            mapping: { $0.replacing("due_on: due_date", with: "due_on: issue_date") })
        try await harness.catchUp()
        let found = try TeddyKidsDatabase.oracles.flatMap { try harness.differences($0) }
        #expect(found.count == 1 && found[0].contains("differs"), "\(found)")
    }

    @Test func anAccountWithAndWithoutBlanksIsTheSame() async throws {
        #expect(
            try await bill("ODD-IBAN-1", "account, payee")
                + bill("ODD-IBAN-2", "account, payee") == [
                    "NL91ABNA0417164300|Bakker BV", "NL91ABNA0417164300|Bakker B.V.",
                ])
    }

    @Test func statusesInCapitalsAreTheSameWords() async throws {
        #expect(try await bill("ODD-CAPITALS", "status, amount") == ["paid|1250"])
        #expect(try await bill("ODD-CAFE", "status") == ["overdue"])
    }

    @Test func theSecondFrontEndsCompaniesAreTheSameCompanies() async throws {
        #expect(try await bill("ODD-CAPITALS", "company") == ["teddy-daycare"])
        #expect(try await bill("ODD-CAFE", "company") == ["teddy-cafe"])
    }

    @Test func numbersAreNotUniqueAndSpellingsMeet() async throws {
        #expect(try await bill("ODD-TWICE", "amount").count == 2)
        let same = try await Self.loading.value.stored(
            "SELECT count(*) FROM bill WHERE number_compared = 'ODD-TWICE'")
        #expect(same == ["3"])
    }

    @Test func aBillNamesItsRunByText() async throws {
        let total = try await Self.loading.value.stored(
            """
            SELECT r.total, r.currency FROM bill b JOIN payment_run r ON r.run = b.run
            WHERE b.number = 'ODD-RUN'
            """)
        #expect(total == ["37035|EUR"])
    }

    @Test func theDayOfPaymentIsTheMomentOfTheClick() async throws {
        // 23:30 UTC on 5 March is 6 March in Amsterdam: the click's moment, whatever the bank says.
        #expect(try await bill("ODD-CAPITALS", "marked_paid_at_day") == ["2026-03-06"])
    }

    @Test func aDueDateIsTakenAsWrittenEvenIfADayOff() async throws {
        #expect(
            try await bill("ODD-DUE", "due_on, created_at_day, status")
                == ["2026-04-13|2026-03-15|pending"])
    }

    @Test func importedRowsWithoutDatesAndWithOtherWordsAreThere() async throws {
        #expect(
            try await bill("ODD-IMPORT", "status, amount, issued_on, run, created_at")
                == ["in_review|-1234|-|-|-"])
    }

    @Test func aBillOfNoCompanyWaitsAndLeavesByItselfWhenCorrected() async throws {
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities)
        let source = try harness.source()
        try await source.catchUp()
        let key = TeddyKidsDatabase.id(5, 10)
        #expect(
            try harness.quarantined() == [
                "public.invoice_items \(TeddyKidsDatabase.id(7, 1)): the row that it belongs to, "
                    + "invoice_id ‘\(key)’, is not here",
                "public.invoice_items \(TeddyKidsDatabase.id(7, 2)): the row belongs to no other "
                    + "(invoice_id)",
                "public.invoices \(key): the row names no tenant",
            ])
        #expect(source.status.quarantined == 3)
        try harness.sql("UPDATE invoices SET paying_company_id = 'cafe' WHERE id = '\(key)'")
        try await source.catchUp()
        // The line of the bill leaves with it; that of no bill stays.
        #expect(try harness.quarantined().count == 1 && source.status.quarantined == 1)
        #expect(
            try harness.stored("SELECT company FROM bill WHERE number = 'ODD-NOBODY'")
                == ["teddy-cafe"])
        try harness.expectEqual(TeddyKidsDatabase.oracles)
    }

    @Test func whatTheApplicationNeverWritesIsNotRead() async throws {
        let harness = try await Self.loading.value
        let published = try harness.sql(
            "SELECT tablename, array_to_string(attnames, ' ') FROM pg_publication_tables")
        #expect(
            Set(published.compactMap { $0[0] })
                == ["invoices", "invoice_items", "clients", "companies", "batch_exports"])
        #expect(!published.contains { ($0[1] ?? "").contains("notes") })
        #expect(!harness.definition.tables.flatMap(\.fields).contains("description"))
    }

    @Test func rowLevelSecurityThatAllowsAllStillNeedsTheRight() async throws {
        let harness = try SystemHarness(
            "teddykids", schema: "teddykids", content: TeddyKidsDatabase.content)
        let role = "reader_\(harness.database)"
        try harness.sql(
            """
            CREATE ROLE \(role) LOGIN REPLICATION;
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)
            """)
        let findings = try await harness.source(user: role).check()
        #expect(
            findings.contains {
                $0.severity == .problem
                    && $0.fix.hasPrefix("run ALTER ROLE \"\(role)\" BYPASSRLS;")
            })
    }
}
