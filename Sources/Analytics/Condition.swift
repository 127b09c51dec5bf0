import Store
import Vocabulary

/// A condition that rows must meet to count, as people write it.
///
/// It is text until it meets a model: only the column's type says whether `1` is a number or a word.
public struct Condition: Sendable, Hashable {
    /// What the column's value is held against.
    public enum Test: Sendable, Hashable {
        /// The value is one of these.
        case among([String])
        /// The value is none of these; a missing value passes.
        case notAmong([String])
        /// There is no value.
        case missing
        /// There is a value.
        case present
        /// The value stands so to all of these; a missing value does not.
        case within([Bound])
        /// The value stands so to that of another column; a missing value stands to none.
        case compared(ColumnRelation, String)
    }

    /// The column, or `reference.column`; also a dimension of bands, `weekday` or `hour`.
    public let path: String
    /// What its value is held against.
    public let test: Test

    /// Describes a condition.
    public init(_ path: String, _ test: Test) {
        self.path = path
        self.test = test
    }

    /// Reads `status=PAID,COMPLETED`, `status!=LOST`, `due_on<today`, `quantity>=2.5`,
    /// `source is missing` or `source is present`.
    ///
    /// Commas part values; a value that holds a comma is put in double quotes. `due_on<@issued_on` and
    /// `currency!=@customer.currency` name another column.
    ///
    /// - Throws: `Advice` when the text has another form.
    public init(parsing text: String) throws {
        for (ending, test) in [(" is missing", Test.missing), (" is present", Test.present)]
        where text.hasSuffix(ending) {
            self.init(Self.trimmed(text.dropLast(ending.count)), test)
            return
        }
        let mark = text.firstIndex { "=!<>".contains($0) } ?? text.startIndex
        let sign = text[mark...].prefix { "=!<>".contains($0) }
        let path = Self.trimmed(text[..<mark])
        let rest = text[sign.endIndex...]
        let value = Self.trimmed(rest)
        if value.hasPrefix("@"), mark > text.startIndex,
            let relation = ColumnRelation(rawValue: String(sign))
        {
            self.init(path, .compared(relation, String(value.dropFirst())))
            return
        }
        switch String(sign) {
        case "=" where mark > text.startIndex:
            self.init(path, .among(try Self.values(in: rest, of: text)))
        case "!=" where mark > text.startIndex:
            self.init(path, .notAmong(try Self.values(in: rest, of: text)))
        case let sign:
            guard mark > text.startIndex, let relation = Relation(rawValue: sign) else {
                throw Advice(
                    .request, "‘\(text)’ is not a condition",
                    remedy: "write column=value, column!=value, column<value, column>=value, "
                        + "column is missing or column is present")
            }
            self.init(path, .within([Bound(relation, value)]))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " }
        return String(start.prefix { _ in true }.reversed().drop { $0 == " " }.reversed())
    }

    private static func values(in list: Substring, of text: String) throws -> [String] {
        var values: [String] = []
        var current = ""
        var isQuoted = false
        for character in list {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                values.append(trimmed(current[...]))
                current = ""
            } else {
                current.append(character)
            }
        }
        values.append(trimmed(current[...]))
        guard !isQuoted, !values.contains("") else {
            throw Advice(
                .request,
                "‘\(text)’ has \(isQuoted ? "a quote that is not closed" : "an empty value")",
                remedy: isQuoted ? "add the second ‘\"’" : "write ‘column is missing’ for no value")
        }
        return values
    }
}

extension Condition: CustomStringConvertible {
    /// The condition in words: `status is ACCEPTED, PAID or SCHEDULED`.
    public var description: String {
        switch test {
        case .among(let values): "\(path) is \(Self.list(values))"
        case .notAmong(let values): "\(path) is not \(Self.list(values))"
        case .missing: "\(path) is missing"
        case .present: "\(path) is present"
        case .within(let bounds):
            "\(path) is " + bounds.map(\.description).joined(separator: " and ")
        case .compared(let relation, let other): "\(path) \(relation.sign) \(other)"
        }
    }

    private static func list(_ values: [String]) -> String {
        guard let last = values.last, values.count > 1 else { return values.first ?? "anything" }
        return values.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension Condition {
    /// The condition as the store understands it, for rows of a model and the days of a question.
    ///
    /// - Throws: `Advice` when the column does not exist or a value does not fit its type.
    func filter(
        for model: Model, in schema: Schema, asked: AskedDays = .any,
        terms: ConditionTerms = .columns
    ) throws -> Filter {
        if let filter = try memberFilter(for: model, asked: asked, terms: terms) { return filter }
        let resolved = try schema.resolve(path, in: model)
        switch test {
        case .missing: return .among(resolved.path, [.missing])
        case .present: return .notAmong(resolved.path, [.missing])
        case .among(let values):
            return .among(
                resolved.path, try values.flatMap { try Self.cells($0, of: resolved, path) })
        case .notAmong(let values):
            return .notAmong(
                resolved.path, try values.flatMap { try Self.cells($0, of: resolved, path) })
        case .within(let bounds):
            return try Self.filter(resolved, within: bounds, path, asked)
        case .compared(let relation, let other):
            return try Self.filter(resolved, relation, other, path, of: model, in: schema)
        }
    }

    static func cells(
        _ text: String, of resolved: ResolvedColumn, _ path: String
    ) throws -> [Cell] {
        func wrong(_ wanted: String, _ remedy: String) -> Advice {
            Advice(
                .request, "column ‘\(path)’ holds \(wanted), and ‘\(text)’ is none", remedy: remedy)
        }
        switch resolved.column.type {
        case .category, .text: return [.text(text)]
        case .boolean:
            switch text {
            case "true", "yes": return [.number(1)]
            case "false", "no": return [.number(0)]
            default: throw wrong("yes or no", "write true or false")
            }
        case .integer:
            guard let number = Int64(text) else { throw wrong("whole numbers", "write digits") }
            return [.number(number)]
        case .decimal(let scale):
            guard let number = ExactDecimal(text), number.rounded(toScale: scale) == number,
                let digits = Int64(exactly: number.rounded(toScale: scale).unscaled)
            else {
                throw wrong("numbers with \(scale) decimals", "write such a number")
            }
            return [.number(digits)]
        case .day:
            guard let day = LocalDay(text) else {
                throw wrong("dates", "write it as 2026-06-30")
            }
            return [.number(Int64(day.number))]
        case .reference:
            // Sources key their rows by UUID, number or text; the same words may be any of them.
            if let uuid = RowKey(uuid: text) { return [.key(uuid)] }
            return [.key(.text(text))] + (Int64(text).map { [.key(.integer($0))] } ?? [])
        case .money, .instant:
            throw Advice(
                .request,
                "column ‘\(path)’ holds \(resolved.column.type == .instant ? "moments" : "amounts")"
                    + ", of which no single one is tested",
                remedy: resolved.column.type == .instant
                    ? "hold it against days: \(path)<2026-06-30, \(path)>=today"
                    : "hold it against 0, as \(path)>0, or filter by another column")
        }
    }
}

extension Condition {
    /// Reads a `where:` mapping: `status: PAID`, `status: [ACCEPTED, PAID]`,
    /// `status: {not: [LOST]}`, `source: {is: missing}`, `due_on: {before: today}`,
    /// `due_on: {before: {column: issued_on}}`.
    static func conditions(_ node: DefinitionNode) throws -> [(Condition, DefinitionNode)] {
        enum Presence: String, CaseIterable { case missing, present }
        return try node.entries().map { key, value in
            let path = try key.string()
            func values(_ node: DefinitionNode) throws -> [String] {
                guard node.isSequence else { return [try node.string()] }
                let list = try node.sequence().map { try $0.string() }
                if list.isEmpty {
                    throw node.advice("the list is empty", remedy: "name at least one value")
                }
                return list
            }
            guard value.isMapping else {
                return (Condition(path, .among(try values(value))), key)
            }
            let fields = try value.mapping(allowing: ["in", "not", "is"] + Relation.allWords)
            if let test = try comparison(value) { return (Condition(path, test), key) }
            let given = ["in", "not", "is"].filter { fields.optional($0) != nil }
            let bounds = try value.entries().compactMap { word, bound in
                try Relation(word: word.string()).map { Bound($0, try bound.string()) }
            }
            guard given.count == 1 && bounds.isEmpty || given.isEmpty && !bounds.isEmpty else {
                throw value.advice(
                    "a condition has one of in, not and is, or bounds",
                    remedy: "write one of them; other conditions go on lines of their own")
            }
            if !bounds.isEmpty { return (Condition(path, .within(bounds)), key) }
            if let list = fields.optional("in") {
                return (Condition(path, .among(try values(list))), key)
            }
            if let list = fields.optional("not") {
                return (Condition(path, .notAmong(try values(list))), key)
            }
            switch try fields.required("is").choice(Presence.self, naming: "state of a value") {
            case .missing: return (Condition(path, .missing), key)
            case .present: return (Condition(path, .present), key)
            }
        }
    }
}
