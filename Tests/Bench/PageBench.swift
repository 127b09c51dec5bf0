import Foundation
import Store
import Vocabulary

/// The ten questions of a manager's page: our scans against DuckDB and SQLite over the same rows.
///
/// Each figure is the processor time of a question with all its rows fetched, on one thread: the
/// median over rounds in which the sides take turns, so that a busy machine slows all of them. All
/// files are in the page cache, since every side has asked each question before. Our store has been
/// compacted and keeps no memo of partial results. SQLite is slow, so it is asked in fewer rounds.
struct PageBench {
    /// The most of DuckDB's time that a page, and a single question, may take.
    private static let duckdbBar = (page: 0.06, question: 0.25)
    /// The most of SQLite's time that a page may take.
    private static let sqliteBar = 0.005
    /// Rows that SQLite is asked to look through, all rounds together.
    private static let sqliteRows = 5_000_000

    private let rows: Int
    private let rounds: Int
    private let sqliteRounds: Int
    private let schema: Schema
    private let loaded: LoadedStore
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ loaded: LoadedStore, _ peers: SalesPeers, rounds: Int) {
        rows = workshop.rows
        self.rounds = rounds
        sqliteRounds = min(rounds, max(1, Self.sqliteRows / workshop.rows))
        schema = workshop.schema
        self.loaded = loaded
        self.peers = peers
    }

    /// Measures all cases, and says how.
    ///
    /// - Throws: `Advice` of kind `damaged` when a side gives another answer.
    func run(into report: inout BenchReport) throws -> [String] {
        let (duckdb, sqlite) = (try peers.duckdb(), try peers.sqlite())
        defer {
            duckdb.stop()
            sqlite.stop()
        }
        let store = try loaded.openWithoutMemo()
        defer { try? store.close() }
        let questions = try ManagerPage.questions()
        for view in PageView.allCases {
            say("Asking \(questions.count) questions about \(view.rawValue)")
            var totals = Medians(ours: 0, duckdb: 0, sqlite: 0)
            for question in questions {
                let name = "page-\(question.name)-\(rows)-\(view.rawValue)"
                let medians = try measure(question, view, store, duckdb, sqlite, name: name)
                totals.ours += medians.ours
                totals.duckdb += medians.duckdb
                totals.sqlite += medians.sqlite
                try report.add(
                    comparison(
                        name, medians.ours, "duckdb", medians.duckdb, bar: Self.duckdbBar.question))
                try report.add(comparison(name, medians.ours, "sqlite", medians.sqlite, bar: nil))
            }
            let name = "page-\(rows)-\(view.rawValue)"
            try report.add(
                comparison(name, totals.ours, "duckdb", totals.duckdb, bar: Self.duckdbBar.page))
            try report.add(
                comparison(name, totals.ours, "sqlite", totals.sqlite, bar: Self.sqliteBar))
        }
        return [
            "page: medians of \(rounds) rounds, SQLite of \(sqliteRounds), after one that is not "
                + "counted; DuckDB \(duckdb.version), SQLite \(sqlite.version)"
        ]
    }

    private struct Medians {
        var ours: Double
        var duckdb: Double
        var sqlite: Double
    }

    private func comparison(
        _ name: String, _ ours: Double, _ peer: String, _ theirs: Double, bar: Double?
    ) -> BenchCase {
        BenchCase(
            name: name, ours: ours * 1000, peer: peer, theirs: theirs * 1000, unit: "cpu-ms",
            rows: rows, bar: bar)
    }

    /// The median seconds of each side.
    private func measure(
        _ question: PageQuestion, _ view: PageView, _ store: Store, _ duckdb: PeerEngine,
        _ sqlite: PeerEngine, name: String
    ) throws -> Medians {
        let scope = view.scope(schema)
        var (ours, duckdbTimes, sqliteTimes): ([Double], [Double], [Double]) = ([], [], [])
        // The first round fills caches.
        for round in 0...rounds {
            let start = Stopwatch.processorSeconds
            let snapshot = try store.snapshot(scope)
            let answer = try question.ask(snapshot)
            let seconds = Stopwatch.processorSeconds - start
            let lines = try question.lines(answer, snapshot)
            if round > 0 { ours.append(seconds) }
            let theirs = try duckdb.ask(question.sql(.duckdb, view.company))
            try AnswerCheck.equal(lines, theirs.lines, of: duckdb.name, case: name)
            if round > 0 { duckdbTimes.append(theirs.seconds) }
            if round <= sqliteRounds {
                let theirs = try sqlite.ask(question.sql(.sqlite, view.company))
                try AnswerCheck.equal(lines, theirs.lines, of: sqlite.name, case: name)
                if round > 0 { sqliteTimes.append(theirs.seconds) }
            }
        }
        return Medians(
            ours: Stopwatch.median(ours), duckdb: Stopwatch.median(duckdbTimes),
            sqlite: Stopwatch.median(sqliteTimes))
    }
}
