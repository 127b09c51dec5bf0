import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

/// Every kind of page, in every language: what stands where on it.
@Suite("PDF pages") struct PDFPageTests {
    static let kinds = PaperSamples.kinds.map(\.name)
    private static let margin = 40.0

    private func write(
        _ kind: String, _ tag: String, _ scratch: Scratch
    ) throws -> (path: String, document: ReportDocument) {
        let make = try #require(PaperSamples.kinds.first { $0.name == kind })
        let document = make.document()
        let path = scratch.file("\(kind)-\(tag).pdf")
        try ReportOutput(.pdf, locale: ReportLocale(tag)).write(document, to: path)
        return (path, document)
    }

    @Test(
        "nothing leaves the margins and no two words stand on each other",
        arguments: kinds, ["da", "nl", "en", "sw"])
    func places(kind: String, tag: String) throws {
        let scratch = try Scratch()
        let pages = try PaperPage.read(try write(kind, tag, scratch).path)
        #expect(!pages.isEmpty)
        for (number, page) in pages.enumerated() {
            #expect(!page.words.isEmpty, "page \(number + 1) is empty")
            for word in page.words {
                #expect(
                    word.left > Self.margin - 1 && word.right < page.width - Self.margin + 1
                        && word.top > 20 && word.bottom < page.height - 15,
                    "‘\(word.text)’ leaves the margins of page \(number + 1)")
            }
            #expect(page.collisions == [], "page \(number + 1)")
        }
    }

    @Test("the figures of a column share their right edge", arguments: ["statement", "vat"])
    func edges(kind: String) throws {
        let scratch = try Scratch()
        for page in try PaperPage.read(try write(kind, "en", scratch).path) {
            // Amounts in the size of tables, not those at the head of the report.
            let amounts = page.words.filter {
                $0.text.contains(/^€?[0-9,]+\.[0-9]{2}$/) && (8...11).contains($0.bottom - $0.top)
            }.sorted { $0.right < $1.right }
            var columns: [[PaperPage.Word]] = []
            for word in amounts {
                if let last = columns.last?.last, word.right - last.right < 3 {
                    columns[columns.count - 1].append(word)
                } else {
                    columns.append([word])
                }
            }
            #expect(columns.contains { $0.count > 10 })
            for column in columns where column.count > 1 {
                let rights = column.map(\.right)
                // A PDF has widths in thousandths of the letter size; a row's add up.
                #expect((rights.max() ?? 0) - (rights.min() ?? 0) < 0.3)
            }
        }
    }

    @Test("pages look as they were seen and approved", arguments: kinds)
    func looks(kind: String) throws {
        let scratch = try Scratch()
        let path = try write(kind, "en", scratch).path
        let count = try PaperPage.read(path).count
        let approved = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Pictures/\(kind).txt")
        let found = try [1, 2, count].filter { $0 <= count }.map {
            try PaperPage.fingerprint(path, page: $0, scratch: scratch)
        }
        guard let text = try? String(contentsOf: approved, encoding: .utf8) else {
            let grid = found.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
            try FileManager.default.createDirectory(
                at: approved.deletingLastPathComponent(), withIntermediateDirectories: true)
            try grid.write(to: approved, atomically: true, encoding: .utf8)
            Issue.record(
                "no picture of ‘\(kind)’ was approved: look at the pages, then keep \(approved.path)"
            )
            return
        }
        let pictures = text.components(separatedBy: "\n\n").map {
            $0.split(separator: "\n").map(String.init)
        }
        try #require(pictures.count == found.count)
        for (seen, approved) in zip(found, pictures) {
            try #require(seen.map(\.count) == approved.map(\.count))
            let pairs = zip(seen.joined(), approved.joined()).map { one, other in
                abs((one.hexDigitValue ?? 99) - (other.hexDigitValue ?? 0))
            }
            // Another version of poppler draws letters a little differently.
            let mean = Double(pairs.reduce(0, +)) / Double(pairs.count)
            #expect(mean < 0.35, "\(kind): \(mean)")
            #expect((pairs.max() ?? 0) <= 4, "\(kind)")
        }
    }
}
