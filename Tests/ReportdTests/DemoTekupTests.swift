import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Tekup demo")
struct DemoTekupTests {
    let folder = DemoFolder()

    private func cluster() throws -> ScratchPostgres {
        let postgres = try ScratchPostgres(folder: folder.path, durability: .disposable)
        try postgres.start()
        return postgres
    }

    private func day(_ text: String) throws -> LocalDay { try #require(LocalDay(text)) }
    private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

    /// Rules that every state of the database keeps: each query lists the rows that break one.
    private static let rules = [
        "tax is 25 per cent rounded":
            "SELECT id FROM sales WHERE tax_rate <> 25 OR tax_amount <> round(final_amount / 4, 2)",
        "totals add up":
            "SELECT id FROM sales WHERE total_with_tax <> final_amount + tax_amount",
        "amounts are positive": "SELECT id FROM sales WHERE final_amount <= 0",
        "nothing is billed before it is done":
            """
        SELECT id FROM sales WHERE (payment_status = 'NOT_INVOICED')
        <> (status IN ('QUOTE_SENT', 'ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'LOST', 'CANCELLED'))
        """,
        "paid sales have a payment":
            """
        SELECT id FROM sales WHERE status = 'PAID' AND payment_status NOT IN ('PAID', 'REFUNDED')
        OR (payment_date IS NULL) <> (payment_status IN ('NOT_INVOICED', 'PENDING', 'PARTIALLY_PAID'))
        """,
        "converted leads name a customer":
            "SELECT id FROM leads WHERE status = 'CONVERTED' AND customer_id IS NULL",
        "rows of one sale are of one company":
            """
        SELECT s.id FROM sales s JOIN customers c ON c.id = s.customer_id
        JOIN services v ON v.id = s.service_id LEFT JOIN users u ON u.id = s.assigned_to
        WHERE c.organization_id <> s.organization_id OR v.organization_id <> s.organization_id
        OR u.organization_id <> s.organization_id
        """,
        "steps of sales are legal":
            """
        SELECT id FROM audit_logs WHERE resource_type = 'sales' AND details #> '{status,from}'
        IS NOT NULL AND (details #>> '{status,from}', details #>> '{status,to}') NOT IN (VALUES
        ('QUOTE_SENT', 'ACCEPTED'), ('QUOTE_SENT', 'LOST'), ('ACCEPTED', 'SCHEDULED'),
        ('SCHEDULED', 'IN_PROGRESS'), ('IN_PROGRESS', 'COMPLETED'), ('COMPLETED', 'PAID'),
        ('ACCEPTED', 'CANCELLED'), ('SCHEDULED', 'CANCELLED'), ('IN_PROGRESS', 'CANCELLED'))
        """,
        "steps of leads are legal":
            """
        SELECT id FROM audit_logs WHERE resource_type = 'leads' AND details #> '{status,from}'
        IS NOT NULL AND (details #>> '{status,from}', details #>> '{status,to}') NOT IN (VALUES
        ('NEW', 'CONTACTED'), ('NEW', 'UNQUALIFIED'), ('CONTACTED', 'QUALIFIED'),
        ('CONTACTED', 'UNQUALIFIED'), ('QUALIFIED', 'UNQUALIFIED'), ('QUALIFIED', 'CONVERTED'))
        """,
        "the last audited status is the sale's status":
            """
        SELECT s.id FROM sales s JOIN LATERAL (SELECT COALESCE(details #>> '{status,to}',
        details ->> 'status') AS status FROM audit_logs a WHERE a.resource_id = s.id::text
        AND details ? 'status' ORDER BY created_at DESC LIMIT 1) last ON true
        WHERE last.status <> s.status::text AND (last.status, s.status) <> ('COMPLETED', 'PAID')
        """,
        "sale numbers have their form":
            "SELECT id FROM sales WHERE sale_number !~ '^(RS|TK|FF)-W?20[0-9]{2}-[0-9]{4,}$'",
    ]

    private func checkRules(in postgres: ScratchPostgres, _ database: String) throws {
        try postgres.execute(
            "CREATE INDEX IF NOT EXISTS audit_resource ON audit_logs (resource_id)",
            database: database)
        for (rule, query) in Self.rules {
            let broken = try postgres.query(query + " LIMIT 3", database: database)
            #expect(broken.isEmpty, "\(rule): \(broken)")
        }
    }

    /// The contents of every table of the application, in one digest.
    private func digests(in postgres: ScratchPostgres, _ database: String) throws -> [[String?]] {
        let tables = [
            "organizations", "users", "customers", "services", "sales", "leads", "audit_logs",
        ]
        let queries = tables.map {
            "SELECT '\($0)', count(*), md5(string_agg(t::text, E'\\n' ORDER BY id)) FROM \($0) t"
        }
        return try postgres.query(queries.joined(separator: " UNION ALL "), database: database)
    }

    @Test("the same seed makes the same bytes, another seed others")
    func isDeterministic() throws {
        let through = try instant("2026-03-01T11:00:00Z")
        let first = try TekupDemo(seed: 7, scale: 0.1, firstDay: day("2025-12-01"))
        let second = try TekupDemo(seed: 7, scale: 0.1, firstDay: day("2025-12-01"))
        let other = try TekupDemo(seed: 8, scale: 0.1, firstDay: day("2025-12-01"))
        let script = first.historyScript(through: through)
        #expect(script == second.historyScript(through: through))
        #expect(script != other.historyScript(through: through))
        let start = try instant("2026-02-01T11:00:00Z")
        #expect(
            first.advanceScript(after: start, through: through)
                == second.advanceScript(after: start, through: through))
        #expect(first.pulse(number: 3, now: through) == second.pulse(number: 3, now: through))
    }

    @Test("what happens on a day does not depend on the first day")
    func dayIsIndependent() throws {
        let start = try instant("2026-05-04T22:00:00Z")
        let end = try instant("2026-05-05T22:00:00Z")
        let scripts = try ["2023-01-01", "2024-02-29"].map {
            try TekupDemo(seed: 7, scale: 0.2, firstDay: day($0))
                .advanceScript(after: start, through: end)
        }
        #expect(scripts[0].contains("INSERT INTO sales"))
        #expect(scripts[0] == scripts[1])
    }

    @Test("stories end within the span that the generator looks back")
    func storiesAreBounded() throws {
        let demo = try TekupDemo(seed: 7, scale: 0.5, firstDay: day("2025-01-01"))
        for unit in TekupUnit.all {
            var count = 0
            demo.forEachStory(of: unit, from: demo.firstDay, through: try day("2025-06-30")) {
                count += 1
                let start = demo.workdays.zone.start(of: $0.id.day)
                #expect($0.end < start.adding(seconds: Int64(TekupStory.longestLife) * 86_400))
                if let sale = $0.sale {
                    let latest = Int64(TekupStory.longestCourtship) * 86_400
                    #expect(sale.created < start.adding(seconds: latest))
                }
            }
            #expect(count > 200)
        }
    }

    @Test("two years load, keep every rule, and look like a business")
    func historyIsBelievable() throws {
        let postgres = try cluster()
        defer { postgres.stop() }
        let now = try instant("2026-11-20T13:30:00Z")
        let (_, continued) = try TekupDemo.open(in: postgres, seed: 1, scale: 0.12, now: now)
        #expect(!continued)
        try checkRules(in: postgres, TekupDemo.database)
        // The load does not look references up; declaring them anew does.
        try postgres.execute(
            """
            DO $$ DECLARE key record; BEGIN
                FOR key IN SELECT * FROM pg_constraint
                    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
                LOOP
                    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT again_%s %s', key.conrelid::regclass,
                        key.conname, pg_get_constraintdef(key.oid));
                END LOOP;
            END $$;
            """, database: TekupDemo.database)
        let keys = try postgres.query(
            "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'again%'",
            database: TekupDemo.database)
        #expect(keys == [["14"]])
        let text = try postgres.query(
            """
            SELECT (SELECT count(*) FROM sales), (SELECT count(*) FROM leads),
            (SELECT 1000 * count(*) FILTER (WHERE status = 'CONVERTED') / count(*) FROM leads),
            (SELECT count(DISTINCT COALESCE(details #>> '{status,to}', details ->> 'status'))
                FROM audit_logs WHERE resource_type = 'sales'),
            (SELECT count(DISTINCT details #>> '{status,to}')
                FROM audit_logs WHERE resource_type = 'leads'),
            (SELECT count(*) FROM sales WHERE status = 'COMPLETED' AND payment_status = 'PAID'),
            (SELECT count(*) FROM sales WHERE quoted_amount IS NULL),
            (SELECT count(*) FROM sales WHERE currency = 'EUR'),
            (SELECT count(*) FROM audit_logs WHERE action_type = 'DELETE' AND resource_type = 'sales'),
            (SELECT count(*) FROM sales WHERE sale_date::date <>
                (sale_date AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Copenhagen')::date),
            (SELECT count(*) FROM sales WHERE greatest(sale_date, created_at, updated_at) >
                '2026-11-20 13:30'),
            (SELECT count(*) FROM customers c WHERE total_sales_count <>
                (SELECT count(*) FROM sales s WHERE s.customer_id = c.id))
            """, database: TekupDemo.database)
        let figures = try #require(text.first).map { $0.flatMap(Int.init) ?? -1 }
        #expect((700...1300).contains(figures[0]), "sales")
        #expect((1300...2200).contains(figures[1]), "leads")
        #expect((200...400).contains(figures[2]), "conversion in per mille")
        #expect(figures[3] == 8 && figures[4] == 4, "statuses")
        for (position, name) in [
            (5, "paid drift"), (6, "missing quotes"), (7, "euro"), (8, "deletions"),
            (9, "around midnight"), (11, "drifting totals"),
        ] {
            #expect(figures[position] > 0, "\(name)")
        }
        #expect(figures[10] == 0, "the future")
        let weeks = try postgres.query(
            """
            SELECT count(s.id) FROM generate_series(timestamp '2025-01-06', '2026-11-09', '7 days') w
            LEFT JOIN sales s ON s.sale_date >= w AND s.sale_date < w + interval '7 days'
            GROUP BY w ORDER BY w
            """, database: TekupDemo.database
        ).compactMap { $0[0].flatMap { Int($0) } }
        #expect(weeks.count == 97)
        #expect(weeks.allSatisfy { $0 >= 1 }, "no week without business: \(weeks)")
        #expect(weeks.suffix(4).reduce(0, +) > 15, "no cliff at the end")
    }

    @Test("advancing day by day gives the same tables as loading at once")
    func advancingEqualsLoading() throws {
        let postgres = try cluster()
        defer { postgres.stop() }
        let demo = try TekupDemo(seed: 5, scale: 0.12, firstDay: day("2026-01-10"))
        // Across the change to summer time, and at odd hours.
        var now = try instant("2026-03-26T16:11:07Z")
        try postgres.createDatabase("steps")
        try postgres.execute(demo.historyScript(through: now), database: "steps")
        for number in 0..<7 {
            let next = now.adding(seconds: Int64(86_400 - 3600 + number * 600))
            try postgres.execute(
                demo.advanceScript(after: now, through: next), database: "steps")
            now = next
        }
        try postgres.createDatabase("whole")
        try postgres.execute(demo.historyScript(through: now), database: "whole")
        let steps = try digests(in: postgres, "steps")
        #expect(try steps == digests(in: postgres, "whole"))
        #expect(steps.allSatisfy { $0[2] != nil })
        // The same step again is refused and changes nothing.
        let late = now.adding(seconds: -60)
        let refused = #expect(throws: Advice.self) {
            try postgres.execute(
                demo.advanceScript(after: late, through: now), database: "steps")
        }
        #expect(refused?.cause?.contains("the demo is not at") == true)
        #expect(try steps == digests(in: postgres, "steps"))
    }

    @Test("pulses insert, update and delete, keep every rule, and the demo goes on after them")
    func pulsesKeepTheRules() throws {
        let postgres = try cluster()
        defer { postgres.stop() }
        var now = try instant("2026-11-18T09:00:00Z")
        let (demo, _) = try TekupDemo.open(
            in: postgres, seed: 3, scale: 0.12, days: 200, now: now)
        let before = try digests(in: postgres, TekupDemo.database)
        for batch in 0..<4 {
            var script = ""
            for number in (batch * 50)..<(batch * 50 + 50) {
                now = now.adding(seconds: 30)
                script += demo.pulse(number: number, now: now)
            }
            try postgres.execute(script, database: TekupDemo.database)
        }
        try checkRules(in: postgres, TekupDemo.database)
        #expect(try before != digests(in: postgres, TekupDemo.database))
        let kinds = try postgres.query(
            "SELECT kind, count(*) FROM demo.pulses GROUP BY kind", database: TekupDemo.database
        ).compactMap { $0[0] }
        #expect(
            Set(kinds).isSuperset(of: TekupDemo.PulseKind.allCases.map(\.rawValue)), "\(kinds)")
        let made = try postgres.query(
            """
            SELECT count(*) > 4, count(DISTINCT right(sale_number, 4)::integer) > 1,
                bool_and(right(sale_number, 4)::integer <= 200)
            FROM sales WHERE sale_number ~ '-W20[0-9]{2}-'
            """, database: TekupDemo.database)
        #expect(made == [["t", "t", "t"]])
        #expect(try TekupDemo.progress(in: postgres)?.pulses == 200)
        let early = #expect(throws: Advice.self) {
            try postgres.execute(
                demo.pulse(number: 7, now: now), database: TekupDemo.database)
        }
        #expect(early?.cause?.contains("pulse 7 is not due") == true)
        // Days later the demo is opened again, on rows that the pulses have moved.
        let later = now.adding(seconds: 9 * 86_400)
        let (again, continued) = try TekupDemo.open(in: postgres, seed: 99, now: later)
        #expect(continued)
        #expect(again.seed == 3 && again.scale == 0.12)
        try checkRules(in: postgres, TekupDemo.database)
        #expect(try TekupDemo.progress(in: postgres)?.through == later)
        let (_, stood) = try TekupDemo.open(in: postgres, seed: 99, now: now)
        #expect(stood)
        #expect(try TekupDemo.progress(in: postgres)?.through == later)
    }

    @Test("each company has its people and the three ids stay as they are")
    func peopleAndCompanies() throws {
        #expect(
            TekupUnit.all.map(\.organization) == [
                "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e01", "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e02",
                "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e03",
            ])
        for unit in TekupUnit.all {
            let roles = unit.users.map(\.role)
            #expect(roles.filter { $0 == .admin }.count == 1)
            #expect(roles.filter { $0 == .manager }.count == 1)
            #expect((2...4).contains(roles.filter { $0 == .rep }.count))
            #expect(roles.filter { $0 == .viewer }.count == 1)
            #expect(unit.users.allSatisfy { $0.email.hasSuffix(".example") })
        }
        let ids = TekupUnit.all.flatMap { $0.users.map(\.id) + $0.services.map(\.id) }
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        "easter, ascension day and whitsun close offices",
        arguments: [
            "2024-03-29", "2025-04-21", "2026-05-14", "2027-05-17", "2026-12-24",
        ])
    func holidays(_ text: String) throws {
        #expect(DanishWorkdays.isHoliday(try day(text)))
        #expect(!DanishWorkdays.isWorkday(try day(text)))
    }
}
