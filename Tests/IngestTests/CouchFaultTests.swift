import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What may go wrong between a CouchDB server and us, by its number in the table of failures.
@Suite struct CouchFaultTests {
    private func catchUp(_ harness: CouchHarness) async throws {
        try await harness.source().catchUp()
        #expect(!harness.server.hasFaults, "the fault was met")
        try harness.expectEqual()
    }

    // MARK: 43, a feed that rewinds, repeats and reorders

    @Test(arguments: 1...6)
    func row43RewindsRepeatsAndOtherOrdersAreHarmless(seed: UInt64) async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: seed)
        for _ in 0..<6 {
            shop.work(60, on: harness.server)
            let faults: [CouchStandIn.Fault] = [
                .rewind(shop.random(80)), .duplicates, .reorder(seed: UInt64(shop.random(1000))),
            ]
            harness.server.inject(
                faults[shop.random(3)], at: "chikondi_sales/_changes?feed=normal")
            harness.server.inject(
                faults[shop.random(3)], at: "chikondi_inventory/_changes?feed=normal")
            try await catchUp(harness)
        }
        harness.server.inject(.rewind(50), at: "feed=continuous")
        harness.server.inject(.duplicates, at: "feed=continuous")
        harness.server.inject(.reorder(seed: seed), at: "feed=continuous")
        try await harness.following { _ in
            while harness.server.hasFaults { try await Task.sleep(for: .milliseconds(2)) }
            shop.work(40, on: harness.server)
            try await harness.settle()
        }
    }

    // MARK: 44, a feed that stalls

    @Test(arguments: [0, 1, 200])
    func row44AFeedWithoutHeartbeatsIsLeft(bytes: Int) async throws {
        let harness = try CouchHarness()
        for name in CouchHarness.databases {
            harness.server.inject(.stall(afterBytes: bytes), at: name + "/_changes?feed=continuous")
        }
        try await harness.following { _ in
            while harness.server.hasFaults { try await Task.sleep(for: .milliseconds(2)) }
            let start = ContinuousClock.now
            var shop = CouchWorkload(seed: 44)
            shop.work(60, on: harness.server)
            try await harness.settle()
            // Three heartbeats of 100 ms, and time to begin again.
            #expect(start.duration(to: .now) < .seconds(10))
        }
        #expect(harness.reconnections >= 1)
        let reasons = harness.events.withLock { events in
            events.compactMap { if case .reconnecting(_, let reason) = $0 { reason } else { nil } }
        }
        #expect(reasons.contains { $0.contains("sent nothing for 300 ms") }, "\(reasons)")
    }

    @Test func row44AHeartbeatThatKeepsComingIsNoStall() async throws {
        let harness = try CouchHarness()
        var timing = CouchHarness.quick
        (timing.heartbeat, timing.missedHeartbeats) = (.milliseconds(100), 15)
        try await harness.following(timing: timing) { source in
            while source.status.state != .following { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(2200))
            #expect(source.status.state == .following)
        }
        #expect(harness.reconnections == 0)
    }

    @Test func aPageThatStallsIsAskedForAgain() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 45)
        shop.work(80, on: harness.server)
        var timing = CouchHarness.quick
        timing.silence = .milliseconds(200)
        harness.server.inject(.stall(afterBytes: 2000), at: "feed=normal")
        try await harness.source(timing: timing).catchUp()
        try harness.expectEqual()
        #expect(harness.reconnections == 1)
    }

    // MARK: 7, two readers of one server

    /// The server keeps nothing of its readers, so each has its own place.
    @Test func row07TwoReadersOfOneServerDoNotDisturbOneAnother() async throws {
        let first = try CouchHarness()
        let second = try CouchHarness(server: first.server)
        var shop = CouchWorkload(seed: 7)
        try await first.following { _ in
            for round in 0..<6 {
                shop.work(40, on: first.server)
                if round == 3 { first.server.makeDatabase("chikondi_inventory") }
                try await second.source().catchUp()
                try second.expectEqual()
            }
            try await first.settle()
        }
        #expect(second.reconnections == 0)
    }

    // MARK: Answers that break off

    @Test func anAnswerCutAtAnyByteLeavesNothingHalf() async throws {
        let harness = try CouchHarness()
        let source = try harness.source()
        func put(_ number: Int) {
            harness.server.put(
                "chikondi_expenses", "expense_1_1",
                "\"id\":1,\"timestamp\":1,\"description\":\"ü\",\"amount\":\(number)")
        }
        put(0)
        try await source.catchUp()
        var byte = 0
        var met = 0
        while true {
            put(byte + 1)
            let before = harness.reconnections
            harness.server.inject(
                .cut(afterBytes: byte), at: "chikondi_expenses/_changes?feed=normal")
            try await source.catchUp()
            try harness.expectEqual()
            met += harness.reconnections - before
            byte += 1
            // Beyond the last byte of the last chunk nothing is cut.
            if harness.reconnections == before { break }
        }
        #expect(met == byte - 1 && byte > 400, "each cut was met: \(met) of \(byte)")
    }

    @Test func aFirstLoadGoesOnFromTheBrokenPage() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 46)
        shop.work(500, on: harness.server)
        var timing = CouchHarness.quick
        timing.pageRows = 50
        for _ in 0..<2 {
            harness.server.inject(.none, at: "chikondi_sales/_changes?feed=normal")
            harness.server.inject(
                .cut(afterBytes: 7000), at: "chikondi_sales/_changes?feed=normal")
        }
        let source = try harness.source(timing: timing)
        try await source.catchUp()
        try harness.expectEqual()
        #expect(harness.reconnections == 2)
        #expect(harness.reloads.isEmpty && harness.store.latest.number <= 2)
        let fromStart = harness.server.requests.filter {
            $0.contains("chikondi_sales/_changes") && $0.hasSuffix("since=0")
        }
        #expect(fromStart.count == 1, "pages that were complete are not asked for again")
    }

    @Test func bytesOneByOne() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 47)
        shop.work(60, on: harness.server)
        for name in CouchHarness.databases {
            harness.server.inject(
                .slow(bytes: 1, microseconds: 1), at: name + "/_changes?feed=normal")
        }
        try await catchUp(harness)
        for name in CouchHarness.databases {
            harness.server.inject(
                .slow(bytes: 1, microseconds: 1), at: name + "/_changes?feed=continuous")
        }
        try await harness.following { _ in
            while harness.server.hasFaults { try await Task.sleep(for: .milliseconds(2)) }
            shop.work(60, on: harness.server)
            try await harness.settle()
        }
    }

    // MARK: Answers that are none

    @Test func refusalsThatPassAreTriedAgain() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 48)
        shop.work(50, on: harness.server)
        harness.server.inject(
            .status(500, #"{"error":"unknown_error","reason":"badarg","ref":1}"#))
        harness.server.inject(.status(503, "<html>busy</html>"), at: "/chikondi_inventory")
        try await catchUp(harness)
        #expect(harness.reconnections == 2)
        harness.server.inject(.errorLine(afterRows: 3))
        shop.work(50, on: harness.server)
        try await catchUp(harness)
        harness.server.inject(.status(200, "<html>a wiki</html>"), at: "/chikondi_sales")
        try await catchUp(harness)
        harness.server.inject(.status(200, #"{"ok":true}"#), at: "/")
        try await catchUp(harness)
        harness.server.inject(
            .status(
                400,
                #"{"error":"bad_request","reason":"Malformed AuthSession cookie. Please"#
                    + #" clear your cookies."}"#), at: "/chikondi_sales")
        try await catchUp(harness)
        for _ in 0..<4 { harness.server.inject(.status(500, "{}")) }
        await #expect(throws: Advice.self) { try await harness.source().catchUp() }
    }

    @Test func aSequenceThatIsRefusedIsReadFromTheBeginning() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 49)
        shop.work(50, on: harness.server)
        try await harness.source().catchUp()
        shop.work(50, on: harness.server)
        harness.server.inject(
            .status(
                400,
                #"{"error":"bad_request","reason":"Malformed sequence supplied in 'since'"#
                    + #" parameter."}"#))
        try await catchUp(harness)
        #expect(harness.reloads.contains { $0.contains("no longer takes") })
    }

    // MARK: All of it

    @Test(arguments: 1...8)
    func anyFaultsInAnyOrderEndLevel(seed: UInt64) async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 1000 + seed)
        var timing = CouchHarness.quick
        timing.pageRows = 20 + shop.random(50)
        timing.batchBytes = 500 + shop.random(9000)
        timing.patchRows = shop.random(60)
        timing.silence = .milliseconds(250)
        shop.work(120, on: harness.server)
        try await harness.following(timing: timing) { source in
            for _ in 0..<25 {
                shop.work(12, on: harness.server)
                inject(&shop, harness.server)
                try await Task.sleep(for: .milliseconds(shop.random(30)))
            }
            try await harness.settle()
            #expect(source.status.state != .refused)
        }
        try harness.store.close()
        let again = try CouchHarness(reopening: harness)
        try again.expectEqual()
        try await again.source().catchUp()
        try again.expectEqual()
    }

    private func inject(_ shop: inout CouchWorkload, _ server: CouchStandIn) {
        let places = ["feed=normal", "feed=continuous", "_changes", "/chikondi_sales", "_all_docs"]
        let place = places[shop.random(places.count)]
        switch shop.random(14) {
        case 0: server.inject(.cut(afterBytes: shop.random(3000)), at: place)
        case 1: server.inject(.stall(afterBytes: shop.random(3000)), at: place)
        case 2: server.inject(.slow(bytes: 1 + shop.random(7), microseconds: 1), at: place)
        case 3: server.inject(.status(500, "{}"), at: place)
        case 4: server.inject(.rewind(shop.random(200)), at: place)
        case 5: server.inject(.duplicates, at: place)
        case 6: server.inject(.reorder(seed: UInt64(shop.random(99))), at: place)
        case 7: server.inject(.errorLine(afterRows: shop.random(5)), at: place)
        case 8: server.expireCookies()
        case 9: server.breakConnections()
        case 10 where shop.random(3) == 0: server.makeDatabase("chikondi_expenses")
        case 11:
            if let one = server.documents("chikondi_sales").first {
                server.purge("chikondi_sales", one.id)
            }
        default: break
        }
    }
}
