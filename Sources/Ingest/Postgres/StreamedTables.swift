import Vocabulary

/// The columns of a table stand in another order, have other types, or are gone: the catalog has to
/// be read again.
struct SchemaChanged: Error, Equatable {
    let table: String
    let what: String
}

/// The tables of a stream as it describes them, and the values of their rows.
struct StreamedTables {
    /// A table as the stream describes it.
    final class Table {
        enum Role {
            case mapped(Int)
            case tenants
            case ignored
        }
        let role: Role
        /// For each field that we read: its position in a tuple, and its type; or why its rows
        /// cannot be read.
        fileprivate let fields: Result<[(position: Int, type: PostgresType)], SchemaChanged>

        fileprivate init(
            role: Role, fields: Result<[(position: Int, type: PostgresType)], SchemaChanged>
        ) {
            self.role = role
            self.fields = fields
        }
    }

    private let definition: SourceDefinition
    private let types: PostgresTypes
    private var tables: [UInt32: Table] = [:]
    /// The table of the last change: most changes follow one of the same table.
    private var last: (id: UInt32, table: Table)?
    /// The fields of the tuple at hand, kept for the next one.
    private var fields: [ReplicationMessage.Field] = []
    /// Descriptions of mapped tables as they were sent.
    private var messages: [UInt32: [UInt8]] = [:]

    init(_ definition: SourceDefinition, _ types: PostgresTypes) {
        self.definition = definition
        self.types = types
    }

    /// Takes a description, which is `message` as it was sent; gives the number of the mapped table
    /// that it is of, if it is of one.
    mutating func describe(
        _ id: UInt32, as name: String, columns: [ReplicationMessage.RelationColumn],
        message: @autoclosure () -> [UInt8]
    ) -> Int? {
        let table = table(name, columns)
        tables[id] = table
        last = nil
        guard case .mapped(let index) = table.role else { return nil }
        messages[id] = message()
        return index
    }

    /// The descriptions of a mapped table, as they were sent.
    func messages(of index: Int) -> [[UInt8]] {
        tables.compactMap { id, table in
            guard case .mapped(index) = table.role else { return nil }
            return messages[id]
        }
    }

    /// A table that has been described.
    mutating func described(_ id: UInt32) throws -> Table {
        if let last, last.id == id { return last.table }
        guard let table = tables[id] else {
            throw ProtocolMistake(problem: "a change of relation \(id), which was not described")
        }
        last = (id, table)
        return table
    }

    private func table(
        _ table: String, _ columns: [ReplicationMessage.RelationColumn]
    ) -> Table {
        let role: Table.Role
        let wanted: [String]
        if let index = definition.tables.firstIndex(where: { $0.name == table }) {
            role = .mapped(index)
            wanted = definition.tables[index].fields
        } else if let lookup = definition.tenants?.table, lookup.name == table {
            role = .tenants
            wanted = [lookup.key, lookup.value]
        } else {
            return Table(role: .ignored, fields: .success([]))
        }
        // A description from before a table was read anew is of no use and does no harm: only a row
        // that has to be read by it does.
        var fields: [(position: Int, type: PostgresType)] = []
        for name in wanted {
            guard let position = columns.firstIndex(where: { $0.name == name }) else {
                let what = "column ‘\(name)’ is gone"
                return Table(
                    role: role, fields: .failure(SchemaChanged(table: table, what: what)))
            }
            guard let type = types[columns[position].type] else {
                let what = "column ‘\(name)’ has a new type"
                return Table(
                    role: role, fields: .failure(SchemaChanged(table: table, what: what)))
            }
            fields.append((position: position, type: type))
        }
        return Table(role: role, fields: .success(fields))
    }

    /// Reads the values of the fields that we read, of a tuple that lies in `bytes`, in place of what
    /// `values` holds.
    ///
    /// - Throws: `SchemaChanged` when the table is not the one that the catalog told of.
    mutating func read(
        _ tuple: ReplicationMessage.Tuple, of table: Table, in bytes: Span<UInt8>,
        into values: inout [SourceValue]
    ) throws {
        try tuple.read(bytes, into: &fields)
        values.removeAll(keepingCapacity: true)
        for (position, type) in try table.fields.get() {
            guard position < fields.count else {
                throw ProtocolMistake(problem: "a row is shorter than its description")
            }
            switch fields[position] {
            case .null: values.append(.null)
            case .unchanged: values.append(.unchanged)
            case .text(let range): values.append(type.value(text: bytes.text(in: range)))
            case .binary(let range): values.append(try type.value(binary: bytes, in: range))
            }
        }
    }

    /// The values of a tuple, as `read` above.
    mutating func values(
        _ tuple: ReplicationMessage.Tuple, of table: Table, in bytes: Span<UInt8>
    ) throws -> [SourceValue] {
        var values: [SourceValue] = []
        try read(tuple, of: table, in: bytes, into: &values)
        return values
    }
}
