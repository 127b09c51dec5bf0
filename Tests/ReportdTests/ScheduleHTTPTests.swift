import Foundation
import GRDB
import Store
import Testing
import Vocabulary

@testable import reportd

@Suite("Schedules and deliveries over HTTP")
struct ScheduleHTTPTests {
    private struct Listed: Decodable {
        struct Entry: Decodable {
            let name: String
            let state: String
            let words: String
            let isOwn: Bool
        }
        let schedules: [Entry]
    }
    private struct Sent: Decodable {
        struct Entry: Decodable {
            let id: Int64
            let state: String
            let recipient: String
        }
        let deliveries: [Entry]
        let next: Int64?
    }

    private func decoded<Value: Decodable>(
        _ type: Value.Type, _ answer: TestServer.Answer
    ) throws -> Value {
        try #require(answer.status == 200, "\(answer.text)")
        return try JSONDecoder().decode(type, from: answer.body)
    }

    @Test("a schedule is looked at, paused, resumed, run and sent again")
    func course() async throws {
        let scene = try ScheduleScene()
        try scene.post.sell(100, on: "2026-11-03")
        try await scene.define(
            "mornings", companies: ["rendetalje"],
            to: [("anna", ["rendetalje"]), ("gone", ["rendetalje"])])
        try await scene.serving(isSending: true) { server in
            let token = try await server.token(.admin, scene.everything.sorted(), name: "ada")
            func get(_ path: String) async throws -> TestServer.Answer {
                try await server.get("/api/v1" + path, token: token)
            }
            func post(_ path: String) async throws -> TestServer.Answer {
                try await server.post("/api/v1" + path, "", token: token)
            }
            let all = try decoded(Listed.self, try await get("/schedules")).schedules
            let mornings = try #require(all.first { $0.name == "mornings" })
            #expect(mornings.state == "active" && mornings.isOwn)
            #expect(mornings.words == "every day at 08:00")
            #expect(all.first { $0.name == "monday-sales" }?.isOwn == false)
            let one = try await get("/schedules/mornings").text
            #expect(one.components(separatedBy: "\"due\":").count == 12, "\(one)")
            #expect(one.contains("\"file\":\"own-definitions/schedules/mornings.yaml:1\""))

            #expect(try await post("/schedules/mornings/pause").status == 200)
            #expect(try await get("/schedules/mornings").text.contains("\"state\":\"paused\""))
            let resting = try await post("/schedules/mornings/run")
            #expect(resting.status == 400 && resting.text.contains("resume it first"))
            #expect(try await post("/schedules/mornings/resume").status == 200)
            let run = try await post("/schedules/mornings/run")
            #expect(run.status == 202, "\(run.text)")
            #expect(run.text.contains("\"run\":\"2026-11-20T08:00:00\",\"underWay\":2"))
            let first = try await scene.settled(1, .sent)
            _ = try await scene.settled(2, .failed)
            let again = try await post("/schedules/mornings/run")
            #expect(again.text.contains("\"underWay\":0"), "\(again.text)")
            let wrong = try await post("/schedules/mornings/puase")
            #expect(wrong.status == 404 && wrong.text.contains("did you mean ‘pause’?"))

            let failed = try decoded(Sent.self, try await get("/deliveries?state=failed"))
            #expect(failed.deliveries.map(\.id) == [2] && failed.next == nil)
            let page = try decoded(Sent.self, try await get("/deliveries?limit=1"))
            #expect(page.deliveries.map(\.id) == [2] && page.next == 2)
            let rest = try decoded(Sent.self, try await get("/deliveries?limit=1&after=2"))
            #expect(rest.deliveries.map(\.id) == [1])
            let none = try decoded(
                Sent.self, try await get("/deliveries?since=2026-11-21&schedule=mornings"))
            #expect(none.deliveries.isEmpty)
            #expect(try await get("/deliveries?state=gone").status == 400)

            let delivery = try await get("/deliveries/1").text
            #expect(delivery.contains("\"outcome\":\"accepted\""), "\(delivery)")
            let kept = try #require(try scene.post.mail.kept(for: first.recipient).first)
            #expect(try await get("/deliveries/1/message.eml").body == Data(kept.message))
            let parts = SentMessage(kept.message)
            let file = try #require(parts.files.first)
            #expect(delivery.contains(file.sha256) && file.name.hasSuffix(".csv"))
            let taken = try await get("/deliveries/1/files/\(file.sha256)")
            #expect(taken.body == Data(file.bytes) && taken.type == file.type)
            #expect(parts.subject == "Sales of mornings")
            #expect(parts.document?.contains("Revenue") == true)
            #expect(try await get("/deliveries/1/files/none").status == 404)
            #expect(try await get("/deliveries/99").status == 404)

            // Nothing is sent to who does not exist, until somebody lets it.
            let silent = try await get("/suppressions").text
            #expect(silent.contains(scene.post.address("gone")) && silent.contains("bounced"))
            let allowed = try await server.delete(
                "/api/v1/suppressions?recipient=\(scene.post.address("gone"))", token: token)
            #expect(allowed.status == 204)
            #expect(try await get("/suppressions").text == "{\"suppressions\":[]}\n")

            #expect(try await get("/deliveries/1/comparison").text.contains("\"before\":null"))
            try scene.post.sell(20, on: "2026-11-04")
            let resent = try await post("/deliveries/1/resend")
            #expect(resent.status == 202, "\(resent.text)")
            let deadline = ContinuousClock.now + .seconds(30)
            while try scene.post.mail.kept(for: first.recipient).count < 2 {
                try #require(ContinuousClock.now < deadline)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try scene.post.received("anna")[1].text.contains("120"))
        }
        let kinds = try await AuditLog(scene.post.state, clock: scene.post.world.workplace.clock)
            .entries(AuditLog.Question(kind: "schedule"))
        #expect(kinds.map(\.who).allSatisfy { $0 == "ada" })
        #expect(
            kinds.map(\.details).map { $0.firstMatch(of: /"change":"([a-z]+)"/)?.output.1 }
                == ["paused", "resumed", "run", "run"])
    }

    /// Every role with every set of companies, against schedules of every set of companies.
    @Test("nobody learns of a schedule or message that shows more than they may see")
    func isolation() async throws {
        let scene = try ScheduleScene()
        let sets = [["rendetalje"], ["foodtruck"], ["foodtruck", "rendetalje"]]
        for company in ["rendetalje", "foodtruck"] {
            try scene.post.sell(100, on: "2026-11-03", company: company)
        }
        var deliveries: [(id: Int64, companies: [String], schedule: String, hash: String)] = []
        for companies in sets {
            let name = "of-" + companies.joined(separator: "-")
            // Each recipient sees one of the companies more or less.
            try await scene.define(
                name, companies: companies,
                to: companies.map { ("\(name)-\($0)", [$0]) } + [(name, companies)])
            for delivery in try await scene.send(name) {
                #expect(delivery.state == .sent)
                let bytes = try MailArchive(besides: scene.post.state.path).message(of: delivery)
                deliveries.append(
                    (
                        delivery.id, companies, name,
                        try #require(SentMessage(bytes).files.first).sha256
                    ))
            }
        }
        var (opened, refused) = (0, 0)
        try await scene.serving { server in
            for role in Role.allCases {
                for own in sets + [["tekup"], []] {
                    let token = try await server.token(role, own, user: "7", name: "visitor")
                    let may = role.rights.contains(.schedules)
                    let list = try await server.get("/api/v1/deliveries?limit=500", token: token)
                    let page = try await server.get("/deliveries?limit=500", token: token)
                    #expect((list.status == 200) == may && (page.status == 200) == may)
                    for (id, companies, schedule, hash) in deliveries {
                        let mine = may && Set(own).isSuperset(of: companies)
                        #expect(list.text.contains("\"id\":\(id),") == mine)
                        #expect(page.text.contains("/deliveries/\(id)\"") == mine)
                        for path in [
                            "/api/v1/deliveries/\(id)", "/api/v1/deliveries/\(id)/message.eml",
                            "/api/v1/deliveries/\(id)/files/\(hash)",
                            "/api/v1/deliveries/\(id)/comparison", "/deliveries/\(id)",
                            "/deliveries/\(id)?compare=yes", "/deliveries/\(id)/message",
                            "/api/v1/schedules/\(schedule)", "/schedules/\(schedule)",
                        ] {
                            let answer = try await server.get(path, token: token)
                            let words = "\(role) of \(own): \(path): \(answer.status)"
                            #expect((answer.status == 200) == mine, "\(words)")
                            #expect(answer.status < 500, "\(words)")
                            opened += answer.status == 200 ? 1 : 0
                            refused += answer.status == 200 ? 0 : 1
                            for company in ["Rendetalje", "Foodtruck"]
                            where !own.contains(company.lowercased()) {
                                #expect(!answer.text.contains(company), "\(words)")
                            }
                        }
                    }
                }
            }
        }
        #expect(opened > 100 && refused > 500)
    }

    @Test("a schedule that shows more later hides what it sent from those who may not see that")
    func widened() async throws {
        let scene = try ScheduleScene()
        try scene.post.sell(100, on: "2026-11-03")
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
        let sent = try await scene.send("mornings")
        let few = DeliverySight(companies: ["rendetalje"], isWhole: false)
        #expect(sent.allSatisfy(few.covers))
        try await scene.define(
            "mornings", companies: ["rendetalje", "foodtruck"],
            to: [("anna", ["rendetalje", "foodtruck"])])
        _ = try await scene.post.ledger.resend(sent[0].id, now: FirstLightWorld.now)
        let again = try await scene.send("mornings")
        #expect(again.map(\.companies) == [["foodtruck", "rendetalje"]])
        #expect(!again.contains(where: few.covers))
        // What an older version planned is for those who see everything.
        try await scene.post.state.write { db in
            try db.execute(sql: "UPDATE delivery SET companies = NULL")
        }
        let old = try await scene.post.ledger.delivery(sent[0].id)
        #expect(!few.covers(old))
        #expect(DeliverySight(companies: scene.everything, isWhole: true).covers(old))
    }
}
