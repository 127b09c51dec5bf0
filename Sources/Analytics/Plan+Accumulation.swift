import Vocabulary

/// How rows of many days become what they add up to at the end of each step.
///
/// The days read are cut into bands, so that every step ends with a band, and every start of a new
/// sum begins one. The value of a step is the sum of the bands since the last start up to its end; of
/// a trailing metric, the sum of those within the days that the step looks back on.
struct PlannedAccumulation: Hashable {
    /// The days that are read.
    let days: Period
    /// First days of the bands, without that of the first band.
    let bounds: [LocalDay]
    /// Bands at which the sum begins anew.
    let restarts: Set<Int>
    /// The days after the last ones of the steps.
    let ends: [LocalDay]
    /// The step that ends with a band, by band.
    let steps: [Int: Int]
    /// The band in which the only step begins, if that is still to come: then there is no sum of it
    /// unless rows are in it or behind it.
    private let opening: Int?
    /// The days that each step looks back on, nil for steps to come; empty unless it is trailing.
    let windows: [Period?]

    init(
        _ accumulation: BaseMetric.Accumulation, over span: Period, by grain: Grain?,
        in calendar: FiscalCalendar, today: LocalDay
    ) throws {
        let starts = grain.map { span.steps(of: $0, in: calendar) } ?? [span.start]
        let ends = starts.isEmpty ? [] : starts.dropFirst() + [span.end]
        self.ends = ends
        let first: LocalDay
        var begins: Set<LocalDay> = []
        switch accumulation {
        case .trailing(let span):
            let windows = try zip(starts, ends).map { start, end in
                span.window(try Period(from: start, upTo: max(start, end)), today: today)
            }
            let known = windows.compactMap { $0 }
            let (first, last) = (known.first?.start ?? today, known.last?.end ?? today)
            days = try Period(from: first, upTo: last)
            bounds = Set(known.flatMap { [$0.start, $0.end] }).subtracting([first, last]).sorted()
            (restarts, steps, opening) = ([], [:], nil)
            self.windows = windows
            return
        case .always, .standing: first = min(.earliest, span.start)
        case .period: first = span.start
        case .year:
            let last = (ends.first ?? span.end).adding(days: -1)
            first = Grain.fiscalYear.start(of: max(last, span.start), in: calendar)
            var start = Grain.fiscalYear.next(after: first, in: calendar)
            while start < span.end {
                begins.insert(start)
                start = Grain.fiscalYear.next(after: start, in: calendar)
            }
        }
        days = try Period(from: min(first, span.end), upTo: span.end)
        opening = nil
        let bounds = Set(ends.dropLast()).union(begins).sorted()
        self.bounds = bounds
        restarts = Set(bounds.indices.filter { begins.contains(bounds[$0]) }.map { $0 + 1 })
        steps = Dictionary(
            uniqueKeysWithValues: ends.enumerated().map { step, end in
                (bounds.firstIndex(of: end) ?? bounds.count, step)
            })
        windows = []
    }

    /// The bands of one step of a span alone.
    init(
        _ accumulation: BaseMetric.Accumulation, of step: Period, in span: Period,
        today: LocalDay, _ calendar: FiscalCalendar
    ) throws {
        let isTrailing: Bool
        if case .trailing = accumulation { isTrailing = true } else { isTrailing = false }
        let own = try PlannedAccumulation(
            accumulation,
            over: isTrailing ? step : try Period(from: span.start, upTo: step.end), by: nil,
            in: calendar, today: today)
        ends = own.ends
        restarts = own.restarts
        windows = own.windows
        guard !isTrailing, step.start > today else {
            (days, bounds, steps, opening) = (own.days, own.bounds, own.steps, nil)
            return
        }
        days = try Period(from: own.days.start, upTo: span.end)
        bounds = [step.start, step.end]
        (steps, opening) = ([1: 0], 1)
    }

    /// The sums at the ends of steps, from the numbers of bands that have rows.
    ///
    /// Steps that begin after `today` and have no rows, nor any later one, have no sum either.
    func folded(
        _ bands: [Int: [Int128?]], today: LocalDay,
        _ body: (_ step: Int, _ sums: [Int128?]) -> Void
    ) {
        if !windows.isEmpty { return slid(bands, body) }
        var sums: [Int128?]?
        let last = bands.keys.max() ?? 0
        var isKnown = opening.map { $0 <= last } ?? true
        for band in 0...bounds.count {
            if restarts.contains(band) { sums = nil }
            if let own = bands[band] {
                sums = sums.map { zip($0, own).map(Self.sum) } ?? own
            }
            if let step = steps[band] {
                if isKnown, let sums { body(step, sums) }
                isKnown = band < last || bounds.indices.contains(band) && bounds[band] <= today
            }
        }
    }

    /// The sums of windows, which begin and end ever later: bands are added as they come in and taken
    /// off as they fall out.
    private func slid(
        _ bands: [Int: [Int128?]], _ body: (_ step: Int, _ sums: [Int128?]) -> Void
    ) {
        let firstDays = [days.start] + bounds
        let present = bands.sorted { $0.key < $1.key }
        var (from, upTo) = (0, 0)
        var sums = [Int128](repeating: 0, count: present.first?.value.count ?? 0)
        func add(_ place: Int, _ sign: Int128) {
            for (slot, number) in present[place].value.enumerated() {
                sums[slot] += sign * (number ?? 0)
            }
        }
        for (step, window) in windows.enumerated() {
            guard let window else { continue }
            while upTo < present.count, firstDays[present[upTo].key] < window.end {
                add(upTo, 1)
                upTo += 1
            }
            while from < upTo, firstDays[present[from].key] < window.start {
                add(from, -1)
                from += 1
            }
            if from < upTo { body(step, sums) }
        }
    }

    static func sum(_ left: Int128?, _ right: Int128?) -> Int128? {
        guard let left, let right else { return left ?? right }
        return left + right
    }
}
