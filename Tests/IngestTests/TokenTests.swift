import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The token ledger, plans and chats of the MVP app: each oddity, and what comes out.
@Suite struct TokenTests {
    private static let content = TokenDatabase.content + TokenDatabase.oddities

    private static func made(
        editing: (String) -> String = { $0 }, mapping: (String) -> String = { $0 },
        content: String = content
    ) throws -> SystemHarness {
        try SystemHarness(
            "mvp", schema: "mvp", content: content, editing: editing, mapping: mapping)
    }

    private static let loading = Task {
        let harness = try made()
        try await harness.catchUp()
        return harness
    }

    private func entries(_ numbers: [Int], _ columns: String) async throws -> [String] {
        try await Self.loading.value.stored(
            "SELECT \(columns) FROM token_entry WHERE key IN "
                + "('\(numbers.map { String(900_000 + $0) }.joined(separator: "', '"))') ORDER BY key"
        )
    }

    @Test(arguments: ReadingWay.allCases)
    func theStoreEqualsTheSource(way: ReadingWay) async throws {
        let harness = try Self.made()
        try await harness.catchUp(way)
        try harness.expectEqual(TokenDatabase.oracles, "after the load")
        for round in 0..<4 {
            try harness.sql(TokenDatabase.changes(round))
            try await harness.catchUp(way)
            try harness.expectEqual(TokenDatabase.oracles, "after round \(round)")
        }
        let restarted = try SystemHarness(reopening: harness)
        try restarted.expectEqual(TokenDatabase.oracles, "after a restart")
        try restarted.sql(TokenDatabase.changes(5))
        try await restarted.catchUp(way)
        try restarted.expectEqual(TokenDatabase.oracles, "after changes that a restart missed")
    }

    @Test func onlyPurchasesWithAPaymentAreSales() async throws {
        #expect(
            try await entries([1, 2, 3, 11, 12], "kind, type, tokens") == [
                "welcome|purchase|10", "correction|purchase|50", "sale|purchase|2000",
                "sale|purchase|1", "sale|purchase|100",
            ])
    }

    @Test func deductionsAreUseCorrectionsOrExpiry() async throws {
        #expect(
            try await entries([4, 5, 6], "kind, tokens")
                == ["use|-1", "correction|-5", "expiry|-100"])
    }

    @Test func allocationsThatExpireTwiceAreBothThere() async throws {
        #expect(try await entries([7, 8], "kind, tokens") == ["expiry|-100", "expiry|-100"])
    }

    @Test func aWordOfNobodyIsOther() async throws {
        #expect(try await entries([13], "kind, type") == ["other|gift"])
    }

    @Test func premiumIsAPackOrAPlan() async throws {
        #expect(
            try await entries([3, 9, 10], "pack, plan, kind")
                == ["premium|-|sale", "-|premium|allocation", "-|pro|allocation"])
    }

    @Test func packAndMethodAreReadFromTheDescription() async throws {
        #expect(
            try await entries([3, 11, 12], "pack, method, entered_at_day")
                == [
                    "premium|alipay|2025-10-03", "test|card|2025-10-03", "starter|wechat_pay|-",
                ])
    }

    @Test func monthlyAllocationsHaveAnEventAndUpgradesHaveNone() async throws {
        #expect(try await entries([9, 10], "event_reference, tokens") == ["evt_b|3000", "-|1000"])
    }

    @Test func aPlanThatIsChangedInPlaceLeavesItsHistory() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        for plan in ["pro", "premium"] {
            try harness.sql("UPDATE premium_subscriptions SET plan_tier = '\(plan)' WHERE id = 3")
            try await harness.catchUp()
        }
        #expect(
            try harness.stored(
                """
                SELECT h.from_word, h.to_word FROM subscription_history h
                JOIN subscription s ON s.ref = h.row WHERE s.key = '3' AND h."column" = 'plan'
                ORDER BY h.changed_at
                """) == ["basic|pro", "pro|premium"])
    }

    @Test func thePeriodOfASubscriptionIsInTheServersOwnTime() async throws {
        let question = "SELECT period_began_at, began_at FROM subscription WHERE key = '1'"
        let here = try await Self.loading.value.stored(question)
        let harness = try Self.made(mapping: {
            $0.replacing(
                "current_period_start, zone: UTC",
                with:
                    "current_period_start, zone: Asia/Shanghai")
        })
        try await harness.catchUp()
        let there = try harness.stored(question)
        let first = here[0].split(separator: "|").compactMap { Int64($0) }
        let second = there[0].split(separator: "|").compactMap { Int64($0) }
        let eightHours: Int64 = 8 * 3600 * 1_000_000
        #expect(first[0] - second[0] == eightHours)
        #expect(first[1] == second[1])
    }

    @Test func notificationsOfEitherMakeAreTheSame() async throws {
        let harness = try Self.made(editing: {
            $0 + """
                ALTER TABLE notifications
                    ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC',
                    ALTER read_at TYPE timestamptz USING read_at AT TIME ZONE 'UTC',
                    ALTER action_data TYPE jsonb;
                """
        })
        try await harness.catchUp()
        let question = "SELECT key, read, created_at, read_at FROM notice ORDER BY created_at"
        let usual = try await Self.loading.value.stored(question)
        #expect(try harness.stored(question) == usual && usual.count == 30)
    }

    @Test func columnsOfALaterUpgradeAreReadOnceTheyAreThere() async throws {
        let harness = try Self.made(
            editing: {
                $0 + """
                    ALTER TABLE users DROP is_suspended, DROP last_login_at, DROP email_verified;
                    """
            },
            content: """
                INSERT INTO users (id, username, password, created_at) VALUES (1, 'u', '', NULL)
                """)
        try await harness.catchUp()
        let question = "SELECT suspended, email_verified, last_sign_in_at_day FROM member"
        #expect(try harness.stored(question) == ["0|-|-"])
        try harness.sql(
            """
            ALTER TABLE users ADD is_suspended boolean, ADD last_login_at timestamp;
            UPDATE users SET is_suspended = true, last_login_at = '2026-02-02'
            """)
        try await harness.catchUp()
        #expect(try harness.stored(question) == ["1|-|2026-02-02"])
    }

    @Test func charactersMarkedAsDeletedAreGoneAndComeBack() async throws {
        let harness = try Self.made()
        try await harness.catchUp()
        #expect(
            try harness.stored(
                "SELECT name, trending FROM character WHERE key IN ('900001', '900002')")
                == ["Trending|1234567895"])
        try harness.sql("UPDATE characters SET is_deleted = false WHERE id = 900001")
        try harness.sql("UPDATE characters SET is_deleted = true WHERE id = 900002")
        try await harness.catchUp()
        #expect(
            try harness.stored("SELECT name FROM character WHERE key IN ('900001', '900002')")
                == ["Gone"])
        try harness.expectEqual(TokenDatabase.oracles)
    }

    @Test func thereIsNoMoneyAnywhere() async throws {
        let harness = try await Self.loading.value
        for name in harness.definition.models {
            let columns = try harness.schema.model(name).columns
            #expect(
                !columns.contains {
                    if case .money = $0.type { return true }
                    return false
                }, "\(name)")
        }
    }
}
