/// Text made safe for HTML and SVG, between tags and between double quotes.
public enum MarkupText {
    /// Escapes a text; characters that HTML or XML forbids become U+FFFD.
    ///
    /// By bytes, as a browser reads: a quote followed by a combining mark is another `Character`, and would
    /// pass as one.
    public static func escaped(_ text: String) -> String {
        var text = text
        // Most texts are plain, and pages have thousands of them.
        if text.withUTF8({ unsafe $0.allSatisfy(isPlain) }) { return text }
        var out = ""
        out.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t", "\r": out.unicodeScalars.append(scalar)
            case "\0"..."\u{1F}", "\u{7F}", "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Whether a byte stands for itself in any text; that which U+FFFE begins with does not.
    private static func isPlain(_ byte: UInt8) -> Bool {
        // Letters first: one question tells that they are plain.
        if byte > UInt8(ascii: ">") { return byte != 127 && byte != 0xEF }
        return switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
            UInt8(ascii: "'"), 0..<32:
            false
        default: true
        }
    }
}
