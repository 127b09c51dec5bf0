import Vocabulary

/// New rows in the order they arrived, column by column, until they are sealed into a segment.
///
/// The columns are shared by all states that hold the block: a later state counts more rows of them
/// (see `AppendBuffer`). Only `ends`, which change, are each state's own.
///
/// Invariant: all blocks of a model but the last hold exactly `StoreLimits.deltaBlockRows` rows, so a
/// position in the delta tells block and row.
struct DeltaBlock: Sendable {
    /// The columns of a kind, by the position of the column in its model.
    struct Columns<Element: Sendable>: Sendable {
        fileprivate let buffers: [AppendBuffer<Element>]
        fileprivate let count: Int

        /// A column; empty where the model's column is of another kind.
        subscript(position: Int) -> AppendColumn<Element> {
            AppendColumn(buffers[position], count: count)
        }
    }

    private final class Storage: Sendable {
        let companies = AppendBuffer<Int64>(capacity: StoreLimits.deltaBlockRows)
        let origins = AppendBuffer<Int64>(capacity: StoreLimits.deltaBlockRows)
        let keys = AppendBuffer<RowKey>(capacity: StoreLimits.deltaBlockRows)
        let references = AppendBuffer<Int64>(capacity: StoreLimits.deltaBlockRows)
        let begins = AppendBuffer<UInt64>(capacity: StoreLimits.deltaBlockRows)
        let numbers: [AppendBuffer<Int64>]
        let texts: [AppendBuffer<String?>]
        let days: [AppendBuffer<Int64>]
        let kinds: [StoredKind]

        init(_ layout: ModelLayout) {
            func buffers<Element>(
                where isHeld: (ColumnType) -> Bool
            ) -> [AppendBuffer<Element>] {
                layout.model.columns.map {
                    AppendBuffer(capacity: isHeld($0.type) ? StoreLimits.deltaBlockRows : 0)
                }
            }
            kinds = layout.model.columns.map { StoredKind($0.type) }
            numbers = buffers { !$0.holdsText }
            texts = buffers { $0.holdsText }
            days = buffers { $0 == .instant }
        }
    }

    private let storage: Storage
    private(set) var count = 0
    /// Commits that ended the rows; 0 while they live.
    private(set) var ends: [UInt64] = []

    init(layout: ModelLayout) { storage = Storage(layout) }

    var companies: AppendColumn<Int64> { AppendColumn(storage.companies, count: count) }
    var origins: AppendColumn<Int64> { AppendColumn(storage.origins, count: count) }
    var keys: AppendColumn<RowKey> { AppendColumn(storage.keys, count: count) }
    var references: AppendColumn<Int64> { AppendColumn(storage.references, count: count) }
    var begins: AppendColumn<UInt64> { AppendColumn(storage.begins, count: count) }
    /// The numbers of each column that is not of texts.
    var numbers: Columns<Int64> { Columns(buffers: storage.numbers, count: count) }
    /// The texts of each text column.
    var texts: Columns<String?> { Columns(buffers: storage.texts, count: count) }
    /// The local days of each instant column.
    var days: Columns<Int64> { Columns(buffers: storage.days, count: count) }

    mutating func append(_ row: DeltaRow, zone: Zone?) {
        storage.companies.set(Int64(row.company), at: count)
        storage.origins.set(Int64(row.origin), at: count)
        storage.keys.set(row.key, at: count)
        storage.references.set(row.reference, at: count)
        storage.begins.set(row.begin, at: count)
        ends.append(row.end)
        for (position, cell) in row.cells.enumerated() {
            switch storage.kinds[position] {
            case .text: storage.texts[position].set(cell.text, at: count)
            case .instant:
                storage.numbers[position].set(cell.number, at: count)
                storage.days[position].set(LocalDayCode.of(cell.number, zone), at: count)
            case .number, .category, .reference:
                storage.numbers[position].set(cell.number, at: count)
            }
        }
        count += 1
    }

    mutating func end(row: Int, commit: UInt64) {
        precondition(ends[row] == 0, "a row ends once")
        ends[row] = commit
    }

    /// A row as it was appended, with what became of it.
    func row(_ row: Int) -> DeltaRow {
        DeltaRow(
            company: Int(companies[row]), origin: Int(origins[row]), key: keys[row],
            reference: references[row], begin: begins[row], end: ends[row],
            cells: storage.kinds.indices.map { cell($0, row: row) })
    }

    func cell(_ position: Int, row: Int) -> StoredCell {
        storage.kinds[position] == .text
            ? .text(texts[position][row]) : .number(numbers[position][row])
    }
}

/// How the values of a column type are kept, without what else the type tells.
enum StoredKind: UInt8, Sendable {
    /// A number that is given as such.
    case number
    /// A number that has a local day beside it.
    case instant
    /// The code of a word.
    case category
    /// The dense index of a row.
    case reference
    /// A text.
    case text

    init(_ type: ColumnType) {
        switch type {
        case .boolean, .integer, .decimal, .money, .day: self = .number
        case .instant: self = .instant
        case .category: self = .category
        case .reference: self = .reference
        case .text: self = .text
        }
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

    /// No value, for a kind of column.
    static func missing(_ kind: StoredKind) -> StoredCell {
        kind == .text ? .text(nil) : .number(NumberVector.missing)
    }

    /// No value, for a column type.
    static func missing(_ type: ColumnType) -> StoredCell {
        type.holdsText ? .text(nil) : .number(NumberVector.missing)
    }
}

/// One row version of the delta.
struct DeltaRow: Sendable {
    var company: Int
    var origin: Int
    var key: RowKey
    var reference: Int64
    var begin: UInt64
    var end: UInt64
    var cells: [StoredCell]
}
