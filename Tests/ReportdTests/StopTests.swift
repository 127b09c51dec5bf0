import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@testable import reportd

/// The program stops when it is asked to: nothing is answered by half, and nothing is lost.
@Suite("Stopping", .serialized)
struct StopTests {
    /// A store with sales beside which the real binary serves.
    private static func place(listen: String) throws -> ClosingWorld {
        let world = try ClosingWorld(now: ExportScene.now)
        try world.sell(
            all: (0..<2000).map { ("S-\($0)", "PAID", 100, "2026-11-10T09:00:00Z") },
            company: "rendetalje")
        try """
        definitions: \(FirstLightWorld.root)/queries
        listen: \(listen)
        access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}
        """.write(toFile: world.folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        return world
    }

    private static func get(_ path: String, _ port: Int) throws -> String {
        try Readers.text(
            "curl",
            ["-s", "--max-time", "20", "-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"])
    }

    @Test("readiness ends first, while requests are still taken")
    func readiness() async throws {
        let world = try Self.place(listen: "{port: 0, drain-seconds: 5}")
        let program = try LiveProgram(["serve", "--config", world.folder + "/reportd.yaml"])
        defer { program.kill() }
        let port = try await program.port()
        #expect(try Self.get("/ready", port).hasSuffix("\n200"))
        program.terminate()
        var last = ""
        for _ in 0..<200 where !last.hasSuffix("\n503") {
            last = try Self.get("/ready", port)
        }
        #expect(last.hasSuffix("\n503") && last.contains("the program is stopping"), "\(last)")
        #expect(try Self.get("/health", port).hasSuffix("\n200"))
        #expect(try await program.endsWithin(seconds: 30))
        #expect(program.stop() == 0, "\(program.remarks)")
    }

    @Test("asked to stop under load, it answers what it has begun to answer")
    func load() async throws {
        let world = try Self.place(listen: "{port: 0}")
        let configuration = world.folder + "/reportd.yaml"
        let token = try LiveProgram([
            "token", "--company", "rendetalje", "--role", "ACCOUNTANT", "--config", configuration,
        ]).finish().text.trimmingCharacters(in: .whitespacesAndNewlines)
        let program = try LiveProgram(["serve", "--config", configuration])
        defer { program.kill() }
        let port = try await program.port()
        let address =
            "http://127.0.0.1:\(port)/api/v1/reports/sales-register.json?period=2026-11"
        // Each asks again and again, on new connections, until nobody listens any more.
        let script = """
            : > "$2"; for i in $(seq 1 2000); do
              code=$(curl -s --max-time 60 -o "$2.body" -w '%{http_code}' -H "Authorization: Bearer $1" "$3")
              end=$?
              echo "$end $code $(tail -c 3 "$2.body" | tr -d '\\n')" >> "$2"
              [ $end = 7 ] && exit 0
            done; exit 1
            """
        let readers = try (0..<6).map { number in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = [
                "-c", script, "bash", token, world.folder + "/reader-\(number)", address,
            ]
            try process.run()
            return process
        }
        func lines() -> [String] {
            (0..<6).flatMap { number in
                ((try? String(contentsOfFile: world.folder + "/reader-\(number)", encoding: .utf8))
                    ?? "").split(separator: "\n").map(String.init)
            }
        }
        for _ in 0..<1200 where lines().count < 12 { try await Task.sleep(for: .milliseconds(50)) }
        program.terminate()
        #expect(try await program.endsWithin(seconds: 40))
        for reader in readers { reader.waitUntilExit() }
        #expect(program.stop() == 0, "\(program.remarks)")
        #expect(readers.allSatisfy { $0.terminationStatus == 0 })
        let answered = lines().filter { $0.hasPrefix("0 ") }
        #expect(answered.count >= 12 && answered.allSatisfy { $0 == "0 200 ]}" }, "\(answered)")
        // A connection may end before anything is answered on it, never in the middle of an answer.
        let others = lines().filter { !$0.hasPrefix("0 ") }
        #expect(others.allSatisfy { $0.contains(" 000 ") }, "\(others)")
    }

    @Test("an export under way is handed over, and made whole by the next start")
    func exports() async throws {
        let scene = try ExportScene(sales: 400)
        let asked = try await scene.exports.ask(
            try ExportScene.request(), for: ExportScene.manager)
        // The program stops when the export has just been claimed.
        let room = scene.room { point in
            if point == "export-claimed" { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
        }
        #expect(try await Task { try await room.workNext(asked.id) }.value)
        let left = try #require(try await scene.exports.ledger.export(asked.id))
        #expect(left.state == .waiting)
        try await scene.room().workNext(asked.id)
        let done = try #require(try await scene.exports.ledger.export(asked.id))
        #expect(done.state == .done && done.pin == asked.pin)
        let document = try scene.exports.document(of: done)
        #expect(try await scene.bytes(of: done) == ExportScene.request().output().bytes(document))
    }
}
