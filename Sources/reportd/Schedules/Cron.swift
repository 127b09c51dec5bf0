import Vocabulary

/// A cron line: minute, hour, day of the month, month, day of the week.
///
/// A day is chosen as cron does it: when both day fields are restricted, either suffices; a field
/// that begins with `*` leaves the choice to the other. What plain cron leaves open follows DOMAIN
/// §11: a written day 29–31 is the last day in months that are shorter. When the clocks change,
/// `Timing` decides.
struct Cron: Sendable, Hashable, CustomStringConvertible {
    /// The line as written, with single spaces.
    let description: String
    private let minute: CronField
    private let hour: CronField
    private let day: CronField
    private let month: CronField
    private let weekday: CronField

    /// Days within which every line allows some day: the rarest is a weekday on one date
    /// (`0 0 */31 2 MON`), with at most 12 years between around 2100.
    static let horizonDays = 12 * 366

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

    /// The times of a day on which it runs, in seconds since midnight on the clocks; none on days
    /// that the line does not allow.
    func times(on day: LocalDay) -> [Int] {
        guard allows(day) else { return [] }
        return hour.values.flatMap { hour in
            minute.values.map { minute in hour * 3600 + minute * 60 }
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
