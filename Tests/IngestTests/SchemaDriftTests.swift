import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Changes of tables rather than of rows: what the stream tells, and what it does not.
@Suite struct SchemaDriftTests {
    /// Tables that are published whole, since the server refuses to alter a column of a list.
    private func wholeTables(rows: Int = 100) throws -> ThingHarness {
        let harness = try ThingHarness(rows: rows)
        for table in ["item", "part"] {
            try harness.sql(
                "ALTER TABLE \(table) DROP COLUMN secret; "
                    + "ALTER TABLE \(table) REPLICA IDENTITY FULL")
        }
        return harness
    }

    @Test func aPublishedColumnIsAlteredByTakingItsTableOut() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        _ = harness.takeLoadedTables()
        let alter = "ALTER TABLE part ALTER COLUMN count TYPE bigint USING count * 2"
        // This is Postgres: a list of columns holds on to their types.
        #expect(throws: PostgresFailure.self) { try harness.sql(alter) }
        try harness.sql("ALTER PUBLICATION s_\(harness.database) DROP TABLE part; \(alter)")
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.takeLoadedTables() == ["public.part"])
    }

    @Test func row17ACrashCostsTheTableAtHandOnly() async throws {
        let harness = try ThingHarness()
        try harness.store.close()
        let path = harness.folder.path + "/store.sqlite"
        let server = harness.cluster.connection(harness.database)
        let name = "s_\(harness.database)"
        let mapping = ThingHarness.mapping(harness.tables)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                path = path as String, server = server as String, name = name as String,
                mapping = mapping as String
            ] in
            // Items are read and visible, and the parts are read but not visible.
            setenv("REPORTD_FAILPOINT", "mid-copy:2", 1)
            try await ThingProcess.catchUp(
                path: path, connection: server, slot: name, mapping: mapping)
        }
        let again = try ThingHarness(reopening: harness)
        #expect(try again.stored("item").count == 50)
        #expect(try again.stored("part").count == 0)
        try await again.wait(for: "the slot to be free") { try again.slot()?.isActive != true }
        try again.sql(
            ThingHarness.insert("item", 51...60) + "DELETE FROM item WHERE id < 5;"
                + ThingHarness.insert("part", 101...120))
        try await again.source().catchUp()
        try again.expectEqual()
        #expect(again.takeLoadedTables() == ["public.part"])
    }

    @Test func row22And26RewritesWithoutEventsAreRead() async throws {
        let harness = try wholeTables()
        let source = try harness.source()
        try await source.catchUp()
        _ = harness.takeLoadedTables()
        // Neither changes a row's values, and nothing is read again.
        try harness.sql("VACUUM FULL part")
        try harness.sql("CLUSTER part USING part_pkey")
        try await source.catchUp()
        try harness.expectEqual()
        #expect(harness.takeLoadedTables().isEmpty)
        // The type stays, all values change, and no event tells.
        try harness.sql("ALTER TABLE part ALTER COLUMN count TYPE integer USING count * 2")
        try await source.catchUp()
        try harness.expectEqual("same type")
        #expect(harness.takeLoadedTables() == ["public.part"])
        try harness.sql("ALTER TABLE part ALTER COLUMN amount TYPE integer USING amount::integer")
        try harness.sql(ThingHarness.insert("part", 101...110))
        try await source.catchUp()
        try harness.expectEqual("another type")
    }

    @Test func row25And26WhileFollowing() async throws {
        let harness = try wholeTables()
        let source = try harness.source()
        try await harness.following(source) {
            try harness.sql(
                """
                ALTER TABLE part ALTER COLUMN count TYPE bigint USING count + 7;
                                UPDATE item SET name = name || '!' WHERE id < 10
                """)
            try await harness.wait(for: "the rewrite is seen") { try harness.isEqual() }
            try harness.sql("DELETE FROM item WHERE id = 50")
            try harness.sql(
                "BEGIN; ALTER TABLE part ALTER COLUMN name TYPE varchar(80); "
                    + ThingHarness.insert("part", 201...210)
                    + "ALTER TABLE part ALTER COLUMN name TYPE text; COMMIT")
            try harness.sql(ThingHarness.insert("part", 211...220))
        }
    }

    @Test func row27ATableSwappedByRenameIsRead() async throws {
        let harness = try ThingHarness()
        let source = try harness.source()
        try await harness.following(source) {
            try harness.sql(
                "BEGIN; ALTER TABLE part RENAME TO part_old; \(ThingHarness.table("part", key: "PRIMARY KEY (id)")) "
                    + "\(ThingHarness.insert("part", 500...700)) COMMIT")
            try await harness.wait(for: "the new table") { try harness.isEqual() }
            try harness.sql("DELETE FROM part WHERE id > 650; INSERT INTO part (id) VALUES (1)")
        }
        // And while nobody looks.
        try harness.sql(
            "BEGIN; ALTER TABLE part RENAME TO part_older; ALTER TABLE part_old RENAME TO part; "
                + "COMMIT; UPDATE part SET count = 5 WHERE id < 9")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row27ColumnsThatSwapNamesAreRead() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        try harness.sql(
            """
            ALTER TABLE part RENAME name TO x; ALTER TABLE part RENAME note TO name;
            ALTER TABLE part RENAME x TO note; UPDATE part SET count = 1 WHERE id = 1
            """)
        try await harness.source().catchUp()
        try harness.expectEqual()
        try harness.sql("ALTER TABLE part RENAME note TO remark")
        let text = await advice { try await harness.source().catchUp() }
        #expect(text.contains("table ‘public.part’ has no column ‘note’"), "\(text)")
        try harness.sql("UPDATE part SET count = 2; ALTER TABLE part RENAME remark TO note")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row27ADroppedColumnThatComesBackIsRead() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        try harness.sql(
            "ALTER TABLE part DROP COLUMN note CASCADE; ALTER TABLE part ADD COLUMN note text "
                + "DEFAULT 'same for all'")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func row28TruncateOfSeveralTables() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        try harness.sql(
            "BEGIN; \(ThingHarness.insert("part", 200...210)) TRUNCATE item, part; "
                + "\(ThingHarness.insert("item", 5...9)) \(ThingHarness.insert("part", 7...8)) COMMIT"
        )
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(try harness.stored("part").count == 2)
        #expect(harness.takeLoadedTables() == ["public.item", "public.part"])
    }

    private static let partitioned =
        ThingHarness.table("item")
            + """
            CREATE TABLE part (id bigint NOT NULL PRIMARY KEY, name text, count integer,
                amount numeric, at timestamptz, day date, flag boolean, kind text, note text,
                item bigint) PARTITION BY RANGE (id);
            CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (100);
            CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (100) TO (200)
                PARTITION BY RANGE (id);
            CREATE TABLE part_2a PARTITION OF part_2 FOR VALUES FROM (100) TO (150);
            CREATE TABLE part_2b PARTITION OF part_2 FOR VALUES FROM (150) TO (200);
            """ + ThingHarness.insert("item", 1...50) + ThingHarness.insert("part", 1...180)

    @Test func row29PartitionsComeAndGo() async throws {
        let harness = try ThingHarness(Self.partitioned)
        let source = try harness.source()
        try await source.catchUp()
        try harness.expectEqual("loaded")
        try harness.sql("UPDATE part SET id = id + 100 WHERE id BETWEEN 81 AND 90")
        try await source.catchUp()
        try harness.expectEqual("rows that move between partitions")
        try await harness.following(source) {
            try harness.sql(
                """
                CREATE TABLE part_3 (LIKE part INCLUDING ALL);
                INSERT INTO part_3 (id, name) SELECT n, 'from before' FROM generate_series(300, 320) n;
                ALTER TABLE part ATTACH PARTITION part_3 FOR VALUES FROM (300) TO (400)
                """)
            try await harness.wait(for: "attached rows") { try harness.isEqual() }
            try harness.sql("DROP TABLE part_1; INSERT INTO part (id) VALUES (399), (195)")
            try await harness.wait(for: "dropped rows") { try harness.isEqual() }
            try harness.sql("ALTER TABLE part DETACH PARTITION part_3")
            try await harness.wait(for: "detached rows") { try harness.isEqual() }
            try harness.sql("TRUNCATE part_2b; INSERT INTO part (id) VALUES (170)")
            try await harness.wait(for: "a truncated partition") { try harness.isEqual() }
            try harness.sql("TRUNCATE part; INSERT INTO part (id) VALUES (160)")
        }
    }

    @Test func row30TablesWithoutAKeyAreRefusedBeforeTheyArePublished() async throws {
        let harness = try ThingHarness(
            ThingHarness.table("item") + ThingHarness.table("part", key: "")
                + ThingHarness.insert("part", 1...10))
        let text = await advice { try await harness.source().catchUp() }
        #expect(
            text == "rows of table ‘public.part’ cannot be told apart in the stream; give it a "
                + "primary key: ALTER TABLE \"public\".\"part\" ADD PRIMARY KEY (\"id\");")
        // The application's own statements go on to work.
        try harness.sql("UPDATE part SET count = 1; DELETE FROM part WHERE id = 2")
        #expect(
            try harness.sql("SELECT count(*) FROM pg_publication WHERE pubname LIKE 's_%'")
                == [["0"]])
        // With an index that can identify rows, that is the advice.
        try harness.sql("CREATE UNIQUE INDEX part_id ON part (id)")
        let indexed = await advice { try await harness.source().catchUp() }
        #expect(
            indexed.hasSuffix(
                "run ALTER TABLE \"public\".\"part\" REPLICA IDENTITY USING INDEX \"part_id\";"))
        try harness.sql("ALTER TABLE part REPLICA IDENTITY USING INDEX part_id")
        try await harness.source().catchUp()
        try harness.sql(
            "UPDATE part SET id = id + 100 WHERE id < 5; DELETE FROM part WHERE id = 7")
        try await harness.source().catchUp()
        try harness.expectEqual()
        try harness.sql("ALTER TABLE part REPLICA IDENTITY NOTHING")
        let nothing = await advice { try await harness.source().catchUp() }
        #expect(nothing.contains("cannot be told apart in the stream"), "\(nothing)")
    }

    @Test func row23ReplicaIdentityFullIsReadIfAllColumnsAre() async throws {
        let harness = try ThingHarness()
        try harness.sql("ALTER TABLE part REPLICA IDENTITY FULL")
        let text = await advice { try await harness.source().catchUp() }
        #expect(
            text.hasSuffix("run ALTER TABLE \"public\".\"part\" REPLICA IDENTITY DEFAULT;"),
            "\(text)")
        try harness.sql(
            "ALTER TABLE part DROP COLUMN secret; ALTER TABLE part ALTER note SET STORAGE EXTERNAL")
        try await harness.source().catchUp()
        try harness.expectEqual()
        try harness.sql(
            """
            UPDATE part SET note = repeat('lang ', 3000) WHERE id < 4;
            UPDATE part SET id = id + 1000 WHERE id < 10; UPDATE part SET kind = 'new';
            DELETE FROM part WHERE id BETWEEN 20 AND 30; UPDATE part SET note = NULL WHERE id = 50
            """)
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(try harness.stored("part").count == 89)
    }

    @Test func row31QuotedNamesAndRenamesOfTables() async throws {
        let harness = try ThingHarness(
            "CREATE SCHEMA \"Bikube Lager\"; "
                + ThingHarness.table("\"Bikube Lager\".\"OrderItems\"")
                + ThingHarness.table("\"Bikube Lager\".\"dåse=1@\"")
                + ThingHarness.insert("\"Bikube Lager\".\"OrderItems\"", 1...50)
                + ThingHarness.insert("\"Bikube Lager\".\"dåse=1@\"", 1...50),
            tables: [
                "item": "\"Bikube Lager.OrderItems\"", "part": "\"Bikube Lager.dåse=1@\"",
            ])
        try await harness.source().catchUp()
        try harness.sql(
            "UPDATE \"Bikube Lager\".\"OrderItems\" SET name = 'Æble'; "
                + "DELETE FROM \"Bikube Lager\".\"dåse=1@\" WHERE id < 7")
        try await harness.source().catchUp()
        let items = "\"Bikube Lager\".\"OrderItems\""
        #expect(try harness.stored("item") == harness.wanted(items, items: items))
        #expect(
            try harness.stored("part")
                == harness.wanted(
                    "\"Bikube Lager\".\"dåse=1@\"", items: items))
        _ = harness.takeLoadedTables()
        try harness.sql("INSERT INTO \(items) (id) VALUES (77)")
        try await harness.source().catchUp()
        #expect(harness.takeLoadedTables().isEmpty)
        #expect(try harness.stored("item") == harness.wanted(items, items: items))
    }

    @Test func aTableAddedLaterIsReadAndTheOthersStay() async throws {
        let harness = try ThingHarness(tables: ["item": "item"])
        try await harness.source().catchUp()
        try harness.store.close()
        let more = try ThingHarness(
            reopening: harness, tables: ["item": "item", "part": "part"])
        try more.sql(ThingHarness.insert("item", 51...55))
        try await more.source().catchUp()
        try more.expectEqual()
        #expect(more.takeLoadedTables() == ["public.part"])
        try more.sql(ThingHarness.insert("part", 101...105) + "DELETE FROM item WHERE id = 3;")
        try await more.source().catchUp()
        try more.expectEqual()
        #expect(more.takeLoadedTables().isEmpty)
    }

    @Test func oneTableIsReadAgainWhileTheOthersAreLive() async throws {
        let harness = try wholeTables(rows: 5000)
        let source = try harness.source()
        try await harness.following(source) {
            // An open transaction holds up the new slot, so that there is time to look.
            let long = try PostgresConnection(
                ConnectionSettings(harness.cluster.connection(harness.database), source: "test"),
                replication: false, application: "writer", interrupt: Interrupt())
            try long.execute("CREATE TEMP TABLE x (n int); BEGIN; INSERT INTO x VALUES (1)")
            try long.execute("SELECT pg_current_xact_id()")
            try harness.sql("ALTER TABLE part ALTER COLUMN count TYPE integer USING count * 3")
            _ = harness.takeLoadedTables()
            try await harness.wait(for: "reading again") {
                harness.count { if case .reloading = $0 { true } else { false } } > 0
            }
            try harness.sql(
                ThingHarness.insert("item", 60...70) + ThingHarness.insert("part", 9001...9050)
                    + "UPDATE part SET count = 0 WHERE id < 10; DELETE FROM part WHERE id = 11;")
            try await harness.wait(for: "items arrive meanwhile") {
                try harness.stored("item").count == 61
            }
            #expect(try harness.stored("part").count == 5000)
            try long.execute("COMMIT")
            try await harness.wait(for: "parts") { try harness.isEqual() }
            try harness.sql("UPDATE part SET count = 9 WHERE id > 9000")
        }
        #expect(harness.takeLoadedTables() == ["public.part"])
    }

    @Test func row24WritersDuringAReReading() async throws {
        let harness = try wholeTables(rows: 4000)
        let source = try harness.source()
        try harness.sql("ALTER TABLE part ALTER note SET STORAGE EXTERNAL")
        try await harness.following(source) {
            for round in 0..<5 {
                try harness.sql(
                    "ALTER TABLE part ALTER COLUMN count TYPE integer USING count + 1; "
                        + "UPDATE part SET note = repeat('n\(round) ', 2000) WHERE id < 20")
                for number in 0..<10 {
                    let base = 10_000 + round * 1000 + number * 10
                    try harness.sql(
                        "BEGIN; \(ThingHarness.insert("part", base...base + 5)) "
                            + "UPDATE part SET kind = 'used', id = id + 100000 WHERE id = "
                            + "\(round * 10 + number + 1); DELETE FROM part WHERE id = \(base - 7); "
                            + "COMMIT")
                    try await Task.sleep(for: .milliseconds(15))
                }
            }
        }
    }

    @Test func aChangedPublicationIsMendedAndOnlyItsTableRead() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        _ = harness.takeLoadedTables()
        let name = "s_\(harness.database)"
        try harness.sql("ALTER PUBLICATION \(name) DROP TABLE part")
        try harness.sql("UPDATE part SET count = 8; UPDATE item SET count = 9")
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.takeLoadedTables() == ["public.part"])
        // Taken out and put back while nobody looked.
        try harness.sql(
            "ALTER PUBLICATION \(name) DROP TABLE item; UPDATE item SET count = 3; "
                + "ALTER PUBLICATION \(name) ADD TABLE item (id, name, count, amount, at, day, flag, "
                + "kind, note, item)")
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.takeLoadedTables() == ["public.item"])
        // Somebody's filter hides rows.
        try harness.sql("ALTER PUBLICATION \(name) SET TABLE item, part WHERE (id > 50)")
        try harness.sql("UPDATE part SET count = 4 WHERE id < 9")
        try await harness.source().catchUp()
        try harness.expectEqual()
        try harness.sql(
            "DROP PUBLICATION \(name); CREATE PUBLICATION \(name) FOR ALL TABLES WITH "
                + "(publish = 'insert')")
        try harness.sql("UPDATE part SET count = 5 WHERE id < 9")
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(
            try harness.sql(
                "SELECT count(*) FROM pg_publication_tables WHERE pubname = '\(name)' "
                    + "AND 'secret' = ANY(attnames)") == [["0"]])
    }

    /// Things whose note, and whose parts, a database may lack.
    private func optionalParts(_ harness: ThingHarness) throws -> SourceDefinition {
        let text = ThingHarness.mapping(["item": "item", "part": "part"])
            .replacing("model: item\n", with: "model: item\n    optional-columns: [note]\n")
            .replacing("model: part\n", with: "model: part\n    optional: true\n")
        return try SourceDefinition(
            DefinitionNode(parsing: text, file: "things.yaml"), schema: harness.schema)
    }

    @Test(arguments: ReadingWay.allCases)
    func optionalPartsComeAndGoWhileTheSourceIsRead(way: ReadingWay) async throws {
        let harness = try ThingHarness(
            ThingHarness.table("item") + ThingHarness.insert("item", 1...50)
                + "ALTER TABLE item DROP COLUMN note")
        let definition = try optionalParts(harness)
        let source: any FollowedSource =
            switch way {
            case .replication: try harness.source(definition: definition)
            case .polling:
                try PostgresPolling(
                    definition: definition,
                    connection: harness.cluster.connection(harness.database),
                    store: harness.store,
                    intervals: PollingIntervals(
                        every: .milliseconds(5), reconcile: .milliseconds(50)))
            }
        func notes(_ model: String) throws -> [String] {
            try harness.store.lines(of: "SELECT count(note) FROM \(model)")
        }
        let running = Task { try await source.run() }
        try await harness.wait(for: "following") { source.status.state == .following }
        #expect(try notes("item") == ["0"])
        // Nothing is written to the rows by this, and all of them have a value.
        try harness.sql("ALTER TABLE item ADD COLUMN note text DEFAULT 'n'")
        try await harness.wait(for: "the column") { try notes("item") == ["50"] }
        try harness.sql(ThingHarness.table("part") + ThingHarness.insert("part", 1...30))
        try await harness.wait(for: "the table") {
            try harness.stored("part").count == 30 && harness.isEqual()
        }
        try harness.sql(
            "ALTER TABLE item DROP COLUMN note CASCADE; UPDATE item SET name = 'b' WHERE id < 9")
        try await harness.wait(for: "the column's end") {
            try notes("item") == ["0"]
                && harness.store.lines(of: "SELECT count(*) FROM item WHERE name = 'b'") == ["8"]
        }
        running.cancel()
        try await running.value
        #expect(source.status.lastError == nil)
    }

    @Test func privateTextIsInNoFile() async throws {
        let harness = try ThingHarness()
        try await harness.source().catchUp()
        try harness.sql("UPDATE part SET secret = 'PIN 4711 Hemmelig'")
        try harness.sql("UPDATE part SET count = 1, at = 'infinity' WHERE id < 5")
        try await harness.source().catchUp()
        try harness.store.close()
        for file in try FileManager.default.contentsOfDirectory(atPath: harness.folder.path) {
            let bytes = try Data(
                contentsOf: URL(fileURLWithPath: harness.folder.path + "/" + file))
            for secret in ["PIN 0815", "PIN 4711"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file)")
            }
        }
    }
}

/// A source that is read in a process of its own, which is killed.
enum ThingProcess {
    static func catchUp(
        path: String, connection: String, slot: String, mapping: String
    ) async throws {
        let schema = try ThingHarness.schema()
        let definition = try SourceDefinition(
            DefinitionNode(parsing: mapping, file: "things.yaml"), schema: schema)
        let source = try PostgresSource(
            definition: definition, connection: connection,
            store: try Store(path: path, schema: schema), clock: .system, slot: slot,
            timing: ThingHarness.timing, sleep: { _ in }, log: { _ in })
        try await source.catchUp()
    }
}
