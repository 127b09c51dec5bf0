import Vocabulary

/// Draws one table: headers, groups, rows, sums carried forward, and totals.
final class PDFTableBrush {
    private let table: ResultTable
    private let plan: PDFTablePlan
    private let flow: PDFTableFlow
    private let locale: ReportLocale
    private let zone: Zone
    private let typesetter: Typesetter
    private let canvas: Canvas
    private let left: Double
    private var check: FootingCheck
    private var groups: RowGroups?
    /// The group of the row that was drawn last.
    private var group = -1
    private var y = 0.0
    /// Hairlines below rows, drawn together when the page ends.
    private var hairlines: [Double] = []

    init(
        table: ResultTable, plan: PDFTablePlan, flow: PDFTableFlow, locale: ReportLocale,
        zone: Zone, typesetter: Typesetter, canvas: Canvas, left: Double
    ) {
        self.table = table
        self.plan = plan
        self.flow = flow
        self.locale = locale
        self.zone = zone
        self.typesetter = typesetter
        self.canvas = canvas
        self.left = left
        check = FootingCheck(table)
        groups = RowGroups(table)
    }

    private var width: Double { plan.columns.last.map { $0.x + $0.width } ?? 0 }

    /// Begins on a page: the header, and what is brought forward.
    func begin(y top: Double, isContinued: Bool) {
        y = top
        for column in plan.columns {
            let skipped = plan.headingLines - column.heading.count
            for (line, text) in column.heading.enumerated() {
                let baseline = y + Double(line + skipped + 1) * (plan.size + 2) - 2
                place(text, column, y: baseline, plan.strongStyle, .muted)
            }
        }
        y += plan.headerHeight
        canvas.fill(x: left, y: y - 2.5, width: width, height: 0.8, .text)
        if isContinued {
            drawSums(check.footing, locale.word(.broughtForward), room: plan.carriedLines)
            if isWithinGroup {
                drawGroupHeading(isContinued: true)
                drawGroupSums(.broughtForward)
            }
        }
        if table.rowCount == 0 {
            canvas.text(locale.word(.noRows), x: left, y: baseline, plan.style, .muted)
            y += plan.rowHeight
        }
    }

    /// Draws a row, above it the heading of a group that it begins, below it the totals of one that
    /// it ends.
    ///
    /// - Throws: `Advice` of kind `damaged` when a group comes a second time.
    func draw(_ row: [Value]) throws {
        let cells = FootingCheck.printed(row, columns: table.columns)
        if try groups?.add(cells) == true {
            group += 1
            drawGroupHeading(isContinued: false)
        }
        let number = check.rowCount
        check.add(cells)
        for column in plan.columns {
            let value = cells[column.index]
            let ink = value == .missing ? Ink.muted : .text
            let text = locale.format(value, kind: table.columns[column.index].kind, zone: zone)
            guard column.breaks else {
                place(text, column, y: baseline, plan.style, ink)
                continue
            }
            let broken = typesetter.broken(
                text, plan.style, to: column.width, lines: PDFTablePlan.mostLines)
            let isRight = broken.lines.count > 1 && typesetter.runsFromRight(text)
            for (index, line) in broken.lines.enumerated() {
                let y = baseline + Double(index) * plan.lineHeight
                place(line, column, y: y, plan.style, ink, isRight: isRight)
            }
        }
        y += flow.height(of: number, plan)
        hairlines.append(y)
        if let groups, flow.isEnd(number, of: group), flow.groups[group].lines > 0 {
            for total in groups.footing.totals {
                drawLine(label(locale.word(.subtotal), total), total.cells, .text)
            }
            hairlines.append(y)
        }
    }

    /// Ends a page within the table: the sums so far.
    func carryForward() {
        drawHairlines()
        if isWithinGroup { drawGroupSums(.carriedForward) }
        drawSums(check.footing, locale.word(.carriedForward), room: plan.carriedLines)
        canvas.fill(x: left, y: y, width: width, height: 0.4, .rule)
    }

    /// Writes the totals, and how many cells were cut.
    ///
    /// - Throws: `Advice` when the totals are not the sums of the rows drawn.
    func finish() throws {
        drawHairlines()
        try check.finish()
        if !table.totals.isEmpty {
            canvas.fill(x: left, y: y, width: width, height: 0.8, .text)
            y += PDFTableFlow.totalsGap
            for total in table.totals {
                let cells = FootingCheck.printed(total.cells, columns: table.columns)
                drawLine(total.label(in: locale), cells, .text)
            }
        }
        guard flow.cutCells > 0 else { return }
        let text = locale.shortenedCells(flow.cutCells)
        canvas.text(text, x: left, y: baseline, plan.style, .muted, limit: width)
    }

    private var baseline: Double { y + plan.rowHeight * 0.5 + plan.size * 0.36 }

    /// Whether further rows of the group of the last row follow.
    private var isWithinGroup: Bool {
        group >= 0 && check.rowCount > 0 && !flow.isEnd(check.rowCount - 1, of: group)
    }

    private func drawHairlines() {
        canvas.rules(at: hairlines, x: left, width: width, thickness: 0.4, .hairline)
        hairlines.removeAll(keepingCapacity: true)
    }

    /// The cell that the rows of the present group share, as its heading says it.
    private var groupName: String {
        guard let groups, let key = groups.key, let index = plan.groupIndex else { return "" }
        let column = table.columns[index]
        let text = locale.format(key, kind: column.kind, zone: zone)
        // A number alone would not say what it is.
        return column.kind.isRightAligned || column.kind == .boolean
            ? "\(column.label): \(text)" : text
    }

    private func drawGroupHeading(isContinued: Bool) {
        let more = isContinued ? " (\(locale.word(.continued)))" : ""
        let baseline = y + plan.groupHeight - plan.size * 0.55
        let name = typesetter.shortened(
            groupName, plan.strongStyle, to: width - typesetter.width(more, plan.strongStyle) - 1)
        canvas.text(name + more, x: left, y: baseline, plan.strongStyle, .text)
        y += plan.groupHeight
        hairlines.append(y)
    }

    private func drawGroupSums(_ word: ReportWord) {
        guard let groups else { return }
        drawSums(
            groups.footing, locale.word(word), of: groupName, room: flow.groups[group].lines)
    }

    private func label(_ word: String, _ total: ResultTotal) -> String {
        total.currency.map { "\(word) \($0.code)" } ?? word
    }

    /// Draws sums so far, of fewer currencies than room is kept for where others come later.
    private func drawSums(
        _ footing: ResultFooting, _ word: String, of name: String = "", room: Int
    ) {
        guard room > 0 else { return }
        for total in footing.totals {
            let whose = name.isEmpty ? "" : ", " + name
            drawLine(label(word, total) + whose, total.cells, .muted)
        }
    }

    private func drawLine(_ label: String, _ cells: [Value], _ ink: Ink) {
        if let first = plan.columns.firstIndex(where: { !$0.isTotalled }) {
            // The label may run over all columns up to the next one that has a sum.
            let next = plan.columns[first...].first(where: \.isTotalled)
            let start = plan.columns[first].x
            let limit = next.map { $0.x - start - 8 } ?? (width - start)
            canvas.text(
                label, x: left + start, y: baseline, plan.strongStyle, ink, limit: limit)
        }
        for column in plan.columns where column.isTotalled {
            let value = cells[column.index]
            if value == .missing { continue }
            let text = locale.format(value, kind: table.columns[column.index].kind, zone: zone)
            place(text, column, y: baseline, plan.strongStyle, ink)
        }
        y += plan.rowHeight
    }

    private func place(
        _ text: String, _ column: PDFTablePlan.Column, y: Double, _ style: TextStyle, _ ink: Ink,
        isRight: Bool = false
    ) {
        let isRight = isRight || column.isRight
        // Numbers have their full width reserved; the half point absorbs rounding.
        canvas.text(
            text, x: left + column.x + (isRight ? column.width : 0), y: y, style, ink,
            anchor: isRight ? .end : .start, limit: column.width + 0.5)
    }
}
