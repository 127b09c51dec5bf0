import Vocabulary

/// Which days a schedule runs on, as accountants say it.
///
///     days: {business-day: last, of: month}       # Friday 30 October 2026
///     days: {business-day: 3, of: fiscal-quarter} # three business days after the close
///     days: {day: 31, of: month}                  # the last day where a month is shorter
///     days: {friday: 2, of: month}
///     days: {weeks: 2, from: 2026-01-05}          # every other Monday
///
/// Numbers count from the first day of the step, negative ones back from its last (`last` is -1).
/// Where a step has fewer such days, it is the last or first of them: no step is left out.
struct DayRule: Sendable, Hashable, CustomStringConvertible {
    /// What is counted.
    enum Counted: Sendable, Hashable {
        case days, businessDays
        /// One weekday; 1 is Monday.
        case weekday(Int)
    }

    /// The ways of naming days.
    enum Form: Sendable, Hashable {
        case nth(Int, Counted, of: Grain)
        case weeks(Int, from: LocalDay)
    }

    /// As written, in one spelling.
    let description: String
    let form: Form
    private let calendar: FiscalCalendar
    /// The days on which businesses rest, where business days are counted.
    let holidays: HolidayCalendar?

    /// Days within which every rule has a day: the longest step is a year.
    static let horizonDays = 3 * 366

    /// The first day that there can be; nil when the rule has no beginning.
    var beginning: LocalDay? {
        if case .weeks(_, let first) = form { first } else { nil }
    }

    /// Whether the rule allows a day.
    func allows(_ day: LocalDay) -> Bool {
        switch form {
        case .weeks(let weeks, let first):
            return day >= first && first.distance(to: day) % (weeks * 7) == 0
        case .nth(let number, let counted, let grain):
            let start = grain.start(of: day, in: calendar)
            let end = grain.next(after: start, in: calendar)
            return number > 0
                ? nth(number, counted, of: start..<end) == day
                : nth(-number, counted, of: (start..<end).reversed()) == day
        }
    }

    /// The nth of the days that count, or the last of them when there are fewer.
    private func nth(
        _ number: Int, _ counted: Counted, of days: some Sequence<LocalDay>
    ) -> LocalDay? {
        var (found, last) = (0, LocalDay?.none)
        for day in days where isCounted(day, counted) {
            (found, last) = (found + 1, day)
            if found == number { break }
        }
        return last
    }

    private func isCounted(_ day: LocalDay, _ counted: Counted) -> Bool {
        switch counted {
        case .days: true
        case .businessDays: holidays?.isBusinessDay(day) ?? (day.isoWeekday < 6)
        case .weekday(let weekday): day.isoWeekday == weekday
        }
    }
}

extension DayRule {
    private static let weekdays = DefinitionNode.weekdays
    private static let units: [Grain] = [
        .week, .month, .quarter, .year, .fiscalMonth, .fiscalQuarter, .fiscalYear,
    ]

    /// Reads `days:` of a schedule.
    ///
    /// - Parameters:
    ///   - node: The mapping.
    ///   - calendar: How the schedule's companies divide their years; called for fiscal steps only.
    ///   - holidays: The days on which businesses rest; called for business days only.
    /// - Throws: `Advice` with file, line and the nearest legal name.
    init(
        _ node: DefinitionNode, calendar: () throws -> FiscalCalendar,
        holidays: () throws -> HolidayCalendar
    ) throws {
        let fields = try node.mapping(
            allowing: ["day", "business-day", "of", "weeks", "from"] + Self.weekdays)
        let counted = (["day", "business-day", "weeks"] + Self.weekdays).filter {
            fields.optional($0) != nil
        }
        guard let word = counted.first, counted.count == 1 else {
            throw node.advice(
                counted.isEmpty
                    ? "nothing says which days are meant"
                    : "days are named twice, by \(counted.joined(separator: " and "))",
                remedy: "write one of ‘day: 1’, ‘business-day: last’ and ‘friday: 2’ with ‘of: "
                    + "month’, or ‘weeks: 2’ with ‘from: 2026-01-05’")
        }
        if word == "weeks" {
            let weeks = try fields.required("weeks").integer(in: 1...53)
            let start = try fields.required("from")
            let text = try start.string()
            guard let first = LocalDay(text) else {
                throw start.advice("‘\(text)’ is no day", remedy: "write it as 2026-01-05")
            }
            try Self.refuse("of", in: fields, beside: "weeks")
            form = .weeks(weeks, from: first)
            self.calendar = .calendarYears
            self.holidays = nil
            description = "every \(weeks) weeks from \(first)"
            return
        }
        try Self.refuse("from", in: fields, beside: word)
        let numberNode = try fields.required(word)
        let number = try Self.number(numberNode)
        let unitNode = try fields.required("of")
        let unit = try Self.unit(unitNode)
        self.calendar =
            unit.isFiscal ? try unitNode.reading { _ in try calendar() } : .calendarYears
        switch word {
        case "day": form = .nth(number, .days, of: unit)
        case "business-day": form = .nth(number, .businessDays, of: unit)
        default:
            form = .nth(
                number, .weekday((Self.weekdays.firstIndex(of: word) ?? 0) + 1), of: unit)
        }
        self.holidays =
            word == "business-day" ? try numberNode.reading { _ in try holidays() } : nil
        description = "\(word) \(number) of \(unit.rawValue)"
    }

    private static func refuse(
        _ name: String, in fields: DefinitionMapping, beside word: String
    ) throws {
        guard let node = fields.optional(name) else { return }
        throw node.advice("‘\(name)’ does not go with ‘\(word)’", remedy: "remove it")
    }

    private static func number(_ node: DefinitionNode) throws -> Int {
        if try node.string() == "last" { return -1 }
        let number = try node.integer(in: -366...366)
        guard number != 0 else {
            throw node.advice(
                "there is no day 0", remedy: "count from 1, or from -1 back from the end")
        }
        return number
    }

    private static func unit(_ node: DefinitionNode) throws -> Grain {
        let text = try node.string()
        if let unit = Grain(rawValue: text), units.contains(unit) { return unit }
        throw node.advice(
            "‘\(text)’ is not a step of time",
            remedy: Spelling.remedy(for: text, legal: units.map(\.rawValue)))
    }
}
