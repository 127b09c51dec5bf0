import Foundation
import Store
import Testing
import Vocabulary

/// Numbers of rows multiplied by dated tables, against the same computed row by row.
@Suite struct ValuationTests {
    private static let (net, currency) = (ColumnPath("net"), ColumnPath("currency"))
    private static let (sold, kind) = (ColumnPath("sold_at"), ColumnPath("customer", "kind"))
    private static let currencies = ["DKK", "EUR", "JPY", "dkk", "XXX"]
    private static let companies = ["north", "south", "east"]
    private static let zones = ["Europe/Copenhagen", "Africa/Blantyre", "Asia/Tokyo"]

    private struct Sale {
        let company: Int
        let customer: Int64?
        let net: Int64?
        let currency: String?
        let sold: Instant?
    }

    /// A table with gaps, of values that leave remainders.
    private static func table(_ words: [String], _ dice: inout Dice) -> ValueTable {
        var series: [String: [ValueTable.Entry]] = [:]
        for word in words {
            var day = LocalDay(number: 20_450 + Int32.random(in: 0..<60, using: &dice))
            var entries: [ValueTable.Entry] = []
            for _ in 0..<Int.random(in: 1...9, using: &dice) {
                let digits = Int128(Int64.random(in: 1...9_999_999, using: &dice))
                entries.append(
                    .init(
                        from: day,
                        dice.chance(5)
                            ? nil
                            : ValueTable.Ratio(
                                digits,
                                over: Int128(Int64.random(in: 1...3_000_000, using: &dice)))))
                day = day.adding(days: Int.random(in: 1...25, using: &dice))
            }
            series[word] = entries
        }
        return ValueTable(series, ignoringCase: true)
    }

    @Test(arguments: UInt64(1)...6) func valuedSumsEqualThoseOfRows(_ seed: UInt64) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try fixture.open()
        var dice = Dice(seed: seed)
        let kinds = ["B2B", "B2C"]
        var batch = ChangeBatch()
        for (number, company) in Self.companies.enumerated() {
            for key in 0..<Int64(6) {
                batch.upsert(
                    model: "customer", origin: "a", company: company,
                    key: .integer(Int64(number) * 6 + key),
                    cells: ShopFixture.customer("C", kind: kinds[Int(key % 2)]))
            }
        }
        var sales: [Sale] = []
        for key in 0..<3000 {
            let company = Int.random(in: 0..<3, using: &dice)
            let sale = Sale(
                company: company,
                customer: dice.chance(4) ? nil : Int64.random(in: 0..<6, using: &dice),
                net: dice.chance(9) ? nil : Int64.random(in: -90_000...90_000, using: &dice),
                currency: dice.chance(9) ? nil : dice.pick(Self.currencies),
                sold: dice.chance(20)
                    ? nil
                    : Instant(
                        microseconds: (20_440 * 86_400
                            + Int64.random(in: 0..<(200 * 86_400), using: &dice)) * 1_000_000))
            sales.append(sale)
            var cells = ShopFixture.sale(
                customer: sale.customer.map { Int64(company) * 6 + $0 }, net: sale.net,
                currency: sale.currency)
            cells[8] = sale.sold.map { .number($0.microseconds) } ?? .missing
            batch.upsert(
                model: "sale", origin: "a", company: Self.companies[company],
                key: .integer(Int64(key)), cells: cells)
        }
        try store.commit(batch)
        if seed.isMultiple(of: 2) { while try store.seal(minimum: 1) {} }
        let (rates, prices) = (
            Self.table(["DKK", "EUR", "JPY"], &dice), Self.table(["B2B", "NORTH"], &dice)
        )
        let valuations = [
            Valuation(Self.net, [.init(rates, by: .column(Self.currency), on: Self.sold)]),
            Valuation(nil, [.init(prices, by: .column(Self.kind), on: Self.sold)]),
            Valuation(
                Self.net,
                [
                    .init(prices, by: .companies(["north": "north"]), on: nil),
                    .init(rates, by: .word("EUR"), on: Self.sold),
                ]),
        ]
        let zones = try Self.zones.map { try Zone(named: $0) }
        for valuation in valuations {
            let result = try store.snapshot(ShopFixture.everyone).scan(
                ScanRequest(
                    model: "sale", groups: [.value(Self.currency)],
                    measures: [
                        .sum(.valued(valuation)), .countValued(valuation),
                        .least(.valued(valuation)), .greatest(.valued(valuation)),
                        .percentile(.valued(valuation), perMille: 1000),
                    ]))
            for row in result.rows {
                let own = sales.filter { row.key[0] == ($0.currency.map(Cell.text) ?? .missing) }
                    .compactMap { sale in
                        valuation.value(
                            of: sale.net, company: Self.companies[sale.company],
                            word: { path in
                                path == Self.kind
                                    ? sale.customer.map { kinds[Int($0 % 2)] } : sale.currency
                            }, day: { _ in sale.sold.map { zones[sale.company].day(of: $0) } })
                    }
                #expect(row.values[0] == (own.isEmpty ? nil : own.reduce(0) { $0 + Int128($1) }))
                #expect(row.values[1] == Int128(own.count))
                #expect(row.values[2] == own.min().map { Int128($0) })
                #expect(row.values[3] == own.max().map { Int128($0) })
                #expect(row.values[4] == own.max().map { Int128($0) * 1000 })
            }
        }
    }

    /// Products are rounded half up on magnitude, and wide ones are exact.
    @Test func ratiosRoundHalfUp() throws {
        func applied(_ number: Int64, _ top: Int128, _ bottom: Int128) throws -> Int64? {
            try #require(ValueTable.Ratio(top, over: bottom)).applied(to: number)
        }
        #expect(try applied(5, 1, 2) == 3)
        #expect(try applied(-5, 1, 2) == -3)
        #expect(try applied(4, 1, 3) == 1)
        #expect(try applied(-5, -1, 2) == 3)
        #expect(try applied(0, 7, 3) == 0)
        #expect(try applied(.max, 1, 1) == nil)
        #expect(try applied(.max, 1, 2) == 4_611_686_018_427_387_904)
        #expect(try applied(.max, 3, 1) == nil)
        // Beyond 64 bits above and below the line.
        let wide = Int128(UInt64.max) * 1_000_000_007
        #expect(try applied(1_000_000_006, wide * 5 + 1, wide * 2) == 2_500_000_015)
        #expect(ValueTable.Ratio(1, over: 0) == nil)
    }

    /// The day decides: before the first value and after it is taken back there is none.
    @Test func valuesHoldFromTheirDay() throws {
        let day = try #require(LocalDay("2025-10-03"))
        let table = ValueTable([
            "a": [.init(from: day, .one), .init(from: day.adding(days: 2), nil)]
        ])
        #expect(table.ratio(of: "a", on: day.adding(days: -1)) == nil)
        #expect(table.ratio(of: "a", on: day) == .one)
        #expect(table.ratio(of: "a", on: day.adding(days: 1)) == .one)
        #expect(table.ratio(of: "a", on: day.adding(days: 2)) == nil)
        #expect(table.ratio(of: "b", on: day) == nil)
        #expect(table.ratio(of: "A", on: day) == nil)
    }
}
