import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What happens to the connection of a source that is polled, by row of the table of failures.
@Suite struct PollingFaultTests {
    private func connection(_ proxy: FaultProxy, _ harness: SourceHarness) -> String {
        "host=127.0.0.1 port=\(proxy.port) dbname=\(harness.database) user=postgres"
    }

    private func reconnections(_ harness: SourceHarness) -> Int {
        harness.events.withLock {
            $0.count { if case .reconnecting = $0 { true } else { false } }
        }
    }

    @Test(arguments: ["cut", "reset", "stall"])
    func row12BrokenAndHalfOpenConnectionsAreMadeAgain(fault: String) async throws {
        let harness = try SourceHarness(sales: 60)
        let proxy = try FaultProxy(to: [ScratchCluster.shared.folder])
        let source = try harness.polling(
            connection: connection(proxy, harness),
            limits: PollingLimits(silence: .milliseconds(300)), sleep: .milliseconds(20))
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        for round in 1...3 {
            try harness.sql(
                TekupDatabase.insertSales(round * 100...round * 100 + 20)
                    + "DELETE FROM sales WHERE sale_number = 'RS-\(round)'")
            switch fault {
            case "stall": proxy.set(.stall)
            default:
                // Polls are short; some of them are met.
                let end = ContinuousClock.now + .seconds(30)
                while reconnections(harness) < round, ContinuousClock.now < end {
                    if fault == "cut" { proxy.cut() } else { proxy.reset() }
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await harness.wait(for: "noticed") { reconnections(harness) >= round }
            proxy.set(.none)
            try await harness.wait(for: "the store equals the source") {
                try harness.storedSales() == harness.sourceSales()
            }
        }
        running.cancel()
        try await running.value
        try harness.expectEqual()
    }

    @Test func row12CutAtAnyByte() async throws {
        let harness = try SourceHarness(sales: 300)
        let proxy = try FaultProxy(to: [ScratchCluster.shared.folder])
        let source = try harness.polling(
            connection: connection(proxy, harness),
            limits: PollingLimits(commitChanges: 50, passKeys: 60), sleep: .milliseconds(20))
        // Also during the load, which then begins again.
        var cuts = 0
        for round in 0..<30 {
            try harness.sql(
                TekupDatabase.insertSales(1000 + round * 10...1007 + round * 10)
                    + "UPDATE sales SET final_amount = final_amount + 1 WHERE sale_number LIKE '%3'; "
                    + "DELETE FROM sales WHERE sale_number = 'RS-\(round + 1)'")
            proxy.cut(afterBytes: Int.random(in: 1...60_000))
            do { try await source.poll(reloading: false, comparing: true) } catch { cuts += 1 }
        }
        #expect(cuts > 5)
        proxy.cut(afterBytes: .max)
        try await source.catchUp()
        try harness.expectEqual()
    }

    @Test func bytesThatArriveOneByOneMakeNoDifference() async throws {
        let harness = try SourceHarness(sales: 60)
        let proxy = try FaultProxy(to: [ScratchCluster.shared.folder])
        proxy.set(.slices)
        let source = try harness.polling(connection: connection(proxy, harness))
        try await source.catchUp()
        try harness.expectEqual()
        try harness.sql(
            "UPDATE sales SET final_amount = 4 WHERE sale_number LIKE '%2'; "
                + "DELETE FROM sales WHERE sale_number = 'RS-7'")
        try await source.catchUp()
        try harness.expectEqual()
    }

    @Test func row07TwoReadersOfOneSourceDoNotDisturbOneAnother() async throws {
        let harness = try SourceHarness(sales: 60)
        let folder = try ScratchFolder()
        let other = try Store(
            path: folder.path + "/other.sqlite", schema: harness.schema,
            clock: SourceHarness.clock)
        let (first, second) = (try harness.polling(), try harness.polling(store: other))
        let running = [Task { try await first.run() }, Task { try await second.run() }]
        for round in 0..<10 {
            try harness.sql(
                TekupDatabase.insertSales(100 + round * 10...109 + round * 10)
                    + "DELETE FROM sales WHERE sale_number = 'RS-\(round + 1)'")
        }
        let wanted = try harness.sourceSales()
        try await harness.wait(for: "both are level") {
            try harness.storedSales() == wanted && harness.storedSales(in: other) == wanted
        }
        for task in running {
            task.cancel()
            try await task.value
        }
        try other.close()
    }
}
