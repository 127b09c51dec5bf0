import Foundation
import Vocabulary

/// What is in a message that was sent: its subject, its bodies and its files.
///
/// It reads what `MailMessage` writes (RFC 5322 with MIME): lines ended by CRLF, levels of `multipart`,
/// bodies as quoted-printable or base64. What it does not know it leaves out; the whole message is there to
/// be taken away as it is.
struct SentMessage: Sendable {
    /// A file that came along.
    struct File: Sendable, Hashable {
        let name: String
        let type: String
        let bytes: [UInt8]

        /// SHA-256 in hexadecimal digits, by which it is asked for.
        var sha256: String { HashedFiles.sha256(bytes) }
    }

    private(set) var subject = ""
    private(set) var text = ""
    private(set) var html: String?
    /// Pictures of the HTML by their content identifier.
    private(set) var images: [String: File] = [:]
    private(set) var files: [File] = []

    /// Levels of parts that are followed.
    private static let deepest = 5

    init(_ bytes: [UInt8]) { read(Data(bytes), depth: 0) }

    /// The HTML as a document that needs nothing else: pictures stand in it.
    var document: String? {
        guard var html else { return nil }
        for (identifier, image) in images {
            let data = Data(image.bytes).base64EncodedString()
            html = html.replacing("cid:\(identifier)", with: "data:\(image.type);base64,\(data)")
        }
        return html
    }

    /// The message without the tokens of links to files: those are for its recipient alone.
    var withoutTokens: SentMessage {
        let token = /\/files\/[A-Za-z0-9_.\-]+/
        var message = self
        message.text = text.replacing(token, with: "/files/…")
        message.html = html?.replacing(token, with: "/files/…")
        return message
    }

    private mutating func read(_ part: Data, depth: Int) {
        guard depth < Self.deepest, let (fields, body) = Self.halves(part) else { return }
        if depth == 0 { subject = Self.words(fields["subject"] ?? "") }
        let type = (fields["content-type"] ?? "text/plain").lowercased()
        if type.hasPrefix("multipart/") {
            guard
                let boundary = (fields["content-type"] ?? "").firstMatch(of: /boundary="([^"]+)"/)?
                    .output.1
            else { return }
            for inner in Self.parts(body, between: String(boundary)) {
                read(inner, depth: depth + 1)
            }
            return
        }
        let bytes = Self.decoded(body, fields["content-transfer-encoding"] ?? "")
        let plainType = String(type.prefix { $0 != ";" })
        let place = fields["content-disposition"] ?? ""
        if place.hasPrefix("attachment") {
            files.append(File(name: Self.fileName(place), type: plainType, bytes: bytes))
        } else if let identifier = fields["content-id"]?.trimmingCharacters(
            in: .init(charactersIn: "<> "))
        {
            images[identifier] = File(name: identifier, type: plainType, bytes: bytes)
        } else if plainType == "text/html" {
            html = String(decoding: bytes, as: UTF8.self)
        } else if plainType == "text/plain", text.isEmpty {
            text = String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The header's fields by name in lower case, unfolded, and what follows.
    private static func halves(_ part: Data) -> ([String: String], Data)? {
        guard let gap = part.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        var fields: [String: String] = [:]
        let header = String(decoding: part[part.startIndex..<gap.lowerBound], as: UTF8.self)
        // A line that begins with a blank goes on with the one before.
        for line in header.replacing("\r\n ", with: " ").split(separator: "\r\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { continue }
            fields[halves[0].lowercased()] = halves[1].trimmingCharacters(in: .whitespaces)
        }
        return (fields, part[gap.upperBound...])
    }

    private static func parts(_ body: Data, between boundary: String) -> [Data] {
        let mark = Data("--\(boundary)".utf8)
        var found: [Data] = []
        var start: Data.Index?
        var search = body.startIndex
        while let line = body.range(of: mark, in: search..<body.endIndex) {
            // The line break before a boundary belongs to the boundary.
            if let start { found.append(body[start..<max(start, line.lowerBound - 2)]) }
            search = line.upperBound
            start = min(line.upperBound + 2, body.endIndex)
        }
        // After the last one only its two dashes stand.
        return found
    }

    private static func decoded(_ body: Data, _ encoding: String) -> [UInt8] {
        switch encoding.lowercased() {
        case "base64":
            return Array(Data(base64Encoded: body, options: .ignoreUnknownCharacters) ?? Data())
        case "quoted-printable": return plain(Array(body))
        default: return Array(body)
        }
    }

    private static func plain(_ body: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < body.count {
            guard body[index] == UInt8(ascii: "="), index + 2 < body.count else {
                out.append(body[index])
                index += 1
                continue
            }
            let digits = String(decoding: body[(index + 1)...(index + 2)], as: UTF8.self)
            // What is no number is a line that goes on.
            if let byte = UInt8(digits, radix: 16) { out.append(byte) }
            index += 3
        }
        return out
    }

    /// A subject whose encoded words (RFC 2047, base64) are read.
    private static func words(_ text: String) -> String {
        let pattern = /=\?utf-8\?B\?([^?]*)\?=/
        let joined = text.replacing(/\?= +=\?/, with: "?==?")
        return joined.replacing(pattern) { match in
            Data(base64Encoded: String(match.output.1)).map { String(decoding: $0, as: UTF8.self) }
                ?? ""
        }
    }

    /// The name of a file, written plain or after RFC 2231, in one piece or several.
    private static func fileName(_ place: String) -> String {
        if let plain = place.firstMatch(of: /filename="([^"]*)"/) { return String(plain.output.1) }
        let pieces = place.matches(of: /filename\*(?:[0-9]+\*)?=([^;]*)/).map {
            String($0.output.1)
        }
        let joined = pieces.joined().replacing("utf-8''", with: "")
        return joined.removingPercentEncoding ?? "file"
    }
}
