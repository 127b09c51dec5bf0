import Store
import Synchronization
import Testing
import Vocabulary

@testable import Analytics

/// What stood on days gone by, held against a record of every version that each row ever had.
@Suite struct StandingTests {
    private struct Version {
        var status: String?
        var net: Int64?
        var currency: String
        var channel: String
        var created: Instant
    }

    private struct Entry {
        let at: Instant
        let company: String
        let key: Int
        let version: Version
    }

    private static let metrics = """
        dimensions:
          worth: {label: Worth, of: {item: points}, bands: [0, 5]}
        metrics:
          open_value:
            {description: x, model: item, kind: sum, column: net, date: created,
             accumulate: standing, where: {status: [a, b]}}
          open_items:
            {description: x, model: item, kind: count, date: created, accumulate: standing,
             where: {status: {not: [c]}}}
          all_items: {description: x, model: item, kind: count, date: created, accumulate: standing}
          mean_open: {description: x, formula: open_value / open_items}
        """

    private static func schema() throws -> Schema {
        let companies = try CompanyDirectory(
            DefinitionNode(
                parsing: """
                    companies:
                      - {code: north, name: North, zone: Europe/Copenhagen, currency: DKK, country: DK}
                      - {code: west, name: West, zone: America/New_York, currency: JPY, country: US}
                    """, file: "companies.yaml"))
        return Schema(
            models: [
                Model(
                    name: "item", label: "Item",
                    columns: [
                        Column(name: "status", label: "Status", type: .category, hasHistory: true),
                        Column(
                            name: "net", label: "Net", type: .money(currency: "currency"),
                            hasHistory: true),
                        Column(name: "currency", label: "Currency", type: .category),
                        Column(name: "channel", label: "Channel", type: .category),
                        Column(name: "points", label: "Points", type: .integer),
                        Column(name: "created", label: "Created", type: .instant),
                    ], timeColumn: "created")
            ], companies: companies)
    }

    /// A store that was changed at many moments, and the record of it.
    private struct World {
        var log: [Entry] = []
        let schema: Schema
        let store: TestStore
        let zones: [String: Zone]

        init(seed: UInt64) throws {
            var random = SplitMix(seed: seed)
            schema = try StandingTests.schema()
            zones = Dictionary(
                uniqueKeysWithValues: schema.companies.companies.map { ($0.code, $0.zone) })
            let time = Mutex(Instant("2026-01-10T00:00:00Z")?.seconds ?? 0)
            store = try TestStore(
                schema: schema, clock: WallClock { Instant(seconds: time.withLock { $0 }) })
            var present: [String: Version] = [:]
            for _ in 0..<120 {
                let now = Instant(seconds: time.withLock { $0 })
                var batch = ChangeBatch()
                var touched: Set<String> = []
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let key = Int.random(in: 0..<30, using: &random)
                    let company = key.isMultiple(of: 3) ? "west" : "north"
                    guard touched.insert("\(key)").inserted else { continue }
                    let old = present["\(key)"]
                    // Some rows are entered long after the day that they say.
                    let created = Instant(
                        seconds: now.seconds - Int64.random(in: 0..<2_000_000, using: &random))
                    let version = Version(
                        status: ["a", "b", "c", nil].randomElement(using: &random) ?? nil,
                        net: Int64.random(in: 0..<9, using: &random) == 0
                            ? nil : Int64.random(in: -100...900, using: &random),
                        currency: old?.currency ?? ["DKK", "EUR"].randomElement(using: &random)
                            ?? "DKK",
                        channel: old?.channel ?? ["web", "shop"].randomElement(using: &random)
                            ?? "web",
                        created: old?.created ?? created)
                    present["\(key)"] = version
                    log.append(Entry(at: now, company: company, key: key, version: version))
                    batch.upsert(
                        model: "item", origin: "t", company: company, key: .integer(Int64(key)),
                        cells: [
                            version.status.map { .text($0) } ?? .missing,
                            version.net.map { .number($0) } ?? .missing, .text(version.currency),
                            .text(version.channel), .number(Int64(key % 9)),
                            .number(version.created.microseconds),
                        ])
                }
                try store.store.commit(batch)
                if Int.random(in: 0..<20, using: &random) == 0 {
                    while try store.store.seal(minimum: 1) {}
                }
                time.withLock { $0 += Int64.random(in: 3_000..<200_000, using: &random) }
            }
        }

        /// The rows as they stood at the end of a day.
        func rows(before end: LocalDay) -> [(entry: Entry, version: Version)] {
            var last: [Int: Entry] = [:]
            for entry in log {
                guard let zone = zones[entry.company] else { continue }
                if last[entry.key] == nil || entry.at < zone.start(of: end) {
                    last[entry.key] = entry
                }
            }
            return last.values.compactMap { entry in
                guard let zone = zones[entry.company], zone.day(of: entry.version.created) < end
                else { return nil }
                return (entry, entry.version)
            }
        }
    }

    private static func member(
        _ dimension: String, _ row: (entry: Entry, version: Version)
    ) -> String {
        switch dimension {
        case "company": row.entry.company == "north" ? "North" : "West"
        case "channel": row.version.channel
        case "status": row.version.status ?? "(none)"
        default: ["up to 0", "over 0 to 5", "over 5"][[0, 5].count { $0 < row.entry.key % 9 }]
        }
    }

    private static func counts(_ metric: String, _ version: Version) -> Bool {
        switch metric {
        case "open_value": version.status == "a" || version.status == "b"
        case "open_items": version.status != "c"
        default: true
        }
    }

    @Test(arguments: UInt64(1)...4) func whatStoodIsWhatWasRecorded(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        var random = SplitMix(seed: seed &+ 100)
        let rates = ConversionTests.NaiveRates(&random)
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: Self.metrics, file: "m.yaml")],
            reference: [DefinitionNode(parsing: rates.text, file: "r.yaml")],
            schema: world.schema)
        let euro = try #require(Currency("EUR"))
        let now = try #require(Instant("2026-07-20T12:00:00Z"))
        let today = try #require(world.zones["north"]).day(of: now)
        let known = try #require(world.log.first).at
        var compared = 0
        for number in 0..<16 {
            let metrics = Array(["open_value", "open_items", "all_items"].shuffled(using: &random))
            let dimension =
                ["company", "channel", "status", "worth", nil].randomElement(
                    using: &random) ?? nil
            let query = MetricQuery(
                metrics: metrics,
                period: try PeriodName(
                    ["2026-04", "2026-03", "2026-Q1", "last-12-months", "2026-01-01..2026-02-20"][
                        Int.random(in: 0...4, using: &random)]),
                grain: [Grain.day, .week, .month, nil].randomElement(using: &random) ?? nil,
                by: dimension.map { [$0] } ?? [],
                filters: Bool.random(using: &random)
                    ? [] : [Condition("channel", .among(["web"]))],
                currency: try [nil, "EUR", "EUR transaction"].randomElement(using: &random)?
                    .map { try ReportingCurrency(parsing: $0) })
            let answer = try definitions.answer(
                query, on: try world.store.store.snapshot(Scope(companies: ["north", "west"])),
                now: now)
            let span = answer.period
            for row in answer.rows {
                let start = row.step?.start ?? span.start
                let end = min(query.grain?.next(after: start) ?? span.end, span.end)
                let isUnknown = ["north", "west"].contains {
                    world.zones[$0].map { $0.start(of: end) < known } ?? true
                }
                let rows = world.rows(before: end).filter {
                    (query.filters.isEmpty || $0.version.channel == "web")
                        && (dimension == nil
                            || Self.member(dimension ?? "", $0) == row.members[0].label)
                }
                for (index, metric) in metrics.enumerated() {
                    for cell in row.cells[index] {
                        let own = rows.filter {
                            Self.counts(metric, $0.version)
                                && (cell.currency == nil || query.currency != nil
                                    || $0.version.currency == cell.currency?.code)
                        }
                        let expected =
                            metric == "open_value"
                            ? ExactDecimal(
                                unscaled: own.reduce(0) { sum, row in
                                    guard let net = row.version.net, query.currency != nil else {
                                        return sum + Int128(row.version.net ?? 0)
                                    }
                                    // As at the end of the step, or on the row's own day.
                                    let day =
                                        query.currency?.policy == nil
                                        ? min(end.adding(days: -1), today)
                                        : world.zones[row.entry.company]?
                                            .day(of: row.version.created) ?? end
                                    return sum
                                        + Int128(
                                            rates.converted(
                                                net, row.version.currency, to: euro, .day(day)) ?? 0
                                        )
                                }, scale: 2) : ExactDecimal(own.count)
                        if start > today { continue }
                        if isUnknown, metric != "all_items" || dimension == "status" {
                            #expect(cell.value == .missing)
                            continue
                        }
                        compared += 1
                        #expect(
                            cell.value.number == expected,
                            "seed \(seed), question \(number), \(metric), \(row.members.map(\.label)) at \(end): \(query)"
                        )
                    }
                }
            }
        }
        #expect(compared > 200)
    }

    @Test(arguments: UInt64(11)...14) func explainedRowsAreThoseThatStood(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: Self.metrics, file: "m.yaml")],
            schema: world.schema)
        let now = try #require(Instant("2026-07-20T12:00:00Z"))
        let snapshot = try world.store.store.snapshot(Scope(companies: ["north", "west"]))
        for period in ["2026-02", "2026-03", "2026-Q1", "2026-01-10..2026-02-20", "2026-06"] {
            for metric in ["open_value", "open_items", "all_items"] {
                let query = MetricQuery(metrics: [metric], period: try PeriodName(period))
                let part = try definitions.explain(metric, of: query, on: snapshot, now: now)
                    .parts[0]
                let end = try #require(part.days).end
                let stood = world.rows(before: end).filter {
                    Self.counts(metric, $0.version)
                        && (metric != "open_value" || $0.version.net != nil)
                }
                let expected = stood.map { row in
                    "\(row.entry.key) \(row.version.status ?? "-") \(row.version.net ?? 0)"
                }
                let found = try part.rows.rows().map { row -> String in
                    guard case .text(let key) = row[0] else { return "" }
                    var (status, net) = ("-", Int128(0))
                    if case .text(let word) = row[2] { status = word }
                    if case .money(let money) = row[3] { net = money.minorUnits }
                    return "\(key) \(status) \(net)"
                }
                #expect(found.sorted() == expected.sorted(), "\(metric) in \(period)")
            }
        }
    }

    @Test func beforeTheHistoryThereIsNoFigure() throws {
        let world = try World(seed: 7)
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: Self.metrics, file: "m.yaml")],
            schema: world.schema)
        let answer = try definitions.answer(
            MetricQuery(
                metrics: ["open_items", "mean_open", "all_items"],
                period: try PeriodName("2025-12-01..2026-02-28"), grain: .month),
            on: try world.store.store.snapshot(Scope(companies: ["north"])),
            now: try #require(Instant("2026-07-20T12:00:00Z")))
        #expect(answer.rows[0].cells[0][0].value == .missing)
        #expect(answer.rows[0].cells[1].allSatisfy { $0.value == .missing })
        #expect(answer.rows[2].cells[0][0].value != .missing)
        // No column with history decides whether a row is there.
        #expect(answer.rows[0].cells[2][0].value != .missing)
        #expect(
            answer.provenance.remarks.contains { $0.contains("of item was is known since 2026-01") }
        )
    }

    @Test func daysOfRowsReferredToAreDays() throws {
        let schema = Schema(
            models: [
                Model(
                    name: "contract", label: "Contract",
                    columns: [Column(name: "ends", label: "Ends", type: .day)], timeColumn: nil),
                Model(
                    name: "item", label: "Item",
                    columns: [
                        Column(name: "status", label: "Status", type: .category, hasHistory: true),
                        Column(
                            name: "contract", label: "Contract",
                            type: .reference(model: "contract")),
                        Column(name: "created", label: "Created", type: .instant),
                    ], timeColumn: "created"),
            ], companies: try Self.schema().companies)
        let begin = try #require(Instant("2026-03-01T12:00:00Z"))
        let time = Mutex(begin)
        let store = try TestStore(schema: schema, clock: WallClock { time.withLock { $0 } })
        let ends = try #require(LocalDay("2026-03-20"))
        for (at, status) in [("2026-03-01T12:00:00Z", "a"), ("2026-03-10T12:00:00Z", "b")] {
            let moment = try #require(Instant(at))
            time.withLock { $0 = moment }
            var batch = ChangeBatch()
            batch.upsert(
                model: "contract", origin: "t", company: "north", key: .integer(1),
                cells: [.number(Int64(ends.number))])
            batch.upsert(
                model: "item", origin: "t", company: "north", key: .integer(1),
                cells: [
                    .text(status), .key(.integer(1)), .number(begin.microseconds),
                ])
            try store.store.commit(batch)
        }
        let definitions = try Definitions(
            metrics: [
                DefinitionNode(
                    parsing: """
                        metrics:
                          m: {description: x, model: item, kind: count, date: created,
                              accumulate: standing,
                              where: {status: a, contract.ends: {from: 2026-03-15}}}
                        """, file: "m.yaml")
            ], schema: schema)
        let answer = try definitions.answer(
            MetricQuery(
                metrics: ["m"], period: try PeriodName("2026-03-05..2026-03-12"), grain: .day),
            on: try store.store.snapshot(Scope(companies: ["north"])),
            now: try #require(Instant("2026-07-20T12:00:00Z")))
        #expect(
            answer.rows.map { $0.cells[0][0].value }
                == [1, 1, 1, 1, 1, 0, 0, 0].map { .integer($0) })
    }

    @Test func deletedRowsAreSaidToBeLeftOut() throws {
        let world = try World(seed: 8)
        var batch = ChangeBatch()
        let gone = try #require(world.log.last { $0.version.status == "a" })
        batch.delete(model: "item", origin: "t", key: .integer(Int64(gone.key)))
        try world.store.store.commit(batch)
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: Self.metrics, file: "m.yaml")],
            schema: world.schema)
        let answer = try definitions.answer(
            MetricQuery(metrics: ["open_items"], period: try PeriodName("2026-02")),
            on: try world.store.store.snapshot(Scope(companies: ["north", "west"])),
            now: try #require(Instant("2026-07-20T12:00:00Z")))
        #expect(answer.provenance.remarks.contains { $0.contains("that were deleted since") })
    }
}
