import Vocabulary

/// The first page of a report of several parts: logo, title, companies and period, and the parts
/// with their pages, to which it links.
struct PDFCover {
    let document: ReportDocument
    let look: PDFLook
    let locale: ReportLocale
    let geometry: PDFGeometry
    let parts: [PDFLayout.Part]

    private static let titleStyle = TextStyle(30, bold: true)
    private static let subjectStyle = TextStyle(14)
    private static let partStyle = TextStyle(10)
    private static let partLine = 19.0
    private static let logoHeight = 72.0
    private static let logoWidth = 220.0

    /// Draws the page.
    ///
    /// - Returns: The places on it that lead to parts.
    func draw(on canvas: Canvas) -> [PDFCompletion.Link] {
        let left = geometry.margin + 10
        let width = geometry.contentWidth - 20
        canvas.fill(x: 0, y: 0, width: geometry.width, height: 12, look.accent)
        if let logo = look.logo {
            let wide = min(Self.logoWidth, Self.logoHeight * logo.aspect)
            canvas.picture(logo, x: left, y: 44, width: wide)
        }
        var y = geometry.height > geometry.width ? 250.0 : 150.0
        for line in canvas.broken(document.title, Self.titleStyle, to: width, lines: 3).lines {
            canvas.text(line, x: left, y: y, Self.titleStyle, .text)
            y += 36
        }
        canvas.fill(x: left, y: y - 18, width: 64, height: 3, look.accent)
        y += 12
        let provenance = document.provenance
        var names = provenance.companies.joined(separator: ", ")
        // Very many names would push the parts off the page; the next page lists them all.
        if canvas.broken(names, Self.subjectStyle, to: width, lines: 4).isCut {
            names = locale.companies(provenance.companies.count)
        }
        let said = [names, provenance.period.map(locale.period) ?? ""].filter { !$0.isEmpty }
        for text in said {
            for line in canvas.broken(text, Self.subjectStyle, to: width, lines: 4).lines {
                canvas.text(line, x: left, y: y, Self.subjectStyle, .muted)
                y += 20
            }
        }
        return drawParts(on: canvas, x: left, y: y + 30, width: width)
    }

    private func drawParts(
        on canvas: Canvas, x: Double, y top: Double, width: Double
    ) -> [PDFCompletion.Link] {
        guard !parts.isEmpty else { return [] }
        canvas.text(
            locale.word(.contents), x: x, y: top, TextStyle(10, bold: true), look.accent)
        var y = top + 8
        let room = Int((geometry.bottom - 16 - y) / Self.partLine)
        let shown = parts.count <= room ? parts.count : max(0, room - 1)
        var rules: [Double] = []
        var links: [PDFCompletion.Link] = []
        for part in parts.prefix(shown) {
            let baseline = y + 13
            canvas.text(part.title, x: x, y: baseline, Self.partStyle, .text, limit: width - 50)
            canvas.text(
                String(part.page), x: x + width, y: baseline, Self.partStyle, .text, anchor: .end)
            links.append(
                PDFCompletion.Link(
                    left: x, top: y, right: x + width, bottom: y + Self.partLine, page: part.page,
                    y: part.y))
            y += Self.partLine
            rules.append(y)
        }
        if shown < parts.count {
            let more = locale.moreParts(parts.count - shown)
            canvas.text(more, x: x, y: y + 13, Self.partStyle, .muted)
        }
        canvas.rules(at: rules, x: x, width: width, thickness: 0.4, .hairline)
        return links
    }
}
