/// Text broken into lines.
struct BrokenText: Sendable, Hashable {
    let lines: [String]
    /// Whether there was more than fits; the last line then ends in an ellipsis.
    let isCut: Bool
}

extension Typesetter {
    /// The narrowest letter is a fifth of the size of its font: no line holds more characters.
    private static let narrowestLetter = 0.2

    /// The text, cut with an ellipsis where it is wider than `limit`.
    func shortened(_ text: String, _ style: TextStyle, to limit: Double) -> String {
        // A note of 40,000 characters is not measured to the end to learn that it does not fit.
        let room = max(1, Int(limit / (style.size * Self.narrowestLetter)))
        let start = text.prefix(room + 1)
        if start.endIndex == text.endIndex, width(text, style) <= limit { return text }
        var (low, high) = (0, start.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if width(start.prefix(middle) + "…", style) <= limit {
                low = middle
            } else {
                high = middle - 1
            }
        }
        var kept = start.prefix(low)
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return kept + "…"
    }

    /// The text broken into at most so many lines no wider than `limit`, as `broken` does.
    func wrapped(_ text: String, _ style: TextStyle, to limit: Double, lines most: Int) -> [String]
    {
        broken(text, style, to: limit, lines: most).lines
    }

    /// The text broken at spaces, and within words that alone are too wide, into lines no wider
    /// than `limit`; what does not fit on the last line is cut with an ellipsis.
    func broken(
        _ text: String, _ style: TextStyle, to limit: Double, lines most: Int
    ) -> BrokenText {
        let room = max(1, Int(limit / (style.size * Self.narrowestLetter))) * most + 1
        if text.utf8.count <= room, width(text, style) <= limit {
            return BrokenText(lines: [text], isCut: false)
        }
        let start = text.prefix(room)
        var isCut = start.endIndex < text.endIndex
        var lines: [String] = []
        var line = ""
        var words = start.split(whereSeparator: { $0.isWhitespace && $0 != "\u{00A0}" })[...]
        while let word = words.first {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if width(longer, style) <= limit {
                line = longer
                words.removeFirst()
            } else if lines.count == most - 1 {
                isCut = true
                break
            } else if line.isEmpty {
                let head = fitting(word, style, limit)
                lines.append(String(head))
                words[words.startIndex] = word[head.endIndex...]
            } else {
                lines.append(line)
                line = ""
            }
        }
        guard isCut else {
            if !line.isEmpty || lines.isEmpty { lines.append(line) }
            return BrokenText(lines: lines, isCut: false)
        }
        let rest = (line.isEmpty ? [] : [line]) + words.prefix(64).map(String.init)
        return BrokenText(
            lines: lines + [shortened(rest.joined(separator: " ") + "…", style, to: limit)],
            isCut: true)
    }

    /// As much of a word as fits, and at least its first character.
    private func fitting(_ word: Substring, _ style: TextStyle, _ limit: Double) -> Substring {
        var (low, high) = (1, word.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if width(String(word.prefix(middle)), style) <= limit {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return word.prefix(low)
    }
}
