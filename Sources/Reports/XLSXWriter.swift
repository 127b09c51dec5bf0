package import Vocabulary

/// Writes a report as an XLSX workbook.
///
/// * One sheet per table, its continuation on further sheets after 1,048,576 rows; one sheet per
///   chart with its numbers and a native chart of them, or for a heat map colours in its cells; “Summary” with the headline figures; “Info”
///   with where the figures come from.
/// * Cells are typed: amounts are numbers in the pattern of their currency, identifiers are text,
///   days and instants are dates (instants on the clock of the report's zone).
/// * Totals are formulas with the declared total as their stored value. A table of one currency
///   has `SUBTOTAL(109, …)`, which follows the filter. A table of several has a currency column
///   and one line of `SUMIFS` per currency, which does not follow the filter: spreadsheets have no
///   sum that does both without recalculating every row.
/// * A number of more than 15 digits would be rounded by a spreadsheet, so it stands as text, and
///   the Info sheet says so, as it does for text cut at 32,767 characters.
package struct XLSXWriter {
    private let locale: ReportLocale
    private let rowsPerSheet: Int

    /// Prepares to write; `rowsPerSheet` is less than a spreadsheet's limit in tests only.
    package init(locale: ReportLocale, rowsPerSheet: Int = Workbook.maximumRows) {
        self.locale = locale
        self.rowsPerSheet = rowsPerSheet
    }

    /// Writes the workbook to a path at which nothing is yet expected.
    ///
    /// - Throws: `Advice` of kind `damaged` when rows and declared totals disagree.
    package func write(_ document: ReportDocument, toTemporary path: String) throws {
        let workbook = try Workbook(path: path)
        let provenance = document.provenance
        workbook.describe(
            title: document.title, company: provenance.companies.joined(separator: ", "),
            comments: locale.subject(of: provenance), createdAt: provenance.generatedAt)
        var remarks = provenance.remarks
        for block in document.blocks {
            switch block {
            case .figures(let figures):
                let sheet = try workbook.addSheet(locale.word(.summary))
                try XLSXSummarySheet(locale: locale, zone: provenance.zone).write(
                    figures, to: sheet, of: workbook)
            case .chart(let chart):
                try XLSXChartSheet(locale: locale).write(chart, in: workbook)
            case .table(let table):
                var writer = XLSXTableSheet(
                    table: table, locale: locale, zone: provenance.zone, workbook: workbook,
                    rowsPerSheet: rowsPerSheet)
                remarks += try writer.write()
            }
        }
        let info = try workbook.addSheet(locale.word(.info))
        try XLSXInfoSheet(locale: locale).write(document, remarks: remarks, to: info)
        try workbook.close()
    }
}

/// The sheet of headline figures.
struct XLSXSummarySheet {
    let locale: ReportLocale
    let zone: Zone

    func write(_ figures: [Figure], to sheet: Worksheet, of workbook: Workbook) throws {
        var cells = XLSXCellWriter(locale: locale, zone: zone, workbook: workbook)
        let header = CellFormat(isHeader: true)
        let rightHeader = CellFormat(isHeader: true, isRight: true)
        let headings = [ReportWord.figure, .value, .previous, .change].map(locale.word)
        for (column, heading) in headings.enumerated() {
            try sheet.write(heading, row: 0, column: column, column == 0 ? header : rightHeader)
            sheet.widen(column: column, to: 16)
        }
        var row = 1
        for figure in figures {
            sheet.widen(column: 0, to: figure.label.count)
            for index in figure.values.indices {
                try sheet.write(figure.label, row: row, column: 0)
                let parts: [(Value?, ResultColumn.Kind)] = [
                    (figure.values[index], figure.kind),
                    (figure.previous.element(at: index), figure.kind),
                    (figure.change.element(at: index), .ratio),
                ]
                for (offset, part) in parts.enumerated() {
                    let value = FootingCheck.printed(part.0 ?? .missing, kind: part.1)
                    _ = try cells.write(
                        value, kind: part.1, to: sheet, row: row, column: offset + 1)
                }
                row += 1
            }
        }
        try sheet.setWidths()
        try sheet.setPrint(landscape: false, locale: locale)
    }
}

extension Array {
    /// The element at an index, or nil beyond the end.
    func element(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// The sheet that says what the report speaks of and where its figures come from.
struct XLSXInfoSheet {
    let locale: ReportLocale

    func write(_ document: ReportDocument, remarks: [String], to sheet: Worksheet) throws {
        let heading = CellFormat(isBold: true)
        try sheet.write(document.title, row: 0, column: 0, CellFormat(isBold: true, size: 14))
        var row = 2
        func line(_ name: String, _ text: String) throws {
            try sheet.write(name, row: row, column: 0, heading)
            try sheet.write(text, row: row, column: 1, CellFormat(isWrapped: true))
            sheet.widen(column: 0, to: name.count)
            sheet.widen(column: 1, to: text.count)
            row += 1
        }
        try line(locale.word(.report), document.name)
        for (name, text) in locale.lines(of: document.provenance) { try line(name, text) }
        for table in document.tables {
            let count = locale.number(ExactDecimal(table.rowCount), scale: 0)
            try line("\(table.title): \(locale.word(.rows).lowercased())", count)
            for total in table.totals {
                let sums = zip(total.cells, table.columns).compactMap { cell, column in
                    column.isTotalled && cell != .missing
                        ? "\(column.label) "
                            + locale.format(
                                cell, kind: column.kind, zone: document.provenance.zone) : nil
                }
                try line("\(table.title): \(total.label(in: locale))", sums.joined(separator: "; "))
            }
        }
        for remark in remarks { try line(locale.word(.remarks), remark) }
        try sheet.setWidths(limit: 90)
        try sheet.setPrint(landscape: false, locale: locale)
    }
}

/// The sheet of one chart: its numbers, and the chart beside them.
struct XLSXChartSheet {
    let locale: ReportLocale

    func write(_ drawn: Chart, in workbook: Workbook) throws {
        let chart = drawn.kind == .heatmap ? drawn.transposed : drawn
        let sheet = try workbook.addSheet(chart.title)
        var cells = XLSXCellWriter(locale: locale, zone: .utc, workbook: workbook)
        let header = CellFormat(isHeader: true)
        try sheet.write(locale.word(.category), row: 0, column: 0, header)
        for (index, series) in chart.series.enumerated() {
            let right = CellFormat(isHeader: true, isRight: true)
            let name = locale.stepName(series.label)
            try sheet.write(name, row: 0, column: index + 1, right)
            sheet.widen(column: index + 1, to: max(name.count, 14))
        }
        for (row, category) in chart.categories.enumerated() {
            let name = locale.stepName(category)
            try sheet.write(name, row: row + 1, column: 0)
            sheet.widen(column: 0, to: name.count)
            for (column, series) in chart.series.enumerated() {
                guard let value = series.values[row] else { continue }
                let (cell, kind) = typed(value, chart.unit)
                _ = try cells.write(cell, kind: kind, to: sheet, row: row + 1, column: column + 1)
            }
        }
        try sheet.setWidths()
        try sheet.setPrint(landscape: true, locale: locale)
        guard !chart.categories.isEmpty, !chart.series.isEmpty else { return }
        if chart.kind == .heatmap {
            // A spreadsheet has no such chart, but colours its cells.
            return try sheet.colour(
                rows: 1..<chart.categories.count + 1, columns: 1..<chart.series.count + 1)
        }
        try insert(chart, into: sheet, of: workbook)
    }

    private func typed(_ value: ExactDecimal, _ unit: Chart.Unit) -> (Value, ResultColumn.Kind) {
        switch unit {
        case .money(let currency): (.money(Money(value, currency)), .money)
        case .count: (.decimal(value), .decimal(scale: value.scale))
        case .ratio: (.decimal(value), .ratio)
        }
    }

    private func insert(_ chart: Chart, into sheet: Worksheet, of workbook: Workbook) throws {
        let native = try workbook.addChart(chart.kind)
        let last = chart.categories.count + 1
        let categories = SpreadsheetNames.reference(sheet.name, "$A$2:$A$\(last)")
        var number = -1
        for (index, series) in chart.series.enumerated() {
            if !series.isComparison { number += 1 }
            let letter = SpreadsheetNames.letters(index + 1)
            native.addSeries(
                name: series.label, categories: categories,
                values: SpreadsheetNames.reference(
                    sheet.name, "$\(letter)$2:$\(letter)$\(last)"),
                role: series.isComparison ? .comparison : .series(number), kind: chart.kind)
        }
        let format =
            if case .ratio = chart.unit { SpreadsheetFormat.percent(locale) } else { "#,##0" }
        native.describe(
            title: chart.title, numberFormat: format, kind: chart.kind,
            seriesCount: chart.series.count)
        try sheet.insert(native, row: 1, column: chart.series.count + 2)
    }
}
