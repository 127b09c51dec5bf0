public import Vocabulary

/// Writes reports and their parts as JSON, always with the same keys in the same order.
///
/// Exact numbers are strings, so that no reader turns them into binary floats: amounts are
/// `{"amount":"1234.50","currency":"EUR"}`, decimals and ratios `"0.125"`. Counts are numbers, days
/// `"2026-06-30"`, instants RFC 3339 in UTC, and what is not known is `null`, never 0 (DOMAIN §1).
///
/// A table is `{"type":"table","name","title","columns":[{"name","label","kind","totalled"}],
/// "rowCount","rows":[[…]],"totals":[{"label","cells":[…]}]}`; each row has its cells in the order
/// of the columns. A report is `{"name","title","provenance":{…},"blocks":[…]}`.
public struct ReportJSON: Sendable {
    /// Prepares to write.
    public init() {}

    /// Hands a report to `receive` in pieces of about 64 KiB, however many rows its tables have.
    ///
    /// - Throws: `Advice` of kind `damaged` when rows and declared totals disagree; whoever
    ///   receives must then discard what came.
    public func write(
        _ document: ReportDocument, to receive: @escaping ([UInt8]) throws -> Void
    ) throws {
        var sink = ByteSink(receive)
        try write(document, to: &sink)
        try sink.flush()
    }

    /// A result's provenance as an object.
    public func text(_ provenance: Provenance) -> String {
        var fields = [
            "\"companies\":\(array(provenance.companies.map(JSONText.quoted)))",
            "\"period\":"
                + (provenance.period.map {
                    "{\"from\":\"\($0.start)\",\"to\":\"\($0.last)\"}"
                } ?? "null"),
        ]
        fields += [
            "\"zone\":\(JSONText.quoted(provenance.zone.name))",
            "\"basis\":\(JSONText.quoted(provenance.basis))",
            "\"currency\":\(JSONText.quoted(provenance.currency))",
            "\"filters\":\(array(provenance.filters.map(JSONText.quoted)))",
            "\"commit\":\(provenance.commit)",
            "\"committedAt\":" + (provenance.asOf.map { "\"\($0)\"" } ?? "null"),
            "\"generatedAt\":\"\(provenance.generatedAt)\"",
            "\"definition\":\(JSONText.quoted(provenance.definition))",
            "\"remarks\":\(array(provenance.remarks.map(JSONText.quoted)))",
            "\"notes\":\(array(provenance.notes.map(JSONText.quoted)))",
        ]
        return object(fields)
    }

    /// A headline figure as an object.
    public func text(_ figure: Figure) -> String {
        func cells(_ values: [Value], _ kind: ResultColumn.Kind) -> String {
            array(values.map { text(FootingCheck.printed($0, kind: kind)) })
        }
        return object([
            "\"name\":\(JSONText.quoted(figure.name))",
            "\"label\":\(JSONText.quoted(figure.label))",
            "\"kind\":\"\(Self.name(figure.kind))\"",
            "\"values\":\(cells(figure.values, figure.kind))",
            "\"previous\":\(cells(figure.previous, figure.kind))",
            "\"change\":\(cells(figure.change, .ratio))",
            "\"riseIsGood\":" + (figure.riseIsGood.map { $0 ? "true" : "false" } ?? "null"),
        ])
    }

    /// A chart's data as an object.
    public func text(_ chart: Chart) -> String {
        let series = chart.series.map { series in
            object([
                "\"label\":\(JSONText.quoted(series.label))",
                "\"isComparison\":\(series.isComparison)",
                "\"values\":\(array(series.values.map { $0.map { "\"\($0)\"" } ?? "null" }))",
            ])
        }
        let unit =
            switch chart.unit {
            case .money(let currency): "{\"kind\":\"money\",\"currency\":\"\(currency.code)\"}"
            case .count: "{\"kind\":\"count\"}"
            case .ratio: "{\"kind\":\"ratio\"}"
            }
        return object([
            "\"title\":\(JSONText.quoted(chart.title))", "\"kind\":\"\(chart.kind.rawValue)\"",
            "\"unit\":\(unit)", "\"categories\":\(array(chart.categories.map(JSONText.quoted)))",
            "\"series\":\(array(series))",
        ])
    }

    /// A cell.
    public func text(_ value: Value) -> String {
        switch value {
        case .missing: "null"
        case .integer(let number): String(number)
        case .decimal(let number): "\"\(number)\""
        case .money(let money):
            "{\"amount\":\"\(money.amount)\",\"currency\":\"\(money.currency.code)\"}"
        case .text(let text): JSONText.quoted(text)
        case .boolean(let truth): truth ? "true" : "false"
        case .day(let day): "\"\(day)\""
        case .instant(let instant): "\"\(instant)\""
        }
    }

    func write(_ document: ReportDocument, to sink: inout ByteSink) throws {
        try sink.write(
            "{\"name\":\(JSONText.quoted(document.name)),\"title\":\(JSONText.quoted(document.title)),"
                + "\"provenance\":\(text(document.provenance)),\"blocks\":[")
        for (index, block) in document.blocks.enumerated() {
            if index > 0 { try sink.write(",") }
            switch block {
            case .figures(let figures):
                let list = array(figures.map { text($0) })
                try sink.write("{\"type\":\"figures\",\"figures\":\(list)}")
            case .chart(let chart):
                try sink.write("{\"type\":\"chart\",\"chart\":\(text(chart))}")
            case .table(let table): try write(table, to: &sink)
            }
        }
        try sink.write("]}\n")
    }

    /// Hands a single table to `receive` in pieces, as the object described above.
    ///
    /// - Throws: As for a report.
    public func write(
        _ table: ResultTable, to receive: @escaping ([UInt8]) throws -> Void
    ) throws {
        var sink = ByteSink(receive)
        try write(table, to: &sink)
        try sink.flush()
    }

    private func write(_ table: ResultTable, to sink: inout ByteSink) throws {
        let columns = table.columns.map { column in
            object([
                "\"name\":\(JSONText.quoted(column.name))",
                "\"label\":\(JSONText.quoted(column.label))",
                "\"kind\":\"\(Self.name(column.kind))\"", "\"totalled\":\(column.isTotalled)",
            ])
        }
        try sink.write(
            "{\"type\":\"table\",\"name\":\(JSONText.quoted(table.name)),"
                + "\"title\":\(JSONText.quoted(table.title)),\"columns\":\(array(columns)),"
                + "\"rowCount\":\(table.rowCount),\"rows\":[")
        var check = FootingCheck(table)
        try table.forEachBatch { rows in
            for row in rows {
                let cells = FootingCheck.printed(row, columns: table.columns)
                let separator = check.rowCount > 0 ? ",\n" : "\n"
                check.add(cells)
                try sink.write(separator + array(cells.map { text($0) }))
            }
        }
        try check.finish()
        let totals = table.totals.map { total in
            let cells = FootingCheck.printed(total.cells, columns: table.columns)
            return object([
                "\"label\":\(JSONText.quoted(total.label))",
                "\"cells\":\(array(cells.map { text($0) }))",
            ])
        }
        try sink.write("],\"totals\":\(array(totals))}")
    }

    private func array(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    private func object(_ fields: [String]) -> String {
        "{" + fields.joined(separator: ",") + "}"
    }

    private static func name(_ kind: ResultColumn.Kind) -> String {
        switch kind {
        case .text: "text"
        case .identifier: "identifier"
        case .integer: "integer"
        case .decimal: "decimal"
        case .money: "money"
        case .ratio: "ratio"
        case .day: "day"
        case .instant: "instant"
        case .boolean: "boolean"
        }
    }
}
