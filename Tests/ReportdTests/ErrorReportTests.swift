import Counterparts
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Testing
import Vocabulary

@testable import reportd

/// Unexpected errors reach a server that collects them, and nothing of anybody goes with them.
@Suite("Error reports")
struct ErrorReportTests {
    /// A server of the tests' own; its envelopes are read by Sentry's parser.
    private final class Collector {
        private struct Address: Decodable { let port: Int }

        struct Record: Decodable {
            struct Event: Decodable {
                struct Exceptions: Decodable {
                    struct Value: Decodable {
                        struct Stack: Decodable {
                            struct Frame: Decodable {
                                let filename: String
                                let lineno: Int
                            }
                            let frames: [Frame]
                        }
                        let type: String
                        let value: String
                        let stacktrace: Stack
                    }
                    let values: [Value]
                }
                let release: String
                let environment: String?
                let transaction: String?
                let tags: [String: String]
                let extra: [String: Int]
                let exception: Exceptions
            }
            let path: String
            let key: String
            let event: Event
            let body: String
        }

        let folder: DeliveryFolder
        let port: Int
        private let life: FileHandle

        init() throws {
            folder = try DeliveryFolder()
            let address: Address
            (address, life) = try Readers.serve("error_server.py", [folder.path])
            port = address.port
        }

        func settings(_ project: String = "1") throws -> ErrorReportSettings {
            try ErrorReportSettings(
                dsn: "http://0123abcd@127.0.0.1:\(port)/\(project)", environment: "tests")
        }

        func records() throws -> [Record] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasSuffix(".json")
            }.sorted().map {
                try JSONDecoder().decode(
                    Record.self,
                    from: Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + $0)))
            }
        }

        func asked() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).count
        }

        /// Waits for what is to arrive.
        func eventually(_ what: String, _ isSo: () throws -> Bool) async throws {
            for _ in 0..<1000 {
                if try isSo() { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("\(what) did not come within ten seconds")
        }
    }

    /// Runs reports while something is done, then stops them as the program does.
    private func running(
        _ reports: ErrorReports, _ body: () async throws -> Void
    ) async throws {
        let group = ServiceGroup(
            services: [reports], gracefulShutdownSignals: [], logger: Logger(label: "test"))
        let run = Task { try await group.run() }
        do {
            try await body()
        } catch {
            await group.triggerGracefulShutdown()
            try await run.value
            throw error
        }
        await group.triggerGracefulShutdown()
        try await run.value
    }

    private static let secrets = [
        "Jens Hansen", "jens@example.org", "1234.56", "S-1001", "/srv/books", "a-token",
    ]

    private static let failure = Advice(
        .storage, "cannot write the bill of Jens Hansen over 1234.56",
        remedy: "write to jens@example.org", at: Place(file: "/srv/books", line: 1, column: 1),
        cause: "INSERT … 'S-1001'")

    @Test("a request that fails is told with its pattern and name, and without anybody’s data")
    func request() async throws {
        let collector = try Collector()
        let reports = ErrorReports(try collector.settings(), clock: .fixed(FirstLightWorld.now))
        let logger = reports.listening(to: Logger(label: "test"))
        let router = Router(context: ReportContext.self)
        router.addMiddleware {
            Arrival(proxies: AddressRange.near, isSecured: false, publicAddress: "http://here")
            RequestRecord(counts: RequestCounts(), isLogged: true)
            ProblemMiddleware()
        }
        router.get("/bills/{token}") { _, _ -> Response in throw Self.failure }
        router.get("/busy") { _, _ -> Response in throw Advice(.busy, "later") }
        router.get("/odd") { _, _ -> Response in throw CocoaError(.fileNoSuchFile) }
        var name = ""
        try await running(reports) {
            try await TestServer.serving(router, logger: logger) { port in
                for path in ["busy", "bills/a-token?who=Jens%20Hansen", "bills/a-token", "odd"] {
                    let answer = try Readers.text(
                        "curl", ["-si", "http://127.0.0.1:\(port)/\(path)"])
                    if path == "bills/a-token?who=Jens%20Hansen" {
                        let header = try #require(
                            answer.firstMatch(of: /(?i)x-request-id: (\w+)/))
                        name = String(header.output.1)
                    }
                }
            }
            try await collector.eventually("both reports") { try collector.records().count == 2 }
        }
        let records = try collector.records()
        // The same error a second time is told again only after an hour, and what is busy never.
        #expect(records.count == 2)
        let first = try #require(records.first)
        #expect(first.path == "/api/1/envelope/" && first.key == "0123abcd")
        #expect(first.event.release == "reportd@\(Reportd.version)")
        #expect(first.event.environment == "tests")
        #expect(first.event.transaction == "/bills/{token}")
        #expect(first.event.tags == ["request": name, "method": "GET"])
        let exception = try #require(first.event.exception.values.first)
        #expect(exception.type == "Advice.storage")
        #expect(exception.value == "\(Self.failure.origin)")
        #expect(Self.failure.origin.file == "ReportdTests/ErrorReportTests.swift")
        #expect(exception.stacktrace.frames.count == 2)
        #expect(records[1].event.exception.values.first?.type.contains("CocoaError") == true)
        for record in records {
            for secret in Self.secrets { #expect(!record.body.contains(secret), "\(secret)") }
        }
    }

    @Test("work in the background is told, and what waits is sent before the program ends")
    func background() async throws {
        let collector = try Collector()
        let reports = ErrorReports(try collector.settings(), clock: .fixed(FirstLightWorld.now))
        let scene = try ExportScene(sales: 4)
        let folder = scene.exports.shelf.folder
        let room = ExportRoom(
            scene.exports, logger: reports.listening(to: Logger(label: "test")), tellEvery: .zero
        ) { point in
            // The folder goes away before the file is written.
            guard point == "export-claimed" else { return }
            try? FileManager.default.removeItem(atPath: folder)
        }
        let asked = try await scene.exports.ask(
            try ExportScene.request(), for: ExportScene.manager)
        try await running(reports) {
            try await room.workNext(asked.id)
            let export = try #require(try await scene.exports.ledger.export(asked.id))
            #expect(export.state == .failed)
        }
        let record = try #require(try collector.records().first)
        let places = record.event.exception.values.flatMap { $0.stacktrace.frames.map(\.filename) }
        #expect(places.contains("reportd/ExportRoom.swift"), "\(places)")
        #expect(!record.body.contains(scene.world.folder))
    }

    @Test("the real program tells of a state file that was spoilt under it")
    func program() async throws {
        let collector = try Collector()
        let world = try ClosingWorld(now: ExportScene.now)
        let configuration = world.folder + "/reportd.yaml"
        try """
        definitions: \(FirstLightWorld.root)/queries
        listen: {port: 0}
        log: {format: json}
        error-reports: {dsn-file: dsn}
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        try "http://0123abcd@127.0.0.1:\(collector.port)/7\n".write(
            toFile: world.folder + "/dsn", atomically: true, encoding: .utf8)
        let token = try LiveProgram([
            "token", "--company", "rendetalje", "--role", "ACCOUNTANT", "--config", configuration,
        ]).finish().text.trimmingCharacters(in: .whitespacesAndNewlines)
        let program = try LiveProgram(["serve", "--config", configuration])
        defer { program.kill() }
        let port = try await program.port()
        let state = try FileHandle(
            forWritingTo: URL(fileURLWithPath: world.folder + "/data/state.sqlite"))
        try state.write(contentsOf: Data(repeating: 0x58, count: 8192))
        let answer = try Readers.text(
            "curl",
            [
                "-s", "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(token)",
                "http://127.0.0.1:\(port)/api/v1/exports",
            ])
        #expect(answer.hasSuffix("\n500"), "\(answer)")
        func record() throws -> Collector.Record? {
            try collector.records().first { $0.event.transaction == "/api/v1/exports" }
        }
        try await collector.eventually("the report") { try record() != nil }
        program.terminate()
        #expect(try await program.endsWithin(seconds: 30))
        let told = try #require(try record())
        #expect(told.path == "/api/7/envelope/" && !told.body.contains(world.folder))
        // The line of the log and the report have the request's name in common.
        let name = try #require(told.event.tags["request"])
        let lines = program.remarks.split(separator: "\n").filter { $0.contains(name) }
        #expect(lines.contains { $0.contains("\"level\":\"error\"") }, "\(program.remarks)")
        #expect(answer.contains("\"request\":\"\(name)\""))
    }

    @Test(
        "a server that is full, silent or gone holds nobody up, and is left alone for a while",
        arguments: ["429", "silent", "gone"])
    func noServer(kind: String) async throws {
        let collector = try Collector()
        // Nothing listens on the port of echo-requests of old.
        let settings =
            kind == "gone"
            ? try ErrorReportSettings(dsn: "http://key@127.0.0.1:7/1")
            : try collector.settings(kind)
        let reports = ErrorReports(settings, clock: .fixed(FirstLightWorld.now))
        let logger = reports.listening(to: Logger(label: "test") { _ in JSONLog { _ in } })
        try await running(reports) {
            for line in 1...(3 * ErrorReportQueue.waiting) {
                logger.error("failed", error: Self.failure, line: UInt(line))
            }
            try await collector.eventually("the failure") {
                let asked = try collector.asked()
                return reports.counts.dropped >= 2 * ErrorReportQueue.waiting
                    && (kind == "gone" || asked >= 1)
            }
        }
        #expect(reports.counts.sent == 0)
        #expect(try collector.asked() == (kind == "gone" ? 0 : 1))
    }

    @Test("the same error is told once an hour, with how often it came meanwhile")
    func queue() throws {
        var queue = ErrorReportQueue()
        func report(_ line: UInt, after seconds: Int64 = 0) -> ErrorReport {
            ErrorReport(
                type: "Advice.storage", origin: nil, told: CodePlace(file: "a", line: line),
                route: nil, method: nil, request: nil,
                time: FirstLightWorld.now.adding(seconds: seconds))
        }
        func take(_ report: ErrorReport) -> Bool { queue.take(report) }
        func next() -> ErrorReportQueue.Item? { queue.next() }
        #expect(take(report(1)))
        for second in 1...9 { #expect(!take(report(1, after: Int64(second)))) }
        #expect(next()?.repeats == 0)
        #expect(next() == nil)
        #expect(take(report(1, after: ErrorReportQueue.quietSeconds)))
        #expect(next()?.repeats == 9)
        // So many wait, and so many are told in an hour.
        for line in 2..<500 { _ = queue.take(report(UInt(line), after: 4000)) }
        #expect(queue.items.count == ErrorReportQueue.waiting)
        while queue.next() != nil {}
        for line in 500..<1000 { _ = queue.take(report(UInt(line), after: 4000)) }
        #expect(queue.items.count == ErrorReportQueue.anHour - ErrorReportQueue.waiting - 1)
        let dropped = queue.dropped
        queue.noteFailure(until: FirstLightWorld.now.adding(seconds: 9000))
        #expect(queue.items.isEmpty && queue.dropped > dropped)
        #expect(!take(report(2000, after: 8999)))
        #expect(take(report(2000, after: 9000)))
    }

    @Test("where reports go")
    func settings() throws {
        let settings = try ErrorReportSettings(dsn: "https://abc@errors.example.com/base/42")
        #expect(settings.address == "https://errors.example.com/base/api/42/envelope/")
        #expect(settings.key.secret == "abc")
        let local = try ErrorReportSettings(dsn: "http://abc:old@127.0.0.1:9000/1")
        #expect(local.address == "http://127.0.0.1:9000/api/1/envelope/")
        for dsn in ["", "errors.example.com", "https://errors.example.com/1", "ftp://a@b/1"] {
            let mistake = #expect(throws: Advice.self) { try ErrorReportSettings(dsn: dsn) }
            #expect(mistake?.happened == "the address for error reports is not one")
        }
        func read(_ text: String, _ environment: [String: String] = [:]) throws {
            _ = try ErrorReportSettings(
                DefinitionNode(parsing: text, file: "reportd.yaml"), absolute: { $0 },
                environment: environment)
        }
        try read("{dsn-env: DSN}", ["DSN": "https://abc@errors.example.com/1"])
        let unset = #expect(throws: Advice.self) { try read("{dsn-env: DSN}") }
        #expect(unset?.description.contains("DSN is not set") == true)
        let secret = #expect(throws: Advice.self) {
            try read("{dsn-env: DSN}", ["DSN": "abc@errors"])
        }
        #expect(secret?.description.contains("abc") == false)
        #expect(throws: Advice.self) { try read("{environment: a}") }
    }
}
