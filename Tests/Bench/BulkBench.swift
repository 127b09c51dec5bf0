import Foundation
import Store
import Vocabulary

/// Bulk write of all sales into sealed segments, against plain rows in SQLite.
///
/// Ours begins with rows in memory as columns, in a store that has customers, services, representatives and
/// leads already, and ends when the sales are durable and visible. SQLite's rows come out of another
/// of its databases through one INSERT … SELECT, which is quicker than a prepared statement for each
/// row, and go into a table without indexes, in one transaction. Processor time of each, in turns.
struct BulkBench {
    /// The least that a processor core may write, in rows a second.
    private static let rateBar = 5_000_000.0
    /// The most of SQLite's time that ours may take.
    private static let sqliteBar = 0.25
    /// Rows that each side writes, all rounds together, and the most rounds.
    private static let (rowsInAll, mostRounds) = (3_000_000, 5)

    private let workshop: Workshop
    private let files: SalesFiles
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ files: SalesFiles, _ peers: SalesPeers) {
        self.workshop = workshop
        self.files = files
        self.peers = peers
    }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        let name = "bulk-\(workshop.rows)"
        let sqlite = try peers.sqlite()
        defer { sqlite.stop() }
        var (ours, theirs): ([Double], [Double]) = ([], [])
        let rounds = min(Self.mostRounds, max(1, Self.rowsInAll / workshop.rows))
        for round in 1...rounds {
            say("Writing \(workshop.rows) sales in bulk, round \(round) of \(rounds)")
            let (seconds, sums) = try write()
            ours.append(seconds)
            let (peerSeconds, peerSums) = try copy(sqlite)
            theirs.append(peerSeconds)
            try AnswerCheck.equal(sums, peerSums, of: sqlite.name, case: name)
        }
        let (mine, its) = (Stopwatch.median(ours), Stopwatch.median(theirs))
        try report.add(
            BenchCase(
                name: name, ours: mine, peer: "sqlite", theirs: its, unit: "cpu-s",
                rows: workshop.rows, bar: Self.sqliteBar))
        try report.add(
            BenchCase(
                name: name, ours: Double(workshop.rows) / mine, peer: "bar", theirs: Self.rateBar,
                unit: "rows/cpu-s", rows: workshop.rows))
    }

    /// Writes the sales into our store.
    private func write() throws -> (seconds: Double, sums: [String]) {
        let store = try workshop.emptyStore("bulk")
        defer { workshop.removeStore("bulk") }
        defer { try? store.close() }
        let loading = SalesLoading(files, into: store)
        try loading.loadParties()
        let batches = loading.saleBatches()
        let start = Stopwatch.processorSeconds
        try loading.loadSales(batches)
        let seconds = Stopwatch.processorSeconds - start
        let sums = try store.snapshot(PageView.all.scope(workshop.schema)).scan(
            ScanRequest(
                model: "sale",
                measures: [
                    .count, .sum(.column(ColumnPath("number"))),
                    .sum(.column(ColumnPath("amount"))), .countPresent(ColumnPath("lead")),
                ]))
        return (seconds, sums.rows.map { $0.values.map { "\($0 ?? 0)" }.joined(separator: "|") })
    }

    /// Writes the sales into a new database of SQLite.
    private func copy(_ sqlite: PeerEngine) throws -> (seconds: Double, sums: [String]) {
        let path = workshop.scratchFile("bulk-\(workshop.rows).sqlite")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let columns = SalesFiles.saleColumns.joined(separator: ", ")
        try sqlite.execute(
            """
            ATTACH '\(path)' AS target;
            PRAGMA target.cache_size = -1000000;
            CREATE TABLE target.sales (\(SalesPeers.sqliteSales));
            """)
        // With a list of columns SQLite inserts row by row, and does not copy pages.
        let insert = "INSERT INTO target.sales (\(columns)) SELECT \(columns) FROM main.sales"
        let (seconds, _) = try sqlite.ask(insert)
        let sums = try sqlite.ask(
            "SELECT count(*), sum(id), sum(amount), count(lead_id) FROM target.sales")
        try sqlite.execute("DETACH target")
        return (seconds, sums.lines)
    }
}
