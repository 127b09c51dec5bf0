/// A mistake in JSON text, by the offset of the byte where reading stopped.
struct JSONMistake: Error, Equatable {
    let offset: Int
    let problem: String
}

/// A reader of JSON (RFC 8259) over bytes in memory.
///
/// Strict: no comments, no trailing commas, no unpaired surrogates, UTF-8 only. Values nest at most
/// `maximumDepth` levels, so that hostile input cannot exhaust the stack.
struct JSONParser {
    static let maximumDepth = 200

    private let bytes: [UInt8]
    /// The offset of the next byte to be read.
    private(set) var offset: Int
    private let end: Int

    /// Reads `bytes` within a range.
    init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        self.offset = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
    }

    /// Reads text that holds exactly one value.
    static func parse(_ text: some StringProtocol) throws(JSONMistake) -> JSONValue {
        var parser = JSONParser(Array(text.utf8))
        let value = try parser.value()
        parser.skipBlank()
        guard parser.isAtEnd else { throw parser.mistake("more text follows the value") }
        return value
    }

    var isAtEnd: Bool { offset >= end }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    mutating func skipBlank() {
        while offset < end, Self.isBlank(bytes[offset]) { offset += 1 }
    }

    /// Reads the next value.
    mutating func value(depth: Int = 0) throws(JSONMistake) -> JSONValue {
        guard depth < Self.maximumDepth else { throw mistake("values nest too deeply") }
        skipBlank()
        guard offset < end else { throw mistake("the text ends where a value is expected") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default: return .number(try number())
        }
    }

    /// Reads an object member by member; `body` reads the value that follows.
    mutating func members(
        _ body: (String, inout JSONParser) throws(JSONMistake) -> Void
    ) throws(JSONMistake) {
        skipBlank()
        guard take(UInt8(ascii: "{")) else { throw mistake("an object is expected") }
        skipBlank()
        if take(UInt8(ascii: "}")) { return }
        while true {
            skipBlank()
            guard offset < end, bytes[offset] == UInt8(ascii: "\"") else {
                throw mistake(isAtEnd ? "the text ends inside an object" : "a name is expected")
            }
            let name = try string()
            skipBlank()
            guard take(UInt8(ascii: ":")) else { throw mistake("‘:’ is expected") }
            try body(name, &self)
            skipBlank()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return }
            throw mistake(isAtEnd ? "the text ends inside an object" : "‘,’ or ‘}’ is expected")
        }
    }

    private func mistake(_ problem: String) -> JSONMistake {
        JSONMistake(offset: offset, problem: problem)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < end, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func word(_ word: StaticString) throws(JSONMistake) {
        let wanted = Array("\(word)".utf8)
        guard offset + wanted.count <= end,
            bytes[offset..<offset + wanted.count].elementsEqual(wanted)
        else { throw mistake("this is not a value") }
        offset += wanted.count
    }

    private mutating func object(depth: Int) throws(JSONMistake) -> JSONValue {
        offset += 1
        var members: [JSONValue.Member] = []
        skipBlank()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipBlank()
            guard offset < end, bytes[offset] == UInt8(ascii: "\"") else {
                throw mistake(isAtEnd ? "the text ends inside an object" : "a name is expected")
            }
            let name = try string()
            skipBlank()
            guard take(UInt8(ascii: ":")) else { throw mistake("‘:’ is expected") }
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipBlank()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return .object(members) }
            throw mistake(isAtEnd ? "the text ends inside an object" : "‘,’ or ‘}’ is expected")
        }
    }

    private mutating func array(depth: Int) throws(JSONMistake) -> JSONValue {
        offset += 1
        var elements: [JSONValue] = []
        skipBlank()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipBlank()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return .array(elements) }
            throw mistake(isAtEnd ? "the text ends inside a list" : "‘,’ or ‘]’ is expected")
        }
    }

    private mutating func number() throws(JSONMistake) -> String {
        let start = offset
        func isDigit(_ position: Int) -> Bool {
            position < end && (48...57).contains(bytes[position])
        }
        _ = take(UInt8(ascii: "-"))
        guard isDigit(offset) else { throw mistake("this is not a value") }
        if bytes[offset] == UInt8(ascii: "0"), isDigit(offset + 1) {
            throw mistake("a number does not begin with 0")
        }
        while isDigit(offset) { offset += 1 }
        if take(UInt8(ascii: ".")) {
            guard isDigit(offset) else { throw mistake("a digit is expected after the point") }
            while isDigit(offset) { offset += 1 }
        }
        if offset < end, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard isDigit(offset) else { throw mistake("a digit is expected in the exponent") }
            while isDigit(offset) { offset += 1 }
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func string() throws(JSONMistake) -> String {
        offset += 1
        var start = offset
        var text = ""
        while offset < end {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                text += try utf8(start..<offset)
                offset += 1
                return text
            case UInt8(ascii: "\\"):
                text += try utf8(start..<offset)
                offset += 1
                text.unicodeScalars.append(try escape())
                start = offset
            case 0..<0x20: throw mistake("a control character stands inside a text")
            default: offset += 1
            }
        }
        throw mistake("the text ends inside a string")
    }

    private func utf8(_ range: Range<Int>) throws(JSONMistake) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONMistake(offset: range.lowerBound, problem: "this is not UTF-8 text")
        }
        return text
    }

    private mutating func escape() throws(JSONMistake) -> Unicode.Scalar {
        guard offset < end else { throw mistake("the text ends inside a string") }
        let letter = bytes[offset]
        offset += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw mistake("this escape is unknown")
        }
        var code = try hexadecimal()
        if (0xD800..<0xDC00).contains(code) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw mistake("the second half of a surrogate pair is missing")
            }
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else {
                throw mistake("the second half of a surrogate pair is missing")
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw mistake("half a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONMistake) -> UInt32 {
        guard offset + 4 <= end else { throw mistake("the text ends inside a string") }
        let digits = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
        guard digits.allSatisfy(\.isHexDigit), let code = UInt32(digits, radix: 16) else {
            throw mistake("four hexadecimal digits are expected")
        }
        offset += 4
        return code
    }
}
