import Foundation
import Store
import Vocabulary

/// The most anonymous memory that a process has while it answers the page for all companies.
///
/// A process of its own opens the store as the program does, asks the ten questions twice and reads
/// its own RssAnon every millisecond: memory that is not a view of a file. Its answers are compared
/// with DuckDB's.
struct MemoryBench {
    /// The word by which the program starts itself, which is no part of its usage.
    static let word = "answer-page"
    /// The most memory, in MB of 10^6 bytes.
    private static let bar = 256.0

    private let workshop: Workshop
    private let loaded: LoadedStore
    private let peers: SalesPeers

    init(_ workshop: Workshop, _ loaded: LoadedStore, _ peers: SalesPeers) {
        self.workshop = workshop
        self.loaded = loaded
        self.peers = peers
    }

    /// Measures the case.
    func run(into report: inout BenchReport) throws {
        say("Asking in a process of its own")
        let name = "memory-\(workshop.rows)"
        let output = try ProgramRun.output(
            of: [CommandLine.arguments[0], Self.word, loaded.path],
            in: FileManager.default.currentDirectoryPath)
        var lines = output.split(separator: "\n").map(String.init)
        guard let kilobytes = lines.popLast().flatMap({ Double($0) }) else {
            throw Advice(
                .damaged, "case \(name): the process did not tell its memory",
                remedy: "see what it wrote", cause: String(output.suffix(600)))
        }
        let duckdb = try peers.duckdb()
        defer { duckdb.stop() }
        var theirs: [String] = []
        for question in try ManagerPage.questions() {
            theirs += try duckdb.ask(question.sql(.duckdb, nil)).lines
        }
        try AnswerCheck.equal(lines, theirs, of: duckdb.name, case: name)
        try report.add(
            BenchCase(
                name: name, ours: kilobytes * 1024 / 1_000_000, peer: "bar", theirs: Self.bar,
                unit: "MB", rows: workshop.rows))
    }

    /// What the process of its own does: prints the answers, then the most memory it had in KiB.
    static func answer(store path: String) throws {
        let schema = try Schema(definitions: Workshop.definitions)
        let store = try Store(path: path, schema: schema)
        defer { try? store.close() }
        let watch = try AnonymousMemory()
        let snapshot = try store.snapshot(PageView.all.scope(schema))
        let questions = try ManagerPage.questions()
        for question in questions { _ = try question.ask(snapshot) }
        let answers = try questions.map { try $0.ask(snapshot) }
        let most = watch.most()
        for (question, answer) in zip(questions, answers) {
            for line in try question.lines(answer, snapshot) { print(line) }
        }
        print(most)
    }
}
