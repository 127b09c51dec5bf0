import Vocabulary

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
