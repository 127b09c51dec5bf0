import Foundation
import Reports
import Testing
import Vocabulary

@testable import reportd

@Suite("Pages")
struct WebPageTests {
    private let renderer = PageRenderer()

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Read by others

    @Test("a strict parser reads every page, and nothing stands inline")
    func parsed() throws {
        let problems = try WebFolder().problems("parse")
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("Chromium shows every page, axe finds nothing, and forms work without script")
    func looked() throws {
        let problems = try WebFolder().problems("look")
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("an open dashboard follows commits, and says so when it cannot")
    func followed() throws {
        let problems = try WebFolder().problems("live")
        #expect(problems.isEmpty, "\(problems)")
    }

    // MARK: Weight

    @Test("a full dashboard with all it needs weighs 120 KB at most, uncompressed")
    func weight() throws {
        let page = try renderer.render(WebSamples.dashboard()).html.count
        let assets = renderer.assets.all.map(\.bytes.count).reduce(0, +)
        #expect(page + assets <= 120_000)
    }

    // MARK: Text

    @Test("a quote is escaped even when a combining mark follows it")
    func combining() {
        #expect(
            MarkupText.escaped("\"\u{301} <\u{338}a>&'")
                == "&quot;\u{301} &lt;\u{338}a&gt;&amp;&#39;")
        #expect(MarkupText.escaped("a\u{0}b\u{7F}c\n") == "a\u{FFFD}b\u{FFFD}c\n")
    }

    @Test("every place where a user's words stand is escaped")
    func escaped() throws {
        let hostile = WebSamples.hostile
        let figure = Figure(
            name: hostile, label: hostile, kind: .text, values: [.text(hostile)],
            previous: [.text(hostile)])
        let chart = Chart(
            title: hostile, kind: .bar, unit: .count, categories: [hostile],
            series: [.init(label: hostile, values: [ExactDecimal(1)])])
        let table = ResultTable(
            name: hostile, title: hostile,
            columns: [ResultColumn(name: hostile, label: hostile, kind: .text)],
            rows: [[.text(hostile)]],
            totals: [ResultTotal(currency: nil, cells: [.text(hostile)])])
        let advice = Advice(.request, hostile, remedy: hostile)
        let choices = (0..<2).map {
            PageChoice(code: "\($0)\(hostile)", name: hostile, isChosen: false)
        }
        var provenance = WebSamples.provenance(companies: [hostile], remarks: [hostile])
        provenance.basis = hostile
        provenance.filters = [hostile]
        provenance.definition = hostile
        let link = PageLink(title: hostile, path: "/" + hostile)
        let frame = PageFrame(
            locale: .english, viewer: PageViewer(name: hostile, formToken: hostile))
        let dashboard = DashboardPage(
            frame: frame, path: "/" + hostile, title: hostile, dashboards: [link, link],
            companies: choices, periods: choices, comparisons: Array(choices.prefix(1)),
            cards: [
                .figures(
                    hostile, [figure],
                    trends: [hostile: FigureTrend(title: hostile, values: [ExactDecimal(1)])]),
                PageCard(name: hostile, body: .chart(chart)),
                PageCard(name: hostile, body: .table(table)),
                PageCard(name: hostile, body: .unavailable(title: hostile, advice)),
            ],
            provenance: provenance,
            sources: [
                SourceFreshness(
                    name: hostile, title: hostile, state: .lost, completeUpTo: WebSamples.now,
                    rowsPerSecond: 12_345, problem: advice)
            ],
            now: WebSamples.now, links: [link], events: "/" + hostile)
        let pages = [
            (try renderer.render(dashboard)).html,
            renderer.render(
                SignInPage(
                    frame: PageFrame(locale: .english), formToken: hostile, name: hostile,
                    failure: advice, next: hostile)),
            renderer.render(WebSamples.people), renderer.render(WebSamples.grants),
            renderer.render(WebSamples.account), renderer.render(WebSamples.password),
            renderer.render(WebSamples.forgotten),
            renderer.render(
                ErrorPage(
                    frame: frame, status: 400, advice: advice, requestID: hostile, link: link)),
            renderer.render(
                ReportListPage(
                    frame: frame,
                    reports: [
                        .init(title: hostile, summary: hostile, path: hostile, downloads: [link])
                    ])),
        ]
        #expect(text(pages[0]).contains("12,345 rows/s"))
        for page in pages.map(text) {
            // Byte by byte: to `Character` a quote with a combining mark is no quote.
            let bytes = Array(page.utf8)
            for forbidden in ["<script>alert", "\"\u{301}", "x='&"] {
                #expect(bytes.firstRange(of: Array(forbidden.utf8)) == nil)
            }
            #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        }
    }

    @Test("the technical cause of a problem is not shown")
    func discretion() {
        #expect(!text(renderer.render(WebSamples.problem)).contains("secret"))
    }

    // MARK: Versions and fragments

    @Test("a fragment is the main element of its page, and its version is of the figures alone")
    func fragments() throws {
        let page = WebSamples.dashboard()
        let whole = try renderer.render(page)
        let fragment = try renderer.renderFragment(page)
        #expect(text(whole.html).contains(text(fragment.html)))
        #expect(text(fragment.html).hasPrefix("<main "))
        #expect(whole.version == fragment.version)

        var later = page
        later.sources = [
            SourceFreshness(
                name: "tekup", title: "Tekup", state: .lost,
                completeUpTo: WebSamples.now.adding(seconds: -900))
        ]
        #expect(try renderer.renderFragment(later).version == fragment.version)
        #expect(
            try renderer.renderFragment(WebSamples.dashboard(revenue: "1.00")).version
                != fragment.version)
    }

    @Test("an asset's path changes with its content, and no other path has one")
    func assets() throws {
        let style = renderer.assets.style
        #expect(style.path == "/assets/app.\(ContentMark.hex(style.bytes)).css")
        #expect(renderer.assets.asset(at: style.path)?.bytes == style.bytes)
        #expect(renderer.assets.asset(at: "/assets/app.0000000000000000.css") == nil)
        // As `sha256sum` begins.
        #expect(ContentMark.hex("") == "e3b0c44298fc1c14")
        #expect(ContentMark.hex("foobar") == "c3ab8ff13720e8ad")
    }

    // MARK: Numbers and words

    @Test(
        "a formatted number falls into parts that are the text again",
        arguments: [
            ("en", "DKK\u{A0}1,187,430.50", ["DKK\u{A0}", "1,187,430", ".50", ""]),
            ("en", "-DKK\u{A0}1.00", ["", "-DKK\u{A0}1", ".00", ""]),
            ("en", "€950", ["€", "950", "", ""]),
            ("da", "-1.234,50\u{A0}kr.", ["", "-1.234", ",50", "\u{A0}kr."]),
            ("nl", "€\u{A0}-1.234,50", ["", "€\u{A0}-1.234", ",50", ""]),
            ("da", "39,1\u{A0}%", ["", "39", ",1", "\u{A0}%"]),
            ("en", "n/a", ["", "", "", "n/a"]),
        ])
    func parts(locale: String, formatted: String, parts: [String]) {
        let number = FormattedNumber(formatted, in: ReportLocale(locale))
        #expect([number.before, number.whole, number.fraction, number.after] == parts)
        #expect(parts.joined() == formatted)
    }

    @Test("ages are told in one unit, in the reader's language")
    func ages() {
        #expect(PageWord.age(seconds: 2, in: .english) == "2\u{A0}s ago")
        #expect(PageWord.age(seconds: -5, in: .english) == "0\u{A0}s ago")
        #expect(PageWord.age(seconds: 119, in: ReportLocale("da")) == "for 1\u{A0}min siden")
        #expect(PageWord.age(seconds: 7_200, in: ReportLocale("nl")) == "2\u{A0}u geleden")
        #expect(PageWord.age(seconds: 200_000, in: .english) == "2\u{A0}d ago")
    }

    @Test("every word that a template asks for exists in every language")
    func words() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/reportd/Web/Assets")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "mustache" }
        #expect(files.count == PageTemplates.Name.allCases.count)
        for tag in ["en", "da", "nl", "sw"] {
            let table = PageWord.table(for: ReportLocale(tag))
            for word in PageWord.allCases { #expect(table[word.rawValue]?.isEmpty == false) }
            for file in files {
                let template = try String(contentsOf: file, encoding: .utf8)
                for match in template.matches(of: /\{\{w\.(\w+)\}\}/) {
                    #expect(table[String(match.1)] != nil, "\(file.lastPathComponent): \(match.0)")
                }
            }
        }
    }

    // MARK: Tables and pickers

    @Test("a long table is read no further than it is shown, and says so")
    func longTable() throws {
        let columns = [ResultColumn(name: "n", label: "N", kind: .integer, isTotalled: true)]
        let table = ResultTable(
            name: "long", title: "Long", columns: columns, rowCount: 1_000_000,
            totals: [ResultTotal(currency: nil, cells: [.integer(7)])]
        ) { body in
            for index in 0..<1_000_000 {
                // Whoever reads on past the limit fails the test.
                #expect(index <= PageCard.maximumRows)
                try body([[.integer(Int64(index))]])
            }
        }
        let page = WebSamples.dashboard(cards: [PageCard(name: "long", body: .table(table))])
        let html = text(try renderer.renderFragment(page).html)
        #expect(html.contains("First 50 of 1,000,000 rows; totals are of all rows"))
        #expect(html.contains("<th scope=\"row\" class=\"num\">7</th>"))
    }

    @Test("a table that cannot be read says so in its place, and the caller learns of it")
    func failingTable() throws {
        let advice = Advice(
            .damaged, "a segment does not match its checksum", remedy: "run reportd verify")
        let table = ResultTable(
            name: "damaged", title: "Top customers", columns: WebSamples.customers.columns,
            rowCount: 3, totals: []
        ) { _ in throw advice }
        let page = WebSamples.dashboard(cards: [
            PageCard(name: "damaged", body: .table(table)),
            PageCard(name: "top-customers", body: .table(WebSamples.customers)),
        ])
        let answer = try renderer.renderFragment(page)
        let html = text(answer.html)
        #expect(answer.failures == [advice])
        #expect(html.contains("A segment does not match its checksum."))
        #expect(html.contains("Run reportd verify."))
        #expect(html.contains("Aarhus Kommune"))
        #expect(try renderer.render(WebSamples.dashboard()).failures.isEmpty)
    }

    @Test("a picker without a choice is not shown, but its value is sent along")
    func fixedPicker() throws {
        var page = WebSamples.dashboard()
        page.companies = [PageChoice(code: "rendetalje", name: "Rendetalje ApS", isChosen: true)]
        let html = text(try renderer.renderFragment(page).html)
        #expect(html.contains("<input type=\"hidden\" name=\"company\" value=\"rendetalje\">"))
        #expect(!html.contains("id=\"pick-company\""))
        #expect(html.contains("id=\"pick-period\""))
    }

    @Test("cards of one name stay apart")
    func sameNames() throws {
        let card = PageCard(name: "top customers", body: .table(WebSamples.customers))
        let html = text(
            try renderer.renderFragment(WebSamples.dashboard(cards: [card, card])).html)
        #expect(html.contains("data-card=\"top-customers\""))
        #expect(html.contains("data-card=\"top-customers-2\""))
    }

    @Test("a total is labelled in the reader's language, in the first column without a sum")
    func totalLabel() throws {
        let page = WebSamples.dashboard(locale: ReportLocale("da"))
        let html = text(try renderer.renderFragment(page).html)
        #expect(html.contains("<th scope=\"row\">I alt DKK</th><td class=\"num\">112</td>"))
    }

    @Test("a rise is good or bad news as its metric says, and always has a sign")
    func tones() throws {
        let html = text(try renderer.renderFragment(WebSamples.dashboard()).html)
        #expect(
            html.contains("<span class=\"change good\"><span aria-hidden=\"true\">▲</span> +20.6%"))
        #expect(
            html.contains("<span class=\"change bad\"><span aria-hidden=\"true\">▼</span> -5.7%"))
        #expect(html.contains("<span class=\"change \"><span aria-hidden=\"true\">▲</span> +27.9%"))
    }
}
