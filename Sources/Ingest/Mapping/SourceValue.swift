import Store
import Vocabulary

/// One value as a source holds it, decoded and not yet fitted to a column of ours.
enum SourceValue: Sendable, Hashable {
    /// No value.
    case null
    /// The source did not send it because it has not changed (a large value kept out of line).
    case unchanged
    case boolean(Bool)
    case integer(Int64)
    case decimal(ExactDecimal)
    /// A binary float.
    case float(Double)
    case text(String)
    case uuid(UInt128)
    /// A moment: microseconds since the epoch, UTC.
    case instant(Int64)
    /// Date and time on a clock whose zone the source does not tell: microseconds since its epoch.
    case local(Int64)
    /// A date: days since 1970-01-01.
    case day(Int32)
    /// JSON as text, read only if a rule asks for a part of it.
    case document(String)
    /// A list or object of a document.
    case structure(JSONValue)
    /// A value that its own type allows and ours do not, such as `infinity` or `NaN`.
    case odd(String)

    /// The value of a JSON scalar; lists and objects stay as they are.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .text(let value): self = .text(value)
        case .array, .object: self = .structure(json)
        case .number(let digits):
            if let whole = Int64(digits) {
                self = .integer(whole)
            } else if let exact = ExactDecimal(digits) {
                self = .decimal(exact)
            } else if let float = Double(digits), float.isFinite {
                self = .float(float)
            } else {
                self = .odd(digits)
            }
        }
    }

    /// The value as text that `PostgresType` and people read; nil for null and unchanged.
    var text: String? {
        switch self {
        case .null, .unchanged: nil
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .decimal(let value): value.description
        case .float(let value): value.description
        case .text(let value): value
        case .uuid(let value): RowKey.uuid(value).description
        case .instant(let value): Instant(microseconds: value).description
        // Without the zone's letter, so that it reads back as a local time.
        case .local(let value): String(Instant(microseconds: value).description.dropLast())
        case .day(let value): LocalDay(number: value).description
        case .document(let value): value
        case .structure(let value): value.serialized
        case .odd(let value): value
        }
    }

    /// What sort of value it is, for a sentence.
    var kind: String {
        switch self {
        case .null: "nothing"
        case .unchanged: "an unchanged value"
        case .boolean: "true or false"
        case .integer, .decimal, .float: "a number"
        case .text: "text"
        case .uuid: "a UUID"
        case .instant: "a moment"
        case .local: "a time without a zone"
        case .day: "a date"
        case .document, .structure: "a document"
        case .odd: "a special value"
        }
    }
}
