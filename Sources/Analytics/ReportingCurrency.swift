public import Vocabulary

/// The one currency that a question wants its amounts in, and by which rates.
///
/// Written `EUR`, `group`, `EUR closing`, `EUR average ecb` or `EUR fixed 2026-01-02`; `own` leaves each
/// amount in its own currency.
public struct ReportingCurrency: Sendable, Hashable {
    /// Which currency it is.
    public enum Target: Sendable, Hashable {
        /// A currency of ISO 4217.
        case currency(Currency)
        /// That of the group which all companies in view belong to.
        case group
        /// Each amount's own: nothing is converted.
        case own
    }

    /// Which day's rate a row takes.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// That of the row's own day.
        case transaction
        /// That of the last day of the step, or of today while the step is not over.
        case closing
        /// The average of the rates of the step's days.
        case average
        /// One for all rows: of a day that is named, or of a table without days.
        case fixed
    }

    /// Which currency it is.
    public var target: Target
    /// Which day's rate a row takes; nil for that of its day for flows, and for the closing rate for
    /// balances and metrics without a date.
    public var policy: Policy?
    /// The day of a fixed rate.
    public var day: LocalDay?
    /// Name of the table of rates; nil where there is one only, or one called `rates`.
    public var table: String?

    /// Describes a choice.
    public init(
        _ target: Target, policy: Policy? = nil, day: LocalDay? = nil, table: String? = nil
    ) {
        self.target = target
        self.policy = policy
        self.day = day
        self.table = table
    }

    /// Reads `EUR`, `EUR closing`, `EUR fixed 2026-01-02 ecb`.
    ///
    /// - Throws: `Advice` that says which word means nothing.
    public init(parsing text: String) throws {
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "group": self.init(.group)
        case "own": self.init(.own)
        case let code?:
            guard let currency = Currency(code) else {
                throw Advice(
                    .request, "‘\(code)’ is not a currency of ISO 4217",
                    remedy: "use a code such as DKK, EUR, KES or MWK, or ‘group’ or ‘own’")
            }
            self.init(.currency(currency))
        case nil:
            throw Advice(
                .request, "the currency is empty", remedy: "write a code, as EUR")
        }
        for word in words.dropFirst() {
            if policy == nil, let known = Policy(rawValue: word) {
                policy = known
            } else if day == nil, let known = LocalDay(word) {
                day = known
            } else if table == nil, word.utf8.allSatisfy(Self.isOfName) {
                table = word
            } else {
                throw Advice(
                    .request, "‘\(word)’ in ‘\(text)’ is neither a policy nor a day nor a table",
                    remedy: Spelling.remedy(for: word, legal: Policy.allCases.map(\.rawValue)))
            }
        }
        if target == .own, words.count > 1 {
            throw Advice(
                .request, "‘\(text)’ converts nothing, so it has no policy",
                remedy: "write ‘own’ alone, or a currency")
        }
        if day != nil, policy != .fixed {
            throw Advice(
                .request, "‘\(text)’ names a day, which only a fixed rate has",
                remedy: "write ‘\(words[0]) fixed \(day.map { "\($0)" } ?? "")’")
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 95
    }
}

extension ReportingCurrency: CustomStringConvertible {
    /// The words that it is read from.
    public var description: String {
        let first =
            switch target {
            case .currency(let currency): currency.code
            case .group: "group"
            case .own: "own"
            }
        return ([first] + [policy?.rawValue, day.map { "\($0)" }, table].compactMap { $0 })
            .joined(separator: " ")
    }
}
