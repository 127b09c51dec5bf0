import Testing
import Vocabulary

@testable import SourceSystems

/// Every metric of every pack against SQL over the tables of its source: random companies, periods,
/// zones and grains, of one company and of all split by company, to the cent.
@Suite struct PackOracleTests {
    @Test(arguments: PackOracle.all, UInt64(1)...2)
    func metricsEqualTheSource(_ oracle: PackOracle, seed: UInt64) async throws {
        let world = try await PackWorld(oracle, seed: seed)
        let metrics = world.metrics
        #expect(
            metrics == Set(oracle.queries.map(\.metric)),
            "every metric has an oracle, and every oracle a metric")
        let (asked, differences) = try world.differences(rounds: oracle.rounds, seed: seed)
        #expect(asked == oracle.rounds * metrics.count)
        #expect(
            differences.isEmpty, "\(differences.count) of \(asked): \(differences.prefix(5))")
        let splits = try world.differencesOfSplits(seed: seed)
        #expect(splits.isEmpty, "\(splits.count): \(splits.prefix(5))")
    }
}
