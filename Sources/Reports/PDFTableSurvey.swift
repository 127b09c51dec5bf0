import Vocabulary

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

/// Reads a table once and finds how wide its columns must be.
///
/// Numbers are never cut: the widest one follows from the largest and smallest value of a column,
/// and from the sums of its positive and of its negative cells, which no sum carried forward can
/// exceed. Text is measured in the first rows only and may later be cut with an ellipsis.
struct PDFTableSurvey {
    private let table: ResultTable
    private let locale: ReportLocale
    private let zone: Zone
    private let typesetter: Typesetter

    /// Rows whose text is measured.
    private static let sampleSize = 400
    /// Identifiers up to so many times the letter size are shown whole.
    private static let wholeIdentifier = 18.0
    private static let unit = TextStyle(10)
    private static let strongUnit = TextStyle(10, bold: true)

    private struct Extremes {
        var high = ExactDecimal.zero
        var low = ExactDecimal.zero
        var gains = ExactDecimal.zero
        var losses = ExactDecimal.zero
        var example: Value

        mutating func add(_ number: ExactDecimal) {
            high = max(high, number)
            low = min(low, number)
            if number < .zero { losses = losses + number } else { gains = gains + number }
        }
    }

    init(_ table: ResultTable, locale: ReportLocale, zone: Zone, typesetter: Typesetter) {
        self.table = table
        self.locale = locale
        self.zone = zone
        self.typesetter = typesetter
    }

    /// Reads the rows.
    ///
    /// - Throws: `Advice` of kind `damaged` when rows and declared totals disagree.
    func columns() throws -> [PDFColumnSurvey] {
        var surveys = table.columns.map { column in
            PDFColumnSurvey(
                isFixed: column.kind != .text, heading: headingWidth(column.label),
                wholeHeading: typesetter.width(column.label, Self.strongUnit) / 10 + 0.05)
        }
        var extremes = table.columns.map { _ in [String: Extremes]() }
        var check = FootingCheck(table)
        try table.forEachBatch { rows in
            for row in rows {
                let cells = FootingCheck.printed(row, columns: table.columns)
                let isSample = check.rowCount < Self.sampleSize
                check.add(cells)
                for (index, value) in cells.enumerated() {
                    note(
                        value, table.columns[index].kind, isSample: isSample,
                        &surveys[index], &extremes[index])
                }
            }
        }
        try check.finish()
        for (index, column) in table.columns.enumerated() {
            for entry in extremes[index].values {
                widen(&surveys[index], by: entry, column)
            }
            if column.kind == .identifier, surveys[index].content > Self.wholeIdentifier {
                surveys[index].isFixed = false
            }
        }
        for total in table.totals {
            for (index, cell) in total.cells.enumerated() where cell != .missing {
                let text = locale.format(cell, kind: table.columns[index].kind, zone: zone)
                surveys[index].content = max(
                    surveys[index].content, typesetter.width(text, Self.strongUnit) / 10)
            }
        }
        return surveys
    }

    private func note(
        _ value: Value, _ kind: ResultColumn.Kind, isSample: Bool, _ survey: inout PDFColumnSurvey,
        _ extremes: inout [String: Extremes]
    ) {
        switch value {
        case .integer(let number) where kind != .identifier && kind != .text:
            extremes["", default: Extremes(example: value)].add(
                ExactDecimal(unscaled: Int128(number), scale: 0))
        case .decimal(let number) where kind != .identifier && kind != .text:
            extremes["", default: Extremes(example: value)].add(number)
        case .money(let money):
            extremes[money.currency.code, default: Extremes(example: value)].add(money.amount)
        case .day, .instant:
            if survey.content == 0 { survey.content = dateWidth(value) }
        default:
            guard isSample else { return }
            let text = locale.format(value, kind: kind, zone: zone)
            survey.content = max(survey.content, typesetter.width(text, Self.unit) / 10)
        }
    }

    private func widen(
        _ survey: inout PDFColumnSurvey, by entry: Extremes, _ column: ResultColumn
    ) {
        var numbers = [entry.high, entry.low]
        if column.isTotalled { numbers += [entry.gains, entry.losses] }
        for number in numbers {
            let value: Value
            if case .money(let example) = entry.example {
                value = .money(Money(number, example.currency))
            } else {
                value = FootingCheck.printed(.decimal(number), kind: column.kind)
            }
            let text = locale.format(value, kind: column.kind, zone: zone)
            survey.content = max(survey.content, typesetter.width(text, Self.strongUnit) / 10)
        }
    }

    /// The widest date of any month, as months' names differ in width.
    private func dateWidth(_ value: Value) -> Double {
        var tail = ""
        if case .instant = value { tail = " 00:00" }
        let widths = (1...12).compactMap { month in
            LocalDay(year: 2028, month: month, day: 28).map {
                typesetter.width(locale.day($0) + tail, Self.unit) / 10
            }
        }
        return widths.max() ?? 0
    }

    /// How narrow a heading can be set on two lines.
    private func headingWidth(_ heading: String) -> Double {
        let words = heading.split(separator: " ").map(String.init)
        var best = typesetter.width(heading, Self.strongUnit)
        for split in words.indices.dropFirst() {
            let first = words[..<split].joined(separator: " ")
            let second = words[split...].joined(separator: " ")
            best = min(
                best,
                max(
                    typesetter.width(first, Self.strongUnit),
                    typesetter.width(second, Self.strongUnit)))
        }
        return best / 10 + 0.05
    }
}
