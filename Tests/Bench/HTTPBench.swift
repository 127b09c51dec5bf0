import Foundation
import Vocabulary

/// Dashboards over HTTP: cached answers beside a handler of the same library that does nothing else,
/// and beside nginx; the first answer that no cache has; and what the program takes when it is idle.
///
/// All three servers get the same requests and give the same bytes, on keep-alive connections of wrk,
/// in turns. What is compared is processor time of the server's process for each request; the generator
/// shares the machine.
struct HTTPBench {
    /// The most of the other's processor time that a request may take.
    private static let (bareBar, nginxBar) = (1.3, 3.2)
    /// The most milliseconds that 99 of 100 answers may take at full load.
    private static let latestBar = 10.0
    /// The most milliseconds of 95 of 100 dashboards that no cache has.
    private static let uncachedBar = 50.0
    /// The most milliseconds from the program's start to its being ready, and its memory then in MiB.
    private static let (readyBar, memoryBar) = (200.0, 64.0)
    private static let connections = 64
    private static let (rounds, roundSeconds) = (3, 5)
    private static let uncached = 60
    private static let starts = 5
    /// How large a dashboard's JSON may be for the case that is named after 20,480 bytes.
    private static let bytes = 16_000...25_000

    private let workshop: Workshop
    private let loaded: LoadedStore

    init(_ workshop: Workshop, _ loaded: LoadedStore) {
        (self.workshop, self.loaded) = (workshop, loaded)
    }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        let folder = workshop.scratchFile("http")
        try makeFolder(folder)
        let port = try FreePort.find()
        let configuration = folder + "/reportd.yaml"
        let here = FileManager.default.currentDirectoryPath
        try write(
            """
            definitions: \(here)/\(Workshop.definitions)
            store: \(here)/\(loaded.path)
            state: state.sqlite
            secret-file: secret.key
            listen: {port: \(port)}
            access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}
            """, configuration)
        let program = ProgramRun.own("reportd")
        let token =
            try ProgramRun.output(of: [
                program, "token", "--role", "VIEWER", "--company", "c01", "--config", configuration,
            ]).split(separator: "\n").last.map(String.init) ?? ""
        let command = [program, "serve", "--config", configuration]
        let address = "http://127.0.0.1:\(port)"
        try measureStarts(command, address, into: &report)
        let server = try ServedProgram(command, ready: address + "/ready")
        defer { server.stop() }
        let headers = ["Authorization: Bearer \(token)"]
        try measureUncached(address, headers, into: &report)
        try measureCached(server, address, headers, folder, into: &report)
    }

    // MARK: Cached answers

    private func measureCached(
        _ server: ServedProgram, _ address: String, _ headers: [String], _ folder: String,
        into report: inout BenchReport
    ) throws {
        let page = address + "/api/v1/dashboards/page?company=c01&period=2025"
        let body = folder + "/page.json"
        let head = try ProgramRun.output(
            of: ["/usr/bin/curl", "-sS", "--fail", "-D", "-", "-o", body]
                + headers.flatMap { ["-H", $0] } + [page])
        guard let tag = head.firstMatch(of: /ETag: ("\w+")/).map({ String($0.output.1) }) else {
            throw Advice(
                .damaged, "the dashboard has no ETag", remedy: "see its headers", cause: head)
        }
        let size = try Data(contentsOf: URL(fileURLWithPath: body)).count
        guard Self.bytes.contains(size) else {
            throw Advice(
                .damaged, "the dashboard ‘page’ has \(size) bytes, not about 20,480",
                remedy: "change ‘top’ of its tables in \(Workshop.definitions)/dashboards")
        }
        let bare = try ServedProgram(
            [ProgramRun.own("bare-server"), body, tag], ready: nil)
        defer { bare.stop() }
        let nginx = try NginxServer(folder: folder)
        defer { nginx.stop() }
        let sides = [
            Side(
                name: "ours", pid: server.pid, address: page, headers: headers),
            Side(
                name: "hummingbird", pid: bare.pid,
                address: "http://127.0.0.1:\(try bare.firstLine())/page.json", headers: headers),
            Side(
                name: "nginx", pid: nginx.pid,
                address: "http://127.0.0.1:\(nginx.port)/page.json", headers: headers),
        ]
        for side in sides.dropFirst() {
            let other = try ProgramRun.output(of: ["/usr/bin/curl", "-sS", "--fail", side.address])
            try AnswerCheck.equal(
                [other],
                [String(decoding: try Data(contentsOf: URL(fileURLWithPath: body)), as: UTF8.self)],
                of: side.name, case: "http-20480")
        }
        let full = try load(sides, status: 200)
        for (peer, bar) in [("hummingbird", Self.bareBar), ("nginx", Self.nginxBar)] {
            try report.add(
                BenchCase(
                    name: "http-20480", ours: full.cost("ours"), peer: peer,
                    theirs: full.cost(peer), unit: "cpu-us", rows: full.requests("ours"), bar: bar))
        }
        try report.add(
            BenchCase(
                name: "http-20480-p99", ours: full.latest("ours"), peer: "bar",
                theirs: Self.latestBar, unit: "ms", rows: full.requests("ours")))
        let unchanged = sides.prefix(2).map { side in
            var side = side
            side.headers.append("If-None-Match: \(tag)")
            return side
        }
        let short = try load(unchanged, status: 304)
        try report.add(
            BenchCase(
                name: "http-304", ours: short.cost("ours"), peer: "hummingbird",
                theirs: short.cost("hummingbird"), unit: "cpu-us", rows: short.requests("ours"),
                bar: Self.bareBar))
    }

    /// A server and what is asked of it.
    private struct Side {
        let name: String
        let pid: Int32
        let address: String
        var headers: [String]
    }

    /// What rounds of load have shown of each side.
    private struct Loads {
        private var costs: [String: [Double]] = [:]
        private var latencies: [String: [Double]] = [:]
        private var counts: [String: Int] = [:]

        mutating func add(_ name: String, seconds: Double, requests: Int, latest: Double) {
            costs[name, default: []].append(seconds * 1_000_000 / Double(requests))
            latencies[name, default: []].append(latest)
            counts[name, default: 0] += requests
        }

        /// Microseconds of processor time for each request.
        func cost(_ name: String) -> Double { Stopwatch.median(costs[name] ?? []) }
        /// Milliseconds after which 99 of 100 requests were answered.
        func latest(_ name: String) -> Double { Stopwatch.median(latencies[name] ?? []) }
        func requests(_ name: String) -> Int { counts[name] ?? 0 }
    }

    private func load(_ sides: [Side], status: Int) throws -> Loads {
        var loads = Loads()
        for side in sides {
            let found = try ProgramRun.output(
                of: ["/usr/bin/curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"]
                    + side.headers.flatMap { ["-H", $0] } + [side.address])
            guard found == "\(status)" else {
                throw Advice(
                    .damaged, "\(side.name) answers \(found), not \(status)",
                    remedy: "ask \(side.address) by hand")
            }
        }
        // The first round fills caches.
        for round in 0...Self.rounds {
            for side in sides {
                say(
                    "Asking \(side.name) for answers of \(status), round \(round) of \(Self.rounds)"
                )
                let before = try ProcessFigures(side.pid).processorSeconds
                let output = try ProgramRun.output(
                    of: [
                        "/usr/bin/wrk", "-t1", "-c\(Self.connections)", "-d\(Self.roundSeconds)s",
                        "--latency",
                    ] + side.headers.flatMap { ["-H", $0] } + [side.address])
                let used = try ProcessFigures(side.pid).processorSeconds - before
                guard let requests = output.firstMatch(of: /(\d+) requests in/),
                    let count = Int(requests.output.1), count > 1000,
                    let latest = output.firstMatch(of: /99%\s+([0-9.]+)(us|ms|s)\n/),
                    let number = Double(latest.output.1),
                    !output.contains("Non-2xx"), !output.contains("Socket errors")
                else {
                    throw Advice(
                        .damaged, "\(side.name) did not answer every request",
                        remedy: "see what wrk wrote", cause: output)
                }
                let units: [Substring: Double] = ["us": 0.001, "ms": 1, "s": 1000]
                let unit = units[latest.output.2] ?? 1
                if round > 0 {
                    loads.add(side.name, seconds: used, requests: count, latest: number * unit)
                }
            }
        }
        return loads
    }

    // MARK: What no cache has

    /// Asks for periods that nobody has asked for, of the largest company.
    private func measureUncached(
        _ address: String, _ headers: [String], into report: inout BenchReport
    ) throws {
        say("Asking for \(Self.uncached) dashboards that no cache has")
        var times: [Double] = []
        for number in 0..<Self.uncached {
            // Periods that begin on another day each, from 180 to 365 days long.
            let first = String(format: "2025-%02d-%02d", number / 28 + 1, number % 28 + 1)
            let found = try ProgramRun.output(
                of: [
                    "/usr/bin/curl", "-sS", "--fail", "-o", "/dev/null", "-w",
                    "%{time_starttransfer}",
                ]
                    + headers.flatMap { ["-H", $0] }
                    + ["\(address)/api/v1/dashboards/page?company=c01&from=\(first)&to=2025-12-31"])
            guard let seconds = Double(found) else {
                throw Advice(.damaged, "curl did not tell its time", remedy: "see", cause: found)
            }
            times.append(seconds * 1000)
        }
        try report.add(
            BenchCase(
                name: "http-uncached-\(workshop.rows)-p95",
                ours: Stopwatch.quantile(0.95, of: times),
                peer: "bar", theirs: Self.uncachedBar, unit: "ms", rows: workshop.rows))
    }

    // MARK: Start and rest

    /// Starts the program some times, until it is ready.
    private func measureStarts(
        _ command: [String], _ address: String, into report: inout BenchReport
    ) throws {
        var (times, memory): ([Double], [Double]) = ([], [])
        for start in 1...Self.starts {
            say("Starting the program, \(start) of \(Self.starts)")
            let server = try ServedProgram(command, ready: address + "/ready")
            defer { server.stop() }
            times.append(server.milliseconds)
            // What the start has left to do is done then.
            Thread.sleep(forTimeInterval: 3)
            memory.append(Double(try ProcessFigures(server.pid).anonymousKilobytes) / 1024)
        }
        try report.add(
            BenchCase(
                name: "http-ready-\(workshop.rows)", ours: Stopwatch.median(times), peer: "bar",
                theirs: Self.readyBar, unit: "ms", rows: workshop.rows))
        try report.add(
            BenchCase(
                name: "http-idle-\(workshop.rows)", ours: memory.max() ?? 0, peer: "bar",
                theirs: Self.memoryBar, unit: "MiB", rows: workshop.rows))
    }

    private func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Advice(
                .storage, "cannot make the folder \(path)", remedy: "check its rights",
                cause: "\(error)")
        }
    }

    private func write(_ text: String, _ path: String) throws {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(path)", remedy: "make room, or check its rights",
                cause: "\(error)")
        }
    }
}
