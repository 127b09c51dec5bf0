import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Pages of schedules and deliveries")
struct SchedulePageTests {
    private struct Answer: Decodable {
        struct Seen: Decodable {
            let areas: [String]
            let preview: [String]
            let refused: String
            let saved: String
            let written: String
            let reply: String
            let frame: String
            let file: String
            let same: String
            let unknown: String
            let readOnly: String
            let conflict: String
            let plain: String
        }
        let seen: Seen
        let problems: [String]
    }

    /// With REPORTD_PICTURES set, pictures of the pages are left in that folder.
    @Test("in Chromium: a schedule is made by keyboard, previewed, sent, looked at and removed")
    func used() async throws {
        let scene = try ScheduleScene()
        try scene.post.sell(100, on: "2026-11-03")
        try UserBook(state: scene.post.state).set(
            ScheduleScene.admin(scene.everything), password: "a good password")
        try await scene.define(
            "mornings", companies: ["rendetalje", "foodtruck"],
            to: [("anna", ["rendetalje"]), ("gone", ["rendetalje"]), ("shop", ["foodtruck"])])
        try await scene.send("mornings", "2026-11-19")
        try await scene.send("mornings")
        let held = try #require(LocalTime("2026-11-18T08:00"))
        let waiting = try await scene.post.ledger.list(run: LocalTime("2026-11-20T08:00"))
        // One that nobody knows of: whoever was sending it died before the answer came.
        let lost = try #require(waiting.first { $0.recipient == scene.post.address("anna") })
        let archive = MailArchive(besides: scene.post.state.path)
        let dead = DeliveryLedger(scene.post.state, claimant: Claimant(text: "1:0"))
        _ = try await dead.claim(
            try await dead.resend(lost.id, now: FirstLightWorld.now),
            message: try archive.message(of: lost), report: try archive.report(of: lost),
            isArchived: true, now: FirstLightWorld.now)
        _ = try await scene.post.ledger.recover()
        // One that is kept back.
        let schedule = try scene.shelf.current.schedules.schedule("mornings")
        let run = Occurrence(local: held, instant: schedule.zone.instant(of: held))
        let now = FirstLightWorld.now
        try await scene.post.ledger.wait(for: run, of: schedule, mark: now, now: now)
        try await scene.post.ledger.hold(
            WaitingRun(
                schedule: "mornings", run: run, state: .waiting, nextLook: now, reason: ""),
            because: "tekup (up to 2026-11-17T21:10:00Z)")
        try await scene.serving(isSending: true) { server in
            let pictures =
                ProcessInfo.processInfo.environment["REPORTD_PICTURES"] ?? scene.post.world.folder
            let browser = try Conversation(
                "schedule_pages.py",
                [
                    server.address, "ada", "a good password", pictures,
                    scene.post.address("mette"), "\(lost.id)",
                ])
            try await browser.come(to: "saved")
            #expect(
                scene.own.text(.schedules, "month-end")?.contains("business-day: 3") == true)
            #expect(scene.shelf.current.schedules.schedules.contains { $0.name == "month-end" })
            try browser.goOn()
            try await browser.come(to: "run")
            let planned = try await scene.post.ledger.list(schedule: "month-end")
            _ = try await scene.settled(try #require(planned.first).id, .sent)
            try browser.goOn()
            try await browser.come(to: "editing")
            // Somebody else changes the file while the form is open.
            let text = try #require(scene.own.text(.schedules, "month-end"))
            try scene.own.put(
                .schedules, "month-end", text.replacing("pdf", with: "xlsx"),
                over: OwnDefinitions.version(text))
            scene.shelf.reload()
            try browser.goOn()
            let answer = try JSONDecoder().decode(Answer.self, from: try await browser.end())
            #expect(answer.problems.isEmpty, "\(answer.problems.joined(separator: "\n"))")
            let seen = answer.seen
            #expect(
                seen.areas
                    == [
                        "Dashboards", "Explore", "Reports", "Exports", "Schedules", "Sources",
                        "People",
                    ])
            #expect(
                seen.preview.prefix(2)
                    == ["3 Dec 2026 07:30 November 2026", "6 Jan 2027 07:30 December 2026"],
                "\(seen.preview)")
            #expect(seen.preview.count == 10)
            #expect(seen.refused.contains("is not a mail address"), "\(seen.refused)")
            #expect(seen.saved == "Saved.")
            #expect(seen.written.contains("days: {business-day: 3, of: month}"))
            #expect(seen.reply.contains("250"), "\(seen.reply)")
            #expect(seen.frame.contains("Omsætning"), "\(seen.frame)")
            #expect(seen.file.hasSuffix(".pdf"), "\(seen.file)")
            #expect(seen.same == "Both show the same.", "\(seen.same)")
            #expect(seen.unknown.contains("it may have arrived"), "\(seen.unknown)")
            #expect(seen.readOnly.contains("operator’s own folder"), "\(seen.readOnly)")
            #expect(seen.conflict.contains("has been changed since you opened it"))
            #expect(seen.plain == "Paused. Runs that fall due meanwhile are left out.")
            #expect(scene.own.text(.schedules, "month-end") == nil)
            #expect(try await scene.post.ledger.paused() == ["mornings"])
        }
    }

    @Test("forms of another session or site change nothing, and those who look may not change")
    func forms() async throws {
        let scene = try ScheduleScene()
        try await scene.define(
            "mornings", companies: ["rendetalje"], to: [("anna", ["rendetalje"])])
        let users = UserBook(state: scene.post.state)
        try users.set(ScheduleScene.admin(scene.everything), password: "a good password")
        try users.set(ExportScene.manager, password: "a good password")
        try await scene.serving { server in
            let admin = try await ScheduleScene.cookie("ada", server)
            let manager = try await ScheduleScene.cookie("mette", server)
            let page = try await server.get("/schedules/mornings", headers: ["Cookie": admin])
            let token = try #require(
                page.text.firstMatch(of: /name="token" value="([^"]+)"/)
            ).output.1
            let path = "/schedules/mornings/pause"
            let forged = try await server.post(path, "token=x", headers: ["Cookie": admin])
            #expect(forged.status == 403)
            let foreign = try await server.post(
                path, "token=\(token)",
                headers: ["Cookie": admin, "Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403)
            let looks = try await server.get("/schedules/mornings", headers: ["Cookie": manager])
            #expect(looks.status == 200 && !looks.text.contains("/mornings/pause"))
            let theirs = try #require(
                looks.text.firstMatch(of: /name="token" value="([^"]+)"/)
            ).output.1
            for path in [path, "/schedules/mornings/remove", "/schedules/mornings/edit"] {
                let answer = try await server.post(
                    path, "token=\(theirs)", headers: ["Cookie": manager])
                #expect(answer.status == 403, "\(path)")
            }
            let edit = try await server.get("/new-schedule", headers: ["Cookie": manager])
            #expect(edit.status == 403)
            #expect(try await scene.post.ledger.paused().isEmpty)
            let right = try await server.post(path, "token=\(token)", headers: ["Cookie": admin])
            #expect(right.headers["Location"] == "/schedules/mornings?done=paused")
            #expect(try await scene.post.ledger.paused() == ["mornings"])
        }
    }

    @Test("nobody grants companies that are not theirs, or takes a name that is taken")
    func limits() async throws {
        let scene = try ScheduleScene()
        try UserBook(state: scene.post.state).set(
            ScheduleScene.admin(["rendetalje"]), password: "a good password")
        try await scene.serving { server in
            let cookie = try await ScheduleScene.cookie("ada", server)
            let page = try await server.get("/new-schedule", headers: ["Cookie": cookie])
            let token = try #require(
                page.text.firstMatch(of: /name="token" value="([^"]+)"/)
            ).output.1
            func save(_ text: String) async throws -> TestServer.Answer {
                let body = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                return try await server.post(
                    "/new-schedule", "token=\(token)&seen=&do=save&text=\(body)",
                    headers: ["Cookie": cookie])
            }
            let wide = scene.text(
                "wide", companies: ["rendetalje"], to: [("x", ["rendetalje", "foodtruck"])])
            let answer = try await save(wide)
            #expect(answer.status == 422)
            #expect(answer.text.contains("shows companies that are not yours"))
            let taken = try await save(
                scene.text("monday-sales", companies: ["rendetalje"], to: [("x", ["rendetalje"])]))
            #expect(taken.text.contains("in the operator’s folder"), "\(taken.text)")
            for name in ["../up", "Up", ""] {
                let odd = try await save(
                    scene.text(name, companies: ["rendetalje"], to: [("x", ["rendetalje"])]))
                #expect(odd.status == 422, "\(name)")
            }
            let wrong = try await save(
                scene.text("fine", companies: ["rendetalje"], to: [("x", ["rendetalje"])])
                    .replacing("csv", with: "cvs"))
            #expect(wrong.text.contains("own-definitions/schedules/fine.yaml:7:9"), "\(wrong.text)")
            #expect(
                wrong.text.contains("did you mean ‘csv’?") || wrong.text.contains("Did you mean"))
            #expect(scene.own.files(in: .schedules).isEmpty)
            let fine = try await save(
                scene.text("fine", companies: ["rendetalje"], to: [("x", ["rendetalje"])]))
            #expect(fine.status == 303)
            #expect(scene.own.files(in: .schedules).count == 1)
        }
    }

    @Test(
        "what the fields say is what was read into them",
        arguments: [
            "cron: 30 7 * * MON", "cron: 0 8 * * *", "cron: 5 17 * * MON-FRI",
            "cron: \"*/5 7 1-3 * *\"", "days: {business-day: last, of: month}\nat: \"07:30\"",
            "days: {day: 31, of: fiscal-month}\nat: \"07:30\"",
            "days: {friday: -2, of: quarter}\nat: \"23:59\"",
            "days: {weeks: 2, from: 2026-01-05}\nat: \"07:30\"\nshift: next-business-day",
            "cron: 0 8 * * *\nwhen: not-empty",
            "cron: 0 8 * * *\nwhen: {metric: revenue, below: 10000, currency: DKK}\ntell: {again: 7}",
            "cron: 0 8 * * *\nwait: {until: data, for: 6h, then: hold}",
            "cron: 0 8 * * *\nsubject: \"Straße: ‘a’ \\\"b\\\" # c\"",
        ])
    func fields(lines: String) throws {
        let scene = try ScheduleScene()
        let text = scene.text(
            "one", companies: ["foodtruck", "rendetalje"],
            to: [("a", ["foodtruck", "rendetalje"]), ("b", ["rendetalje"])]
        ).replacing("cron: 0 8 * * *", with: lines)
            .replacing(lines.contains("subject:") ? "subject: Sales of one\n" : "nothing", with: "")
        let node = try DefinitionNode(parsing: text, file: "one.yaml")
        let form = try #require(ScheduleForm(reading: node))
        let said = try form.yaml()
        let shelf = scene.shelf
        #expect(
            try shelf.schedule(reading: said, file: "one.yaml")
                == shelf.schedule(reading: text, file: "one.yaml"), "\(said)")
    }
}
