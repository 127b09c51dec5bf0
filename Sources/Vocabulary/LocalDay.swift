/// A day of the Gregorian calendar, without a zone: days since 1970-01-01.
public struct LocalDay: Sendable, Hashable, Comparable, Strideable {
    /// Days since 1970-01-01.
    public let number: Int32

    /// 1 January of the year 1.
    public static let earliest = LocalDay(number: -719_162)
    /// 31 December of the year 9999.
    public static let latest = LocalDay(number: 2_932_896)

    /// Makes the day that many days after 1970-01-01.
    public init(number: Int32) { self.number = number }

    /// Makes a day from its date; nil when there is no such day.
    ///
    /// Civil-from-days and days-from-civil after Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms".
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (-5_000_000...5_000_000).contains(year),
            (1...Self.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        self.number = Self.number(year: year, month: month, day: day)
    }

    private static func number(year: Int, month: Int, day: Int) -> Int32 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Reads `2026-06-30`; nil for anything else and for days that do not exist.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Year, month (1–12) and day (1–31).
    public var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// Days in a month of a year.
    public static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the week after ISO 8601: Monday 1 to Sunday 7.
    public var isoWeekday: Int { (Int(number) % 7 + 7 + 3) % 7 + 1 }

    /// The year and number of the ISO 8601 week that the day lies in.
    public var isoWeek: (year: Int, week: Int) {
        let thursday = adding(days: 4 - isoWeekday)
        let year = thursday.civil.year
        let first = LocalDay(number: Self.number(year: year, month: 1, day: 1))
        return (year, (Int(thursday.number) - Int(first.number)) / 7 + 1)
    }

    /// The day that many days later (earlier when negative).
    public func adding(days: Int) -> LocalDay { LocalDay(number: number + Int32(days)) }

    /// The same day of the month that many months later, or the month's last day if it is shorter.
    public func adding(months: Int) -> LocalDay {
        let (year, month, day) = civil
        let index = year * 12 + month - 1 + months
        let newYear = index >= 0 ? index / 12 : (index - 11) / 12
        let newMonth = index - newYear * 12 + 1
        let newDay = min(day, Self.length(ofMonth: newMonth, year: newYear))
        return LocalDay(number: Self.number(year: newYear, month: newMonth, day: newDay))
    }

    /// Days from here to another day.
    public func distance(to other: LocalDay) -> Int { Int(other.number) - Int(number) }

    /// The day `n` days on.
    public func advanced(by n: Int) -> LocalDay { adding(days: n) }

    /// Earlier before later.
    public static func < (left: LocalDay, right: LocalDay) -> Bool { left.number < right.number }
}

extension LocalDay: CustomStringConvertible {
    /// ISO 8601: `2026-06-30`.
    public var description: String {
        let (year, month, day) = civil
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let digits = String(year.magnitude)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(year < 0 ? "-" : "")\(padded)-\(two(month))-\(two(day))"
    }
}
