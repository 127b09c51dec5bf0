import Foundation
import Testing
import Vocabulary

@testable import Store

/// A commit of any number of batches, against a model of what it must leave.
@Suite struct LargeCommitTests {
    private struct Stop: Error {}

    private func rows(_ store: Store) throws -> [String] {
        var found: [String] = []
        try store.snapshot(ShopFixture.everyone).rows(
            RowRequest(
                model: "sale", columns: [ColumnPath("number"), ColumnPath("net")])
        ).forEachBatch { batch in found += batch.map { "\($0)" } }
        return found.sorted()
    }

    private func sale(_ number: Int, net: Int64) -> [Cell?] {
        [
            .text("S\(number)"), .key(.text("c\(number % 40)")), .text("OPEN"), .number(net),
            .text("DKK"), .number(250), .number(1), .number(0),
            .number(1_767_000_000_000_000 + Int64(number) * 60_000_000), .missing,
        ]
    }

    @Test(arguments: [UInt64(1)])
    func itLeavesWhatItsOperationsLeaveOneByOne(seed: UInt64) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var dice = Dice(seed: seed)
        var wanted: [Int: Int64] = [:]
        func batch(_ operations: Int) -> ChangeBatch {
            var batch = ChangeBatch()
            for _ in 0..<operations {
                let number = Int.random(in: 0..<60_000, using: &dice)
                if Int.random(in: 0..<10, using: &dice) == 0 {
                    batch.delete(model: "sale", origin: "shop", key: .text("k\(number)"))
                    wanted[number] = nil
                } else {
                    let net = Int64.random(in: 0..<1000, using: &dice)
                    batch.upsert(
                        model: "sale", origin: "shop", company: "north", key: .text("k\(number)"),
                        cells: sale(number, net: net))
                    wanted[number] = net
                }
            }
            return batch
        }
        func expected() -> [String] {
            wanted.map { "\([Cell.text("S\($0.key)"), .number($0.value)])" }.sorted()
        }
        try store.commit(batch(3000))
        let before = store.latest.number
        var parts = 15
        try store.commit {
            parts -= 1
            return parts >= 0 ? batch(5000) : nil
        }
        #expect(store.latest.number == before + 1)
        #expect(try rows(store) == expected())
        // A large commit that fails leaves nothing, and the next ones are right.
        let kept = wanted
        parts = 15
        #expect(throws: Stop.self) {
            try store.commit {
                parts -= 1
                if parts < 0 { throw Stop() }
                return batch(5000)
            }
        }
        wanted = kept
        #expect(try rows(store) == expected())
        try store.commit(batch(5000))
        #expect(try rows(store) == expected())
        #expect(try store.verify().damage.isEmpty)
        try store.close()
        let again = try fixture.open(.readOnly)
        #expect(try rows(again) == expected())
        try again.close()
    }
}
