import Vocabulary

/// The cells of one column for the rows of a batch, with what all of them share decided once.
struct XLSXLane {
    /// How numbers of one sort become cells: what they are divided by, and their format.
    private struct Look {
        let divisor: Double
        let format: Workbook.FormatID
    }

    private enum Cells {
        /// Each value decides for itself.
        case values
        /// Numbers in the only look, or in one of several.
        case numbers([Int64], [Look], places: [UInt8])
        /// Days and moments; not a number where there is none, or none that a spreadsheet knows.
        case serials([Double], Workbook.FormatID)
        case words([Int64], WorkbookWords)
    }

    /// The column as it was read.
    let column: ResultBatch.Column
    private let kind: ResultColumn.Kind
    private let cells: Cells

    /// Looks at a column; `words` keeps a list of words that several batches share.
    init(
        _ column: ResultBatch.Column, kind: ResultColumn.Kind, _ writer: inout XLSXCellWriter,
        words: inout (read: ResultWords, written: WorkbookWords)?
    ) {
        self.column = column
        self.kind = kind
        guard case .numbers(let numbers, let meaning) = column else {
            cells = .values
            return
        }
        let isText = kind == .identifier || kind == .text
        func serials(_ serial: (Int64) -> Double) -> [Double] {
            numbers.map { number in
                guard number != ResultBatch.missing else { return .nan }
                let made = serial(number)
                return XLSXCellWriter.serials.contains(made) ? made : .nan
            }
        }
        switch meaning {
        case .text(let list):
            let written =
                words.flatMap { $0.read === list ? $0.written : nil }
                ?? WorkbookWords(list)
            words = (list, written)
            cells = .words(numbers, written)
        case .integer where !isText:
            cells = .numbers(
                numbers, [Look(divisor: 1, format: writer.format(scale: 0, kind))], places: [])
        case .decimal(let scale) where !isText:
            cells = .numbers(
                numbers,
                [
                    Look(
                        divisor: XLSXCellWriter.powers[scale],
                        format: writer.format(scale: scale, kind))
                ], places: [])
        case .money(let currencies):
            let looks = currencies.list.map { currency in
                Look(
                    divisor: XLSXCellWriter.powers[currency.decimals],
                    format: writer.format(of: currency))
            }
            cells = .numbers(numbers, looks, places: currencies.places)
        case .day: cells = .serials(serials { Double($0) + XLSXCellWriter.epoch }, writer.day)
        case .instant:
            let zone = writer.zone
            cells = .serials(
                serials { number in
                    XLSXCellWriter.serial(zone.local(Instant(microseconds: number)))
                }, writer.instant)
        case .boolean, .integer, .decimal: cells = .values
        }
    }

    /// Writes the cell of a row of the batch.
    ///
    /// - Returns: Whether the cell is a number, so that a formula can add it up.
    func write(
        _ place: Int, with writer: inout XLSXCellWriter, to sheet: Worksheet, row: Int,
        column at: Int
    ) throws -> Bool {
        switch cells {
        case .numbers(let numbers, let looks, let places):
            let number = numbers[place]
            guard XLSXCellWriter.fits(number) else { break }
            let look = looks[places.isEmpty ? 0 : Int(places[place])]
            try sheet.write(Double(number) / look.divisor, row: row, column: at, look.format)
            return true
        case .serials(let serials, let format):
            guard !serials[place].isNaN else { break }
            try sheet.write(serials[place], row: row, column: at, format)
            return true
        case .words(let numbers, let words):
            guard numbers[place] != ResultBatch.missing else { return false }
            try sheet.write(words, Int(numbers[place]), row: row, column: at, writer.plain)
            return false
        case .values: break
        }
        return try writer.write(column[place], kind: kind, to: sheet, row: row, column: at)
    }
}
