import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Mappings proposed for databases that were not made for it: they load and read all rows unedited.
@Suite struct DiscoveryTests {
    private func expect(
        _ harness: DiscoveryHarness, says lines: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = harness.files.mapping + harness.files.models + harness.files.companies
        for line in lines {
            #expect(text.contains(line), "\(line)", sourceLocation: sourceLocation)
        }
    }

    /// What is private must be neither in the proposal nor in any row.
    private func expectNothing(
        of marker: String, in harness: DiscoveryHarness,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let files = harness.files
        for text in [files.mapping, files.models, files.metrics, files.companies] {
            #expect(
                DiscoveryHarness.line(marker, in: text) == "", sourceLocation: sourceLocation)
        }
        for table in harness.definition.tables {
            let rows = try harness.stored("SELECT * FROM \"\(table.model.name)\"")
            #expect(
                rows.first { $0.contains(marker) } == nil, "\(table.name)",
                sourceLocation: sourceLocation)
        }
    }

    @Test func aMarketPlaceWithEverything() async throws {
        let database = try DiscoveryHarness.database(schema: "market")
        let harness = try await DiscoveryHarness(database)
        try await harness.catchUp()
        try harness.expectAllRows()
        try expectNothing(of: "hush", in: harness)
    }

    private static let contents = [
        "teddykids": TeddyKidsDatabase.content + TeddyKidsDatabase.oddities,
        "angisoft": AngiSoftDatabase.content + AngiSoftDatabase.oddities,
        "mvp": TokenDatabase.content + TokenDatabase.oddities,
        "tekup": SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities
            + SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities
            + SalesGroupDatabase.crm + SalesGroupDatabase.crmOddities,
    ]

    @Test(arguments: ["teddykids", "angisoft", "mvp", "tekup"])
    func systemsThatWeReadOtherwise(schema: String) async throws {
        let database = try DiscoveryHarness.database(
            schema: schema, content: Self.contents[schema] ?? "")
        let harness = try await DiscoveryHarness(database)
        try await harness.catchUp()
        // Currencies that do not exist are put aside, and the proposal says so.
        let odd = try harness.store.quarantined()
        #expect(odd.allSatisfy { $0.reason.contains("KSH") }, "\(odd.map(\.reason))")
        #expect(odd.isEmpty || harness.files.mapping.contains("so put aside: KSH"))
        try harness.expectAllRows()
        try expectNothing(of: "marker", in: harness)
    }

    @Test func whatItSaysOfTheMarketPlace() async throws {
        let harness = try await DiscoveryHarness(DiscoveryHarness.database(schema: "market"))
        expect(
            harness,
            says: [
                "deleted: {deletedAt: {is: present}}",
                "total: {from: totalCents, unit: minor}",
                "currency: {from: currency, form: [trim, upper]}",
                "order_line: {from: [order_id, line_no]}",
                "manager: managerId",
                "customer: customer_id   # guessed from the name: 90 of 90 sampled values",
                "created: {from: created, unit: milliseconds}",
                "refunded_on: {from: refunded_on, cast: day}",
                "key: [id, visited_at]",
                "state: {type: category, history: true}",
                "discount_rate: {type: decimal, scale: 4}",
                "exact_weight: {type: decimal, scale: 6}",
                "time: placed_at",
                "back_office_staff_history:",
                "#   pin (integer): secret: never copy it",
                "#   public.paid_orders: a view",
                "#   public.order_count: a materialised view",
                "ALTER TABLE \"public\".\"fast_cache\" SET LOGGED;",
                "REPLICA IDENTITY USING INDEX \"unique_only_code_key\";",
                "ALTER TABLE \"public\".\"whole_rows\" REPLICA IDENTITY DEFAULT;",
                "#   public.user_sessions: its rows are secrets",
                "#   public.invitations: its key ‘token’ is private",
                "#   public.log_lines: no key",
                "ALTER \"amount\" TYPE numeric(14,2);",
                "evil: \"\\u000aevil: [\"",
            ])
    }

    @Test func tenantsBecomeCompanies() async throws {
        let content = """
            CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL, plan text);
            CREATE TABLE invoices (id integer PRIMARY KEY, tenant_id uuid REFERENCES tenants,
                amount numeric(10,2), currency text, issued_at timestamptz);
            CREATE TABLE payments (id integer PRIMARY KEY, tenant_id uuid REFERENCES tenants,
                invoice_id integer REFERENCES invoices, amount numeric(10,2), paid_at timestamptz);
            CREATE TABLE rates (id integer PRIMARY KEY, rate numeric);
            INSERT INTO tenants SELECT gen_random_uuid(), s, 'x' FROM unnest(ARRAY['north','south']) s;
            INSERT INTO invoices SELECT n, (SELECT id FROM tenants ORDER BY slug OFFSET n % 2 LIMIT 1),
                n, 'SEK', now() FROM generate_series(1, 30) n;
            INSERT INTO payments SELECT n, (SELECT id FROM tenants ORDER BY slug OFFSET n % 2 LIMIT 1),
                n, n, now() FROM generate_series(1, 30) n;
            INSERT INTO rates VALUES (1, 1.5);
            """
        let harness = try await DiscoveryHarness(ScratchCluster.shared.database(content))
        expect(
            harness,
            says: [
                "  table: public.tenants\n  key: id\n  value: slug\n", "    north: north\n",
                "tenant: tenant_id   # rows without one are put aside", "currency: SEK   # decide",
                "    company: found\n",
            ])
        try await harness.catchUp()
        try harness.expectAllRows()
        #expect(
            try harness.stored("SELECT company, count(*), sum(amount) FROM invoice GROUP BY 1")
                == ["north|15|24000", "south|15|22500"])
        // Beside companies that exist, tenants are found by their code or name.
        let companies = """
            companies:
              - {code: nordic, name: North, zone: UTC, currency: SEK, country: SE}
              - {code: south, name: The South, zone: UTC, currency: SEK, country: SE}
            """
        await #expect(throws: Advice.self) {
            _ = try await DiscoveryHarness(harness.database, beside: companies)
        }
    }

    @Test func nothingToRead() async throws {
        let empty = try ScratchCluster.shared.database()
        let discovery = try PostgresDiscovery(connection: ScratchCluster.shared.connection(empty))
        func told() async -> String {
            do {
                _ = try await discovery.propose()
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            await told() == "database ‘\(empty)’ has no tables; check that the connection string "
                + "names the database of the application, and that its role may see its schemas")
        try ScratchCluster.shared.sql(empty, "CREATE TABLE lines (text text)")
        #expect(
            await told() == "no table of database ‘\(empty)’ can be read; mend one of these first: "
                + "public.lines: no key, so its rows cannot be told apart: give it one with ALTER "
                + "TABLE \"public\".\"lines\" ADD PRIMARY KEY (…);")
    }

    /// A role that may read little is told so, and nothing is written by looking.
    @Test func lookingChangesNothingAndNeedsNoRights() async throws {
        let database = try DiscoveryHarness.database(schema: "market")
        let role = "reader_\(database)"
        try ScratchCluster.shared.sql(
            database,
            "CREATE ROLE \(role) LOGIN; GRANT SELECT ON customers, visits TO \(role)")
        let before = try ScratchCluster.shared.sql(
            database, "SELECT count(*), max(xmin::text) FROM pg_class")
        let files = try await PostgresDiscovery(
            connection: ScratchCluster.shared.connection(database, user: role)
        ).propose()
        #expect(files.tables.mapped == 2)
        #expect(files.mapping.contains("#   public.order: this role may not read its key ‘id’"))
        #expect(
            try ScratchCluster.shared.sql(
                database, "SELECT count(*), max(xmin::text) FROM pg_class") == before)
    }
}
