import Vocabulary

/// A value in a token's claims: JSON, in which a number is never taken for a truth value.
enum ClaimValue: Decodable, Sendable, Hashable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case truth(Bool)
    case list([ClaimValue])
    case members([String: ClaimValue])
    /// Null, or what lies deeper than anybody looks.
    case nothing

    /// Levels of lists and objects that are looked into.
    private static let mostLevels = 12

    init(from decoder: any Decoder) throws {
        guard decoder.codingPath.count <= Self.mostLevels,
            let content = try? decoder.singleValueContainer()
        else {
            self = .nothing
            return
        }
        if let text = try? content.decode(String.self) {
            self = .text(text)
        } else if let truth = try? content.decode(Bool.self) {
            self = .truth(truth)
        } else if let integer = try? content.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? content.decode(Double.self) {
            self = .number(number)
        } else if let list = try? content.decode([ClaimValue].self) {
            self = .list(list)
        } else if let members = try? content.decode([String: ClaimValue].self) {
            self = .members(members)
        } else {
            self = .nothing
        }
    }

    /// The text; nil for anything else.
    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    /// The words of a claim that may hold one or several: texts and whole numbers.
    var words: [String] {
        switch self {
        case .text(let text): [text]
        case .integer(let number): ["\(number)"]
        case .list(let list):
            list.flatMap { value -> [String] in
                if case .list = value { return [] }
                return value.words
            }
        case .number, .truth, .members, .nothing: []
        }
    }

    /// Seconds since 1970 beyond which no time of a token may lie: the year 3000.
    private static let mostSeconds = 32_503_680_000.0

    /// The moment that a number of seconds since 1970 is.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when it is none.
    func moment(_ name: String) throws -> Instant {
        let seconds: Double
        switch self {
        case .integer(let number): seconds = Double(number)
        case .number(let number): seconds = number
        default: throw SignedToken.refusal("the token's ‘\(name)’ is not a moment")
        }
        guard (0...Self.mostSeconds).contains(seconds) else {
            throw SignedToken.refusal("the token's ‘\(name)’ is not a moment")
        }
        return Instant(seconds: Int64(seconds))
    }
}
