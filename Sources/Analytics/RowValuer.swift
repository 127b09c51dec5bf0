import Store
import Vocabulary

/// What tables make of the number of a row, one multiplication after another, so that it can be shown.
///
/// Numbers are those of the store's own arithmetic (`Valuation`); beside them stand the entries that
/// were looked up, in words from which the numbers can be worked out again.
struct RowValuer: Sendable {
    /// One multiplication of a row's number.
    struct Step: Sendable, Hashable {
        /// What was looked up; nil where the row has no word.
        let word: String?
        /// The row's day; nil where all rows take the same value, or the row has no day.
        let day: LocalDay?
        /// The number after it; nil when there is none.
        let number: Int64?
    }

    /// An entry of a table, as it was taken.
    struct Quote: Sendable, Hashable {
        /// The table's name.
        let table: String
        /// What was looked up.
        let word: String
        /// What the table says: `2.99 USD`, `1 EUR = 7.4604 DKK`.
        let value: String
        /// The day or days that it is of; empty where there are none.
        let days: String
    }

    let planned: PlannedBase
    let valuation: Valuation
    /// The columns that it reads.
    let paths: [ColumnPath]
    private let days: ValueDays
    /// The valuation up to each of its multiplications.
    private let prefixes: [Valuation]
    private let instants: Set<ColumnPath>
    private let companies: [String: Company]

    /// Prepares to value rows; nil when numbers are taken as they are.
    init?(
        _ planned: PlannedBase, over days: ValueDays, _ schema: Schema, companies: [Company]
    ) throws {
        guard let valuation = try planned.valuation(over: days, schema) else { return nil }
        let model = try schema.model(planned.base.model)
        self.planned = planned
        self.valuation = valuation
        self.days = days
        paths = valuation.paths
        prefixes = valuation.factors.indices.map { valuation.prefix($0 + 1) }
        instants = Set(
            valuation.factors.compactMap(\.day).filter { model.column($0.column)?.type == .instant }
        )
        self.companies = Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0) })
    }

    /// Whether one of the multiplications is a conversion to another currency.
    func isConversion(_ place: Int) -> Bool {
        planned.conversion != nil && place == valuation.factors.count - 1
    }

    /// What becomes of a row, whose cells are those of `paths`.
    func steps(_ cells: some Collection<Cell>, company code: String) -> [Step] {
        guard let company = companies[code] else {
            preconditionFailure("rows are those of companies in view")
        }
        let held = Array(cells)
        func cell(_ path: ColumnPath) -> Cell {
            paths.firstIndex(of: path).map { held[$0] } ?? .missing
        }
        func day(_ path: ColumnPath) -> LocalDay? {
            guard case .number(let number) = cell(path) else { return nil }
            return instants.contains(path)
                ? company.zone.day(of: Instant(microseconds: number))
                : LocalDay(number: Int32(clamping: number))
        }
        return zip(valuation.factors, prefixes).map { factor, prefix in
            var word: String?
            switch factor.key {
            case .column(let path): if case .text(let text) = cell(path) { word = text }
            case .word(let text): word = text
            case .companies(let words): word = words[code]
            }
            return Step(
                word: factor.table.ignoresCase ? word?.uppercased() : word,
                day: factor.day.flatMap(day), number: prefix.value(of: cell, company, day: day))
        }
    }

    // MARK: Entries

    /// What a table said; nil where it says nothing.
    func quote(_ place: Int, _ step: Step) -> Quote? {
        guard let word = step.word else { return nil }
        if isConversion(place), let conversion = planned.conversion {
            guard let terms = moment(step).flatMap({ conversion.terms(of: word, at: $0) }) else {
                return nil
            }
            return Quote(
                table: conversion.table.name, word: word, value: terms.rates, days: terms.days)
        }
        guard let factor = planned.base.factor, let day = factor.day == nil ? close : step.day,
            let entry = factor.table.entry(of: word, on: day)
        else { return nil }
        var value = "\(entry.value)"
        if case .amounts(let currency) = factor.table.content { value += " \(currency)" }
        if factor.form == .included { value += " ÷ \(ExactDecimal(1) + entry.value)" }
        return Quote(table: factor.table.name, word: word, value: value, days: entry.days)
    }

    private var close: LocalDay { days.close(days.steps[days.steps.count - 1]) }

    /// Whose rate a row takes; nil where that is its own day's, and it has none.
    private func moment(_ step: Step) -> CurrencyConversion.Moment? {
        guard let conversion = planned.conversion else { return nil }
        if valuation.factors.last?.day != nil { return step.day.map { .day($0) } }
        return planned.moment(of: conversion, days.steps[days.steps.count - 1], days)
    }

    // MARK: What has no value

    /// Why a row has no value, and on which day; nil when it has one.
    func loss(_ steps: [Step]) -> (reason: String, day: LocalDay?)? {
        guard let place = steps.firstIndex(where: { $0.number == nil }) else { return nil }
        let step = steps[place]
        if isConversion(place), let conversion = planned.conversion {
            guard let word = step.word, let currency = Currency(word) else {
                return ("no valid currency", nil)
            }
            guard quote(place, step) == nil else { return ("the product exceeds 64 bits", nil) }
            var day: LocalDay?
            var reason = "no rate of \(currency) to \(conversion.target)"
            reason += " in ‘\(conversion.table.name)’"
            switch moment(step) {
            case .day(let own)?: day = conversion.table.isFixed ? nil : own
            case .average(let period)?: reason += ", \(period)"
            case nil: break
            }
            return (reason, day)
        }
        guard let factor = planned.base.factor else { return nil }
        guard let word = step.word else { return ("no word for ‘\(factor.table.name)’", nil) }
        guard let day = factor.day == nil ? close : step.day else {
            return ("no day for ‘\(factor.table.name)’", nil)
        }
        guard quote(place, step) == nil else { return ("the product exceeds 64 bits", nil) }
        return ("no value of \(word) in ‘\(factor.table.name)’", day)
    }
}

extension ReferenceTable.Entry {
    /// The days on which it holds, in words.
    fileprivate var days: String {
        switch (from == .earliest, until) {
        case (true, nil): "always"
        case (true, let until?): "until \(until)"
        case (false, nil): "from \(from)"
        case (false, let until?): from == until ? "\(from)" : "\(from) to \(until)"
        }
    }
}

extension CurrencyConversion {
    /// The rates of a currency that a moment takes; several for an average.
    func quotes(of code: String, at moment: Moment) -> [ReferenceTable.Entry] {
        switch moment {
        case .day(let day): return [quote(of: code, on: day)].compactMap { $0 }
        case .average(let period):
            let own = Array(quotes(of: code, in: period))
            return own.isEmpty ? [quote(of: code, on: period.last)].compactMap { $0 } : own
        }
    }

    /// The rates by which amounts of a currency are converted, as `1 EUR = 1.172 USD = 7.4604 DKK`, and
    /// their days; nil where one is missing.
    ///
    /// An amount is divided by what stands beside its own currency, and multiplied by what stands beside
    /// the target.
    func terms(of code: String, at moment: Moment) -> (rates: String, days: String)? {
        if code == target.code { return ("not converted", "") }
        var rates = "1 \(base)"
        var days: [String] = []
        for code in [code, target.code] where code != base.code {
            let taken = quotes(of: code, at: moment)
            guard let first = taken.first, let last = taken.last else { return nil }
            let sum = taken.dropFirst().reduce(first.value) { $0 + $1.value }
            rates += " = \(sum)" + (taken.count > 1 ? " ÷ \(taken.count)" : "") + " \(code)"
            if table.isFixed { continue }
            let own = first.from == last.from ? "\(first.from)" : "\(first.from) to \(last.from)"
            if !days.contains(own) { days.append(own) }
        }
        return (rates, table.isFixed ? "every day" : days.joined(separator: ", "))
    }
}

extension PlannedBase {
    /// What tables do to the number of each row and where it is rounded, in words; empty when numbers
    /// are taken as they are.
    var valuationWords: [String] {
        var words: [String] = []
        if let factor = base.factor {
            if factor.form == .presence || base.aggregate == .count {
                words.append("only rows with a value in \(factor.words) count")
            } else {
                let share = factor.form == .included ? "value ÷ (1 + value) of " : ""
                words.append("× \(share)\(factor.words): \(Self.rounding(base.content))")
            }
        }
        if let conversion {
            let policy = conversion.table.isFixed ? .fixed : policy(of: conversion)
            let unit = Money(minorUnits: 1, currency: conversion.target)
            words.append(
                "converted to \(conversion.target) \(policy.words(conversion)), from "
                    + "‘\(conversion.table.name)’: each row is rounded half up to \(unit)")
        }
        if countsLosses { words.append("the figure is made of these rows' values, exactly") }
        return words
    }

    private static func rounding(_ content: BaseMetric.Content) -> String {
        switch content {
        case .amount(let currency):
            "each row is rounded half up to \(Money(minorUnits: 1, currency: currency))"
        case .money: "each row is rounded half up to the unit of its currency"
        case .number, .duration, .other: "each product is exact"
        }
    }
}
