import Foundation
import GRDB
import Testing
import Vocabulary

@testable import reportd

/// Sessions of those who came through an identity provider: seen by their owner and by administrators,
/// and ended by either.
@Suite("Sessions of an identity provider")
struct ProviderSessionTests {
    private typealias Way = AccessProviderTests.Way

    /// Signs somebody in at the provider, and answers with their cookie.
    private static func comeIn(_ way: Way, as user: String) async throws -> String {
        way.forget()
        _ = try await way.get(try way.visit(try await way.leave(), as: user))
        let cookie = try #require(way.cookies[Recognition.cookie])
        return "\(Recognition.cookie)=\(cookie)"
    }

    private static func send(
        _ way: Way, _ path: String, _ fields: [String: String], as cookie: String
    ) async throws -> TestServer.Answer {
        let page = try await way.server.get(path, headers: ["Cookie": cookie])
        return try await way.server.post(
            path, PeopleWorld.form(fields.merging(["token": try PeopleWorld.token(page)]) { $1 }),
            headers: ["Cookie": cookie])
    }

    private static func isIn(_ way: Way, _ cookie: String) async throws -> Bool {
        try await way.server.get("/account", headers: ["Cookie": cookie]).status == 200
    }

    @Test("their owner sees them, ends one or all others, and signs out")
    func own() async throws {
        try await AccessProviderTests.going { way in
            var cookies: [String] = []
            for _ in 0..<3 { cookies.append(try await Self.comeIn(way, as: "mette")) }
            let page = try await way.server.get("/account", headers: ["Cookie": cookies[0]])
            #expect(page.text.contains("Where you are signed in") && page.text.contains("(here)"))
            #expect(page.text.contains("did not sign in with a password"))
            #expect(!page.text.contains("name=\"present\""))
            let others = page.text.matches(of: /name="session" value="([^"]+)"/).map {
                String($0.output.1)
            }
            #expect(others.count == 2)
            let password = try await Self.send(
                way, "/account",
                [
                    "do": "password", "present": "a", "password": "a new password",
                    "again": "a new password",
                ], as: cookies[0])
            #expect(password.status == 403)
            let ended = try await Self.send(
                way, "/account", ["do": "end", "session": others[0]], as: cookies[0])
            #expect(ended.text.contains("You are signed out there."))
            var left: [Bool] = []
            for cookie in cookies { left.append(try await Self.isIn(way, cookie)) }
            #expect(left[0] && left.count(where: \.self) == 2)
            // Somebody else's is not theirs to end.
            let viewer = try await Self.comeIn(way, as: "viewer")
            let foreign = try await Self.send(
                way, "/account", ["do": "end", "session": others[1]], as: viewer)
            #expect(foreign.status == 404)
            _ = try await Self.send(way, "/account", ["do": "end-others"], as: cookies[0])
            left = []
            for cookie in cookies { left.append(try await Self.isIn(way, cookie)) }
            #expect(left == [true, false, false])
            #expect(try await Self.isIn(way, viewer))
            let form = PeopleWorld.form(["token": try PeopleWorld.token(page)])
            _ = try await way.server.post("/sign-out", form, headers: ["Cookie": cookies[0]])
            #expect(try await !Self.isIn(way, cookies[0]), "the cookie is worth nothing any more")
            let entries = try await way.scene.audit.entries(.init(kind: "session-ended"))
            #expect(entries.map(\.who) == Array(repeating: "office:mette@x.example", count: 2))
        }
    }

    @Test("administrators see and end those whom they govern, on the page and over HTTP")
    func administered() async throws {
        try await AccessProviderTests.going { way in
            let mette = try await Self.comeIn(way, as: "mette")
            let viewer = try await Self.comeIn(way, as: "viewer")
            let users = UserBook(state: way.scene.state)
            for (name, companies) in [
                ("ada", ["rendetalje", "foodtruck"]), ("ida", ["tiyende"]),
            ] {
                try users.set(
                    Principal(name: name, role: .admin, companies: Set(companies), userKey: nil),
                    password: "a good password")
            }
            let ada = try await ScheduleScene.cookie("ada", way.server)
            let ida = try await ScheduleScene.cookie("ida", way.server)
            let page = try await way.server.get("/access", headers: ["Cookie": ada])
            #expect(page.text.contains("Signed in through the identity provider"))
            #expect(page.text.contains("office:mette@x.example"))
            let strange = try await way.server.get("/access", headers: ["Cookie": ida])
            #expect(!strange.text.contains("office:"))
            struct List: Decodable {
                struct Entry: Decodable { let kind, id, name: String }
                let access: [Entry]
            }
            let told = try await way.server.get("/api/v1/access", headers: ["Cookie": ada])
            let list = try JSONDecoder().decode(List.self, from: told.body).access
                .filter { $0.kind == "session" }
            #expect(list.map(\.name) == ["office:mette@x.example", "office:viewer@x.example"])
            // Who does not govern them cannot end them, nor learn that they are there.
            let no = try await Self.send(
                way, "/access", ["do": "revoke", "kind": "session", "id": list[0].id], as: ida)
            #expect(no.status == 404)
            #expect(try await Self.isIn(way, mette))
            let ended = try await Self.send(
                way, "/access", ["do": "revoke", "kind": "session", "id": list[0].id], as: ada)
            #expect(ended.text.contains("They are signed out there."))
            #expect(try await !Self.isIn(way, mette))
            #expect(try await Self.isIn(way, viewer))
            let admin = try await way.server.access.key.token(
                for: ExportScene.admin, use: .api, now: WallClock.system.now(), seconds: 600)
            let gone = try await way.server.delete(
                "/api/v1/access/sessions/\(list[1].id)", token: admin)
            #expect(gone.status == 204)
            #expect(try await !Self.isIn(way, viewer))
            let entries = try await way.scene.audit.entries(.init(kind: "session-ended"))
            #expect(entries.first?.who == "ada")
            #expect(
                entries.map(\.subject) == ["office:mette@x.example", "office:viewer@x.example"])
        }
    }

    @Test("a session lasts as long as its cookie, and a cookie without one is worth nothing")
    func lasting() async throws {
        try await AccessProviderTests.going("session-hours: 2") { way in
            _ = try await Self.comeIn(way, as: "mette")
            let session = try #require(
                try SessionBook(state: way.scene.state).visits(now: WallClock.system.now()).first)
            #expect(session.begun.adding(seconds: 7200) == session.expires)
            #expect(session.visitor?.role == .salesManager)
            let former = try await way.server.access.key.token(
                for: try #require(session.visitor), use: .provider, now: WallClock.system.now(),
                seconds: 600)
            #expect(try await !Self.isIn(way, "\(Recognition.cookie)=\(former)"))
        }
    }

    @Test("sessions of an older state file go on, and go with their users")
    func migrated() async throws {
        let folder = try DeliveryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = folder.path + "/state.sqlite"
        let older = StateFile.migrations.filter { $0.name != SessionBook.visitors.name }
        let now = FirstLightWorld.now
        do {
            let state = try StateFile(path: path, migrations: older)
            try UserBook(state: state).set(ExportScene.manager, password: "a good password")
            try await state.write { db in
                try db.execute(
                    sql:
                        "INSERT INTO session VALUES ('s', 'mette', 'page', ?, ?, ?, NULL, 'Firefox')",
                    arguments: [
                        now.microseconds, now.adding(seconds: 60).microseconds, now.microseconds,
                    ])
            }
        }
        let state = try StateFile(path: path)
        let book = SessionBook(state: state)
        #expect(try await book.principal(of: "s", .page, now: now)?.name == "mette")
        #expect(try await book.all(of: "mette", now: now).map(\.agent) == ["Firefox"])
        #expect(try book.visits(now: now).isEmpty)
        try UserBook(state: state).remove("mette", now: now)
        #expect(try await book.principal(of: "s", .page, now: now) == nil)
        let left = try await state.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM session")
        }
        #expect(left == 0)
    }
}
