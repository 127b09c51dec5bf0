import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Scheduler turn")
struct ScheduleTurnTests {
    private let schedule: Schedule
    private let due: Occurrence
    /// Monday 6 July 2026, 07:30 in Copenhagen.
    private let monday: Instant

    init() throws {
        schedule = try ScheduleFixture.schedule(to: ["a@example.com"])
        monday = try #require(Instant("2026-07-06T05:30:00Z"))
        due = try schedule.run(at: nil, now: monday)
    }

    private func actions(
        now: Instant, handled: Instant?, schedule: Schedule? = nil, problems: Bool = false,
        due: [Delivery] = [], nextTry: Instant? = nil, hold: Instant? = nil
    ) throws -> [SchedulerTurn.Action] {
        let schedule = schedule ?? self.schedule
        let mark = handled.map {
            ScheduleMark(timing: schedule.timing.description, handledThrough: $0)
        }
        var book = ScheduleBook([schedule])
        if problems {
            let folder = try DeliveryFolder()
            _ = try folder.write("schedule: [", to: "schedules/broken.yaml")
            book = ScheduleBook.load(
                folder.path, companies: try ScheduleFixture.directory(), reports: [])
        }
        return SchedulerTurn(
            now: now, book: book, marks: mark.map { [schedule.name: $0] } ?? [:], due: due,
            nextTry: nextTry, hold: hold
        ).actions()
    }

    private func delivery(_ schedule: String = "monday-sales", to recipient: String) -> Delivery {
        Delivery(
            id: 1, schedule: schedule, run: due, recipient: recipient, state: .planned,
            messageID: "x@example.org", planned: monday, nextTry: monday, attempts: [])
    }

    @Test("a new schedule, a changed one, and one ahead of the clock begin now")
    func begins() throws {
        #expect(try actions(now: monday, handled: nil) == [.begin(schedule)])
        let changed = SchedulerTurn(
            now: monday, book: ScheduleBook([schedule]),
            marks: ["monday-sales": ScheduleMark(timing: "other", handledThrough: monday)], due: [],
            nextTry: nil, hold: nil)
        #expect(changed.actions() == [.begin(schedule)])
        #expect(
            try actions(now: monday, handled: monday.adding(seconds: 7200)) == [.begin(schedule)])
    }

    @Test("a run is planned when it is due, not before")
    func plans() throws {
        let before = monday.adding(seconds: -1)
        #expect(try actions(now: before, handled: before) == [.sleep(until: monday)])
        #expect(
            try actions(now: monday, handled: before) == [.plan(due, schedule, passingOver: nil)])
        #expect(
            try actions(now: monday, handled: monday)
                == [.sleep(until: monday.adding(seconds: 300))])
        // A clock that was set back a little makes nothing run again.
        #expect(
            try actions(now: before, handled: monday) == [
                .sleep(until: before.adding(seconds: 300))
            ])
    }

    @Test("of missed runs the latest is planned, or none, as the schedule says")
    func misses() throws {
        let weeksAgo = monday.adding(seconds: -3 * 7 * 86_400)
        let later = monday.adding(seconds: 86_400)
        let lastWeek = try schedule.run(at: nil, now: monday.adding(seconds: -1))
        #expect(
            try actions(now: later, handled: weeksAgo)
                == [.plan(due, schedule, passingOver: lastWeek)])
        let skipping = try ScheduleFixture.schedule(missed: "skip", to: ["a@example.com"])
        #expect(
            try actions(now: later, handled: weeksAgo, schedule: skipping)
                == [.passOver(due, skipping)])
        #expect(
            try actions(now: monday.adding(seconds: 600), handled: weeksAgo, schedule: skipping)
                == [.plan(due, skipping, passingOver: lastWeek)])
    }

    @Test("deliveries go to whom the schedule names, after planning, and not while held")
    func sends() throws {
        let (good, gone) = (delivery(to: "a@example.com"), delivery(to: "gone@example.com"))
        let orphan = delivery("other", to: "a@example.com")
        #expect(
            try actions(now: monday, handled: monday, due: [good, gone, orphan]) == [
                .deliver(good, schedule, schedule.recipients[0]),
                .withdraw(gone, reason: "the schedule no longer names this recipient"),
                .withdraw(orphan, reason: "the schedule is no longer defined"),
            ])
        // A broken file may be the one that defines it.
        #expect(
            try actions(now: monday, handled: monday, problems: true, due: [orphan])
                == [.postpone(orphan, until: monday.adding(seconds: 900))])
        let before = monday.adding(seconds: -1)
        #expect(
            try actions(now: monday, handled: before, due: [good])
                == [.plan(due, schedule, passingOver: nil)])
        let soon = monday.adding(seconds: 20)
        #expect(
            try actions(now: monday, handled: monday, due: [good], hold: soon)
                == [.sleep(until: soon)])
        #expect(try actions(now: soon, handled: monday, due: [good], hold: soon).count == 1)
    }

    @Test("sleep ends with the next run, the next attempt, or after five minutes")
    func sleeps() throws {
        let before = monday.adding(seconds: -200)
        #expect(try actions(now: before, handled: before) == [.sleep(until: monday)])
        #expect(
            try actions(now: before, handled: before, nextTry: before.adding(seconds: 60))
                == [.sleep(until: before.adding(seconds: 60))])
        let early = monday.adding(seconds: -5000)
        #expect(
            try actions(now: early, handled: early) == [.sleep(until: early.adding(seconds: 300))])
    }

    @Test("the real sleeper does not wait for what is past, and ends when cancelled")
    func sleeper() async throws {
        let sleeper = Sleeper.system(.fixed(monday))
        try await sleeper.sleep(monday)
        let later = monday.adding(seconds: 86_400)
        let nap = Task { try await sleeper.sleep(later) }
        nap.cancel()
        await #expect(throws: CancellationError.self) { try await nap.value }
    }
}
