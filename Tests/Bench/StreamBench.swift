import Foundation
import Ingest
import Store
import Vocabulary

/// The change stream of a Postgres database, against `pg_recvlogical` writing it to a file.
///
/// The same backlog of changes waits in two slots. `pg_recvlogical` drains one into a file, which it
/// syncs at its end; we drain the other into the store, mapped and durable. Both on the clock, in turns.
/// Decoding its log is most of the server's work and the same for both, so processor time is told
/// besides. Maintenance goes on beside ours, as in the program. The file is read back, and the store compared with the tables.
struct StreamBench {
    private static let rounds = 3
    private static let slot = "bench_stream"
    private static let peerSlot = "bench_stream_peer"

    /// How the changes come.
    private enum Workload: String, CaseIterable {
        /// Inserts, 1,000 in a transaction.
        case batches
        /// Inserts, 40,000 in a transaction.
        case large
        /// Inserts, each a transaction.
        case inserts
        /// Updates, each a transaction.
        case updates

        var changes: Int { rows * transactions }
        var rows: Int {
            switch self {
            case .batches: 1000
            case .large: 40_000
            case .inserts, .updates: 1
            }
        }
        var transactions: Int {
            switch self {
            case .batches: 400
            case .large: 10
            case .inserts, .updates: 60_000
            }
        }
        /// The least part of the peer's rate.
        var bar: Double {
            switch self {
            case .batches, .large: 0.9
            case .inserts: 0.6
            case .updates: 0.8
            }
        }
    }

    /// What one side took.
    private struct Cost {
        let seconds: Double
        /// Seconds of processor time of the program, and of the server meanwhile.
        let own: Double
        let server: Double
    }

    private let workshop: Workshop
    private let database: BenchDatabase

    init(_ workshop: Workshop, _ database: BenchDatabase) {
        self.workshop = workshop
        self.database = database
    }

    /// Measures the cases, and tells their processor time.
    func run(into report: inout BenchReport) async throws -> [String] {
        let store = try workshop.emptyStore("stream")
        defer {
            try? store.close()
            workshop.removeStore("stream")
        }
        say("Loading from Postgres, to follow its changes")
        try await source(store).catchUp()
        try database.server.run(
            ["SELECT pg_create_logical_replication_slot('\(Self.peerSlot)', 'pgoutput')"],
            in: database.name)
        var notes: [String] = []
        for workload in Workload.allCases {
            notes.append(try await measure(workload, store, into: &report))
        }
        try database.server.run(
            ["SELECT pg_drop_replication_slot('\(Self.peerSlot)')"], in: database.name)
        try await source(store).retire()
        return notes
    }

    private func source(_ store: Store) throws -> PostgresSource {
        try PostgresSource(
            definition: workshop.source, connection: database.server.connection(database.name),
            store: store, slot: Self.slot)
    }

    private func measure(
        _ workload: Workload, _ store: Store, into report: inout BenchReport
    ) async throws -> String {
        let name = "stream-\(workload.changes)-\(workload.rawValue)"
        var (ours, theirs): ([Cost], [Cost]) = ([], [])
        for round in 1...Self.rounds {
            say("Draining \(workload.changes) changes, \(workload.rawValue), round \(round)")
            let (end, keys) = try write(workload)
            // Who comes first finds the log in no better a place than the other.
            if round % 2 == 0 {
                ours.append(try await drain(into: store))
                theirs.append(try receive(to: end, workload, keys, case: name))
            } else {
                theirs.append(try receive(to: end, workload, keys, case: name))
                ours.append(try await drain(into: store))
            }
            try database.check(store, case: name)
            _ = try store.maintain(budget: 1000)
        }
        func median(_ costs: [Cost], _ value: (Cost) -> Double) -> Double {
            Stopwatch.median(costs.map(value))
        }
        let changes = Double(workload.changes)
        try report.add(
            BenchCase(
                name: name, ours: changes / median(ours, \.seconds), peer: "pg_recvlogical",
                theirs: changes / median(theirs, \.seconds), unit: "changes/s",
                rows: workload.changes, bar: workload.bar))
        func micros(_ costs: [Cost], _ value: (Cost) -> Double) -> Double {
            median(costs, value) / changes * 1e6
        }
        return String(
            format: "%@: processor time per change %.2f µs, the server %.2f µs meanwhile; "
                + "pg_recvlogical %.2f µs, the server %.2f µs", name, micros(ours, \.own),
            micros(ours, \.server), micros(theirs, \.own), micros(theirs, \.server))
    }

    // MARK: The backlog

    /// Writes a backlog; tells where it ends in the log, and the sum of the keys it changed.
    private func write(_ workload: Workload) throws -> (end: String, keys: Int) {
        let server = database.server
        let present = try server.row("SELECT max(id) FROM sales", in: database.name)
        guard let first = present.first.flatMap({ Int($0) }) else {
            throw Advice(.damaged, "table sales is empty", remedy: "fill it first")
        }
        let columns = SalesFiles.saleColumns.dropFirst().joined(separator: ", ")
        let (rows, sales) = (workload.rows, workshop.rows)
        // Multiplying by a prime spreads the sales that are copied or changed over the table.
        let chosen = "(1 + (n::bigint * 7919) % \(sales))::integer"
        let statement =
            switch workload {
            case .updates:
                """
                UPDATE sales SET tax = tax + 1,
                    status = CASE status WHEN 'paid' THEN 'open' ELSE 'paid' END WHERE id = \(chosen)
                """
            case .inserts:
                """
                INSERT INTO sales SELECT \(first + 1) + n, \(columns) FROM sales WHERE id = \(chosen)
                """
            case .batches, .large:
                """
                INSERT INTO sales SELECT \(first + 1) + n * \(rows) + (number - 1), \(columns)
                FROM (SELECT row_number() OVER (ORDER BY id)::integer AS number, * FROM sales
                    WHERE id > (n * \(rows)) % \(sales - rows) ORDER BY id LIMIT \(rows)) AS chosen
                """
            }
        try server.run(
            [
                "SET synchronous_commit = off",
                """
                DO $$ BEGIN FOR n IN 0..\(workload.transactions - 1) LOOP
                \(statement); COMMIT; END LOOP; END $$
                """, "CHECKPOINT",
            ], in: database.name)
        let keys =
            workload == .updates
            ? (0..<workload.changes).reduce(0) { $0 + 1 + $1 * 7919 % sales }
            : (0..<workload.changes).reduce(0) { $0 + first + 1 + $1 }
        return (try server.row("SELECT pg_current_wal_lsn()", in: database.name)[0], keys)
    }

    // MARK: The two sides

    private func drain(into store: Store) async throws -> Cost {
        let watch = ServerWatch(database.server)
        let start = Stopwatch.processorSeconds
        let upkeep = Task.detached {
            // As the program does.
            while !Task.isCancelled {
                while !Task.isCancelled, try !store.maintain().isEmpty {}
                try? await Task.sleep(for: .seconds(2))
            }
        }
        let seconds = try await Stopwatch.seconds { try await source(store).catchUp() }
        upkeep.cancel()
        try await upkeep.value
        let server = watch.stop()
        return Cost(
            seconds: seconds, own: Stopwatch.processorSeconds - start - watch.own, server: server)
    }

    private func receive(
        to end: String, _ workload: Workload, _ keys: Int, case name: String
    ) throws -> Cost {
        let path = workshop.scratchFile("stream-peer")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let watch = ServerWatch(database.server)
        let start = Stopwatch.childSeconds
        let seconds = try Stopwatch.seconds {
            try ProgramRun.output(of: [
                database.server.program("pg_recvlogical"),
                "--dbname=\(database.server.connection(database.name))", "--slot=\(Self.peerSlot)",
                "--start", "--no-loop", "--endpos=\(end)", "--file=\(path)",
                "--option=proto_version=1", "--option=publication_names=\(Self.slot)",
            ])
        }
        let cost = Cost(
            seconds: seconds, own: Stopwatch.childSeconds - start, server: watch.stop())
        let file = try PluginFile(path)
        guard file.changes == workload.changes, file.keys == keys else {
            throw Advice(
                .damaged,
                "case \(name): pg_recvlogical wrote \(file.changes) changes of keys that add up to "
                    + "\(file.keys), not \(workload.changes) and \(keys)",
                remedy: "find out who is wrong before any speed is believed")
        }
        return cost
    }
}

/// What `pg_recvlogical` wrote: messages of `pgoutput` with values as text, a line feed after each.
struct PluginFile {
    /// How many inserts and updates there are.
    private(set) var changes = 0
    /// The sum of the first values of their new rows.
    private(set) var keys = 0

    private let bytes: [UInt8]
    private var place = 0

    /// Reads a file.
    ///
    /// - Throws: `Advice` of kind `damaged` when it holds anything else.
    init(_ path: String) throws {
        bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        while place < bytes.count {
            let kind = bytes[place]
            place += 1
            switch kind {
            case UInt8(ascii: "B"): place += 20
            case UInt8(ascii: "C"): place += 25
            case UInt8(ascii: "R"): try skipRelation()
            case UInt8(ascii: "I"), UInt8(ascii: "U"):
                place += 4
                guard take() == UInt8(ascii: "N") else { throw foreign() }
                try readRow()
            default: throw foreign()
            }
            guard take() == UInt8(ascii: "\n") else { throw foreign() }
        }
    }

    private func foreign() -> Advice {
        Advice(
            .damaged, "pg_recvlogical's file holds something else at byte \(place)",
            remedy: "see what the version of the server sends")
    }

    private mutating func take() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func number(_ length: Int) -> Int {
        (0..<length).reduce(0) { number, _ in number << 8 | Int(take()) }
    }

    private mutating func skipRelation() throws {
        place += 4
        for _ in 0..<2 { while take() != 0 {} }
        place += 1
        for _ in 0..<number(2) {
            place += 1
            while take() != 0 {}
            place += 8
        }
    }

    private mutating func readRow() throws {
        for column in 0..<number(2) {
            switch take() {
            case UInt8(ascii: "n"): break
            case UInt8(ascii: "t"):
                let length = number(4)
                guard place + length <= bytes.count else { throw foreign() }
                if column == 0 {
                    let text = String(decoding: bytes[place..<place + length], as: UTF8.self)
                    guard let key = Int(text) else { throw foreign() }
                    keys += key
                }
                place += length
            default: throw foreign()
            }
        }
        changes += 1
    }
}
