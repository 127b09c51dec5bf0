import Foundation
import Reports
import Vocabulary

/// A table of columns of every meaning, filled at random, and the same table as rows.
struct RandomTable {
    static let columns = [
        ResultColumn(name: "count", label: "Count", kind: .integer, isTotalled: true),
        ResultColumn(name: "hours", label: "Hours", kind: .decimal(scale: 2), isTotalled: true),
        ResultColumn(name: "share", label: "Share", kind: .ratio),
        ResultColumn(name: "net", label: "Net", kind: .money, isTotalled: true),
        ResultColumn(name: "vat", label: "VAT", kind: .money, isTotalled: true),
        ResultColumn(name: "fee", label: "Fee", kind: .money),
        ResultColumn(name: "status", label: "Status", kind: .text),
        ResultColumn(name: "note", label: "Note", kind: .text),
        ResultColumn(name: "phone", label: "Phone", kind: .identifier),
        ResultColumn(name: "paid", label: "Paid", kind: .boolean),
        ResultColumn(name: "due", label: "Due", kind: .day),
        ResultColumn(name: "at", label: "At", kind: .instant),
    ]

    private let batches: [ResultBatch]

    /// Rolls a table; with several currencies, of amounts of one row all have the same but the fee.
    init(seed: UInt64, rows: Int, currencies: [Currency]) {
        var dice = SplitMix(seed: seed)
        let statuses = ResultWords([
            "open", "=paid", "a;b,c", "“x” \"y\"", "", "-", "שלום", "two\r\nlines",
        ])
        var batches: [ResultBatch] = []
        var made = 0
        while made < rows {
            let count = min(rows - made, Int.random(in: 1...700, using: &dice))
            made += count
            func numbers(_ range: ClosedRange<Int64>, missing: Int = 10) -> [Int64] {
                (0..<count).map { _ in
                    Int.random(in: 0..<100, using: &dice) < missing
                        ? ResultBatch.missing : Int64.random(in: range, using: &dice)
                }
            }
            func amounts(_ list: [Currency]) -> ResultCurrencies {
                list.count == 1
                    ? ResultCurrencies(list[0])
                    : ResultCurrencies(
                        list,
                        places: (0..<count).map { _ in
                            UInt8.random(in: 0..<UInt8(list.count), using: &dice)
                        })
            }
            let own = amounts(currencies)
            let notes = ResultWords((0..<count).map { "\(Samples.names[$0 % 15]) \($0)" })
            batches.append(
                ResultBatch(
                    count: count,
                    columns: [
                        .numbers(numbers(-9...9), .integer),
                        .numbers(numbers(-100_000...100_000), .decimal(scale: 2)),
                        .numbers(numbers(-20_000...20_000), .decimal(scale: 4)),
                        .numbers(numbers(-5_000_000...90_000_000), .money(own)),
                        .numbers(numbers(-1_000...1_000, missing: 40), .money(own)),
                        .numbers(numbers(0...99, missing: 50), .money(amounts([Samples.kwd]))),
                        .numbers(numbers(0...7), .text(statuses)),
                        .numbers(
                            (0..<count).map { $0 % 9 == 4 ? ResultBatch.missing : Int64($0) },
                            .text(notes)),
                        .numbers(numbers(4_520_000_000...4_530_000_000), .integer),
                        .numbers(numbers(0...1), .boolean),
                        .numbers(numbers(-800_000...60_000), .day),
                        .numbers(
                            numbers(-4_000_000_000...4_000_000_000).map {
                                $0 == ResultBatch.missing || $0 % 3 == 0
                                    ? $0 : $0 * (($0 % 2 == 0) ? 1_000_000 : 1000)
                            }, .instant),
                    ]))
        }
        self.batches = batches
    }

    /// The rows, value by value.
    var rows: [[Value]] { batches.flatMap { Array($0) } }

    /// The table as columns.
    var columnar: ResultTable { table { body in for batch in batches { try body(batch) } } }

    /// The table as rows.
    var rowwise: ResultTable { table { body in for batch in batches { try body(Array(batch)) } } }

    private func table(
        _ make: @escaping @Sendable (ResultReceiver) throws -> Void
    ) -> ResultTable {
        var footing = ResultFooting(columns: Self.columns)
        for row in rows { footing.add(row) }
        return ResultTable(
            name: "random", title: "Random", columns: Self.columns, rowCount: rows.count,
            totals: footing.totals, batches: make)
    }
}
