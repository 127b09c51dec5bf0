import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// How far behind a source is said to be: what is not known counts as lag.
@Suite struct FreshnessTests {
    /// A clock that stands still until it is moved.
    private final class Hand: Sendable {
        private let time = Mutex(Instant(seconds: 1_767_225_600))

        var clock: WallClock { WallClock { self.time.withLock { $0 } } }

        func move(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    @Test func theLagGrowsWhileNothingIsHeard() throws {
        let harness = try ThingHarness()
        let hand = Hand()
        let gauge = SourceGauge(
            harness.definition, store: harness.store, clock: hand.clock, quiet: .seconds(30),
            shown: { _ in nil }, log: { _ in })
        #expect(gauge.status.lagSeconds == nil, "before the first load nothing is known")
        gauge.note {
            $0.state = .following
            $0.measureLag(0.25, at: hand.clock.now())
        }
        #expect(gauge.status.lagSeconds == 0.25)
        hand.move(seconds: 30)
        #expect(gauge.status.lagSeconds == 0.25, "the server need not say anything yet")
        hand.move(seconds: 1)
        #expect(gauge.status.lagSeconds == 31.25)
        gauge.note { $0.measureLag(0, at: hand.clock.now()) }
        #expect(gauge.status.lagSeconds == 0)
        hand.move(seconds: 5)
        for state in [SourceStatus.State.waiting, .refused, .idle, .checking, .loading] {
            gauge.note { $0.state = state }
            #expect(gauge.status.lagSeconds == 5, "\(state)")
        }
        hand.move(seconds: -60)
        #expect(gauge.status.lagSeconds == 0, "a clock that was put back is no lag")
    }

    /// What the store knows at a start is how long ago the newest change was.
    @Test func atTheStartTheStoreTells() async throws {
        let harness = try ThingHarness()
        let hand = Hand()
        try await harness.source(clock: hand.clock).catchUp()
        try harness.sql(ThingHarness.insert("part", 101...110))
        try await harness.source(clock: hand.clock).catchUp()
        let time = try #require(harness.store.position(of: "things")?.sourceTime)
        let later = WallClock.fixed(time.adding(seconds: 86_400))
        let status = try harness.source(clock: later).status
        #expect(status.state == .idle && status.lagSeconds == 86_400)
    }

    @Test func anIdleServerIsLevelAndASilentOneIsNot() async throws {
        let harness = try ThingHarness()
        let hand = Hand()
        let proxy = try FaultProxy(to: [ScratchCluster.shared.folder])
        let source = try harness.source(through: proxy, clock: hand.clock)
        let running = Task { try await source.run() }
        try await harness.wait(for: "level") { source.status.lagSeconds == 0 }
        // A server without work says by itself nothing for hours; it is asked.
        for _ in 0..<3 {
            hand.move(seconds: 3600)
            try await harness.wait(for: "level again") { source.status.lagSeconds == 0 }
        }
        proxy.set(.stall)
        try harness.sql(ThingHarness.insert("part", 101...110))
        // What was under way when it fell silent has arrived.
        try await Task.sleep(for: .milliseconds(300))
        hand.move(seconds: 3600)
        #expect(source.status.state == .following)
        #expect(source.status.lagSeconds ?? 0 >= 3600)
        hand.move(seconds: 3600)
        #expect(source.status.lagSeconds ?? 0 >= 7200)
        proxy.set(.none)
        try await harness.wait(for: "level after it") { source.status.lagSeconds == 0 }
        try harness.expectEqual()
        proxy.close()
        try await harness.wait(for: "waiting") { source.status.state == .waiting }
        hand.move(seconds: 100)
        #expect(source.status.lagSeconds ?? 0 >= 100)
        running.cancel()
        try await running.value
    }

    @Test func aShopWithoutSalesIsLevelAndOneThatIsGoneIsNot() async throws {
        let harness = try CouchHarness()
        let hand = Hand()
        harness.server.put("chikondi_sales", "sale_1_1", "\"id\":1,\"productId\":1,\"timestamp\":1")
        let source = try harness.source(clock: hand.clock)
        let running = Task { try await source.run() }
        func wait(_ what: Comment, _ condition: () -> Bool) async throws {
            for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
            #expect(condition(), what)
        }
        try await wait("level") { source.status.lagSeconds == 0 }
        for _ in 0..<3 {
            hand.move(seconds: 3600)
            try await wait("level by heartbeats") { source.status.lagSeconds == 0 }
        }
        harness.server.stop()
        try await wait("waiting") { source.status.state == .waiting }
        hand.move(seconds: 3600)
        #expect(source.status.lagSeconds ?? 0 >= 3600)
        running.cancel()
        try await running.value
    }
}
