import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// Invitations and forgotten passwords: each address opens one thing, once, for a while.
@Suite("People")
struct PeopleTests {
    private typealias World = PeopleWorld

    private static let wish = PeopleDesk.Wish(
        name: "bo", mail: "bo@example.org", role: "VIEWER", companies: ["rendetalje"])

    /// A desk as another process would have it.
    private static func desk(_ world: World) throws -> PeopleDesk {
        try PeopleDesk.open(
            world.scene.world.workplace.configuration,
            companies: world.scene.world.workplace.companies,
            clock: world.scene.world.workplace.clock)
    }

    private static func secret(_ link: String) -> String {
        String(link.split(separator: "=").last ?? "")
    }

    @Test("an invitation lets its reader choose a password once, and they are signed in")
    func accepted() async throws {
        try await World.going { world in
            let handover = try await Self.desk(world).invite(Self.wish, by: .machine)
            #expect(handover == .sent("bo@example.org"))
            let text = try #require(try await world.mails("bo@example.org").first)
            // In the language of the company.
            #expect(text.contains("Du er inviteret"))
            #expect(text.contains("Hej bo,") && text.contains("inden for tre dage"), "\(text)")
            let link = try await world.link("bo@example.org")
            #expect(link.hasPrefix(world.server.address + "/invitation?token="))
            #expect(try await world.trySignIn("bo", "").status == 401)
            // Programs follow links of mails: to look changes nothing.
            for _ in 0..<2 {
                let page = try await world.look(link)
                #expect(page.status == 200 && page.text.contains("You sign in as bo."))
                #expect(page.headers["Set-Cookie"] == nil)
                #expect(page.headers["Cache-Control"] == "private, no-store")
            }
            for (password, again, words) in [
                ("too short", "too short", "fewer than 10 characters"),
                ("long enough", "long enougj", "two passwords are not the same"),
            ] {
                let refused = try await world.choose(link, password, again: again)
                #expect(refused.status == 400 && refused.text.contains(words))
            }
            let chosen = try await world.choose(link, "bo's own password")
            #expect(chosen.status == 303 && chosen.headers["Location"] == "/")
            let cookie = try World.cookie(chosen)
            #expect(chosen.headers["Set-Cookie"]?.contains("HttpOnly") == true)
            let page = try await world.server.get("/account", headers: ["Cookie": cookie])
            #expect(page.text.contains("bo@example.org") && page.text.contains("Rendetalje"))
            #expect(try await world.signIn("bo", "bo's own password").isEmpty == false)
            // Used is used.
            for answer in [
                try await world.look(link), try await world.choose(link, "another password"),
            ] {
                #expect(answer.status == 404 && answer.text.contains("not good any more"))
            }
            let entries = try await world.scene.audit.entries(.init(kind: "invitation"))
            #expect(
                entries.map { $0.details.contains("accepted") } == [false, true]
                    && entries.map(\.subject) == ["bo", "bo"])
            try Self.isSecret([Self.secret(link), "bo's own password"], in: world)
        }
    }

    /// What opens something stands nowhere in the state file, and so not in the audit log.
    private static func isSecret(_ secrets: [String], in world: World) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: world.scene.state.path))
        for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil) }
    }

    @Test("an invitation is void when it is replaced, withdrawn, expired, or not quite it")
    func voids() async throws {
        try await World.going { world in
            let desk = try Self.desk(world)
            _ = try await desk.invite(Self.wish, by: .machine)
            let first = try await world.link("bo@example.org")
            let secret = Self.secret(first)
            for wrong in [
                "", "x", String(secret.dropLast()), secret + "A", secret.uppercased(),
                String(secret.dropLast()) + (secret.last == "A" ? "B" : "A"), "%00",
                String(repeating: "A", count: 43), String(repeating: "A", count: 5000),
            ] {
                let answer = try await world.look(first.replacing(secret, with: wrong))
                #expect(answer.status == 404, "\(wrong.prefix(60))")
                #expect(!answer.text.contains("bo."))
            }
            // It opens no reset, and no other page.
            #expect(
                try await world.look(first.replacing("/invitation", with: "/reset")).status == 404)
            _ = try await desk.inviteAgain("bo", by: .machine)
            let second = try await world.link("bo@example.org", 2)
            #expect(second != first)
            #expect(try await world.look(first).status == 404)
            try world.scene.world.set("2026-11-23T13:29:59Z")
            #expect(try await world.look(second).status == 200)
            try world.scene.world.set("2026-11-23T13:30:00Z")
            #expect(try await world.look(second).status == 404)
            #expect(try await world.choose(second, "bo's own password").status == 404)
            _ = try await desk.inviteAgain("bo", by: .machine)
            let third = try await world.link("bo@example.org", 3)
            #expect(try await world.look(third).status == 200)
            await #expect(throws: Advice.self) { try await desk.invite(Self.wish, by: .machine) }
            try await desk.remove("bo", by: .machine)
            #expect(try await world.choose(third, "bo's own password").status == 404)
            #expect(try world.users.all().isEmpty)
            // A name that got a password in another way needs none.
            _ = try await desk.invite(Self.wish, by: .machine)
            let fourth = try await world.link("bo@example.org", 4)
            try world.add("bo", .viewer, ["rendetalje"])
            #expect(try await world.choose(fourth, "bo's own password").status == 404)
            let changes = try await world.scene.audit.entries(.init(kind: "invitation")).map {
                String($0.details.firstMatch(of: /"change":"([^"]+)"/)?.output.1 ?? "")
            }
            #expect(
                changes == ["invited", "sent again", "sent again", "withdrawn", "invited"])
        }
    }

    @Test("whoever forgot a password chooses another once, within the hour, and is out elsewhere")
    func forgotten() async throws {
        try await World.going { world in
            try world.add("bo", .viewer, ["rendetalje"], mail: "bo@example.org")
            let before = try await world.signIn("bo")
            func ask(_ name: String) async throws -> TestServer.Answer {
                try await world.server.post(
                    "/sign-in/forgotten",
                    World.form([
                        "token": world.server.access.key.formToken("nobody"), "name": name,
                    ]))
            }
            _ = try await ask("bo")
            let first = try await world.link("bo@example.org")
            #expect(first.contains("/reset?token="))
            // Two minutes on, the first may have got lost; both are good.
            try world.scene.world.set("2026-11-20T13:31:59Z")
            _ = try await ask("bo")
            try world.scene.world.set("2026-11-20T13:32:00Z")
            _ = try await ask("BO@Example.org")
            let second = try await world.link("bo@example.org", 2)
            #expect(try await world.look(first).status == 200)
            try world.scene.world.set("2026-11-20T14:29:59Z")
            #expect(try await world.look(first).status == 200)
            try world.scene.world.set("2026-11-20T14:30:00Z")
            #expect(try await world.look(first).status == 404)
            #expect(try await world.isIn(before))
            let chosen = try await world.choose(second, "another password")
            #expect(chosen.status == 303)
            #expect(try await world.isIn(try World.cookie(chosen)))
            #expect(try await !world.isIn(before))
            #expect(try await world.look(second).status == 404)
            #expect(try await world.trySignIn("bo", World.password).status == 401)
            #expect(try await world.trySignIn("bo", "another password").status == 303)
            #expect(try mail(world, "bo@example.org") == 2)
            let entries = try await world.scene.audit.entries(.init(kind: "password-reset"))
            #expect(entries.map(\.subject) == ["bo", "bo", "bo"])
            #expect(entries.last?.details == "{\"change\":\"done\"}")
            try Self.isSecret([Self.secret(second), "another password"], in: world)
        }
    }

    private func mail(_ world: World, _ mailbox: String) throws -> Int {
        try world.mail.kept(for: mailbox).count
    }

    @Test("whether there is such a name is not to be learned from the answer")
    func names() async throws {
        try await World.going("access: {limits: {sign-ins-per-hour: 8}}") { world in
            try world.add("bo", .viewer, ["rendetalje"], mail: "bo@example.org")
            try world.add("mute", .viewer, ["rendetalje"])
            func ask(_ name: String) async throws -> TestServer.Answer {
                try await world.server.post(
                    "/sign-in/forgotten",
                    World.form([
                        "token": world.server.access.key.formToken("nobody"), "name": name,
                    ]))
            }
            let known = try await ask("bo")
            #expect(known.status == 200)
            for name in ["nobody", "mute", "bo@example.com", "' OR 1=1 --", "bo%", "*"] {
                let other = try await ask(name)
                #expect(other.status == 200 && other.body == known.body, "\(name)")
            }
            _ = try await world.mails("bo@example.org")
            // Both come to the same limit.
            for name in ["bo", "nobody"] {
                var statuses: [Int] = []
                for _ in 0..<4 { statuses.append(try await ask(name).status) }
                #expect(statuses == [200, 200, 200, 429], "\(name)")
                #expect(try await ask(name).headers["Retry-After"] != nil)
            }
            // It does not keep them from signing in.
            #expect(try await world.trySignIn("bo", World.password).status == 303)
            #expect(try mail(world, "bo@example.org") == 1)
        }
    }

    @Test("without a mail server addresses are shown once, and the pages say so")
    func byHand() async throws {
        try await World.going(hasMail: false) { world in
            try world.add("ada", .admin, ["rendetalje", "foodtruck"])
            let page = try await world.server.get("/sign-in/forgotten")
            #expect(page.text.contains("sends no mail") && !page.text.contains("<form"))
            let ada = try await world.signIn("ada")
            let made = try await world.send(
                "/users",
                [
                    "do": "invite", "name": "bo", "mail": "bo@example.org", "role": "VIEWER",
                    "company": "rendetalje",
                ], as: ada)
            #expect(made.status == 200 && made.text.contains("No mail was sent"))
            let link = try #require(
                made.text.firstMatch(of: /http:[^"]+\/invitation\?token=[A-Za-z0-9_-]+/)
            ).output
            #expect(made.headers["Cache-Control"] == "private, no-store")
            let later = try await world.server.get("/users", headers: ["Cookie": ada])
            #expect(!later.text.contains("token=") && later.text.contains("invited until"))
            #expect(try await world.choose(String(link), "bo's own password").status == 303)
            let reset = try await world.send("/users", ["do": "reset", "name": "bo"], as: ada)
            #expect(reset.text.contains("/reset?token="))
        }
    }

    @Test("a mail that is not taken is told, and the invitation can be sent again")
    func refused() async throws {
        try await World.going { world in
            try world.add("ada", .admin, ["rendetalje"])
            let ada = try await world.signIn("ada")
            let answer = try await world.send(
                "/users",
                [
                    "do": "invite", "name": "bo", "mail": "gone@example.org", "role": "VIEWER",
                    "company": "rendetalje",
                ], as: ada)
            #expect(answer.status == 503)
            #expect(answer.text.contains("nobody of that name, says the test"))
            #expect(answer.text.contains("invited until"))
            #expect(!answer.text.contains("?token="))
        }
    }

    @Test("where no passwords are taken, none can be chosen, asked for or given")
    func closed() async throws {
        let provider = """
            access:
              sign-in:
                local: false
                provider:
                  name: office
                  issuer: http://127.0.0.1:1
                  client-id: reportd
                  claims: {user: email, role: roles, companies: units}
            """
        try await World.going(provider) { world in
            let token = try await world.server.token(.admin, ["rendetalje"])
            for path in ["/sign-in/forgotten", "/invitation?token=x", "/reset?token=x"] {
                let answer = try await world.server.get(path)
                #expect(answer.status == 403)
                #expect(answer.text.contains("Nobody signs in with a password here"))
            }
            let asked = try await world.server.post("/sign-in/forgotten", "name=bo")
            #expect(asked.status == 403)
            let invited = try await world.server.post(
                "/api/v1/users",
                "{\"name\":\"bo\",\"role\":\"VIEWER\",\"companies\":[\"rendetalje\"]}",
                token: token)
            #expect(invited.status == 403 && invited.text.contains("identity provider"))
            let sign = try await world.server.get("/sign-in")
            #expect(!sign.text.contains("/sign-in/forgotten"))
            let page = try await world.server.get("/users", token: token)
            #expect(page.status == 200 && !page.text.contains("invite-name"))
        }
    }

    @Test("forms of another session or site change nothing")
    func forms() async throws {
        try await World.going { world in
            try world.add("ada", .admin, ["rendetalje"])
            let (ada, other) = (try await world.signIn("ada"), try await world.signIn("ada"))
            for (path, fields) in [
                (
                    "/users",
                    [
                        "do": "invite", "name": "bo", "role": "ADMIN", "company": "rendetalje",
                    ]
                ),
                ("/access", ["do": "key", "name": "k", "role": "ADMIN", "company": "rendetalje"]),
                ("/account", ["do": "end-others"]),
            ] {
                let theirs = try World.token(
                    try await world.server.get(path, headers: ["Cookie": other]))
                let mine = try World.token(
                    try await world.server.get(path, headers: ["Cookie": ada]))
                for (token, headers) in [
                    ("", [:]), (theirs, [:]), (mine, ["Sec-Fetch-Site": "cross-site"]),
                    (mine, ["Origin": "https://evil.example"]),
                ] as [(String, [String: String])] {
                    let answer = try await world.server.post(
                        path, World.form(fields.merging(["token": token]) { $1 }),
                        headers: headers.merging(["Cookie": ada]) { $1 })
                    #expect(answer.status == 403, "\(path) \(headers)")
                }
            }
            #expect(try InvitationBook(state: world.scene.state).all().isEmpty)
            #expect(try APIKeyBook(state: world.scene.state).all().isEmpty)
            #expect(try await world.isIn(other))
        }
    }

    @Test("commands invite, send again, reset, remove and list")
    func commands() async throws {
        try await World.going { world in
            let grant = ["--role", "VIEWER", "--company", "rendetalje"]
            func user(_ words: [String]) throws -> (status: Int32, text: String) {
                try LiveProgram(
                    ["user"] + words + ["--config", world.config, "--now", World.Scene.now]
                ).finish()
            }
            let sent = try user(["invite", "bo", "--mail", "bo@example.org"] + grant)
            #expect(sent.status == 0 && sent.text.isEmpty, "\(sent.text)")
            #expect(try await world.link("bo@example.org").contains("/invitation?token="))
            let printed = try user(["invite", "eva"] + grant)
            #expect(printed.text.hasPrefix(world.server.address + "/invitation?token="))
            let link = String(printed.text.split(separator: "\n")[0])
            #expect(try user(["invite", "eva", "--again"]).status == 0)
            #expect(try await world.look(link).status == 404)
            #expect(
                try user(["list"]).text
                    == "bo\tVIEWER\trendetalje\tbo@example.org\tinvited until 2026-11-23T13:30:00Z\n"
                    + "eva\tVIEWER\trendetalje\tno mail\tinvited until 2026-11-23T13:30:00Z\n")
            #expect(try user(["remove", "eva"]).status == 0)
            let chosen = try await world.choose(
                try await world.link("bo@example.org"), "bo's own password")
            #expect(chosen.status == 303)
            #expect(try user(["list"]).text.contains("\tsigned in 2026-11-20T13:30:00Z"))
            #expect(try user(["reset", "bo"]).status == 0)
            #expect(try await world.link("bo@example.org", 2).contains("/reset?token="))
            for (words, status, told) in [
                (["invite", "bo"] + grant, 64, "the name ‘bo’ is taken"),
                (["invite", "a:b"] + grant, 64, "no colon"),
                (["invite", "x", "--mail", "nobody"] + grant, 64, "not a mail address"),
                (["invite", "x", "--locale", "xx"] + grant, 64, "not a language"),
                (["invite", "x", "--company", "rendetalj"], 66, "did you mean ‘rendetalje’?"),
                (["invite", "bp", "--again"], 66, "nobody of the name ‘bp’ is invited"),
                (["remove", "bp"], 66, "did you mean ‘bo’?"),
                (["reset", "bp"], 66, "did you mean ‘bo’?"),
            ] as [([String], Int32, String)] {
                let answer = try user(words)
                #expect(answer.status == status, "\(words): \(answer.text)")
                #expect(answer.text.contains(told), "\(answer.text)")
            }
        }
    }
}
