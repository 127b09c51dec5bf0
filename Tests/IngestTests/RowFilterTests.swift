import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// `where:` of a mapped table: rows that do not meet it are none of ours, however they are read.
@Suite struct RowFilterTests {
    /// A thing harness whose parts are filtered; the oracle asks a view of the source.
    private struct World {
        let harness: ThingHarness
        let definition: SourceDefinition

        /// `condition` is what the mapping says, and `view` the same in the source's own words.
        init(
            _ condition: String, view: String, content: String? = nil, key: String = "id",
            more: String = ""
        ) throws {
            harness = try ThingHarness(content)
            definition = try Self.definition(condition, key: key, harness)
            try harness.sql("CREATE VIEW ours AS SELECT * FROM part WHERE \(view); \(more)")
        }

        static func definition(
            _ condition: String, key: String = "id", _ harness: ThingHarness
        ) throws -> SourceDefinition {
            let text = ThingHarness.mapping(["item": "item", "part": "part"])
                .replacing(
                    "model: part\n    key: id",
                    with: "model: part\n    where: \(condition)\n    key: \(key)")
            return try SourceDefinition(
                DefinitionNode(parsing: text, file: "things.yaml"), schema: harness.schema)
        }

        func catchUp(_ way: ReadingWay, _ other: SourceDefinition? = nil) async throws {
            let definition = other ?? self.definition
            switch way {
            case .replication: try await harness.source(definition: definition).catchUp()
            case .polling:
                try await PostgresPolling(
                    definition: definition,
                    connection: harness.cluster.connection(harness.database),
                    store: harness.store,
                    log: { event in harness.events.withLock { $0.append(event) } }
                ).catchUp(reloading: false)
            }
        }

        func expectEqual(
            _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let wanted = try harness.wanted("ours", items: "item")
            #expect(
                try harness.stored("part") == wanted, comment, sourceLocation: sourceLocation)
        }
    }

    private static let conditions: [(mapping: String, view: String)] = [
        ("{kind: new}", "kind = 'new'"),
        ("{kind: [new, odd], flag: true}", "kind IN ('new', 'odd') AND flag"),
        ("{kind: {not: [new]}}", "kind IS DISTINCT FROM 'new'"),
        (
            "{note: {is: missing}, count: {not: [3, 5]}}",
            "note IS NULL AND (count IS NULL OR count NOT IN (3, 5))"
        ),
        (
            "{kind: {is: present}, day: [2026-01-05, 2026-02-01, 2026-02-05]}",
            "kind IS NOT NULL AND day IN ('2026-01-05', '2026-02-01', '2026-02-05')"
        ),
    ]

    /// Changes after which rows meet a condition that did not, and the other way round.
    private static let changes = [
        "UPDATE part SET kind = CASE kind WHEN 'new' THEN 'odd' ELSE 'new' END WHERE id % 3 = 0",
        "UPDATE part SET flag = NOT flag, count = 3 WHERE id % 4 = 1",
        "UPDATE part SET day = day + 1, note = CASE WHEN note IS NULL THEN 'x' END WHERE id % 5 < 2",
        "UPDATE part SET id = id + 1000 WHERE id % 10 = 7",
        "DELETE FROM part WHERE id % 10 = 2",
        ThingHarness.insert("part", 301...340),
        """
        BEGIN; UPDATE part SET kind = 'new', flag = true, note = NULL, day = '2026-02-05';
        UPDATE part SET kind = NULL WHERE id % 2 = 0; UPDATE part SET count = 5 WHERE id % 6 = 0;
        COMMIT
        """,
        "TRUNCATE part; " + ThingHarness.insert("part", 1...60),
    ]

    @Test(arguments: ReadingWay.allCases)
    func rowsComeAndGoWithTheirCondition(way: ReadingWay) async throws {
        for (mapping, view) in Self.conditions {
            let world = try World(mapping, view: view)
            try await world.catchUp(way)
            try world.expectEqual("\(mapping) after the load")
            #expect(try world.harness.stored("part").count > 0, "there is something to compare")
            for change in Self.changes {
                try world.harness.sql(change)
                try await world.catchUp(way)
                try world.expectEqual("\(mapping) after \(change.prefix(60))")
            }
            #expect(try world.harness.store.quarantined().isEmpty)
        }
    }

    @Test(arguments: ReadingWay.allCases)
    func anotherConditionIsReadAnew(way: ReadingWay) async throws {
        let world = try World("{kind: new}", view: "kind = 'used'")
        try await world.catchUp(way)
        try await world.catchUp(way, try World.definition("{kind: used}", world.harness))
        try world.expectEqual()
    }

    @Test func aRowThatBecomesOursBringsItsLargeValues() async throws {
        let world = try World(
            "{kind: new}", view: "kind = 'new'",
            more: """
                ALTER TABLE part ALTER COLUMN note SET STORAGE EXTERNAL;
                UPDATE part SET note = repeat(id::text || ' ', 5000) WHERE id % 3 < 2;
                """)
        try await world.catchUp(.replication)
        // The stream leaves out a large value that did not change, and no row of ours has it.
        try world.harness.sql("UPDATE part SET kind = 'new' WHERE kind = 'used'")
        try await world.catchUp(.replication)
        try world.expectEqual()
        // The same where a row was put aside.
        try world.harness.sql("UPDATE part SET amount = 'NaN' WHERE id < 20")
        try await world.catchUp(.replication)
        #expect(try world.harness.store.quarantined().count > 0)
        try world.harness.sql("UPDATE part SET amount = 1 WHERE id < 20")
        try await world.catchUp(.replication)
        try world.expectEqual()
        #expect(try world.harness.store.quarantined().isEmpty)
    }

    @Test func theServerFiltersWhereItMay() async throws {
        let world = try World(
            "{kind: [new, it's]}", view: "kind IN ('new', 'it''s')",
            content: ThingHarness.table("item")
                + ThingHarness.table("part", key: "PRIMARY KEY (kind, id)")
                + ThingHarness.insert("item", 1...50)
                + ThingHarness.insert("part", 1...60).replacing(
                    "'used', NULL]", with: "'used', 'it''s']"),
            key: "[kind, id]", more: "ALTER TABLE part ALTER COLUMN note SET STORAGE EXTERNAL")
        let (harness, source) = (
            world.harness, try world.harness.source(definition: world.definition)
        )
        try await source.catchUp()
        try world.expectEqual()
        func filter() throws -> String? {
            try harness.sql("SELECT rowfilter FROM pg_publication_tables WHERE tablename = 'part'")[
                0][0]
        }
        let first = try #require(try filter())
        #expect(first.contains("ARRAY['it''s'::text, 'new'::text]"), "\(first)")
        #expect(try await source.check().contains { $0.what == "the publication is in place" })
        _ = harness.takeLoadedTables()
        try harness.sql(
            """
            UPDATE part SET note = repeat(id::text || ' ', 5000);
            UPDATE part SET kind = 'new' WHERE kind = 'used' AND id < 30;
            UPDATE part SET kind = 'old' WHERE kind = 'it''s' AND id > 30;
            """)
        try await source.catchUp()
        try world.expectEqual()
        #expect(harness.takeLoadedTables().isEmpty)
        // Somebody else's filter is put right, and so is one of a former mapping.
        try harness.sql(
            "ALTER PUBLICATION \"s_\(harness.database)\" SET TABLE part WHERE (id < 5), item")
        try await source.catchUp()
        try world.expectEqual()
        #expect(try filter() == first)
        let other = try World.definition("{kind: used}", key: "[kind, id]", harness)
        try await harness.source(definition: other).catchUp()
        #expect(try filter()?.contains("'used'::text") == true)
        #expect(
            try harness.stored("part").count
                == Int(harness.sql("SELECT count(*) FROM part WHERE kind = 'used'")[0][0] ?? ""))
    }

    @Test func conditionsThatColumnsCannotMeetAreTold() async throws {
        let world = try World("{kind: new}", view: "true")
        func problem(_ condition: String) async throws -> String {
            let definition = try World.definition(condition, world.harness)
            return try await world.harness.source(definition: definition).check()
                .first { $0.severity == .problem }?.advice.description ?? "none"
        }
        #expect(
            try await problem("{count: [1, 007]}").contains("write ‘7’"))
        #expect(try await problem("{flag: t}").contains("write ‘true’"))
        #expect(
            try await problem("{day: soon}").contains("write a value of type date"))
        #expect(
            try await problem("{amount: 5}").contains("cannot compare ‘amount’"))
        #expect(throws: Advice.self) { try World.definition("{kind: {like: a*}}", world.harness) }
    }
}
