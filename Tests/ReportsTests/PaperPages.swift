import Counterparts
import Foundation
import Testing

/// What poppler finds on the pages of a PDF: words with their places, and pictures.
struct PaperPage {
    struct Word {
        let text: String
        let left, top, right, bottom: Double
    }

    let width, height: Double
    let words: [Word]

    /// The words of all pages.
    static func read(_ path: String) throws -> [PaperPage] {
        let text = try Readers.text("pdftotext", ["-bbox", path, "-"])
        var pages: [PaperPage] = []
        for part in text.components(separatedBy: "<page ").dropFirst() {
            let numbers = attributes(String(part.prefix { $0 != ">" }))
            var words: [Word] = []
            for piece in part.components(separatedBy: "<word ").dropFirst() {
                let head = String(piece.prefix { $0 != ">" })
                let found = attributes(head)
                let tail = piece.dropFirst(head.count + 1)
                guard let end = tail.range(of: "</word>"), let left = found["xMin"],
                    let top = found["yMin"], let right = found["xMax"], let bottom = found["yMax"]
                else { continue }
                words.append(
                    Word(
                        text: String(tail[..<end.lowerBound]), left: left, top: top, right: right,
                        bottom: bottom))
            }
            pages.append(
                PaperPage(
                    width: numbers["width"] ?? 0, height: numbers["height"] ?? 0, words: words))
        }
        return pages
    }

    private static func attributes(_ text: String) -> [String: Double] {
        var found: [String: Double] = [:]
        // name="number", over and over.
        let parts = text.split(separator: "\"")
        for (name, value) in zip(parts, parts.dropFirst()) where name.last == "=" {
            let word = name.dropLast().drop { $0.isWhitespace }
            found[String(word)] = Double(value)
        }
        return found
    }

    /// Words that stand on each other.
    var collisions: [String] {
        var found: [String] = []
        let sorted = words.sorted { $0.top < $1.top }
        for (index, one) in sorted.enumerated() {
            for other in sorted[(index + 1)...] {
                if other.top >= one.bottom { break }
                let high = min(one.bottom, other.bottom) - max(one.top, other.top)
                let wide = min(one.right, other.right) - max(one.left, other.left)
                // A word's box has room for letters with accents, which lines share.
                if high > 0.35 * min(one.bottom - one.top, other.bottom - other.top), wide > 0.6 {
                    found.append("‘\(one.text)’ and ‘\(other.text)’")
                }
            }
        }
        return found
    }

    /// A coarse picture: the darkness of 24 × 34 fields, of 34 × 24 on wide paper, from 0 to 15.
    static func fingerprint(_ path: String, page: Int, scratch: Scratch) throws -> [String] {
        let root = scratch.file("page-\(page)")
        _ = try Readers.run(
            "pdftoppm",
            ["-gray", "-r", "50", "-f", "\(page)", "-l", "\(page)", "-singlefile", path, root])
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + ".pgm")))
        // P5, width and height, the greatest value, then one byte per pixel.
        let head = bytes.split(
            maxSplits: 4, omittingEmptySubsequences: true, whereSeparator: { $0 == 10 || $0 == 32 })
        let numbers = head.dropFirst().prefix(3).compactMap {
            Int(String(decoding: $0, as: UTF8.self))
        }
        let (width, height) = (try #require(numbers.first), try #require(numbers.dropFirst().first))
        let pixels = bytes.suffix(width * height)
        let (columns, rows) = width < height ? (24, 34) : (34, 24)
        return (0..<rows).map { row in
            let lines = (row * height / rows)..<((row + 1) * height / rows)
            return (0..<columns).map { column in
                let places = (column * width / columns)..<((column + 1) * width / columns)
                var sum = 0
                for line in lines {
                    for place in places {
                        sum += 255 - Int(pixels[pixels.startIndex + line * width + place])
                    }
                }
                let mean = Double(sum) / Double(lines.count * places.count) / 255
                // Text is light in the mean; the root spreads it over the levels.
                return String(Int((mean.squareRoot() * 15).rounded()), radix: 16)
            }.joined()
        }
    }
}
