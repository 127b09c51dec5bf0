import Vocabulary

/// The head of a report's first page: title, company and period, and where the figures come from.
struct PDFTitle {
    private struct Entry {
        let heading: String
        let lines: [String]
    }

    private let title: String
    private let subject: String
    private let entries: [Entry]
    private let remarks: [[String]]
    private let geometry: PDFGeometry
    private let perRow: Int

    private static let titleStyle = TextStyle(21, bold: true)
    private static let subjectStyle = TextStyle(11)
    private static let headingStyle = TextStyle(7)
    private static let entryStyle = TextStyle(8.5)

    init(
        _ document: ReportDocument, locale: ReportLocale, geometry: PDFGeometry,
        typesetter: Typesetter
    ) {
        self.geometry = geometry
        title = typesetter.shortened(
            document.title, Self.titleStyle, to: geometry.contentWidth)
        subject = typesetter.shortened(
            locale.subject(of: document.provenance), Self.subjectStyle, to: geometry.contentWidth)
        perRow = geometry.contentWidth > 700 ? 5 : 4
        let width = geometry.contentWidth / Double(perRow) - 12
        // Company and period already stand below the title.
        let repeated = [ReportWord.company, .companies, .period].map(locale.word)
        entries = locale.lines(of: document.provenance)
            .filter { !repeated.contains($0.heading) }
            .map { line in
                Entry(
                    heading: line.heading,
                    lines: typesetter.wrapped(line.text, Self.entryStyle, to: width, lines: 3))
            }
        remarks = document.provenance.remarks.map {
            typesetter.wrapped($0, Self.entryStyle, to: geometry.contentWidth - 24, lines: 4)
        }
    }

    private var rows: [[Entry]] {
        stride(from: 0, to: entries.count, by: perRow).map {
            Array(entries[$0..<min($0 + perRow, entries.count)])
        }
    }

    private func height(_ row: [Entry]) -> Double {
        13 + Double(row.map(\.lines.count).max() ?? 1) * 11 + 6
    }

    private var remarksHeight: Double {
        remarks.isEmpty ? 0 : Double(remarks.map(\.count).reduce(0, +)) * 12 + 14
    }

    var height: Double {
        let block = 54 + rows.map(height).reduce(0, +) + 4
        return block + (remarks.isEmpty ? 0 : remarksHeight + 8)
    }

    func draw(on canvas: Canvas, y top: Double) {
        let left = geometry.margin
        canvas.text(title, x: left, y: top + 19, Self.titleStyle, .text)
        canvas.text(subject, x: left, y: top + 36, Self.subjectStyle, .muted)
        canvas.fill(x: left, y: top + 46, width: geometry.contentWidth, height: 0.6, .rule)
        var y = top + 54
        for row in rows {
            for (index, entry) in row.enumerated() {
                let x = left + Double(index) * geometry.contentWidth / Double(perRow)
                canvas.text(entry.heading, x: x, y: y + 7, Self.headingStyle, .muted)
                for (line, text) in entry.lines.enumerated() {
                    canvas.text(
                        text, x: x, y: y + 18 + Double(line) * 11, Self.entryStyle, .text)
                }
            }
            y += height(row)
        }
        guard !remarks.isEmpty else { return }
        canvas.fill(
            x: left, y: y, width: geometry.contentWidth, height: remarksHeight, Ink(0xfdf3e1),
            radius: 3)
        canvas.fill(x: left, y: y, width: 3, height: remarksHeight, Ink(0xe59a1a))
        y += 7
        for line in remarks.joined() {
            canvas.text(line, x: left + 14, y: y + 9, Self.entryStyle, .text)
            y += 12
        }
    }
}
