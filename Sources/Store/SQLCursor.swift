import CSQLTable
import Vocabulary

/// The Swift half of a cursor: it walks over the rows and puts batches in place for C.
@safe
final class SQLCursor {
    /// One walk; a plan with an order makes one for each of its values.
    private struct Pass {
        var companies: Set<String>
        var filters: [Filter]
    }

    let table: SQLTable
    private let shared: UnsafeMutablePointer<sql_cursor>
    private var filler: SQLBatchFiller?
    private var lookup: SQLLookup?
    private var used: [Bool] = []
    private var passes: ArraySlice<Pass> = []
    private var walker: BatchWalker?
    private let selection = FixedBuffer<Int32>(repeating: 0, capacity: StoreLimits.batchRows)

    init(_ table: SQLTable, _ shared: UnsafeMutablePointer<sql_cursor>) {
        self.table = table
        unsafe self.shared = shared
    }

    // MARK: Beginning

    func filter(plan number: Int, _ arguments: [SQLArgument]) throws {
        let plan = table.plans[number]
        walker = nil
        passes = []
        unsafe shared.pointee.columnCount = Int32(table.columns.count)
        if let key = plan.lookup {
            let found = try table.lookup(by: key, using: plan.used)
            lookup = found
            unsafe found.place(in: shared)
            return
        }
        if filler == nil || used != plan.used {
            filler = SQLBatchFiller(table, used: plan.used)
            used = plan.used
        }
        if let filler { unsafe shared.pointee.columns = filler.columns }
        var pass = Pass(companies: table.session.snapshot.scope.companies, filters: [])
        var days: [Int: DayBounds] = [:]
        for (condition, argument) in zip(plan.conditions, arguments) {
            guard try hand(down: condition, argument, to: &pass, days: &days) else { return }
        }
        for (column, bounds) in days {
            guard let name = table.path(of: column), let range = bounds.range else { continue }
            if range.isEmpty { return }
            let period = try Period(
                from: LocalDay(number: range.lowerBound), upTo: LocalDay(number: range.upperBound))
            pass.filters.append(.days(name, period))
        }
        passes = ordered([pass], plan.order)[...]
    }

    /// Makes a condition part of a walk; false when no row can meet it.
    private func hand(
        down condition: SQLPlan.Condition, _ argument: SQLArgument, to pass: inout Pass,
        days: inout [Int: DayBounds]
    ) throws -> Bool {
        let path = table.path(of: condition.column)
        switch (table.columns[condition.column].content, argument) {
        case (.number, .integer(let number)):
            guard let path, let range = Self.range(condition.comparison, number) else {
                return false
            }
            pass.filters.append(.range(path, range))
        case (.reference, .integer(let number)):
            guard let path, number >= 0 else { return false }
            let reference = Reference(company: Int(number >> 32), index: Int(number & 0xFFFF_FFFF))
            pass.filters.append(.among(path, [.reference(reference)]))
        case (.category, .text(let text)):
            guard let path else { return false }
            pass.filters.append(.among(path, [.text(text)]))
        case (.company, .text(let code)):
            // Not as Swift compares texts, to which two spellings of ‘é’ are equal.
            pass.companies = pass.companies.filter { ByteText($0) == ByteText(code) }
            return !pass.companies.isEmpty
        case (.day, .text(let text)):
            days[condition.column, default: DayBounds()].add(condition.comparison, text)
        default: break
        }
        return true
    }

    private static func range(
        _ comparison: SQLPlan.Condition.Comparison, _ number: Int64
    ) -> ClosedRange<Int64>? {
        // The least number stands for “missing”, which no comparison holds for.
        let least = Int64.min + 1
        switch comparison {
        case .equal: return number < least ? nil : number...number
        case .above: return number == .max ? nil : max(least, number + 1)...Int64.max
        case .atLeast: return max(least, number)...Int64.max
        case .below: return number <= least ? nil : least...(number - 1)
        case .atMost: return number < least ? nil : least...number
        }
    }

    /// One walk per value of the columns that rows come in the order of.
    private func ordered(
        _ passes: [Pass], _ order: [(column: Int, isDescending: Bool)]
    ) -> [Pass] {
        order.reduce(passes) { passes, term in
            let ascending = table.words(of: term.column) ?? []
            let words = term.isDescending ? ascending.reversed() : ascending
            return passes.flatMap { pass in
                words.compactMap { word -> Pass? in
                    var narrower = pass
                    if let path = table.path(of: term.column) {
                        narrower.filters.append(
                            .among(path, [word.map(Cell.text) ?? .missing]))
                    } else if let word {
                        narrower.companies = pass.companies.intersection([word])
                        if narrower.companies.isEmpty { return nil }
                    }
                    return narrower
                }
            }
        }
    }

    // MARK: Batches

    /// Puts the next batch in place; one without rows when there is none.
    func refill() throws {
        let session = table.session
        while true {
            try session.check()
            if walker == nil, let pass = passes.popFirst() {
                let snapshot = session.snapshot
                let made = try BatchWalker(
                    snapshot, model: table.name, filters: pass.filters,
                    only: Set(pass.companies.compactMap { snapshot.state.companies[$0] }))
                filler?.attach(made)
                walker = made
            }
            unsafe shared.pointee.position = 0
            unsafe shared.pointee.count = 0
            guard let walker else { return }
            guard let batch = try walker.next() else {
                self.walker = nil
                continue
            }
            try filler?.fill(batch)
            if walker.selection.isAll {
                unsafe shared.pointee.selection = nil
            } else {
                selection.replace(with: walker.selection.rows)
                unsafe shared.pointee.selection = UnsafePointer(selection.pointer)
            }
            unsafe shared.pointee.firstRow = Int64(batch.block) << 32 | Int64(batch.start)
            unsafe shared.pointee.count = Int64(walker.selection.count)
            return
        }
    }
}

extension SQLTable {
    /// The model's column that a column of the table shows; nil for the store's own.
    func path(of column: Int) -> ColumnPath? {
        switch columns[column].content {
        case .number(let position), .day(let position, _), .category(let position),
            .text(let position), .reference(let position):
            ColumnPath(rows.layout.model.columns[position].name)
        case .company, .origin, .key, .ref: nil
        }
    }
}

/// Bounds of a column of days, which SQL compares as texts.
///
/// Texts of days sort as the days do within the years 0 to 9999; those before begin with `-` and
/// those after with `+`, and both sort before all others. So bounds are handed down only when there
/// are both, and the lower one excludes the two; for the same reason one alone is left to SQLite.
struct DayBounds {
    private var lower: Int32?
    /// The first day that is too late.
    private var upper: Int32?

    /// The days that may pass; nil when nothing is handed down.
    var range: Range<Int32>? {
        guard let lower, let upper else { return nil }
        return lower..<max(lower, upper)
    }

    /// Takes in a comparison with a text, unless the text is no day.
    mutating func add(_ comparison: SQLPlan.Condition.Comparison, _ text: String) {
        guard let day = LocalDay(text)?.number else { return }
        switch comparison {
        case .equal: (lower, upper) = (max(lower ?? day, day), min(upper ?? day + 1, day + 1))
        case .above: lower = max(lower ?? day + 1, day + 1)
        case .atLeast: lower = max(lower ?? day, day)
        case .below: upper = min(upper ?? day, day)
        case .atMost: upper = min(upper ?? day + 1, day + 1)
        }
    }
}
