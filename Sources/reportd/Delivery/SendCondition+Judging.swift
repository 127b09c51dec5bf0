import Analytics
import Reports
import Vocabulary

/// The values of a metric in one period, one for each currency.
struct MetricReading: Sendable, Hashable {
    /// The metric's name for people.
    let label: String
    let kind: ResultColumn.Kind
    let values: [Value]
}

extension SendCondition {
    /// Judges a report that was made for one recipient.
    ///
    /// - Parameters:
    ///   - document: The report, under the recipient's grants.
    ///   - period: The days that it covers.
    ///   - past: How earlier runs were found, latest first.
    ///   - locale: How the finding is told.
    ///   - reading: Asks for a metric in a period, under the same grants and of the same state.
    /// - Returns: The finding.
    /// - Throws: What reading throws.
    func finding(
        of document: ReportDocument, in period: Period, after past: [PastJudgement],
        locale: ReportLocale, reading: (MetricCondition, Period) throws -> MetricReading
    ) throws -> Judgement {
        switch self {
        case .notEmpty, .empty:
            let isEmpty = Self.isEmpty(document)
            return Judgement(
                kind: isEmpty == (self == .empty) ? .met : .unmet,
                words: locale.sentence(isEmpty ? .showsNothing : .showsSomething))
        case .changed:
            let digest = try Self.digest(of: document)
            let last = past.first { $0.wasTold && !$0.digest.isEmpty }
            let isSame = last?.digest == digest
            return Judgement(
                kind: isSame ? .unmet : .met,
                words: locale.sentence(isSame ? .unchanged : .changed), digest: digest)
        case .metric(let condition):
            return try condition.finding(in: period, locale: locale) { span in
                try reading(condition, span)
            }
        }
    }

    /// Whether no list has a row; of a report without lists, whether no figure differs from zero.
    private static func isEmpty(_ document: ReportDocument) -> Bool {
        if !document.tables.isEmpty { return document.tables.allSatisfy { $0.rowCount == 0 } }
        return document.blocks.allSatisfy { block in
            guard case .figures(let figures) = block else { return true }
            return figures.flatMap(\.values).allSatisfy {
                ($0.amount ?? .zero) == .zero
            }
        }
    }

    /// SHA-256 of what a report shows, apart from when it was made and of what period.
    private static func digest(of document: ReportDocument) throws -> String {
        var bare = document
        let nothing = Instant(microseconds: 0)
        bare.provenance = Provenance(
            companies: document.provenance.companies, period: nil, zone: document.provenance.zone,
            basis: "", currency: "", commit: 0, committedAt: nothing, generatedAt: nothing,
            definition: "")
        return DeliveryLedger.hash(try ReportOutput(.json, locale: .english).bytes(bare))
    }
}

extension MetricCondition {
    fileprivate func finding(
        in period: Period, locale: ReportLocale, reading: (Period) throws -> MetricReading
    ) throws -> Judgement {
        let now = try reading(period)
        guard now.values.count <= 1 else {
            return Judgement(
                kind: .unknown, words: locale.sentence(.severalCurrencies(label: now.label)))
        }
        let value = now.values.first ?? .integer(0)
        guard let amount = value.amount else {
            return Judgement(kind: .unknown, words: locale.sentence(.noValue(label: now.label)))
        }
        func text(_ number: ExactDecimal) -> String {
            locale.format(value.with(number), kind: now.kind, zone: .utc)
        }
        func finding(_ isMet: Bool, _ sentence: DeliverySentence) -> Judgement {
            Judgement(kind: isMet ? .met : .unmet, words: locale.sentence(sentence))
        }
        let (label, shown) = (now.label, text(amount))
        switch limit {
        case .below(let limit):
            let isMet = amount < limit
            return finding(
                isMet,
                isMet
                    ? .below(label: label, value: shown, limit: text(limit))
                    : .notBelow(label: label, value: shown, limit: text(limit)))
        case .above(let limit):
            let isMet = amount > limit
            return finding(
                isMet,
                isMet
                    ? .above(label: label, value: shown, limit: text(limit))
                    : .notAbove(label: label, value: shown, limit: text(limit)))
        case .unusual(let share, let season):
            let fewest = season == .weekdays ? Self.fewestWeeks : Self.fewestYears
            // Where nothing happened there was either no business or no data.
            let earlier = try Self.spans(season, before: period).compactMap { span in
                try reading(span).values.first?.amount
            }.filter { $0 != .zero }.sorted()
            guard earlier.count >= fewest else {
                return Judgement(
                    kind: .unknown, words: locale.sentence(.noSeason(label: label)))
            }
            let middle = earlier.count / 2
            let usual =
                earlier.count % 2 == 1
                ? earlier[middle]
                : (earlier[middle - 1] + earlier[middle]) * ExactDecimal(unscaled: 5, scale: 1)
            let distance = Self.magnitude(amount - usual)
            let isMet = distance > Self.magnitude(usual) * share
            return finding(
                isMet,
                isMet
                    ? .unusual(label: label, value: shown, usual: text(usual))
                    : .usual(label: label, value: shown, usual: text(usual)))
        }
    }

    private static func magnitude(_ value: ExactDecimal) -> ExactDecimal {
        value < .zero ? -value : value
    }
}

extension Value {
    /// The number of a figure; nil for what is no number or not known.
    fileprivate var amount: ExactDecimal? {
        switch self {
        case .integer(let value): ExactDecimal(unscaled: Int128(value), scale: 0)
        case .decimal(let value): value
        case .money(let money): money.amount
        default: nil
        }
    }

    /// Another number of the same sort.
    fileprivate func with(_ amount: ExactDecimal) -> Value {
        switch self {
        case .money(let money): .money(Money(amount, money.currency))
        default: .decimal(amount)
        }
    }
}
