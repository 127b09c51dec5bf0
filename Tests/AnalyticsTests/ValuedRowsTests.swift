import Store
import Testing
import Vocabulary

@testable import Analytics

/// Rows whose numbers are multiplied by tables or converted: what is printed beside each of them gives
/// its value again, and the values give the figure.
@Suite struct ValuedRowsTests {
    private static let metrics = [
        "total", "mean", "middle", "least", "balance", "recent", "open_value", "per_deal", "daily",
        "cost", "cost_mean", "cost_middle", "cost_balance", "cost_recent", "cost_now", "weights",
        "vat", "scored", "known", "covered", "margin", "coverage", "deals",
    ]
    private static let currencies = [
        nil, "own", "EUR", "DKK", "JPY closing", "KWD average", "EUR average", "JPY budget",
        "DKK fixed 2026-02-10", "KWD transaction",
    ]
    private static let periods = [
        "2026-01", "2026-Q1", "2026", "2025-12", "2026-02-10..2026-05-03", "2026-W14", "2026-07",
    ]
    private static let filters = [
        [], [], [Condition("status", .among(["a", "c"]))], [Condition("customer.kind", .present)],
    ]
    private static let scope = Scope(companies: ["north", "south", "west"])

    private struct World {
        let definitions: Definitions
        let store: TestStore
        let rates: ConversionTests.NaiveRates
        let now: Instant
        let early: Snapshot
        let late: Snapshot
        var random: SplitMix

        /// Rows, and then some of them changed and some gone.
        init(seed: UInt64) throws {
            var world = try OracleWorld(seed: seed)
            random = SplitMix(seed: seed &* 17)
            rates = ConversionTests.NaiveRates(&random)
            now = try #require(Instant("2026-06-10T23:30:00Z"))
            let metrics =
                OracleWorld.metrics + """

                      cost:
                        {description: x, model: deal, kind: sum, column: quantity, date: at,
                         times: {table: cost, by: status}}
                      cost_mean:
                        {description: x, model: deal, kind: average, column: quantity, date: at,
                         times: {table: cost, by: status, on: due}}
                      cost_middle:
                        {description: x, model: deal, kind: median, column: points, date: at,
                         times: {table: cost, by: status}}
                      cost_balance:
                        {description: x, model: deal, kind: sum, column: quantity, date: at,
                         accumulate: always, times: {table: cost, by: status, on: period-end}}
                      cost_recent:
                        {description: x, model: deal, kind: sum, date: at, trailing: 50 days,
                         times: {table: cost, by: status}}
                      cost_now:
                        {description: x, model: deal, kind: sum, times: {table: cost, by: status}}
                      weights:
                        {description: x, model: deal, kind: sum, column: quantity, date: at,
                         times: {table: weight, by: customer.kind}}
                      vat:
                        {description: x, model: deal, kind: sum, column: net, date: at,
                         times: {table: rate_of, by: company.country, as: included}}
                      scored:
                        {description: x, model: deal, kind: maximum, column: net, date: at,
                         times: {table: weight, by: customer.kind}}
                      known:
                        {description: x, model: deal, kind: sum, column: net, date: at,
                         listed-in: {table: cost, by: status}}
                      covered:
                        {description: x, model: deal, kind: count, date: at,
                         times: {table: cost, by: status}}
                      margin: {description: x, formula: 2 * cost - cost_recent}
                      coverage: {description: x, formula: covered / deals, unit: ratio}
                    """
            let tables =
                rates.text + """

                      weight:
                        label: W
                        source: made up
                        values: {vip: 1.5, plain: [{until: 2026-03-03, value: 0.333}]}
                      rate_of:
                        label: V
                        source: made up
                        values: {DK: 25 %, MW: [{from: 2026-01-10, value: 16.5 %}]}
                    """
            definitions = try Definitions(
                metrics: [DefinitionNode(parsing: metrics, file: "m.yaml")],
                reference: [DefinitionNode(parsing: tables, file: "r.yaml")], schema: world.schema)
            store = try TestStore(schema: world.schema, clock: .fixed(now))
            try world.fill(store.store)
            if seed.isMultiple(of: 2) { while try store.store.seal(minimum: 1) {} }
            early = try store.store.snapshot(ValuedRowsTests.scope)
            var gone = ChangeBatch()
            for number in world.deals.indices.shuffled(using: &random).prefix(40) {
                switch Int.random(in: 0..<5, using: &random) {
                case 0: world.deals[number].net? += 111
                case 1: world.deals[number].status = ["a", "b", "c"].randomElement(using: &random)
                case 2: world.deals[number].currency = "DKK"
                case 3:
                    world.deals[number].at = world.deals[number].at.map {
                        Instant(seconds: $0.seconds + 900_000)
                    }
                default:
                    gone.delete(model: "deal", origin: "test", key: .integer(Int64(number)))
                }
            }
            world.deals += try OracleWorld(seed: seed &+ 500).deals.prefix(20)
            try world.fill(store.store)
            try store.store.commit(gone)
            late = try store.store.snapshot(ValuedRowsTests.scope)
        }

        mutating func query(_ metric: String) throws -> MetricQuery {
            MetricQuery(
                metrics: [metric],
                period: try PeriodName(
                    ValuedRowsTests.periods.randomElement(using: &random) ?? "2026"),
                filters: ValuedRowsTests.filters.randomElement(using: &random) ?? [],
                currency: try (ValuedRowsTests.currencies.randomElement(using: &random) ?? nil).map
                {
                    try ReportingCurrency(parsing: $0)
                })
        }
    }

    /// What the words of a rate or value do to a number; nil when they say nothing.
    ///
    /// `1 EUR = 7.46 DKK = 160 ÷ 2 JPY` divides by what stands beside the own currency and multiplies by
    /// what stands beside the target; `a: 0.25 ÷ 1.25` multiplies.
    private static func applied(
        _ words: String, to number: ExactDecimal, from own: Currency?, to target: Currency?,
        scale: Int
    ) -> ExactDecimal? {
        func fraction(_ text: some StringProtocol) -> (ExactDecimal, ExactDecimal)? {
            let parts = String(text).split(separator: " ").map(String.init)
            guard let first = parts.first.flatMap({ ExactDecimal($0) }) else { return nil }
            guard parts.count > 2, parts[1] == "÷" else { return (first, ExactDecimal(1)) }
            return ExactDecimal(parts[2]).map { (first, $0) }
        }
        if words == "not converted" { return number }
        guard words.hasPrefix("1 ") else {
            let start = words.firstRange(of: ": ")?.upperBound ?? words.startIndex
            let value = fraction(words[start...])
            return value.flatMap {
                ExactDecimal.quotient(number * $0.0, $0.1, scale: scale)
            }
        }
        var (top, bottom) = (number, ExactDecimal(1))
        for term in words.split(separator: "=") {
            guard let value = fraction(term) else { return nil }
            let code = term.split(separator: " ").last.map(String.init)
            if let own, code == own.code {
                (top, bottom) = (top * value.1, bottom * value.0)
            } else if let target, code == target.code {
                (top, bottom) = (top * value.0, bottom * value.1)
            }
        }
        return ExactDecimal.quotient(top, bottom, scale: scale)
    }

    /// Works a line out again from what is printed; returns whether there was something to work out.
    private static func check(
        _ line: [Value], of part: Explanation.Part, _ context: String
    ) throws -> Bool {
        let columns = part.rows.columns
        func cell(_ name: String) -> Value? {
            columns.firstIndex { $0.name == name }.map { line[$0] }
        }
        guard let value = cell("row_value") else { return false }
        guard case .base(let base) = part.metric.source else { return false }
        var (number, own) = (ExactDecimal(1), Currency?.none)
        if let column = base.column, let held = cell(column) {
            number = try #require(held.number, "\(context): no number")
            if case .money(let money) = held { own = money.currency }
        }
        var (target, scale) = (Currency?.none, 0)
        switch value {
        case .money(let money): (target, scale) = (money.currency, money.currency.decimals)
        case .decimal(let decimal): scale = decimal.scale
        default: break
        }
        if let factor = base.factor, factor.form != .presence {
            guard case .text(let words)? = cell("row_\(factor.table.name)") else { return false }
            var between = own
            if case .amount(let currency) = base.content { between = currency }
            let product = try #require(
                applied(words, to: number, from: nil, to: nil, scale: between?.decimals ?? scale))
            guard let shown = cell("row_product") else {
                #expect(value.number == product, "\(context): \(words)")
                return true
            }
            #expect(shown.number == product, "\(context): \(words)")
            (number, own) = (product, between)
        }
        guard
            let rate = columns.first(where: { ["row_rates", "row_budget"].contains($0.name) }),
            case .text(let words)? = cell(rate.name)
        else {
            #expect(value.number == number, "\(context)")
            return false
        }
        let converted = applied(words, to: number, from: own, to: target, scale: scale)
        #expect(value.number == converted, "\(context): \(words)")
        return words != "not converted"
    }

    @Test(arguments: UInt64(1)...5) func linesGiveTheirValuesAndTheFigure(_ seed: UInt64) throws {
        var world = try World(seed: seed)
        var (checked, lost) = (0, 0)
        for metric in Self.metrics {
            let query = try world.query(metric)
            for snapshot in [world.early, world.late] {
                let context = "seed \(seed), \(metric) \(query)"
                let explanation = try world.definitions.explain(
                    metric, of: query, on: snapshot, now: world.now)
                let answer = try world.definitions.answer(query, on: snapshot, now: world.now)
                #expect(explanation.cells == answer.totals[0])
                #expect(!explanation.provenance.remarks.contains { $0.contains("not listed") })
                var left = 0
                for part in explanation.parts {
                    let rows = try part.rows.rows()
                    #expect(rows.count == part.rows.rowCount)
                    var footing = ResultFooting(columns: part.rows.columns)
                    for row in rows {
                        footing.add(row)
                        if try Self.check(row, of: part, context) { checked += 1 }
                    }
                    #expect(footing.totals == part.rows.totals, "\(context)")
                    let paged = try stride(from: 0, to: max(rows.count, 1), by: 7).flatMap {
                        try part.page(offset: $0, limit: 7).rows()
                    }
                    #expect(paged == rows)
                    let all = try snapshot.rows(RowRequest(model: "deal", columns: []))
                    #expect(part.rowsInAll == all.count, "\(context)")
                    if let valuation = part.valuation {
                        let words = ["no rate of", "no value of", "no word for", "no day for"]
                        let excluded = part.excluded.filter { exclusion in
                            words.contains { exclusion.reason.hasPrefix($0) }
                                || exclusion.reason == "no valid currency"
                                    && query.currency.map { $0.target != .own } == true
                        }.reduce(0) { $0 + $1.rows }
                        #expect(
                            valuation.leftOut.rowCount == min(excluded, 100), "\(context)")
                        if case .base(let base) = part.metric.source, base.aggregate != .count,
                            base.factor?.form != .presence
                        {
                            left += excluded
                        }
                        #expect(valuation.words.isEmpty == false)
                    }
                    guard part.metric.source.aggregate == .sum, explanation.formula == nil else {
                        continue
                    }
                    let totals = part.rows.totals.flatMap { $0.cells.filter { $0 != .missing } }
                    let figures = explanation.cells.map(\.value)
                    for total in totals { #expect(figures.contains(total), "\(context)") }
                }
                lost += left
                if left > 0 {
                    #expect(
                        explanation.provenance.remarks.contains { $0.hasPrefix("incomplete") },
                        "\(context)")
                }
            }
        }
        let rows = try world.late.rows(RowRequest(model: "deal", columns: [])).count
        #expect(checked > rows && lost > 0, "\(checked) of \(rows) checked, \(lost) lost")
    }

    @Test(arguments: UInt64(2)...5) func changedLinesAddUpToTheDifference(_ seed: UInt64) throws {
        var world = try World(seed: seed)
        var moved = 0
        for metric in Self.metrics {
            let query = try world.query(metric)
            let restatement = try world.definitions.restatement(
                metric, of: query, from: world.early, to: world.late, now: world.now)
            for part in restatement.parts where part.metric.source.aggregate == .sum {
                for change in part.changes where change.difference != .missing {
                    let shares = part.lines.flatMap(\.shares).filter { share in
                        guard case .money(let money) = share else { return true }
                        return money.currency == change.currency
                    }
                    let sum = shares.reduce(ValueDifference.zero(like: change.before)) {
                        ValueDifference.sum($0, $1)
                    }
                    #expect(sum == change.difference, "seed \(seed), \(metric): \(query)")
                    if sum != ValueDifference.zero(like: sum) { moved += 1 }
                }
            }
        }
        #expect(moved > 3)
    }

    /// Balances of rows as they stood, converted at the end of the period; members of movements.
    @Test(arguments: UInt64(1)...3) func rowsAsTheyStoodAndMembersGiveTheFigure(
        _ seed: UInt64
    ) throws {
        let world = try CourseWorld(seed: seed)
        var random = SplitMix(seed: seed)
        let text =
            CourseWorld.definitions.replacing(
                "movements:\n",
                with: """
                    movements:
                      rows:
                        {description: x, model: item, date: created, where: {status: [a, b]},
                         value: {column: status, prices: {a: 1.25, b: 3}, currency: USD}}
                      counts: {description: x, model: item, member: person, date: created,
                         where: {status: a}}

                    """)
                + """

                  priced:
                    {description: x, model: item, kind: sum, date: created, accumulate: standing,
                     times: {table: price, by: status}}
                """
        let definitions = try Definitions(
            metrics: [DefinitionNode(parsing: text, file: "m.yaml")],
            reference: [
                DefinitionNode(
                    parsing: ConversionTests.NaiveRates(&random).text + """

                          price:
                            label: P
                            source: made up
                            currency: DKK
                            values: {a: 2.5, b: [{from: 2026-03-10, value: 7.125}]}
                        """, file: "r.yaml")
            ], schema: world.schema)
        let now = try #require(Instant("2026-05-20T12:00:00Z"))
        let snapshot = try world.store.store.snapshot(Scope(companies: ["north", "west"]))
        let parts = MovementPart.allCases.map(\.rawValue)
        let names =
            ["standing", "priced"]
            + ["worth", "rows", "counts"].flatMap { name in
                parts.flatMap { ["\(name)_\($0)", "\(name)_\($0)_members"] }
            }
        var listed = 0
        for name in names {
            for period in ["2026-04-10..2026-04-25", "2026-05"] {
                let isMovement = !["standing", "priced"].contains(name)
                let query = MetricQuery(
                    metrics: [name], period: try PeriodName(period),
                    currency: isMovement
                        ? nil : try ReportingCurrency(parsing: "DKK transaction"))
                let explanation = try definitions.explain(name, of: query, on: snapshot, now: now)
                let context = "seed \(seed), \(name) in \(period)"
                #expect(
                    explanation.cells
                        == (try definitions.answer(query, on: snapshot, now: now).totals[0]))
                #expect(explanation.parts.count == 1, "\(context)")
                for part in explanation.parts {
                    let rows = try part.rows.rows()
                    listed += rows.count
                    var footing = ResultFooting(columns: part.rows.columns)
                    rows.forEach { footing.add($0) }
                    #expect(footing.totals == part.rows.totals)
                    let figures = explanation.cells.map(\.value)
                    guard part.metric.source.aggregate == .sum else {
                        #expect(figures == [.integer(Int64(rows.count))], "\(context)")
                        continue
                    }
                    for total in part.rows.totals.flatMap({ $0.cells.filter { $0 != .missing } }) {
                        #expect(figures.contains(total), "\(context)")
                    }
                    if isMovement { continue }
                    for row in rows { _ = try Self.check(row, of: part, context) }
                }
            }
        }
        #expect(listed > 200)
    }

    /// The cost of goods of a shop: what was looked up, on which day, and what is left out.
    @Test func linesOfAShopNameTheirCosts() throws {
        let definitions = try Definitions.shipped()
        let now = try #require(Instant("2026-06-10T12:00:00Z"))
        let store = try TestStore(schema: definitions.schema, clock: .fixed(now))
        let scope = Scope(companies: ["tiyende"])
        let head = "key | company | product     | quantity | amount  | currency | sold_at\n"
        try store.add(
            "pos_sale",
            head + """
                1   | tiyende | Sugar (1kg) | 2        | 4000.00 | MWK      | 2026-03-31 10:00
                2   | tiyende | Sugar (1kg) | 2        | 4000.00 | MWK      | 2026-04-01 10:00
                3   | tiyende | Scone       | 1        | 300.00  | MWK      | 2026-04-02 10:00
                4   | tiyende | Soap        | 3        | 2100.00 | MWK      | 2026-04-03 10:00
                """)
        let query = MetricQuery(metrics: ["pos_gross_profit"], period: try PeriodName("2026"))
        let early = try store.store.snapshot(scope)
        let explanation = try definitions.explain(
            "pos_gross_profit", of: query, on: early, now: now)
        let cost = try #require(
            explanation.parts.first { $0.metric.name == "pos_cost_of_goods" })
        func texts(_ table: ResultTable, _ names: [String]) throws -> [[String]] {
            try table.rows().map { row in
                names.map { name in
                    switch table.columns.firstIndex(where: { $0.name == name }).map({ row[$0] }) {
                    case .text(let text)?: text
                    case .money(let money)?: "\(money)"
                    case .integer(let number)?: "\(number)"
                    case .decimal(let number)?: "\(number)"
                    default: "–"
                    }
                }
            }
        }
        #expect(
            try texts(
                cost.rows, ["row", "row_value", "quantity", "row_unit_cost", "row_unit_cost_days"])
                == [
                    ["1", "2960.00 MWK", "2.000", "Sugar (1kg): 1480 MWK", "until 2026-03-31"],
                    ["2", "3120.00 MWK", "2.000", "Sugar (1kg): 1560 MWK", "from 2026-04-01"],
                    ["4", "1366.05 MWK", "3.000", "Soap: 455.35 MWK", "always"],
                ])
        #expect(cost.workings.map(\.words) == ["7446.05 MWK, the sum of 3 rows"])
        #expect(
            cost.excluded.map { "\($0.reason): \($0.rows)" }
                == ["no value of Scone in ‘unit_cost’ on 2026-04-02: 1"])
        let valuation = try #require(cost.valuation)
        #expect(
            try texts(valuation.leftOut, ["row_reason", "row", "row_value", "quantity"])
                == [["no value of Scone in ‘unit_cost’ on 2026-04-02", "3", "–", "1.000"]])
        #expect(
            try texts(valuation.used, ["table", "word", "value", "days", "rows"])
                == [
                    ["unit_cost", "Soap", "455.35 MWK", "always", "1"],
                    ["unit_cost", "Sugar (1kg)", "1480 MWK", "until 2026-03-31", "1"],
                    ["unit_cost", "Sugar (1kg)", "1560 MWK", "from 2026-04-01", "1"],
                ])
        #expect(
            valuation.words.first
                == "× unit_cost by product, on sold_at: each row is rounded half up to 0.01 MWK")
        // Another day is another cost, and the line says so.
        try store.add(
            "pos_sale", head + "2 | tiyende | Sugar (1kg) | 2 | 4000.00 | MWK | 2026-03-30 10:00")
        let late = try store.store.snapshot(scope)
        let restatement = try definitions.restatement(
            "pos_cost_of_goods", of: query, from: early, to: late, now: now)
        let line = try #require(restatement.parts[0].lines.first)
        #expect(restatement.parts[0].lines.count == 1 && line.cause == .correction)
        #expect(
            line.shares == [
                .money(Money(minorUnits: -16_000, currency: try #require(Currency("MWK"))))
            ])
        #expect(
            line.differences.last
                == Restatement.Line.Difference(
                    column: "Unit costs of the shop's goods",
                    before: .text("1560 MWK (from 2026-04-01)"),
                    after: .text("1480 MWK (until 2026-03-31)")))
        #expect(restatement.remarks.contains { $0.contains("by the tables of today") })
        let document = try explanation.document()
        #expect(document.tables.map(\.name).contains("left-out-pos_cost_of_goods"))
    }

    /// The rate of each row's day goes through the base of the table, and its days are told.
    @Test func linesOfConvertedAmountsNameTheirRates() throws {
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
            reference: [
                DefinitionNode(
                    parsing: """
                        tables:
                          rates:
                            label: R
                            source: S
                            base: EUR
                            days: {2026-06-01: {DKK: 7.5, USD: 1.2}, 2026-06-03: {DKK: 7.4}}
                        """, file: "t.yaml")
            ], schema: schema)
        let now = try #require(Instant("2026-07-20T12:00:00Z"))
        let store = try TestStore(schema: schema, clock: .fixed(now))
        try store.add(
            "pos_sale",
            """
            company | amount | currency | sold_at
            tekup   | 1.00   | USD      | 2026-06-02 10:00
            tekup   | 1.00   | USD      | 2026-06-04 10:00
            tekup   | 2.00   | DKK      | 2026-06-04 11:00
            tekup   | 1.00   | EUR      | 2026-06-05 10:00
            tekup   | 9.00   | USD      | 2026-06-30 10:00
            tekup   | 9.00   | MWK      | 2026-06-05 10:00
            """)
        let query = MetricQuery(
            metrics: ["money"], period: try PeriodName("2026-06"),
            currency: try ReportingCurrency(parsing: "DKK"))
        let explanation = try definitions.explain(
            "money", of: query, on: try store.store.snapshot(Scope(companies: ["tekup"])), now: now)
        let part = explanation.parts[0]
        let place = try #require(part.rows.columns.firstIndex { $0.name == "row_value" })
        let lines = try part.rows.rows().map { row in
            row[place...(place + 3)].map { value in
                switch value {
                case .money(let money): "\(money)"
                case .text(let text): text
                default: "–"
                }
            }
        }
        #expect(
            lines == [
                ["6.25 DKK", "1.00 USD", "1 EUR = 1.2 USD = 7.5 DKK", "2026-06-01"],
                [
                    "6.17 DKK", "1.00 USD", "1 EUR = 1.2 USD = 7.4 DKK", "2026-06-01, 2026-06-03",
                ],
                ["2.00 DKK", "2.00 DKK", "not converted", ""],
                ["7.40 DKK", "1.00 EUR", "1 EUR = 7.4 DKK", "2026-06-03"],
            ])
        #expect(part.workings.map(\.words) == ["21.82 DKK, the sum of 4 rows"])
        #expect(
            part.excluded.map(\.reason) == [
                "no rate of MWK to DKK in ‘rates’ on 2026-06-05",
                "no rate of USD to DKK in ‘rates’ on 2026-06-30",
            ])
        #expect(part.valuation?.used.rowCount == 3)
    }
}
