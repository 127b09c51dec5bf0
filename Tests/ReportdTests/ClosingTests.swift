import Analytics
import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// Closed periods: what is frozen, what is shown, and what later changes become.
@Suite struct ClosingTests {
    private static let closed = "2026-11-05T09:00:00Z"
    private static let later = "2026-11-20T13:31:00Z"

    /// October with three sales, closed; then changed in every way.
    private func world() throws -> ClosingWorld {
        let world = try ClosingWorld(now: "2026-11-04T09:00:00Z")
        try world.sell(
            ("S-1", "PAID", 10_000, "2026-10-02T10:00:00Z"),
            ("S-2", "PAID", 5_000, "2026-10-03T10:00:00Z"),
            ("S-3", "PAID", 700, "2026-10-04T10:00:00Z"),
            ("S-9", "PAID", 100, "2026-11-01T10:00:00Z"))
        try world.set(Self.closed)
        _ = try world.closing.close(
            "rendetalje", PeriodName("2026-10"), reports: ["sales-register"], by: "anna",
            locale: "en")
        try world.set(Self.later)
        try world.sell(
            ("S-1", "CANCELLED", 10_000, "2026-10-02T10:00:00Z"),
            ("S-2", "PAID", 6_000, "2026-10-03T10:00:00Z"),
            ("S-4", "PAID", 800, "2026-10-05T10:00:00Z"))
        try world.delete("S-3")
        return world
    }

    private let october = ViewChoices(companies: ["rendetalje"], period: "2026-10")

    @Test func figuresStayAsClosedAndFilesComeOutTheSame() throws {
        let world = try world()
        #expect(try world.revenue(october) == kroner("157"))
        var now = october
        now.knownAt = ViewChoices.present
        #expect(try world.revenue(now) == kroner("68"))
        // Part of a closed period is closed; what reaches beyond it is not.
        var week = october
        (week.period, week.from, week.to) = (nil, "2026-10-01", "2026-10-03")
        #expect(try world.revenue(week) == kroner("150"))
        var both = october
        (both.period, both.from, both.to) = (nil, "2026-10-01", "2026-11-30")
        #expect(try world.revenue(both) == kroner("69"))
        let findings = try world.closing.verify()
        #expect(findings.count == CloseDesk.formats.count)
        #expect(findings.allSatisfy { $0.problem == nil })
        let dashboard = try world.desk.dashboard(
            "sales", october, for: FirstLightWorld.visitor("rendetalje"))
        #expect(dashboard.provenance.commit == 1)
    }

    @Test func theStoreKeepsTheStateBeyondItsHorizon() throws {
        let world = try world()
        let store = world.workplace.store
        try world.workplace.keepClosedStates()
        #expect(store.pins == [1])
        while try store.seal(minimum: 1) {}
        let commit = try world.sell(("S-2", "PAID", 6_100, "2026-10-03T10:00:00Z"))
        try world.sell(("S-2", "PAID", 6_200, "2026-10-03T10:00:00Z"))
        try world.set("2027-03-01T09:00:00Z")
        while try store.seal(minimum: 1) {}
        while try store.compact(isComplete: true) {}
        var steps = 0
        while try !store.maintain().isEmpty {
            steps += 1
            try #require(steps < 1000)
        }
        // The others are forgotten, and the one that is pinned is whole.
        let forgotten = try #require(throws: Advice.self) {
            try store.snapshot(world.everything, at: .commit(commit.number))
        }
        #expect(forgotten.kind == .unknown)
        #expect(forgotten.remedy.contains("the earliest moment that can be asked for is 20"))
        #expect(try world.closing.verify().allSatisfy { $0.problem == nil })
        let book = world.workplace.closes
        let reopening = PeriodClose.Reopening(
            time: world.desk.clock.now(), by: "anna", reason: "a late invoice")
        try book.reopen(try #require(book.all().first).id, reopening)
        try world.workplace.keepClosedStates()
        #expect(store.pins.isEmpty)
        #expect(throws: Advice.self) { try store.snapshot(world.everything, at: .commit(1)) }
        #expect(throws: Advice.self) { try store.setPins([1]) }
    }

    @Test func laterChangesAreCorrectionsInTheOpenPeriod() throws {
        let world = try world()
        var november = october
        november.period = "2026-11"
        let open = try world.desk.report(
            "sales-register", november, scope: world.everything)
        let corrections = try #require(open.tables.first { $0.name == "corrections" })
        let rows = try corrections.rows()
        #expect(rows[0][1] == .text("Revenue"))
        #expect(Array(rows[0][2...]) == [try kroner("157"), try kroner("68"), try kroner("-89")])
        // The closed period itself has none, and once November is closed they belong to it.
        let closed = try world.desk.report("sales-register", october, scope: world.everything)
        #expect(!closed.tables.contains { $0.name == "corrections" })
        try world.set("2026-12-03T09:00:00Z")
        _ = try world.closing.close(
            "rendetalje", PeriodName("2026-11"), reports: ["sales-register"], by: "anna",
            locale: "en")
        var december = october
        december.period = "2026-12"
        let next = try world.desk.report("sales-register", december, scope: world.everything)
        #expect(!next.tables.contains { $0.name == "corrections" })
        #expect(try world.closing.verify().allSatisfy { $0.problem == nil })
        let frozen = try world.desk.report("sales-register", november, scope: world.everything)
        #expect(frozen.tables.contains { $0.name == "corrections" })
    }

    @Test func changedSinceCloseAddsUp() throws {
        let world = try world()
        let document = try world.desk.restatement(
            RestatementQuestion(name: "sales-register", choices: october, since: .close),
            scope: world.everything)
        let lines = try #require(document.tables.first { $0.name == "lines-revenue" })
        #expect(
            try lines.rows().map { $0[0] }
                == ["correction", "correction", "deletion", "late"].map { Value.text($0) })
        #expect(lines.totals.map { $0.cells.last } == [try kroner("-89")])
    }

    @Test func refusals() throws {
        let world = try world()
        func refusal(_ period: String, _ reports: [String] = []) throws -> Advice {
            try #require(throws: Advice.self) {
                try world.closing.close(
                    "rendetalje", PeriodName(period), reports: reports, by: "anna", locale: "en")
            }
        }
        #expect(try refusal("2026-11").happened.contains("is not over"))
        #expect(try refusal("2026-10").kind == .busy)
        #expect(try refusal("2026-09-15..2026-10-15").happened.contains("overlaps"))
        #expect(try refusal("2026-09", ["sales-registre"]).remedy.contains("sales-register"))
        let book = world.workplace.closes
        #expect(throws: Advice.self) {
            try book.reopen(
                1, PeriodClose.Reopening(time: Instant(microseconds: 0), by: "a", reason: ""))
        }
    }

    @Test func erasureReplacesArchivedFiles() throws {
        let world = try world()
        let before = try #require(world.workplace.closes.all().first).files
        let erasure = try world.workplace.store.erase(
            model: "sale", origin: "tekup", key: .text("S-2"))
        let replaced = try world.closing.replaceFiles(after: erasure)
        #expect(replaced.count == CloseDesk.formats.count)
        let after = try #require(world.workplace.closes.all().first).files
        #expect(after.allSatisfy { $0.replacement?.contains("rows were erased") == true })
        for file in before {
            #expect(throws: Advice.self) { try world.workplace.closes.archive.bytes(of: file) }
        }
        for file in after { _ = try world.workplace.closes.archive.bytes(of: file) }
        #expect(try world.closing.verify().allSatisfy { $0.problem == nil })
    }

    @Test func changedArchivesAreNoticed() throws {
        let world = try world()
        let file = try #require(world.workplace.closes.all().first).files[0]
        let path =
            world.workplace.closes.archive.folder + "/\(file.sha256.prefix(2))/\(file.sha256)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let finding = try #require(try world.closing.verify().first { $0.file == file })
        #expect(finding.isFailure)
        #expect(finding.problem?.contains("was changed") == true)
    }

    @Test func commandsCloseListVerifyAndReopen() throws {
        let world = try world()
        let close = ["close", "rendetalje", "2026-09", "--by", "bo"]
        for point in ["close-file:2", "close-entered"] {
            let killed = try world.run(
                close, now: Self.later, environment: ["REPORTD_FAILPOINT": point])
            #expect(killed.status != 0)
            let list = try world.run(["close", "--list"], now: Self.later)
            #expect(!list.text.contains("2026-09"), "\(list.text)")
        }
        let done = try world.run(close, now: Self.later)
        #expect(done.status == 0, "\(done.text)")
        #expect(done.text.contains("sales-register.pdf"))
        let list = try world.run(["close", "--list"], now: Self.later)
        #expect(list.text.contains("rendetalje 2026-09-01..2026-09-30 closed on 2026-11-20"))
        #expect(list.text.contains("by bo"))
        let verified = try world.run(["close", "--verify"], now: Self.later)
        #expect(verified.status == 0, "\(verified.text)")
        let since = try world.run(
            [
                "restatement", "revenue", "--company", "rendetalje", "--period", "2026-10",
                "--since", "close",
            ], now: Self.later)
        #expect(since.status == 0, "\(since.text)")
        #expect(since.text.contains("89.00"))
        let nothing = try world.run(
            ["reopen", "rendetalje", "2026-08", "--reason", "x"], now: Self.later)
        #expect(nothing.status == 66)
        let reopened = try world.run(
            ["reopen", "rendetalje", "2026-09", "--reason", "late invoice", "--by", "bo"],
            now: Self.later)
        #expect(reopened.status == 0)
        let after = try world.run(["close", "--list"], now: Self.later)
        #expect(after.text.contains("by bo: late invoice"))
    }

    @Test func pagesAndFilesOfAClosedPeriod() async throws {
        let world = try world()
        try world.signUp()
        let server = try await TestServer.start(world.workplace, world.desk, world.board)
        let token = try await server.token(.accountant, ["rendetalje"])
        let stranger = try await server.token(.accountant, ["tekup"])
        let session = try await server.token(.accountant, ["rendetalje"], use: .session)
        func page(_ path: String) async throws -> String {
            try await server.get(
                path, headers: ["Cookie": "\(Recognition.cookie)=\(session)"]
            ).text
        }
        let report = try await page("/reports/sales-register?period=2026-10")
        #expect(report.contains("This period was closed on"))
        #expect(report.contains("since=close"))
        #expect(report.contains("157.00"))
        let now = try await page("/reports/sales-register?period=2026-10&known-at=now")
        #expect(now.contains("Figures are as known now."))
        #expect(now.contains("name=\"known-at\" value=\"now\""))
        let then = try await page("/dashboards/sales?period=2026-10&known-at=1")
        #expect(then.contains("Figures as known at"))
        let changes = try await page(
            "/restatements/sales-register?period=2026-10&company=rendetalje&since=close")
        #expect(changes.contains("CANCELLED"))
        let closes = try await server.get("/api/v1/closes", token: token)
        #expect(closes.text.contains("\"closedBy\":\"anna\""))
        #expect(
            try await server.get("/api/v1/closes", token: stranger).text == "{\"closes\":[]}\n")
        let file = try await server.get("/api/v1/closes/1/sales-register.pdf", token: token)
        #expect(file.status == 200)
        #expect(file.body.starts(with: Data("%PDF".utf8)))
        #expect(
            try await server.get("/api/v1/closes/1/sales-register.pdf", token: stranger).status
                == 404)
        let csv = try await server.get(
            "/api/v1/restatements/revenue.csv?period=2026-10&company=rendetalje&since=close"
                + "&table=lines-revenue", token: token)
        #expect(csv.text.contains("late,S-4"), "\(csv.text)")
        await server.stop()
    }
}
