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
    /// How much of a file from an object on holds all of it; most are much smaller.
    private static let objectSizes = [1024, 65_536]

    /// Reads so many bytes of a file from an offset on, or as many as there are.
    private typealias Read = (_ offset: Int, _ count: Int) throws -> [UInt8]

    /// A file with the update.
    ///
    /// - Throws: `Advice` when the file is not as cairo writes it.
    func completed(_ file: [UInt8]) throws -> [UInt8] {
        let update = try update(size: file.count) { offset, count in
            let start = min(offset, file.count)
            return Array(file[start..<min(start + count, file.count)])
        }
        return file + update
    }

    /// Appends the update.
    ///
    /// - Throws: `Advice` when the file is not as cairo writes it, or cannot be written.
    func append(toFileAt path: String) throws {
        do {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let update = try update(size: Int(try file.seekToEnd())) { offset, count in
                try file.seek(toOffset: UInt64(offset))
                return [UInt8](try file.read(upToCount: count) ?? Data())
            }
            try file.seekToEnd()
            try file.write(contentsOf: Data(update))
        } catch let advice as Advice {
            throw advice
        } catch {
            throw Advice(
                .storage, "the PDF cannot be completed",
                remedy: "see that the disk has room and the folder can be written to",
                cause: "\(error)")
        }
    }

    private func update(size: Int, read: Read) throws -> [UInt8] {
        let tail = Self.text(try read(max(0, size - Self.tailSize), Self.tailSize))
        guard let previous = Self.number(after: "startxref\n", in: tail),
            let count = Self.number(after: "/Size ", in: tail),
            let root = Self.number(after: "/Root ", in: tail),
            let info = Self.number(after: "/Info ", in: tail)
        else { throw Self.unexpected("it has no trailer") }
        func entries(_ object: Int) throws -> String {
            try Self.entries(of: object, section: previous, read)
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
        let whole =
            text + section + "trailer\n<< /Size \(count + links.count)\n"
            + "   /Root \(root) 0 R\n   /Info \(info) 0 R\n   /Prev \(previous)\n>>\n"
            + "startxref\n\(size + text.unicodeScalars.count)\n%%EOF\n"
        return whole.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
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
    private static func entries(of object: Int, section: Int, _ read: Read) throws -> String {
        guard let offset = try self.offset(of: object, section: section, read) else {
            throw unexpected("its cross-reference table does not list object \(object)")
        }
        for size in objectSizes {
            let text = text(try read(offset, size))
            guard let start = text.range(of: "<<"), let end = text.range(of: "\nendobj"),
                let last = text[..<end.lowerBound].range(of: ">>", options: .backwards)
            else { continue }
            return String(text[start.upperBound..<last.lowerBound])
        }
        throw unexpected("its object \(object) is no dictionary")
    }

    /// Where an object begins, from a cross-reference table that starts with object 0.
    private static func offset(of object: Int, section: Int, _ read: Read) throws -> Int? {
        let head = text(try read(section, 64))
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, lines[0] == "xref", lines[1].hasPrefix("0 ") else { return nil }
        // Each entry has exactly 20 bytes: ten digits of offset come first.
        let start = section + lines[0].utf8.count + lines[1].utf8.count + 2
        return Int(text(try read(start + object * 20, 10)))
    }

    /// Bytes as Latin 1, which keeps one character per byte, whatever compressed data stands there.
    private static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: bytes.map(Unicode.Scalar.init))
        return text
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
