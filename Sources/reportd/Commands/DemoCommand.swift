import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Store
import Vocabulary

/// `reportd demo`: everything in one directory, on believable data that goes on changing.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A scratch Postgres, a till's export, ingest, dashboards and live activity.")

    @Option(help: "The directory that holds all of the demo.")
    var folder = "demo-data"

    @Option(help: "The folder of definitions.")
    var definitions = "queries"

    @Option(help: "The port on loopback; 0 for any that is free.")
    var port = 8080

    @Option(help: "Which of the possible worlds is shown.")
    var seed: UInt64 = 1

    @Option(help: "How much activity, 1 being about eleven sales a day.")
    var scale = 1.0

    @Option(help: "Seconds between two changes in the sales system; 0 for none.")
    var pulseSeconds = 3.0

    @Option(help: "Stop after so many seconds; without it, Ctrl-C stops the demo.")
    var seconds: Double?

    func run() async throws {
        let started = ContinuousClock.now
        let root = URL(fileURLWithPath: folder).standardizedFileURL.path
        try Workplace.makeFolder(of: root + "/exports/x")
        let postgres = try ScratchPostgres(folder: root + "/postgres", durability: .durable)
        for note in postgres.location.notes { Terminal.note(note) }
        // The store's lock comes first: a second demo in the same folder changes nothing.
        let (configuration, text) = try configuration(root: root, postgres: postgres)
        let workplace = try Workplace(configuration, access: .readWrite, clock: .system)
        try text.write(toFile: root + "/reportd.yaml", atomically: true, encoding: .utf8)
        Terminal.note("Starting a scratch Postgres in \(postgres.location.folder)")
        try await Self.aside { try postgres.start() }
        defer { postgres.stop() }
        let now = WallClock.system.now()
        let (seed, scale) = (seed, scale)
        let (demo, continued) = try await Self.aside {
            try TekupDemo.open(in: postgres, seed: seed, scale: scale, now: now)
        }
        Terminal.note(
            continued
                ? "The sales system goes on where it was"
                : "The sales system has two years of activity")
        let today = LocalDay(number: Int32(now.seconds / 86_400))
        let till = try ChikondiDemo(
            seed: seed, firstDay: Self.shopOpening(today.adding(days: -365)))
        _ = try await Self.aside { try till.write(through: now, into: root + "/exports") }
        let password = try await signIn(configuration)
        let token = try await TokenKey(file: configuration.secretFile).token(
            for: Self.visitor(workplace.companies), use: .api, now: now, seconds: 7 * 86_400)
        let tokenFile = root + "/token"
        try Self.writePrivately(token, to: tokenFile)
        let life = DemoLife(
            demo: demo, postgres: postgres, pulseSeconds: pulseSeconds, seconds: seconds,
            logger: ProgramLog.logger)
        let daemon = Daemon(
            workplace: workplace, parts: [.ingest, .schedules], logger: ProgramLog.logger
        ) { address in
            let elapsed = (ContinuousClock.now - started).components.seconds
            Terminal.note(
                Self.welcome(
                    address: address, root: root, password: password, elapsed: elapsed,
                    connection: postgres.connectionString(database: TekupDemo.database)))
        }
        try await daemon.run(beside: [life])
        Terminal.note("The demo has stopped; its data stays in \(root)")
    }

    /// The till's first day is fixed by the year, so that the export grows and never changes.
    private static func shopOpening(_ day: LocalDay) -> LocalDay {
        LocalDay(year: day.civil.year, month: 10, day: 7) ?? day
    }

    private static func visitor(_ companies: CompanyDirectory) -> Principal {
        Principal(
            name: "demo", role: .salesManager, companies: Set(companies.companies.map(\.code)),
            userKey: nil)
    }

    private func configuration(
        root: String, postgres: ScratchPostgres
    ) throws -> (Settings, text: String) {
        let definitionsPath = URL(fileURLWithPath: definitions).standardizedFileURL.path
        let connection = postgres.connectionString(database: TekupDemo.database)
        let text = """
            # Written by ‘reportd demo’ at every start.
            definitions: \(definitionsPath)
            listen: {host: 127.0.0.1, port: \(port)}
            sources:
              tekup: {connection: "\(connection)"}
              chikondi: {folder: exports}

            """
        let node = try DefinitionNode(parsing: text, file: root + "/reportd.yaml")
        return (try Settings(node, folder: root, environment: [:]), text)
    }

    /// The password of user `demo`, made at the first start and kept.
    private func signIn(_ configuration: Settings) async throws -> String {
        let path = configuration.folder + "/password"
        let users = UserBook(state: try StateFile(path: Self.ready(configuration.state)))
        if let known = try? String(contentsOfFile: path, encoding: .utf8),
            try users.all().contains(where: { $0.name == "demo" })
        {
            return known
        }
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        let password = String(
            (0..<14).map { index in
                index % 5 == 4 ? "-" : letters.randomElement() ?? "x"
            })
        let schema = try Schema(definitions: configuration.definitions)
        try users.set(Self.visitor(schema.companies), password: password)
        try Self.writePrivately(password, to: path)
        return password
    }

    private static func ready(_ path: String) throws -> String {
        try Workplace.makeFolder(of: path)
        return path
    }

    private static func writePrivately(_ text: String, to path: String) throws {
        let made = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard made else {
            throw Advice(.storage, "cannot write \(path)", remedy: "check the folder")
        }
    }

    private static func welcome(
        address: String, root: String, password: String, elapsed: Int64, connection: String
    ) -> String {
        """

        ── reportd demo, ready after \(elapsed) s ─────────────────────────────────────────
          Dashboard   \(address)/
          Sign in     demo  \(password)

          Try, in another terminal:
            curl -s -H "Authorization: Bearer $(cat \(root)/token)" \\
              "\(address)/api/v1/dashboards/sales?company=rendetalje"
            .build/release/reportd report sales-register --company rendetalje \\
              --period last-month --format pdf --out register.pdf --config \(root)/reportd.yaml
            psql "\(connection)" -c "UPDATE sales SET final_amount = final_amount + 1000, \\
              tax_amount = (final_amount + 1000) * 0.25, total_with_tax = (final_amount + 1000) * 1.25 \\
              WHERE id = (SELECT id FROM sales ORDER BY sale_date DESC LIMIT 1)"

          Ctrl-C stops everything.
        ────────────────────────────────────────────────────────────────────────────
        """
    }

    private static func aside<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await Workbench().run(work)
    }
}

/// Keeps the demo's sales system alive: small changes now and then, and new hours as they pass.
struct DemoLife: Service {
    /// Seconds between two looks whether a new hour's activity is due.
    static let advanceSeconds = 300.0

    let demo: TekupDemo
    let postgres: ScratchPostgres
    let pulseSeconds: Double
    /// Seconds after which the demo ends by itself; nil for never.
    let seconds: Double?
    let logger: Logger
    private let workbench = Workbench()

    init(
        demo: TekupDemo, postgres: ScratchPostgres, pulseSeconds: Double, seconds: Double?,
        logger: Logger
    ) {
        self.demo = demo
        self.postgres = postgres
        self.pulseSeconds = pulseSeconds
        self.seconds = seconds
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                if let seconds {
                    group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
                } else {
                    group.addTask { try? await Task.sleep(for: .seconds(86_400 * 36_500)) }
                }
                group.addTask { await live() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func live() async {
        var number = 0
        do {
            number = try await workbench.run { [postgres] in
                try TekupDemo.progress(in: postgres)?.pulses ?? 0
            }
        } catch {
            logger.error("the demo's activity: \(Problem.advice(error))")
        }
        var sinceAdvance = 0.0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(pulseSeconds > 0 ? pulseSeconds : 60))
            if Task.isCancelled { return }
            sinceAdvance += pulseSeconds > 0 ? pulseSeconds : 60
            let isAdvanceDue = sinceAdvance >= Self.advanceSeconds
            if isAdvanceDue { sinceAdvance = 0 }
            let next = number
            do {
                try await workbench.run { [demo, postgres, pulseSeconds] in
                    let now = WallClock.system.now()
                    if isAdvanceDue { try demo.advance(in: postgres, through: now) }
                    guard pulseSeconds > 0 else { return }
                    try postgres.execute(
                        demo.pulse(number: next, now: now), database: TekupDemo.database)
                }
                if pulseSeconds > 0 { number += 1 }
            } catch {
                if !Task.isCancelled {
                    logger.error("the demo's activity: \(Problem.advice(error))")
                }
            }
        }
    }
}
