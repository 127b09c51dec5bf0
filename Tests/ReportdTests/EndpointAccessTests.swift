import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Signing in at an application's own address, how often users may ask, and mistakes in the files.
@Suite struct EndpointAccessTests {
    private static let password = "a long password"

    /// The first user of a role in a unit: key, address and name.
    private static func user(
        _ role: String, _ type: String, _ world: FirstLightWorld
    ) throws -> [String] {
        let found = try world.postgres.query(
            """
            SELECT u.id, u.email, u.name FROM users u JOIN organizations o ON o.id = organization_id
            WHERE u.role = '\(role)' AND o.type = '\(type)' ORDER BY u.id LIMIT 1
            """, database: TekupDemo.database)
        return try #require(found.first).compactMap { $0 }
    }

    private static func json(_ answer: TestServer.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    }

    @Test func someoneSignsInAndAsks() async throws {
        let world = try await FirstLightWorld.shared
        let (key, email, name) = try { ($0[0], $0[1], $0[2]) }(
            Self.user("SALES_REP", "FOODTRUCK", world))
        let users = UserBook(state: try StateFile(path: world.workplace.configuration.state))
        try users.set(
            Principal(name: email, role: .salesRep, companies: ["foodtruck"], userKey: key),
            password: Self.password)
        defer { try? users.remove(email) }
        let server = try await TestServer.start(world)
        do {
            for path in ["/auth/login", "/api/v1/auth/login"] {
                let answer = try await server.post(
                    path, "{\"email\":\"\(email)\",\"password\":\"\(Self.password)\"}")
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.headers["Cache-Control"] == "no-store")
                let body = try Self.json(answer)
                let expected: [String: Any] = [
                    "id": key, "email": email, "name": name, "role": "SALES_REP",
                    "organization": [
                        "id": "foodtruck", "name": "Foodtruck Fiesta", "type": "FOODTRUCK",
                    ],
                ]
                #expect(jsonDifference(body["user"], expected) == nil)
                #expect(Set(body.keys) == ["access_token", "user"])
                let token = try #require(body["access_token"] as? String)
                let asked = try await server.get("/analytics/sales-trend", token: token)
                #expect(asked.status == 200)
                // They are who they are: own rows, no files.
                #expect(try await server.get("/sales/export", token: token).status == 403)
                let board = try Self.json(
                    try await server.get(
                        "/analytics/sales-rep-performance?dateFrom=2025-01-01", token: token))
                let others = (board["leaderboard"] as? [[String: Any]])?.filter {
                    $0["userId"] as? String != key
                }
                #expect(others?.isEmpty == true)
            }
            for (body, status) in [
                ("{\"email\":\"\(email)\",\"password\":\"another password\"}", 401),
                (
                    "{\"email\":\"nobody@rendetalje.example\",\"password\":\"another password\"}",
                    401
                ),
                ("{\"email\":\"\(email)\"}", 400), ("{\"email\":7}", 400), ("", 400),
            ] {
                let answer = try await server.post("/auth/login", body)
                #expect(answer.status == status, "\(answer.text)")
                #expect(try Self.json(answer)["statusCode"] as? Int == status)
                #expect(!answer.text.contains("access_token"))
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func anHourHasSoManyRequests() {
        let allowance = RequestAllowance()
        let now = Instant(seconds: 7200 + 10)
        func take(_ name: String, _ later: Int64 = 0) -> RequestAllowance.Ticket {
            allowance.take(for: name, limit: 2, now: now.adding(seconds: later))
        }
        #expect(
            take("a") == .init(limit: 2, remaining: 1, reset: 10_800, isGranted: true))
        #expect(take("b").remaining == 1)
        #expect(take("a").isGranted)
        #expect(take("a") == .init(limit: 2, remaining: 0, reset: 10_800, isGranted: false))
        #expect(!take("a", 3589).isGranted)
        #expect(take("a", 3590) == .init(limit: 2, remaining: 1, reset: 14_400, isGranted: true))
    }

    /// A place with a few requests an hour, and one front end of another origin.
    @Test func whoAsksTooOftenIsToldAndFrontEndsMayAsk() async throws {
        let world = try await FirstLightWorld.shared
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-endpoints-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: FirstLightWorld.root + "/queries", toPath: folder + "/queries")
        let file = folder + "/queries/endpoints/tekup.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacing("requests-per-hour: 1000", with: "requests-per-hour: 3")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let state = folder + "/state.sqlite"
        try """
        definitions: \(folder)/queries
        store: \(world.settings.store)
        state: \(state)
        front-ends: [https://sales.example]
        """.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        let workplace = try Workplace(
            Settings(contentsOf: folder + "/reportd.yaml"), access: .readOnly,
            clock: .fixed(FirstLightWorld.now))
        defer { try? workplace.store.close() }
        let server = try await TestServer.start(workplace, AnswerDesk(workplace), world.board)
        do {
            let token = try await server.token(.viewer, ["rendetalje"])
            let path = "/analytics/service-performance"
            for remaining in ["2", "1", "0"] {
                let answer = try await server.get(path, token: token)
                #expect(answer.status == 200)
                #expect(answer.headers["X-Ratelimit-Remaining"] == remaining)
                #expect(answer.headers["X-Ratelimit-Reset"] == "1795183200")
            }
            let late = try await server.get(path, token: token)
            #expect(late.status == 429)
            #expect(late.headers["Retry-After"] == "1800")
            #expect(
                late.text == "{\"statusCode\":429,\"message\":\"Too many requests\","
                    + "\"error\":\"Too Many Requests\",\"retryAfter\":1800}\n")
            let theirs = ["Origin": "https://sales.example"]
            let front = try await server.get(path, token: token, headers: theirs)
            #expect(front.headers["Access-Control-Allow-Origin"] == "https://sales.example")
            #expect(front.headers["Vary"]?.contains("Origin") == true)
            let asked = try await server.options(path, headers: theirs)
            #expect(asked.status == 204)
            #expect(
                asked.headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
            for (address, origin) in [
                (path, "https://sales.example.org"), ("/api/v1/metrics", "https://sales.example"),
            ] {
                let strange = try await server.options(address, headers: ["Origin": origin])
                #expect(strange.status == 404)
                #expect(strange.headers["Access-Control-Allow-Origin"] == nil)
            }
            // Others have an hour of their own, and our own addresses know no such limit.
            let other = try await server.token(.admin, ["rendetalje"])
            #expect(try await server.get(path, token: other).status == 200)
            #expect(try await server.get("/api/v1/dashboards/sales", token: token).status == 200)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test(arguments: [
        ("revenue: revenue", "revenue: revenu", "did you mean ‘revenue’?"),
        ("revenue: revenue", "revenue: revenue.befor", "‘befor’ is nothing of a metric"),
        ("by: customer", "by: [custmer, customer]", "did you mean ‘customer’?"),
        ("customer.key", "customer.kex", "there is no metric ‘customer’"),
        ("by: customer", "by: status", "there is no metric ‘customer’"),
        ("    days: {from: a, to: b, standard: this-month}\n", "", "the endpoint has no ‘days’"),
        ("standard: this-month", "standard: this-mnth", "did you mean ‘this-month’?"),
        ("path: /sales", "path: sales", "‘sales’ is no path"),
        ("companies-with: sale", "companies-with: sal", "did you mean ‘sale’?"),
        ("currency: DKK", "currency: krone", "not a currency of ISO 4217"),
        ("currency: DKK", "currency: USD nowhere", "nowhere"),
        ("right: export", "right: exprt", "‘exprt’ is not a right"),
        ("parameter.step", "parameter.stp", "there is no parameter ‘stp’"),
        ("grain: parameter.step", "grain: parameter.word", "no parameter that names a grain"),
        ("top: 3", "topp: 3", "did you mean ‘top’?"),
        ("{report: sales-export", "{report: sales-exprt", "did you mean ‘sales-export’?"),
    ])
    func mistakesInFilesAreFound(sound: String, broken: String, words: String) throws {
        let folder = FirstLightWorld.root + "/queries"
        let schema = try Schema(definitions: folder)
        let definitions = try Definitions(folder: folder, schema: schema)
        let text = """
            application: test
            companies-with: sale
            currency: DKK
            requests-per-hour: 10
            endpoints:
              - path: /sales
                days: {from: a, to: b, standard: this-month}
                parameters:
                  step: {grain: {d: day, w: week}, standard: d}
                  word: {words: [x]}
                answer:
                  revenue: revenue
                  step: parameter.step
                  best: [{by: customer, top: 3, each: {id: customer.key, name: customer, n: sales}}]
                  trend: [{grain: parameter.step, each: {day: step.start, n: sales}}]
              - {path: /file, right: export, file: {report: sales-export, name: file.csv}}
            """
        _ = try ApplicationAPI(DefinitionNode(parsing: text, file: "test.yaml"), definitions)
        let advice = #expect(throws: Advice.self) {
            _ = try ApplicationAPI(
                DefinitionNode(parsing: text.replacing(sound, with: broken), file: "test.yaml"),
                definitions)
        }
        #expect(advice?.description.contains(words) == true, "\(String(describing: advice))")
        #expect(advice?.place?.file == "test.yaml")
    }
}
