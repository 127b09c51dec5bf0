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
        let typesetter = try Typesetter()
        let layout = try PDFLayout(document, locale: locale, typesetter: typesetter)
        let provenance = document.provenance
        let canvas = Canvas(
            pdfAt: path, width: layout.geometry.width, height: layout.geometry.height,
            typesetter: typesetter)
        canvas.describe(
            title: document.title, author: provenance.companies.joined(separator: ", "),
            subject: locale.subject(of: provenance), createdAt: provenance.generatedAt)
        var painter = PDFPainter(
            document: document, locale: locale, layout: layout, canvas: canvas)
        try painter.draw()
        try canvas.finish()
        try PDFLanguage.declare(locale.languageTag, inFileAt: path)
    }
}

/// Draws a laid-out report step by step.
private struct PDFPainter {
    let document: ReportDocument
    let locale: ReportLocale
    let layout: PDFLayout
    let canvas: Canvas
    private var next = 0
    private var page = 0
    private let running: String
    private let footer: String

    init(document: ReportDocument, locale: ReportLocale, layout: PDFLayout, canvas: Canvas) {
        self.document = document
        self.locale = locale
        self.layout = layout
        self.canvas = canvas
        let provenance = document.provenance
        let subject = locale.subject(of: provenance)
        running = subject.isEmpty ? document.title : document.title + " · " + subject
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
        while next < layout.steps.count {
            let step = layout.steps[next]
            switch step {
            case .page: beginPage()
            case .title(let y): layout.title.draw(on: canvas, y: y)
            case .figures(let figures, let y, let perRow):
                PDFFigureRow(figures: figures, locale: locale, zone: zone).draw(
                    on: canvas, x: geometry.margin, y: y, width: geometry.contentWidth,
                    perRow: perRow)
            case .chart(let scene, let x, let y, let scale):
                canvas.addOutline(scene.title, page: page, y: y)
                canvas.shifted(byX: x, y: y, scale: scale) { scene.paint(on: canvas) }
            case .heading(let table, let y): drawHeading(layout.tables[table], y: y)
            case .segment(let table, _, _, _):
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
            canvas.text(running, x: left, y: 34, style, .muted, limit: geometry.contentWidth)
            canvas.fill(x: left, y: 41, width: geometry.contentWidth, height: 0.5, .hairline)
        }
    }

    private func drawHeading(_ table: ResultTable, y: Double) {
        canvas.addOutline(table.title, page: page, y: y)
        canvas.text(
            table.title, x: geometry.margin, y: y + 13, TextStyle(12, bold: true), .text,
            limit: geometry.contentWidth)
    }

    /// Draws all segments of a table, turning pages between them while its rows pass by.
    private mutating func drawTable(_ index: Int) throws {
        let table = layout.tables[index]
        var brush = PDFTableBrush(
            table: table, plan: layout.plans[index], locale: locale, zone: zone, canvas: canvas,
            left: geometry.margin)
        var segment = beginSegment(&brush)
        var row = 0
        try table.forEachBatch { rows in
            for cells in rows {
                while row == segment.rows.upperBound, !segment.isLast {
                    brush.carryForward()
                    segment = turnPage(&brush)
                }
                brush.draw(cells)
                row += 1
            }
        }
        if !segment.isLast {
            brush.carryForward()
            segment = turnPage(&brush)
        }
        try brush.finish()
        next += 1
    }

    private mutating func turnPage(_ brush: inout PDFTableBrush) -> (
        rows: Range<Int>, isLast: Bool
    ) {
        next += 1
        beginPage()
        next += 1
        return beginSegment(&brush)
    }

    private func beginSegment(_ brush: inout PDFTableBrush) -> (rows: Range<Int>, isLast: Bool) {
        guard next < layout.steps.count,
            case .segment(_, let rows, let y, let isLast) = layout.steps[next]
        else { preconditionFailure("a table's pages follow each other in the layout") }
        brush.begin(y: y, isContinued: rows.lowerBound > 0)
        return (rows, isLast)
    }
}

/// Draws one table: headers, rows, sums carried forward, and totals.
private struct PDFTableBrush {
    let table: ResultTable
    let plan: PDFTablePlan
    let locale: ReportLocale
    let zone: Zone
    let canvas: Canvas
    let left: Double
    private var check: FootingCheck
    private var y = 0.0

    init(
        table: ResultTable, plan: PDFTablePlan, locale: ReportLocale, zone: Zone, canvas: Canvas,
        left: Double
    ) {
        self.table = table
        self.plan = plan
        self.locale = locale
        self.zone = zone
        self.canvas = canvas
        self.left = left
        check = FootingCheck(table)
    }

    private var right: Double { left + (plan.columns.last.map { $0.x + $0.width } ?? 0) }

    mutating func begin(y top: Double, isContinued: Bool) {
        y = top
        for column in plan.columns {
            let skipped = plan.headingLines - column.heading.count
            for (line, text) in column.heading.enumerated() {
                let baseline = y + Double(line + skipped + 1) * (plan.size + 2) - 2
                place(text, column, y: baseline, plan.strongStyle, .muted)
            }
        }
        y += plan.headerHeight
        canvas.fill(x: left, y: y - 2.5, width: right - left, height: 0.8, .text)
        if isContinued { drawSums(locale.word(.broughtForward)) }
        if table.rowCount == 0 {
            canvas.text(locale.word(.noRows), x: left, y: baseline, plan.style, .muted)
            y += plan.rowHeight
        }
    }

    mutating func draw(_ row: [Value]) {
        let cells = FootingCheck.printed(row, columns: table.columns)
        check.add(cells)
        for (index, column) in plan.columns.enumerated() {
            let value = cells[index]
            let text = locale.format(value, kind: table.columns[index].kind, zone: zone)
            place(text, column, y: baseline, plan.style, value == .missing ? .muted : .text)
        }
        y += plan.rowHeight
        canvas.fill(x: left, y: y, width: right - left, height: 0.4, .hairline)
    }

    /// Writes the sums so far at the foot of a page.
    mutating func carryForward() { drawSums(locale.word(.carriedForward)) }

    /// Writes the totals.
    ///
    /// - Throws: `Advice` when they are not the sums of the rows drawn.
    mutating func finish() throws {
        try check.finish()
        guard !table.totals.isEmpty else { return }
        canvas.fill(x: left, y: y, width: right - left, height: 0.8, .text)
        y += 2
        for total in table.totals {
            let cells = FootingCheck.printed(total.cells, columns: table.columns)
            drawLine(total.label(in: locale), cells, .text)
        }
    }

    private var baseline: Double { y + plan.rowHeight * 0.5 + plan.size * 0.36 }

    private mutating func drawSums(_ word: String) {
        guard plan.carriedLines > 0 else { return }
        let start = y
        for total in check.footing.totals {
            let code = total.currency?.code ?? ""
            drawLine(code.isEmpty ? word : "\(word) \(code)", total.cells, .muted)
        }
        // Every page keeps the same room, however many currencies have occurred so far.
        y = start + Double(plan.carriedLines) * plan.rowHeight
        canvas.fill(x: left, y: y, width: right - left, height: 0.4, .rule)
    }

    private mutating func drawLine(_ label: String, _ cells: [Value], _ ink: Ink) {
        if let first = table.columns.firstIndex(where: { !$0.isTotalled }) {
            // The label may run over all columns up to the next one that has a sum.
            let next = table.columns.indices.first { $0 > first && table.columns[$0].isTotalled }
            let start = plan.columns[first].x
            let limit = next.map { plan.columns[$0].x - start - 8 } ?? (right - left - start)
            canvas.text(
                label, x: left + start, y: baseline, plan.strongStyle, ink, limit: limit)
        }
        for (index, column) in plan.columns.enumerated() where table.columns[index].isTotalled {
            if cells[index] == .missing { continue }
            let text = locale.format(cells[index], kind: table.columns[index].kind, zone: zone)
            place(text, column, y: baseline, plan.strongStyle, ink)
        }
        y += plan.rowHeight
    }

    private func place(
        _ text: String, _ column: PDFTablePlan.Column, y: Double, _ style: TextStyle, _ ink: Ink
    ) {
        // Numbers have their full width reserved; the half point absorbs rounding.
        canvas.text(
            text, x: left + column.x + (column.isRight ? column.width : 0), y: y, style, ink,
            anchor: column.isRight ? .end : .start, limit: column.width + 0.5)
    }
}
