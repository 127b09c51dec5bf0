import Vocabulary

/// A cron line: minute, hour, day of the month, month, day of the week.
///
/// A day is chosen as cron does it: when both day fields are restricted, either suffices; a field
/// that begins with `*` leaves the choice to the other. What plain cron leaves open follows DOMAIN
/// §11:
///
/// * Times are local. A time that the clocks skip is shifted by the gap, and a time that comes twice
///   is meant at its first coming. So no scheduled time is lost and none runs twice.
/// * Two scheduled times that fall on one instant (02:30, shifted, and 03:30) are one run, which
///   bears the name of the time that the clocks show then.
/// * A written day 29–31 is the last day in months that are shorter.
///
/// Calendar facts used below: clocks never skip more than one day, so a scheduled time falls on its
/// own day or the next; and every line allows some day within `horizonDays`.
struct Cron: Sendable, Hashable, CustomStringConvertible {
    /// The line as written, with single spaces.
    let description: String
    private let minute: CronField
    private let hour: CronField
    private let day: CronField
    private let month: CronField
    private let weekday: CronField

    /// The rarest line is a weekday on one date (`0 0 */31 2 MON`): at most 12 years around 2100.
    private static let horizonDays = 12 * 366

    /// Reads a line.
    ///
    /// - Throws: `Advice` that quotes the field and says what is legal there.
    init(_ text: String) throws {
        let fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5 else {
            throw Advice(
                .definition, "‘\(text)’ has \(fields.count) fields, and a cron line has five",
                remedy: "write minute, hour, day, month and weekday, as 30 7 * * MON")
        }
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        day = try CronField(fields[2], .day)
        month = try CronField(fields[3], .month)
        weekday = try CronField(fields[4], .weekday)
        description = fields.joined(separator: " ")
    }

    /// The first run after an instant.
    func next(after instant: Instant, in zone: Zone) -> Occurrence {
        let first = zone.day(of: instant).adding(days: -1)
        for day in first..<first.adding(days: Self.horizonDays) {
            let own = runs(on: day, in: zone).filter { $0.instant > instant }
            guard !own.isEmpty else { continue }
            // A time shifted out of this day may meet or overtake one of the next day.
            let following = runs(on: day.adding(days: 1), in: zone).filter { $0.instant > instant }
            if let earliest = (own + following).min(by: Self.isBefore) { return earliest }
        }
        preconditionFailure("cron line ‘\(self)’ allows no day")
    }

    /// The last run after one instant and not after another; nil when there is none between them.
    func latest(after start: Instant, through end: Instant, in zone: Zone) -> Occurrence? {
        // Where clocks were set back over midnight, times of tomorrow's date have already been.
        var day = zone.day(of: end).adding(days: 1)
        let first = zone.day(of: start).adding(days: -1)
        func isWithin(_ run: Occurrence) -> Bool { run.instant > start && run.instant <= end }
        while day >= first {
            let own = runs(on: day, in: zone).filter(isWithin)
            let before = runs(on: day.adding(days: -1), in: zone).filter(isWithin)
            day = day.adding(days: -1)
            guard !own.isEmpty, let instant = (own + before).map(\.instant).max() else { continue }
            return (own + before).filter { $0.instant == instant }.min(by: Self.isBefore)
        }
        return nil
    }

    /// The runs from an instant up to but not including another, in order.
    func occurrences(from start: Instant, to end: Instant, in zone: Zone) -> [Occurrence] {
        guard start < end else { return [] }
        let days = zone.day(of: start).adding(days: -1)...zone.day(of: end).adding(days: 1)
        let all = days.flatMap { runs(on: $0, in: zone) }
            .filter { $0.instant >= start && $0.instant < end }
            .sorted(by: Self.isBefore)
        var found: [Occurrence] = []
        for run in all where run.instant != found.last?.instant { found.append(run) }
        return found
    }

    /// Earlier first; of two on one instant, the one that the clocks show then, which is the later.
    private static func isBefore(_ left: Occurrence, _ right: Occurrence) -> Bool {
        left.instant == right.instant ? left.local > right.local : left.instant < right.instant
    }

    private func runs(on day: LocalDay, in zone: Zone) -> [Occurrence] {
        guard allows(day) else { return [] }
        return hour.values.flatMap { hour in
            minute.values.map { minute in
                let local = LocalTime(day: day, secondOfDay: hour * 3600 + minute * 60)
                return Occurrence(local: local, instant: zone.instant(of: local))
            }
        }
    }

    private func allows(_ candidate: LocalDay) -> Bool {
        let (year, monthNumber, number) = candidate.civil
        guard month.contains(monthNumber) else { return false }
        let isLast = number == LocalDay.length(ofMonth: monthNumber, year: year)
        let fitsDay = day.contains(number) || (isLast && day.greatestWritten > number)
        let fitsWeekday = weekday.contains(candidate.isoWeekday % 7)
        return day.isOpen || weekday.isOpen ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
    }
}
