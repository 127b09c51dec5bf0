import Vocabulary

/// New rows in the order they arrived, column by column, until they are sealed into a segment.
///
/// Invariants: every array has `count` elements; all blocks of a model but the last hold exactly
/// `StoreLimits.deltaBlockRows` rows, so a position in the delta tells block and row.
struct DeltaBlock: Sendable {
    /// Row numbers of the delta table.
    private(set) var sequences: [Int64] = []
    private(set) var companies: [Int64] = []
    private(set) var origins: [Int64] = []
    private(set) var keys: [RowKey] = []
    private(set) var references: [Int64] = []
    private(set) var begins: [UInt64] = []
    /// Commits that ended the rows; 0 while they live.
    private(set) var ends: [UInt64] = []
    /// For each column its numbers, or for a text column its texts; the other array is empty.
    /// (Arrays of arrays, because an array inside an enumeration's case is copied at each append.)
    private(set) var numbers: [[Int64]]
    private(set) var texts: [[String?]]
    /// For each instant column the local days; else empty.
    private(set) var days: [[Int64]]
    private let types: [ColumnType]

    init(layout: ModelLayout) {
        types = layout.model.columns.map(\.type)
        numbers = types.map { _ in [] }
        texts = types.map { _ in [] }
        days = types.map { _ in [] }
    }

    var count: Int { sequences.count }

    mutating func append(_ row: DeltaRow, zone: Zone?) {
        sequences.append(row.sequence)
        companies.append(Int64(row.company))
        origins.append(Int64(row.origin))
        keys.append(row.key)
        references.append(row.reference)
        begins.append(row.begin)
        ends.append(row.end)
        for (position, type) in types.enumerated() {
            let cell = row.cells[position]
            if type.holdsText {
                texts[position].append(cell.text)
            } else {
                numbers[position].append(cell.number)
            }
            if type == .instant { days[position].append(LocalDayCode.of(cell.number, zone)) }
        }
    }

    mutating func end(row: Int, commit: UInt64) {
        precondition(ends[row] == 0, "a row ends once")
        ends[row] = commit
    }

    /// A row as it was appended, with what became of it.
    func row(_ row: Int) -> DeltaRow {
        DeltaRow(
            sequence: sequences[row], company: Int(companies[row]), origin: Int(origins[row]),
            key: keys[row], reference: references[row], begin: begins[row], end: ends[row],
            cells: types.indices.map { cell($0, row: row) })
    }

    func cell(_ position: Int, row: Int) -> StoredCell {
        types[position].holdsText
            ? .text(texts[position][row]) : .number(numbers[position][row])
    }
}

/// A value as the store keeps it: category texts are codes, references are dense indices.
enum StoredCell: Sendable, Equatable {
    case number(Int64)
    case text(String?)

    /// Compares values; texts by their bytes.
    static func == (left: StoredCell, right: StoredCell) -> Bool {
        switch (left, right) {
        case (.number(let first), .number(let second)): first == second
        case (.text(let first), .text(let second)):
            first.map(ByteText.init) == second.map(ByteText.init)
        default: false
        }
    }

    var number: Int64 {
        guard case .number(let value) = self else { return NumberVector.missing }
        return value
    }

    var text: String? {
        guard case .text(let value) = self else { return nil }
        return value
    }

    var isMissing: Bool { self == .number(NumberVector.missing) || self == .text(nil) }

    /// No value, for a column type.
    static func missing(_ type: ColumnType) -> StoredCell {
        type.holdsText ? .text(nil) : .number(NumberVector.missing)
    }
}

/// One row of the delta, as it is stored in the delta table.
///
/// The `cells` of that table hold, for each value that is not missing: the column's number
/// (4 bytes), then a tag: 1 and eight bytes of a number, or 2, four bytes of a length, and UTF-8.
struct DeltaRow: Sendable {
    var sequence: Int64
    var company: Int
    var origin: Int
    var key: RowKey
    var reference: Int64
    var begin: UInt64
    var end: UInt64
    var cells: [StoredCell]

    func encodedCells(_ layout: ModelLayout) -> [UInt8] {
        var bytes: [UInt8] = []
        for (position, cell) in cells.enumerated() where !cell.isMissing {
            bytes.append(littleEndian: UInt32(layout.id(ofColumn: position)))
            switch cell {
            case .number(let value):
                bytes.append(1)
                bytes.append(littleEndian: UInt64(bitPattern: value))
            case .text(let text):
                let utf8 = Array((text ?? "").utf8)
                bytes.append(2)
                bytes.append(littleEndian: UInt32(utf8.count))
                bytes += utf8
            }
        }
        return bytes
    }

    /// The checksum of a row of the delta table: CRC-32C over its numbers (8 bytes each, in the order
    /// of the table), its key and its cells.
    static func checksum(
        sequence: Int64, model: Int, company: Int, origin: Int, key: [UInt8], reference: Int64,
        begin: UInt64, end: UInt64, cells: [UInt8]
    ) -> UInt32 {
        var bytes: [UInt8] = []
        for number in [sequence, Int64(model), Int64(company), Int64(origin), reference] {
            bytes.append(littleEndian: UInt64(bitPattern: number))
        }
        bytes.append(littleEndian: begin)
        bytes.append(littleEndian: end)
        return Checksum.crc32c(cells, from: Checksum.crc32c(bytes + key))
    }

    func checksum(_ layout: ModelLayout, cells: [UInt8]) -> UInt32 {
        Self.checksum(
            sequence: sequence, model: layout.id, company: company, origin: origin, key: key.bytes,
            reference: reference, begin: begin, end: end, cells: cells)
    }

    /// Reads `encodedCells`; nil when the bytes are damaged.
    ///
    /// Columns the model no longer has are passed over, and columns that are new are missing.
    static func decodeCells(_ bytes: [UInt8], _ layout: ModelLayout) -> [StoredCell]? {
        var cells = layout.model.columns.map { StoredCell.missing($0.type) }
        var offset = 0
        while offset < bytes.count {
            guard offset + 5 <= bytes.count else { return nil }
            let id = Int(bytes.littleEndian32(at: offset))
            let tag = bytes[offset + 4]
            offset += 5
            let cell: StoredCell
            switch tag {
            case 1:
                guard offset + 8 <= bytes.count else { return nil }
                cell = .number(Int64(bitPattern: bytes.littleEndian64(at: offset)))
                offset += 8
            case 2:
                guard offset + 4 <= bytes.count else { return nil }
                let length = Int(bytes.littleEndian32(at: offset))
                offset += 4
                guard offset + length <= bytes.count else { return nil }
                cell = .text(String(decoding: bytes[offset..<offset + length], as: UTF8.self))
                offset += length
            default: return nil
            }
            if let position = layout.columnIDs.firstIndex(of: id) { cells[position] = cell }
        }
        return cells
    }
}
