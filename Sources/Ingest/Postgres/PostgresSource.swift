public import Store
public import Vocabulary

/// A Postgres database that is read by logical replication: all rows once, then every change.
///
/// Restart is exact: rows and position are written in one commit, and the server is told a position
/// only after that. `run()` keeps going over broken connections and restarts of the server; what
/// needs a person (a missing right, a gap in the changes) ends it with `Advice`.
///
/// Safe from any thread. One of `catchUp()` and `run()` at a time.
public final class PostgresSource: Sendable {
    /// The source's definition.
    public let definition: SourceDefinition
    private let settings: ConnectionSettings
    private let slotName: String
    private let store: Store
    private let clock: WallClock
    private let timing: PostgresTiming
    private let sleep: @Sendable (Duration) async throws -> Void
    private let gauge: SourceGauge

    /// Names a source and where it is.
    ///
    /// - Parameters:
    ///   - definition: The mapping; of kind `postgres`.
    ///   - connection: A connection string, `postgresql://…` or `host=… dbname=…`.
    ///   - store: Where the rows go.
    ///   - clock: What time it is.
    ///   - slot: Name of the replication slot and the publication; two stores that read the same
    ///     database need two. `reportd_<source>` if not given.
    ///   - sleep: How to wait between two attempts.
    ///   - log: Told of what happens, on the source's own thread.
    /// - Throws: `Advice` when the connection string cannot be read; it is not repeated.
    public convenience init(
        definition: SourceDefinition, connection: String, store: Store,
        clock: WallClock = .system, slot: String? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws {
        try self.init(
            definition: definition, connection: connection, store: store, clock: clock, slot: slot,
            timing: PostgresTiming(), sleep: sleep, log: log)
    }

    init(
        definition: SourceDefinition, connection: String, store: Store, clock: WallClock,
        slot: String?, timing: PostgresTiming,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        log: @escaping @Sendable (IngestEvent) -> Void
    ) throws {
        guard definition.kind == .postgres else {
            throw Advice(
                .definition, "source ‘\(definition.name)’ is not of kind postgres",
                remedy: "give it files instead of a connection", at: definition.place)
        }
        self.definition = definition
        self.settings = try ConnectionSettings(connection, source: definition.name)
        self.slotName = try Self.slotName(slot, source: definition.name)
        self.store = store
        self.clock = clock
        self.timing = timing
        self.sleep = sleep
        self.gauge = SourceGauge(
            definition, store: store, clock: clock, quiet: timing.quiet,
            shown: { PostgresPosition($0)?.shown }, log: log)
    }

    private static func slotName(_ given: String?, source: String) throws -> String {
        let name = given ?? "reportd_" + source.replacing("-", with: "_")
        let isLegal = name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == 95
        }
        guard isLegal, (1...63).contains(name.utf8.count) else {
            throw Advice(
                .request, "‘\(name)’ is not a legal name of a replication slot",
                remedy: "use up to 63 lower-case letters, digits and _")
        }
        return name
    }

    /// How the source is doing.
    public var status: SourceStatus { gauge.status }

    /// Checks every requirement on the server, changing nothing.
    ///
    /// - Returns: What was found, problems first; each with the statement that mends it.
    /// - Throws: `Advice` when the server cannot be asked.
    public func check() async throws -> [Finding] {
        try await onOwnThread { session in try session.check() }
    }

    /// Reads all rows if that has not been done, then the changes up to the server's present state.
    ///
    /// Puts a mark into the server's log (`pg_logical_emit_message`) to know where to stop.
    ///
    /// - Parameter reloading: Reads all rows again; only differences are committed.
    /// - Throws: `Advice`; `CancellationError` when the task is cancelled.
    public func catchUp(reloading: Bool = false) async throws {
        do {
            var reloads = reloading
            var attempts = 0
            while true {
                let wanted = reloads
                attempts += 1
                do {
                    try await onOwnThread { try $0.run(.caughtUp, reloading: wanted) }
                    break
                } catch is TenantMoved {
                    reloads = true
                } catch let changed as SchemaChanged {
                    // A table that changed meanwhile is read anew, unless it never rests.
                    guard attempts < 3 else { throw advice(for: changed) }
                }
            }
            gauge.note { $0.state = .idle }
        } catch is CancellationError {
            gauge.note { $0.state = .idle }
            throw CancellationError()
        } catch {
            gauge.refuse(advice(for: error))
            throw error
        }
    }

    /// Reads all rows if that has not been done, then follows the changes until the task is
    /// cancelled; then it returns, and the server has released the slot.
    ///
    /// - Parameter reloading: Reads all rows again first; only differences are committed.
    /// - Throws: `Advice` when a person has to act.
    public func run(reloading: Bool = false) async throws {
        var backoff = Backoff()
        var reloads = reloading
        while true {
            let (began, position) = (ContinuousClock.now, store.position(of: definition.name)?.text)
            do {
                let wanted = reloads
                try await onOwnThread { session in
                    do {
                        try session.run(.forever, reloading: wanted)
                    } catch {
                        throw SessionEnd(cause: error, hadProgressed: session.hasProgressed)
                    }
                }
            } catch let end as SessionEnd {
                // Once the stream was reached, the load is done.
                if end.hadProgressed { reloads = false }
                // A server that fails each time at one place is asked less and less often.
                if store.position(of: definition.name)?.text != position
                    || began.duration(to: .now) > Backoff.memory
                {
                    backoff = Backoff()
                }
                if end.cause is CancellationError { break }
                if end.cause is TenantMoved {
                    reloads = true
                    continue
                }
                // The next session reads the table that changed, and goes on with the others.
                if end.cause is SchemaChanged, end.hadProgressed { continue }
                try await pause(after: end.cause, &backoff)
            } catch {
                if error is CancellationError { break }
                try await pause(after: error, &backoff)
            }
            if Task.isCancelled { break }
        }
        gauge.note { $0.state = .idle }
    }

    /// Removes the slot and the publication from the server, for a source that is read no longer.
    ///
    /// - Throws: `Advice` when the server refuses.
    public func retire() async throws {
        try await onOwnThread { try $0.retire() }
    }

    /// Waits before the next attempt, or throws what no attempt can mend.
    private func pause(after error: any Error, _ backoff: inout Backoff) async throws {
        let advice = self.advice(for: error)
        // A full disk may be emptied; until then nothing is acknowledged, so nothing is lost.
        guard [.unreachable, .busy, .storage].contains(advice.kind) else {
            gauge.refuse(advice)
            throw advice
        }
        let wait = backoff.next()
        gauge.wait(wait, after: advice)
        do {
            try await sleep(wait)
        } catch is CancellationError {
            // The loop sees that the task is cancelled, and returns.
        }
    }

    private func onOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        let interrupt = try Interrupt()
        do {
            return try await OwnThread.run(named: "ingest \(definition.name)", interrupt: interrupt)
            { [self] in
                try body(
                    PostgresSession(
                        definition: definition, settings: settings, slotName: slotName,
                        store: store, clock: clock, timing: timing, interrupt: interrupt,
                        log: gauge.tell, report: gauge.note))
            }
        } catch let end as SessionEnd {
            throw end
        } catch let moved as TenantMoved {
            throw moved
        } catch let changed as SchemaChanged {
            throw changed
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

/// Why a session ended, and whether it had reached the stream.
private struct SessionEnd: Error {
    let cause: any Error
    let hadProgressed: Bool
}

/// Waiting times that double from half a second to one minute.
///
/// Whoever got further than before, or went on for longer than `memory`, begins with a new one.
struct Backoff {
    static let memory = Duration.seconds(300)

    private var upcoming: Duration = .milliseconds(500)

    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, .seconds(60)) }
        return upcoming
    }
}
