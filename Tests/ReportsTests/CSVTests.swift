import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@Suite("CSV") struct CSVTests {
    private func bytes(_ table: ResultTable, _ profile: CSVProfile) throws -> String {
        let collected = Pieces()
        try CSVWriter(profile: profile, zone: Samples.copenhagen).write(table) { collected.add($0) }
        return String(decoding: collected.bytes, as: UTF8.self)
    }

    private static func small() throws -> ResultTable {
        let columns = [
            ResultColumn(name: "name", label: "Name; full", kind: .text),
            ResultColumn(name: "amount", label: "Amount", kind: .money, isTotalled: true),
            ResultColumn(name: "share", label: "Share", kind: .ratio),
            ResultColumn(name: "at", label: "At", kind: .instant),
        ]
        let at = Value.instant(try #require(Instant("2026-06-30T22:30:05Z")))
        return ResultTable(
            name: "small", title: "Small", columns: columns,
            rows: [
                [
                    .text("=1+1"), Samples.money("-12.50"),
                    .decimal(ExactDecimal(unscaled: 125, scale: 3)), at,
                ],
                [.text("a,b;c \"d\""), .missing, .missing, .missing],
            ],
            totals: [
                ResultTotal(
                    currency: Currency("DKK"),
                    cells: [.missing, Samples.money("-12.50"), .missing, .missing])
            ])
    }

    @Test("each profile has its separators, decimals, mark and heading")
    func profiles() throws {
        let table = try Self.small()
        #expect(
            try bytes(table, .machine) == """
                name,amount,amount_currency,share,at\r
                '=1+1,-12.50,DKK,0.125,2026-06-30T22:30:05Z\r
                "a,b;c ""d\""",,,,\r

                """)
        #expect(
            try bytes(table, .excelDanish) == """
                \u{FEFF}"Name; full";Amount;Amount (Valuta);Share;At\r
                '=1+1;-12,50;DKK;0,125;2026-07-01 00:30:05\r
                "a,b;c ""d\""";;;;\r

                """)
        #expect(
            try bytes(table, .excelEnglish) == """
                \u{FEFF}Name; full,Amount,Amount (Currency),Share,At\r
                '=1+1,-12.50,DKK,0.125,2026-07-01 00:30:05\r
                "a,b;c ""d\""",,,,\r

                """)
        #expect(CSVProfile.excel(for: ReportLocale("nl-NL")) == .excelDutch)
    }

    @Test(
        "Python's csv reads nasty cells back and finds the totals", arguments: CSVProfile.allCases)
    func readBack(profile: CSVProfile) throws {
        let scratch = try Scratch()
        let currencies = [Samples.dkk, Samples.jpy, Samples.kwd]
        let table = Samples.register(rows: 300, currencies: currencies)
        let document = ReportDocument(
            name: "r", title: "R", provenance: Samples.provenance(), blocks: [.table(table)])
        let path = scratch.file("r.csv")
        try ReportOutput(.csv, locale: .english, profile: profile).write(document, to: path)
        struct Answer: Decodable {
            let rows: Int
            let widths: [Int]
            let sums: [String: String]
            let names: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import csv
            machine = sys.argv[2] == "machine"
            comma = sys.argv[2] in ("machine", "excel-en")
            raw = open(sys.argv[1], "rb").read()
            assert raw.startswith(b"\\xef\\xbb\\xbf") != machine
            f = open(sys.argv[1], encoding="utf-8" if machine else "utf-8-sig", newline="")
            rows = list(csv.reader(f, delimiter="," if comma else ";", strict=True))
            sums = {}
            for row in rows[1:]:
                number = row[6] if comma else row[6].replace(",", ".")
                sums[row[7]] = sums.get(row[7], 0) + Decimal(number)
            emit({"rows": len(rows) - 1, "widths": sorted({len(r) for r in rows}),
                  "sums": {k: str(v) for k, v in sums.items()},
                  "names": [r[2] for r in rows[1:16]]})
            """, [path, profile.rawValue])
        #expect(answer.rows == 300)
        #expect(answer.widths == [11])
        for total in table.totals {
            guard case .money(let sum) = total.cells[6] else { continue }
            let found = try #require(answer.sums[sum.currency.code].flatMap { ExactDecimal($0) })
            #expect(found == sum.amount)
        }
        #expect(answer.sums.count == 3)
        for (written, read) in zip(Samples.names, answer.names) {
            let isGuarded = written.first.map { "=+-@\t".contains($0) } ?? false
            #expect(Array((isGuarded ? "'" + written : written).utf8) == Array(read.utf8))
        }
    }

    @Test("a file of no rows has its header; a line of one empty field is not an empty line")
    func empty() throws {
        #expect(try bytes(Samples.register(rows: 0), .machine).split(separator: "\r\n").count == 1)
        let table = ResultTable(
            name: "one", title: "One", columns: [ResultColumn(name: "a", label: "A", kind: .text)],
            rows: [[.missing], [.text("x")]])
        #expect(try bytes(table, .machine) == "a\r\n\"\"\r\nx\r\n")
    }

    @Test("100,000 rows stream in small pieces")
    func streaming() throws {
        let pieces = Pieces()
        let table = Samples.register(rows: 100_000)
        try CSVWriter(profile: .machine, zone: .utc).write(table) { pieces.add($0) }
        #expect(pieces.lines == 100_000 + 1 + 6_667)  // “two\r\nlines” is every 15th name
        #expect(pieces.largest < 80_000)
        #expect(pieces.count > 50)
    }

    @Test("rows that do not add up to the totals leave no file, and an older one untouched")
    func footing() throws {
        let scratch = try Scratch()
        let wrong = ResultTable(
            name: "wrong", title: "Wrong", columns: try Self.small().columns,
            rows: try Self.small().rows(),
            totals: [
                ResultTotal(
                    currency: Currency("DKK"),
                    cells: [.missing, Samples.money("-12.49"), .missing, .missing])
            ])
        let document = ReportDocument(
            name: "w", title: "W", provenance: Samples.provenance(), blocks: [.table(wrong)])
        for format in ReportFormat.general {
            let path = scratch.file("old.\(format)")
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            let advice = #expect(throws: Advice.self) {
                try ReportOutput(format, locale: .english).write(document, to: path)
            }
            #expect(advice?.kind == .damaged)
            #expect(
                advice?.happened.contains("-12.49 DKK, but its rows add up to -12.50 DKK") == true)
            #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
        }
        #expect(scratch.names == ["old.csv", "old.json", "old.pdf", "old.xlsx"])
    }

    @Test("decimals are rounded before they are added, so a sum of unrounded cells is refused")
    func roundThenAdd() throws {
        let column = ResultColumn(
            name: "hours", label: "Hours", kind: .decimal(scale: 1), isTotalled: true)
        func table(_ total: Int128) -> ResultTable {
            let cell = Value.decimal(ExactDecimal(unscaled: 25, scale: 2))
            return ResultTable(
                name: "h", title: "H", columns: [column], rows: [[cell], [cell]],
                totals: [
                    ResultTotal(
                        currency: nil, cells: [.decimal(ExactDecimal(unscaled: total, scale: 1))])
                ])
        }
        #expect(try bytes(table(6), .machine) == "hours\r\n0.3\r\n0.3\r\n")
        #expect(throws: Advice.self) { try bytes(table(5), .machine) }
    }
}

/// What a stream handed over.
private final class Pieces {
    var bytes: [UInt8] = []
    var largest = 0
    var count = 0
    var lines = 0

    func add(_ piece: [UInt8]) {
        bytes += piece
        largest = max(largest, piece.count)
        count += 1
        lines += piece.lazy.filter { $0 == 10 }.count
    }
}
