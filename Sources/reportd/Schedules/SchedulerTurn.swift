import Vocabulary

/// What the scheduler does next, decided from what it knows, without doing anything.
///
/// One turn either plans runs, or sends what is due, or sleeps; whatever it did is in the state
/// file before the next turn looks. So a turn that is cut short anywhere is simply decided again.
struct SchedulerTurn: Sendable {
    /// One thing to do.
    enum Action: Sendable, Hashable {
        /// Begin a schedule's planning now: it is new, its timing was changed, or the clock was set
        /// back behind what was already dealt with.
        case begin(Schedule)
        /// Plan a run for its recipients; an earlier run may have been due too and is passed over.
        case plan(Occurrence, Schedule, passingOver: Occurrence?)
        /// Leave a run out that was missed, by the schedule's own rule.
        case passOver(Occurrence, Schedule)
        /// Look whether a run that waits for data may be sent.
        case look(WaitingRun, Schedule)
        /// Let go of a run whose schedule is gone.
        case abandon(WaitingRun)
        /// Send a delivery.
        case deliver(Delivery, Schedule, Schedule.Recipient)
        /// Give a delivery up.
        case withdraw(Delivery, reason: String)
        /// Look at a delivery again later.
        case postpone(Delivery, until: Instant)
        /// Do nothing until then, or until woken.
        case sleep(until: Instant)
    }

    /// A run that begins later than this after its time was missed, for `MissedRule.skip`; seconds.
    static let onTimeSeconds: Int64 = 600
    /// The longest sleep, in seconds: after it the clock is asked again, which may have been set,
    /// and the state file, which other processes write too.
    static let longestSleepSeconds: Int64 = 300
    /// A mark further than this in the future means that the clock was set back; seconds.
    static let clockStepSeconds: Int64 = 3600
    /// How long deliveries wait for a broken definition to be repaired before the next look; seconds.
    static let repairSeconds: Int64 = 900

    /// The time it is.
    let now: Instant
    /// The schedules in force.
    let book: ScheduleBook
    /// How far each schedule's runs have been dealt with.
    let marks: [String: ScheduleMark]
    /// Planned deliveries whose attempt is due.
    let due: [Delivery]
    /// When the next attempt is due after those.
    let nextTry: Instant?
    /// Runs that wait for data or are held back.
    var waiting: [WaitingRun] = []
    /// Schedules that rest by command, besides those whose file says so.
    var paused: Set<String> = []
    /// Nothing is sent before this, because the mail server could not be used.
    let hold: Instant?

    /// The turn's actions, in order.
    func actions() -> [Action] {
        let planning = book.schedules.compactMap(planning)
        if !planning.isEmpty { return planning }
        let looks = waiting.filter { $0.state == .waiting && $0.nextLook <= now }
            .compactMap(looking)
        if !looks.isEmpty { return looks }
        let isHeld = hold.map { $0 > now } ?? false
        if !due.isEmpty, !isHeld { return due.map(sending) }
        var wake = now.adding(seconds: Self.longestSleepSeconds)
        for schedule in book.schedules {
            let handled = marks[schedule.name]?.handledThrough ?? now
            wake = min(wake, schedule.timing.next(after: handled).instant)
        }
        if let nextTry { wake = min(wake, nextTry) }
        for run in waiting where run.state == .waiting && run.nextLook > now {
            wake = min(wake, run.nextLook)
        }
        if let hold, isHeld { wake = min(wake, hold) }
        return [.sleep(until: wake)]
    }

    private func planning(_ schedule: Schedule) -> Action? {
        guard let mark = marks[schedule.name], mark.timing == schedule.timing.description,
            mark.handledThrough <= now.adding(seconds: Self.clockStepSeconds)
        else { return .begin(schedule) }
        guard
            let run = schedule.timing.latest(after: mark.handledThrough, through: now)
        else { return nil }
        if isPaused(schedule) { return .passOver(run, schedule) }
        let isLate = run.instant.adding(seconds: Self.onTimeSeconds) < now
        if schedule.missed == .skip, isLate { return .passOver(run, schedule) }
        let justBefore = Instant(microseconds: run.instant.microseconds - 1)
        let before = schedule.timing.latest(after: mark.handledThrough, through: justBefore)
        return .plan(run, schedule, passingOver: before)
    }

    /// Nil while it cannot be decided: the schedule rests, or its file is broken.
    private func looking(_ run: WaitingRun) -> Action? {
        guard let schedule = book.schedules.first(where: { $0.name == run.schedule }) else {
            return book.problems.isEmpty ? .abandon(run) : nil
        }
        return isPaused(schedule) ? nil : .look(run, schedule)
    }

    private func isPaused(_ schedule: Schedule) -> Bool {
        schedule.isPaused || paused.contains(schedule.name)
    }

    private func sending(_ delivery: Delivery) -> Action {
        guard let schedule = book.schedules.first(where: { $0.name == delivery.schedule }) else {
            return book.problems.isEmpty
                ? .withdraw(delivery, reason: "the schedule is no longer defined")
                : .postpone(delivery, until: now.adding(seconds: Self.repairSeconds))
        }
        if isPaused(schedule) {
            return .postpone(delivery, until: now.adding(seconds: Self.repairSeconds))
        }
        guard let recipient = schedule.recipient(at: delivery.recipient) else {
            let reason =
                schedule.column == nil
                ? "the schedule no longer names this recipient"
                : "the column holds what is no mail address"
            return .withdraw(delivery, reason: reason)
        }
        return .deliver(delivery, schedule, recipient)
    }
}
