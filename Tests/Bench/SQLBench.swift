import Foundation
import Store
import Vocabulary

/// Full scans with aggregates through the SQL surface, against the same SQL over a plain SQLite
/// table, read without its indexes.
///
/// Processor time of the whole statement with its rows fetched, in turns.
struct SQLBench {
    private static let rounds = 9
    /// The most of SQLite's time that ours may take.
    private static let bar = 1.0
    /// The case's variants with their SQL over a table, named as each engine has it.
    private static func statements(_ table: String) -> [(variant: String, sql: String)] {
        [
            (
                "",
                "SELECT count(*), sum(amount), sum(tax), min(amount), max(amount) FROM \(table)"
            ),
            (
                "-status",
                "SELECT status, count(*), sum(amount), sum(tax) FROM \(table) GROUP BY status"
            ),
        ]
    }

    private let workshop: Workshop
    private let loaded: LoadedStore
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ loaded: LoadedStore, _ peers: SalesPeers) {
        self.workshop = workshop
        self.loaded = loaded
        self.peers = peers
    }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        let store = try loaded.openWithoutMemo()
        defer { try? store.close() }
        let reader = try SQLReader(store.snapshot(PageView.all.scope(workshop.schema)))
        let sqlite = try peers.sqlite()
        defer { sqlite.stop() }
        for (our, their) in zip(
            Self.statements("sale"), Self.statements("sales NOT INDEXED"))
        {
            let name = "sql-\(workshop.rows)\(our.variant)"
            say("Asking \(name)")
            var (ours, theirs): ([Double], [Double]) = ([], [])
            // The first round fills caches.
            for round in 0...Self.rounds {
                let start = Stopwatch.processorSeconds
                let result = try reader.result(of: our.sql)
                let seconds = Stopwatch.processorSeconds - start
                let peer = try sqlite.ask(their.sql)
                try AnswerCheck.equal(
                    Self.lines(result), peer.lines, of: sqlite.name, case: name)
                if round > 0 {
                    ours.append(seconds)
                    theirs.append(peer.seconds)
                }
            }
            try report.add(
                BenchCase(
                    name: name, ours: Stopwatch.median(ours) * 1000, peer: sqlite.name,
                    theirs: Stopwatch.median(theirs) * 1000, unit: "cpu-ms", rows: workshop.rows,
                    bar: Self.bar))
        }
    }

    private static func lines(_ result: SQLResult) -> [String] {
        result.rows.map { row in
            row.map { value in
                switch value {
                case .missing: "None"
                case .integer(let number): String(number)
                case .real(let number): String(number)
                case .text(let text): text
                case .bytes(let bytes): "\(bytes)"
                }
            }.joined(separator: "|")
        }.sorted()
    }
}
