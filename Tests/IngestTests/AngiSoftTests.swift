import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Bookings and payments of commissioned work: each oddity of the system, and what comes out.
@Suite struct AngiSoftTests {
    private static let content = AngiSoftDatabase.content + AngiSoftDatabase.oddities

    private static func made(
        editing: (String) -> String = { $0 }, content: String = content
    ) throws -> SystemHarness {
        try SystemHarness("angisoft", schema: "angisoft", content: content, editing: editing)
    }

    private static let loading = Task {
        let harness = try made()
        try await harness.catchUp()
        return harness
    }

    private func booking(_ reference: String, _ columns: String) async throws -> [String] {
        try await Self.loading.value.stored(
            "SELECT \(columns) FROM booking WHERE reference = '\(reference)'")
    }

    private func payment(_ provider: String, _ columns: String) async throws -> [String] {
        try await Self.loading.value.stored(
            "SELECT \(columns) FROM payment WHERE provider_reference = '\(provider)'")
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsTheSource(way: ReadingWay) async throws {
        let harness = try Self.made()
        try await harness.catchUp(way)
        try harness.expectEqual(AngiSoftDatabase.oracles, "after the load")
        for round in 0..<4 {
            try harness.sql(AngiSoftDatabase.changes(round))
            try await harness.catchUp(way)
            try harness.expectEqual(AngiSoftDatabase.oracles, "after round \(round)")
        }
        let restarted = try SystemHarness(reopening: harness)
        try restarted.expectEqual(AngiSoftDatabase.oracles, "after a restart")
        try restarted.sql(AngiSoftDatabase.changes(5))
        try await restarted.catchUp(way)
        try restarted.expectEqual(AngiSoftDatabase.oracles, "after changes that a restart missed")
    }

    @Test func statusAndStageAreKeptApartWhereTheyDrift() async throws {
        #expect(
            try await booking("ODD-DRIFT", "status, stage") == ["ACCEPTED|request_submitted"])
    }

    @Test func theDefaultStageIsTheWordThatTheCodeWrites() async throws {
        #expect(try await booking("ODD-STAGE", "stage") == ["request_submitted"])
        #expect(try await booking("ODD-NEWSTAGE", "stage") == ["unknown"])
    }

    @Test func aRepeatedPaymentMessageSetsABookingBackAndHistoryTellsIt() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        #expect(
            try harness.stored(
                "SELECT status, stage FROM booking WHERE reference = 'ODD-DEPOSIT'")
                == ["DEPOSIT_PAID|in_progress"])
        for (status, paid) in [("COMPLETED", "2026-03-09"), ("DEPOSIT_PAID", "2026-03-20")] {
            try harness.sql(
                """
                UPDATE "Booking" SET status = '\(status)', "depositPaidAt" = '\(paid)'
                WHERE "publicReference" = 'ODD-DEPOSIT'
                """)
            try await harness.catchUp()
        }
        #expect(
            try harness.stored(
                """
                SELECT h.from_word, h.to_word FROM booking_history h JOIN booking b ON b.ref = h.row
                WHERE b.reference = 'ODD-DEPOSIT' AND h."column" = 'status' ORDER BY h.changed_at
                """) == ["DEPOSIT_PAID|COMPLETED", "COMPLETED|DEPOSIT_PAID"])
        #expect(
            try harness.stored(
                "SELECT deposit_paid_at_day FROM booking WHERE reference = 'ODD-DEPOSIT'")
                == ["2026-03-20"])
    }

    @Test func reconciliationThatTurnsFailureIntoPendingLeavesATrace() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        for status in ["PENDING", "REFUNDED", "SUCCEEDED"] {
            try harness.sql(
                "UPDATE \"Payment\" SET status = '\(status)' WHERE \"providerId\" = 'odd-failed'")
            try await harness.catchUp()
        }
        #expect(
            try harness.stored(
                """
                SELECT h.from_word, h.to_word FROM payment_history h JOIN payment p ON p.ref = h.row
                WHERE p.provider_reference = 'odd-failed' ORDER BY h.changed_at
                """) == ["FAILED|PENDING", "PENDING|REFUNDED", "REFUNDED|SUCCEEDED"])
    }

    @Test func paymentsThatReconciliationFoundHaveNeitherBookingNorClient() async throws {
        #expect(
            try await payment("odd-found", "booking, client, amount, currency")
                == ["-|-|5000|KES"])
    }

    @Test func metadataWrappedInRawIsReadAllTheSame() async throws {
        #expect(
            try await payment(
                "odd-wrapped",
                "provider_amount, provider_currency, provider_object, provider_status, "
                    + "provider_created_at")
                == ["1234|USD|checkout.session|paid|1767700001000000"])
    }

    @Test func stripesOwnUnitsAreRightForEveryCurrency() async throws {
        // The app divides by 100 always: 5,000 yen became 50.
        #expect(
            try await payment("odd-yen", "amount, currency, provider_amount, provider_currency")
                == ["50|JPY|5000|JPY"])
        #expect(
            try await payment("odd-shilling", "amount, provider_amount") == ["5000|5000"])
    }

    @Test func currenciesInAnyCaseAreTheSame() async throws {
        #expect(try await booking("ODD-CURRENCY", "currency, budget") == ["KES|11500"])
    }

    @Test func referencesAreNoSeries() async throws {
        let references = try await Self.loading.value.stored(
            "SELECT reference FROM booking WHERE title LIKE 'Booking %' ORDER BY created_at")
        #expect(references.count == 150 && references != references.sorted())
    }

    @Test func floatResidueIsRepairedAndRoundingIsCounted() async throws {
        #expect(try await booking("ODD-FLOAT", "budget, quoted") == ["30|1001"])
        let rounded = try await Self.loading.value.events.withLock { events in
            events.compactMap { event -> Int? in
                if case .rounded(let amounts) = event { return amounts }
                return nil
            }
        }
        #expect(rounded == [1])
    }

    @Test func aFileFindsItsBookingByKindAndIdElseByKey() async throws {
        #expect(
            try await Self.loading.value.stored(
                """
                SELECT b.reference, a.owner FROM attachment a JOIN booking b ON b.ref = a.booking
                WHERE a.key LIKE 'odd-file%' ORDER BY a.key
                """) == ["ODD-DRIFT|booking", "ODD-STAGE|staff"])
    }

    @Test func clientsWithoutANameAndWithAddressesThatDifferInCaseAreTwo() async throws {
        #expect(
            try await Self.loading.value.stored(
                "SELECT name FROM client WHERE key LIKE '1c0%'") == ["-", "-"])
    }

    @Test func aClientThatNoKeyCheckedLeadsNowhereAndThePaymentStays() async throws {
        #expect(
            try await Self.loading.value.stored(
                """
                SELECT p.amount, c.key FROM payment p LEFT JOIN client c ON c.ref = p.client
                WHERE p.provider_reference = 'odd-stranger'
                """) == ["999|-"])
    }

    @Test func deletingAClientTakesAllThatHangsOnIt() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        let client = AngiSoftDatabase.id("0c000000", 7)
        let count =
            "SELECT count(*) FROM booking b JOIN client c ON c.ref = b.client "
            + "WHERE c.key = '\(client)'"
        #expect(try harness.stored(count) != ["0"])
        try harness.sql("DELETE FROM \"Client\" WHERE id = '\(client)'")
        try await harness.catchUp()
        #expect(try harness.stored(count) == ["0"])
        try harness.expectEqual(AngiSoftDatabase.oracles)
    }

    @Test func aDatabaseThatLagsBehindIsReadAsFarAsItGoes() async throws {
        let lacking = """
            DROP TABLE "BookingEvent", "ChatMessage", "ChatConversation";
            ALTER TABLE "Booking" DROP "publicReference", DROP "currentStage", DROP "budgetAmount",
                DROP currency, DROP "quotedAmount", DROP "quotedCurrency", DROP "submittedAt";
            """
        let harness = try Self.made(
            editing: { $0 + lacking },
            content: """
                INSERT INTO "Client" (id, name, email, "updatedAt")
                    VALUES ('c', 'C', 'c@x.invalid', '2026-01-01');
                INSERT INTO "Booking" (id, "clientId", title, description, "projectType",
                        "trackingToken", "priceEstimate", "updatedAt")
                    VALUES ('b', 'c', 'T', 'x', 'OTHER', 'secret', 1234.5, '2026-01-01');
                """)
        let question =
            "SELECT title, status, stage, reference, estimate, currency, budget, "
            + "quoted_currency FROM booking"
        try await harness.catchUp()
        #expect(try harness.stored(question) == ["T|SUBMITTED|-|-|123450|KES|-|KES"])
        let notices = try await harness.source().check().filter { $0.severity == .notice }
        #expect(
            notices.map(\.what).contains(
                "table ‘public.BookingEvent’, which is optional, is not there"), "\(notices)")
        // A migration adds what was lacking; the next start reads it, old rows included.
        try harness.sql(
            """
            ALTER TABLE "Booking" ADD "currentStage" text NOT NULL DEFAULT 'submitted',
                ADD currency text NOT NULL DEFAULT 'usd';
            CREATE TABLE "BookingEvent" (id text PRIMARY KEY, "bookingId" text NOT NULL,
                type text NOT NULL, stage text, status "BookingStatus", visibility text,
                "actorType" text, "createdAt" timestamp(3));
            INSERT INTO "BookingEvent" VALUES ('e', 'b', 'created')
            """)
        try await harness.catchUp()
        #expect(
            try harness.stored(question) == ["T|SUBMITTED|request_submitted|-|123450|USD|-|USD"])
        #expect(try harness.stored("SELECT count(*) FROM booking_event") == ["1"])
    }

    @Test func ofStripesObjectOnlyTheNeededPartsAreAskedFor() async throws {
        let harness = try Self.made()
        let mapping = try #require(
            harness.definition.tables.first { $0.name == "public.Payment" })
        let field = try #require(mapping.fields.firstIndex(of: "metadata"))
        let whole = try harness.sql("SELECT metadata FROM \"Payment\" WHERE metadata IS NOT NULL")
        #expect(whole.contains { $0[0]?.contains("marker") == true })
        for (type, cast) in [(PostgresType.jsonb, ""), (.json, "::json")] {
            let parts = try harness.sql(
                "SELECT \(mapping.selected(field, as: type)) FROM (SELECT metadata\(cast) AS metadata "
                    + "FROM \"Payment\" WHERE metadata IS NOT NULL) p")
            #expect(parts.count == whole.count)
            #expect(!parts.contains { $0[0]?.contains("marker") != false })
            #expect(!parts.contains { $0[0]?.contains("receipt_email") != false })
            #expect(parts.contains { $0[0]?.contains("currency") == true })
        }
        // A column of which a condition is asked is read as it is.
        let plain = try #require(mapping.fields.firstIndex(of: "provider"))
        #expect(mapping.selected(plain, as: .text) == "\"provider\"")
    }

    @Test func anAmountInNoCurrencyWaitsAndKeepsOnlyWhatIsRead() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        #expect(
            try harness.quarantined() == [
                "public.Booking \(AngiSoftDatabase.id("1b000000", 6)): budget: ‘KSH’ is not a "
                    + "currency of ISO 4217",
                "public.Payment \(AngiSoftDatabase.id("1a000000", 7)): amount: ‘KSH’ is not a "
                    + "currency of ISO 4217",
            ])
        let kept = try #require(
            try harness.store.quarantined().first { $0.table == "public.Payment" })
        #expect(kept.content.contains(#""metadata":{"json":{"#))
        #expect(kept.content.contains("999") && !kept.content.contains("receipt"))
        try harness.sql("UPDATE \"Payment\" SET currency = 'KES' WHERE currency = 'KSH'")
        try harness.sql("UPDATE \"Booking\" SET currency = 'KES' WHERE currency = 'KSH'")
        try await harness.catchUp()
        #expect(try harness.quarantined().isEmpty)
        try harness.expectEqual(AngiSoftDatabase.oracles)
    }
}
