import Analytics
import Foundation
import Store
import Synchronization
import Vocabulary

@testable import SourceSystems

/// One of the systems that we read over some days, what reportd makes of it, and its oracle.
///
/// Companies live in zones chosen at random, and in countries if the oracle names some. The database writes down each change of each table in
/// `audit`, with the day that it is supposed to be, so that the oracle knows what stood when; the
/// store learns the same from reading the database once a day.
final class PackWorld: Sendable {
    let harness: SystemHarness
    let definitions: Definitions
    let oracle: PackOracle
    private let folder: ScratchFolder
    private let moment: MovingClock
    private static let zones = [
        "Europe/Amsterdam", "Europe/Copenhagen", "Africa/Nairobi", "Africa/Blantyre", "UTC",
        "America/New_York", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe",
        "Pacific/Kiritimati",
    ]

    /// Makes the database of a system, reads it for the first time, and again after each of its
    /// changes, some days apart.
    init(_ oracle: PackOracle, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        folder = try ScratchFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: definitionsFolder)
        where name != "companies.yaml" {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name,
                withDestinationPath: definitionsFolder + "/" + name)
        }
        let companies = try String(
            contentsOfFile: definitionsFolder + "/companies.yaml", encoding: .utf8)
        _ = try folder.write(
            "companies.yaml",
            companies.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                if let key = line.range(of: "zone: ") {
                    return line[..<key.upperBound]
                        + (Self.zones.randomElement(using: &random) ?? "UTC")
                }
                guard let key = line.range(of: "country: "),
                    let country = oracle.countries.randomElement(using: &random)
                else { return String(line) }
                return line[..<key.upperBound] + country
            }.joined(separator: "\n"))
        let moment = MovingClock(oracle.start)
        self.moment = moment
        self.oracle = oracle
        let system = try SourceSystem(named: oracle.source)
        harness = try SystemHarness(
            oracle.source, schema: system.tables, content: system.content, definitions: folder.path,
            clock: WallClock { moment.now })
        definitions = try Definitions(folder: folder.path, schema: harness.schema)
        try harness.sql(Self.audit(at: oracle.start))
        try harness.sql(oracle.prelude + ";")
        try await harness.catchUp(.polling)
        for change in system.changes + oracle.changes {
            let pause = Int64.random(in: 20_000...600_000, using: &random)
            moment.now = Instant(seconds: moment.now.seconds + pause)
            try harness.sql("UPDATE test_clock SET moment = '\(moment.now)'")
            try harness.sql(change)
            try await harness.catchUp(.polling)
        }
    }

    /// The metrics of the pack's files, those that funnels and movements make among them.
    var metrics: Set<String> {
        let files = Set(oracle.metrics.map { "metrics/\($0).yaml" })
        return Set(definitions.metrics.values.filter { files.contains($0.place.file) }.map(\.name))
    }

    /// The moment of the last change.
    var now: Instant { moment.now }

    /// A journal of all changes, begun with the rows that there are.
    ///
    /// `as_it_stood('invoices', day, zone)` are the rows that exist now, as they were at the end of
    /// the day before; those that came later, as they came.
    private static func audit(at start: Instant) -> String {
        """
        CREATE TABLE test_clock (moment timestamptz NOT NULL);
        INSERT INTO test_clock VALUES ('\(start)');
        CREATE TABLE audit (
            number bigserial, moment timestamptz NOT NULL, place text, key text, held jsonb);
        CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE clock timestamptz := (SELECT moment FROM test_clock);
        BEGIN
            IF TG_OP = 'UPDATE' AND to_jsonb(OLD) ->> 'id' <> to_jsonb(NEW) ->> 'id' THEN
                INSERT INTO audit (moment, place, key)
                    VALUES (clock, TG_TABLE_NAME, to_jsonb(OLD) ->> 'id');
            END IF;
            INSERT INTO audit (moment, place, key, held) VALUES (
                clock, TG_TABLE_NAME, coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'id',
                to_jsonb(NEW));
            RETURN NULL;
        END $$;
        DO $$ DECLARE place record; BEGIN
            FOR place IN SELECT c.oid::regclass AS name, c.relname FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
                WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%'
                    AND n.nspname <> 'information_schema' LOOP
                EXECUTE format(
                    'INSERT INTO audit (moment, place, key, held) '
                    'SELECT ''-infinity'', %L, to_jsonb(t) ->> ''id'', to_jsonb(t) FROM %s t',
                    place.relname, place.name);
                EXECUTE format(
                    'CREATE TRIGGER write_audit AFTER INSERT OR UPDATE OR DELETE ON %s '
                    'FOR EACH ROW EXECUTE FUNCTION write_audit()', place.name);
            END LOOP;
        END $$;
        CREATE INDEX ON audit (place, key, number);
        -- A row that goes to another owner begins anew there; packs say what an owner is.
        CREATE FUNCTION owner_of(place text, held jsonb) RETURNS text
            LANGUAGE sql IMMUTABLE AS $$ SELECT '' $$;
        CREATE FUNCTION as_it_stood(of text, until date, zone text) RETURNS SETOF jsonb
            LANGUAGE sql STABLE AS $$
            WITH entry AS (
                SELECT key, number, moment, held, owner_of(of, held) AS owner,
                    moment < (until::timestamp AT TIME ZONE zone) AS is_past
                FROM audit WHERE place = of),
            present AS (
                SELECT DISTINCT ON (key) key, held, owner FROM entry ORDER BY key, number DESC),
            own AS (
                SELECT e.* FROM entry e JOIN present p USING (key)
                WHERE p.held IS NOT NULL AND e.number > coalesce((
                    SELECT max(o.number) FROM entry o WHERE o.key = e.key
                        AND (o.held IS NULL OR o.owner IS DISTINCT FROM p.owner)), 0))
            SELECT held FROM (
                SELECT DISTINCT ON (key) key, held FROM own
                ORDER BY key, is_past DESC, CASE WHEN is_past THEN -number END, moment,
                    number DESC) found $$;
        -- The states of rows as reading after reading saw them; what stood at the first one has
        -- stood since minus infinity.
        CREATE FUNCTION as_seen(of text) RETURNS TABLE (key text, moment timestamptz, held jsonb)
            LANGUAGE sql STABLE AS $$
            SELECT DISTINCT ON (key, seen) key, seen, held
            FROM (SELECT *, CASE WHEN moment <= '\(start)' THEN '-infinity' ELSE moment END AS seen
                FROM audit WHERE place = of) entry
            ORDER BY key, seen, number DESC $$;
        -- The day on which changes begin to be known.
        CREATE FUNCTION known_since(zone text) RETURNS date LANGUAGE sql STABLE AS $$
            SELECT (timestamptz '\(start)' AT TIME ZONE zone)::date $$;
        """
    }
}

/// The day that a world is supposed to have.
private final class MovingClock: Sendable {
    private let state: Mutex<Instant>

    init(_ start: Instant) { state = Mutex(start) }

    var now: Instant {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
