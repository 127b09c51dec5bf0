/// The days on which payments in euro are settled: those of TARGET, the system of the European Central
/// Bank.
///
/// It is closed on Saturdays, Sundays, New Year's Day, Good Friday, Easter Monday, 1 May, 25 and
/// 26 December, in every country alike. So it is since 2002 (decision of the ECB of 14 December 2000); in
/// 1999 it was open on Good Friday, Easter Monday, 1 May and 26 December, and closed on 31 December
/// 1999 and 2001.
public enum BankingDay {
    /// Whether payments are settled on a day.
    public static func isOpen(_ day: LocalDay) -> Bool {
        guard day.isoWeekday <= 5 else { return false }
        let (year, month, number) = day.civil
        switch (month, number) {
        case (1, 1), (12, 25): return false
        case (5, 1), (12, 26): return year == 1999
        case (12, 31): return year != 1999 && year != 2001
        default: break
        }
        if year == 1999 { return true }
        let easter = LocalDay.easter(of: year)
        return day != easter.adding(days: -2) && day != easter.adding(days: 1)
    }

    /// The first such day from a day on, which may be that day.
    public static func first(from day: LocalDay) -> LocalDay {
        var found = day
        while !isOpen(found) { found = found.adding(days: 1) }
        return found
    }

    /// The last such day up to a day, which may be that day.
    public static func last(upTo day: LocalDay) -> LocalDay {
        var found = day
        while !isOpen(found) { found = found.adding(days: -1) }
        return found
    }
}
