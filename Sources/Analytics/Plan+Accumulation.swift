import Vocabulary

/// How rows of many days become what they add up to at the end of each step.
///
/// The days read are cut into bands, so that every step ends with a band, and every start of a new
/// sum begins one. The value of a step is the sum of the bands since the last start up to its end.
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

    init(
        _ accumulation: BaseMetric.Accumulation, over span: Period, by grain: Grain?,
        in calendar: FiscalCalendar
    ) throws {
        let starts = grain.map { span.steps(of: $0, in: calendar) } ?? [span.start]
        ends = starts.isEmpty ? [] : starts.dropFirst() + [span.end]
        let first: LocalDay
        var begins: Set<LocalDay> = []
        switch accumulation {
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
    }

    /// The bands of one step of a span alone.
    init(
        _ accumulation: BaseMetric.Accumulation, of step: Period, in span: Period,
        today: LocalDay, _ calendar: FiscalCalendar
    ) throws {
        let before = try Period(from: span.start, upTo: step.end)
        let own = try PlannedAccumulation(accumulation, over: before, by: nil, in: calendar)
        ends = own.ends
        restarts = own.restarts
        guard step.start > today else {
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

    static func sum(_ left: Int128?, _ right: Int128?) -> Int128? {
        guard let left, let right else { return left ?? right }
        return left + right
    }
}
