import Foundation
import Testing

/// Programs we did not write, which read back what we wrote.
enum Readers {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a Python script in the interpreter of the test environment and decodes its JSON output.
    ///
    /// The script gets `arguments` as `sys.argv[1:]`, and `emit(value)` to answer with.
    static func python<Answer: Decodable>(
        _ script: String, _ arguments: [String], as type: Answer.Type = Answer.self
    ) throws -> Answer {
        guard let interpreter = ProcessInfo.processInfo.environment["REPORTD_TEST_PYTHON"] else {
            throw Failure(
                description: "REPORTD_TEST_PYTHON is not set: run `make test`, or set it to a "
                    + "Python that has scripts/requirements-test.txt installed")
        }
        let prelude = """
            import sys, json
            from decimal import Decimal
            def emit(value): json.dump(value, sys.stdout, default=str)

            """
        let output = try run(interpreter, ["-c", prelude + script] + arguments)
        return try JSONDecoder().decode(Answer.self, from: output)
    }

    /// Runs a program to its end.
    ///
    /// - Returns: What it wrote to standard output.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Data {
        let process = Process()
        if program.contains("/") {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
        } else {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                description: "\(program) ended with \(process.terminationStatus): "
                    + String(decoding: complaint, as: UTF8.self))
        }
        return data
    }

    static func text(_ program: String, _ arguments: [String]) throws -> String {
        String(decoding: try run(program, arguments), as: UTF8.self)
    }
}

/// A folder of a test's own, removed when it is done.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/reports-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}
