import Analytics
import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Cards that are kept, and dashboards made of them")
struct OwnDashboardTests {
    /// Somebody’s browser.
    private struct Visit {
        let server: TestServer
        let cookie: String

        init(_ name: String, _ server: TestServer) async throws {
            self.server = server
            cookie = try await ScheduleScene.cookie(name, server)
        }

        func get(_ path: String) async throws -> TestServer.Answer {
            try await server.get(path, headers: ["Cookie": cookie])
        }

        func token(_ path: String = "/explore") async throws -> String {
            let page = try await get(path)
            return String(
                try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/)).output.1)
        }

        /// Sends a form with the token of a page.
        func send(_ path: String, _ fields: [String: String]) async throws -> TestServer.Answer {
            var fields = fields
            if fields["token"] == nil { fields["token"] = try await token() }
            let body = fields.map { name, value in
                "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            return try await server.post(
                path, body.joined(separator: "&"), headers: ["Cookie": cookie])
        }

        /// Keeps a card.
        func keep(
            _ question: String = "metric=revenue&grain=month&period=2026", title: String = "Mine",
            on dashboard: String = "", name: String = "mine", heading: String = "Mine"
        ) async throws -> TestServer.Answer {
            try await send(
                "/explore?\(question)",
                ["title": title, "dashboard": dashboard, "name": name, "heading": heading])
        }

        func version(_ name: String) async throws -> String {
            let page = try await get("/own-dashboards").text
            let start = try #require(page.range(of: "id=\"\(name)\"")).upperBound
            return String(
                try #require(page[start...].firstMatch(of: /name="seen" value="([^"]+)"/)).output.1)
        }
    }

    private func withScene(
        _ body: (ExportScene, OwnDefinitions, TestServer) async throws -> Void
    ) async throws {
        let scene = try ExportScene("access: {limits: {requests-per-hour: 0}}")
        let users = UserBook(state: scene.state)
        try users.set(ExportScene.admin, password: "a good password")
        try users.set(ExportScene.manager, password: "a good password")
        try await scene.serving { server in
            try await body(scene, scene.world.workplace.configuration.ownDefinitions, server)
        }
    }

    /// The parts of a file of JSON, without the names that cards have.
    private func blocks(_ answer: TestServer.Answer) throws -> [NSDictionary] {
        #expect(answer.status == 200, "\(answer.text)")
        let file = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
        return try #require(file?["blocks"] as? [[String: Any]]).map { block in
            block.filter { $0.key != "name" } as NSDictionary
        }
    }

    private static let questions = [
        "metric=revenue&grain=month&period=2026",
        "metric=revenue&by=company&period=2026-11",
        "metric=revenue&metric=sales&grain=week&period=2026-11",
        "metric=revenue&by=company&grain=month&top=1&as=stacked&period=2026&where=status%3DPAID",
        "metric=sales&by=weekday&by=company&as=heatmap&period=2026-11",
        "metric=revenue&period=2026-11&compare=previous-period",
        "metric=revenue&grain=month&period=2026&compare=last-year&where=sold_at%3E%3D2026-11-12",
        "metric=revenue&by=company&as=table&from=2026-11-01&to=2026-11-12&currency=own",
    ]

    @Test("a dashboard of kept cards shows what was seen when they were kept")
    func numbers() async throws {
        try await withScene { _, own, server in
            let ada = try await Visit("ada", server)
            var seen: [NSDictionary] = []
            for question in Self.questions {
                let page = try await ada.get("/explore?\(question)")
                let title = try #require(
                    page.text.firstMatch(of: /name="title" value="([^"]+)"/)
                ).output.1
                let address = try #require(
                    page.text.firstMatch(
                        of: /keeping" method="post" action="\/explore\?([^"#]+)#keep"/)
                ).output.1.replacing("&amp;", with: "&")
                let answer = try await ada.keep(
                    String(address), title: String(title), on: seen.isEmpty ? "" : "mine")
                #expect(answer.status == 303, "\(question): \(answer.text)")
                #expect(answer.headers["Location"] == "/dashboards/mine#main")
                seen.append(
                    try #require(
                        try blocks(try await ada.get("/api/v1/explore.json?\(question)")).first))
            }
            #expect(seen.contains { "\($0)".contains("100") }, "there are figures to compare")
            let kept = try blocks(try await ada.get("/api/v1/dashboards/mine.json"))
            #expect(kept.count == seen.count)
            for (index, question) in Self.questions.enumerated() where index < kept.count {
                #expect(kept[index] == seen[index], "\(question)")
            }
            // Cards that say nothing of the period follow the dashboard’s.
            let text = try #require(own.text(.dashboards, "mine"))
            #expect(text.hasPrefix("dashboard: mine\ntitle: \"Mine\"\nperiod: \"2026\"\n"))
            #expect(text.matches(of: #/ {2}period: /#).count == Self.questions.count - 3, "\(text)")
            // Whoever looks sees their own rows, and the company chosen stays chosen.
            let question = "metric=revenue&by=company&as=table&period=2026&company=foodtruck"
            let answer = try await ada.keep(question, name: "trucks", heading: "Trucks")
            #expect(answer.headers["Location"] == "/dashboards/trucks?company=foodtruck#main")
            let mette = try await Visit("mette", server)
            let theirs = try await mette.get("/dashboards/trucks")
            #expect(theirs.status == 200 && theirs.text.contains("Rendetalje"))
            #expect(!theirs.text.contains("Foodtruck"))
        }
    }

    @Test("names and titles that are not well are refused in words, and leave no file")
    func hostile() async throws {
        try await withScene { _, own, server in
            let ada = try await Visit("ada", server)
            let long = String(repeating: "a", count: 61)
            for name in ["../up", "Up", "a/b", "a b", "-a", "é", "a\0", "a\n", "%2e%2e", long] {
                let answer = try await ada.keep(name: name)
                #expect(answer.status == 422, "\(name): \(answer.status)")
                #expect(
                    answer.text.contains("is not a legal name") || answer.text.contains("longer"),
                    "\(name)")
            }
            let titles = [
                "", " ", "a\u{202E}b", "a\nb", "a\u{2028}b", "a\u{85}b", "a\0",
                String(repeating: "x", count: 121),
            ]
            for title in titles {
                #expect(try await ada.keep(title: title).status == 422, "\(title.debugDescription)")
                #expect(
                    try await ada.keep(heading: title).status == 422, "\(title.debugDescription)")
            }
            #expect(own.files(in: .dashboards).isEmpty)
            // What is only odd is kept as it is, and shown as text.
            let odd = "‘x’: [\"<b>&amp;</b>\", {a: b}] # & *y | 😀 \\n"
            let answer = try await ada.keep(title: odd, name: "", heading: "Æbler & \"pærer\" 7")
            #expect(answer.headers["Location"] == "/dashboards/aebler-paerer-7#main")
            let text = try #require(own.text(.dashboards, "aebler-paerer-7"))
            #expect(text.contains("title: \"Æbler & \\\"pærer\\\" 7\""))
            let page = try await ada.get("/dashboards/aebler-paerer-7")
            #expect(page.status == 200 && !page.text.contains("<b>&amp;amp;"))
            #expect(page.text.contains("&lt;b&gt;&amp;amp;&lt;/b&gt;"))
        }
    }

    @Test("names that are taken are refused, and the operator’s dashboards stay theirs")
    func clashes() async throws {
        try await withScene { scene, own, server in
            let ada = try await Visit("ada", server)
            let operators = try await ada.keep(name: "sales")
            #expect(operators.status == 422)
            #expect(operators.text.contains("in the operator’s folder"), "\(operators.text)")
            // What was written stays in the form.
            #expect(operators.text.contains("name=\"name\" value=\"sales\""))
            let theirs = try await ada.keep(on: "sales")
            #expect(theirs.text.contains("was not made on these pages"))
            #expect(theirs.text.contains("dashboards/sales.yaml"))
            #expect(try await ada.keep(on: "nothing").status == 422)
            #expect(try await ada.keep().status == 303)
            let again = try await ada.keep()
            #expect(
                again.status == 422 && again.text.contains("There is a dashboard ‘mine’ already"))
            for action in ["take-out", "remove"] {
                let answer = try await ada.send(
                    "/own-dashboards/sales/\(action)", ["seen": "", "card": "headline"])
                #expect(answer.status == 422 && answer.text.contains("was not made on these pages"))
            }
            #expect(try await ada.send("/own-dashboards/mine/other", ["seen": ""]).status == 404)
            #expect(own.files(in: .dashboards).count == 1)
            // A question that cannot be asked is not kept, nor a state of the past.
            #expect(try await ada.keep("metric=nothing", on: "mine").status == 404)
            let line = try await ada.keep(
                "metric=revenue&metric=sales&grain=month&as=line", on: "mine")
            #expect(line.status == 422 && line.text.contains("share no axis"))
            let past = try await ada.keep("metric=revenue&known-at=1", on: "mine")
            #expect(past.status == 404 || past.text.contains("not as known at a moment"))
            #expect(
                scene.world.workplace.shelf.current.analytics.dashboards["mine"]?.cards.count == 1)
        }
    }

    @Test(
        "of several who change one dashboard nobody loses a card, and who saw an older one is told")
    func concurrent() async throws {
        try await withScene { scene, own, server in
            let ada = try await Visit("ada", server)
            #expect(try await ada.keep().status == 303)
            let token = try await ada.token()
            let kept = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 1...8 {
                    group.addTask {
                        try await ada.send(
                            "/explore?metric=sales&period=2026",
                            ["token": token, "title": "Card \(index)", "dashboard": "mine"]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(kept.allSatisfy { $0 == 303 || $0 == 422 } && kept.contains(303), "\(kept)")
            let analytics = { scene.world.workplace.shelf.current.analytics }
            #expect(analytics().dashboards["mine"]?.cards.count == 1 + kept.count { $0 == 303 })
            #expect(scene.world.workplace.shelf.problem == nil)
            // A page that was opened before the next change.
            let seen = try await ada.version("mine")
            #expect(try await ada.keep(title: "Last", on: "mine").status == 303)
            let before = own.text(.dashboards, "mine")
            for action in ["take-out", "remove"] {
                let late = try await ada.send(
                    "/own-dashboards/mine/\(action)", ["seen": seen, "card": "mine"])
                #expect(late.status == 422)
                #expect(late.text.contains("has been changed since you opened it"), "\(late.text)")
            }
            #expect(own.text(.dashboards, "mine") == before)
            // As they stand now, cards go one by one, and the last one only with the dashboard.
            for card in try #require(analytics().dashboards["mine"]).cards.dropLast() {
                let out = try await ada.send(
                    "/own-dashboards/mine/take-out",
                    ["seen": try await ada.version("mine"), "card": card.name])
                #expect(out.headers["Location"] == "/own-dashboards?done=taken-out", "\(out.text)")
                #expect(
                    analytics().dashboards["mine"]?.cards.contains { $0.name == card.name } == false
                )
            }
            let only = try await ada.send(
                "/own-dashboards/mine/take-out",
                ["seen": try await ada.version("mine"), "card": "last"])
            #expect(only.status == 422 && only.text.contains("is the only card"), "\(only.text)")
            let removed = try await ada.send(
                "/own-dashboards/mine/remove", ["seen": try await ada.version("mine")])
            #expect(removed.headers["Location"] == "/own-dashboards?done=removed")
            #expect(own.files(in: .dashboards).isEmpty && analytics().dashboards["mine"] == nil)
            #expect(try await ada.get("/dashboards/mine").status == 404)
            let entries = try await scene.audit.entries(.init(kind: "dashboard", limit: 1000))
            #expect(entries.allSatisfy { $0.who == "ada" && $0.subject == "mine" })
            let changes = entries.compactMap {
                $0.details.firstMatch(of: /"change":"([^"]+)"/)?.output.1
            }
            #expect(Set(changes) == ["made", "card-kept", "card-taken-out", "removed"])
            #expect(changes.count == entries.count)
        }
    }

    @Test("who may not is not offered it, and refused; forms of elsewhere change nothing")
    func rights() async throws {
        try await withScene { scene, own, server in
            let (ada, mette) = (try await Visit("ada", server), try await Visit("mette", server))
            let page = try await mette.get("/explore")
            #expect(page.status == 200 && !page.text.contains("action=\"/explore?"))
            #expect(page.text.contains("Keep as a card") && page.text.contains("<pre tabindex"))
            #expect(try await mette.keep().status == 403)
            #expect(try await mette.get("/own-dashboards").status == 403)
            #expect(try await ada.keep().status == 303)
            for action in ["take-out", "remove"] {
                let answer = try await mette.send(
                    "/own-dashboards/mine/\(action)",
                    ["seen": try await ada.version("mine"), "card": "mine"])
                #expect(answer.status == 403)
            }
            let forged = try await ada.send(
                "/explore?metric=sales", ["token": "x", "title": "T", "dashboard": "mine"])
            #expect(forged.status == 403)
            let foreign = try await server.post(
                "/explore?metric=sales", "token=\(try await ada.token())&title=T&dashboard=mine",
                headers: ["Cookie": ada.cookie, "Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403)
            #expect(
                scene.world.workplace.shelf.current.analytics.dashboards["mine"]?.cards.count == 1)
            // The way to change it stands on its page for who may, and for nobody else.
            #expect(
                try await ada.get("/dashboards/mine").text.contains("/own-dashboards#mine"))
            #expect(
                try await !mette.get("/dashboards/mine").text.contains("/own-dashboards"))
            #expect(try await !ada.get("/dashboards/sales").text.contains("/own-dashboards"))
            // To an administrator of a company that has nothing on it, it does not exist.
            let other = Principal(
                name: "otto", role: .admin, companies: ["tiyende"], userKey: nil)
            try UserBook(state: scene.state).set(other, password: "a good password")
            let otto = try await Visit("otto", server)
            #expect(try await !otto.get("/own-dashboards").text.contains("mine"))
            let token = try #require(
                try await otto.get("/own-dashboards").text.firstMatch(
                    of: /name="token" value="([^"]+)"/)
            ).output.1
            let removed = try await otto.send(
                "/own-dashboards/mine/remove",
                ["token": String(token), "seen": try await ada.version("mine")])
            #expect(removed.status == 404)
            #expect(own.files(in: .dashboards).count == 1)
        }
    }

    private struct Answer: Decodable {
        struct Seen: Decodable {
            let refused: String
            let explored: [String]
            let kept: [String]
            let title: String
            let headings: [String]
            let lists: [String]
            let conflict: String
            let takenOut: String
            let plain: [String]
            let removed: String
        }
        let seen: Seen
        let problems: [String]
    }

    /// With REPORTD_PICTURES set, pictures of the pages are left in that folder.
    @Test(
        "in Chromium: cards are kept by keyboard, taken out, and a dashboard removed, also without script"
    )
    func used() async throws {
        try await withScene { scene, own, server in
            let pictures =
                ProcessInfo.processInfo.environment["REPORTD_PICTURES"] ?? scene.world.folder
            let browser = try Conversation(
                "own_dashboard_pages.py", [server.address, "ada", "a good password", pictures])
            try await browser.come(to: "looking")
            // Somebody else changes the file while the page is open.
            let text = try #require(own.text(.dashboards, "my-month"))
            try own.put(
                .dashboards, "my-month", "# Noted by hand.\n" + text,
                over: OwnDefinitions.version(text))
            scene.world.workplace.shelf.reload()
            try browser.goOn()
            let answer = try JSONDecoder().decode(Answer.self, from: try await browser.end())
            #expect(answer.problems.isEmpty, "\(answer.problems.joined(separator: "\n"))")
            let seen = answer.seen
            #expect(seen.refused.contains("There is a dashboard ‘sales’ already"))
            #expect(!seen.explored.isEmpty && seen.kept == seen.explored)
            #expect(seen.title == "My month")
            #expect(seen.headings == ["Revenue of our own", "By company"])
            #expect(seen.lists == ["Revenue of our own", "By company"])
            #expect(seen.conflict.contains("has been changed since you opened it"))
            #expect(seen.takenOut == "The card is taken out.")
            #expect(seen.plain == ["By company", "Without script"])
            #expect(seen.removed == "The dashboard is removed.")
            #expect(own.files(in: .dashboards).isEmpty)
        }
    }
}
