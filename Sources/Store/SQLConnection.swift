import CSQLTable
import GRDBSQLite
import Synchronization
import Vocabulary

/// A connection to SQLite in memory that knows the models of a snapshot and nothing else.
@safe
final class SQLConnection {
    /// Memory for sorting before rows go to a temporary file, in KiB.
    private static let sortKibibytes = 32 << 10
    /// Steps of SQLite's machine between two looks at the clock.
    private static let stepsPerCheck: Int32 = 20_000
    private static let opened = Atomic<Int>(0)

    private let session: SQLSession
    private let tables: [SQLTable]
    private var isRunning = false
    private var database: OpaquePointer?
    private var files: UnsafeMutableRawPointer?

    init(_ session: SQLSession) throws {
        self.session = session
        tables = try session.snapshot.state.models.keys.sorted()
            .filter { session.snapshot.schema.models[$0] != nil }
            .map { try SQLTable(session, model: $0) }
        let number = Self.opened.wrappingAdd(1, ordering: .relaxed).newValue
        let name = "reportd-sql-\(number)"
        unsafe files = sql_files_register(name, Int64(session.limits.temporaryBytes))
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            | SQLITE_OPEN_PRIVATECACHE
        let code = unsafe sqlite3_open_v2(":memory:", &opened, flags, name)
        unsafe database = opened
        guard unsafe files != nil, code == SQLITE_OK else { throw Self.noMemory }
        try prepare()
    }

    deinit {
        unsafe sqlite3_close_v2(database)
        if unsafe files != nil { unsafe sql_files_remove(files) }
    }

    private static var noMemory: Advice {
        Advice(.busy, "SQLite could not be opened", remedy: "try again; free memory if it persists")
    }

    private func prepare() throws {
        try execute("PRAGMA cache_size = -\(Self.sortKibibytes); PRAGMA temp_store = FILE")
        try writeModels()
        for table in tables {
            let code = unsafe sql_table_register(database, table.name, table.source)
            guard code == SQLITE_OK else { throw Self.noMemory }
            // A table is declared when it is first named, which the authoriser would refuse.
            try execute("SELECT 1 FROM \(SQLTable.quoted(table.name)) LIMIT 0")
        }
        guard unsafe sql_harden(database) == SQLITE_OK,
            unsafe sql_add_functions(database) == SQLITE_OK, addTimeFunctions()
        else { throw Self.noMemory }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_progress_handler(
            database, Self.stepsPerCheck,
            { context in
                guard let context = unsafe context else { return 1 }
                let connection = unsafe Unmanaged<SQLConnection>.fromOpaque(context)
                    .takeUnretainedValue()
                let session = connection.session
                return session.guarded { try session.check() } ? 0 : 1
            }, context)
        unsafe sqlite3_set_authorizer(
            database,
            { context, action, first, second, _, _ in
                guard let context = unsafe context else { return SQLITE_DENY }
                let connection = unsafe Unmanaged<SQLConnection>.fromOpaque(context)
                    .takeUnretainedValue()
                let isAllowed = connection.allows(
                    action, unsafe first.map { unsafe String(cString: $0) },
                    unsafe second.map { unsafe String(cString: $0) })
                return isAllowed ? SQLITE_OK : SQLITE_DENY
            }, context)
    }

    /// Runs statements of our own, before others' are let in.
    private func execute(_ sql: String) throws {
        guard unsafe sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw Self.noMemory
        }
    }

    /// The table ‘models’, which tells what there is.
    private func writeModels() throws {
        try execute(
            "CREATE TABLE models (model TEXT, label TEXT, \"column\" TEXT, meaning TEXT)")
        func text(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        for table in tables {
            let model = table.rows.layout.model
            for column in table.columns {
                try execute(
                    "INSERT INTO models VALUES (\(text(model.name)), \(text(model.label)), "
                        + "\(text(column.name)), \(text(table.meaning(of: column))))")
            }
        }
    }

    private func addTimeFunctions() -> Bool {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let context = unsafe Unmanaged.passUnretained(session).toOpaque()
        let first = unsafe sqlite3_create_function_v2(
            database, "instant", 1, flags, context,
            { context, _, values in
                guard case .integer(let number) = unsafe SQLArgument(values?[0]) else { return }
                unsafe SQLConnection.give("\(Instant(microseconds: number))", to: context)
            }, nil, nil, nil)
        let second = unsafe sqlite3_create_function_v2(
            database, "local", 2, flags, context,
            { context, _, values in
                guard case .integer(let number) = unsafe SQLArgument(values?[0]),
                    case .text(let code) = unsafe SQLArgument(values?[1]),
                    let data = unsafe sqlite3_user_data(context)
                else { return }
                let session = unsafe Unmanaged<SQLSession>.fromOpaque(data).takeUnretainedValue()
                guard let company = session.snapshot.companies.first(where: { $0.code == code })
                else { return }
                let local = company.zone.local(Instant(microseconds: number))
                unsafe SQLConnection.give("\(local)", to: context)
            }, nil, nil, nil)
        return first == SQLITE_OK && second == SQLITE_OK
    }

    private static func give(_ text: String, to context: OpaquePointer?) {
        unsafe sql_result_text(context, text, Int32(text.utf8.count))
    }

    // MARK: What is allowed

    private func allows(_ action: Int32, _ first: String?, _ second: String?) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return true
        case SQLITE_READ:
            let name = first?.lowercased() ?? ""
            let isKnown = name == "models" || tables.contains { $0.name.lowercased() == name }
            // Row numbers tell how many rows others have.
            if isKnown, second != "ROWID" { return true }
            // The name alone, without a column, may be that of a WITH clause, whose own tables are
            // asked about by themselves.
            if second?.isEmpty ?? true, !SQLWords.isBuiltIn(table: name) { return true }
            session.refused = isKnown ? "reading row numbers" : "reading ‘\(first ?? "")’"
        case SQLITE_FUNCTION:
            let name = second?.lowercased() ?? ""
            if SQLWords.functions.contains(name) { return true }
            session.refused = "calling ‘\(name)’"
        default:
            session.refused = SQLWords.actions[action] ?? "changing anything"
        }
        return false
    }

    // MARK: Running

    func run(
        _ sql: String, parameters: [String: SQLValue], isCancelled: @escaping () -> Bool,
        began: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
    ) throws {
        precondition(!isRunning, "a reader runs one statement at a time")
        isRunning = true
        defer { isRunning = false }
        session.begin(isCancelled: isCancelled)
        defer { session.isCancelled = { false } }
        for table in tables { table.forget() }
        let statement = try unsafe SQLStatement(only: sql, on: database) {
            failure(of: sql, code: $0)
        }
        try statement.bind(parameters)
        try began(statement.columnNames)
        var bytes = 0
        while true {
            let code = statement.step()
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(of: sql, code: code) }
            let values = statement.values()
            bytes += values.reduce(8) { $0 + $1.size }
            guard bytes <= session.limits.resultBytes else {
                throw Advice(
                    .request,
                    "the result has more than \(session.limits.resultBytes >> 20) MiB",
                    remedy: "aggregate, or add a LIMIT")
            }
            try row(values)
        }
    }

    /// What SQLite's last error means to the person who wrote the statement.
    private func failure(of sql: String, code: Int32) -> any Error {
        if let failure = session.failure { return failure }
        let message = unsafe String(cString: sqlite3_errmsg(database))
        let offset = Int(unsafe sqlite3_error_offset(database))
        return SQLWords.advice(
            message, code: code, refused: session.refused, sql: sql, offset: offset,
            tables: tables.map { ($0.name, $0.columns.map(\.name)) })
    }
}

extension SQLValue {
    /// Bytes that count towards the limit of a result.
    fileprivate var size: Int {
        switch self {
        case .text(let text): 8 + text.utf8.count
        case .bytes(let bytes): 8 + bytes.count
        default: 8
        }
    }
}
