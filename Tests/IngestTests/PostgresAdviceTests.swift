import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The words with which a source that cannot be read says what to do.
@Suite struct PostgresAdviceTests {
    private func advice(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func wrongConnectionsAreOneLineWithoutThePassword() async throws {
        let harness = try SourceHarness(sales: 1)
        func source(_ connection: String) throws -> PostgresSource {
            try PostgresSource(
                definition: harness.definition, connection: connection, store: harness.store)
        }
        for wrong in ["postgresql://u:s3cret@[h/x", "hots=x password=s3cret", "s3cret", ""] {
            let text = await advice { _ = try source(wrong) }
            #expect(
                text == "the connection string of source ‘tekup’ cannot be read; write it as "
                    + "postgresql://user@host:5432/database or as host=… port=… dbname=… user=…")
        }
        let gone = try source("host=/nowhere dbname=x user=u password=s3cret")
        let text = await advice { try await gone.catchUp() }
        #expect(
            text == "cannot reach source ‘tekup’ (u@/nowhere/x): No such file or directory; check "
                + "that the server runs and the connection string is right")
        #expect(gone.status.state == .refused)
        let folder = ScratchCluster.shared.folder
        let other = try source("host=\(folder) dbname=nosuch user=postgres password=s3cret")
        #expect(
            await advice { try await other.run() }
                == "source ‘tekup’ (postgres@\(folder)/nosuch) refuses the connection: database "
                + "\"nosuch\" does not exist; check user, password and database in the connection "
                + "string")
        #expect(harness.store.position(of: "tekup") == nil)
    }

    @Test func missingRightsNameTheStatementThatGrantsThem() async throws {
        let harness = try SourceHarness(sales: 1)
        let role = "r_\(harness.database)"
        try harness.sql("CREATE ROLE \(role) LOGIN; ALTER TABLE sales ENABLE ROW LEVEL SECURITY")
        let source = try harness.source(user: role)
        #expect(
            await advice { try await source.catchUp() }
                == "role ‘\(role)’ lacks the right to replicate; run ALTER ROLE \"\(role)\" "
                + "REPLICATION; as an administrator; where that cannot be had, write ‘read: polling’ "
                + "beside the connection of ‘tekup’ in reportd.yaml")
        try harness.sql("ALTER ROLE \(role) REPLICATION")
        #expect(
            await advice { try await source.catchUp() }.contains(
                "run GRANT SELECT (\"id\", \"organization_id\", \"name\", \"role\", \"active\", "
                    + "\"created_at\") ON \"public\".\"users\" TO \"\(role)\";"))
        try harness.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)")
        #expect(
            await advice { try await source.catchUp() }
                == "row-level security hides rows of table ‘public.sales’ from role ‘\(role)’; run "
                + "ALTER ROLE \"\(role)\" BYPASSRLS; as an administrator")
        try harness.sql("ALTER ROLE \(role) BYPASSRLS")
        let findings = try await source.check()
        let problem = try #require(findings.first)
        #expect(problem.severity == .problem)
        #expect(problem.what.hasSuffix("and so cannot publish it"))
        // The statement it prints is the one that mends it.
        let statement = try #require(problem.fix.split(separator: ": ", maxSplits: 1).last)
        try harness.sql(String(statement))
        #expect(try await source.check().allSatisfy { $0.severity != .problem })
        try await source.catchUp()
        try harness.expectEqual()
    }

    @Test func pollingNeedsTheRightToReadAndAKey() async throws {
        let harness = try SourceHarness(sales: 3)
        let role = "p_\(harness.database)"
        try harness.sql("CREATE ROLE \(role) LOGIN; ALTER TABLE sales ENABLE ROW LEVEL SECURITY")
        let source = try harness.polling(user: role)
        #expect(
            await advice { try await source.catchUp() }
                == "role ‘\(role)’ may not read ‘id’ of ‘public.users’; run GRANT SELECT (\"id\", "
                + "\"organization_id\", \"name\", \"role\", \"active\", \"created_at\") ON "
                + "\"public\".\"users\" TO \"\(role)\";")
        // The statements that it prints are all that is needed; whole tables need not be granted.
        var statements = 0
        while let problem = try await source.check().first, problem.severity == .problem {
            let statement = try #require(problem.fix.split(separator: "run ").first)
            try harness.sql(String(statement).replacing(" as an administrator", with: ""))
            statements += 1
            try #require(statements < 20)
        }
        #expect(statements == 7)
        try await source.catchUp()
        try harness.expectEqual()
        try harness.sql("ALTER TABLE leads DROP CONSTRAINT leads_pkey")
        #expect(
            await advice { try await source.catchUp() }
                == "rows of table ‘public.leads’ cannot be told apart; give it a primary key: "
                + "ALTER TABLE \"public\".\"leads\" ADD PRIMARY KEY (\"id\");")
        try harness.sql(
            "ALTER TABLE leads ADD COLUMN other int GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        #expect(
            await advice { try await source.catchUp() }
                == "sources/tekup.yaml:70:12: the key of ‘public.leads’ in the mapping is not unique "
                + "in the table; use ‘key: [other]’")
        #expect(source.status.state == .refused)
        // What replication left there is named, since the server keeps its log for it.
        try harness.sql(
            "ALTER TABLE leads DROP COLUMN other; ALTER TABLE leads ADD PRIMARY KEY (id)")
        try harness.sql(
            "SELECT pg_create_logical_replication_slot('reportd_tekup', 'pgoutput')")
        let notice = try await source.check().first { $0.severity == .notice }
        #expect(notice?.fix == "run SELECT pg_drop_replication_slot('reportd_tekup');")
        try harness.sql("SELECT pg_drop_replication_slot('reportd_tekup')")
        #expect(try await source.check().allSatisfy { $0.severity == .fine })
    }

    @Test func whatTheMappingGotWrongNamesThePlace() async throws {
        let harness = try SourceHarness(sales: 1)
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/tekup.yaml", encoding: .utf8)
        func message(_ old: String, _ new: String) async throws -> String {
            let definition = try SourceHarness.tekup(
                text.replacing(old, with: new), harness.schema)
            return try await harness.source(definition: definition).check().first?.advice
                .description ?? "nothing"
        }
        #expect(
            try await message("net: final_amount", "net: final_amont")
                == "sources/tekup.yaml:45:12: table ‘public.sales’ has no column ‘final_amont’; "
                + "did you mean ‘final_amount’?")
        #expect(
            try await message("public.leads", "public.leeds")
                == "sources/tekup.yaml:70:12: the source has no table ‘public.leeds’; did you mean "
                + "‘public.leads’?")
        #expect(
            try await message("net: final_amount", "net: sale_number")
                == "sources/tekup.yaml:45:12: ‘sale_number’ of ‘public.sales’ is of type text, "
                + "which does not fit ‘net’ of type money; add ‘cast: number’ if it is text that "
                + "holds a number")
        #expect(
            try await message("service: service_id", "service: sale_number")
                == "sources/tekup.yaml:45:12: ‘sale_number’ of ‘public.sales’ is of type text and "
                + "cannot be the key of ‘public.services’; name the column that holds ‘id’ of "
                + "‘public.services’")
        #expect(
            try await message("zone: UTC\n", "")
                == "sources/tekup.yaml:13:12: ‘created_at’ of ‘public.users’ is of type timestamp(3) "
                + "without time zone, which does not fit ‘created_at’ of type instant; add ‘zone: "
                + "UTC’, or the zone its clock shows")
        try harness.sql("ALTER TABLE leads DROP CONSTRAINT leads_pkey")
        #expect(
            try await message("", "")
                == "rows of table ‘public.leads’ cannot be told apart in the stream; give it a "
                + "primary key: ALTER TABLE \"public\".\"leads\" ADD PRIMARY KEY (\"id\");")
    }

    @Test func gapsInTheChangesAreToldNotSkipped() async throws {
        let harness = try SourceHarness(sales: 10)
        let source = try harness.source()
        try await source.catchUp()
        let remedy = "; run reportd ingest --reload tekup to read it again from the beginning"
        try harness.sql("SELECT pg_drop_replication_slot('s_\(harness.database)')")
        #expect(
            await advice { try await source.catchUp() }
                == "source ‘tekup’ no longer has our replication slot, so changes may be missing"
                + remedy)
        #expect(source.status.state == .refused)
        try harness.sql(TekupDatabase.insertSales(11...12))
        try harness.sql(
            "SELECT pg_create_logical_replication_slot('s_\(harness.database)', 'pgoutput')")
        #expect(
            await advice { try await source.run() }.hasPrefix(
                "source ‘tekup’ was told that changes up to "))
        try await source.catchUp(reloading: true)
        try harness.expectEqual()
        // A second reader of the same slot is refused, and the first one goes on.
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        let second = try harness.source()
        #expect(
            await advice { try await second.catchUp() }.hasPrefix(
                "another process already follows source ‘tekup’"))
        running.cancel()
        try await running.value
    }

    @Test func theStartIsDecidedFromWhatBothSidesHave() throws {
        func start(
            _ stored: PostgresPosition?, system: String = "7", timeline: Int = 1,
            current: UInt64 = 100, history: [Int: LogPosition] = [:], tenants: String = "t",
            slot: PostgresSlot? = PostgresSlot(
                isActive: false, confirmed: LogPosition(40), isLost: false, isForeign: false)
        ) throws -> PostgresStart {
            try PostgresStart(
                stored: stored, wantsReload: false, tables: ["a": "1", "b": "2"],
                tenants: tenants,
                server: PostgresStart.Server(
                    system: system, timeline: timeline, current: LogPosition(current),
                    slot: slot, history: history), source: "x")
        }
        var stored = PostgresPosition(
            log: LogPosition(50), system: "7", timeline: 1, tenants: "t",
            tables: [
                "a": TableMark(fingerprint: "1", from: nil),
                "b": TableMark(fingerprint: "2", from: LogPosition(60)),
            ])
        #expect(try start(nil) == .load(reason: "it has not been read before"))
        #expect(try start(stored) == .resume(stored, stale: []))
        // What was placed by the tenants of before is read again, and so is a table that changed.
        #expect(try start(stored, tenants: "u") == .resume(stored, stale: ["a", "b"]))
        stored.tables["b"] = nil
        #expect(try start(stored) == .resume(stored, stale: ["b"]))
        #expect(throws: Advice.self) { try start(stored, system: "8") }
        #expect(throws: Advice.self) { try start(stored, slot: nil) }
        #expect(throws: Advice.self) { try start(stored, current: 49) }
        // Another timeline is fine if it left the one we know after our position.
        #expect(throws: Advice.self) { try start(stored, timeline: 2) }
        #expect(throws: Advice.self) {
            try start(stored, timeline: 2, history: [1: LogPosition(49)])
        }
        #expect(
            try start(stored, timeline: 2, history: [1: LogPosition(50)])
                == .resume(stored, stale: ["b"]))
        for (confirmed, isLost) in [(UInt64(51), false), (40, true)] {
            #expect(throws: Advice.self) {
                try start(
                    stored,
                    slot: PostgresSlot(
                        isActive: false, confirmed: LogPosition(confirmed), isLost: isLost,
                        isForeign: false))
            }
        }
        var backoff = Backoff()
        let waits = (0..<9).map { _ in backoff.next() }
        #expect(waits.first == .milliseconds(500) && waits.last == .seconds(60))
    }
}
