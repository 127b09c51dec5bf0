import Foundation
import Vocabulary

/// Says of a finished PDF what cairo cannot: its language, that viewers show its title, a producer
/// that does not change with the version of a library, and links on its first page. (Cairo 1.16 has
/// links, but writes them without a destination and lists objects that do not exist.)
///
/// A PDF may be extended by an incremental update (ISO 32000-1 §7.5.6): new versions of its root,
/// its information and its first page, one object per link, a cross-reference section of these, and
/// a trailer that points back to the previous section. What cairo wrote stays as it is.
struct PDFCompletion {
    /// A rectangle of the first page that leads to a place on another page.
    ///
    /// Points from the upper left corner; pages are counted from 1.
    struct Link {
        let left, top, right, bottom: Double
        let page: Int
        let y: Double
    }

    let language: String
    let links: [Link]
    /// The height of all pages, in points.
    let height: Double

    /// How much of the end of a file holds its trailer.
    private static let tailSize = 2048
    /// How much of a file from an object on holds all of it.
    private static let objectSize = 65_536

    /// Appends the update.
    ///
    /// - Throws: `Advice` when the file is not as cairo writes it, or cannot be written.
    func append(toFileAt path: String) throws {
        do {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let size = try file.seekToEnd()
            let tail = try Self.text(
                file, from: size > UInt64(Self.tailSize) ? size - UInt64(Self.tailSize) : 0)
            let text = try update(of: file, size: Int(size), tail: tail)
            try file.seekToEnd()
            try file.write(contentsOf: text.data(using: .isoLatin1) ?? Data())
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "the PDF cannot be completed",
                remedy: "see that the disk has room and the folder can be written to",
                cause: "\(error)")
        }
    }

    private func update(of file: FileHandle, size: Int, tail: String) throws -> String {
        guard let previous = Self.number(after: "startxref\n", in: tail),
            let count = Self.number(after: "/Size ", in: tail),
            let root = Self.number(after: "/Root ", in: tail),
            let info = Self.number(after: "/Info ", in: tail)
        else { throw Self.unexpected("it has no trailer") }
        func entries(_ object: Int) throws -> String {
            try Self.entries(of: object, section: previous, in: file)
        }
        let catalog = try entries(root)
        let words = try entries(info)
        guard let producer = words.range(of: "/Producer ("),
            let end = words[producer.upperBound...].firstIndex(of: "\n")
        else { throw Self.unexpected("it names no producer") }
        var objects = [
            root: catalog + "   /Lang (\(language))\n"
                + "   /ViewerPreferences << /DisplayDocTitle true >>\n",
            info: words[..<producer.lowerBound] + "/Producer (reportd)" + words[end...],
        ]
        if !links.isEmpty {
            guard let tree = Self.number(after: "/Pages ", in: catalog),
                let kids = try entries(tree).split(separator: "[").last?.split(separator: "]").first
            else { throw Self.unexpected("it has no pages") }
            let pages = kids.split(separator: "R").compactMap { kid in
                kid.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
            }
            guard let first = pages.first, links.allSatisfy({ pages.indices.contains($0.page - 1) })
            else { throw Self.unexpected("it lacks pages") }
            for (index, link) in links.enumerated() {
                objects[count + index] = annotation(link, pages)
            }
            let list = links.indices.map { "\(count + $0) 0 R" }.joined(separator: " ")
            objects[first] = try entries(first) + "   /Annots [ \(list) ]\n"
        }
        var text = ""
        var section = "xref\n"
        for (object, entries) in objects.sorted(by: { $0.key < $1.key }) {
            let offset = size + text.unicodeScalars.count
            let digits = String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset)"
            section += "\(object) 1\n\(digits) 00000 n \n"
            text += "\(object) 0 obj\n<<\(entries)>>\nendobj\n"
        }
        return text + section + "trailer\n<< /Size \(count + links.count)\n"
            + "   /Root \(root) 0 R\n   /Info \(info) 0 R\n   /Prev \(previous)\n>>\n"
            + "startxref\n\(size + text.unicodeScalars.count)\n%%EOF\n"
    }

    /// A link as PDF has it: points are counted from the lower left corner.
    private func annotation(_ link: Link, _ pages: [Int]) -> String {
        func flipped(_ y: Double) -> Int { Int((height - y).rounded()) }
        let area =
            "\(Int(link.left)) \(flipped(link.bottom)) \(Int(link.right)) \(flipped(link.top))"
        return " /Type /Annot /Subtype /Link /Rect [ \(area) ] /Border [ 0 0 0 ]"
            + " /Dest [ \(pages[link.page - 1]) 0 R /XYZ 0 \(flipped(link.y)) 0 ] "
    }

    /// What stands between the brackets of an object that is a dictionary.
    private static func entries(of object: Int, section: Int, in file: FileHandle) throws -> String
    {
        guard let offset = try self.offset(of: object, section: section, in: file) else {
            throw unexpected("its cross-reference table does not list object \(object)")
        }
        let text = try text(file, from: UInt64(offset), count: objectSize)
        guard let start = text.range(of: "<<"), let end = text.range(of: "\nendobj"),
            let last = text[..<end.lowerBound].range(of: ">>", options: .backwards)
        else { throw unexpected("its object \(object) is no dictionary") }
        return String(text[start.upperBound..<last.lowerBound])
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
