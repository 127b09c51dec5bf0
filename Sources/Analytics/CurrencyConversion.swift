import Store
import Vocabulary

/// A `ReportingCurrency` with its names resolved, and the arithmetic of rates.
///
/// A row's amount is multiplied by the rate and rounded half up to the target's minor unit; totals are
/// sums of such rows. A day without a rate takes the last of the seven days before it, or has none.
/// Rates between two currencies that are not the table's base go through the base: what the target is
/// worth ÷ what the row's currency is worth.
struct CurrencyConversion: Hashable {
    let target: Currency
    /// As asked for; nil for the standard of each metric.
    let policy: ReportingCurrency.Policy?
    /// The day of a fixed rate.
    let day: LocalDay?
    let table: ReferenceTable
    let base: Currency

    /// For how many days a rate stands in for days without one.
    static let reach = 7

    /// The moment whose rate is taken.
    enum Moment: Hashable {
        /// The rate of the day, else the last of the seven days before.
        case day(LocalDay)
        /// The average of the rates that days of the period have; where none has, that of its last
        /// day.
        case average(Period)
    }

    /// Resolves what a question asks for; nil when nothing is to be converted.
    ///
    /// - Throws: `Advice` that names the nearest table, currency or group.
    init?(
        _ asked: ReportingCurrency, _ definitions: Definitions, companies: [Company]
    ) throws {
        let directory = definitions.schema.companies
        switch asked.target {
        case .own: return nil
        case .currency(let currency): target = currency
        case .group: target = try Self.currency(ofGroupOf: companies, directory)
        }
        table = try Self.table(asked.table, definitions)
        guard case .rates(let base) = table.content else {
            preconditionFailure("a table of rates was looked for")
        }
        self.base = base
        policy = asked.policy
        day = asked.day
        guard target == base || table.values[target.code] != nil else {
            throw Advice(
                .request, "table ‘\(table.name)’ has no rates of \(target.code)",
                remedy: Spelling.remedy(
                    for: target.code, legal: table.values.keys.sorted() + [base.code]))
        }
        if policy == .fixed, day == nil, !table.isFixed {
            throw Advice(
                .request, "a fixed rate needs the day whose rate is meant",
                remedy: "write ‘\(asked) 2026-01-02’, or name a table of fixed rates")
        }
    }

    private static func table(
        _ name: String?, _ definitions: Definitions
    ) throws -> ReferenceTable {
        let rates = definitions.tables.values.filter { table in
            guard case .rates = table.content else { return false }
            return true
        }
        if let name {
            if let found = rates.first(where: { $0.name == name }) { return found }
            throw Advice(
                .unknown, "there is no table of exchange rates ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: rates.map(\.name).sorted()))
        }
        if let only = rates.first, rates.count == 1 { return only }
        if let standard = rates.first(where: { $0.name == "rates" }) { return standard }
        throw Advice(
            .request,
            rates.isEmpty
                ? "there are no exchange rates"
                : "there are several tables of exchange rates, and none is called ‘rates’",
            remedy: rates.isEmpty
                ? "write them into reference/rates.yaml"
                : "name one of \(rates.map(\.name).sorted().joined(separator: ", ")) after the currency"
        )
    }

    /// The currency of the groups that all companies belong to.
    private static func currency(
        ofGroupOf companies: [Company], _ directory: CompanyDirectory
    ) throws -> Currency {
        let groups = directory.groups.filter { group in
            group.currency != nil && companies.allSatisfy { $0.groups.contains(group.name) }
        }
        let currencies = Set(groups.compactMap(\.currency))
        // Without companies a definition is only checked.
        if let only = currencies.first, currencies.count == 1 || companies.isEmpty { return only }
        throw Advice(
            .request,
            groups.isEmpty
                ? "no group with a currency holds all companies in view"
                : "the companies are in several groups, of "
                    + currencies.map(\.code).sorted().joined(separator: " and "),
            remedy: groups.isEmpty
                ? "ask for companies of one group, name a currency, or give the group one in "
                    + "companies.yaml"
                : "name the currency")
    }

    // MARK: Rates

    /// The rate of a currency that the table has for a day, and the day it is of.
    func quote(of code: String, on day: LocalDay) -> ReferenceTable.Entry? {
        guard let entries = table.values[code] else { return nil }
        if table.isFixed { return entries.first }
        let places = entries.indices
        let next = Self.firstPlace(in: entries) { $0.from > day }
        guard places.contains(next - 1) else { return nil }
        let found = entries[next - 1]
        return found.from.distance(to: day) <= Self.reach ? found : nil
    }

    /// The rates of a currency that the table has for days of a period.
    func quotes(of code: String, in period: Period) -> ArraySlice<ReferenceTable.Entry> {
        guard let entries = table.values[code] else { return [] }
        if table.isFixed { return entries[...] }
        let first = Self.firstPlace(in: entries) { $0.from >= period.start }
        let end = Self.firstPlace(in: entries) { $0.from >= period.end }
        return entries[first..<max(first, end)]
    }

    private static func firstPlace(
        in entries: [ReferenceTable.Entry], where holds: (ReferenceTable.Entry) -> Bool
    ) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if holds(entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// What one unit of the base is worth.
    private func worth(of code: String, at moment: Moment) -> Fraction? {
        if code == base.code { return Fraction(whole: 1) }
        switch moment {
        case .day(let day): return quote(of: code, on: day).flatMap { Fraction($0.value) }
        case .average(let period):
            let quotes = quotes(of: code, in: period)
            if quotes.isEmpty {
                return quote(of: code, on: period.last).flatMap { Fraction($0.value) }
            }
            let sum = quotes.dropFirst().reduce(quotes[quotes.startIndex].value) { $0 + $1.value }
            return Fraction(sum).flatMap { sum in
                Fraction(1, over: Int128(quotes.count)).flatMap { sum.multiplied(by: $0)?.reduced }
            }
        }
    }

    /// What minor units of a currency are multiplied by to become minor units of the target.
    func ratio(from code: String, at moment: Moment) -> ValueTable.Ratio? {
        if code == target.code { return .one }
        guard let currency = Currency(code), let own = worth(of: code, at: moment),
            let wanted = worth(of: target.code, at: moment), let inverse = own.inverted(),
            let rate = wanted.multiplied(by: inverse),
            let shift = Fraction(
                ExactDecimal.powerOfTen(target.decimals),
                over: ExactDecimal.powerOfTen(currency.decimals)),
            let scaled = rate.reduced.multiplied(by: shift)
        else { return nil }
        return ValueTable.Ratio(scaled.numerator, over: scaled.denominator)
    }

    /// The currencies that can be converted.
    var codes: Set<String> { Set(table.values.keys).union([base.code, target.code]) }

    /// The days of a period on which a rate changes, comes or goes, the first day among them.
    func changes(of code: String, in days: Period) -> [LocalDay] {
        var changes: Set<LocalDay> = [days.start]
        if table.isFixed || code == target.code { return [days.start] }
        for code in [code, target.code] {
            for quote in table.values[code] ?? [] {
                for day in [quote.from, quote.from.adding(days: Self.reach + 1)]
                where days.contains(day) {
                    changes.insert(day)
                }
            }
        }
        return changes.sorted()
    }
}
