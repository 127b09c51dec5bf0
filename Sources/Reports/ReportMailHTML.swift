import Vocabulary

/// The HTML of a report mail: tables and inline styles only, as mail readers drop everything else.
struct ReportMailHTML {
    let locale: ReportLocale
    let zone: Zone
    private(set) var body = ""

    private static let font = "font-family:Arial,Helvetica,sans-serif;"
    /// Longest text of a table's cell, in characters.
    private static let cellLength = 48

    init(locale: ReportLocale, zone: Zone) {
        self.locale = locale
        self.zone = zone
    }

    mutating func begin(_ document: ReportDocument, note: String) {
        let title = MarkupText.escaped(document.title)
        let subject = MarkupText.escaped(locale.subject(of: document.provenance))
        body += """
            <!DOCTYPE html>
            <html lang="\(locale.languageTag)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light"><title>\(title)</title></head>
            <body style="margin:0;padding:0;background:#eef1f4;">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
            style="background:#eef1f4;"><tr><td align="center" style="padding:24px 12px;">
            <table role="presentation" width="640" cellpadding="0" cellspacing="0" \
            style="width:100%;max-width:640px;background:#ffffff;border-radius:6px;">
            <tr><td style="padding:28px 32px 4px 32px;\(Self.font)">
            <h1 style="margin:0;font-size:22px;line-height:28px;color:\(Ink.text.hex);">\(title)</h1>
            <p style="margin:4px 0 0 0;font-size:14px;line-height:20px;color:\(Ink.muted.hex);">\
            \(subject)</p></td></tr>

            """
        if !note.isEmpty {
            paragraph(note, "font-size:14px;line-height:21px;color:\(Ink.text.hex);")
        }
        for remark in document.provenance.remarks {
            paragraph(
                remark,
                "padding:9px 12px;background:#fdf3e1;border-left:4px solid #e59a1a;font-size:13px;"
                    + "line-height:19px;color:\(Ink.text.hex);")
        }
    }

    mutating func add(_ figures: [Figure]) {
        let perRow = 2
        body += "<tr><td style=\"padding:14px 26px 0 26px;\"><table role=\"presentation\" "
        body += "width=\"100%\" cellpadding=\"0\" cellspacing=\"6\">\n"
        for start in stride(from: 0, to: figures.count, by: perRow) {
            body += "<tr>"
            for index in start..<start + perRow {
                body += "<td width=\"50%\" valign=\"top\" style=\"width:50%;"
                if let figure = figures.element(at: index) {
                    body += "padding:12px 14px;background:\(Ink.panel.hex);border-radius:5px;"
                    body += "\(Self.font)\">\(content(of: figure))</td>"
                } else {
                    body += "\"></td>"
                }
            }
            body += "</tr>\n"
        }
        body += "</table></td></tr>\n"
    }

    private func content(of figure: Figure) -> String {
        let label = MarkupText.escaped(figure.label)
        var out =
            "<div style=\"font-size:12px;line-height:16px;color:\(Ink.muted.hex);\">\(label)</div>"
        for index in figure.values.indices {
            let value = FootingCheck.printed(figure.values[index], kind: figure.kind)
            let size = figure.values.count > 1 ? 17 : 21
            let text = MarkupText.escaped(locale.format(value, kind: figure.kind, zone: zone))
            out += "<div style=\"font-size:\(size)px;line-height:\(size + 8)px;font-weight:bold;"
            out += "color:\(Ink.text.hex);white-space:nowrap;\">\(text)</div>"
            guard let previous = figure.knownPrevious(at: index) else { continue }
            let before = FootingCheck.printed(previous, kind: figure.kind)
            let change = locale.change(figure.change.element(at: index) ?? .missing)
            let old = locale.format(before, kind: figure.kind, zone: zone)
            out += "<div style=\"font-size:12px;line-height:16px;color:\(Ink.muted.hex);\">"
            out +=
                "<b style=\"color:\(figure.ink(at: index).hex);\">\(MarkupText.escaped(change))</b> "
            out += MarkupText.escaped("\(locale.word(.previous).lowercased()) \(old)") + "</div>"
        }
        return out
    }

    mutating func add(_ scene: ChartScene, contentID: String) {
        // Those who do not see the picture get its sentence.
        body += "<tr><td style=\"padding:22px 32px 0 32px;\"><img src=\"cid:\(contentID)\" "
        body += "width=\"\(Int(scene.width))\" alt=\"\(MarkupText.escaped(scene.title)). "
        body += "\(MarkupText.escaped(scene.summary))\" style=\"display:block;width:100%;"
        body += "max-width:\(Int(scene.width))px;height:auto;border:0;\"></td></tr>\n"
    }

    mutating func add(_ excerpt: TableExcerpt) {
        let table = excerpt.table
        body += "<tr><td style=\"padding:24px 32px 0 32px;\(Self.font)\">"
        body += "<h2 style=\"margin:0 0 8px 0;font-size:15px;line-height:20px;"
        body += "color:\(Ink.text.hex);\">\(MarkupText.escaped(table.title))</h2>"
        if excerpt.rows.isEmpty {
            body += "<p style=\"margin:0;font-size:13px;color:\(Ink.muted.hex);\">"
            body += "\(MarkupText.escaped(locale.word(.noRows)))</p></td></tr>\n"
            return
        }
        body += "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
        body += "style=\"border-collapse:collapse;font-size:12px;line-height:17px;\">\n<tr>"
        for index in excerpt.columns {
            let column = table.columns[index]
            body += "<th scope=\"col\" style=\"\(edge(column.kind))border-bottom:2px solid "
            body += "\(Ink.text.hex);color:\(Ink.muted.hex);font-weight:bold;\">"
            body += "\(MarkupText.escaped(column.label))</th>"
        }
        body += "</tr>\n"
        for row in excerpt.rows {
            body += "<tr>"
            for index in excerpt.columns {
                let kind = table.columns[index].kind
                body += "<td style=\"\(edge(kind))border-bottom:1px solid \(Ink.hairline.hex);"
                body += "color:\(Ink.text.hex);\">\(cell(row[index], kind))</td>"
            }
            body += "</tr>\n"
        }
        for (number, total) in excerpt.totals.enumerated() {
            body += "<tr>"
            for (position, index) in excerpt.columns.enumerated() {
                let column = table.columns[index]
                let rule = number == 0 ? "border-top:2px solid \(Ink.text.hex);" : ""
                body += "<td style=\"\(edge(column.kind))\(rule)font-weight:bold;"
                body += "color:\(Ink.text.hex);\">"
                if position == excerpt.labelPosition {
                    body += MarkupText.escaped(total.label(in: locale))
                } else if column.isTotalled {
                    body += cell(total.cells[index], column.kind)
                }
                body += "</td>"
            }
            body += "</tr>\n"
        }
        body += "</table>"
        if !excerpt.isComplete {
            let words = locale.firstRows(excerpt.rows.count, of: table.rowCount)
            body += "<p style=\"margin:6px 0 0 0;font-size:12px;color:\(Ink.muted.hex);\">"
            body += "\(MarkupText.escaped(words))</p>"
        }
        body += "</td></tr>\n"
    }

    mutating func end(_ document: ReportDocument, link: String?) {
        if let link, link.hasPrefix("https://") || link.hasPrefix("http://") {
            let address = MarkupText.escaped(link)
            body += "<tr><td style=\"padding:22px 32px 0 32px;\(Self.font)font-size:14px;\">"
            body +=
                "<a href=\"\(address)\" style=\"color:\(Ink.accent.hex);\">\(address)</a></td></tr>\n"
        }
        let lines = locale.lines(of: document.provenance).map { line in
            "\(MarkupText.escaped(line.heading)): \(MarkupText.escaped(line.text))"
        }
        body += "<tr><td style=\"padding:24px 32px 28px 32px;\(Self.font)font-size:11px;"
        body += "line-height:17px;color:\(Ink.muted.hex);\">"
        body += "<div style=\"border-top:1px solid \(Ink.hairline.hex);padding-top:12px;\">"
        body += lines.joined(separator: " &middot; ") + "</div></td></tr>\n"
        body += "</table></td></tr></table></body></html>\n"
    }

    private mutating func paragraph(_ text: String, _ style: String) {
        body += "<tr><td style=\"padding:12px 32px 0 32px;\(Self.font)\">"
        body += "<p style=\"margin:0;\(style)\">\(Self.linked(text))</p></td></tr>\n"
    }

    /// A text whose https addresses lead there; the mark that ends a sentence is no part of one.
    private static func linked(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            guard word.hasPrefix("https://"),
                let last = word.lastIndex(where: { !".,;:".contains($0) })
            else { return MarkupText.escaped(String(word)) }
            let address = String(word[...last])
            let rest = String(word[word.index(after: last)...])
            return "<a href=\"\(MarkupText.escaped(address))\" "
                + "style=\"color:\(Ink.accent.hex);word-break:break-all;\">"
                + "\(MarkupText.escaped(address))</a>\(MarkupText.escaped(rest))"
        }.joined(separator: " ")
    }

    private func edge(_ kind: ResultColumn.Kind) -> String {
        kind.isRightAligned
            ? "text-align:right;white-space:nowrap;padding:5px 0 5px 12px;"
            : "text-align:left;\(kind == .text ? "" : "white-space:nowrap;")padding:5px 12px 5px 0;"
    }

    private func cell(_ value: Value, _ kind: ResultColumn.Kind) -> String {
        let text = locale.format(value, kind: kind, zone: zone)
        guard kind == .text, text.count > Self.cellLength else { return MarkupText.escaped(text) }
        return MarkupText.escaped(text.prefix(Self.cellLength - 1) + "…")
    }
}
