import Foundation
import Hummingbird
import Logging
import NIOCore
import Reports
import Store
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// A store with a few sales, and the desk and room of its exports.
final class ExportScene {
    /// The moment at which all begins; that of `FirstLightWorld`, because tokens are signed for it.
    static let now = "\(FirstLightWorld.now)"

    let world: ClosingWorld
    let state: StateFile
    let audit: AuditLog
    let exports: ExportDesk
    private let bucket: ObjectStore?

    init(_ more: String = "", sales: Int = 40) throws {
        world = try ClosingWorld(now: Self.now, more: more)
        for (company, numbers) in [
            ("rendetalje", (0..<sales).filter { $0 % 4 != 3 }),
            ("foodtruck", (0..<sales).filter { $0 % 4 == 3 }),
        ] {
            try world.sell(
                all: numbers.map { number in
                    (
                        "S-\(1000 + number)", "PAID", Int64(10_000 + number),
                        "2026-11-\(number % 9 + 10)T09:00:00Z"
                    )
                }, company: company)
        }
        let settings = world.workplace.configuration
        state = try StateFile(path: settings.state)
        audit = AuditLog(
            state, clock: world.workplace.clock, keepsAddresses: settings.auditsAddresses)
        bucket = ExportDesk.bucket(
            settings, clock: world.workplace.clock, logger: Logger(label: "test"))
        exports = try ExportDesk(
            world.desk, state: state, configuration: settings, audit: audit, bucket: bucket)
    }

    /// Lets go of connections to a bucket.
    func close() async { await bucket?.close() }

    static let manager = Principal(
        name: "mette", role: .salesManager, companies: ["rendetalje"], userKey: nil)
    static let admin = Principal(
        name: "ada", role: .admin, companies: ["rendetalje", "foodtruck"], userKey: nil)

    static func request(
        _ format: String = "csv", period: String = "2026-11", companies: [String] = []
    ) throws -> ExportRequest {
        try ExportRequest(
            report: "sales-register", format: format, locale: "en",
            table: format == "csv" ? "register" : nil,
            choices: ViewChoices(companies: companies, period: period))
    }

    func room(_ failpoint: @escaping @Sendable (String) -> Void = { _ in }) -> ExportRoom {
        ExportRoom(
            exports, logger: Logger(label: "test"), tellEvery: .zero, failpoint: failpoint)
    }

    /// Asks for an export and sees it through.
    func made(
        _ request: ExportRequest? = nil, for principal: Principal = ExportScene.manager
    ) async throws -> Export {
        let asked = try await exports.ask(request ?? Self.request(), for: principal)
        try await room().workNext(asked.id)
        let export = try #require(try await exports.ledger.export(asked.id))
        try #require(export.state == .done, "\(export.reason ?? "")")
        return export
    }

    /// The bytes of an export's file, wherever it is kept.
    func bytes(of export: Export) async throws -> [UInt8] {
        let content = try await exports.shelf.open(export.storedName)
        let file = try #require(export.file)
        var pieces = exports.shelf.pieces(content, file)
        var bytes: [UInt8] = []
        while let piece = try await pieces.next() { bytes += Array(piece.readableBytesView) }
        return bytes
    }

    /// Names of the files in the folder of exports.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: exports.shelf.folder).sorted()
    }

    func kinds() async throws -> [String] {
        try await audit.entries().map(\.kind)
    }

    func server(
        _ operation: Oversight = Oversight(), logger: Logger = ProgramLog.logger
    ) async throws -> TestServer {
        try await TestServer.start(
            world.workplace, world.desk, world.board, exports: exports, operation: operation,
            logger: logger)
    }

    /// Does something with a server, which ends in any case.
    func serving(
        _ operation: Oversight = Oversight(), logger: Logger = ProgramLog.logger,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await server(operation, logger: logger)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
