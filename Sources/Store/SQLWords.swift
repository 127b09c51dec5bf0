import CSQLTable
import GRDBSQLite
import Vocabulary

/// The words of SQL that are allowed, and what is said about the others.
enum SQLWords {
    /// Functions that a statement may call: SQLite's own that only compute, and ours.
    static let functions: Set<String> = Set(
        """
        abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce cos cosh count
        cume_dist date datetime decimal degrees dense_rank exp first_value floor format glob
        group_concat hex ifnull iif instant instr julianday lag last_value lead length like
        likelihood likely ln local log log10 log2 lower ltrim max min mod money_sum nth_value ntile
        nullif percent_rank pi pow power printf quote radians rank replace round row_number rtrim
        sign sin sinh sqrt strftime substr substring sum tan tanh time total trim trunc typeof
        unicode unixepoch unlikely upper
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// What else a statement may want to do.
    static let actions: [Int32: String] = [
        SQLITE_INSERT: "inserting rows", SQLITE_UPDATE: "updating rows",
        SQLITE_DELETE: "deleting rows", SQLITE_ATTACH: "attaching files",
        SQLITE_DETACH: "detaching files", SQLITE_PRAGMA: "PRAGMA",
        SQLITE_TRANSACTION: "a transaction", SQLITE_SAVEPOINT: "a savepoint",
        SQLITE_ANALYZE: "ANALYZE", SQLITE_REINDEX: "REINDEX",
    ]

    /// Whether SQLite itself has a table of this name.
    static func isBuiltIn(table name: String) -> Bool {
        name.hasPrefix("sqlite_") || name.hasPrefix("pragma_")
            || ["dbstat", "json_each", "json_tree", "fts3tokenize"].contains(name)
    }

    /// What is said to a statement that does more than read.
    static func onlySelect(_ refused: String) -> Advice {
        Advice(
            .denied, "SQL here only reads: \(refused) is not possible",
            remedy: "write a SELECT over the models; ‘SELECT * FROM models’ lists them")
    }

    /// Turns SQLite's message into advice with a place and the name that was probably meant.
    static func advice(
        _ message: String, code: Int32, refused: String?, sql: String, offset: Int,
        tables: [(name: String, columns: [String])]
    ) -> Advice {
        let place = place(of: offset, in: sql)
        func name(after prefix: String) -> String? {
            message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : nil
        }
        if let refused {
            let advice = onlySelect(refused)
            return Advice(
                advice.kind, advice.happened, remedy: advice.remedy, at: place, cause: message)
        }
        if message.hasSuffix("may not be modified") {
            return onlySelect("changing rows")
        }
        if let table = name(after: "no such table: ") {
            return Advice(
                .unknown, "there is no table ‘\(table)’",
                remedy: Spelling.remedy(for: table, legal: tables.map(\.name) + ["models"]),
                at: place, cause: message)
        }
        if let column = name(after: "no such column: ") {
            let bare = column.split(separator: ".").last.map(String.init) ?? column
            return Advice(
                .unknown, "there is no column ‘\(column)’",
                remedy: Spelling.remedy(for: bare, legal: columns(of: tables, in: sql)),
                at: place, cause: message)
        }
        if let function = name(after: "no such function: ") {
            return Advice(
                .unknown, "there is no function ‘\(function)’",
                remedy: Spelling.remedy(for: function, legal: functions), at: place,
                cause: message)
        }
        switch code & 0xFF {
        case SQLITE_FULL:
            return Advice(
                .request, "sorting takes more than the temporary files that a query may write",
                remedy: "restrict the query, or sort fewer columns", cause: message)
        case SQLITE_NOMEM, SQLITE_IOERR, SQLITE_CANTOPEN:
            return Advice(
                .storage, "the query ran out of memory or temporary space",
                remedy: "see that the disk and memory of the machine are not full", cause: message)
        default:
            return Advice(
                .request, "the query is not right: \(message)", at: place, cause: message)
        }
    }

    /// The columns of the tables that a statement mentions; of all when it mentions none.
    private static func columns(
        of tables: [(name: String, columns: [String])], in sql: String
    ) -> Set<String> {
        let words = Set(
            sql.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        let mentioned = tables.filter { words.contains($0.name.lowercased()) }
        return Set((mentioned.isEmpty ? tables : mentioned).flatMap(\.columns))
    }

    /// Line and column of a byte of the statement.
    private static func place(of offset: Int, in sql: String) -> Place? {
        guard offset >= 0, offset <= sql.utf8.count else { return nil }
        let before = String(decoding: sql.utf8.prefix(offset), as: UTF8.self)
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        return Place(file: "SQL", line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }
}
