import Ingest
import Store
import Testing
import Vocabulary

@testable import reportd

/// How a configuration says that a database is polled, and how old its rows are said to be.
@Suite struct PollingSettingsTests {
    private func access(_ words: String) throws -> Settings.Access? {
        let node = try DefinitionNode(
            parsing: "sources: {tekup: {\(words)}}", file: "reportd.yaml")
        return try Settings(node, folder: "/nowhere", environment: [:]).sources["tekup"]
    }

    @Test func pollingIsChosenBesideTheConnection() throws {
        #expect(try access("connection: x") == .postgres("x"))
        #expect(try access("connection: x, read: replication") == .postgres("x"))
        #expect(
            try access("connection: x, read: polling") == .polling("x", PollingIntervals()))
        guard
            case .polling(_, let some)? = try access(
                "connection: x, read: polling, every: 5s, reconcile: 2h")
        else {
            Issue.record("it is not polled")
            return
        }
        #expect(some.every == .seconds(5) && some.reconcile == .seconds(7200))
        // Rows that are read rarely need their keys compared no more often.
        guard case .polling(_, let rare)? = try access("connection: x, read: polling, every: 1h")
        else {
            Issue.record("it is not polled")
            return
        }
        #expect(rare.reconcile == .seconds(3600))
    }

    @Test(arguments: [
        ("read: poling", "polling"),
        ("every: 5s", "only a source that is polled has an interval"),
        ("read: replication, reconcile: 5m", "only a source that is polled has an interval"),
        ("read: polling, every: 5", "‘5’ is no interval between 1 second and 24 hours"),
        ("read: polling, every: 0s", "no interval"),
        ("read: polling, every: 25h", "no interval"),
        ("read: polling, every: 99999999999999999999h", "no interval"),
        ("read: polling, every: 10m, reconcile: 5m", "more often than rows are read"),
        ("read: polling, folder: exports", "leave this out beside ‘folder’"),
    ])
    func mistakesNameThePlace(words: String, said: String) {
        let error = #expect(throws: Advice.self) { try access("connection: x, " + words) }
        #expect(error?.description.contains(said) == true, "\(String(describing: error))")
        #expect(error?.description.contains("reportd.yaml:1:") == true)
    }

    @Test func aPolledSourceIsCompleteUpToItsLastPoll() throws {
        let now = Instant(seconds: 1_767_225_600)
        let schema = try Schema(definitions: FirstLightWorld.root + "/queries")
        let folder = try DeliveryFolder()
        let store = try Store(path: folder.path + "/store.sqlite", schema: schema)
        let board = SourceBoard(store: store, clock: .fixed(now), expected: ["tekup"])
        func freshness(lag: Int) -> SourceFreshness? {
            board.add("tekup") {
                var status = SourceStatus(name: "tekup")
                status.state = .following
                status.everySeconds = 30
                status.sourceTime = now.adding(seconds: Int64(-lag))
                status.lagSeconds = Double(lag)
                return status
            }
            return board.freshness(tellingProblems: false).first
        }
        #expect(freshness(lag: 25)?.state == .live)
        #expect(freshness(lag: 25)?.completeUpTo == now.adding(seconds: -25))
        #expect(freshness(lag: 300)?.state == .late)
        try store.close()
    }
}
