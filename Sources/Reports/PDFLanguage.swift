import Foundation
import Vocabulary

/// Declares the language of a finished PDF, which cairo cannot, and asks viewers to show its title.
///
/// A PDF may be extended by an incremental update (ISO 32000-1 §7.5.6): a new version of its root
/// object, a cross-reference section of that one object, and a trailer that points back to the
/// previous section. What cairo wrote stays as it is.
enum PDFLanguage {
    /// How much of the end of a file holds its trailer.
    private static let tailSize = 2048
    /// How much of a file from the root object on holds all of it.
    private static let rootSize = 8192

    /// Appends the update.
    ///
    /// - Throws: `Advice` when the file is not as cairo writes it, or cannot be written.
    static func declare(_ language: String, inFileAt path: String) throws {
        do {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let size = try file.seekToEnd()
            let tail = try text(file, from: size > UInt64(tailSize) ? size - UInt64(tailSize) : 0)
            guard let previous = number(after: "startxref\n", in: tail),
                let objects = number(after: "/Size ", in: tail),
                let root = number(after: "/Root ", in: tail)
            else { throw unexpected("it has no trailer") }
            guard let offset = try self.offset(of: root, section: previous, in: file) else {
                throw unexpected("its cross-reference table lists no root")
            }
            let object = try text(file, from: UInt64(offset), count: rootSize)
            guard let start = object.range(of: "<<"), let end = object.range(of: "\nendobj"),
                let last = object[..<end.lowerBound].range(of: ">>", options: .backwards)
            else { throw unexpected("its root is no dictionary") }
            let entries = object[start.upperBound..<last.lowerBound]
            let info = number(after: "/Info ", in: tail).map { "   /Info \($0) 0 R\n" } ?? ""
            let update =
                "\(root) 0 obj\n<<\(entries)   /Lang (\(language))\n"
                + "   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n"
            let section = Int(size) + update.unicodeScalars.count
            let entry = String(repeating: "0", count: 10 - "\(size)".count) + "\(size)"
            let trailer =
                "xref\n\(root) 1\n\(entry) 00000 n \ntrailer\n<< /Size \(objects)\n"
                + "   /Root \(root) 0 R\n\(info)   /Prev \(previous)\n>>\n"
                + "startxref\n\(section)\n%%EOF\n"
            try file.seekToEnd()
            try file.write(contentsOf: (update + trailer).data(using: .isoLatin1) ?? Data())
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "the PDF cannot be completed",
                remedy: "see that the disk has room and the folder can be written to",
                cause: "\(error)")
        }
    }

    /// Where an object begins, from a cross-reference table that starts with object 0.
    private static func offset(of object: Int, section: Int, in file: FileHandle) throws -> Int? {
        let head = try text(file, from: UInt64(section), count: 64)
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, lines[0] == "xref", lines[1].hasPrefix("0 ") else { return nil }
        // Each entry has exactly 20 bytes: ten digits of offset come first.
        let start = section + lines[0].utf8.count + lines[1].utf8.count + 2
        return Int(try text(file, from: UInt64(start + object * 20), count: 10))
    }

    private static func text(_ file: FileHandle, from offset: UInt64, count: Int? = nil) throws
        -> String
    {
        try file.seek(toOffset: offset)
        let data = try count.map { try file.read(upToCount: $0) } ?? file.readToEnd()
        // Latin 1 keeps one character per byte, whatever compressed data stands in between.
        return String(data: data ?? Data(), encoding: .isoLatin1) ?? ""
    }

    private static func number(after word: String, in text: String) -> Int? {
        guard let found = text.range(of: word, options: .backwards) else { return nil }
        return Int(text[found.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    private static func unexpected(_ reason: String) -> Advice {
        Advice(
            .storage, "the PDF was not written as expected",
            remedy: "see that the installed cairo is 1.16 or later", cause: reason)
    }
}
