import Vocabulary

/// The shape of a JSON value, as an OpenAPI document says it (JSON Schema 2020-12).
///
/// Objects are closed: a member that the schema does not name is a mistake, in what we are sent and in
/// what we answer. So an answer that grows without its description fails the test that compares them.
struct APISchema: Sendable {
    private var members: [(name: String, json: String)]

    private init(_ members: [(name: String, json: String)]) { self.members = members }

    private init(type: String, _ more: [(name: String, json: String)] = []) {
        self.init([("type", JSONText.quoted(type))] + more)
    }

    /// The schema as JSON.
    var json: String { APIText.object(members) }

    // MARK: Values

    static let text = APISchema(type: "string")
    static let boolean = APISchema(type: "boolean")
    static let number = APISchema(type: "number")
    static let integer = APISchema(type: "integer")
    /// A whole number that is never negative.
    static let count = integer(in: 0...)
    /// A local day: `2026-06-30`.
    static let day = APISchema(type: "string", [("format", "\"date\"")])
    /// A moment: RFC 3339, in UTC.
    static let instant = APISchema(type: "string", [("format", "\"date-time\"")])
    /// A SHA-256 in hexadecimal digits.
    static let sha256 = pattern("^[0-9a-f]{64}$")
    static let null = APISchema(type: "null")

    static func integer(in range: ClosedRange<Int>) -> APISchema {
        APISchema(
            type: "integer",
            [("minimum", "\(range.lowerBound)"), ("maximum", "\(range.upperBound)")])
    }

    static func integer(in range: PartialRangeFrom<Int>) -> APISchema {
        APISchema(type: "integer", [("minimum", "\(range.lowerBound)")])
    }

    static func pattern(_ expression: String) -> APISchema {
        APISchema(type: "string", [("pattern", JSONText.quoted(expression))])
    }

    /// One of some words.
    static func word(_ words: [String]) -> APISchema {
        APISchema(type: "string", [("enum", APIText.texts(words))])
    }

    /// The name of one of the cases of an enumeration.
    static func word<Word: RawRepresentable<String> & CaseIterable>(
        of type: Word.Type
    ) -> APISchema {
        word(type.allCases.map(\.rawValue))
    }

    // MARK: Compositions

    static func list(of element: APISchema, atLeast least: Int = 0) -> APISchema {
        APISchema(
            type: "array",
            [("items", element.json)] + (least > 0 ? [("minItems", "\(least)")] : []))
    }

    /// An object whose member names are not known before.
    static func map(of value: APISchema) -> APISchema {
        APISchema(type: "object", [("additionalProperties", value.json)])
    }

    /// An object that has all of some members, save those that are optional, and no others.
    static func object(
        _ fields: KeyValuePairs<String, APISchema>, optional: Set<String> = []
    ) -> APISchema {
        object(fields.map { ($0.key, $0.value) }) { !optional.contains($0) }
    }

    /// The same with further members.
    static func object(
        _ fields: KeyValuePairs<String, APISchema>, and more: KeyValuePairs<String, APISchema>,
        optional: Set<String> = []
    ) -> APISchema {
        object((Array(fields) + Array(more)).map { ($0.key, $0.value) }) { !optional.contains($0) }
    }

    /// An object with a member for each name that is read.
    static func object<Names: BodyNames>(
        of names: Names.Type, required: Set<Names> = [], _ schema: (Names) -> APISchema
    ) -> APISchema {
        let needed = Set(required.map(\.rawValue))
        return object(names.allCases.map { ($0.rawValue, schema($0)) }, isNeeded: needed.contains)
    }

    private static func object(
        _ fields: [(name: String, schema: APISchema)], isNeeded: (String) -> Bool
    ) -> APISchema {
        let needed = fields.map(\.name).filter(isNeeded)
        return APISchema(
            type: "object",
            [("properties", APIText.object(fields.map { ($0.name, $0.schema.json) }))]
                + (needed.isEmpty ? [] : [("required", APIText.texts(needed))])
                + [("additionalProperties", "false")])
    }

    static func any(of schemas: [APISchema]) -> APISchema {
        APISchema([("anyOf", APIText.list(schemas.map(\.json)))])
    }

    /// A schema of the document's components, by name.
    static func named(_ name: String) -> APISchema {
        APISchema([("$ref", JSONText.quoted("#/components/schemas/\(name)"))])
    }

    /// The same, or `null` where it is not known.
    var orNull: APISchema { .any(of: [self, .null]) }

    /// The same with an explanation.
    func said(_ words: String) -> APISchema {
        APISchema(members + [("description", JSONText.quoted(words))])
    }
}

/// The names of the members of a JSON body that is read.
///
/// They are what the body is decoded by, what its description in the document is made of, and what an
/// unknown name is held against.
protocol BodyNames: CodingKey, CaseIterable, Hashable, RawRepresentable<String> {}

/// JSON text put together from JSON text.
enum APIText {
    static func object(_ members: [(name: String, json: String)]) -> String {
        list(members.map { "\(JSONText.quoted($0.name)):\($0.json)" }, in: ("{", "}"))
    }

    static func list(_ items: [String]) -> String { list(items, in: ("[", "]")) }

    static func texts(_ texts: [String]) -> String { list(texts.map(JSONText.quoted)) }

    private static func list(_ items: [String], in brackets: (String, String)) -> String {
        brackets.0 + items.joined(separator: ",") + brackets.1
    }
}
