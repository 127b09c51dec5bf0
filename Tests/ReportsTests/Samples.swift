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
