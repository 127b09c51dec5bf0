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

    private struct Watch: Decodable {
        struct Seen: Decodable {
            let live, stale, over, words: String
            let first, second: [String]
            let unchanged, changed, chosen, revoked, left, asked: Int
        }
        let seen: Seen
        let problems: [String]
    }

    @Test("a page that is open follows its figures, and takes them away when its link is revoked")
    func live() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let path = try Self.make(scene, server)
            let folder =
                ProcessInfo.processInfo.environment["REPORTD_PAGE_PICTURES"] ?? scene.world.folder
            let browser = try Conversation("guest_live.py", [server.address + path, folder])
            try await browser.come(to: "open")
            try scene.world.sell(("S-9999", "PAID", 77_700_00, "2026-11-19T09:00:00Z"))
            try browser.goOn()
            try await browser.come(to: "followed")
            let book = GuestBook(state: scene.state, key: server.access.key)
            try book.revoke("portal", now: FirstLightWorld.now, by: "tests")
            try browser.goOn()
            let watch = try JSONDecoder().decode(Watch.self, from: try await browser.end())
            #expect(watch.problems.isEmpty, "\(watch.problems)")
            let seen = watch.seen
            #expect(seen.live == "Live" && seen.unchanged == 304)
            #expect(seen.changed == 200 && seen.first != seen.second)
            #expect(seen.chosen == 304 && seen.stale.hasPrefix("Forældet siden"))
            #expect(seen.revoked == 404 && seen.over == "Linket er ophørt")
            #expect(seen.words.contains("Dette link viser ikke noget, eller ikke længere"))
            #expect(seen.left == 0 && seen.asked == 0, "nothing is shown, and nothing asked")
        }
    }

    @Test("what a page that is open asks for is told apart by its tag, and by its link")
    func tags() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let (one, two) = (
                try Self.make(scene, server), try Self.make(scene, server, "other")
            )
            let ask = ["X-Fragment": "main"]
            let first = try await server.get(one, headers: ask)
            let tag = try #require(first.headers["Etag"])
            let known = ask.merging(["If-None-Match": tag]) { $1 }
            let again = try await server.get(one, headers: known)
            #expect(again.status == 304 && again.text.isEmpty)
            #expect(
                again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
            )
            // The form of each leads back to its own link.
            let other = try await server.get(two, headers: known)
            #expect(other.status == 200 && other.text.contains(two) && !other.text.contains(one))
            let words = try await server.get(
                one, headers: known.merging(["Accept-Language": "nl"]) { $1 })
            #expect(words.status == 200 && words.text.contains("Vergelijk met"))
            try scene.world.sell(("S-9999", "PAID", 1_00, "2026-11-19T09:00:00Z"))
            #expect(try await server.get(one, headers: known).status == 200)
            #expect(try await server.get("/guest/nothing", headers: known).status == 404)
        }
    }
}
