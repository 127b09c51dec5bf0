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
