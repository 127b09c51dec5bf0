import Foundation
import Testing
import Vocabulary

@testable import reportd

/// Sessions and tokens end at once, in every process.
@Suite("Sessions")
struct SessionTests {
    private typealias World = PeopleWorld

    /// A second program on the same state file.
    private static func beside(
        _ world: World, _ body: (TestServer) async throws -> Void
    ) async throws {
        let other = try await TestServer.start(
            world.scene.world.workplace, world.scene.world.desk, world.scene.world.board,
            exports: world.scene.exports)
        do {
            try await body(other)
        } catch {
            await other.stop()
            throw error
        }
        await other.stop()
    }

    @Test("a new password ends the other sessions, here and in the program beside")
    func password() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            try await Self.beside(world) { other in
                let (mine, there) = (
                    try await world.signIn("bo"), try await world.signIn("bo", at: other)
                )
                #expect(try await world.isIn(mine, at: other))
                #expect(try await world.isIn(there))
                for (fields, words) in [
                    (["present": "not it, surely"], "the present password is not right"),
                    (["password": "short", "again": "short"], "fewer than 10 characters"),
                    (["again": "something else"], "two passwords are not the same"),
                ] {
                    let form = [
                        "do": "password", "present": World.password,
                        "password": "another password", "again": "another password",
                    ].merging(fields) { $1 }
                    let refused = try await world.send("/account", form, as: mine)
                    #expect(refused.status == 400)
                    #expect(refused.text.lowercased().contains(words))
                }
                #expect(try await world.isIn(there))
                let changed = try await world.send(
                    "/account",
                    [
                        "do": "password", "present": World.password,
                        "password": "another password", "again": "another password",
                    ], as: mine)
                #expect(changed.status == 200 && changed.text.contains("was changed"))
                #expect(try await world.isIn(mine))
                #expect(try await world.isIn(mine, at: other))
                #expect(try await !world.isIn(there))
                #expect(try await !world.isIn(there, at: other))
                #expect(try await world.trySignIn("bo", World.password).status == 401)
                // Wrong attempts are in the audit log, and so is the change, without a password.
                let entries = try await world.scene.audit.entries()
                #expect(
                    entries.contains { $0.kind == "sign-in-refused" && $0.subject == "account" })
                #expect(entries.last { $0.kind == "user" }?.details == "{\"change\":\"password\"}")
            }
        }
    }

    @Test("somebody ends their other sessions, one or all, and nobody else's")
    func ending() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            try world.add("eva", .viewer, ["rendetalje"])
            var cookies: [String] = []
            for _ in 0..<4 { cookies.append(try await world.signIn("bo")) }
            let eva = try await world.signIn("eva")
            let book = SessionBook(state: world.scene.state)
            let theirs = try #require(
                try await book.all(of: "eva", now: FirstLightWorld.now).first)
            let foreign = try await world.send(
                "/account", ["do": "end", "session": theirs.id], as: cookies[0])
            #expect(foreign.status == 404)
            #expect(try await world.isIn(eva))
            let all = try await book.all(of: "bo", now: FirstLightWorld.now)
            #expect(all.count == 4)
            let one = try await world.send(
                "/account", ["do": "end", "session": all[0].id], as: cookies[0])
            #expect(one.status == 200 || one.status == 303)
            #expect(try await book.all(of: "bo", now: FirstLightWorld.now).count == 3)
            var left: [String] = []
            for cookie in cookies where try await world.isIn(cookie) { left.append(cookie) }
            #expect(left.count == 3)
            _ = try await world.send("/account", ["do": "end-others"], as: left[1])
            #expect(try await world.isIn(left[1]))
            #expect(try await !world.isIn(left[0]))
            #expect(try await !world.isIn(left[2]))
            // Signing out ends the session, not only the browser's memory of it.
            let page = try await world.server.get("/account", headers: ["Cookie": left[1]])
            _ = try await world.server.post(
                "/sign-out", World.form(["token": try World.token(page)]),
                headers: ["Cookie": left[1]])
            #expect(try await !world.isIn(left[1]))
            #expect(try await world.isIn(eva))
            let entries = try await world.scene.audit.entries(.init(kind: "session-ended"))
            #expect(entries.map(\.who) == ["bo", "bo"])
            #expect(entries.map(\.details) == ["{\"sessions\":\"1\"}", "{\"sessions\":\"2\"}"])
        }
    }

    @Test("a session lasts twelve hours, and is void when it is not quite it")
    func lasting() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            let cookie = try await world.signIn("bo")
            let name = Recognition.cookie
            // A token that we signed, of a session that there is not, and one that names none.
            for id in ["AAAAAAAAAAAAAAAAAAAAAA", nil] {
                let forged = try await world.server.access.key.token(
                    for: World.Scene.admin, use: .session, now: FirstLightWorld.now, seconds: 600,
                    id: id)
                #expect(try await !world.isIn("\(name)=\(forged)"))
            }
            try world.scene.world.set("2026-11-21T01:29:59Z")
            #expect(try await world.isIn(cookie))
            try world.scene.world.set("2026-11-21T01:30:00Z")
            #expect(try await !world.isIn(cookie))
        }
    }

    @Test("a command in another process changes, signs out and removes somebody at once")
    func commands() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            try world.add("ada", .admin, ["rendetalje", "foodtruck"])
            let (cookie, ada) = (try await world.signIn("bo"), try await world.signIn("ada"))
            let login = try await world.server.post(
                "/auth/login", "{\"email\":\"bo\",\"password\":\"\(World.password)\"}")
            let token = String(
                try #require(login.text.firstMatch(of: /"access_token":"([^"]+)"/)).output.1)
            let path = "/api/v1/dashboards/sales"
            func seen(_ token: String) async throws -> String {
                try await world.server.get(path, token: token).text
            }
            #expect(try await seen(token).contains("Rendetalje"))
            #expect(
                try await world.server.get("/exports", headers: ["Cookie": cookie]).status == 403)
            // Another role and other companies: the sessions go on with them.
            let changed = try await world.send(
                "/users",
                ["do": "change", "name": "bo", "role": "ACCOUNTANT", "company": "foodtruck"],
                as: ada)
            #expect(changed.status == 200, "\(changed.text)")
            #expect(
                try await world.server.get("/exports", headers: ["Cookie": cookie]).status == 200)
            #expect(try await seen(token).contains("Foodtruck"))
            #expect(try await !seen(token).contains("Rendetalje"))
            let second = try await world.signIn("bo")
            #expect(try world.run("user", "remove", "bo").status == 0)
            #expect(try await !world.isIn(cookie))
            #expect(try await !world.isIn(second))
            #expect(try await world.server.get(path, token: token).status == 401)
            #expect(try await world.isIn(ada))
            // A login's token is no session of a browser, and a browser's is no token.
            let session = String(ada.dropFirst(Recognition.cookie.count + 1))
            #expect(try await world.server.get(path, token: session).status == 401)
        }
    }

    @Test("tokens of the command are listed, and revoked one by one or by name")
    func tokens() async throws {
        try await World.going { world in
            func make(_ name: String) throws -> String {
                let made = try world.run("token", "--name", name, "--role", "ADMIN", "--days", "2")
                #expect(made.status == 0)
                return made.text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            // The command signs with the key of the configuration.
            let key = try await TokenKey(
                file: world.scene.world.workplace.configuration.secretFile)
            let state = world.scene.state
            let access = try AccessDesk(
                AccessSettings(), state: state, key: key,
                companies: world.scene.world.workplace.companies, sources: [],
                logger: ProgramLog.logger)
            func isGood(_ token: String, at now: Instant = FirstLightWorld.now) async -> Bool {
                (try? await access.principal(bearer: token, now: now)) != nil
            }
            let tokens = [try make("till"), try make("till"), try make("report")]
            for token in tokens { #expect(await isGood(token)) }
            let list = try world.run("token", "list").text.split(separator: "\n")
            #expect(list.count == 3)
            #expect(list[0].contains("\ttill\tADMIN\t"))
            #expect(list[0].hasSuffix("until 2026-11-22T13:30:00Z\tused 2026-11-20T13:30:00Z"))
            let id = String(try #require(list[2].split(separator: "\t").first))
            #expect(try world.run("token", "revoke", id).status == 0)
            #expect(await !isGood(tokens[2]))
            #expect(await isGood(tokens[0]))
            #expect(await isGood(tokens[1]))
            #expect(try world.run("token", "revoke", "till").status == 0)
            #expect(await !isGood(tokens[0]))
            #expect(await !isGood(tokens[1]))
            let again = try world.run("token", "revoke", "till")
            #expect(again.status == 66 && again.text.contains("no token ‘till’"))
            #expect(try world.run("token", "list").text.contains("revoked 2026-11-20T13:30:00Z"))
            // One without a number is of before; it is good until it expires.
            let former = try await key.token(
                for: World.Scene.admin, use: .api, now: FirstLightWorld.now, seconds: 60)
            #expect(await isGood(former))
            #expect(await !isGood(former, at: FirstLightWorld.now.adding(seconds: 60)))
            let entries = try await world.scene.audit.entries(.init(kind: "token"))
            #expect(entries.count == 6)
        }
    }

    @Test("the stream of an open page ends with its session, and with a changed role")
    func streams() async throws {
        try await World.going { world in
            try world.add("ada", .admin, ["rendetalje", "foodtruck"])
            let ada = try await world.signIn("ada")
            for fields in [
                ["do": "change", "name": "bo", "role": "ACCOUNTANT", "company": "rendetalje"],
                ["do": "remove", "name": "bo"],
            ] {
                try world.add("bo", .viewer, ["rendetalje"])
                let cookie = try await world.signIn("bo")
                let curl = Process()
                curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                curl.arguments = [
                    "curl", "-sN", "-b", cookie, world.server.address + "/api/v1/events",
                ]
                let output = Pipe()
                curl.standardOutput = output
                try curl.run()
                defer { if curl.isRunning { curl.terminate() } }
                // It is open once it has said something.
                let first = try await Task.detached {
                    try output.fileHandleForReading.read(upToCount: 1)
                }.value
                #expect(first?.isEmpty == false)
                #expect(try await world.send("/users", fields, as: ada).status == 200)
                for _ in 0..<600 where curl.isRunning {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(!curl.isRunning, "\(fields) leaves the stream open")
            }
        }
    }

    @Test("old sessions make room for new ones, and browsers are told by two words")
    func limits() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"])
            let book = SessionBook(state: world.scene.state)
            var ids: [String] = []
            for number in 0..<(SessionBook.most + 5) {
                ids.append(
                    try await book.begin(
                        "bo", .page, seconds: 600,
                        now: FirstLightWorld.now.adding(seconds: Int64(number)), address: nil,
                        agent: ""))
            }
            let now = FirstLightWorld.now.adding(seconds: 200)
            let kept = try await book.all(of: "bo", now: now).map(\.id)
            #expect(Set(kept) == Set(ids.suffix(SessionBook.most)))
        }
        for (header, words) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox, Linux"
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge, Windows"
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
                    + "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone"
            ),
            ("something else", ""),
        ] {
            #expect(Session.agent(header) == words)
        }
    }
}
