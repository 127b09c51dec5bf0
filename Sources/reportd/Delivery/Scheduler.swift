import Logging
import Vocabulary

/// Keeps the schedules: plans runs when they are due and sees every delivery through.
///
/// `SchedulerTurn` decides, `DeliveryLedger` remembers, `Mailer` sends; this actor only carries out.
/// It may be killed at any point and started again, and several processes may run one on the same
/// state file: each delivery ends as one message, or as a row that says why not or `unknown`.
///
/// A delivery goes through the failpoints `after-plan`, `after-render`, `before-send` (claimed, not
/// sent), `after-send` (sent, not recorded) and `after-record`.
actor Scheduler {
    /// Makes the message of a delivery, or tells why there is none.
    typealias Render = @Sendable (DeliveryRequest) async throws -> Rendition

    /// Tells which sources have not been read up to a moment that a schedule's report needs.
    typealias LateSources = @Sendable (Schedule, Instant) async throws -> [LateSource]

    /// Finds the recipients of a run that the data names.
    typealias Audience = @Sendable (Schedule, RecipientColumn, Period) async throws -> [String]

    /// How long sending pauses when the mail server cannot be used, in seconds.
    static let pauseSeconds: Int64 = 60
    /// Messages that are made while another one is sent.
    static let madeAhead = 4
    /// How many deliveries one turn takes on.
    static let batch = 100

    private let ledger: DeliveryLedger
    private let mailer: Mailer
    private let webhooks: WebhookSender
    private let archive: MailArchive?
    private var swept: Instant?
    private let render: Render
    private let lateSources: LateSources
    private let audience: Audience
    private let clock: WallClock
    private let sleeper: Sleeper
    private let failpoint: @Sendable (String) -> Void
    private let log: Logger
    private var book: ScheduleBook
    private var hold: Instant?
    private var nap: Task<Void, Never>?
    private var isWoken = false
    /// Answers that could not be written down yet, because the state file could not be written.
    private var unrecorded: [(claim: DeliveryLedger.Claim, outcome: MailOutcome, time: Instant)] =
        []

    /// Makes a scheduler.
    ///
    /// - Parameters:
    ///   - state: The file that remembers deliveries.
    ///   - book: The schedules.
    ///   - mailer: Who sends.
    ///   - render: Makes a message, computed under the recipient's grants; what it throws is kept
    ///     with the delivery, which is tried again later.
    ///   - lateSources: Which sources a run would wait for.
    ///   - audience: Whom the data names as recipients.
    ///   - archive: Where messages are kept; nil keeps none.
    ///   - clock: The time.
    ///   - sleeper: How to wait; really, by default.
    ///   - failpoint: Called with a name at each point where a test may want the process to die.
    ///   - log: Where to report; it gets neither addresses nor contents.
    init(
        state: StateFile, book: ScheduleBook, mailer: Mailer, render: @escaping Render,
        lateSources: @escaping LateSources = { _, _ in [] },
        audience: @escaping Audience = { _, _, _ in [] }, archive: MailArchive? = nil,
        clock: WallClock, sleeper: Sleeper? = nil,
        failpoint: @escaping @Sendable (String) -> Void = { _ in }, log: Logger
    ) {
        ledger = DeliveryLedger(state)
        self.book = book
        self.mailer = mailer
        webhooks = WebhookSender(clock: clock)
        self.archive = archive
        self.render = render
        self.lateSources = lateSources
        self.audience = audience
        self.clock = clock
        self.sleeper = sleeper ?? .system(clock)
        self.failpoint = failpoint
        self.log = log
    }

    // MARK: Running

    /// Keeps the schedules until the task is cancelled; a conversation that has begun is finished
    /// and recorded first.
    func run() async {
        while !Task.isCancelled {
            do {
                try await turn()
            } catch is CancellationError {
                break
            } catch {
                // The disk may be full or the file locked; both pass, and the turn is taken again.
                log.error("schedules wait: \(error)", error: error)
                await rest(until: clock.now().adding(seconds: Self.pauseSeconds))
            }
        }
        // Cancellation must not lose an answer, so this last write is on its own.
        await Task { try? await self.flush() }.value
    }

    /// Puts other schedules in force, at once.
    func reload(_ book: ScheduleBook) {
        self.book = book
        isWoken = true
        nap?.cancel()
    }

    private func recover() async throws {
        for delivery in try await ledger.recover() {
            log.warning(
                "a delivery was interrupted and is not sent again by itself",
                metadata: Self.metadata(delivery))
        }
    }

    private func turn() async throws {
        try await flush()
        // Not only at the start: another process on this file may have died meanwhile.
        try await recover()
        let now = clock.now()
        let waiting = try await ledger.waiting(at: now, limit: Self.batch)
        let turn = SchedulerTurn(
            now: now, book: book, marks: try await ledger.marks(), due: waiting.due,
            nextTry: waiting.next, waiting: try await ledger.waitingRuns(),
            paused: try await ledger.paused(), hold: hold)
        var errands: [Errand] = []
        for action in turn.actions() {
            try Task.checkCancellation()
            if case .deliver(let delivery, let schedule, let recipient) = action {
                errands.append(
                    Errand(delivery: delivery, schedule: schedule, recipient: recipient))
            } else {
                try await carryOut(action, now: now)
            }
        }
        try await deliver(errands)
        try await tellOperator()
        try await sweep()
    }

    /// Once a day, removes messages that were kept long enough.
    private func sweep() async throws {
        let now = clock.now()
        guard let archive, swept.map({ $0.adding(seconds: 86_400) <= now }) ?? true else { return }
        swept = now
        let limit = now.adding(seconds: -86_400 * Int64(mailer.server.keepDays))
        archive.remove(try await ledger.forgetMessages(before: limit))
    }

    /// Mails the operator what is late, failed or unknown and was not told yet.
    private func tellOperator() async throws {
        let now = clock.now()
        guard let address = mailer.server.operatorAddress, hold.map({ $0 <= now }) ?? true
        else { return }
        let untold = try await ledger.untold(
            at: now, lateAfter: mailer.server.lateSeconds, limit: OperatorMail.most)
        guard !untold.isEmpty else { return }
        let message = try OperatorMail.bytes(
            untold, from: mailer.server, to: address, now: now)
        let outcome = try await Task { try await mailer.send(message, to: address) }.value
        switch outcome {
        case .accepted, .lost: try await ledger.noteTold(untold, now: now)
        case .unavailable: hold = clock.now().adding(seconds: Self.pauseSeconds)
        case .deferred, .refused:
            log.error("the operator cannot be told: \(Self.summary(outcome))")
        }
    }

    private func carryOut(_ action: SchedulerTurn.Action, now: Instant) async throws {
        switch action {
        case .begin(let schedule):
            try await ledger.begin(schedule, at: now)
        case .plan(let run, let schedule, let passedOver):
            if let passedOver {
                log.notice(
                    "runs up to \(passedOver.local) were missed; the latest is made up for",
                    metadata: Self.metadata(schedule, run))
            }
            if schedule.wait != nil {
                try await ledger.wait(for: run, of: schedule, mark: now, now: now)
            } else {
                try await plan(run, schedule, mark: now, now: now)
            }
            failpoint("after-plan")
        case .look(let waiting, let schedule):
            try await look(at: waiting, schedule, now: now)
        case .abandon(let waiting):
            log.notice(
                "a run is given up: its schedule is no longer defined",
                metadata: ["schedule": "\(waiting.schedule)", "run": "\(waiting.run.local)"])
            try await ledger.abandon(waiting)
        case .passOver(let run, let schedule):
            log.notice("a missed run is passed over", metadata: Self.metadata(schedule, run))
            try await ledger.passOver(schedule, through: now)
        case .deliver(let delivery, let schedule, let recipient):
            try await deliver([
                Errand(delivery: delivery, schedule: schedule, recipient: recipient)
            ])
        case .withdraw(let delivery, let reason):
            log.notice("a delivery is given up: \(reason)", metadata: Self.metadata(delivery))
            try await ledger.withdraw(delivery, reason, now: now)
        case .postpone(let delivery, let instant):
            try await ledger.postpone(delivery, until: instant)
        case .sleep(let instant):
            await rest(until: instant)
        }
    }

    private func plan(
        _ run: Occurrence, _ schedule: Schedule, mark: Instant?, now: Instant
    ) async throws {
        try await ledger.plan(
            run, of: schedule, to: try await found(schedule, run),
            domain: mailer.server.sender.domain, mark: mark, now: now)
        log.info("a run is planned", metadata: Self.metadata(schedule, run))
    }

    private func found(_ schedule: Schedule, _ run: Occurrence) async throws -> [String] {
        guard let column = schedule.column else { return [] }
        return try await audience(schedule, column, schedule.period(of: run))
    }

    /// Decides about a run that waits for data.
    private func look(at waiting: WaitingRun, _ schedule: Schedule, now: Instant) async throws {
        let run = waiting.run
        // The schedule may have been told since not to wait.
        guard let wait = schedule.wait else {
            return try await plan(run, schedule, mark: nil, now: now)
        }
        let late = try await lateSources(schedule, schedule.dataNeeded(for: run))
        let reason = late.map(\.description).joined(separator: ", ")
        switch wait.decision(for: run, isLate: !late.isEmpty, now: now) {
        case .send:
            if !late.isEmpty {
                log.warning(
                    "a run is sent incomplete: \(reason)", metadata: Self.metadata(schedule, run))
            }
            try await plan(run, schedule, mark: nil, now: now)
        case .hold:
            log.warning(
                "a run is held back: \(reason)", metadata: Self.metadata(schedule, run))
            try await ledger.hold(waiting, because: reason)
        case .lookAgain(let instant):
            try await ledger.lookAgain(at: waiting, instant, because: reason)
        }
    }

    private func rest(until instant: Instant) async {
        if !isWoken, !Task.isCancelled {
            let nap = Task { [sleeper] in
                // Woken or cancelled, the loop goes on and looks for itself.
                _ = try? await sleeper.sleep(instant)
            }
            self.nap = nap
            await withTaskCancellationHandler {
                await nap.value
            } onCancel: {
                nap.cancel()
            }
            self.nap = nil
        }
        isWoken = false
    }

    // MARK: Sending

    /// One delivery that is to be sent.
    private struct Errand {
        let delivery: Delivery
        let schedule: Schedule
        let recipient: Schedule.Recipient
    }

    /// What is known of a delivery before its turn comes.
    private enum Prepared: Sendable {
        /// It has a message, which is kept already, or none to send.
        case rendition(Rendition)
        /// Its recipient gets nothing of the schedule.
        case suppressed(Suppression.Reason)
        /// Its message could not be made.
        case unrendered(Advice)
    }

    /// Sends deliveries one after the other, while the messages of the next ones are made.
    ///
    /// What keeps one message back keeps them all back; what was made ahead is made again then.
    private func deliver(_ errands: [Errand]) async throws {
        var coming = errands[...]
        var made: [(errand: Errand, work: Task<Prepared, any Error>)] = []
        defer { for next in made { next.work.cancel() } }
        while true {
            while made.count < Self.madeAhead, let errand = coming.popFirst() {
                made.append((errand, Task { try await self.prepare(errand) }))
            }
            guard !made.isEmpty else { return }
            try Task.checkCancellation()
            if let hold, hold > clock.now() { return }
            let next = made.removeFirst()
            let prepared = try await withTaskCancellationHandler {
                try await next.work.value
            } onCancel: {
                next.work.cancel()
            }
            try Task.checkCancellation()
            try await deliver(next.errand, prepared)
        }
    }

    private func prepare(_ errand: Errand) async throws -> Prepared {
        let (delivery, schedule) = (errand.delivery, errand.schedule)
        if let suppression = try await ledger.suppression(of: delivery) {
            return .suppressed(suppression.reason)
        }
        let rendition: Rendition
        do {
            let request = DeliveryRequest(
                schedule: schedule, run: delivery.run, recipient: errand.recipient,
                messageID: delivery.messageID, date: delivery.planned,
                late: try await late(schedule, delivery.run),
                past: schedule.condition == nil
                    ? [] : try await ledger.pastJudgements(before: delivery),
                isByHand: delivery.isByHand)
            rendition = try await render(request)
            if let message = rendition.message, errand.recipient.channel == nil {
                try Mailer.checkLines(message)
            }
        } catch {
            try Task.checkCancellation()
            return .unrendered(
                error as? Advice
                    ?? Advice(.request, "the message could not be made", cause: "\(error)"))
        }
        if let message = rendition.message {
            try await archive?.keep(message, report: rendition.report)
        }
        return .rendition(rendition)
    }

    private func deliver(_ errand: Errand, _ prepared: Prepared) async throws {
        let delivery = errand.delivery
        switch prepared {
        case .suppressed(let reason):
            try await ledger.suppress(delivery, reason, now: clock.now())
        case .unrendered(let reason):
            log.error(
                "\(reason.debugDescription)", error: reason, metadata: Self.metadata(delivery))
            try await ledger.recordUnrendered(delivery, reason, now: clock.now())
        case .rendition(let rendition):
            failpoint("after-render")
            guard let message = rendition.message else {
                log.info("a delivery is left out", metadata: Self.metadata(delivery))
                if let finding = rendition.finding {
                    try await ledger.leaveOut(delivery, finding, now: clock.now())
                }
                return
            }
            // From the claim to the record nothing may be cancelled, so it is a task of its own.
            try await Task {
                try await self.handOver(
                    message, rendition, of: delivery, to: errand.recipient.channel)
            }.value
        }
    }

    /// The sources that a run does without; only schedules that wait for data tell of them.
    private func late(_ schedule: Schedule, _ run: Occurrence) async throws -> [LateSource] {
        guard schedule.wait != nil else { return [] }
        return try await lateSources(schedule, schedule.dataNeeded(for: run))
    }

    private func handOver(
        _ message: [UInt8], _ rendition: Rendition, of delivery: Delivery, to channel: Channel?
    ) async throws {
        let claimed = try await ledger.claim(
            delivery, message: message, report: rendition.report, finding: rendition.finding,
            isArchived: archive != nil, now: clock.now())
        guard let claim = claimed else { return }
        failpoint("before-send")
        let outcome: MailOutcome
        if let channel {
            outcome = await webhooks.send(message, id: delivery.messageID, to: channel)
        } else {
            outcome = try await mailer.send(message, to: EnvelopeAddress(delivery.recipient))
        }
        failpoint("after-send")
        // One channel that is away keeps nothing else back.
        if case .unavailable = outcome, channel == nil {
            hold = clock.now().adding(seconds: Self.pauseSeconds)
        }
        unrecorded.append((claim, outcome, clock.now()))
        try await flush()
        failpoint("after-record")
        log.log(
            level: Self.level(outcome), "a delivery was attempted: \(Self.summary(outcome))",
            metadata: Self.metadata(delivery))
    }

    private func flush() async throws {
        while !unrecorded.isEmpty {
            let answer = unrecorded.removeFirst()
            do {
                try await ledger.record(answer.claim, answer.outcome, now: answer.time)
            } catch {
                unrecorded.append(answer)
                throw error
            }
        }
    }

    /// Without the server's words, which often repeat the recipient's address.
    private static func summary(_ outcome: MailOutcome) -> String {
        outcome.reply.map { "answer \($0.code)" } ?? outcome.description
    }

    private static func level(_ outcome: MailOutcome) -> Logger.Level {
        if case .accepted = outcome { return .info }
        return .warning
    }

    private static func metadata(_ delivery: Delivery) -> Logger.Metadata {
        [
            "delivery": "\(delivery.id)", "schedule": "\(delivery.schedule)",
            "run": "\(delivery.run.local)",
        ]
    }

    private static func metadata(_ schedule: Schedule, _ run: Occurrence) -> Logger.Metadata {
        ["schedule": "\(schedule.name)", "run": "\(run.local)"]
    }
}

// MARK: By hand

extension Scheduler {
    /// Sends a run's deliveries now; those that were sent, failed or are unknown stay as they are.
    ///
    /// - Parameters:
    ///   - name: The schedule.
    ///   - local: The run's scheduled time; nil for the latest one due.
    /// - Returns: All deliveries of that run, with their attempts. What could not be sent is left to
    ///   the running service.
    /// - Throws: `Advice` when there is no such schedule or run, or the state file cannot be used.
    func send(_ name: String, run local: LocalTime? = nil) async throws -> [Delivery] {
        let schedule = try book.schedule(name)
        let now = clock.now()
        let run = try schedule.run(at: local, now: now)
        try await recover()
        try await plan(run, schedule, mark: nil, now: now)
        failpoint("after-plan")
        let planned = try await ledger.list(
            schedule: name, run: run.local, state: .planned, limit: .max)
        hold = nil
        try await deliver(
            planned.compactMap { delivery in
                schedule.recipient(at: delivery.recipient).map {
                    Errand(delivery: delivery, schedule: schedule, recipient: $0)
                }
            })
        return try await ledger.list(schedule: name, run: run.local, limit: .max)
    }

    /// Plans the runs of a schedule that wait or are held back; the running service sends them.
    ///
    /// - Parameters:
    ///   - name: The schedule.
    ///   - local: The run's scheduled time; nil for all of them.
    /// - Returns: The runs that were released.
    /// - Throws: `Advice` when there is no such schedule, or no run of it waits.
    func release(_ name: String, run local: LocalTime? = nil) async throws -> [Occurrence] {
        let schedule = try book.schedule(name)
        let waiting = try await ledger.waitingRuns().filter {
            $0.schedule == name && (local == nil || $0.run.local == local)
        }
        guard !waiting.isEmpty else {
            let meant = local.map { "the run of ‘\(name)’ at \($0)" } ?? "no run of ‘\(name)’"
            throw Advice(
                .request,
                local == nil ? "\(meant) waits or is held back" : "\(meant) is not held back",
                remedy: "‘reportd schedules waiting’ lists those that are")
        }
        for run in waiting { try await plan(run.run, schedule, mark: nil, now: clock.now()) }
        return waiting.map(\.run)
    }

    /// Makes a run's messages without sending or recording anything.
    ///
    /// - Parameters:
    ///   - name: The schedule.
    ///   - local: The run's scheduled time; nil for the latest one due.
    /// - Returns: A message for each recipient.
    /// - Throws: `Advice` when there is no such schedule or run, or a message cannot be made.
    func rehearse(_ name: String, run local: LocalTime? = nil) async throws -> [Rehearsal] {
        let schedule = try book.schedule(name)
        let now = clock.now()
        let run = try schedule.run(at: local, now: now)
        var rehearsals: [Rehearsal] = []
        let found = try await found(schedule, run).compactMap { schedule.recipient(at: $0) }
        for recipient in schedule.recipients + found {
            let identifier = DeliveryLedger.messageID(
                schedule.name, run, recipient.address, domain: mailer.server.sender.domain)
            let request = DeliveryRequest(
                schedule: schedule, run: run, recipient: recipient, messageID: identifier,
                date: now, late: try await late(schedule, run),
                past: try await ledger.pastJudgements(
                    of: schedule.name, for: recipient.address, before: run.instant))
            let rendition = try await render(request)
            if let message = rendition.message, recipient.channel == nil {
                try Mailer.checkLines(message)
            }
            rehearsals.append(Rehearsal(request: request, rendition: rendition))
        }
        return rehearsals
    }
}
