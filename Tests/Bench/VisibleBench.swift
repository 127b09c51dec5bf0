import Foundation
import Ingest
import Store
import Synchronization
import Vocabulary

/// The time from a commit in Postgres to the change being in a snapshot of our store.
///
/// Each transaction adds a sale and pays nine old ones. Its time begins when psql has the server's
/// answer to COMMIT and ends when a snapshot, taken by a reader whom the store woke, shows the sale.
struct VisibleBench {
    private static let single = 300
    /// Transactions a second; a thousand changes.
    private static let rate = 100
    private static let rateSeconds = 20
    /// The most that half of the changes may take, and 99 of 100, in milliseconds.
    private static let bars = [("p50", 0.5, 50.0), ("p99", 0.99, 250.0)]

    private let workshop: Workshop
    private let database: BenchDatabase

    init(_ workshop: Workshop, _ database: BenchDatabase) {
        self.workshop = workshop
        self.database = database
    }

    /// Measures the cases, and tells their distributions.
    func run(into report: inout BenchReport) async throws -> [String] {
        let store = try workshop.emptyStore("visible")
        defer { try? store.close() }
        let source = try PostgresSource(
            definition: workshop.source, connection: database.server.connection(database.name),
            store: store, slot: "bench_visible")
        say("Loading from Postgres, to follow its changes")
        try await source.catchUp()
        let following = Task { try await source.run() }
        let watch = Watch(store, after: workshop.rows)
        let watching = Task.detached { try await watch.run() }
        let notes: [String]
        do {
            try await waitUntil("the change stream is followed") {
                source.status.state == .following
            }
            notes = try await measure(watch, into: &report)
            try database.check(store, case: "visible")
        } catch {
            following.cancel()
            watching.cancel()
            throw error
        }
        following.cancel()
        watching.cancel()
        try await following.value
        _ = try? await watching.value
        try await source.retire()
        return notes
    }

    private func measure(
        _ watch: Watch, into report: inout BenchReport
    ) async throws -> [String] {
        let client = try TransactionClient(
            database.server.psql(database.name), first: workshop.rows + 1
        ) { sale in
            // Multiplying by a prime spreads the old sales over the table.
            let old = (1..<TransactionClient.changes).map { (sale * 9 + $0) * 7919 % 9973 + 1 }
            return [
                TransactionClient.insertion(of: sale, soldAt: "now()"),
                TransactionClient.payment(of: old, correcting: "tax"),
            ]
        }
        defer { client.close() }
        var notes: [String] = []
        func settle(_ variant: String, _ sales: Range<Int>) throws {
            let delays = sales.map { sale in
                guard let committed = client.committed[sale], let seen = watch.seen(sale) else {
                    preconditionFailure("sale \(sale) was waited for")
                }
                return max(0, (seen - committed) / .milliseconds(1))
            }
            let name = "visible-\(workshop.rows)-\(variant)"
            let shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)]
            let words = shares.map { word, share in
                String(format: "\(word) %.2f ms", Stopwatch.quantile(share, of: delays))
            }
            notes.append("\(name): commit → visible \(words.joined(separator: ", "))")
            for (word, share, bar) in Self.bars {
                try report.add(
                    BenchCase(
                        name: "\(name)-\(word)", ours: Stopwatch.quantile(share, of: delays),
                        peer: "bar", theirs: bar, unit: "ms", rows: delays.count))
            }
        }

        say("Committing \(Self.single) transactions, each after the one before was seen")
        let first = client.next
        for _ in 0..<Self.single {
            let sale = try client.commit()
            try await waitUntil("sale \(sale) is seen") { watch.seen(sale) != nil }
        }
        try settle("one", first..<client.next)

        say("Committing \(Self.rate) transactions a second for \(Self.rateSeconds) s")
        let second = client.next
        let start = ContinuousClock.now
        for number in 0..<Self.rate * Self.rateSeconds {
            let due = start + .seconds(1) * number / Self.rate
            if ContinuousClock.now < due { try await Task.sleep(until: due, clock: .continuous) }
            _ = try client.commit()
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let last = client.next - 1
        try await waitUntil("sale \(last) is seen") { watch.seen(last) != nil }
        try settle("stream", second..<client.next)
        notes[1] += String(
            format: " at %.0f changes/s",
            Double((client.next - second) * TransactionClient.changes) / seconds)
        return notes
    }

    private func waitUntil(_ what: String, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !condition() {
            guard ContinuousClock.now < end else {
                throw Advice(
                    .unreachable, "a minute has passed, and this has not happened: \(what)",
                    remedy: "see whether the scratch server still runs")
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

/// Notes when each new sale is in a snapshot for the first time.
private final class Watch: Sendable {
    private let store: Store
    private let scope: Scope
    private let after: Int
    /// When each sale after `after` was seen, in the order of their numbers.
    private let moments = Mutex<[ContinuousClock.Instant]>([])

    init(_ store: Store, after: Int) {
        self.store = store
        self.after = after
        scope = Scope(companies: store.schema.companies.companies.map(\.code))
    }

    /// When a sale was seen; nil as long as it was not.
    func seen(_ sale: Int) -> ContinuousClock.Instant? {
        moments.withLock { moments in
            let index = sale - after - 1
            return moments.indices.contains(index) ? moments[index] : nil
        }
    }

    /// Looks after every commit, until the task is cancelled.
    func run() async throws {
        let number = ColumnPath("number")
        let request = ScanRequest(
            model: "sale", filters: [.range(number, Int64(after + 1)...Int64.max)],
            measures: [.count, .greatest(.column(number))])
        for await _ in store.commits() {
            let values = try store.snapshot(scope).scan(request).rows[0].values
            let now = ContinuousClock.now
            guard let count = values[0], let greatest = values[1] else { continue }
            // Sales are committed in the order of their numbers: no later one without the earlier.
            precondition(Int(greatest) - after == Int(count), "sales are seen in their order")
            moments.withLock { moments in
                while moments.count < Int(count) { moments.append(now) }
            }
        }
    }
}
