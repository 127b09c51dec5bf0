import Analytics
import Store
import Vocabulary

/// What someone chose to look at, in words: from a command line or from an address.
struct ViewChoices: Sendable, Hashable, Codable {
    var companies: [String] = []
    var group: String?
    var period: String?
    var from: String?
    var to: String?
    var compare: String?
    var conditions: [String] = []
    var knownAt: String?
    var currency: String?

    /// Names of the choices in an address.
    enum Name: String, CaseIterable {
        case company, group, period, from, to, compare, `where`
        case knownAt = "known-at"
        case currency
    }

    /// Whose rows are meant.
    func selection() throws -> CompanySelection {
        switch (companies.isEmpty, group) {
        case (true, nil): return .all
        case (true, .some(let group)): return .group(group)
        case (false, nil): return .companies(companies)
        default:
            throw Advice(
                .request, "a company and a group were both given", remedy: "use one of them")
        }
    }

    /// The period, if one was chosen.
    func periodName() throws -> PeriodName? {
        switch (period, from, to) {
        case (nil, nil, nil): return nil
        case (.some(let period), nil, nil): return try PeriodName(period)
        case (nil, .some(let from), .some(let to)):
            guard LocalDay(from) != nil, LocalDay(to) != nil else {
                throw Advice(
                    .request, "‘\(from)’ to ‘\(to)’ is not a period",
                    remedy: "write days as 2026-06-01, and see that they exist")
            }
            return try PeriodName("\(from)..\(to)")
        case (nil, _, _):
            throw Advice(
                .request, "‘from’ and ‘to’ belong together", remedy: "give both days, or a period")
        default:
            throw Advice(
                .request, "a period was given together with ‘from’ or ‘to’",
                remedy: "use the period, or both days")
        }
    }

    /// What the figures are held against.
    func comparison() throws -> ComparisonChoice {
        guard let compare else { return .asDefined }
        if compare == "none" { return .none }
        guard let comparison = Comparison(rawValue: compare) else {
            throw Advice(
                .request, "‘\(compare)’ is not a comparison",
                remedy: Spelling.remedy(
                    for: compare, legal: Comparison.allCases.map(\.rawValue) + ["none"]))
        }
        return .with(comparison)
    }

    /// Conditions that the rows must meet.
    func filters() throws -> [Condition] { try conditions.map { try Condition(parsing: $0) } }

    /// The one currency that amounts are converted to.
    func reportingCurrency() throws -> ReportingCurrency? {
        try currency.map { try ReportingCurrency(parsing: $0) }
    }

    /// Which state of the store is meant.
    func moment() throws -> Moment {
        guard let knownAt, knownAt != Self.present else { return .latest }
        return try Self.moment(knownAt)
    }

    /// The word for the newest state, where figures would otherwise be those of a close.
    static let present = "now"

    /// Reads a moment, or the number of a commit.
    ///
    /// - Throws: `Advice` for anything else.
    static func moment(_ text: String) throws -> Moment {
        if let number = UInt64(text) { return .commit(number) }
        if let instant = Instant(text) { return .time(instant) }
        throw Advice(
            .request, "‘\(text)’ is neither a moment nor a commit",
            remedy: "write 2026-03-05T09:00:00Z, or the number of a commit")
    }

    /// The choices as a dashboard or report takes them.
    func request() throws -> ViewRequest {
        ViewRequest(
            period: try periodName(), comparison: try comparison(), filters: try filters(),
            currency: try reportingCurrency())
    }
}
