import Vocabulary

/// A report laid out on pages, before anything is drawn, so that every page can say of how many it
/// is one.
///
/// Invariants: the steps stand in the order of the report; each page begins with `.page`; the
/// segments of a table cover its rows without gap or overlap, and the last segment leaves room for
/// the totals.
struct PDFLayout {
    enum Step {
        case page
        case cover
        case title(y: Double)
        case note(PDFTitle.Note, lines: Range<Int>, y: Double)
        case figures([Figure], y: Double, perRow: Int)
        case chart(ChartScene, x: Double, y: Double, scale: Double)
        case heading(table: Int, y: Double)
        case segment(table: Int, PDFTableFlow.Segment, y: Double)
    }

    /// A part of the report that the outline and the list of contents lead to.
    struct Part {
        let title: String
        let page: Int
        let y: Double
    }

    let geometry: PDFGeometry
    let tables: [ResultTable]
    let plans: [PDFTablePlan]
    let flows: [PDFTableFlow]
    let title: PDFTitle
    private(set) var steps: [Step] = []
    private(set) var parts: [Part] = []
    private(set) var pageCount = 0
    private var y = 0.0

    /// Rows of all tables that a PDF may have: about 2,000 pages.
    static let maximumRows = 100_000
    /// Charts are laid out for a screen; on paper they are drawn smaller.
    static let chartScale = 0.82
    private static let headingHeight = 26.0

    /// Lays out a report.
    ///
    /// - Throws: `Advice` when a table is too long or too wide for paper, or damaged.
    init(
        _ document: ReportDocument, look: PDFLook, locale: ReportLocale, typesetter: Typesetter
    ) throws {
        let tables = document.tables
        self.tables = tables
        let rowCount = tables.map(\.rowCount).reduce(0, +)
        guard rowCount <= Self.maximumRows else {
            throw Advice(
                .request,
                "a PDF has at most \(Self.maximumRows) rows, and this report has \(rowCount)",
                remedy: "choose a shorter period, or xlsx or csv")
        }
        let zone = document.provenance.zone
        let surveys = try tables.map {
            try PDFTableSurvey($0, locale: locale, zone: zone, typesetter: typesetter)
        }
        let (geometry, plans) = try Self.fit(tables, surveys, typesetter)
        (self.geometry, self.plans) = (geometry, plans)
        flows = try tables.indices.map { index in
            try PDFTableFlow(
                tables[index], plans[index], surveys[index], locale: locale, zone: zone,
                typesetter: typesetter)
        }
        title = PDFTitle(
            document, look: look, locale: locale, geometry: geometry, typesetter: typesetter)
        for (table, (plan, flow)) in zip(tables, zip(plans, flows))
        where flow.totalsHeight(plan) > (geometry.bottom - geometry.top) / 2 {
            throw Advice(
                .request, "table ‘\(table.title)’ has totals in more currencies than a page holds",
                remedy: "choose xlsx or csv, or fewer currencies")
        }
        try place(document, locale: locale, typesetter: typesetter)
    }

    /// Chooses upright or wide paper, and then the largest letters in which all tables fit.
    private static func fit(
        _ tables: [ResultTable], _ surveys: [PDFTableSurvey], _ typesetter: Typesetter
    ) throws -> (PDFGeometry, [PDFTablePlan]) {
        func plans(_ geometry: PDFGeometry, _ size: Double, _ isStrict: Bool) -> [PDFTablePlan]? {
            var plans: [PDFTablePlan] = []
            for (table, survey) in zip(tables, surveys) {
                guard
                    let plan = PDFTablePlan(
                        table, survey, width: geometry.contentWidth, size: size,
                        isStrict: isStrict, typesetter: typesetter)
                else { return nil }
                plans.append(plan)
            }
            return plans
        }
        let attempts: [(PDFGeometry, Double, Bool)] =
            [(.portrait, PDFTablePlan.sizes[0], true)]
            + PDFTablePlan.sizes.map { (.landscape, $0, false) }
        for (geometry, size, isStrict) in attempts {
            if let found = plans(geometry, size, isStrict) { return (geometry, found) }
        }
        throw Advice(
            .request, "a table of this report has too many columns for a page",
            remedy: "choose xlsx or csv, or leave columns out of the report")
    }

    private mutating func beginPage() {
        steps.append(.page)
        pageCount += 1
        y = geometry.top
    }

    private mutating func need(_ height: Double) {
        if y + height > geometry.bottom, y > geometry.top { beginPage() }
    }

    private mutating func place(
        _ document: ReportDocument, locale: ReportLocale, typesetter: Typesetter
    ) throws {
        if document.hasCover {
            beginPage()
            steps.append(.cover)
        }
        beginPage()
        if !document.hasCover { y = geometry.firstTop }
        steps.append(.title(y: y))
        y += title.height
        for note in title.notes { placeNote(note) }
        y += 14
        var charts: [Chart] = []
        var tableIndex = 0
        for block in document.blocks {
            if case .chart(let chart) = block {
                charts.append(chart)
                continue
            }
            placeCharts(&charts, locale: locale, typesetter: typesetter)
            switch block {
            case .figures(let figures):
                let row = PDFFigureRow(
                    figures: figures, locale: locale, zone: document.provenance.zone)
                placeFigures(
                    figures,
                    perRow: row.perRow(width: geometry.contentWidth, typesetter: typesetter))
            case .table:
                placeTable(tableIndex)
                tableIndex += 1
            case .chart: break
            }
        }
        placeCharts(&charts, locale: locale, typesetter: typesetter)
    }

    private mutating func placeNote(_ note: PDFTitle.Note) {
        var next = 0
        while next < note.lines.count {
            let hasHeading = next == 0 && !note.isRemark
            let fitting = PDFTitle.lines(in: geometry.bottom - y, withHeading: hasHeading)
            // One line of several is not left alone.
            guard fitting >= min(2, note.lines.count - next) else {
                beginPage()
                continue
            }
            let lines = next..<min(next + fitting, note.lines.count)
            steps.append(.note(note, lines: lines, y: y))
            y += PDFTitle.height(lines: lines.count, withHeading: hasHeading)
            next = lines.upperBound
        }
        y += 4
    }

    private mutating func placeFigures(_ figures: [Figure], perRow: Int) {
        for start in stride(from: 0, to: figures.count, by: perRow) {
            let row = Array(figures[start..<min(start + perRow, figures.count)])
            let height = PDFFigureRow.height(row)
            need(height)
            steps.append(.figures(row, y: y, perRow: perRow))
            y += height + 10
        }
        y += 8
    }

    /// Places charts that follow each other, two in a row on wide paper.
    private mutating func placeCharts(
        _ charts: inout [Chart], locale: ReportLocale, typesetter: Typesetter
    ) {
        let perRow = geometry.contentWidth > 700 ? min(2, max(1, charts.count)) : 1
        let gap = 28.0
        let width = (geometry.contentWidth - gap * Double(perRow - 1)) / Double(perRow)
        let layout = ChartLayout(
            width: width / Self.chartScale, height: 235, showsTitle: true, locale: locale)
        for start in stride(from: 0, to: charts.count, by: perRow) {
            let row = charts[start..<min(start + perRow, charts.count)].map {
                layout.scene(of: $0, measuredBy: typesetter)
            }
            let height = (row.map(\.height).max() ?? 0) * Self.chartScale
            // A bar chart of very many bars is made smaller rather than cut.
            let room = geometry.bottom - geometry.top
            let scale = height > room ? Self.chartScale * room / height : Self.chartScale
            need(min(height, room))
            for (index, scene) in row.enumerated() {
                let x = geometry.margin + Double(index) * (width + gap)
                parts.append(Part(title: scene.title, page: pageCount, y: y))
                steps.append(.chart(scene, x: x, y: y, scale: scale))
            }
            y += min(height, room) + 18
        }
        charts = []
    }

    private mutating func placeTable(_ index: Int) {
        let (table, plan, flow) = (tables[index], plans[index], flows[index])
        // A heading is not left alone at the foot of a page.
        need(Self.headingHeight + plan.headerHeight + flow.leastHeight(plan))
        parts.append(Part(title: table.title, page: pageCount, y: y))
        steps.append(.heading(table: index, y: y))
        y += Self.headingHeight
        let (segments, end) = flow.segments(
            plan, from: y, top: geometry.top, bottom: geometry.bottom)
        for (number, segment) in segments.enumerated() {
            if number > 0 { beginPage() }
            steps.append(.segment(table: index, segment, y: y))
        }
        y = end + 22
    }
}
