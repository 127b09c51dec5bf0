import Vocabulary

/// The local day that was met last, with its bounds in UTC: for neighbouring rows of one zone the
/// day code then costs two comparisons.
struct LocalDayRange {
    private let zone: Zone
    private var first = Int64.max
    private var end = Int64.min
    private var day = Int64(0)

    init(zone: Zone) { self.zone = zone }

    /// The day code of an instant in microseconds, missing for a missing one.
    mutating func code(of microseconds: Int64) -> Int64 {
        if microseconds >= first, microseconds < end { return day }
        if microseconds == NumberVector.missing { return NumberVector.missing }
        day = LocalDayCode.of(microseconds, zone)
        enter(around: Instant(microseconds: microseconds))
        return day
    }

    /// Keeps the bounds of the present day, unless the clocks change in it.
    private mutating func enter(around instant: Instant) {
        let microsecondsPerSecond = Int64(1_000_000)
        let secondsPerDay = Int64(86_400)
        let offset = Int64(zone.offset(at: instant))
        let start = day * secondsPerDay - offset
        let isPlain = [start, start + secondsPerDay / 2, start + secondsPerDay - 1].allSatisfy {
            zone.offset(at: Instant(seconds: $0)) == Int(offset)
        }
        let (low, lowOverflow) = start.multipliedReportingOverflow(by: microsecondsPerSecond)
        let (high, highOverflow) = (start + secondsPerDay)
            .multipliedReportingOverflow(by: microsecondsPerSecond)
        (first, end) =
            isPlain && !lowOverflow && !highOverflow ? (low, high) : (Int64.max, Int64.min)
    }
}
