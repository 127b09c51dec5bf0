/// A pattern of text in which `*` stands for any characters, and `{}` for those that are taken.
///
/// `Purchased * tokens ({} tier)*` takes `standard` from `Purchased 500 tokens (standard tier) via
/// card`. The whole text must fit. Each sign stands for as few characters as the words after it
/// allow, the last one for all that remain. Letters are compared exactly.
struct TextPattern: Sendable, Hashable {
    /// The pattern as it was written.
    let text: String
    /// The words between the signs; the first before them all.
    private let words: [[UInt8]]
    /// The sign that takes, counted from 0; nil when none does.
    private let taking: Int?

    /// Whether a part of the text is taken.
    var takes: Bool { taking != nil }

    /// Why text is no pattern.
    struct Mistake: Error {
        let problem: String
    }

    init(_ text: String) throws(Mistake) {
        self.text = text
        var words: [[UInt8]] = [[]]
        var taking: Int?
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let isTaken = byte == UInt8(ascii: "{") && rest.first == UInt8(ascii: "}")
            guard isTaken || byte == UInt8(ascii: "*") else {
                words[words.count - 1].append(byte)
                continue
            }
            if isTaken {
                rest.removeFirst()
                guard taking == nil else { throw Mistake(problem: "‘{}’ stands in it twice") }
                taking = words.count - 1
            }
            if words.count > 1, words[words.count - 1].isEmpty {
                throw Mistake(problem: "two signs stand side by side")
            }
            words.append([])
        }
        self.words = words
        self.taking = taking
    }

    /// What is taken of a text that fits, which is nothing (an empty text) without `{}`; nil when
    /// the text does not fit.
    func taken(from text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.starts(with: words[0]) else { return nil }
        if words.count == 1 { return bytes.count == words[0].count ? "" : nil }
        var position = words[0].count
        var taken = ""
        for (sign, word) in words.dropFirst().enumerated() {
            let found: Int?
            if sign == words.count - 2 {
                let last = bytes.count - word.count
                found = last >= position && bytes[last...].elementsEqual(word) ? last : nil
            } else {
                found = Self.first(word, in: bytes, from: position)
            }
            guard let found else { return nil }
            if sign == taking { taken = String(decoding: bytes[position..<found], as: UTF8.self) }
            position = found + word.count
        }
        return taken
    }

    private static func first(_ word: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        while position + word.count <= bytes.count {
            if bytes[position..<position + word.count].elementsEqual(word) { return position }
            position += 1
        }
        return nil
    }
}
