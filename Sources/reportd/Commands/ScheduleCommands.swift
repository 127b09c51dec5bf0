import ArgumentParser
import Foundation
import Store
import Vocabulary

extension Workplace {
    /// The scheduler of this configuration, for work by hand.
    fileprivate func scheduler() throws -> Scheduler {
        try Workplace.makeFolder(of: configuration.state)
        let state = try StateFile(path: configuration.state)
        guard let post = try PostRoom(self, AnswerDesk(self), state, ProgramLog.logger) else {
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
        var local: LocalTime?
        if let occurrence {
            guard let time = LocalTime(occurrence) else {
                throw Advice(
                    .request, "‘\(occurrence)’ is not a local time",
                    remedy: "write it as 2026-11-16T07:30")
            }
            local = time
        }
        let scheduler = try common.workplace().scheduler()
        if let folder = dryRun {
            try Workplace.makeFolder(of: folder + "/x")
            for rehearsal in try await scheduler.rehearse(name, run: local) {
                let path = "\(folder)/\(rehearsal.request.messageID).eml"
                try Data(rehearsal.message).write(to: URL(fileURLWithPath: path))
                Terminal.note("\(path): to \(rehearsal.request.recipient.address)")
            }
            return
        }
        let deliveries = try await scheduler.send(name, run: local)
        for delivery in deliveries { Terminal.write(DeliveryLine.text(delivery) + "\n") }
        if deliveries.contains(where: { $0.state != .sent }) { throw ExitCode(1) }
    }
}

/// `reportd schedules`: what is planned, and what became of it.
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "Show schedules, their next runs and deliveries.",
        subcommands: [List.self, Preview.self, Deliveries.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All schedules.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let shelf = try DefinitionShelf(folder: try common.configuration().definitions)
            let now = try common.clock().now()
            for schedule in shelf.current.schedules.schedules {
                let next = schedule.timing.next(after: now)
                Terminal.write(
                    "\(schedule.name): \(schedule.report) to \(schedule.recipients.count) "
                        + "recipients, next at \(next.local) \(schedule.zone)\n")
            }
        }
    }

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The next ten runs.")

        @Argument(help: "The schedule, by name.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let shelf = try DefinitionShelf(folder: try common.configuration().definitions)
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
            let state = try StateFile(path: try common.configuration().state)
            for delivery in try await DeliveryLedger(state).list(limit: 50) {
                Terminal.write(DeliveryLine.text(delivery) + "\n")
            }
        }
    }
}

/// A delivery in one line.
enum DeliveryLine {
    static func text(_ delivery: Delivery) -> String {
        let reply = delivery.attempts.last.map { ": \($0.reply)" } ?? ""
        return "\(delivery.schedule) \(delivery.run.local) \(delivery.recipient): "
            + "\(delivery.state.rawValue)\(reply)"
    }
}
