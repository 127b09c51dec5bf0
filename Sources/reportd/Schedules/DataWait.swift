import Vocabulary

/// How a schedule's runs wait until what they report is there.
///
///     wait: {until: data, for: 6h, then: send-incomplete}    # or hold
///
/// A run waits until every source that its report reads has been read up to the end of the run's
/// period, or up to the time that the run was due, whichever is earlier. The deadline counts from
/// the time it was due, so that it is the same for a run that is made up for later.
struct DataWait: Sendable, Hashable {
    /// What becomes of a run whose deadline has come.
    enum Ending: String, Sendable, Hashable, CaseIterable {
        /// It is sent, and says what is not there.
        case sendIncomplete = "send-incomplete"
        /// It is kept until somebody releases it.
        case hold
    }

    /// What is waited for.
    enum Condition: String, Sendable, Hashable, CaseIterable { case data }

    /// What becomes of a run that waits.
    enum Decision: Sendable, Hashable {
        /// It is sent now; what is late is told.
        case send
        /// It is kept until somebody releases it.
        case hold
        /// It is looked at again.
        case lookAgain(Instant)
    }

    /// Seconds between two looks at the sources.
    static let lookSeconds: Int64 = 30
    /// The longest wait, in days.
    static let longestDays: Int64 = 14

    /// Seconds from the time that a run is due to its deadline.
    let seconds: Int64
    let ending: Ending

    init(seconds: Int64, ending: Ending) {
        self.seconds = seconds
        self.ending = ending
    }

    /// Reads the section `wait` of a schedule.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal word.
    init(_ node: DefinitionNode) throws {
        let fields = try node.mapping(allowing: ["until", "for", "then"])
        _ = try fields.required("until").choice(Condition.self, naming: "thing to wait for")
        seconds = try fields.required("for").span(upTo: Self.longestDays)
        ending = try fields.required("then").choice(Ending.self, naming: "way for a wait to end")
    }

    /// When a run no longer waits.
    func deadline(of run: Occurrence) -> Instant { run.instant.adding(seconds: seconds) }

    /// What becomes of a run, given whether any source is late.
    func decision(for run: Occurrence, isLate: Bool, now: Instant) -> Decision {
        if !isLate { return .send }
        let deadline = deadline(of: run)
        if now >= deadline { return ending == .hold ? .hold : .send }
        return .lookAgain(min(now.adding(seconds: Self.lookSeconds), deadline))
    }
}

/// A source that has not been read up to where a run needs it.
struct LateSource: Sendable, Hashable, CustomStringConvertible {
    /// The source's name.
    let name: String
    /// Up to which moment all its changes are known to be here; nil when it was never read.
    let through: Instant?

    /// For the list of runs: `tekup (up to 2026-07-05T21:10:00Z)`.
    var description: String { "\(name) (\(through.map { "up to \($0)" } ?? "never read"))" }
}

extension Schedule {
    /// The moment up to which sources have to be read for a run to be complete.
    ///
    /// Of a period that is not over when the run is due, it is the time that the run is due.
    func dataNeeded(for run: Occurrence) -> Instant {
        min(zone.start(of: period(of: run).end), run.instant)
    }
}
