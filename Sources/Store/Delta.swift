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
        fileprivate let buffer: AppendBuffer<Element>
        fileprivate let lanes: [Int]
        fileprivate let count: Int

        /// A column; empty where the model's column is of another kind.
        subscript(position: Int) -> AppendColumn<Element> {
            AppendColumn(buffer, lane: lanes[position], count: count)
        }
    }

    /// The memory of a block.
    private final class Storage: Sendable {
        /// The lanes of numbers before those of the model.
        private static let (companies, origins, references, own) = (0, 1, 2, 3)
        /// Stands for no lane.
        private static let none = -1

        let keys = AppendBuffer<RowKey>(capacity: StoreLimits.deltaBlockRows)
        let begins = AppendBuffer<UInt64>(capacity: StoreLimits.deltaBlockRows)
        let numbers: AppendBuffer<Int64>
        let texts: AppendBuffer<String?>
        let kinds: [StoredKind]
        /// By the position of a column in its model: the lane of its numbers, texts and local days.
        let numberLanes: [Int]
        let textLanes: [Int]
        let dayLanes: [Int]

        init(_ layout: ModelLayout) {
            var (numbers, texts) = (Self.own, 0)
            func lanes(_ next: inout Int, where isHeld: (StoredKind) -> Bool) -> [Int] {
                layout.model.columns.map {
                    guard isHeld(StoredKind($0.type)) else { return Self.none }
                    defer { next += 1 }
                    return next
                }
            }
            kinds = layout.model.columns.map { StoredKind($0.type) }
            numberLanes = lanes(&numbers) { $0 != .text }
            dayLanes = lanes(&numbers) { $0 == .instant }
            textLanes = lanes(&texts) { $0 == .text }
            self.numbers = AppendBuffer(capacity: StoreLimits.deltaBlockRows, lanes: numbers)
            self.texts = AppendBuffer(capacity: StoreLimits.deltaBlockRows, lanes: texts)
        }

        func append(_ row: DeltaRow, at place: Int, zone: Zone?) {
            numbers.set(Int64(row.company), at: place, lane: Self.companies)
            numbers.set(Int64(row.origin), at: place, lane: Self.origins)
            numbers.set(row.reference, at: place, lane: Self.references)
            keys.set(row.key, at: place)
            begins.set(row.begin, at: place)
            for position in kinds.indices {
                let cell = row.cells[position]
                guard kinds[position] != .text else {
                    texts.set(cell.text, at: place, lane: textLanes[position])
                    continue
                }
                numbers.set(cell.number, at: place, lane: numberLanes[position])
                if kinds[position] == .instant {
                    numbers.set(
                        LocalDayCode.of(cell.number, zone), at: place, lane: dayLanes[position])
                }
            }
            numbers.finish(place)
            texts.finish(place)
            keys.finish(place)
            begins.finish(place)
        }

        func companies(_ count: Int) -> AppendColumn<Int64> {
            AppendColumn(numbers, lane: Self.companies, count: count)
        }

        func origins(_ count: Int) -> AppendColumn<Int64> {
            AppendColumn(numbers, lane: Self.origins, count: count)
        }

        func references(_ count: Int) -> AppendColumn<Int64> {
            AppendColumn(numbers, lane: Self.references, count: count)
        }
    }

    private let storage: Storage
    private(set) var count = 0
    /// Commits that ended the rows; 0 while they live.
    private(set) var ends: [UInt64] = []

    init(layout: ModelLayout) { storage = Storage(layout) }

    var companies: AppendColumn<Int64> { storage.companies(count) }
    var origins: AppendColumn<Int64> { storage.origins(count) }
    var keys: AppendColumn<RowKey> { AppendColumn(storage.keys, count: count) }
    var references: AppendColumn<Int64> { storage.references(count) }
    var begins: AppendColumn<UInt64> { AppendColumn(storage.begins, count: count) }
    /// The numbers of each column that is not of texts.
    var numbers: Columns<Int64> {
        Columns(buffer: storage.numbers, lanes: storage.numberLanes, count: count)
    }
    /// The texts of each text column.
    var texts: Columns<String?> {
        Columns(buffer: storage.texts, lanes: storage.textLanes, count: count)
    }
    /// The local days of each instant column.
    var days: Columns<Int64> {
        Columns(buffer: storage.numbers, lanes: storage.dayLanes, count: count)
    }

    mutating func append(_ row: DeltaRow, zone: Zone?) {
        storage.append(row, at: count, zone: zone)
        ends.append(row.end)
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
