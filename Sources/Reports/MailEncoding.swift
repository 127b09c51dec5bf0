/// Transfer encodings of mail bodies (RFC 2045).
enum MailEncoding {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let lineLength = 76

    /// Base64 on one line.
    static func base64(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        appendBase64(bytes[...], to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Base64 in lines of 76 characters, each ended by CRLF.
    static func appendBase64Lines(_ bytes: [UInt8], to out: inout [UInt8]) {
        out.reserveCapacity(out.count + bytes.count / 57 * 78 + 80)
        for start in stride(from: 0, to: bytes.count, by: 57) {
            appendBase64(bytes[start..<min(start + 57, bytes.count)], to: &out)
            out += [13, 10]
        }
    }

    private static func appendBase64(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let count = min(3, bytes.endIndex - index)
            let first = UInt32(bytes[index])
            let second = count > 1 ? UInt32(bytes[index + 1]) : 0
            let third = count > 2 ? UInt32(bytes[index + 2]) : 0
            let group = first << 16 | second << 8 | third
            out.append(alphabet[Int(group >> 18)])
            out.append(alphabet[Int(group >> 12 & 63)])
            out.append(count > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            out.append(count > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }

    /// Quoted-printable text whose line breaks, in whatever form, become CRLF.
    static func appendQuotedPrintable(_ text: String, to out: inout [UInt8]) {
        let bytes = Array(text.utf8)
        var column = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 10 || byte == 13 {
                out += [13, 10]
                column = 0
                if byte == 13, index + 1 < bytes.count, bytes[index + 1] == 10 { index += 1 }
                index += 1
                continue
            }
            let endsLine =
                index + 1 == bytes.count || bytes[index + 1] == 10 || bytes[index + 1] == 13
            // Blanks at the end of a line get lost on the way, a point alone on a line ends SMTP's
            // data, and “From ” at its start is altered by some mail stores.
            let isPlain =
                ((33...126).contains(byte) && byte != 61
                    && !(column == 0 && (byte == 46 || byte == 70)))
                || ((byte == 32 || byte == 9) && !endsLine)
            let width = isPlain ? 1 : 3
            if column + width > lineLength - 1 {
                out += [61, 13, 10]
                column = 0
                // The line break may have put a point to the start of a line.
                continue
            }
            if isPlain {
                out.append(byte)
            } else {
                out.append(61)
                out.append(hexadecimal[Int(byte >> 4)])
                out.append(hexadecimal[Int(byte & 15)])
            }
            column += width
            index += 1
        }
        if column > 0 { out += [13, 10] }
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
