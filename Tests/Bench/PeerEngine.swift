import Foundation
import Vocabulary

/// Another engine in a process of its own, spoken to through `peer.py`.
final class PeerEngine {
    /// What it says it is.
    private(set) var version = ""
    /// Its name in the cases: `duckdb`, `sqlite`.
    let name: String
    private let process = Process()
    private let input = Pipe()
    private var output: LineReader

    private struct Command: Encodable {
        var execute: String?
        var `import`: [String]?
        var ask: String?
    }

    private struct Reply: Decodable {
        let version: String?
        let error: String?
        let cpu: Double?
        let rows: [String]?
    }

    /// Starts an engine on a database, which is made when it does not exist.
    init(_ name: String, database: String, script: String) throws {
        self.name = name
        guard let python = ProcessInfo.processInfo.environment["REPORTD_TEST_PYTHON"] else {
            throw Advice(
                .request, "REPORTD_TEST_PYTHON does not say which Python has DuckDB",
                remedy: "start the benchmark with ‘make bench’, which sets it")
        }
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script, name, database]
        process.standardInput = input
        let answers = Pipe()
        process.standardOutput = answers
        output = LineReader(answers.fileHandleForReading)
        do {
            try process.run()
        } catch {
            throw Advice(
                .unreachable, "cannot start \(python)",
                remedy: "run ‘make bench’, which installs it",
                cause: "\(error)")
        }
        version = try reply().version ?? ""
    }

    /// Ends the process.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Runs SQL.
    func execute(_ sql: String) throws { _ = try send(Command(execute: sql)) }

    /// Loads a CSV file into a table of SQLite.
    func load(_ table: String, from path: String) throws {
        _ = try send(Command(import: [table, path]))
    }

    /// Asks a question and tells the processor time it took, with all rows fetched.
    func ask(_ statement: String) throws -> (seconds: Double, lines: [String]) {
        let reply = try send(Command(ask: statement))
        guard let seconds = reply.cpu, let rows = reply.rows else {
            throw Advice(.input, "\(name) gave no rows", remedy: "see peer.py")
        }
        return (seconds, rows.sorted())
    }

    private func send(_ command: Command) throws -> Reply {
        do {
            let line = try JSONEncoder().encode(command) + [UInt8(ascii: "\n")]
            try input.fileHandleForWriting.write(contentsOf: line)
        } catch {
            throw ended
        }
        return try reply()
    }

    private func reply() throws -> Reply {
        guard let line = output.next() else { throw ended }
        let reply: Reply
        do {
            reply = try JSONDecoder().decode(Reply.self, from: Data(line.utf8))
        } catch {
            throw Advice(
                .input, "\(name) answered what is no answer", remedy: "see peer.py", cause: line)
        }
        if let error = reply.error {
            throw Advice(.input, "\(name) refused a statement", remedy: "mend it", cause: error)
        }
        return reply
    }

    private var ended: Advice {
        Advice(
            .unreachable, "the process of \(name) has ended",
            remedy: "see its message above; ‘make bench’ installs what it needs")
    }
}

/// Lines from a pipe.
struct LineReader {
    private let handle: FileHandle
    private var pending: [UInt8] = []
    private var searched = 0

    init(_ handle: FileHandle) { self.handle = handle }

    /// The next line without its end; nil when the other side has closed.
    mutating func next() -> String? {
        while true {
            if let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                searched = 0
                return line
            }
            searched = pending.count
            let more = handle.availableData
            if more.isEmpty { return nil }
            pending.append(contentsOf: more)
        }
    }
}
