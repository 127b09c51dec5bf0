import Foundation
import Vocabulary

/// Names of a database in the forms that definitions use.
///
/// Whatever a name holds, what comes out is a legal name: lower-case letters, digits and `_`,
/// beginning with a letter. Names come from others and are not trusted to be one line.
enum NameForm {
    /// Letters that have no form without their stroke.
    private static let plain: [Character: String] = [
        "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ł": "l", "œ": "oe", "þ": "th", "ð": "d",
    ]

    /// The words of a name: `createdAt`, `created_at` and `Created at` have the same two.
    static func words(_ name: String) -> [String] {
        let folded = name.folding(options: .diacriticInsensitive, locale: nil)
        var words: [String] = []
        var word = ""
        let letters = Array(folded)
        func isUpper(_ index: Int) -> Bool {
            letters.indices.contains(index) && letters[index].isUppercase
        }
        func isLower(_ index: Int) -> Bool {
            letters.indices.contains(index) && letters[index].isLowercase
        }
        for (index, letter) in letters.enumerated() {
            let isNew =
                isUpper(index)
                && (isLower(index - 1) || (isUpper(index - 1) && isLower(index + 1)))
            if isNew, !word.isEmpty {
                words.append(word)
                word = ""
            }
            for small in letter.lowercased() {
                let text = plain[small] ?? String(small)
                if text.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) }) {
                    word += text
                } else if !word.isEmpty {
                    words.append(word)
                    word = ""
                }
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// A legal name of given words; `otherwise` stands before what begins with a digit, and alone
    /// where nothing is left.
    static func identifier(_ words: [String], otherwise: String) -> String {
        let name = words.joined(separator: "_")
        guard let first = name.utf8.first else { return otherwise }
        let whole = (97...122).contains(first) ? name : otherwise + "_" + name
        return String(whole.prefix(60))
    }

    /// English words in the singular; those of other languages mostly stay.
    static func singular(_ word: String) -> String {
        let irregular = [
            "people": "person", "children": "child", "movies": "movie", "cookies": "cookie",
            "series": "series", "news": "news", "species": "species", "goods": "goods",
            "houses": "house", "warehouses": "warehouse", "courses": "course", "data": "data",
            "analytics": "analytics", "cases": "case", "purchases": "purchase",
            "expenses": "expense", "licenses": "license", "releases": "release",
            "databases": "database", "leases": "lease", "causes": "cause", "invoices": "invoice",
        ]
        if let known = irregular[word] { return known }
        if word.count < 4 || ["ss", "us", "is"].contains(where: word.hasSuffix) { return word }
        if word.hasSuffix("ies") { return String(word.dropLast(3)) + "y" }
        if ["sses", "shes", "ches", "xes", "zzes", "uses"].contains(where: word.hasSuffix) {
            return String(word.dropLast(2))
        }
        return word.hasSuffix("s") ? String(word.dropLast()) : word
    }

    /// The words of a table's name as those of one of its rows.
    static func singular(_ words: [String]) -> [String] {
        guard let last = words.last else { return [] }
        return words.dropLast() + [singular(last)]
    }

    /// A name that is not taken yet: with a number behind it if need be.
    static func free(_ name: String, among taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)_\(number)") { number += 1 }
        return "\(name)_\(number)"
    }

    /// A heading of words: `Order line`.
    static func heading(_ words: [String]) -> String {
        let text = words.joined(separator: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}

/// Text as it is written into YAML.
enum YAMLText {
    /// A single value: plain where no reader could take it for something else, quoted otherwise.
    static func value(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.enumerated().allSatisfy { index, byte in
                (97...122).contains(byte) || (65...90).contains(byte) || byte == 95
                    || (index > 0 && ((48...57).contains(byte) || [32, 45, 46, 47].contains(byte)))
            } && !text.hasSuffix(" ")
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        if isPlain, !words.contains(text.lowercased()) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// A list in brackets, or the value alone where there is one.
    static func list(_ texts: [String]) -> String {
        texts.count == 1
            ? value(texts[0]) : "[" + texts.map(value).joined(separator: ", ") + "]"
    }

    /// Words of others as part of a comment: in one line, whatever they hold.
    static func inComment(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) { line += " " } else { line.unicodeScalars.append(scalar) }
        }
        return line
    }

    /// Control characters, and those that break lines in YAML.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || (127...159).contains(scalar.value) || scalar.value == 0x2028
            || scalar.value == 0x2029 || scalar.value == 0xFEFF
    }
}
