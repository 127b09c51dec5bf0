import Store
import Vocabulary

/// The days of a question as far as values of tables depend on them.
struct ValueDays {
    /// The days that are asked for, or compared with.
    let span: Period
    /// The parts of the span whose ends decide, in order; never empty.
    let steps: [Period]
    /// The day on which the question is asked.
    let today: LocalDay

    init(_ span: Period, by grain: Grain?, today: LocalDay, in calendar: FiscalCalendar) {
        self.span = span
        self.today = today
        let starts = grain.map { span.steps(of: $0, in: calendar) } ?? []
        let ends = starts.dropFirst() + [span.end]
        let steps = zip(starts, ends).compactMap { start, end in
            try? Period(from: max(start, span.start), upTo: end)
        }
        self.steps = steps.isEmpty ? [span] : steps
    }

    /// One step alone.
    init(step: Period, today: LocalDay) {
        (span, steps) = (step, [step])
        self.today = today
    }

    /// The last day of a step, or today while it is not over.
    func close(_ step: Period) -> LocalDay { min(step.last, today) }
}

extension PlannedSpans {
    /// The days asked for, as far as values of tables depend on them.
    var valueDays: ValueDays { ValueDays(now, by: grain, today: today, in: calendar) }
}

extension PlannedBase {
    /// Which day's value a row takes.
    private enum Time {
        /// That of its own day in a column.
        case row(ColumnPath)
        /// That of the last day of the step.
        case close
        /// The average of the step.
        case average
        /// One for all rows.
        case fixed(LocalDay)
    }

    private func time(of factor: TableFactor) -> Time {
        factor.day.map { .row(ColumnPath($0)) } ?? .close
    }

    private func time(of conversion: CurrencyConversion) -> Time {
        if conversion.table.isFixed { return .fixed(.earliest) }
        switch policy(of: conversion) {
        case .transaction: return base.date.map { .row(ColumnPath($0)) } ?? .close
        case .closing: return .close
        case .average: return .average
        case .fixed: return conversion.day.map { .fixed($0) } ?? .close
        }
    }

    /// The policy that holds for this metric: flows take the rate of the row's day, balances and what
    /// has no date the closing rate.
    func policy(of conversion: CurrencyConversion) -> ReportingCurrency.Policy {
        let isBalance =
            base.date == nil || base.accumulation == .always || base.accumulation == .standing
        let policy = conversion.policy ?? (isBalance ? .closing : .transaction)
        return policy == .transaction && base.date == nil ? .closing : policy
    }

    /// Whether rows of earlier days take values of the step that they are added up in, so that each
    /// step has to be computed from all of them.
    var isStepwise: Bool { base.accumulation != nil && isValuedByStep }

    /// Whether rows take the values of the step that they are asked in, so that those of shorter steps
    /// are others.
    var isValuedByStep: Bool {
        let times = [base.factor.map(time), conversion.map(time)]
        return times.contains { time in
            switch time {
            case .close, .average: true
            case .row, .fixed, nil: false
            }
        }
    }

    /// How the numbers of rows are valued; nil when they are taken as they are.
    func valuation(over days: ValueDays, _ schema: Schema) throws -> Valuation? {
        var factors: [Valuation.Factor] = []
        if let factor = base.factor {
            factors.append(try self.factor(factor, over: days, schema))
        }
        if let conversion {
            let key: Valuation.Key =
                switch base.content {
                case .money(let column): .column(ColumnPath(column))
                case .amount(let currency): .word(currency.code)
                case .number, .duration, .other:
                    preconditionFailure("only amounts are converted")
                }
            factors.append(try self.factor(conversion, by: key, over: days))
        }
        if factors.isEmpty { return nil }
        return Valuation(base.column.map { ColumnPath($0) }, factors)
    }

    private func factor(
        _ factor: TableFactor, over days: ValueDays, _ schema: Schema
    ) throws -> Valuation.Factor {
        let key: Valuation.Key =
            switch factor.key {
            case .column(let path): .column(path)
            case .company(let word):
                .companies(
                    Dictionary(
                        uniqueKeysWithValues: schema.companies.companies.map { company in
                            switch word {
                            case .code: (company.code, company.code)
                            case .country: (company.code, company.country)
                            case .currency: (company.code, company.currency.code)
                            }
                        }))
            }
        let time = time(of: factor)
        if case .row(let path) = time {
            let series = try factor.table.series(timesTenTo: factor.power).mapValues { entries in
                entries.map { ValueTable.Entry(from: $0.from, $0.ratio.flatMap(factor.ratio)) }
            }
            return Valuation.Factor(ValueTable(series), by: key, on: path)
        }
        let closes = try days.steps.map {
            try factor.table.series(on: days.close($0), timesTenTo: factor.power)
        }
        let words = Set(closes.flatMap(\.keys))
        return self.factor(words, by: key, over: days) { word, step in
            closes[step][word]?.first?.ratio.flatMap(factor.ratio)
        }
    }

    private func factor(
        _ conversion: CurrencyConversion, by key: Valuation.Key, over days: ValueDays
    ) throws -> Valuation.Factor {
        var codes = conversion.codes
        if case .word(let word) = key { codes = codes.intersection([word]) }
        switch time(of: conversion) {
        case .row(let path):
            // Rows that are added up with those before may be of any day.
            let period =
                base.accumulation == nil
                ? days.span : try Period(from: .earliest, upTo: .latest.adding(days: 1))
            var series: [String: [ValueTable.Entry]] = [:]
            for code in codes {
                var last: ValueTable.Entry?
                series[code] = conversion.changes(of: code, in: period).compactMap { day in
                    let ratio = conversion.ratio(from: code, at: .day(day))
                    if let last, last.ratio == ratio { return nil }
                    last = ValueTable.Entry(from: day, ratio)
                    return last
                }
            }
            return Valuation.Factor(
                ValueTable(series, ignoringCase: true), by: key, on: path)
        case .fixed(let day):
            var series: [String: [ValueTable.Entry]] = [:]
            for code in codes {
                series[code] = [
                    .init(from: .earliest, conversion.ratio(from: code, at: .day(day)))
                ]
            }
            return Valuation.Factor(ValueTable(series, ignoringCase: true), by: key, on: nil)
        case .close, .average:
            let moments = days.steps.map { moment(of: conversion, $0, days) }
            return factor(codes, by: key, over: days, ignoringCase: true) { code, step in
                conversion.ratio(from: code, at: moments[step])
            }
        }
    }

    /// Whose rate the rows of a step take, where it is not that of their own days.
    func moment(
        of conversion: CurrencyConversion, _ step: Period, _ days: ValueDays
    ) -> CurrencyConversion.Moment {
        switch time(of: conversion) {
        case .average where step.start <= days.today:
            .average(step.clipped(before: days.today.adding(days: 1)))
        case .fixed(let day): .day(day)
        case .row, .close, .average: .day(days.close(step))
        }
    }

    /// Values that are the same for all rows of a step.
    private func factor(
        _ words: Set<String>, by key: Valuation.Key, over days: ValueDays,
        ignoringCase: Bool = false, _ ratio: (_ word: String, _ step: Int) -> ValueTable.Ratio?
    ) -> Valuation.Factor {
        // What is added up takes the values of the last step; without a day there is one step only.
        let isDivided = base.accumulation == nil && days.steps.count > 1
        let steps = isDivided ? Array(days.steps.indices) : [days.steps.count - 1]
        var series: [String: [ValueTable.Entry]] = [:]
        for word in words {
            var entries: [ValueTable.Entry] = []
            for step in steps {
                let value = ratio(word, step)
                if let last = entries.last, last.ratio == value { continue }
                entries.append(
                    .init(from: entries.isEmpty ? .earliest : days.steps[step].start, value))
            }
            series[word] = entries
        }
        return Valuation.Factor(
            ValueTable(series, ignoringCase: ignoringCase), by: key,
            on: isDivided ? base.date.map { ColumnPath($0) } : nil)
    }
}

extension Valuation {
    /// The columns that it reads.
    var paths: [ColumnPath] {
        [number].compactMap { $0 }
            + factors.flatMap { factor -> [ColumnPath] in
                guard case .column(let path) = factor.key else {
                    return [factor.day].compactMap { $0 }
                }
                return [path] + [factor.day].compactMap { $0 }
            }
    }

    /// What it makes of one row, whose cells and local days are at hand.
    func value(
        of cell: (ColumnPath) -> Cell, _ company: Company, day: (ColumnPath) -> LocalDay?
    ) -> Int64? {
        var number: Int64?
        if let path = self.number, case .number(let own) = cell(path) { number = own }
        return value(
            of: number, company: company.code,
            word: { path in
                guard case .text(let word) = cell(path) else { return nil }
                return word
            }, day: day)
    }
}
