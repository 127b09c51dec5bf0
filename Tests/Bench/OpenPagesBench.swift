import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Vocabulary

/// A hundred people with pages open while an application goes on changing its rows: what a refreshed page
/// costs its reader, how old what it shows can be, and whether the program grows.
///
/// The program ingests a scratch Postgres and serves. Eighty pages and twenty programs, of twenty people with
/// several roles and companies, listen to its events and ask as our script does (`OpenReader`). First single
/// changes are committed, each when all who may see the one before have seen it; then a thousand a
/// second for as long as is asked. An answer that is none, a stream that breaks off, a state older
/// than one shown or announced before is an error, and ends the run without a figure. At the end every page
/// shows what SQL finds in Postgres, and figures asked for anew are those of SQL. The readers
/// share the machine with the program, the server and the feed.
struct OpenPagesBench {
    /// Readers of one audience: pages of two dashboards, and a program.
    private static let seats = 5
    private static let dashboards = ["page", "page", "manager", "manager"]
    /// The most milliseconds of 95 of 100 answers.
    private static let cardBar = 100.0
    /// The most milliseconds of 99 of 100 changes until a page shows them: half of the time after which
    /// our script calls a page stale that hears nothing.
    private static let shownBar = 5000.0
    /// The least part of the changes asked for that has to be made.
    private static let rateBar = 0.98
    /// The most by which memory may be larger in the last fifth of the time than in the second.
    private static let growthBar = 1.1
    /// What late memory is compared with.
    private static let earlier = "earlier"
    private static let singles = 20
    /// Seconds within which what was changed has to be on every page.
    private static let patience = 60

    private let workshop: Workshop
    private let database: BenchDatabase
    private let readers: Int
    private let seconds: Int
    private let isSteady: Bool
    private let folder: String

    /// Describes a run of so many seconds, with so many readers.
    ///
    /// Where memory is to be steady, the store's caches are so small that they are full from the beginning: what
    /// grows then, grows without end.
    init(
        _ workshop: Workshop, _ database: BenchDatabase, readers: Int, seconds: Int, isSteady: Bool
    ) {
        self.isSteady = isSteady
        self.workshop = workshop
        self.database = database
        self.readers = readers
        self.seconds = seconds
        folder = workshop.scratchFile("open-pages")
    }

    /// Measures the cases, and tells their distributions.
    func run(into report: inout BenchReport) async throws -> [String] {
        let port = try FreePort.find()
        let address = "http://127.0.0.1:\(port)"
        let configuration = try configure(port: port)
        let audiences = OpenAudience.audiences(
            (readers + Self.seats - 1) / Self.seats, before: try salesByCompany())
        for audience in audiences { try enter(audience, configuration) }
        say("Starting the program, which reads \(workshop.rows) sales first")
        let server = try ServedProgram(
            [Self.program, "run", "--config", configuration], ready: address + "/ready")
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = readers * 2 + 8
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let notes: [String]
        do {
            notes = try await measure(
                server, client, audiences, address, configuration, into: &report)
        } catch {
            try? await client.shutdown()
            server.stop()
            throw error
        }
        try await client.shutdown()
        server.stop()
        try database.server.run(
            ["SELECT pg_drop_replication_slot('reportd_bench')"], in: database.name)
        return notes
    }

    /// Fails when the program's memory has grown.
    ///
    /// - Throws: `Advice` of kind `damaged`.
    static func checkSteadiness(_ report: BenchReport) throws {
        guard let grown = report.cases.first(where: { $0.peer == earlier && $0.isMet == false })
        else { return }
        throw Advice(
            .damaged,
            String(
                format: "the program's memory has grown from %.0f to %.0f MiB", grown.theirs,
                grown.ours), remedy: "find out what is kept before more of it arrives")
    }

    // MARK: What is measured

    private func measure(
        _ server: ServedProgram, _ client: HTTPClient, _ audiences: [OpenAudience],
        _ address: String, _ configuration: String, into report: inout BenchReport
    ) async throws -> [String] {
        let record = OpenRecord()
        let crowd = try await sitDown(audiences, client, address, configuration, record)
        let feed = try OpenFeed(database, audiences)
        defer { feed.close() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in crowd { group.addTask { await reader.stay() } }
            defer { group.cancelAll() }
            try await wait("all pages are open", record) { crowd.allSatisfy { $0.shown > 0 } }
            _ = record.take()
            var notes = [try await measureSingles(feed, crowd, record)]
            notes += try await measureStream(feed, crowd, server, record, into: &report)
            for audience in audiences {
                try await compare(audience, client, address, configuration)
            }
            return notes
        }
    }

    /// Single changes while nothing else happens.
    private func measureSingles(
        _ feed: OpenFeed, _ crowd: [OpenReader], _ record: OpenRecord
    ) async throws -> String {
        let singles = min(Self.singles, seconds)
        say("Committing \(singles) single transactions")
        var told: [Double] = []
        for _ in 0..<singles {
            // Until then a page that has just asked would wait for its next turn.
            try await Task.sleep(for: .seconds(1.2))
            let (company, committed) = try feed.commit()
            let concerned = crowd.filter { $0.audience.sees(company) }
            try await wait("a change is shown to all", record) { Self.isCurrent(concerned) }
            told += concerned.compactMap {
                $0.announcedAt.map { max(0, ($0 - committed) / .milliseconds(1)) }
            }
        }
        let figures = record.take()
        return "open-pages, one change at a time: commit → event \(Self.distribution(told)); "
            + "commit → shown \(Self.distribution(figures.delays)); "
            + "answers \(Self.distribution(figures.waits))"
    }

    /// A thousand changes a second.
    private func measureStream(
        _ feed: OpenFeed, _ crowd: [OpenReader], _ server: ServedProgram, _ record: OpenRecord,
        into report: inout BenchReport
    ) async throws -> [String] {
        say("Committing \(OpenFeed.rate * TransactionClient.changes) changes/s for \(seconds) s")
        let trail = MemoryTrail(server.pid)
        let watch = ServerWatch(database.server)
        let own = Stopwatch.processorSeconds
        let before = try ProcessFigures(server.pid)
        let course = try await feed.run(for: .seconds(seconds))
        let after = try ProcessFigures(server.pid)
        let (postgres, memory) = (watch.stop(), trail.stop())
        let readers = Stopwatch.processorSeconds - own
        try await wait("the last change is shown to all", record) { Self.isCurrent(crowd) }
        let figures = record.take()
        let name = "open-pages-\(workshop.rows)-\(crowd.count)"
        let made = Double(course.changes) / course.seconds
        let wanted = Double(OpenFeed.rate * TransactionClient.changes)
        let (early, late) = (Self.fifth(1, of: memory), Self.fifth(4, of: memory))
        for (variant, ours, theirs, unit, bar) in [
            ("card-p95", Stopwatch.quantile(0.95, of: figures.waits), Self.cardBar, "ms", nil),
            ("shown-p99", Stopwatch.quantile(0.99, of: figures.delays), Self.shownBar, "ms", nil),
            ("rate", made, wanted, "changes/s", Self.rateBar),
        ] {
            try report.add(
                BenchCase(
                    name: "\(name)-\(variant)", ours: ours, peer: "bar", theirs: theirs,
                    unit: unit, rows: figures.waits.count, bar: bar))
        }
        try report.add(
            BenchCase(
                name: "\(name)-memory", ours: late, peer: Self.earlier, theirs: early, unit: "MiB",
                rows: memory.count, bar: Self.growthBar))
        func share(_ seconds: Double) -> String {
            String(format: "%.2f", seconds / course.seconds)
        }
        let used = after.processorSeconds - before.processorSeconds
        let kinds = figures.waitsByKind.sorted { $0.key < $1.key }.map { asked, waits in
            "\(name): \(waits.count) × \(asked): \(Self.distribution(waits))"
        }
        return [
            "\(name): answers \(Self.distribution(figures.waits)), "
                + String(
                    format: "%.0f a second, %.0f KB each, ",
                    Double(figures.waits.count) / course.seconds,
                    Double(figures.bytes) / 1000 / Double(max(figures.waits.count, 1)))
                + "\(figures.unchanged) unchanged; commit → shown "
                + "\(Self.distribution(figures.delays)); \(figures.events) events",
            "\(name): processors in use: program \(share(used)), Postgres \(share(postgres)), "
                + "readers \(share(readers - watch.own)); memory of the program in fifths of the time: "
                + (0..<5).map { String(format: "%.0f", Self.fifth($0, of: memory)) }
                .joined(separator: ", ") + " MiB",
        ] + kinds
    }

    /// The median of the n-th fifth of values over time.
    private static func fifth(_ number: Int, of values: [Double]) -> Double {
        let (first, last) = (values.count * number / 5, values.count * (number + 1) / 5)
        return Stopwatch.median(Array(values[first..<max(last, first + 1)]))
    }

    private static func distribution(_ values: [Double]) -> String {
        guard !values.isEmpty else { return "none" }
        return [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1)].map { word, share in
            String(format: "\(word) %.1f ms", Stopwatch.quantile(share, of: values))
        }.joined(separator: ", ")
    }

    // MARK: Waiting and comparing

    /// Whether every page shows all that was committed.
    private static func isCurrent(_ crowd: [OpenReader]) -> Bool {
        crowd.allSatisfy { $0.shown == $0.audience.sales }
    }

    private func wait(
        _ what: String, _ record: OpenRecord, until condition: () -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(Self.patience)
        while true {
            let (count, first) = record.found
            guard count == 0 else {
                throw Advice(
                    .damaged,
                    "case open-pages: \(count) answers or streams were not as they should be",
                    remedy: "see the first of them", cause: first.joined(separator: "\n"))
            }
            if condition() { return }
            guard ContinuousClock.now < end else {
                throw Advice(
                    .damaged, "case open-pages: after \(Self.patience) s this is not so: \(what)",
                    remedy: "see what the program does")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Compares figures that are asked for anew with those of SQL.
    private func compare(
        _ audience: OpenAudience, _ client: HTTPClient, _ address: String, _ configuration: String
    ) async throws {
        var request = HTTPClientRequest(
            url: "\(address)/api/v1/dashboards/page?period=\(OpenFeed.periodName)")
        request.headers.add(
            name: "authorization", value: "Bearer \(try token(audience, configuration))")
        let response = try await client.execute(request, timeout: .seconds(20))
        let body = Data(try await response.body.collect(upTo: 8 << 20).readableBytesView)
        let ours = try FigureLines(json: body).lines
        let from = "FROM sales WHERE \(audience.condition)"
        let theirs = try database.server.row(
            """
            SELECT string_agg(line, ';') FROM (
                SELECT 'revenue ' || currency || ' ' || round(sum(amount) / 100.0, 2) AS line
                    \(from) GROUP BY currency
                UNION ALL SELECT 'sales ' || count(*) \(from)
                UNION ALL SELECT 'leads ' || count(*) FROM leads WHERE \(audience.condition)) AS lines
            """, in: database.name)[0].split(separator: ";").map(String.init).sorted()
        try AnswerCheck.equal(ours, theirs, of: "SQL", case: "open-pages, \(audience.name)")
    }

    // MARK: Setting up

    private static let program = ProgramRun.own("reportd")
    private static let password = "one of a hundred"

    private func configure(port: Int) throws -> String {
        let here = FileManager.default.currentDirectoryPath
        let path = folder + "/reportd.yaml"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try """
            definitions: \(here)/\(Workshop.definitions)
            store: store.sqlite
            state: state.sqlite
            secret-file: secret.key
            listen: {port: \(port)}
            access: {limits: {requests-per-hour: 0, address-requests-per-hour: 0}}
            store-limits: \(isSteady ? "{chunk-cache: 8 MB, memo: 8 MB}" : "{}")
            sources:
              bench: {connection: "\(database.server.connection(database.name))"}
            """.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(path)", remedy: "make room, or check its rights",
                cause: "\(error)")
        }
        return path
    }

    /// How many sales of the period each company has.
    private func salesByCompany() throws -> [Int: Int] {
        let text = try database.server.row(
            """
            SELECT string_agg(company_id || ':' || sales, ',') FROM (
                SELECT company_id, count(*) AS sales FROM sales WHERE \(OpenFeed.period)
                GROUP BY company_id) AS companies
            """, in: database.name)[0]
        let pairs = text.split(separator: ",").compactMap { pair -> (Int, Int)? in
            let numbers = pair.split(separator: ":").compactMap { Int($0) }
            return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Makes a user of an audience.
    private func enter(_ audience: OpenAudience, _ configuration: String) throws {
        let command =
            [Self.program, "user", "set", audience.name] + audience.grant
            + ["--config", configuration]
        // The words hold no quotes, and blanks only in paths.
        let words = command.map { "'\($0)'" }.joined(separator: " ")
        try ProgramRun.output(of: [
            "/bin/sh", "-c", "printf '%s\\n' '\(Self.password)' | \(words)",
        ])
    }

    private func token(_ audience: OpenAudience, _ configuration: String) throws -> String {
        try ProgramRun.output(
            of: [Self.program, "token", "--name", audience.name] + audience.grant
                + ["--config", configuration]
        ).split(separator: "\n").last.map(String.init) ?? ""
    }

    /// The readers, signed in.
    private func sitDown(
        _ audiences: [OpenAudience], _ client: HTTPClient, _ address: String,
        _ configuration: String, _ record: OpenRecord
    ) async throws -> [OpenReader] {
        say("Signing \(readers) readers in")
        let door = SignInDoor(client: client, address: address)
        var crowd: [OpenReader] = []
        for audience in audiences {
            for seat in 0..<min(Self.seats, readers - crowd.count) {
                let isPage = seat < Self.dashboards.count
                let kind: OpenReader.Kind =
                    isPage
                    ? .page(session: try await door.session(audience.name, Self.password))
                    : .program(token: try token(audience, configuration))
                crowd.append(
                    OpenReader(
                        audience, kind, of: isPage ? Self.dashboards[seat] : "page", at: address,
                        by: client, into: record))
            }
        }
        return crowd
    }
}
