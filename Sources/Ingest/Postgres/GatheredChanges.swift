import Store
import Vocabulary

/// Changes of our rows, as a source's transactions made them, and what is told of them.
///
/// They are put into the form that the store takes at once: there are as many as the source makes.
struct GatheredChanges {
    /// A place between two changes.
    struct Mark {
        fileprivate var operations = 0
        /// How many changes there are before it.
        fileprivate(set) var count = 0
        fileprivate var released = 0
        fileprivate var aside = 0
    }

    /// Rows put aside that are told one by one: a flood of them is counted by the status, and a log
    /// needs no more than its beginning.
    private static let toldAside = 1000

    private(set) var batch = ChangeBatch()
    private(set) var count = 0
    /// How many rows left the quarantine.
    private(set) var released = 0
    /// Rows that were put aside.
    private(set) var aside: [QuarantinedRow] = []
    /// When the source made the changes that follow, until the first one does.
    var time: Instant?

    var isEmpty: Bool { count == 0 }

    /// The place after the last change.
    var mark: Mark {
        Mark(operations: batch.count, count: count, released: released, aside: aside.count)
    }

    private mutating func add() {
        count += 1
        if let time {
            batch.setSourceTime(time)
            self.time = nil
        }
    }

    /// Adds a row; when `fill`, which appends its cells, throws, nothing of it.
    mutating func upsert(
        model: String, origin: String, company: String, key: RowKey,
        fill: (inout [Cell?]) throws(Misfit) -> Void
    ) throws(Misfit) {
        add()
        do throws(Misfit) {
            try batch.upsert(model: model, origin: origin, company: company, key: key, fill: fill)
        } catch {
            count -= 1
            throw error
        }
    }

    mutating func delete(model: String, origin: String, key: RowKey) {
        add()
        batch.delete(model: model, origin: origin, key: key)
    }

    /// Deletes all rows of an origin.
    mutating func clear(model: String, origin: String) {
        add()
        batch.retain(model: model, origin: origin, keys: [])
    }

    mutating func quarantine(_ row: QuarantinedRow) {
        add()
        batch.quarantine(row)
        if aside.count < Self.toldAside { aside.append(row) }
    }

    mutating func release(source: String, table: String, key: String) {
        add()
        batch.release(source: source, table: table, key: key)
        released += 1
    }

    mutating func setPosition(source: String, _ position: SourcePosition) {
        batch.setPosition(source: source, position)
    }

    /// Counts what was gathered after this, which is written on its own.
    mutating func count(_ other: GatheredChanges) {
        count += other.count
        released += other.released
        aside += other.aside.prefix(Self.toldAside - aside.count)
    }

    /// Takes the changes up to a mark.
    mutating func take(upTo mark: Mark) -> GatheredChanges {
        var rest = GatheredChanges()
        rest.batch = batch.removeTail(from: mark.operations)
        rest.count = count - mark.count
        rest.released = released - mark.released
        rest.aside = Array(aside[mark.aside...])
        rest.time = time
        time = nil
        (count, released) = (mark.count, mark.released)
        aside.removeLast(aside.count - mark.aside)
        swap(&self, &rest)
        return rest
    }
}
