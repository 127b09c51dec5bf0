import Counterparts
import Foundation
import FoundationNetworking
import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import reportd

@Suite("Exports over HTTP")
struct ExportHTTPTests {
    private typealias Scene = ExportScene

    private static let body =
        "{\"report\":\"sales-register\",\"format\":\"csv\",\"table\":\"register\","
        + "\"period\":\"2026-11\"}"

    private func json(_ answer: TestServer.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    }

    @Test("asked for, followed, downloaded and removed")
    func course() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            let direct = try await server.get(
                "/api/v1/reports/sales-register.csv?table=register&period=2026-11", token: token)
            let asked = try await server.post("/api/v1/exports", Self.body, token: token)
            #expect(asked.status == 202, "\(asked.text)")
            let place = try #require(asked.headers["Location"])
            #expect(try json(asked)["state"] as? String == "waiting")
            let early = try await server.get(place + "/download", token: token)
            #expect(early.status == 503)
            #expect(early.text.contains("the file is not there yet"))
            try await scene.room().workNext()
            let done = try json(try await server.get(place, token: token))
            #expect(done["state"] as? String == "done")
            #expect(done["percent"] as? Int == 100)
            #expect(done["rows"] as? Int == 30 && done["rowsInAll"] as? Int == 30)
            #expect(done["expires"] as? String == "2026-11-27T13:30:00Z")
            let file = try await server.get(
                try #require(done["download"] as? String), token: token)
            #expect(file.status == 200)
            #expect(file.body == direct.body)
            #expect(file.type == "text/csv; charset=utf-8")
            #expect(file.headers["Content-Length"] == "\(direct.body.count)")
            #expect(
                file.headers["Content-Disposition"]
                    == "attachment; filename=\"sales-register-register-2026-11.csv\"")
            #expect(done["sha256"] as? String == CloseArchive.sha256(file.body))
            let list = try json(try await server.get("/api/v1/exports", token: token))
            #expect((list["exports"] as? [Any])?.count == 1)
            #expect(try await server.delete(place, token: token).status == 204)
            #expect(try await server.get(place + "/download", token: token).status == 404)
            #expect(try await server.delete(place, token: token).status == 404)
            #expect(
                try await scene.kinds() == [
                    "download", "export-asked", "export-done", "download", "export-removed",
                ])
            let entries = try await scene.audit.entries(.init(kind: "download"))
            #expect(entries.allSatisfy { $0.who == "test" && $0.address == "127.0.0.1" })
            // The same file, taken away at once or later, has the same hash in the log.
            let hash = "\"sha256\":\"\(CloseArchive.sha256(file.body))\""
            #expect(entries.allSatisfy { $0.details.contains(hash) })
        }
    }

    @Test("a spoilt file breaks off before its end")
    func spoilt() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let token = try await server.token(.salesManager, ["rendetalje"], name: "mette")
            let export = try await scene.made()
            let path = scene.exports.shelf.path(export.storedName)
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            await #expect(throws: (any Error).self) {
                let answer = try await server.get(
                    "/api/v1/exports/\(export.id)/download", token: token)
                try #require(answer.body.count == bytes.count)
            }
        }
    }

    @Test("who may not take files away has no exports, by any address")
    func roles() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            for role in Role.allCases { try await roles(role, scene, server) }
        }
    }

    private func roles(_ role: Role, _ scene: Scene, _ server: TestServer) async throws {
        let theirs = try await scene.made(for: Scene.manager)
        do {
            let token = try await server.token(
                role, ["rendetalje"], user: role == .salesRep ? "7" : nil, name: "\(role)")
            let asked = try await server.post("/api/v1/exports", Self.body, token: token)
            let list = try await server.get("/api/v1/exports", token: token)
            let one = try await server.get("/api/v1/exports/\(theirs.id)", token: token)
            let file = try await server.get("/api/v1/exports/\(theirs.id)/download", token: token)
            let link = try await server.post(
                "/api/v1/exports/\(theirs.id)/links", "", token: token)
            let audit = try await server.get("/api/v1/audit", token: token)
            #expect(audit.status == (role == .admin ? 200 : 403))
            #expect(
                try await server.get("/api/v1/audit.csv", token: token).status == audit.status)
            guard role.rights.contains(.exports) else {
                for answer in [asked, list, one, file, link] {
                    #expect(answer.status == 403, "\(answer.text)")
                }
                let denied = try await scene.audit.entries(.init(kind: "denied", who: "\(role)"))
                #expect(denied.count == 7)
                return
            }
            #expect(asked.status == 202)
            let expected = role == .admin ? 200 : 404
            for answer in [one, file] { #expect(answer.status == expected, "\(answer.text)") }
            #expect(link.status == (role == .admin ? 201 : 404))
            #expect(list.text.contains(theirs.id) == (role == .admin))
            let gone = try await server.delete("/api/v1/exports/\(theirs.id)", token: token)
            #expect(gone.status == (role == .admin ? 204 : 404))
            // What may not be seen looks exactly like what does not exist.
            if role != .admin {
                let nothing = try await server.get(
                    "/api/v1/exports/\(Export.newID())", token: token)
                #expect(nothing.textOfAny == one.textOfAny)
                let nonsense = try await server.get("/api/v1/exports/..%2Fstate", token: token)
                #expect(nonsense.status == 404)
            }
        }
    }

    @Test("an export does not outlive the right to see its companies")
    func grants() async throws {
        let scene = try Scene()
        let both = Principal(
            name: "ida", role: .accountant, companies: ["rendetalje", "foodtruck"], userKey: nil)
        let request = try ExportRequest(
            report: "sales-register", format: "csv", table: "register",
            choices: ViewChoices(companies: ["rendetalje", "foodtruck"], period: "2026-11"))
        let export = try await scene.made(request, for: both)
        #expect(export.rows == 40)
        try await scene.serving { server in
            let place = "/api/v1/exports/\(export.id)"
            for (companies, role, status) in [
                (["rendetalje", "foodtruck"], Role.accountant, 200),
                (["rendetalje"], .accountant, 404), (["foodtruck"], .admin, 404),
                (["rendetalje", "foodtruck"], .viewer, 403), ([], .accountant, 404),
            ] {
                let token = try await server.token(role, companies, name: "ida")
                for path in [place, place + "/download"] {
                    #expect(try await server.get(path, token: token).status == status)
                }
            }
            // Nobody exports what they may not see.
            let token = try await server.token(.accountant, ["rendetalje"], name: "ida")
            let foreign = try await server.post(
                "/api/v1/exports",
                "{\"report\":\"sales-register\",\"format\":\"csv\",\"company\":[\"foodtruck\"]}",
                token: token)
            #expect(foreign.status == 404)
            let all = try await server.post("/api/v1/exports", Self.body, token: token)
            #expect(try json(all)["companies"] as? [String] == ["rendetalje"])
        }
    }

    @Test("mistakes are answered with what to do")
    func mistakes() async throws {
        let wrong: [(String, Int, String)] = [
            ("{\"report\":\"sales-registr\",\"format\":\"csv\"}", 404, "did you mean"),
            ("{\"report\":\"sales-register\",\"format\":\"doc\"}", 400, "not a file format"),
            ("{\"report\":\"sales-register\",\"format\":\"csv\",\"perod\":\"x\"}", 400, "period"),
            ("{\"report\":\"sales-register\"}", 400, "not a request for an export"),
            (
                "{\"report\":\"sales-register\",\"format\":\"csv\",\"period\":\"thn\"}", 400,
                "thn"
            ),
            (
                "{\"report\":\"sales-register\",\"format\":\"csv\",\"profile\":\"x\"}", 400,
                "profile"
            ),
            ("[]", 400, "not a request for an export"), ("", 400, "not a request for an export"),
        ]
        let scene = try Scene(sales: 4)
        try await scene.serving { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            for (body, status, words) in wrong {
                let answer = try await server.post("/api/v1/exports", body, token: token)
                #expect(answer.status == status, "\(answer.text)")
                #expect(answer.text.contains(words), "\(answer.text)")
            }
            #expect(try await scene.exports.ledger.list().isEmpty)
        }
    }

    @Test("whoever has too many is told so with 429, and other sites cannot ask at all")
    func refused() async throws {
        let scene = try Scene("exports: {waiting: 1}\n")
        try await scene.serving { server in
            let token = try await server.token(.salesManager, ["rendetalje"])
            #expect(
                try await server.post("/api/v1/exports", Self.body, token: token).status == 202)
            let second = try await server.post("/api/v1/exports", Self.body, token: token)
            #expect(second.status == 429)
            #expect(second.text.contains("wait until one is done"))
            let foreign = try await server.post(
                "/api/v1/exports", Self.body, token: token,
                headers: ["Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403)
        }
    }

    @Test("the event stream tells the owner how far their export is, and nobody else")
    func events() async throws {
        let scene = try Scene()
        try await scene.serving { server in
            let mine = try await server.token(.salesManager, ["rendetalje"], name: "mette")
            let other = try await server.token(.accountant, ["rendetalje"], name: "otto")
            let streams = try [mine, other].map { token in
                try EventListener(server.address + "/api/v1/events", token: token)
            }
            for stream in streams { try stream.wait(for: "retry: 2000") }
            let export = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
            try await scene.room().workNext()
            let text = try streams[0].wait(for: "\"state\":\"done\"")
            #expect(text.contains("event: export\ndata: {\"id\":\"\(export.id)\""))
            // Something else that both are told of comes after it.
            try scene.world.sell(("S-77", "PAID", 5, "2026-11-12T09:00:00Z"))
            let others = try streams[1].wait(for: "event: commit")
            #expect(!others.contains(export.id))
            for stream in streams { stream.stop() }
        }
    }

    // MARK: Links

    @Test("a link serves anybody until it expires, is revoked, or its key or file is gone")
    func links() async throws {
        let scene = try Scene()
        let export = try await scene.made()
        try await scene.serving { server in
            let token = try await server.token(.salesManager, ["rendetalje"], name: "mette")
            let place = "/api/v1/exports/\(export.id)/links"
            func link(_ body: String = "") async throws -> (id: String, path: String) {
                let answer = try await server.post(place, body, token: token)
                #expect(answer.status == 201, "\(answer.text)")
                let value = try json(answer)
                let address = try #require(value["address"] as? String)
                let start = try #require(address.firstRange(of: "/files/")).lowerBound
                return (try #require(value["id"] as? String), String(address[start...]))
            }
            let first = try await link("{\"days\":3}")
            let file = try await server.get(first.path)
            #expect(file.status == 200)
            let bytes = try await scene.bytes(of: export)
            #expect(Array(file.body) == bytes)
            #expect(try await server.get(first.path).status == 200)
            let shown = try json(
                try await server.get("/api/v1/exports/\(export.id)", token: token))
            let known = try #require((shown["links"] as? [[String: Any]])?.first)
            #expect(known["downloads"] as? Int == 2)
            #expect(known["expires"] as? String == "2026-11-23T13:30:00Z")
            #expect((known["address"] as? String)?.hasSuffix(first.path) == true)
            for days in [0, 31, -1] {
                let answer = try await server.post(place, "{\"days\":\(days)}", token: token)
                #expect(answer.status == 400, "\(days)")
            }
            // Every letter counts.
            let letters = Array(first.path)
            for index in stride(from: 7, to: letters.count, by: 5) {
                var other = letters
                other[index] = other[index] == "A" ? "B" : "A"
                #expect(try await server.get(String(other)).status == 404, "\(index)")
            }
            for wrong in ["/files/", "/files/.", "/files/a.b", "/files/\(export.id)"] {
                #expect(try await server.get(wrong).status == 404)
            }
            // Who comes with a browser gets a page.
            let page = try await server.get("/files/a.b", headers: ["Accept": "text/html"])
            #expect(page.status == 404)
            #expect(page.text.contains("This link does not lead to a file, or not any more"))
            // Revoked: the others stay.
            let second = try await link()
            let revoked = try await server.delete(place + "/" + first.id, token: token)
            #expect(revoked.status == 204)
            #expect(try await server.delete(place + "/" + first.id, token: token).status == 404)
            #expect(try await server.get(first.path).status == 404)
            #expect(try await server.get(second.path).status == 200)
            // Expired, to the second.
            let third = try await link("{\"days\":1}")
            try scene.world.set("2026-11-21T13:29:59Z")
            #expect(try await server.get(third.path).status == 200)
            try scene.world.set("2026-11-21T13:30:00Z")
            #expect(try await server.get(third.path).status == 404)
            try scene.world.set(Scene.now)
            // Another key, by command.
            let rotated = try scene.world.run(["export", "rotate-key"], now: Scene.now)
            #expect(rotated.status == 0)
            #expect(try await server.get(second.path).status == 404)
            let fourth = try await link()
            #expect(try await server.get(fourth.path).status == 200)
            // The file is gone.
            #expect(
                try await server.delete("/api/v1/exports/\(export.id)", token: token).status
                    == 204)
            #expect(try await server.get(fourth.path).status == 404)
            let kinds = try await scene.kinds()
            #expect(kinds.filter { $0 == "link-made" }.count == 4)
            #expect(kinds.filter { $0 == "link-download" }.count == 5)
            #expect(kinds.filter { $0 == "link-revoked" }.count == 2)
            #expect(kinds.contains("link-refused"))
            let keyFile = scene.world.folder + "/data/links.key"
            let permissions = try FileManager.default.attributesOfItem(atPath: keyFile)[
                .posixPermissions]
            #expect((permissions as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test("a link falls with its maker's rights")
    func makers() async throws {
        let scene = try Scene()
        let users = UserBook(state: scene.state)
        try users.set(Scene.manager, password: "a long password")
        let export = try await scene.made()
        let link = try await scene.exports.link(
            to: export, days: nil, for: Scene.manager, from: nil)
        let address = try #require(link.address)
        let path = String(address[try #require(address.firstRange(of: "/files/")).lowerBound...])
        try await scene.serving { server in
            #expect(try await server.get(path).status == 200)
            for (role, companies) in [
                (Role.viewer, ["rendetalje"]), (.salesManager, ["foodtruck"]),
            ] {
                try users.set(
                    Principal(
                        name: "mette", role: role, companies: Set(companies), userKey: nil),
                    password: "a long password")
                #expect(try await server.get(path).status == 404)
            }
            try users.remove("mette")
            #expect(try await server.get(path).status == 404)
            try users.set(Scene.manager, password: "a long password")
            #expect(try await server.get(path).status == 200)
        }
    }

    @Test("tokens of links are nobody else's to make")
    func tokens() throws {
        let folder = try DeliveryFolder()
        let key = LinkKey(besides: folder.path + "/state.sqlite")
        #expect(try key.claim(of: "e30.e30") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let claim = LinkKey.Claim(
            link: Export.newID(), export: Export.newID(), expires: Instant(seconds: 1_800_000_000))
        let token = try key.token(claim)
        #expect(try key.claim(of: token) == claim)
        #expect(token.utf8.allSatisfy { $0 == 45 || $0 == 46 || $0 == 95 || $0 > 47 })
        let other = try DeliveryFolder()
        #expect(try LinkKey(besides: other.path + "/s").claim(of: token) == nil)
        try key.rotate()
        #expect(try key.claim(of: token) == nil)
        try "short".write(toFile: key.path, atomically: true, encoding: .utf8)
        #expect(throws: Advice.self) { _ = try key.claim(of: token) }
        #expect(throws: Advice.self) { _ = try key.token(claim) }
    }
}

/// A client of an event stream: curl, whose output is collected.
final class EventListener: @unchecked Sendable {
    // Unchecked: the process is touched by one test.
    private let process = Process()
    private let text = Mutex("")

    init(_ address: String, token: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["-sN", address, "-H", "Authorization: Bearer \(token)"]
        process.standardOutput = output
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            self?.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        try process.run()
    }

    /// Waits until a text has come; answers with all that came.
    @discardableResult
    func wait(for words: String) throws -> String {
        for _ in 0..<2000 {
            let now = text.withLock { $0 }
            if now.contains(words) { return now }
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("‘\(words)’ did not come: \(text.withLock { $0 })")
        return text.withLock { $0 }
    }

    func stop() {
        // Not by asking: signals that this process does not take, its children do not either.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
