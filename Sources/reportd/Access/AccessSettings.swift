import Foundation
import Vocabulary

/// Who may come in and how: section ‘access’ of the configuration.
struct AccessSettings: Sendable {
    /// Whose signed tokens are taken beside our own.
    var issuers: [TokenIssuer] = []

    /// Access as it is without a section.
    init() {}

    /// Reads the section.
    ///
    /// - Throws: `Advice` with file and line.
    init(
        _ section: DefinitionNode?, absolute: (String) -> String, environment: [String: String]
    ) throws {
        guard let section else { return }
        let fields = try section.mapping(allowing: ["tokens"])
        var names: Set = ["key"]
        for node in try fields.optional("tokens")?.sequence() ?? [] {
            let issuer = try TokenIssuer(node, absolute: absolute, environment: environment)
            guard names.insert(issuer.name).inserted else {
                throw node.advice(
                    "the name ‘\(issuer.name)’ is taken",
                    remedy: "give each issuer a name of its own")
            }
            issuers.append(issuer)
        }
    }
}
