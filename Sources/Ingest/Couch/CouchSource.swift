public import Store
import Synchronization
public import Vocabulary

/// A CouchDB server whose databases are followed: all documents once, then every change.
///
/// Restart is exact: rows and the sequences they go up to are written in one commit. `run()` keeps
/// going over broken connections, restarts of the server, expired logins and databases that are made
/// anew; what needs a person (a wrong password, a missing right) ends it with `Advice`.
///
/// Safe from any thread. One of `catchUp()` and `run()` at a time.
public final class CouchSource: FollowedSource {
    /// How often `catchUp()` tries again when a connection breaks.
    private static let attempts = 3

    /// The source's definition.
    public let definition: SourceDefinition
    private let address: CouchAddress
    private let store: Store
    private let clock: WallClock
    private let timing: CouchTiming
    private let sleep: @Sendable (Duration) async throws -> Void
    private let gauge: SourceGauge

    /// Names a source and where it is.
    ///
    /// - Parameters:
    ///   - definition: The mapping; of kind `couchdb`.
    ///   - connection: The server's address, `http://user:password@host:5984`; with `?auth=basic` the
    ///     name is shown with each request instead of for a cookie.
    ///   - store: Where the rows go.
    ///   - clock: What time it is.
    ///   - sleep: How to wait between two attempts.
    ///   - log: Told of what happens, from threads of the source.
    /// - Throws: `Advice` when the address cannot be read (it is not repeated), or when the mapping
    ///   needs a model that the definitions lack.
    public convenience init(
        definition: SourceDefinition, connection: String, store: Store,
        clock: WallClock = .system,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws {
        try self.init(
            definition: definition, connection: connection, store: store, clock: clock,
            timing: CouchTiming(), sleep: sleep, log: log)
    }

    init(
        definition: SourceDefinition, connection: String, store: Store, clock: WallClock,
        timing: CouchTiming, sleep: @escaping @Sendable (Duration) async throws -> Void,
        log: @escaping @Sendable (IngestEvent) -> Void
    ) throws {
        guard definition.kind == .couchdb else {
            throw Advice(
                .definition, "source ‘\(definition.name)’ is not of kind couchdb",
                remedy: "write ‘kind: couchdb’ into its mapping, or give it files instead of a "
                    + "connection", at: definition.place)
        }
        try Self.checkLedger(definition, store.schema)
        self.definition = definition
        self.address = try CouchAddress(connection, source: definition.name)
        self.store = store
        self.clock = clock
        self.timing = timing
        self.sleep = sleep
        self.gauge = SourceGauge(
            definition, store: store, clock: clock, quiet: timing.stall,
            shown: { CouchPosition($0)?.shown }, log: log)
    }

    /// Tables whose rows are not named by `_id` need a place to note which document gave which row.
    private static func checkLedger(_ definition: SourceDefinition, _ schema: Schema) throws {
        guard let table = definition.tables.first(where: { !$0.isNamedByDocument }) else { return }
        let columns = schema.models[CouchLedger.model]?.columns.map(\.name)
        guard columns != CouchLedger.columns else { return }
        throw Advice(
            .definition,
            "table ‘\(table.name)’ has a key other than _id, and there is no model "
                + "‘\(CouchLedger.model)’ to note which document gave which row",
            remedy: "add it to queries/models with the text columns "
                + CouchLedger.columns.joined(separator: ", "), at: table.place)
    }

    /// How the source is doing.
    public var status: SourceStatus { gauge.status }

    /// Checks every requirement on the server, changing nothing.
    ///
    /// - Returns: What was found, problems first.
    /// - Throws: `CancellationError`.
    public func check() async throws -> [Finding] {
        let client: CouchClient
        do {
            client = try CouchClient(address, timing: timing)
        } catch let advice as Advice {
            return [
                Finding(.problem, advice.happened, fix: advice.remedy, kind: advice.kind)
            ]
        }
        do {
            let findings = try await CouchPreflight(
                definition: definition, client: client, store: store
            ).findings()
            await client.close()
            return findings
        } catch {
            await client.close()
            throw error
        }
    }

    /// Reads all documents if that has not been done, then the changes up to the server's present
    /// state.
    ///
    /// - Parameter reloading: Reads all documents again; only differences are committed.
    /// - Throws: `Advice`; `CancellationError` when the task is cancelled.
    public func catchUp(reloading: Bool = false) async throws {
        let writer = makeWriter()
        var backoff = Backoff()
        for attempt in 1... {
            do {
                try await withSession(writer) { try await $0.readUp(reloading: reloading) }
                gauge.note {
                    $0.state = .idle
                    $0.lastError = nil
                }
                return
            } catch {
                // What the store could not take is gone from a load, too.
                if error is Advice { await writer.abandon() }
                let advice = try passing(error)
                guard attempt < Self.attempts, [.unreachable, .busy].contains(advice.kind) else {
                    await writer.abandon()
                    gauge.refuse(advice)
                    throw advice
                }
                try await wait(backoff.next(), after: advice)
            }
        }
    }

    /// Reads all documents if that has not been done, then follows the changes until the task is
    /// cancelled; then it returns.
    ///
    /// - Parameter reloading: Reads all documents again first; only differences are committed.
    /// - Throws: `Advice` when a person has to act.
    public func run(reloading: Bool = false) async throws {
        let writer = makeWriter()
        let progress = CouchProgress(reloading: reloading)
        var backoff = Backoff()
        while !Task.isCancelled {
            let (began, position) = (ContinuousClock.now, store.position(of: definition.name)?.text)
            do {
                try await withSession(writer) { session in
                    try await session.readUp(reloading: progress.reloads)
                    progress.reachedFeed()
                    try await session.follow { progress.heard() }
                }
            } catch is CancellationError {
                break
            } catch {
                if Task.isCancelled { break }
                if error is Advice { await writer.abandon() }
                let advice = advice(for: error)
                let mayPass: Set<Advice.Kind> = [.unreachable, .busy, .storage, .unknown]
                guard mayPass.contains(advice.kind) else {
                    await writer.abandon()
                    gauge.refuse(advice)
                    throw advice
                }
                if store.position(of: definition.name)?.text != position
                    || began.duration(to: .now) > Backoff.memory
                {
                    backoff = Backoff()
                }
                if Self.isOrderly(error), progress.takeOrderly() { continue }
                do { try await wait(backoff.next(), after: advice) } catch { break }
            }
        }
        await writer.abandon()
        gauge.note { $0.state = .idle }
    }

    /// Whether an error only says that everything is to be looked at again.
    private static func isOrderly(_ error: any Error) -> Bool {
        switch error {
        case CouchFailure.feedEnded, CouchFailure.databaseChanged: true
        default: false
        }
    }

    private func makeWriter() -> CouchWriter {
        CouchWriter(
            definition: definition, store: store, clock: clock, timing: timing,
            log: gauge.tell, report: gauge.note)
    }

    private func withSession(
        _ writer: CouchWriter, _ body: (CouchSession) async throws -> Void
    ) async throws {
        let client = try CouchClient(address, timing: timing)
        let following: CouchClient
        do {
            following = try CouchClient(address, timing: timing, isFollowing: true)
        } catch {
            await client.close()
            throw error
        }
        let session = CouchSession(
            definition: definition, client: client, following: following, writer: writer,
            timing: timing, log: gauge.tell, report: gauge.note)
        do {
            try await body(session)
        } catch {
            await client.close()
            await following.close()
            throw error
        }
        await client.close()
        await following.close()
    }

    private func wait(_ time: Duration, after advice: Advice) async throws {
        gauge.wait(time, after: advice)
        try await sleep(time)
    }

    private func passing(_ error: any Error) throws -> Advice {
        if error is CancellationError || Task.isCancelled {
            gauge.note { $0.state = .idle }
            throw CancellationError()
        }
        return advice(for: error)
    }

    private func advice(for error: any Error) -> Advice {
        switch error {
        case let advice as Advice: advice
        case let failure as CouchFailure:
            failure.advice(source: definition.name, address: address)
        default:
            Advice(
                .input, "source ‘\(definition.name)’ could not be read",
                remedy: "it is tried again at the next start; if this repeats, report it",
                cause: "\(error)")
        }
    }
}

/// How far a source that is followed got, between its attempts.
private final class CouchProgress: Sendable {
    private struct Content {
        var reloads: Bool
        var orderly = 0
    }

    private let content: Mutex<Content>

    init(reloading: Bool) { content = Mutex(Content(reloads: reloading)) }

    /// Whether everything is still to be read again.
    var reloads: Bool { content.withLock { $0.reloads } }

    func reachedFeed() { content.withLock { $0.reloads = false } }

    func heard() { content.withLock { $0.orderly = 0 } }

    /// Whether an orderly end may be followed by an attempt at once: not twice without a sign of
    /// life between, or a feed that always ends would be asked for without a pause.
    func takeOrderly() -> Bool {
        content.withLock { content in
            content.orderly += 1
            return content.orderly == 1
        }
    }
}
