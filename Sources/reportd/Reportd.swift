import ArgumentParser
import Foundation
import Glibc
import Logging
import Store
import Vocabulary

/// The program.
@main
struct Reportd: AsyncParsableCommand {
    /// The program's version.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "reportd",
        abstract: "Dashboards, scheduled reports and files from the databases you already have.",
        discussion: """
            Exit codes: 0 done, 1 a check failed, 64 wrong request, 65 unreadable input, \
            66 unknown name, 69 server not reachable, 73 disk, 74 damaged data, 75 busy, \
            77 not permitted, 78 wrong definition or configuration.
            """,
        version: version,
        subcommands: [
            DemoCommand.self, InitCommand.self, DiscoverCommand.self, DoctorCommand.self,
            IngestCommand.self,
            ServeCommand.self, RunCommand.self, QueryCommand.self, ReportCommand.self,
            ExplainCommand.self, RestatementCommand.self, CloseCommand.self, ReopenCommand.self,
            SendCommand.self, SchedulesCommand.self, CasesCommand.self, VerifyCommand.self,
            CompactCommand.self, EraseCommand.self, SourcesCommand.self, TokenCommand.self,
            UserCommand.self, KeyCommand.self, GuestCommand.self, ExportCommand.self,
            AuditCommand.self,
            SQLCommand.self,
            SchemaCommand.self,
        ])

    /// Runs the command that was asked for; every error ends as one line and an exit code.
    static func main() async {
        ProcessMemory.shareOneHeap()
        // A client that goes away must not end the program.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let advice as Advice {
            for line in advice.details { Terminal.note(line) }
            let isTalkative = ProgramLog.logger.logLevel <= .debug
            Terminal.note("reportd: \(isTalkative ? advice.debugDescription : advice.description)")
            Glibc.exit(advice.kind.exitCode)
        } catch
            where error is ExitCode || error is CleanExit || error is ValidationError
            || "\(type(of: error))" == "CommandError"
        {
            exit(withError: error)
        } catch {
            let advice = Problem.advice(error)
            Terminal.note("reportd: \(advice.debugDescription)")
            Glibc.exit(advice.kind.exitCode)
        }
    }
}
