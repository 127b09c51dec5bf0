/// What the first rows of a table hold in one column.
struct ColumnSample: Sendable, Hashable {
    /// How many of the rows have a value.
    var present = 0
    /// How many different values.
    var distinct = 0
    /// Letters of the longest text.
    var longest = 0
    /// The least and the greatest whole number.
    var least: Int64?
    var greatest: Int64?
    /// The most decimals of a number.
    var decimals: Int?
    /// Whether all numbers lie between 0 and 1, and are not all the same.
    var isShare = false
    /// Whether all texts have the form of a date, or of a moment with its time.
    var isDay = false
    var isMoment = false
    /// The different values, where there are few.
    var values: [String] = []
}

/// Looks at the first rows of tables: a bounded number of rows, for a bounded time.
///
/// Columns that may be private are never asked for. A table that cannot be read is passed over.
struct TableSampler {
    /// How many rows of a table are looked at.
    static let rows = 5000
    /// How many different values are listed.
    static let listed = 24

    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) throws {
        self.connection = connection
        try connection.execute("SET statement_timeout = '10s'; SET lock_timeout = '2s'")
    }

    /// Samples columns of a table, by name; empty when the server refuses or takes too long.
    func samples(
        of columns: [DatabaseSurvey.Column], in relation: DatabaseSurvey.Relation
    ) throws -> [String: ColumnSample] {
        let columns = columns.filter(\.maySelect)
        guard !columns.isEmpty else { return [:] }
        let parts = columns.enumerated().map { index, column in
            Self.aggregates(of: "c\(index)", column.kind).joined(separator: ", ")
        }
        let rows = try answer(
            "SELECT \(parts.joined(separator: ", ")) FROM (\(source(columns, relation))) s")
        guard let row = rows?.first, row.count == columns.count * Self.width else { return [:] }
        var found: [String: ColumnSample] = [:]
        for (index, column) in columns.enumerated() {
            let cells = row[index * Self.width..<(index + 1) * Self.width].map(\.self)
            func number(_ place: Int) -> Int64? { cells[place].flatMap { Int64($0) } }
            found[column.name] = ColumnSample(
                present: Int(number(0) ?? 0), distinct: Int(number(1) ?? 0),
                longest: Int(number(2) ?? 0), least: number(3), greatest: number(4),
                decimals: number(5).map { Int($0) }, isDay: cells[6] == "t",
                isMoment: cells[7] == "t")
            found[column.name]?.isShare = cells[8] == "t"
        }
        return found
    }

    /// The different values of a column, if the server tells them.
    func values(
        of column: DatabaseSurvey.Column, in relation: DatabaseSurvey.Relation
    ) throws -> [String] {
        let rows = try answer(
            "SELECT DISTINCT left(c0::text, 60) FROM (\(source([column], relation))) s "
                + "WHERE c0 IS NOT NULL ORDER BY 1 LIMIT \(Self.listed + 1)")
        return (rows ?? []).compactMap { $0.first.flatMap(\.self) }
    }

    /// Of up to 500 different values of a column, how many are there and how many lead to a row.
    func leads(
        of column: DatabaseSurvey.Column, in relation: DatabaseSurvey.Relation,
        to target: DatabaseSurvey.Relation, key: String
    ) throws -> (asked: Int, found: Int) {
        let rows = try answer(
            """
            SELECT count(*), count(t.\(SQL.name(key))) FROM (
                SELECT DISTINCT c0 FROM (\(source([column], relation))) x
                WHERE c0 IS NOT NULL LIMIT 500) s
            LEFT JOIN \(SQL.table(target.name)) t ON t.\(SQL.name(key)) = s.c0
            """)
        guard let row = rows?.first, row.count == 2 else { return (0, 0) }
        return (row[0].flatMap { Int($0) } ?? 0, row[1].flatMap { Int($0) } ?? 0)
    }

    /// The rows of a small table; nil when it has more than `limit`.
    func all(
        _ columns: [String], of relation: DatabaseSurvey.Relation, limit: Int
    ) throws -> [[String?]]? {
        let list = columns.map { SQL.name($0) + "::text" }.joined(separator: ", ")
        guard
            let rows = try answer(
                "SELECT \(list) FROM \(Self.from(relation)) LIMIT \(limit + 1)"),
            rows.count <= limit
        else { return nil }
        return rows
    }

    private static let width = 9

    private static func aggregates(of column: String, _ kind: DatabaseSurvey.Kind) -> [String] {
        let nothing = "NULL"
        let general = ["count(\(column))", "count(DISTINCT \(column)::text)"]
        switch kind {
        case .text:
            let day = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
            let moment =
                "'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9.]+)?(Z|[+-][0-9]{2}:?[0-9]{2})$'"
            return general + [
                "max(length(\(column)))", nothing, nothing, nothing, "bool_and(\(column) ~ \(day))",
                "bool_and(\(column) ~ \(moment))",
                nothing,
            ]
        case .integer:
            return general + [
                nothing, "min(\(column))", "max(\(column))", nothing, nothing, nothing, nothing,
            ]
        case .numeric, .float:
            // The shortest decimal text of a float, whose cast to numeric keeps 15 digits only.
            return general + [
                nothing, nothing, nothing, "max(scale(\(column)::text::numeric))", nothing, nothing,
                "bool_and(\(column) BETWEEN 0 AND 1) AND min(\(column)) < max(\(column))",
            ]
        default: return general + [String](repeating: nothing, count: width - general.count)
        }
    }

    private func source(
        _ columns: [DatabaseSurvey.Column], _ relation: DatabaseSurvey.Relation
    ) -> String {
        let list = columns.enumerated().map { "\(SQL.name($1.name)) AS c\($0)" }
        return "SELECT \(list.joined(separator: ", ")) FROM \(Self.from(relation)) "
            + "LIMIT \(Self.rows)"
    }

    private static func from(_ relation: DatabaseSurvey.Relation) -> String {
        (relation.kind == "r" ? "ONLY " : "") + SQL.table(relation.name)
    }

    /// What the server answers; nil when it refuses, throws when it is gone.
    private func answer(_ sql: String) throws -> [[String?]]? {
        do {
            return try connection.query(sql)
        } catch let failure as PostgresFailure where !failure.state.isEmpty {
            return nil
        }
    }
}
