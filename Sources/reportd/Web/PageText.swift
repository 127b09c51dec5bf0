import Mustache

/// Text made safe for HTML, between tags and between double quotes.
///
/// Mustache's own escaping goes by `Character`: a quote followed by a combining mark is another
/// character to it and passes unchanged, while a browser still sees the quote. This one goes by
/// bytes, as a browser does. Characters that HTML forbids become U+FFFD.
struct PageText: MustacheContentType {
    /// The name under which templates ask for it.
    static let name = "PAGE"

    func escapeText(_ text: String) -> String { Self.escaped(text) }

    /// Escapes a text.
    static func escaped(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            case 9, 10, 13: out.append(byte)
            case 0..<32, 127: out += "\u{FFFD}".utf8
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// A number that tells two contents apart.
///
/// FNV-1a, 64 bits: it names assets and cards, where nobody gains by making two of them collide.
enum ContentHash {
    /// Sixteen hexadecimal digits.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
