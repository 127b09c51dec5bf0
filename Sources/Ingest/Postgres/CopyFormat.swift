/// The binary form of `COPY … TO STDOUT`.
///
/// ```
/// PGCOPY\n\377\r\n\0  flags(4)  extension length(4) …      once, at the beginning
/// count(2)  { length(4) bytes … }                          per row; length −1 means null
/// −1(2)                                                    at the end
/// ```
/// The server sends a row per message, with the beginning in front of the first one.
struct CopyFormat {
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0]

    private let columnCount: Int
    private var hasBegun = false
    /// Whether the closing mark has been seen.
    private(set) var hasEnded = false

    init(columnCount: Int) { self.columnCount = columnCount }

    /// Reads one message; gives the place of the row in it, or nil if it held none.
    ///
    /// `fields` is filled with the place of each value in `bytes`, or nil for null.
    mutating func row(
        _ bytes: Span<UInt8>, into fields: inout [Range<Int>?]
    ) throws(ProtocolMistake) -> Range<Int>? {
        var cursor = ByteCursor(0..<bytes.count)
        if !hasBegun {
            for byte in Self.signature {
                guard try cursor.byte(bytes) == byte else {
                    throw ProtocolMistake(problem: "this is not a binary copy")
                }
            }
            try cursor.skip(4)
            try cursor.skip(Int(try cursor.uint32(bytes)))
            hasBegun = true
            if cursor.rest.isEmpty { return nil }
        }
        let row = cursor.rest
        if row.count == 2, bytes.bigEndian16(at: row.lowerBound) == UInt16.max {
            hasEnded = true
            return nil
        }
        try self.fields(bytes, in: row, into: &fields)
        return row
    }

    /// Reads a row that lies in a part of `bytes`.
    func fields(
        _ bytes: Span<UInt8>, in range: Range<Int>, into fields: inout [Range<Int>?]
    ) throws(ProtocolMistake) {
        var cursor = ByteCursor(range)
        let count = Int(Int16(bitPattern: try cursor.uint16(bytes)))
        guard count == columnCount else {
            throw ProtocolMistake(problem: "a row of \(count) columns instead of \(columnCount)")
        }
        fields.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            let length = Int(Int32(bitPattern: try cursor.uint32(bytes)))
            fields.append(length < 0 ? nil : try cursor.range(length))
        }
    }
}
