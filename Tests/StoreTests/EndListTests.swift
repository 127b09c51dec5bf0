import Testing

@testable import Store

/// The ends of rows against a dictionary.
@Suite struct EndListTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func endsAreThoseThatWereEntered(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        let rows = 131_072
        var list = EndList()
        var known: [Int: UInt64] = [:]
        for number in 0..<6_000 {
            let row = Int.random(in: 0..<(number % 3 == 0 ? rows : 5_000), using: &dice)
            if known[row] != nil { continue }
            // Mostly near each other, at times farther than 32 bits, or from the other end.
            let commit: UInt64 =
                switch Int.random(in: 0..<20, using: &dice) {
                case 0: UInt64.random(in: 1...(.max), using: &dice)
                case 1: 1_000_000 + UInt64(Int32.max) + UInt64.random(in: 0...2, using: &dice)
                case 2: 1
                default: UInt64.random(in: 1_000_000...1_090_000, using: &dice)
                }
            known[row] = commit
            list.insert(row: row, commit: commit)
        }
        let encoded = list.encoded(of: 7)
        let again = try #require(EndList(encoded: encoded, of: 7, rows: rows))
        #expect(EndList(encoded: encoded, of: 8, rows: rows) == nil, "another segment's")
        let sorted = known.sorted { $0.key < $1.key }
        for list in [list, again] {
            #expect(list.count == known.count && list.latest == known.values.max())
            var found: [(Int, UInt64)] = []
            list.forEach { found.append(($0, $1)) }
            #expect(found.map(\.0) == sorted.map(\.key) && found.map(\.1) == sorted.map(\.value))
            for _ in 0..<500 {
                let start = Int.random(in: 0..<rows, using: &dice)
                let end = Int.random(in: start...rows, using: &dice)
                var some = 0
                list.forEach(in: start..<end) { row, commit in
                    some += known[row] == commit && (start..<end).contains(row) ? 1 : -rows
                }
                #expect(some == sorted.count { (start..<end).contains($0.key) })
                #expect(list.commit(of: start) == known[start])
                #expect(list.first(from: start)?.row == sorted.first { $0.key >= start }?.key)
            }
        }
    }
}
