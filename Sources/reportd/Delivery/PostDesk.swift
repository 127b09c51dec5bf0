import Foundation
import Store
import Vocabulary

/// Schedules and deliveries for people who ask: who may know of what, and what is done by hand.
///
/// A schedule exists for those who may see all of its companies, a delivery for those who may see all
/// companies that its messages may show: so nobody reads by a mail of somebody else what they may not
/// see themselves.
struct PostDesk: Sendable {
    let desk: AnswerDesk
    let ledger: DeliveryLedger
    let archive: MailArchive
    let audit: AuditLog
    /// Who sends; nil where the configuration has no mail server.
    let scheduler: Scheduler?
    /// Seconds after which a delivery that is due and not sent is late.
    let lateSeconds: Int64

    /// Runs that a schedule tells of.
    static let tellsRuns = 10
    /// Deliveries in trouble that are told at the most.
    static let mostTrouble = 50

    init(
        desk: AnswerDesk, audit: AuditLog, scheduler: Scheduler?, lateSeconds: Int64? = nil
    ) {
        self.desk = desk
        self.audit = audit
        self.scheduler = scheduler
        ledger = DeliveryLedger(audit.state)
        archive = MailArchive(besides: audit.state.path)
        self.lateSeconds = lateSeconds ?? MailServer.usualLateSeconds
    }

    var book: ScheduleBook { desk.shelf.current.schedules }
    var now: Instant { desk.clock.now() }

    // MARK: Who may know of what

    func sees(_ schedule: Schedule, _ principal: Principal) -> Bool {
        principal.companies.isSuperset(of: schedule.companies)
    }

    func sight(of principal: Principal) -> DeliverySight {
        let all = desk.store.schema.companies.companies.map(\.code)
        return DeliverySight(
            companies: principal.companies, isWhole: principal.companies.isSuperset(of: all))
    }

    /// A schedule that exists for somebody.
    ///
    /// - Throws: `Advice` that names the nearest of those that do.
    func schedule(_ name: String, for principal: Principal) throws -> Schedule {
        let all = book.schedules.filter { sees($0, principal) }
        if let found = all.first(where: { $0.name == name }) { return found }
        throw Advice(
            .unknown, "there is no schedule ‘\(name)’",
            remedy: Spelling.remedy(for: name, legal: all.map(\.name)))
    }

    /// A delivery that exists for somebody.
    func delivery(_ number: String, for principal: Principal) async throws -> Delivery {
        let missing = Advice(
            .unknown, "there is no delivery ‘\(number)’",
            remedy: "look for it in the list of deliveries")
        guard let id = Int64(number), let found = try? await ledger.delivery(id),
            sight(of: principal).covers(found)
        else { throw missing }
        return found
    }

    // MARK: How schedules stand

    /// All schedules that exist for somebody, those in trouble first.
    func standings(for principal: Principal) async throws -> [ScheduleStanding] {
        var all: [ScheduleStanding] = []
        let sight = sight(of: principal)
        let trouble = try await trouble(for: principal)
        let (paused, waiting) = (try await ledger.paused(), try await ledger.waitingRuns())
        for schedule in book.schedules where sees(schedule, principal) {
            all.append(
                ScheduleStanding(
                    schedule: schedule, file: book.file(of: schedule.name),
                    isPausedByHand: paused.contains(schedule.name),
                    runs: try await ledger.runs(
                        of: schedule.name, for: sight, limit: Self.tellsRuns),
                    waiting: waiting.filter { $0.schedule == schedule.name },
                    trouble: trouble.filter { $0.schedule == schedule.name }, now: now))
        }
        return all.filter { $0.state.isTrouble } + all.filter { !$0.state.isTrouble }
    }

    func standing(_ name: String, for principal: Principal) async throws -> ScheduleStanding {
        _ = try schedule(name, for: principal)
        guard let standing = try await standings(for: principal).first(where: { $0.name == name })
        else {
            throw Advice(
                .busy, "the schedule ‘\(name)’ is being read again", remedy: "try again")
        }
        return standing
    }

    /// Deliveries that are late, failed or unknown.
    func trouble(for principal: Principal) async throws -> [Delivery] {
        try await ledger.troubled(
            at: now, lateAfter: lateSeconds, for: sight(of: principal), limit: Self.mostTrouble)
    }

    /// Whether a delivery that is not sent yet should have been.
    func isLate(_ delivery: Delivery) -> Bool {
        [.planned, .sending].contains(delivery.state)
            && max(delivery.run.instant, delivery.planned).adding(seconds: lateSeconds) < now
    }

    // MARK: By hand

    /// Pauses a schedule, or ends its pause.
    func setPaused(_ name: String, _ isPaused: Bool, for principal: Principal) async throws {
        try principal.must(.sending)
        let schedule = try schedule(name, for: principal)
        guard !schedule.isPaused else {
            throw Advice(
                .request, "‘\(name)’ is paused by its file", remedy: "change ‘paused: true’ there")
        }
        try await ledger.setPaused(name, isPaused, by: principal.name, now: now)
        await scheduler?.wake()
    }

    /// Sends the latest run to those who have not had it.
    ///
    /// - Returns: The run, and how many deliveries are under way.
    func run(_ name: String, for principal: Principal) async throws -> (run: Occurrence, open: Int)
    {
        try principal.must(.sending)
        let schedule = try schedule(name, for: principal)
        let resting = try await ledger.paused()
        guard !schedule.isPaused, !resting.contains(name) else {
            throw Advice(
                .request, "‘\(name)’ is paused, so nothing of it is sent", remedy: "resume it first"
            )
        }
        let planned = try await sending().planLatest(name, in: book)
        try await enter(principal, name, ["change": "run", "run": planned.run.local.description])
        return planned
    }

    /// Lets runs go that wait or are held back.
    func release(_ name: String, run: LocalTime?, for principal: Principal) async throws
        -> [Occurrence]
    {
        try principal.must(.sending)
        _ = try schedule(name, for: principal)
        let scheduler = try sending()
        await scheduler.reload(book)
        let released = try await scheduler.release(name, run: run)
        try await enter(
            principal, name,
            [
                "change": "released",
                "runs": released.map(\.local.description).joined(separator: " "),
            ])
        return released
    }

    /// Sends a delivery again.
    func resend(_ delivery: Delivery, for principal: Principal) async throws -> Delivery {
        try principal.must(.sending)
        let planned = try await ledger.resend(delivery.id, by: principal.name, now: now)
        await scheduler?.wake()
        return planned
    }

    /// Revokes the links of a delivery to files that were too large for a mail.
    func revokeLinks(of delivery: Delivery, for principal: Principal) async throws {
        try principal.must(.sending)
        let files = try await ledger.revokeLinks(of: delivery.id, by: principal.name, now: now)
        try await desk.aside { [archive] in archive.remove(files) }
    }

    private func sending() throws -> Scheduler {
        guard let scheduler else {
            throw Advice(
                .request, "the configuration has no section ‘mail’, so nothing can be sent",
                remedy: "add one; ‘reportd init’ shows how")
        }
        return scheduler
    }

    func enter(_ principal: Principal, _ name: String, _ details: [String: String]) async throws {
        try await audit.enter(
            AuditEvent(kind: .schedule, who: principal.name, subject: name, details: details))
    }

    // MARK: What was sent

    /// A message as it was sent, which enters the audit log.
    func message(
        of delivery: Delivery, attempt: Int?, for principal: Principal, from address: String?
    ) async throws -> [UInt8] {
        try principal.mustExport()
        let bytes = try await desk.aside { [archive] in
            try archive.message(of: delivery, attempt: attempt)
        }
        try await audit.enter(
            AuditEvent(
                kind: .download, who: principal.name, address: address,
                subject: "message of delivery \(delivery.id)",
                details: [
                    "schedule": delivery.schedule, "sha256": CloseArchive.sha256(bytes),
                    "bytes": "\(bytes.count)",
                ]))
        return bytes
    }

    /// What is in the last message of a delivery.
    func parts(of delivery: Delivery) async throws -> SentMessage {
        guard !delivery.recipient.hasPrefix("#") else {
            throw Advice(
                .unknown, "what channels are sent is no mail", remedy: "take it away as it is")
        }
        return try await desk.aside { [archive] in
            SentMessage(try archive.message(of: delivery)).withoutTokens
        }
    }

    /// A file that came along with a message, by its SHA-256, which enters the audit log.
    func file(
        _ hash: String, of delivery: Delivery, for principal: Principal, from address: String?
    ) async throws -> SentMessage.File {
        try principal.mustExport()
        guard let file = try await parts(of: delivery).files.first(where: { $0.sha256 == hash })
        else {
            throw Advice(
                .unknown, "no such file came along with delivery \(delivery.id)",
                remedy: "the delivery lists its files with their SHA-256")
        }
        try await audit.enter(
            AuditEvent(
                kind: .download, who: principal.name, address: address, subject: file.name,
                details: [
                    "delivery": "\(delivery.id)", "schedule": delivery.schedule,
                    "sha256": hash, "bytes": "\(file.bytes.count)",
                ]))
        return file
    }

    /// What differs between two deliveries' reports, as they were sent.
    ///
    /// - Returns: The earlier one, and the differences; nil when there is no earlier one.
    func comparison(
        of delivery: Delivery, with other: String?, for principal: Principal
    ) async throws -> (before: Delivery, lines: [String])? {
        try principal.mustExport()
        let before: Delivery
        if let other {
            before = try await self.delivery(other, for: principal)
        } else {
            guard
                let found = try await ledger.issue(before: delivery, for: sight(of: principal))
            else { return nil }
            before = found
        }
        let lines = try await desk.aside { [archive] in
            try IssueComparison(
                try archive.report(of: before), try archive.report(of: delivery)
            ).lines
        }
        return (before, lines)
    }

    // MARK: Who gets nothing

    /// Who gets nothing more of schedules that exist for somebody, or of any.
    func suppressions(for principal: Principal) async throws -> [Suppression] {
        try principal.must(.sending)
        let names = Set(book.schedules.filter { sees($0, principal) }.map(\.name))
        return try await ledger.suppressions().filter { entry in
            entry.schedule.map(names.contains) ?? sight(of: principal).isWhole
        }
    }

    /// Sends to an address again.
    func allow(_ recipient: String, schedule name: String?, for principal: Principal) async throws {
        try principal.must(.sending)
        let known = try await suppressions(for: principal).contains {
            $0.recipient == recipient && $0.schedule == name
        }
        guard known else {
            throw Advice(
                .unknown, "nothing keeps messages from \(recipient)",
                remedy: "look for the address in the list of who gets none")
        }
        // An empty schedule stands for all of them in the ledger.
        _ = try await ledger.allow(
            recipient, schedule: name ?? "", by: principal.name, now: now)
        await scheduler?.wake()
    }
}

/// How a schedule stands.
struct ScheduleStanding: Sendable {
    /// The one thing to know of it.
    enum State: String, Sendable, Hashable, CaseIterable {
        /// A run is kept back until somebody releases it.
        case held
        /// Something that was due is not sent.
        case late
        /// Something of the last days failed, or may not have been sent.
        case trouble
        /// It rests.
        case paused
        /// A run waits for its data.
        case waiting
        /// It runs.
        case active

        var isTrouble: Bool { [.held, .late, .trouble].contains(self) }
    }

    let schedule: Schedule
    /// Where it stands written; nil for none.
    let file: ScheduleFile?
    let isPausedByHand: Bool
    /// Its latest runs, the last one first.
    let runs: [RunStanding]
    /// Its runs that wait or are held back.
    let waiting: [WaitingRun]
    /// Its deliveries that are late, failed or unknown.
    let trouble: [Delivery]
    let now: Instant

    var name: String { schedule.name }
    var isPaused: Bool { schedule.isPaused || isPausedByHand }
    /// Its next run, unless it rests.
    var next: Occurrence? { isPaused ? nil : schedule.timing.next(after: now) }

    var state: State {
        if waiting.contains(where: { $0.state == .held }) { return .held }
        if isPaused { return .paused }
        if trouble.contains(where: { [.planned, .sending].contains($0.state) }) { return .late }
        if !trouble.isEmpty { return .trouble }
        return waiting.isEmpty ? .active : .waiting
    }
}
