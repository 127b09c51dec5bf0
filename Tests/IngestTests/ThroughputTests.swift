import Testing

@testable import Ingest
@testable import SourceSystems

/// Rows per second over the last minute.
@Suite struct ThroughputTests {
    @Test func theRateIsThatOfTheLastMinute() {
        let start = ContinuousClock.now
        var throughput = Throughput(at: start)
        #expect(throughput.perSecond(at: start) == 0)
        throughput.add(500, at: start + .seconds(1))
        // Over five seconds at least, so that one commit is no flood.
        #expect(throughput.perSecond(at: start + .seconds(2)) == 100)
        #expect(throughput.perSecond(at: start + .seconds(9)) == 50)
        for second in 10..<130 { throughput.add(60, at: start + .seconds(second)) }
        #expect(throughput.perSecond(at: start + .milliseconds(129_999)) == 60)
        #expect(throughput.perSecond(at: start + .seconds(159)) == 30)
        #expect(throughput.perSecond(at: start + .seconds(300)) == 0)
    }

    @Test(arguments: ReadingWay.allCases)
    func aSourceTellsHowBusyItIs(way: ReadingWay) async throws {
        let harness = try SourceHarness(sales: 100)
        let source = try harness.source(way)
        #expect(source.status.rowsPerSecond == 0)
        try await source.catchUp()
        let loaded = source.status.rowsPerSecond
        #expect(loaded > 0)
        try harness.sql("UPDATE sales SET final_amount = 1")
        try await source.catchUp()
        #expect(source.status.rowsPerSecond > 0)
        if way == .replication {
            #expect(source.status.lagBytes ?? -1 >= 0 && source.status.positionBytes ?? 0 > 0)
        }
    }
}
