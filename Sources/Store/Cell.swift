import Vocabulary

/// The key of a row within its origin, as its source spells it; texts are compared by their bytes.
public enum RowKey: Sendable {
    /// A whole number.
    case integer(Int64)
    /// A UUID as a 128-bit number.
    case uuid(UInt128)
    /// Any other key; the parts of a composite key are joined by U+001F.
    case text(String)

    /// Reads a UUID in its usual form of 36 characters; nil for anything else.
    public init?(uuid text: some StringProtocol) {
        var value = UInt128(0)
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 97...102: digit = byte - 87
            case 65...70: digit = byte - 55
            default: return nil
            }
            value = value << 4 | UInt128(digit)
            digits += 1
        }
        guard digits == 32, text.utf8.count == 36 else { return nil }
        self = .uuid(value)
    }
}

extension RowKey: Hashable {
    /// Compares values; texts by their bytes.
    public static func == (left: RowKey, right: RowKey) -> Bool {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): first == second
        case (.uuid(let first), .uuid(let second)): first == second
        case (.text(let first), .text(let second)): ByteText(first) == ByteText(second)
        default: false
        }
    }

    /// Hashes the value.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .integer(let number): hasher.combine(number)
        case .uuid(let value): hasher.combine(value)
        case .text(let text): hasher.combine(ByteText(text))
        }
    }
}

extension RowKey: CustomStringConvertible {
    /// The key as its source would print it.
    public var description: String {
        switch self {
        case .integer(let number): return String(number)
        case .text(let text): return text
        case .uuid(let value):
            let digits = String(value, radix: 16)
            let all = Array(String(repeating: "0", count: 32 - digits.count) + digits)
            return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }
                .joined(separator: "-")
        }
    }
}

/// A row of another model, as stored: a dense index within one company.
public struct Reference: Sendable, Hashable, Comparable {
    /// Number of the company within the store.
    public let company: Int
    /// Index of the row within that company's rows of the model, from 0.
    public let index: Int

    /// Orders by company, then index.
    public static func < (left: Reference, right: Reference) -> Bool {
        (left.company, left.index) < (right.company, right.index)
    }
}

/// One value of a row.
///
/// What a number means follows from the column's type: 0 or 1 for `boolean`, the number itself for
/// `integer`, scaled digits for `decimal`, minor units for `money`, microseconds since the epoch for
/// `instant`, days since the epoch for `day`.
public enum Cell: Sendable, Hashable {
    /// No value.
    case missing
    /// A number.
    case number(Int64)
    /// The text of a `category` or `text` column.
    case text(String)
    /// Written for a `reference` column: the key of the row meant, of the same origin.
    case key(RowKey)
    /// Read from a `reference` column.
    case reference(Reference)
}
