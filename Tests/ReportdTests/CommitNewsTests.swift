import Store
import Testing

@testable import reportd

/// What open pages are told of commits, over a store of their own.
@Suite struct CommitNewsTests {
    private func sell(
        _ number: Int, _ company: String, in world: ClosingWorld
    ) throws -> UInt64 {
        try world.sell(
            ("S\(number)", "ACCEPTED", 100, "2026-06-01T10:00:00Z"), company: company
        ).number
    }

    @Test func whateverIsCommittedIsToldWithTheNewestCommitInTheEnd() async throws {
        let world = try ClosingWorld(now: "2026-06-02T08:00:00Z")
        let news = try CommitNews.stream(
            of: world.workplace.store, scope: Scope(companies: ["rendetalje"]), pace: NewsPace())
        var newest = UInt64(0)
        for number in 0..<50 { newest = try sell(number, "rendetalje", in: world) }
        var told: [UInt64] = []
        for await commit in news {
            told.append(commit)
            if commit == newest { break }
        }
        #expect(told == told.sorted())
        #expect(told.count < 10, "fifty commits at once are not told one by one: \(told)")
    }

    @Test func nobodyIsToldOfRowsThatTheyMayNotSee() async throws {
        let world = try ClosingWorld(now: "2026-06-02T08:00:00Z")
        let news = try CommitNews.stream(
            of: world.workplace.store, scope: Scope(companies: ["rendetalje"]), pace: NewsPace())
        let hidden = try sell(1, "foodtruck", in: world)
        let shown = try sell(2, "rendetalje", in: world)
        _ = try sell(3, "foodtruck", in: world)
        for await commit in news {
            #expect(commit == shown)
            #expect(commit != hidden)
            break
        }
    }
}
