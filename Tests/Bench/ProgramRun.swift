import Foundation
import Vocabulary

/// One run of another program, to its end.
enum ProgramRun {
    /// What a Postgres program needs; PGHOST and its like must not reach it.
    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8", "HOME": "/",
    ]

    /// A program that was built together with this one.
    static func own(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    /// The Python that has what our programs in it need.
    ///
    /// - Throws: `Advice` of kind `request` when nobody says which.
    static func python() throws -> String {
        guard let python = ProcessInfo.processInfo.environment["REPORTD_TEST_PYTHON"] else {
            throw Advice(
                .request, "REPORTD_TEST_PYTHON is not set", remedy: "start with ‘make bench’")
        }
        return python
    }

    /// Runs a program and returns what it wrote, errors included.
    ///
    /// - Throws: `Advice` with its last words when it cannot be run or fails.
    @discardableResult
    static func output(of arguments: [String], in folder: String? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = environment
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let text: String
        do {
            try process.run()
            text = String(
                decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        } catch {
            throw Advice(
                .unreachable, "cannot run \(arguments[0])", remedy: "check that it is installed",
                cause: "\(error)")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0, process.terminationReason == .exit else {
            throw Advice(
                .unreachable, "\(arguments[0]) failed", remedy: "see its last words",
                cause: String(text.suffix(600)))
        }
        return text
    }
}
