import Vocabulary

/// When a schedule runs: days, times of day, and the zone whose clocks are meant.
///
/// What a rule leaves open follows DOMAIN §11:
///
/// * Times are local. A time that the clocks skip is shifted by the gap, and a time that comes twice
///   is meant at its first coming. So no scheduled time is lost and none runs twice.
/// * A day on which businesses rest may be shifted to the business day before or after it. The run
///   keeps the name and the period of the day that it was planned for.
/// * Two scheduled times that fall on one instant (02:30, shifted, and 03:30; Saturday's and Sunday's,
///   shifted, and Monday's) are one run, which bears the name of the latest of them.
///
/// Calendar facts used below: clocks never skip more than one day, and no country rests for more than
/// `longestRest` days in a row, so a scheduled time falls within `reach` days of its own.
struct Timing: Sendable, Hashable, CustomStringConvertible {
    /// The days, with their times.
    enum Days: Sendable, Hashable {
        /// As a cron line allows.
        case cron(Cron)
        /// By a rule, each at these times, in seconds since midnight.
        case rule(DayRule, at: [Int])
    }

    /// What becomes of a run on a day on which businesses rest.
    enum Shift: String, Sendable, Hashable, CaseIterable {
        case none
        case previous = "previous-business-day"
        case next = "next-business-day"
    }

    let days: Days
    /// The zone whose clocks are meant.
    let zone: Zone
    let shift: Shift
    /// The days on which businesses rest; needed for shifting only.
    let holidays: HolidayCalendar?

    private static let longestRest = 20

    init(
        _ days: Days, in zone: Zone, shift: Shift = .none, holidays: HolidayCalendar? = nil
    ) {
        precondition(shift == .none || holidays != nil, "shifting needs to know business days")
        self.days = days
        self.zone = zone
        self.shift = shift
        self.holidays = holidays
    }

    /// As written, in one spelling: while it stays the same, planning goes on where it stands.
    var description: String {
        var text: String
        switch days {
        case .cron(let cron): text = cron.description
        case .rule(let rule, let times):
            text = "\(rule) at " + times.map(Self.clock).joined(separator: ", ")
        }
        if shift != .none { text += ", \(shift.rawValue) of \(holidays?.country ?? "")" }
        return "\(text) \(zone)"
    }

    /// A time of day as clocks show it: `07:30`.
    private static func clock(_ second: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return two(second / 3600) + ":" + two(second / 60 % 60)
    }

    /// The holidays that count and whose days in a year are not published yet.
    func unpublishedHolidays(in year: Int) -> [String] {
        var calendar = holidays
        if case .rule(let rule, _) = days { calendar = calendar ?? rule.holidays }
        return calendar?.unpublished(in: year) ?? []
    }

    /// The first run after an instant.
    func next(after instant: Instant) -> Occurrence {
        let today = zone.day(of: instant).adding(days: -reach)
        let first = beginning.map { max($0, today) } ?? today
        for day in first..<first.adding(days: horizon) {
            guard runs(on: day).contains(where: { $0.instant > instant }) else { continue }
            // A run shifted out of this day may meet or overtake those of the days after it.
            let near = (day...day.adding(days: 2 * reach)).flatMap { runs(on: $0) }
            let coming = near.filter { $0.instant > instant }
            if let earliest = coming.min(by: Self.isBefore) { return earliest }
        }
        preconditionFailure("‘\(self)’ allows no day")
    }

    /// The last run after one instant and not after another; nil when there is none between them.
    func latest(after start: Instant, through end: Instant) -> Occurrence? {
        // Where clocks were set back over midnight, times of tomorrow's date have already been.
        var day = zone.day(of: end).adding(days: reach)
        let first = zone.day(of: start).adding(days: -reach)
        func isWithin(_ run: Occurrence) -> Bool { run.instant > start && run.instant <= end }
        while day >= first {
            if runs(on: day).contains(where: isWithin) {
                let near = (day.adding(days: -2 * reach)...day).flatMap { runs(on: $0) }
                    .filter(isWithin)
                let last = near.map(\.instant).max()
                return near.filter { $0.instant == last }.min(by: Self.isBefore)
            }
            day = day.adding(days: -1)
        }
        return nil
    }

    /// The runs from an instant up to but not including another, in order.
    func occurrences(from start: Instant, to end: Instant) -> [Occurrence] {
        guard start < end else { return [] }
        let days =
            zone.day(of: start).adding(days: -reach)...zone.day(of: end).adding(days: reach)
        let all = days.flatMap { runs(on: $0) }
            .filter { $0.instant >= start && $0.instant < end }
            .sorted(by: Self.isBefore)
        var found: [Occurrence] = []
        for run in all where run.instant != found.last?.instant { found.append(run) }
        return found
    }

    /// The run that was planned for a time, or the one that it is the same as; nil when there is none.
    func run(plannedFor local: LocalTime) -> Occurrence? {
        guard let own = runs(on: local.day).first(where: { $0.local == local }) else { return nil }
        let near = (local.day.adding(days: -2 * reach)...local.day.adding(days: 2 * reach))
            .flatMap { runs(on: $0) }
        return near.filter { $0.instant == own.instant }.min(by: Self.isBefore)
    }

    /// Earlier first; of two on one instant, the one that was planned for later.
    private static func isBefore(_ left: Occurrence, _ right: Occurrence) -> Bool {
        left.instant == right.instant ? left.local > right.local : left.instant < right.instant
    }

    /// How many days a run may lie from the day that it was planned for.
    private var reach: Int { shift == .none ? 1 : Self.longestRest + 1 }

    private var horizon: Int {
        switch days {
        case .cron: Cron.horizonDays
        case .rule: DayRule.horizonDays
        }
    }

    private var beginning: LocalDay? {
        if case .rule(let rule, _) = days { rule.beginning } else { nil }
    }

    private func runs(on day: LocalDay) -> [Occurrence] {
        let times: [Int]
        switch days {
        case .cron(let cron): times = cron.times(on: day)
        case .rule(let rule, let written): times = rule.allows(day) ? written : []
        }
        guard !times.isEmpty else { return [] }
        let shifted = businessDay(for: day)
        return times.map { second in
            Occurrence(
                local: LocalTime(day: day, secondOfDay: second),
                instant: zone.instant(of: LocalTime(day: shifted, secondOfDay: second)))
        }
    }

    private func businessDay(for day: LocalDay) -> LocalDay {
        guard let holidays, shift != .none else { return day }
        var shifted = day
        for _ in 0..<Self.longestRest where !holidays.isBusinessDay(shifted) {
            shifted = shifted.adding(days: shift == .next ? 1 : -1)
        }
        return shifted
    }
}
