import Foundation
import Vocabulary

/// Who may come in and how: section ‘access’ of the configuration.
struct AccessSettings: Sendable {
    /// Whose signed tokens are taken beside our own.
    var issuers: [TokenIssuer] = []
    /// Whether local users may sign in with a password.
    var hasLocalSignIn = true
    /// The provider with which people sign in besides; nil for none.
    var provider: ProviderSettings?
    /// How often somebody may ask.
    var limits = RequestLimits()
    /// Where pages come from that may ask the JSON interface with a token: `https://portal.example`.
    var origins: Set<String> = []
    /// The proxies whose word is taken for where a request comes from.
    var proxies = AddressRange.near

    /// Access as it is without a section.
    init() {}

    /// Reads the section.
    ///
    /// - Throws: `Advice` with file and line.
    init(
        _ section: DefinitionNode?, absolute: (String) -> String, environment: [String: String]
    ) throws {
        guard let section else { return }
        let fields = try section.mapping(allowing: [
            "tokens", "limits", "origins", "proxies", "sign-in",
        ])
        limits = try RequestLimits(fields.optional("limits"))
        origins = Set(try fields.optional("origins")?.sequence().map(Settings.origin) ?? [])
        if let named = fields.optional("proxies") {
            proxies = try named.sequence().map { try $0.reading { try AddressRange($0) } }
        }
        var names: Set = ["key"]
        if let node = fields.optional("sign-in") {
            let ways = try node.mapping(allowing: ["local", "provider"])
            hasLocalSignIn = try ways.optional("local")?.boolean() ?? true
            provider = try ways.optional("provider").map {
                try ProviderSettings($0, absolute: absolute, environment: environment)
            }
            if let provider { names.insert(provider.name) }
            guard hasLocalSignIn || provider != nil else {
                throw node.advice(
                    "nobody could sign in on the pages",
                    remedy: "add a ‘provider’, or leave out ‘local: false’")
            }
        }
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
