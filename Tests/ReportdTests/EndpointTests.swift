import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// The sales application's own addresses, asked over a real socket and held against SQL.
@Suite struct EndpointTests {
    static let october = "dateFrom=2026-10-01&dateTo=2026-10-31"
    static let addresses = [
        "/analytics/dashboard", "/analytics/customer-ltv", "/analytics/sales-trend",
        "/analytics/service-performance", "/analytics/sales-rep-performance", "/sales/export",
    ]

    private func withServer(_ body: (TestServer) async throws -> Void) async throws {
        let server = try await TestServer.start(try await FirstLightWorld.shared)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func json(_ answer: TestServer.Answer) throws -> Any {
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.type == "application/json")
        return try JSONSerialization.jsonObject(with: answer.body)
    }

    /// The representative with the most sales of a unit.
    static func someRep(_ world: FirstLightWorld) throws -> String {
        let found = try world.postgres.query(
            """
            SELECT assigned_to FROM sales WHERE assigned_to IS NOT NULL AND organization_id =
            (SELECT id FROM organizations WHERE type = 'RENDETALJE') GROUP BY 1
            ORDER BY count(*) DESC LIMIT 1
            """, database: TekupDemo.database)
        return try #require(found.first?.first ?? nil)
    }

    // MARK: Figures

    @Test(arguments: [
        (october, "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"),
        (
            "dateFrom=2026-09-05T00:00:00%2B02:00&dateTo=2026-10-09T21:59:59Z", "2026-09-05",
            "2026-10-09", "2026-08-01", "2026-09-04"
        ),
        ("", "2026-11-01", "2026-11-20", "2026-10-01", "2026-10-20"),
    ])
    func dashboardEqualsTheSource(
        query: String, from: String, until: String, fromBefore: String, untilBefore: String
    ) async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            for (companies, types, rep) in [
                (["rendetalje"], ["RENDETALJE"], nil),
                (["rendetalje", "tekup", "foodtruck"], ["RENDETALJE", "TEKUP", "FOODTRUCK"], nil),
                (["rendetalje"], ["RENDETALJE"], try Self.someRep(world)),
            ] {
                let oracle = EndpointOracle(
                    world: world, types: types, rep: rep, from: from, until: until,
                    fromBefore: fromBefore, untilBefore: untilBefore)
                let token = try await server.token(
                    rep == nil ? .salesManager : .salesRep, companies, user: rep)
                let answer = try await server.get("/analytics/dashboard?\(query)", token: token)
                #expect(jsonDifference(try json(answer), try oracle.dashboard()) == nil)
                #expect(answer.headers["X-Remarks"] == nil)
            }
        }
    }

    @Test func lifetimeValuesEqualTheSource() async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            for rep in [nil, try Self.someRep(world)] {
                let token = try await server.token(
                    rep == nil ? .viewer : .salesRep, ["rendetalje"], user: rep)
                let found = try json(
                    try await server.get("/analytics/customer-ltv", token: token))
                let expected = try EndpointOracle(world: world, rep: rep).lifetimeValues()
                #expect(jsonDifference(found, expected) == nil)
                let list = try #require((found as? [String: Any])?["data"] as? [Any])
                #expect(list.count > 10)
            }
        }
    }

    @Test(arguments: [
        ("daily", "day", "YYYY-MM-DD"), ("weekly", "week", "IYYY-\"W\"IW"),
        ("monthly", "month", "YYYY-MM"), ("yearly", "year", "YYYY"),
    ])
    func trendsEqualTheSource(word: String, step: String, label: String) async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            let token = try await server.token(.viewer, ["tekup"])
            let answer = try await server.get(
                "/analytics/sales-trend?period=\(word)&start=2026-08-03&end=2026-10-31",
                token: token)
            let oracle = EndpointOracle(
                world: world, types: ["TEKUP"], from: "2026-08-03", until: "2026-10-31",
                fromBefore: "2026-05-05", untilBefore: "2026-08-02")
            #expect(
                jsonDifference(try json(answer), try oracle.trend(word, step, label: label)) == nil)
        }
    }

    @Test func stepsToComeAreLeftOut() async throws {
        try await withServer { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let answer = try json(
                try await server.get(
                    "/analytics/sales-trend?start=2026-10-01&end=2027-02-28", token: token))
            let trend = try #require(answer as? [String: Any])
            #expect(trend["period"] as? String == "monthly")
            let steps = try #require(trend["data"] as? [[String: Any]])
            #expect(steps.compactMap { $0["period"] as? String } == ["2026-10", "2026-11"])
        }
    }

    @Test func servicesAndRepresentativesEqualTheSource() async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            for rep in [nil, try Self.someRep(world)] {
                let token = try await server.token(
                    rep == nil ? .accountant : .salesRep, ["rendetalje"], user: rep)
                let oracle = EndpointOracle(world: world, rep: rep)
                let services = try await server.get(
                    "/analytics/service-performance?\(Self.october)", token: token)
                #expect(jsonDifference(try json(services), try oracle.services()) == nil)
                let reps = try await server.get(
                    "/analytics/sales-rep-performance?\(Self.october)", token: token)
                #expect(jsonDifference(try json(reps), try oracle.representatives()) == nil)
                let board = try #require(
                    (try json(reps) as? [String: Any])?["leaderboard"] as? [[String: Any]])
                #expect(rep == nil ? board.count > 1 : board.count == 1)
            }
        }
    }

    @Test(arguments: [
        ("", "true"),
        (
            "?format=csv&status=PAID&dateFrom=2026-06-01",
            "status = 'PAID' AND day >= '2026-06-01'"
        ),
        (
            "?status=PAID,LOST&dateFrom=2026-10-01&dateTo=2026-10-31",
            "status IN ('PAID', 'LOST') AND day BETWEEN '2026-10-01' AND '2026-10-31'"
        ),
        ("?status=CANCELLED&dateTo=2020-01-31", "false"),
    ])
    func exportEqualsTheSource(query: String, condition: String) async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            let token = try await server.token(.salesManager, ["rendetalje"])
            let answer = try await server.get("/sales/export\(query)", token: token)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.type == "text/csv; charset=utf-8")
            #expect(
                answer.headers["Content-Disposition"]
                    == "attachment; filename=\"sales-export-2026-11-20.csv\"")
            let heading = [
                "Sale Number", "Customer", "Service", "Amount", "Tax", "Total", "Status",
                "Sale Date", "Payment Date",
            ]
            let lines = [heading] + (try EndpointOracle(world: world).export(where: condition))
            let text = lines.map { line in
                line.map { $0.contains(where: { ",\"".contains($0) }) ? "\"\($0)\"" : $0 }
                    .joined(separator: ",") + "\r\n"
            }.joined()
            #expect(answer.text == text)
        }
    }

    // MARK: Who may

    @Test func everyRoleAtEveryAddress() async throws {
        try await withServer { server in
            let world = try await FirstLightWorld.shared
            let rep = try Self.someRep(world)
            for base in ["", "/api/v1"] {
                for address in Self.addresses {
                    for role in Role.allCases {
                        let token = try await server.token(role, ["rendetalje"], user: rep)
                        let answer = try await server.get(base + address, token: token)
                        let may = address != "/sales/export" || role.rights.contains(.exports)
                        #expect(answer.status == (may ? 200 : 403), "\(role) at \(address)")
                        #expect(answer.headers["X-Ratelimit-Limit"] == "1000")
                        if !may { try expectError(answer, 403, "Forbidden") }
                    }
                    try expectError(try await server.get(base + address), 401, "Unauthorized")
                    let forged = try await server.get(base + address, token: "a.b.c")
                    try expectError(forged, 401, "Unauthorized")
                    let nobody = try await server.token(.admin, [])
                    try expectError(
                        try await server.get(base + address, token: nobody), 403, "Forbidden")
                }
            }
        }
    }

    @Test func anotherCompanyDoesNotExist() async throws {
        try await withServer { server in
            let mine = try await server.token(.admin, ["rendetalje"])
            let all = try await server.token(.admin, ["rendetalje", "tekup", "tiyende"])
            let path = "/analytics/dashboard?\(Self.october)"
            let own = try await server.get(path, token: mine).text
            #expect(try await server.get(path + "&company=rendetalje", token: all).text == own)
            #expect(try await server.get(path, token: all).text != own)
            let foreign = try await server.get(path + "&company=tekup", token: mine)
            try expectError(foreign, 404, "Not Found")
            let unknown = try await server.get(path + "&company=nobody", token: mine)
            #expect(foreign.text.replacing("tekup", with: "nobody") == unknown.text)
            // A representative without rows sees an empty business, not that of others.
            let stranger = try await server.token(.salesRep, ["rendetalje"], user: nil)
            let none = try await server.get("/analytics/sales-rep-performance", token: stranger)
            #expect(none.text == "{\"data\":[],\"leaderboard\":[]}\n")
        }
    }

    // MARK: Mistakes

    private func expectError(
        _ answer: TestServer.Answer, _ status: Int, _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let body = try #require(
            try JSONSerialization.jsonObject(with: answer.body) as? [String: Any],
            "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(body["statusCode"] as? Int == status, sourceLocation: sourceLocation)
        #expect(body["error"] as? String == reason, sourceLocation: sourceLocation)
        #expect(
            (body["message"] as? String)?.isEmpty == false, "\(answer.text)",
            sourceLocation: sourceLocation)
        #expect(answer.type == "application/json", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        ("/analytics/dashboard?dateFrom=yesterday", "dateFrom", "ISO 8601"),
        ("/analytics/dashboard?dateFrom=2026-02-30", "dateFrom", "ISO 8601"),
        ("/analytics/dashboard?dateFrom=2026-10-31&dateTo=2026-10-01", "dateFrom", "after dateTo"),
        ("/analytics/dashboard?dateTo=2026-10-01", "dateFrom", "after dateTo"),
        ("/analytics/dashboard?datefrom=2026-10-01", "datefrom", "did you mean ‘dateFrom’?"),
        ("/analytics/dashboard?dateFrom=2026-10-01&dateFrom=2026-10-02", "dateFrom", "twice"),
        ("/analytics/customer-ltv?dateFrom=2026-10-01", "dateFrom", "is not known"),
        ("/analytics/sales-trend?period=hourly", "period", "daily, weekly, monthly, yearly"),
        ("/analytics/sales-trend?period=daily,weekly", "period", "one of the following"),
        ("/sales/export?format=xlsx", "format", "csv"),
        ("/sales/export?status=PAYED", "status", "COMPLETED, PAID"),
    ])
    func badParametersAreNamed(path: String, field: String, words: String) async throws {
        try await withServer { server in
            let token = try await server.token(.admin, ["rendetalje"])
            let answer = try await server.get(path, token: token)
            try expectError(answer, 400, "Bad Request")
            let body = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
            let details = try #require(body?["details"] as? [[String: String]])
            #expect(details.first?["field"] == field)
            #expect(details.first?["message"]?.contains(words) == true, "\(details)")
        }
    }

    @Test func otherMistakes() async throws {
        try await withServer { server in
            let token = try await server.token(.admin, ["rendetalje"])
            // Ten years of days are too many steps for a chart.
            let long = try await server.get(
                "/analytics/sales-trend?period=daily&start=2000-01-01&end=2026-10-01", token: token)
            try expectError(long, 400, "Bad Request")
            let twice = try await server.get(
                "/sales/export?status=PAYED&format=pdf&dateFrom=x", token: token)
            let body = try JSONSerialization.jsonObject(with: twice.body) as? [String: Any]
            #expect((body?["details"] as? [Any])?.count == 3)
            let post = try await server.post("/analytics/dashboard", "{}", token: token)
            try expectError(post, 404, "Not Found")
            // Other addresses keep their own way to tell of errors.
            let other = try await server.get("/analytics/nothing", token: token)
            #expect(other.type == "application/problem+json")
        }
    }

    @Test func anUnchangedAnswerIsNotSentAgain() async throws {
        try await withServer { server in
            let token = try await server.token(.viewer, ["rendetalje"])
            let path = "/analytics/sales-trend?period=weekly"
            let first = try await server.get(path, token: token)
            let tag = try #require(first.headers["Etag"])
            let again = try await server.get(path, token: token, headers: ["If-None-Match": tag])
            #expect(again.status == 304)
            #expect(again.text.isEmpty)
            let other = try await server.get(
                "/analytics/sales-trend?period=daily", token: token,
                headers: ["If-None-Match": tag])
            #expect(other.status == 200)
        }
    }
}
