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
        var header: [UInt8] = profile.isForPeople ? [0xEF, 0xBB, 0xBF] : []
        appendHeader(of: table, to: &header)
        try sink.write(header)
        let lines = CSVLines(profile: profile)
        var known: [Int: KnownWords] = [:]
        // The sink is borrowed by the closure below for the duration of each batch only.
        try table.forEachBatch { batch in
            let printed = FootingCheck.printed(batch, columns: table.columns)
            check.add(printed)
            try lines.write(lanes(of: printed, table, &known), rows: printed.count, to: &sink)
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

    /// The words of a column as they were last seen, and as the file holds them.
    private typealias KnownWords = (words: ResultWords, written: CSVWords)

    /// The fields of a batch's rows; an amount has two.
    private func lanes(
        of batch: ResultBatch, _ table: ResultTable, _ known: inout [Int: KnownWords]
    ) -> [CSVLane] {
        var lanes: [CSVLane] = []
        for (index, column) in batch.columns.enumerated() {
            switch column {
            case .values(let values): lanes.append(lane(of: values))
            case .numbers(let numbers, .text(let words)):
                if known[index]?.words !== words { known[index] = (words, written(words)) }
                lanes.append(
                    CSVLane(numbers: numbers, form: .words(known[index]?.written ?? written(words)))
                )
            case .numbers(let numbers, let meaning):
                lanes.append(lane(of: numbers, meaning))
            }
            if table.columns[index].kind == .money {
                lanes.append(Self.currencyLane(of: column))
            }
        }
        return lanes
    }

    private func lane(of numbers: [Int64], _ meaning: ResultBatch.Meaning) -> CSVLane {
        switch meaning {
        case .integer: return CSVLane(numbers: numbers, form: .integer)
        case .decimal(let scale): return CSVLane(numbers: numbers, form: .decimal(scale: scale))
        case .day: return CSVLane(numbers: numbers, form: .day)
        case .instant where !profile.isForPeople: return CSVLane(numbers: numbers, form: .instant)
        case .instant:
            let seconds = numbers.map { number in
                number == ResultBatch.missing
                    ? number : zone.local(Instant(microseconds: number)).secondsSinceEpoch
            }
            return CSVLane(numbers: seconds, form: .clock)
        case .money(let currencies)
        where currencies.list.allSatisfy({ $0.decimals == currencies.list[0].decimals }):
            return CSVLane(numbers: numbers, form: .decimal(scale: currencies.list[0].decimals))
        case .money, .boolean, .text:
            let column = ResultBatch.Column.numbers(numbers, meaning)
            return lane(of: numbers.indices.map { column[$0] })
        }
    }

    /// The fields of values of any kind, each written out.
    private func lane(of values: [Value]) -> CSVLane {
        let words = CSVWords(count: values.count) { append(values[$0], to: &$1) }
        return CSVLane(
            numbers: values.indices.map {
                values[$0] == .missing ? ResultBatch.missing : Int64($0)
            },
            form: .words(words))
    }

    private static func currencyLane(of column: ResultBatch.Column) -> CSVLane {
        var places = [Int64](repeating: ResultBatch.missing, count: column.count)
        var list: [Currency] = []
        switch column {
        case .numbers(let numbers, .money(let currencies)):
            list = currencies.list
            for row in numbers.indices where numbers[row] != ResultBatch.missing {
                places[row] =
                    currencies.places.isEmpty ? 0 : Int64(currencies.places[row])
            }
        case .values(let values):
            for (row, value) in values.enumerated() {
                guard case .money(let money) = value else { continue }
                places[row] = Int64(list.count)
                list.append(money.currency)
            }
        case .numbers: break
        }
        let words = CSVWords(count: list.count) { $1 += list[$0].code.utf8 }
        return CSVLane(numbers: places, form: .words(words))
    }

    private func written(_ words: ResultWords) -> CSVWords {
        CSVWords(count: words.count) { place, bytes in
            appendText(words.bytes[words.range(of: place)], to: &bytes)
        }
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
        appendText(Array(text.utf8)[...], to: &line)
    }

    private func appendText(_ text: ArraySlice<UInt8>, to line: inout [UInt8]) {
        let needsQuotes = text.contains {
            $0 == profile.separator || $0 == 34 || $0 == 13 || $0 == 10
        }
        if needsQuotes { line.append(34) }
        if let first = text.first, Self.guarded.contains(first) { line.append(39) }
        if needsQuotes {
            for byte in text {
                if byte == 34 { line.append(34) }
                line.append(byte)
            }
            line.append(34)
        } else {
            line += text
        }
    }

    /// `= + - @`, tab, CR, LF: what makes a spreadsheet take text for a formula.
    private static let guarded: [UInt8] = [61, 43, 45, 64, 9, 13, 10]
}
