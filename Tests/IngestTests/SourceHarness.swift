import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A database of the sales application, a store, and the source between them.
final class SourceHarness: Sendable {
    let database: String
    let folder: ScratchFolder
    let schema: Schema
    let definition: SourceDefinition
    let store: Store
    let events = Mutex<[IngestEvent]>([])
    static let clock = WallClock.fixed(Instant(seconds: 1_767_225_600))

    init(
        sales: Int = 100, mapping: String? = nil, storeFolder: String? = nil,
        settings: StoreSettings = StoreSettings()
    ) throws {
        database = try ScratchCluster.shared.database(
            TekupDatabase.schema + TekupDatabase.content(sales: sales))
        folder = try ScratchFolder()
        schema = try Schema(definitions: definitionsFolder)
        definition = try Self.tekup(mapping, schema)
        store = try Store(
            path: (storeFolder ?? folder.path) + "/store.sqlite", schema: schema,
            clock: Self.clock, settings: settings)
    }

    /// The same database and the same store, after the process that had it open is gone.
    init(reopening other: SourceHarness) throws {
        (database, folder, schema) = (other.database, other.folder, other.schema)
        definition = other.definition
        store = try Store(path: folder.path + "/store.sqlite", schema: schema, clock: Self.clock)
    }

    deinit { try? store.close() }

    static func tekup(_ mapping: String? = nil, _ schema: Schema) throws -> SourceDefinition {
        if let mapping {
            return try SourceDefinition(
                DefinitionNode(parsing: mapping, file: "sources/tekup.yaml"), schema: schema)
        }
        return try SourceDefinition(
            DefinitionNode(
                contentsOf: definitionsFolder + "/sources/tekup.yaml",
                relativeTo: definitionsFolder), schema: schema)
    }

    /// A source with quick timers.
    func source(
        user: String = "postgres", timing: PostgresTiming = PostgresTiming(),
        definition: SourceDefinition? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in await Task.yield() }
    ) throws -> PostgresSource {
        try PostgresSource(
            definition: definition ?? self.definition,
            connection: ScratchCluster.shared.connection(database, user: user), store: store,
            clock: Self.clock, slot: "s_\(database)", timing: timing, sleep: sleep,
            log: { event in self.events.withLock { $0.append(event) } })
    }

    @discardableResult
    func sql(_ text: String) throws -> [[String?]] {
        try ScratchCluster.shared.sql(database, text)
    }

    /// The sales as the source has them, one line each.
    func sourceSales() throws -> [String] {
        try sql(
            """
            SELECT concat_ws('|', s.sale_number, s.status, coalesce(s.source::text, '-'),
                (s.final_amount * 100)::bigint, coalesce((s.quoted_amount * 100)::bigint::text, '-'),
                (s.total_with_tax * 100)::bigint, (s.tax_rate * 100)::bigint, s.currency,
                (extract(epoch FROM s.sale_date) * 1000000)::bigint,
                coalesce((extract(epoch FROM s.scheduled_date) * 1000000)::bigint::text, '-'),
                CASE c_o.type WHEN o.type THEN c.name ELSE '-' END,
                CASE u_o.type WHEN o.type THEN u.name ELSE '-' END,
                CASE o.type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
                     WHEN 'FOODTRUCK' THEN 'foodtruck' ELSE '?' END)
            FROM sales s JOIN customers c ON c.id = s.customer_id
                 JOIN organizations c_o ON c_o.id = c.organization_id
                 LEFT JOIN users u ON u.id = s.assigned_to
                 LEFT JOIN organizations u_o ON u_o.id = u.organization_id
                 JOIN organizations o ON o.id = s.organization_id
            WHERE o.type <> 'BAKERY'
            """
        ).compactMap { $0[0] }.sorted()
    }

    /// The sales as the store has them, in the same form.
    func storedSales(in other: Store? = nil) throws -> [String] {
        var lines: [String] = []
        for company in ["rendetalje", "tekup", "foodtruck"] {
            let paths = [
                ColumnPath("number"), ColumnPath("status"), ColumnPath("source"),
                ColumnPath("net"), ColumnPath("quoted"), ColumnPath("gross"),
                ColumnPath("tax_rate"), ColumnPath("currency"), ColumnPath("sold_at"),
                ColumnPath("scheduled_at"), ColumnPath("customer", "name"),
                ColumnPath("rep", "name"),
            ]
            let rows = try (other ?? store).snapshot(Scope(companies: [company])).rows(
                RowRequest(model: "sale", columns: paths))
            try rows.forEachBatch { batch in
                for cells in batch {
                    let words = cells.map { cell in
                        switch cell {
                        case .number(let number): String(number)
                        case .text(let text): text
                        default: "-"
                        }
                    }
                    lines.append((words + [company]).joined(separator: "|"))
                }
            }
        }
        return lines.sorted()
    }

    func expectEqual(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let (wanted, found) = (try sourceSales(), try storedSales())
        #expect(found.count == wanted.count, comment, sourceLocation: sourceLocation)
        if found != wanted {
            let extra = found.filter { !wanted.contains($0) }.prefix(3)
            let lacking = wanted.filter { !found.contains($0) }.prefix(3)
            Issue.record(
                "the store differs: extra \(extra), lacking \(lacking)",
                sourceLocation: sourceLocation)
        }
    }

    func quarantined() throws -> [String] {
        try store.quarantined().map { "\($0.table) \($0.key): \($0.reason)" }
    }

    /// Waits until a condition holds, for at most half a minute.
    func wait(for what: String, _ condition: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try !condition() {
            guard ContinuousClock.now < end else {
                Issue.record("never happened: \(what)")
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func slot() throws -> (active: Bool, confirmed: LogPosition)? {
        let rows = try sql(
            "SELECT active, confirmed_flush_lsn FROM pg_replication_slots "
                + "WHERE slot_name = 's_\(database)'")
        guard let row = rows.first, let position = LogPosition(row[1] ?? "") else { return nil }
        return (row[0] == "t", position)
    }
}
