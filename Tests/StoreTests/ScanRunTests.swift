import Testing
import Vocabulary

@testable import Store

/// Scans that work on runs of equal days, and percentiles of many numbers.
@Suite struct ScanRunTests {
    private static let everyone = Scope(companies: ["north", "south"])
    /// Without totals that are kept each question is answered from the rows.
    private static let settings = StoreSettings(memoBytes: 0, threads: 1)

    private static func answer(_ store: Store, _ request: ScanRequest) throws -> [String] {
        try store.snapshot(everyone).scan(request).rows.map { row in
            (row.key.map { "\($0)" } + row.values.map { $0.map { "\($0)" } ?? "-" })
                .joined(separator: " ")
        }
    }

    /// Rows in the delta have a day each, and those of a segment lie in runs of days.
    @Test func runsAnswerAsRowsDo() throws {
        let seed: UInt64 = 71
        var dice = Dice(seed: seed)
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open(settings: Self.settings)
        var batch = ChangeBatch()
        for key in 0..<7000 {
            var cells = ShopFixture.sale(
                customer: dice.chance(10) ? nil : Int64.random(in: 0..<400, using: &dice),
                status: dice.chance(30) ? "PAID" : "OPEN",
                net: Int64.random(in: -500...500, using: &dice))
            // In thirty days, some of them at the turn of a month.
            let second = Int64.random(in: 0..<(30 * 86_400), using: &dice)
            cells[8] = dice.chance(2) ? .missing : .number((1_768_900_000 + second) * 1_000_000)
            batch.upsert(
                model: "sale", origin: "a", company: dice.chance(30) ? "south" : "north",
                key: .integer(Int64(key)), cells: cells)
        }
        try store.commit(batch)
        let sold = ColumnPath("sold_at")
        let paid = [Filter.among(ColumnPath("status"), [.text("PAID")])]
        let first = try #require(LocalDay("2026-01-20"))
        let bounds = [3, 9, 20].map { first.adding(days: $0) }
        let measures = [
            Measure.count, .sum(.column(ColumnPath("net"))), .distinct(ColumnPath("customer")),
        ]
        var questions: [ScanRequest] = []
        for filters in [[], paid] {
            for group in [
                Group.dayBand(sold, bounds: bounds), .step(sold, .day), .step(sold, .month),
            ] {
                questions.append(
                    ScanRequest(
                        model: "sale", filters: filters, groups: [group], measures: measures))
            }
            for firsts in [[], paid] {
                let novelty = Novelty(
                    member: "customer", time: "sold_at", grain: .day, filters: firsts)
                questions.append(
                    ScanRequest(
                        model: "sale", filters: filters,
                        groups: [.step(sold, .month), .novelty(novelty)], measures: measures))
            }
        }
        let rows = try questions.map { try Self.answer(store, $0) }
        #expect(rows.allSatisfy { $0.count > 1 }, "seed \(seed)")
        while try store.seal(minimum: 1) {}
        let snapshot = try store.snapshot(Self.everyone)
        let model = try snapshot.rows(of: "sale")
        let days = ChunkColumn(model.layout.id(ofColumn: 8), .days)
        #expect(!model.segments.isEmpty)
        for state in model.segments {
            guard case .runs = try snapshot.chunks.numbers(state.segment, days).shape else {
                Issue.record("the days of a segment do not lie in runs")
                continue
            }
        }
        for (question, rows) in zip(questions, rows) {
            #expect(try Self.answer(store, question) == rows, "seed \(seed), \(question)")
        }
    }

    @Test(arguments: ["spread", "alike", "far", "two", "any"])
    func percentilesOfManyNumbers(_ kind: String) throws {
        let seed: UInt64 = 72
        var dice = Dice(seed: seed)
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        let least = Int64.min + 1
        var numbers: [Int64] = []
        var batch = ChangeBatch()
        for key in 0..<StoreLimits.countedNumbers + 1500 {
            let number: Int64? =
                switch kind {
                case "spread": Int64.random(in: -90_000...90_000, using: &dice)
                case "alike": 7
                // All but two of them fall into one part of their range.
                case "far": key == 1 ? least : key == 2 ? .max : Int64(key % 5000)
                // The ranks of half lie between the two.
                case "two": key % 2 == 0 ? -1_000_000_007 : 1_000_000_007
                default: dice.chance(5) ? nil : .random(in: least ... .max, using: &dice)
                }
            if let number { numbers.append(number) }
            var cells = ShopFixture.sale()
            cells[6] = number.map(Cell.number) ?? .missing
            batch.upsert(
                model: "sale", origin: "a", company: key % 3 == 0 ? "south" : "north",
                key: .integer(Int64(key)), cells: cells)
        }
        try store.commit(batch)
        numbers.sort()
        let shares = [0, 1, 333, 499, 500, 501, 900, 999, 1000]
        let expected = shares.map { share -> Int128 in
            let rank = share * (numbers.count - 1)
            let (place, rest) = (rank / 1000, rank % 1000)
            let low = Int128(numbers[place])
            let high = rest > 0 ? Int128(numbers[place + 1]) : low
            return low * 1000 + (high - low) * Int128(rest)
        }
        let question = ScanRequest(
            model: "sale",
            measures: shares.map { .percentile(.column(ColumnPath("items")), perMille: $0) })
        // The first time the numbers are in no order, and from then on sorted.
        for _ in 0..<2 {
            let answer = try store.snapshot(Self.everyone).scan(question)
            #expect(answer.rows[0].values == expected.map(Optional.some), "seed \(seed)")
        }
    }

    @Test func codesOfNumbersInAnyOrder() {
        var dice = Dice(seed: 73)
        for bound in [Int64(40), 70_000, .max] {
            var table = CodeTable()
            var known: [Int64: Int] = [:]
            for _ in 0..<5000 {
                let number = Int64.random(in: (bound == .max ? .min : -3)...bound, using: &dice)
                let code = known[number] ?? known.count
                known[number] = code
                #expect(table.code(of: number) == code)
            }
            #expect(table.count == known.count)
        }
    }
}
