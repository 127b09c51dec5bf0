/// The measures of a printed page, in points.
struct PDFGeometry {
    let width: Double
    let height: Double

    static let portrait = PDFGeometry(width: 595.276, height: 841.89)
    static let landscape = PDFGeometry(width: 841.89, height: 595.276)

    let margin = 40.0
    /// Upper edge of the contents on all pages but the first, below the running head.
    let top = 58.0
    /// Upper edge of the title on the first page.
    let firstTop = 40.0
    /// Height kept free for the footer, with its margin.
    let footer = 44.0

    var contentWidth: Double { width - margin * 2 }
    var bottom: Double { height - footer }
}

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

/// What one pass over a table's rows tells about the widths that its columns need.
struct PDFColumnSurvey {
    /// Cells of a column never to be cut: numbers, dates, short identifiers.
    var isFixed = true
    /// Width of the widest cell at one point of letter size.
    var content = 0.0
    /// Narrowest width of the heading on two lines, at one point of letter size.
    var heading = 0.0
    /// Width of the heading on one line, at one point of letter size.
    var wholeHeading = 0.0

    var natural: Double { max(content, heading) }
}
