import CSQLTable
import GRDBSQLite
import Vocabulary

/// A prepared statement, which is the only one of its text.
@safe
final class SQLStatement {
    private let handle: OpaquePointer

    /// Prepares a statement.
    ///
    /// - Throws: What `failure` makes of SQLite's code; `Advice` when there is no statement, more
    ///   than one, or one that does not only read.
    init(
        only sql: String, on database: OpaquePointer?, failure: (Int32) -> any Error
    ) throws {
        guard !sql.utf8.contains(0) else {
            throw Advice(.request, "the statement contains a NUL", remedy: "remove it")
        }
        let bytes = Array(sql.utf8CString)
        let (code, first, isAlone) = unsafe bytes.withUnsafeBufferPointer { buffer in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v2(
                database, buffer.baseAddress, -1, &statement, &tail)
            guard code == SQLITE_OK else { return unsafe (code, statement, true) }
            // What follows may be blanks and comments, of which no statement is made.
            var next: OpaquePointer?
            let rest = unsafe sqlite3_prepare_v2(database, tail, -1, &next, nil)
            let isAlone = unsafe rest == SQLITE_OK && next == nil
            unsafe sqlite3_finalize(next)
            return unsafe (code, statement, isAlone)
        }
        guard code == SQLITE_OK else { throw failure(code) }
        guard let first = unsafe first else {
            throw Advice(.request, "there is no statement", remedy: "write a SELECT")
        }
        unsafe handle = first
        guard isAlone else {
            throw Advice(
                .request, "there is more than one statement", remedy: "write one SELECT at a time")
        }
        guard unsafe sqlite3_stmt_readonly(first) != 0, unsafe sqlite3_column_count(first) > 0
        else { throw SQLWords.onlySelect("changing anything") }
    }

    deinit { unsafe sqlite3_finalize(handle) }

    func step() -> Int32 { unsafe sqlite3_step(handle) }

    private var columnCount: Int32 { unsafe sqlite3_column_count(handle) }

    var columnNames: [String] {
        (0..<columnCount).map { index in
            unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? ""
        }
    }

    /// The values of the present row.
    func values() -> [SQLValue] {
        (0..<columnCount).map { index in
            switch unsafe sqlite3_column_type(handle, index) {
            case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, index))
            case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(handle, index))
            case SQLITE_TEXT:
                let start = unsafe sqlite3_column_text(handle, index)
                let count = Int(unsafe sqlite3_column_bytes(handle, index))
                let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
                return .text(unsafe String(decoding: bytes, as: UTF8.self))
            case SQLITE_BLOB:
                let start = unsafe sqlite3_column_blob(handle, index)
                let count = Int(unsafe sqlite3_column_bytes(handle, index))
                return .bytes(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
            default: return .missing
            }
        }
    }

    /// Gives the parameters their values.
    ///
    /// - Throws: `Advice` for a parameter without one.
    func bind(_ parameters: [String: SQLValue]) throws {
        for index in 0..<(unsafe sqlite3_bind_parameter_count(handle)) {
            let name = unsafe sqlite3_bind_parameter_name(handle, index + 1).map {
                unsafe String(cString: $0)
            }
            guard let name, let value = parameters[String(name.dropFirst())] else {
                let legal = parameters.keys.sorted().map { ":\($0)" }
                throw Advice(
                    .request, "parameter ‘\(name ?? "?")’ has no value",
                    remedy: legal.isEmpty
                        ? "give it one, or write the value itself"
                        : Spelling.remedy(for: name ?? "?", legal: legal))
            }
            let code: Int32
            switch value {
            case .missing: code = unsafe sqlite3_bind_null(handle, index + 1)
            case .integer(let number):
                code = unsafe sqlite3_bind_int64(handle, index + 1, number)
            case .real(let number): code = unsafe sqlite3_bind_double(handle, index + 1, number)
            case .text(let text):
                code = unsafe sql_bind_text(handle, index + 1, text, Int32(text.utf8.count))
            case .bytes(let bytes):
                code = unsafe sql_bind_bytes(handle, index + 1, bytes, Int32(bytes.count))
            }
            guard code == SQLITE_OK else {
                throw Advice(
                    .request, "the value of parameter ‘\(name)’ is too long", remedy: "shorten it")
            }
        }
    }
}
