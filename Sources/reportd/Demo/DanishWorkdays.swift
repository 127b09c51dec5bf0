import Vocabulary

/// Days on which Danish offices are closed, and the times at which people work.
struct DanishWorkdays: Sendable {
    /// The companies' zone.
    let zone: Zone

    /// A public holiday, or one of the days that nearly everybody takes off.
    static func isHoliday(_ day: LocalDay) -> Bool {
        let (year, month, number) = day.civil
        switch (month, number) {
        case (1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31): return true
        default: break
        }
        // Maundy Thursday, Good Friday, Easter, Ascension Day, Whitsun.
        return [-3, -2, 0, 1, 39, 49, 50].contains(easter(of: year).distance(to: day))
    }

    /// How much of an ordinary day's business a day sees because of holidays.
    static func activity(on day: LocalDay) -> Double {
        if isHoliday(day) { return 0.2 }
        let (_, month, number) = day.civil
        if month == 12, number > 26 || number == 23 { return 0.5 }
        return 1
    }

    /// Whether offices are open.
    static func isWorkday(_ day: LocalDay) -> Bool { day.isoWeekday <= 5 && !isHoliday(day) }

    /// Easter Sunday ("Anonymous Gregorian algorithm", Nature, 20 April 1876).
    private static func easter(of year: Int) -> LocalDay {
        let golden = year % 19
        let (century, inCentury) = (year / 100, year % 100)
        let epact =
            (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30
        let weekday = (32 + 2 * (century % 4) + 2 * (inCentury / 4) - epact - inCentury % 4) % 7
        let shift = (golden + 11 * epact + 22 * weekday) / 451
        let month = (epact + weekday - 7 * shift + 114) / 31
        let number = (epact + weekday - 7 * shift + 114) % 31 + 1
        guard let day = LocalDay(year: year, month: month, day: number) else {
            preconditionFailure("Easter falls in March or April")
        }
        return day
    }

    /// A local time of a day as an instant, to the millisecond.
    func instant(_ day: LocalDay, hour: Double, _ random: inout DemoRandom) -> Instant {
        let second = min(86_399, max(0, Int(hour * 3600)))
        let start = zone.instant(of: LocalTime(day: day, secondOfDay: second))
        return Instant(microseconds: start.microseconds + Int64(random.integer(0...999)) * 1000)
    }

    /// When somebody in an office gets to do a thing that became possible at an instant.
    ///
    /// At least `days` days pass, and the moment lies after `earlier`.
    func officeMoment(
        days: Int, after earlier: Instant, _ random: inout DemoRandom
    ) -> Instant {
        let hour = random.number(8, 16.4)
        if days == 0 {
            let soon = earlier.adding(seconds: Int64(random.integer(180...14_400)))
            let local = zone.local(soon)
            let isOpen = (8 * 3600..<17 * 3600).contains(local.secondOfDay)
            if isOpen, Self.isWorkday(local.day) { return soon }
        }
        var day = zone.day(of: earlier).adding(days: days)
        if !Self.isWorkday(day) {
            // What a weekend brings is not all done on Monday.
            while !Self.isWorkday(day) { day = day.adding(days: 1) }
            day = day.adding(days: random.integer(0...2))
        }
        while true {
            if Self.isWorkday(day) {
                let moment = instant(day, hour: hour, &random)
                if moment > earlier { return moment }
            }
            day = day.adding(days: 1)
        }
    }
}
