import Store
import Vocabulary

extension Condition {
    /// How a value must stand to a bound.
    public enum Relation: String, Sendable, Hashable, CaseIterable {
        /// Greater, or later.
        case above = ">"
        /// Greater or equal.
        case atLeast = ">="
        /// Less, or earlier.
        case below = "<"
        /// Less or equal.
        case atMost = "<="

        /// The words of definitions, of numbers and of days.
        var words: (number: String, day: String) {
            switch self {
            case .above: ("above", "after")
            case .atLeast: ("at-least", "from")
            case .below: ("below", "before")
            case .atMost: ("at-most", "until")
            }
        }

        /// The relation of a word in a definition, as `above` or `before`.
        init?(word: String) {
            let found = Self.allCases.first { $0.words.number == word || $0.words.day == word }
            guard let found else { return nil }
            self = found
        }

        /// All words, for error messages.
        static var allWords: [String] {
            allCases.flatMap { [$0.words.number, $0.words.day] }
        }
    }

    /// A number or day that a value is held against.
    public struct Bound: Sendable, Hashable, CustomStringConvertible {
        /// How the value must stand to it.
        public let relation: Relation
        /// A number, a date, or `today`, `period-start` or `period-end` with days added.
        public let value: String

        /// Describes a bound.
        public init(_ relation: Relation, _ value: String) {
            self.relation = relation
            self.value = value
        }

        /// The bound in words: `before period-end`.
        public var description: String {
            let words = relation.words
            return (RelativeDay(value) == nil ? words.number.replacing("-", with: " ") : words.day)
                + " " + value
        }
    }

    /// Whether it is another condition for another period.
    var followsPeriod: Bool {
        guard case .within(let bounds) = test else { return false }
        return bounds.contains { RelativeDay($0.value)?.followsPeriod ?? false }
    }

    /// The filter for a value within bounds; a missing value is not.
    static func filter(
        _ resolved: ResolvedColumn, within bounds: [Bound], _ path: String, _ asked: AskedDays
    ) throws -> Filter {
        switch resolved.column.type {
        case .instant, .day:
            var (first, end) = (LocalDay.earliest, LocalDay.latest.adding(days: 1))
            for bound in bounds {
                guard let day = RelativeDay(bound.value)?.day(asked) else {
                    throw Advice(
                        .request, "‘\(bound.value)’ is not a day",
                        remedy: "write 2026-06-30, today, period-start or period-end, with + 7 or "
                            + "- 7 for days after or before")
                }
                switch bound.relation {
                case .above: first = max(first, day.adding(days: 1))
                case .atLeast: first = max(first, day)
                case .below: end = min(end, day)
                case .atMost: end = min(end, day.adding(days: 1))
                }
            }
            return .days(resolved.path, try Period(from: first, upTo: max(first, end)))
        case .integer: return try filter(resolved, within: bounds, scale: 0, path)
        case .decimal(let scale): return try filter(resolved, within: bounds, scale: scale, path)
        case .money:
            if let other = bounds.first(where: { ExactDecimal($0.value) != ExactDecimal(0) }) {
                throw Advice(
                    .request,
                    "‘\(path)’ holds amounts of any currency, and \(other.value) is not the same "
                        + "in all",
                    remedy: "hold amounts against 0")
            }
            return try filter(resolved, within: bounds, scale: 0, path)
        case .boolean, .category, .text, .reference:
            throw Advice(
                .request, "column ‘\(path)’ holds \(resolved.column.type.word), which has no order",
                remedy: "write the values that count")
        }
    }

    /// Bounds as a range of stored digits.
    private static func filter(
        _ resolved: ResolvedColumn, within bounds: [Bound], scale: Int, _ path: String
    ) throws -> Filter {
        // The least number of all is no value.
        var (least, greatest) = (Int128(Int64.min) + 1, Int128(Int64.max))
        for bound in bounds {
            guard let number = ExactDecimal(bound.value), number.rounded(toScale: scale) == number
            else {
                throw Advice(
                    .request,
                    "column ‘\(path)’ holds numbers with \(scale) decimals, and ‘\(bound.value)’ is "
                        + "none", remedy: "write such a number")
            }
            let digits = number.rounded(toScale: scale).unscaled
            switch bound.relation {
            case .above: least = max(least, digits + 1)
            case .atLeast: least = max(least, digits)
            case .below: greatest = min(greatest, digits - 1)
            case .atMost: greatest = min(greatest, digits)
            }
        }
        guard let first = Int64(exactly: least), let last = Int64(exactly: greatest), first <= last
        else { return .among(resolved.path, []) }
        return .range(resolved.path, first...last)
    }
}
