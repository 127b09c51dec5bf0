import Vocabulary

/// How far a trailing metric looks back from the end of each step: `90 days`, `12 months`.
///
/// The last day looked at is that of the step, or today while the step is open. Months go back to
/// the day after the one of the same number: 12 months up to 2026-06-30 begin on 2025-07-01.
struct TrailingSpan: Sendable, Hashable, CustomStringConvertible {
    enum Unit: String, Sendable, CaseIterable {
        case days, weeks, months
    }

    let count: Int
    let unit: Unit

    /// Reads `90 days`, `4 weeks` or `12 months`.
    ///
    /// - Throws: `Advice` when the text has another form.
    init(_ text: String) throws {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 2, let count = Int(parts[0]), (1...3_660).contains(count),
            let unit = Unit.allCases.first(where: {
                $0.rawValue == parts[1] || $0.rawValue == parts[1] + "s"
            })
        else {
            throw Advice(
                .definition, "‘\(text)’ does not say how far to look back",
                remedy: "write it as ‘90 days’, ‘4 weeks’ or ‘12 months’")
        }
        self.count = count
        self.unit = unit
    }

    var description: String { "\(count) \(unit.rawValue)" }

    /// The days that a step looks back on; nil when it has not begun.
    func window(_ step: Period, today: LocalDay) -> Period? {
        guard step.start <= today else { return nil }
        let end = min(step.end, today.adding(days: 1))
        let start =
            switch unit {
            case .days: end.adding(days: -count)
            case .weeks: end.adding(days: -7 * count)
            case .months: end.adding(months: -count)
            }
        return try? Period(from: min(start, end), upTo: end)
    }
}
