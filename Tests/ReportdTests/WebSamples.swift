// These are constants of tests: a mistake in one of them should stop the run at once.
// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry

import Reports
import Vocabulary

@testable import reportd

/// Pages with believable figures, which the tests render and look at.
enum WebSamples {
    static let dkk = Currency("DKK")!
    static let mwk = Currency("MWK")!
    static let copenhagen = try! Zone(named: "Europe/Copenhagen")
    static let now = Instant("2026-06-19T12:32:09Z")!
    static let viewer = PageViewer(name: "Mette Holm", formToken: "b1f0c9d2e8")
    static let english = ReportLocale("en")

    /// What a customer may be called; a page must show it as it is and do nothing else with it.
    static let hostile = "<script>alert(1)</script> \"\u{0301} onfocus=alert(2) x='& Søn"

    static func money(_ text: String, _ currency: Currency = dkk) -> Value {
        .money(Money(ExactDecimal(text)!, currency))
    }

    static func decimal(_ text: String) -> Value { .decimal(ExactDecimal(text)!) }

    static func numbers(_ numbers: [Int?]) -> [ExactDecimal?] {
        numbers.map { $0.map { ExactDecimal($0) } }
    }

    static func provenance(
        companies: [String] = ["Rendetalje ApS"], commit: UInt64 = 18_204, remarks: [String] = []
    ) -> Provenance {
        Provenance(
            companies: companies, period: Period(.month, containing: LocalDay("2026-06-15")!),
            zone: copenhagen, basis: "booked, net, by sale date", currency: "DKK", commit: commit,
            committedAt: Instant("2026-06-19T12:32:07Z")!, generatedAt: now,
            definition: "3f9a1c72", remarks: remarks)
    }

    // MARK: Figures

    static let weeks = numbers([
        241, 236, 262, 255, 248, 271, 279, 262, 284, 291, 276, 298,
    ])

    static func figures(revenue: String = "1187430.50") -> [Figure] {
        [
            Figure(
                name: "revenue", label: "Revenue", kind: .money, values: [money(revenue)],
                previous: [money("985000.00")], change: [decimal("0.205513")]),
            Figure(
                name: "sales", label: "Sales", kind: .integer, values: [.integer(412)],
                previous: [.integer(437)], change: [decimal("-0.057208")]),
            Figure(
                name: "average-sale", label: "Average sale", kind: .money,
                values: [money("2882.11")], previous: [money("2254.00")],
                change: [decimal("0.278665")], riseIsGood: nil),
            Figure(
                name: "conversion", label: "Leads that became sales", kind: .ratio,
                values: [decimal("0.391")], previous: [decimal("0.352")],
                change: [decimal("0.110795")]),
        ]
    }

    static let trends: [String: FigureTrend] = [
        "revenue": FigureTrend(title: "Revenue, last 12 weeks", values: weeks),
        "sales": FigureTrend(
            title: "Sales, last 12 weeks",
            values: numbers([108, 112, 104, 115, 118, 109, 103, 111, 99, 104, 101, 97])),
        "average-sale": FigureTrend(
            title: "Average sale, last 12 weeks",
            values: numbers([22, 21, 25, 22, 21, 25, 27, 24, 29, 28, 27, 31])),
        "conversion": FigureTrend(
            title: "Leads that became sales, last 12 weeks",
            values: numbers([34, 33, nil, 36, 35, 37, 36, 38, 36, 39, 38, 39])),
    ]

    // MARK: Charts

    static let months = [
        "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02",
        "2026-03", "2026-04", "2026-05", "2026-06",
    ]

    static func revenueChart(last: ExactDecimal) -> Chart {
        Chart(
            title: "Revenue per month", kind: .line, unit: .money(dkk), categories: months,
            series: [
                .init(
                    label: "This year",
                    values: numbers([
                        812_400, 860_120, 905_000, 990_300, 948_210, 1_015_400, 760_200, 802_000,
                        931_500, 1_040_000, 1_105_250,
                    ]) + [last]),
                .init(
                    label: "Last year",
                    values: numbers([
                        700_000, 742_000, 801_000, 850_000, 870_000, 920_000, 690_000, 705_000,
                        790_000, 905_000, 940_000, 985_000,
                    ]), isComparison: true),
            ])
    }

    static let pipeline = Chart(
        title: "Pipeline by status", kind: .bar, unit: .money(dkk),
        categories: ["Quote sent", "Accepted", "Scheduled", "In progress", "Completed, unpaid"],
        series: [
            .init(label: "Value", values: numbers([684_000, 512_300, 388_500, 141_200, 96_300]))
        ])

    static let sales = Chart(
        title: "Sales per week", kind: .column, unit: .count,
        categories: (14..<26).map { "2026-W\($0)" },
        series: [
            .init(
                label: "Sales",
                values: numbers([88, 94, 102, 97, 108, 91, 85, 99, 112, 104, 118, 61]))
        ])

    // MARK: Tables

    static let customers = ResultTable(
        name: "top-customers", title: "Top customers",
        columns: [
            ResultColumn(name: "customer", label: "Customer", kind: .text),
            ResultColumn(name: "sales", label: "Sales", kind: .integer, isTotalled: true),
            ResultColumn(name: "revenue", label: "Revenue", kind: .money, isTotalled: true),
        ],
        rows: [
            [.text("Aarhus Kommune"), .integer(41), money("212400.00")],
            [.text("Ejendomsselskabet Åboulevarden"), .integer(28), money("164250.50")],
            [.text("Café Sørensen & Søn"), .integer(22), money("98120.00")],
            [.text(hostile), .integer(9), money("61300.00")],
            [.text("Boligforeningen Fjordblik"), .integer(12), money("58990.00")],
        ],
        totals: [
            ResultTotal(
                currency: dkk, cells: [.missing, .integer(112), money("595060.50")])
        ])

    static func services(revenue: ExactDecimal) -> ResultTable {
        let other = revenue - ExactDecimal("1097800.50")!
        return ResultTable(
            name: "top-services", title: "Top services",
            columns: [
                ResultColumn(name: "service", label: "Service", kind: .text),
                ResultColumn(name: "revenue", label: "Revenue", kind: .money, isTotalled: true),
                ResultColumn(name: "share", label: "Share of revenue", kind: .ratio),
            ],
            rows: [
                [.text("Weekly office cleaning"), money("412000.00"), decimal("0.347")],
                [.text("Window cleaning"), money("388500.50"), decimal("0.327")],
                [.text("Moving-out cleaning"), money("201000.00"), decimal("0.169")],
                [.text("Carpet and upholstery"), money("96300.00"), decimal("0.081")],
                [.text("Other"), .money(Money(other, dkk)), decimal("0.076")],
            ],
            totals: [
                ResultTotal(
                    currency: dkk,
                    cells: [.missing, .money(Money(revenue, dkk)), .missing])
            ])
    }

    static func register(rows count: Int) -> ResultTable {
        let columns = [
            ResultColumn(name: "sale", label: "Sale", kind: .identifier),
            ResultColumn(name: "day", label: "Date", kind: .day),
            ResultColumn(name: "customer", label: "Customer", kind: .text),
            ResultColumn(name: "service", label: "Service", kind: .text),
            ResultColumn(name: "status", label: "Status", kind: .text),
            ResultColumn(name: "net", label: "Net", kind: .money, isTotalled: true),
            ResultColumn(name: "vat", label: "VAT", kind: .money, isTotalled: true),
            ResultColumn(name: "total", label: "Total", kind: .money, isTotalled: true),
        ]
        let names = ["Aarhus Kommune", "Boligforeningen Fjordblik", "Café Sørensen & Søn"]
        let services = ["Weekly office cleaning", "Window cleaning", "Moving-out cleaning"]
        var footing = ResultFooting(columns: columns)
        let rows = (0..<count).map { index -> [Value] in
            let net = Int128(80_000 + index * 7919 % 250_000)
            let vat = net / 4
            let row: [Value] = [
                .text("RS-2026-\(1200 + index)"),
                .day(LocalDay("2026-06-01")!.adding(days: index * 19 / max(count, 1))),
                .text(names[index % 3]), .text(services[(index * 7) % 3]),
                .text(index % 4 == 0 ? "Scheduled" : "Completed"),
                .money(Money(minorUnits: net, currency: dkk)),
                .money(Money(minorUnits: vat, currency: dkk)),
                .money(Money(minorUnits: net + vat, currency: dkk)),
            ]
            footing.add(row)
            return row
        }
        return ResultTable(
            name: "sales-register", title: "Sales", columns: columns, rows: rows,
            totals: footing.totals)
    }

    // MARK: Pages

    static func dashboard(
        locale: ReportLocale = english, revenue: String = "1187430.50", commit: UInt64 = 18_204,
        cards: [PageCard]? = nil, remarks: [String] = []
    ) -> DashboardPage {
        DashboardPage(
            frame: PageFrame(locale: locale, viewer: viewer, area: .dashboards),
            path: "/dashboards/sales", title: "Sales",
            dashboards: [
                PageLink(title: "Sales", path: "/dashboards/sales", isCurrent: true),
                PageLink(title: "Point of sale", path: "/dashboards/point-of-sale"),
            ],
            companies: [
                PageChoice(code: "rendetalje", name: "Rendetalje ApS", isChosen: true),
                PageChoice(code: "tekup", name: "Tekup IT", isChosen: false),
                PageChoice(code: "foodtruck", name: "Foodtruck Fiesta", isChosen: false),
            ],
            periods: [
                PageChoice(code: "this-month", name: "This month", isChosen: true),
                PageChoice(code: "last-month", name: "Last month", isChosen: false),
                PageChoice(code: "this-quarter", name: "This quarter", isChosen: false),
                PageChoice(code: "last-12-months", name: "Last 12 months", isChosen: false),
            ],
            comparisons: [
                PageChoice(code: "previous-period", name: "Previous period", isChosen: false),
                PageChoice(code: "last-year", name: "Same period last year", isChosen: true),
            ],
            comparedWith: try! Period(
                from: LocalDay("2025-06-01")!, upTo: LocalDay("2025-06-20")!),
            cards: cards ?? [
                .figures("headlines", figures(revenue: revenue), trends: trends),
                PageCard(
                    name: "revenue", width: .full,
                    body: .chart(revenueChart(last: ExactDecimal(revenue)!))),
                PageCard(name: "pipeline", body: .chart(pipeline)),
                PageCard(name: "sales-per-week", body: .chart(sales)),
                PageCard(name: "top-customers", body: .table(customers)),
                PageCard(
                    name: "top-services", body: .table(services(revenue: ExactDecimal(revenue)!))),
            ],
            provenance: provenance(commit: commit, remarks: remarks),
            sources: [
                SourceFreshness(
                    name: "tekup", title: "Tekup", state: .live,
                    completeUpTo: Instant("2026-06-19T12:32:07Z")!),
                SourceFreshness(
                    name: "chikondi", title: "Chikondi export", state: .late,
                    completeUpTo: Instant("2026-06-19T09:10:00Z")!),
            ],
            now: now,
            links: [PageLink(title: "JSON", path: "/api/v1/dashboards/sales")])
    }

    /// A dashboard on which things are missing or went wrong.
    static let troubled = dashboard(
        cards: [
            .figures(
                "headlines",
                [
                    Figure(
                        name: "revenue", label: "Revenue", kind: .money,
                        values: [money("-1187430.50"), money("2404000.00", mwk)],
                        previous: [money("985000.00"), .missing],
                        change: [decimal("-2.205513"), .missing]),
                    Figure(
                        name: "sales", label: "Sales", kind: .integer, values: [.integer(0)],
                        previous: [.integer(0)], change: [.missing]),
                    Figure(
                        name: "conversion", label: "Conversion", kind: .ratio,
                        values: [.missing]),
                ]),
            PageCard(
                name: "no-data",
                body: .chart(
                    Chart(
                        title: "Sales per month", kind: .column, unit: .count,
                        categories: months,
                        series: [.init(label: "Sales", values: months.map { _ in nil })]))),
            PageCard(
                name: "broken",
                body: .unavailable(
                    title: "Top services",
                    Advice(
                        .definition, "the metric ‘revenu’ does not exist",
                        remedy: "did you mean ‘revenue’?"))),
            PageCard(
                name: "nobody", width: .full,
                body: .table(
                    ResultTable(
                        name: "nobody", title: "Top customers", columns: customers.columns,
                        rows: []))),
        ],
        remarks: ["Incomplete: no rate for KES on 2026-06-02."])

    static let empty = dashboard(cards: [])

    static func report(rows: Int = 120) -> ReportPage {
        ReportPage(
            frame: PageFrame(locale: english, viewer: viewer, area: .reports),
            path: "/reports/sales-register",
            summary: "Every sale of the period with its tax, as the accountant books it.",
            companies: dashboard().companies, periods: dashboard().periods,
            document: ReportDocument(
                name: "sales-register", title: "Sales register", provenance: provenance(),
                blocks: [
                    .figures(Array(figures().prefix(3))), .table(register(rows: rows)),
                ]),
            downloads: ["csv", "xlsx", "pdf"].map {
                PageLink(
                    title: $0.uppercased(),
                    path: "/api/v1/reports/sales-register.\($0)?company=rendetalje", isFile: true)
            },
            now: now)
    }

    static let reports = ReportListPage(
        frame: PageFrame(locale: english, viewer: viewer, area: .reports),
        reports: [
            .init(
                title: "Sales register",
                summary: "Every sale of the period with its tax, as the accountant books it.",
                path: "/reports/sales-register",
                downloads: report(rows: 1).downloads),
            .init(
                title: "Executive summary", summary: "", path: "/reports/executive-summary",
                downloads: [
                    PageLink(
                        title: "PDF", path: "/api/v1/reports/executive-summary.pdf", isFile: true)
                ]),
        ])

    static let signIn = SignInPage(
        frame: PageFrame(locale: english), formToken: "b1f0c9d2e8", next: "/dashboards/sales")

    static let signInFailed = SignInPage(
        frame: PageFrame(locale: english), formToken: "b1f0c9d2e8", name: "mette\"><script>",
        failure: Advice(
            .unauthenticated, "name and password do not belong together",
            remedy: "check both, or ask your administrator for a new password"))

    static let problem = ErrorPage(
        frame: PageFrame(locale: english, viewer: viewer), status: 404,
        advice: Advice(
            .unknown, "there is no company ‘rendetalj’", remedy: "did you mean ‘rendetalje’?",
            cause: "SELECT secret FROM users"),
        requestID: "01JY3M7Q")
}
