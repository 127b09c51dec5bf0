import Analytics
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import reportd

/// A sales system in a real Postgres and a till's export, loaded into a store as a user would.
///
/// Made once for all suites: the data does not change, and “now” stands still.
final class FirstLightWorld: Sendable {
    static let now = Instant("2026-11-20T13:30:00Z") ?? Instant(microseconds: 0)
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    let postgres: ScratchPostgres
    let demo: TekupDemo
    let settings: Settings
    let workplace: Workplace
    let desk: AnswerDesk
    let board: SourceBoard

    private init() async throws {
        let folder = Self.folder
        // Nobody lets go of what all suites share; the end of the process has to.
        atexit { FirstLightWorld.remove() }
        postgres = try ScratchPostgres(folder: folder + "/postgres", durability: .disposable)
        let server = postgres
        Self.server.withLock { $0 = server }
        try postgres.start()
        demo = try TekupDemo.open(
            in: postgres, seed: 7, scale: 0.15, days: 500, now: Self.now
        ).demo
        let exports = folder + "/exports"
        try FileManager.default.createDirectory(
            atPath: exports, withIntermediateDirectories: true)
        let fixtures = Self.root + "/Tests/Fixtures/Chikondi"
        for name in ["sales", "inventory", "expenses"] {
            try FileManager.default.copyItem(
                atPath: "\(fixtures)/\(name).json", toPath: "\(exports)/\(name).json")
        }
        settings = try Self.settings(
            folder: folder, connection: postgres.connectionString(database: TekupDemo.database))
        workplace = try Workplace(settings, access: .readWrite, clock: .fixed(Self.now))
        desk = AnswerDesk(workplace)
        board = SourceBoard(
            store: workplace.store, clock: workplace.clock, expected: settings.sources.keys)
        try await IngestService(
            workplace: workplace, board: board, logger: ProgramLog.logger
        ).catchUp()
    }

    /// A configuration for a scratch folder, with the project's own definitions.
    static func settings(
        folder: String, connection: String, reading: String = "read: replication"
    ) throws -> Settings {
        let text = """
            definitions: \(root)/queries
            listen: {port: 0}
            sources:
              tekup: {connection: "\(connection)", \(reading)}
              chikondi: {folder: exports}
            """
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: folder + "/reportd.yaml", atomically: true, encoding: .utf8)
        return try Settings(contentsOf: folder + "/reportd.yaml")
    }

    private static let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("reportd-first-light-\(UUID().uuidString)").path
    private static let server = Mutex<ScratchPostgres?>(nil)

    /// Ends the server and removes what the world wrote.
    private static func remove() {
        server.withLock { $0?.stop() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let made = Task { try await FirstLightWorld() }

    /// The one world.
    static var shared: FirstLightWorld { get async throws { try await made.value } }

    /// Someone who sees some companies.
    static func visitor(_ companies: String..., role: Role = .salesManager) -> Principal {
        Principal(name: "visitor", role: role, companies: Set(companies), userKey: nil)
    }
}

/// Figures computed by plain SQL in Postgres over the source tables.
struct SalesOracle {
    let world: FirstLightWorld
    let company: String
    let period: Period

    /// Sales that count as booked.
    static let booked = "s.status IN ('ACCEPTED','SCHEDULED','IN_PROGRESS','COMPLETED','PAID')"

    private func local(_ column: String) -> String {
        "(\(column) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Copenhagen')::date"
    }

    /// Rows of the company within the period by the local day of a column.
    func scope(_ alias: String, _ column: String) -> String {
        """
        \(alias).organization_id = (SELECT id FROM organizations
            WHERE type = '\(company.uppercased())')
        AND \(local("\(alias).\(column)")) >= '\(period.start)'
        AND \(local("\(alias).\(column)")) < '\(period.end)'
        """
    }

    /// The organization alone.
    func organization(_ alias: String) -> String {
        "\(alias).organization_id = (SELECT id FROM organizations WHERE type = '\(company.uppercased())')"
    }

    func month(_ column: String) -> String { "to_char(\(local(column)), 'YYYY-MM')" }

    func rows(_ sql: String) throws -> [[String]] {
        try world.postgres.query(sql, database: TekupDemo.database).map { $0.map { $0 ?? "-" } }
    }
}
