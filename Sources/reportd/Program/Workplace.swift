import Analytics
import Foundation
import Ingest
import Reports
import Store
import Synchronization
import Vocabulary

/// The definitions in force.
///
/// They are read again when asked; broken files leave the last good definitions in force.
final class DefinitionShelf: Sendable {
    /// One consistent reading of the definitions folder.
    struct Reading: Sendable {
        let schema: Schema
        let analytics: Definitions
        let sources: [SourceDefinition]
        let schedules: ScheduleBook
        /// The applications whose own API is answered.
        let applications: [ApplicationAPI]
        /// The programs that journals are written for.
        let programs: [ImportProfile]
    }

    private struct Content {
        var reading: Reading
        var problem: Advice?
        var edition = 0
    }

    /// The folder that is read.
    let folder: String
    /// The definitions that were made through the pages, which are read as well; nil for none.
    let own: OwnDefinitions?
    private let content: Mutex<Content>
    /// Held while files are read, so that of two readings the one that began later stays.
    private let reading = Mutex(())

    /// Reads the definitions folder.
    ///
    /// - Throws: `Advice` with file and line for the first mistake.
    init(folder: String, own: OwnDefinitions? = nil) throws {
        self.folder = folder
        self.own = own
        let reading = try Self.read(folder, own, keeping: nil)
        if let problem = reading.schedules.problems.first { throw problem }
        content = Mutex(Content(reading: reading))
    }

    /// Reads all definitions of a configuration.
    ///
    /// - Throws: As for a folder.
    convenience init(_ configuration: Settings) throws {
        try self.init(folder: configuration.definitions, own: configuration.ownDefinitions)
    }

    /// The definitions in force.
    var current: Reading { content.withLock { $0.reading } }
    /// Another number each time that definitions come into force.
    var edition: Int { content.withLock { $0.edition } }
    /// Why the newest files are not in force; nil when they are.
    var problem: Advice? { content.withLock { $0.problem } }

    /// Reads the folder again; a mistake is kept for `problem` and changes nothing else.
    ///
    /// Models and companies belong to the open store, so changes to them wait for a restart.
    func reload() { reading.withLock { _ in readAgain() } }

    private func readAgain() {
        do {
            let before = current
            let reading = try Self.read(folder, own, keeping: before.schedules)
            guard reading.schema.models == before.schema.models,
                reading.schema.companies.companies == before.schema.companies.companies
            else {
                throw Advice(
                    .definition, "models or companies have changed",
                    remedy: "restart reportd to put them in force")
            }
            guard reading.sources.map(\.fingerprint) == before.sources.map(\.fingerprint) else {
                throw Advice(
                    .definition, "the mapping of a source has changed",
                    remedy: "restart reportd; it then reads that source again by itself")
            }
            content.withLock {
                $0 = Content(
                    reading: reading, problem: reading.schedules.problems.first,
                    edition: $0.edition + 1)
            }
        } catch {
            let advice =
                error as? Advice ?? Advice(.definition, "the definitions cannot be read")
            content.withLock { $0.problem = advice }
        }
    }

    private static func read(
        _ folder: String, _ own: OwnDefinitions?, keeping previous: ScheduleBook?
    ) throws -> Reading {
        guard FileManager.default.fileExists(atPath: folder + "/companies.yaml") else {
            throw Advice(
                .definition, "there are no definitions in \(folder)",
                remedy: "set ‘definitions’ in the configuration to the folder with companies.yaml")
        }
        let schema = try Schema(definitions: folder)
        let analytics = try Definitions(
            folder: folder, schema: schema,
            besides: own.map {
                (base: $0.base, dashboards: $0.files(in: .dashboards))
            })
        return Reading(
            schema: schema, analytics: analytics,
            sources: try SourceDefinition.load(definitions: folder, schema: schema),
            schedules: ScheduleBook.load(
                folder, own: own, companies: schema.companies,
                holidays: try HolidayBook(definitions: folder),
                reports: Array(analytics.reports.keys),
                metrics: ScheduleMetrics(analytics), keeping: previous),
            applications: try ApplicationAPI.load(definitions: folder, analytics),
            programs: try ImportProfile.profiles(definitions: folder))
    }
}

extension DefinitionShelf {
    /// Reads a schedule as a file of the folder would be read.
    ///
    /// - Parameters:
    ///   - text: The definition.
    ///   - file: The file's name, for places.
    /// - Returns: The schedule that it would be.
    /// - Throws: `Advice` with line and nearest legal name.
    func schedule(reading text: String, file: String) throws -> Schedule {
        let reading = current
        return try Schedule(
            DefinitionNode(parsing: text, file: file), companies: reading.schema.companies,
            holidays: try HolidayBook(definitions: folder),
            reports: Array(reading.analytics.reports.keys),
            metrics: ScheduleMetrics(reading.analytics),
            channels: try Channel.all(definitions: folder))
    }
}

extension ScheduleMetrics {
    /// What schedules may name of definitions.
    init(_ definitions: Definitions) {
        names = Array(definitions.metrics.keys)
        undivided = Set(definitions.reports.values.filter(\.isFrozenByCloses).map(\.name))
        check = { _ = try definitions.modelsTouched(by: $0) }
    }
}

/// What every command works with: the configuration, the definitions and the store.
struct Workplace: Sendable {
    let configuration: Settings
    let shelf: DefinitionShelf
    let store: Store
    let clock: WallClock
    /// The closed periods.
    let closes: CloseBook

    var definitions: Definitions { shelf.current.analytics }
    var companies: CompanyDirectory { store.schema.companies }

    /// Opens everything that a configuration names.
    init(_ configuration: Settings, access: Store.Access, clock: WallClock) throws {
        self.configuration = configuration
        self.clock = clock
        shelf = try DefinitionShelf(configuration)
        closes = CloseBook(state: configuration.state)
        if access == .readWrite {
            try Self.makeFolder(of: configuration.store)
        }
        store = try Store(
            path: configuration.store, schema: shelf.current.schema, access: access, clock: clock,
            settings: configuration.storeSettings)
        if access == .readWrite { try keepClosedStates() }
    }

    /// Sees to it that the store keeps the states of all closed periods; for the process that writes.
    func keepClosedStates() throws { try store.setPins(try closes.commits()) }

    /// Makes the folder that a file is going to be in.
    static func makeFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Advice(
                .storage, "cannot make the folder \(folder)",
                remedy: "make it yourself, or choose another in the configuration",
                cause: "\(error)")
        }
    }

    /// The scope of the person at the command line, who sees everything.
    var everything: Scope { Scope(companies: companies.companies.map(\.code)) }
}
