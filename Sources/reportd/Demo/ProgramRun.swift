import Foundation
import Vocabulary

/// One run of another program, to its end.
///
/// Input, output and messages go through files, not pipes, so that no amount of either can block
/// the two programs on each other.
struct ProgramRun {
    /// The exit status; 128 plus the signal when a signal ended it.
    let status: Int32
    /// What it wrote to standard output.
    let output: String
    /// What it wrote to standard error.
    let messages: String

    /// Runs a program and waits for it.
    ///
    /// - Parameters:
    ///   - arguments: The program's full path, then its arguments.
    ///   - input: A file for its standard input; nothing when nil.
    ///   - folder: The folder it runs in.
    /// - Throws: `Advice` when the program cannot be started or its output cannot be kept.
    init(_ arguments: [String], input: URL? = nil, in folder: String = "/") throws {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let outputFile = try scratch.file("output")
        let messageFile = try scratch.file("messages")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = Self.environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        do {
            process.standardInput =
                try input.map { try FileHandle(forReadingFrom: $0) }
                ?? FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: outputFile)
            process.standardError = try FileHandle(forWritingTo: messageFile)
            try process.run()
            process.waitUntilExit()
            status =
                process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus
            output = String(decoding: try Data(contentsOf: outputFile), as: UTF8.self)
            messages = String(decoding: try Data(contentsOf: messageFile), as: UTF8.self)
        } catch {
            throw Advice(
                .unreachable, "cannot run \(arguments[0])",
                remedy: "check that it is installed and executable", cause: "\(error)")
        }
    }

    /// The few settings that a Postgres program needs; PGHOST and its like must not reach it.
    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/",
    ]
}

/// A folder for the files of one moment, readable by its maker only.
struct ScratchFolder {
    /// Where it is.
    let url: URL

    /// Makes it among the system's temporary files.
    ///
    /// - Throws: `Advice` when it cannot be made.
    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-\(UUID().uuidString.prefix(13))")
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Advice(
                .storage, "cannot make a temporary folder \(url.path)",
                remedy: "make room there, or set TMPDIR to another folder", cause: "\(error)")
        }
    }

    /// Makes an empty file in it.
    ///
    /// - Throws: `Advice` when it cannot be made.
    func file(_ name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw Advice(
                .storage, "cannot write \(file.path)", remedy: "make room on that disk")
        }
        return file
    }

    /// Deletes it with all its files.
    func remove() {
        // It lies among temporary files, which the system deletes in time if we could not.
        try? FileManager.default.removeItem(at: url)
    }
}
