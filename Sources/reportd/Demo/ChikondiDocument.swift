import Vocabulary

/// A document as the app's bridge writes it into CouchDB: members in their order.
struct ChikondiDocument {
    /// A member's value.
    indirect enum Value {
        case text(String)
        case number(Double)
        case integer(Int64)
        case flag(Bool)
        case null
        case list([Value])
        case object([(String, Value)])

        /// The value as JSON, numbers as JavaScript writes them.
        var json: String {
            switch self {
            case .text(let text): Self.quoted(text)
            case .number(let number):
                number == number.rounded() && number.magnitude < 1e15
                    ? String(Int64(number)) : number.description
            case .integer(let integer): String(integer)
            case .flag(let flag): flag ? "true" : "false"
            case .null: "null"
            case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
            case .object(let members):
                "{"
                    + members.map { "\(Self.quoted($0.0)):\($0.1.json)" }.joined(separator: ",")
                    + "}"
            }
        }

        private static func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
    }

    let id: String
    let revision: String
    let members: [(String, Value)]

    /// The row of `_all_docs?include_docs=true`.
    var row: String {
        let document = Value.object(
            [("_id", .text(id)), ("_rev", .text(revision))] + members)
        return Value.object([
            ("id", .text(id)), ("key", .text(id)), ("value", .object([("rev", .text(revision))])),
            ("doc", document),
        ]).json
    }

    /// The whole answer, as CouchDB 3 sends it: rows by id in byte order, CR LF between them.
    static func answer(_ documents: [ChikondiDocument]) -> String {
        let rows = documents.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            .map(\.row)
        return "{\"total_rows\":\(rows.count),\"offset\":0,\"rows\":[\r\n"
            + rows.joined(separator: ",\r\n") + "\r\n]}\n"
    }
}
