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

/// A row of headline figures, each on a panel with what it is compared with.
struct PDFFigureRow {
    let figures: [Figure]
    let locale: ReportLocale
    let zone: Zone

    static func height(_ figures: [Figure]) -> Double {
        28 + Double(figures.map(\.values.count).max() ?? 1) * 33
    }

    func draw(on canvas: Canvas, x left: Double, y: Double, width: Double, perRow: Int) {
        let gap = 10.0
        let panel = (width - gap * Double(perRow - 1)) / Double(perRow)
        let height = Self.height(figures)
        for (index, figure) in figures.enumerated() {
            let x = left + Double(index) * (panel + gap)
            canvas.fill(x: x, y: y, width: panel, height: height, .panel, radius: 4)
            canvas.text(
                figure.label, x: x + 10, y: y + 16, TextStyle(8.5), .muted, limit: panel - 20)
            var line = y + 36
            for number in figure.values.indices {
                draw(figure, number, on: canvas, x: x + 10, y: line, width: panel - 20)
                line += 33
            }
        }
    }

    private func draw(
        _ figure: Figure, _ index: Int, on canvas: Canvas, x: Double, y: Double, width: Double
    ) {
        let value = FootingCheck.printed(figure.values[index], kind: figure.kind)
        let text = locale.format(value, kind: figure.kind, zone: zone)
        let style = canvas.largest(text, bold: true, from: 16, to: 7, width: width)
        canvas.text(text, x: x, y: y, style, .text)
        guard let previous = figure.knownPrevious(at: index) else { return }
        let change = locale.change(figure.change.element(at: index) ?? .missing)
        let before = locale.format(
            FootingCheck.printed(previous, kind: figure.kind), kind: figure.kind, zone: zone)
        let small = TextStyle(7.5)
        let strong = TextStyle(7.5, bold: true)
        let ink = figure.ink(at: index)
        canvas.text(change, x: x, y: y + 13, strong, ink)
        let offset = canvas.width(change, strong) + 5
        canvas.text(
            "\(locale.word(.previous)) \(before)", x: x + offset, y: y + 13, small, .muted,
            limit: width - offset)
    }
}

extension Figure {
    /// The value that one is compared with, unless nothing is known of it.
    func knownPrevious(at index: Int) -> Value? {
        let value = previous.element(at: index)
        return value == .missing ? nil : value
    }

    /// Green for good news, red for bad news, grey for neither.
    func ink(at index: Int) -> Ink {
        guard let riseIsGood, case .decimal(let change)? = self.change.element(at: index),
            change != .zero
        else { return .muted }
        return (change > .zero) == riseIsGood ? .good : .bad
    }
}
