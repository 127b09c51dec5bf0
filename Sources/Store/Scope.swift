/// What a reader may see.
///
/// There is no read without a scope: other rows do not exist in it.
public struct Scope: Sendable, Hashable {
    /// Codes of the companies whose rows exist.
    public let companies: Set<String>
    /// Further limits per model, such as a sales representative's own rows.
    ///
    /// They hide rows of the model itself. What a row that is seen says of another, as the name of
    /// its customer, is part of the seen row; and a filter may name a row of another model by its
    /// key, which tells no more than the rows it lets through.
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
