import Foundation
import Logging
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// Time that passes only when the scheduler sleeps.
final class DeliveryTime: Sendable {
    private let now: Mutex<Instant>
    private let end: Instant
    private let arrivals = AsyncStream<Void>.makeStream()

    init(from start: Instant, to end: Instant) {
        now = Mutex(start)
        self.end = end
    }

    var clock: WallClock { WallClock { self.now.withLock { $0 } } }

    /// Goes on to the time that is slept until; at the end it stands still until cancelled.
    var sleeper: Sleeper {
        Sleeper { [self] instant in
            let isOver = now.withLock { now in
                now = max(now, min(instant, end))
                return instant >= end
            }
            guard isOver else { return }
            arrivals.continuation.yield()
            try await Task.sleep(for: .seconds(3600))
        }
    }

    /// Runs a scheduler until the end comes.
    func run(_ scheduler: Scheduler) async {
        let running = Task { await scheduler.run() }
        for await _ in arrivals.stream { break }
        running.cancel()
        await running.value
    }
}

/// A state file, schedules and a mail server, and the schedulers on them.
struct DeliveryScene: Sendable {
    let path: String
    let server: MailServer
    let book: ScheduleBook

    init(path: String, server: MailServer, book: ScheduleBook) {
        self.path = path
        self.server = server
        self.book = book
    }

    /// The message that tests expect: all that a request says.
    static func message(_ request: DeliveryRequest) -> [UInt8] {
        let text = """
            Message-ID: <\(request.messageID)>
            Date: \(request.date)
            To: \(request.recipient.address)

            \(request.schedule.report) of \(request.period) at \(request.run.local)
            for \(request.recipient.companies.joined(separator: " "))

            """
        return Array(text.replacing("\n", with: "\r\n").utf8)
    }

    func scheduler(
        _ time: DeliveryTime, book: ScheduleBook? = nil, server: MailServer? = nil,
        render: @escaping Scheduler.Render = { Rendition(DeliveryScene.message($0)) },
        late: @escaping Scheduler.LateSources = { _, _ in [] },
        failpoint: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> Scheduler {
        Scheduler(
            state: try StateFile(path: path), book: book ?? self.book,
            mailer: try Mailer(server ?? self.server), render: render, lateSources: late,
            archive: MailArchive(besides: path),
            clock: time.clock, sleeper: time.sleeper, failpoint: failpoint,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func ledger() throws -> DeliveryLedger { DeliveryLedger(try StateFile(path: path)) }

    /// Runs a scheduler from one time to another.
    func run(
        from start: String, to end: String, book: ScheduleBook? = nil, server: MailServer? = nil,
        render: @escaping Scheduler.Render = { Rendition(DeliveryScene.message($0)) },
        late: @escaping Scheduler.LateSources = { _, _ in [] },
        failpoint: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        let time = DeliveryTime(
            from: try #require(Instant(start)), to: try #require(Instant(end)))
        await time.run(
            try scheduler(
                time, book: book, server: server, render: render, late: late,
                failpoint: failpoint))
    }
}

@Suite("Scheduler")
struct DeliverySchedulerTests {
    private let folder: DeliveryFolder
    private let mail: DeliverySMTPServer

    init() throws {
        folder = try DeliveryFolder()
        mail = try DeliverySMTPServer.plain.get()
    }

    private func addresses(_ treatments: String...) -> [String] {
        treatments.map { "\($0).\(UUID().uuidString.lowercased())@example.com" }
    }

    private func scene(to addresses: [String], missed: String = "latest") throws -> DeliveryScene {
        let schedule = try ScheduleFixture.schedule(missed: missed, to: addresses)
        return DeliveryScene(
            path: folder.path + "/state.sqlite", server: try mail.settings(),
            book: ScheduleBook([schedule]))
    }

    private func texts(for address: String) throws -> [String] {
        try mail.kept(for: address).map { String(decoding: $0.message, as: UTF8.self) }
    }

    @Test("nothing at first, then each Monday's report once for each, over restarts")
    func weeks() async throws {
        let people = addresses("ok", "ok")
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-05T20:00:00Z", to: "2026-07-06T05:29:59Z")
        #expect(try await scene.ledger().list().isEmpty)
        try await scene.run(from: "2026-07-06T05:29:59Z", to: "2026-07-06T05:40:00Z")
        try await scene.run(from: "2026-07-06T05:40:00Z", to: "2026-07-06T05:41:00Z")
        try await scene.run(from: "2026-07-13T05:00:00Z", to: "2026-07-13T06:00:00Z")
        for address in people {
            let texts = try texts(for: address)
            #expect(texts.count == 2)
            #expect(
                texts[0].contains("sales-register of 2026-06-29 – 2026-07-05 at 2026-07-06T07:30"))
            #expect(
                texts[1].contains("sales-register of 2026-07-06 – 2026-07-12 at 2026-07-13T07:30"))
            #expect(texts.allSatisfy { $0.contains("for rendetalje\r\n") })
        }
        let deliveries = try await scene.ledger().list()
        #expect(deliveries.map(\.state) == [.sent, .sent, .sent, .sent])
        #expect(deliveries.allSatisfy { $0.attempts.map(\.code) == [250] })
        let kept = try #require(try mail.kept(for: people[0]).last?.message)
        #expect(
            deliveries.first { $0.recipient == people[0] }?.attempts[0].bytesHash
                == DeliveryLedger.hash(kept))
    }

    @Test("after downtime the latest missed run is made up for, its period the original one")
    func downtime() async throws {
        let people = addresses("ok")
        let scene = try scene(to: people)
        try await scene.run(from: "2026-06-10T00:00:00Z", to: "2026-06-10T00:01:00Z")
        try await scene.run(from: "2026-07-08T12:00:00Z", to: "2026-07-08T12:10:00Z")
        let texts = try texts(for: people[0])
        #expect(texts.count == 1)
        #expect(texts.first?.contains("2026-06-29 – 2026-07-05 at 2026-07-06T07:30") == true)

        let others = addresses("ok")
        let skipping = DeliveryScene(
            path: folder.path + "/other.sqlite", server: scene.server,
            book: ScheduleBook([try ScheduleFixture.schedule(missed: "skip", to: others)]))
        try await skipping.run(from: "2026-06-10T00:00:00Z", to: "2026-06-10T00:01:00Z")
        try await skipping.run(from: "2026-07-08T12:00:00Z", to: "2026-07-08T12:10:00Z")
        #expect(try await skipping.ledger().list().isEmpty)
    }

    @Test("greylisting: tried again with the same Message-ID, date and hash until accepted")
    func greylisted() async throws {
        let people = addresses("rcpt-451-2")
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T07:00:00Z")
        let delivery = try #require(try await scene.ledger().list().first)
        #expect(delivery.state == .sent)
        #expect(delivery.attempts.map(\.code) == [451, 451, 250])
        #expect(
            delivery.attempts.map(\.began.description) == [
                "2026-07-06T05:30:00Z", "2026-07-06T05:31:00Z", "2026-07-06T05:36:00Z",
            ])
        #expect(Set(delivery.attempts.map(\.bytesHash)).count == 1)
        #expect(try texts(for: people[0]).count == 1)
    }

    @Test("a refusal for good and a lost answer end their delivery, and only theirs")
    func ends() async throws {
        let people = addresses("rcpt-550", "data-554", "drop-answer", "ok")
        let scene = try scene(to: people)
        for _ in 0..<2 {
            try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-07T12:00:00Z")
        }
        let deliveries = try await scene.ledger().list()
        #expect(deliveries.map(\.state) == [.failed, .failed, .unknown, .sent])
        #expect(deliveries.allSatisfy { $0.attempts.count == 1 })
        #expect(try people.map { try texts(for: $0).count } == [0, 0, 1, 1])
    }

    @Test("a conversation that takes long keeps no other back, once the server has taken one")
    func overlapping() async throws {
        for connections in [1, 3] {
            let people = addresses("ok", "silent", "ok", "ok")
            let points = Mutex<[String]>([])
            var server = try mail.settings(messageSeconds: 2)
            server.connections = connections
            let scene = try scene(to: people)
            try await scene.run(
                from: "2026-07-06T05:29:00Z", to: "2026-07-06T05:40:00Z", server: server,
                failpoint: { point in
                    if point == "before-send" || point == "after-send" {
                        points.withLock { $0.append(point) }
                    }
                })
            let deliveries = try await scene.ledger().list()
                .filter { people.contains($0.recipient) }
            #expect(deliveries.map(\.state) == [.sent, .unknown, .sent, .sent])
            #expect(try people.map { try texts(for: $0).count } == [1, 1, 1, 1])
            let pair = ["before-send", "after-send"]
            let inTurn = points.withLock { $0 } == pair + pair + pair + pair
            #expect(inTurn == (connections == 1), "\(points.withLock { $0 })")
            try FileManager.default.removeItem(atPath: scene.path)
        }
    }

    @Test("where a server permits fewer connections, the first one has to do")
    func alone() async throws {
        let mail = try DeliverySMTPServer(.plain)
        let people = addresses("ok", "silent", "alone", "alone", "alone")
        var server = try mail.settings(messageSeconds: 2)
        server.connections = 3
        let scene = DeliveryScene(
            path: folder.path + "/state.sqlite", server: server,
            book: ScheduleBook([try ScheduleFixture.schedule(to: people)]))
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T05:30:10Z")
        let deliveries = try await scene.ledger().list()
        #expect(deliveries.map(\.state) == [.sent, .unknown, .sent, .sent, .sent])
        #expect(deliveries.allSatisfy { $0.attempts.count == 1 })
        #expect(try people.allSatisfy { try mail.kept(for: $0).count == 1 })
    }

    @Test("a server that is away holds everything back, and nothing is lost")
    func away() async throws {
        let people = addresses("ok", "ok", "ok")
        let scene = try scene(to: people)
        let nobody = try MailServer(
            host: "localhost", port: 1, security: .plain, sender: scene.server.sender)
        try await scene.run(
            from: "2026-07-06T05:29:00Z", to: "2026-07-06T05:32:30Z", server: nobody)
        let waiting = try await scene.ledger().list()
        #expect(waiting.map(\.state) == [.planned, .planned, .planned])
        // One attempt a minute, not one for each recipient.
        #expect(waiting.map(\.attempts.count) == [1, 1, 1])
        #expect(waiting[0].attempts[0].outcome == .unavailable)
        #expect(waiting[0].attempts[0].reply.contains("does not accept connections"))
        try await scene.run(from: "2026-07-06T05:32:30Z", to: "2026-07-06T06:00:00Z")
        #expect(try await scene.ledger().list().map(\.state) == [.sent, .sent, .sent])
        #expect(try people.map { try texts(for: $0).count } == [1, 1, 1])
    }

    @Test("a message that cannot be made is made later; nothing is sent instead of it")
    func unrendered() async throws {
        let people = addresses("ok", "ok")
        let scene = try scene(to: people)
        let failures = Mutex(2)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T06:00:00Z") { request in
            let fails = failures.withLock { left in
                guard request.recipient.address == people[0], left > 0 else { return false }
                left -= 1
                return true
            }
            if fails { throw Advice(.busy, "the store is being restored", remedy: "wait") }
            return Rendition(DeliveryScene.message(request))
        }
        let deliveries = try await scene.ledger().list()
        #expect(deliveries.map(\.state) == [.sent, .sent])
        #expect(
            deliveries[0].attempts.map(\.outcome) == [.unrendered, .unrendered, .accepted])
        #expect(deliveries[0].attempts[0].reply == "the store is being restored; wait")
        #expect(try people.map { try texts(for: $0).count } == [1, 1])
    }

    @Test("whoever is no longer named gets nothing; a changed time makes nothing run twice")
    func reloads() async throws {
        let people = addresses("rcpt-451-9", "ok")
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-06T05:29:00Z", to: "2026-07-06T05:30:30Z")
        let moved = try ScheduleFixture.schedule(cron: "0 6 * * MON", to: [people[1]])
        let time = DeliveryTime(
            from: try #require(Instant("2026-07-06T05:30:30Z")),
            to: try #require(Instant("2026-07-07T05:00:00Z")))
        let scheduler = try scene.scheduler(time)
        await scheduler.reload(ScheduleBook([moved]))
        await time.run(scheduler)
        let deliveries = try await scene.ledger().list()
        #expect(deliveries.map(\.state) == [.failed, .sent])
        #expect(deliveries[0].attempts.map(\.outcome) == [.deferred, .withdrawn])
    }

    @Test("reloading wakes the scheduler from its sleep")
    func wakes() async throws {
        let people = addresses("ok")
        let scene = try scene(to: people)
        let start = try #require(Instant("2026-07-06T05:00:00Z"))
        let (asleep, fall) = AsyncStream<Instant>.makeStream()
        let scheduler = Scheduler(
            state: try StateFile(path: scene.path), book: ScheduleBook([]),
            mailer: try Mailer(scene.server), render: { Rendition(DeliveryScene.message($0)) },
            clock: .fixed(start),
            sleeper: Sleeper { instant in
                fall.yield(instant)
                try await Task.sleep(for: .seconds(3600))
            },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await scheduler.run() }
        var sleeps = asleep.makeAsyncIterator()
        #expect(await sleeps.next() == start.adding(seconds: 300))
        let soon = try ScheduleFixture.schedule(cron: "1 7 * * *", to: people)
        await scheduler.reload(ScheduleBook([soon]))
        #expect(await sleeps.next() == start.adding(seconds: 60))
        running.cancel()
        await running.value
    }

    @Test("a conversation that has begun is finished and recorded when the program stops")
    func cancels() async throws {
        let people = addresses("ok", "ok")
        let scene = try scene(to: people)
        let time = DeliveryTime(
            from: try #require(Instant("2026-07-06T05:29:00Z")),
            to: try #require(Instant("2026-07-06T06:00:00Z")))
        let running = Mutex<Task<Void, Never>?>(nil)
        let scheduler = try scene.scheduler(
            time,
            failpoint: { point in
                if point == "before-send" { running.withLock { $0?.cancel() } }
            })
        // The lock keeps the failpoint waiting until the task is known.
        let task = running.withLock { slot in
            let task = Task { await scheduler.run() }
            slot = task
            return task
        }
        await task.value
        #expect(try await scene.ledger().list().map(\.state) == [.sent, .planned])
        #expect(try people.map { try texts(for: $0).count } == [1, 0])
    }

    @Test("several schedulers on one state file send each message once")
    func together() async throws {
        let people = (0..<12).flatMap { _ in addresses("ok") }
        let scene = try scene(to: people)
        try await scene.run(from: "2026-07-06T05:00:00Z", to: "2026-07-06T05:01:00Z")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await scene.run(from: "2026-07-06T05:30:00Z", to: "2026-07-06T05:34:00Z")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await scene.ledger().list().map(\.state) == people.map { _ in .sent })
        #expect(try people.map { try texts(for: $0).count } == people.map { _ in 1 })
    }

    @Test("by hand: the latest run, once; a rehearsal sends and records nothing")
    func byHand() async throws {
        let people = addresses("ok", "rcpt-451-1")
        let scene = try scene(to: people)
        let now = try #require(Instant("2026-07-08T12:00:00Z"))
        let scheduler = try scene.scheduler(DeliveryTime(from: now, to: now))
        let rehearsals = try await scheduler.rehearse("monday-sales")
        #expect(rehearsals.map(\.request.recipient.address) == people)
        #expect(rehearsals.allSatisfy { $0.request.run.local.description == "2026-07-06T07:30:00" })
        #expect(try await scene.ledger().list().isEmpty)
        #expect(try texts(for: people[0]).isEmpty)

        let sent = try await scheduler.send("monday-sales")
        #expect(sent.map(\.state) == [.sent, .planned])
        #expect(sent.map(\.messageID) == rehearsals.map(\.request.messageID))
        let again = try await scheduler.send("monday-sales")
        #expect(again.map(\.state) == [.sent, .sent])
        let earlier = try await scheduler.send(
            "monday-sales", run: LocalTime("2026-06-29T07:30"))
        #expect(earlier.map(\.state) == [.sent, .sent])
        #expect(try people.map { try texts(for: $0).count } == [2, 2])
        // The plan is as it was: a service that starts now begins now.
        #expect(try await scene.ledger().marks().isEmpty)

        let mistakes = [
            (
                "monday-sale", "2026-07-06T07:30",
                "there is no schedule ‘monday-sale’; did you mean "
                    + "‘monday-sales’?"
            ),
            (
                "monday-sales", "2026-07-07T07:30",
                "‘monday-sales’ does not run at "
                    + "2026-07-07T07:30:00 in Europe/Copenhagen; the next run after that is at "
                    + "2026-07-13T07:30:00"
            ),
            (
                "monday-sales", "2026-07-13T07:30",
                "the run of ‘monday-sales’ at 2026-07-13T07:30:00 "
                    + "in Europe/Copenhagen is not due yet; wait for it, or choose a run that was due "
                    + "before now"
            ),
        ]
        for (name, time, words) in mistakes {
            let advice = await #expect(throws: Advice.self) {
                try await scheduler.send(name, run: LocalTime(time))
            }
            #expect(advice?.description == words)
        }
        #expect(LocalTime("2026-07-06 07:30") == nil)
        #expect(LocalTime("2026-07-06T24:00") == nil)
    }
}
