import Vocabulary

/// Tells the groups of a table apart while its rows pass by, and adds each of them up.
///
/// A group is rows that follow each other and have the same cell in the group column.
struct RowGroups {
    private let table: ResultTable
    private let index: Int
    private var seen: Set<Value> = []
    /// The cell that the rows of the present group share; nil before the first row.
    private(set) var key: Value?
    /// The sums of the present group so far.
    private(set) var footing: ResultFooting
    /// The sums of the group before.
    private(set) var finished: ResultFooting?

    /// Prepares for a table; nil when it is not grouped.
    init?(_ table: ResultTable) {
        guard let index = table.groupIndex else { return nil }
        self.table = table
        self.index = index
        footing = ResultFooting(columns: table.columns)
    }

    /// Takes the cells of a row as they are printed; true when it begins a group.
    ///
    /// - Throws: `Advice` of kind `damaged` when a group comes a second time.
    mutating func add(_ cells: [Value]) throws -> Bool {
        let isNew = key != cells[index]
        if isNew {
            guard seen.insert(cells[index]).inserted else {
                throw Advice(
                    .damaged,
                    "the rows of table ‘\(table.name)’ are not ordered by "
                        + "‘\(table.columns[index].label)’, by which they are grouped",
                    remedy: "let the order of the list begin with that column")
            }
            finished = key == nil ? nil : footing
            key = cells[index]
            footing = ResultFooting(columns: table.columns)
        }
        footing.add(cells)
        return isNew
    }
}

extension ResultTable {
    /// The place of the column that rows are grouped by; nil when they are not.
    var groupIndex: Int? {
        group.map { name in
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("a table is grouped by one of its columns")
            }
            return index
        }
    }
}
