import Store

/// The rows of one source that are put aside, with what is needed to try them again.
///
/// A row's content is a JSON object of its fields as text (`SourceValue.text`), or null.
struct Quarantine {
    /// The table of documents of an export that no table takes.
    static let noTable = "(none)"

    private var contents: [String: [String: String]] = [:]
    private(set) var count = 0

    init(_ rows: some Sequence<QuarantinedRow>) {
        for row in rows { keep(table: row.table, key: row.key, content: row.content) }
    }

    mutating func keep(table: String, key: String, content: String) {
        if contents[table, default: [:]].updateValue(content, forKey: key) == nil { count += 1 }
    }

    /// - Returns: Whether it was there.
    mutating func forget(table: String, key: String) -> Bool {
        guard contents[table]?.removeValue(forKey: key) != nil else { return false }
        count -= 1
        return true
    }

    func keys(of table: String) -> [String] { (contents[table] ?? [:]).keys.sorted() }

    /// What is kept of a row.
    static func content(of values: [SourceValue], mapping: TableMapping) -> String {
        let members = zip(mapping.fields, values).map { field, value in
            JSONValue.Member(name: field, value: value.text.map { .text($0) } ?? .null)
        }
        return JSONValue.object(members).serialized
    }

    /// The row as its source holds it; nil when it is not kept or not in our own form.
    func values(
        table: String, key: String, _ mapping: TableMapping, _ types: [PostgresType]
    ) -> [SourceValue]? {
        guard let text = contents[table]?[key], let json = try? JSONParser.parse(text) else {
            return nil
        }
        return zip(mapping.fields, types).map { field, type in
            guard case .text(let text)? = json[field] else { return .null }
            return type.value(text: text)
        }
    }
}
