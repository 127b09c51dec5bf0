import ArgumentParser
import Foundation
import Logging
import Store
import Vocabulary

/// `reportd run`: ingest and serve in one process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Read the sources, serve dashboards and send reports.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workplace = try common.workplace(.readWrite)
        let logger = ProgramLog.logger(workplace.configuration.log)
        let daemon = Daemon(
            workplace: workplace, parts: [.ingest, .schedules], logger: logger,
            whenServing: ServeCommand.announce(workplace.configuration.log, logger))
        try await daemon.run()
    }
}

/// `reportd serve`: dashboards and schedules, beside another process that ingests.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve dashboards and send reports from an existing store.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workplace = try common.workplace(.readOnly)
        let logger = ProgramLog.logger(workplace.configuration.log)
        let daemon = Daemon(
            workplace: workplace, parts: [.schedules], logger: logger,
            whenServing: Self.announce(workplace.configuration.log, logger))
        try await daemon.run()
    }

    /// Says where the program is to be found, in the form that the log has.
    static func announce(
        _ settings: LogSettings, _ logger: Logger
    ) -> @Sendable (String) async -> Void {
        { address in
            switch settings.format {
            case .text: Terminal.note("reportd serves \(address)")
            case .json: logger.notice("reportd serves \(address)")
            }
        }
    }
}
