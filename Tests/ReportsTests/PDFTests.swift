import Foundation
import Reports
import Testing
import Vocabulary

@Suite("PDF") struct PDFTests {
    private func write(_ document: ReportDocument, _ tag: String, _ scratch: Scratch) throws
        -> String
    {
        let path = scratch.file("report.pdf")
        try ReportOutput(.pdf, locale: ReportLocale(tag)).write(document, to: path)
        return path
    }

    /// Whether a line of a page shows a row of the register: it begins with an invoice number.
    private static func isRow(_ line: String) -> Bool {
        let first = line.split(separator: " ").first.flatMap { Int($0) }
        return first.map { (100_000..<200_000).contains($0) } ?? false
    }

    @Test("poppler finds the totals, sums carried forward, page numbers and every script")
    func text() throws {
        let scratch = try Scratch()
        let document = Samples.document(rows: 120, remarks: ["incomplete: no rate for KES"])
        let path = try write(document, "da", scratch)
        let pages = try Readers.text("pdftotext", ["-layout", path, "-"])
            .replacing("\u{A0}", with: " ").split(separator: "\u{C}").map(String.init)
        #expect(pages.count > 3)
        for (index, page) in pages.enumerated() {
            #expect(page.contains("Side \(index + 1) af \(pages.count)"))
        }
        let all = pages.joined()
        let table = try #require(document.tables.first)
        let total = try #require(table.totals.first)
        let sum = ReportLocale("da").format(total.cells[6], kind: .money, zone: .utc)
            .replacing("\u{A0}", with: " ")
        let line = try #require(
            pages.last?.split(separator: "\n").first { $0.contains("I alt DKK") })
        #expect(line.contains(sum))
        #expect(all.contains("Sørensen & Søn, “Æbleskiver”"))
        #expect(all.contains("incomplete: no rate for KES"))
        #expect(all.contains("1.187.430,00 kr."))
        #expect(all.contains("…"))  // a long name is cut
        #expect(try Readers.text("pdftotext", [path, "-"]).contains("שלום עולם"))
        // What one page carries forward is what the next brings forward: the sum so far.
        var running = ExactDecimal.zero
        var printed = 0
        let rows = try table.rows()
        for (page, next) in zip(pages, pages.dropFirst()) {
            let lines = page.split(separator: "\n").map(String.init)
            printed += lines.filter(Self.isRow).count
            guard let carried = lines.first(where: { $0.contains("Overføres DKK") }) else {
                continue
            }
            running = rows.prefix(printed).reduce(.zero) { sum, row in
                if case .money(let money) = row[6] { sum + money.amount } else { sum }
            }
            let expected = ReportLocale("da").money(Money(running, Samples.dkk))
                .replacing("\u{A0}", with: " ")
            #expect(carried.contains(expected))
            let brought = next.split(separator: "\n").first { $0.contains("Overført DKK") }
            #expect(brought?.contains(expected) == true)
        }
        #expect(printed > 0)
    }

    @Test("fonts are embedded; title, author, date, language and outline are set")
    func metadata() throws {
        let scratch = try Scratch()
        let path = try write(Samples.document(rows: 60), "nl", scratch)
        let fonts = try Readers.text("pdffonts", [path]).split(separator: "\n").dropFirst(2)
        #expect(fonts.count >= 2)
        for font in fonts {
            // The columns “emb sub uni” stand before the two numbers of the object.
            let words = font.split(separator: " ")
            #expect(words.suffix(5).prefix(3) == ["yes", "yes", "yes"])
            #expect(font.contains("LiberationSans") || font.contains("DejaVuSans"))
        }
        let info = try Readers.text("pdfinfo", ["-isodates", path])
        #expect(info.contains("Title:           Sales register"))
        #expect(info.contains("Author:          Rendetalje ApS"))
        #expect(info.contains("CreationDate:    2026-07-01T07:00:00Z"))
        #expect(info.contains("(A4)"))
        struct Answer: Decodable {
            let language: String
            let showsTitle: Bool
            let outline: [String]
            let pages: Int
        }
        let answer: Answer = try Readers.python(
            """
            import pypdf
            r = pypdf.PdfReader(sys.argv[1], strict=True)
            root = r.trailer["/Root"]
            emit({"language": root["/Lang"], "outline": [o.title for o in r.outline],
                  "showsTitle": bool(root["/ViewerPreferences"]["/DisplayDocTitle"]),
                  "pages": len(r.pages)})
            """, [path])
        #expect(answer.language == "nl")
        #expect(answer.showsTitle)
        #expect(answer.outline == ["Revenue per month", "Top services", "Sales register"])
        #expect(info.contains("Pages:           \(answer.pages)"))
    }

    @Test("the same report makes the same bytes")
    func sameBytes() throws {
        let output = ReportOutput(.pdf, locale: ReportLocale("en-KE"))
        let document = Samples.document(rows: 40, currencies: [Samples.kes, Samples.kwd])
        let first = try output.bytes(document)
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try output.bytes(document) == first)
    }

    @Test("narrow tables stand upright; wide ones lie; too wide and too long ones are refused")
    func formats() throws {
        let scratch = try Scratch()
        func document(columns count: Int, rows: Int = 2) -> ReportDocument {
            let columns = (0..<count).map {
                ResultColumn(name: "c\($0)", label: "Column \($0)", kind: .money)
            }
            let row = columns.map { _ in Samples.money("1234567.89") }
            let table = ResultTable(
                name: "t", title: "T", columns: columns, rowCount: rows, totals: []
            ) { body in
                for _ in 0..<rows { try body([row]) }
            }
            return ReportDocument(
                name: "t", title: "T", provenance: Samples.provenance(), blocks: [.table(table)])
        }
        let upright = try Readers.text("pdfinfo", [try write(document(columns: 4), "en", scratch)])
        #expect(upright.contains("595.276 x 841.89 pts"))
        let wide = try Readers.text("pdfinfo", [try write(document(columns: 9), "en", scratch)])
        #expect(wide.contains("841.89 x 595.276 pts"))
        let tooWide = #expect(throws: Advice.self) {
            try write(document(columns: 60), "en", scratch)
        }
        #expect(tooWide?.kind == .request)
        let tooLong = #expect(throws: Advice.self) {
            try write(document(columns: 1, rows: 100_001), "en", scratch)
        }
        #expect(tooLong?.happened.contains("100001") == true)
    }

    @Test("totals never stand alone, whatever the number of rows")
    func pageBreaks() throws {
        let scratch = try Scratch()
        for rows in [0, 1, 17, 18, 19, 20, 21, 22, 23, 46, 47, 48, 49, 50, 51, 52] {
            let document = ReportDocument(
                name: "t", title: "T", provenance: Samples.provenance(),
                blocks: [.table(Samples.register(rows: rows))])
            let path = try write(document, "en", scratch)
            let pages = try Readers.text("pdftotext", ["-layout", path, "-"])
                .split(separator: "\u{C}").map(String.init)
            let printed = pages.map { page in
                page.split(separator: "\n").map(String.init).filter(Self.isRow).count
            }
            #expect(printed.reduce(0, +) == rows)
            if rows == 0 {
                #expect(pages[0].contains("No rows"))
            } else {
                #expect(printed.last.map { $0 > 0 } == true)
                #expect(pages.last?.contains("Total DKK") == true)
            }
        }
    }

    @Test("three thousand rows")
    func long() throws {
        let scratch = try Scratch()
        let document = ReportDocument(
            name: "t", title: "T", provenance: Samples.provenance(),
            blocks: [.table(Samples.register(rows: 3000))])
        let info = try Readers.text("pdfinfo", [try write(document, "en", scratch)])
        let pages = info.split(separator: "\n").first { $0.hasPrefix("Pages:") }
        #expect(pages.flatMap { Int($0.split(separator: " ").last ?? "") }.map { $0 > 90 } == true)
    }
}
