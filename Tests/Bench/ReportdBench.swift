import Foundation
import Vocabulary

/// Measures this program beside others that do the same work, in one run on one machine.
///
/// Prints a table and writes one JSON line per case and peer to `.build/bench.jsonl`. A case is
/// counted only when both sides gave the same answer; otherwise the run ends with an error.
@main
enum ReportdBench {
    static func main() async {
        do {
            let arguments = try BenchArguments(CommandLine.arguments.dropFirst())
            if arguments.wantsHelp {
                print(BenchArguments.usage)
                return
            }
            try await run(arguments)
        } catch let advice as Advice {
            say("reportd-bench: \(advice.debugDescription)")
            exit(advice.kind.exitCode)
        } catch {
            say("reportd-bench: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: BenchArguments) async throws {
        let workshop = try Workshop(rows: arguments.rows)
        var report = try BenchReport(path: ".build/bench.jsonl")
        var notes: [String] = []
        if arguments.subjects.contains(.scan) {
            try ScanBench(workshop, rounds: arguments.rounds).run(into: &report)
        }
        if arguments.subjects.contains(.load) || arguments.subjects.contains(.visible) {
            let server = try ScratchServer()
            defer { server.stop() }
            let database = try BenchDatabase(server, workshop.files())
            if arguments.subjects.contains(.load) {
                try await LoadBench(workshop, database).run(into: &report)
            }
            if arguments.subjects.contains(.visible) {
                notes = try await VisibleBench(workshop, database).run(into: &report)
            }
        }
        print(report.table)
        for note in notes { print(note) }
    }
}
