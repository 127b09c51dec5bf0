import Vocabulary

/// Writes a report as a PDF: A4, wide when its columns need it, with repeated table headers, sums
/// carried forward, “page x of y”, an outline, and embedded fonts.
///
/// Two passes: the report is first laid out in full, then drawn, its tables row by row. The time in
/// the file's metadata is the report's own, so the same input makes the same bytes.
struct PDFWriter {
    let locale: ReportLocale

    /// Writes the file to a path at which nothing is yet expected.
    ///
    /// - Throws: `Advice` when rows and declared totals disagree, when a table is too long or too
    ///   wide for paper, or when the file cannot be written.
    func write(_ document: ReportDocument, toTemporary path: String) throws {
        try Typesetter.lending { typesetter in
            let completion = try draw(document, typesetter) { width, height in
                Canvas(pdfAt: path, width: width, height: height, typesetter: typesetter)
            }.completion
            try completion.append(toFileAt: path)
        }
    }

    /// The file's bytes.
    ///
    /// - Throws: As `write(_:toTemporary:)`.
    func bytes(of document: ReportDocument) throws -> [UInt8] {
        try Typesetter.lending { typesetter in
            let drawn = try draw(document, typesetter) { width, height in
                Canvas(pdfOf: width, height, typesetter: typesetter)
            }
            return try drawn.completion.completed(drawn.canvas.file)
        }
    }

    private func draw(
        _ document: ReportDocument, _ typesetter: Typesetter,
        on make: (_ width: Double, _ height: Double) -> Canvas
    ) throws -> (canvas: Canvas, completion: PDFCompletion) {
        let look = try PDFLook(document.brand)
        let layout = try PDFLayout(
            document, look: look, locale: locale, typesetter: typesetter)
        let provenance = document.provenance
        let canvas = make(layout.geometry.width, layout.geometry.height)
        canvas.describe(
            title: document.title, author: provenance.companies.joined(separator: ", "),
            subject: locale.subject(of: provenance), createdAt: provenance.generatedAt)
        var painter = PDFPainter(
            document: document, look: look, locale: locale, layout: layout,
            typesetter: typesetter, canvas: canvas)
        try painter.draw()
        try canvas.finish()
        let completion = PDFCompletion(
            language: locale.languageTag, links: painter.links, height: layout.geometry.height)
        return (canvas, completion)
    }
}

/// Draws a laid-out report step by step.
private struct PDFPainter {
    let document: ReportDocument
    let look: PDFLook
    let locale: ReportLocale
    let layout: PDFLayout
    let typesetter: Typesetter
    let canvas: Canvas
    private var next = 0
    private var page = 0
    private(set) var links: [PDFCompletion.Link] = []
    private let footer: String

    init(
        document: ReportDocument, look: PDFLook, locale: ReportLocale, layout: PDFLayout,
        typesetter: Typesetter, canvas: Canvas
    ) {
        self.document = document
        self.look = look
        self.locale = locale
        self.layout = layout
        self.typesetter = typesetter
        self.canvas = canvas
        let provenance = document.provenance
        let made = locale.instant(provenance.generatedAt, zone: provenance.zone)
        footer = [
            "\(locale.word(.commit)) \(provenance.commit)",
            "\(locale.word(.definition)) \(provenance.definition)",
            "\(locale.word(.generated)) \(made) (\(provenance.zone.name))",
        ].joined(separator: " · ")
    }

    private var geometry: PDFGeometry { layout.geometry }
    private var zone: Zone { document.provenance.zone }

    mutating func draw() throws {
        for part in layout.parts { canvas.addOutline(part.title, page: part.page, y: part.y) }
        while next < layout.steps.count {
            let step = layout.steps[next]
            switch step {
            case .page: beginPage()
            case .cover:
                links = PDFCover(
                    document: document, look: look, locale: locale, geometry: geometry,
                    parts: layout.parts
                ).draw(on: canvas)
            case .title(let y): layout.title.draw(on: canvas, y: y)
            case .note(let note, let lines, let y):
                layout.title.draw(note, lines: lines, on: canvas, y: y)
            case .figures(let figures, let y, let perRow):
                PDFFigureRow(figures: figures, locale: locale, zone: zone).draw(
                    on: canvas, x: geometry.margin, y: y, width: geometry.contentWidth,
                    perRow: perRow)
            case .chart(let scene, let x, let y, let scale):
                canvas.shifted(byX: x, y: y, scale: scale) { scene.paint(on: canvas) }
            case .heading(let table, let y): drawHeading(layout.tables[table], y: y)
            case .segment(let table, _, _):
                try drawTable(table)
                continue
            }
            next += 1
        }
        canvas.nextPage()
    }

    private mutating func beginPage() {
        if page > 0 { canvas.nextPage() }
        page += 1
        let style = TextStyle(7)
        let (left, right) = (geometry.margin, geometry.width - geometry.margin)
        let foot = geometry.height - 22
        let number = locale.page(page, of: layout.pageCount)
        canvas.fill(x: left, y: foot - 12, width: geometry.contentWidth, height: 0.5, .hairline)
        canvas.text(footer, x: left, y: foot, style, .muted, limit: geometry.contentWidth - 90)
        canvas.text(number, x: right, y: foot, style, .muted, anchor: .end)
        if page > 1 {
            canvas.text(
                layout.title.running, x: left, y: 34, style, .muted, limit: geometry.contentWidth)
            canvas.fill(x: left, y: 41, width: geometry.contentWidth, height: 0.5, .hairline)
        }
    }

    private func drawHeading(_ table: ResultTable, y: Double) {
        canvas.text(
            table.title, x: geometry.margin, y: y + 13, TextStyle(12, bold: true), .text,
            limit: geometry.contentWidth)
    }

    /// Draws all segments of a table, turning pages between them while its rows pass by.
    private mutating func drawTable(_ index: Int) throws {
        let table = layout.tables[index]
        let brush = PDFTableBrush(
            table: table, plan: layout.plans[index], flow: layout.flows[index], locale: locale,
            zone: zone, typesetter: typesetter, canvas: canvas, left: geometry.margin)
        var segment = beginSegment(brush)
        var row = 0
        try table.forEachBatch { rows in
            for cells in rows {
                if row == segment.rows.upperBound, !segment.isLast {
                    brush.carryForward()
                    next += 1
                    beginPage()
                    next += 1
                    segment = beginSegment(brush)
                }
                try brush.draw(cells)
                row += 1
            }
        }
        try brush.finish()
        next += 1
    }

    private func beginSegment(_ brush: PDFTableBrush) -> PDFTableFlow.Segment {
        guard next < layout.steps.count, case .segment(_, let segment, let y) = layout.steps[next]
        else { preconditionFailure("a table's pages follow each other in the layout") }
        brush.begin(y: y, isContinued: segment.rows.lowerBound > 0)
        return segment
    }
}
