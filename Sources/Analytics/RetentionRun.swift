import Store
import Vocabulary

/// In which steps the members of a period's cohorts had activity.
struct RetentionRun {
    let entries: Entries
    /// The days from which activity is known: up to the end of today.
    private let grain: Grain
    private let today: LocalDay
    private var active: [Reference: Set<LocalDay>] = [:]

    /// Reads the entries of a period, and the activity of `steps` steps after.
    init(
        _ rule: Entries.Rule, _ grain: Grain, _ period: Period, filters: [Filter],
        groups: [Group], steps: Int, today: LocalDay, _ reader: ScanReader
    ) throws {
        (self.grain, self.today) = (grain, today)
        entries = try Entries(
            rule, period, filters: filters, groups: groups, columns: [], reader)
        let last = Self.step(max(period.last, period.start), grain, after: steps + 1)
        let end = min(last, today.adding(days: 1))
        guard let member = rule.member, period.start < end, steps > 0 else { return }
        let date = ColumnPath(rule.date)
        let activity = try reader.scan(
            ScanRequest(
                model: rule.model,
                filters: [.days(date, Period(from: period.start, upTo: end))] + rule.filters,
                groups: [.value(ColumnPath(member)), .step(date, grain)], measures: [.count]))
        for row in activity.rows {
            guard case .reference(let reference) = row.key[0], case .number(let day) = row.key[1]
            else { continue }
            active[reference, default: []].insert(LocalDay(number: Int32(clamping: day)))
        }
    }

    /// The first day of a step so many steps after that of a day.
    static func step(_ day: LocalDay, _ grain: Grain, after count: Int) -> LocalDay {
        var start = grain.start(of: day)
        for _ in 0..<count { start = grain.next(after: start) }
        return start
    }

    /// Whether an entry had activity so many steps after its own; nil while that step lasts.
    func wasActive(_ entry: Entry, after count: Int) -> Bool? {
        let start = Self.step(entry.moment.day, grain, after: count)
        if count == 0 { return true }
        guard grain.next(after: start) <= today else { return nil }
        return entry.subject.flatMap { active[$0] }?.contains(start) ?? false
    }
}
