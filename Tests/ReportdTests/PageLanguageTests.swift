import Analytics
import Counterparts
import Foundation
import Reports
import Store
import Testing
import Vocabulary

@testable import reportd

/// Every page in every language: none of our own English words is left in the others.
@Suite("Languages of pages")
struct PageLanguageTests {
    private struct Page: Encodable {
        var path: String
        var form: [String: String]?
        var isProblem = false
        var isStranger = false
    }

    private struct Plan: Encodable {
        let address: String
        let headers: [String: String]
        let definitions = FirstLightWorld.root + "/queries"
        let names: [String]
        let pages: [Page]
    }

    private struct Answer: Decodable {
        let problems: [String]
        let texts: Int
    }

    private static func read(_ plan: Plan, in folder: String) async throws -> Answer {
        let file = folder + "/words.json"
        try JSONEncoder().encode(plan).write(to: URL(fileURLWithPath: file))
        let script = FirstLightWorld.root + "/Tests/Support/page_words.py"
        let output = try await Task.detached {
            try Readers.run(try Readers.interpreter(), [script, file])
        }.value
        return try JSONDecoder().decode(Answer.self, from: output)
    }

    @Test("figures: all dashboards, explore, reports, explanations and sources")
    func figures() async throws {
        let world = try await FirstLightWorld.shared
        let server = try await TestServer.start(world)
        defer { Task { await server.stop() } }
        let companies = world.workplace.companies.companies
        let token = try await server.token(.admin, companies.map(\.code))
        let analytics = world.workplace.shelf.current.analytics
        let snapshot = try world.workplace.store.snapshot(world.workplace.everything)
        var paths = analytics.dashboards.keys.sorted().map { "/dashboards/\($0)" }
        #expect(paths.count > 12)
        for choice in [
            "period=last-30-days&compare=same-weekday", "period=2026-10&compare=last-year",
            "from=2026-10-01&to=2026-10-12&compare=none", "period=fiscal-year-to-date",
            "company=rendetalje&period=next-8-weeks",
        ] { paths.append("/dashboards/sales?\(choice)") }
        paths += [
            "/explore", "/explore?metric=revenue&metric=sales&by=service&top=3&as=table",
            "/explore?metric=revenue&by=weekday&as=bar&compare=previous-period",
            "/explore?metric=revenue&by=month-of-year&by=company&as=heatmap",
            "/explore?metric=revenue&grain=week&by=company&top=1&as=stacked",
            "/explain?metric=revenue&period=2026-10&company=rendetalje",
            "/reports", "/sources",
        ]
        let reports = analytics.reports(withDataIn: snapshot)
        #expect(reports.count > 8)
        // Companies of one zone where a report shows dates.
        paths += reports.map { report in
            "/reports/\(report.name)" + (report.name.hasSuffix("-mw") ? "?company=tiyende" : "")
        }
        let answer = try await Self.read(
            Plan(
                address: server.address, headers: ["Authorization": "Bearer \(token)"],
                names: companies.map(\.name) + companies.map(\.code) + ["test"],
                pages: paths.map { Page(path: $0) }), in: world.settings.folder)
        #expect(answer.texts > 2000)
        #expect(answer.problems.isEmpty, "\(answer.problems.joined(separator: "\n"))")
    }

    @Test("people, sending, exports, signing in, and what goes wrong")
    func people() async throws {
        let scene = try ScheduleScene()
        let users = UserBook(state: scene.post.state)
        let admin = ScheduleScene.admin(scene.everything)
        try users.set(admin, password: "a good password")
        let definitions = try Self.definitions(scene)
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("a", ["rendetalje"])],
            more: "wait: {until: data, for: 6h, then: hold}\nwhen: not-empty")
        try await scene.define("evenings", companies: ["rendetalje"], to: [("b", ["rendetalje"])])
        let sent = try await scene.send("evenings")
        try await scene.serving { server in
            let cookie = try await ScheduleScene.cookie("ada", server)
            let key = server.access.key
            let keys = APIKeyBook(state: scene.post.state)
            _ = try keys.make(
                "till", admin, seconds: 86_400, now: FirstLightWorld.now, by: "tests")
            let guest = GuestBook(state: scene.post.state, key: key)
            let link = try guest.make(
                "portal", dashboard: "sales", companies: ["rendetalje"], frames: [],
                seconds: 86_400, now: FirstLightWorld.now, by: "tests")
            let form = key.formToken("nobody")
            let delivery = try #require(sent.first?.id)
            var pages = [
                "/schedules", "/schedules/mornings", "/schedules/evenings",
                "/schedules/evenings/edit", "/new-schedule", "/deliveries",
                "/deliveries?state=sent", "/deliveries/\(delivery)",
                "/deliveries/\(delivery)?compare=1", "/exports", "/users", "/access", "/account",
                "/own-dashboards",
            ].map { Page(path: $0) }
            pages += ["/sign-in", "/sign-in/forgotten", guest.path(of: link)].map {
                Page(path: $0, isStranger: true)
            }
            pages += [
                "/dashboards/nowhere", "/reports/nowhere", "/dashboards/sales?company=nowhere",
                "/dashboards/sales?period=lately", "/dashboards/sales?from=2026-01-01",
                "/dashboards/sales?nothing=1", "/schedules/nothing", "/deliveries/4711",
            ].map { Page(path: $0, isProblem: true) }
            pages += [
                "/guest/nothing", "/files/nothing", "/invitation?token=nothing",
                "/reset?token=nothing", guest.path(of: link) + "?where=status=PAID",
            ].map { Page(path: $0, isProblem: true, isStranger: true) }
            for fields in [["name": "ada", "password": "wrong"], ["name": "", "password": ""]] {
                pages.append(
                    Page(
                        path: "/sign-in", form: fields.merging(["token": form]) { $1 },
                        isProblem: true, isStranger: true))
            }
            let page = try await server.get("/account", headers: ["Cookie": cookie])
            let token = try PeopleWorld.token(page)
            let asked: [(String, [String: String])] = [
                ("/exports", ["token": "another"]), ("/account", ["do": "nothing"]),
                (
                    "/account",
                    ["do": "password", "present": "a", "password": "short", "again": "short"]
                ),
                (
                    "/account",
                    [
                        "do": "password", "present": "a", "password": "long enough",
                        "again": "another one",
                    ]
                ),
                ("/users", ["do": "remove", "name": "nobody"]),
                ("/users", ["do": "invite", "name": "new", "role": "VIEWER"]),
                ("/access", ["do": "revoke", "kind": "key", "id": "nothing"]),
            ]
            for (path, fields) in asked {
                pages.append(
                    Page(
                        path: path, form: ["token": token].merging(fields) { $1 },
                        isProblem: true))
            }
            let answer = try await Self.read(
                Plan(
                    address: server.address, headers: ["Cookie": cookie],
                    names: definitions + [
                        "ada", "vera", "till", "portal", "mornings", "evenings",
                        "Sales of evenings",
                        "Sales of mornings", scene.post.mark,
                    ], pages: pages), in: scene.post.world.folder)
            #expect(answer.texts > 2000)
            #expect(answer.problems.isEmpty, "\(answer.problems.joined(separator: "\n"))")
        }
    }

    private static func definitions(_ scene: ScheduleScene) throws -> [String] {
        scene.post.world.workplace.companies.companies.flatMap { [$0.name, $0.code] }
    }

    @Test("a phrase has the same places in every language, and its English stands in the program")
    func phrases() throws {
        let sources = FirstLightWorld.root + "/Sources"
        let files = try #require(FileManager.default.enumerator(atPath: sources))
        var program = ""
        for case let file as String in files
        where file.hasSuffix(".swift") && !file.contains("PhraseBook") {
            program += try String(contentsOfFile: sources + "/" + file, encoding: .utf8)
        }
        // Long sentences are put together from lines.
        program = program.replacing(/"\s*\+ "/, with: "")
        let books = [PhraseBook.advice, .figures, .remarks, .partsOfRemarks, .notes, .ownBases]
        for phrase in books.flatMap(\.phrases) {
            let places = Set(phrase.english.matches(of: /\{\d\}/).map { "\($0.output)" })
            for text in [phrase.danish, phrase.dutch, phrase.swahili] {
                #expect(Set(text.matches(of: /\{\d\}/).map { "\($0.output)" }) == places, "\(text)")
                #expect(!text.isEmpty)
            }
            for piece in phrase.english.split(separator: /\{\d\}/) where piece.count > 4 {
                // What is missing is named by its kind.
                let isMissing = piece.wholeMatch(of: /there is no \w+ ‘/) != nil
                let isSaid = isMissing || program.contains(piece.trimmingPrefix(", "))
                #expect(isSaid, "nothing says ‘\(piece)’ any more")
            }
        }
    }

    @Test("how figures were made is told with days, rates and labels as the reader writes them")
    func notes() throws {
        let folder = FirstLightWorld.root + "/queries"
        let definitions = try Definitions(folder: folder, schema: Schema(definitions: folder))
        let danish = ReportLocale("da", words: definitions.words)
        let copenhagen = try Zone(named: "Europe/Copenhagen")
        for (english, told) in [
            ("no amounts", "ingen beløb"), ("per currency: DKK, EUR", "pr. valuta: DKK, EUR"),
            (
                "in EUR: by the rate of each row's day, else the last of the 7 days before",
                "i EUR: til kursen på hver rækkes dag, ellers den seneste af de 7 dage før"
            ),
            (
                "in EUR: by the closing rate of each step: Revenue, Sales",
                "i EUR: til slutkursen for hvert trin: Omsætning, Salg"
            ),
            (
                "1 EUR = 7.4587 to 7.4612 DKK (13 rates, 2026-08-28 to 2026-11-20)",
                "1 EUR = 7,4587 til 7,4612 DKK (13 kurser, 28.08.2026 til 20.11.2026)"
            ),
            (
                "1 EUR = 2000 to 2042.4 MWK (2 rates, 2026-11-13 to 2026-11-20)",
                "1 EUR = 2.000 til 2.042,4 MWK (2 kurser, 13.11.2026 til 20.11.2026)"
            ),
            // A label may hold a comma itself.
            (
                "in EUR: by fixed rates: Collected, Paid, day unknown",
                "i EUR: til faste kurser: Indbetalt, Betalt, dato ukendt"
            ),
        ] {
            #expect(PhraseBook.note(english, in: danish, copenhagen) == told)
        }
        #expect(
            PhraseBook.bases(
                "by sale date; as of the period's end, by created; last 4 weeks, by payment date",
                in: danish)
                == "efter salgsdato; ved periodens slutning, efter oprettet; "
                + "seneste 4 uger, efter betalingsdato")
        #expect(
            danish.withDays("kendt siden 2026-11-22T21:38:40Z, 2026-11-23", copenhagen)
                == "kendt siden 22.11.2026 22:38, 23.11.2026")
    }

    @Test(
        "a sentence is found by its English words, and what stands in its places is kept",
        arguments: [
            ("there is no company ‘a {1} b’", "der er ingen virksomhed ‘a {1} b’"),
            ("there is no report ‘dashboard’", "der er ingen rapport ‘dashboard’"),
            ("the card has no title", "kortet har ingen titel"),
            ("try again in 5 minutes", "prøv igen om 5 minutter"),
            ("‘2026-01-01’ to ‘x’ is not a period", "‘2026-01-01’ til ‘x’ er ikke en periode"),
            ("‘x’ is not a period", "‘x’ er ikke en periode"),
        ])
    func found(english: String, danish: String) {
        #expect(PhraseBook.advice.found(english, in: .init("da")) == danish)
        #expect(PhraseBook.advice.found(english, in: .english) == english)
    }

    @Test("what the book does not have stays English and is marked")
    func unknown() {
        let advice = Advice(.request, "the moon is full", remedy: "try again")
        let told = ToldAdvice(advice, in: .init("nl"))
        #expect(told.isEnglish && told.happened == "The moon is full.")
        #expect(told.remedy == "Try again.")
        #expect(!ToldAdvice(advice, in: .english).isEnglish)
        let known = ToldAdvice(
            Advice(.unknown, "there is no report ‘x’", remedy: "none is defined"), in: .init("nl"))
        #expect(!known.isEnglish && known.heading == "Er is geen rapport ‘x’")
    }

    @Test(
        "remarks on figures are in the reader’s language, with the labels and lists in them",
        arguments: [
            (
                "incomplete: 3 rows of sale are left out of ‘Revenue’, without a rate to DKK in "
                    + "‘rates’: KES on 2026-01-02, 2026-01-03 and 4 more",
                "ufuldstændigt: 3 rækker af sale er udeladt af ‘Omsætning’, uden kurs til DKK i "
                    + "‘rates’: KES den 2026-01-02, 2026-01-03 og 4 flere"
            ),
            (
                "incomplete: 1 row of sale is left out of ‘Net worth’, without a value in "
                    + "‘prices’: (none)",
                "ufuldstændigt: 1 række af sale er udeladt af ‘Net worth’, uden værdi i ‘prices’: "
                    + "(ingen)"
            ),
            (
                "incomplete: 5 of 90 that first came in the period are left out, for month 3 after "
                    + "is not over for them",
                "ufuldstændigt: 5 af 90, der kom første gang i perioden, er udeladt, for måned 3 "
                    + "efter er ikke slut for dem"
            ),
            (
                "incomplete: what stage and amount of deal was is known since 2026-01-02T08:00:00Z",
                "ufuldstændigt: hvad stage og amount i deal var, kendes siden 2026-01-02T08:00:00Z"
            ),
            (
                "incomplete: 2 stays that last have no length, for they began before the history "
                    + "of deal",
                "ufuldstændigt: 2 ophold, der varer ved, har ingen længde, for de begyndte før "
                    + "historikken for deal"
            ),
        ])
    func remarks(english: String, danish: String) {
        let locale = ReportLocale(
            "da-DK",
            words: [
                "da": LabelWords(language: "da", words: ["Revenue": "Omsætning"], hash: "1")
            ])
        #expect(PhraseBook.remarks.found(english, in: locale) == danish)
        #expect(PhraseBook.remarks.found(english, in: .english) == english)
        #expect(
            PhraseBook.bases("Revenue; changes by day; by weight", in: locale)
                == "Omsætning; ændringer efter dag; by weight")
        // The words of a definition's author are theirs, whatever else they look like.
        #expect(PhraseBook.remarks.found("goods on hand and on order", in: locale) == nil)
    }

    @Test(
        "a label is followed by what was computed of it; names of people stay",
        arguments: [
            ("Revenue, net, change", "Revenue, net, ændring"), ("month 3", "måned 3"),
            ("month end", "month end"), ("August", "August"), ("Other", "Andre"),
        ])
    func labels(english: String, danish: String) {
        #expect(PhraseBook.members.said(english, in: .init("da")) == danish)
        #expect(Retelling.heading("count", "Number", .init("da")) == "Antal")
        #expect(Retelling.heading("number", "Number", .init("da")) == "Number", "no count")
    }

    @Test("definitions are called as their words say; what the data says stays")
    func words() throws {
        let words = LabelWords(
            language: "da",
            words: [
                "Sales": "Salg", "Revenue": "Omsætning", "Top customers": "Største kunder",
                "not due": "ikke forfalden", "Number": "Nummer",
            ], hash: "1")
        let danish = ReportLocale("da-DK", words: ["da": words])
        #expect(PhraseBook.titles.said("Top customers (DKK)", in: danish) == "Største kunder (DKK)")
        #expect(PhraseBook.titles.said("Revenue, Sales", in: danish) == "Omsætning, Salg")
        #expect(PhraseBook.members.said("Revenue, change", in: danish) == "Omsætning, ændring")
        #expect(Retelling.heading("number", "Number", danish) == "Nummer")
        #expect(Retelling.heading("count", "Number", danish) == "Antal", "a word of ours")
        #expect(ReportLocale("nl", words: ["da": words]).words == nil)
        #expect(danish != ReportLocale("da") && danish.form != ReportLocale("da").form)
        let retelling = Retelling(locale: danish, bands: ["age": ["not due"]])
        func chart(ofMembers: Bool) -> Chart {
            retelling.said(
                Chart(
                    title: "Sales", kind: .bar, unit: .count,
                    categories: ["Sales", "not due", "Other"],
                    series: [Chart.Series(label: "Sales", values: [nil, nil, nil])],
                    seriesAreMembers: ofMembers))
        }
        #expect(chart(ofMembers: true).title == "Salg")
        #expect(chart(ofMembers: true).categories == ["Sales", "ikke forfalden", "Andre"])
        #expect(chart(ofMembers: true).series.map(\.label) == ["Sales"], "a member of that name")
        #expect(chart(ofMembers: false).series.map(\.label) == ["Salg"])
    }

    @Test("files that are read are in the reader’s language, the words of the data as they are")
    func files() throws {
        let world = [
            LabelWords(
                language: "da", words: ["Sales": "Salg", "Customer": "Kunde", "Report": "Rapport"],
                hash: "1")
        ]
        func table(listsRows: Bool) -> ResultTable {
            var table = ResultTable(
                name: "sales", title: "Sales",
                columns: [ResultColumn(name: "customer", label: "Customer", kind: .text)],
                rows: [[.text("Other")], [.text("Sales")]])
            table.listsRows = listsRows
            return table
        }
        var document = ReportDocument(
            name: "r", title: "Report",
            provenance: Provenance(
                companies: [], period: nil, zone: .utc, basis: "", currency: "", commit: 1,
                committedAt: Instant(seconds: 0), generatedAt: Instant(seconds: 0),
                definition: ""),
            blocks: [true, false].map { .table(table(listsRows: $0)) })
        document.hasCover = true
        let words = Dictionary(uniqueKeysWithValues: world.map { ($0.language, $0) })
        for format in ReportFormat.allCases {
            let output = ReportOutput(format, locale: ReportLocale("da"))
            let said = document.said(for: output, words: words, bands: [:])
            let isRead = format == .pdf || format == .xlsx
            #expect(said.title == (isRead ? "Rapport" : "Report"), "\(format)")
            let tables = said.tables
            #expect(tables.map(\.title) == Array(repeating: isRead ? "Salg" : "Sales", count: 2))
            #expect(tables[0].columns[0].label == (isRead ? "Kunde" : "Customer"))
            #expect(try tables[0].rows() == [[.text("Other")], [.text("Sales")]], "of the data")
            #expect(
                try tables[1].rows() == [[.text(isRead ? "Andre" : "Other")], [.text("Sales")]])
            #expect(said.hasCover)
        }
    }
}
