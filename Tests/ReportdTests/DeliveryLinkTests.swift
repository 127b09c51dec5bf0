import Foundation
import GRDB
import Logging
import Testing
import Vocabulary

@testable import reportd

@Suite("Links to files that are too large for a mail")
struct DeliveryLinkTests {
    /// No file of a report is as small as this.
    private static let limit = 16
    private static let address = "https://reports.example.com"

    private func scene() async throws -> ScheduleScene {
        let scene = try ScheduleScene(
            publicAddress: Self.address, attachmentLimit: Self.limit)
        try scene.post.sell(100, on: "2026-11-03")
        try scene.post.sell(70, on: "2026-11-04", company: "foodtruck")
        return scene
    }

    private static let both = ["rendetalje", "foodtruck"]

    /// The path of the link in a message that was sent.
    private func path(_ message: [UInt8]) throws -> String {
        let parts = SentMessage(message)
        #expect(parts.files.isEmpty)
        let found = try #require(
            parts.text.firstMatch(of: /https:\/\/reports\.example\.com(\/files\/[A-Za-z0-9_.\-]+)/))
        let path = String(found.output.1)
        #expect(parts.html?.contains("<a href=\"\(Self.address)\(path)\"") == true)
        return path
    }

    private func path(_ name: String, _ scene: ScheduleScene) throws -> String {
        try path(try #require(scene.post.mail.kept(for: scene.post.address(name)).last).message)
    }

    /// The files that recipients would be sent if nothing were too large, by address.
    private func attachments(_ scene: ScheduleScene) async throws -> [String: [UInt8]] {
        let world = scene.post.world
        let room = try #require(
            try PostRoom(
                world.workplace, world.desk, scene.post.state, world.board,
                Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        await room.byHand.reload(scene.shelf.current.schedules)
        var files: [String: [UInt8]] = [:]
        for rehearsal in try await room.byHand.rehearse(
            "mornings", run: LocalTime("2026-11-20T08:00"))
        {
            let parts = SentMessage(try #require(rehearsal.rendition.message))
            files[rehearsal.request.recipient.address] = parts.files.first?.bytes
        }
        return files
    }

    private func kept(_ hash: String, _ scene: ScheduleScene) -> Bool {
        FileManager.default.fileExists(
            atPath: "\(scene.post.world.folder)/data/mail/\(hash.prefix(2))/\(hash)")
    }

    @Test("each recipient gets the very file that was made for them, until the link expires")
    func serves() async throws {
        let scene = try await scene()
        try await scene.define(
            "mornings", companies: Self.both,
            to: [("anna", ["rendetalje"]), ("bo", ["foodtruck"])])
        #expect(try await scene.send("mornings").map(\.state) == [.sent, .sent])
        let files = try await attachments(scene)
        let annas = try #require(files[scene.post.address("anna")])
        let bos = try #require(files[scene.post.address("bo")])
        #expect(annas != bos)
        let (one, two) = (try path("anna", scene), try path("bo", scene))
        #expect(one != two)
        let words = try scene.post.received("anna")[0].text
        #expect(words.contains("too large for a mail"))
        // What is shown of a message to others leads nowhere.
        let message = try #require(
            scene.post.mail.kept(for: scene.post.address("anna")).last
        ).message
        let shown = SentMessage(message).withoutTokens
        let token = String(one.dropFirst("/files/".count))
        #expect(!shown.text.contains(token) && shown.html?.contains(token) == false)
        // Figures that change later change nothing of what was made.
        try scene.post.sell(11, on: "2026-11-05")

        try await scene.serving { server in
            let taken = try await server.get(one)
            #expect(taken.status == 200 && taken.type?.hasPrefix("text/csv") == true)
            #expect(Array(taken.body) == annas)
            #expect(taken.headers["Content-Sha256"] == HashedFiles.sha256(annas))
            #expect(taken.headers["Cache-Control"] == "private, no-store")
            #expect(taken.headers["Content-Disposition"]?.contains(".csv") == true)
            let other = try await server.get(two)
            #expect(Array(other.body) == bos)

            // Nobody else: by pieces of two links, by another letter, by a hash, by a claim that was
            // never given, or by one that lasts longer than its link.
            let (first, second) = (one.split(separator: "."), two.split(separator: "."))
            #expect(try await server.get("\(first[0]).\(second[1])").status == 404)
            let letters = Array(one)
            for index in stride(from: 7, to: letters.count, by: 9) {
                var other = letters
                other[index] = other[index] == "A" ? "B" : "A"
                #expect(try await server.get(String(other)).status == 404, "\(index)")
            }
            let hash = HashedFiles.sha256(annas)
            let admin = try await server.token(.admin, scene.everything.sorted(), name: "ada")
            let path = "/api/v1/deliveries/1/files/\(hash)"
            #expect(try await server.get(path, token: admin).status == 404)
            #expect(try await server.get(path).status == 401)
            #expect(try await server.get("/files/\(hash)").status == 404)
            let key = LinkKey(besides: scene.post.state.path)
            let far = try #require(Instant("2027-11-20T00:00:00Z"))
            let others = [
                ("1.1", HashedFiles.sha256(bos), 404), ("1.2", hash, 404), ("9.1", hash, 404),
                ("1.1", hash, 200),
            ]
            for (link, export, status) in others {
                let claim = LinkKey.Claim(link: link, export: export, expires: far)
                let answer = try await server.get("/files/\(try key.token(claim))")
                #expect(answer.status == status, "\(link)")
            }

            // A token of somebody's own that is refused is told without the link's.
            #expect(try await server.get(one, token: "not.a.token").status == 401)

            try scene.post.world.set("2026-12-04T23:59:59Z")
            #expect(try await server.get(one).status == 200)
            try scene.post.world.set("2026-12-05T00:00:00Z")
            #expect(try await server.get(one).status == 404)
            let claim = LinkKey.Claim(link: "1.1", export: hash, expires: far)
            #expect(try await server.get("/files/\(try key.token(claim))").status == 404)
        }

        let end = try #require(Instant("2026-12-05T00:00:00Z"))
        let hashes = Set([annas, bos].map(HashedFiles.sha256))
        let links = try await scene.post.ledger.links(limit: 10).map { $0.0 }
        #expect(links.map(\.downloads) == [3, 1] && links.allSatisfy { $0.expires == end })
        #expect(try await scene.post.ledger.forgetLinks(at: end.adding(seconds: -1)).isEmpty)
        #expect(Set(try await scene.post.ledger.forgetLinks(at: end)) == hashes)
        let entries = try await scene.post.state.read { db in
            try Row.fetchAll(db, sql: "SELECT kind, who, subject, details FROM audit").map { row in
                (kind: row["kind"] as String, text: "\(row)")
            }
        }
        #expect(entries.count { $0.kind == "link-made" } == 2)
        #expect(entries.count { $0.kind == "link-download" } == 4)
        #expect(entries.contains { $0.kind == "link-refused" })
        #expect(
            entries.contains {
                $0.kind == "token-refused" && $0.text.contains("GET /files/{token}")
            })
        for secret in [one, two].flatMap({ $0.dropFirst(7).split(separator: ".") }) {
            #expect(!entries.contains { $0.text.contains(secret) })
        }
    }

    @Test(
        "a link ends when it is revoked, its recipient may see less, its key or its message is gone"
    )
    func ends() async throws {
        let scene = try await scene()
        func define(_ people: [(String, [String])]) async throws {
            try await scene.define("mornings", companies: Self.both, to: people)
        }
        let usual = [("anna", Self.both), ("bo", ["foodtruck"])]
        try await define(usual)
        try await scene.send("mornings")
        let (one, two) = (try path("anna", scene), try path("bo", scene))
        let hash = try #require(try await scene.post.ledger.links(limit: 2).first).0.file.sha256
        func run(_ words: String...) throws -> (status: Int32, text: String) {
            try scene.post.world.run(words, now: "2026-11-20T13:30:00Z")
        }
        try await scene.serving { server in
            func status(_ path: String) async throws -> Int { try await server.get(path).status }
            #expect(try await status(one) == 200)

            // Who would not be sent the file now does not get it by an older message.
            for people in [[usual[1]], [("anna", ["foodtruck"]), usual[1]]] {
                try await define(people)
                #expect(try await status(one) == 404)
                #expect(try await status(two) == 200)
            }
            try await define(usual)
            #expect(try await status(one) == 200)

            #expect(kept(hash, scene))
            let listed = try run("schedules", "links")
            #expect(listed.text.contains("until 2026-12-05T00:00:00Z, taken 2 times"))
            #expect(!listed.text.contains(one.dropFirst(7)))
            #expect(try run("schedules", "unlink", "1").status == 0)
            #expect(try await status(one) == 404)
            #expect(try await status(two) == 200)
            #expect(!kept(hash, scene))
            #expect(try run("schedules", "unlink", "1").status == 66)
            #expect(try run("schedules", "links").text.contains("revoked 2026-11-20T13:30:00Z"))
            let page = try await server.get(one, headers: ["Accept": "text/html"])
            #expect(page.text.contains("This link does not lead to a file, or not any more"))

            // Sent again, the file is made anew and has another link; the old one stays void.
            _ = try await scene.post.ledger.resend(1, now: FirstLightWorld.now)
            try await scene.send("mornings")
            let again = try path("anna", scene)
            #expect(again != one)
            #expect(try await status(again) == 200)
            #expect(try await status(one) == 404)

            #expect(try run("export", "rotate-key").status == 0)
            #expect(try await status(again) == 404)
            _ = try await scene.post.ledger.resend(1, now: FirstLightWorld.now)
            try await scene.send("mornings")
            let last = try path("anna", scene)
            #expect(try await status(last) == 200)

            // A row was erased: whatever may show it goes, the file too.
            #expect(kept(hash, scene))
            _ = try await MailArchive.forget("sale", of: scene.post.world.workplace)
            #expect(!kept(hash, scene))
            #expect(try await status(last) == 404)
        }
    }

    private struct Visit: Decodable {
        let seen: [String: String]
        let problems: [String]
    }

    /// With REPORTD_PICTURES set, pictures of the page are left in that folder.
    @Test("a delivery tells of its links, and who may send revokes them there")
    func page() async throws {
        let scene = try await scene()
        try await scene.define(
            "mornings", companies: Self.both, to: [("anna", Self.both), ("bo", ["foodtruck"])])
        try await scene.send("mornings")
        let (one, two) = (try path("anna", scene), try path("bo", scene))
        try UserBook(state: scene.post.state).set(
            ScheduleScene.admin(scene.everything), password: "a good password")
        try await scene.serving { server in
            #expect(try await server.get(one).status == 200)
            let admin = try await server.token(.admin, scene.everything.sorted(), name: "ada")
            let clerk = try await server.token(.accountant, Self.both, name: "bea")
            func links(_ id: Int, _ token: String) async throws -> String {
                let text = try await server.get("/api/v1/deliveries/\(id)", token: token).text
                return String(text[try #require(text.range(of: "\"links\":")).upperBound...])
            }
            let told = try await links(1, admin)
            #expect(
                told.hasPrefix("[{\"attempt\":1,\"name\":\"sales-register"), "\(told)"
            )
            #expect(told.contains("\"expires\":\"2026-12-05T00:00:00Z\",\"revoked\":null"))
            #expect(told.contains("\"downloads\":1,\"lastDownload\":\"2026-11-20T13:30:00Z\""))
            // The address itself stands in the message alone.
            #expect(!told.contains(one.dropFirst(7)))
            func page(_ id: Int, _ token: String) async throws -> String {
                try await server.get("/deliveries/\(id)", token: token).text
            }
            #expect(try await page(1, admin).contains("/deliveries/1/unlink"))
            // Who may look and not send is told of links, and has no button.
            let may = Role.accountant.rights.contains(.schedules)
            #expect(try await page(1, clerk).contains("Links to large files") == may)
            #expect(try await !page(1, clerk).contains("/deliveries/1/unlink"))
            let address = "/api/v1/deliveries/2/links"
            #expect(try await server.send("DELETE", address, nil, clerk, [:]).status == 403)
            #expect(try await server.send("DELETE", address, nil, nil, [:]).status == 401)
            #expect(try await server.get(two).status == 200)
            #expect(try await server.send("DELETE", address, nil, admin, [:]).status == 204)
            #expect(try await server.get(two).status == 404)
            let again = try await server.send("DELETE", address, nil, admin, [:])
            #expect(again.status == 404 && again.text.contains("no link of delivery 2 is in force"))
            #expect(try await links(2, admin).contains("\"revoked\":\"2026-11-20T13:30:00Z\""))

            let pictures =
                ProcessInfo.processInfo.environment["REPORTD_PICTURES"] ?? scene.post.world.folder
            let browser = try Conversation(
                "delivery_link_pages.py", [server.address, "ada", "a good password", pictures, "1"])
            let visit = try JSONDecoder().decode(Visit.self, from: try await browser.end())
            #expect(visit.problems.isEmpty, "\(visit.problems.joined(separator: "\n"))")
            let seen = visit.seen
            #expect(seen["before"]?.hasPrefix("1 sales-register") == true, "\(seen)")
            #expect(seen["before"]?.contains("until 5 Dec 2026") == true, "\(seen)")
            #expect(seen["before"]?.contains("1 ×, last 20 Nov 2026") == true, "\(seen)")
            #expect(seen["done"] == "The links lead nowhere any more.")
            #expect(seen["after"]?.contains("revoked 20 Nov 2026") == true, "\(seen)")
            #expect(seen["forms"] == "0")
            #expect(try await server.get(one).status == 404)
        }
        let revoked = try await scene.post.state.read { db in
            try String.fetchAll(db, sql: "SELECT who FROM audit WHERE kind = 'link-revoked'")
        }
        #expect(revoked == ["ada", "ada"])
    }

    @Test("every attempt has a link that holds, each to the file of that attempt")
    func attempts() async throws {
        let scene = try await scene()
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("rcpt-451", ["rendetalje"])])
        var files: [[UInt8]?] = []
        let name = scene.post.address("rcpt-451")
        files.append(try await attachments(scene)[name])
        try await scene.send("mornings")
        try scene.post.sell(11, on: "2026-11-05")
        files.append(try await attachments(scene)[name])
        let delivery = try #require(try await scene.send("mornings").first)
        #expect(delivery.attempts.map(\.outcome) == [.deferred, .deferred])
        #expect(files[0] != files[1])
        let archive = MailArchive(besides: scene.post.state.path)
        let paths = try (1...2).map { try path(archive.message(of: delivery, attempt: $0)) }
        try await scene.serving { server in
            for (path, file) in zip(paths, files) {
                let taken = try await server.get(path)
                #expect(taken.status == 200 && Array(taken.body) == file)
            }
        }
    }

    @Test("without an https address, and in a rehearsal, the report's address stands there")
    func plain() async throws {
        let open = try ScheduleScene(attachmentLimit: Self.limit)
        let secure = try await scene()
        for scene in [open, secure] {
            try await scene.define(
                "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
            let rehearsal = try #require(
                try await scene.post.post.byHand.rehearse(
                    "mornings", run: LocalTime("2026-11-20T08:00")
                ).first)
            let text = SentMessage(try #require(rehearsal.rendition.message)).text
            #expect(text.contains("/reports/sales-register?") && !text.contains("/files/"))
        }
        try await open.send("mornings")
        let text = try open.post.received("anna")[0].text
        #expect(text.contains("http://reports.example.com/reports/sales-register?"))
        #expect(!text.contains("/files/"))
        #expect(try await open.post.ledger.links(limit: 1).isEmpty)
        // What is small enough is attached, and needs no link.
        let usual = try ScheduleScene(publicAddress: Self.address)
        try await usual.define(
            "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
        try await usual.send("mornings")
        let message = try #require(usual.post.mail.kept(for: usual.post.address("anna")).first)
        #expect(SentMessage(message.message).files.count == 1)
        #expect(try await usual.post.ledger.links(limit: 1).isEmpty)

        let settings = "host: localhost\nsecurity: plain\nfrom: reports@example.com\n"
        func server(_ more: String) throws -> MailServer {
            try MailServer(DefinitionNode(parsing: settings + more, file: "reportd.yaml"))
        }
        #expect(try server("").linkDays == 14)
        #expect(try server("link-days: 3").linkDays == 3)
        #expect(throws: Advice.self) { try server("link-days: 0") }
        let late = try #require(Instant("2026-11-20T23:59:59Z"))
        #expect(
            DeliveryLink.expiry(after: 1, from: late) == Instant("2026-11-22T00:00:00Z"))
    }
}
