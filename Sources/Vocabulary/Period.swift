/// A span of local days, from `start` up to but not including `end`.
public struct Period: Sendable, Hashable {
    /// The first day.
    public let start: LocalDay
    /// The day after the last.
    public let end: LocalDay

    /// Makes a period.
    ///
    /// - Throws: `Advice` when it would end before it begins.
    public init(from start: LocalDay, upTo end: LocalDay) throws {
        guard start <= end else {
            throw Advice(
                .request,
                "the period ends on \(end.adding(days: -1)), before it begins on \(start)",
                remedy: "exchange the two dates")
        }
        self.start = start
        self.end = end
    }

    init(unchecked start: LocalDay, _ end: LocalDay) {
        self.start = start
        self.end = end
    }

    /// The step of a grain that a day lies in.
    public init(
        _ grain: Grain, containing day: LocalDay, in calendar: FiscalCalendar = .calendarYears
    ) {
        let start = grain.start(of: day, in: calendar)
        self.init(unchecked: start, grain.next(after: start, in: calendar))
    }

    /// The last day; for an empty period the day before `start`.
    public var last: LocalDay { end.adding(days: -1) }
    /// How many days it has.
    public var days: Int { start.distance(to: end) }
    /// Whether a day lies in it.
    public func contains(_ day: LocalDay) -> Bool { start <= day && day < end }

    /// The instants from the first moment of the first day to the first moment after the last.
    public func instants(in zone: Zone) -> Range<Instant> {
        zone.start(of: start)..<zone.start(of: end)
    }

    /// The steps of a grain that touch the period, in order; first and last may reach beyond it.
    public func steps(
        of grain: Grain, in calendar: FiscalCalendar = .calendarYears
    ) -> [LocalDay] {
        var steps: [LocalDay] = []
        var step = grain.start(of: start, in: calendar)
        while step < end {
            steps.append(step)
            step = grain.next(after: step, in: calendar)
        }
        return steps
    }

    /// The grain whose single step, or whole number of steps, the period is; the coarsest one.
    public var wholeGrain: Grain? {
        guard days > 0 else { return nil }
        return [Grain.year, .quarter, .month, .week].first {
            $0.start(of: start) == start && $0.start(of: end) == end
        }
    }

    /// The part that lies before a day, and the whole if the period ends earlier.
    public func clipped(before day: LocalDay) -> Period {
        Period(unchecked: start, max(start, min(end, day)))
    }
}

extension Period: CustomStringConvertible {
    /// First and last day: `2026-01-01 – 2026-01-31`, or the single day.
    public var description: String { days == 1 ? "\(start)" : "\(start) – \(last)" }
}
