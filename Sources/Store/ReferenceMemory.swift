/// Dense indices that the writer has looked up or given out.
///
/// For a load everything is known of the models it refers to: what is not in memory is new. Indices
/// that a load gives out to rows that may still arrive are written to the file when the load is
/// finished, because most of them will have arrived by then; until then they are *unsaved*.
final class ReferenceMemory {
    /// Rows of a model that come from one origin.
    struct Source: Hashable {
        let model: Int
        let origin: Int
    }

    private struct Name: Hashable {
        let source: Source
        let company: Int
    }

    private var tables: [Name: ReferenceTable] = [:]
    private var arrays: [Source: ReferenceArray] = [:]
    private var complete: Set<Source> = []
    private(set) var hasUnsaved = false
    private var looks = 0
    private var misses: [Source: Int] = [:]
    /// The tables used last, by a hash of their names.
    private var recent = ReferenceMemory.noneRecent
    /// Enough for the companies of several models, which the rows of one model refer to in turns.
    private static let recentTables = 2048
    private static var noneRecent: [(name: Name, table: ReferenceTable)?] {
        Array(repeating: nil, count: recentTables)
    }
    /// How often unsaved indices were lost by a failed write; loads from before cannot go on.
    private(set) var losses = 0

    /// The table of a company's rows.
    func table(_ source: Source, company: Int) -> ReferenceTable {
        let name = Name(source: source, company: company)
        let place =
            (source.model &* 131 &+ source.origin &* 31 &+ company) & (Self.recentTables - 1)
        if let entry = recent[place], entry.name == name { return entry.table }
        let table = knownTable(name)
        recent[place] = (name, table)
        return table
    }

    private func knownTable(_ name: Name) -> ReferenceTable {
        if let known = tables[name] { return known }
        let array = arrays[name.source] ?? ReferenceArray()
        arrays[name.source] = array
        let made = ReferenceTable(company: name.company, direct: array)
        tables[name] = made
        return made
    }

    /// Counts look-ups of a source that the memory could not answer; returns how many there were.
    func countMiss(_ source: Source) -> Int {
        misses[source, default: 0] += 1
        return misses[source, default: 0]
    }

    /// Whether every row of the source, and every one mentioned, is in memory.
    func isComplete(_ source: Source) -> Bool { complete.contains(source) }

    func setComplete(_ source: Source) { complete.insert(source) }

    func setUnsaved() { hasUnsaved = true }

    /// Whether the tables take more than a number of bytes; looked at from time to time.
    func isOver(_ limit: Int) -> Bool {
        looks += 1
        // Adding up the tables costs more than entering a row.
        guard looks % 1024 == 1 else { return false }
        let arrayBytes = arrays.values.reduce(0) { $0 + $1.memory }
        return tables.values.reduce(arrayBytes) { $0 + $1.memory } > limit
    }

    /// Calls its argument with each unsaved entry, and marks it as saved.
    func saveAll(
        _ save: (Source, _ company: Int, RowKey, ReferenceTable.Entry) throws -> Void
    ) rethrows {
        guard hasUnsaved else { return }
        for (source, array) in arrays {
            try array.saveAll { try save(source, $0, $1, $2) }
        }
        for (name, table) in tables {
            try table.saveAll { try save(name.source, name.company, $0, $1) }
        }
        hasUnsaved = false
    }

    /// Gives up unsaved entries: no row that exists has their indices.
    func drop() { hasUnsaved = false }

    /// Forgets everything; what the file tells is read again when it is needed.
    ///
    /// - Parameter isLoss: whether unsaved entries are lost by it.
    func forget(isLoss: Bool = false) {
        if isLoss { losses += 1 }
        (tables, arrays, complete, hasUnsaved) = ([:], [:], [], false)
        misses = [:]
        recent = Self.noneRecent
    }
}
