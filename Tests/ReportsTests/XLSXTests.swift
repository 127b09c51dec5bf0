import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@Suite("XLSX") struct XLSXTests {
    private func write(_ document: ReportDocument, _ tag: String, _ scratch: Scratch) throws
        -> String
    {
        let path = scratch.file("report.xlsx")
        try ReportOutput(.xlsx, locale: ReportLocale(tag)).write(document, to: path)
        return path
    }

    @Test("openpyxl finds typed cells, formats, totals, filter and provenance")
    func oneCurrency() throws {
        let scratch = try Scratch()
        let document = Samples.document(rows: 200)
        let path = try write(document, "da", scratch)
        struct Answer: Decodable {
            let sheets: [String]
            let header: [String]
            let types: [String]
            let formats: [String]
            let frozen: String
            let filter: String
            let formula: String
            let cached: String
            let sum: String
            let label: String
            let first: [String]
            let names: [String?]
            let info: [String: String]
            let charts: [Int]
            let created: String
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            formulas = openpyxl.load_workbook(sys.argv[1])
            values = openpyxl.load_workbook(sys.argv[1], data_only=True)
            f, v = formulas["Sales register"], values["Sales register"]
            last = f.max_row
            emit({"sheets": formulas.sheetnames, "header": [c.value for c in f[1]],
                  "types": [c.data_type for c in f[3]], "formats": [c.number_format for c in f[3]],
                  "frozen": f.freeze_panes, "filter": f.auto_filter.ref,
                  "formula": f.cell(last, 7).value,
                  "cached": str(Decimal(repr(v.cell(last, 7).value))),
                  "sum": str(sum(Decimal(repr(f.cell(r, 7).value)) for r in range(2, last))),
                  "label": f.cell(last, 1).value,
                  "first": [str(f.cell(2, 2).value), str(f.cell(3, 9).value)],
                  "names": [f.cell(r, 3).value for r in range(2, 17)],
                  "info": {r[0]: r[1] for r in formulas["Info"].iter_rows(values_only=True)
                           if r[0] and r[1]},
                  "charts": [len(s._charts) for s in formulas],
                  "created": str(formulas.properties.created)})
            """, [path])
        #expect(
            answer.sheets == [
                "Overblik", "Revenue per month", "Top services", "Sales register", "Info",
            ])
        #expect(answer.header == Samples.registerColumns.map(\.label))
        #expect(answer.types == ["s", "d", "s", "s", "n", "n", "n", "n", "d", "b"])
        #expect(answer.formats[6] == "#,##0.00\"\u{A0}kr.\"")
        #expect(answer.formats[1] == "dd\\.mm\\.yyyy")
        #expect(answer.frozen == "A2")
        #expect(answer.filter == "A1:J201")
        #expect(answer.formula == "=SUBTOTAL(109,G2:G201)")
        #expect(answer.label == "I alt DKK")
        guard case .money(let total)? = document.tables.first?.totals.first?.cells[6] else {
            Issue.record("the register has a total")
            return
        }
        #expect(ExactDecimal(answer.cached) == total.amount)
        #expect(ExactDecimal(answer.sum) == total.amount)
        #expect(answer.first == ["2026-06-01 00:00:00", "2026-06-01 00:00:01"])
        #expect(answer.names[0] == Samples.names[0])
        #expect(answer.names[7] == "two\nlines")
        #expect(answer.names[8] == "😀 Happy ApS")
        #expect(answer.names[14] == nil)
        #expect(answer.info["Virksomhed"] == "Rendetalje ApS")
        #expect(answer.info["Commit"] == "1042")
        #expect(answer.info["Pr."] == "01.07.2026 08:59")
        #expect(answer.charts == [0, 1, 1, 0, 0])
        #expect(answer.created == "2026-07-01 07:00:00")
    }

    @Test("LibreOffice, made to calculate anew, agrees with the stored totals of each currency")
    func severalCurrencies() throws {
        let scratch = try Scratch()
        let document = Samples.document(
            rows: 150, currencies: [Samples.dkk, Samples.jpy, Samples.kwd])
        let path = try write(document, "en", scratch)
        let table = try #require(document.tables.first)
        // openpyxl drops stored values, so LibreOffice has to calculate them.
        let stripped = scratch.file("stripped.xlsx")
        let _: Bool = try Readers.python(
            """
            import openpyxl
            w = openpyxl.load_workbook(sys.argv[1]); w.save(sys.argv[2]); emit(True)
            """, [path, stripped])
        try Readers.run(
            "soffice",
            [
                "-env:UserInstallation=file://\(scratch.file("profile"))", "--headless",
                "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", scratch.file("out"),
                stripped,
            ])
        struct Answer: Decodable {
            let stored: [[String]]
            let calculated: [[String]]
            let header: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            def totals(path):
                s = openpyxl.load_workbook(path, data_only=True)["Sales register"]
                rows = [r for r in s.iter_rows(values_only=True) if str(r[0]).startswith("Total")]
                return [[str(c) if c is None or i == 0 else repr(round(float(c), 6))
                         for i, c in enumerate((r[0], r[4], r[5], r[6]))] for r in rows]
            s = openpyxl.load_workbook(sys.argv[1])["Sales register"]
            emit({"stored": totals(sys.argv[1]), "calculated": totals(sys.argv[2]),
                  "header": [c.value for c in s[1]]})
            """, [path, scratch.file("out/stripped.xlsx")])
        #expect(answer.header[7] == "Currency")
        #expect(answer.stored.map { $0[0] } == ["Total", "Total DKK", "Total JPY", "Total KWD"])
        #expect(answer.stored[0][3] == "None" && answer.stored[0][1] != "None")
        #expect(answer.stored == answer.calculated)
        for (total, line) in zip(table.totals, answer.stored) {
            guard case .money(let sum) = total.cells[6] else { continue }
            #expect(ExactDecimal(line[3]) == sum.amount)
        }
    }

    @Test("the same report makes the same bytes a second later")
    func sameBytes() throws {
        let document = Samples.document(rows: 50)
        let output = ReportOutput(.xlsx, locale: .english)
        let first = try output.bytes(document)
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try output.bytes(document) == first)
        #expect(first.starts(with: [0x50, 0x4B]))
    }

    @Test("what a cell cannot hold is cut or stands as text, and the Info sheet says so")
    func limits() throws {
        let scratch = try Scratch()
        let columns = [
            ResultColumn(name: "text", label: "Text", kind: .text),
            ResultColumn(name: "amount", label: "Amount", kind: .money, isTotalled: true),
        ]
        let large = "12345678901234567.89"
        let table = ResultTable(
            name: "limits", title: "A/very:long*name [of a sheet] that nobody can read",
            columns: columns,
            rows: [
                [.text(String(repeating: "😀", count: 20_000)), Samples.money(large)],
                [.text("a\0b\u{1}c\u{FFFE}"), .missing],
            ],
            totals: [
                ResultTotal(currency: Currency("DKK"), cells: [.missing, Samples.money(large)])
            ])
        let document = ReportDocument(
            name: "limits", title: "Limits", provenance: Samples.provenance(),
            blocks: [.table(table), .table(table)])
        let path = try write(document, "en", scratch)
        struct Answer: Decodable {
            let sheets: [String]
            let length: Int
            let tail: String
            let control: String
            let amount: String
            let total: String
            let remarks: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            w = openpyxl.load_workbook(sys.argv[1]); s = w.worksheets[0]
            t = s["A2"].value
            emit({"sheets": w.sheetnames, "length": len(t.encode("utf-16-le")) // 2, "tail": t[-1],
                  "control": s["A3"].value, "amount": s["B2"].value, "total": s["B4"].value,
                  "remarks": [r[1] for r in w["Info"].iter_rows(values_only=True)
                              if r[0] == "Remarks"]})
            """, [path])
        #expect(answer.sheets[0] == "A very long name  of a sheet  t")
        #expect(answer.sheets[1] == "A very long name  of a shee (2)")
        #expect(answer.length <= 32_767 && answer.length > 32_760)
        #expect(answer.tail == "…")
        #expect(answer.control == "a\u{FFFD}b\u{FFFD}c\u{FFFD}")
        #expect(answer.amount == "DKK\u{A0}12,345,678,901,234,567.89")
        #expect(answer.total == answer.amount)
        #expect(answer.remarks.count == 4)
        #expect(answer.remarks[0].contains("cut at 32,767 characters"))
    }

    @Test("rows beyond a sheet go to the next one, and the totals span both")
    func nextSheet() throws {
        let scratch = try Scratch()
        let table = Samples.register(rows: 250)
        let document = ReportDocument(
            name: "r", title: "R", provenance: Samples.provenance(), blocks: [.table(table)])
        let path = scratch.file("r.xlsx")
        try XLSXWriter(locale: .english, rowsPerSheet: 102).write(document, toTemporary: path)
        struct Answer: Decodable {
            let sheets: [String]
            let rows: [Int]
            let filters: [String]
            let formula: String
            let sum: String
            let remarks: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import openpyxl
            w = openpyxl.load_workbook(sys.argv[1]); sheets = w.worksheets[:-1]
            rows = [r for s in sheets for r in s.iter_rows(min_row=2, values_only=True)]
            emit({"sheets": w.sheetnames, "rows": [s.max_row for s in sheets],
                  "filters": [s.auto_filter.ref for s in sheets],
                  "formula": sheets[-1].cell(sheets[-1].max_row, 7).value,
                  "sum": str(sum(Decimal(repr(r[6])) for r in rows if r[0] != "Total DKK")),
                  "remarks": [r[1] for r in w["Info"].iter_rows(values_only=True)
                              if r[0] == "Remarks"]})
            """, [path])
        #expect(
            answer.remarks == [
                "Sales register: 250 rows go from sheet “Sales register” to sheet "
                    + "“Sales register (3)”"
            ])
        #expect(
            answer.sheets == ["Sales register", "Sales register (2)", "Sales register (3)", "Info"])
        #expect(answer.rows == [101, 101, 52])
        #expect(answer.filters == ["A1:J101", "A1:J101", "A1:J51"])
        #expect(
            answer.formula == "=SUBTOTAL(109,'Sales register'!G2:G101,"
                + "'Sales register (2)'!G2:G101,'Sales register (3)'!G2:G51)")
        guard case .money(let sum)? = table.totals.first?.cells[6] else { return }
        #expect(ExactDecimal(answer.sum) == sum.amount)
    }

    @Test("1,200,000 rows need two sheets of a real spreadsheet, and none is lost")
    func moreThanASheet() throws {
        let scratch = try Scratch()
        let count = 1_200_000
        let columns = [
            ResultColumn(name: "number", label: "Number", kind: .integer, isTotalled: true)
        ]
        let sum = Int64(count) * Int64(count - 1) / 2
        let table = ResultTable(
            name: "rows", title: "Rows", columns: columns, rowCount: count,
            totals: [ResultTotal(currency: nil, cells: [.integer(sum)])]
        ) { body in
            for start in stride(from: 0, to: count, by: 65_536) {
                let numbers = (start..<min(start + 65_536, count)).map { Int64($0) }
                try body(
                    ResultBatch(count: numbers.count, columns: [.numbers(numbers, .integer)]))
            }
        }
        let document = ReportDocument(
            name: "r", title: "R", provenance: Samples.provenance(), blocks: [.table(table)])
        let path = try write(document, "en", scratch)
        struct Answer: Decodable {
            let rows: [Int]
            let sum: Int64
            let formula: String
            let total: Int64
        }
        // Rows are counted in the bytes, which openpyxl would need minutes for.
        let answer: Answer = try Readers.python(
            """
            import re, zipfile
            rows, values = [], 0
            with zipfile.ZipFile(sys.argv[1]) as z:
                for sheet in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
                    text = z.read(sheet).decode()
                    rows.append(text.count("<row "))
                    plain = re.findall(r'<c r="A\\d+"[^>]*><v>(\\d+)</v></c>', text)
                    values += sum(map(int, plain))
                    last = re.search(r"<f>(.*?)</f><v>(.*?)</v>", text)
            emit({"rows": rows, "sum": values, "formula": last[1], "total": int(float(last[2]))})
            """, [path])
        #expect(answer.rows == [1_048_575, count - 1_048_574 + 2])
        #expect(answer.sum == sum && answer.total == sum)
        #expect(answer.formula == "SUBTOTAL(109,'Rows'!A2:A1048575,'Rows (2)'!A2:A151427)")
    }

    @Test("a table of no rows, a report of no table")
    func empty() throws {
        let scratch = try Scratch()
        for blocks in [[.table(Samples.register(rows: 0))], []] as [[ReportDocument.Block]] {
            let document = ReportDocument(
                name: "e", title: "E", provenance: Samples.provenance(), blocks: blocks)
            let path = try write(document, "nl", scratch)
            let rows: Int = try Readers.python(
                """
                import openpyxl
                emit(openpyxl.load_workbook(sys.argv[1]).worksheets[0].max_row)
                """, [path])
            #expect(rows >= 1)
        }
    }
}
