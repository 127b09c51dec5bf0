import CSQLTable
import Vocabulary

/// The rows of a table in memory, sorted by a reference: what a join finds rows in.
///
/// Only columns that a statement uses are held. Invariant: `keys` is ascending, and row n of every
/// column belongs to key n.
@safe
final class SQLLookup {
    /// The columns it holds.
    let used: [Bool]
    private let columns: UnsafeMutablePointer<sql_column>
    private var kept: [AnyObject] = []
    private let keys: FixedBuffer<Int64>
    private let rowids: FixedBuffer<Int64>
    private let count: Int

    init(_ table: SQLTable, key: Int, used wanted: [Bool]) throws {
        var used = wanted
        used[key] = true
        self.used = used
        let session = table.session
        let filler = SQLBatchFiller(table, used: used)
        let walker = try BatchWalker(session.snapshot, model: table.name, filters: [])
        filler.attach(walker)
        var order: [(key: Int64, row: Int32)] = []
        var rowids: [Int64] = []
        let numeric = table.columns.indices.filter { used[$0] && filler.memory($0) == nil }
        let textual = table.columns.indices.filter { used[$0] && filler.memory($0) != nil }
        var numbers = numeric.map { _ in [Int64]() }
        var texts = textual.map { _ in [String?]() }
        let width = 24 + numeric.count * 16 + textual.count * 40
        while let batch = try walker.next() {
            try session.check()
            try session.reserve(walker.selection.count * width, for: table.name)
            try filler.fill(batch)
            for row in walker.selection.rows {
                let number = filler.number(key, row: Int(row))
                if number == NumberVector.missing { continue }
                order.append((number, Int32(rowids.count)))
                rowids.append((Int64(batch.block) << 32 | Int64(batch.start)) + Int64(row))
                for (slot, column) in numeric.enumerated() {
                    numbers[slot].append(filler.number(column, row: Int(row)))
                }
                for (slot, column) in textual.enumerated() {
                    texts[slot].append(filler.memory(column)?.text(Int(row)))
                }
            }
        }
        order.sort { ($0.key, $0.row) < ($1.key, $1.row) }
        count = order.count
        keys = FixedBuffer(order.map(\.key), or: 0)
        self.rowids = FixedBuffer(order.map { rowids[Int($0.row)] }, or: 0)
        unsafe columns = .allocate(capacity: max(1, table.columns.count))
        unsafe columns.initialize(repeating: sql_column(), count: max(1, table.columns.count))
        for (slot, column) in numeric.enumerated() {
            let sorted = FixedBuffer(order.map { numbers[slot][Int($0.row)] }, or: 0)
            numbers[slot] = []
            unsafe columns[column] = filler.columns[column]
            unsafe columns[column].numbers = UnsafePointer(sorted.pointer)
            kept.append(sorted)
        }
        for (slot, column) in textual.enumerated() {
            let memory = TextMemory(order.map { texts[slot][Int($0.row)] })
            texts[slot] = []
            unsafe columns[column].kind = Int32(sql_text)
            unsafe columns[column].lasts = 1
            unsafe columns[column].show(memory)
            kept.append(memory)
            try session.reserve(memory.used, for: table.name)
        }
    }

    deinit { unsafe columns.deallocate() }

    /// Whether it holds all of some columns.
    func has(_ columns: [Bool]) -> Bool { zip(columns, used).allSatisfy { !$0 || $1 } }

    /// Lets a cursor look rows up.
    func place(in cursor: UnsafeMutablePointer<sql_cursor>) {
        unsafe cursor.pointee.columns = columns
        unsafe cursor.pointee.selection = nil
        unsafe cursor.pointee.rowids = UnsafePointer(rowids.pointer)
        unsafe cursor.pointee.keys = UnsafePointer(keys.pointer)
        unsafe cursor.pointee.keyCount = Int64(count)
    }
}
