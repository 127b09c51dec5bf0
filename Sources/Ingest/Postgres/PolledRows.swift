import Store
import Vocabulary

/// Reads the rows of a query through a binary copy.
struct PolledRows {
    /// The columns of the query, as SQL.
    let list: String
    private let table: String
    private let types: [PostgresType]

    /// All fields of a table, or some, by their index.
    init(_ mapping: TableMapping, _ types: PostgresTypes, fields: [Int]? = nil) {
        let wanted = fields ?? Array(mapping.fields.indices)
        let kinds = types.types(of: mapping)
        table = mapping.name
        self.types = wanted.map { kinds[$0] == .foreign ? .text : kinds[$0] }
        list = wanted.map { mapping.selected($0, as: kinds[$0]) }.joined(separator: ", ")
    }

    /// Lends the values of each row to `body`; the array is the same one every time.
    ///
    /// - Throws: `SchemaChanged` where the table is not what it was when the poll began; what `body`
    ///   and the connection throw.
    func forEach(
        from: String, through connection: PostgresConnection,
        _ body: ([SourceValue]) throws -> Void
    ) throws {
        do {
            try copy(from: from, through: connection, body)
        } catch let failure as PostgresFailure where failure.isOfDefinition {
            throw SchemaChanged(table: table, what: failure.message)
        }
    }

    private func copy(
        from: String, through connection: PostgresConnection,
        _ body: ([SourceValue]) throws -> Void
    ) throws {
        var format = CopyFormat(columnCount: types.count)
        var fields: [Range<Int>?] = []
        var values = [SourceValue](repeating: .null, count: types.count)
        try connection.copyOut("COPY (SELECT \(list) FROM \(from)) TO STDOUT (FORMAT binary)") {
            bytes in
            guard try format.row(bytes, into: &fields) != nil else { return }
            for index in fields.indices {
                if let range = fields[index] {
                    values[index] = try types[index].value(binary: bytes, in: range)
                } else {
                    values[index] = .null
                }
            }
            try body(values)
        }
        guard format.hasEnded else { throw ProtocolMistake(problem: "a copy has no end") }
    }
}

extension PostgresCatalog {
    /// A table where it is read, with its partitions, without tables that inherit: its rows that are
    /// ours, or that a further condition holds for, too.
    func source(of mapping: TableMapping, where further: String? = nil) -> String {
        let conditions = [mapping.condition, further].compactMap(\.self)
        return all(of: mapping)
            + (conditions.isEmpty
                ? "" : " WHERE " + conditions.map { "(\($0))" }.joined(separator: " AND "))
    }

    /// A table where it is read, with rows that are none of ours.
    func all(of mapping: TableMapping) -> String {
        (tables[mapping.name]?.isPartitioned == true ? "" : "ONLY ") + SQL.table(mapping.name)
    }
}

extension TenantLookup {
    /// The words of all tenants, as their table has them.
    func words(
        _ types: PostgresTypes, through connection: PostgresConnection
    ) throws -> [SourceValue: String] {
        guard let table else { return [:] }
        let rows = try connection.query(
            """
            SELECT \(SQL.name(table.key)), \(SQL.name(table.value)),
                   (SELECT a.atttypid FROM pg_attribute a
                    WHERE a.attrelid = \(SQL.text(SQL.table(table.name)))::regclass
                      AND a.attname = \(SQL.text(table.key)))
            FROM \(SQL.table(table.name))
            """)
        var words: [SourceValue: String] = [:]
        for row in rows {
            guard let key = row[0], let word = row[1], let type = row[2].flatMap({ UInt32($0) })
            else { continue }
            words[(types[type] ?? .foreign).value(text: key)] = word
        }
        return words
    }
}
