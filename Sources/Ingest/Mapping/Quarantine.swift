import Store
import Vocabulary

/// The rows of one source that are put aside, with what is needed to try them again.
///
/// A row's content is a JSON object of the fields that the mapping reads. Text, numbers, true, false
/// and null stand as they are; other values as an object that names their kind, such as
/// `{"instant":"2026-06-30T22:30:00Z"}`, so that they can be read back without asking the source
/// for its types. Of a document only the parts that the mapping reads are kept: the rest is none of
/// our business and may be private.
struct Quarantine {
    /// The table of documents of an export that no table takes.
    static let noTable = "(none)"

    /// Contents by table and key; empty where the key alone is kept.
    private var contents: [String: [String: String]] = [:]
    /// How many rows of each table are kept with their content.
    private var kept: [String: Int] = [:]
    private(set) var count = 0
    private let limit: Int

    /// The rows that are put aside, of which so many of each table are kept with their content.
    init(_ rows: some Sequence<QuarantinedRow>, limit: Int) {
        self.limit = limit
        for row in rows { keep(table: row.table, key: row.key, content: row.content) }
    }

    /// The rows of a source that are put aside.
    ///
    /// - Throws: `Advice` when the store cannot be read.
    init(of definition: SourceDefinition, in store: Store) throws {
        self.init(
            try store.quarantined().filter { $0.source == definition.name },
            limit: store.settings.quarantineRows)
    }

    mutating func keep(table: String, key: String, content: String) {
        _ = forget(table: table, key: key)
        let isRoom = kept[table, default: 0] < limit && !content.isEmpty
        contents[table, default: [:]][key] = isRoom ? content : ""
        if isRoom { kept[table, default: 0] += 1 }
        count += 1
    }

    /// - Returns: Whether it was there.
    mutating func forget(table: String, key: String) -> Bool {
        guard let content = contents[table]?.removeValue(forKey: key) else { return false }
        if !content.isEmpty { kept[table, default: 1] -= 1 }
        count -= 1
        return true
    }

    /// Whether there are rows of a table of which the key alone is kept.
    func lacksContents(of table: String) -> Bool {
        (contents[table]?.count ?? 0) > kept[table, default: 0]
    }

    func holds(table: String, key: String) -> Bool {
        count > 0 && contents[table]?[key] != nil
    }

    func keys(of table: String) -> [String] { (contents[table] ?? [:]).keys.sorted() }

    /// The row as its source holds it; nil when it is not kept or not in our own form.
    func values(table: String, key: String, _ mapping: TableMapping) -> [SourceValue]? {
        contents[table]?[key].flatMap { Self.values(of: $0, mapping) }
    }

    /// What is kept of a row.
    static func content(of values: [SourceValue], mapping: TableMapping) -> String {
        let members = mapping.fields.indices.map { index in
            JSONValue.Member(
                name: mapping.fields[index],
                value: kept(values[index], paths: mapping.paths(into: index)))
        }
        return JSONValue.object(members).serialized
    }

    /// The row that was kept as `content`; nil when that is not in our own form.
    static func values(of content: String, _ mapping: TableMapping) -> [SourceValue]? {
        guard let json = try? JSONParser.parse(content) else { return nil }
        return mapping.fields.map { field in json[field].map(value) ?? .null }
    }

    private static func kept(_ value: SourceValue, paths: [[String]]?) -> JSONValue {
        func named(_ kind: String) -> JSONValue {
            .object([.init(name: kind, value: .text(value.text ?? ""))])
        }
        switch value {
        case .null, .unchanged: return .null
        case .boolean(let yes): return .boolean(yes)
        case .integer(let number): return .number(String(number))
        case .decimal(let exact): return .number(exact.description)
        case .float: return named("float")
        case .text(let text): return .text(text)
        case .uuid: return named("uuid")
        case .instant: return named("instant")
        case .local: return named("local")
        case .day: return named("day")
        case .odd: return named("odd")
        case .structure(let json):
            return .object([.init(name: "json", value: json.keeping(paths))])
        case .document(let text):
            guard let json = try? JSONParser.parse(text) else {
                return .object([.init(name: "odd", value: .text("a document that is not JSON"))])
            }
            return .object([.init(name: "json", value: json.keeping(paths))])
        }
    }

    private static func value(_ json: JSONValue) -> SourceValue {
        guard case .object(let members) = json, let member = members.first else {
            return SourceValue(json)
        }
        if member.name == "json" { return .structure(member.value) }
        guard case .text(let text) = member.value else { return .null }
        switch member.name {
        case "float": return PostgresType.float8.value(text: text)
        case "uuid": return PostgresType.uuid.value(text: text)
        case "instant": return PostgresType.timestamptz.value(text: text)
        case "local": return PostgresType.timestamp.value(text: text)
        case "day": return PostgresType.date.value(text: text)
        default: return .odd(text)
        }
    }
}

extension TableMapping {
    /// The paths at which a field's document is read; nil when it is read whole.
    func paths(into field: Int) -> [[String]]? {
        var paths: [[String]] = []
        var conditions = isDeleted + wanted
        for rule in rules {
            if rule.alternative == field { return nil }
            conditions += rule.conditions
            switch rule.input {
            case .field(field, let path):
                if path.isEmpty { return nil }
                paths.append(path)
                paths += rule.otherPaths
            case .fields(let several), .joined(let several):
                if several.contains(field) { return nil }
            case .product(let factors):
                if factors.contains(where: { $0.field == field }) { return nil }
            case .cases(let cases): conditions += cases.flatMap(\.conditions)
            default: break
            }
        }
        let isReadOtherwise = conditions.contains { $0.field == field } || key.contains(field)
        return paths.isEmpty || isReadOtherwise ? nil : paths
    }
}

extension JSONValue {
    /// Only what lies at some paths, as objects in objects; the whole value without paths.
    fileprivate func keeping(_ paths: [[String]]?) -> JSONValue {
        guard let paths else { return self }
        var kept = JSONValue.object([])
        for path in paths {
            guard let value = value(at: path) else { continue }
            kept = kept.setting(value, at: path[...])
        }
        return kept
    }

    private func setting(_ value: JSONValue, at path: ArraySlice<String>) -> JSONValue {
        guard let name = path.first else { return value }
        guard case .object(var members) = self else { return self }
        let inner = (self[name] ?? .object([])).setting(value, at: path.dropFirst())
        members.removeAll { $0.name == name }
        members.append(Member(name: name, value: inner))
        return .object(members)
    }
}
