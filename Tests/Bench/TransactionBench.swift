import Foundation
import Ingest
import Store
import Vocabulary

/// The most anonymous memory that a process has while it takes over one transaction of millions of
/// rows.
///
/// Once the rows are sales, whose keys are numbers that ascend, and once visits, whose keys are random
/// UUIDs: these have to be looked for in every segment. A process of its own opens the store, catches
/// up, and reads its own RssAnon every millisecond. What it wrote is compared with the tables.
struct TransactionBench {
    /// The word by which the program starts itself, which is no part of its usage.
    static let word = "take-transaction"
    /// The most memory, in MB of 10^6 bytes.
    private static let bar = 256.0
    private static let mostRows = 5_000_000

    /// What the rows are.
    private enum Kind: String, CaseIterable {
        case sales
        case visits

        var slot: String { "bench_transaction_\(rawValue)" }

        func source(of workshop: Workshop) -> SourceDefinition {
            switch self {
            case .sales: workshop.source
            case .visits: workshop.visits
            }
        }
    }

    private let workshop: Workshop
    private let database: BenchDatabase
    private let rows: Int

    init(_ workshop: Workshop, _ database: BenchDatabase) {
        self.workshop = workshop
        self.database = database
        rows = min(Self.mostRows, workshop.rows * 5)
    }

    /// Measures the cases, and tells how long they took.
    func run(into report: inout BenchReport) async throws -> [String] {
        var notes: [String] = []
        for kind in Kind.allCases { notes.append(try await measure(kind, into: &report)) }
        return notes
    }

    private func measure(
        _ kind: Kind, into report: inout BenchReport
    ) async throws -> String {
        let name = "transaction-\(rows)-\(kind.rawValue)"
        let path = workshop.path(ofStore: "transaction")
        let server = database.server
        if kind == .visits {
            try server.run(
                [
                    """
                    CREATE TABLE visits (id uuid PRIMARY KEY, company_id smallint NOT NULL,
                        seen_at timestamptz NOT NULL, page text NOT NULL, seconds integer NOT NULL)
                    """,
                    insertVisits(count: workshop.rows / 10),
                ], in: database.name)
        }
        let store = try workshop.emptyStore("transaction")
        let source = try PostgresSource(
            definition: kind.source(of: workshop), connection: server.connection(database.name),
            store: store, slot: kind.slot)
        say("Loading \(kind.rawValue) from Postgres, to follow their changes")
        try await source.catchUp()
        try store.close()
        defer { workshop.removeStore("transaction") }
        say("Writing \(rows) \(kind.rawValue) in one transaction")
        try server.run(
            [
                "SET synchronous_commit = off",
                kind == .visits ? insertVisits(count: rows) : insertSales(), "CHECKPOINT",
            ], in: database.name)
        say("Taking them over in a process of its own")
        let output = try ProgramRun.output(
            of: [
                CommandLine.arguments[0], Self.word, path, kind.rawValue,
                server.connection(database.name),
            ], in: FileManager.default.currentDirectoryPath)
        let figures = output.split(separator: " ").compactMap {
            Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard figures.count == 3 else {
            throw Advice(
                .damaged, "case \(name): the process did not tell its memory",
                remedy: "see what it wrote", cause: String(output.suffix(600)))
        }
        let again = try Store(path: path, schema: workshop.schema)
        defer { try? again.close() }
        switch kind {
        case .sales: try database.check(again, case: name)
        case .visits: try checkVisits(again, case: name)
        }
        try report.add(
            BenchCase(
                name: name, ours: figures[0] * 1024 / 1_000_000, peer: "bar", theirs: Self.bar,
                unit: "MB", rows: rows))
        let ended = try PostgresSource(
            definition: kind.source(of: workshop), connection: server.connection(database.name),
            store: again, slot: kind.slot)
        try await ended.retire()
        return String(
            format: "%@: taken over in %.1f s, %.1f s of processor time", name, figures[1],
            figures[2])
    }

    private func insertSales() -> String {
        let columns = SalesFiles.saleColumns.dropFirst().joined(separator: ", ")
        return """
            INSERT INTO sales SELECT (SELECT max(id) FROM sales) + n, \(columns)
            FROM generate_series(1, \(rows)) AS n
            JOIN sales ON id = 1 + (n::bigint * 7919) % \(workshop.rows)
            """
    }

    private func insertVisits(count: Int) -> String {
        """
        INSERT INTO visits SELECT gen_random_uuid(), 1 + n % \(SalesData.companies),
            timestamptz '2025-01-01' + n * interval '6 seconds', '/page/' || n % 97, n % 1000
        FROM generate_series(1, \(count)) AS n
        """
    }

    private func checkVisits(_ store: Store, case name: String) throws {
        let theirs = try database.server.row(
            "SELECT count(*), sum(seconds) FROM visits", in: database.name)
        let codes = store.schema.companies.companies.map(\.code)
        let ours = try store.snapshot(Scope(companies: codes)).scan(
            ScanRequest(model: "visit", measures: [.count, .sum(.column(ColumnPath("seconds")))])
        ).rows[0].values.map { $0.map { String($0) } ?? "" }
        try AnswerCheck.equal(
            [ours.joined(separator: "|")], [theirs.joined(separator: "|")], of: "Postgres",
            case: name)
    }

    /// What the process of its own does: catches up and prints the most memory it had in KiB, and
    /// the seconds on the clock and of processor time.
    static func take(_ words: [String]) async throws {
        guard words.count == 3, let kind = Kind(rawValue: words[1]) else {
            throw Advice(
                .request, "\(word) takes a store, what it takes over, and a connection",
                remedy: "start ‘reportd-bench transaction’ instead")
        }
        let workshop = try Workshop(rows: 1)
        let store = try Store(path: words[0], schema: workshop.schema)
        defer { try? store.close() }
        let source = try PostgresSource(
            definition: kind.source(of: workshop), connection: words[2], store: store,
            slot: kind.slot)
        let watch = try AnonymousMemory()
        let start = Stopwatch.processorSeconds
        let seconds = try await Stopwatch.seconds { try await source.catchUp() }
        print(watch.most(), seconds, Stopwatch.processorSeconds - start)
    }
}
