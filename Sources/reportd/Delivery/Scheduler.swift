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
    /// Messages that are made while others are sent.
    static let madeAhead = 4
    /// How many deliveries one turn takes on.
    static let batch = 100

    let ledger: DeliveryLedger
    let mailer: Mailer
    let webhooks: WebhookSender
    let archive: MailArchive?
    private var swept: Instant?
    let render: Render
    let lateSources: LateSources
    private let audience: Audience
    let clock: WallClock
    private let sleeper: Sleeper
    let failpoint: @Sendable (String) -> Void
    let log: Logger
    var book: ScheduleBook
    var hold: Instant?
    /// Whether the last message that was tried was taken.
    var isTaking = false
    /// Connections beside the first that could not be used.
    var unusable: [Mailer] = []
    var nap: Task<Void, Never>?
    var isWoken = false
    /// Answers that could not be written down yet, because the state file could not be written.
    var unrecorded: [(claim: DeliveryLedger.Claim, outcome: MailOutcome, time: Instant)] =
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
        wake()
    }

    /// Looks at once for what is to be done, because somebody has changed it.
    func wake() {
        isWoken = true
        nap?.cancel()
    }

    func recover() async throws {
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

    /// Once a day, removes messages that were kept long enough, and files of links that have expired.
    private func sweep() async throws {
        let now = clock.now()
        guard let archive, swept.map({ $0.adding(seconds: 86_400) <= now }) ?? true else { return }
        swept = now
        let limit = now.adding(seconds: -86_400 * Int64(mailer.server.keepDays))
        archive.remove(try await ledger.forgetMessages(before: limit))
        archive.remove(try await ledger.forgetLinks(at: now))
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

    func plan(
        _ run: Occurrence, _ schedule: Schedule, mark: Instant?, now: Instant
    ) async throws {
        try await ledger.plan(
            run, of: schedule, to: try await found(schedule, run),
            domain: mailer.server.sender.domain, mark: mark, now: now)
        log.info("a run is planned", metadata: Self.metadata(schedule, run))
    }

    func found(_ schedule: Schedule, _ run: Occurrence) async throws -> [String] {
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
}
