import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Archive of messages")
struct DeliveryArchiveTests {
    private func archive(_ scene: PostScene) -> MailArchive {
        MailArchive(besides: scene.state.path)
    }

    @Test("what was sent is kept byte for byte, and whoever changes it is noticed")
    func keeps() async throws {
        let scene = try PostScene()
        try scene.sell(100, on: "2026-11-03")
        try await scene.put(
            "report: sales-register\nperiod: 2026-11",
            recipients: [("owner", "rendetalje"), ("gone", "rendetalje")])
        let sent = try await scene.send("2026-11-04")
        #expect(sent.map(\.state) == [.sent, .failed])
        let kept = try #require(try scene.mail.kept(for: scene.address("owner")).first)
        let bytes = try archive(scene).message(of: sent[0])
        #expect(bytes == kept.message)
        #expect(DeliveryLedger.hash(bytes) == sent[0].attempts[0].bytesHash)
        // What the server refused is kept as well.
        #expect(try !archive(scene).message(of: sent[1]).isEmpty)
        let none = #expect(throws: Advice.self) {
            try archive(scene).message(of: sent[0], attempt: 2)
        }
        #expect(
            none?.description
                == "no message was made for delivery 1 at attempt 2; its messages are those of "
                + "attempt 1")

        let hash = try #require(sent[0].attempts[0].bytesHash)
        let path = "\(scene.world.folder)/data/mail/\(hash.prefix(2))/\(hash)"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        var changed = bytes
        changed[9] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: path))
        let touched = #expect(throws: Advice.self) { try archive(scene).message(of: sent[0]) }
        #expect(touched?.kind == .damaged)
        #expect(touched?.happened == "the message of delivery 1 was changed")
        // What is sent again has other bytes only if its figures have; the old ones stay.
        try scene.sell(50, on: "2026-11-02")
        _ = try await scene.ledger.resend(1, now: FirstLightWorld.now)
        let again = try await scene.send("2026-11-04")
        #expect(Set(again[0].attempts.map(\.bytesHash)).count == 2)
        #expect(again[0].attempts.allSatisfy { $0.isArchived })
        #expect(
            try archive(scene).message(of: again[0])
                == scene.mail.kept(for: scene.address("owner")).last?.message)
    }

    @Test("the program opens a message and compares two issues")
    func commands() async throws {
        let scene = try PostScene()
        try scene.sell(100, on: "2026-11-03")
        try await scene.put(
            "report: sales-register\nperiod: 2026-11", recipients: [("owner", "rendetalje")])
        try await scene.send("2026-11-04")
        try await scene.send("2026-11-05")
        try scene.sell(20, on: "2026-11-02")
        try scene.world.delete("rendetalje 2026-11-03")
        try await scene.send("2026-11-06")
        func run(_ words: String...) throws -> (status: Int32, text: String) {
            try scene.world.run(["schedules"] + words, now: "2026-11-20T13:30:00Z")
        }
        let file = scene.world.folder + "/opened.eml"
        #expect(try run("open", "1", "--out", file).status == 0)
        #expect(
            try FileManager.default.contents(atPath: file).map(Array.init)
                == scene.mail.kept(for: scene.address("owner")).first?.message)
        let same = try run("compare", "1", "2")
        #expect(same.status == 0)
        #expect(same.text == "both show the same\n")
        let differs = try run("compare", "2", "3")
        #expect(differs.status == 1)
        let lines = differs.text.split(separator: "\n").map(String.init)
        #expect(lines.first == "Revenue: 100.00 DKK → 20.00 DKK", "\(differs.text)")
        #expect(lines.contains { $0.hasSuffix(": 1 rows gone, 1 new") })
        #expect(lines.contains { $0.hasPrefix("- ") && $0.contains("rendetalje 2026-11-03") })
        #expect(lines.contains { $0.hasPrefix("+ ") && $0.contains("rendetalje 2026-11-02") })
        #expect(try run("compare", "1", "99").status == 66)
        let listed = try run("deliveries")
        #expect(listed.text.contains("#3 mornings 2026-11-06T08:00:00"))
        // Resending is noted at once and done by whoever keeps the schedules.
        let resent = try run("resend", "3")
        #expect(resent.text.contains("#3 mornings") && resent.text.contains(": planned"))
    }

    @Test("messages go after their days, and when rows of their report are erased")
    func forgets() async throws {
        let scene = try PostScene()
        try scene.sell(100, on: "2026-11-03")
        try await scene.put(
            "report: sales-register\nperiod: 2026-11", recipients: [("owner", "rendetalje")])
        try await scene.send("2026-11-04")
        try await scene.send("2026-11-05")
        let ledger = scene.ledger
        let early = try #require(Instant("2026-11-20T13:00:00Z"))
        #expect(try await ledger.forgetMessages(before: early).isEmpty)
        #expect(try await ledger.forgetMessages(keeping: ["mornings"]).isEmpty)
        // The schedule of this test is none of the folder's, as if it had been removed since.
        let removed = try await MailArchive.forget("sale", of: scene.world.workplace)
        #expect(removed > 0)
        let left = FileManager.default.enumerator(atPath: scene.world.folder + "/data/mail")
        let files = (left?.allObjects ?? []).compactMap { $0 as? String }
            .filter { $0.utf8.count > 60 }
        #expect(files.isEmpty, "\(files)")
        let delivery = try await ledger.delivery(1)
        let advice = #expect(throws: Advice.self) { try archive(scene).message(of: delivery) }
        #expect(advice?.happened == "the message of delivery 1 is kept no longer")
        #expect(advice?.remedy.contains(delivery.attempts[0].bytesHash ?? "?") == true)

        try await scene.send("2026-11-06")
        let late = try #require(Instant("2026-11-21T00:00:00Z"))
        #expect(try await ledger.forgetMessages(before: late).count == 2)
        #expect(try await ledger.forgetMessages(before: late).isEmpty)
    }

    @Test("issues of two reports are not compared, equal rows are counted")
    func comparisons() throws {
        func issue(_ name: String, _ rows: String) -> [UInt8] {
            Array(
                ("{\"name\":\"\(name)\",\"blocks\":[{\"type\":\"table\",\"name\":\"t\","
                    + "\"title\":\"T\",\"rows\":[\(rows)]}]}").utf8)
        }
        let other = #expect(throws: Advice.self) {
            try IssueComparison(issue("a", ""), issue("b", ""))
        }
        #expect(
            other?.description == "one is an issue of ‘a’, the other of ‘b’; compare two "
                + "deliveries of one report")
        let lines = try IssueComparison(
            issue("a", "[1,\"x\"],[1,\"x\"],[null,true]"), issue("a", "[1,\"x\"],[2,\"x\"]")
        ).lines
        #expect(lines == ["T: 2 rows gone, 1 new", "- 1 | x", "- – | true", "+ 2 | x"])
        let many = (0..<60).map { "[\($0)]" }.joined(separator: ",")
        let cut = try IssueComparison(issue("a", many), issue("a", "")).lines
        #expect(cut.count == 52)
        #expect(cut.last == "- … and 10 more")
        #expect(throws: Advice.self) { try IssueComparison(Array("{".utf8), issue("a", "")) }
    }
}
