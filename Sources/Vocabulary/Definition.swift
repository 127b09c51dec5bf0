import Foundation
import Yams

/// A value of a definition file together with the place where it was written.
///
/// Every room reads its definitions through this type, so that each mistake is reported with file,
/// line, the words that were written, and the nearest legal name.
public struct DefinitionNode: Sendable {
    private indirect enum Content: Sendable {
        case scalar(String)
        case sequence([DefinitionNode])
        case mapping([(key: DefinitionNode, value: DefinitionNode)])
    }

    private let content: Content
    /// Where the value was written.
    public let place: Place

    private init(_ node: Node, file: String) throws {
        place = Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        switch node {
        case .scalar(let scalar): content = .scalar(scalar.string)
        case .sequence(let sequence):
            content = .sequence(try sequence.map { try DefinitionNode($0, file: file) })
        case .mapping(let mapping):
            content = .mapping(
                try mapping.map { key, value in
                    (try DefinitionNode(key, file: file), try DefinitionNode(value, file: file))
                })
        case .alias:
            throw Advice(
                .definition, "an alias (*name) stands here", remedy: "write the value out",
                at: place)
        }
    }

    /// Reads YAML text.
    ///
    /// - Parameters:
    ///   - text: The file's text.
    ///   - file: The file's name as its reader would write it.
    /// - Throws: `Advice` with the place when the text is not YAML or is empty.
    public init(parsing text: String, file: String) throws {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw Advice(
                    .definition, "the file is empty", remedy: "write a definition or delete it",
                    at: Place(file: file, line: 1, column: 1))
            }
            try self.init(node, file: file)
        } catch let error as YamlError {
            var line = 1
            var column = 1
            var problem = "\(error)"
            switch error {
            case .scanner(_, let words, let mark, _), .parser(_, let words, let mark, _),
                .composer(_, let words, let mark, _):
                (line, column, problem) = (mark.line, mark.column, words)
            case .duplicatedKeysInMapping(let duplicates, let context):
                (line, column) = (context.mark.line, context.mark.column)
                let names = duplicates.map { "\($0)" }.joined(separator: ", ")
                problem = "key written twice: \(names)"
            default: break
            }
            throw Advice(
                .definition, "this is not valid YAML: \(problem)",
                remedy: "check the indentation and quotes near this line",
                at: Place(file: file, line: line, column: column))
        }
    }

    /// Reads a YAML file; errors name it by its path relative to `folder`, if it lies there.
    ///
    /// - Throws: `Advice` when it cannot be read or is not YAML.
    public init(contentsOf path: String, relativeTo folder: String = "") throws {
        let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
        let name = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Advice(
                .definition, "cannot read \(path)", remedy: "check that it exists and is readable")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Advice(.definition, "\(name) is not UTF-8 text", remedy: "save it as UTF-8")
        }
        try self.init(parsing: text, file: name)
    }

    /// An error about this value.
    public func advice(_ happened: String, remedy: String) -> Advice {
        Advice(.definition, happened, remedy: remedy, at: place)
    }

    /// Whether the value is a mapping.
    public var isMapping: Bool {
        guard case .mapping = content else { return false }
        return true
    }
    /// Whether the value is a list.
    public var isSequence: Bool {
        guard case .sequence = content else { return false }
        return true
    }

    /// The value as text; numbers and dates are taken as they were written.
    public func string() throws -> String {
        guard case .scalar(let text) = content else {
            throw advice("text was expected here", remedy: "write a single value")
        }
        return text
    }

    /// The value as a name: lower-case letters, digits, `-` and `_`, beginning with a letter.
    public func identifier() throws -> String {
        let text = try string()
        let legal = text.utf8.enumerated().allSatisfy { index, byte in
            (97...122).contains(byte)
                || (index > 0 && ((48...57).contains(byte) || byte == 45 || byte == 95))
        }
        guard legal, !text.isEmpty else {
            throw advice(
                "‘\(text)’ is not a legal name",
                remedy: "use lower-case letters, digits, - and _, beginning with a letter")
        }
        return text
    }

    /// The value as a whole number within a range.
    public func integer(in range: ClosedRange<Int>) throws -> Int {
        let text = try string()
        guard let value = Int(text), range.contains(value) else {
            throw advice(
                "‘\(text)’ is not a whole number from \(range.lowerBound) to \(range.upperBound)",
                remedy: "write such a number")
        }
        return value
    }

    /// The value as an exact decimal.
    public func decimal() throws -> ExactDecimal {
        let text = try string()
        guard let value = ExactDecimal(text) else {
            throw advice("‘\(text)’ is not a number", remedy: "write digits with a point, as 12.50")
        }
        return value
    }

    /// The value as yes or no.
    public func boolean() throws -> Bool {
        switch try string() {
        case "true", "yes": return true
        case "false", "no": return false
        case let text:
            throw advice("‘\(text)’ is neither true nor false", remedy: "write one of them")
        }
    }

    /// One of an enumeration's words.
    public func choice<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type, naming thing: String
    ) throws -> Word where Word.RawValue == String {
        let text = try string()
        if let word = Word(rawValue: text) { return word }
        throw advice(
            "‘\(text)’ is not a \(thing)",
            remedy: Spelling.remedy(for: text, legal: Word.allCases.map(\.rawValue)))
    }

    /// The text read by a function whose own advice is given this place.
    public func reading<Value>(_ read: (String) throws -> Value) throws -> Value {
        let text = try string()
        do {
            return try read(text)
        } catch let error as Advice where error.place == nil {
            throw advice(error.happened, remedy: error.remedy)
        }
    }

    /// The elements of a list.
    public func sequence() throws -> [DefinitionNode] {
        guard case .sequence(let elements) = content else {
            throw advice("a list was expected here", remedy: "begin each entry with ‘- ’")
        }
        return elements
    }

    /// The entries of a mapping whose keys are names of the writer's choice, in file order.
    public func entries() throws -> [(key: DefinitionNode, value: DefinitionNode)] {
        guard case .mapping(let entries) = content else {
            throw advice("‘name: value’ lines were expected here", remedy: "write a mapping")
        }
        return entries
    }

    /// The mapping, having checked that it holds no other keys than those allowed.
    ///
    /// - Throws: `Advice` that names the unknown key and the nearest legal one.
    public func mapping(allowing legal: [String]) throws -> DefinitionMapping {
        var fields: [String: DefinitionNode] = [:]
        for (key, value) in try entries() {
            let name = try key.string()
            guard legal.contains(name) else {
                throw key.advice(
                    "‘\(name)’ is not known here", remedy: Spelling.remedy(for: name, legal: legal))
            }
            fields[name] = value
        }
        return DefinitionMapping(node: self, fields: fields)
    }
}

/// The checked fields of one mapping.
public struct DefinitionMapping: Sendable {
    /// The mapping itself, for its place.
    public let node: DefinitionNode
    private let fields: [String: DefinitionNode]

    init(node: DefinitionNode, fields: [String: DefinitionNode]) {
        self.node = node
        self.fields = fields
    }

    /// A field that may be left out.
    public func optional(_ name: String) -> DefinitionNode? { fields[name] }

    /// A field that must be there.
    ///
    /// - Throws: `Advice` that names the missing field.
    public func required(_ name: String) throws -> DefinitionNode {
        guard let field = fields[name] else {
            throw node.advice("‘\(name)’ is missing here", remedy: "add a line ‘\(name): …’")
        }
        return field
    }
}

/// The definition files of a folder.
public enum DefinitionFolder {
    /// Paths of the `.yaml` files in `folder/subfolder`, sorted by name; empty when there is none.
    public static func files(in subfolder: String, of folder: String) -> [String] {
        let path = folder + "/" + subfolder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { path + "/" + $0 }
    }
}
