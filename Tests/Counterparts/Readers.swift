import Foundation

/// Programs we did not write, which read back what we wrote.
public enum Readers {
    /// A program that could not be run, or that found fault.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened.
        public let description: String

        /// Says what happened.
        public init(description: String) { self.description = description }
    }

    /// The Python that `make test` has prepared.
    public static func interpreter() throws -> String {
        if let path = ProcessInfo.processInfo.environment["REPORTD_TEST_PYTHON"] { return path }
        throw Failure(
            description: "REPORTD_TEST_PYTHON is not set: run `make test`, or set it to a "
                + "Python that has scripts/requirements-test.txt installed")
    }

    /// Runs a Python script in the interpreter of the test environment and decodes its JSON output.
    ///
    /// The script gets `arguments` as `sys.argv[1:]`, and `emit(value)` to answer with.
    public static func python<Answer: Decodable>(
        _ script: String, _ arguments: [String], as type: Answer.Type = Answer.self
    ) throws -> Answer {
        let prelude = """
            import sys, json
            from decimal import Decimal
            def emit(value): json.dump(value, sys.stdout, default=str)

            """
        let output = try run(try interpreter(), ["-c", prelude + script] + arguments)
        return try JSONDecoder().decode(Answer.self, from: output)
    }

    /// Starts a server of `Tests/Support` in the Python of the test environment.
    ///
    /// - Returns: The line of JSON in which it says where it is, and a handle whose end is its end.
    public static func serve<Greeting: Decodable>(
        _ script: String, _ arguments: [String] = []
    ) throws -> (greeting: Greeting, life: FileHandle) {
        let interpreter = try interpreter()
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Support")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [folder.appendingPathComponent(script).path] + arguments
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            if byte == Data([10]) { break }
            line += byte
        }
        guard let greeting = try? JSONDecoder().decode(Greeting.self, from: line) else {
            throw Failure(
                description: "\(script) did not start: see its message above; "
                    + "scripts/requirements-test.txt must be installed for \(interpreter)")
        }
        return (greeting, input.fileHandleForWriting)
    }

    /// Runs a program to its end.
    ///
    /// - Returns: What it wrote to standard output.
    @discardableResult
    public static func run(
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

    /// What a program writes to standard output, as text.
    public static func text(_ program: String, _ arguments: [String]) throws -> String {
        String(decoding: try run(program, arguments), as: UTF8.self)
    }
}
