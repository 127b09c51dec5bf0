import Testing

@testable import Store

/// Where rows of the delta are, against a dictionary; hashes of which many are the same in their lower
/// half, or whole.
@Suite struct DeltaKeysTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func rowsAreWhereTheirNewestVersionWasPut(
        seed: UInt64
    ) {
        var dice = Dice(seed: seed)
        let keys = DeltaKeys()
        // By position, which row it is a version of.
        var rows: [Int] = []
        var newest: [Int: Int] = [:]
        func hash(_ row: Int) -> UInt64 { UInt64(row % 700) << 40 | UInt64(row % 90) }
        for position in 0..<5_000 {
            let row = Int(dice.next() % 2_000)
            rows.append(row)
            keys.set(position, of: hash(row)) { rows[$0] == row }
            newest[row] = position
        }
        for row in 0..<2_100 {
            #expect(keys.position(of: hash(row)) { rows[$0] == row } == newest[row])
        }
    }
}
