import Vocabulary

/// The days that a question is about, which conditions may name.
struct AskedDays: Hashable {
    /// The day on which the question is asked.
    let today: LocalDay
    /// The first day of the period.
    let start: LocalDay
    /// The last day of the period, or today while the period is not over.
    let end: LocalDay

    init(_ period: Period, today: LocalDay) {
        self.today = today
        start = period.start
        end = period.contains(today) ? today : period.last
    }

    /// Days at which conditions are only checked for sense.
    static let any = AskedDays(
        Period(.day, containing: LocalDay(number: 0)), today: LocalDay(number: 0))
}

/// A day as a condition names it: a date, or one that follows from the question.
///
/// ```
/// day  = date | ("today" | "period-start" | "period-end") [("+" | "-") days]
/// ```
struct RelativeDay: Hashable {
    private enum Base: String, CaseIterable {
        case today
        case start = "period-start"
        case end = "period-end"
    }

    private let base: Base?
    /// Days after the base, or since 1970 without one.
    private let days: Int

    /// Nil when the text has another form.
    init?(_ text: String) {
        if let day = LocalDay(text) {
            (base, days) = (nil, Int(day.number))
            return
        }
        guard let base = Base.allCases.first(where: { text.hasPrefix($0.rawValue) }) else {
            return nil
        }
        self.base = base
        let rest = text.dropFirst(base.rawValue.count).filter { $0 != " " }
        guard !rest.isEmpty else {
            days = 0
            return
        }
        guard let sign = rest.first, sign == "+" || sign == "-",
            let count = Int(rest.dropFirst()), (0...36_600).contains(count)
        else { return nil }
        days = sign == "+" ? count : -count
    }

    /// Whether it moves with the period, so that a comparison has a day of its own.
    var followsPeriod: Bool { base == .start || base == .end }

    /// The day that is meant.
    func day(_ asked: AskedDays) -> LocalDay {
        switch base {
        case .today: asked.today.adding(days: days)
        case .start: asked.start.adding(days: days)
        case .end: asked.end.adding(days: days)
        case nil: LocalDay(number: Int32(clamping: days))
        }
    }
}
