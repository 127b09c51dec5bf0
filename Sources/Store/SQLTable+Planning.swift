import CSQLTable
import GRDBSQLite
import Vocabulary

/// How a table is going to be read.
struct SQLPlan {
    /// A comparison that is handed down.
    struct Condition {
        enum Comparison {
            case equal, above, atLeast, below, atMost
        }

        let column: Int
        let comparison: Comparison
    }

    /// Columns that the statement uses.
    let used: [Bool]
    /// The reference column, or `ref`, that rows are looked up by; the one argument is its value.
    var lookup: Int?
    /// What is handed down to a scan, one per argument.
    var conditions: [Condition] = []
    /// Columns that rows come in the order of.
    var order: [(column: Int, isDescending: Bool)] = []
}

/// Planning: what SQLite asks before it runs a statement.
///
/// A condition that is handed down only ever leaves out rows that SQLite would leave out itself; it
/// compares again, except where `omit` says that there is nothing left to compare. What kind of
/// value a condition will have is known only when it runs, so a value that does not fit is simply
/// not handed down then.
extension SQLTable {
    /// Different words that rows may be ordered by, at most: each costs a walk over all rows.
    private static let orderLimit = 64
    /// Walks in all, at most; those of one company pass over the rows of the others.
    private static let walkLimit = 4096

    func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>) {
        let bits = unsafe info.pointee.colUsed
        let used = columns.indices.map { bits >> UInt64(min($0, 63)) & 1 == 1 }
        var plan = SQLPlan(used: used)
        var estimate = Estimate(rows: Double(max(1, rowCount)))
        let candidates = unsafe self.candidates(info)
        if let (index, key) = unsafe lookup(among: candidates, info) {
            plan.lookup = key
            unsafe info.pointee.aConstraintUsage[index].argvIndex = 1
            // Nothing is read twice, but the first row waits for all.
            let isUnique = columns[key].content == .ref
            let rows = isUnique ? 1 : max(2, estimate.rows / 100)
            unsafe info.pointee.estimatedCost = isUnique ? 3 : 20 + rows * 4
            unsafe info.pointee.estimatedRows = Int64(rows)
            if isUnique { unsafe info.pointee.idxFlags |= SQLITE_INDEX_SCAN_UNIQUE }
        } else {
            for (index, condition) in candidates {
                guard unsafe isComparable(condition, index, info) else { continue }
                plan.conditions.append(condition)
                unsafe info.pointee.aConstraintUsage[index].argvIndex = Int32(
                    plan.conditions.count)
                if unsafe isExact(condition, index, candidates, info) {
                    unsafe info.pointee.aConstraintUsage[index].omit = 1
                }
                estimate.narrow(condition, columns[condition.column].content)
            }
            if let order = unsafe order(info) {
                plan.order = order
                unsafe info.pointee.orderByConsumed = 1
            }
            unsafe info.pointee.estimatedCost = estimate.read * 2 + estimate.rows
            unsafe info.pointee.estimatedRows = Int64(max(1, estimate.rows))
        }
        unsafe info.pointee.idxNum = Int32(plans.count)
        plans.append(plan)
    }

    /// How many rows a plan leaves.
    private struct Estimate {
        var rows: Double
        var read: Double

        init(rows: Double) { (self.rows, self.read) = (rows, rows) }

        mutating func narrow(_ condition: SQLPlan.Condition, _ content: Content) {
            let isEqual = condition.comparison == .equal
            switch content {
            // Rows are sorted by company and day: those outside are not even read.
            case .company: (rows, read) = (rows / 4, read / 4)
            case .day: (rows, read) = (rows / (isEqual ? 200 : 3), read / (isEqual ? 50 : 2))
            case .category: rows /= 4
            default: rows /= isEqual ? 20 : 3
            }
        }
    }

    private var rowCount: Int {
        let companies = session.snapshot.companyNumbers
        let sealed = rows.segments.reduce(0) { total, state in
            total
                + state.segment.runs.reduce(0) {
                    $0 + (companies.contains($1.company) ? $1.rows.count : 0)
                }
        }
        return sealed + rows.delta.reduce(0) { $0 + $1.count }
    }

    private func candidates(
        _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> [(index: Int, condition: SQLPlan.Condition)] {
        var found: [(Int, SQLPlan.Condition)] = []
        for index in 0..<Int(unsafe info.pointee.nConstraint) {
            let constraint = unsafe info.pointee.aConstraint[index]
            let column = Int(constraint.iColumn)
            guard constraint.usable != 0, columns.indices.contains(column) else { continue }
            let comparison: SQLPlan.Condition.Comparison
            switch Int32(constraint.op) {
            case SQLITE_INDEX_CONSTRAINT_EQ: comparison = .equal
            case SQLITE_INDEX_CONSTRAINT_GT: comparison = .above
            case SQLITE_INDEX_CONSTRAINT_GE: comparison = .atLeast
            case SQLITE_INDEX_CONSTRAINT_LT: comparison = .below
            case SQLITE_INDEX_CONSTRAINT_LE: comparison = .atMost
            default: continue
            }
            found.append((index, SQLPlan.Condition(column: column, comparison: comparison)))
        }
        return found
    }

    /// The condition to look rows up by: `ref`, or else a reference that comes from another table.
    private func lookup(
        among candidates: [(index: Int, condition: SQLPlan.Condition)],
        _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> (index: Int, column: Int)? {
        let equal = candidates.filter { $0.condition.comparison == .equal }
        if let own = equal.first(where: { columns[$0.condition.column].content == .ref }) {
            return (own.index, own.condition.column)
        }
        for (index, condition) in equal {
            guard case .reference = columns[condition.column].content,
                unsafe SQLArgument(constantOf: index, info) == nil
            else { continue }
            return (index, condition.column)
        }
        return nil
    }

    private func isComparable(
        _ condition: SQLPlan.Condition, _ index: Int,
        _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> Bool {
        switch columns[condition.column].content {
        case .number: return true
        case .reference: return condition.comparison == .equal
        case .company, .category:
            return unsafe condition.comparison == .equal && isBytewise(index, info)
        case .day: return unsafe isBytewise(index, info)
        case .text, .origin, .key, .ref: return false
        }
    }

    /// Whether texts are compared byte by byte, rather than say without regard to case.
    private func isBytewise(
        _ index: Int, _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> Bool {
        guard let name = unsafe sqlite3_vtab_collation(info, Int32(index)) else { return false }
        return unsafe String(cString: name).uppercased() == "BINARY"
    }

    /// Whether a walk leaves no row that fails the condition, as is known when its value is.
    private func isExact(
        _ condition: SQLPlan.Condition, _ index: Int,
        _ all: [(index: Int, condition: SQLPlan.Condition)],
        _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> Bool {
        guard let value = unsafe SQLArgument(constantOf: index, info) else { return false }
        switch columns[condition.column].content {
        case .number, .reference:
            if case .integer = value { return true }
            return false
        case .company, .category:
            if case .text = value { return true }
            return false
        case .day:
            // One bound alone is never exact: see `DayBounds`.
            func isDay(_ index: Int) -> Bool {
                guard case .text(let text) = unsafe SQLArgument(constantOf: index, info) else {
                    return false
                }
                return LocalDay(text) != nil
            }
            guard isDay(index) else { return false }
            if condition.comparison == .equal { return true }
            let wanted: [SQLPlan.Condition.Comparison]
            switch condition.comparison {
            case .above, .atLeast: wanted = [.below, .atMost]
            default: wanted = [.above, .atLeast]
            }
            return all.contains { other in
                guard other.condition.column == condition.column,
                    wanted.contains(other.condition.comparison)
                else { return false }
                return unsafe isBytewise(other.index, info) && isDay(other.index)
            }
        case .text, .origin, .key, .ref: return false
        }
    }

    /// The order or grouping that is asked for, when walking once per value gives it.
    private func order(
        _ info: UnsafeMutablePointer<sqlite3_index_info>
    ) -> [(column: Int, isDescending: Bool)]? {
        var (words, walks) = (1, 1)
        var order: [(column: Int, isDescending: Bool)] = []
        for index in 0..<Int(unsafe info.pointee.nOrderBy) {
            let term = unsafe info.pointee.aOrderBy[index]
            guard columns.indices.contains(Int(term.iColumn)),
                let values = self.words(of: Int(term.iColumn))
            else { return nil }
            if columns[Int(term.iColumn)].content != .company { words *= values.count }
            walks *= values.count
            if words > Self.orderLimit || walks > Self.walkLimit { return nil }
            order.append((Int(term.iColumn), term.desc != 0))
        }
        return order.isEmpty ? nil : order
    }

    /// The values that a column of words can have, in the order of their bytes, missing first.
    func words(of column: Int) -> [String?]? {
        switch columns[column].content {
        case .company:
            return session.snapshot.scope.companies.sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        case .category(let position):
            let id = rows.layout.id(ofColumn: position)
            let texts = session.snapshot.state.dictionaries[id]?.texts ?? []
            guard texts.count < Self.orderLimit else { return nil }
            return [nil] + texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        default: return nil
        }
    }
}

/// A value that a column is compared with.
enum SQLArgument: Equatable {
    case integer(Int64)
    case text(String)
    /// Anything else, which is not handed down.
    case other

    init(_ value: OpaquePointer?) {
        switch unsafe sqlite3_value_type(value) {
        case SQLITE_INTEGER: self = .integer(unsafe sqlite3_value_int64(value))
        case SQLITE_FLOAT:
            // 1.0 compares as 1 does, and is told as 1 when the statement is planned.
            self =
                Int64(exactly: unsafe sqlite3_value_double(value)).map(SQLArgument.integer)
                ?? .other
        case SQLITE_TEXT:
            let count = Int(unsafe sqlite3_value_bytes(value))
            guard let start = unsafe sqlite3_value_text(value) else {
                self = .other
                return
            }
            let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
            // A text that is no UTF-8 equals none of ours.
            self = (unsafe String(validating: bytes, as: UTF8.self)).map(SQLArgument.text) ?? .other
        default: self = .other
        }
    }

    /// The value of a condition when it stands in the statement itself.
    init?(constantOf index: Int, _ info: UnsafeMutablePointer<sqlite3_index_info>) {
        var value: OpaquePointer?
        guard unsafe sqlite3_vtab_rhs_value(info, Int32(index), &value) == SQLITE_OK,
            unsafe value != nil
        else { return nil }
        unsafe self.init(value)
    }
}
