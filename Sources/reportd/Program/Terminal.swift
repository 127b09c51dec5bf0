import Foundation
import Reports
import Vocabulary

/// What is said on the terminal: results on standard output, remarks on standard error.
enum Terminal {
    /// Writes a result.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes a result's bytes.
    static func write(_ bytes: [UInt8]) {
        // A reader that goes away early (`| head`) is no error of ours.
        try? FileHandle.standardOutput.write(contentsOf: Data(bytes))
    }

    /// Writes a remark.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}

/// A result table in columns of plain text.
struct TerminalTable: Sendable {
    let locale: ReportLocale
    let zone: Zone
    /// Characters of a cell that are shown.
    private static let cellLimit = 40

    /// The table, its heading and its totals.
    func text(_ table: ResultTable) throws -> String {
        var lines = [table.columns.map(\.label)]
        try table.forEachBatch { rows in
            for row in rows { lines.append(cells(row, table.columns)) }
        }
        for total in table.totals {
            var line = cells(total.cells, table.columns)
            if let label = table.columns.firstIndex(where: { !$0.isTotalled }) {
                line[label] = total.label(in: locale)
            }
            lines.append(line)
        }
        let widths = table.columns.indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        var text = ""
        for (number, line) in lines.enumerated() {
            if number == 1 || (number > 1 && number == lines.count - table.totals.count) {
                text +=
                    widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
            }
            let padded = table.columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - line[column].count)
                return isLeft(table.columns[column]) ? line[column] + space : space + line[column]
            }
            text += padded.joined(separator: "  ").replacing(/\ +$/, with: "") + "\n"
        }
        return text
    }

    private func isLeft(_ column: ResultColumn) -> Bool {
        switch column.kind {
        case .text, .identifier, .day, .instant, .boolean: true
        default: false
        }
    }

    private func cells(_ row: [Value], _ columns: [ResultColumn]) -> [String] {
        zip(row, columns).map { value, column in
            let text = locale.format(value, kind: column.kind, zone: zone)
            return text.count > Self.cellLimit ? text.prefix(Self.cellLimit - 1) + "…" : text
        }
    }
}
