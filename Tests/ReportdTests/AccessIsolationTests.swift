import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Every address, asked by every role with the rows of every company: what is forbidden is refused,
/// and what is permitted holds only rows that exist for who asks.
///
/// The addresses are those of the router's own table, so a new one is asked as soon as it is there.
@Suite("Isolation")
struct AccessIsolationTests {
    private typealias Scene = ExportScene

    /// Companies that have sales here, with the word by which their rows are known.
    private static let companies = ["rendetalje": "RDT", "foodtruck": "FDT"]
    private static let reps = ["7", "8"]

    /// Who asks.
    private struct Visitor: CustomStringConvertible {
        let role: Role
        let companies: Set<String>
        let rep: String?

        var description: String { "\(role) of \(companies.sorted()) \(rep ?? "")" }

        /// Whether a sale with this number exists for them.
        func sees(_ number: String) -> Bool {
            let parts = number.split(separator: "-")
            let company = AccessIsolationTests.companies.first { $0.value == parts[0] }?.key ?? ""
            return companies.contains(company)
                && (role != .salesRep || rep.map { parts[1] == $0 } ?? false)
        }
    }

    /// Sales of each company by each representative and by nobody: `RDT-7-3`.
    private static func sell(_ scene: Scene) throws -> [String] {
        var numbers: [String] = []
        let store = scene.world.workplace.store
        let model = try store.schema.model("sale")
        for (company, word) in companies {
            var batch = ChangeBatch()
            for rep in reps {
                batch.upsert(
                    model: "user", origin: "tekup", company: company,
                    key: .integer(Int64(rep) ?? 0),
                    cells: try store.schema.model("user").columns.map { _ in .missing })
            }
            for rep in reps + ["none"] {
                for index in 1...3 {
                    let number = "\(word)-\(rep)-\(index)"
                    let at = Instant(seconds: FirstLightWorld.now.seconds - 86_400)
                    let cells = model.columns.map { column -> Cell in
                        switch column.name {
                        case "number": .text(number)
                        case "status": .text("PAID")
                        case "net", "gross": .number(10_000)
                        case "tax": .number(0)
                        case "currency": .text("DKK")
                        case "rep": rep == "none" ? .missing : .key(.integer(Int64(rep) ?? 0))
                        case "sold_at", "created_at", "paid_at": .number(at.microseconds)
                        default: .missing
                        }
                    }
                    batch.upsert(
                        model: "sale", origin: "tekup", company: company, key: .text(number),
                        cells: cells)
                    numbers.append(number)
                }
            }
            try store.commit(batch)
        }
        return numbers
    }

    private static let visitors: [Visitor] = Role.allCases.flatMap { role in
        [["rendetalje"], ["foodtruck"], ["rendetalje", "foodtruck"], ["tekup"], []].flatMap {
            companies -> [Visitor] in
            let reps: [String?] = role == .salesRep ? ["7", "8", "9", nil] : [nil]
            return reps.map { Visitor(role: role, companies: Set(companies), rep: $0) }
        }
    }

    /// Whether an address takes a form of a signed-in browser, which has no token here.
    private static func isForm(_ address: String) -> Bool {
        address.hasPrefix("POST /") && !address.hasPrefix("POST /api/")
    }

    /// What can be asked at an address: paths, and a body where it takes one.
    private static func questions(
        _ address: String, export: String, close: String
    ) -> [(path: String, body: String?)] {
        let pattern = String(address.drop { $0 != " " }.dropFirst())
        let period = "period=2026-11"
        switch address {
        case "GET /api/v1/dashboards/{name}":
            return [
                ("/api/v1/dashboards/sales?\(period)", nil),
                ("/api/v1/dashboards/sales.json?\(period)", nil),
            ]
        case "GET /api/v1/dashboards/{name}/{file}":
            return [
                ("/api/v1/dashboards/sales/revenue-trend.svg?\(period)", nil),
                ("/api/v1/dashboards/sales/top-customers.svg?\(period)", nil),
            ]
        case "GET /explore", "GET /api/v1/explore.json", "GET /api/v1/explore.csv",
            "GET /api/v1/explore.xlsx", "GET /api/v1/explore.pdf":
            return [("\(pattern)?metric=recorded_sales&by=number&\(period)", nil)]
        case "POST /explore":
            return [("/explore?metric=revenue&\(period)", "token=x&title=Mine&heading=Mine")]
        case "POST /own-dashboards/{name}/{action}":
            return ["take-out", "remove"].map {
                ("/own-dashboards/sales/\($0)", "token=x&seen=&card=headline")
            }
        case "GET /dashboards/{name}": return [("/dashboards/sales?\(period)", nil)]
        case "GET /api/v1/reports/{file}":
            return [
                ("/api/v1/reports/sales-register.json?\(period)", nil),
                ("/api/v1/reports/sales-register.csv?\(period)&table=register", nil),
            ]
        case "GET /reports/{name}": return [("/reports/sales-register?\(period)", nil)]
        case "GET /explain", "GET /api/v1/explain":
            return [("\(pattern)?metric=revenue&\(period)", nil)]
        case "POST /api/v1/explain":
            return [(pattern, "{\"metrics\":[\"revenue\"],\"period\":\"2026-11\"}")]
        case "POST /api/v1/query":
            return [
                (
                    pattern,
                    "{\"metrics\":[\"recorded_sales\"],\"period\":\"2026-11\",\"by\":[\"company\"]}"
                )
            ]
        case "GET /restatements/{name}":
            return [("/restatements/sales-register?\(period)&since=1", nil)]
        case "GET /api/v1/restatements/{file}":
            return [("/api/v1/restatements/sales-register.json?\(period)&since=1", nil)]
        case "POST /api/v1/exports":
            return [
                (
                    pattern,
                    "{\"report\":\"sales-register\",\"format\":\"csv\",\"table\":\"register\","
                        + "\"period\":\"2026-11\",\"company\":[\"rendetalje\"]}"
                )
            ]
        case "POST /api/v1/users":
            return [
                (
                    pattern,
                    "{\"name\":\"new\",\"role\":\"VIEWER\",\"companies\":[\"tiyende\"]}"
                )
            ]
        case "POST /api/v1/schedules/{name}/{action}":
            return ["pause", "resume", "run", "release"].map {
                ("/api/v1/schedules/monday-sales/\($0)", "")
            }
        case "DELETE /api/v1/suppressions": return [("\(pattern)?recipient=anna@example.com", nil)]
        default:
            let path = pattern.replacing("{id}", with: export).replacing("{link}", with: "none")
                .replacing("{action}", with: "nothing").replacing("{token}", with: "none")
                .replacing("{file}", with: "sales-register.json")
                .replacing("{name}", with: pattern.contains("users") ? "nobody" : "monday-sales")
                .replacing("{kind}", with: "keys")
                .replacing("{hash}", with: "none")
            return [(path, address.hasPrefix("POST") ? "" : nil)]
        }
    }

    @Test("every address, every role, every company")
    func everywhere() async throws {
        let scene = try Scene("access: {limits: {requests-per-hour: 0}}", sales: 0)
        let numbers = try Self.sell(scene)
        let export = try await scene.made(
            for: Principal(
                name: "owner", role: .admin, companies: Set(Self.companies.keys), userKey: nil))
        var answered = 0
        var seen: [String: Int] = [:]
        try await scene.serving { server in
            for visitor in Self.visitors {
                let token = try await server.token(
                    visitor.role, visitor.companies.sorted(), user: visitor.rep, name: "visitor")
                for address in RightsGate.needs.keys.sorted()
                where !address.hasPrefix("GET /api/v1/events") {
                    let method = String(address.prefix { $0 != " " })
                    let need = try #require(RightsGate.need(at: address))
                    for (path, body) in Self.questions(
                        address, export: export.id, close: "1")
                    {
                        let answer = try await server.send(method, path, body, token, [:])
                        answered += 1
                        let words = "\(visitor) \(method) \(path): \(answer.status)"
                        if case .right(let right) = need, !visitor.role.rights.contains(right) {
                            #expect(answer.status == 403, "\(words)")
                        } else if path.contains(".json"), path.contains("dashboards"),
                            !visitor.role.rights.contains(.exports)
                        {
                            #expect(answer.status == 403, "\(words)")
                        } else if !Self.isForm(address), !visitor.companies.isEmpty {
                            // A form is refused to who sends it without the token of its page,
                            // and whoever has no company may look at nothing.
                            #expect(answer.status != 403 && answer.status < 500, "\(words)")
                        }
                        // Nothing of what does not exist for them, whatever the answer is.
                        for number in numbers where answer.text.contains(number) {
                            #expect(visitor.sees(number), "\(words) shows \(number)")
                            seen[address, default: 0] += 1
                        }
                        if !visitor.companies.contains("foodtruck") {
                            #expect(!answer.text.contains("Foodtruck"), "\(words)")
                        }
                        if !visitor.companies.contains("rendetalje") {
                            #expect(!answer.text.contains("Rendetalje"), "\(words)")
                        }
                    }
                }
            }
        }
        #expect(answered > 1000)
        // The same look finds rows where there are some to be seen.
        for address in [
            "GET /api/v1/reports/{file}", "GET /reports/{name}", "GET /explain",
            "GET /api/v1/explain", "POST /api/v1/explain", "GET /explore",
            "GET /api/v1/explore.json", "GET /api/v1/explore.csv",
        ] {
            #expect(seen[address, default: 0] > 0, "\(address) shows no row to anybody")
        }
    }

    @Test("counts are those of the rows that exist for who asks")
    func counts() async throws {
        let scene = try Scene("access: {limits: {requests-per-hour: 0}}", sales: 0)
        let numbers = try Self.sell(scene)
        try await scene.serving { server in
            for visitor in Self.visitors {
                let token = try await server.token(
                    visitor.role, visitor.companies.sorted(), user: visitor.rep, name: "visitor")
                let answer = try await server.post(
                    "/api/v1/query", "{\"metrics\":[\"recorded_sales\"],\"period\":\"2026-11\"}",
                    token: token)
                let count = numbers.filter(visitor.sees).count
                guard !visitor.companies.isEmpty else {
                    #expect(!answer.text.contains("\n[\(numbers.count)]"))
                    continue
                }
                #expect(answer.status == 200, "\(visitor): \(answer.text)")
                #expect(answer.text.contains("[\(count)]"), "\(visitor): \(answer.text)")
            }
        }
    }

    @Test("without a token, nothing but what is there for everyone")
    func strangers() async throws {
        let scene = try Scene(sales: 0)
        let numbers = try Self.sell(scene)
        let export = try await scene.made(for: Scene.admin)
        try await scene.serving { server in
            for (address, need) in RightsGate.needs where need != .nothing {
                let method = String(address.prefix { $0 != " " })
                for (path, body) in Self.questions(address, export: export.id, close: "1") {
                    for token in [nil, "e30.e30.e30", "rk_abcdefgh_x"] {
                        let answer = try await server.send(method, path, body, token, [:])
                        let isPage = !path.hasPrefix("/api") && path != "/metrics"
                        #expect(
                            answer.status == (isPage && token == nil ? 303 : 401),
                            "\(address): \(answer.status)")
                        #expect(!numbers.contains { answer.text.contains($0) })
                    }
                }
            }
        }
    }
}
