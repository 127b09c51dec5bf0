import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest

/// Mappings proposed for databases that were not made for it: they load and read all rows unedited.
@Suite struct DiscoveryTests {
    @Test func aMarketPlaceWithEverything() async throws {
        let database = try DiscoveryHarness.database(schema: "market")
        let harness = try await DiscoveryHarness(database)
        try await harness.catchUp()
        print(harness.files.mapping); print(harness.files.models); print(harness.files.companies)
        try harness.expectAllRows()
    }
}
