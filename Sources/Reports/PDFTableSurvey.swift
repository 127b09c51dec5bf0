import Vocabulary

/// What one pass over a table's rows tells about the width that a column needs.
struct PDFColumnSurvey {
    /// Cells of a column never to be cut: numbers, dates, short identifiers.
    var isFixed = true
    /// Width of the widest cell at one point of letter size.
    var content = 0.0
    /// Whether there are cells whose width is not part of `content`.
    var hasUnmeasured = false
    /// Narrowest width of the heading on two lines, at one point of letter size.
    var heading = 0.0
    /// Width of the heading on one line, at one point of letter size.
    var wholeHeading = 0.0

    var natural: Double { max(content, heading) }
}

/// Reads a table once and finds how wide its columns must be and where its groups begin.
///
/// Numbers are never cut, nor laid out here: the widest one follows from the largest and smallest
/// value of a column, and from the sums of its positive and of its negative cells, which no sum of
/// a group or carried forward can exceed. Text is measured in the first rows whatever it is, and in
/// the others where it is plain and so costs little.
struct PDFTableSurvey {
    /// A group of rows.
    struct Group {
        let start: Int
        /// Lines of totals below it: one per currency.
        var lines: Int
    }

    private(set) var columns: [PDFColumnSurvey]
    private(set) var groups: [Group] = []
    private let locale: ReportLocale
    private let zone: Zone
    private let typesetter: Typesetter
    private var dayWidth: Double?
    private var instantWidth: Double?

    /// Rows whose text is measured whatever it is.
    private static let sampleSize = 400
    /// Bytes of a text that is measured at most: a longer one is broken or cut in any case.
    private static let measuredBytes = 400
    /// Identifiers up to so many times the letter size are shown whole.
    private static let wholeIdentifier = 18.0
    private static let unit = TextStyle(10)
    private static let strongUnit = TextStyle(10, bold: true)

    private struct Extremes {
        let example: Value
        var high = ExactDecimal.zero
        var low = ExactDecimal.zero
        var gains = ExactDecimal.zero
        var losses = ExactDecimal.zero

        var currency: Currency? {
            if case .money(let money) = example { money.currency } else { nil }
        }

        mutating func add(_ number: ExactDecimal) {
            if number < .zero {
                low = min(low, number)
                losses = losses + number
            } else {
                high = max(high, number)
                gains = gains + number
            }
        }
    }

    /// Reads the rows.
    ///
    /// - Throws: `Advice` of kind `damaged` when rows and declared totals disagree, or when a group
    ///   comes a second time.
    init(
        _ table: ResultTable, locale: ReportLocale, zone: Zone, typesetter: Typesetter
    ) throws {
        self.locale = locale
        self.zone = zone
        self.typesetter = typesetter
        columns = table.columns.map { column in
            PDFColumnSurvey(
                isFixed: column.kind != .text,
                heading: Self.headingWidth(column.label, typesetter),
                wholeHeading: typesetter.width(column.label, Self.strongUnit) / 10 + 0.05)
        }
        try read(table)
    }

    private mutating func read(_ table: ResultTable) throws {
        var extremes = table.columns.map { _ in [Extremes]() }
        var check = FootingCheck(table)
        var grouping = RowGroups(table)
        try table.forEachBatch { rows in
            for row in rows {
                let cells = FootingCheck.printed(row, columns: table.columns)
                let isSample = check.rowCount < Self.sampleSize
                if try grouping?.add(cells) == true {
                    endGroup(grouping?.finished)
                    groups.append(Group(start: check.rowCount, lines: 0))
                }
                check.add(cells)
                for index in cells.indices {
                    note(
                        cells[index], table.columns[index].kind, isSample: isSample, index,
                        &extremes[index])
                }
            }
        }
        try check.finish()
        endGroup(grouping?.footing)
        // Without totals below the table there are none below its groups.
        if table.totals.isEmpty { for index in groups.indices { groups[index].lines = 0 } }
        for (index, column) in table.columns.enumerated() {
            for entry in extremes[index] { widen(index, by: entry, column) }
            if column.kind == .identifier, columns[index].content > Self.wholeIdentifier {
                columns[index].isFixed = false
            }
        }
        for total in table.totals {
            for (index, cell) in total.cells.enumerated() where cell != .missing {
                widen(index, to: locale.format(cell, kind: table.columns[index].kind, zone: zone))
            }
        }
    }

    private mutating func endGroup(_ footing: ResultFooting?) {
        guard let footing, !groups.isEmpty else { return }
        groups[groups.count - 1].lines = footing.totals.count
    }

    private mutating func note(
        _ value: Value, _ kind: ResultColumn.Kind, isSample: Bool, _ index: Int,
        _ extremes: inout [Extremes]
    ) {
        switch value {
        case .integer(let number) where kind != .identifier && kind != .text:
            add(ExactDecimal(unscaled: Int128(number), scale: 0), value, nil, &extremes)
        case .decimal(let number) where kind != .identifier && kind != .text:
            add(number, value, nil, &extremes)
        case .money(let money): add(money.amount, value, money.currency, &extremes)
        case .day:
            dayWidth = dayWidth ?? dateWidth(tail: "")
            columns[index].content = max(columns[index].content, dayWidth ?? 0)
        case .instant:
            instantWidth = instantWidth ?? dateWidth(tail: " 00:00")
            columns[index].content = max(columns[index].content, instantWidth ?? 0)
        case .missing:
            if columns[index].content == 0 {
                widen(index, to: locale.format(value, kind: kind, zone: zone))
            }
        default:
            if case .text(let text) = value, text.utf8.count > Self.measuredBytes {
                columns[index].hasUnmeasured = true
                columns[index].content = max(columns[index].content, 100)
                return
            }
            let text = locale.format(value, kind: kind, zone: zone)
            let width =
                isSample
                ? typesetter.width(text, Self.unit) : typesetter.plainWidth(text, Self.unit)
            guard let width else {
                columns[index].hasUnmeasured = true
                return
            }
            columns[index].content = max(columns[index].content, width / 10)
        }
    }

    private func add(
        _ number: ExactDecimal, _ value: Value, _ currency: Currency?,
        _ extremes: inout [Extremes]
    ) {
        for index in extremes.indices where extremes[index].currency == currency {
            extremes[index].add(number)
            return
        }
        extremes.append(Extremes(example: value))
        extremes[extremes.count - 1].add(number)
    }

    private mutating func widen(_ index: Int, by entry: Extremes, _ column: ResultColumn) {
        var numbers = [entry.high, entry.low]
        if column.isTotalled { numbers += [entry.gains, entry.losses] }
        for number in numbers {
            let value: Value
            if case .money(let example) = entry.example {
                value = .money(Money(number, example.currency))
            } else {
                value = FootingCheck.printed(.decimal(number), kind: column.kind)
            }
            widen(index, to: locale.format(value, kind: column.kind, zone: zone))
        }
    }

    private mutating func widen(_ index: Int, to text: String) {
        columns[index].content = max(
            columns[index].content, typesetter.width(text, Self.strongUnit) / 10)
    }

    /// The widest date of any month, as months' names differ in width, with a time of day or none.
    private func dateWidth(tail: String) -> Double {
        let widths = (1...12).compactMap { month in
            LocalDay(year: 2028, month: month, day: 28).map {
                typesetter.width(locale.day($0) + tail, Self.unit) / 10
            }
        }
        return widths.max() ?? 0
    }

    /// How narrow a heading can be set on two lines.
    private static func headingWidth(_ heading: String, _ typesetter: Typesetter) -> Double {
        let words = heading.split(separator: " ").map(String.init)
        var best = typesetter.width(heading, strongUnit)
        for split in words.indices.dropFirst() {
            let first = words[..<split].joined(separator: " ")
            let second = words[split...].joined(separator: " ")
            best = min(
                best,
                max(typesetter.width(first, strongUnit), typesetter.width(second, strongUnit)))
        }
        return best / 10 + 0.05
    }
}
