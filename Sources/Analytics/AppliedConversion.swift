import Store
public import Vocabulary

/// How the amounts of an answer were converted to one currency, for whoever checks it.
public struct AppliedConversion: Sendable, Hashable {
    /// The rates of one currency that rows took.
    public struct Rates: Sendable, Hashable {
        /// A rate and its day.
        public struct Quote: Sendable, Hashable {
            /// The day that the table gives the rate for; nil for a fixed one.
            public let day: LocalDay?
            /// How much of the currency one unit of the table's base is worth.
            public let value: ExactDecimal
        }

        /// The currency.
        public let currency: Currency
        /// The rates, by day; for an average those that it is taken of.
        public let quotes: [Quote]
    }

    /// Which metrics took the rates of which days.
    public struct Method: Sendable, Hashable {
        /// The rates, in words.
        public let words: String
        /// What people know the metrics by.
        public let metrics: [String]
    }

    /// The currency of the figures.
    public let currency: Currency
    /// How rates were taken.
    public let methods: [Method]
    /// Name of the table of rates.
    public let table: String
    /// Name of the table for people.
    public let tableLabel: String
    /// Where the rates come from.
    public let source: String
    /// The currency whose unit rates are for.
    public let base: Currency
    /// The rates of each currency that occurs, the reporting currency among them.
    public let rates: [Rates]

    /// The lines that are printed below the figures.
    public var lines: [String] { Self.lines(of: [self]) }

    /// The lines that are printed below figures of several answers.
    ///
    /// Each way to convert and each currency's rates are told once, and metrics are named where not all
    /// were converted in the same way.
    static func lines(of conversions: [AppliedConversion]) -> [String] {
        var ways: [(words: String, metrics: [String])] = []
        var tables: [(line: String, base: Currency, quotes: [Currency: Set<Rates.Quote>])] = []
        for conversion in conversions {
            for method in conversion.methods {
                let words = "in \(conversion.currency): \(method.words)"
                let place = ways.firstIndex { $0.words == words } ?? ways.endIndex
                if place == ways.endIndex { ways.append((words, [])) }
                for metric in method.metrics where !ways[place].metrics.contains(metric) {
                    ways[place].metrics.append(metric)
                }
            }
            let line = "rates: \(conversion.tableLabel) (\(conversion.source))"
            let place = tables.firstIndex { $0.line == line } ?? tables.endIndex
            if place == tables.endIndex { tables.append((line, conversion.base, [:])) }
            for rates in conversion.rates {
                tables[place].quotes[rates.currency, default: []].formUnion(rates.quotes)
            }
        }
        return ways.map { way in
            way.words + (ways.count == 1 ? "" : ": " + way.metrics.joined(separator: ", "))
        }
            + tables.flatMap { table in
                [table.line]
                    + table.quotes.sorted { $0.key.code < $1.key.code }.compactMap {
                        line(of: $0.value, $0.key, base: table.base)
                    }
            }
    }

    private static func line(
        of quotes: Set<Rates.Quote>, _ currency: Currency, base: Currency
    ) -> String? {
        guard let least = quotes.map(\.value).min(), let greatest = quotes.map(\.value).max() else {
            return nil
        }
        let days = quotes.compactMap(\.day)
        let range = least == greatest ? "\(least)" : "\(least) to \(greatest)"
        let line = "1 \(base) = \(range) \(currency)"
        guard let first = days.min(), let last = days.max() else { return line }
        return line
            + (first == last ? " (\(first))" : " (\(days.count) rates, \(first) to \(last))")
    }
}

extension MetricPlan {
    /// Says how amounts were converted.
    func appliedConversion(on reader: ScanReader) throws -> AppliedConversion? {
        guard let conversion else { return nil }
        let converted = bases.filter { $0.conversion != nil }
        if converted.isEmpty { return nil }
        var metrics: [ReportingCurrency.Policy: [String]] = [:]
        var quotes: [String: Set<AppliedConversion.Rates.Quote>] = [:]
        for base in converted {
            let policy = conversion.table.isFixed ? .fixed : base.policy(of: conversion)
            metrics[policy, default: []].append(base.label)
            var codes = try self.codes(of: base, on: reader)
            if codes != [conversion.target.code] { codes.insert(conversion.target.code) }
            for span in [spans.now, base.base.followsPeriod ? spans.before : nil] {
                guard let span else { continue }
                let days = ValueDays(span, by: spans.grain, today: spans.today, in: spans.calendar)
                for code in codes.subtracting([conversion.base.code]) {
                    quotes[code, default: []].formUnion(
                        self.quotes(of: code, base, policy, days, conversion))
                }
            }
        }
        return AppliedConversion(
            currency: conversion.target,
            methods: ReportingCurrency.Policy.allCases.compactMap { policy in
                metrics[policy].map { labels in
                    AppliedConversion.Method(words: policy.words(conversion), metrics: labels)
                }
            }, table: conversion.table.name, tableLabel: conversion.table.label,
            source: conversion.table.source, base: conversion.base,
            rates: quotes.sorted { $0.key < $1.key }.compactMap { code, quotes in
                Currency(code).map { currency in
                    AppliedConversion.Rates(
                        currency: currency,
                        quotes: quotes.sorted { ($0.day ?? .earliest) < ($1.day ?? .earliest) })
                }
            })
    }

    /// The currencies that rows of a base have.
    private func codes(of base: PlannedBase, on reader: ScanReader) throws -> Set<String> {
        guard case .money(let column) = base.base.content else {
            guard case .amount(let currency) = base.base.content else { return [] }
            return [currency.code]
        }
        var codes: Set<String> = []
        for scan in scans where scan.outputs.contains(where: { bases[$0.base] == base }) {
            for request in [scan.now, scan.before] {
                guard let request else { continue }
                let result = try reader.scan(
                    ScanRequest(
                        model: request.model, filters: request.filters,
                        groups: [.value(ColumnPath(column))], measures: [.count]))
                for row in result.rows {
                    if case .text(let text)? = row.key.first, let currency = Currency(text) {
                        codes.insert(currency.code)
                    }
                }
            }
        }
        return codes
    }

    private func quotes(
        of code: String, _ base: PlannedBase, _ policy: ReportingCurrency.Policy,
        _ days: ValueDays, _ conversion: CurrencyConversion
    ) -> [AppliedConversion.Rates.Quote] {
        let found: [ReferenceTable.Entry]
        if policy == .transaction {
            let first = days.span.start.adding(days: -CurrencyConversion.reach)
            guard let span = try? Period(from: first, upTo: days.span.end) else { return [] }
            let own = conversion.quotes(of: code, in: span)
            // Of those before the first day, only the last may have been taken.
            let early = own.last { $0.from <= days.span.start }
            found = [early].compactMap { $0 } + own.filter { $0.from > days.span.start }
        } else {
            found = days.steps.flatMap { step in
                conversion.quotes(of: code, at: base.moment(of: conversion, step, days))
            }
        }
        return found.map { entry in
            AppliedConversion.Rates.Quote(
                day: conversion.table.isFixed ? nil : entry.from, value: entry.value)
        }
    }
}

extension ReportingCurrency.Policy {
    /// Which rate it takes, in words.
    func words(_ conversion: CurrencyConversion) -> String {
        switch self {
        case .transaction:
            "by the rate of each row's day, else the last of the \(CurrencyConversion.reach) days "
                + "before"
        case .closing: "by the closing rate of each step"
        case .average: "by the average rate of each step"
        case .fixed: conversion.day.map { "by the rate of \($0)" } ?? "by fixed rates"
        }
    }
}
