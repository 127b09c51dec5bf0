import Reports
import Vocabulary

/// Tables as values for their template.
///
/// Rows are written here: a page has more cells than all else together, and a template looks for each name in
/// every one of them.
struct TableMarkup {
    /// Ends the reading of a table of which enough has been seen.
    private struct Enough: Error {}

    let locale: ReportLocale
    let zone: Zone

    func values(_ table: ResultTable) throws -> PageValues {
        var rows = ""
        var count = 0
        do {
            try table.forEachBatch { batch in
                for row in batch {
                    guard count < PageCard.maximumRows else { throw Enough() }
                    write(row, columns: table.columns, to: &rows)
                    count += 1
                }
            }
        } catch is Enough {}
        var totals = ""
        for total in table.totals {
            // The label stands in the first column without a sum, where the eye looks for it.
            let label = total.cells.firstIndex(of: .missing)
            totals += "<tr>"
            for (index, cell) in zip(table.columns, total.cells).enumerated() {
                let isText = cell.1 == .missing
                let text = index == label ? total.label(in: locale) : ""
                write(
                    isText ? .text(text) : cell.1, kind: isText ? .text : cell.0.kind,
                    isHead: index == label || (label == nil && index == 0), to: &totals)
            }
            totals += "</tr>"
        }
        var remainder: Any = false
        if count < table.rowCount {
            let shown = locale.firstRows(count, of: table.rowCount)
            remainder =
                totals.isEmpty ? shown : shown + "; " + PageWord.totalsOfAll.text(in: locale)
        }
        return [
            "title": table.title, "columns": table.columns.map(head), "rows": rows,
            // Many columns stand closer, so that the last ones are seen without scrolling.
            "isDense": table.columns.count > 7,
            "hasRows": count > 0, "columnCount": table.columns.count,
            "hasTotals": !totals.isEmpty, "totals": totals, "remainder": remainder,
        ]
    }

    private func write(_ row: [Value], columns: [ResultColumn], to html: inout String) {
        html += "<tr>"
        for (index, (column, value)) in zip(columns, row).enumerated() {
            write(
                value, kind: column.kind, isHead: index == 0, meter: Self.meter(value, column.kind),
                to: &html)
        }
        html += "</tr>\n"
    }

    private func head(_ column: ResultColumn) -> PageValues {
        ["label": column.label, "align": Self.alignment(column.kind) ?? false]
    }

    /// One cell; of an amount, the sign of its currency is set apart.
    private func write(
        _ value: Value, kind: ResultColumn.Kind, isHead: Bool, meter: String? = nil,
        to html: inout String
    ) {
        html += isHead ? "<th scope=\"row\"" : "<td"
        if let style = Self.alignment(kind) { html += " class=\"\(style)\"" }
        html += ">"
        let text = locale.format(value, kind: kind, zone: zone)
        if case .money = value {
            let parts = FormattedNumber(text, in: locale)
            Self.writeUnit(parts.before, to: &html)
            html += MarkupText.escaped(parts.whole + parts.fraction)
            Self.writeUnit(parts.after, to: &html)
        } else {
            html += MarkupText.escaped(text)
        }
        if let meter {
            html +=
                "<svg class=\"meter\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
                + "aria-hidden=\"true\"><rect class=\"meter-track\" width=\"100\" height=\"8\"/>"
                + "<rect class=\"meter-fill\" width=\"\(meter)\" height=\"8\"/></svg>"
        }
        html += isHead ? "</th>" : "</td>"
    }

    private static func writeUnit(_ unit: String, to html: inout String) {
        if unit.isEmpty { return }
        html += "<span class=\"unit\">\(MarkupText.escaped(unit))</span>"
    }

    /// The class by which a column is aligned or kept on one line; words have none.
    private static func alignment(_ kind: ResultColumn.Kind) -> String? {
        switch kind {
        case .integer, .decimal, .money, .ratio: "num"
        case .day, .instant, .identifier: "keep"
        case .text, .boolean: nil
        }
    }

    /// The length of the bar beside a share, in percent of its track; nil without one.
    private static func meter(_ value: Value, _ kind: ResultColumn.Kind) -> String? {
        guard kind == .ratio, case .decimal(let share) = value,
            share.unscaled >= 0, share <= ExactDecimal(1)
        else { return nil }
        return (share * ExactDecimal(100)).rounded(toScale: 1).description
    }
}
