import Vocabulary

/// What somebody asks the scheduler for, beside what it does by itself.
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

    /// Plans the latest run of a schedule for those who have not had it; the running service sends it.
    ///
    /// - Parameters:
    ///   - name: The schedule.
    ///   - book: The schedules in force, which a process that does not send may know better.
    /// - Returns: The run, and how many of its deliveries are under way now.
    /// - Throws: `Advice` when there is no such schedule, or it has had no run.
    func planLatest(_ name: String, in book: ScheduleBook) async throws -> (
        run: Occurrence, open: Int
    ) {
        reload(book)
        let schedule = try book.schedule(name)
        let now = clock.now()
        let run = try schedule.run(at: nil, now: now)
        try await plan(run, schedule, mark: nil, now: now)
        wake()
        let open = try await ledger.list(schedule: name, run: run.local, limit: .max)
            .filter { $0.state == .planned || $0.state == .sending }
        return (run, open.count)
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
        wake()
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
