import Foundation
import Vocabulary

/// A server in a process of its own, which ends with this object.
final class ServedProgram {
    /// From its start to its first good answer.
    let milliseconds: Double
    private let process = Process()
    private let output = Pipe()

    var pid: Int32 { process.processIdentifier }

    /// Starts it; with an address to ask, waits until that is answered with 200.
    init(_ command: [String], ready address: String?) throws {
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProgramRun.environment
        process.standardInput = FileHandle.nullDevice
        // Of those that are asked whether they are ready nobody reads what they write.
        process.standardOutput = address == nil ? output : FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        do {
            try process.run()
        } catch {
            throw Advice(
                .unreachable, "cannot run \(command[0])", remedy: "start with ‘make bench’",
                cause: "\(error)")
        }
        if let address { try Self.wait(for: address, process) }
        milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    }

    private static func wait(for address: String, _ process: Process) throws {
        guard let found = address.firstMatch(of: /:(\d+)(\/.*)/), let port = UInt16(found.output.1)
        else { preconditionFailure("an address has a port and a path") }
        let end = ContinuousClock.now + .seconds(60)
        while !LocalRequest.isWell(port: port, path: String(found.output.2)) {
            guard ContinuousClock.now < end, process.isRunning else {
                throw Advice(
                    .unreachable, "the program does not come to be ready",
                    remedy: "start it by hand and see what it says")
            }
            usleep(1000)
        }
    }

    /// The first line that it wrote.
    func firstLine() throws -> String {
        var bytes = Data()
        while !bytes.contains(10) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }
}

/// nginx with one process that serves a folder.
final class NginxServer {
    let port: Int
    private let served: ServedProgram

    var pid: Int32 { served.pid }

    init(folder: String) throws {
        port = try FreePort.find()
        let path = FileManager.default.currentDirectoryPath + "/" + folder
        let settings = """
            daemon off;
            master_process off;
            user root;
            pid \(path)/nginx.pid;
            error_log \(path)/nginx.log;
            events { worker_connections 1024; }
            http {
                access_log off;
                keepalive_requests 1000000000;
                default_type application/json;
                sendfile on;
                server { listen 127.0.0.1:\(port) backlog=1024; location / { root \(path); } }
            }
            """
        try settings.write(toFile: path + "/nginx.conf", atomically: true, encoding: .utf8)
        served = try ServedProgram(
            ["/usr/sbin/nginx", "-c", path + "/nginx.conf", "-p", path],
            ready: "http://127.0.0.1:\(port)/page.json")
    }

    func stop() { served.stop() }
}

/// What the system tells of a process.
struct ProcessFigures {
    let processorSeconds: Double
    let anonymousKilobytes: Int

    init(_ pid: Int32) throws {
        func read(_ name: String) throws -> String {
            do {
                return try String(contentsOfFile: "/proc/\(pid)/\(name)", encoding: .utf8)
            } catch {
                throw Advice(
                    .unreachable, "process \(pid) has ended", remedy: "see why", cause: "\(error)")
            }
        }
        // The name stands in parentheses and may hold blanks.
        let fields = try read("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let own = Int(fields[12]),
            let line = try read("status").firstMatch(of: /RssAnon:\s+(\d+) kB/),
            let kilobytes = Int(line.output.1)
        else {
            throw Advice(
                .unknown, "the system does not tell of process \(pid)", remedy: "use Linux")
        }
        processorSeconds = Double(user + own) / 100
        anonymousKilobytes = kilobytes
    }
}
