import Synchronization

/// How many rows of a source were read or changed lately, in steps of five seconds.
struct Throughput: Sendable {
    private static let step = Duration.seconds(5)
    /// One minute.
    private static let steps = 12

    private let origin: ContinuousClock.Instant
    /// Counts by the number of their step; those of the last minute only.
    private var counts: [Int: Int] = [:]
    private var firstStep: Int?

    init(at origin: ContinuousClock.Instant) { self.origin = origin }

    private func step(at now: ContinuousClock.Instant) -> Int {
        Int(origin.duration(to: now) / Self.step)
    }

    mutating func add(_ rows: Int, at now: ContinuousClock.Instant) {
        guard rows > 0 else { return }
        let step = step(at: now)
        firstStep = firstStep ?? step
        counts[step, default: 0] += rows
        if counts.count > Self.steps { counts = counts.filter { $0.key > step - Self.steps } }
    }

    /// Rows per second over the last minute, or since the first ones if that is less.
    func perSecond(at now: ContinuousClock.Instant) -> Double {
        guard let firstStep else { return 0 }
        let step = step(at: now)
        let rows = counts.reduce(0) { $1.key > step - Self.steps ? $0 + $1.value : $0 }
        return Double(rows) / (Double(min(Self.steps, step - firstStep + 1)) * 5)
    }
}

/// Counts the rows of a source by what it tells of its work.
final class ThroughputMeter: Sendable {
    private struct State {
        var throughput = Throughput(at: .now)
        /// Rows of tables that are being read, as told last.
        var loaded: [String: Int] = [:]
        var isLoading = false
    }

    private let state = Mutex(State())

    /// Rows per second over the last minute.
    var perSecond: Double { state.withLock { $0.throughput.perSecond(at: .now) } }

    /// Counts the rows of what happened.
    func count(_ event: IngestEvent) {
        state.withLock { state in
            switch event {
            case .loading(let table):
                state.isLoading = true
                state.loaded[table] = 0
            case .loaded(let table, let rows):
                state.throughput.add(rows - (state.loaded[table] ?? 0), at: .now)
                state.loaded[table] = max(rows, state.loaded[table] ?? 0)
            case .loadFinished, .following: state.isLoading = false
            case .committed(let transactions, let changes):
                // Rows of a table that is read as a whole have been counted when they were read.
                if transactions > 0 || !state.isLoading {
                    state.throughput.add(changes, at: .now)
                }
            default: break
            }
        }
    }
}
