import Vocabulary

/// A JSON value whose numbers keep the digits they were written with.
///
/// Amounts must not pass through binary floats, so a number stays text until a rule reads it.
enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case number(String)
    case text(String)
    case array([JSONValue])
    case object([Member])

    /// A name and its value; members keep the order of the document.
    struct Member: Sendable, Hashable {
        let name: String
        let value: JSONValue
    }

    /// The value of a member, the last one if a name comes twice.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The value at a path of member names and array indices.
    func value(at path: [String]) -> JSONValue? {
        var current = self
        for step in path {
            switch current {
            case .object:
                guard let next = current[step] else { return nil }
                current = next
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }

    /// Compact JSON.
    var serialized: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .text(let value): text += JSONText.quoted(value)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                text += JSONText.quoted(member.name)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }
}
