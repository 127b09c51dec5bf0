/// Writes XML elements into a sink, indented by two blanks each.
///
/// Invariant: every element that was opened is closed by the function that opened it.
struct XMLWriter {
    private var sink: ByteSink
    private var depth = 0

    init(_ sink: ByteSink) throws {
        self.sink = sink
        try self.sink.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    /// Writes an element that holds others; `attributes` as they stand in the tag.
    mutating func element(
        _ name: String, attributes: String = "", _ body: (inout XMLWriter) throws -> Void
    ) throws {
        let margin = String(repeating: "  ", count: depth)
        try sink.write("\(margin)<\(name)\(attributes.isEmpty ? "" : " " + attributes)>\n")
        depth += 1
        try body(&self)
        depth -= 1
        try sink.write("\(margin)</\(name)>\n")
    }

    /// Writes an element that holds text.
    mutating func element(_ name: String, attributes: String = "", _ text: String) throws {
        let margin = String(repeating: "  ", count: depth)
        let tag = attributes.isEmpty ? name : name + " " + attributes
        try sink.write("\(margin)<\(tag)>\(Self.escaped(text))</\(name)>\n")
    }

    /// Writes an element that holds text, if there is any.
    mutating func element(_ name: String, ifAny text: String?) throws {
        guard let text, !text.isEmpty else { return }
        try element(name, attributes: "", text)
    }

    /// Writes elements within each other, the innermost of which holds text.
    mutating func element(_ path: [String], _ text: String) throws {
        guard let first = path.first else { return }
        guard path.count > 1 else { return try element(first, attributes: "", text) }
        try element(first) { try $0.element(Array(path.dropFirst()), text) }
    }

    /// Hands out what is left.
    mutating func finish() throws { try sink.flush() }

    /// Text between tags; what XML 1.0 cannot hold becomes a blank.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\r": out += "&#13;"
            case "\t", "\n": out.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
