import Foundation
import Vocabulary

/// One document of an export.
struct ExportedDocument: Sendable {
    let id: String
    let revision: String
    let isDeleted: Bool
    let body: JSONValue

    /// The revisions that this one descends from, where the export lists them (`_revisions`).
    var ancestry: Set<String>? {
        guard let revisions = body["_revisions"], case .number(let start)? = revisions["start"],
            let start = Int(start), case .array(let ids)? = revisions["ids"]
        else { return nil }
        var found: Set<String> = []
        for (back, id) in ids.enumerated().dropFirst() {
            if case .text(let id) = id { found.insert("\(start - back)-\(id)") }
        }
        return found
    }

    /// The number before the dash of the revision: how many edits it is from the beginning.
    var generation: Int { revision.split(separator: "-").first.flatMap { Int($0) } ?? 0 }
}

/// Reads the documents of one export file of CouchDB.
///
/// Three forms are known by their content:
/// * an answer of `_all_docs?include_docs=true`, `{"total_rows":…,"offset":…,"rows":[…]}`;
/// * one document per line (NDJSON);
/// * a couchbackup file: a header line, then a list of documents per line, perhaps with marks where
///   the backup was resumed (a broken line that ends with such a mark is legal).
///
/// The file is read to its end before anything is made of it. Whatever is wrong is told with line
/// and column, counted in bytes from 1.
struct DocumentReader {
    private static let resumeMark = Array(#"{"marker":"@cloudant/couchbackup:resume"}"#.utf8)

    private let file: String
    private let bytes: [UInt8]
    private var documents: [ExportedDocument] = []

    /// Reads a file's documents in their order.
    ///
    /// - Throws: `Advice` of kind `input`.
    static func documents(in bytes: [UInt8], file: String) throws -> [ExportedDocument] {
        var reader = DocumentReader(file: file, bytes: bytes)
        try reader.read()
        return reader.documents
    }

    private init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    private mutating func read() throws {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var parser = JSONParser(bytes, in: start..<bytes.count)
        parser.skipBlank()
        guard !parser.isAtEnd else {
            throw advice("the export is empty", at: start)
        }
        let first: JSONValue
        do {
            first = try parser.value()
        } catch {
            // Only a couchbackup file may have a broken first line, and it begins with its header.
            throw advice("the export breaks off or is damaged: \(error.problem)", at: error.offset)
        }
        let afterFirst = parser.offset
        parser.skipBlank()
        if case .object = first, let rows = first["rows"] {
            guard parser.isAtEnd else {
                throw advice("more text follows the answer", at: parser.offset)
            }
            return try take(answer: first, rows: rows)
        }
        if parser.isAtEnd { return try take(line: first, at: start) }
        try readLines(from: start, firstEnd: afterFirst)
    }

    private mutating func readLines(from start: Int, firstEnd: Int) throws {
        var lineStart = start
        while lineStart < bytes.count {
            let lineEnd = bytes[lineStart...].firstIndex(of: 10) ?? bytes.count
            defer { lineStart = lineEnd + 1 }
            var parser = JSONParser(bytes, in: lineStart..<lineEnd)
            parser.skipBlank()
            if parser.isAtEnd { continue }
            do {
                let value = try parser.value()
                parser.skipBlank()
                guard parser.isAtEnd else {
                    throw JSONMistake(offset: parser.offset, problem: "more text follows")
                }
                try take(line: value, at: lineStart)
            } catch let mistake as JSONMistake {
                var line = bytes[lineStart..<lineEnd]
                while let last = line.last, last == 13 || last == 32 { line.removeLast() }
                if line.count > Self.resumeMark.count,
                    line.suffix(Self.resumeMark.count)
                        .elementsEqual(Self.resumeMark)
                {
                    continue
                }
                throw advice(
                    "the export breaks off or is damaged: \(mistake.problem)", at: mistake.offset)
            }
        }
    }

    private mutating func take(line value: JSONValue, at offset: Int) throws {
        switch value {
        case .array(let elements):
            for element in elements { try take(document: element, at: offset) }
        case .object:
            if value["marker"] != nil { return }
            if case .text("@cloudant/couchbackup")? = value["name"], value["_id"] == nil { return }
            try take(document: value, at: offset)
        default: throw advice("this is no document", at: offset)
        }
    }

    private mutating func take(answer: JSONValue, rows: JSONValue) throws {
        guard case .array(let rows) = rows else {
            throw advice("‘rows’ is not a list", at: 0)
        }
        if case .number(let total)? = answer["total_rows"],
            case .number(let offset)? = answer["offset"], let total = Int(total),
            let offset = Int(offset), rows.count != total - offset
        {
            throw advice(
                "the export holds \(rows.count) of \(total - offset) documents", at: 0,
                remedy: "export again, without limit, startkey or endkey")
        }
        for row in rows {
            if row["error"] != nil { continue }
            switch row["doc"] {
            case .object?:
                try take(document: row["doc"] ?? .null, at: 0)
            default:
                guard row["value"]?["deleted"] == .boolean(true), case .text(let id)? = row["id"]
                else {
                    throw advice(
                        "the export lists documents without their content", at: 0,
                        remedy: "export again with include_docs=true")
                }
                documents.append(
                    ExportedDocument(
                        id: id, revision: row["value"]?["rev"].flatMap(Self.text) ?? "",
                        isDeleted: true, body: .object([])))
            }
        }
    }

    private mutating func take(document: JSONValue, at offset: Int) throws {
        guard case .text(let id)? = document["_id"] else {
            throw advice(
                "this is not an export of CouchDB: a document has no ‘_id’", at: offset,
                remedy: "export with _all_docs?include_docs=true or couchbackup")
        }
        documents.append(
            ExportedDocument(
                id: id, revision: document["_rev"].flatMap(Self.text) ?? "",
                isDeleted: document["_deleted"] == .boolean(true), body: document))
    }

    private static func text(_ value: JSONValue) -> String? {
        guard case .text(let text) = value else { return nil }
        return text
    }

    private func advice(
        _ happened: String, at offset: Int, remedy: String = Self.exportAgain
    ) -> Advice {
        Self.advice(happened, at: offset, of: bytes, file: file, remedy: remedy)
    }

    static let exportAgain =
        "export again and see that the file is complete; nothing was changed"

    /// What is wrong with a file, and where; its content is not repeated.
    static func advice(
        _ happened: String, at offset: Int, of bytes: [UInt8], file: String, remedy: String
    ) -> Advice {
        let before = bytes[..<min(offset, bytes.count)]
        let line = before.count { $0 == 10 } + 1
        let column = before.count - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0) + 1
        return Advice(
            .input, happened, remedy: remedy,
            at: Place(file: file, line: line, column: column))
    }
}
