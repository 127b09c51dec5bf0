import Vocabulary

/// Writes one table to as many sheets as its rows need.
///
/// Layout of each sheet: the header in row 1, rows below, and on the last sheet the lines of
/// totals. Where amounts of several currencies occur, a currency column follows the first column
/// of amounts; it holds the key by which rows belong to a line of totals.
struct XLSXTableSheet {
    private let table: ResultTable
    private let locale: ReportLocale
    private let zone: Zone
    private let workbook: Workbook
    private var cells: XLSXCellWriter
    private var check: FootingCheck
    private var sheets: [(sheet: Worksheet, lastRow: Int)] = []
    /// Whether each column of the table has a total.
    private let totalled: [Bool]
    /// Where each column of the table stands on the sheet.
    private var positions: [Int] = []
    private var keyPosition: Int?
    /// Columns of numbers that a formula cannot add up, as some of them are kept as text.
    private var unsummable: Set<Int> = []
    /// The same of amounts, by currency; also those that stand in a row of another currency.
    private var unsummableAmounts: [String: Set<Int>] = [:]
    /// For each column, its words as they were last seen, and as cells hold them.
    private var words: [(read: ResultWords, written: WorkbookWords)?]

    private let rowsPerSheet: Int

    /// Rows whose contents decide the widths of columns, together with header and totals.
    private static let sampleSize = 1000

    /// Prepares to write a table; `rowsPerSheet` is less than a spreadsheet's limit in tests only.
    init(
        table: ResultTable, locale: ReportLocale, zone: Zone, workbook: Workbook,
        rowsPerSheet: Int = Workbook.maximumRows
    ) {
        self.table = table
        totalled = table.columns.map(\.isTotalled)
        self.locale = locale
        self.zone = zone
        self.workbook = workbook
        self.rowsPerSheet = rowsPerSheet
        cells = XLSXCellWriter(locale: locale, zone: zone, workbook: workbook)
        check = FootingCheck(table)
        words = table.columns.map { _ in nil }
    }

    /// Writes header, rows and totals.
    ///
    /// - Returns: Remarks about cells and tables that a spreadsheet cannot hold as they are.
    /// - Throws: `Advice` of kind `damaged` when rows and declared totals disagree.
    mutating func write() throws -> [String] {
        try placeColumns()
        try beginSheet(after: 0)
        try table.forEachBatch { try write($0) }
        try check.finish()
        try writeTotals()
        var cut = 0
        for (sheet, _) in sheets {
            try sheet.setWidths()
            try sheet.setPrint(landscape: lastColumn > 6, locale: locale)
            cut += sheet.cutCells
        }
        var remarks: [String] = []
        if let first = sheets.first, let last = sheets.last, sheets.count > 1 {
            let words = locale.continuedSheets(
                table.rowCount, first: first.sheet.name, last: last.sheet.name)
            remarks.append(table.title + ": " + words)
        }
        if cut > 0 {
            remarks.append(
                table.title + ": " + locale.cutCells(cut, limit: Workbook.maximumText))
        }
        if cells.longNumbers > 0 {
            remarks.append(table.title + ": " + locale.longNumbers(cells.longNumbers))
        }
        return remarks
    }

    private var lastColumn: Int { table.columns.count - 1 + (keyPosition == nil ? 0 : 1) }

    /// Decides where columns stand; a first pass over the rows tells whether several currencies
    /// occur.
    private mutating func placeColumns() throws {
        let firstMoney = table.columns.firstIndex { $0.kind == .money }
        var currencies = Set(table.totals.compactMap(\.currency))
        if firstMoney != nil, currencies.count < 2 {
            var footing = ResultFooting(columns: table.columns)
            try table.forEachBatch { footing.add($0) }
            currencies.formUnion(footing.currencies)
        }
        keyPosition = currencies.count > 1 ? firstMoney.map { $0 + 1 } : nil
        positions = table.columns.indices.map { index in
            if let keyPosition, index >= keyPosition { index + 1 } else { index }
        }
    }

    /// Rows that go on one sheet.
    ///
    /// Room for the totals is kept on each, as totals follow the last row.
    private var capacity: Int { rowsPerSheet - 1 - table.totals.count }

    private mutating func beginSheet(after rowsWritten: Int) throws {
        let sheet = try workbook.addSheet(table.title)
        // The library wants to know the filter's rows before they are on disk.
        let coming = min(table.rowCount - rowsWritten, capacity)
        try sheet.setHeader(lastRow: max(coming, 1), lastColumn: lastColumn)
        for (index, column) in table.columns.enumerated() {
            let isRight = column.kind.isRightAligned
            try sheet.write(
                column.label, row: 0, column: positions[index],
                CellFormat(isHeader: true, isRight: isRight))
            // The filter's arrow covers about three characters of the heading.
            sheet.widen(column: positions[index], to: column.label.count + 3)
        }
        if let keyPosition {
            let heading = locale.word(.currency)
            try sheet.write(heading, row: 0, column: keyPosition, CellFormat(isHeader: true))
            sheet.widen(column: keyPosition, to: heading.count + 3)
        }
        sheets.append((sheet, 0))
    }

    private mutating func write(_ batch: ResultBatch) throws {
        let printed = FootingCheck.printed(batch, columns: table.columns)
        let before = check.rowCount
        check.add(printed)
        let lanes = zip(printed.columns, table.columns).enumerated().map { index, column in
            XLSXLane(
                column.0, kind: column.1.kind, &cells, words: &words[index])
        }
        let mayMix = Self.mayMixCurrencies(printed)
        for row in 0..<printed.count {
            if sheets[sheets.count - 1].lastRow == capacity { try beginSheet(after: before + row) }
            sheets[sheets.count - 1].lastRow += 1
            let (sheet, number) = sheets[sheets.count - 1]
            for index in lanes.indices {
                let isNumber = try lanes[index].write(
                    row, with: &cells, to: sheet, row: number, column: positions[index])
                if !isNumber, totalled[index] {
                    switch lanes[index].column[row] {
                    case .missing: break
                    case .money(let money):
                        unsummableAmounts[money.currency.code, default: []].insert(index)
                    default: unsummable.insert(index)
                    }
                }
            }
            if before + row < Self.sampleSize { sample(printed[row], on: sheet) }
            if mayMix { noteOtherCurrencies(of: printed, row) }
            guard let keyPosition else { continue }
            let key = FootingCheck.currencyCode(of: printed, row: row)
            if !key.isEmpty {
                try sheet.write(key, row: number, column: keyPosition, cells.plain)
            }
        }
    }

    /// Whether amounts of one row may have several currencies.
    private static func mayMixCurrencies(_ batch: ResultBatch) -> Bool {
        var found: ResultCurrencies?
        for column in batch.columns {
            guard case .numbers(_, let meaning) = column else { return true }
            guard case .money(let currencies) = meaning else { continue }
            if let found, found != currencies { return true }
            found = currencies
        }
        return false
    }

    /// Notes the widths that a row's cells want.
    private func sample(_ cells: [Value], on sheet: Worksheet) {
        for (index, column) in table.columns.enumerated() {
            let text = locale.format(cells[index], kind: column.kind, zone: zone)
            sheet.widen(column: positions[index], to: text.count)
        }
    }

    /// Notes amounts of another currency than the row's first, which a formula cannot tell apart.
    private mutating func noteOtherCurrencies(of batch: ResultBatch, _ row: Int) {
        let key = FootingCheck.currencyCode(of: batch, row: row)
        for (index, column) in batch.columns.enumerated() where table.columns[index].isTotalled {
            guard case .money(let money) = column[row], money.currency.code != key else { continue }
            unsummableAmounts[key, default: []].insert(index)
            unsummableAmounts[money.currency.code, default: []].insert(index)
        }
    }

    private mutating func writeTotals() throws {
        guard !table.totals.isEmpty else { return }
        let (sheet, lastRow) = sheets[sheets.count - 1]
        for (line, total) in table.totals.enumerated() {
            let row = lastRow + 1 + line
            let values = FootingCheck.printed(total.cells, columns: table.columns)
            let key = total.currency?.code ?? ""
            let labelColumn = table.columns.firstIndex { !$0.isTotalled }
            for (index, column) in table.columns.enumerated() {
                let position = positions[index]
                if index == labelColumn {
                    let label = total.label(in: locale)
                    try sheet.write(label, row: row, column: position, .plain.asTotal())
                    sheet.widen(column: position, to: label.count)
                } else if column.isTotalled {
                    try writeTotal(values[index], index, key: key, to: sheet, row: row)
                } else {
                    try sheet.blank(row: row, column: position, .plain.asTotal())
                }
            }
            if let keyPosition {
                try sheet.write(key, row: row, column: keyPosition, .plain.asTotal())
            }
        }
    }

    private mutating func writeTotal(
        _ value: Value, _ index: Int, key: String, to sheet: Worksheet, row: Int
    ) throws {
        let column = table.columns[index]
        let text = locale.format(value, kind: column.kind, zone: zone)
        sheet.widen(column: positions[index], to: text.count + 1)
        let format = cells.totalFormat(value, kind: column.kind)
        let number: ExactDecimal
        var isSummable = check.rowCount > 0
        switch value {
        case .integer(let whole):
            number = ExactDecimal(unscaled: Int128(whole), scale: 0)
            isSummable = isSummable && !unsummable.contains(index)
        case .decimal(let decimal):
            number = decimal
            isSummable = isSummable && !unsummable.contains(index)
        case .money(let money):
            number = money.amount
            isSummable = isSummable && unsummableAmounts[key]?.contains(index) != true
        default: return try sheet.blank(row: row, column: positions[index], format)
        }
        guard XLSXCellWriter.fits(number) else {
            var right = CellFormat.plain.asTotal()
            right.isRight = true
            return try sheet.write(text, row: row, column: positions[index], right)
        }
        let known = workbook.format(format)
        let float = XLSXCellWriter.float(number)
        guard isSummable else {
            return try sheet.write(float, row: row, column: positions[index], known)
        }
        try sheet.write(
            formula: formula(index, key: key), value: float, row: row, column: positions[index],
            known)
    }

    /// The sum of a column over all sheets: of visible rows, or of a currency's rows.
    private func formula(_ index: Int, key: String) -> String {
        let letters = SpreadsheetNames.letters(positions[index])
        func range(_ entry: (sheet: Worksheet, lastRow: Int), _ letters: String) -> String {
            let cells = "\(letters)2:\(letters)\(entry.lastRow + 1)"
            return sheets.count == 1 ? cells : SpreadsheetNames.reference(entry.sheet.name, cells)
        }
        guard let keyPosition, table.columns[index].kind == .money else {
            return "=SUBTOTAL(109," + sheets.map { range($0, letters) }.joined(separator: ",") + ")"
        }
        let keys = SpreadsheetNames.letters(keyPosition)
        let sums = sheets.map {
            "SUMIFS(\(range($0, letters)),\(range($0, keys)),\"\(key)\")"
        }
        return "=" + sums.joined(separator: "+")
    }
}
