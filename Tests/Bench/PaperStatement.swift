import Foundation
import Reports
import Vocabulary

/// The statement that papers are made of: six columns, two of them totalled.
enum PaperStatement {
    /// Rows that fill a page.
    static let rowsPerPage = 50

    private static let names = [
        "Rengøring Østerbro ApS", "Window cleaning", "Moving out, deposit", "Teddy Kids Leiden",
        "Ndirande Traders", "Weekly office cleaning", "Karen Blixens Vej 12", "Carpet wash",
        "Nairobi West Clinic", "Snow removal, yard",
    ]
    private static let kinds = ["Invoice", "Payment", "Credit note", "Card"]

    /// The document, whose rows are made while they are read.
    static func document(rows count: Int) throws -> ReportDocument {
        guard let currency = Currency("DKK"), let first = LocalDay("2024-01-01"),
            let made = Instant("2026-07-01T07:00:00Z")
        else { preconditionFailure("these are a currency, a day and a moment") }
        let columns = [
            ResultColumn(name: "day", label: "Date", kind: .day),
            ResultColumn(name: "number", label: "Number", kind: .identifier),
            ResultColumn(name: "text", label: "Text", kind: .text),
            ResultColumn(name: "kind", label: "Kind", kind: .text),
            ResultColumn(name: "amount", label: "Amount", kind: .money, isTotalled: true),
            ResultColumn(name: "vat", label: "VAT", kind: .money, isTotalled: true),
        ]
        let row: @Sendable (Int) -> [Value] = { index in
            let units = Int128((index * 7919) % 1_000_000) - (index % 7 == 3 ? 400_000 : 0)
            return [
                .day(first.adding(days: index * 900 / max(count, 1))),
                .text(String(100_000 + index)),
                .text(names[index % names.count]), .text(kinds[index % kinds.count]),
                .money(Money(minorUnits: units, currency: currency)),
                .money(Money(minorUnits: units / 5, currency: currency)),
            ]
        }
        var footing = ResultFooting(columns: columns)
        for index in 0..<count { footing.add(row(index)) }
        let table = ResultTable(
            name: "statement", title: "Statement", columns: columns, rowCount: count,
            totals: footing.totals
        ) { body in
            for start in stride(from: 0, to: count, by: 4096) {
                try body((start..<min(start + 4096, count)).map(row))
            }
        }
        return ReportDocument(
            name: "statement", title: "Statement",
            provenance: Provenance(
                companies: ["Rendetalje"], period: nil, zone: .utc, basis: "all rows",
                currency: "DKK", commit: 1, committedAt: made, generatedAt: made,
                definition: "bench"), blocks: [.table(table)])
    }

    static let locale = ReportLocale("en")

    /// The rows as they are printed, a line each with tabs between cells: what peers get.
    static func lines(rows count: Int) throws -> String {
        var text = ""
        for table in try document(rows: count).tables {
            try table.forEachBatch { rows in
                for row in rows {
                    let cells = zip(row, table.columns).map {
                        locale.format($0, kind: $1.kind, zone: .utc)
                    }
                    text += cells.joined(separator: "\t") + "\n"
                }
            }
        }
        return text
    }
}
