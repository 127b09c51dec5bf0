import Foundation
import Ingest
import Store
import Vocabulary

/// The first load of a Postgres database, against psql copying the same columns to nowhere.
///
/// Ours reads through logical replication's exported snapshot, maps the rows, resolves references,
/// and ends with sealed segments on disk; psql only receives the bytes. Both on the clock, in turns.
struct LoadBench {
    private static let rounds = 3
    /// The least part of psql's rate.
    private static let bar = 0.7

    private let workshop: Workshop
    private let database: BenchDatabase

    init(_ workshop: Workshop, _ database: BenchDatabase) {
        self.workshop = workshop
        self.database = database
    }

    /// Measures the case.
    func run(into report: inout BenchReport) async throws {
        let name = "load-\(workshop.rows)"
        var (ours, theirs): ([Double], [Double]) = ([], [])
        var rows = 0
        for round in 1...Self.rounds {
            say("Loading from Postgres, round \(round) of \(Self.rounds)")
            var copied = 0
            theirs.append(try Stopwatch.seconds { copied = try copyToNowhere() })
            let store = try workshop.emptyStore("load")
            defer { try? store.close() }
            let source = try PostgresSource(
                definition: workshop.source, connection: database.server.connection(database.name),
                store: store, slot: "bench_load")
            ours.append(try await Stopwatch.seconds { try await source.catchUp() })
            try await source.retire()
            rows = try database.check(store, case: name)
            guard copied == rows else {
                throw Advice(
                    .damaged, "case \(name): psql copied \(copied) rows, we \(rows)",
                    remedy: "find out who is wrong before any speed is believed")
            }
        }
        try report.add(
            BenchCase(
                name: name, ours: Double(rows) / Stopwatch.median(ours), peer: "psql-copy",
                theirs: Double(rows) / Stopwatch.median(theirs), unit: "rows/s", rows: rows,
                bar: Self.bar))
    }

    /// Copies every table and returns how many rows psql says it copied.
    private func copyToNowhere() throws -> Int {
        let commands = BenchDatabase.tables.map { table, _, columns in
            "\\copy (select \(columns) from \(table)) to '/dev/null' with (format binary)"
        }
        let text = try database.server.run(commands, in: database.name)
        return text.split(separator: "\n").reduce(0) { total, line in
            total + (line.hasPrefix("COPY ") ? Int(line.dropFirst(5)) ?? 0 : 0)
        }
    }
}
