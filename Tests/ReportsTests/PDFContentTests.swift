import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import Reports

/// Groups, long cells, covers and brands, as other programs read them.
@Suite("PDF contents") struct PDFContentTests {
    private func write(
        _ document: ReportDocument, _ scratch: Scratch, _ tag: String = "en"
    ) throws -> String {
        let path = scratch.file("report.pdf")
        try ReportOutput(.pdf, locale: ReportLocale(tag)).write(document, to: path)
        return path
    }

    private func lines(_ path: String) throws -> [[String]] {
        try Readers.text("pdftotext", ["-layout", path, "-"]).split(separator: "\u{C}").map {
            $0.split(separator: "\n").map {
                $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
    }

    @Test("each group has its heading and a subtotal per currency, over as many pages as it needs")
    func groups() throws {
        let scratch = try Scratch()
        let document = PaperSamples.statement(rows: 300)
        let table = try #require(document.tables.first)
        let pages = try lines(try write(document, scratch))
        let all = pages.joined()
        for customer in PaperSamples.customers {
            let rows = try table.rows().filter { $0[0] == .text(customer) }
            #expect(all.contains(customer), "no heading of \(customer)")
            var footing = ResultFooting(columns: table.columns)
            for row in rows { footing.add(row) }
            for total in footing.totals {
                let cells = total.cells.suffix(3).map {
                    ReportLocale.english.format($0, kind: .money, zone: .utc)
                        .replacing("\u{A0}", with: " ")
                }
                let line = "Subtotal \(total.currency?.code ?? "") " + cells.joined(separator: " ")
                #expect(all.contains(line), "no ‘\(line)’ of \(customer)")
            }
        }
        // What is carried at the foot of a page is brought to the head of the next.
        var divided = 0
        for (page, next) in zip(pages, pages.dropFirst()) {
            let carried = page.filter { $0.hasPrefix("Carried forward") }
            let brought = next.filter { $0.hasPrefix("Brought forward") }
            #expect(!carried.isEmpty)
            #expect(
                Set(carried.map { $0.dropFirst(15) }) == Set(brought.map { $0.dropFirst(15) }))
            if let heading = next.first(where: { $0.hasSuffix("(continued)") }) {
                divided += 1
                let name = heading.dropLast(" (continued)".count)
                #expect(carried.contains { $0.contains(", \(name) ") })
            }
        }
        #expect(divided > 0)
    }

    @Test("the rows of a group follow each other, or there is no file")
    func unordered() throws {
        let scratch = try Scratch()
        var document = PaperSamples.vat()
        let columns = [
            PaperSamples.column("name", "Name", .text),
            PaperSamples.column("net", "Net", .money, total: true),
        ]
        let rows = ["a", "b", "a"].map { [Value.text($0), Samples.money("1.00")] }
        document.blocks = [.table(PaperSamples.table("T", columns, rows, group: "name"))]
        let error = #expect(throws: Advice.self) { try write(document, scratch) }
        #expect(error?.kind == .damaged)
        #expect(error?.happened.contains("not ordered by ‘Name’") == true)
        #expect(scratch.names.isEmpty)
    }

    @Test("long texts are broken; longer ones are cut, and the reader is told")
    func longCells() throws {
        let scratch = try Scratch()
        let path = try write(PaperSamples.oddCells(), scratch)
        let text = try Readers.text("pdftotext", ["-raw", path, "-"])
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            text.contains(
                "A name that goes on and on, far beyond what any column of a printed page can hold, "
                    + "because somebody pasted a whole sentence into the field"))
        #expect(text.contains("4 cell(s) have more text than fits here and end in …"))
        #expect(text.contains("=HYPERLINK(\"http://example.org\";\"click\")"))
        for word in ["ŵ Ŵ ŋ ŷ Łódź", "family, "] { #expect(text.contains(word)) }
        #expect(try Readers.text("pdftotext", [path, "-"]).contains("שלום עולם"))
        let fonts = try Readers.text("pdffonts", [path]).split(separator: "\n").dropFirst(2)
        #expect(fonts.allSatisfy { $0.contains("LiberationSans") || $0.contains("DejaVuSans") })
    }

    @Test("dates are whole in a crowded table, also where the first rows have none")
    func datesAreWhole() throws {
        let scratch = try Scratch()
        let columns =
            [
                PaperSamples.column("paid", "P", .day), PaperSamples.column("seen", "S", .instant),
            ] + (1...6).map { PaperSamples.column("t\($0)", "Text \($0)", .text) }
        let words = [Value](
            repeating: .text("words that would like to have more room than they get"), count: 6)
        let day = try #require(LocalDay("2026-09-28"))
        let moment = try #require(Instant("2026-09-28T21:58:00Z"))
        var document = PaperSamples.vat()
        document.blocks = [
            .table(
                PaperSamples.table(
                    "T", columns,
                    [[.missing, .missing] + words, [.day(day), .instant(moment)] + words]))
        ]
        let text = try Readers.text("pdftotext", ["-raw", try write(document, scratch), "-"])
        #expect(text.contains("28 Sep 2026"))
        #expect(text.contains("28 Sep 2026 23:58"))
    }

    @Test("a cover lists the parts, with links that lead to their pages")
    func cover() throws {
        let scratch = try Scratch()
        let path = try write(PaperSamples.executive(), scratch, "da")
        struct Answer: Decodable {
            let links: [Int]
            let outline: [Int]
            let first: String
        }
        let answer: Answer = try Readers.python(
            """
            import pypdf
            r = pypdf.PdfReader(sys.argv[1], strict=True)
            number = {page.indirect_reference.idnum: n for n, page in enumerate(r.pages)}
            links = []
            for note in r.pages[0].get("/Annots", []):
                note = note.get_object()
                target = note.get("/Dest") or note["/A"]["/D"]
                links.append(number[target[0].idnum])
            emit({"links": links, "first": r.pages[0].extract_text(),
                  "outline": [r.get_destination_page_number(o) for o in r.outline]})
            """, [path])
        #expect(answer.links == [1, 1, 2, 2, 2])
        #expect(answer.outline == answer.links)
        for word in ["Executive report", "Indhold", "Top services", "Tekup ApS", "juni 2026"] {
            #expect(answer.first.contains(word), "\(word)")
        }
        let info = try Readers.text("pdfinfo", [path])
        #expect(info.contains("Producer:        reportd\n"))
        try Readers.run("qpdf", ["--check", path])
    }

    @Test("a logo in PNG is a picture, one in SVG lines; a damaged one makes no file")
    func logos() throws {
        let scratch = try Scratch()
        var document = PaperSamples.executive()
        let drawn = try write(document, scratch)
        #expect(try Readers.text("pdfimages", ["-list", drawn]).split(separator: "\n").count == 2)
        // The accent is in the file as cairo writes colours.
        let plain = scratch.file("plain.pdf")
        try Readers.run("qpdf", ["--stream-data=uncompress", drawn, plain])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: plain))
        #expect(bytes.range(of: Data("0.478431 0.121569 0.294118 rg".utf8)) != nil)
        let png = try ChartLayout(width: 300, locale: .english).scene(of: Samples.line).png()
        document.brand = CompanyBrand(logo: .init(format: .png, bytes: png), accent: nil)
        let pixels = try write(document, scratch)
        #expect(try Readers.text("pdfimages", ["-list", pixels]).split(separator: "\n").count > 2)
        for logo in [
            CompanyBrand.Logo(format: .png, bytes: Array(png.prefix(200))),
            CompanyBrand.Logo(format: .svg, bytes: Array("<svg><g".utf8)),
        ] {
            document.brand = CompanyBrand(logo: logo, accent: nil)
            let error = #expect(throws: Advice.self) { try write(document, scratch) }
            #expect(error?.happened.contains("the logo cannot be drawn") == true)
        }
    }

    @Test("companies, notes and remarks stand in full, however many they are")
    func wholeHead() throws {
        let scratch = try Scratch()
        let document = PaperSamples.manyCompanies()
        let text = try lines(try write(document, scratch)).joined().joined(separator: " ")
        for company in document.provenance.companies { #expect(text.contains(company)) }
        for remark in document.provenance.remarks { #expect(text.contains(remark)) }
        #expect(text.contains("44 companies · June 2026"))
        #expect(text.contains("2026-06-40 EUR 7.46"))
    }

    @Test("all figures are of one width, also next to each other")
    func figures() throws {
        let typesetter = try Typesetter()
        for style in [TextStyle(8.5), TextStyle(8.5, bold: true)] {
            let widths = (0...9).map {
                typesetter.width(String(repeating: "\($0)", count: 6), style)
            }
            #expect((widths.max() ?? 0) - (widths.min() ?? 0) < 0.0001)
        }
        // Letters are moved together, as everywhere else.
        let (pair, alone) = (
            typesetter.width("AV", TextStyle(100)),
            typesetter.width("A", TextStyle(100)) + typesetter.width("V", TextStyle(100))
        )
        #expect(pair < alone - 3)
    }
}
