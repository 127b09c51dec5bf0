import Reports
import Vocabulary

/// Tables as values for their template.
struct TableMarkup {
    /// Ends the reading of a table of which enough has been seen.
    private struct Enough: Error {}

    let locale: ReportLocale
    let zone: Zone

    func values(_ table: ResultTable) throws -> PageValues {
        var rows: [PageValues] = []
        do {
            try table.forEachBatch { batch in
                for row in batch {
                    guard rows.count < PageCard.maximumRows else { throw Enough() }
                    rows.append(values(row, columns: table.columns))
                }
            }
        } catch is Enough {}
        let totals = table.totals.map { total -> PageValues in
            // The label stands in the first column without a sum, where the eye looks for it.
            let label = total.cells.firstIndex(of: .missing)
            let cells = zip(table.columns, total.cells).enumerated().map { index, cell in
                let isText = cell.1 == .missing
                let text = index == label ? total.label(in: locale) : ""
                return self.cell(
                    isText ? .text(text) : cell.1, kind: isText ? .text : cell.0.kind,
                    isHead: index == label || (label == nil && index == 0))
            }
            return ["cells": cells]
        }
        var remainder: Any = false
        if rows.count < table.rowCount {
            let shown = locale.firstRows(rows.count, of: table.rowCount)
            remainder =
                totals.isEmpty ? shown : shown + "; " + PageWord.totalsOfAll.text(in: locale)
        }
        return [
            "title": table.title, "columns": table.columns.map(head), "rows": rows,
            // Many columns stand closer, so that the last ones are seen without scrolling.
            "isDense": table.columns.count > 7,
            "hasRows": !rows.isEmpty, "columnCount": table.columns.count,
            "hasTotals": !totals.isEmpty, "totals": totals, "remainder": remainder,
        ]
    }

    private func values(_ row: [Value], columns: [ResultColumn]) -> PageValues {
        let cells = zip(columns, row).enumerated().map { index, cell -> PageValues in
            var values = self.cell(cell.1, kind: cell.0.kind, isHead: index == 0)
            values["meter"] = Self.meter(cell.1, cell.0.kind) ?? false
            return values
        }
        return ["cells": cells]
    }

    private func head(_ column: ResultColumn) -> PageValues {
        ["label": column.label, "align": Self.alignment(column.kind) ?? false]
    }

    /// One cell; of an amount, the sign of its currency is set apart.
    private func cell(_ value: Value, kind: ResultColumn.Kind, isHead: Bool) -> PageValues {
        let text = locale.format(value, kind: kind, zone: zone)
        var values: PageValues = [
            "isHead": isHead, "element": isHead ? "th" : "td",
            "align": Self.alignment(kind) ?? false, "meter": false, "text": text,
            "before": false, "after": false,
        ]
        if case .money = value {
            let parts = FormattedNumber(text, in: locale)
            values["text"] = parts.whole + parts.fraction
            if !parts.before.isEmpty { values["before"] = parts.before }
            if !parts.after.isEmpty { values["after"] = parts.after }
        }
        return values
    }

    /// The class by which a column is aligned or kept on one line; words have none.
    private static func alignment(_ kind: ResultColumn.Kind) -> Any? {
        switch kind {
        case .integer, .decimal, .money, .ratio: "num"
        case .day, .instant, .identifier: "keep"
        case .text, .boolean: nil
        }
    }

    /// The length of the bar beside a share, in percent of its track; nil without one.
    private static func meter(_ value: Value, _ kind: ResultColumn.Kind) -> Any? {
        guard kind == .ratio, case .decimal(let share) = value,
            share.unscaled >= 0, share <= ExactDecimal(1)
        else { return nil }
        return (share * ExactDecimal(100)).rounded(toScale: 1).description
    }
}
