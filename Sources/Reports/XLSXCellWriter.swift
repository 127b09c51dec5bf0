import Vocabulary

/// Writes values as typed cells in the number formats of a locale.
struct XLSXCellWriter {
    private let locale: ReportLocale
    let zone: Zone
    private let workbook: Workbook
    let plain: Workbook.FormatID
    let day: Workbook.FormatID
    let instant: Workbook.FormatID
    private let ratio: Workbook.FormatID
    private var money: [Currency: Workbook.FormatID] = [:]
    private var numbers: [Int: Workbook.FormatID] = [:]
    /// Numbers that had to be written as text.
    private(set) var longNumbers = 0

    init(locale: ReportLocale, zone: Zone, workbook: Workbook) {
        self.locale = locale
        self.zone = zone
        self.workbook = workbook
        plain = workbook.format(.plain)
        day = workbook.format(.date(SpreadsheetFormat.day(locale)))
        instant = workbook.format(.date(SpreadsheetFormat.instant(locale)))
        ratio = workbook.format(.number(SpreadsheetFormat.percent(locale)))
    }

    /// Writes a value as a typed cell.
    ///
    /// - Returns: Whether the cell is a number, so that a formula can add it up.
    mutating func write(
        _ value: Value, kind: ResultColumn.Kind, to sheet: Worksheet, row: Int, column: Int
    ) throws -> Bool {
        switch (value, kind) {
        case (.missing, _): return false
        case (.text(let text), _):
            try sheet.write(text, row: row, column: column, plain)
            return false
        case (.boolean(let truth), _):
            try sheet.write(truth, row: row, column: column, plain)
            return false
        case (.day(let date), _):
            return try writeDate(
                Double(date.number) + Self.epoch, text: date.description, day, to: sheet, row: row,
                column: column)
        case (.instant(let moment), _):
            let local = zone.local(moment)
            return try writeDate(
                Self.serial(local), text: "\(local.day) \(local.clock)", instant, to: sheet,
                row: row,
                column: column)
        case (.integer(let number), .identifier), (.integer(let number), .text):
            try sheet.write(String(number), row: row, column: column, plain)
            return false
        case (.decimal(let number), .identifier), (.decimal(let number), .text):
            try sheet.write(number.description, row: row, column: column, plain)
            return false
        case (.integer(let number), _):
            let exact = ExactDecimal(unscaled: Int128(number), scale: 0)
            return try write(exact, value, kind, to: sheet, row: row, column: column)
        case (.decimal(let number), _):
            return try write(number, value, kind, to: sheet, row: row, column: column)
        case (.money(let amount), _):
            return try write(amount.amount, value, kind, to: sheet, row: row, column: column)
        }
    }

    /// The look of a total of this value.
    func totalFormat(_ value: Value, kind: ResultColumn.Kind) -> CellFormat {
        let pattern: String
        switch (value, kind) {
        case (.money(let money), _):
            pattern = SpreadsheetFormat.money(money.currency, locale)
        case (_, .decimal(let scale)): pattern = SpreadsheetFormat.number(scale: scale)
        case (.decimal(let number), _):
            pattern = SpreadsheetFormat.number(scale: number.scale)
        default: pattern = SpreadsheetFormat.number(scale: 0)
        }
        return CellFormat.number(pattern).asTotal()
    }

    /// Whether a spreadsheet keeps all digits of a number.
    static func fits(_ number: ExactDecimal) -> Bool {
        number.unscaled.magnitude < 1_000_000_000_000_000
    }

    /// Whether a spreadsheet keeps all digits; not those of a missing number.
    static func fits(_ number: Int64) -> Bool { number.magnitude < 1_000_000_000_000_000 }

    /// A number that fits, as the nearest binary float.
    ///
    /// Digits and power of ten are both exact as floats, so the one division rounds correctly.
    static func float(_ number: ExactDecimal) -> Double {
        guard fits(number) else { return number.approximate }
        return Double(Int64(truncatingIfNeeded: number.unscaled)) / powers[number.scale]
    }

    static let powers = (0...ExactDecimal.maximumScale).map { scale in
        Double(ExactDecimal.powerOfTen(scale))
    }

    private mutating func write(
        _ number: ExactDecimal, _ value: Value, _ kind: ResultColumn.Kind, to sheet: Worksheet,
        row: Int, column: Int
    ) throws -> Bool {
        // Ratios are shown, never added, so their digits beyond the 15th may go.
        guard Self.fits(number) || kind == .ratio else {
            longNumbers += 1
            let text = locale.format(value, kind: kind, zone: zone)
            try sheet.write(text, row: row, column: column, CellFormat(isRight: true))
            return false
        }
        let format = format(of: value, number, kind)
        try sheet.write(Self.float(number), row: row, column: column, format)
        return true
    }

    private mutating func format(
        of value: Value, _ number: ExactDecimal, _ kind: ResultColumn.Kind
    ) -> Workbook.FormatID {
        if case .money(let amount) = value { return format(of: amount.currency) }
        return format(scale: number.scale, kind)
    }

    /// The format of amounts of a currency.
    mutating func format(of currency: Currency) -> Workbook.FormatID {
        if let known = money[currency] { return known }
        let made = workbook.format(.number(SpreadsheetFormat.money(currency, locale)))
        money[currency] = made
        return made
    }

    /// The format of numbers with so many decimals in a column of some kind.
    mutating func format(scale own: Int, _ kind: ResultColumn.Kind) -> Workbook.FormatID {
        var scale = own
        switch kind {
        case .ratio: return ratio
        case .decimal(let columnScale): scale = columnScale
        default: break
        }
        if let known = numbers[scale] { return known }
        let made = workbook.format(.number(SpreadsheetFormat.number(scale: scale)))
        numbers[scale] = made
        return made
    }

    private func writeDate(
        _ serial: Double, text: String, _ format: Workbook.FormatID, to sheet: Worksheet, row: Int,
        column: Int
    ) throws -> Bool {
        guard Self.serials.contains(serial) else {
            try sheet.write(text, row: row, column: column, plain)
            return false
        }
        try sheet.write(serial, row: row, column: column, format)
        return true
    }

    /// The serial number of 1970-01-01.
    static let epoch = 25_569.0

    /// The number of a moment: days since then, rounded once.
    static func serial(_ local: LocalTime) -> Double {
        (Double(local.secondsSinceEpoch) + epoch * 86_400) / 86_400
    }
    /// The moments that spreadsheets know: they count days from 1900, and take that year for a leap
    /// year.
    static let serials = 61.0..<2_958_466
}
