import Foundation
import Ingest
import Store
import Testing
import Vocabulary

@testable import reportd

@Suite("Sources of a scheduled report")
struct DeliverySourcesTests {
    @Test("are those that may fill what it reads, of its companies")
    func concerned() throws {
        let schema = try Schema(definitions: ScheduleFixture.repositoryQueries)
        let sources = try SourceDefinition.load(
            definitions: ScheduleFixture.repositoryQueries, schema: schema)
        func names(_ models: Set<String>, _ companies: Set<String>) -> [String] {
            sources.filter { $0.mayFill(models, of: companies) }.map(\.name).sorted()
        }
        #expect(names(["sale"], ["rendetalje"]).contains("tekup"))
        #expect(!names(["sale"], ["tiyende"]).contains("tekup"))
        #expect(names(["pos_sale"], ["tiyende"]).contains("chikondi"))
        #expect(!names(["pos_sale"], ["rendetalje"]).contains("chikondi"))
        #expect(names(["sale"], []).isEmpty)
    }
}
