/// Days on which the businesses of a country rest.
///
/// A day is a business day when it is no weekend day and no holiday. Which holidays there are is read
/// from `queries/holidays.yaml` (`HolidayBook`), so that a new law needs no new program.
public struct HolidayCalendar: Sendable, Hashable {
    /// One holiday of a country, year after year.
    struct Rule: Sendable, Hashable {
        /// How its day is found.
        enum Date: Sendable, Hashable {
            /// The same day of each year.
            case fixed(month: Int, day: Int)
            /// So many days after Easter Sunday.
            case easter(Int)
            /// The nth of a weekday (1 is Monday) in a month.
            case weekday(Int, nth: Int, month: Int)
            /// The days that were published, as of holidays that the moon decides.
            case published([LocalDay])
        }

        let name: String
        let date: Date
        /// The first and last year of it.
        let years: ClosedRange<Int>
        /// It comes every so many years, from the first one on.
        let every: Int
        /// What follows when it falls on a weekday (1 is Monday).
        let instead: [Int: Substitute]
    }

    /// Which day is a holiday when another falls on a weekend.
    enum Substitute: Sendable, Hashable {
        /// So many days later; earlier when negative. The day itself is none then.
        case moved(Int)
        /// The next day that is neither weekend nor holiday; the day itself remains one.
        case next
    }

    /// ISO 3166 two-letter code, as companies have.
    public let country: String
    /// The days of the week that are no business days; 1 is Monday.
    let weekend: Set<Int>
    let rules: [Rule]
    /// The holidays of `prepared`, looked up often.
    private let names: [LocalDay: String]
    private static let prepared = 1990...2100

    init(country: String, weekend: Set<Int>, rules: [Rule]) {
        self.country = country
        self.weekend = weekend
        self.rules = rules
        var names: [LocalDay: String] = [:]
        for year in Self.prepared {
            names.merge(Self.holidays(of: year, rules, weekend), uniquingKeysWith: { $1 })
        }
        self.names = names
    }

    /// The holiday that a day is; nil for any other day.
    public func holiday(on day: LocalDay) -> String? {
        let year = day.civil.year
        if Self.prepared.contains(year) { return names[day] }
        return Self.holidays(of: year, rules, weekend)[day]
    }

    /// Whether businesses work on a day.
    public func isBusinessDay(_ day: LocalDay) -> Bool {
        !weekend.contains(day.isoWeekday) && holiday(on: day) == nil
    }

    /// The holidays of a year whose days are not in the file, for they have to be published first.
    public func unpublished(in year: Int) -> [String] {
        rules.compactMap { rule in
            guard case .published(let days) = rule.date, rule.years.contains(year),
                !days.contains(where: { $0.civil.year == year })
            else { return nil }
            return rule.name
        }
    }

    /// The holidays of a year.
    ///
    /// Substitutes are found when all days are known, in the order of the calendar, so that of two
    /// holidays in a row each has one of its own. A day moved or added across New Year counts with the
    /// year of the holiday; none of the rules that we know does so.
    private static func holidays(
        of year: Int, _ rules: [Rule], _ weekend: Set<Int>
    ) -> [LocalDay: String] {
        var names: [LocalDay: String] = [:]
        var substituted: [(day: LocalDay, name: String)] = []
        for rule in rules where rule.applies(in: year) {
            for day in rule.days(in: year) {
                switch rule.instead[day.isoWeekday] {
                case .moved(let days)?: names[day.adding(days: days)] = rule.name
                case .next?:
                    names[day] = rule.name
                    substituted.append((day, rule.name))
                case nil: names[day] = rule.name
                }
            }
        }
        for (day, name) in substituted.sorted(by: { $0.day < $1.day }) {
            var next = day.adding(days: 1)
            while weekend.contains(next.isoWeekday) || names[next] != nil {
                next = next.adding(days: 1)
            }
            names[next] = name
        }
        return names
    }
}

extension HolidayCalendar.Rule {
    fileprivate func applies(in year: Int) -> Bool {
        years.contains(year) && (year - years.lowerBound) % every == 0
    }

    fileprivate func days(in year: Int) -> [LocalDay] {
        switch date {
        case .fixed(let month, let day):
            return [LocalDay(year: year, month: month, day: day)].compactMap(\.self)
        case .easter(let days): return [LocalDay.easter(of: year).adding(days: days)]
        case .weekday(let weekday, let nth, let month):
            guard let first = LocalDay(year: year, month: month, day: 1) else { return [] }
            return [first.adding(days: (weekday - first.isoWeekday + 7) % 7 + (nth - 1) * 7)]
        case .published(let days): return days.filter { $0.civil.year == year }
        }
    }
}

extension LocalDay {
    /// Easter Sunday of the western churches.
    ///
    /// The rule of Meeus, Jones and Butcher for the Gregorian calendar.
    public static func easter(of year: Int) -> LocalDay {
        let (golden, century, rest) = (year % 19, year / 100, year % 100)
        let moon = (century - (century + 8) / 25 + 1) / 3
        let epact = (19 * golden + century - century / 4 - moon + 15) % 30
        let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7
        let late = (golden + 11 * epact + 22 * weekday) / 451
        let days = epact + weekday - 7 * late + 114
        guard let easter = LocalDay(year: year, month: days / 31, day: days % 31 + 1) else {
            preconditionFailure("Easter is in March or April")
        }
        return easter
    }
}
