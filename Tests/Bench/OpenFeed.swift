import Foundation
import Synchronization
import Vocabulary

/// Changes to the sales in Postgres, by one application that commits small transactions.
///
/// Each adds a sale and pays and corrects nine others. All are of the period that pages show, and the number
/// of sales and their amounts only grow, so that a page which goes back to an older state is found out.
final class OpenFeed: Sendable {
    /// Transactions a second; a thousand changes.
    static let rate = 100
    /// The period that pages show, in SQL and in an address.
    static let period = """
        (created_at AT TIME ZONE 'Europe/Copenhagen')::date BETWEEN '2025-01-01' AND '2025-12-31'
        """
    static let periodName = "2025"

    /// How a feed went.
    struct Course: Sendable {
        let changes: Int
        let seconds: Double
    }

    private let audiences: [OpenAudience]
    private let client: Mutex<TransactionClient>

    /// Begins a session.
    init(_ database: BenchDatabase, _ audiences: [OpenAudience]) throws {
        self.audiences = audiences
        guard
            let last = try database.server.row("SELECT max(id) FROM sales", in: database.name)
                .first.flatMap({ Int($0) })
        else { throw Advice(.damaged, "table sales is empty", remedy: "fill it first") }
        let rows = database.files.data.sales.count
        // The newest eighth is about half a year.
        let recent = rows / 8
        precondition(
            recent % 7919 != 0 && recent > TransactionClient.changes, "a share of the rows")
        client = Mutex(
            try TransactionClient(database.server.psql(database.name), first: last + 1) { sale in
                let others = (1..<TransactionClient.changes).map {
                    rows - (sale * 9 + $0) * 7919 % recent
                }
                return [
                    TransactionClient.insertion(
                        of: sale, soldAt: "to_timestamp(\(SalesData.end - 1))"),
                    TransactionClient.payment(of: others, correcting: "amount"),
                ]
            })
    }

    /// Makes one transaction; returns the company of its new sale and when the server had committed.
    func commit() throws -> (company: Int, at: ContinuousClock.Instant) {
        let sale = try client.withLock { try $0.commit() }
        let (company, now) = (TransactionClient.company(of: sale), ContinuousClock.now)
        for audience in audiences where audience.sees(company) { audience.note(now) }
        return (company, now)
    }

    /// Goes on for some time at the feed's rate, on a thread of its own: it waits for psql.
    func run(for duration: Duration) async throws -> Course {
        try await withCheckedThrowingContinuation { continuation in
            Thread { [self] in
                continuation.resume(with: Result { try keepOn(for: duration) })
            }.start()
        }
    }

    private func keepOn(for duration: Duration) throws -> Course {
        let start = ContinuousClock.now
        var number = 0
        while ContinuousClock.now - start < duration {
            let wait = (start + .seconds(1) * number / Self.rate - .now) / .seconds(1)
            if wait > 0 { Thread.sleep(forTimeInterval: wait) }
            _ = try commit()
            number += 1
        }
        return Course(
            changes: number * TransactionClient.changes,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Ends the session.
    func close() { client.withLock { $0.close() } }
}
