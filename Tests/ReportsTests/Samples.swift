// These are constants of tests: a mistake in one of them should stop the run at once.
// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry

import Foundation
import Reports
import Vocabulary

/// Documents that the tests write and read back.
enum Samples {
    static let dkk = Currency("DKK")!
    static let eur = Currency("EUR")!
    static let kes = Currency("KES")!
    static let jpy = Currency("JPY")!
    static let kwd = Currency("KWD")!
    static let copenhagen = try! Zone(named: "Europe/Copenhagen")

    static func provenance(remarks: [String] = []) -> Provenance {
        Provenance(
            companies: ["Rendetalje ApS"],
            period: Period(.month, containing: LocalDay("2026-06-15")!), zone: copenhagen,
            basis: "booked, by sale date", currency: "DKK", filters: ["status is won"],
            commit: 1042, committedAt: Instant("2026-07-01T06:59:58Z")!,
            generatedAt: Instant("2026-07-01T07:00:00Z")!, definition: "3f9a1c72", remarks: remarks)
    }

    static func money(_ text: String, _ currency: Currency = dkk) -> Value {
        .money(Money(ExactDecimal(text)!, currency))
    }

    static func decimals(_ numbers: [Double?]) -> [ExactDecimal?] {
        numbers.map { $0.flatMap { ExactDecimal("\($0)") } }
    }

    static let months = (0..<12).map { "2025-\($0 + 1 < 10 ? "0" : "")\($0 + 1)" }

    static let line = Chart(
        title: "Revenue per month", kind: .line, unit: .money(dkk),
        categories: Array(months[6...]) + months.prefix(6).map { "2026" + $0.dropFirst(4) },
        series: [
            .init(
                label: "This year",
                values: decimals([
                    812_400, 860_120, 905_000, 990_300, nil, 1_015_400, 760_200, 802_000, 931_500,
                    1_040_000, 1_105_250.5, 1_187_430,
                ])),
            .init(
                label: "Last year",
                values: decimals([
                    700_000, 742_000, 801_000, 850_000, 870_000, 920_000, 690_000, 705_000,
                    790_000, 905_000, 940_000, 985_000,
                ]), isComparison: true),
        ])

    static let column = Chart(
        title: "Sales per month", kind: .column, unit: .count, categories: months,
        series: [
            .init(
                label: "Sales", values: decimals([12, 18, 22, nil, 31, 29, 8, 15, 26, 33, 30, 41]))
        ])

    static let columns = Chart(
        title: "Profit per quarter", kind: .column, unit: .money(eur),
        categories: ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"],
        series: [
            .init(
                label: "Last year",
                values: decimals([21_000, 32_500, 18_000, -4_200, 27_000, 30_000]),
                isComparison: true),
            .init(
                label: "Cleaning",
                values: decimals([25_000, 38_400, 16_000, -8_200, 31_000, 36_000])),
            .init(label: "Windows", values: decimals([12_000, 14_400, 9_000, 3_200, nil, 15_000])),
        ])

    static let bar = Chart(
        title: "Top services", kind: .bar, unit: .money(dkk),
        categories: [
            "Window cleaning", "Weekly office cleaning", "Moving-out cleaning",
            "Carpet & upholstery",
            "Snow removal and gritting of parking lots in winter", "Refunds", "(none)",
        ],
        series: [
            .init(
                label: "This year",
                values: decimals([412_000, 388_500.25, 201_000, 96_300, 44_100, -21_500, 1_200])),
            .init(
                label: "Last year",
                values: decimals([380_000, 402_000, 180_500, 99_000, 61_000, -11_000, nil]),
                isComparison: true),
        ])

    static let share = Chart(
        title: "Conversion", kind: .line, unit: .ratio,
        categories: (0..<10).map { "2026-W\($0 + 18)" },
        series: [
            .init(
                label: "Lead → sale",
                values: decimals([0.31, 0.324, 0.29, 0.35, 0.36, 0.33, 0.372, 0.38, 0.36, 0.391]))
        ])

    static let stacked = Chart(
        title: "Sales by week and means of payment", kind: .stacked, unit: .money(dkk),
        categories: (0..<9).map { "2026-W\($0 + 18)" },
        series: [
            .init(
                label: "MobilePay",
                values: decimals([
                    18_200, 21_050, nil, 24_300, 26_000, 22_100, 27_900, 30_400, 28_000,
                ])),
            .init(
                label: "Card",
                values: decimals([
                    32_000, 28_500, nil, 30_100, 35_400, 36_200, 33_000, 38_800, 41_200,
                ])),
            .init(
                label: "Invoice",
                values: decimals([12_500, 9_800, nil, 0, 14_000, 13_300, 16_100, 11_900, 15_000])),
            .init(
                label: "Bank transfer",
                values: decimals([8_000, 6_400, nil, 7_700, 5_200, 9_900, 6_600, 8_300, 7_100])),
            .init(
                label: "Cash",
                values: decimals([4_100, 3_900, nil, 3_000, 2_600, 2_900, 2_200, 1_900, 1_500])),
            .init(
                label: "Other",
                values: decimals([1_900, 900, nil, 700, 1_400, 300, 1_200, 500, 800])),
        ])

    static let profits = Chart(
        title: "Profit per quarter by branch", kind: .stacked, unit: .money(eur),
        categories: ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"],
        series: [
            .init(label: "Cleaning", values: decimals([16_000, -8_200, 31_000, 36_000])),
            .init(label: "Windows", values: decimals([9_000, 3_200, nil, 15_000])),
        ])

    static let funnel = Chart(
        title: "Bookings, from request to payment", kind: .funnel, unit: .count,
        categories: ["Requested", "Quoted", "Deposit paid", "Confirmed", "Paid in full"],
        series: [
            .init(label: "Reached", values: decimals([1_204, 907, 431, 398, 377])),
            .init(
                label: "previous period", values: decimals([1_100, 850, 440, 350, 340]),
                isComparison: true),
        ])

    static let cohorts = Chart(
        title: "Members by the month of their first message, and who wrote again", kind: .heatmap,
        unit: .ratio, categories: (1...6).map { "month \($0)" },
        series: (0..<6).map { cohort in
            Chart.Series(
                label: "2026-0\(cohort + 1)",
                values: (0..<6).map { step -> ExactDecimal? in
                    guard step < 6 - cohort else { return nil }
                    let share: Int = 620 - step * 90 - cohort * 23
                    return ExactDecimal(unscaled: Int128(share), scale: 3)
                })
        })

    static let hours = Chart(
        title: "Transactions by weekday and hour", kind: .heatmap, unit: .count,
        categories: (0...23).map { ($0 < 10 ? "0" : "") + "\($0):00" },
        series: [
            "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
        ].enumerated().map { day, name in
            Chart.Series(
                label: name,
                values: (0...23).map { hour -> ExactDecimal? in
                    guard (8..<20).contains(hour), day < 6 else { return nil }
                    let rush: Int = (hour - 7) * (20 - hour)
                    return ExactDecimal(rush * (day + 2) * 7)
                })
        })

    static let charts = [
        line, column, columns, bar, share, stacked, profits, funnel, cohorts, hours,
    ]

    static let figures: [Figure] = [
        Figure(
            name: "revenue", label: "Revenue", kind: .money, values: [money("1187430.00")],
            previous: [money("985000.00")], change: [.decimal(ExactDecimal("0.205513")!)]),
        Figure(
            name: "sales", label: "Sales", kind: .integer, values: [.integer(41)],
            previous: [.integer(44)], change: [.decimal(ExactDecimal("-0.068181")!)]),
        Figure(
            name: "average", label: "Average sale", kind: .money,
            values: [money("28961.71"), money("1204.00", eur)],
            previous: [money("22386.36"), money("1180.00", eur)],
            change: [.decimal(ExactDecimal("0.293721")!), .decimal(ExactDecimal("0.020339")!)],
            riseIsGood: nil),
        Figure(
            name: "conversion", label: "Conversion", kind: .ratio,
            values: [.decimal(ExactDecimal("0.391")!)], previous: [.missing], change: [.missing]),
    ]

    static let registerColumns = [
        ResultColumn(name: "invoice", label: "Invoice", kind: .identifier),
        ResultColumn(name: "day", label: "Date", kind: .day),
        ResultColumn(name: "customer", label: "Customer", kind: .text),
        ResultColumn(name: "phone", label: "Phone", kind: .identifier),
        ResultColumn(name: "lines", label: "Lines", kind: .integer, isTotalled: true),
        ResultColumn(name: "hours", label: "Hours", kind: .decimal(scale: 2), isTotalled: true),
        ResultColumn(name: "amount", label: "Amount", kind: .money, isTotalled: true),
        ResultColumn(name: "share", label: "Share", kind: .ratio),
        ResultColumn(name: "paid_at", label: "Paid at", kind: .instant),
        ResultColumn(name: "online", label: "Online", kind: .boolean),
    ]

    /// What customers type: formulas, quotes, line breaks, other scripts, and very long names.
    static let names = [
        "=HYPERLINK(\"http://example.org\";\"click\")", "+45 12 34 56 78", "-1+1", "@SUM(A1:A9)",
        "\tTab first", "Sørensen & Søn, “Æbleskiver”", "He said \"no\"", "two\r\nlines",
        "😀 Happy ApS",
        "שלום עולם", "مرحبا بالعالم", "Ndirande Traders; Blantyre",
        "A name that goes on and on, far beyond what any column of a printed page can hold, "
            + "because somebody pasted a whole sentence into the field",
        "<b>bold</b> & co", "",
    ]

    static func register(rows count: Int, currencies: [Currency] = [dkk]) -> ResultTable {
        var footing = ResultFooting(columns: registerColumns)
        let row: @Sendable (Int) -> [Value] = { index in
            let currency = currencies[index % currencies.count]
            let units = Int128(index * 7919 % 250_000) - (index % 11 == 3 ? 200_000 : 0)
            let day = LocalDay("2026-06-01")!.adding(days: index * 30 / max(count, 1))
            let name = names[index % names.count]
            return [
                .identifier(String(100_000 + index)), .day(day),
                name.isEmpty ? .missing : .text(name), .identifier("+4520\(300_000 + index)"),
                .integer(Int64(index % 9)),
                .decimal(ExactDecimal(unscaled: Int128(index % 400) * 25, scale: 2)),
                .money(Money(minorUnits: units, currency: currency)),
                index % 7 == 0
                    ? .missing : .decimal(ExactDecimal(unscaled: Int128(index % 1000), scale: 4)),
                .instant(copenhagen.start(of: day).adding(seconds: Int64(index % 86_000))),
                .boolean(index % 2 == 0),
            ]
        }
        for index in 0..<count { footing.add(row(index)) }
        return ResultTable(
            name: "sales-register", title: "Sales register", columns: registerColumns,
            rowCount: count, totals: footing.totals
        ) { body in
            for start in stride(from: 0, to: count, by: 4096) {
                try body((start..<min(start + 4096, count)).map(row))
            }
        }
    }

    static func document(
        rows: Int = 120, currencies: [Currency] = [dkk], remarks: [String] = []
    ) -> ReportDocument {
        ReportDocument(
            name: "sales-register", title: "Sales register",
            provenance: provenance(remarks: remarks),
            blocks: [
                .figures(figures), .chart(line), .chart(bar),
                .table(register(rows: rows, currencies: currencies)),
            ])
    }
}

extension Value {
    /// Identifiers are text in a column of kind `identifier`.
    static func identifier(_ text: String) -> Value { .text(text) }
}
