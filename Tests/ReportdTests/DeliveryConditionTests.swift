import Analytics
import Foundation
import GRDB
import Logging
import Testing
import Vocabulary

@testable import reportd

/// A store with sales, a mail server, and a post room between them.
final class PostScene {
    let world: ClosingWorld
    let state: StateFile
    let post: PostRoom
    let mail: DeliverySMTPServer
    /// Part of every address, so that tests do not read each other's mail.
    let mark = UUID().uuidString.lowercased()

    /// `more` are further lines of the configuration.
    init(
        now: String = "2026-11-20T13:30:00Z", more: String = "",
        attachmentLimit: Int = PostRoom.attachmentLimit
    ) throws {
        mail = try DeliverySMTPServer.plain.get()
        world = try ClosingWorld(
            now: now,
            more: """
                mail: {host: localhost, port: \(mail.port), security: plain, \
                from: reports@example.org}
                \(more)
                """)
        state = try StateFile(path: world.workplace.configuration.state)
        post = try #require(
            try PostRoom(
                world.workplace, world.desk, state, world.board,
                Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                attachmentLimit: attachmentLimit))
    }

    var ledger: DeliveryLedger { DeliveryLedger(state) }

    func address(_ name: String) -> String { "\(name).\(mark)@example.com" }

    /// A schedule of every morning, read as the program reads it and put in force.
    func put(
        _ lines: String, recipients: [(name: String, companies: String)] = [],
        channels: [Channel] = []
    ) async throws {
        let people =
            recipients.map {
                "  - {address: \(address($0.name)), locale: en, companies: [\($0.companies)]}"
            }
            + channels.map { "  - {channel: \($0.name), locale: en, companies: [rendetalje]}" }
        let text = """
            schedule: mornings
            companies: [rendetalje, foodtruck]
            zone: Europe/Copenhagen
            cron: 0 8 * * *
            format: csv
            \(lines)
            recipients:
            \(people.joined(separator: "\n"))
            """
        let reading = world.workplace.shelf.current
        let schedule = try Schedule(
            DefinitionNode(parsing: text, file: "mornings.yaml"),
            companies: world.workplace.companies, holidays: HolidayBook(),
            reports: Array(reading.analytics.reports.keys),
            metrics: ScheduleMetrics(reading.analytics), channels: channels)
        await post.byHand.reload(ScheduleBook([schedule]))
    }

    /// Sends the run of a morning.
    @discardableResult
    func send(_ day: String) async throws -> [Delivery] {
        try await post.byHand.send("mornings", run: LocalTime("\(day)T08:00"))
    }

    /// The subjects and texts of what somebody received.
    func received(_ name: String) throws -> [(subject: String, text: String)] {
        try mail.kept(for: address(name)).map { kept in
            let text = String(decoding: kept.message, as: UTF8.self)
                .replacing("=\r\n", with: "").replacing("=C2=A0", with: " ")
            let subject = text.split(separator: "\r\n").first { $0.hasPrefix("Subject: ") } ?? ""
            return (String(subject.dropFirst(9)), text)
        }
    }

    /// One sale at noon of a day, in kroner.
    func sell(_ kroner: Int64, on day: String, company: String = "rendetalje") throws {
        try world.sell(
            ("\(company) \(day)", "PAID", kroner * 100, "\(day)T11:00:00Z"), company: company)
    }
}

@Suite("Conditions of schedules")
struct DeliveryConditionTests {
    @Test("a low figure is told once, again after three runs, and when it is well again")
    func tellsAndRecovers() async throws {
        let scene = try PostScene()
        let amounts: [Int64] = [500, 90, 80, 70, 60, 50, 500, 600, 40]
        for (index, amount) in amounts.enumerated() {
            try scene.sell(amount, on: "2026-11-0\(index + 1)")
            try scene.sell(9000, on: "2026-11-0\(index + 1)", company: "foodtruck")
        }
        try await scene.put(
            """
            report: sales-register
            period: yesterday
            subject: Low revenue
            when: {metric: revenue, below: 100, currency: DKK}
            tell: {again: 3, recovery: true}
            """, recipients: [("owner", "rendetalje"), ("other", "foodtruck")])
        var outcomes: [String] = []
        for index in amounts.indices {
            let day = index + 2 < 10 ? "0\(index + 2)" : "\(index + 2)"
            let own = try await scene.send("2026-11-\(day)")
                .filter { $0.recipient == scene.address("owner") }
            outcomes += own.map(\.state.rawValue)
        }
        #expect(
            outcomes == [
                "skipped", "sent", "skipped", "skipped", "sent", "skipped", "sent", "skipped",
                "sent",
            ])
        let received = try scene.received("owner")
        #expect(
            received.map(\.subject) == [
                "Low revenue", "Low revenue", "Well again: Low revenue", "Low revenue",
            ])
        #expect(received[0].text.contains("90.00, below DKK 100.00."))
        #expect(received[2].text.contains("500.00, not below DKK 100.00."))
        // The condition is judged on what each recipient may see, and tells nothing else.
        #expect(try scene.received("other").isEmpty)
        let other = try await scene.ledger.list(limit: 100)
            .filter { $0.recipient == scene.address("other") }
        #expect(other.count == 9)
        #expect(other.allSatisfy { $0.state == .skipped })
        #expect(
            other.allSatisfy { delivery in
                delivery.attempts.map(\.outcome) == [.leftOut]
                    && Self.plain(delivery).contains("9,000.00, not below DKK 100.00.")
            })
        // Sending again changes nothing: what was decided is decided.
        try await scene.send("2026-11-03")
        #expect(try scene.received("owner").count == 4)
    }

    /// What the ledger says of a delivery, with plain spaces.
    private static func plain(_ delivery: Delivery) -> String {
        delivery.attempts[0].reply.replacing("\u{A0}", with: " ")
    }

    @Test("a figure is unusual against its own weekdays, and not for want of earlier ones")
    func unusual() async throws {
        let scene = try PostScene()
        // Fridays bring 1000, all other days 100; 20 November 2026 is a Friday.
        for day in ["2026-10-09", "2026-10-16", "2026-10-23", "2026-10-30", "2026-11-06"] {
            try scene.sell(1000, on: day)
        }
        try scene.sell(100, on: "2026-11-13")
        try scene.sell(1200, on: "2026-10-02")
        try scene.sell(100, on: "2026-11-12")
        try await scene.put(
            """
            report: sales-register
            period: yesterday
            when: {metric: revenue, unusual: 30%, against: weekdays}
            """, recipients: [("owner", "rendetalje"), ("other", "foodtruck")])
        let usual = try await scene.send("2026-11-07")
        #expect(usual.map(\.state) == [.skipped, .skipped])
        #expect(Self.plain(usual[0]).contains("about as usual (DKK 1,000.00)"))
        // Nothing is known of a company without sales: nothing is told either.
        #expect(usual[1].attempts[0].reply.contains("too few earlier values"))
        let thursday = try await scene.send("2026-11-13")
        #expect(thursday[0].attempts[0].reply.contains("too few earlier values"))
        #expect(try await scene.send("2026-11-14").map(\.state) == [.sent, .skipped])
        let text = try #require(try scene.received("owner").first).text
        #expect(text.contains("100.00; DKK 1,000.00 would be usual."))
    }

    @Test("only when it has changed, is empty, or is not")
    func words() async throws {
        let scene = try PostScene()
        try scene.sell(100, on: "2026-11-03")
        let recipients = [(name: "owner", companies: "rendetalje")]
        try await scene.put(
            "report: sales-register\nperiod: 2026-11\nwhen: changed", recipients: recipients)
        #expect(try await scene.send("2026-11-05").map(\.state) == [.sent])
        #expect(try await scene.send("2026-11-06").map(\.state) == [.skipped])
        // A commit that changes nothing of what is shown is no change.
        try scene.sell(100, on: "2026-11-03", company: "foodtruck")
        #expect(try await scene.send("2026-11-07").map(\.state) == [.skipped])
        try scene.sell(1, on: "2026-11-04")
        #expect(try await scene.send("2026-11-08").map(\.state) == [.sent])
        #expect(try scene.received("owner").count == 2)

        try await scene.put(
            "report: sales-register\nperiod: yesterday\nwhen: not-empty", recipients: recipients)
        #expect(try await scene.send("2026-11-02").map(\.state) == [.skipped])
        #expect(try await scene.send("2026-11-04").map(\.state) == [.sent])
        try await scene.put(
            "report: sales-register\nperiod: yesterday\nwhen: empty", recipients: recipients)
        #expect(try await scene.send("2026-11-01").map(\.state) == [.sent])
        let rehearsed = try await scene.post.byHand.rehearse(
            "mornings", run: LocalTime("2026-11-04T08:00"))
        #expect(rehearsed.map(\.rendition.message) == [nil])
        #expect(rehearsed[0].rendition.finding?.words == "The report shows something.")
    }

    @Test("what is told of a condition that lasts, comes and goes")
    func verdicts() {
        func finding(_ kind: Judgement.Kind) -> Judgement { Judgement(kind: kind, words: "") }
        /// `M` met and told, `m` met, `u` unmet, `?` unknown, latest first.
        func past(_ letters: String) -> [PastJudgement] {
            letters.map { letter in
                PastJudgement(
                    kind: letter == "u" ? .unmet : letter == "?" ? .unknown : .met, digest: "",
                    wasTold: letter == "M")
            }
        }
        let cases: [(Telling, Judgement.Kind, String, Telling.Verdict)] = [
            (.always, .met, "M", .send), (.always, .unmet, "M", .leaveOut),
            (.always, .unknown, "", .leaveOut),
            (Telling(again: 0, recovery: false), .met, "", .send),
            (Telling(again: 0, recovery: false), .met, "mmmmmmM", .leaveOut),
            (Telling(again: 0, recovery: false), .met, "uM", .send),
            // A message that never arrived told nothing.
            (Telling(again: 0, recovery: false), .met, "mm", .send),
            (Telling(again: 3, recovery: true), .met, "mM", .leaveOut),
            (Telling(again: 3, recovery: true), .met, "mmM", .send),
            (Telling(again: 3, recovery: true), .unmet, "mM", .sendRecovery),
            (Telling(again: 3, recovery: true), .unmet, "mmu", .leaveOut),
            (Telling(again: 3, recovery: true), .unmet, "uM", .leaveOut),
            (Telling(again: 3, recovery: true), .unmet, "?M", .sendRecovery),
            (Telling(again: 3, recovery: true), .met, "?m?M", .leaveOut),
        ]
        for (telling, kind, letters, verdict) in cases {
            #expect(
                telling.verdict(finding(kind), after: past(letters)) == verdict,
                "\(telling) \(kind) after \(letters)")
        }
    }

    @Test("a state file of before keeps its deliveries and their attempts")
    func migrates() async throws {
        let folder = try DeliveryFolder()
        let path = folder.path + "/state.sqlite"
        let before = try StateFile(
            path: path, migrations: Array(DeliveryLedger.migrations.prefix(1)))
        try await before.write { db in
            try db.execute(
                sql: """
                    INSERT INTO delivery VALUES (7, 'a', '2026-07-06T07:30:00', 'x@example.com', 5,
                        'sent', 'm@example.org', 6, 7, 1, NULL);
                    INSERT INTO delivery_attempt VALUES (7, 1, 1, 2, 'accepted', 250, 'ok', 'h', 3)
                    """)
        }
        let after = try StateFile(path: path)
        let deliveries = try await DeliveryLedger(after).list()
        #expect(deliveries.map(\.id) == [7])
        #expect(deliveries.map(\.state) == [.sent])
        #expect(deliveries.first?.attempts.map(\.reply) == ["ok"])
        await #expect(throws: Advice.self) {
            try await after.write { try $0.execute(sql: "DELETE FROM delivery") }
        }
    }
}
