import Reports
import Vocabulary

/// When a schedule runs, as one would say it.
///
///     en    the 3rd business day of each month at 07:30, moved to the business day after holidays
///     da    den 3. arbejdsdag i hver måned kl. 07:30, flyttet til arbejdsdagen efter fridage
///
/// A cron line that says more than days of the week and a time is quoted.
struct TimingSentence: Sendable {
    let locale: ReportLocale

    private func say(_ english: String, _ danish: String, _ dutch: String, _ swahili: String)
        -> String
    {
        switch locale.language {
        case .english: english
        case .danish: danish
        case .dutch: dutch
        case .swahili: swahili
        }
    }

    /// The days, times and what becomes of holidays; without the zone.
    func words(_ timing: Timing) -> String {
        var text: String
        switch timing.days {
        case .cron(let cron): text = words(cron)
        case .rule(let rule, let times):
            text = words(rule) + at(times.map(Self.clock).joined(separator: ", "))
        }
        switch timing.shift {
        case .none: break
        case .previous:
            text += say(
                ", before holidays on the business day before",
                ", før fridage på arbejdsdagen inden", ", bij feestdagen op de werkdag ervoor",
                ", kabla ya sikukuu siku ya kazi iliyotangulia")
        case .next:
            text += say(
                ", after holidays on the business day after",
                ", efter fridage på den næste arbejdsdag", ", bij feestdagen op de werkdag erna",
                ", baada ya sikukuu siku ya kazi inayofuata")
        }
        return text
    }

    private func at(_ clocks: String) -> String {
        say(" at ", " kl. ", " om ", " saa ") + clocks
    }

    private static func clock(_ second: Int) -> String {
        String(LocalTime(day: LocalDay(number: 0), secondOfDay: second).clock.prefix(5))
    }

    // MARK: Cron lines

    private func words(_ cron: Cron) -> String {
        let fields = cron.description.split(separator: " ").map(String.init)
        guard let minute = Int(fields[0]), let hour = Int(fields[1]), fields[2] == "*",
            fields[3] == "*", let days = days(fields[4])
        else {
            return say(
                "by the cron line ‘#’", "efter cron-linjen ‘#’", "volgens de cronregel ‘#’",
                "kwa mstari wa cron ‘#’"
            ).replacing("#", with: cron.description)
        }
        return days + at(Self.clock(hour * 3600 + minute * 60))
    }

    private func days(_ field: String) -> String? {
        if field == "*" { return say("every day", "hver dag", "elke dag", "kila siku") }
        if ["MON-FRI", "1-5"].contains(field.uppercased()) {
            return say(
                "Monday to Friday", "mandag til fredag", "maandag tot en met vrijdag",
                "Jumatatu hadi Ijumaa")
        }
        let names = CronField.Kind.weekday.names
        let numbers = field.uppercased().split(separator: ",").map { part in
            names.firstIndex(of: String(part)) ?? Int(part).map { $0 % 7 }
        }
        let known = numbers.compactMap(\.self)
        guard known.count == numbers.count else { return nil }
        let list = known.map { weekday($0 == 0 ? 7 : $0) }.joined(separator: ", ")
        return say("every \(list)", "hver \(list)", "elke \(list)", "kila \(list)")
    }

    /// A weekday's name; 1 is Monday.
    func weekday(_ number: Int) -> String {
        let names =
            switch locale.language {
            case .english:
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            case .danish: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"]
            case .dutch:
                ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]
            case .swahili:
                [
                    "Jumatatu", "Jumanne", "Jumatano", "Alhamisi", "Ijumaa", "Jumamosi", "Jumapili",
                ]
            }
        return names[number - 1]
    }

    // MARK: Rules

    private func words(_ rule: DayRule) -> String {
        switch rule.form {
        case .weeks(let weeks, let first):
            let day = locale.day(first)
            return weeks == 1
                ? say(
                    "every week from \(day)", "hver uge fra \(day)", "elke week vanaf \(day)",
                    "kila wiki kuanzia \(day)")
                : say(
                    "every \(weeks) weeks from \(day)", "hver \(weeks). uge fra \(day)",
                    "elke \(weeks) weken vanaf \(day)", "kila wiki \(weeks) kuanzia \(day)")
        case .nth(let number, let counted, let grain):
            return nth(number, thing(counted), grain)
        }
    }

    private func thing(_ counted: DayRule.Counted) -> String {
        switch counted {
        case .days: say("day", "dag", "dag", "siku")
        case .businessDays: say("business day", "arbejdsdag", "werkdag", "siku ya kazi")
        case .weekday(let number): weekday(number)
        }
    }

    private func nth(_ number: Int, _ thing: String, _ grain: Grain) -> String {
        let step = self.step(grain)
        if number == -1 {
            return say(
                "the last \(thing) of each \(step)", "den sidste \(thing) i \(step)",
                "de laatste \(thing) van \(step)", "\(thing) ya mwisho ya kila \(step)")
        }
        if number < 0 {
            return say(
                "the \(Self.ordinal(-number)) \(thing) from the end of each \(step)",
                "den \(-number). sidste \(thing) i \(step)",
                "de \(-number)e \(thing) voor het einde van \(step)",
                "\(thing) ya \(-number) kutoka mwisho wa kila \(step)")
        }
        return say(
            "the \(Self.ordinal(number)) \(thing) of each \(step)",
            "den \(number). \(thing) i \(step)", "de \(number)e \(thing) van \(step)",
            "\(thing) ya \(number) ya kila \(step)")
    }

    /// A step of time; in Danish and Dutch with the word for each, which goes by gender.
    func step(_ grain: Grain) -> String {
        switch grain {
        case .day: say("day", "hver dag", "elke dag", "siku")
        case .week: say("week", "hver uge", "elke week", "wiki")
        case .month: say("month", "hver måned", "elke maand", "mwezi")
        case .quarter: say("quarter", "hvert kvartal", "elk kwartaal", "robo mwaka")
        case .year: say("year", "hvert år", "elk jaar", "mwaka")
        case .fiscalMonth:
            say("fiscal month", "hver regnskabsmåned", "elke boekmaand", "mwezi wa fedha")
        case .fiscalQuarter:
            say(
                "fiscal quarter", "hvert regnskabskvartal", "elk boekkwartaal",
                "robo mwaka ya fedha")
        case .fiscalYear:
            say("fiscal year", "hvert regnskabsår", "elk boekjaar", "mwaka wa fedha")
        }
    }

    private static func ordinal(_ number: Int) -> String {
        let ending =
            switch (number % 100, number % 10) {
            case (11...13, _): "th"
            case (_, 1): "st"
            case (_, 2): "nd"
            case (_, 3): "rd"
            default: "th"
            }
        return "\(number)\(ending)"
    }
}
