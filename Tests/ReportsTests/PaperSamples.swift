// These are constants of tests: a mistake in one of them should stop the run at once.
// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry

import Foundation
import Reports
import Vocabulary

/// Documents of every kind that becomes paper.
enum PaperSamples {
    /// A kind of document, by name.
    static let kinds: [(name: String, document: @Sendable () -> ReportDocument)] = [
        ("statement", { statement() }), ("register", { register() }), ("vat", { vat() }),
        ("z-report", { zReport() }), ("executive", { executive() }), ("odd-cells", { oddCells() }),
        ("many-companies", { manyCompanies() }), ("charts", { charts(Samples.charts.prefix(5)) }),
        ("charts-of-parts", { charts(Samples.charts.dropFirst(5)) }),
    ]

    static func column(
        _ name: String, _ label: String, _ kind: ResultColumn.Kind, total: Bool = false
    ) -> ResultColumn {
        ResultColumn(name: name, label: label, kind: kind, isTotalled: total)
    }

    static func table(
        _ title: String, _ columns: [ResultColumn], _ rows: [[Value]], group: String? = nil,
        totalled: Bool = true
    ) -> ResultTable {
        var footing = ResultFooting(columns: columns)
        for row in rows { footing.add(row) }
        var table = ResultTable(
            name: "table", title: title, columns: columns, rows: rows,
            totals: totalled ? footing.totals : [])
        table.group = group
        return table
    }

    private static func document(
        _ title: String, _ blocks: [ReportDocument.Block], companies: [String] = ["Rendetalje ApS"],
        notes: [String] = [], remarks: [String] = []
    ) -> ReportDocument {
        var provenance = Samples.provenance(remarks: remarks)
        provenance.companies = companies
        provenance.notes = notes
        return ReportDocument(name: "sample", title: title, provenance: provenance, blocks: blocks)
    }

    /// A page or two of charts.
    static func charts(_ charts: ArraySlice<Chart>) -> ReportDocument {
        document("Charts", charts.map { .chart($0) })
    }

    static let customers = [
        "Bakkehuset Børnehave", "Ejerforeningen Østerbrogade 112–118 v/ administrator Søren Åkjær",
        "Jensen", "Ndirande Traders", "Ŵisiki Chikondi Stores", "Zoo København",
    ]

    /// Sales of a few customers, each with its own totals, in two currencies.
    static func statement(rows count: Int = 140) -> ReportDocument {
        let columns = [
            column("customer", "Customer", .text), column("number", "Sale", .identifier),
            column("day", "Date", .day), column("service", "Service", .text),
            column("payment", "Payment", .text), column("net", "Net", .money, total: true),
            column("vat", "VAT", .money, total: true),
            column("gross", "With VAT", .money, total: true),
        ]
        let services = ["Window cleaning", "Weekly office cleaning", "Moving-out cleaning"]
        let rows = (0..<count).map { index -> [Value] in
            // Groups of very different lengths, one of a single row.
            let place = index == 0 ? 0 : 1 + index * (customers.count - 1) / count
            let currency = place == 3 && index.isMultiple(of: 3) ? Samples.eur : Samples.dkk
            let net = Int128(index * 7919 % 900_000) - (index % 17 == 5 ? 500_000 : 0)
            func money(_ units: Int128) -> Value {
                .money(Money(minorUnits: units, currency: currency))
            }
            return [
                .text(customers[place]), .text("S-\(10_000 + index)"),
                .day(LocalDay("2026-06-01")!.adding(days: index % 30)),
                .text(services[index % 3]), .text(index % 5 == 0 ? "OPEN" : "PAID"),
                money(net), money(net / 4), money(net + net / 4),
            ]
        }
        return document(
            "Customer statement",
            [
                .figures(Array(Samples.figures.prefix(3))),
                .table(table("Sales of the period", columns, rows, group: "customer")),
            ])
    }

    /// A wide register without groups.
    static func register() -> ReportDocument {
        Samples.document(rows: 90, remarks: ["incomplete: no rate for KES on 2026-06-02"])
    }

    /// Sales by rate of VAT.
    static func vat() -> ReportDocument {
        let columns = [
            column("rate", "Rate %", .decimal(scale: 2)), column("number", "Sale", .identifier),
            column("day", "Date", .day), column("customer", "Customer", .text),
            column("net", "Net", .money, total: true), column("tax", "VAT", .money, total: true),
        ]
        let rows = (0..<60).map { index -> [Value] in
            let isZero = index < 9
            let net = Int128(100_000 + index * 1_234)
            return [
                .decimal(ExactDecimal(isZero ? "0" : "25")!), .text(String(20_000 + index)),
                .day(LocalDay("2026-04-01")!.adding(days: index)),
                .text(customers[index % customers.count]),
                .money(Money(minorUnits: net, currency: Samples.dkk)),
                .money(Money(minorUnits: isZero ? 0 : net / 4, currency: Samples.dkk)),
            ]
        }
        let rates = table(
            "Base and total by rate",
            [
                column("rate", "Rate %", .text), column("base", "Base", .money, total: true),
                column("tax", "VAT", .money, total: true),
            ],
            [
                [.text("0"), Samples.money("9511.06"), Samples.money("0.00")],
                [.text("25"), Samples.money("72315.78"), Samples.money("18078.95")],
            ])
        return document(
            "VAT summary", [.table(rates), .table(table("Sales", columns, rows, group: "rate"))])
    }

    /// One day of a till.
    static func zReport() -> ReportDocument {
        let tenders = table(
            "Tenders",
            [
                column("method", "Payment", .text), column("sales", "Sales", .money, total: true),
                column("count", "Transactions", .integer, total: true),
            ],
            [
                [.text("Cash"), Samples.money("1250.50"), .integer(41)],
                [.text("MobilePay"), Samples.money("3120.00"), .integer(77)],
            ])
        let receipts = table(
            "Receipts of the day",
            [
                column("number", "Number", .identifier), column("time", "Time", .instant),
                column("product", "Product", .text),
                column("amount", "Amount", .money, total: true),
            ],
            (0..<25).map { index in
                [
                    .text("T\(100 + index)"),
                    .instant(Instant("2026-06-14T09:00:00Z")!.adding(seconds: Int64(index) * 540)),
                    .text(["Burger", "Pommes frites", "Øl"][index % 3]),
                    Samples.money("\(40 + index).50"),
                ]
            })
        return document(
            "Z-report", [.figures(Samples.figures), .table(tenders), .table(receipts)])
    }

    /// A report of several parts behind a cover, in a company's own colours.
    static func executive() -> ReportDocument {
        var report = document(
            "Executive report",
            [
                .figures(Samples.figures), .chart(Samples.line), .chart(Samples.columns),
                .chart(Samples.bar), .chart(Samples.share),
                .table(
                    table(
                        "Services",
                        [
                            column("service", "Service", .text),
                            column("sales", "Sales", .integer, total: true),
                            column("revenue", "Revenue", .money, total: true),
                            column("share", "Share", .ratio),
                        ],
                        (0..<9).map { index in
                            [
                                .text(
                                    ["Windows", "Offices", "Moving out"][index % 3] + " \(index)"),
                                .integer(Int64(40 - index)),
                                Samples.money("\(9000 - index * 731).25"),
                                .decimal(ExactDecimal("0.1\(index)")!),
                            ]
                        })),
            ], companies: ["Rendetalje ApS", "Tekup ApS", "Foodtruck Fiesta"])
        report.hasCover = true
        report.brand = CompanyBrand(
            logo: CompanyBrand.Logo(format: .svg, bytes: Array(logo.utf8)), accent: 0x7a1f4b)
        return report
    }

    static let logo = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60">
        <rect width="60" height="60" rx="12" fill="#7a1f4b"/>
        <circle cx="30" cy="30" r="16" fill="#f4c95d"/>
        <path d="M80 44 V16 h26 M80 30 h20 M124 44 V16 l24 28 V16" stroke="#7a1f4b" stroke-width="6"
        fill="none"/></svg>
        """

    /// Cells that nobody planned for.
    static func oddCells() -> ReportDocument {
        let note = String(
            repeating: "A long note that somebody pasted into the field. ", count: 820)
        let texts: [String] =
            Samples.names + [
                note, String(repeating: "W", count: 300),
                "👩‍👩‍👧 family, 🇩🇰 flag, e\u{301}\u{323} marks", "ŵ Ŵ ŋ ŷ Łódź İstanbul ẞ",
                "مرحبا بالعالم وهذا نص طويل يجب أن ينكسر إلى سطرين على الأقل في هذا العمود الضيق جدا",
                "שלום עולם, זה טקסט ארוך שצריך להישבר לשתי שורות לפחות בעמודה הצרה הזאת כאן",
                "1,234.50", "a\tb\u{0}c", "kr.\u{A0}12", "中文字符没有字体",
            ]
        let columns = [
            column("number", "Number", .identifier), column("name", "Name", .text),
            column("note", "Note", .text), column("amount", "Amount", .money, total: true),
        ]
        let currencies = [Samples.dkk, Samples.kes, Samples.jpy, Samples.kwd]
        let rows = texts.enumerated().map { index, text -> [Value] in
            [
                .text("N-\(index)"), .text(text), .text(texts[(index + 7) % texts.count]),
                .money(
                    Money(minorUnits: Int128(index * 111_111), currency: currencies[index % 4])),
            ]
        }
        return document("Odd cells", [.table(table("Everything typed", columns, rows))])
    }

    /// A head with more companies, notes and remarks than fit beside each other.
    static func manyCompanies() -> ReportDocument {
        let companies = (1...44).map { "Company number \($0) of the group ApS" }
        let columns = [
            column("company", "Company", .text), column("amount", "Amount", .money, total: true),
        ]
        return document(
            "From booked to collected",
            [
                .table(
                    table(
                        "By company", columns,
                        companies.enumerated().map {
                            [.text($1), Samples.money("\($0 * 1000).10")]
                        }))
            ], companies: companies,
            notes: [
                "days begin and end in each company's own zone: Africa/Blantyre, Africa/Nairobi, "
                    + "Europe/Amsterdam, Europe/Copenhagen, UTC",
                "rates of the European Central Bank: "
                    + (1...40).map { "2026-06-\($0 < 10 ? "0" : "")\($0) EUR 7.46" }
                    .joined(separator: ", "),
            ],
            remarks: (1...30).map {
                "incomplete: no rate for KES on day \($0), so that the amounts of two companies are "
                    + "left out of every sum in euros on this page and on all that follow it"
            })
    }
}
