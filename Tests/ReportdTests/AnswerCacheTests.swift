import Analytics
import Foundation
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// Answers are kept by what they depend on, and by nothing else.
@Suite("Answer cache")
struct AnswerCacheTests {
    private static func answer(_ bytes: Int) -> CachedAnswer {
        CachedAnswer(body: [UInt8](repeating: 65, count: bytes), dataCommit: 1, version: "v")
    }

    private final class Count: Sendable {
        private let content = Mutex(0)
        var value: Int { content.withLock { $0 } }
        func add() { content.withLock { $0 += 1 } }
    }

    @Test("many who ask at once wait for one computation")
    func together() async throws {
        let cache = AnswerCache()
        let made = Count()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let key = AnswerKey(subject: "a", version: "1")
        let answers = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await cache.answer(for: key) {
                            made.add()
                            for await _ in gate { break }
                            return Self.answer(10)
                        }.body.count
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        // All have asked before the one that computes may go on.
        while await cache.standing.hits + cache.standing.misses < 20 { await Task.yield() }
        open.yield()
        #expect(try await answers.value == 200)
        #expect(made.value == 1)
        let standing = await cache.standing
        #expect(standing.misses == 1 && standing.hits == 19 && standing.answers == 1)
    }

    @Test("rows that change without end push no answers of others out")
    func busyCompany() async throws {
        let cache = AnswerCache(budget: 10_000)
        let quiet = AnswerKey(subject: "quiet", version: "1")
        _ = try await cache.answer(for: quiet) { Self.answer(1_000) }
        for commit in 0..<100 {
            let busy = AnswerKey(subject: "busy", version: "\(commit)")
            _ = try await cache.answer(for: busy) { Self.answer(1_000) }
        }
        let standing = await cache.standing
        #expect(standing.answers == 2 && standing.evictions == 0)
        #expect(standing.bytes == 2_000 + "quiet1busy99".utf8.count)
        _ = try await cache.answer(for: quiet) {
            Issue.record("it was at hand")
            return Self.answer(0)
        }
    }

    @Test("the budget holds; what was asked for last stays, and what is too large never comes in")
    func budget() async throws {
        let cache = AnswerCache(budget: 4_100)
        for name in ["a", "b", "c", "d"] {
            _ = try await cache.answer(for: AnswerKey(subject: name, version: "1")) {
                Self.answer(1_000)
            }
        }
        _ = try await cache.answer(for: AnswerKey(subject: "a", version: "1")) { Self.answer(1) }
        _ = try await cache.answer(for: AnswerKey(subject: "e", version: "1")) {
            Self.answer(1_000)
        }
        _ = try await cache.answer(for: AnswerKey(subject: "f", version: "1")) {
            Self.answer(2_000)
        }
        let standing = await cache.standing
        #expect(standing.answers == 4 && standing.evictions == 1 && standing.bytes <= 4_100)
        let before = standing.hits
        _ = try await cache.answer(for: AnswerKey(subject: "a", version: "1")) {
            Self.answer(1_000)
        }
        #expect(await cache.standing.hits == before + 1)
        _ = try await cache.answer(for: AnswerKey(subject: "b", version: "1")) {
            Self.answer(1_000)
        }
        #expect(await cache.standing.hits == before + 1)
    }

    @Test("what cannot be made is told to all who wait, and is tried again by the next")
    func failure() async throws {
        let cache = AnswerCache()
        let key = AnswerKey(subject: "a", version: "1")
        await #expect(throws: Advice.self) {
            try await cache.answer(for: key) { throw Advice(.storage, "no") }
        }
        #expect(try await cache.answer(for: key) { Self.answer(3) }.body.count == 3)
    }

    /// Asks for a dashboard, and tells whether it was at hand.
    private func wasAtHand(
        _ world: ClosingWorld, _ principal: Principal, _ choices: ViewChoices = ViewChoices()
    ) async throws -> Bool {
        let before = await world.desk.cache.standing.misses
        _ = try await world.desk.dashboardBody("sales", choices, for: principal, form: "json") {
            CachedAnswer(body: try DashboardJSON.bytes($0), dataCommit: $0.dataCommit)
        }
        return await world.desk.cache.standing.misses == before
    }

    @Test("an answer is made anew for other grants, rows of its own and a new local day, only then")
    func whatItDependsOn() async throws {
        // Five seconds before midnight in Copenhagen.
        let world = try ClosingWorld(now: "2026-11-20T22:59:55Z")
        try world.sell(("S-1", "PAID", 100, "2026-11-10T09:00:00Z"))
        try world.sell(("S-2", "PAID", 100, "2026-11-10T09:00:00Z"), company: "foodtruck")
        let mine = FirstLightWorld.visitor("rendetalje")
        #expect(try await !wasAtHand(world, mine))
        #expect(try await wasAtHand(world, mine))
        // Rows of another company, which this reader does not see.
        try world.sell(("S-3", "PAID", 100, "2026-11-11T09:00:00Z"), company: "foodtruck")
        #expect(try await wasAtHand(world, mine))
        #expect(try await !wasAtHand(world, FirstLightWorld.visitor("rendetalje", "foodtruck")))
        #expect(try await wasAtHand(world, mine))
        #expect(try await !wasAtHand(world, mine, ViewChoices(period: "2026")))
        // No list of grants is another one with its parts put differently.
        let rep = { (key: String?, companies: Set<String>) in
            Principal(name: "r", role: .salesRep, companies: companies, userKey: key)
        }
        #expect(try await !wasAtHand(world, rep("7", ["rendetalje"])))
        #expect(try await !wasAtHand(world, rep("7 rendetalje", ["rendetalje"])))
        #expect(try await !wasAtHand(world, rep(nil, ["rendetalje"])))
        try world.set("2026-11-20T22:59:59Z")
        #expect(try await wasAtHand(world, mine))
        try world.set("2026-11-20T23:00:00Z")
        #expect(try await !wasAtHand(world, mine))
        try world.sell(("S-4", "PAID", 100, "2026-11-12T09:00:00Z"))
        #expect(try await !wasAtHand(world, mine))
    }
}
