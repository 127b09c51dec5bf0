import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

@Suite("Recipients that the data names")
struct DeliveryAudienceTests {
    /// Customers by name, each with sales of an amount in kroner and of a day.
    private func sell(
        _ scene: PostScene, _ customers: [(name: String, sales: [(String, Int64)])],
        company: String = "rendetalje", languages: [String: String] = [:]
    ) throws {
        let store = scene.world.workplace.store
        let (customer, sale) = (
            try store.schema.model("customer"), try store.schema.model("sale")
        )
        var batch = ChangeBatch()
        for (name, sales) in customers {
            let key = "\(company) \(name)"
            batch.upsert(
                model: "customer", origin: "tekup", company: company, key: .text(key),
                cells: customer.columns.map { column in
                    switch column.name {
                    case "name": .text(name)
                    case "status": languages[name].map { .text($0) } ?? .missing
                    default: .missing
                    }
                })
            for (index, (day, kroner)) in sales.enumerated() {
                let at = try #require(Instant("\(day)T11:00:00Z"))
                let number = "\(name.split(separator: ".")[0])-\(index)"
                batch.upsert(
                    model: "sale", origin: "tekup", company: company, key: .text("\(key) \(index)"),
                    cells: sale.columns.map { column in
                        switch column.name {
                        case "number": .text(number)
                        case "status": .text("PAID")
                        case "net", "gross": .number(kroner * 100)
                        case "tax": .number(0)
                        case "currency": .text("DKK")
                        case "customer": .key(.text(key))
                        case "sold_at", "created_at": .number(at.microseconds)
                        default: .missing
                        }
                    })
            }
        }
        try store.commit(batch)
    }

    private func put(
        _ scene: PostScene, _ lines: String = "", locale: String = "en"
    ) async throws {
        let text = """
            schedule: mornings
            companies: [rendetalje, foodtruck]
            zone: Europe/Copenhagen
            cron: 0 8 * * *
            format: csv
            report: customer-statement
            period: 2026-11
            recipients:
              from: customer.name
              having: revenue
              locale: \(locale)
              companies: [rendetalje]
            \(lines)
            """
        await scene.post.byHand.reload(ScheduleBook([try schedule(scene, text)]))
    }

    private func schedule(_ scene: PostScene, _ text: String) throws -> Schedule {
        let reading = scene.world.workplace.shelf.current
        return try Schedule(
            DefinitionNode(parsing: text, file: "mornings.yaml"),
            companies: scene.world.workplace.companies, holidays: HolidayBook(),
            reports: Array(reading.analytics.reports.keys),
            metrics: ScheduleMetrics(reading.analytics))
    }

    @Test("each gets a report of their own rows and of nobody else's")
    func statements() async throws {
        let scene = try PostScene()
        let (anna, bert) = (scene.address("anna"), scene.address("bert"))
        try sell(
            scene,
            [
                (anna, [("2026-11-03", 111), ("2026-11-04", 112)]), (bert, [("2026-11-03", 221)]),
                (scene.address("carl"), [("2026-06-03", 331)]),
                ("Nobody \"x\", you", [("2026-11-05", 441)]),
            ])
        try sell(scene, [(scene.address("dora"), [("2026-11-03", 551)])], company: "foodtruck")
        // Somebody of the same address at a company whose rows nobody is sent.
        try sell(scene, [(anna, [("2026-11-03", 661)])], company: "foodtruck")
        try await put(scene)
        let sent = try await scene.send("2026-11-06")
        // Who bought nothing in the period, or only elsewhere, gets nothing.
        #expect(Set(sent.map(\.recipient)) == [anna, bert, "Nobody \"x\", you"])
        #expect(sent.filter { $0.state == .sent }.count == 2)
        let archive = MailArchive(besides: scene.state.path)
        for (person, own, foreign) in [
            (
                anna, ["anna-0", "anna-1", "111.00", "112.00", "223.00"],
                ["221", "441", "551", "661"]
            ),
            (bert, ["bert-0", "221.00"], ["111", "112", "441", "551", "661"]),
        ] {
            let delivery = try #require(sent.first { $0.recipient == person })
            let report = String(decoding: try archive.report(of: delivery), as: UTF8.self)
            let text = try #require(
                try scene.received(String(person.prefix { $0 != "." })).first
            ).text
            for word in own {
                #expect(report.contains("\"\(word)\""), "\(word) to \(person)")
                #expect(text.contains(word), "\(word) to \(person)")
            }
            for word in foreign {
                #expect(!report.contains("\(word).00"), "\(word) to \(person)")
                #expect(!text.contains("\(word).00"), "\(word) to \(person)")
            }
            #expect(!report.contains("Foodtruck"))
        }
        #expect(try scene.received("carl").isEmpty)
        #expect(try scene.received("dora").isEmpty)
    }

    @Test("what is no address is given up and told, and a condition is each recipient's own")
    func conditions() async throws {
        let scene = try PostScene()
        let (anna, bert) = (scene.address("anna"), scene.address("bert"))
        try sell(scene, [(anna, [("2026-11-03", 10)]), (bert, [("2026-11-03", 5000)])])
        try sell(scene, [("no address", [("2026-11-03", 30)])])
        try await put(scene, "when: {metric: revenue, below: 100}")
        let sent = try await scene.send("2026-11-06")
        let states = Dictionary(uniqueKeysWithValues: sent.map { ($0.recipient, $0.state) })
        #expect(states == [anna: .sent, bert: .skipped, "no address": .planned])
        // The running service gives up what by hand is passed over.
        let schedule = try schedule(
            scene,
            """
            schedule: mornings
            company: rendetalje
            cron: 0 8 * * *
            format: csv
            report: customer-statement
            period: 2026-11
            recipients: {from: customer.name, having: revenue, companies: [rendetalje]}
            """)
        let turn = SchedulerTurn(
            now: FirstLightWorld.now, book: ScheduleBook([schedule]),
            marks: [
                "mornings": ScheduleMark(
                    timing: schedule.timing.description, handledThrough: FirstLightWorld.now)
            ], due: sent.filter { $0.recipient == "no address" }, nextTry: nil, hold: nil)
        #expect(
            turn.actions().map { "\($0)".contains("the column holds what is no mail address") }
                == [true])
    }

    @Test("each is written to in the language that a column names, others in the usual one")
    func languages() async throws {
        let scene = try PostScene()
        let people = ["anna": "da", "bert": "nl-BE", "carl": "xx", "dora": nil]
        try sell(
            scene,
            people.keys.sorted().map { (scene.address($0), [("2026-11-03", 100)]) },
            languages: Dictionary(
                uniqueKeysWithValues: people.compactMap { name, language in
                    language.map { (scene.address(name), $0) }
                }))
        try await put(scene, locale: "{from: customer.status, else: sw}")
        let sent = try await scene.send("2026-11-06")
        #expect(sent.count == 4 && sent.allSatisfy { $0.state == .sent })
        for (name, language) in [("anna", "da"), ("bert", "nl"), ("carl", "sw"), ("dora", "sw")] {
            let text = try #require(try scene.received(name).first).text
            #expect(text.contains("lang=3D\"\(language)\""), "\(name): \(text.prefix(900))")
        }
        // A column that does not exist is refused where it stands.
        let wrong = await #expect(throws: Advice.self) {
            try await put(scene, locale: "{from: customer.langage}")
        }
        #expect(wrong?.place?.line == 11, "\(wrong?.description ?? "")")
    }

    @Test("mistakes are refused with their place")
    func mistakes() throws {
        let scene = try PostScene()
        func advice(_ report: String, _ recipients: String) -> String? {
            let text = """
                schedule: mornings
                company: rendetalje
                cron: 0 8 * * *
                format: csv
                report: \(report)
                period: 2026-11
                recipients: \(recipients)
                """
            return #expect(throws: Advice.self) { try schedule(scene, text) }?.description
        }
        let metric = advice(
            "customer-statement", "{from: customer.name, having: revenu, companies: [rendetalje]}")
        #expect(
            metric == "mornings.yaml:7:43: there is no metric ‘revenu’; did you mean ‘revenue’?")
        let column = advice(
            "customer-statement", "{from: customer.nam, having: revenue, companies: [rendetalje]}")
        #expect(column?.hasPrefix("mornings.yaml:7:20: ") == true)
        #expect(column?.contains("did you mean ‘name’?") == true, "\(column ?? "")")
        let company = advice(
            "customer-statement", "{from: customer.name, having: revenue, companies: [foodtruck]}")
        #expect(company?.contains("may see none of the companies that the report shows") == true)
        let word = advice(
            "customer-statement", "{form: customer.name, having: revenue, companies: [rendetalje]}")
        #expect(word == "mornings.yaml:7:14: ‘form’ is not known here; did you mean ‘from’?")
        let frozen = advice(
            "sales-register", "{from: customer.name, having: revenue, companies: [rendetalje]}")
        #expect(
            frozen == "mornings.yaml:7:20: ‘sales-register’ is frozen by closes, so it cannot be "
                + "divided among recipients; choose a report without ‘close: true’")
    }
}
