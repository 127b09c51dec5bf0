import Store
import Synchronization
import Vocabulary

@testable import Ingest
@testable import SourceSystems

extension SourceHarness {
    /// A source with quick timers, read in one way or the other.
    func source(
        _ way: ReadingWay, definition: SourceDefinition? = nil
    ) throws -> any FollowedSource {
        switch way {
        case .replication: try source(definition: definition)
        case .polling: try polling(definition: definition)
        }
    }

    /// A source that is polled without rest, or as often as said; `sleep` is the longest wait.
    func polling(
        user: String = "postgres", definition: SourceDefinition? = nil,
        connection: String? = nil, store: Store? = nil,
        intervals: PollingIntervals = PollingIntervals(
            every: .milliseconds(5), reconcile: .milliseconds(50)),
        limits: PollingLimits = PollingLimits(), sleep: Duration? = nil
    ) throws -> PostgresPolling {
        try PostgresPolling(
            definition: definition ?? self.definition,
            connection: connection ?? ScratchCluster.shared.connection(database, user: user),
            store: store ?? self.store, clock: Self.clock, intervals: intervals, limits: limits,
            sleep: { try await Task.sleep(for: min($0, sleep ?? $0)) },
            log: { event in self.events.withLock { $0.append(event) } })
    }

    /// A polled source that compares keys only when it has to.
    func windows(limits: PollingLimits = PollingLimits()) throws -> PostgresPolling {
        try polling(
            intervals: PollingIntervals(every: .seconds(1), reconcile: .seconds(86_000)),
            limits: limits)
    }

    /// The reasons for which all rows were read again.
    var reloads: [String] {
        events.withLock { events in
            events.compactMap { event in
                if case .reloading(let reason) = event { return reason }
                return nil
            }
        }
    }

    /// A connection that stays open, for transactions that do.
    func session() throws -> PostgresConnection {
        try PostgresConnection(
            ConnectionSettings(ScratchCluster.shared.connection(database), source: "test"),
            replication: false, application: "test", interrupt: Interrupt())
    }
}
