import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A database of tables of every sort, a store, and the source between them; with an oracle that
/// compares every value.
final class ThingHarness: Sendable {
    let cluster: ScratchCluster
    let database: String
    let folder: ScratchFolder
    let schema: Schema
    let definition: SourceDefinition
    let store: Store
    let events = Mutex<[IngestEvent]>([])

    /// Models ‘item’ and ‘part’ have the same columns; a part may name its item.
    private static func model(_ name: String) -> Model {
        Model(
            name: name, label: name,
            columns: [
                Column(name: "id", label: "Id", type: .text),
                Column(name: "name", label: "Name", type: .text),
                Column(name: "count", label: "Count", type: .integer),
                Column(name: "amount", label: "Amount", type: .decimal(scale: 3)),
                Column(name: "at", label: "At", type: .instant),
                Column(name: "day", label: "Day", type: .day),
                Column(name: "flag", label: "Flag", type: .boolean),
                Column(name: "kind", label: "Kind", type: .category, hasHistory: name == "item"),
                Column(name: "note", label: "Note", type: .text),
                Column(name: "item", label: "Item", type: .reference(model: "item")),
            ], timeColumn: nil)
    }

    /// One table under a given name, of the form that the mapping expects.
    static func table(_ name: String, key: String = "PRIMARY KEY (id)", more: String = "") -> String
    {
        """
        CREATE TABLE \(name) (id bigint NOT NULL, name text, count integer, amount numeric,
            at timestamptz, day date, flag boolean, kind text, note text, item bigint,
            secret text DEFAULT 'PIN 0815'\(key.isEmpty ? "" : ", \(key)")\(more));
        """
    }

    static func insert(_ table: String, _ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO \(table) (id, name, count, amount, at, day, flag, kind, note, item)
        SELECT n, 'Ting ' || n, n % 1000, n * 1.005, timestamptz '2026-01-01 00:00+00' + n
            * interval '7 minutes', date '2026-01-01' + n % 365, n % 2 = 0,
            (ARRAY['new', 'used', NULL])[n % 3 + 1], CASE n % 5 WHEN 0 THEN repeat('x', n % 90) END,
            n % 50 + 1 FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n;
        """
    }

    static let columns = [
        "id", "name", "count", "amount", "at", "day", "flag", "kind", "note", "item",
    ]

    static func mapping(_ tables: [String: String], key: String = "id") -> String {
        let names = columns.map { $0 == "id" ? "id: {from: id, cast: text}" : "\($0): \($0)" }
        return """
            source: things
            kind: postgres
            company: tekup
            tables:

            """
                + tables.sorted { $0.key < $1.key }.map { model, table in
                    """
                      - table: \(table)
                        model: \(model)
                        key: \(key)
                        columns: {\(names.joined(separator: ", "))}

                    """
                }.joined()
    }

    static func schema() throws -> Schema {
        Schema(models: [model("item"), model("part")], companies: try testCompanies())
    }

    let tables: [String: String]

    init(
        _ content: String? = nil, tables: [String: String] = ["item": "item", "part": "part"],
        rows: Int = 100, cluster: ScratchCluster = .shared, storeFolder: String? = nil
    ) throws {
        self.cluster = cluster
        self.tables = tables
        database = try cluster.database(
            content
                ?? (Self.table("item") + Self.table("part") + Self.insert("item", 1...50)
                    + (rows > 0 ? Self.insert("part", 1...rows) : "")))
        folder = try ScratchFolder()
        schema = Schema(
            models: [Self.model("item"), Self.model("part")], companies: try testCompanies())
        definition = try SourceDefinition(
            DefinitionNode(parsing: Self.mapping(tables), file: "things.yaml"), schema: schema)
        store = try Store(path: (storeFolder ?? folder.path) + "/store.sqlite", schema: schema)
    }

    /// The same database and store, with another mapping or after the process is gone.
    init(reopening other: ThingHarness, tables: [String: String]? = nil) throws {
        cluster = other.cluster
        database = other.database
        folder = other.folder
        schema = other.schema
        self.tables = tables ?? other.tables
        definition = try SourceDefinition(
            DefinitionNode(parsing: Self.mapping(self.tables), file: "things.yaml"),
            schema: schema)
        store = try Store(path: folder.path + "/store.sqlite", schema: schema)
    }

    deinit { try? store.close() }

    /// Quick timers.
    static var timing: PostgresTiming {
        var timing = PostgresTiming()
        timing.status = .milliseconds(200)
        timing.idle = .milliseconds(100)
        timing.catalog = .milliseconds(100)
        return timing
    }

    func source(
        through proxy: FaultProxy? = nil, options: String = "",
        timing: PostgresTiming = ThingHarness.timing, definition: SourceDefinition? = nil,
        store: Store? = nil, clock: WallClock = .system
    ) throws -> PostgresSource {
        let place = proxy.map { "host=127.0.0.1 port=\($0.port)" } ?? "host=\(cluster.folder)"
        return try PostgresSource(
            definition: definition ?? self.definition,
            connection: "\(place) dbname=\(database) user=postgres \(options)",
            store: store ?? self.store, clock: clock, slot: "s_\(database)", timing: timing,
            sleep: { _ in try await Task.sleep(for: .milliseconds(20)) },
            log: { event in self.events.withLock { $0.append(event) } })
    }

    @discardableResult
    func sql(_ text: String) throws -> [[String?]] { try cluster.sql(database, text) }

    func count(_ matches: (IngestEvent) -> Bool) -> Int {
        events.withLock { $0.count(where: matches) }
    }

    /// Tables that were read from their beginning, in order, since the last call.
    func takeLoadedTables() -> [String] {
        events.withLock { events in
            defer { events = [] }
            return events.compactMap { event in
                if case .loading(let table) = event { return table }
                return nil
            }
        }
    }

    /// A model's rows in the store: their number, and the sum of a hash of each.
    func stored(_ model: String, in store: Store? = nil) throws -> (count: Int, hash: UInt64) {
        var hash = UInt64(0)
        var count = 0
        let paths = Self.columns.dropLast().map { ColumnPath($0) } + [ColumnPath("item", "id")]
        let rows = try (store ?? self.store).snapshot(Scope(companies: ["tekup"])).rows(
            RowRequest(model: model, columns: paths))
        try rows.forEachBatch { batch in
            for cells in batch {
                let words = cells.map { cell in
                    switch cell {
                    case .number(let number): String(number)
                    case .text(let text): text
                    default: "-"
                    }
                }
                hash &+= MD5.prefix(words.joined(separator: "|"))
                count += 1
            }
        }
        return (count, hash)
    }

    /// The same of a table, by the source itself.
    func wanted(_ table: String, items: String) throws -> (count: Int, hash: UInt64) {
        let row = try sql(
            """
            SELECT count(*), coalesce(mod(sum(('x' || left(md5(concat_ws('|', t.id,
                coalesce(t.name, '-'), coalesce(t.count::text, '-'),
                coalesce(trunc(round(t.amount, 3) * 1000)::bigint::text, '-'),
                coalesce((extract(epoch FROM t.at) * 1000000)::bigint::text, '-'),
                coalesce((t.day - date '1970-01-01')::text, '-'),
                coalesce(t.flag::int::text, '-'), coalesce(t.kind, '-'), coalesce(t.note, '-'),
                coalesce(i.id::text, '-'))), 16))::bit(64)::bigint::numeric),
                18446744073709551616), 0)
            FROM \(table) t LEFT JOIN \(items) i ON i.id = t.item
            """)[0]
        let text = row[1] ?? ""
        let hash =
            text.hasPrefix("-") ? 0 &- (UInt64(text.dropFirst()) ?? 0) : UInt64(text) ?? 1
        return (Int(row[0] ?? "") ?? -1, hash)
    }

    func isEqual(in store: Store? = nil) throws -> Bool {
        let items = tables["item"] ?? "item"
        return try tables.allSatisfy { model, table in
            try stored(model, in: store) == wanted(table, items: items)
        }
    }

    func expectEqual(
        _ comment: Comment? = nil, in store: Store? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let items = tables["item"] ?? "item"
        for (model, table) in tables {
            let (found, wanted) = (
                try stored(model, in: store), try wanted(table, items: items)
            )
            #expect(
                found == wanted, "\(model) of \(table): \(comment ?? "")",
                sourceLocation: sourceLocation)
        }
    }

    func wait(
        for what: String, seconds: Int = 30, _ condition: () throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < end else {
                Issue.record("never happened: \(what)")
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Follows the source while `body` runs, and then until the store equals it.
    func following(
        _ source: PostgresSource, _ body: () async throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let running = Task { try await source.run() }
        try await wait(for: "following") { source.status.state == .following }
        try await body()
        try await wait(for: "the store equals the source") { try isEqual() }
        running.cancel()
        try await running.value
        try expectEqual(sourceLocation: sourceLocation)
    }

    func slot() throws -> (isActive: Bool, confirmed: LogPosition)? {
        let rows = try sql(
            "SELECT active, confirmed_flush_lsn FROM pg_replication_slots "
                + "WHERE slot_name = 's_\(database)'")
        guard let row = rows.first, let position = LogPosition(row[1] ?? "") else { return nil }
        return (row[0] == "t", position)
    }

    var position: PostgresPosition? {
        PostgresPosition(store.position(of: "things")?.text ?? "")
    }
}

/// What an action says when it fails.
func advice(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

/// The hash that the server computes with `md5` (RFC 1321), as far as the oracle needs it.
enum MD5 {
    private static let shifts: [UInt32] = [
        7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21,
    ]
    private static let sines: [UInt32] = (0..<64).map {
        UInt32(abs(sin(Double($0 + 1))) * 4_294_967_296)
    }

    /// The first eight bytes as a number.
    static func prefix(_ text: String) -> UInt64 {
        var bytes = Array(text.utf8)
        let bits = UInt64(bytes.count) * 8
        bytes.append(0x80)
        while bytes.count % 64 != 56 { bytes.append(0) }
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        var state: (UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476
        )
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let words = (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) {
                    $0 | UInt32(bytes[start + word * 4 + $1]) << UInt32($1 * 8)
                }
            }
            var (a, b, c, d) = state
            for round in 0..<64 {
                let (mixed, word): (UInt32, Int)
                switch round / 16 {
                case 0: (mixed, word) = ((b & c) | (~b & d), round)
                case 1: (mixed, word) = ((d & b) | (~d & c), (5 * round + 1) % 16)
                case 2: (mixed, word) = (b ^ c ^ d, (3 * round + 5) % 16)
                default: (mixed, word) = (c ^ (b | ~d), 7 * round % 16)
                }
                let sum = mixed &+ a &+ sines[round] &+ words[word]
                let shift = shifts[round / 16 * 4 + round % 4]
                (a, d, c) = (d, c, b)
                b = b &+ (sum << shift | sum >> (32 - shift))
            }
            state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d)
        }
        return UInt64(state.0.byteSwapped) << 32 | UInt64(state.1.byteSwapped)
    }
}
