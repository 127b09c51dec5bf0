public import Vocabulary

/// A mailbox: an address and the name of whoever reads there.
public struct MailAddress: Sendable, Hashable {
    /// The name; empty when there is none.
    public let name: String
    /// The address: `anna@example.org`.
    public let address: String

    /// Makes a mailbox.
    ///
    /// - Throws: `Advice` when the address is not of the form `local@domain` in plain ASCII, or
    ///   the name holds a line break.
    public init(_ address: String, name: String = "") throws {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isLegal =
            parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && address.utf8.count <= 254
            && address.utf8.allSatisfy { byte in
                byte > 32 && byte < 127 && !Array("<>()[],;:\\\"".utf8).contains(byte)
            }
        guard isLegal else {
            let shown = String(address.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
            throw Advice(
                .request, "‘\(shown)’ is not a mail address",
                remedy: "write it as name@domain, in letters of plain ASCII")
        }
        self.name = try MailHeader.checked(name, in: "the name of \(address)")
        self.address = address
    }

    /// The form of header fields: `Anna Ødegård <anna@example.org>`, encoded.
    var header: String {
        if name.isEmpty { return address }
        return MailHeader.encodedPhrase(name) + " <\(address)>"
    }
}

/// Header fields of mail: encoding, folding, and the refusal of injected lines.
public enum MailHeader {
    /// Preferred length of a line (RFC 5322 §2.1.1).
    private static let lineLength = 78
    /// Longest encoded word (RFC 2047 §2).
    private static let wordLength = 75

    /// A value that holds no line break or other control character.
    ///
    /// A line break in a header value would let whoever wrote it add header fields of their own, or
    /// end the header; so it is refused, not repaired.
    static func checked(_ value: String, in place: String) throws -> String {
        guard value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw Advice(
                .request, "\(place) holds a line break or another control character",
                remedy: "remove it; a mail header is one line")
        }
        return value
    }

    /// Unstructured text, such as a subject: as it is where it is ASCII, else as encoded words.
    static func encodedText(_ text: String, after name: String) -> String {
        let needsEncoding =
            !text.utf8.allSatisfy { $0 < 127 } || text.contains("=?")
            || text.split(separator: " ").contains { $0.utf8.count > 60 }
        return needsEncoding
            ? encodedWords(text, offset: name.utf8.count + 2)
            : folded(text, offset: name.utf8.count + 2)
    }

    /// A display name: quoted where it is ASCII, else as encoded words.
    static func encodedPhrase(_ text: String) -> String {
        let isASCII = text.utf8.allSatisfy { $0 < 127 }
        guard isASCII, !text.contains("=?"), text.utf8.count <= 60 else {
            return encodedWords(text, offset: 0)
        }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    /// Encoded words of RFC 2047 in base64, none of which splits a character.
    private static func encodedWords(_ text: String, offset: Int) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        // `=?utf-8?B?` and `?=` take 12 characters; base64 makes 4 of 3 bytes.
        func limit() -> Int {
            let room = words.isEmpty ? min(wordLength, lineLength - offset) : wordLength
            return max(3, (room - 12) / 4 * 3)
        }
        for character in text {
            let bytes = Array(character.utf8)
            // A family of emoji may be longer than a word; its scalars then stand apart.
            let pieces =
                bytes.count <= 45
                ? [bytes] : character.unicodeScalars.map { Array(String($0).utf8) }
            for piece in pieces {
                if chunk.count + piece.count > limit(), !chunk.isEmpty {
                    words.append("=?utf-8?B?\(MailEncoding.base64(chunk))?=")
                    chunk = []
                }
                chunk += piece
            }
        }
        if !chunk.isEmpty { words.append("=?utf-8?B?\(MailEncoding.base64(chunk))?=") }
        return words.joined(separator: "\r\n ")
    }

    /// Folds text at spaces, so that lines stay short.
    static func folded(_ text: String, offset: Int) -> String {
        var out = ""
        var length = offset
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false)
            .enumerated()
        {
            if index > 0 {
                // A line that holds nothing but the space would end the header for some readers.
                if length + 1 + word.utf8.count > lineLength, !word.isEmpty, length > 1 {
                    out += "\r\n "
                    length = 1
                } else {
                    out += " "
                    length += 1
                }
            }
            out += word
            length += word.utf8.count
        }
        return out
    }

    /// A list of mailboxes, one on each line.
    static func list(_ addresses: [MailAddress]) -> String {
        addresses.map(\.header).joined(separator: ",\r\n ")
    }

    /// A parameter such as a file name: quoted in ASCII, else after RFC 2231.
    static func parameter(_ name: String, _ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 >= 32 && $0 < 127 && $0 != 34 && $0 != 92 }
        if isPlain, value.utf8.count <= 60 { return ";\r\n \(name)=\"\(value)\"" }
        var pieces: [String] = []
        var piece = ""
        for byte in value.utf8 {
            let isAttributeCharacter =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || Array("!#$&+-.^_`{|}~".utf8).contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            let text =
                isAttributeCharacter
                ? String(UnicodeScalar(byte)) : "%\(digits.count == 1 ? "0" : "")\(digits)"
            if piece.utf8.count + text.utf8.count > 50 {
                pieces.append(piece)
                piece = ""
            }
            piece += text
        }
        pieces.append(piece)
        if pieces.count == 1 { return ";\r\n \(name)*=utf-8''\(pieces[0])" }
        return pieces.enumerated().map { index, piece in
            ";\r\n \(name)*\(index)*=\(index == 0 ? "utf-8''" : "")\(piece)"
        }.joined()
    }

    /// A date of RFC 5322 in UTC: `Wed, 01 Jul 2026 07:00:00 +0000`; with another word for UTC, one of
    /// HTTP (RFC 9110, 5.6.7).
    public static func date(_ instant: Instant, utc: String = "+0000") -> String {
        let time = LocalTime(secondsSinceEpoch: instant.seconds)
        let (year, month, day) = time.day.civil
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][time.day.isoWeekday - 1]
        let name = ReportLocale.english.shortMonth(month)
        return "\(weekday), \(day < 10 ? "0" : "")\(day) \(name) \(year) \(time.clock) \(utc)"
    }
}
