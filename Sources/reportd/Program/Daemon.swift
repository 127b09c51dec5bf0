import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Store
import UnixSignals
import Vocabulary

/// The long-running program: HTTP and pages, and, as asked, ingest and schedules.
struct Daemon: Sendable {
    /// What runs in this process.
    struct Parts: OptionSet, Sendable {
        let rawValue: Int
        /// Sources are read into the store.
        static let ingest = Parts(rawValue: 1)
        /// Reports are sent when they are due.
        static let schedules = Parts(rawValue: 2)
    }

    let workplace: Workplace
    let parts: Parts
    let logger: Logger
    /// Called when connections are accepted, with the address of the start page.
    let whenServing: @Sendable (_ address: String) async -> Void

    /// Runs until a signal asks it to stop, then finishes what is under way.
    func run(beside more: [any Service] = []) async throws {
        let configuration = workplace.configuration
        try Workplace.makeFolder(of: configuration.state)
        let state = try StateFile(path: configuration.state)
        let key = try await TokenKey(file: configuration.secretFile)
        let board = SourceBoard(store: workplace.store, clock: workplace.clock)
        let desk = AnswerDesk(workplace)
        var services: [any Service] = [
            DefinitionWatch(
                shelf: workplace.shelf, folder: configuration.definitions, logger: logger)
        ]
        if parts.contains(.ingest) {
            services.append(IngestService(workplace: workplace, board: board, logger: logger))
        }
        if parts.contains(.schedules), let post = try PostRoom(workplace, desk, state, logger) {
            services.append(post)
        }
        let router = Self.router(
            desk: desk, board: board, users: UserBook(state: state), key: key,
            clock: workplace.clock)
        let whenServing = whenServing
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "reportd"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                await whenServing("http://\(configuration.host):\(port)")
            }, logger: logger)
        services.append(application)
        let group = ServiceGroup(
            services: services + more, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        do {
            try await group.run()
        } catch  where "\(error)".contains("ddress already in use") {
            throw Advice(
                .busy, "port \(configuration.port) is taken by another program",
                remedy: "stop it, or choose another port under ‘listen’ in the configuration")
        }
        try workplace.store.close()
    }

    /// All routes; the same for the program and for tests.
    static func router(
        desk: AnswerDesk, board: SourceBoard, users: UserBook, key: TokenKey, clock: WallClock
    ) -> Router<ReportContext> {
        let router = Router(context: ReportContext.self)
        router.addMiddleware {
            SafetyHeaders()
            ProblemMiddleware()
            Recognition(key: key, clock: clock)
        }
        APIRoutes(desk: desk, sources: board, started: clock.now()).add(to: router)
        PageRoutes(desk: desk, sources: board, users: users, key: key).add(to: router)
        return router
    }
}
