import Foundation
import Reports
import Testing
import Vocabulary

@Test func gallery() throws {
    let folder = "/tmp/gallery"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (index, chart) in [
        Samples.line, Samples.column, Samples.columns, Samples.bar, Samples.share,
    ].enumerated() {
        let scene = try ChartLayout(locale: ReportLocale(index == 1 ? "da" : "en")).scene(of: chart)
        try Data(scene.png(margin: 16)).write(
            to: URL(fileURLWithPath: "\(folder)/chart\(index).png"))
        try scene.svg(id: "c\(index)").write(
            toFile: "\(folder)/chart\(index).svg", atomically: true, encoding: .utf8)
    }
    let narrow = try ChartLayout(
        width: 320, height: 200, showsTitle: false, locale: ReportLocale("nl")
    ).scene(of: Samples.line)
    try Data(narrow.png(margin: 16)).write(to: URL(fileURLWithPath: "\(folder)/narrow.png"))
}

@Test func galleryFiles() throws {
    let folder = "/tmp/gallery"
    for (tag, currencies) in [
        ("en-KE", [Samples.dkk]), ("da", [Samples.dkk, Samples.kwd, Samples.jpy]),
        ("nl", [Samples.eur]),
    ] {
        let document = Samples.document(
            rows: 130, currencies: currencies,
            remarks: tag == "da" ? ["incomplete: no rate for KES on 2026-01-02"] : [])
        for format in [ReportFormat.pdf, .xlsx, .json] {
            do {
                try ReportOutput(format, locale: ReportLocale(tag)).write(
                    document, to: "\(folder)/report-\(tag).\(format.rawValue)")
            } catch let e as Advice { print(e.debugDescription) }
        }
        try ReportOutput(.csv, locale: ReportLocale(tag), profile: .excel(for: ReportLocale(tag)))
            .write(document, to: "\(folder)/report-\(tag).csv")
        let mail = try ReportMail(
            document, locale: ReportLocale(tag), link: "https://reports.example.org/r/1",
            note: "Please check & sign.")
        var html = mail.html
        for image in mail.images {
            html = html.replacingOccurrences(
                of: "cid:\(image.contentID)",
                with: "data:image/png;base64," + Data(image.bytes).base64EncodedString())
        }
        try html.write(toFile: "\(folder)/mail-\(tag).html", atomically: true, encoding: .utf8)
        try mail.text.write(toFile: "\(folder)/mail-\(tag).txt", atomically: true, encoding: .utf8)
    }
    let small = ReportDocument(
        name: "small", title: "Små tal", provenance: Samples.provenance(),
        blocks: [
            .figures(Samples.figures), .chart(Samples.column),
            .table(
                ResultTable(
                    name: "top", title: "Top customers",
                    columns: [
                        ResultColumn(name: "customer", label: "Customer", kind: .text),
                        ResultColumn(
                            name: "sales", label: "Number of sales", kind: .integer,
                            isTotalled: true),
                        ResultColumn(
                            name: "amount", label: "Revenue", kind: .money, isTotalled: true),
                    ],
                    rows: [
                        [.text("Anna"), .integer(3), Samples.money("1200.50")],
                        [.text("Bent"), .integer(1), Samples.money("99.50")],
                    ],
                    totals: [
                        ResultTotal(
                            label: "Total DKK",
                            cells: [.missing, .integer(4), Samples.money("1300.00")])
                    ])),
        ])
    try ReportOutput(.pdf, locale: ReportLocale("da")).write(small, to: "\(folder)/small.pdf")
}
