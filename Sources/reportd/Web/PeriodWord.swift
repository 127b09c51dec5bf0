import Reports
import Vocabulary

/// What periods are called in pickers and lists.
///
/// A period that a definition names by its days is written as everywhere else; one of a fiscal year
/// with a number (`FY2026-Q2`) is a code that its readers know.
enum PeriodWord: String, Sendable, Hashable, TranslatedWord {
    case today, yesterday
    case thisWeek = "this-week"
    case lastWeek = "last-week"
    case thisMonth = "this-month"
    case lastMonth = "last-month"
    case thisQuarter = "this-quarter"
    case lastQuarter = "last-quarter"
    case thisYear = "this-year"
    case lastYear = "last-year"
    case weekToDate = "week-to-date"
    case monthToDate = "month-to-date"
    case quarterToDate = "quarter-to-date"
    case yearToDate = "year-to-date"
    case thisFiscalMonth = "this-fiscal-month"
    case lastFiscalMonth = "last-fiscal-month"
    case thisFiscalQuarter = "this-fiscal-quarter"
    case lastFiscalQuarter = "last-fiscal-quarter"
    case thisFiscalYear = "this-fiscal-year"
    case lastFiscalYear = "last-fiscal-year"
    case fiscalMonthToDate = "fiscal-month-to-date"
    case fiscalQuarterToDate = "fiscal-quarter-to-date"
    case fiscalYearToDate = "fiscal-year-to-date"
    /// A number of steps; `#` is the number.
    case lastDays = "last-days"
    case lastWeeks = "last-weeks"
    case lastMonths = "last-months"
    case nextDays = "next-days"
    case nextWeeks = "next-weeks"
    case nextMonths = "next-months"

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .today: ("Today", "I dag", "Vandaag", "Leo")
        case .yesterday: ("Yesterday", "I går", "Gisteren", "Jana")
        case .thisWeek: ("This week", "Denne uge", "Deze week", "Wiki hii")
        case .lastWeek: ("Last week", "Sidste uge", "Vorige week", "Wiki iliyopita")
        case .thisMonth: ("This month", "Denne måned", "Deze maand", "Mwezi huu")
        case .lastMonth: ("Last month", "Sidste måned", "Vorige maand", "Mwezi uliopita")
        case .thisQuarter: ("This quarter", "Dette kvartal", "Dit kwartaal", "Robo mwaka hii")
        case .lastQuarter:
            ("Last quarter", "Sidste kvartal", "Vorig kwartaal", "Robo mwaka iliyopita")
        case .thisYear: ("This year", "I år", "Dit jaar", "Mwaka huu")
        case .lastYear: ("Last year", "Sidste år", "Vorig jaar", "Mwaka uliopita")
        case .weekToDate: ("Week to date", "Ugen til dato", "Week tot heden", "Wiki hadi leo")
        case .monthToDate:
            ("Month to date", "Måneden til dato", "Maand tot heden", "Mwezi hadi leo")
        case .quarterToDate:
            ("Quarter to date", "Kvartalet til dato", "Kwartaal tot heden", "Robo mwaka hadi leo")
        case .yearToDate: ("Year to date", "År til dato", "Jaar tot heden", "Mwaka hadi leo")
        case .thisFiscalMonth:
            (
                "This fiscal month", "Denne regnskabsmåned", "Deze boekmaand",
                "Mwezi huu wa mwaka wa fedha"
            )
        case .lastFiscalMonth:
            (
                "Last fiscal month", "Sidste regnskabsmåned", "Vorige boekmaand",
                "Mwezi uliopita wa mwaka wa fedha"
            )
        case .thisFiscalQuarter:
            (
                "This fiscal quarter", "Dette regnskabskvartal", "Dit boekkwartaal",
                "Robo hii ya mwaka wa fedha"
            )
        case .lastFiscalQuarter:
            (
                "Last fiscal quarter", "Sidste regnskabskvartal", "Vorig boekkwartaal",
                "Robo iliyopita ya mwaka wa fedha"
            )
        case .thisFiscalYear:
            ("This fiscal year", "Dette regnskabsår", "Dit boekjaar", "Mwaka huu wa fedha")
        case .lastFiscalYear:
            ("Last fiscal year", "Sidste regnskabsår", "Vorig boekjaar", "Mwaka wa fedha uliopita")
        case .fiscalMonthToDate:
            (
                "Fiscal month to date", "Regnskabsmåneden til dato", "Boekmaand tot heden",
                "Mwezi wa mwaka wa fedha hadi leo"
            )
        case .fiscalQuarterToDate:
            (
                "Fiscal quarter to date", "Regnskabskvartalet til dato", "Boekkwartaal tot heden",
                "Robo ya mwaka wa fedha hadi leo"
            )
        case .fiscalYearToDate:
            (
                "Fiscal year to date", "Regnskabsår til dato", "Boekjaar tot heden",
                "Mwaka wa fedha hadi leo"
            )
        case .lastDays: ("Last # days", "Seneste # dage", "Afgelopen # dagen", "Siku # zilizopita")
        case .lastWeeks:
            ("Last # weeks", "Seneste # uger", "Afgelopen # weken", "Wiki # zilizopita")
        case .lastMonths:
            ("Last # months", "Seneste # måneder", "Afgelopen # maanden", "Miezi # iliyopita")
        case .nextDays: ("Next # days", "Næste # dage", "Komende # dagen", "Siku # zijazo")
        case .nextWeeks: ("Next # weeks", "Næste # uger", "Komende # weken", "Wiki # zijazo")
        case .nextMonths: ("Next # months", "Næste # måneder", "Komende # maanden", "Miezi # ijayo")
        }
    }

    /// What a period is called.
    static func name(of period: PeriodName, in locale: ReportLocale) -> String {
        let text = period.description
        if let word = PeriodWord(rawValue: text) { return word.text(in: locale) }
        if let days = period.days { return locale.period(days) }
        let parts = text.split(separator: "-").map(String.init)
        if parts.count == 3, let word = PeriodWord(rawValue: "\(parts[0])-\(parts[2])") {
            return word.text(in: locale, parts[1])
        }
        return text
    }
}

/// What there is to choose in pickers, beside periods and what definitions name.
enum ChoiceWord: String, Sendable, Hashable, TranslatedWord {
    case allCompanies
    case previousPeriod = "previous-period"
    case lastYear = "last-year"
    case sameWeekday = "same-weekday"
    case noComparison = "none"
    case byDay, byWeek, byMonth, byQuarter, byYear
    case table

    /// English, Danish, Dutch, Swahili.
    var translations: Translations {
        switch self {
        case .allCompanies:
            ("All companies", "Alle virksomheder", "Alle bedrijven", "Kampuni zote")
        case .previousPeriod:
            ("Previous period", "Forrige periode", "Vorige periode", "Kipindi kilichotangulia")
        case .lastYear:
            (
                "Same period last year", "Samme periode sidste år", "Zelfde periode vorig jaar",
                "Kipindi hicho mwaka uliopita"
            )
        case .sameWeekday:
            (
                "Same weekdays last year", "Samme ugedage sidste år", "Zelfde weekdagen vorig jaar",
                "Siku zilezile za wiki mwaka uliopita"
            )
        case .noComparison: ("Nothing", "Intet", "Niets", "Bila kulinganisha")
        case .byDay: ("By day", "Pr. dag", "Per dag", "Kwa siku")
        case .byWeek: ("By week", "Pr. uge", "Per week", "Kwa wiki")
        case .byMonth: ("By month", "Pr. måned", "Per maand", "Kwa mwezi")
        case .byQuarter: ("By quarter", "Pr. kvartal", "Per kwartaal", "Kwa robo mwaka")
        case .byYear: ("By year", "Pr. år", "Per jaar", "Kwa mwaka")
        case .table: ("Table", "Tabel", "Tabel", "Jedwali")
        }
    }

    /// What figures can be held against, and what choosing it sends.
    static let comparisons: [ChoiceWord] = [
        .previousPeriod, .lastYear, .sameWeekday, .noComparison,
    ]

    /// The steps of time that may be chosen.
    static let steps: [(grain: Grain, word: ChoiceWord)] = [
        (.day, .byDay), (.week, .byWeek), (.month, .byMonth), (.quarter, .byQuarter),
        (.year, .byYear),
    ]
}
