import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// What `reportd doctor` finds, each on a real server that is set so, and mended by what it prints.
@Suite(.serialized) struct DoctorTests {
    /// A database with one table, a mapping for it, and a source.
    private struct Patient {
        let database: String
        let cluster: ScratchCluster
        let source: PostgresSource
        let folder: ScratchFolder

        init(
            _ content: String, table: String = "things", columns: String = "{name: name}",
            zone: String = "UTC", user: String = "postgres",
            on cluster: ScratchCluster = .shared, connection: String? = nil,
            database name: String? = nil
        ) throws {
            self.cluster = cluster
            database = try name ?? cluster.database(content)
            folder = try ScratchFolder()
            let companies = try CompanyDirectory(
                DefinitionNode(
                    parsing: """
                        companies: [{code: one, name: One, zone: UTC, currency: EUR, country: NL}]
                        """, file: "companies.yaml"))
            let model = Model(
                name: "thing", label: "Thing",
                columns: [
                    Column(name: "name", label: "Name", type: .text),
                    Column(name: "at", label: "At", type: .instant),
                ], timeColumn: nil)
            let schema = Schema(models: [model], companies: companies)
            let definition = try SourceDefinition(
                DefinitionNode(
                    parsing: """
                        source: patient
                        kind: postgres
                        company: one
                        zone: \(zone)
                        tables: [{table: \(table), model: thing, key: id, columns: \(columns)}]
                        """, file: "sources/patient.yaml"), schema: schema)
            source = try PostgresSource(
                definition: definition,
                connection: connection ?? cluster.connection(database, user: user),
                store: Store(path: folder.path + "/store.sqlite", schema: schema),
                slot: "s_\(database)")
        }

        /// What was found that is not fine, one line each.
        func ails() async throws -> [String] {
            try await source.check().filter { $0.severity != .fine }
                .map { "\($0.severity.rawValue): \($0.what); \($0.fix)" }
        }

        @discardableResult
        func sql(_ text: String) throws -> [[String?]] { try cluster.sql(database, text) }

        /// Runs the statements that a fix prints.
        func mend(_ fix: String) throws {
            let start = try #require(fix.range(of: "run ") ?? fix.range(of: ": "))
            let end = try #require(fix.range(of: ";"))
            try sql(String(fix[start.upperBound..<end.upperBound]))
        }
    }

    private static let things = """
        CREATE TABLE things (id integer PRIMARY KEY, name text, at timestamp DEFAULT now());
        """

    /// Expects one finding, runs its fix, and expects it gone.
    private func expectMended(
        _ patient: Patient, _ severity: Finding.Severity, _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await patient.source.check().first {
            $0.severity == severity && $0.what.contains(words)
        }
        guard let finding = found else {
            Issue.record(
                "not found: \(words), but \(try await patient.ails())",
                sourceLocation: sourceLocation)
            return
        }
        try patient.mend(finding.fix)
        let rest = try await patient.ails()
        #expect(!rest.contains { $0.contains(words) }, "\(rest)", sourceLocation: sourceLocation)
    }

    @Test func healthyServersHaveNothing() async throws {
        let patient = try Patient(Self.things)
        let found = try await patient.ails()
        #expect(found.count == 1 && found[0].hasPrefix("notice: the publication will be made"))
    }

    @Test func rightsThatALackingRoleNeeds() async throws {
        let made = try Patient(
            "CREATE SCHEMA far; CREATE TABLE far.things (id int PRIMARY KEY, name text)")
        let role = "r_\(made.database)"
        try made.sql("CREATE ROLE \(role) LOGIN")
        let patient = try Patient(
            "", table: "far.things", user: role, database: made.database)
        try await expectMended(patient, .problem, "may not look into schema ‘far’")
        try await expectMended(patient, .problem, "may not read ‘id’ of ‘far.things’")
        try await expectMended(patient, .problem, "lacks the right to replicate")
        try made.sql("ALTER TABLE far.things ENABLE ROW LEVEL SECURITY")
        try await expectMended(patient, .problem, "row-level security hides rows")
        try made.sql("ALTER ROLE \(role) CONNECTION LIMIT 2")
        try await expectMended(patient, .problem, "may have 2 connections")
        let finding = try #require(
            try await patient.source.check().first { $0.what.contains("does not own table") })
        #expect(finding.fix.contains("CREATE PUBLICATION"))
    }

    @Test func limitsOfARole() async throws {
        let made = try Patient(Self.things)
        let role = "l_\(made.database)"
        try made.sql(
            """
            CREATE ROLE \(role) LOGIN SUPERUSER;
            ALTER ROLE \(role) SET statement_timeout = '5s';
            ALTER ROLE \(role) SET lock_timeout = '4s';
            ALTER ROLE \(role) SET idle_in_transaction_session_timeout = '3s';
            ALTER ROLE \(role) SET idle_session_timeout = '1h';
            ALTER ROLE \(role) SET wal_sender_timeout = '2s';
            """)
        let patient = try Patient("", user: role, database: made.database)
        for (limit, value) in [
            ("statement_timeout", 5000), ("lock_timeout", 4000),
            ("idle_in_transaction_session_timeout", 3000), ("idle_session_timeout", 3_600_000),
            ("wal_sender_timeout", 2000),
        ] {
            try await expectMended(patient, .notice, "\(limit) is \(value) ms")
        }
        try made.sql("ALTER ROLE \(role) SET wal_sender_timeout = 0")
        try await expectMended(patient, .notice, "wal_sender_timeout is off")
        try made.sql("ALTER ROLE \(role) SET default_transaction_read_only = on")
        let finding = try #require(
            try await patient.source.check().first { $0.what.contains("may only read") })
        #expect(finding.severity == .problem)
        try patient.mend(finding.fix)
        #expect(try await !patient.ails().contains { $0.contains("may only read") })
    }

    @Test func tablesThatAreNotFollowed() async throws {
        let unlogged = try Patient("CREATE UNLOGGED TABLE things (id int PRIMARY KEY, name text)")
        try await expectMended(unlogged, .problem, "is unlogged")
        let kinds = [
            ("CREATE VIEW things AS SELECT 1 AS id, 'x' AS name", "is a view"),
            ("CREATE MATERIALIZED VIEW things AS SELECT 1 AS id", "is a materialised view"),
            (
                """
                CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER s FOREIGN DATA WRAPPER nothing;
                CREATE FOREIGN TABLE things (id int, name text) SERVER s
                """, "is a foreign table"
            ),
            (
                """
                CREATE TABLE whole (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
                CREATE TABLE things PARTITION OF whole DEFAULT
                """, "is a partition of ‘public.whole’"
            ),
        ]
        for (content, words) in kinds {
            let patient = try Patient(content)
            let found = try #require(try await patient.source.check().first)
            #expect(found.severity == .problem && found.what.contains(words), "\(found)")
            #expect(found.place != nil && !found.fix.isEmpty)
        }
        let keyless = try Patient("CREATE TABLE things (id int, name text)")
        try await expectMended(keyless, .problem, "cannot be told apart")
        let unique = try Patient("CREATE TABLE things (id int NOT NULL UNIQUE, name text)")
        try await expectMended(unique, .problem, "cannot be told apart")
        let nothing = try Patient(Self.things + "ALTER TABLE things REPLICA IDENTITY NOTHING")
        try await expectMended(nothing, .problem, "cannot be told apart")
        let full = try Patient(Self.things + "ALTER TABLE things REPLICA IDENTITY FULL")
        try await expectMended(full, .problem, "sends whole old rows")
        let generated = try Patient(
            "CREATE TABLE things (id int PRIMARY KEY, name text GENERATED ALWAYS AS ('x') STORED)")
        #expect(try await generated.ails().first?.contains("is generated") == true)
    }

    @Test func slotsThatHoldLog() async throws {
        let patient = try Patient(Self.things)
        let slot = "s_\(patient.database)"
        // Ours, made for another purpose.
        try patient.sql("SELECT pg_create_logical_replication_slot('\(slot)', 'test_decoding')")
        let foreign = try #require(
            try await patient.source.check().first {
                $0.what.contains("another database or plugin")
            }
        )
        #expect(foreign.severity == .problem)
        try patient.mend(foreign.fix)
        // A prepared transaction would hold up ours for ever; the cluster must permit them.
        let cluster = ScratchCluster(
            named: "doctor",
            settings: [
                "max_prepared_transactions=5", "max_slot_wal_keep_size='48MB'",
                "max_wal_senders=1", "max_replication_slots=2", "min_wal_size='32MB'",
                "max_wal_size='32MB'", "timezone='Europe/Amsterdam'",
            ])
        defer { cluster.stop() }
        let sick = try Patient(
            Self.things, columns: "{name: name, at: at}", on: cluster)
        try sick.sql("BEGIN; INSERT INTO things VALUES (1, 'x'); PREPARE TRANSACTION 'left over'")
        let prepared = try #require(
            try await sick.source.check().first { $0.what.contains("‘left over’") })
        #expect(prepared.fix.hasPrefix("run ROLLBACK PREPARED 'left over';"))
        try sick.sql("ROLLBACK PREPARED 'left over'")
        #expect(try await !sick.ails().contains { $0.contains("left over") })
        // So does any other that writes, be it in another database.
        let writer = try PostgresConnection(
            ConnectionSettings(cluster.connection("postgres"), source: "test"), replication: false,
            application: "writer", interrupt: Interrupt())
        try writer.execute("BEGIN; CREATE TABLE half_done (id integer)")
        try sick.sql("SELECT pg_sleep(\(PostgresCircumstances.longTransaction) + 0.1)")
        let open = try #require(
            try await sick.source.check().first { $0.what.contains("a transaction is open") })
        #expect(open.severity == .notice && open.what.contains("in database ‘postgres’, 00:00:"))
        #expect(open.fix.contains("pg_terminate_backend("))
        try writer.execute("ROLLBACK")
        #expect(try await !sick.ails().contains { $0.contains("a transaction is open") })
        let found = try await sick.ails()
        for words in [
            "one sender of the server is free", "keeps at most 48 MB of its log",
            "by its clock in Europe/Amsterdam, and the mapping reads it as UTC",
        ] {
            #expect(found.contains { $0.contains(words) }, "\(words): \(found)")
        }
        // Somebody else's slot is left behind and takes the last place, then loses its log.
        try sick.sql("SELECT pg_create_logical_replication_slot('left_behind', 'pgoutput')")
        #expect(
            try await sick.ails().contains { $0.contains("no replication slot is left beside") })
        try sick.sql("SELECT pg_create_logical_replication_slot('second', 'pgoutput')")
        #expect(
            try await sick.ails().first?.contains("all 2 replication slots of the server are taken")
                == true)
        try sick.sql("SELECT pg_drop_replication_slot('second')")
        for _ in 0..<8 {
            try sick.sql(
                "INSERT INTO things SELECT (random() * 1e9)::int, repeat('x', 500) FROM "
                    + "generate_series(1, 20000) ON CONFLICT DO NOTHING")
            try sick.sql("SELECT pg_switch_wal(); CHECKPOINT")
        }
        let lost = try #require(
            try await sick.source.check().first { $0.what.contains("has lost its changes") })
        #expect(lost.what.contains("‘left_behind’"))
        try sick.mend(lost.fix)
        #expect(try await !sick.ails().contains { $0.contains("left_behind") })
        // And now ours.
        try sick.sql(
            "SELECT pg_create_logical_replication_slot('s_\(sick.database)', 'pgoutput')")
        for _ in 0..<8 {
            try sick.sql(
                "INSERT INTO things SELECT (random() * 1e9)::int, repeat('x', 500) FROM "
                    + "generate_series(1, 20000) ON CONFLICT DO NOTHING")
            try sick.sql("SELECT pg_switch_wal(); CHECKPOINT")
        }
        let own = try #require(
            try await sick.source.check().first { $0.what.contains("has discarded changes") })
        #expect(own.severity == .problem && own.fix.contains("reportd ingest --reload"))
    }

    @Test func serversThatCannotStream() async throws {
        let cluster = ScratchCluster(
            named: "doctor-plain",
            settings: [
                "wal_level=replica", "max_wal_senders=0", "max_slot_wal_keep_size=-1",
            ])
        defer { cluster.stop() }
        let patient = try Patient(Self.things, on: cluster)
        let found = try await patient.ails()
        for words in [
            "problem: wal_level of the server is ‘replica’",
            "ALTER SYSTEM SET wal_level = 'logical';",
            "problem: all 0 senders of the server (max_wal_senders) are taken",
            "ALTER SYSTEM SET max_wal_senders = 5;",
            "notice: the server keeps its log without limit",
        ] {
            #expect(found.contains { $0.contains(words) }, "\(words): \(found)")
        }
        try cluster.sql(
            "postgres", "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        try cluster.sql("ascii", Self.things)
        let plain = try Patient("", on: cluster, database: "ascii")
        #expect(try await plain.ails().contains { $0.contains("(SQL_ASCII)") })
    }

    @Test func readReplicas() async throws {
        let primary = ScratchCluster(named: "doctor-primary", settings: [])
        defer { primary.stop() }
        try primary.sql("postgres", "CREATE DATABASE shop")
        try primary.sql("shop", Self.things)
        let standby = ScratchCluster(
            named: "doctor-standby", settings: ["hot_standby=on"], copying: primary.folder,
            isStandby: true)
        defer { standby.stop() }
        let patient = try Patient("", on: standby, database: "shop")
        #expect(
            try await patient.ails().first?
                .hasPrefix(
                    "problem: the server is a read-only standby; connect to the primary server")
                == true)
    }

    @Test func poolsThatCannotReplicate() async throws {
        let database = try ScratchCluster.shared.database(Self.things)
        let pool = try PooledServer()
        let patient = try Patient(
            "", connection: pool.connection(database), database: database)
        let found = try await patient.source.check()
        let finding = try #require(found.first { $0.what.contains("a pool of connections") })
        #expect(finding.severity == .problem && finding.fix.contains("server itself"))
        #expect(finding.fix.contains("write ‘read: polling’"))
        // A run says the same instead of trying for ever.
        do {
            try await patient.source.run()
            Issue.record("it ran")
        } catch let advice as Advice {
            #expect(advice.kind == .denied && advice.happened.contains("PgBouncer"), "\(advice)")
        }
    }

    @Test func clocksThatDisagreeAndFilters() async throws {
        let patient = try Patient(Self.things)
        try patient.sql(
            "CREATE PUBLICATION s_\(patient.database) FOR TABLE things WHERE (id > 5)")
        #expect(
            try await patient.ails().contains { $0.contains("leaves out rows of ‘public.things’") })
        let connection = try PostgresConnection(
            ConnectionSettings(ScratchCluster.shared.connection(patient.database), source: "x"),
            replication: false, application: "test", interrupt: Interrupt())
        let now = WallClock.system.now()
        func told(_ shift: Int64) throws -> [String] {
            try PostgresCircumstances(
                slot: "none", tables: ["public.things"],
                clock: .fixed(Instant(microseconds: now.microseconds + shift * 1_000_000)),
                through: connection
            ).findings(zones: [:]).map(\.what)
        }
        #expect(try told(0) == [])
        #expect(try told(60).first?.contains("s behind ours") == true)
        #expect(try told(-60).first?.contains("s ahead of ours") == true)
    }
}
