import Vocabulary

/// A planned report: what is sent, when, and to whom.
///
/// Everything about a run follows from the definition and the scheduled time alone, so that a run
/// that was missed and is made up for later is still the same run.
struct Schedule: Sendable, Hashable {
    /// Somebody who receives the report, computed under what they may see.
    struct Recipient: Sendable, Hashable {
        /// The mail address, domain in lower case; of a channel its name after `#`.
        let address: String
        /// The name in front of the address; empty when none is given.
        let name: String
        /// The language and region of the message and its figures: `da`, `en-MW`.
        var locale: String
        /// The companies that this recipient may see; the report shows no others.
        let companies: [String]
        /// The channel, where it is no mailbox.
        var channel: Channel?
        /// The condition that leaves this recipient's own rows; nil where all of the companies' are.
        var condition: String?
    }

    /// The form of the file that comes with the message.
    enum Attachment: String, Sendable, Hashable, CaseIterable { case pdf, xlsx, csv }

    /// What happens with runs that fell due while the program was not running.
    enum MissedRule: String, Sendable, Hashable, CaseIterable {
        /// The latest of them is made up for, once; its period stays the original one.
        case latest
        /// They are passed over.
        case skip
    }

    /// The schedule's name: `monday-sales`.
    let name: String
    /// The report's name.
    let report: String
    /// The companies whose figures it shows.
    let companies: [String]
    /// The group they were named by; nil when they were listed.
    let group: String?
    /// The period, resolved on the local day of the scheduled time.
    let period: PeriodName
    /// How its companies divide their years.
    let calendar: FiscalCalendar
    /// When it runs.
    let timing: Timing
    /// Who receives it, no address twice; empty where the data names them.
    let recipients: [Recipient]
    /// Where the data names the recipients; nil where the file does.
    let column: RecipientColumn?
    /// The form of the attached file.
    let attachment: Attachment
    /// The subject of the message; nil for the report's own.
    let subject: String?
    /// What happens with missed runs.
    let missed: MissedRule
    /// How its runs wait for their data; nil when they do not.
    let wait: DataWait?
    /// What has to be so that a run is sent; nil for every run.
    let condition: SendCondition?
    /// How often it is told of a condition that lasts.
    let telling: Telling
    /// Whether its file says that it rests.
    let isPaused: Bool

    /// The zone whose clocks its times mean.
    var zone: Zone { timing.zone }

    /// The period that a run covers.
    func period(of run: Occurrence) -> Period { period.period(today: run.local.day, in: calendar) }

    /// The next runs after an instant.
    func preview(after instant: Instant, count: Int) -> [Occurrence] {
        var runs: [Occurrence] = []
        var last = instant
        for _ in 0..<count {
            let run = timing.next(after: last)
            runs.append(run)
            last = run.instant
        }
        return runs
    }

    /// The run at a scheduled time, or the latest one due when no time is given.
    ///
    /// - Throws: `Advice` when the schedule does not run at that time, or that time has not come.
    func run(at local: LocalTime?, now: Instant) throws -> Occurrence {
        guard let local else {
            let yearAgo = now.adding(seconds: -366 * 86_400)
            if let run = timing.latest(after: yearAgo, through: now) { return run }
            throw Advice(
                .request, "‘\(name)’ has had no run in the last 366 days",
                remedy: "its next one is at \(timing.next(after: now).local) in \(zone)")
        }
        guard let run = timing.run(plannedFor: local) else {
            let next = timing.next(after: zone.instant(of: local))
            throw Advice(
                .request, "‘\(name)’ does not run at \(local) in \(zone)",
                remedy: "the next run after that is at \(next.local)")
        }
        guard run.instant <= now else {
            throw Advice(
                .request, "the run of ‘\(name)’ at \(run.local) in \(zone) is not due yet",
                remedy: "wait for it, or choose a run that was due before now")
        }
        return run
    }
}
