import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@Suite("Result batches") struct ResultBatchTests {
    private static let currencies = [
        [Samples.dkk], [Samples.dkk, Samples.eur], [Samples.dkk, Samples.jpy, Samples.kwd],
    ]

    @Test("columns add up to what their rows add up to", arguments: currencies)
    func footing(currencies: [Currency]) throws {
        for seed in 1...3 {
            let random = RandomTable(seed: UInt64(seed), rows: 800, currencies: currencies)
            var byColumns = ResultFooting(columns: RandomTable.columns)
            var byRows = ResultFooting(columns: RandomTable.columns)
            try random.columnar.forEachBatch { byColumns.add($0) }
            for row in random.rows { byRows.add(row) }
            #expect(byColumns.totals == byRows.totals, "seed \(seed)")
            // Without the fees, which are of a third currency.
            let few = [0, 1, 3, 4]
            var narrowColumns = ResultFooting(columns: few.map { RandomTable.columns[$0] })
            var narrowRows = narrowColumns
            try random.columnar.forEachBatch { batch in
                narrowColumns.add(
                    ResultBatch(count: batch.count, columns: few.map { batch.columns[$0] }))
            }
            for row in random.rows { narrowRows.add(few.map { row[$0] }) }
            #expect(narrowColumns.totals == narrowRows.totals, "seed \(seed)")
            // Numbers share the line of a single currency.
            #expect(
                narrowColumns.totals.count == (currencies.count == 1 ? 1 : currencies.count + 1))
        }
    }

    @Test(
        "CSV of columns is what a plain writer makes of the rows", arguments: CSVProfile.allCases,
        currencies)
    func csv(profile: CSVProfile, currencies: [Currency]) throws {
        for seed in 1...3 {
            let random = RandomTable(seed: UInt64(seed), rows: 800, currencies: currencies)
            let plain = PlainCSV(profile: profile, zone: Samples.copenhagen)
            let expected = plain.text(RandomTable.columns, random.rows)
            for table in [random.columnar, random.rowwise] {
                var bytes: [UInt8] = []
                let collected = Collected()
                try CSVWriter(profile: profile, zone: Samples.copenhagen).write(table) {
                    collected.bytes += $0
                }
                bytes = collected.bytes
                let found = String(decoding: bytes, as: UTF8.self)
                let difference = zip(
                    found.split(separator: "\r\n"), expected.split(separator: "\r\n")
                ).first { $0 != $1 }
                #expect(difference == nil, "seed \(seed)")
                #expect(Array(found.utf8) == Array(expected.utf8), "seed \(seed)")
            }
        }
    }

    @Test("numbers at the edges are written digit by digit")
    func edges() throws {
        let numbers: [Int64] = [
            0, 1, -1, 9, 10, 99, 100, -100, 999_999, 1_000_000, .max, .min + 1, ResultBatch.missing,
        ]
        for scale in [0, 1, 2, 3, 9, 18] {
            let batch = ResultBatch(
                count: numbers.count, columns: [.numbers(numbers, .decimal(scale: scale))])
            let table = ResultTable(
                name: "n", title: "N",
                columns: [ResultColumn(name: "n", label: "N", kind: .decimal(scale: scale))],
                rowCount: numbers.count, totals: []
            ) { try $0(batch) }
            let collected = Collected()
            try CSVWriter(profile: .machine, zone: .utc).write(table) { collected.bytes += $0 }
            let expected = numbers.map { number in
                number == ResultBatch.missing
                    ? "\"\"" : ExactDecimal(unscaled: Int128(number), scale: scale).description
            }
            #expect(
                String(decoding: collected.bytes, as: UTF8.self)
                    == (["n"] + expected).joined(separator: "\r\n") + "\r\n")
        }
    }

    @Test("a workbook of columns has the cells and formats of one of rows", arguments: currencies)
    func xlsx(currencies: [Currency]) throws {
        let scratch = try Scratch()
        let random = RandomTable(seed: 7, rows: 900, currencies: currencies)
        var paths: [String] = []
        for (name, table) in [("columns", random.columnar), ("rows", random.rowwise)] {
            let path = scratch.file("\(name).xlsx")
            try ReportOutput(.xlsx, locale: ReportLocale("da")).write(
                ReportDocument(
                    name: "r", title: "R", provenance: Samples.provenance(),
                    blocks: [.table(table)]), to: path)
            paths.append(path)
        }
        struct Answer: Decodable {
            let cells: Int
            let difference: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            one, other = (openpyxl.load_workbook(path) for path in sys.argv[1:3])
            cells, difference = 0, []
            for left, right in zip(one, other):
                for a, b in zip(left.iter_rows(), right.iter_rows(), strict=True):
                    for x, y in zip(a, b, strict=True):
                        cells += x.value is not None
                        mine, its = ((c.value, c.data_type, c.number_format) for c in (x, y))
                        if mine != its: difference.append(f"{x.coordinate}: {mine} {its}")
            emit({"cells": cells, "difference": difference[:3]})
            """, paths)
        #expect(answer.difference == [])
        #expect(answer.cells > 900 * 10)
    }

    /// What a stream handed over.
    private final class Collected {
        var bytes: [UInt8] = []
    }
}

/// CSV as the rules of `CSVWriter` say, cell by cell, with nothing done for speed.
struct PlainCSV {
    let profile: CSVProfile
    let zone: Zone

    func text(_ columns: [ResultColumn], _ rows: [[Value]]) -> String {
        let isMachine = profile == .machine
        let comma = profile == .machine || profile == .excelEnglish
        let currency: [CSVProfile: String] = [
            .machine: "", .excelEnglish: "Currency", .excelDutch: "Valuta",
        ]
        var heading: [String] = []
        for column in columns {
            let name = isMachine ? column.name : column.label
            heading.append(name)
            guard column.kind == .money else { continue }
            heading.append(
                isMachine ? name + "_currency" : "\(name) (\(currency[profile] ?? "Valuta"))")
        }
        let separator = comma ? "," : ";"
        let lines = rows.map { row in
            zip(row, columns).flatMap { value, column in
                [field(value, column.kind, separator)]
                    + (column.kind == .money ? [Self.currency(of: value)] : [])
            }.joined(separator: separator)
        }
        return (isMachine ? "" : "\u{FEFF}")
            + ([heading.joined(separator: separator)] + lines).map { $0 + "\r\n" }.joined()
    }

    private static func currency(of value: Value) -> String {
        if case .money(let money) = value { money.currency.code } else { "" }
    }

    private func field(_ value: Value, _ kind: ResultColumn.Kind, _ separator: String) -> String {
        switch value {
        case .missing: return ""
        case .integer(let number): return "\(number)"
        case .decimal(let number):
            if case .decimal(let scale) = kind { return decimal(number.rounded(toScale: scale)) }
            return decimal(number)
        case .money(let money): return decimal(money.amount)
        case .boolean(let truth): return "\(truth)"
        case .day(let day): return day.description
        case .instant(let instant):
            if profile == .machine { return instant.description }
            let local = zone.local(instant)
            return "\(local.day) \(local.clock)"
        case .text(let text):
            var shown = text
            if let first = text.utf8.first, "=+-@\t\r\n".utf8.contains(first) { shown = "'" + text }
            let needsQuotes = text.utf8.contains { byte in
                "\"\r\n".utf8.contains(byte) || separator.utf8.contains(byte)
            }
            guard needsQuotes else { return shown }
            return "\"" + shown.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        }
    }

    private func decimal(_ number: ExactDecimal) -> String {
        let text = number.description
        let comma = profile == .machine || profile == .excelEnglish
        return comma ? text : text.replacingOccurrences(of: ".", with: ",")
    }
}
