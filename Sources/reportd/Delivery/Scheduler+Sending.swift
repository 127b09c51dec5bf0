import Logging
import Vocabulary

/// How the scheduler sends what is due.
extension Scheduler {
    /// One delivery that is to be sent.
    struct Errand {
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

    /// Sends deliveries while the messages of the next ones are made: the first alone, and as many at
    /// a time as the server is to have connections once it has taken one.
    ///
    /// What keeps one message back keeps those after it back; what was made ahead is made again then.
    func deliver(_ errands: [Errand]) async throws {
        (isTaking, unusable) = (false, [])
        // A connection has one conversation at a time; those beside the first end with this.
        try await withThrowingTaskGroup(of: Mailer.self) { conversations in
            var (idle, opened) = ([mailer], 1)
            var coming = errands[...]
            var made: [(errand: Errand, work: Task<Prepared, any Error>)] = []
            defer { for next in made { next.work.cancel() } }
            while true {
                while made.count < Self.madeAhead, let errand = coming.popFirst() {
                    made.append((errand, Task { try await self.prepare(errand) }))
                }
                guard !made.isEmpty, !isHeld else { break }
                if idle.isEmpty, isTaking, opened < mailer.server.connections {
                    idle.append(try Mailer(mailer.server))
                    opened += 1
                }
                while idle.isEmpty, let done = try await conversations.next() {
                    if !unusable.contains(where: { $0 === done }) { idle.append(done) }
                }
                let next = made[0].work
                let prepared = try await withTaskCancellationHandler {
                    try await next.value
                } onCancel: {
                    next.cancel()
                }
                try Task.checkCancellation()
                // Meanwhile another conversation may have found the server away.
                if isHeld { break }
                let (errand, free) = (made.removeFirst().errand, idle.removeLast())
                conversations.addTask {
                    try await self.deliver(errand, prepared, by: free)
                    return free
                }
            }
            try await conversations.waitForAll()
        }
    }

    private var isHeld: Bool { hold.map { $0 > clock.now() } ?? false }

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
                isByHand: delivery.isByHand,
                place: archive.map { _ in
                    DeliveryLink.Place(
                        delivery: delivery.id, attempt: delivery.attempts.count + 1)
                })
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
            try await archive?.keep(
                message, report: rendition.report, file: rendition.linked?.bytes)
        }
        return .rendition(rendition)
    }

    private func deliver(
        _ errand: Errand, _ prepared: Prepared, by mailer: Mailer
    ) async throws {
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
                try await self.handOver(message, rendition, of: errand, by: mailer)
            }.value
        }
    }

    /// The sources that a run does without; only schedules that wait for data tell of them.
    func late(_ schedule: Schedule, _ run: Occurrence) async throws -> [LateSource] {
        guard schedule.wait != nil else { return [] }
        return try await lateSources(schedule, schedule.dataNeeded(for: run))
    }

    private func handOver(
        _ message: [UInt8], _ rendition: Rendition, of errand: Errand, by mailer: Mailer
    ) async throws {
        let (delivery, channel) = (errand.delivery, errand.recipient.channel)
        let claimed = try await ledger.claim(
            delivery, message: message, report: rendition.report, finding: rendition.finding,
            isArchived: archive != nil, showing: errand.schedule.companies,
            link: rendition.linked?.link, now: clock.now())
        guard let claim = claimed else { return }
        failpoint("before-send")
        let outcome: MailOutcome
        if let channel {
            outcome = await webhooks.send(message, id: delivery.messageID, to: channel)
        } else {
            outcome = try await converse(message, with: delivery.recipient, by: mailer)
        }
        failpoint("after-send")
        isTaking = if case .accepted = outcome { true } else { false }
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

    private func converse(
        _ message: [UInt8], with recipient: String, by one: Mailer
    ) async throws -> MailOutcome {
        let address = try EnvelopeAddress(recipient)
        let outcome = try await one.send(message, to: address)
        guard case .unavailable = outcome, one !== mailer else { return outcome }
        // A server may permit fewer connections than we are told; nothing was handed over on this one.
        unusable.append(one)
        return try await mailer.send(message, to: address)
    }

    func flush() async throws {
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
    static func summary(_ outcome: MailOutcome) -> String {
        outcome.reply.map { "answer \($0.code)" } ?? outcome.description
    }

    private static func level(_ outcome: MailOutcome) -> Logger.Level {
        if case .accepted = outcome { return .info }
        return .warning
    }

    static func metadata(_ delivery: Delivery) -> Logger.Metadata {
        [
            "delivery": "\(delivery.id)", "schedule": "\(delivery.schedule)",
            "run": "\(delivery.run.local)",
        ]
    }

    static func metadata(_ schedule: Schedule, _ run: Occurrence) -> Logger.Metadata {
        ["schedule": "\(schedule.name)", "run": "\(run.local)"]
    }
}
