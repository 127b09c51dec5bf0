public import Vocabulary

/// The body of a mail that brings a report: headline figures, charts, the first rows of each table,
/// and where the figures come from, as text and as HTML.
public struct ReportMail: Sendable {
    /// A subject line: title, companies and period.
    public let subject: String
    /// The body for readers without HTML.
    public let text: String
    /// The body in HTML, styled inline, as mail readers want it.
    public let html: String
    /// The charts that the HTML shows.
    public let images: [MailMessage.Image]

    /// Rows that are shown of each table unless asked otherwise.
    public static let defaultRows = 10
    /// Columns that are shown of each table; a mail is read on a phone.
    public static let maximumColumns = 6

    /// Composes the body.
    ///
    /// - Parameters:
    ///   - document: The report.
    ///   - locale: How numbers, dates and words are written.
    ///   - rows: How many rows are shown of each table.
    ///   - link: An https address where the report can be seen; nil for none.
    ///   - note: A sentence of whoever set up the delivery, shown first; may be empty.
    /// - Throws: `Advice` when the fonts are not installed, or rows and declared totals disagree.
    public init(
        _ document: ReportDocument, locale: ReportLocale, rows: Int = defaultRows,
        link: String? = nil, note: String = ""
    ) throws {
        let subjectParts = [document.title, locale.subject(of: document.provenance)]
        subject = subjectParts.filter { !$0.isEmpty }.joined(separator: " – ")
        var html = ReportMailHTML(locale: locale, zone: document.provenance.zone)
        var text = ReportMailText(locale: locale, zone: document.provenance.zone)
        var images: [MailMessage.Image] = []
        html.begin(document, note: note)
        text.begin(document, note: note)
        for block in document.blocks {
            switch block {
            case .figures(let figures):
                html.add(figures)
                text.add(figures)
            case .chart(let chart):
                let scene = try ChartLayout(
                    width: 560, height: 230, showsTitle: true, locale: locale
                ).scene(of: chart)
                // Named by report and place, so that the same report makes the same mail.
                let name = "chart-\(images.count + 1)@\(Self.identifier(document.name))"
                images.append(MailMessage.Image(contentID: name, bytes: try scene.png()))
                html.add(scene, contentID: name)
                text.add(scene)
            case .table(let table):
                let excerpt = try TableExcerpt(table, rows: rows)
                html.add(excerpt)
                text.add(excerpt)
            }
        }
        html.end(document, link: link)
        text.end(document, link: link)
        self.html = html.body
        self.text = text.body
        self.images = images
    }

    private static func identifier(_ name: String) -> String {
        let clean = name.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        return String(clean) + ".report"
    }
}

/// The beginning of a table, as it is shown in a mail.
struct TableExcerpt {
    let table: ResultTable
    /// The indices of the columns shown.
    let columns: [Int]
    let rows: [[Value]]
    let totals: [ResultTotal]

    /// Reads the first rows, and all others for the footing rule: totals are shown as well.
    init(_ table: ResultTable, rows limit: Int) throws {
        self.table = table
        // Totalled columns are what a table is about; the others fill up from the left.
        let totalled = table.columns.indices.filter { table.columns[$0].isTotalled }
        let others = table.columns.indices.filter { !table.columns[$0].isTotalled }
        let kept = totalled.suffix(ReportMail.maximumColumns / 2)
        columns = (others.prefix(ReportMail.maximumColumns - kept.count) + kept).sorted()
        var check = FootingCheck(table)
        var first: [[Value]] = []
        try table.forEachBatch { rows in
            for row in rows {
                let cells = FootingCheck.printed(row, columns: table.columns)
                check.add(cells)
                if first.count < limit { first.append(cells) }
            }
        }
        try check.finish()
        rows = first
        totals = table.totals.map { total in
            ResultTotal(
                currency: total.currency,
                cells: FootingCheck.printed(total.cells, columns: table.columns)
            )
        }
    }

    var isComplete: Bool { rows.count == table.rowCount }

    /// The position among the shown columns at which a line of totals has its label.
    var labelPosition: Int? { columns.firstIndex { !table.columns[$0].isTotalled } }
}
