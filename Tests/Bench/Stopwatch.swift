import Foundation

/// Processor time and percentiles.
enum Stopwatch {
    /// Seconds of processor time that this process has used so far, all threads together.
    static var processorSeconds: Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

    /// Seconds of processor time that the calling thread has used so far.
    static var threadSeconds: Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        let code = unsafe clock_gettime(clock, &time)
        precondition(code == 0, "Linux has this clock")
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds of processor time of the programs that this process has run to their end.
    static var childSeconds: Double {
        var usage = rusage()
        let code = unsafe getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        precondition(code == 0, "every process has these figures")
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
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
