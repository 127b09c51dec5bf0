import Vocabulary

/// What one commit did to one model: a row of table `delta`.
///
/// Its bytes are a CRC-32C of the model's id, the commit's number (8 bytes each) and all that
/// follows (4 bytes), and then, where every number is a varint (`ByteCursor`):
///
/// | part | content |
/// |---|---|
/// | companies | their number, and the id of each company whose rows changed |
/// | ends in the delta | their number, and the position of each row in the model's delta |
/// | segments | their number; for each its id, the number of rows that ended, and their numbers |
/// | columns | their number, and for each 2 × id, and 1 more where it holds texts |
/// | rows | their number, and then the rows |
///
/// A row is its company, its origin, its key (`i` and the signed number, `u` and 16 bytes, or `t`,
/// the number of bytes, and UTF-8), and its dense index + 1, or 0 where it has none; then for each
/// column 0 where it is missing, else the signed number, folded, + 1, or the text's number of bytes
/// + 1 and its UTF-8.
///
/// Rows count from 0 in the order of the entries, and begin with the commit of their entry.
struct DeltaEntry {
    /// Companies whose rows changed.
    var companies: [Int] = []
    /// Positions of rows of the delta that the commit ended.
    var ends: [Int] = []
    /// Rows of segments that it ended.
    var sealedEnds: [(segment: Int64, row: Int)] = []
    private var rowCount = 0
    private var rows: [UInt8] = []

    var isEmpty: Bool {
        companies.isEmpty && ends.isEmpty && sealedEnds.isEmpty && rowCount == 0
    }

    // MARK: Encode

    mutating func append(_ row: DeltaRow) {
        rowCount += 1
        // Room for all of it is made at once: to ask for each byte would cost more than to write it.
        rows.append(addingCapacity: Self.mostBytes(of: row)) { bytes in
            bytes.append(varint: UInt64(row.company))
            bytes.append(varint: UInt64(row.origin))
            switch row.key {
            case .integer(let number):
                bytes.append(UInt8(ascii: "i"))
                bytes.append(varint: number.folded)
            case .uuid: for byte in row.key.bytes { bytes.append(byte) }
            case .text(let text):
                bytes.append(UInt8(ascii: "t"))
                bytes.append(varint: UInt64(text.utf8.count))
                for byte in text.utf8 { bytes.append(byte) }
            }
            bytes.append(
                varint: row.reference == NumberVector.missing ? 0 : UInt64(row.reference) + 1)
            for cell in row.cells {
                switch cell {
                case .number(NumberVector.missing), .text(nil): bytes.append(0)
                case .number(let number): bytes.append(varint: number.folded + 1)
                case .text(let text?):
                    bytes.append(varint: UInt64(text.utf8.count) + 1)
                    for byte in text.utf8 { bytes.append(byte) }
                }
            }
        }
    }

    /// No row takes more bytes than that.
    private static func mostBytes(of row: DeltaRow) -> Int {
        var texts = 0
        if case .text(let text) = row.key { texts += text.utf8.count }
        for case .text(let text?) in row.cells { texts += text.utf8.count }
        // Company, origin and reference, the key's kind with its number or UUID, and the cells.
        return 3 * mostVarintBytes + 1 + 16 + row.cells.count * mostVarintBytes + texts
    }

    private static let mostVarintBytes = 10

    func encoded(_ layout: ModelLayout, commit: UInt64) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0]
        bytes.reserveCapacity(rows.count + 16 * (ends.count + sealedEnds.count) + 512)
        func append(_ numbers: [Int]) {
            bytes.append(varint: UInt64(numbers.count))
            for number in numbers { bytes.append(varint: UInt64(number)) }
        }
        append(companies)
        append(ends)
        let segments = Dictionary(grouping: sealedEnds, by: \.segment).sorted { $0.key < $1.key }
        bytes.append(varint: UInt64(segments.count))
        for (segment, rows) in segments {
            bytes.append(varint: UInt64(segment))
            append(rows.map(\.row))
        }
        append(
            zip(layout.columnIDs, layout.model.columns).map { id, column in
                id << 1 | (column.type.holdsText ? 1 : 0)
            })
        bytes.append(varint: UInt64(rowCount))
        bytes += rows
        let sum = Self.checksum(bytes[4...], model: layout.id, commit: commit)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * place)) }
        return bytes
    }

    private static func checksum(
        _ bytes: ArraySlice<UInt8>, model: Int, commit: UInt64
    ) -> UInt32 {
        var head: [UInt8] = []
        head.append(littleEndian: Int64(model))
        head.append(littleEndian: commit)
        return Checksum.crc32c(bytes, from: Checksum.crc32c(head))
    }

    // MARK: Decode

    /// Whether the bytes of an entry match their checksum.
    static func isWhole(_ bytes: [UInt8], model: Int, commit: UInt64) -> Bool {
        bytes.count > 4
            && bytes.littleEndian32(at: 0) == checksum(bytes[4...], model: model, commit: commit)
    }

    /// Applies an entry to the rows of its model; false when its bytes are damaged.
    ///
    /// Ends in segments that are no more were carried into their successors and are passed over, and
    /// so are columns that the model no longer has; columns that are new are missing.
    static func replay(
        _ bytes: [UInt8], commit: UInt64, onto model: inout ModelState,
        touching touch: (_ company: Int) -> Void, zones: [Int: Zone]
    ) -> Bool {
        let layout = model.layout
        guard isWhole(bytes, model: layout.id, commit: commit) else { return false }
        var cursor = ByteCursor(bytes[4...])
        func numbers() -> [Int]? {
            guard let count = cursor.number(), count <= cursor.left else { return nil }
            var numbers: [Int] = []
            for _ in 0..<count {
                guard let number = cursor.number() else { return nil }
                numbers.append(number)
            }
            return numbers
        }
        guard let companies = numbers(), let ends = numbers(), let segments = cursor.number()
        else { return false }
        for company in companies { touch(company) }
        for _ in 0..<segments {
            guard let id = cursor.number(), let rows = numbers() else { return false }
            guard let place = model.segments.firstIndex(where: { $0.segment.id == id }) else {
                continue
            }
            for row in rows where model.segments[place].ends.commit(of: row) == nil {
                guard row < model.segments[place].segment.rows else { return false }
                model.end(segment: place, row: row, commit: commit)
            }
        }
        guard let columns = numbers(), let count = cursor.number() else { return false }
        let positions = columns.map { layout.columnIDs.firstIndex(of: $0 >> 1) }
        for _ in 0..<count {
            guard
                let row = row(
                    &cursor, columns: columns, positions: positions, layout, commit: commit)
            else { return false }
            model.append(row, zone: zones[row.company])
        }
        // A row may begin and end in one commit.
        for position in ends {
            guard position < model.deltaRows else { return false }
            model.end(deltaPosition: position, commit: commit)
        }
        return cursor.isAtEnd
    }

    private static func row(
        _ cursor: inout ByteCursor, columns: [Int], positions: [Int?], _ layout: ModelLayout,
        commit: UInt64
    ) -> DeltaRow? {
        guard let company = cursor.number(), let origin = cursor.number(),
            let key = key(&cursor), let reference = cursor.number()
        else { return nil }
        var cells = layout.model.columns.map { StoredCell.missing($0.type) }
        for (column, position) in zip(columns, positions) {
            guard let first = cursor.varint() else { return nil }
            if first == 0 { continue }
            let cell: StoredCell
            if column & 1 == 1 {
                guard let text = cursor.text(length: Int(first - 1)) else { return nil }
                cell = .text(text)
            } else {
                cell = .number((first - 1).unfolded)
            }
            if let position { cells[position] = cell }
        }
        return DeltaRow(
            company: company, origin: origin, key: key,
            reference: reference == 0 ? NumberVector.missing : Int64(reference) - 1,
            begin: commit, end: 0, cells: cells)
    }

    private static func key(_ cursor: inout ByteCursor) -> RowKey? {
        switch cursor.byte() {
        case UInt8(ascii: "i"): return cursor.varint().map { .integer($0.unfolded) }
        case UInt8(ascii: "u"):
            guard let low = cursor.word(), let high = cursor.word() else { return nil }
            return .uuid(UInt128(high) << 64 | UInt128(low))
        case UInt8(ascii: "t"):
            return cursor.number().flatMap { cursor.text(length: $0) }.map { .text($0) }
        default: return nil
        }
    }
}
