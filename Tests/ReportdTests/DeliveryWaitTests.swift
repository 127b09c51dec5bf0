import Foundation
import Synchronization
import Testing
import Vocabulary

@testable import reportd

@Suite("Runs that wait for data")
struct DeliveryWaitTests {
    private let folder: DeliveryFolder
    private let mail: DeliverySMTPServer
    private let person = "ok.\(UUID().uuidString.lowercased())@example.com"
    /// What the run of Monday 6 July needs: the end of Sunday in Copenhagen.
    private let needed: Instant

    init() throws {
        folder = try DeliveryFolder()
        mail = try DeliverySMTPServer.plain.get()
        needed = try #require(Instant("2026-07-05T22:00:00Z"))
    }

    private func scene(then ending: String, more: String = "") throws -> DeliveryScene {
        let wait = "wait: {until: data, for: 6h, then: \(ending)}"
        return DeliveryScene(
            path: folder.path + "/state.sqlite", server: try mail.settings(),
            book: ScheduleBook([
                try ScheduleFixture.schedule(more: "\(wait)\n\(more)", to: [person])
            ]))
    }

    /// A message that tells what it lacks.
    private static let render: Scheduler.Render = { request in
        Rendition(
            Array(
                ("Message-ID: <\(request.messageID)>\r\n\r\n"
                    + "late: \(request.late.map(\.description).joined(separator: ", "))\r\n").utf8))
    }

    private func messages() throws -> [String] {
        try mail.kept(for: person).map { String(decoding: $0.message, as: UTF8.self) }
    }

    @Test("a run waits until its sources have passed the end of its period, over restarts")
    func waits() async throws {
        let scene = try scene(then: "hold")
        let asked = Mutex<Set<Instant>>([])
        let arrived = Mutex(false)
        let late: Scheduler.LateSources = { [needed] _, moment in
            asked.withLock { _ = $0.insert(moment) }
            guard !arrived.withLock({ $0 }) else { return [] }
            return [LateSource(name: "tekup", through: needed.adding(seconds: -60))]
        }
        for (start, end) in [("05:29", "05:31"), ("05:31", "08:00")] {
            try await scene.run(
                from: "2026-07-06T\(start):00Z", to: "2026-07-06T\(end):00Z", render: Self.render,
                late: late)
            #expect(try await scene.ledger().list().isEmpty)
            let waiting = try await scene.ledger().waitingRuns()
            #expect(waiting.map(\.state) == [.waiting])
            #expect(waiting[0].reason == "tekup (up to 2026-07-05T21:59:00Z)")
        }
        #expect(asked.withLock { $0 } == [needed])
        arrived.withLock { $0 = true }
        for _ in 0..<2 {
            try await scene.run(
                from: "2026-07-06T08:00:00Z", to: "2026-07-06T08:02:00Z", render: Self.render,
                late: late)
        }
        #expect(try messages().map { $0.hasSuffix("late: \r\n") } == [true])
        let sent = try #require(try await scene.ledger().list().first)
        // It was found within one look, and its planning is the date that the message bears.
        #expect(
            sent.planned.seconds - (Instant("2026-07-06T08:00:00Z")?.seconds ?? 0)
                <= DataWait.lookSeconds)
        #expect(try await scene.ledger().waitingRuns().isEmpty)
    }

    @Test("at its deadline it is sent, and says what it lacks")
    func incomplete() async throws {
        let scene = try scene(then: "send-incomplete")
        let late: Scheduler.LateSources = { _, _ in [LateSource(name: "tekup", through: nil)] }
        try await scene.run(
            from: "2026-07-06T05:29:00Z", to: "2026-07-06T11:29:59Z", render: Self.render,
            late: late)
        #expect(try messages().isEmpty)
        try await scene.run(
            from: "2026-07-06T11:29:59Z", to: "2026-07-06T11:31:00Z", render: Self.render,
            late: late)
        #expect(try messages().map { $0.hasSuffix("late: tekup (never read)\r\n") } == [true])
    }

    @Test("or it is held until it is released, once; a later run is not held with it")
    func held() async throws {
        let scene = try scene(then: "hold")
        let late: Scheduler.LateSources = { [needed] _, moment in
            moment == needed ? [LateSource(name: "tekup", through: nil)] : []
        }
        try await scene.run(
            from: "2026-07-06T05:29:00Z", to: "2026-07-13T06:00:00Z", render: Self.render,
            late: late)
        #expect(try await scene.ledger().waitingRuns().map(\.state) == [.held])
        #expect(
            try await scene.ledger().list().map(\.run.local.description) == ["2026-07-13T07:30:00"])
        let now = try #require(Instant("2026-07-13T06:00:00Z"))
        let scheduler = try scene.scheduler(
            DeliveryTime(from: now, to: now), render: Self.render, late: late)
        await #expect(throws: Advice.self) {
            try await scheduler.release("monday-sales", run: LocalTime("2026-07-13T07:30"))
        }
        let released = try await scheduler.release("monday-sales")
        #expect(released.map(\.local.description) == ["2026-07-06T07:30:00"])
        let none = await #expect(throws: Advice.self) {
            try await scheduler.release("monday-sales")
        }
        #expect(
            none?.description
                == "no run of ‘monday-sales’ waits or is held back; ‘reportd schedules waiting’ "
                + "lists those that are")
        try await scene.run(
            from: "2026-07-13T06:00:00Z", to: "2026-07-13T06:10:00Z", render: Self.render,
            late: late)
        #expect(try messages().count == 2)
        // What was let go in spite of it still says what it lacks.
        #expect(try messages().last?.hasSuffix("late: tekup (never read)\r\n") == true)
    }

    @Test("what a run needs is the end of its period, or the time it is due if that is earlier")
    func needs() throws {
        let schedule = try ScheduleFixture.schedule(to: [person])
        let monday = try #require(Instant("2026-07-06T05:30:00Z"))
        let run = try schedule.run(at: nil, now: monday)
        #expect(schedule.dataNeeded(for: run) == needed)
        let text = ScheduleDefinitionTests.text.replacing("last-week", with: "this-week")
        let running = try Schedule(
            DefinitionNode(parsing: text, file: "s.yaml"),
            companies: ScheduleFixture.directory(), holidays: ScheduleFixture.holidays(),
            reports: ["sales-register"])
        #expect(running.dataNeeded(for: run) == monday)
        let wait = DataWait(seconds: 60, ending: .hold)
        #expect(wait.decision(for: run, isLate: false, now: monday) == .send)
        #expect(
            wait.decision(for: run, isLate: true, now: monday)
                == .lookAgain(monday.adding(seconds: 30)))
        #expect(
            wait.decision(for: run, isLate: true, now: monday.adding(seconds: 45))
                == .lookAgain(monday.adding(seconds: 60)))
        #expect(wait.decision(for: run, isLate: true, now: monday.adding(seconds: 60)) == .hold)
    }

    @Test("a paused schedule leaves its runs out, by its file or by command, and what waits waits")
    func pauses() async throws {
        let inFile = DeliveryScene(
            path: folder.path + "/file.sqlite", server: try mail.settings(),
            book: ScheduleBook([
                try ScheduleFixture.schedule(more: "paused: true", to: [person])
            ]))
        try await inFile.run(from: "2026-07-06T05:00:00Z", to: "2026-07-06T07:00:00Z")
        #expect(try await inFile.ledger().list().isEmpty)

        let waiting = try scene(then: "send-incomplete")
        let late: Scheduler.LateSources = { _, _ in [LateSource(name: "tekup", through: nil)] }
        let now = try #require(Instant("2026-07-06T06:00:00Z"))
        try await waiting.run(
            from: "2026-07-06T05:00:00Z", to: "2026-07-06T06:00:00Z", late: late)
        try await waiting.ledger().setPaused("monday-sales", true, now: now)
        try await waiting.ledger().setPaused("monday-sales", true, now: now)
        #expect(try await waiting.ledger().paused() == ["monday-sales"])
        try await waiting.run(
            from: "2026-07-06T06:00:00Z", to: "2026-07-13T06:00:00Z", late: late)
        #expect(try await waiting.ledger().waitingRuns().count == 1)
        try await waiting.ledger().setPaused("monday-sales", false, now: now)
        try await waiting.run(
            from: "2026-07-13T06:00:00Z", to: "2026-07-13T06:10:00Z", late: late)
        // The run before the pause is sent, the one within it is not.
        #expect(
            try await waiting.ledger().list().map(\.run.local.description)
                == ["2026-07-06T07:30:00"])
        #expect(try messages().count == 1)
    }

    @Test("a waiting run of a schedule that is gone is let go, of a broken file it is kept")
    func gone() throws {
        let schedule = try ScheduleFixture.schedule(to: [person])
        let now = try #require(Instant("2026-07-06T05:30:00Z"))
        let run = WaitingRun(
            schedule: "other", run: try schedule.run(at: nil, now: now), state: .waiting,
            nextLook: now, reason: "")
        func turn(_ book: ScheduleBook) -> [SchedulerTurn.Action] {
            SchedulerTurn(
                now: now, book: book,
                marks: [
                    "monday-sales": ScheduleMark(
                        timing: schedule.timing.description, handledThrough: now)
                ], due: [], nextTry: nil, waiting: [run], hold: nil
            ).actions()
        }
        #expect(turn(ScheduleBook([schedule])) == [.abandon(run)])
        _ = try folder.write("schedule: [", to: "schedules/broken.yaml")
        let broken = ScheduleBook.load(
            folder.path, companies: try ScheduleFixture.directory(), reports: [])
        #expect(turn(broken) == [.sleep(until: now.adding(seconds: 300))])
    }
}
