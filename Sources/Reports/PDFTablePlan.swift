import Vocabulary

/// How a table is set: which columns how wide, in letters of what size.
struct PDFTablePlan {
    struct Column {
        /// Its place among the columns of the table.
        let index: Int
        let x: Double
        let width: Double
        let isRight: Bool
        let isTotalled: Bool
        let heading: [String]
        /// Whether cells may be wider than the column and are then broken into lines.
        let breaks: Bool
    }

    let columns: [Column]
    let size: Double
    /// One line per currency carried from page to page; none without totals.
    let carriedLines: Int
    /// The column that the rows are grouped by, and whose cells stand above them.
    let groupIndex: Int?

    var style: TextStyle { TextStyle(size) }
    var strongStyle: TextStyle { TextStyle(size, bold: true) }
    var rowHeight: Double { (size * 1.6 * 10).rounded() / 10 }
    /// What each further line of a row adds to its height.
    var lineHeight: Double { (size * 1.22 * 10).rounded() / 10 }
    var groupHeight: Double { (size * 2.2 * 10).rounded() / 10 }
    var headingLines: Int { columns.map(\.heading.count).max() ?? 1 }
    var headerHeight: Double { Double(headingLines) * (size + 2) + 6 }

    /// Lines that a cell may take; what is longer is cut, and the reader is told.
    static let mostLines = 3
    /// Space between two columns.
    static let gutter = 11.0
    /// The sizes that are tried, from the one that is read best.
    static let sizes = [8.5, 7.5, 6.5, 5.5]
    /// Lines of totals that are carried from page to page; more would leave no room for rows.
    static let mostCarried = 8

    func height(lines: Int) -> Double { rowHeight + Double(lines - 1) * lineHeight }
}

extension PDFTablePlan {
    /// Fits surveyed columns into a width.
    ///
    /// - Returns: Nil when the numbers alone are too wide, or when text would have to be broken much
    ///   and `isStrict` asks for another page format first.
    init?(
        _ table: ResultTable, _ survey: PDFTableSurvey, width: Double, size: Double,
        isStrict: Bool, typesetter: Typesetter
    ) {
        let shown = Self.shown(table)
        let surveys = shown.map { survey.columns[$0] }
        let gutter = Self.gutter * size / 8.5
        guard
            let widths = Self.widths(
                surveys, available: width - gutter * Double(max(0, surveys.count - 1)), size: size,
                isStrict: isStrict)
        else { return nil }
        var x = 0.0
        let style = TextStyle(size, bold: true)
        var columns: [Column] = []
        for (place, index) in shown.enumerated() {
            let column = table.columns[index]
            let survey = surveys[place]
            columns.append(
                Column(
                    index: index, x: x, width: widths[place], isRight: column.kind.isRightAligned,
                    isTotalled: column.isTotalled,
                    // A hair more than measured, so that rounding never cuts a heading.
                    heading: typesetter.wrapped(
                        column.label, style, to: widths[place] + 0.5, lines: 2),
                    breaks: !survey.isFixed
                        && (survey.hasUnmeasured || survey.content * size > widths[place] + 0.5)))
            x += widths[place] + gutter
        }
        self.columns = columns
        self.size = size
        groupIndex = table.groupIndex
        carriedLines = table.totals.count <= Self.mostCarried ? table.totals.count : 0
    }

    /// The columns that stand side by side: the one that rows are grouped by stands above them,
    /// unless nothing else would say what a line of totals is.
    private static func shown(_ table: ResultTable) -> [Int] {
        let others = table.columns.indices.filter { $0 != table.groupIndex }
        return others.contains { !table.columns[$0].isTotalled }
            ? others : Array(table.columns.indices)
    }

    private static func widths(
        _ surveys: [PDFColumnSurvey], available: Double, size: Double, isStrict: Bool
    ) -> [Double]? {
        let cap = (isStrict ? 20.0 : 30.0) * size
        let least = 8.5 * size
        let naturals = surveys.map { survey in
            let natural = survey.natural * size
            return survey.isFixed ? natural : min(natural, max(cap, survey.heading * size))
        }
        let leasts = zip(surveys, naturals).map { survey, natural in
            survey.isFixed ? natural : min(natural, max(least, survey.heading * size))
        }
        let wanted = naturals.reduce(0, +)
        let needed = leasts.reduce(0, +)
        guard needed <= available else { return nil }
        if isStrict, wanted > available { return nil }
        if wanted > available {
            // Every text column gives up the same share of what it can spare.
            let share = (wanted - available) / (wanted - needed)
            return zip(naturals, leasts).map { $0 - ($0 - $1) * share }
        }
        var widths = naturals
        // Spare room first goes to headings that would otherwise need two lines.
        for index in surveys.indices {
            let more = min(
                available - widths.reduce(0, +),
                surveys[index].wholeHeading * size - widths[index])
            widths[index] += max(0, more)
        }
        let spare = available - widths.reduce(0, +)
        let stretchable = surveys.indices.filter { !surveys[$0].isFixed }
        let taking = stretchable.isEmpty ? Array(surveys.indices) : stretchable
        let base = taking.map { naturals[$0] }.reduce(0, +)
        for index in taking {
            let share = base > 0 ? naturals[index] / base : 1 / Double(taking.count)
            widths[index] += spare * share
        }
        return widths
    }
}
