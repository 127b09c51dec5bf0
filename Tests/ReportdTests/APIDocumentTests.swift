import Analytics
import Counterparts
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// The interface for programs is what its document says, found out by programs that read the document.
@Suite("API document")
struct APIDocumentTests {
    private typealias Scene = ExportScene

    /// Nobody's number of requests is limited, so that every answer is one to its question.
    private static let unlimited =
        "access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}\n"

    @Test("the document is the same for everyone, and is not sent twice")
    func document() async throws {
        let scene = try Scene(sales: 0)
        try await scene.serving { server in
            let first = try await server.get("/api/v1/openapi.json")
            #expect(first.status == 200 && first.type == "application/json")
            let content = try #require(
                JSONSerialization.jsonObject(with: first.body) as? [String: Any])
            #expect(content["openapi"] as? String == "3.1.0")
            let tag = try #require(first.headers["Etag"])
            let token = try await server.token(.admin, ["rendetalje"])
            let again = try await server.get(
                "/api/v1/openapi.json", token: token, headers: ["If-None-Match": tag])
            #expect(again.status == 304)
            #expect(try await server.get("/api/v1/openapi.json", token: token).text == first.text)
            // Every right that the table demands is told, for the same address.
            let addresses = try await server.get("/api/v1")
            for operation in APIDocument.operations {
                let address = "\(operation.method.rawValue) \(operation.path)"
                #expect(addresses.text.contains("\"\(address)\""))
                guard case .right(let right) = operation.need else { continue }
                let paths = try #require(content["paths"] as? [String: [String: [String: Any]]])
                let told = paths[operation.path]?[operation.method.rawValue.lowercased()]
                #expect(told?["x-right"] as? String == right.rawValue, "\(address)")
            }
        }
    }

    @Test("every parameter of the document is known where it stands, and no other is")
    func parameters() async throws {
        let scene = try ScheduleScene()
        try scene.post.sell(100, on: "2026-11-03")
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
        try await scene.send("mornings")
        try await scene.serving { server in
            let token = try await server.token(.admin, scene.everything.sorted())
            var asked = 0
            for operation in APIDocument.operations
            where operation.parameters.contains(where: { $0.place == .query }) {
                let path = operation.path.replacing(
                    "schedules/{name}", with: "schedules/monday-sales"
                )
                .replacing("{action}", with: "release")
                .replacing("deliveries/{id}", with: "deliveries/1")
                .replacing("{name}.{format}", with: "sales-register.json")
                .replacing("{format}", with: "json").replacing("{card}", with: "top-customers")
                .replacing("{picture}", with: "svg").replacing("{name}", with: "sales")
                for parameter in operation.parameters where parameter.place == .query {
                    let answer = try await server.send(
                        operation.method.rawValue, "\(path)?\(parameter.name)=x", nil, token, [:])
                    #expect(
                        !answer.text.contains("‘\(parameter.name)’ is not known"), "\(path)")
                    asked += 1
                }
                let odd = try await server.send(
                    operation.method.rawValue, "\(path)?oddity=x", nil, token, [:])
                #expect(odd.status == 400, "\(path): \(odd.text)")
                #expect(odd.text.contains("‘oddity’ is not known"), "\(path)")
            }
            #expect(asked > 50)
            for (path, body) in [
                (
                    "/api/v1/query",
                    "{\"metrics\":[\"revenue\"],\"period\":\"2026\",\"gain\":\"day\"}"
                ),
                ("/api/v1/explain", "{\"metrics\":[\"revenue\"],\"perod\":\"2026\"}"),
            ] {
                let answer = try await server.post(path, body, token: token)
                #expect(answer.status == 400)
                #expect(answer.text.contains("did you mean ‘"), "\(answer.text)")
            }
        }
    }

    private struct Outcome: Decodable {
        let requests: Int
        let statuses: [String: [String: Int]]
        let findings: [String]
    }

    /// `make fuzz` asks more, begun with another number; without it every run asks the same.
    @Test("whatever is asked is answered as the document says, and never with 500")
    func fuzz() async throws {
        let environment = ProcessInfo.processInfo.environment
        let scene = try Scene(Self.unlimited, sales: 40)
        let world = scene.world
        try world.set("2026-11-20T13:00:00Z")
        _ = try world.closing.close(
            "rendetalje", PeriodName("2026-10"), reports: ["sales-register"], by: "anna",
            locale: "en")
        try world.set(Scene.now)
        let export = try await scene.made(for: Scene.admin)
        let definitions = world.workplace.definitions
        let dashboard = try definitions.dashboard("sales")
        let snapshot = try world.desk.store.snapshot(world.everything)
        let shown = definitions.dashboards(withDataIn: snapshot).map(\.name)
        let made = definitions.reports(withDataIn: snapshot).map(\.name)
        let companies = ["rendetalje", "foodtruck"]
        try await scene.serving { server in
            var tokens: [(String, String?)] = []
            for role in [Role.admin, .viewer, .salesRep] {
                tokens.append(
                    (
                        role.rawValue,
                        try await server.token(
                            role, companies, user: role == .salesRep ? "7" : nil)
                    ))
            }
            tokens.append(("nobody", nil))
            let plan = FuzzPlan(
                address: server.address, tokens: tokens,
                seed: environment["REPORTD_SEED"] ?? "20261120",
                examples: environment["REPORTD_FUZZ"] ?? "15",
                known: [
                    "dashboards.name": shown + ["nowhere"],
                    "dashboards.card": dashboard.cards.map(\.name),
                    "reports.name": made + ["nowhere"],
                    "restatements.name": ["sales-register", "revenue"],
                    "closes.report": ["sales-register"], "report": ["sales-register"],
                    "exports.id": [export.id], "id": ["1"],
                    "metric": ["revenue", "recorded_sales", "win_rate", "nonsense"],
                    "metrics": ["revenue", "recorded_sales"],
                    "company": companies + ["nowhere"], "group": ["tekup-group", "nowhere"],
                    "period": [
                        "this-month", "2026-11", "2026-Q4", "2026", "last-30-days", "last-week",
                    ], "from": ["2026-11-01"], "to": ["2026-11-30", "2026-02-30"],
                    "compare": ["previous-period", "last-year", "none"],
                    "where": ["status=PAID", "number=S-1001", "rep=7", "status"],
                    "known-at": ["now", "1", "2", "2026-11-20T13:00:00Z", "99"],
                    "knownAt": ["now", "1", "99"], "currency": ["EUR", "group", "EUR closing"],
                    "by": ["status", "company", "number"], "grain": ["day", "week", "month"],
                    "top": ["5"], "as": ["table", "line", "heatmap"], "since": ["1", "close"],
                    "locale": ["da-DK", "nl", "sw"], "profile": ["excel-da", "machine"],
                    "table": ["register"], "part": ["recorded_sales", "1"], "limit": ["10"],
                ],
                questions: Self.questions(export.id))
            let outcome = try Self.outcome(plan)
            #expect(outcome.requests > 500)
            // Whoever asks for more wants to see what was reached.
            if environment["REPORTD_FUZZ"] != nil {
                for (label, statuses) in outcome.statuses.sorted(by: { $0.key < $1.key }) {
                    print(
                        label, statuses.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" })
                }
            }
            try Self.checkAnswered(
                APIDocument.chapters.filter { !Self.ofPeople.contains($0.title) }, outcome)
        }
    }

    /// Chapters whose operations speak of people and what they were sent; they have a world of their own.
    private static let ofPeople = [ScheduleRoutes.chapter.title, PeopleRoutes.chapter.title]

    private static func outcome(_ plan: FuzzPlan) throws -> Outcome {
        let folder = try DeliveryFolder()
        let file = try folder.write(plan.json, to: "plan.json")
        let output = try Readers.run(
            try Readers.interpreter(),
            [FirstLightWorld.root + "/Tests/Support/api_fuzzer.py", file])
        let outcome = try JSONDecoder().decode(Outcome.self, from: output)
        for finding in outcome.findings { Issue.record("\(finding)") }
        return outcome
    }

    /// All operations were asked, and those that take nothing away were answered with what they have.
    private static func checkAnswered(_ chapters: [APIChapter], _ outcome: Outcome) throws {
        for operation in chapters.flatMap(\.operations) where operation.path != "/api/v1/events" {
            let label = "\(operation.method.rawValue) \(operation.path)"
            let statuses = try #require(outcome.statuses[label], "\(label)")
            let isAnswered = statuses.contains { $0.key.hasPrefix("2") }
            #expect(isAnswered || operation.method == .delete, "\(label): \(statuses)")
        }
    }

    @Test("schedules, deliveries and people are what the document says, too")
    func fuzzOfPeople() async throws {
        let environment = ProcessInfo.processInfo.environment
        let scene = try ScheduleScene()
        try scene.post.sell(100, on: "2026-11-03")
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
        let sent = try await scene.send("mornings")
        let delivery = try #require(sent.first)
        #expect(delivery.state == .sent)
        try UserBook(state: scene.post.state).set(
            Principal(name: "anna", role: .viewer, companies: ["rendetalje"], userKey: nil),
            password: "a good password")
        try await scene.serving { server in
            let admin = try await server.token(.admin, scene.everything.sorted(), name: "ada")
            let whole = try await server.get("/api/v1/deliveries/\(delivery.id)", token: admin)
            let hash = try #require(
                whole.text.firstMatch(of: /"bytes":\d+,"sha256":"([0-9a-f]{64})"/).map {
                    String($0.output.1)
                }, "\(whole.text)")
            let viewer = try await server.token(.viewer, ["rendetalje"])
            let plan = FuzzPlan(
                address: server.address,
                tokens: [("ADMIN", admin), ("VIEWER", viewer), ("nobody", nil)],
                seed: environment["REPORTD_SEED"] ?? "20261122",
                examples: environment["REPORTD_FUZZ"] ?? "4",
                known: [
                    "schedules.name": ["mornings", "monday-sales", "nowhere"],
                    "users.name": ["anna", "new", "nobody"], "id": ["\(delivery.id)", "99"],
                    "hash": [hash], "schedule": ["mornings"], "role": ["VIEWER"],
                    "companies": ["rendetalje"], "company": ["rendetalje"],
                    "recipient": [scene.post.address("anna")], "state": ["sent"],
                    "with": ["\(delivery.id)"], "attempt": ["1"],
                ],
                questions: Self.questions(ofDelivery: "\(delivery.id)", hash: hash))
            try Self.checkAnswered(
                APIDocument.chapters.filter { Self.ofPeople.contains($0.title) },
                try Self.outcome(plan))
        }
    }

    private static func questions(ofDelivery id: String, hash: String) -> [String] {
        let person = "\"role\":\"VIEWER\",\"companies\":[\"rendetalje\"]"
        return [
            ask("/api/v1/schedules"), ask("/api/v1/schedules/{name}", ["name": "mornings"]),
            ask(
                "/api/v1/schedules/{name}/{action}", ["name": "mornings", "action": "pause"],
                method: "POST"),
            ask(
                "/api/v1/schedules/{name}/{action}", ["name": "mornings", "action": "resume"],
                method: "POST"),
            ask(
                "/api/v1/schedules/{name}/{action}", ["name": "mornings", "action": "run"],
                method: "POST", status: 202),
            ask("/api/v1/deliveries", [:], ["state": "sent"]),
            ask("/api/v1/deliveries/{id}", ["id": id]),
            ask("/api/v1/deliveries/{id}/message.eml", ["id": id]),
            ask("/api/v1/deliveries/{id}/files/{hash}", ["id": id, "hash": hash]),
            ask("/api/v1/deliveries/{id}/comparison", ["id": id]),
            ask("/api/v1/deliveries/{id}/links", ["id": id], method: "DELETE", status: 404),
            ask("/api/v1/deliveries/{id}/resend", ["id": id], method: "POST", status: 202),
            ask("/api/v1/suppressions"),
            ask("/api/v1/users"),
            ask("/api/v1/users", body: "{\"name\":\"new\",\(person)}", method: "POST", status: 201),
            ask(
                "/api/v1/users/{name}/invitation", ["name": "new"], method: "POST", status: 201),
            ask("/api/v1/users/{name}", ["name": "anna"], body: "{\(person)}", method: "POST"),
            ask("/api/v1/users/{name}/reset", ["name": "anna"], method: "POST", status: 201),
            ask(
                "/api/v1/access/keys", body: "{\"name\":\"till\",\(person)}", method: "POST",
                status: 201),
            ask(
                "/api/v1/access/guests",
                body: "{\"name\":\"portal\",\"dashboard\":\"sales\","
                    + "\"companies\":[\"rendetalje\"]}", method: "POST", status: 201),
            ask("/api/v1/access"),
        ]
    }

    /// A question, and the status that it has to be answered with.
    private static func ask(
        _ operation: String, _ parts: [String: String] = [:], _ query: [String: String] = [:],
        body: String? = nil, method: String = "GET", status: Int = 200
    ) -> String {
        func object(_ fields: [String: String]) -> String {
            APIText.object(
                fields.sorted { $0.key < $1.key }.map { ($0.key, JSONText.quoted($0.value)) })
        }
        return APIText.object(
            [
                ("operation", JSONText.quoted(operation)), ("method", "\"\(method)\""),
                ("parts", object(parts)), ("query", object(query)), ("status", "\(status)"),
            ] + (body.map { [("body", $0)] } ?? []))
    }

    /// Questions about what is there.
    private static func questions(_ export: String) -> [String] {
        let month = ["period": "2026-11"]
        let register = ["name": "sales-register", "format": "json"]
        return [
            ask("/health"), ask("/ready"), ask("/metrics"), ask("/api/v1"),
            ask("/api/v1/dashboards"), ask("/api/v1/dashboards/{name}", ["name": "sales"], month),
            ask(
                "/api/v1/dashboards/{name}", ["name": "sales"],
                ["period": "2026", "compare": "last-year", "currency": "EUR"]),
            ask("/api/v1/dashboards/{name}.{format}", ["name": "sales", "format": "json"], month),
            ask(
                "/api/v1/dashboards/{name}/{card}.{picture}",
                ["name": "sales", "card": "revenue-trend", "picture": "svg"], month),
            ask("/api/v1/metrics"), ask("/api/v1/reports"),
            ask("/api/v1/reports/{name}.{format}", register, month),
            ask(
                "/api/v1/reports/{name}.{format}", ["name": "sales-register", "format": "csv"],
                ["period": "2026-11", "table": "register"]),
            ask(
                "/api/v1/explore.{format}", ["format": "json"],
                ["metric": "revenue", "by": "status", "period": "2026-11"]),
            ask("/api/v1/explain", [:], ["metric": "revenue", "period": "2026-11"]),
            ask(
                "/api/v1/explain", body: "{\"metrics\":[\"revenue\"],\"period\":\"2026-11\"}",
                method: "POST"),
            ask(
                "/api/v1/query",
                body: "{\"metrics\":[\"revenue\"],\"period\":\"2026-11\",\"by\":[\"status\"]}",
                method: "POST"),
            ask(
                "/api/v1/restatements/{name}.{format}", register,
                ["since": "1", "period": "2026-11"]),
            ask("/api/v1/closes"),
            ask(
                "/api/v1/closes/{id}/{report}.{format}",
                ["id": "1", "report": "sales-register", "format": "json"]),
            ask("/api/v1/exports"), ask("/api/v1/exports/{id}", ["id": export]),
            ask("/api/v1/exports/{id}/download", ["id": export]),
            ask(
                "/api/v1/exports/{id}/links", ["id": export], body: "{\"days\":1}",
                method: "POST", status: 201),
            ask(
                "/api/v1/exports",
                body: "{\"report\":\"sales-register\",\"format\":\"json\",\"period\":\"2026-11\"}",
                method: "POST", status: 202),
            ask("/api/v1/audit"), ask("/api/v1/audit.csv"),
            ask("/api/v1/dashboards/{name}", ["name": "salse"], status: 404),
            ask("/api/v1/dashboards/{name}", ["name": "sales"], ["period": "soon"], status: 400),
        ]
    }
}

/// What the program is asked by `api_fuzzer.py`.
private struct FuzzPlan {
    let address: String
    let tokens: [(String, String?)]
    let seed: String
    let examples: String
    let known: [String: [String]]
    let questions: [String]

    /// Pages, with things that exist and things that do not.
    private static let pages = [
        "/", "/dashboards/sales", "/dashboards/nowhere", "/explore", "/explain",
        "/restatements/sales-register", "/reports", "/reports/sales-register", "/exports",
        "/sources", "/sign-in", "/guest/none", "/unsubscribe/none", "/schedules",
        "/schedules/mornings", "/new-schedule", "/deliveries", "/deliveries/1", "/users", "/access",
        "/account",
    ]

    /// The plan, with those who ask in their order.
    var json: String {
        let who = tokens.map { ($0.0, $0.1.map(JSONText.quoted) ?? "null") }
        let values = known.sorted { $0.key < $1.key }.map { ($0.key, APIText.texts($0.value)) }
        return APIText.object([
            ("address", JSONText.quoted(address)), ("tokens", APIText.object(who)),
            ("seed", seed), ("examples", examples), ("known", APIText.object(values)),
            ("questions", APIText.list(questions)), ("pages", APIText.texts(Self.pages)),
        ])
    }
}
