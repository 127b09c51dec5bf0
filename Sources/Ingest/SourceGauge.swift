import Store
import Synchronization
import Vocabulary

/// How a source is doing, as it notes it while it works; read from any thread.
///
/// The lag is measured when something is heard of the server. While the source is followed and the
/// server is heard as often as it has to be, that is the lag; in all other cases what has happened
/// there since is not known, so that it grows with the clock.
final class SourceGauge: Sendable {
    private let clock: WallClock
    private let quiet: Int64
    private let log: @Sendable (IngestEvent) -> Void
    private let meter = ThroughputMeter()
    private let state: Mutex<SourceStatus>
    /// How many rows of each table that is being read as a whole were told to be put aside.
    private let toldAside = Mutex<[String: Int]>([:])
    /// A log needs no more of a flood of them than its beginning; the status counts them.
    private static let mostAside = 1000

    /// Begins with what the store knows.
    ///
    /// For `quiet` nothing need be heard of a server that is followed and well; `shown` gives the form
    /// of a stored position that people see.
    init(
        _ definition: SourceDefinition, store: Store, clock: WallClock, quiet: Duration,
        shown: (String) -> String?, log: @escaping @Sendable (IngestEvent) -> Void
    ) {
        self.clock = clock
        self.quiet = Int64(quiet.seconds * 1e6)
        self.log = log
        var status = SourceStatus(name: definition.name)
        if let position = store.position(of: definition.name) {
            status.position = shown(position.text) ?? position.text
            status.sourceTime = position.sourceTime
            // At least up to its newest change that is here, the source is complete.
            if let time = position.sourceTime { status.measureLag(0, at: time) }
        }
        state = Mutex(status)
    }

    /// How the source is doing now.
    var status: SourceStatus {
        var status = state.withLock { $0 }
        status.rowsPerSecond = meter.perSecond
        guard let lag = status.lagSeconds, let measured = status.lagMeasured else { return status }
        let since = clock.now().microseconds - measured.microseconds
        if status.state != .following || since > quiet {
            status.lagSeconds = lag + Double(max(0, since)) / 1e6
        }
        return status
    }

    /// Notes how the source is doing.
    func note(_ change: (inout SourceStatus) -> Void) { state.withLock { change(&$0) } }

    /// Takes what happens, counts its rows and hands it on.
    func tell(_ event: IngestEvent) {
        meter.count(event)
        if isWorthTelling(event) { log(event) }
    }

    private func isWorthTelling(_ event: IngestEvent) -> Bool {
        toldAside.withLock { told in
            switch event {
            case .loading(let table): told[table] = 0
            case .loadFinished, .following: told = [:]
            case .quarantined(let table, _, _):
                guard let count = told[table] else { return true }
                told[table] = count + 1
                return count < Self.mostAside
            default: break
            }
            return true
        }
    }

    /// Notes that the source waits before its next attempt.
    func wait(_ time: Duration, after advice: Advice) {
        note {
            $0.state = .waiting
            $0.lastError = advice
        }
        tell(.reconnecting(seconds: time.seconds, reason: advice.description))
    }

    /// Notes that a person has to act.
    func refuse(_ advice: Advice) {
        note {
            $0.state = .refused
            $0.lastError = advice
        }
    }
}

extension SourceStatus {
    /// Notes by how much our copy was behind at a moment.
    mutating func measureLag(_ seconds: Double, at now: Instant) {
        lagSeconds = seconds
        lagMeasured = now
    }
}
