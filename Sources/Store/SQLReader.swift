import CSQLTable
import Vocabulary

/// A value of a query's result.
public enum SQLValue: Sendable, Hashable {
    /// NULL.
    case missing
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction, as SQLite's division and averages give it.
    case real(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
}

/// What a query may use.
public struct SQLLimits: Sendable, Hashable {
    /// Seconds that it may run.
    public var seconds = 60
    /// Bytes of all its rows.
    public var resultBytes = 256 << 20
    /// Bytes of memory for the tables that it joins to.
    public var joinBytes = 128 << 20
    /// Bytes of temporary files for sorting.
    public var temporaryBytes = 1 << 30

    /// The usual limits.
    public init() {}
}

/// The whole answer to a query.
public struct SQLResult: Sendable, Hashable {
    /// The names of its columns.
    public let columns: [String]
    /// Its rows; each has one value per column.
    public let rows: [[SQLValue]]
}

/// Answers SQL over the models of a snapshot.
///
/// Each model is a table, of which only the rows within the snapshot's scope exist; nothing else can
/// be read, and nothing written. What the tables hold is told in docs/SQL.md. A reader is used by one
/// thread at a time; it blocks while it works.
public final class SQLReader {
    private let connection: SQLConnection

    /// Opens the snapshot for SQL.
    ///
    /// - Throws: `Advice` when there is no memory for it.
    public init(_ snapshot: Snapshot, limits: SQLLimits = SQLLimits()) throws {
        connection = try SQLConnection(SQLSession(snapshot, limits: limits))
    }

    /// Runs a SELECT and hands out its rows as they are found.
    ///
    /// Parameters are named without their colon; those that the statement does not use are passed
    /// over. `began` is told the names of the columns before the first row. The statement ends when
    /// `isCancelled` says so.
    ///
    /// - Throws: `Advice`: `request` for mistakes and for what goes beyond the limits, `unknown` for
    ///   tables and columns that do not exist, `denied` for anything but reading the models. What
    ///   the closures throw passes through.
    public func run(
        _ sql: String, parameters: [String: SQLValue] = [:],
        isCancelled: @escaping () -> Bool = { Task.isCancelled },
        began: ([String]) throws -> Void = { _ in }, row: ([SQLValue]) throws -> Void
    ) throws {
        try connection.run(
            sql, parameters: parameters, isCancelled: isCancelled, began: began, row: row)
    }

    /// Runs a SELECT and collects its rows.
    ///
    /// - Throws: As `run(_:parameters:isCancelled:began:row:)`.
    public func result(
        of sql: String, parameters: [String: SQLValue] = [:]
    ) throws -> SQLResult {
        var columns: [String] = []
        var rows: [[SQLValue]] = []
        try run(sql, parameters: parameters, began: { columns = $0 }, row: { rows.append($0) })
        return SQLResult(columns: columns, rows: rows)
    }
}
