import Store
import Testing
import Vocabulary

@testable import Analytics

/// The shipped dashboards, reports and explanations over a small store.
@Suite struct DashboardTests {
    private let definitions: Definitions
    private let scratch: TestStore
    private let now: Instant

    init() throws {
        definitions = try .shipped()
        now = try #require(Instant("2026-06-10T12:00:00Z"))
        scratch = try TestStore(schema: definitions.schema, clock: .fixed(now))
        try scratch.add(
            "customer",
            """
            key | company    | name   | kind
            c1  | rendetalje | Jensen | B2B
            c2  | rendetalje | Hansen | B2C
            c3  | tekup      | Olsen  | B2B
            """)
        try scratch.add(
            "service",
            """
            key | company    | name
            s1  | rendetalje | Windows
            """)
        try scratch.add(
            "sale",
            """
            key | number | company    | status     | net    | tax   | gross  | currency | customer | service | sold_at
            1   | R-1    | rendetalje | PAID       | 100.00 | 25.00 | 125.00 | DKK      | c1       | s1      | 2026-06-02 10:00
            2   | R-2    | rendetalje | ACCEPTED   | 60.00  | 15.00 | 75.00  | DKK      | c2       |         | 2026-06-01 10:00
            3   | R-3    | rendetalje | COMPLETED  | 40.00  | 10.00 | 50.00  | EUR      | c2       | s1      | 2026-06-03 00:30
            4   | R-4    | rendetalje | PAID       | 80.00  | 20.00 | 100.00 | DKK      | c1       | s1      | 2026-05-03 10:00
            5   | R-5    | rendetalje | QUOTE_SENT | 9.00   | 2.25  | 11.25  | DKK      | c1       | s1      | 2026-06-03 10:00
            6   | R-6    | rendetalje | PAID       |        |       |        | DKK      | c1       | s1      | 2026-06-04 10:00
            7   | T-1    | tekup      | PAID       | 700.00 | 175.00 | 875.00 | DKK     | c3       |         | 2026-06-05 10:00
            """)
        try scratch.add(
            "lead",
            """
            company    | status    | source  | created_at
            rendetalje | CONVERTED | WEBSITE | 2026-06-01 10:00
            rendetalje | NEW       | PHONE   | 2026-06-02 10:00
            """)
        try scratch.add(
            "pos_sale",
            """
            number | company | product | amount  | payment_method | sold_at
            1      | tiyende | Sugar   | 5000.00 | cash           | 2026-06-01 08:00
            2      | tiyende | Soap    |         | cash           | 2026-06-02 08:00
            """)
    }

    private func snapshot(_ companies: String...) throws -> Snapshot {
        let scope = Scope(companies: definitions.schema.companies.companies.map(\.code))
        return try scratch.store.snapshot(scope, of: .companies(companies))
    }

    private func money(_ text: String, _ code: String) throws -> Value {
        .money(Money(try #require(ExactDecimal(text)), try #require(Currency(code))))
    }

    @Test func rowsPutAsideAreCounted() throws {
        var batch = ChangeBatch()
        for (key, table) in [("1", "sales"), ("2", "sales"), ("1", "leads")] {
            batch.quarantine(
                QuarantinedRow(
                    source: "tekup", table: table, key: key, reason: "no currency", content: "{}"))
        }
        try scratch.store.commit(batch)
        let written = try Definitions.written(
            "metrics: {sales: {description: x, model: sale, kind: count, date: sold_at}}",
            dashboards: [
                """
                dashboard: aside
                title: Aside
                period: this-month
                cards:
                  - {name: aside, type: quarantine, title: Put aside}
                """
            ])
        func card(_ snapshot: Snapshot, after days: Int64) throws -> CardAnswer {
            let later = Instant(seconds: now.seconds + days * 86_400)
            return try written.dashboard("aside", on: snapshot, now: later).cards[0]
        }
        func table(_ card: CardAnswer) -> ResultTable? {
            if case .table(let table) = card.content { table } else { nil }
        }
        let day = Value.day(try #require(LocalDay("2026-06-10")))
        for (days, recent) in [(0, [1, 2]), (29, [1, 2]), (30, [0, 0])] as [(Int64, [Int64])] {
            let found = try #require(table(try card(try snapshot("tekup"), after: days)))
            #expect(
                try found.rows() == [
                    [.text("tekup"), .text("leads"), .integer(1), .integer(recent[0]), day],
                    [.text("tekup"), .text("sales"), .integer(2), .integer(recent[1]), day],
                ])
        }
        // Whoever sees only rows of their own is told nothing of those of others.
        let own = Scope(
            companies: ["tekup"], limits: ["sale": [.among(ColumnPath("number"), [.text("T-1")])]])
        let answer = try card(try scratch.store.snapshot(own), after: 0)
        #expect(try table(answer)?.rows() == [])
        #expect(answer.remarks.count == 1)
        #expect(throws: Advice.self) {
            try Definitions.written(
                "metrics: {}",
                dashboards: [
                    "dashboard: d\ntitle: D\nperiod: today\ncards:\n"
                        + "  - {name: a, type: quarantine, metrics: [sales]}"
                ])
        }
    }

    @Test func aCardThatCannotBeShownLeavesTheOthers() throws {
        let request = ViewRequest(filters: [try Condition(parsing: "payment_status=PAID")])
        let answer = try definitions.dashboard(
            "sales", request, on: snapshot("rendetalje"), now: now)
        let failed = answer.cards.filter { $0.failure != nil }.map(\.card.name)
        #expect(failed == ["headline", "leads-by-source", "representatives"])
        #expect(throws: Advice.self) {
            try definitions.dashboard(
                "sales", ViewRequest(filters: [try Condition(parsing: "nonsense=1")]),
                on: snapshot("rendetalje"), now: now)
        }
    }

    @Test func salesDashboard() throws {
        let answer = try definitions.dashboard("sales", on: snapshot("rendetalje"), now: now)
        #expect(
            answer.cards.map(\.card.name) == [
                "headline", "revenue-trend", "pipeline", "top-customers", "top-services",
                "leads-by-source", "weeks", "services", "representatives", "customer-value",
            ])
        guard case .figures(let figures) = answer.cards[0].content else {
            Issue.record("the headline is no row of figures")
            return
        }
        let revenue = figures[0]
        #expect(revenue.values == [try money("160", "DKK"), try money("40", "EUR")])
        #expect(revenue.previous == [try money("80", "DKK"), try money("0", "EUR")])
        #expect(revenue.change == [.decimal(ExactDecimal(1)), .missing])
        #expect(figures[1].values == [.integer(4)])
        #expect(figures[2].values == [try money("53.33", "DKK"), try money("40", "EUR")])
        #expect(figures[3].values == [.decimal(ExactDecimal(unscaled: 5, scale: 1))])
        guard case .charts(let trends) = answer.cards[1].content,
            case .charts(let customers) = answer.cards[3].content
        else {
            Issue.record("the trend is no chart")
            return
        }
        // One chart per currency: their bars share no axis.
        #expect(trends.map(\.title) == ["Revenue by month (DKK)", "Revenue by month (EUR)"])
        #expect(trends[0].categories.count == 12)
        #expect(trends[0].categories.last == "2026-06")
        #expect(trends[0].series.map(\.isComparison) == [false, true])
        #expect(trends[0].series[0].values.suffix(2) == [ExactDecimal(80), ExactDecimal(160)])
        #expect(answer.cards[1].isOpen)
        #expect(customers.count == 2)
        #expect(customers[0].categories == ["Jensen", "Hansen"])
        #expect(customers[0].series[0].values == [ExactDecimal(100), ExactDecimal(60)])
        #expect(customers[1].categories == ["Hansen"])
        #expect(customers[1].unit == .money(try #require(Currency("EUR"))))
        #expect(answer.provenance.companies == ["Rendetalje"])
        #expect(answer.provenance.currency == "per currency: DKK, EUR")
        #expect(answer.provenance.period?.description == "2026-06-01 – 2026-06-30")
        #expect(answer.provenance.zone.name == "Europe/Copenhagen")
        #expect(answer.provenance.definition.count == 32)
        #expect(
            answer.dashboard.modelsTouched == ["sale", "lead", "customer", "service", "user"])
    }

    @Test func aChosenPeriodMovesAllCardsButThoseWithTheirOwn() throws {
        let request = ViewRequest(period: try PeriodName("2026-05"), comparison: .none)
        let answer = try definitions.dashboard(
            "sales", request, on: snapshot("rendetalje"), now: now)
        guard case .figures(let figures) = answer.cards[0].content else {
            Issue.record("the headline is no row of figures")
            return
        }
        #expect(figures[0].values == [try money("80", "DKK")])
        #expect(figures[0].previous.isEmpty)
        #expect(answer.cards[1].period.description == "2025-07-01 – 2026-06-10")
    }

    @Test func aScopeNeverShowsOtherCompanies() throws {
        let scope = Scope(companies: ["tekup"])
        let answer = try definitions.dashboard(
            "sales", on: scratch.store.snapshot(scope), now: now)
        guard case .figures(let figures) = answer.cards[0].content else {
            Issue.record("the headline is no row of figures")
            return
        }
        #expect(figures[0].values == [try money("700", "DKK")])
        // A company out of sight is answered like one that does not exist.
        let hidden = try #require(throws: Advice.self) {
            try scratch.store.snapshot(scope, of: .companies(["rendetalje"]))
        }
        let absent = try #require(throws: Advice.self) {
            try scratch.store.snapshot(scope, of: .companies(["nowhere"]))
        }
        #expect(hidden.description == "there is no company ‘rendetalje’; use one of: tekup")
        #expect(absent.description == "there is no company ‘nowhere’; use one of: tekup")
        #expect(throws: Advice.self) {
            try scratch.store.snapshot(scope, of: .group("shops"))
        }
        let group = try scratch.store.snapshot(scope, of: .group("tekup-group"))
        #expect(group.companies.map(\.code) == ["tekup"])
    }

    @Test func onlyDashboardsWithDataAreOffered() throws {
        let shop = try snapshot("tiyende")
        #expect(
            definitions.dashboards(withDataIn: shop).map(\.name) == ["group", "quality", "shop"])
        #expect(
            definitions.reports(withDataIn: shop).map(\.name) == [
                "executive-report", "quality-till", "group-bridge", "shop-register",
                "vat-return-mw",
                "shop-patterns", "z-report",
            ])
        let sales = try snapshot("tekup")
        #expect(
            definitions.dashboards(withDataIn: sales).map(\.name) == [
                "sales", "group", "quality", "pipeline", "receivables", "vat",
            ])
    }

    @Test func everyDashboardAnswersForAllCompanies() throws {
        let all = try scratch.store.snapshot(
            Scope(companies: definitions.schema.companies.companies.map(\.code)))
        for name in definitions.dashboards.keys.sorted() {
            let answer = try definitions.dashboard(name, on: all, now: now)
            #expect(answer.cards.count == answer.dashboard.cards(for: all).count, "\(name)")
            #expect(answer.cards.allSatisfy { $0.failure == nil }, "\(name)")
        }
    }

    @Test func shopDashboard() throws {
        let answer = try definitions.dashboard("shop", on: snapshot("tiyende"), now: now)
        guard case .figures(let figures) = answer.cards[0].content,
            case .table(let mix) = answer.cards[3].content
        else {
            Issue.record("the cards have other forms")
            return
        }
        #expect(figures.map(\.label) == ["Sales", "Expenses", "Profit", "Transactions"])
        #expect(figures[2].values == [try money("5000", "MWK")])
        #expect(figures[1].riseIsGood == false)
        #expect(try mix.rows() == [[.text("cash"), try money("5000", "MWK"), .integer(2)]])
        #expect(mix.totals.map(\.label) == ["Total MWK"])
    }

    @Test func salesRegisterFootsAndListsEveryRow() throws {
        let request = ViewRequest(period: try PeriodName("2026-06"))
        let answer = try definitions.report(
            "sales-register", request, on: snapshot("rendetalje"), now: now)
        let table = try #require(answer.document.tables.first)
        #expect(table.group == "sold_at")
        #expect(!answer.document.hasCover)
        let rows = try table.rows()
        #expect(rows.count == table.rowCount)
        #expect(rows.map { $0[0] } == ["R-2", "R-1", "R-3", "R-6"].map { .text($0) })
        #expect(rows[2][1] == .day(try #require(LocalDay("2026-06-03"))))
        #expect(rows[0][3] == .missing)
        #expect(rows[2][7] == (try money("40", "EUR")))
        var footing = ResultFooting(columns: table.columns)
        for row in rows { footing.add(row) }
        #expect(table.totals == footing.totals)
        #expect(table.totals.map(\.label) == ["Total DKK", "Total EUR"])
        #expect(table.totals[0].cells[9] == (try money("200", "DKK")))
        #expect(answer.document.provenance.filters.count == 1)
        #expect(answer.document.blocks.count == 4)
    }

    @Test func shopRegisterIsEmptyButWhole() throws {
        let request = ViewRequest(period: try PeriodName("2025-01"))
        let answer = try definitions.report(
            "shop-register", request, on: snapshot("tiyende"), now: now)
        #expect(answer.document.tables.map(\.rowCount) == [0, 0])
        #expect(answer.document.tables.map(\.totals.count) == [0, 0])
    }

    @Test func aRegisterOfSeveralZonesIsRefused() throws {
        let error = try #require(throws: Advice.self) {
            try definitions.report(
                "sales-register", on: snapshot("rendetalje", "tiyende"), now: now)
        }
        #expect(error.kind == .request)
        #expect(error.remedy == "ask for one company, or for companies of one zone")
    }

    @Test func explainGoesDownToTheRows() throws {
        let query = MetricQuery(metrics: ["average_sale"], period: try PeriodName("2026-06"))
        let explanation = try definitions.explain(
            "average_sale", of: query, on: snapshot("rendetalje"), now: now)
        #expect(explanation.formula == "revenue / sales")
        #expect(explanation.parts.map(\.metric.name) == ["revenue", "sales"])
        let revenue = explanation.parts[0]
        #expect(revenue.statement == "sum of sale.net")
        #expect(
            revenue.conditions
                == ["status is ACCEPTED, SCHEDULED, IN_PROGRESS, COMPLETED or PAID"])
        #expect(revenue.metric.place.file == "metrics/sales.yaml")
        // One row has no amount.
        #expect(revenue.rows.rowCount == 3)
        #expect(revenue.excluded.last == .init(reason: "Amount (net) is missing", rows: 1))
        let net = try #require(revenue.rows.columns.firstIndex { $0.name == "net" })
        let totals = revenue.rows.totals.filter { $0.label != "Total" }.map { $0.cells[net] }
        #expect(totals == revenue.workings.map(\.value))
    }

    @Test func figuresStayAsTheyWereKnown() throws {
        let before = try snapshot("rendetalje")
        try scratch.add(
            "sale",
            """
            key | company    | status | net    | currency | sold_at
            9   | rendetalje | PAID   | 999.00 | DKK      | 2026-06-02 10:00
            """)
        let query = MetricQuery(metrics: ["revenue"], period: try PeriodName("2026-06"))
        let old = try definitions.answer(query, on: before, now: now)
        let new = try definitions.answer(query, on: snapshot("rendetalje"), now: now)
        #expect(old.totals[0][0].value == (try money("160", "DKK")))
        #expect(new.totals[0][0].value == (try money("1159", "DKK")))
        #expect(old.dataCommit < new.dataCommit)
        // A commit that touches other models or companies changes neither figures nor ETag.
        try scratch.add("expense", "company | amount | spent_at\ntiyende | 1.00 | 2026-06-02 10:00")
        let later = try definitions.answer(query, on: snapshot("rendetalje"), now: now)
        #expect(later.dataCommit == new.dataCommit)
        #expect(later.provenance.commit > new.provenance.commit)
    }

    @Test func rowsWithoutACurrencyAreLeftOutAndSaidSo() throws {
        try scratch.add(
            "sale",
            """
            key | company    | status | net   | currency | sold_at
            9   | rendetalje | PAID   | 50.00 |          | 2026-06-02 10:00
            """)
        let query = MetricQuery(metrics: ["revenue"], period: try PeriodName("2026-06"))
        let answer = try definitions.answer(query, on: snapshot("rendetalje"), now: now)
        #expect(answer.totals[0][0].value == (try money("160", "DKK")))
        #expect(
            answer.provenance.remarks.contains(
                "incomplete: rows of sale without a valid currency are left out of ‘Revenue’"))
        let report = try definitions.report(
            "sales-register", ViewRequest(period: try PeriodName("2026-06")),
            on: snapshot("rendetalje"), now: now)
        #expect(
            report.document.provenance.remarks.contains(
                "incomplete: 1 rows of sale have amounts without a valid currency"))
        let table = report.document.tables[0]
        var footing = ResultFooting(columns: table.columns)
        for row in try table.rows() { footing.add(row) }
        #expect(table.totals == footing.totals)
    }

    @Test func questionsThatCannotBeAnsweredSayWhy() throws {
        let view = try snapshot("rendetalje")
        func refusal(_ change: (inout MetricQuery) throws -> Void) throws -> String {
            var query = MetricQuery(metrics: ["revenue"], period: try PeriodName("2026-06"))
            try change(&query)
            return try #require(throws: Advice.self) {
                try definitions.answer(query, on: view, now: now)
            }.description
        }
        #expect(
            try refusal { $0.metrics = ["revenu"] }
                == "there is no metric ‘revenu’; did you mean ‘revenue’?")
        #expect(try refusal { $0.metrics = [] } == "the query names 0 metrics; name 1 to 24")
        #expect(
            try refusal { $0.metrics = ["revenue", "revenue"] }
                == "‘revenue’ is named twice; name it once")
        #expect(
            try refusal {
                $0.by = ["status", "source", "customer"]
                $0.grain = .month
            }
                == "the query splits by more than 3 things; name at most 3 dimensions, a grain "
                + "counts as one")
        #expect(
            try refusal {
                $0.metrics = ["pipeline_value"]
                $0.grain = .month
            } == "metric ‘pipeline_value’ has no date, so there is none per month; leave the grain "
                + "out")
        #expect(
            try refusal {
                $0.period = try PeriodName("1000-01-01..2026-01-01")
                $0.grain = .day
            }.hasSuffix(
                "has more than 3700 steps of one day; use a longer step or a shorter period"))
        #expect(
            try refusal {
                $0.metrics = ["active_customers"]
                $0.by = ["status", "source"]
                $0.limit = 1
            }.hasPrefix("‘active_customers’ is the number of different sale.customer, which cannot")
        )
    }
}
