import Store
import Vocabulary

/// A dimension that every dated metric has: where in the week, day, month or year its rows count.
///
/// It is read from the metric's own date, on the company's clock, so that it is no column and two
/// metrics with different dates can be split by it together. All members are shown, in their order.
enum CalendarPart: String, Sendable, Hashable, CaseIterable {
    /// Monday to Sunday, in the order of ISO 8601.
    case weekday
    /// The hours of the day. The hour that clocks skip has no rows, the one that comes twice has both.
    case hour
    case dayOfMonth = "day-of-month"
    case monthOfYear = "month-of-year"

    /// Heading for people.
    var label: String {
        switch self {
        case .weekday: "Weekday"
        case .hour: "Hour"
        case .dayOfMonth: "Day of month"
        case .monthOfYear: "Month"
        }
    }

    /// What the members are called, in their order.
    var labels: [String] {
        switch self {
        case .weekday:
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        case .hour: (0...23).map { ($0 < 10 ? "0" : "") + "\($0):00" }
        case .dayOfMonth: (1...31).map(String.init)
        case .monthOfYear:
            [
                "January", "February", "March", "April", "May", "June", "July", "August",
                "September", "October", "November", "December",
            ]
        }
    }

    var derivation: Derivation {
        switch self {
        case .weekday: .weekday
        case .hour: .hour
        case .dayOfMonth: .dayOfMonth
        case .monthOfYear: .monthOfYear
        }
    }

    /// The number that the first member stands for: hours begin with 0.
    var first: Int64 { derivation.range.lowerBound }

    /// The number of a member as a condition writes it: `Monday` or `1`, `09:00` or `9`; nil when
    /// there is no such member.
    func number(_ text: String) -> Int64? {
        if let place = labels.firstIndex(where: { $0.lowercased() == text.lowercased() }) {
            return first + Int64(place)
        }
        return Int64(text).flatMap { derivation.range.contains($0) ? $0 : nil }
    }

    /// Whether a day belongs to a member; nil for hours, which every day has.
    func contains(_ day: LocalDay, member: Int64) -> Bool? {
        switch self {
        case .weekday: Int64(day.isoWeekday) == member + first
        case .dayOfMonth: Int64(day.civil.day) == member + first
        case .monthOfYear: Int64(day.civil.month) == member + first
        case .hour: nil
        }
    }

    /// Where the numbers are found, given the date of a metric or list.
    ///
    /// - Throws: `Advice` when there is no date, or the date has no hours.
    func path(_ date: Column?, of thing: String) throws -> ColumnPath {
        guard let date else {
            throw Advice(
                .request, "\(thing) has no date, so there is no \(rawValue)",
                remedy: "leave ‘\(rawValue)’ out, or ask for a metric that has a date")
        }
        if self == .hour, date.type == .day {
            throw Advice(
                .request, "\(thing) counts by ‘\(date.name)’, which holds days without hours",
                remedy: "use weekday, or a metric whose date is a moment")
        }
        return ColumnPath(date.name).deriving(derivation)
    }

    /// The dimension of that name, unless a model has a column that is called so.
    init?(_ name: String, models: some Sequence<Model>) {
        guard let part = CalendarPart(rawValue: name),
            models.allSatisfy({ $0.column(name) == nil })
        else { return nil }
        self = part
    }

    /// Checks that metrics can be split or narrowed by it.
    func check(_ base: PlannedBase, _ schema: Schema) throws {
        guard base.base.course == nil else {
            throw Advice(
                .request,
                "metric ‘\(base.name)’ follows rows over time, so that it has no \(rawValue)",
                remedy: "leave ‘\(rawValue)’ out")
        }
        let model = try schema.model(base.base.model)
        _ = try path(base.base.date.flatMap(model.column), of: "metric ‘\(base.name)’")
        switch base.base.accumulation {
        case nil, .trailing?: return
        case .always?, .standing?, .year?, .period?:
            throw Advice(
                .request,
                "metric ‘\(base.name)’ adds up the days before each step, so that it has no "
                    + rawValue,
                remedy: "leave ‘\(rawValue)’ out")
        }
    }
}

extension PlannedDimension {
    init(_ part: CalendarPart, models: [Model]) {
        self.init(
            name: part.rawValue, label: part.label,
            groups: Dictionary(uniqueKeysWithValues: models.map { ($0.name, .calendar(part)) }),
            labels: part.labels, definition: nil, type: .integer, nameColumn: nil)
    }

    /// The part of the calendar that it is.
    var part: CalendarPart? {
        guard case .calendar(let part)? = groups.values.first else { return nil }
        return part
    }
}
