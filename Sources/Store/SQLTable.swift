import CSQLTable
import GRDBSQLite
import Vocabulary

/// A model as a table of SQL.
///
/// Columns, in order: those of the model, each instant followed by its local day; then `company`,
/// `origin`, `key`, and `ref` where other models refer to this one. A name that the model already
/// uses is preceded by `row_`.
@safe
final class SQLTable {
    /// What a column shows.
    enum Content: Hashable {
        case number(Int)
        case day(Int, ChunkColumn.Part)
        case category(Int)
        case text(Int)
        case reference(Int)
        case company
        case origin
        case key
        case ref
    }

    struct Column {
        let name: String
        let content: Content
    }

    let session: SQLSession
    let name: String
    let rows: ModelState
    let columns: [Column]
    /// Plans that SQLite may come back with; see `SQLTable+Planning`.
    var plans: [SQLPlan] = []
    private var lookups: [Int: SQLLookup] = [:]
    /// Lookups with fewer columns, whose texts the statement may still hold.
    private var replaced: [SQLLookup] = []
    private let declaration: FixedBuffer<CChar>
    /// What C knows of the table.
    let source: UnsafeMutablePointer<sql_source>

    init(_ session: SQLSession, model name: String) throws {
        self.session = session
        self.name = name
        rows = try session.snapshot.rows(of: name)
        columns = Self.columns(of: rows.layout)
        let list = columns.map { "\(Self.quoted($0.name)) \(Self.typeName($0.content))" }
        declaration = FixedBuffer(
            Array("CREATE TABLE x(\(list.joined(separator: ", ")))".utf8CString), or: 0)
        unsafe source = .allocate(capacity: 1)
        unsafe source.initialize(to: sql_source())
        unsafe source.pointee.declaration = UnsafePointer(declaration.pointer)
        unsafe source.pointee.table = Unmanaged.passUnretained(self).toOpaque()
        unsafe source.pointee.plan = { table, info in
            guard let table = unsafe table, let info = unsafe info else { return SQLITE_ERROR }
            unsafe Unmanaged<SQLTable>.fromOpaque(table).takeUnretainedValue().plan(info)
            return SQLITE_OK
        }
        unsafe source.pointee.open = { table, cursor in
            guard let table = unsafe table, let cursor = unsafe cursor else { return SQLITE_ERROR }
            let owner = unsafe Unmanaged<SQLTable>.fromOpaque(table).takeUnretainedValue()
            let made = unsafe SQLCursor(owner, cursor)
            unsafe cursor.pointee.owner = Unmanaged.passRetained(made).toOpaque()
            return SQLITE_OK
        }
        unsafe source.pointee.close = { cursor in
            guard let owner = unsafe cursor?.pointee.owner else { return }
            unsafe Unmanaged<SQLCursor>.fromOpaque(owner).release()
        }
        unsafe source.pointee.filter = { cursor, plan, count, values in
            guard let owner = unsafe cursor?.pointee.owner else { return SQLITE_ERROR }
            let cursor = unsafe Unmanaged<SQLCursor>.fromOpaque(owner).takeUnretainedValue()
            var arguments: [SQLArgument] = []
            for index in 0..<Int(count) {
                arguments.append(unsafe SQLArgument(values?[index]))
            }
            let isWell = cursor.table.session.guarded {
                try cursor.filter(plan: Int(plan), arguments)
            }
            return isWell ? SQLITE_OK : SQLITE_ERROR
        }
        unsafe source.pointee.refill = { cursor in
            guard let owner = unsafe cursor?.pointee.owner else { return SQLITE_ERROR }
            let cursor = unsafe Unmanaged<SQLCursor>.fromOpaque(owner).takeUnretainedValue()
            return cursor.table.session.guarded { try cursor.refill() } ? SQLITE_OK : SQLITE_ERROR
        }
    }

    deinit { unsafe source.deallocate() }

    /// Forgets what belonged to the statement before.
    func forget() {
        plans = []
        lookups = [:]
        replaced = []
    }

    /// The rows by a reference column or their own `ref`, with at least some columns.
    func lookup(by key: Int, using used: [Bool]) throws -> SQLLookup {
        if let known = lookups[key], known.has(used) { return known }
        let before = lookups[key]?.used ?? used
        if let narrower = lookups[key] { replaced.append(narrower) }
        let made = try SQLLookup(self, key: key, used: zip(used, before).map { $0 || $1 })
        lookups[key] = made
        return made
    }

    // MARK: Columns

    private static func columns(of layout: ModelLayout) -> [Column] {
        let model = layout.model
        var taken = Set(model.columns.map { $0.name.lowercased() })
        func free(_ name: String) -> String {
            var name = name
            while !taken.insert(name.lowercased()).inserted { name = "row_" + name }
            return name
        }
        var columns: [Column] = []
        for (position, column) in model.columns.enumerated() {
            let content: Content
            switch column.type {
            case .boolean, .integer, .decimal, .money, .instant: content = .number(position)
            case .day: content = .day(position, .values)
            case .category: content = .category(position)
            case .text: content = .text(position)
            case .reference: content = .reference(position)
            }
            columns.append(Column(name: column.name, content: content))
            if column.type == .instant {
                columns.append(
                    Column(name: free(column.name + "_day"), content: .day(position, .days)))
            }
        }
        columns.append(Column(name: free("company"), content: .company))
        columns.append(Column(name: free("origin"), content: .origin))
        columns.append(Column(name: free("key"), content: .key))
        if layout.isReferenced { columns.append(Column(name: free("ref"), content: .ref)) }
        return columns
    }

    private static func typeName(_ content: Content) -> String {
        switch content {
        case .number, .reference, .ref: "INTEGER"
        case .day, .category, .text, .company, .origin, .key: "TEXT"
        }
    }

    /// A name as SQL writes it whatever it is.
    static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// What a column means, for the table of models.
    func meaning(of column: Column) -> String {
        let columns = rows.layout.model.columns
        switch column.content {
        case .number(let position):
            switch columns[position].type {
            case .boolean: return "0 or 1"
            case .decimal(let scale): return "number × 10^\(scale); decimal(x, \(scale)) shows it"
            case .money(let currency): return "minor units of the currency in \(currency)"
            case .instant: return "microseconds since 1970 in UTC; instant(x) shows it"
            default: return "whole number"
            }
        case .day(let position, let part):
            return part == .values
                ? "date" : "date of \(columns[position].name) in the company's zone"
        case .category: return "word"
        case .text: return "text"
        case .reference(let position):
            if case .reference(let target) = columns[position].type {
                return "row of \(target), equal to its ref"
            }
            return "reference"
        case .company: return "code of the company"
        case .origin: return "where the row comes from"
        case .key: return "key of the row in its source"
        case .ref: return "number by which other rows refer to this one"
        }
    }
}
