import Store
import Testing
import Vocabulary

@testable import Analytics

/// Explanations and restatements over random rows and random changes of them.
@Suite struct TrustTests {
    private static let metrics = [
        "total", "deals", "priced", "won", "mean", "mean_points", "least", "most", "amount",
        "points_due", "buyers", "open_value", "middle", "points_90", "wait", "wait_middle", "bulky",
        "overdue", "balance", "year_deals", "period_amount", "vip_deals", "per_deal", "won_share",
        "part", "lost", "per_unit", "recent", "recent_mean", "recent_buyers", "daily", "run_rate",
    ]
    private static let periods = [
        "2026-01", "2026-Q1", "2026", "2025", "2026-02-10..2026-05-03", "FY2026", "2026-W14",
    ]
    private static let filters = [
        [], [], [Condition("status", .among(["a", "c"]))], [Condition("channel", .missing)],
        [Condition("customer.kind", .present)], [Condition("bulk", .among(["over 1.5 to 4"]))],
    ]

    private struct World {
        let store: TestStore
        let definitions: Definitions
        let now: Instant
        let early: Snapshot
        let late: Snapshot

        /// Rows, and then some rows more, some gone and some changed.
        init(seed: UInt64) throws {
            let scene = try OracleScene(seed: seed)
            (now, definitions, store) = (scene.now, scene.definitions, scene.store)
            var world = scene.world
            let other = try OracleWorld(seed: seed &+ 1000)
            let scope = Scope(companies: ["north", "south", "west"])
            early = try store.store.snapshot(scope)
            var random = SplitMix(seed: seed &* 31)
            var deletions = ChangeBatch()
            for number in world.deals.indices.shuffled(using: &random).prefix(40) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where number < other.deals.count:
                    var deal = other.deals[number]
                    (deal.company, deal.customer) = (
                        world.deals[number].company, world.deals[number].customer
                    )
                    world.deals[number] = deal
                case 1: world.deals[number].net? += 100
                case 2: world.deals[number].status = "a"
                default:
                    deletions.delete(
                        model: "deal", origin: "test", key: .integer(Int64(number)))
                }
            }
            world.deals += other.deals.prefix(20)
            world.customers = other.customers
            try world.fill(store.store)
            try store.store.commit(deletions)
            if seed.isMultiple(of: 3) { while try store.store.seal(minimum: 1) {} }
            late = try store.store.snapshot(scope)
        }
    }

    private static func query(_ metric: String, _ random: inout SplitMix) throws -> MetricQuery {
        MetricQuery(
            metrics: [metric],
            period: try PeriodName(periods.randomElement(using: &random) ?? "2026"),
            filters: filters.randomElement(using: &random) ?? [])
    }

    @Test(arguments: UInt64(1)...6) func rowsGiveTheFigure(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        var random = SplitMix(seed: seed)
        for metric in Self.metrics {
            let query = try Self.query(metric, &random)
            for snapshot in [world.early, world.late] {
                let explanation = try world.definitions.explain(
                    metric, of: query, on: snapshot, now: world.now)
                let answer = try world.definitions.answer(query, on: snapshot, now: world.now)
                #expect(explanation.cells == answer.totals[0])
                for part in explanation.parts {
                    let rows = try part.rows.rows()
                    #expect(rows.count == part.rows.rowCount)
                    var footing = ResultFooting(columns: part.rows.columns)
                    rows.forEach { footing.add($0) }
                    #expect(footing.totals == part.rows.totals, "\(metric) \(query)")
                    let paged = try stride(from: 0, to: max(rows.count, 1), by: 7).flatMap {
                        try part.page(offset: $0, limit: 7).rows()
                    }
                    #expect(paged == rows)
                    let all = try snapshot.rows(
                        RowRequest(
                            model: part.metric.models.contains("deal") ? "deal" : "customer",
                            columns: []))
                    #expect(part.rowsInAll == all.count)
                    guard part.metric.source.aggregate == .sum, explanation.formula == nil else {
                        continue
                    }
                    // What is printed adds up to the figure.
                    let totals = part.rows.totals.flatMap { $0.cells.filter { $0 != .missing } }
                    let figures = explanation.cells.map(\.value)
                    for total in totals { #expect(figures.contains(total), "\(metric)") }
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...8) func linesAddUpToTheDifference(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        var random = SplitMix(seed: seed &+ 50)
        var causes: Set<Restatement.Cause> = []
        var moved = 0
        for metric in Self.metrics {
            let query = try Self.query(metric, &random)
            let restatement = try world.definitions.restatement(
                metric, of: query, from: world.early, to: world.late, now: world.now)
            func values(_ snapshot: Snapshot) throws -> [String: Value] {
                let cells = try world.definitions.answer(query, on: snapshot, now: world.now)
                    .totals[0]
                return Dictionary(
                    uniqueKeysWithValues: cells.map { ($0.currency?.code ?? "", $0.value) })
            }
            let (before, after) = (try values(world.early), try values(world.late))
            for change in restatement.changes {
                let code = change.currency?.code ?? ""
                if let value = before[code] { #expect(change.before == value, "\(metric)") }
                if let value = after[code] { #expect(change.after == value, "\(metric)") }
            }
            for part in restatement.parts {
                causes.formUnion(part.lines.map(\.cause))
                for change in part.changes where change.difference != .missing {
                    let own = part.lines.flatMap(\.shares).filter { share in
                        guard case .money(let money) = share else { return true }
                        return money.currency == change.currency
                    }
                    // A figure told apart by currency without amounts names no currency in its shares.
                    if part.changes.count > 1, part.metric.unit != .money { continue }
                    if own.contains(.missing) { continue }
                    let sum = own.reduce(ValueDifference.zero(like: change.before)) {
                        ValueDifference.sum($0, $1)
                    }
                    #expect(sum == change.difference, "seed \(seed), \(metric): \(query)")
                    if sum != ValueDifference.zero(like: sum) { moved += 1 }
                }
            }
        }
        if seed != 1 { #expect(moved > 10) }
        #expect(causes.count > 1)
    }

    @Test func documentOfAReportHasFiguresAndLines() throws {
        let definitions = try Definitions.shipped()
        let now = try #require(Instant("2026-07-10T12:00:00Z"))
        let scratch = try TestStore(schema: definitions.schema, clock: .fixed(now))
        try scratch.add(
            "sale",
            """
            key | company    | status | net    | currency | sold_at
            1   | rendetalje | PAID   | 100.00 | DKK      | 2026-06-02 10:00
            2   | rendetalje | PAID   | 50.00  | DKK      | 2026-06-03 10:00
            3   | rendetalje | PAID   | 7.00   | DKK      | 2026-06-04 10:00
            """)
        let scope = Scope(companies: ["rendetalje"])
        let before = try scratch.store.snapshot(scope)
        try scratch.add(
            "sale",
            """
            key | company    | status    | net    | currency | sold_at
            1   | rendetalje | CANCELLED | 100.00 | DKK      | 2026-06-02 10:00
            2   | rendetalje | PAID      | 60.00  | DKK      | 2026-06-03 10:00
            4   | rendetalje | PAID      | 8.00   | DKK      | 2026-06-05 10:00
            """)
        var batch = ChangeBatch()
        batch.delete(model: "sale", origin: "case", key: .text("3"))
        try scratch.store.commit(batch)
        let after = try scratch.store.snapshot(scope)
        let document = try definitions.restatementDocument(
            of: "revenue", ViewRequest(period: try PeriodName("2026-06")), from: before, to: after,
            now: now)
        func money(_ text: String) throws -> Value {
            .money(
                Money(try #require(ExactDecimal(text)), try #require(Currency("DKK"))))
        }
        let figures = try document.tables[0].rows()
        #expect(
            figures == [
                [
                    .text("Revenue"), try money("157"), try money("68"), try money("-89"),
                    try money("8"), try money("-90"), try money("-7"),
                ]
            ])
        let lines = try document.tables[1].rows()
        #expect(
            lines.map { $0[0] }
                == ["correction", "correction", "deletion", "late"].map { .text($0) })
        #expect(lines[0][2...4] == [.text("Status"), .text("PAID"), .text("CANCELLED")])
        #expect(lines[1][2...4] == [.text("Amount (net)"), .text("50.00 DKK"), .text("60.00 DKK")])
        #expect(lines[2][4] == .text("–") || lines[2][4] == .text("–; –; –; –"))
        #expect(document.tables[1].totals.map { $0.cells.last } == [try money("-89")])
    }
}

extension Metric.Source {
    var aggregate: BaseMetric.Aggregate? {
        guard case .base(let base) = self else { return nil }
        return base.aggregate
    }
}
