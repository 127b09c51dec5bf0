import Vocabulary

/// One due run of a schedule.
///
/// The scheduled local time names it for good: where clocks skip that time, the run is due later
/// (`instant`), but its name and its period stay those of the scheduled time (DOMAIN §11).
struct Occurrence: Sendable, Hashable {
    /// The scheduled time on the clocks of the schedule's zone.
    let local: LocalTime
    /// When it is due.
    let instant: Instant
}

extension LocalTime {
    /// Reads `2026-06-30T07:30` or `2026-06-30T07:30:00`; nil for anything else.
    init?(_ text: String) {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2, let day = LocalDay(halves[0]) else { return nil }
        let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        let isClock = parts.allSatisfy { part in
            part.utf8.count == 2 && part.utf8.allSatisfy { (48...57).contains($0) }
        }
        guard isClock, (2...3).contains(parts.count) else { return nil }
        let numbers = parts.compactMap { Int($0) } + (parts.count == 2 ? [0] : [])
        guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
        self.init(day: day, secondOfDay: numbers[0] * 3600 + numbers[1] * 60 + numbers[2])
    }
}
