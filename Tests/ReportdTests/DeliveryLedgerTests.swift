import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Delivery ledger")
struct DeliveryLedgerTests {
    private let folder: DeliveryFolder
    private let state: StateFile
    private let schedule: Schedule
    private let now: Instant
    private let run: Occurrence
    private let message = DeliverySMTPServer.message()

    init() throws {
        folder = try DeliveryFolder()
        state = try StateFile(path: folder.path + "/state.sqlite")
        schedule = try ScheduleFixture.schedule(to: ["a@example.com", "b@example.com"])
        now = try #require(Instant("2026-07-06T05:30:01Z"))
        run = try schedule.run(at: nil, now: now)
    }

    private func plan(_ ledger: DeliveryLedger) async throws {
        try await ledger.plan(run, of: schedule, domain: "example.org", mark: now, now: now)
    }

    private func first(_ ledger: DeliveryLedger) async throws -> Delivery {
        try #require(try await ledger.list().first)
    }

    @Test("a run is planned once for each recipient, with a lasting Message-ID")
    func plans() async throws {
        let ledger = DeliveryLedger(state)
        try await plan(ledger)
        let planned = try await ledger.list()
        try await plan(ledger)
        #expect(try await ledger.list() == planned)
        #expect(planned.map(\.recipient) == ["a@example.com", "b@example.com"])
        #expect(planned.allSatisfy { $0.state == .planned && $0.run == run && $0.planned == now })
        #expect(Set(planned.map(\.messageID)).count == 2)
        #expect(planned.allSatisfy { $0.messageID.hasSuffix("@example.org") })
        #expect(
            try await ledger.marks()
                == [
                    "monday-sales": ScheduleMark(
                        timing: schedule.timing.description, handledThrough: now)
                ])
        #expect(try await ledger.list(schedule: "other").isEmpty)
        #expect(try await ledger.list(run: run.local, state: .planned, limit: 1).count == 1)
    }

    @Test("a mark never goes back by planning, but by beginning anew")
    func marks() async throws {
        let ledger = DeliveryLedger(state)
        try await plan(ledger)
        let earlier = now.adding(seconds: -60)
        try await ledger.passOver(schedule, through: earlier)
        #expect(try await ledger.marks()["monday-sales"]?.handledThrough == now)
        try await ledger.begin(schedule, at: earlier)
        #expect(try await ledger.marks()["monday-sales"]?.handledThrough == earlier)
    }

    @Test("of many processes that claim at once, one gets it")
    func claimsOnce() async throws {
        try await plan(DeliveryLedger(state))
        let delivery = try await first(DeliveryLedger(state))
        let (message, now) = (message, now)
        let claims = try await withThrowingTaskGroup(of: Bool.self) { group in
            for process in 1...8 {
                let path = state.path
                group.addTask {
                    let ledger = DeliveryLedger(
                        try StateFile(path: path), claimant: Claimant(text: "\(process):1"))
                    return try await ledger.claim(delivery, message: message, now: now) != nil
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(claims == 1)
        let claimed = try await first(DeliveryLedger(state))
        #expect(claimed.state == .sending)
        #expect(claimed.attempts.count == 1)
        #expect(claimed.attempts[0].bytesHash == DeliveryLedger.hash(message))
        #expect(claimed.attempts[0].byteCount == message.count)
        #expect(claimed.attempts[0].ended == nil)
    }

    static let refusal = MailReply(code: 451, text: "later")
    static let outcomes: [(MailOutcome, Delivery.State, Delivery.Attempt.Outcome)] = [
        (.accepted(MailReply(code: 250, text: "ok")), .sent, .accepted),
        (.deferred(refusal), .planned, .deferred),
        (.refused(MailReply(code: 550, text: "no")), .failed, .refused),
        (.unavailable(Advice(.unreachable, "no server")), .planned, .unavailable),
        (.lost(Advice(.unreachable, "no answer")), .unknown, .lost),
    ]

    @Test("each outcome leads to its state", arguments: outcomes)
    func records(
        outcome: MailOutcome, state: Delivery.State, ending: Delivery.Attempt.Outcome
    ) async throws {
        let ledger = DeliveryLedger(self.state)
        try await plan(ledger)
        let delivery = try await first(ledger)
        let claim = try #require(try await ledger.claim(delivery, message: message, now: now))
        let end = now.adding(seconds: 2)
        try await ledger.record(claim, outcome, now: end)
        let after = try await first(ledger)
        #expect(after.state == state)
        let attempt = try #require(after.attempts.last)
        #expect(attempt.outcome == ending)
        #expect(attempt.reply == outcome.description)
        #expect(attempt.code == outcome.reply?.code)
        #expect(attempt.ended == end)
        #expect(after.messageID == delivery.messageID)
        if state == .planned {
            #expect(after.nextTry == end.adding(seconds: 60))
            // What was seen before is no longer so.
            #expect(try await ledger.claim(delivery, message: message, now: end) == nil)
        } else {
            #expect(try await ledger.claim(after, message: message, now: end) == nil)
        }
    }

    @Test("retries come at growing distances for a day, then it has failed")
    func retries() async throws {
        let ledger = DeliveryLedger(state)
        try await plan(ledger)
        var time = now
        var tries = 0
        while let delivery = try await ledger.waiting(at: time, limit: 1).due.first,
            delivery.recipient == "a@example.com" || tries == 0
        {
            let claim = try #require(try await ledger.claim(delivery, message: message, now: time))
            try await ledger.record(claim, .deferred(Self.refusal), now: time)
            tries += 1
            let after = try await first(ledger)
            if after.state == .failed { break }
            #expect(after.nextTry > time)
            // The other recipient's delivery waits meanwhile.
            let other = try #require(try await ledger.list().last)
            try await ledger.postpone(other, until: time.adding(seconds: 999_999))
            time = after.nextTry
        }
        #expect(tries == RetryPolicy.delays.count + 1)
        #expect(try await first(ledger).state == .failed)
        let hours = (time.seconds - now.seconds) / 3600
        #expect((20...30).contains(hours))
        #expect(zip(RetryPolicy.delays, RetryPolicy.delays.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test("what a dead process was sending becomes unknown, what a living one sends does not")
    func recovers() async throws {
        let dead = DeliveryLedger(state, claimant: Claimant(text: "\(getpid()):1"))
        let alive = DeliveryLedger(state)
        try await plan(dead)
        let deliveries = try await dead.list()
        let claim = try #require(
            try await dead.claim(deliveries[0], message: message, now: now))
        _ = try await alive.claim(deliveries[1], message: message, now: now)
        let reader = DeliveryLedger(state, claimant: Claimant(text: "1:1"))
        #expect(try await reader.recover().map(\.id) == [deliveries[0].id])
        #expect(try await reader.list().map(\.state) == [.unknown, .sending])
        #expect(
            try await first(reader).attempts[0].reply
                == "the program ended before it knew the answer")
        #expect(try await reader.waiting(at: now, limit: 10).due.isEmpty)
        // Thought dead, but it was not: its answer counts.
        try await dead.record(claim, Self.outcomes[0].0, now: now)
        #expect(try await reader.list().map(\.state) == [.sent, .sending])
    }

    @Test("a message that cannot be made is tried again, and a withdrawn one is not")
    func unrendered() async throws {
        let ledger = DeliveryLedger(state)
        try await plan(ledger)
        let deliveries = try await ledger.list()
        try await ledger.recordUnrendered(
            deliveries[0], Advice(.unknown, "there is no report ‘x’"), now: now)
        try await ledger.withdraw(deliveries[1], "no longer a recipient", now: now)
        let after = try await ledger.list()
        #expect(after.map(\.state) == [.planned, .failed])
        #expect(after[0].nextTry == now.adding(seconds: 60))
        #expect(after[0].attempts.map(\.outcome) == [.unrendered])
        #expect(after[0].attempts.map(\.reply) == ["there is no report ‘x’"])
        #expect(after[1].attempts.map(\.outcome) == [.withdrawn])
    }

    @Test("this process is alive, and a process with its number and another start is not")
    func claimants() {
        #expect(Claimant.current.isAlive)
        for text in ["\(getpid()):1", "0:0", "", "x:y", "4194305:1"] {
            #expect(!Claimant(text: text).isAlive)
        }
    }
}
