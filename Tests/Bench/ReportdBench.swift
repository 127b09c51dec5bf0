import Foundation
import Store
import Vocabulary

/// Measures this program beside others that do the same work, in one run on one machine.
///
/// Prints a table and writes one JSON line per case and peer to `.build/bench.jsonl`. A case is
/// counted only when both sides gave the same answer; otherwise the run ends with an error.
@main
enum ReportdBench {
    static func main() async {
        ProcessMemory.shareOneHeap()
        do {
            let words = CommandLine.arguments.dropFirst()
            if words.first == MemoryBench.word, words.count == 2, let path = words.last {
                return try MemoryBench.answer(store: path)
            }
            if words.first == TransactionBench.word {
                return try await TransactionBench.take(Array(words.dropFirst()))
            }
            if words.first == PaperBench.word {
                return try PaperBench.make(Array(words.dropFirst()))
            }
            let arguments = try BenchArguments(words)
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
        let subjects = Set(arguments.subjects)
        var report = try BenchReport(path: ".build/bench.jsonl")
        var notes: [String] = []
        if subjects.contains(.couch) { try await CouchBench(workshop).run(into: &report) }
        if subjects.contains(.pdf) { try PaperBench(workshop).run(into: &report) }
        if subjects.contains(.mail) { try MailBench(workshop).run(into: &report) }
        if subjects.contains(.weight) { notes += try WeightBench(workshop).run(into: &report) }
        if subjects.isSubset(of: [.couch, .pdf, .mail, .weight]) {
            tell(report, notes)
            return
        }
        let files = try workshop.files()
        if !subjects.isDisjoint(with: [
            .page, .size, .memory, .refresh, .commit, .sql, .csv, .xlsx, .dashboard, .http,
        ]) {
            let loaded = try LoadedStore(workshop, files, reusing: arguments.reuses)
            let peers = SalesPeers(files, script: workshop.peerScript)
            if subjects.contains(.page) {
                notes += try PageBench(workshop, loaded, peers, rounds: arguments.rounds)
                    .run(into: &report)
            }
            if subjects.contains(.size) {
                try SizeBench(workshop, loaded, peers).run(into: &report)
            }
            if subjects.contains(.memory) {
                try MemoryBench(workshop, loaded, peers).run(into: &report)
            }
            if subjects.contains(.sql) {
                try SQLBench(workshop, loaded, peers).run(into: &report)
            }
            if subjects.contains(.csv) {
                try FileBench(workshop, loaded, peers).runCSV(into: &report)
            }
            if subjects.contains(.xlsx) {
                try FileBench(workshop, loaded, peers).runXLSX(into: &report)
            }
            if subjects.contains(.dashboard) {
                try FileBench(workshop, loaded, peers).runDashboard(into: &report)
            }
            if subjects.contains(.http) {
                try HTTPBench(workshop, loaded).run(into: &report)
            }
            if subjects.contains(.refresh) {
                try RefreshBench(workshop, files, loaded, peers).run(into: &report)
            }
            if subjects.contains(.commit) {
                notes += try CommitBench(workshop, files, loaded).run(into: &report)
            }
        }
        if subjects.contains(.bulk) {
            let peers = SalesPeers(files, script: workshop.peerScript)
            try BulkBench(workshop, files, peers).run(into: &report)
        }
        if !subjects.isDisjoint(with: [
            .load, .visible, .stream, .transaction, .openPages,
        ]) {
            let server = try ScratchServer()
            defer { server.stop() }
            let database = try BenchDatabase(server, files)
            if subjects.contains(.load) {
                try await LoadBench(workshop, database).run(into: &report)
            }
            if subjects.contains(.visible) {
                notes += try await VisibleBench(workshop, database).run(into: &report)
            }
            if subjects.contains(.stream) {
                notes += try await StreamBench(workshop, database).run(into: &report)
            }
            if subjects.contains(.transaction) {
                notes += try await TransactionBench(workshop, database).run(into: &report)
            }
            if subjects.contains(.openPages) {
                notes += try await OpenPagesBench(
                    workshop, database, readers: arguments.readers, seconds: arguments.seconds,
                    isSteady: arguments.wantsSteadiness
                ).run(into: &report)
            }
        }
        tell(report, notes)
        if arguments.wantsSteadiness { try OpenPagesBench.checkSteadiness(report) }
    }

    private static func tell(_ report: BenchReport, _ notes: [String]) {
        print(report.table)
        for note in notes { print(note) }
    }
}
