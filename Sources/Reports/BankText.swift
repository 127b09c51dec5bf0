import Foundation

/// Text as payment systems take it: `A–Z a–z 0–9 / - ? : ( ) . , ' +` and blank (DOMAIN §7).
enum BankText {
    private static let others = Set("/-?:().,'+ ".unicodeScalars)

    /// Whether payment systems take a character as it is.
    static func takes(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9": true
        default: others.contains(scalar)
        }
    }

    /// The characters of a text that payment systems do not take, each once.
    static func refused(in text: String) -> [Unicode.Scalar] {
        var found: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars where !takes(scalar) && !found.contains(scalar) {
            found.append(scalar)
        }
        return found
    }

    /// A name in letters that payment systems take.
    ///
    /// Letters lose their marks, those of Greek and Bulgarian become Latin ones, signs become similar
    /// ones, much as the European Payments Council recommends (EPC217-08); signs without a similar
    /// one become blanks. Several blanks become one.
    ///
    /// - Returns: The text, and letters that have no counterpart, for which nothing stands in it.
    static func transliterated(_ text: String) -> (text: String, unknown: [Character]) {
        var out = ""
        var unknown: [Character] = []
        for character in text {
            if let known = letters[character] {
                out += known
            } else if let known = letters[Character(character.lowercased())] {
                out += known.prefix(1).uppercased() + known.dropFirst()
            } else {
                // Ligatures fall apart too; signs such as ½ must not become digits.
                let word = String(character)
                let parts =
                    character.isLetter
                    ? word.decomposedStringWithCompatibilityMapping
                    : word.decomposedStringWithCanonicalMapping
                let kept = parts.unicodeScalars.filter { takes($0) }
                if kept.contains(where: { $0 != " " }) {
                    out.unicodeScalars += kept
                } else {
                    // The first scalar decides: marks that follow belong to it.
                    if character.isLetter { unknown.append(character) }
                    out += " "
                }
            }
        }
        return (out.split(separator: " ").joined(separator: " "), unknown)
    }

    /// Counterparts of small letters and of signs that do not fall apart into a letter and marks.
    private static let letters: [Character: String] = [
        "æ": "ae", "ø": "o", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
        "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "e",
        "&": "+", "@": "(at)", "_": "-", "–": "-", "—": "-", "‑": "-", "−": "-", "~": "-",
        "‘": "'", "’": "'", "‚": "'", "“": "'", "”": "'", "„": "'", "\"": "'", "`": "'", "´": "'",
        "«": "'", "»": "'", "[": "(", "]": ")", "{": "(", "}": ")", "<": "(", ">": ")",
        "\\": "/", "|": "/", ";": ",", "!": ".", "*": ".", "#": ".", "…": "...", "·": ".",
        "•": ".", "€": "EUR", "£": "GBP", "$": "USD", "%": "pct", "=": "-", "™": "", "®": "",
        "©": "",
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th",
        "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p",
        "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
        "ω": "o", "ά": "a", "έ": "e", "ή": "i", "ί": "i", "ό": "o", "ύ": "y", "ώ": "o",
        "ϊ": "i", "ϋ": "y", "ΐ": "i", "ΰ": "y",
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch",
        "ш": "sh", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya",
    ]
}
