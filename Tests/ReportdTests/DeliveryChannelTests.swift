import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// A server that takes webhooks; it is `Tests/Support/hook_server.py`, and ends with this object.
final class HookServer: Sendable {
    /// A request that was right.
    struct Kept: Decodable {
        struct Body: Decodable {
            let id: String?
            let schedule: String?
            let run: String?
            let from: String?
            let finding: String?
            let text: String?
            let link: String?
            let expires: String?
            let report: Report?
        }
        struct Report: Decodable {
            struct Provenance: Decodable { let companies: [String] }
            let name: String
            let provenance: Provenance
        }
        let path: String
        let body: Body
        let before: Int
        let headers: [String: String]
    }
    private struct Address: Decodable { let port: Int }

    static let secret = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()

    let port: Int
    let folder: DeliveryFolder
    private let life: FileHandle

    init() throws {
        folder = try DeliveryFolder()
        let address: Address
        (address, life) = try Readers.serve("hook_server.py", [folder.path, Self.secret])
        port = address.port
        _ = try folder.write(Self.secret + "\n", to: "secret")
        _ = try folder.write("http://127.0.0.1:\(port)/chat\n", to: "chat.url")
    }

    func channel(_ path: String, name: String = "warehouse") throws -> Channel {
        try Channel.all(
            DefinitionNode(
                parsing: """
                    channels:
                      \(name): {kind: webhook, url: "http://127.0.0.1:\(port)\(path)",
                        secret-file: "\(folder.path)/secret"}
                    """, file: "channels.yaml"))[0]
    }

    func chat() throws -> Channel {
        try Channel.all(
            DefinitionNode(
                parsing: "channels: {team: {kind: slack, url-file: \"\(folder.path)/chat.url\"}}",
                file: "channels.yaml"))[0]
    }

    /// What it kept, in order.
    func kept() throws -> [Kept] {
        var found: [Kept] = []
        while let data = FileManager.default.contents(
            atPath: "\(folder.path)/\(found.count + 1).json")
        {
            found.append(try JSONDecoder().decode(Kept.self, from: data))
        }
        return found
    }
}

@Suite("Channels")
struct DeliveryChannelTests {
    private let hooks: HookServer
    private let clock = WallClock.system

    init() throws { hooks = try HookServer() }

    @Test("requests are signed as Standard Webhooks says, and a wrong secret is noticed")
    func signed() async throws {
        let sender = WebhookSender(clock: clock)
        let body = Array("{\"a\":\"\\u00e6\"}".utf8)
        let channel = try hooks.channel("/hooks")
        for _ in 0..<2 {
            #expect(
                await sender.send(body, id: "m1@example.org", to: channel)
                    == .accepted(MailReply(code: 200, text: "ok")))
        }
        let kept = try hooks.kept()
        #expect(kept.map { $0.headers["webhook-id"] } == ["m1@example.org", "m1@example.org"])
        #expect(kept.allSatisfy { $0.before == 0 })
        // An old request does not count, whoever has recorded it.
        let late = WebhookSender(clock: .fixed(clock.now().adding(seconds: -900)))
        let old = await late.send(body, id: "m1@example.org", to: channel)
        #expect(old.reply?.code == 400)
        #expect(old.reply?.text.contains("timestamp too old") == true, "\(old)")
        _ = try hooks.folder.write(
            Data(repeating: 7, count: 32).base64EncodedString(), to: "secret")
        let wrong = await sender.send(body, id: "m1@example.org", to: channel)
        #expect(wrong.reply?.code == 400)
        _ = try hooks.folder.write("short", to: "secret")
        guard case .unavailable(let advice) = await sender.send(body, id: "x@y", to: channel)
        else {
            Issue.record("a secret that is none was used")
            return
        }
        #expect(
            advice.description == "the file of ‘secret-file’ of channel ‘warehouse’ holds no "
                + "secret; write into it what ‘openssl rand -base64 32’ prints, and tell it the "
                + "receiver")
    }

    @Test(
        "each answer leads to its outcome",
        arguments: [
            ("/hooks/503-9", Delivery.State.planned, Delivery.Attempt.Outcome.deferred, 503),
            ("/hooks/410", .failed, .refused, 410), ("/hooks/302", .failed, .refused, 302),
            ("/hooks/drop", .unknown, .lost, nil),
        ] as [(String, Delivery.State, Delivery.Attempt.Outcome, Int?)])
    func answers(
        path: String, state: Delivery.State, outcome: Delivery.Attempt.Outcome, code: Int?
    ) async throws {
        // A receiver checks the time, which has to be the real one for a request to count.
        let scene = try PostScene(now: "\(clock.now())")
        try await scene.put(
            "report: sales-register\nperiod: yesterday", recipients: [("owner", "rendetalje")],
            channels: [try hooks.channel(path)])
        let sent = try await scene.send("2026-11-04")
        let delivery = try #require(sent.first { $0.recipient == "#warehouse" })
        // What goes wrong there is nobody else's.
        #expect(sent.first { $0.recipient != "#warehouse" }?.state == .sent)
        #expect(delivery.state == state)
        #expect(delivery.attempts.map(\.outcome) == [outcome])
        #expect(delivery.attempts[0].code == code)
        #expect(try await scene.ledger.suppressions().count == (path == "/hooks/410" ? 1 : 0))
        let direct = await WebhookSender(clock: clock).send(
            Array("{}".utf8), id: "m@example.org", to: try hooks.channel(path))
        if case .lost(let advice) = direct {
            #expect(path == "/hooks/drop")
            // Neither the address nor what was said stands in it.
            #expect(!advice.debugDescription.contains("127.0.0.1"))
        } else {
            #expect(direct.reply?.code == code)
        }
        let nobody = await WebhookSender(clock: clock).send(
            Array("{}".utf8), id: "m@example.org",
            to: try Channel.all(
                DefinitionNode(
                    parsing: "channels: {x: {kind: slack, url: \"http://127.0.0.1:1/\"}}",
                    file: "c.yaml"))[0])
        guard case .unavailable = nobody else {
            Issue.record("nothing listens there, and yet: \(nobody)")
            return
        }
    }

    @Test("a program gets the report as JSON, a chat its text, both under their own grants")
    func contents() async throws {
        let now = "\(clock.now())"
        let scene = try PostScene(now: now)
        try scene.sell(100, on: "2026-11-03")
        try scene.sell(777, on: "2026-11-03", company: "foodtruck")
        try await scene.put(
            """
            report: sales-register
            period: yesterday
            subject: Sales of the day
            when: {metric: revenue, above: 50}
            """, channels: [try hooks.channel("/hooks"), try hooks.chat()])
        #expect(try await scene.send("2026-11-04").map(\.state) == [.sent, .sent])
        let kept = try hooks.kept()
        #expect(kept.map(\.path) == ["/hooks", "/chat"])
        let program = try #require(kept.first)
        let ledger = try await scene.ledger.list()
        #expect(program.body.id == ledger.first { $0.recipient == "#warehouse" }?.messageID)
        #expect(program.body.id == program.headers["webhook-id"])
        #expect(program.body.schedule == "mornings")
        #expect(program.body.run == "2026-11-04T08:00:00")
        #expect(program.body.from == "2026-11-03")
        #expect(program.body.finding?.contains("above") == true)
        #expect(program.body.link?.contains("/reports/sales-register?") == true)
        #expect(program.body.expires == nil)
        #expect(program.body.report?.name == "sales-register")
        #expect(program.body.report?.provenance.companies == ["Rendetalje"])
        #expect(kept[1].body.text == "Sales of the day")
        for number in 1...2 {
            let path = "\(hooks.folder.path)/\(number).json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(!text.contains("777"))
            #expect(text.contains("100.00"))
        }
    }

    @Test("what is too large for a channel has a signed link, a program's and a chat's its own")
    func large() async throws {
        let hooks = hooks
        let address = "https://reports.example.com"
        let scene = try ScheduleScene(publicAddress: address, attachmentLimit: 16)
        // A receiver checks the time, which has to be the real one for a request to count.
        try scene.post.world.set("\(clock.now())")
        try scene.post.sell(100, on: "2026-11-03")
        try await scene.post.put(
            "report: sales-register\nperiod: 2026-11",
            channels: [try hooks.channel("/hooks"), try hooks.chat()])
        #expect(try await scene.post.send("2026-11-20").map(\.state) == [.sent, .sent])
        let links = try await scene.post.ledger.links(limit: 5)
        #expect(links.count == 2)
        let program = try #require(try hooks.kept().first { $0.path == "/hooks" })
        #expect(program.body.report == nil)
        let found = try #require(program.body.link)
        #expect(found.hasPrefix("\(address)/files/"))
        let json = try #require(links.first { $0.1.recipient == "#warehouse" }).0
        #expect(program.body.expires == "\(json.expires)")
        #expect(json.contentType.hasPrefix("application/json"))
        let chat = try #require(links.first { $0.1.recipient == "#team" }).0
        #expect(chat.contentType.hasPrefix("text/csv"))
        let texts = try (1...2).map {
            try String(contentsOfFile: "\(hooks.folder.path)/\($0).json", encoding: .utf8)
        }
        let said = try #require(texts.first { $0.contains("/chat") })
        #expect(said.contains("<\(address)/files/") && !said.contains("/reports/"))
        #expect(said.contains("unfurl_links"))
        #expect(!said.contains(found))
    }

    @Test(
        "what a channel says wrongly is refused with its place",
        arguments: [
            (
                "{kind: hook, url: https://a.b}",
                ":1:22: ‘hook’ is not a kind of channel; use one of: slack, webhook"
            ),
            (
                "{kind: slack}",
                ":1:15: the channel needs one address; write one of ‘url: …’ and ‘url-file: …’"
            ),
            (
                "{kind: webhook, url: https://a.b}",
                ":1:15: ‘secret-file’ is missing here, so nobody could tell our requests from others'; "
                    + "name a file that holds what ‘openssl rand -base64 32’ prints"
            ),
            (
                "{kind: slack, url: http://a.b/c}",
                ":1:34: this is not an address that begins with https://; write it whole; plain "
                    + "http is for this machine only"
            ),
            ("{kind: slack, ulr: x}", ":1:29: ‘ulr’ is not known here; did you mean ‘url’?"),
            (
                "{kind: slack, url: https://a.b, secret-file: x}",
                ":1:60: a chat checks no signature; leave this out"
            ),
        ])
    func mistakes(channel: String, words: String) {
        let advice = #expect(throws: Advice.self) {
            try Channel.all(
                DefinitionNode(parsing: "channels: {a: \(channel)}", file: "channels.yaml"))
        }
        #expect(advice?.description == "channels.yaml" + words)
    }
}
