import Vocabulary

/// How a table is set: which columns how wide, in letters of what size.
struct PDFTablePlan {
    struct Column {
        let x: Double
        let width: Double
        let isRight: Bool
        let heading: [String]
    }

    let columns: [Column]
    let size: Double
    /// One line per currency carried from page to page; none without totals.
    let carriedLines: Int

    var style: TextStyle { TextStyle(size) }
    var strongStyle: TextStyle { TextStyle(size, bold: true) }
    var rowHeight: Double { (size * 1.8 * 10).rounded() / 10 }
    var headingLines: Int { columns.map(\.heading.count).max() ?? 1 }
    var headerHeight: Double { Double(headingLines) * (size + 2) + 6 }

    /// Space between two columns.
    static let gutter = 11.0
    /// The sizes that are tried, from the one that is read best.
    static let sizes = [8.5, 7.5, 6.5, 5.5]
}

extension PDFTablePlan {
    /// Fits surveyed columns into a width.
    ///
    /// - Returns: Nil when the numbers alone are too wide, or when text would have to be cut much
    ///   and `isStrict` asks for another page format first.
    init?(
        _ table: ResultTable, _ surveys: [PDFColumnSurvey], width: Double, size: Double,
        isStrict: Bool, typesetter: Typesetter
    ) {
        let gutters = Self.gutter * Double(max(0, surveys.count - 1)) * size / 8.5
        let cap = (isStrict ? 20.0 : 30.0) * size
        let least = 8.5 * size
        let naturals = surveys.map { survey in
            let natural = survey.natural * size
            return survey.isFixed ? natural : min(natural, max(cap, survey.heading * size))
        }
        let leasts = zip(surveys, naturals).map { survey, natural in
            survey.isFixed ? natural : min(natural, max(least, survey.heading * size))
        }
        let available = width - gutters
        let wanted = naturals.reduce(0, +)
        let needed = leasts.reduce(0, +)
        guard needed <= available else { return nil }
        if isStrict, wanted > available { return nil }
        var widths = naturals
        if wanted > available {
            // Every text column gives up the same share of what it can spare.
            let share = (wanted - available) / (wanted - needed)
            widths = zip(naturals, leasts).map { $0 - ($0 - $1) * share }
        } else {
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
        }
        var x = 0.0
        let style = TextStyle(size, bold: true)
        var columns: [Column] = []
        for (index, column) in table.columns.enumerated() {
            // A hair more than measured, so that rounding never cuts a heading.
            let heading = typesetter.wrapped(
                column.label, style, to: widths[index] + 0.5, lines: 2)
            columns.append(
                Column(
                    x: x, width: widths[index], isRight: column.kind.isRightAligned,
                    heading: heading))
            x += widths[index] + Self.gutter * size / 8.5
        }
        self.columns = columns
        self.size = size
        // Very many currencies would leave no room for rows.
        carriedLines = table.totals.count <= 8 ? table.totals.count : 0
    }
}
