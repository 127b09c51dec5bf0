import Foundation
import Store
import Vocabulary

/// Questions of a manager's page: our scans against DuckDB and SQLite over the same rows.
///
/// DuckDB has one thread and its table sorted by company and time, its best layout. SQLite has two
/// covering indexes, one for a company's rows and one for all. Ours has the rows in the order of
/// their time, as a first load writes them. The sides take turns, so that a busy machine slows all
/// of them; each figure is the median of the processor time of a whole question with its rows
/// fetched. All files are in the page cache, since every side has asked each question before.
struct ScanBench {
    private let workshop: Workshop
    private let files: SalesFiles
    private let rounds: Int

    /// Whose rows are asked for: the largest company, one with 2 % of the rows, or all.
    private static let views = [(name: "large", company: 1), ("small", 12), ("all", nil as Int?)]

    init(_ workshop: Workshop, rounds: Int) throws {
        self.workshop = workshop
        self.rounds = rounds
        files = try workshop.files()
    }

    /// Measures all cases.
    ///
    /// - Throws: `Advice` of kind `damaged` when a side gives another answer.
    func run(into report: inout BenchReport) throws {
        let store = try workshop.emptyStore("scan")
        defer { try? store.close() }
        say("Loading our store")
        try files.load(into: store)
        let peers = [try duckdb(), try sqlite()]
        defer { peers.forEach { $0.stop() } }
        say("Asking \(peers.map { "\($0.name) \($0.version)" }.joined(separator: " and "))")
        for question in [try PageQuestion.day(), try PageQuestion.mix()] {
            for (view, company) in Self.views {
                let name = "page-\(question.name)-\(files.data.rows)-\(view)"
                let medians = try measure(question, company, store, peers, name: name)
                for (peer, theirs) in zip(peers, medians.dropFirst()) {
                    try report.add(
                        BenchCase(
                            name: name, ours: medians[0] * 1000, peer: peer.name,
                            theirs: theirs * 1000, unit: "cpu-ms", rows: files.data.rows))
                }
            }
        }
    }

    /// The median seconds of ours and of each peer.
    private func measure(
        _ question: PageQuestion, _ company: Int?, _ store: Store, _ peers: [PeerEngine],
        name: String
    ) throws -> [Double] {
        let codes = company.map { [$0 < 10 ? "c0\($0)" : "c\($0)"] }
        let scope = Scope(companies: codes ?? workshop.schema.companies.companies.map(\.code))
        let statements = [SQLDialect.duckdb, .sqlite].map { question.statements($0, company) }
        var times = [[Double]](repeating: [], count: peers.count + 1)
        for round in 0...rounds {
            let start = Stopwatch.processorSeconds
            let answer = try question.ask(store, scope)
            let ours = Stopwatch.processorSeconds - start
            let lines = PageQuestion.lines(answer)
            // The first round fills caches.
            if round > 0 { times[0].append(ours) }
            for (number, peer) in peers.enumerated() {
                let (seconds, theirs) = try peer.ask(statements[number])
                try Self.check(lines, theirs, peer, name)
                if round > 0 { times[number + 1].append(seconds) }
            }
        }
        return times.map(Stopwatch.median)
    }

    private static func check(
        _ ours: [String], _ theirs: [String], _ peer: PeerEngine, _ name: String
    ) throws {
        guard ours != theirs else {
            // An answer without rows would be equal to any other of its kind.
            precondition(!ours.isEmpty, "case \(name) asks for nothing")
            return
        }
        let difference = zip(ours, theirs).first { $0 != $1 }
        throw Advice(
            .damaged, "case \(name): \(peer.name) answers otherwise than our store",
            remedy: "find out who is wrong before any speed is believed",
            cause: difference.map { "ours \($0), theirs \($1)" }
                ?? "ours has \(ours.count) rows, theirs \(theirs.count)")
    }

    // MARK: Peers

    private func duckdb() throws -> PeerEngine {
        try prepared("duckdb") { peer in
            try peer.execute(
                """
                CREATE TABLE sales AS SELECT * REPLACE (to_timestamp(created_at) AS created_at)
                FROM read_csv('\(files.path("sales"))', header = true, columns = {
                    id: INTEGER, company_id: SMALLINT, created_at: BIGINT, status: VARCHAR,
                    customer_id: INTEGER, service_id: INTEGER, rep_id: SMALLINT, source: VARCHAR,
                    amount: BIGINT, tax: BIGINT, currency: VARCHAR})
                ORDER BY company_id, created_at;
                CHECKPOINT;
                """)
        }
    }

    private func sqlite() throws -> PeerEngine {
        try prepared("sqlite") { peer in
            try peer.execute(
                """
                PRAGMA journal_mode = off;
                PRAGMA synchronous = off;
                CREATE TABLE sales (
                    id INTEGER PRIMARY KEY, company_id INTEGER, created_at INTEGER, status TEXT,
                    customer_id INTEGER, service_id INTEGER, rep_id INTEGER, source TEXT,
                    amount INTEGER, tax INTEGER, currency TEXT);
                """)
            try peer.load("sales", from: files.path("sales"))
            try peer.execute(
                """
                CREATE INDEX sales_company ON sales
                    (company_id, created_at, status, service_id, customer_id, amount);
                CREATE INDEX sales_time ON sales
                    (created_at, status, service_id, customer_id, amount);
                ANALYZE;
                """)
        }
    }

    /// An engine with the sales in it; its database is made once and kept with the files.
    private func prepared(
        _ name: String, _ fill: (PeerEngine) throws -> Void
    ) throws -> PeerEngine {
        let database = "\(files.folder)/\(name).db"
        if !FileManager.default.fileExists(atPath: database) {
            say("Loading \(name)")
            let unfinished = database + ".unfinished"
            try? FileManager.default.removeItem(atPath: unfinished)
            let peer = try PeerEngine(name, database: unfinished, script: workshop.peerScript)
            do {
                try fill(peer)
            } catch {
                peer.stop()
                throw error
            }
            peer.stop()
            try FileManager.default.moveItem(atPath: unfinished, toPath: database)
        }
        return try PeerEngine(name, database: database, script: workshop.peerScript)
    }
}
