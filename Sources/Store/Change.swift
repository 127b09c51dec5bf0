public import Vocabulary

/// Where a source's feed was read up to, as the source itself names it.
public struct SourcePosition: Sendable, Hashable {
    /// The position in the source's own notation: an LSN, a sequence, a file's hash.
    public let text: String
    /// The source's own time of that position, when it tells one.
    public let sourceTime: Instant?

    /// Names a position.
    public init(text: String, sourceTime: Instant?) {
        self.text = text
        self.sourceTime = sourceTime
    }
}

/// A source row that no mapping could place, kept aside with the reason.
public struct QuarantinedRow: Sendable, Hashable {
    /// The source.
    public let source: String
    /// Its table or database.
    public let table: String
    /// The row's key as text, as far as it is known.
    public let key: String
    /// Why it was put aside, for the person who operates the system.
    public let reason: String
    /// The row as JSON, without the columns that a mapping declares secret; empty when it is not kept.
    public let content: String

    /// Describes a row put aside.
    public init(source: String, table: String, key: String, reason: String, content: String) {
        self.source = source
        self.table = table
        self.key = key
        self.reason = reason
        self.content = content
    }

    /// Whether more than the key is kept.
    public var isKept: Bool { !content.isEmpty }

    /// The row without reason and content, as it is stored beyond `StoreSettings.quarantineRows`.
    public var withoutContent: QuarantinedRow {
        QuarantinedRow(source: source, table: table, key: key, reason: "", content: "")
    }
}

/// Changes that become visible together: the content of one commit.
///
/// Operations apply in order. A row's identity is (model, origin, key); an origin is the name of a
/// source, or of an identity that several feeds share.
public struct ChangeBatch: Sendable {
    enum Operation: Sendable {
        /// The cells stand in `ChangeBatch.cells`, from a place on.
        case upsert(
            model: String, origin: String, company: String, key: RowKey, cells: Int, count: Int)
        case delete(model: String, origin: String, key: RowKey)
        case retain(model: String, origin: String, keys: Set<RowKey>)
        case position(source: String, SourcePosition)
        case quarantine(QuarantinedRow)
        case release(source: String, table: String, key: String)
        case sourceTime(Instant)
        case beginReload(model: String, origin: String)
        case endReload(model: String, origin: String)

        /// The place of its first cell, if it is of a row.
        var firstCell: Int? {
            if case .upsert(_, _, _, _, let start, _) = self { start } else { nil }
        }

        /// The operation with its cells so many places further on.
        func moved(by places: Int) -> Operation {
            guard
                case .upsert(let model, let origin, let company, let key, let start, let count) =
                    self
            else { return self }
            return .upsert(
                model: model, origin: origin, company: company, key: key, cells: start + places,
                count: count)
        }
    }

    private(set) var operations: [Operation] = []
    /// The cells of all rows, one after the other: an array for each row would cost more than its row.
    private(set) var cells: [Cell?] = []

    /// An empty batch.
    public init() {}

    /// Whether nothing is in it.
    public var isEmpty: Bool { operations.isEmpty }
    /// How many operations are in it.
    public var count: Int { operations.count }

    /// Inserts a row or replaces the one with the same identity.
    ///
    /// A row equal to the present one changes nothing and makes no new version. A cell that is nil
    /// keeps the present row's value (or is missing, if there is no such row).
    public mutating func upsert(
        model: String, origin: String, company: String, key: RowKey, cells: [Cell?]
    ) {
        upsert(model: model, origin: origin, company: company, key: key) { $0 += cells }
    }

    /// Inserts or replaces a row whose cells `fill` appends, as `upsert` above.
    ///
    /// When it throws, nothing of the row is in the batch.
    public mutating func upsert<Failure>(
        model: String, origin: String, company: String, key: RowKey,
        fill: (inout [Cell?]) throws(Failure) -> Void
    ) throws(Failure) {
        let start = cells.count
        do throws(Failure) {
            try fill(&cells)
        } catch {
            cells.removeLast(cells.count - start)
            throw error
        }
        operations.append(
            .upsert(
                model: model, origin: origin, company: company, key: key, cells: start,
                count: cells.count - start))
    }

    /// Adds the operations of another batch after those of this one.
    public mutating func append(_ other: ChangeBatch) {
        if isEmpty {
            self = other
        } else {
            append(other.operations[...], cells: other.cells[...])
        }
    }

    /// Takes the operations from a number on out of the batch; the answer is a batch of them.
    public mutating func removeTail(from number: Int) -> ChangeBatch {
        if number == operations.count { return ChangeBatch() }
        let first = operations[number...].lazy.compactMap(\.firstCell).first ?? cells.count
        var tail = ChangeBatch()
        tail.append(operations[number...], cells: cells[first...])
        operations.removeLast(operations.count - number)
        cells.removeLast(cells.count - first)
        return tail
    }

    /// Adds operations whose cells begin where `added` does.
    private mutating func append(_ more: ArraySlice<Operation>, cells added: ArraySlice<Cell?>) {
        let moved = cells.count - added.startIndex
        cells += added
        operations.reserveCapacity(operations.count + more.count)
        for operation in more { operations.append(operation.moved(by: moved)) }
    }

    /// Deletes a row, if it exists.
    public mutating func delete(model: String, origin: String, key: RowKey) {
        operations.append(.delete(model: model, origin: origin, key: key))
    }

    /// Deletes all rows of an origin in a model whose keys are not listed; with an empty set, all.
    public mutating func retain(model: String, origin: String, keys: Set<RowKey>) {
        operations.append(.retain(model: model, origin: origin, keys: keys))
    }

    /// Says that this batch goes on to give every row that the origin has in the model.
    ///
    /// It changes nothing but where rows were lost to damage: see `beginReload`.
    public mutating func reload(model: String, origin: String) {
        beginReload(model: model, origin: origin)
        endReload(model: model, origin: origin)
    }

    /// Says that this batch and those that follow give every row that the origin has in the model.
    ///
    /// Where a damaged segment can no longer tell which of them it holds, its rows of the origin end
    /// here, and no question about the model is answered until `endReload`.
    public mutating func beginReload(model: String, origin: String) {
        operations.append(.beginReload(model: model, origin: origin))
    }

    /// Says that with this batch every row of the origin has been given again.
    public mutating func endReload(model: String, origin: String) {
        operations.append(.endReload(model: model, origin: origin))
    }

    /// Records how far a source has been read; stored in the same transaction as the rows.
    public mutating func setPosition(source: String, _ position: SourcePosition) {
        operations.append(.position(source: source, position))
    }

    /// Says when the source itself made the changes that follow in this batch.
    ///
    /// The history of a column carries it; without it, the time of our own commit.
    public mutating func setSourceTime(_ time: Instant) {
        operations.append(.sourceTime(time))
    }

    /// Puts a row aside; the reason and content replace those of an earlier entry of the same key.
    public mutating func quarantine(_ row: QuarantinedRow) {
        operations.append(.quarantine(row))
    }

    /// Removes a row from quarantine, because it has been placed or was deleted at its source.
    public mutating func release(source: String, table: String, key: String) {
        operations.append(.release(source: source, table: table, key: key))
    }
}

/// A commit of the store.
public struct Commit: Sendable, Hashable, Comparable {
    /// Number, from 1; 0 is the empty store.
    public let number: UInt64
    /// When it was made, by our clock; never before the commit before it.
    public let time: Instant

    /// Orders by number.
    public static func < (left: Commit, right: Commit) -> Bool { left.number < right.number }
}
