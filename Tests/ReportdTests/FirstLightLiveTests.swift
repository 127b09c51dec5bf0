import Foundation
import Store
import Testing
import Vocabulary

@testable import reportd

/// The real binary, run as a user runs it: changes arrive, and nothing is lost when it is killed.
@Suite(.serialized) struct FirstLightLiveTests {
    /// A row changed with psql is in the dashboard's JSON a moment later.
    @Test func aChangedRowAppearsInTheDashboard() async throws {
        let place = try await LivePlace()
        defer { place.remove() }
        let program = try place.start(["run"])
        defer { program.stop() }
        let port = try await program.port()
        let token = try place.output(["token", "--company", "rendetalje", "--role", "VIEWER"])
        let address = "http://127.0.0.1:\(port)/api/v1/dashboards/sales?period=2026"
        func body() async throws -> String {
            try place.curl([address, "-H", "Authorization: Bearer \(token)"])
        }
        try await place.eventually("the first load") { try await body().contains("\"amount\"") }
        let before = try await body()
        #expect(!before.contains("7777777"))
        try place.postgres.execute(
            """
            UPDATE sales SET final_amount = 7777777, tax_amount = 1944444.25,
                total_with_tax = 9722221.25, status = 'ACCEPTED'
            WHERE id = (SELECT id FROM sales WHERE sale_date > '2026-05-01' AND organization_id =
                (SELECT id FROM organizations WHERE type = 'RENDETALJE')
                ORDER BY sale_date LIMIT 1)
            """, database: TekupDemo.database)
        let total = try place.postgres.query(
            """
            SELECT sum(final_amount) FROM sales
            WHERE status IN ('ACCEPTED','SCHEDULED','IN_PROGRESS','COMPLETED','PAID')
            AND organization_id = (SELECT id FROM organizations WHERE type = 'RENDETALJE')
            AND (sale_date AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Copenhagen')::date >= '2026-01-01'
            """, database: TekupDemo.database)
        let amount = try #require(total[0][0])
        // Tables become visible one by one: the page may change before it shows this.
        try await place.eventually("the change") {
            try await body().contains("{\"amount\":\"\(amount)\",\"currency\":\"DKK\"}")
        }
        #expect(program.stop() == 0)
    }

    /// Kill -9 at every named point, and at random, while the source goes on changing.
    @Test func killedAtAnyMomentNothingIsLostOrDoubled() async throws {
        let place = try await LivePlace()
        defer { place.remove() }
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["REPORTD_KILLS"].flatMap(Int.init) ?? 12
        let points = [
            "after-slot", "mid-copy", "before-load-finish", "after-load-finish", "after-receive",
            "mid-transaction", "before-commit", "after-commit", "before-ack",
        ]
        // A sequence of waits that is the same in every run (Knuth's MMIX generator).
        var dice = UInt64(20_261_120)
        var killed = 0
        for round in 0..<(points.count + rounds) {
            let point = round < points.count ? points[round] : nil
            let program = try place.start(
                ["ingest"], environment: point.map { ["REPORTD_FAILPOINT": $0] } ?? [:])
            // The source changes while the program reads, loads or follows it.
            for _ in 0..<3 { try place.change() }
            if point != nil {
                if try await program.endsWithin(seconds: 20) { killed += 1 } else { program.kill() }
            } else {
                dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                try await Task.sleep(for: .milliseconds(Int(dice >> 33) % 1500))
                program.kill()
                killed += 1
            }
        }
        #expect(killed >= rounds + points.count - 2)
        _ = try place.output(["ingest", "--once"])
        #expect(try place.output(["verify"]).hasSuffix(" 0 damaged"))
        // Every booked sale with its amount, and how many rows of every status there are.
        let everything = ["--period", "2000-01-01..2099-12-31"]
        let file = place.folder + "/register.csv"
        _ = try place.output(
            ["report", "sales-register", "--format", "csv", "--table", "register"]
                + ["--group", "tekup-group", "--out", file]
                + everything)
        let register = try String(contentsOfFile: file, encoding: .utf8)
        let mine = register.split(whereSeparator: \.isNewline).dropFirst().map { line -> String in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(cells[0]) \(cells[7])"
        }
        let theirs = try place.postgres.query(
            """
            SELECT sale_number || ' ' || final_amount FROM sales
            WHERE status IN ('ACCEPTED','SCHEDULED','IN_PROGRESS','COMPLETED','PAID')
            """, database: TekupDemo.database)
        #expect(mine.sorted() == theirs.compactMap { $0[0] }.sorted())
        for (metric, table) in [("recorded_sales", "sales"), ("leads", "leads")] {
            let answer = try place.output(
                ["query", metric, "--by", "status", "--format", "csv"] + everything)
            let counts = try place.postgres.query(
                "SELECT status || ',' || count(*) FROM \(table) GROUP BY status",
                database: TekupDemo.database)
            let lines = answer.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
            #expect(lines.sorted() == counts.compactMap { $0[0] }.sorted())
        }
    }
}

/// A fresh source and an empty folder for the program.
final class LivePlace: Sendable {
    let postgres: ScratchPostgres
    let folder: String
    private let demo: TekupDemo

    init() async throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-live-\(UUID().uuidString)").path
        postgres = try ScratchPostgres(folder: folder + "/postgres", durability: .disposable)
        try postgres.start()
        demo = try TekupDemo.open(
            in: postgres, seed: 3, scale: 0.1, days: 300, now: FirstLightWorld.now
        ).demo
        let text = """
            definitions: \(FirstLightWorld.root)/queries
            listen: {port: 0}
            sources:
              tekup: {connection: "\(postgres.connectionString(database: TekupDemo.database))"}
            """
        try text.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
    }

    func remove() {
        postgres.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// One more transaction of the demo's activity.
    func change() throws {
        let number = try TekupDemo.progress(in: postgres)?.pulses ?? 0
        try postgres.execute(
            demo.pulse(number: number, now: FirstLightWorld.now), database: TekupDemo.database)
    }

    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<300 {
            if (try? await condition()) == true { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(what) did not come within 30 seconds")
    }

    /// Listens to the event stream as an open page does; the events go to a file.
    func openPage(port: Int) async throws -> (page: Process, events: String) {
        let token = try output(["token", "--company", "rendetalje"])
        let events = folder + "/events"
        let page = Process()
        page.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        page.arguments = [
            "-sN", "--max-time", "60", "-o", events, "-H", "Authorization: Bearer \(token)",
            "http://127.0.0.1:\(port)/api/v1/events",
        ]
        try page.run()
        try await eventually("the first event") {
            try String(contentsOfFile: events, encoding: .utf8).contains("event: sources")
        }
        return (page, events)
    }

    func start(_ words: [String], environment: [String: String] = [:]) throws -> LiveProgram {
        try LiveProgram(words + ["--config", folder + "/reportd.yaml"], environment: environment)
    }

    /// What a command prints, without its last line break.
    func output(_ words: [String]) throws -> String {
        let program = try start(words)
        let (status, text) = program.finish()
        #expect(status == 0, "reportd \(words.joined(separator: " ")): \(text)")
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func curl(_ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["-s", "--max-time", "10"] + words
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

/// The program as a process of its own.
final class LiveProgram: @unchecked Sendable {
    // Unchecked: Process is used by one test at a time.
    private let process = Process()
    private let output = Pipe()
    private let log: URL

    /// The binary that was built together with this test.
    private static let binary: URL = {
        let test = URL(fileURLWithPath: CommandLine.arguments[0])
        return test.deletingLastPathComponent().appendingPathComponent("reportd")
    }()

    init(_ words: [String], environment: [String: String] = [:]) throws {
        log = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-log-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.executableURL = Self.binary
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(at: log) }

    /// Waits for the line that tells the address.
    func port() async throws -> Int {
        for _ in 0..<200 {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let match = text.firstMatch(of: /serves https?:\/\/[^:]+:(\d+)/),
                let port = Int(match.output.1)
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        Issue.record("the program did not serve: \(text)")
        return 0
    }

    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    func terminate() {
        if process.isRunning { process.terminate() }
    }

    @discardableResult
    func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    func endsWithin(seconds: Int) async throws -> Bool {
        for _ in 0..<(seconds * 20) {
            if !process.isRunning { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// What it has said on standard error so far.
    var remarks: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func finish() -> (status: Int32, text: String) {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let remarks =
            process.terminationStatus == 0
            ? "" : (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return (process.terminationStatus, String(decoding: data, as: UTF8.self) + remarks)
    }
}

extension FirstLightLiveTests {
    /// A page that is open must not keep the program from stopping.
    @Test func anOpenPageDoesNotHoldTheProgram() async throws {
        let place = try await LivePlace()
        defer { place.remove() }
        let program = try place.start(["run"])
        defer { program.kill() }
        let port = try await program.port()
        let (page, _) = try await place.openPage(port: port)
        program.terminate()
        #expect(try await program.endsWithin(seconds: 10))
        page.waitUntilExit()
        // Everything is in the file itself, so that a copy of it is a copy of the store.
        let log = place.folder + "/data/store.sqlite-wal"
        let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect((size ?? 0) == 0)
    }

    /// Pages of a process that only reads are told of commits, too.
    @Test func aServerBesideIngestTellsOfCommits() async throws {
        let place = try await LivePlace()
        defer { place.remove() }
        _ = try place.output(["ingest", "--once"])
        let server = try place.start(["serve"])
        defer { server.kill() }
        let port = try await server.port()
        let (page, events) = try await place.openPage(port: port)
        try place.postgres.execute(
            """
            UPDATE sales SET final_amount = final_amount + 4, tax_amount = tax_amount + 1,
                total_with_tax = total_with_tax + 5
            WHERE organization_id = (SELECT id FROM organizations WHERE type = 'RENDETALJE')
            """, database: TekupDemo.database)
        _ = try place.output(["ingest", "--once"])
        try await place.eventually("the commit") {
            try String(contentsOfFile: events, encoding: .utf8).contains("event: commit")
        }
        server.terminate()
        #expect(try await server.endsWithin(seconds: 10))
        page.waitUntilExit()
    }

    /// The remedy that errors print is a command that exists.
    @Test func oneSourceIsReadAgain() async throws {
        let place = try await LivePlace()
        defer { place.remove() }
        _ = try place.output(["ingest", "--once"])
        _ = try place.output(["ingest", "--once", "--reload", "tekup"])
        let program = try place.start(["ingest", "--once", "teckup"])
        let (status, text) = program.finish()
        #expect(status == 66)
        #expect(text.contains("did you mean ‘tekup’?"))
    }
}
