import Vocabulary

extension LabelWords {
    /// Reads files of `words/`, one for each language.
    ///
    /// - Throws: `Advice` at the line of a mistake.
    static func words(_ files: [DefinitionNode]) throws -> [String: LabelWords] {
        var languages: [String: LabelWords] = [:]
        for file in files {
            let root = try file.mapping(allowing: ["language", "words"])
            let node = try root.required("language")
            let language = try node.string()
            guard Self.languages.contains(language) else {
                throw node.advice(
                    "‘\(language)’ is no language that pages and files are written in",
                    remedy: Spelling.remedy(for: language, legal: Self.languages))
            }
            var words: [String: String] = [:]
            for (label, word) in try root.required("words").entries() {
                words[try label.string()] = try word.string()
            }
            let own = LabelWords(
                language: language, words: words,
                hash: DefinitionHash.of([try file.canonicalText()]))
            guard languages.updateValue(own, forKey: language) == nil else {
                throw node.advice(
                    "another file has words of ‘\(language)’, too", remedy: "put them into one")
            }
        }
        return languages
    }
}
