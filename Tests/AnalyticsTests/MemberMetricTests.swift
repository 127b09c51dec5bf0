import Store
import Testing
import Vocabulary

@testable import Analytics

/// Metrics that are computed from those of members, against a walk over all rows.
@Suite struct MemberMetricTests {
    private static let metrics = """
        metrics:
          deals: {description: x, model: deal, kind: count, date: at}
          total: {description: x, model: deal, kind: sum, column: net, date: at}
          regulars:
            {description: x, each: customer, value: deals, kind: count, having: {at-least: 3}}
          buyers: {description: x, each: customer, value: total, kind: count}
          most: {description: x, each: customer, value: deals, kind: maximum}
          typical: {description: x, each: customer, value: total, kind: median}
          mean: {description: x, each: customer, value: total, kind: average}
          all: {description: x, each: customer, value: total, kind: sum}
          share: {description: x, formula: regulars / buyers, unit: ratio}
        """
    private static let now = "2026-06-10T23:30:00Z"

    private struct Place: Hashable {
        let status: String?
        let step: LocalDay?
    }

    private static func definitions(_ schema: Schema, _ text: String = metrics) throws
        -> Definitions
    {
        try Definitions(metrics: [DefinitionNode(parsing: text, file: "m.yaml")], schema: schema)
    }

    /// The figure of a metric over rows that belong together; nil where it is undefined.
    private func figure(_ name: String, _ deals: [Deal], _ currency: String?) -> ExactDecimal? {
        let owned = Dictionary(grouping: deals.filter { $0.customer != nil }) {
            "\($0.company)-\($0.customer ?? 0)"
        }
        let counts = owned.values.map(\.count).sorted()
        switch name {
        case "regulars": return ExactDecimal(counts.filter { $0 >= 3 }.count)
        // Whoever has no amount in any currency has no total.
        case "buyers":
            return ExactDecimal(
                owned.values.filter { $0.contains { Currency($0.currency ?? "") != nil } }.count)
        case "most": return counts.last.map { ExactDecimal($0) }
        case "share":
            return ExactDecimal.quotient(
                figure("regulars", deals, nil) ?? ExactDecimal(0),
                figure("buyers", deals, nil) ?? ExactDecimal(0), scale: 6)
        default: break
        }
        let decimals = currency.flatMap { Currency($0) }?.decimals ?? 0
        let sums = owned.values.map { $0.filter { $0.currency == currency } }.filter { !$0.isEmpty }
            .map { $0.compactMap(\.net).reduce(0, +) }.sorted()
        let all = Int128(sums.reduce(0, +))
        switch name {
        case "all": return ExactDecimal(unscaled: all, scale: decimals)
        case "mean":
            return ExactDecimal.quotient(
                ExactDecimal(unscaled: all, scale: decimals), ExactDecimal(sums.count),
                scale: decimals)
        default:
            guard let last = sums.last else { return nil }
            let half = (sums.count - 1) / 2
            let other =
                sums.count.isMultiple(of: 2) ? sums[half + 1] : sums.isEmpty ? last : sums[half]
            return ExactDecimal(unscaled: Int128(sums[half] + other) * 5, scale: decimals + 1)
                .rounded(toScale: decimals)
        }
    }

    @Test(arguments: UInt64(1)...8) func figuresEqualAWalkOverTheRows(_ seed: UInt64) throws {
        let world = try OracleWorld(seed: seed)
        let now = try #require(Instant(Self.now))
        let definitions = try Self.definitions(world.schema)
        let store = try TestStore(schema: world.schema, clock: .fixed(now))
        try world.fill(store.store)
        let codes = world.schema.companies.companies.map(\.code)
        let names = ["regulars", "buyers", "most", "typical", "mean", "all", "share"]
        var compared = 0
        for (by, grain) in [
            ([], nil), (["status"], nil), ([], Grain.month), (["status"], .quarter),
        ] as [([String], Grain?)] {
            let query = MetricQuery(
                metrics: names, period: try PeriodName("2025-11-01..2026-05-31"), grain: grain,
                by: by)
            let answer = try definitions.answer(
                query, on: store.store.snapshot(Scope(companies: codes)), now: now)
            let rows = world.deals.filter { deal in
                deal.at.flatMap { at in world.zones[deal.company]?.day(of: at) }
                    .map(answer.period.contains) ?? false
            }
            let sorted = Dictionary(grouping: rows) { deal in
                let day = deal.at.flatMap { world.zones[deal.company]?.day(of: $0) }
                return Place(
                    status: by.isEmpty ? nil : deal.status,
                    step: grain.flatMap { grain in day.map { grain.start(of: $0) } })
            }
            for row in answer.rows {
                var status: String?
                if case .text(let text)? = row.members.first?.cell { status = text }
                let deals = sorted[Place(status: status, step: row.step?.start)] ?? []
                for (name, cells) in zip(names, row.cells) {
                    for cell in cells {
                        compared += 1
                        #expect(
                            cell.value.number == figure(name, deals, cell.currency?.code),
                            "seed \(seed), \(name) by \(by) and \(grain as Any) of \(row)")
                    }
                }
            }
            for (name, cells) in zip(names, answer.totals) {
                for cell in cells {
                    #expect(
                        cell.value.number == figure(name, rows, cell.currency?.code),
                        "seed \(seed), total of \(name) by \(by) and \(grain as Any)")
                }
            }
        }
        #expect(compared > 50)
    }

    @Test(arguments: [
        ("{description: x, each: custmer, value: deals, kind: count}", "did you mean ‘customer’?"),
        ("{description: x, each: customer, value: dels, kind: count}", "did you mean ‘deals’?"),
        ("{description: x, each: customer, value: deals, kind: distinct}", "use kind count"),
        ("{description: x, each: [], value: deals, kind: count}", "name 1 to 3"),
        (
            "{description: x, each: customer, value: total, kind: count, having: {above: 5}}",
            "held against 0 only"
        ),
        (
            "{description: x, each: customer, value: deals, kind: count, having: {above: many}}",
            "is no number"
        ),
        ("{description: x, each: customer, value: self, kind: count}", "defined by itself"),
    ]) func mistakesAreNamed(_ definition: String, _ words: String) throws {
        let schema = try OracleWorld.schema()
        let error = #expect(throws: Advice.self) {
            _ = try Self.definitions(schema, Self.metrics + "\n  self: " + definition)
        }
        #expect(error.map { "\($0)".contains(words) } == true, "\(error as Any)")
    }

    @Test func aLimitIsRefused() throws {
        let world = try OracleWorld(seed: 3)
        let now = try #require(Instant(Self.now))
        let store = try TestStore(schema: world.schema, clock: .fixed(now))
        try world.fill(store.store)
        let query = MetricQuery(
            metrics: ["typical"], period: try PeriodName("2026"), by: ["status"], limit: 1)
        let error = #expect(throws: Advice.self) {
            _ = try Self.definitions(world.schema).answer(
                query, on: store.store.snapshot(Scope(companies: ["north", "south"])), now: now)
        }
        #expect(error.map { "\($0)".contains("without a limit") } == true, "\(error as Any)")
    }
}
