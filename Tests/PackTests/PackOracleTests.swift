import Testing
import Vocabulary

@testable import SourceSystems

/// Every metric of every pack against SQL over the tables of its source: random companies, periods,
/// zones and grains, to the cent.
@Suite struct PackOracleTests {
    @Test(arguments: PackOracle.all, UInt64(1)...2)
    func metricsEqualTheSource(_ oracle: PackOracle, seed: UInt64) async throws {
        let metrics = try oracle.metrics.flatMap { name in
            try DefinitionNode(
                contentsOf: definitionsFolder + "/metrics/\(name).yaml",
                relativeTo: definitionsFolder
            ).mapping(allowing: ["metrics", "dimensions"]).required("metrics")
                .entries().map { try $0.0.string() }
        }
        #expect(
            Set(metrics) == Set(oracle.queries.map(\.metric)),
            "every metric has an oracle, and every oracle a metric")
        let world = try await PackWorld(oracle, seed: seed)
        let (asked, differences) = try world.differences(rounds: oracle.rounds, seed: seed)
        #expect(asked == oracle.rounds * metrics.count)
        #expect(
            differences.isEmpty, "\(differences.count) of \(asked): \(differences.prefix(5))")
    }
}
