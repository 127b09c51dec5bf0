import Foundation
import Store
import Vocabulary

/// The page again after a hundred changed rows: what a dashboard costs that is always current.
///
/// The store keeps its memo of partial results, as it does in the program. Each round commits the
/// changes and asks all ten questions of a snapshot that has them; the commit is not part of the
/// time. In the end the answers are compared with DuckDB's, where the same rows are changed in a
/// transaction that is then rolled back.
struct RefreshBench {
    private static let changes = 100
    private static let rounds = 15
    /// The most that the ten questions may take, in milliseconds.
    private static let bar = 5.0

    private let workshop: Workshop
    private let files: SalesFiles
    private let loaded: LoadedStore
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ files: SalesFiles, _ loaded: LoadedStore, _ peers: SalesPeers) {
        self.workshop = workshop
        self.files = files
        self.loaded = loaded
        self.peers = peers
    }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        let copy = try loaded.copy("refresh", workshop)
        defer { workshop.removeStore("refresh") }
        let store = try copy.open()
        defer { try? store.close() }
        let questions = try ManagerPage.questions()
        let views = [PageView.large, .all]
        var feed = ChangeFeed(files.data)
        var times = views.map { _ in (cpu: [Double](), wall: [Double]()) }
        say("Asking again after \(Self.changes) changes")
        // The first round fills caches and memo.
        for round in 0...Self.rounds {
            try store.commit(ChangeBatch(feed.next(Self.changes), workshop.schema))
            for (place, view) in views.enumerated() {
                let scope = view.scope(workshop.schema)
                let (cpu, wall) = (Stopwatch.processorSeconds, ContinuousClock.now)
                let snapshot = try store.snapshot(scope)
                for question in questions { _ = try question.ask(snapshot) }
                if round > 0 {
                    times[place].wall.append((ContinuousClock.now - wall) / .milliseconds(1))
                    times[place].cpu.append((Stopwatch.processorSeconds - cpu) * 1000)
                }
            }
        }
        let duckdb = try peers.duckdb()
        defer { duckdb.stop() }
        try Self.apply(feed, to: duckdb)
        for (view, (cpu, wall)) in zip(views, times) {
            let name = "refresh-\(workshop.rows)-\(view.rawValue)"
            let snapshot = try store.snapshot(view.scope(workshop.schema))
            for question in questions {
                let ours = try question.lines(try question.ask(snapshot), snapshot)
                let theirs = try duckdb.ask(question.sql(.duckdb, view.company))
                try AnswerCheck.equal(
                    ours, theirs.lines, of: duckdb.name, case: "\(name), \(question.name)")
            }
            for (values, unit) in [(cpu, "cpu-ms"), (wall, "ms")] {
                try report.add(
                    BenchCase(
                        name: name, ours: Stopwatch.median(values), peer: "bar", theirs: Self.bar,
                        unit: unit, rows: workshop.rows))
            }
        }
        try duckdb.execute("ROLLBACK")
    }

    /// Makes the changes of a feed in a transaction, which stays open.
    private static func apply(_ feed: ChangeFeed, to duckdb: PeerEngine) throws {
        let rows = feed.changed.map { sale in
            """
            (\(sale.number), \(sale.company), to_timestamp(\(sale.time)), \
            '\(SalesData.statuses[sale.status])', \(sale.customer), \(sale.service), \(sale.rep), \
            \(sale.lead == 0 ? "NULL" : String(sale.lead)), '\(SalesData.sources[sale.source])', \
            \(sale.amount), \(sale.tax), '\(SalesData.currencies[sale.currency])')
            """
        }
        let numbers = feed.changed.map { String($0.number) }.joined(separator: ", ")
        try duckdb.execute("BEGIN")
        try duckdb.execute("DELETE FROM sales WHERE id IN (\(numbers))")
        try duckdb.execute("INSERT INTO sales VALUES \(rows.joined(separator: ", "))")
    }
}
