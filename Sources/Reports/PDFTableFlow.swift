import Vocabulary

/// Where the rows of a table fall on pages.
///
/// Invariants: segments cover the rows without gap or overlap. A group's heading stands above at
/// least one of its rows, two where it has two; the totals of a group, and those of the table, stand
/// below at least one row. Room is kept for what is carried and brought forward: a line per currency
/// of the table, and between two pages of one group also those of the group.
struct PDFTableFlow {
    /// Rows that stand on one page.
    struct Segment {
        let rows: Range<Int>
        let isLast: Bool
    }

    let groups: [PDFTableSurvey.Group]
    /// How many lines each row takes; empty when each takes one.
    let lines: [UInt8]
    /// Cells that are cut at the most lines that a row may have.
    let cutCells: Int
    private let rowCount: Int
    private let totalLines: Int

    /// What a table needs below its last row.
    static let totalsGap = 2.0

    init(_ table: ResultTable, groups: [PDFTableSurvey.Group], lines: [UInt8], cutCells: Int) {
        self.groups = groups
        self.lines = lines
        self.cutCells = cutCells
        rowCount = table.rowCount
        totalLines = table.totals.count
    }

    /// The height of the lines of totals and of the remark below them.
    func totalsHeight(_ plan: PDFTablePlan) -> Double {
        (totalLines > 0 ? Double(totalLines) * plan.rowHeight + Self.totalsGap : 0)
            + (cutCells > 0 ? plan.rowHeight : 0)
    }

    /// The height of a row without what stands above and below it.
    func height(of row: Int, _ plan: PDFTablePlan) -> Double {
        lines.isEmpty ? plan.rowHeight : plan.height(lines: Int(lines[row]))
    }

    /// What has to stand together with a table's heading: its first rows.
    func leastHeight(_ plan: PDFTablePlan) -> Double {
        let rows = (0..<min(3, rowCount)).map { height(of: $0, plan) }.reduce(0, +)
        return max(rows, plan.rowHeight) + (groups.isEmpty ? 0 : plan.groupHeight)
            + (rowCount <= 3
                ? totalsHeight(plan) + groups.map { Double($0.lines) }.reduce(0, +) * plan.rowHeight
                : Double(plan.carriedLines + (groups.first?.lines ?? 0)) * plan.rowHeight)
    }

    /// Divides the rows among pages.
    ///
    /// - Parameters:
    ///   - plan: How the table is set.
    ///   - y: Where it begins on the present page.
    ///   - top: Where it begins on further pages.
    ///   - bottom: Where every page ends.
    /// - Returns: The segments, and where the last one ends.
    func segments(
        _ plan: PDFTablePlan, from y: Double, top: Double, bottom: Double
    ) -> (segments: [Segment], end: Double) {
        var segments: [Segment] = []
        var first = 0
        var y = y + plan.headerHeight
        let carried = Double(plan.carriedLines) * plan.rowHeight
        // The group that the row belongs to, or that begins with it.
        var group = -1
        for row in 0..<rowCount {
            let begins = group + 1 < groups.count && groups[group + 1].start == row
            if begins { group += 1 }
            let fits =
                y + needed(from: row, in: group, begins: begins, plan) + foot(row, group, plan)
                <= bottom
            let two = begins && !isEnd(row, of: group)
            let bothFit =
                !two
                || y + needed(from: row, in: group, begins: true, plan)
                    + needed(from: row + 1, in: group, begins: false, plan)
                    + foot(row + 1, group, plan) <= bottom
            if row > first, !fits || !bothFit {
                segments.append(Segment(rows: first..<row, isLast: false))
                first = row
                y = top + plan.headerHeight + carried
                if !begins, group >= 0 {
                    y += plan.groupHeight + Double(groups[group].lines) * plan.rowHeight
                }
            }
            y += needed(from: row, in: group, begins: begins, plan)
        }
        segments.append(Segment(rows: first..<rowCount, isLast: true))
        if rowCount == 0 { y += plan.rowHeight }
        return (segments, y + totalsHeight(plan))
    }

    /// Whether a row is the last one of its group.
    func isEnd(_ row: Int, of group: Int) -> Bool {
        row + 1 == rowCount || (group + 1 < groups.count && groups[group + 1].start == row + 1)
    }

    /// The height of a row with the heading above it and the group's totals below.
    private func needed(
        from row: Int, in group: Int, begins: Bool, _ plan: PDFTablePlan
    ) -> Double {
        var height = height(of: row, plan)
        if begins { height += plan.groupHeight }
        if group >= 0, isEnd(row, of: group) {
            height += Double(groups[group].lines) * plan.rowHeight
        }
        return height
    }

    /// What stands below a row if its page ends there.
    private func foot(_ row: Int, _ group: Int, _ plan: PDFTablePlan) -> Double {
        if row + 1 == rowCount { return totalsHeight(plan) }
        let lines = group >= 0 && !isEnd(row, of: group) ? groups[group].lines : 0
        return Double(plan.carriedLines + lines) * plan.rowHeight
    }
}

extension PDFTableFlow {
    /// Reads a table's rows once more where texts are broken into lines, to learn how many each row
    /// takes.
    ///
    /// - Throws: `Advice` when the rows cannot be read.
    init(
        _ table: ResultTable, _ plan: PDFTablePlan, _ survey: PDFTableSurvey,
        locale: ReportLocale, zone: Zone, typesetter: Typesetter
    ) throws {
        var lines: [UInt8] = []
        var cutCells = 0
        let breaking = plan.columns.filter(\.breaks)
        if !breaking.isEmpty {
            lines.reserveCapacity(table.rowCount)
            try table.forEachBatch { rows in
                for row in rows {
                    var most = 1
                    for column in breaking {
                        let text = locale.format(
                            row[column.index], kind: table.columns[column.index].kind, zone: zone)
                        let broken = typesetter.broken(
                            text, plan.style, to: column.width, lines: PDFTablePlan.mostLines)
                        most = max(most, broken.lines.count)
                        if broken.isCut { cutCells += 1 }
                    }
                    lines.append(UInt8(most))
                }
            }
            if lines.allSatisfy({ $0 == 1 }) { lines = [] }
        }
        self.init(table, groups: survey.groups, lines: lines, cutCells: cutCells)
    }
}
