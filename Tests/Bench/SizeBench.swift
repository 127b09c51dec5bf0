import Foundation
import Vocabulary

/// Bytes on disk: our compacted file against DuckDB's and SQLite's with the same tables.
///
/// DuckDB's file is the one with sorted tables. Of SQLite's only the tables count, without the
/// indexes that its questions need.
struct SizeBench {
    private let rows: Int
    private let loaded: LoadedStore
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ loaded: LoadedStore, _ peers: SalesPeers) {
        rows = workshop.rows
        self.loaded = loaded
        self.peers = peers
    }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        // Both are made if they do not exist; nothing is in their logs once they have been stopped.
        try peers.duckdb().stop()
        let sqlite = try peers.sqlite()
        defer { sqlite.stop() }
        let attributes = try FileManager.default.attributesOfItem(
            atPath: peers.database("duckdb"))
        let tables = try sqlite.ask(
            """
            SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1
                AND name IN (SELECT name FROM sqlite_schema WHERE type = 'table')
            """)
        guard let duckdbBytes = attributes[.size] as? Int,
            let sqliteBytes = tables.lines.first.flatMap({ Int($0) })
        else {
            throw Advice(
                .storage, "the sizes of the peers' databases are not known",
                remedy: "delete \(peers.database("duckdb")); it is made again")
        }
        let ours = Double(try loaded.bytes)
        try report.add(
            BenchCase(
                name: "size-\(rows)", ours: ours, peer: "duckdb", theirs: Double(duckdbBytes),
                unit: "bytes", rows: rows, bar: 0.8))
        try report.add(
            BenchCase(
                name: "size-\(rows)", ours: ours, peer: "sqlite", theirs: Double(sqliteBytes),
                unit: "bytes", rows: rows, bar: 0.25))
    }
}
