import Store
import Testing

@testable import Ingest
@testable import SourceSystems

extension SystemHarness {
    /// Compares every value of every row of every model with the source.
    func expectEqual(
        _ oracles: [ModelOracle], _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(
            Set(oracles.map(\.model)) == Set(definition.models), "every model has an oracle",
            sourceLocation: sourceLocation)
        for oracle in oracles {
            let model = try schema.model(oracle.model)
            let names = model.columns.map(\.name)
            #expect(
                oracle.columns.allSatisfy { names.contains($0.name) }, "\(oracle.model)",
                sourceLocation: sourceLocation)
            let mapped =
                definition.tables.first { $0.model.name == oracle.model }?.rules
                .filter { $0.input != .nothing }.map(\.column.name) ?? []
            #expect(
                Set(mapped) == Set(oracle.columns.map(\.name)),
                "every column of \(oracle.model) is compared", sourceLocation: sourceLocation)
            for difference in try differences(oracle) {
                Issue.record("\(difference) \(comment ?? "")", sourceLocation: sourceLocation)
            }
        }
    }
}
