import Foundation

/// A CSV file of numbers and plain words, written a megabyte at a time.
///
/// Nothing is quoted: no word of the benchmark's data has a comma, a quote or a line's end.
final class CSVFile {
    private static let portion = 1 << 20

    private let file: FileHandle
    private var pending: [UInt8] = []
    private var isLineStart = true

    /// Makes a file with a line of column names.
    init(path: String, columns: [String]) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown) }
        self.file = file
        pending.reserveCapacity(Self.portion + 4096)
        for column in columns { add(column.utf8) }
        try endLine()
    }

    /// Adds a word to the line.
    func add(_ word: some Collection<UInt8>) {
        separate()
        pending.append(contentsOf: word)
    }

    /// Adds a number that is not negative to the line.
    func add(_ number: some BinaryInteger) {
        separate()
        var rest = UInt64(number)
        let start = pending.count
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            pending.append(UInt8(ascii: "0") + UInt8(digit))
            rest = quotient
        } while rest > 0
        pending[start...].reverse()
    }

    /// Adds a number, or nothing for 0, to the line.
    func addUnlessZero(_ number: some BinaryInteger) {
        if number == 0 { separate() } else { add(number) }
    }

    /// Ends the line.
    func endLine() throws {
        pending.append(UInt8(ascii: "\n"))
        isLineStart = true
        if pending.count >= Self.portion { try flush() }
    }

    /// Ends the file.
    func finish() throws {
        try flush()
        try file.close()
    }

    private func separate() {
        if !isLineStart { pending.append(UInt8(ascii: ",")) }
        isLineStart = false
    }

    private func flush() throws {
        try file.write(contentsOf: Data(pending))
        pending.removeAll(keepingCapacity: true)
    }
}
