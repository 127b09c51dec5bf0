public import Vocabulary

/// A fingerprint of what a definition says, so that a changed definition shows.
///
/// The canonical text of a file's value is JSON-like with sorted keys, so that comments, quotes,
/// indentation and the order of keys do not count, and lists keep their order.
typealias DefinitionHash = ContentHash

extension DefinitionNode {
    /// The value without anything that does not count: comments, quotes, layout, order of keys.
    public func canonicalText() throws -> String {
        if isMapping {
            let entries = try entries().map { key, value in
                (name: try key.string(), text: try value.canonicalText())
            }
            let sorted = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            return "{" + sorted.map { Self.quoted($0.name) + ":" + $0.text }.joined(separator: ",")
                + "}"
        }
        if isSequence {
            return "[" + (try sequence().map { try $0.canonicalText() }).joined(separator: ",")
                + "]"
        }
        return Self.quoted(try string())
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The value as YAML again, as a person would write it; for showing a definition.
    func yamlText(indentation: Int = 0) throws -> String {
        let margin = String(repeating: " ", count: indentation)
        if isMapping {
            return try entries().map { key, value in
                let name = margin + (try key.string()) + ":"
                guard value.isMapping || value.isSequence else {
                    return name + " " + Self.plain(try value.string())
                }
                if value.isSequence, try value.sequence().allSatisfy(\.isScalar) {
                    let words = try value.sequence().map { Self.plain(try $0.string()) }
                    return name + " [" + words.joined(separator: ", ") + "]"
                }
                return name + "\n" + (try value.yamlText(indentation: indentation + 2))
            }.joined(separator: "\n")
        }
        if isSequence {
            return try sequence().map { element in
                let text = try element.yamlText(indentation: indentation + 2)
                return margin + "- " + text.drop { $0 == " " }
            }.joined(separator: "\n")
        }
        return margin + Self.plain(try string())
    }

    private var isScalar: Bool { !isMapping && !isSequence }

    private static func plain(_ text: String) -> String {
        let isSafe =
            !text.isEmpty && text.first != " " && text.last != " "
            && !text.contains(": ") && !text.contains(" #") && !text.hasSuffix(":")
            && !text.contains("\n") && !"-?!&*|>'\"%@`[]{},#".contains(text.prefix(1))
            && !text.contains { ",[]{}".contains($0) && text.count < 3 }
        return isSafe ? text : quoted(text)
    }

    /// Runs a check whose advice names no place, and gives it this one.
    func located<Result>(_ check: () throws -> Result) throws -> Result {
        do {
            return try check()
        } catch let error as Advice where error.place == nil {
            throw advice(error.happened, remedy: error.remedy)
        }
    }
}
