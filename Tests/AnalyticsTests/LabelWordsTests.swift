import Testing
import Vocabulary

@testable import Analytics

/// What labels are in other languages.
@Suite struct LabelWordsTests {
    /// Everything that a file says of what something is called, be it by its name.
    private static func labels(in node: DefinitionNode) throws -> Set<String> {
        if node.isSequence {
            return try node.sequence().reduce(into: []) { $0.formUnion(try labels(in: $1)) }
        }
        guard node.isMapping else { return [try node.string()] }
        var found: Set<String> = []
        for (key, value) in try node.entries() {
            let words = try key.string().replacing("_", with: " ").replacing("-", with: " ")
            found.insert(words.prefix(1).uppercased() + words.dropFirst())
            found.formUnion(try labels(in: value))
        }
        return found
    }

    @Test(arguments: LabelWords.languages) func wordsOfLabelsThatThereAre(
        language: String
    ) throws {
        var labels: Set<String> = []
        for folder in [
            "metrics", "models", "dashboards", "reports", "reconciliations", "reference",
        ] {
            for file in DefinitionFolder.files(in: folder, of: Folders.queries) {
                labels.formUnion(try Self.labels(in: DefinitionNode(contentsOf: file)))
            }
        }
        let words = try #require(try Definitions.shipped().words[language])
        #expect(words.labels.count > 900)
        for label in words.labels {
            #expect(labels.contains(label), "nothing is called so")
            let word = try #require(words[label])
            #expect(word != label && !word.isEmpty)
        }
        let metrics = try Definitions.shipped().metrics.values
        #expect(words["Revenue"] != nil && metrics.contains { $0.label == "Revenue" })
    }

    @Test func aLanguageStandsInOneFile() throws {
        let file = try DefinitionNode(
            parsing: "language: da\nwords: {Revenue: Omsætning}", file: "words/a.yaml")
        let other = try DefinitionNode(
            parsing: "language: da\nwords: {Revenue: Salg}", file: "words/b.yaml")
        let words = try LabelWords.words([file])
        #expect(words["da"]?["Revenue"] == "Omsætning")
        #expect(words["da"]?["Sales"] == nil)
        #expect(throws: Advice.self) { try LabelWords.words([file, other]) }
        #expect(try LabelWords.words([other]) != words)
    }
}
