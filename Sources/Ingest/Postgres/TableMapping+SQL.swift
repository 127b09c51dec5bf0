import Vocabulary

extension TableMapping {
    /// What `where` says, as a condition of a query; nil if it says nothing.
    ///
    /// Values are compared as text, just as `FieldCondition` compares them.
    var condition: String? {
        wanted.isEmpty
            ? nil
            : wanted.map { "(\($0.sql(of: fields, asText: true)))" }.joined(separator: " AND ")
    }

    /// The same as the row filter of a publication; nil if it says nothing, or cannot be said there.
    ///
    /// The server permits built-in types only, and only columns that identify a row, since of a row
    /// that was changed or deleted it knows no others.
    func published(in table: PostgresCatalog.Table) -> String? {
        let isLegal = wanted.allSatisfy { condition in
            guard condition.field >= 0, let column = table.column(fields[condition.field]) else {
                return false
            }
            return PostgresType(oid: column.typeOID) != nil
                && (column.isIdentity || table.identity == "f")
        }
        guard isLegal, !wanted.isEmpty else { return nil }
        return wanted.map { "(\($0.sql(of: fields, asText: false)))" }.joined(separator: " AND ")
    }

    /// A field as a copy is asked for it, of which this type was found.
    ///
    /// Types that we read as text only are sent as text, which has a binary form. Of a JSON document
    /// only the parts that the mapping reads leave the source, at the places where they stood.
    func selected(_ index: Int, as type: PostgresType) -> String {
        let name = SQL.name(fields[index])
        switch type {
        case .foreign: return SQL.output(of: fields[index])
        case .json, .jsonb:
            guard let paths = paths(into: index) else { return name }
            return JSONParts(paths).sql(of: name, type == .json ? "json" : "jsonb")
        default: return name
        }
    }

    /// Why conditions of `where` cannot be told by the values of some columns; empty if they can.
    func unclearConditions(
        in table: PostgresCatalog.Table, types: [PostgresType]
    ) -> [Finding] {
        wanted.compactMap { condition in
            guard condition.field >= 0 else { return nil }
            let words: Set<String>
            switch condition.test {
            case .words(let some), .noneOf(let some): words = some
            case .present, .missing, .like: return nil
            }
            let (field, type) = (fields[condition.field], types[condition.field])
            let comparable: [PostgresType] = [.text, .boolean, .int2, .int4, .int8, .uuid, .date]
            // Of text of a fixed length the blanks at its end would have to be written.
            guard comparable.contains(type), table.column(field)?.typeOID != 1042 else {
                return Finding(
                    .problem,
                    "‘where’ cannot compare ‘\(field)’ of ‘\(name)’, which is of type "
                        + (table.column(field)?.typeName ?? "?"),
                    fix: "name a column of text, whole numbers, true and false, dates or UUIDs",
                    at: place)
            }
            let legal = { (word: String) -> String? in
                let value = type.value(text: word)
                if case .odd = value { return nil }
                return value.text
            }
            guard let word = words.sorted().first(where: { legal($0) != $0 }) else { return nil }
            return Finding(
                .problem,
                "‘\(word)’ in ‘where’ is never the value of ‘\(field)’ of ‘\(name)’",
                fix: legal(word).map { "write ‘\($0)’" }
                    ?? "write a value of type \(table.column(field)?.typeName ?? "?")",
                at: place)
        }
    }
}

extension FieldCondition {
    /// The condition as SQL; a column that the table lacks has no value.
    fileprivate func sql(of fields: [String], asText: Bool) -> String {
        func list(_ words: Set<String>) -> String {
            "(" + words.sorted().map(SQL.text).joined(separator: ", ") + ")"
        }
        let name = field < 0 ? "NULL" : SQL.name(fields[field])
        let value = field < 0 ? "NULL::text" : asText ? name + "::text" : name
        switch test {
        case .present: return "\(name) IS NOT NULL"
        case .missing: return "\(name) IS NULL"
        case .words(let words): return "\(value) IN \(list(words))"
        case .noneOf(let words): return "\(name) IS NULL OR \(value) NOT IN \(list(words))"
        case .like: preconditionFailure("mappings with this condition are refused")
        }
    }
}

/// The parts of a JSON document at some paths, as a tree.
private struct JSONParts {
    private var isWhole = false
    private var members: [(name: String, parts: JSONParts)] = []

    init(_ paths: [[String]]) {
        for path in paths { add(path[...]) }
    }

    private mutating func add(_ path: ArraySlice<String>) {
        guard let name = path.first else {
            isWhole = true
            return
        }
        let place = members.firstIndex { $0.name == name }
        var parts = place.map { members[$0].parts } ?? JSONParts([])
        parts.add(path.dropFirst())
        if let place { members[place].parts = parts } else { members.append((name, parts)) }
    }

    /// A document of these parts only, made by the server from a column of type `type`.
    func sql(of column: String, _ type: String, at path: [String] = []) -> String {
        if isWhole {
            return "\(column) #> ARRAY[\(path.map(SQL.text).joined(separator: ", "))]"
        }
        let list = members.map { name, parts in
            "\(SQL.text(name)), \(parts.sql(of: column, type, at: path + [name]))"
        }
        return "\(type)_build_object(\(list.joined(separator: ", ")))"
    }
}
