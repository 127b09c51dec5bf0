public import Vocabulary

/// Writes a table as CSV after RFC 4180: CRLF, a header line, quotes where they are needed.
///
/// * **Money** takes two columns in every profile, the bare amount and after it its currency
///   (`amount`, `amount_currency`). Always, also when a file happens to hold one currency: a program
///   or an import template that reads the file must not find other columns on another day.
/// * **Days** are ISO 8601 in every profile: spreadsheets of every region read that as a date and
///   none exchanges day and month. Instants are RFC 3339 in UTC for programs, and
///   `2026-06-30 22:30:05` on the clock of the result's zone for people.
/// * **Formula guard**: text and identifiers that begin with `= + - @`, tab, CR or LF are preceded
///   by `'`, so that a spreadsheet does not run what a customer typed. Numbers are left alone.
/// * **Totals** are not rows: a sum over the file would count everything twice. They are still
///   checked against the rows written.
/// * Missing cells are empty; ratios are plain numbers (0.125), booleans `true` and `false`.
public struct CSVWriter: Sendable {
    /// The dialect.
    public let profile: CSVProfile
    /// The zone on whose clock people read instants.
    public let zone: Zone

    /// Prepares to write.
    public init(profile: CSVProfile, zone: Zone) {
        self.profile = profile
        self.zone = zone
    }

    /// Hands the file to `receive` in pieces of about 64 KiB, however many rows there are.
    ///
    /// - Throws: `Advice` of kind `damaged`, after the last piece, when rows and declared totals
    ///   disagree; whoever receives must then discard what came. What `receive` throws passes
    ///   through.
    public func write(_ table: ResultTable, to receive: @escaping ([UInt8]) throws -> Void) throws {
        var sink = ByteSink(receive)
        try write(table, to: &sink)
        try sink.flush()
    }

    func write(_ table: ResultTable, to sink: inout ByteSink) throws {
        var check = FootingCheck(table)
        var line: [UInt8] = profile.isForPeople ? [0xEF, 0xBB, 0xBF] : []
        appendHeader(of: table, to: &line)
        try sink.write(line)
        // The sink is borrowed by the closure below for the duration of each batch only.
        try table.forEachBatch { rows in
            for row in rows {
                let cells = FootingCheck.printed(row, columns: table.columns)
                check.add(cells)
                line.removeAll(keepingCapacity: true)
                append(cells, of: table, to: &line)
                try sink.write(line)
            }
        }
        try check.finish()
    }

    private func appendHeader(of table: ResultTable, to line: inout [UInt8]) {
        let currency = profile.locale.word(.currency)
        for (index, column) in table.columns.enumerated() {
            if index > 0 { line.append(profile.separator) }
            let name = profile.isForPeople ? column.label : column.name
            appendText(name, to: &line)
            guard column.kind == .money else { continue }
            line.append(profile.separator)
            appendText(
                profile.isForPeople ? "\(name) (\(currency))" : name + "_currency", to: &line)
        }
        line += [13, 10]
    }

    private func append(_ cells: [Value], of table: ResultTable, to line: inout [UInt8]) {
        let start = line.count
        for (index, column) in table.columns.enumerated() {
            if index > 0 { line.append(profile.separator) }
            append(cells[index], to: &line)
            guard column.kind == .money else { continue }
            line.append(profile.separator)
            if case .money(let money) = cells[index] { line += money.currency.code.utf8 }
        }
        // A line of one empty field would be an empty line, which readers skip.
        if line.count == start { line += [34, 34] }
        line += [13, 10]
    }

    private func append(_ value: Value, to line: inout [UInt8]) {
        switch value {
        case .missing: break
        case .integer(let number): line += String(number).utf8
        case .decimal(let number): appendNumber(number, to: &line)
        case .money(let money): appendNumber(money.amount, to: &line)
        case .text(let text): appendText(text, to: &line)
        case .boolean(let truth): line += (truth ? "true" : "false").utf8
        case .day(let day): line += day.description.utf8
        case .instant(let instant):
            if profile.isForPeople {
                let local = zone.local(instant)
                line += "\(local.day) \(local.clock)".utf8
            } else {
                line += instant.description.utf8
            }
        }
    }

    /// Writes a number; where the comma is not the separator it needs no quotes in any profile.
    private func appendNumber(_ number: ExactDecimal, to line: inout [UInt8]) {
        for byte in number.description.utf8 {
            line.append(byte == UInt8(ascii: ".") ? profile.decimalPoint : byte)
        }
    }

    private func appendText(_ text: String, to line: inout [UInt8]) {
        var needsQuotes = false
        for byte in text.utf8
        where byte == profile.separator || byte == 34 || byte == 13 || byte == 10 {
            needsQuotes = true
            break
        }
        if needsQuotes { line.append(34) }
        if let first = text.utf8.first, Self.guarded.contains(first) { line.append(39) }
        for byte in text.utf8 {
            if byte == 34 { line.append(34) }
            line.append(byte)
        }
        if needsQuotes { line.append(34) }
    }

    /// `= + - @`, tab, CR, LF: what makes a spreadsheet take text for a formula.
    private static let guarded: Set<UInt8> = [61, 43, 45, 64, 9, 13, 10]
}
