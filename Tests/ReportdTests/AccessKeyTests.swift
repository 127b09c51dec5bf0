import Foundation
import GRDB
import Testing
import Vocabulary

@testable import reportd

/// API keys: made once, good for what they are made for, and void at once when revoked.
@Suite("API keys")
struct AccessKeyTests {
    private typealias Scene = ExportScene

    private static let grant = Principal(
        name: "till", role: .salesManager, companies: ["rendetalje"], userKey: nil)

    private static func make(
        _ scene: Scene, _ name: String, _ scopes: Set<Right>?, role: Role = .salesManager,
        days: Int64 = 30
    ) throws -> String {
        let grant = Principal(
            name: name, role: role, companies: ["rendetalje"],
            userKey: role == .salesRep ? "7" : nil, scopes: scopes)
        return try APIKeyBook(state: scene.state).make(
            name, grant, seconds: days * 86_400, now: FirstLightWorld.now, by: "tests"
        ).key
    }

    /// One address for each right.
    private static let addresses: [(Right, String)] = [
        (.dashboards, "/api/v1/dashboards/sales"), (.dashboards, "/api/v1/dashboards"),
        (.metrics, "/api/v1/metrics"), (.metrics, "/api/v1/explain?metric=revenue&period=2026"),
        (.metrics, "/analytics/service-performance"), (.reports, "/api/v1/reports"),
        (.reports, "/reports"), (.reports, "/api/v1/closes"), (.exports, "/api/v1/exports"),
        (.exports, "/api/v1/reports/sales-register.json"), (.monitoring, "/metrics"),
        (.audit, "/api/v1/audit"), (.schedules, "/api/v1/schedules"), (.schedules, "/deliveries"),
        (.sending, "/api/v1/suppressions"), (.sending, "/new-schedule"),
        (.definitions, "/own-dashboards"),
    ]

    @Test("a key opens what it is made for and nothing else", arguments: Right.allCases)
    func scopes(right: Right) async throws {
        let scene = try Scene()
        let key = try Self.make(scene, "one", [right], role: .admin)
        try await scene.serving { server in
            for (needed, address) in Self.addresses {
                let answer = try await server.get(address, token: key)
                #expect(answer.status == (needed == right ? 200 : 403), "\(address)")
                if needed != right, !address.hasPrefix("/analytics") {
                    #expect(answer.text.contains("--scope \(needed.rawValue)"), "\(answer.text)")
                }
            }
            // A file of a dashboard takes both: to see it, and to take it away.
            let file = try await server.get("/api/v1/dashboards/sales.xlsx", token: key)
            #expect(file.status == 403)
            let both = try Self.make(scene, "both", [.dashboards, .exports])
            #expect(
                try await server.get("/api/v1/dashboards/sales.xlsx", token: both).status == 200)
        }
    }

    @Test("what a key shows is what its companies and role show")
    func rows() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let key = try Self.make(scene, "manager", nil)
            let token = try await server.token(.salesManager, ["rendetalje"])
            let path = "/api/v1/dashboards/sales"
            let mine = try await server.get(path, token: key)
            #expect(mine.status == 200)
            #expect(mine.body == (try await server.get(path, token: token)).body)
            #expect(
                try await server.get(path + "?company=foodtruck", token: key).status == 404)
            let rep = try Self.make(scene, "rep", nil, role: .salesRep)
            let own = try await server.token(.salesRep, ["rendetalje"], user: "7")
            #expect(
                (try await server.get(path, token: rep)).body
                    == (try await server.get(path, token: own)).body)
            #expect((try await server.get(path, token: rep)).body != mine.body)
        }
    }

    @Test("a key is void when it is revoked, expired, or not quite the key")
    func voids() async throws {
        let scene = try Scene()
        let book = APIKeyBook(state: scene.state)
        let key = try Self.make(scene, "till", [.dashboards], days: 1)
        let other = try Self.make(scene, "shop", [.dashboards])
        try await scene.serving { server in
            let path = "/api/v1/dashboards"
            func ask(_ key: String) async throws -> TestServer.Answer {
                try await server.get(path, token: key)
            }
            #expect(try await ask(key).status == 200)
            let (mine, theirs) = (String(key.dropFirst(12)), String(other.dropFirst(12)))
            for wrong in [
                String(key.dropLast()), key + "A", "rk_", "rk_" + mine, key.uppercased(),
                String(key.prefix(12)) + theirs, String(other.prefix(12)) + mine,
                "rk_' OR 1=1 --_" + mine, String(key.prefix(12)),
                key.replacing("rk_", with: "rk-"), String(repeating: key, count: 400),
            ] {
                let answer = try await ask(wrong)
                #expect((400...499).contains(answer.status), "\(wrong.prefix(80))")
            }
            // Expired exactly at its end; the other one lives on.
            try scene.world.set("2026-11-21T13:29:59Z")
            #expect(try await ask(key).status == 200)
            try scene.world.set("2026-11-21T13:30:00Z")
            let late = try await ask(key)
            #expect(late.status == 401 && late.text.contains("the key has expired"))
            #expect(try await ask(other).status == 200)
            try book.revoke("shop", now: scene.world.workplace.clock.now(), by: "tests")
            let gone = try await ask(other)
            #expect(gone.status == 401 && gone.text.contains("the key was revoked"))
            #expect(throws: Advice.self) {
                try book.revoke("shop", now: scene.world.workplace.clock.now(), by: "tests")
            }
        }
    }

    @Test("nothing that is kept is the key; its use is noted once a minute")
    func kept() async throws {
        let scene = try Scene()
        let book = APIKeyBook(state: scene.state)
        let key = try Self.make(scene, "till", [.dashboards])
        try await scene.serving { server in
            #expect(try book.all().first?.lastUsed == nil)
            for (moment, noted) in [
                ("2026-11-20T13:40:00Z", "2026-11-20T13:40:00Z"),
                ("2026-11-20T13:40:59Z", "2026-11-20T13:40:00Z"),
                ("2026-11-20T13:41:00Z", "2026-11-20T13:41:00Z"),
            ] {
                try scene.world.set(moment)
                #expect(try await server.get("/api/v1/dashboards", token: key).status == 200)
                #expect(try book.all().first?.lastUsed.map { "\($0)" } == noted)
            }
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: scene.state.path))
        for secret in [key, String(key.dropFirst(12))] {
            #expect(bytes.range(of: Data(secret.utf8)) == nil)
        }
        #expect(bytes.range(of: Data(key.dropFirst(3).prefix(8).utf8)) != nil)
        let entries = try await scene.audit.entries(.init(kind: "key"))
        #expect(entries.map(\.subject) == ["till"])
        #expect(entries[0].details.contains("\"scopes\":\"dashboards\""))
    }

    @Test("a link that a key made ends with the key")
    func links() async throws {
        let scene = try Scene()
        let key = try Self.make(scene, "till", nil)
        try await scene.serving { server in
            let asked = try await server.post(
                "/api/v1/exports",
                "{\"report\":\"sales-register\",\"format\":\"csv\",\"table\":\"register\","
                    + "\"period\":\"2026-11\"}", token: key)
            #expect(asked.status == 202)
            let place = try #require(asked.headers["Location"])
            try await scene.room().workNext()
            let link = try await server.post(place + "/links", "", token: key)
            #expect(link.status == 201, "\(link.text)")
            let path = try #require(link.text.firstMatch(of: /\/files\/[^"]+/)).output
            #expect(try await server.get(String(path)).status == 200)
            try APIKeyBook(state: scene.state).revoke(
                "till", now: FirstLightWorld.now, by: "tests")
            #expect(try await server.get(String(path)).status == 404)
            #expect(try await server.get(place, token: key).status == 401)
        }
    }

    @Test("the command shows a key once, lists it without, and revokes it")
    func commands() async throws {
        let scene = try Scene()
        let config = scene.world.folder + "/reportd.yaml"
        func run(_ words: String...) throws -> (status: Int32, text: String) {
            try LiveProgram(["key"] + words + ["--config", config]).finish()
        }
        let made = try run(
            "make", "till", "--role", "SALES_MANAGER", "--company", "rendetalje", "--scope",
            "dashboards", "--scope", "metrics", "--days", "7", "--now", Scene.now)
        #expect(made.status == 0, "\(made.text)")
        let key = try #require(made.text.split(separator: "\n").first { $0.hasPrefix("rk_") })
        let list = try run("list", "--now", Scene.now)
        #expect(list.text.contains("till\tSALES_MANAGER\trendetalje\tdashboards metrics\tuntil "))
        #expect(list.text.contains("2026-11-27T13:30:00Z\tnever used"))
        #expect(!list.text.contains(key.suffix(43)))
        try await scene.serving { server in
            let path = "/api/v1/dashboards"
            #expect(try await server.get(path, token: String(key)).status == 200)
            let revoked = try run("revoke", "till", "--now", Scene.now)
            #expect(revoked.status == 0)
            #expect(try await server.get(path, token: String(key)).status == 401)
        }
        #expect(try run("list").text.contains("revoked 2026-11-20T13:30:00Z"))
        for (words, status, told) in [
            (["make", "x", "--scope", "dashbords"], 64, "did you mean ‘dashboards’?"),
            (
                ["make", "x", "--role", "VIEWER", "--scope", "exports"], 64,
                "has no right ‘exports’"
            ),
            (["make", "x", "--days", "0"], 64, "a key cannot last 0 days"),
            (["make", "x", "--company", "rendetlje"], 66, "did you mean ‘rendetalje’?"),
            (["revoke", "til"], 66, "there is no key ‘til’"),
        ] as [([String], Int32, String)] {
            let answer = try LiveProgram(["key"] + words + ["--config", config]).finish()
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.text.contains(told), "\(answer.text)")
        }
    }
}
