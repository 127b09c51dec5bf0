import Foundation
import GRDB
import Testing
import Vocabulary

@testable import reportd

@Suite("Deliveries in trouble")
struct DeliveryTroubleTests {
    private let folder: DeliveryFolder
    private let mail: DeliverySMTPServer

    init() throws {
        folder = try DeliveryFolder()
        mail = try DeliverySMTPServer.plain.get()
    }

    private func address(_ treatment: String) -> String {
        "\(treatment).\(UUID().uuidString.lowercased())@example.com"
    }

    private func texts(for address: String) throws -> [String] {
        try mail.kept(for: address).map { String(decoding: $0.message, as: UTF8.self) }
    }

    private func scene(
        to people: [String], operatorAddress: String? = nil
    ) throws -> DeliveryScene {
        var server = try mail.settings()
        server.operatorAddress = try operatorAddress.map { try EnvelopeAddress($0) }
        return DeliveryScene(
            path: folder.path + "/state.sqlite", server: server,
            book: ScheduleBook([try ScheduleFixture.schedule(to: people)]))
    }

    @Test("a mailbox that does not exist is written to once, until somebody allows it again")
    func bounces() async throws {
        let people = [address("gone"), address("rcpt-550"), address("ok")]
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T06:00:00Z")
        try await scene.run(from: "2026-07-13T05:29:00Z", to: "2026-07-13T06:00:00Z")
        let ledger = try scene.ledger()
        let last = try await ledger.list(run: LocalTime("2026-07-13T07:30"))
        // What was refused for another reason is tried with every run.
        #expect(last.map(\.state) == [.skipped, .failed, .sent])
        #expect(
            last.map { $0.attempts.map(\.outcome) } == [[.suppressed], [.refused], [.accepted]])
        #expect(last[0].attempts[0].reply == "the mailbox does not exist, as its server said")
        let suppressed = try await ledger.suppressions()
        #expect(suppressed.map(\.recipient) == [people[0]])
        #expect(suppressed.map(\.reason) == [.bounced])
        #expect(suppressed.map(\.schedule) == [nil])

        let now = try #require(Instant("2026-07-14T00:00:00Z"))
        #expect(try await ledger.allow(people[0], schedule: nil, now: now))
        #expect(try await !ledger.allow(people[0], schedule: nil, now: now))
        try await scene.run(from: "2026-07-20T05:29:00Z", to: "2026-07-20T06:00:00Z")
        let again = try await ledger.list(run: LocalTime("2026-07-20T07:30"))
        #expect(again[0].attempts.map(\.outcome) == [.refused])
    }

    @Test(
        "which refusals say that there is no such mailbox",
        arguments: [
            (550, "5.1.1 no such user", true), (550, "no such user", true),
            (553, "5.1.3 bad address", true), (550, "5.2.1 mailbox disabled", true),
            (550, "5.7.1 message looks like spam", false), (554, "no", false),
            (552, "5.2.2 mailbox full", false), (450, "4.1.1 unknown for now", false),
            (550, "5.1 is no code", true),
        ])
    func mailboxes(code: Int, text: String, isGone: Bool) {
        #expect(MailReply(code: code, text: text).saysNoSuchMailbox == isGone)
    }

    @Test("a delivery is sent again by its number, with its Message-ID, and once")
    func resends() async throws {
        let people = [address("ok"), address("data-554")]
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T06:00:00Z")
        let ledger = try scene.ledger()
        let now = try #require(Instant("2026-07-06T06:00:00Z"))
        let deliveries = try await ledger.list()
        for delivery in deliveries {
            #expect(try await ledger.resend(delivery.id, now: now).state == .planned)
        }
        let twice = await #expect(throws: Advice.self) {
            try await ledger.resend(deliveries[0].id, now: now)
        }
        #expect(
            twice?.description == "delivery 1 is under way already; wait until its state is sent, "
                + "failed or unknown")
        let none = await #expect(throws: Advice.self) { try await ledger.resend(99, now: now) }
        #expect(none?.kind == .unknown)
        for _ in 0..<2 {
            try await scene.run(from: "2026-07-06T06:00:00Z", to: "2026-07-06T06:30:00Z")
        }
        let texts = try texts(for: people[0])
        #expect(texts.count == 2)
        #expect(Set(texts).count == 1)
        let after = try await ledger.list()
        #expect(after.map(\.state) == [.sent, .failed])
        #expect(after.map(\.attempts.count) == [2, 2])
        #expect(after.map(\.messageID) == deliveries.map(\.messageID))
    }

    @Test("the operator is told once what is late, failed or unknown")
    func alarms() async throws {
        let people = [
            address("ok"), address("rcpt-451-99"), address("data-554"), address("drop-answer"),
        ]
        let boss = address("ok")
        let scene = try scene(to: people, operatorAddress: boss)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T06:00:00Z")
        let first = try texts(for: boss)
        #expect(first.count == 1)
        #expect(first[0].contains("Subject: 2 deliveries need attention"))
        for (person, word) in zip(people[2...], ["failed", "unknown"]) {
            #expect(first[0].replacing("=\r\n", with: "").contains("\(person): \(word)"))
        }
        #expect(!first[0].contains(people[0]))
        let ledger = try scene.ledger()
        func standing(_ time: String) throws -> DeliveryStanding {
            try ledger.standing(
                at: try #require(Instant(time)), lateAfter: scene.server.lateSeconds)
        }
        #expect(
            try standing("2026-07-06T06:00:00Z")
                == DeliveryStanding(late: 0, held: 0, unknown: 1, failed: 1))
        #expect(
            try standing("2026-07-06T06:40:00Z")
                == DeliveryStanding(late: 1, lateSeconds: 4200, unknown: 1, failed: 1))
        #expect(try !standing("2026-07-06T06:40:00Z").isWell)
        for _ in 0..<2 {
            try await scene.run(from: "2026-07-06T06:00:00Z", to: "2026-07-06T12:00:00Z")
        }
        let second = try texts(for: boss)
        #expect(second.count == 2)
        #expect(second[1].contains("Subject: A delivery needs attention"))
        #expect(second[1].replacing("=\r\n", with: "").contains("\(people[1]): late"))
        // A week later it is history, and no alarm.
        #expect(try standing("2026-07-20T06:40:00Z").failed == 0)
    }

    @Test("one click ends a subscription, and only a click; health tells what is held")
    func unsubscribes() async throws {
        let scene = try PostScene(more: "public-address: https://reports.example.com")
        try scene.sell(100, on: "2026-11-03")
        try await scene.put(
            "report: sales-register\nperiod: yesterday",
            recipients: [("owner", "rendetalje"), ("other", "rendetalje")])
        let first = try await scene.send("2026-11-04")
        #expect(first.map(\.state) == [.sent, .sent], "\(first.map(\.attempts))")
        func link(_ name: String) throws -> String {
            let text = try #require(try scene.received(name).last).text
            #expect(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
            let start = try #require(
                text.range(of: "List-Unsubscribe: <https://reports.example.com"))
            return String(text[start.upperBound...].prefix { $0 != ">" })
        }
        let (own, other) = (try link("owner"), try link("other"))
        #expect(own != other)
        let server = try await TestServer.start(
            scene.world.workplace, scene.world.desk, scene.world.board)
        let page = try await server.get(own)
        #expect(page.status == 200)
        #expect(page.text.contains("<form method=\"post\">"))
        #expect(try await scene.send("2026-11-05").map(\.state) == [.sent, .sent])
        // As a mail provider asks (RFC 8058 §3.2).
        let done = try await server.post(
            own, "List-Unsubscribe=One-Click",
            headers: ["Content-Type": "application/x-www-form-urlencoded"])
        #expect(done.status == 200)
        #expect(done.text.contains("You will no longer receive"))
        let forged = String(own.dropLast()) + (own.hasSuffix("A") ? "B" : "A")
        #expect(try await server.post(forged, "").status == 404)
        #expect(try await scene.send("2026-11-06").map(\.state) == [.skipped, .sent])
        #expect(try scene.received("owner").count == 2)
        #expect(try await scene.ledger.suppressions().map(\.schedule) == ["mornings"])

        // Nothing is late, so all is well; a run that is held back is not.
        let well = try await server.get("/health")
        #expect(well.text.contains("\"status\":\"ok\""), "\(well.text)")
        try await scene.state.write { db in
            try db.execute(
                sql: """
                    INSERT INTO schedule_run VALUES
                        ('mornings', '2026-11-07T08:00:00', 0, 'held', 0, 'tekup')
                    """)
        }
        let held = try await server.get("/health")
        #expect(held.text.contains("\"status\":\"degraded\""))
        let token = try await server.token(.admin, ["rendetalje"])
        let detail = try await server.get("/health", token: token)
        #expect(
            detail.text.contains(
                "\"deliveries\":{\"late\":0,\"lateSeconds\":0,\"held\":1,\"unknown\":0,"
                    + "\"failed\":0}"))
        let metrics = try await server.get("/metrics", token: token)
        #expect(metrics.text.contains("\nreportd_runs_held 1\n"))
        #expect(metrics.text.contains("\nreportd_deliveries_late 0\n"))
        await server.stop()
    }
}
