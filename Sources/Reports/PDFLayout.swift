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
        case title(y: Double)
        case figures([Figure], y: Double, perRow: Int)
        case chart(ChartScene, x: Double, y: Double, scale: Double)
        case heading(table: Int, y: Double)
        case segment(table: Int, rows: Range<Int>, y: Double, isLast: Bool)
    }

    let geometry: PDFGeometry
    let tables: [ResultTable]
    let plans: [PDFTablePlan]
    let title: PDFTitle
    private(set) var steps: [Step] = []
    private(set) var pageCount = 0
    private var y = 0.0

    /// Rows of all tables that a PDF may have: about 2,500 pages.
    static let maximumRows = 100_000
    /// Charts are laid out for a screen; on paper they are drawn smaller.
    static let chartScale = 0.82
    private static let headingHeight = 26.0

    /// Lays out a report.
    ///
    /// - Throws: `Advice` when a table is too long or too wide for paper, or damaged.
    init(_ document: ReportDocument, locale: ReportLocale, typesetter: Typesetter) throws {
        tables = document.tables
        let rowCount = tables.map(\.rowCount).reduce(0, +)
        guard rowCount <= Self.maximumRows else {
            throw Advice(
                .request,
                "a PDF has at most \(Self.maximumRows) rows, and this report has \(rowCount)",
                remedy: "choose a shorter period, or xlsx or csv")
        }
        let zone = document.provenance.zone
        let surveys = try tables.map {
            try PDFTableSurvey($0, locale: locale, zone: zone, typesetter: typesetter).columns()
        }
        (geometry, plans) = try Self.fit(tables, surveys, typesetter)
        title = PDFTitle(document, locale: locale, geometry: geometry, typesetter: typesetter)
        try place(document, locale: locale, typesetter: typesetter)
    }

    /// Chooses upright or wide paper, and then the largest letters in which all tables fit.
    private static func fit(
        _ tables: [ResultTable], _ surveys: [[PDFColumnSurvey]], _ typesetter: Typesetter
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
        beginPage()
        y = geometry.firstTop
        steps.append(.title(y: y))
        y += title.height + 14
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
                steps.append(.chart(scene, x: x, y: y, scale: scale))
            }
            y += min(height, room) + 18
        }
        charts = []
    }

    private mutating func placeTable(_ index: Int) {
        let table = tables[index]
        let plan = plans[index]
        let lines = Double(plan.carriedLines)
        let totals = Double(table.totals.count) * plan.rowHeight + 2
        let least = Double(min(3, max(1, table.rowCount))) * plan.rowHeight
        // A heading is not left alone at the foot of a page.
        need(Self.headingHeight + plan.headerHeight + least + totals)
        steps.append(.heading(table: index, y: y))
        y += Self.headingHeight
        var next = 0
        while true {
            let remaining = table.rowCount - next
            let brought = next > 0 ? lines * plan.rowHeight : 0
            let room = geometry.bottom - y - plan.headerHeight - brought
            let withTotals = Int((room - totals) / plan.rowHeight)
            if remaining <= withTotals {
                let rows = next..<table.rowCount
                steps.append(.segment(table: index, rows: rows, y: y, isLast: true))
                y += plan.headerHeight + brought + totals
                y += Double(max(1, remaining)) * plan.rowHeight + 22
                return
            }
            let withCarried = max(1, Int((room - lines * plan.rowHeight) / plan.rowHeight))
            // At least one row goes along with the totals.
            let count = min(withCarried, max(1, remaining - 1))
            let rows = next..<next + count
            steps.append(.segment(table: index, rows: rows, y: y, isLast: false))
            next += count
            beginPage()
            if remaining == count {
                // A single row left no choice but to stand before its totals' page.
                steps.append(
                    .segment(table: index, rows: next..<next, y: y, isLast: true))
                y += plan.headerHeight + lines * plan.rowHeight + totals + 22
                return
            }
        }
    }
}
