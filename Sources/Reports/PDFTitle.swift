import Vocabulary

/// The head of a report: title, company and period, logo, and where the figures come from.
///
/// Facts of a few words stand side by side; longer ones, and remarks, become notes below them,
/// which are never cut and may go on to the next page.
struct PDFTitle {
    /// A fact of several lines, or a remark that its reader must see.
    struct Note {
        /// What it is; empty for a remark.
        let heading: String
        let lines: [String]

        var isRemark: Bool { heading.isEmpty }
    }

    private struct Entry {
        let heading: String
        let lines: [String]
    }

    let notes: [Note]
    /// Title, companies and period on one line, above further pages.
    let running: String
    private let title: [String]
    private let subject: [String]
    private let entries: [Entry]
    private let geometry: PDFGeometry
    private let perRow: Int
    private let look: PDFLook

    private static let titleStyle = TextStyle(21, bold: true)
    private static let subjectStyle = TextStyle(11)
    private static let headingStyle = TextStyle(7)
    private static let entryStyle = TextStyle(8.5)
    /// Lines of companies that stand below a title; longer lists become a note.
    private static let subjectLines = 2
    /// Lines of a fact that stands beside others.
    private static let entryLines = 3
    private static let titleLine = 25.0
    private static let subjectLine = 14.0
    private static let noteLine = 11.5
    private static let notePadding = 7.0
    private static let logoHeight = 44.0
    private static let logoWidth = 150.0

    init(
        _ document: ReportDocument, look: PDFLook, locale: ReportLocale, geometry: PDFGeometry,
        typesetter: Typesetter
    ) {
        self.geometry = geometry
        self.look = look
        let provenance = document.provenance
        let room = geometry.contentWidth - (look.logo == nil ? 0 : Self.logoWidth + 20)
        title = typesetter.wrapped(document.title, Self.titleStyle, to: room, lines: 3)
        let whole = locale.subject(of: provenance)
        let broken = typesetter.broken(
            whole, Self.subjectStyle, to: room, lines: Self.subjectLines)
        // Company and period need not be said again, unless they are too many for the title.
        var repeated = [ReportWord.company, .companies, .period].map(locale.word)
        var shortest = whole
        if broken.isCut {
            shortest =
                ([locale.companies(provenance.companies.count)]
                + (provenance.period.map { [locale.period($0)] } ?? [])).joined(separator: " · ")
            repeated.removeAll { $0 == locale.word(.companies) }
        }
        subject = broken.isCut ? [shortest] : broken.lines
        running = ([document.title, shortest].filter { !$0.isEmpty }).joined(separator: " · ")
        let perRow = geometry.contentWidth > 700 ? 5 : 4
        self.perRow = perRow
        let width = geometry.contentWidth / Double(perRow) - 12
        var entries: [Entry] = []
        var notes: [Note] = []
        for line in locale.lines(of: provenance) where !repeated.contains(line.heading) {
            let lines = typesetter.broken(
                line.text, Self.entryStyle, to: width, lines: Self.entryLines)
            if lines.isCut {
                notes.append(
                    Note(heading: line.heading, lines: Self.whole(line.text, geometry, typesetter)))
            } else {
                entries.append(Entry(heading: line.heading, lines: lines.lines))
            }
        }
        self.entries = entries
        self.notes =
            notes
            + provenance.remarks.map {
                Note(heading: "", lines: Self.whole($0, geometry, typesetter))
            }
    }

    private static func whole(
        _ text: String, _ geometry: PDFGeometry, _ typesetter: Typesetter
    ) -> [String] {
        typesetter.wrapped(text, entryStyle, to: geometry.contentWidth - 24, lines: 400)
    }

    private var rows: [[Entry]] {
        stride(from: 0, to: entries.count, by: perRow).map {
            Array(entries[$0..<min($0 + perRow, entries.count)])
        }
    }

    private func height(_ row: [Entry]) -> Double {
        13 + Double(row.map(\.lines.count).max() ?? 1) * 11 + 6
    }

    private var headHeight: Double {
        max(
            Double(title.count) * Self.titleLine + Double(subject.count) * Self.subjectLine,
            look.logo == nil ? 0 : Self.logoHeight)
    }

    var height: Double { headHeight + 16 + rows.map(height).reduce(0, +) }

    /// How high so many lines of a note are.
    static func height(lines: Int, withHeading: Bool) -> Double {
        Double(lines) * noteLine + notePadding + (withHeading ? 11 : 0)
    }

    /// How many lines of a note fit into a height.
    static func lines(in height: Double, withHeading: Bool) -> Int {
        max(0, Int((height - self.height(lines: 0, withHeading: withHeading)) / noteLine))
    }

    func draw(on canvas: Canvas, y top: Double) {
        let left = geometry.margin
        if let logo = look.logo {
            let width = min(Self.logoWidth, Self.logoHeight * logo.aspect)
            canvas.picture(logo, x: left + geometry.contentWidth - width, y: top, width: width)
        }
        var y = top
        for line in title {
            canvas.text(line, x: left, y: y + 19, Self.titleStyle, .text)
            y += Self.titleLine
        }
        for line in subject {
            canvas.text(line, x: left, y: y + 11, Self.subjectStyle, .muted)
            y += Self.subjectLine
        }
        y = top + headHeight + 6
        canvas.fill(x: left, y: y, width: geometry.contentWidth, height: 1.2, look.accent)
        y += 10
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
    }

    /// Draws some lines of a note; a remark stands on a panel that is not overlooked.
    func draw(_ note: Note, lines: Range<Int>, on canvas: Canvas, y top: Double) {
        let left = geometry.margin
        let isFirst = lines.lowerBound == 0
        var y = top
        if note.isRemark {
            let height = Self.height(lines: lines.count, withHeading: false)
            canvas.fill(
                x: left, y: y, width: geometry.contentWidth, height: height, Ink(0xfdf3e1))
            canvas.fill(x: left, y: y, width: 3, height: height, Ink(0xe59a1a))
            y += Self.notePadding / 2
        } else if isFirst {
            canvas.text(note.heading, x: left, y: y + 7, Self.headingStyle, .muted)
            y += 11
        }
        let x = note.isRemark ? left + 14 : left
        for line in note.lines[lines] {
            canvas.text(line, x: x, y: y + 8.5, Self.entryStyle, .text)
            y += Self.noteLine
        }
    }
}
