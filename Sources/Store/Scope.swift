/// What a reader may see.
///
/// There is no read without a scope: other rows do not exist in it.
public struct Scope: Sendable, Hashable {
    /// Codes of the companies whose rows exist.
    public let companies: Set<String>
    /// Further limits per model, such as a sales representative's own rows.
    public let limits: [String: [Filter]]

    /// Makes a scope of some companies, with further limits per model name.
    public init(companies: some Sequence<String>, limits: [String: [Filter]] = [:]) {
        self.companies = Set(companies)
        self.limits = limits
    }

    /// The same limits for fewer companies.
    public func narrowed(to codes: some Sequence<String>) -> Scope {
        Scope(companies: companies.intersection(codes), limits: limits)
    }
}
