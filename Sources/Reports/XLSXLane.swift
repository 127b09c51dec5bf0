import Vocabulary

/// The cells of one column for the rows of a batch, with what all of them share decided once.
struct XLSXLane {
    /// How numbers of one sort become cells: what they are divided by, and their format.
    private struct Look {
        let divisor: Double
        let format: Workbook.FormatID
    }

    /// How cells are written.
    ///
    /// What they are stands beside it: taking an array out of a case with a payload would cost a
    /// count of its owners for each cell.
    private enum Form {
        /// Each value decides for itself.
        case values
        /// Numbers in the only look, or in one of several.
        case numbers
        /// Days and moments; not a number where there is none, or none that a spreadsheet knows.
        case serials
        /// Places in a list of words.
        case words
    }

    /// The column as it was read.
    let column: ResultBatch.Column
    private let kind: ResultColumn.Kind
    private let form: Form
    private var numbers: [Int64] = []
    private var serials: [Double] = []
    private var looks: [Look] = []
    /// The look of each number; empty where all have the first.
    private var places: [UInt8] = []
    private var list: WorkbookWords?

    /// Looks at a column; `words` keeps a list of words that several batches share.
    init(
        _ column: ResultBatch.Column, kind: ResultColumn.Kind, _ writer: inout XLSXCellWriter,
        words: inout (read: ResultWords, written: WorkbookWords)?
    ) {
        self.column = column
        self.kind = kind
        guard case .numbers(let numbers, let meaning) = column else {
            form = .values
            return
        }
        self.numbers = numbers
        let isText = kind == .identifier || kind == .text
        func serials(_ serial: (Int64) -> Double) -> [Double] {
            numbers.map { number in
                guard number != ResultBatch.missing else { return .nan }
                let made = serial(number)
                return XLSXCellWriter.serials.contains(made) ? made : .nan
            }
        }
        switch meaning {
        case .text(let read):
            let written =
                words.flatMap { $0.read === read ? $0.written : nil } ?? WorkbookWords(read)
            words = (read, written)
            form = .words
            list = written
        case .integer where !isText:
            form = .numbers
            looks = [Look(divisor: 1, format: writer.format(scale: 0, kind))]
        case .decimal(let scale) where !isText:
            form = .numbers
            looks = [
                Look(
                    divisor: XLSXCellWriter.powers[scale], format: writer.format(scale: scale, kind)
                )
            ]
        case .money(let currencies):
            form = .numbers
            looks = currencies.list.map { currency in
                Look(
                    divisor: XLSXCellWriter.powers[currency.decimals],
                    format: writer.format(of: currency))
            }
            places = currencies.places
        case .day:
            form = .serials
            self.serials = serials { Double($0) + XLSXCellWriter.epoch }
            looks = [Look(divisor: 1, format: writer.day)]
        case .instant:
            let zone = writer.zone
            form = .serials
            self.serials = serials { number in
                XLSXCellWriter.serial(zone.local(Instant(microseconds: number)))
            }
            looks = [Look(divisor: 1, format: writer.instant)]
        case .boolean, .integer, .decimal: form = .values
        }
    }

    /// Writes the cell of a row of the batch.
    ///
    /// - Returns: Whether the cell is a number, so that a formula can add it up.
    func write(
        _ place: Int, with writer: inout XLSXCellWriter, to sheet: Worksheet, row: Int,
        column at: Int
    ) throws -> Bool {
        switch form {
        case .numbers:
            let number = numbers[place]
            if number == ResultBatch.missing { return false }
            guard XLSXCellWriter.fits(number) else { break }
            let look = looks[places.isEmpty ? 0 : Int(places[place])]
            try sheet.write(Double(number) / look.divisor, row: row, column: at, look.format)
            return true
        case .serials:
            guard !serials[place].isNaN else { break }
            try sheet.write(serials[place], row: row, column: at, looks[0].format)
            return true
        case .words:
            guard numbers[place] != ResultBatch.missing, let list else { return false }
            try sheet.write(list, Int(numbers[place]), row: row, column: at, writer.plain)
            return false
        case .values: break
        }
        return try writer.write(column[place], kind: kind, to: sheet, row: row, column: at)
    }
}
