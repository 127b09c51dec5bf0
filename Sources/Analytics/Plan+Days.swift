import Store
import Vocabulary

/// The members of a part of the calendar that a row of an answer stands for.
struct CalendarMembers: Hashable {
    let part: CalendarPart
    let members: Set<Int64>

    func contains(_ day: LocalDay) -> Bool {
        members.contains { part.contains(day, member: $0) ?? true }
    }
}

extension MetricPlan {
    /// The weekdays, days and months that members stand for; none where no formula counts days.
    func parts(of members: [PlanResult.Key]) -> [CalendarMembers] {
        guard metrics.contains(where: \.hasDays) else { return [] }
        return dimensions.enumerated().compactMap { index, dimension in
            dimension.part.map { part in
                CalendarMembers(
                    part: part,
                    members: Set(
                        members.compactMap { member in
                            guard case .number(let number) = member[index] else { return nil }
                            return number
                        }))
            }
        }
    }
}

extension PlannedSpans {
    /// How many days a formula counts at a place.
    ///
    /// `days(period)` are those of the step that lie in the period asked for, also where a comparison
    /// of an open period leaves days out; `days(elapsed)` are those up to today, and of what is
    /// compared with, as many as it is cut to. Of a weekday only its own days count.
    func days(_ span: DaySpan, at place: PlanEvaluation.Place) -> Int {
        guard let all = place.isBefore ? wholeBefore : whole else { return 0 }
        let known = (place.isBefore ? before ?? all : now).clipped(before: today.adding(days: 1))
        var (start, end) = (all.start, all.end)
        if let grain {
            let starts = place.isBefore ? stepsBefore : steps
            guard starts.indices.contains(place.step) else { return 0 }
            start = max(start, starts[place.step])
            end = min(end, grain.next(after: starts[place.step], in: calendar))
        }
        if span == .elapsed { end = min(end, known.end) }
        guard start < end else { return 0 }
        if place.parts.isEmpty { return start.distance(to: end) }
        return (start..<end).count { day in place.parts.allSatisfy { $0.contains(day) } }
    }
}
