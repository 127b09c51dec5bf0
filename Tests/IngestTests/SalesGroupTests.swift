import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The sales group's planned model and its running `renos` and `crm`: each oddity, and what comes
/// out.
@Suite struct SalesGroupTests {
    private static let all =
        SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities
        + SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities + SalesGroupDatabase.crm
        + SalesGroupDatabase.crmOddities

    private static func made(
        _ source: String, editing: (String) -> String = { $0 }
    ) throws -> SystemHarness {
        try SystemHarness(source, schema: "tekup", content: all, editing: editing)
    }

    private static func load(_ source: String) -> Task<SystemHarness, any Error> {
        Task {
            let harness = try made(source)
            try await harness.catchUp()
            return harness
        }
    }

    private static let planned = load("tekup")
    private static let renos = load("renos")
    private static let crm = load("crm")

    private func expectEquality(
        _ source: String, _ oracles: [ModelOracle], _ changes: (Int) -> String, _ way: ReadingWay
    ) async throws {
        let harness = try Self.made(source)
        try await harness.catchUp(way)
        try harness.expectEqual(oracles, "after the load")
        for round in 0..<3 {
            try harness.sql(changes(round))
            try await harness.catchUp(way)
            try harness.expectEqual(oracles, "after round \(round)")
        }
        let restarted = try SystemHarness(reopening: harness)
        try restarted.expectEqual(oracles, "after a restart")
        try restarted.sql(changes(5))
        try await restarted.catchUp(way)
        try restarted.expectEqual(oracles, "after changes that a restart missed")
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsThePlannedModel(way: ReadingWay) async throws {
        try await expectEquality(
            "tekup", SalesGroupDatabase.plannedOracles, SalesGroupDatabase.plannedChanges, way)
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsRenos(way: ReadingWay) async throws {
        try await expectEquality(
            "renos", SalesGroupDatabase.renosOracles, SalesGroupDatabase.renosChanges, way)
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsCRM(way: ReadingWay) async throws {
        try await expectEquality(
            "crm", SalesGroupDatabase.crmOracles, SalesGroupDatabase.crmChanges, way)
    }

    // MARK: The planned model

    private func sale(_ number: String, _ columns: String) async throws -> [String] {
        try await Self.planned.value.stored(
            "SELECT \(columns) FROM sale WHERE number = '\(number)'")
    }

    @Test func aPaidSaleMayStayCompleted() async throws {
        #expect(
            try await sale("ODD-PAID", "status, payment_status, paid_at_day")
                == ["COMPLETED|PAID|2026-03-10"])
        #expect(
            try await sale("ODD-PARTIAL", "status, payment_status")
                == ["COMPLETED|PARTIALLY_PAID"])
    }

    @Test func storedTaxIsTakenAsStoredEvenIfAnOereOff() async throws {
        #expect(try await sale("ODD-ROUNDING", "net, tax, gross") == ["99|24|124"])
    }

    @Test func aSaleAfterMidnightInCopenhagenIsOfTheNewDay() async throws {
        #expect(try await sale("ODD-MIDNIGHT", "sold_at_day") == ["2026-07-01"])
    }

    @Test func moneyOfAnyTypeIsTheSame() async throws {
        let question = "SELECT key, net, tax, gross, quoted FROM sale ORDER BY key"
        let usual = try await Self.planned.value.stored(question)
        let harness = try Self.made(
            "tekup",
            editing: {
                $0 + """
                    ALTER TABLE sales ALTER final_amount TYPE double precision,
                        ALTER tax_amount TYPE double precision,
                        ALTER total_with_tax TYPE double precision,
                        ALTER quoted_amount TYPE numeric;
                    """
            })
        try await harness.catchUp()
        #expect(try harness.stored(question) == usual && usual.count == 204)
    }

    @Test func rowLevelSecurityBySessionIsFoundBeforeItFails() async throws {
        let harness = try Self.made("tekup")
        let role = "rep_\(harness.database)"
        try harness.sql(
            """
            CREATE ROLE \(role) LOGIN REPLICATION;
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)
            """)
        let findings = try await harness.source(user: role).check()
        for table in ["public.customers", "public.services", "public.sales", "public.leads"] {
            #expect(
                findings.contains {
                    $0.severity == .problem && $0.what.contains("row-level security")
                        && $0.what.contains("‘\(table)’")
                })
        }
    }

    @Test func cachedTotalsAreKeptBesideTheSalesThemselves() async throws {
        #expect(
            try await Self.planned.value.stored(
                "SELECT app_sales, app_revenue, currency FROM customer WHERE name = 'Kunde Æ3'")
                == ["3|370350|DKK"])
    }

    // MARK: renos

    @Test func anInvoiceKeepsTheCustomerThatItCopied() async throws {
        #expect(
            try await Self.renos.value.stored(
                """
                SELECT i.customer_name, c.name, i.status FROM invoice i
                LEFT JOIN customer c ON c.ref = i.customer WHERE i.number = 'ODD-COPY'
                """) == ["Gammel Kunde|-|sent"])
    }

    @Test func floatMoneyIsRepaired() async throws {
        #expect(
            try await Self.renos.value.stored(
                "SELECT net, tax, gross FROM invoice WHERE number LIKE 'ODD-%' ORDER BY number")
                == ["30|8|38", "11500|2875|1001"])
    }

    @Test func freeTextStatusesMeetInSmallLetters() async throws {
        #expect(
            try await Self.renos.value.stored(
                "SELECT DISTINCT status FROM customer ORDER BY status") == ["active", "inactive"])
    }

    @Test func allThreeMeaningsOfRevenueAreThere() async throws {
        // Accepted quotes by last change, the same by creation, and paid invoices.
        let days = try await Self.renos.value.stored(
            """
            SELECT created_at_day, updated_at_day, gross FROM quote WHERE key = 'cmquote2'
            """)
        #expect(days == ["2026-01-08|2026-02-08|21813"])
        #expect(
            try await Self.renos.value.stored(
                "SELECT paid_at_day, paid, accounting_number FROM invoice WHERE key = 'cminv2'")
                == ["2026-03-31|21813|billy2"])
    }

    @Test func theApplicationsOwnFiguresAreKept() async throws {
        #expect(
            try await Self.renos.value.stored(
                "SELECT day, metric, value FROM app_metric WHERE key = 'cmana3'")
                == ["2026-01-04|revenue|33000"])
    }

    // MARK: crm

    @Test func stageAndStatusOfADealMayDisagree() async throws {
        #expect(
            try await Self.crm.value.stored(
                "SELECT stage, status, value, currency FROM deal WHERE key = 'odd-disagree'")
                == ["closed_won|open|30|DKK"])
    }

    @Test func aDealWithoutAProbabilityHasNone() async throws {
        #expect(
            try await Self.crm.value.stored(
                "SELECT probability, expected_close_at FROM deal WHERE key = 'odd-chance'")
                == ["-|-"])
    }
}
