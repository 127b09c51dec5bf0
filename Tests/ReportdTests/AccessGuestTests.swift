import Counterparts
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Links by which anybody may look at one dashboard, and at nothing else.
@Suite("Guest links")
struct AccessGuestTests {
    private typealias Scene = ExportScene

    private static func make(
        _ scene: Scene, _ server: TestServer, _ name: String = "portal", frames: [String] = [],
        days: Int64 = 1
    ) throws -> String {
        let book = GuestBook(state: scene.state, key: server.access.key)
        let link = try book.make(
            name, dashboard: "sales", companies: ["rendetalje"], frames: frames,
            seconds: days * 86_400, now: FirstLightWorld.now, by: "tests")
        return book.path(of: link)
    }

    @Test("a link shows its dashboard with its companies, and nothing leads on")
    func shown() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let path = try Self.make(scene, server, frames: ["https://portal.example"])
            let page = try await server.get(path)
            #expect(page.status == 200)
            #expect(page.text.contains("Rendetalje") && !page.text.contains("Foodtruck"))
            // The figures are those that a viewer of the company sees.
            let viewer = try await server.token(.viewer, ["rendetalje"])
            let theirs = try await server.get("/dashboards/sales", token: viewer)
            func figures(_ text: String) -> [String] {
                text.replacing(/<\/?(a|small)[^>]*>/, with: "")
                    .matches(of: /data-figure="[^"]*"[^>]*>([^<]+)</).map { String($0.output.1) }
            }
            #expect(figures(page.text).count > 2 && figures(page.text) == figures(theirs.text))
            // No link but the house's own, no form but the pickers', which lead back here.
            let links = page.text.matches(of: /<a [^>]*href="([^"]*)"/).map { "\($0.output.1)" }
            #expect(Set(links) == ["#main", "/"], "\(links)")
            let forms = page.text.matches(of: /<form [^>]*action="([^"]*)"/).map {
                "\($0.output.1)"
            }
            #expect(Set(forms) == [path])
            #expect(!page.text.contains("/api/v1/"))
            let policy = page.headers["Content-Security-Policy"] ?? ""
            #expect(policy.contains("frame-ancestors https://portal.example"))
            #expect(page.headers["X-Frame-Options"] == nil)
            #expect(page.headers["Set-Cookie"] == nil)
            let lone = try await server.get(try Self.make(scene, server, "lone"))
            #expect(
                lone.headers["Content-Security-Policy"]?.contains("frame-ancestors 'none'") == true)
            #expect(lone.headers["X-Frame-Options"] == "DENY")
            // Periods may be chosen; what would show more than was given may not.
            #expect(try await server.get(path + "?period=last-year").status == 200)
            for (choice, status) in [
                ("company=foodtruck", 404), ("where=status=PAID", 400), ("known-at=1", 400),
                ("group=tekup-group", 400), ("currency=EUR", 400), ("locale=da", 400),
            ] {
                let answer = try await server.get(path + "?" + choice)
                #expect(answer.status == status, "\(choice)")
                #expect(!answer.text.contains("Foodtruck"))
            }
            let part = try await server.get(path, headers: ["X-Fragment": "main"])
            #expect(part.status == 200 && part.text.hasPrefix("<main"))
            // The address opens nothing else.
            let token = String(path.dropFirst("/guest/".count))
            #expect(try await server.get("/api/v1/dashboards", token: token).status == 401)
        }
    }

    @Test("a link is void when it is expired, revoked, forged, or the key is another")
    func voids() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let path = try Self.make(scene, server)
            let other = try Self.make(scene, server, "other", days: 30)
            #expect(try await server.get(path).status == 200)
            let (mine, theirs) = (path.split(separator: "."), other.split(separator: "."))
            for wrong in [
                String(path.dropLast()), path + "A", "\(mine[0]).\(theirs[1])", String(mine[0]),
                "\(mine[0]).", "/guest/.", "/guest/\(mine[1])", path + ".x",
                path.replacing("/guest/", with: "/guest/A"),
                "/guest/" + String(repeating: "A", count: 4000),
            ] {
                let answer = try await server.get(wrong)
                #expect(answer.status == 404, "\(wrong.prefix(80))")
                #expect(!answer.text.contains("Rendetalje"))
            }
            let key = try await TokenKey(secret: String(repeating: "y", count: 40))
            let id = String(mine[0].dropFirst("/guest/".count))
            #expect(try await server.get("/guest/\(id).\(key.guestMark(id))").status == 404)
            try scene.world.set("2026-11-21T13:29:59Z")
            #expect(try await server.get(path).status == 200)
            try scene.world.set("2026-11-21T13:30:00Z")
            #expect(try await server.get(path).status == 404)
            #expect(try await server.get(other).status == 200)
            let book = GuestBook(state: scene.state, key: server.access.key)
            #expect(try book.all().last?.lastUsed != nil)
            try book.revoke("other", now: FirstLightWorld.now, by: "tests")
            #expect(try await server.get(other).status == 404)
        }
        let entries = try await scene.audit.entries(.init(kind: "guest"))
        #expect(entries.map(\.subject) == ["portal", "other", "other"])
    }

    @Test("the command makes, lists and revokes links")
    func commands() async throws {
        let scene = try Scene("public-address: https://reports.example")
        let config = scene.world.folder + "/reportd.yaml"
        func run(_ words: [String]) throws -> (status: Int32, text: String) {
            try LiveProgram(["guest"] + words + ["--config", config, "--now", Scene.now]).finish()
        }
        let wish = ["--dashboard", "sales", "--company", "rendetalje"]
        let made = try run(["make", "portal"] + wish + ["--frame", "https://portal.example"])
        #expect(made.status == 0)
        #expect(made.text.hasPrefix("https://reports.example/guest/"), "\(made.text)")
        let list = try run(["list"]).text
        #expect(
            list.contains("portal\tsales\trendetalje\thttps://portal.example\tuntil 2026-12-20"))
        for (words, status, told) in [
            (["make", "portal"] + wish, 64, "there is a guest link ‘portal’ already"),
            (["make", "x", "--dashboard", "salse", "--company", "rendetalje"], 66, "‘sales’"),
            (["make", "x", "--dashboard", "sales", "--company", "rend"], 66, "‘rend’"),
            (["make", "x"] + wish + ["--frame", "portal.example"], 64, "scheme and host"),
            (
                ["make", "x"] + wish + ["--frame", "https://x.example; script-src *"], 64,
                "scheme and host"
            ),
            (["make", "x"] + wish + ["--days", "400"], 64, "cannot last 400 days"),
            (["revoke", "potal"], 66, "did you mean ‘portal’?"),
        ] as [([String], Int32, String)] {
            let answer = try run(words)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.text.contains(told), "\(answer.text)")
        }
        #expect(try run(["revoke", "portal"]).status == 0)
        #expect(try run(["list"]).text.contains("revoked 2026-11-20T13:30:00Z"))
    }

    private struct Look: Decodable {
        let allowed: String
        let other: String
        let wide: Bool
        let chosen: String
        let links: [String]
        let faults: [String]
        let complaints: [String]
    }

    @Test("in a browser: framed by who may, refused to others, light, dark and on a phone")
    func browser() async throws {
        let scene = try Scene()
        let ports = try Readers.python(
            "import socket; s = [socket.socket() for _ in '12']; [x.bind(('127.0.0.1', 0)) for x "
                + "in s]; emit([x.getsockname()[1] for x in s])", [], as: [Int].self)
        try await scene.serving { server in
            let path = try Self.make(scene, server, frames: ["http://127.0.0.1:\(ports[0])"])
            let folder =
                ProcessInfo.processInfo.environment["REPORTD_PAGE_PICTURES"]
                ?? scene.world.folder
            let words = [
                FirstLightWorld.root + "/Tests/Support/guest_frame.py", server.address + path,
                "\(ports[0])", "\(ports[1])", folder,
            ]
            let output = try await Task.detached {
                try Readers.run(try Readers.interpreter(), words)
            }.value
            let look = try JSONDecoder().decode(Look.self, from: output)
            #expect(look.allowed == "Sales")
            #expect(look.other.isEmpty)
            #expect(!look.wide && look.faults.isEmpty, "\(look.faults)")
            #expect(look.complaints.isEmpty, "\(look.complaints)")
            #expect(look.chosen.hasPrefix(server.address + path + "?"))
            #expect(Set(look.links) == ["#main", "/"])
        }
    }
}
