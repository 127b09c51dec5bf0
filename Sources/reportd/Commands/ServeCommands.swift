import ArgumentParser
import Foundation
import Store
import Vocabulary

/// `reportd run`: ingest and serve in one process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Read the sources, serve dashboards and send reports.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let daemon = Daemon(
            workplace: try common.workplace(.readWrite), parts: [.ingest, .schedules],
            logger: ProgramLog.logger, whenServing: ServeCommand.announce)
        try await daemon.run()
    }
}

/// `reportd serve`: dashboards and schedules, beside another process that ingests.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve dashboards and send reports from an existing store.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let daemon = Daemon(
            workplace: try common.workplace(.readOnly), parts: [.schedules],
            logger: ProgramLog.logger, whenServing: Self.announce)
        try await daemon.run()
    }

    static let announce: @Sendable (String) async -> Void = { address in
        Terminal.note("reportd serves \(address)")
    }
}
