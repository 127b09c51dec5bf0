import Vocabulary

/// The plain text of a report mail.
struct ReportMailText {
    let locale: ReportLocale
    let zone: Zone
    private(set) var body = ""

    /// Longest text of a table's cell, in characters.
    private static let cellLength = 32

    init(locale: ReportLocale, zone: Zone) {
        self.locale = locale
        self.zone = zone
    }

    mutating func begin(_ document: ReportDocument, note: String) {
        body += document.title + "\n" + locale.subject(of: document.provenance) + "\n\n"
        if !note.isEmpty { body += note + "\n\n" }
        for remark in document.provenance.remarks { body += "! " + remark + "\n" }
        if !document.provenance.remarks.isEmpty { body += "\n" }
    }

    mutating func add(_ figures: [Figure]) {
        let width = figures.map(\.label.count).max() ?? 0
        for figure in figures {
            for index in figure.values.indices {
                let value = FootingCheck.printed(figure.values[index], kind: figure.kind)
                var line = Self.padded(figure.label, to: width) + "  "
                line += locale.format(value, kind: figure.kind, zone: zone)
                if let previous = figure.knownPrevious(at: index) {
                    let before = FootingCheck.printed(previous, kind: figure.kind)
                    line += "  (\(locale.change(figure.change.element(at: index) ?? .missing)), "
                    line += locale.word(.previous).lowercased() + " "
                    line += locale.format(before, kind: figure.kind, zone: zone) + ")"
                }
                body += line + "\n"
            }
        }
        body += "\n"
    }

    mutating func add(_ scene: ChartScene) {
        body += scene.title + "\n" + scene.summary + "\n\n"
    }

    mutating func add(_ excerpt: TableExcerpt) {
        let table = excerpt.table
        body += table.title + "\n"
        if excerpt.rows.isEmpty {
            body += locale.word(.noRows) + "\n\n"
            return
        }
        var lines = [excerpt.columns.map { table.columns[$0].label }]
        lines += excerpt.rows.map { row in
            excerpt.columns.map { cell(row[$0], table.columns[$0].kind) }
        }
        lines += excerpt.totals.map { total in
            excerpt.columns.enumerated().map { position, index in
                if position == excerpt.labelPosition { return total.label(in: locale) }
                return table.columns[index].isTotalled
                    ? cell(total.cells[index], table.columns[index].kind) : ""
            }
        }
        let widths = excerpt.columns.indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        for (number, line) in lines.enumerated() {
            let cells = line.enumerated().map { position, text in
                table.columns[excerpt.columns[position]].kind.isRightAligned
                    ? String(repeating: " ", count: max(0, widths[position] - text.count)) + text
                    : Self.padded(text, to: widths[position])
            }
            let isRuled = number == 0 || number == excerpt.rows.count && !excerpt.totals.isEmpty
            body += cells.joined(separator: "  ") + "\n"
            if isRuled {
                let length = widths.reduce(0, +) + 2 * (widths.count - 1)
                body += String(repeating: "-", count: length) + "\n"
            }
        }
        if !excerpt.isComplete {
            body += locale.firstRows(excerpt.rows.count, of: table.rowCount) + "\n"
        }
        body += "\n"
    }

    mutating func end(_ document: ReportDocument, link: String?) {
        if let link { body += link + "\n\n" }
        for line in locale.lines(of: document.provenance) {
            body += "\(line.heading): \(line.text)\n"
        }
    }

    private func cell(_ value: Value, _ kind: ResultColumn.Kind) -> String {
        let text = String(
            locale.format(value, kind: kind, zone: zone).map { character in
                character.isNewline || character == "\t" ? " " : character
            })
        guard kind == .text, text.count > Self.cellLength else { return text }
        return text.prefix(Self.cellLength - 1) + "…"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
