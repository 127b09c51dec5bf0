import Store
import Testing
import Vocabulary

@testable import Analytics

/// Random questions in one currency over random rows and rates, against rows converted one by one.
@Suite struct ConversionTests {
    private static let now = "2026-06-10T23:30:00Z"

    /// Random rates of some days, and the plain arithmetic with them.
    struct NaiveRates {
        /// What one euro is worth, by day and currency.
        private(set) var quotes: [LocalDay: [String: ExactDecimal]] = [:]
        static let fixed = ["DKK": "7.5", "MWK": "2000.25", "JPY": "161.3", "KWD": "0.3391"]

        init(_ random: inout SplitMix) {
            var day = LocalDay(number: 20_370)
            while day.number < 20_700 {
                for (code, digits) in [("DKK", 74_000), ("MWK", 200_000), ("JPY", 16_000)] + [
                    ("KWD", 3_380)
                ] where Int.random(in: 0..<5, using: &random) > 0 {
                    let places = ["DKK": 4, "MWK": 2, "JPY": 2, "KWD": 4][code] ?? 0
                    let spread = Int.random(in: 0...digits / 20, using: &random)
                    quotes[day, default: [:]][code] =
                        ExactDecimal(unscaled: Int128(digits + spread), scale: places)
                }
                // Now and then longer than a week.
                day = day.adding(days: [1, 1, 2, 3, 5, 9].randomElement(using: &random) ?? 1)
            }
        }

        /// The file that says so.
        var text: String {
            var lines = ["tables:", "  rates:", "    label: R", "    source: made up"]
            lines += ["    base: EUR", "    days:"]
            for (day, rates) in quotes.sorted(by: { $0.key < $1.key }) {
                lines.append("      \(day):")
                for (code, rate) in rates.sorted(by: { $0.key < $1.key }) {
                    lines.append("        \(code): \(rate)")
                }
            }
            lines += ["  budget:", "    label: B", "    source: made up", "    base: EUR"]
            lines.append("    fixed:")
            for (code, rate) in Self.fixed.sorted(by: { $0.key < $1.key }) {
                lines.append("      \(code): \(rate)")
            }
            lines += ["  cost:", "    label: C", "    source: made up", "    currency: MWK"]
            lines.append("    values: {a: [{until: 2026-02-14, value: 10.05}, {from: 2026-02-20,")
            lines.append("      value: 11.333}], b: 0.5}")
            return lines.joined(separator: "\n")
        }

        /// What one euro is worth on a day, as a sum of rates and how many they are.
        private func worth(_ code: String, _ day: LocalDay) -> (ExactDecimal, Int)? {
            if code == "EUR" { return (ExactDecimal(1), 1) }
            for days in 0...7 {
                if let rate = quotes[day.adding(days: -days)]?[code] { return (rate, 1) }
            }
            return nil
        }

        private func average(_ code: String, _ period: Period) -> (ExactDecimal, Int)? {
            if code == "EUR" { return (ExactDecimal(1), 1) }
            let all = (0..<period.days).compactMap { quotes[period.start.adding(days: $0)]?[code] }
            return all.isEmpty
                ? worth(code, period.last) : (all.reduce(.zero, +), all.count)
        }

        enum Moment {
            case day(LocalDay)
            case average(Period)
            case budget
        }

        /// An amount in minor units of another currency.
        func converted(
            _ amount: Int64, _ code: String?, to target: Currency, _ moment: Moment
        ) -> Int64? {
            guard let code, let own = Currency(code) else { return nil }
            if own == target { return amount }
            func worth(_ code: String) -> (ExactDecimal, Int)? {
                switch moment {
                case .day(let day): self.worth(code, day)
                case .average(let period): average(code, period)
                case .budget:
                    (code == "EUR" ? "1" : Self.fixed[code]).flatMap { ExactDecimal($0) }
                        .map { ($0, 1) }
                }
            }
            guard let from = worth(own.code), let to = worth(target.code) else { return nil }
            let decimal = ExactDecimal(unscaled: Int128(amount), scale: own.decimals)
            let result = ExactDecimal.quotient(
                decimal * to.0 * ExactDecimal(from.1), from.0 * ExactDecimal(to.1),
                scale: target.decimals)
            return result.flatMap { Int64(exactly: $0.unscaled) }
        }
    }

    private struct Fixture {
        let world: OracleWorld
        let rates: NaiveRates
        let definitions: Definitions
        let store: TestStore
        let now: Instant
        var random: SplitMix

        init(seed: UInt64) throws {
            world = try OracleWorld(seed: seed)
            random = SplitMix(seed: seed &* 31)
            rates = NaiveRates(&random)
            now = try #require(Instant(ConversionTests.now))
            let metrics =
                OracleWorld.metrics + """

                      cost:
                        {description: x, model: deal, kind: sum, column: quantity, date: at,
                         times: {table: cost, by: status}}
                    """
            definitions = try Definitions(
                metrics: [DefinitionNode(parsing: metrics, file: "m.yaml")],
                reference: [DefinitionNode(parsing: rates.text, file: "r.yaml")],
                schema: world.schema)
            store = try TestStore(schema: world.schema, clock: .fixed(now))
            try world.fill(store.store)
            if seed.isMultiple(of: 2) { while try store.store.seal(minimum: 1) {} }
        }

        mutating func companies() -> [String] {
            let codes = world.schema.companies.companies.map(\.code).filter { _ in
                Int.random(in: 0..<3, using: &random) > 0
            }
            return codes.isEmpty ? ["north"] : codes
        }
    }

    /// Rates of the rows' own days, and fixed ones: the answer is that of rows converted beforehand.
    @Test(arguments: UInt64(1)...5) func convertedAnswersAreThoseOfConvertedRows(
        _ seed: UInt64
    ) throws {
        var fixture = try Fixture(seed: seed)
        let skipped = ["priced", "overdue"]
        for number in 0..<25 {
            let codes = fixture.companies()
            let target = try #require(
                Currency(["DKK", "EUR", "JPY", "KWD"].randomElement(using: &fixture.random) ?? ""))
            let isFixed = Bool.random(using: &fixture.random)
            var query = try OracleTests.query(&fixture.random)
            query.metrics.removeAll { skipped.contains($0) || !isFixed && $0 == "open_value" }
            if query.metrics.isEmpty { query.metrics = ["total"] }
            if let order = query.order, !(query.metrics + query.by).contains(order.name) {
                query.order = nil
            }
            query.currency = try ReportingCurrency(
                parsing: "\(target) " + (isFixed ? "budget" : "transaction"))
            var world = try OracleWorld(fixture.world, reportingIn: target)
            for index in world.deals.indices {
                let deal = world.deals[index]
                let day = deal.at.flatMap { world.zones[deal.company]?.day(of: $0) }
                let moment = isFixed ? .budget : day.map { NaiveRates.Moment.day($0) }
                world.deals[index].currency = target.code
                world.deals[index].net = deal.net.flatMap { net in
                    moment.flatMap {
                        fixture.rates.converted(net, deal.currency, to: target, $0)
                    }
                }
            }
            let snapshot = try fixture.store.store.snapshot(Scope(companies: codes))
            let answer = try fixture.definitions.answer(query, on: snapshot, now: fixture.now)
            let problem = OracleComparison(
                answer: answer,
                naive: NaiveAnswer(
                    world: world, companies: codes, filters: query.filters,
                    today: try #require(world.zones[codes[0]]).day(of: fixture.now)),
                world: world, identities: try world.identities(of: snapshot)
            ).firstProblem(now: fixture.now)
            #expect(problem == nil, "seed \(seed), question \(number): \(query)\n\(problem ?? "")")
        }
    }

    /// Closing and average rates, of flows and of balances: each step on its own.
    @Test(arguments: UInt64(1)...5) func stepsTakeTheirOwnRates(_ seed: UInt64) throws {
        var fixture = try Fixture(seed: seed)
        for number in 0..<12 {
            let codes = fixture.companies()
            let target = try #require(
                Currency(["DKK", "EUR", "JPY"].randomElement(using: &fixture.random) ?? ""))
            let policy = Bool.random(using: &fixture.random) ? "closing" : "average"
            let grain: Grain? =
                [nil, .week, .month, .fiscalMonth, .quarter]
                .randomElement(using: &fixture.random) ?? nil
            let isSplit = Bool.random(using: &fixture.random)
            let metrics = ["total", "balance", "cost"] + (grain == nil ? ["open_value"] : [])
            let periods = [
                "2026-01-20..2026-04-10", "2026-Q1", "2025-12", "2026-05-01..2026-07-31",
            ]
            let query = MetricQuery(
                metrics: metrics,
                period: try PeriodName(periods.randomElement(using: &fixture.random) ?? "2026"),
                grain: grain, by: isSplit ? ["status"] : [],
                currency: try ReportingCurrency(parsing: "\(target) \(policy)"))
            let snapshot = try fixture.store.store.snapshot(Scope(companies: codes))
            let answer = try fixture.definitions.answer(query, on: snapshot, now: fixture.now)
            let today = try #require(fixture.world.zones[codes[0]]).day(of: fixture.now)
            let asked = Asked(
                fixture: fixture, companies: codes, target: target, isAverage: policy == "average",
                grain: grain, span: answer.period, today: today)
            for row in answer.rows {
                for (index, name) in query.metrics.enumerated() {
                    let wanted = asked.value(name, row)
                    #expect(
                        row.cells[index].map(\.value) == [
                            wanted.map { .money(Money(minorUnits: $0, currency: target)) }
                                ?? .missing
                        ], "seed \(seed), question \(number), \(name), \(row.step?.label ?? "")")
                }
            }
        }
    }

    /// A reader's choice goes before that of the dashboard, and a card's own before both.
    @Test func cardsAreAskedInTheirCurrency() throws {
        let schema = try Schema(definitions: Folders.queries)
        let definitions = try Definitions(
            metrics: [
                DefinitionNode(
                    parsing: """
                        metrics:
                          money: {description: x, model: pos_sale, kind: sum, column: amount,
                                  date: sold_at}
                        """, file: "m.yaml")
            ],
            dashboards: [
                DefinitionNode(
                    parsing: """
                        dashboard: d
                        title: D
                        period: 2026-06
                        currency: group average
                        cards:
                          - {name: a, type: figures, metrics: [money]}
                          - {name: b, type: figures, metrics: [money], currency: own}
                        """, file: "d.yaml")
            ],
            reports: [
                DefinitionNode(
                    parsing: """
                        report: r
                        title: R
                        period: 2026-06
                        currency: USD
                        blocks: [{name: a, type: figures, metrics: [money]}]
                        """, file: "r.yaml")
            ],
            reference: [
                DefinitionNode(
                    parsing: """
                        tables:
                          rates:
                            label: R
                            source: S
                            base: EUR
                            days: {2026-06-01: {DKK: 8, USD: 2}, 2026-06-03: {DKK: 4}}
                        """, file: "t.yaml")
            ], schema: schema)
        let now = try #require(Instant("2026-07-20T12:00:00Z"))
        let store = try TestStore(schema: schema, clock: .fixed(now))
        try store.add(
            "pos_sale",
            """
            company | amount | currency | sold_at
            tekup   | 3.00   | EUR      | 2026-06-02 10:00
            """)
        let snapshot = try store.store.snapshot(Scope(companies: ["tekup", "rendetalje"]))
        func shown(_ currency: String?) throws -> [String] {
            let request = ViewRequest(
                currency: try currency.map { try ReportingCurrency(parsing: $0) })
            return try definitions.dashboard("d", request, on: snapshot, now: now).cards.map {
                guard case .figures(let figures) = $0.content,
                    case .money(let money) =
                        figures[0].values[0]
                else { return "?" }
                return "\(money)"
            }
        }
        #expect(try shown(nil) == ["18.00 DKK", "3.00 EUR"])
        #expect(try shown("USD") == ["6.00 USD", "3.00 EUR"])
        #expect(try shown("own") == ["3.00 EUR", "3.00 EUR"])
        let document = try definitions.report("r", on: snapshot, now: now).document
        #expect(document.provenance.currency == "USD")
        #expect(document.provenance.notes.contains("rates: R (S)"))
        // Companies of several groups have no group's currency.
        let all = try store.store.snapshot(Scope(companies: ["tekup", "tisa"]))
        let shared = try definitions.dashboard("d", on: all, now: now)
        #expect(shared.cards.map { $0.failure != nil } == [true, false])
    }

    private struct Asked {
        let fixture: Fixture
        let companies: [String]
        let target: Currency
        let isAverage: Bool
        let grain: Grain?
        let span: Period
        let today: LocalDay

        /// The sum of a metric's rows in a step, each converted on its own.
        func value(_ name: String, _ row: MetricAnswer.Row) -> Int128? {
            var (start, end) = (span.start, span.end)
            if let step = row.step, let grain {
                start = max(start, step.start)
                end = min(end, grain.next(after: step.start, in: OracleWorld.calendar))
            }
            let rows = fixture.world.deals.filter { deal in
                companies.contains(deal.company)
                    && (row.members.isEmpty || row.members[0].label == deal.status ?? "(none)")
            }
            // Of a step to come nothing is known, unless something lies in it or behind it.
            if grain != nil, let step = row.step, step.start > today {
                let days = rows.compactMap(day)
                guard days.contains(where: { $0 >= start && $0 < span.end }),
                    days.contains(where: { $0 < end })
                else { return nil }
            }
            return rows.filter { isCounted(name, $0, start, end) }.reduce(Int128(0)) { sum, deal in
                let (amount, code) =
                    name == "cost" ? (cost(deal), "MWK") : (deal.net, deal.currency)
                let close = min(end.adding(days: -1), today)
                var moment = NaiveRates.Moment.day(close)
                if isAverage, start <= today,
                    let period = try? Period(from: start, upTo: min(end, today.adding(days: 1)))
                {
                    moment = .average(period)
                }
                let own = amount.flatMap {
                    fixture.rates.converted($0, code, to: target, moment)
                }
                return sum + Int128(own ?? 0)
            }
        }

        private func day(_ deal: Deal) -> LocalDay? {
            deal.at.flatMap { fixture.world.zones[deal.company]?.day(of: $0) }
        }

        private func isCounted(
            _ name: String, _ deal: Deal, _ start: LocalDay, _ end: LocalDay
        ) -> Bool {
            if name == "open_value" { return deal.status != "a" }
            guard let day = day(deal) else { return false }
            return day < end && (name == "balance" || day >= start)
        }

        /// Quantity × unit cost, in minor units of MWK.
        private func cost(_ deal: Deal) -> Int64? {
            guard let quantity = deal.quantity, let day = day(deal) else { return nil }
            let unit: String
            switch deal.status {
            case "a" where day.description <= "2026-02-14": unit = "10.05"
            case "a" where day.description >= "2026-02-20": unit = "11.333"
            case "b": unit = "0.5"
            default: return nil
            }
            let product =
                ExactDecimal(unscaled: Int128(quantity), scale: 3)
                * (ExactDecimal(unit) ?? .zero)
            return Int64(exactly: product.rounded(toScale: 2).unscaled)
        }
    }
}
