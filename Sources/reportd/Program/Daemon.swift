import Foundation
import Glibc
import Hummingbird
import Logging
import NIOCore
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
        let reports = configuration.errorReports.map {
            ErrorReports($0, clock: workplace.clock)
        }
        let logger = reports?.listening(to: self.logger) ?? self.logger
        let closing = ClosingNotice()
        try Workplace.makeFolder(of: configuration.state)
        let state = try StateFile(path: configuration.state)
        let key = try await TokenKey(file: configuration.secretFile)
        let board = SourceBoard(
            store: workplace.store, clock: workplace.clock, expected: configuration.sources.keys)
        let desk = AnswerDesk(workplace)
        let access = try AccessDesk(
            configuration.access, state: state, key: key, companies: workplace.companies,
            sources: workplace.shelf.current.sources, logger: logger)
        let audit = AuditLog(
            state, clock: workplace.clock, keepsAddresses: configuration.auditsAddresses)
        try await ConfigurationAudit(audit).enterStart(configuration, workplace.shelf)
        let bucket = ExportDesk.bucket(configuration, clock: workplace.clock, logger: logger)
        let exports = try ExportDesk(
            desk, state: state, configuration: configuration, audit: audit, bucket: bucket)
        exports.shelf.sweep(keeping: try await exports.ledger.wanted())
        // What stands first is stopped last.
        var services: [any Service] = reports.map { [$0] } ?? []
        services += [
            DefinitionWatch(
                shelf: workplace.shelf, folder: configuration.definitions, logger: logger,
                audit: ConfigurationAudit(audit)),
            ExportRoom(exports, logger: logger),
        ]
        if parts.contains(.ingest) {
            services.append(IngestService(workplace: workplace, board: board, logger: logger))
        }
        // Without the part, what is asked for by hand is planned here and sent by who has it.
        let post = try PostRoom(workplace, desk, state, board, logger)
        if parts.contains(.schedules), let post { services.append(post) }
        let responder = Self.responder(
            desk: desk, board: board, access: access, clock: workplace.clock,
            publicAddress: configuration.publicAddress,
            isSecured: configuration.certificate != nil, frontEnds: configuration.frontEnds,
            exports: exports, lateSeconds: configuration.mail?.lateSeconds,
            post: try configuration.mail.map { try PersonalPost($0, logger: logger) },
            operation: Oversight(
                log: configuration.log, closing: closing,
                files: [
                    "store": configuration.store, "state": configuration.state,
                    "exports": configuration.exports.folder + "/",
                ], errorReports: reports),
            scheduler: post?.byHand)
        let whenServing = whenServing
        let application = Application(
            responder: responder,
            server: try ServerDoor.builder(
                configuration.certificate, responder.repeater),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                let scheme = configuration.certificate == nil ? "http" : "https"
                await whenServing("\(scheme)://\(configuration.host):\(port)")
            }, logger: logger)
        services.append(application)
        let drain = Drain(
            notice: closing, seconds: configuration.drainSeconds, logger: logger)
        let group = Self.group(
            services + more + [drain], stopSeconds: Self.stopSeconds + drain.seconds,
            logger: logger)
        do {
            try await group.run()
            await bucket?.close()
        } catch {
            await bucket?.close()
            try? workplace.store.close()
            throw Self.advice(error, configuration)
        }
        try workplace.store.close()
    }

    /// Seconds that services have to finish what is under way when the program stops.
    static let stopSeconds: Int64 = 20

    /// Services that run together until a signal, or the end of one of them, stops all.
    static func group(
        _ services: [any Service], stopSeconds: Int64 = stopSeconds, logger: Logger
    ) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(stopSeconds)
        return ServiceGroup(configuration: configuration)
    }

    /// What it means that the server could not listen.
    private static func advice(_ error: any Error, _ settings: Settings) -> any Error {
        let address = "\(settings.host):\(settings.port)"
        if let failure = error as? IOError {
            switch failure.errnoCode {
            case EADDRINUSE:
                return Advice(
                    .busy, "port \(settings.port) is taken by another program",
                    remedy: "stop it, or choose another port under ‘listen’ in the configuration")
            case EACCES:
                return Advice(
                    .denied, "this user may not listen on \(address)",
                    remedy: "choose a port above 1023 under ‘listen’ in the configuration")
            default:
                return Advice(
                    .definition, "cannot listen on \(address)",
                    remedy: "name an address of this machine under ‘listen’ in the configuration",
                    cause: "\(failure)")
            }
        }
        if error is SocketAddressError {
            return Advice(
                .definition, "‘\(settings.host)’ is not an address of this machine",
                remedy: "name one under ‘listen’ in the configuration, as 127.0.0.1")
        }
        return error
    }

    /// What answers requests at all routes; the same for the program and for tests.
    static func responder(
        desk: AnswerDesk, board: SourceBoard, access: AccessDesk, clock: WallClock,
        publicAddress: String, isSecured: Bool = false, frontEnds: Set<String> = [],
        exports: ExportDesk, lateSeconds: Int64? = nil, post: PersonalPost? = nil,
        operation: Oversight = Oversight(), scheduler: Scheduler? = nil
    ) -> Repetition<RouterResponder<ReportContext>> {
        let audit = exports.audit
        let (key, settings) = (access.key, access.settings)
        let signInDesk = SignInDesk(access, audit: audit, clock: clock)
        let pages = PageRoutes(
            desk: desk, sources: board, key: key, publicAddress: publicAddress,
            signInDesk: signInDesk, access: access)
        let record = RequestRecord(
            counts: operation.counts, isLogged: operation.log.hasRequests)
        let userLimit = UserLimit(limits: settings.limits, clock: clock, shelf: desk.shelf)
        let router = Router(context: ReportContext.self)
        router.addMiddleware {
            Arrival(
                proxies: settings.proxies, isSecured: isSecured, publicAddress: publicAddress)
            record
            SafetyHeaders()
            CrossOrigin(origins: settings.origins)
            PackedPages()
            ProblemMiddleware()
            ApplicationManners(shelf: desk.shelf, frontEnds: frontEnds)
            AddressLimit(limits: settings.limits, clock: clock)
            BodyLimit()
            Recognition(access: access, clock: clock, audit: audit)
            userLimit
            PageProblems(pages: pages)
            DenialAudit(audit: audit)
            SameOrigin(
                known: frontEnds.union(settings.origins).union([
                    PageRoutes.origin(of: publicAddress)
                ]))
            RightsGate()
            SourceAges(sources: board)
            EndpointRoutes(desk: desk, key: key, signInDesk: signInDesk, audit: audit)
        }
        var api = APIRoutes(
            desk: desk, sources: board, started: clock.now(), exports: exports,
            operation: operation)
        if let lateSeconds { api.lateSeconds = lateSeconds }
        api.add(to: router)
        UnsubscribeRoutes(
            ledger: DeliveryLedger(audit.state), shelf: desk.shelf, clock: clock
        ).add(to: router)
        ExportRoutes(exports: exports).add(to: router)
        AuditRoutes(audit: audit).add(to: router)
        pages.add(to: router)
        SourcePages(pages: pages).add(to: router)
        ExploreRoutes(pages: pages, audit: audit).add(to: router)
        OwnDashboardPages(pages: pages, own: OwnDashboards(desk: desk, audit: audit))
            .add(to: router)
        ProviderPages(pages: pages, access: access, clock: clock).add(to: router)
        GuestPages(
            pages: pages, book: GuestBook(state: access.users.state, key: key), clock: clock
        ).add(to: router)
        ExportPages(pages: pages, exports: exports).add(to: router)
        let people = PeopleDesk(
            access.users.state, companies: desk.store.schema.companies,
            publicAddress: publicAddress, clock: clock, isOpen: settings.hasLocalSignIn,
            post: post)
        let grants = GrantDesk(
            access.users.state, key: key, shelf: desk.shelf, publicAddress: publicAddress,
            clock: clock)
        PeoplePages(pages: pages, people: people).add(to: router)
        GrantPages(pages: pages, grants: grants).add(to: router)
        AccountPages(pages: pages).add(to: router)
        PasswordPages(pages: pages, people: people).add(to: router)
        PeopleRoutes(desk: desk, signInDesk: signInDesk, people: people, grants: grants)
            .add(to: router)
        let deliveries = PostDesk(
            desk: desk, audit: audit, scheduler: scheduler, lateSeconds: lateSeconds)
        ScheduleRoutes(post: deliveries).add(to: router)
        SchedulePages(pages: pages, post: deliveries).add(to: router)
        ScheduleEditor(pages: pages, post: deliveries).add(to: router)
        RightsGate.checkCompleteness(of: router)
        APIDocument.checkCompleteness(of: router)
        return Repetition(
            repeater: Repeater(desk: desk, access: access, users: userLimit, record: record),
            next: router.buildResponder())
    }
}
