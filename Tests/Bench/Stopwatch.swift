import Foundation

/// Processor time and percentiles.
enum Stopwatch {
    /// Seconds of processor time that this process has used so far, all threads together.
    static var processorSeconds: Double {
        var time = timespec()
        let code = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        precondition(code == 0, "Linux has this clock")
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The seconds that work takes on the clock.
    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The seconds that work which does not wait takes on the clock.
    static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The value below or at which a share of the values lies (nearest rank).
    static func quantile(_ share: Double, of values: [Double]) -> Double {
        precondition(!values.isEmpty, "no values, no quantile")
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }

    /// The value in the middle.
    static func median(_ values: [Double]) -> Double { quantile(0.5, of: values) }
}
