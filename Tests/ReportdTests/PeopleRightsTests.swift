import Foundation
import Testing
import Vocabulary

@testable import reportd

/// What administrators see and change of people, keys and links, over roles and companies.
@Suite("Administration")
struct PeopleRightsTests {
    private typealias World = PeopleWorld

    private static let companies: [Set<String>] = [
        ["rendetalje"], ["foodtruck"], ["rendetalje", "foodtruck"],
        ["rendetalje", "foodtruck", "tiyende"],
    ]

    private static func word(_ companies: Set<String>) -> String {
        companies.map { String($0.prefix(1)) }.sorted().joined()
    }

    private struct Listed: Decodable {
        let name: String
        let companies: [String]
        let mayChange: Bool?
        let mayRevoke: Bool?
        let id: String?
    }

    private static func list(
        _ text: Data, _ member: String
    ) throws -> [String: Listed] {
        let all = try JSONDecoder().decode([String: [Listed]].self, from: text)
        return Dictionary(
            uniqueKeysWithValues: try #require(all[member]).map { ($0.name, $0) })
    }

    private static func body(_ fields: [String: Any]) throws -> String {
        String(
            decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    }

    @Test("only administrators ask, and only those whose key is made for it")
    func roles() async throws {
        try await World.going { world in
            let keys = APIKeyBook(state: world.scene.state)
            for role in Role.allCases {
                let token = try await world.server.token(role, ["rendetalje"], user: "7")
                for path in ["/users", "/access", "/api/v1/users", "/api/v1/access"] {
                    let answer = try await world.server.get(path, token: token)
                    #expect(answer.status == (role == .admin ? 200 : 403), "\(role) \(path)")
                }
                let posted = try await world.server.post(
                    "/api/v1/users",
                    try Self.body([
                        "name": "x-\(role.rawValue)", "role": "ADMIN",
                        "companies": ["rendetalje"],
                    ]), token: token)
                #expect(posted.status == (role == .admin ? 201 : 403))
                // Everybody has a page of their own.
                #expect(try await world.server.get("/account", token: token).status == 200)
            }
            for (scope, status) in [(Right.users, 200), (.audit, 403)] {
                let key = try keys.make(
                    "key-\(scope)",
                    Principal(
                        name: "", role: .admin, companies: ["rendetalje"], userKey: nil,
                        scopes: [scope]), seconds: 600, now: FirstLightWorld.now, by: "tests"
                ).key
                #expect(try await world.server.get("/api/v1/users", token: key).status == status)
            }
        }
    }

    @Test("people whose companies are not one's own do not exist, or are only seen")
    func people() async throws {
        try await World.going(hasMail: false) { world in
            for theirs in Self.companies {
                // Seats that nobody changes keep every company with an administrator.
                try world.add("chief-\(Self.word(theirs))", .admin, theirs)
            }
            for mine in Self.companies {
                let token = try await world.server.token(.admin, mine.sorted(), name: "asker")
                for (index, theirs) in Self.companies.enumerated() {
                    for role in Role.allCases {
                        let name = "u\(index)\(role.rawValue.lowercased())"
                        try world.add(name, role, theirs)
                        let (governs, sees) = (
                            theirs.isSubset(of: mine), !theirs.isDisjoint(with: mine)
                        )
                        let words = "\(mine.sorted()) on \(name) \(theirs.sorted())"
                        let all = try Self.list(
                            try await world.server.get("/api/v1/users", token: token).body,
                            "users")
                        #expect((all[name] != nil) == sees, "\(words)")
                        if sees {
                            #expect(all[name]?.mayChange == governs, "\(words)")
                            #expect(
                                Set(all[name]?.companies ?? []) == theirs.intersection(mine),
                                "\(words)")
                        }
                        let refused = sees ? 403 : 404
                        let path = "/api/v1/users/\(name)"
                        let reset = try await world.server.post(path + "/reset", "", token: token)
                        #expect(reset.status == (governs ? 201 : refused), "\(words)")
                        let changed = try await world.server.post(
                            path,
                            try Self.body(["role": "VIEWER", "companies": mine.sorted()]),
                            token: token)
                        #expect(changed.status == (governs ? 200 : refused), "\(words)")
                        let now = try #require(try world.users.all().first { $0.name == name })
                        #expect(now.role == (governs ? .viewer : role), "\(words)")
                        #expect(now.companies == (governs ? mine : theirs), "\(words)")
                        let removed = try await world.server.delete(path, token: token)
                        #expect(removed.status == (governs ? 204 : refused), "\(words)")
                        #expect(
                            try world.users.all().contains { $0.name == name } == !governs)
                        if !governs { try world.users.remove(name) }
                    }
                }
            }
        }
    }

    @Test("nobody gives a company that they have not: not to people, keys or links")
    func giving() async throws {
        try await World.going(hasMail: false) { world in
            for mine in Self.companies {
                let token = try await world.server.token(.admin, mine.sorted(), name: "asker")
                for theirs in Self.companies {
                    let name = "\(Self.word(mine))-\(Self.word(theirs))"
                    let may = theirs.isSubset(of: mine)
                    for (path, more) in [
                        ("users", ["role": "ADMIN"]),
                        ("access/keys", ["role": "ADMIN"]),
                        ("access/guests", ["dashboard": "sales"]),
                    ] {
                        let fields: [String: Any] = ["name": name, "companies": theirs.sorted()]
                        let answer = try await world.server.post(
                            "/api/v1/\(path)", try Self.body(fields.merging(more) { $1 }),
                            token: token)
                        #expect(answer.status == (may ? 201 : 404), "\(path) \(name)")
                        // What they have not is not even named as something that there is.
                        if !may { #expect(answer.text.contains("there is no company")) }
                    }
                    // An invitation is withdrawn, or sent again, under the same rule.
                    if may {
                        for (other, governs) in [
                            (mine, true), (Set(["tekup"]), false),
                        ] {
                            let stranger = try await world.server.token(
                                .admin, other.sorted(), name: "other")
                            let again = try await world.server.post(
                                "/api/v1/users/\(name)/invitation", "", token: stranger)
                            #expect(again.status == (governs ? 201 : 404))
                        }
                    }
                }
            }
        }
    }

    @Test("keys and links of other companies do not exist, or are only seen")
    func grants() async throws {
        try await World.going { world in
            let keys = APIKeyBook(state: world.scene.state)
            let guests = GuestBook(state: world.scene.state, key: world.server.access.key)
            let tokens = TokenBook(state: world.scene.state)
            let now = FirstLightWorld.now
            for mine in Self.companies {
                let token = try await world.server.token(.admin, mine.sorted(), name: "asker")
                for theirs in Self.companies {
                    let end = "\(Self.word(mine))-\(Self.word(theirs))"
                    let grant = Principal(
                        name: "t\(end)", role: .viewer, companies: theirs, userKey: nil)
                    let key = try keys.make(
                        "k\(end)", grant, seconds: 600, now: now, by: "tests")
                    let link = try guests.make(
                        "g\(end)", dashboard: "sales", companies: theirs, frames: [],
                        seconds: 600, now: now, by: "tests")
                    let issued = try tokens.enter(grant, seconds: 600, now: now, by: "tests")
                    let (governs, sees) = (
                        theirs.isSubset(of: mine), !theirs.isDisjoint(with: mine)
                    )
                    let all = try Self.list(
                        try await world.server.get("/api/v1/access", token: token).body, "access")
                    for (kind, id) in [("k", key.entry.id), ("g", link.id), ("t", issued)] {
                        let found = all[kind + end]
                        #expect((found != nil) == sees, "\(kind)\(end)")
                        #expect(found?.mayRevoke == (sees ? governs : nil))
                        #expect(
                            Set(found?.companies ?? []) == (sees ? theirs.intersection(mine) : []))
                        let path = ["k": "keys", "g": "guests", "t": "tokens"][kind] ?? ""
                        let gone = try await world.server.delete(
                            "/api/v1/access/\(path)/\(id)", token: token)
                        #expect(gone.status == (governs ? 204 : sees ? 403 : 404), "\(kind)\(end)")
                    }
                    let ask = try await world.server.get("/api/v1/dashboards", token: key.key)
                    #expect(ask.status == (governs ? 401 : 200))
                    #expect(
                        try await world.server.get(guests.path(of: link)).status
                            == (governs ? 404 : 200))
                }
            }
        }
    }

    @Test("the last administrator of a company stays one")
    func last() async throws {
        try await World.going { world in
            try world.add("ada", .admin, ["rendetalje", "foodtruck"])
            try world.add("fritz", .admin, ["foodtruck"])
            let ada = try await world.signIn("ada")
            for fields in [
                ["do": "remove", "name": "ada"],
                ["do": "change", "name": "ada", "role": "VIEWER", "company": "rendetalje"],
                ["do": "change", "name": "ada", "role": "ADMIN", "company": "foodtruck"],
            ] {
                let answer = try await world.send("/users", fields, as: ada)
                #expect(answer.status == 400)
                #expect(
                    answer.text.contains(
                        "‘ada’ is the last administrator of rendetalje."), "\(answer.text)")
                #expect(answer.text.contains("Make somebody else an ADMIN there first."))
            }
            #expect(try await world.isIn(ada))
            // Where there is another one, they may.
            try world.add("ruth", .admin, ["rendetalje"])
            let demoted = try await world.send(
                "/users",
                ["do": "change", "name": "ada", "role": "VIEWER", "company": "rendetalje"],
                as: ada)
            #expect(demoted.status == 303 && demoted.headers["Location"] == "/")
            #expect(try await world.server.get("/users", headers: ["Cookie": ada]).status == 403)
            let ruth = try await world.signIn("ruth")
            let removed = try await world.send(
                "/users", ["do": "remove", "name": "ada"], as: ruth)
            #expect(removed.status == 200 && removed.text.contains("ada was removed."))
            #expect(try await !world.isIn(ada))
            let entries = try await world.scene.audit.entries(.init(kind: "user")).suffix(2)
            #expect(entries.map(\.who) == ["ada", "ruth"])
            #expect(entries.allSatisfy { $0.address == "127.0.0.1" })
        }
    }

    @Test("where addresses are not kept, neither sessions nor the audit log have them")
    func discreet() async throws {
        try await World.going("audit: {addresses: false}") { world in
            try world.add("ada", .admin, ["rendetalje"])
            let ada = try await world.signIn("ada")
            _ = try await world.send(
                "/users",
                [
                    "do": "invite", "name": "bo", "mail": "bo@example.org", "role": "VIEWER",
                    "company": "rendetalje",
                ], as: ada)
            _ = try await world.choose(
                try await world.link("bo@example.org"), "bo's own password")
            let entries = try await world.scene.audit.entries()
            #expect(entries.count > 3 && entries.allSatisfy { $0.address == nil })
            let sessions = SessionBook(state: world.scene.state)
            for name in ["ada", "bo"] {
                let all = try await sessions.all(of: name, now: FirstLightWorld.now)
                #expect(all.count == 1 && all[0].address == nil)
            }
        }
    }
}
