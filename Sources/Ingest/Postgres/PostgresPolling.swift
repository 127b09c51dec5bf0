public import Store
import Synchronization
public import Vocabulary

/// A Postgres database that is polled, where replication is not permitted: all rows once, then every
/// so often those that were written since, and deletions at a longer interval.
///
/// It needs the right to read the mapped columns and nothing else, works on a standby and behind a
/// pool of connections, and leaves nothing on the server. No committed change is missed, however
/// late its transaction ended. A deletion, and the former key of a row whose key was changed, is seen
/// within the interval at which keys are compared.
///
/// Restart is exact: rows and position are written in one commit. `run()` keeps going over broken
/// connections; what needs a person ends it with `Advice`. A server that was moved, restored or
/// failed over is read again as a whole, and only differences are committed.
///
/// Safe from any thread. One of `catchUp()` and `run()` at a time.
public final class PostgresPolling: FollowedSource {
    /// The source's definition.
    public let definition: SourceDefinition
    private let settings: ConnectionSettings
    private let store: Store
    private let clock: WallClock
    private let intervals: PollingIntervals
    private let limits: PollingLimits
    private let sleep: @Sendable (Duration) async throws -> Void
    private let gauge: SourceGauge
    private let memory = Mutex(PollingMemory())

    /// How much of the time polls may take: after one that took a second, nine seconds pass.
    private static let pauses = 9
    /// How often a poll is begun anew because a table was rewritten while it was read.
    private static let attempts = 5

    /// Names a source and where it is.
    ///
    /// - Parameters:
    ///   - definition: The mapping; of kind `postgres`.
    ///   - connection: A connection string, `postgresql://…` or `host=… dbname=…`.
    ///   - store: Where the rows go.
    ///   - clock: What time it is.
    ///   - intervals: How often it is read.
    ///   - sleep: How to wait between two polls or attempts.
    ///   - log: Told of what happens, on the source's own thread.
    /// - Throws: `Advice` when the connection string cannot be read; it is not repeated.
    public convenience init(
        definition: SourceDefinition, connection: String, store: Store,
        clock: WallClock = .system, intervals: PollingIntervals = PollingIntervals(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws {
        try self.init(
            definition: definition, connection: connection, store: store, clock: clock,
            intervals: intervals, limits: PollingLimits(), sleep: sleep, log: log)
    }

    init(
        definition: SourceDefinition, connection: String, store: Store, clock: WallClock,
        intervals: PollingIntervals, limits: PollingLimits,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        log: @escaping @Sendable (IngestEvent) -> Void
    ) throws {
        guard definition.kind == .postgres else {
            throw Advice(
                .definition, "source ‘\(definition.name)’ is not of kind postgres",
                remedy: "leave ‘read: polling’ out", at: definition.place)
        }
        self.definition = definition
        self.settings = try ConnectionSettings(connection, source: definition.name)
        self.store = store
        self.clock = clock
        self.intervals = intervals
        self.limits = limits
        self.sleep = sleep
        // Of what happens between two polls nothing is heard.
        self.gauge = SourceGauge(
            definition, store: store, clock: clock, quiet: .zero,
            shown: { PollingPosition($0)?.shown }, log: log)
        gauge.note { $0.everySeconds = intervals.every.seconds }
    }

    /// How the source is doing; its lag is the time since the state of the server that was read.
    public var status: SourceStatus { gauge.status }

    /// Checks every requirement on the server, changing nothing.
    ///
    /// - Returns: What was found, problems first; each with the statement that mends it.
    /// - Throws: `Advice` when the server cannot be asked.
    public func check() async throws -> [Finding] {
        try await onOwnThread { session in try session.check() }
    }

    /// Polls once and compares all keys, so that the copy equals the server's present state.
    ///
    /// - Parameter reloading: Reads all rows again; only differences are committed.
    /// - Throws: `Advice`; `CancellationError` when the task is cancelled.
    public func catchUp(reloading: Bool = false) async throws {
        do {
            gauge.note { $0.state = .checking }
            memory.withLock { $0.comparedFully = nil }
            try await poll(reloading: reloading, comparing: true)
            gauge.note { $0.state = .idle }
        } catch is CancellationError {
            gauge.note { $0.state = .idle }
            throw CancellationError()
        } catch {
            let advice = advice(for: error)
            gauge.refuse(advice)
            throw advice
        }
    }

    /// Polls at the interval given until the task is cancelled; then it returns.
    ///
    /// - Parameter reloading: Reads all rows again first; only differences are committed.
    /// - Throws: `Advice` when a person has to act.
    public func run(reloading: Bool = false) async throws {
        var backoff = Backoff()
        var reloads = reloading
        gauge.note { $0.state = .checking }
        while !Task.isCancelled {
            let began = ContinuousClock.now
            var wait: Duration
            do {
                try await poll(reloading: reloads, comparing: false)
                reloads = false
                backoff = Backoff()
                let took = began.duration(to: .now)
                wait = max(intervals.every - took, took * Self.pauses)
            } catch {
                if error is CancellationError { break }
                wait = backoff.next()
                try note(error, retryingAfter: wait)
            }
            // The loop sees that the task is cancelled, and returns.
            try? await sleep(wait)
        }
        gauge.note { $0.state = .idle }
    }

    /// Reads one state of the server, or a later one if that could not be read as a whole.
    func poll(reloading: Bool, comparing: Bool) async throws {
        for _ in 0..<Self.attempts {
            do {
                try await onOwnThread { [self] session in
                    // A failed poll leaves nothing behind that the next one would rely on.
                    var kept = memory.withLock { $0 }
                    do {
                        try session.poll(&kept, reloading: reloading, comparing: comparing)
                    } catch {
                        memory.withLock { $0.parents = nil }
                        throw error
                    }
                    memory.withLock { [kept] in $0 = kept }
                }
                return
            } catch is RewrittenMeanwhile {
                continue
            }
        }
        throw Advice(
            .busy,
            "tables of source ‘\(definition.name)’ are rewritten each time they are read",
            remedy: "it is tried again by itself; look for what truncates or alters them so often")
    }

    /// Waits are for what may pass by itself; throws what a person has to mend.
    private func note(_ error: any Error, retryingAfter wait: Duration) throws {
        let advice = self.advice(for: error)
        guard [.unreachable, .busy, .storage].contains(advice.kind) else {
            gauge.refuse(advice)
            throw advice
        }
        gauge.wait(wait, after: advice)
    }

    private func onOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable (PollingSession) throws -> Value
    ) async throws -> Value {
        let interrupt = try Interrupt()
        do {
            return try await OwnThread.run(named: "poll \(definition.name)", interrupt: interrupt) {
                [self] in
                try body(
                    PollingSession(
                        definition: definition, settings: settings, store: store, clock: clock,
                        intervals: intervals, limits: limits, interrupt: interrupt,
                        log: gauge.tell, report: gauge.note))
            }
        } catch let again as RewrittenMeanwhile {
            throw again
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw advice(for: error)
        }
    }

    private func advice(for error: any Error) -> Advice {
        definition.advice(for: error, target: settings.target)
    }
}
