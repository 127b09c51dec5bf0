import ArgumentParser
import Foundation
import Store
import Vocabulary

extension Workplace {
    /// The scheduler of this configuration, for work by hand.
    fileprivate func scheduler() throws -> Scheduler {
        try Workplace.makeFolder(of: configuration.state)
        let state = try StateFile(path: configuration.state)
        let board = SourceBoard(
            store: store, clock: clock, expected: configuration.sources.keys)
        guard let post = try PostRoom(self, AnswerDesk(self), state, board, ProgramLog.logger)
        else {
            throw Advice(
                .definition, "the configuration has no section ‘mail’, so nothing can be sent",
                remedy: "add one; ‘reportd init’ shows how")
        }
        return post.byHand
    }
}

/// `reportd send`: a scheduled report, now.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a run of a schedule to those recipients who have not had it yet.")

    @Argument(help: "The schedule, by name.")
    var name: String

    @OptionGroup var common: CommonOptions

    @Option(help: "The run's scheduled local time, as 2026-11-16T07:30; the latest without it.")
    var occurrence: String?

    @Option(help: "Only make the messages and write them to this folder as .eml files.")
    var dryRun: String?

    func run() async throws {
        let local = try Self.time(occurrence)
        let scheduler = try common.workplace().scheduler()
        if let folder = dryRun {
            try Workplace.makeFolder(of: folder + "/x")
            for rehearsal in try await scheduler.rehearse(name, run: local) {
                let path = "\(folder)/\(rehearsal.request.messageID).eml"
                guard let message = rehearsal.rendition.message else {
                    Terminal.note(
                        "nothing to \(rehearsal.request.recipient.address): "
                            + (rehearsal.rendition.finding?.words ?? ""))
                    continue
                }
                try Data(message).write(to: URL(fileURLWithPath: path))
                Terminal.note("\(path): to \(rehearsal.request.recipient.address)")
            }
            return
        }
        let deliveries = try await scheduler.send(name, run: local)
        for delivery in deliveries { Terminal.write(DeliveryLine.text(delivery) + "\n") }
        if deliveries.contains(where: { $0.state != .sent && $0.state != .skipped }) {
            throw ExitCode(1)
        }
    }

    /// Reads a run's scheduled time, if one was given.
    static func time(_ text: String?) throws -> LocalTime? {
        guard let text else { return nil }
        guard let time = LocalTime(text) else {
            throw Advice(
                .request, "‘\(text)’ is not a local time",
                remedy: "write it as 2026-11-16T07:30")
        }
        return time
    }
}

/// `reportd schedules`: what is planned, and what became of it.
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "Show schedules, their next runs and deliveries.",
        subcommands: [
            List.self, Preview.self, Deliveries.self, Waiting.self, Release.self, Pause.self,
            Resume.self, Resend.self, Suppressed.self, Allow.self,
            Open.self, Compare.self, Links.self, Unlink.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All schedules.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let shelf = try DefinitionShelf(try common.configuration())
            let now = try common.clock().now()
            let paused = try await common.deliveryLedger().paused()
            for schedule in shelf.current.schedules.schedules {
                if schedule.isPaused || paused.contains(schedule.name) {
                    let way = schedule.isPaused ? "in its file" : "by command"
                    Terminal.write("\(schedule.name): \(schedule.report), paused \(way)\n")
                    continue
                }
                let next = schedule.timing.next(after: now)
                Terminal.write(
                    "\(schedule.name): \(schedule.report) to "
                        + (schedule.column.map { "each \($0.path)" }
                            ?? "\(schedule.recipients.count) recipients")
                        + ", next at \(next.local) \(schedule.zone)\n")
            }
        }
    }

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The next ten runs.")

        @Argument(help: "The schedule, by name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let shelf = try DefinitionShelf(try common.configuration())
            let schedule = try shelf.current.schedules.schedule(name)
            let runs = schedule.preview(after: try common.clock().now(), count: 10)
            for run in runs {
                Terminal.write(
                    "\(run.local) \(schedule.zone), due \(run.instant), covers "
                        + "\(schedule.period(of: run))\n")
            }
            for year in Set(runs.map(\.local.day.civil.year)).sorted() {
                let missing = schedule.timing.unpublishedHolidays(in: year)
                guard !missing.isEmpty else { continue }
                Terminal.note(
                    "holidays.yaml does not say yet when \(missing.joined(separator: " and ")) is in "
                        + "\(year); runs near it may move")
            }
        }
    }

    struct Deliveries: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The latest deliveries and what the mail server said.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            for delivery in try await common.deliveryLedger().list(limit: 50) {
                Terminal.write(DeliveryLine.text(delivery) + "\n")
            }
        }
    }
}

extension SchedulesCommand {
    struct Waiting: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs that wait for data or are held back, and for which sources.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            for waiting in try await common.deliveryLedger().waitingRuns() {
                Terminal.write(
                    "\(waiting.schedule) \(waiting.run.local): \(waiting.state.rawValue)"
                        + (waiting.reason.isEmpty ? "" : ", for \(waiting.reason)") + "\n")
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let runs go that wait or are held back; the running program sends them.")

        @Argument(help: "The schedule, by name.")
        var name: String

        @OptionGroup var common: CommonOptions

        @Option(help: "The run's scheduled local time, as 2026-11-16T07:30; all without it.")
        var occurrence: String?

        func run() async throws {
            let local = try SendCommand.time(occurrence)
            for run in try await common.workplace().scheduler().release(name, run: local) {
                Terminal.write("\(name) \(run.local): released\n")
            }
        }
    }

    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a delivery again that was sent, failed, left out or is unknown.",
            discussion: """
                The message is made anew, under what its recipient may see now and without \
                regard to the schedule's condition, and bears the same Message-ID. The running \
                program sends it within minutes.
                """)

        @Argument(help: "The delivery's number, as ‘reportd schedules deliveries’ shows it.")
        var number: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let delivery = try await common.deliveryLedger().resend(
                number, now: try common.clock().now())
            Terminal.write(DeliveryLine.text(delivery) + "\n")
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a message to a file, byte for byte as it was sent.")

        @Argument(help: "The delivery's number.")
        var number: Int64

        @OptionGroup var common: CommonOptions

        @Option(help: "The file to write; NUMBER.eml without it, or NUMBER.json of a channel.")
        var out: String?

        @Option(help: "The attempt, counted from 1; the last one without it.")
        var attempt: Int?

        func run() async throws {
            let ledger = try common.deliveryLedger()
            let delivery = try await ledger.delivery(number)
            let bytes = try MailArchive(besides: ledger.file.path).message(
                of: delivery, attempt: attempt)
            let ending = delivery.recipient.hasPrefix("#") ? "json" : "eml"
            let path = out ?? "\(number).\(ending)"
            do {
                try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw Advice(
                    .storage, "the file \(path) cannot be written",
                    remedy: "check that its folder exists and that you may write there",
                    cause: "\(error)")
            }
            Terminal.note("\(path): SHA-256 \(DeliveryLedger.hash(bytes))")
        }
    }

    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell what differs between two issues of a report that were sent.",
            discussion: "Ends with 1 when they differ.")

        @Argument(help: "The earlier delivery's number.")
        var before: Int64

        @Argument(help: "The later delivery's number.")
        var after: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let ledger = try common.deliveryLedger()
            let archive = MailArchive(besides: ledger.file.path)
            let comparison = try IssueComparison(
                try archive.report(of: try await ledger.delivery(before)),
                try archive.report(of: try await ledger.delivery(after)))
            for line in comparison.lines { Terminal.write(line + "\n") }
            guard comparison.lines.isEmpty else { throw ExitCode(1) }
            Terminal.write("both show the same\n")
        }
    }

    struct Suppressed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who gets no more messages, and why.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            for entry in try await common.deliveryLedger().suppressions() {
                Terminal.write(
                    "\(entry.recipient) \(entry.schedule ?? "all schedules"): "
                        + "\(entry.reason.rawValue) \(entry.since)\n")
            }
        }
    }

    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send to an address again that has unsubscribed or bounced.")

        @Argument(help: "The address, or a channel as ‘#name’.")
        var address: String

        @Option(help: "Only this schedule; all, and after a bounce, without it.")
        var schedule: String?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let address =
                address.hasPrefix("#") ? address : try EnvelopeAddress(address).text
            let isChanged = try await common.deliveryLedger().allow(
                address, schedule: schedule, now: try common.clock().now())
            guard isChanged else {
                throw Advice(
                    .unknown, "nothing keeps messages from \(address)",
                    remedy: "‘reportd schedules suppressed’ lists who gets none")
            }
            Terminal.write("\(address): messages are sent again\n")
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a schedule rest; runs that fall due meanwhile are left out.")

        @Argument(help: "The schedule, by name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws { try await common.setPaused(name, true) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a schedule's rest, with its next run.")

        @Argument(help: "The schedule, by name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws { try await common.setPaused(name, false) }
    }
}

extension CommonOptions {
    /// The deliveries that the state file remembers.
    func deliveryLedger() throws -> DeliveryLedger {
        let path = try configuration().state
        try Workplace.makeFolder(of: path)
        return DeliveryLedger(try StateFile(path: path))
    }

    fileprivate func setPaused(_ name: String, _ isPaused: Bool) async throws {
        let shelf = try DefinitionShelf(try configuration())
        let schedule = try shelf.current.schedules.schedule(name)
        guard !schedule.isPaused else {
            throw Advice(
                .request, "‘\(name)’ is paused by its file",
                remedy: "change ‘paused: true’ there")
        }
        try await deliveryLedger().setPaused(name, isPaused, now: try clock().now())
        Terminal.write("\(name): \(isPaused ? "paused" : "runs again")\n")
    }
}

/// A delivery in one line.
enum DeliveryLine {
    static func text(_ delivery: Delivery) -> String {
        let reply = delivery.attempts.last.map { ": \($0.reply)" } ?? ""
        return "#\(delivery.id) \(delivery.schedule) \(delivery.run.local) \(delivery.recipient): "
            + "\(delivery.state.rawValue)\(reply)"
    }
}
