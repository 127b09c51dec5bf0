import Foundation
import Vocabulary

/// Reads the plain records of an app's own JSON file.
///
/// Two forms are known:
/// * an object of lists, `{"sales":[{…},…],"user":{…}}`, as a backup of a device writes it;
/// * a list alone, `[{…},…]`, which has the name of its file without the ending.
///
/// Members that no table names are passed over and nothing of them is kept: beside its lists a
/// backup may hold a PIN. A record has no `_id`; it gets its list and its place in the reading, so
/// that of two with one key the later counts.
struct RecordReader {
    private let lists: Set<String>
    private var count = 0

    /// Reads these lists only.
    init(lists: some Sequence<String>) { self.lists = Set(lists) }

    /// What the ids of a list's records begin with.
    static func prefix(of list: String) -> String { list + "/" }

    /// Reads a file's records in their order.
    ///
    /// - Throws: `Advice` of kind `input`, which does not repeat the content.
    mutating func documents(in bytes: [UInt8], file: String) throws -> [ExportedDocument] {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var parser = JSONParser(bytes, in: start..<bytes.count)
        parser.skipBlank()
        guard !parser.isAtEnd else { throw Self.advice("the file is empty", start, bytes, file) }
        var found: [(list: String, offset: Int, records: JSONValue)] = []
        do {
            if bytes[parser.offset] == UInt8(ascii: "[") {
                let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
                let offset = parser.offset
                found.append((name, offset, try parser.value()))
            } else {
                let lists = lists
                try parser.members { (name, parser) throws(JSONMistake) in
                    let offset = parser.offset
                    let value = try parser.value()
                    if lists.contains(name) { found.append((name, offset, value)) }
                }
            }
            parser.skipBlank()
        } catch {
            throw Self.advice(
                "the file breaks off or is damaged: \(error.problem)", error.offset, bytes, file)
        }
        guard parser.isAtEnd else {
            throw Self.advice("more text follows the records", parser.offset, bytes, file)
        }
        guard found.contains(where: { lists.contains($0.list) }) else {
            throw Self.advice(
                "the file has none of the lists " + lists.sorted().joined(separator: ", "), start,
                bytes, file, remedy: "see that it is a backup of this app")
        }
        var documents: [ExportedDocument] = []
        for (list, offset, records) in found where lists.contains(list) {
            guard case .array(let records) = records else {
                throw Self.advice("‘\(list)’ is not a list", offset, bytes, file)
            }
            for record in records {
                count += 1
                documents.append(
                    ExportedDocument(
                        id: Self.prefix(of: list) + String(count), revision: "", isDeleted: false,
                        body: record))
            }
        }
        return documents
    }

    private static func advice(
        _ happened: String, _ offset: Int, _ bytes: [UInt8], _ file: String,
        remedy: String = "make the backup again and see that the file is complete; nothing was "
            + "changed"
    ) -> Advice {
        DocumentReader.advice(happened, at: offset, of: bytes, file: file, remedy: remedy)
    }
}
