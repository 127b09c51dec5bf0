import Foundation
import Ingest
import Logging
import Store
import Synchronization
import Vocabulary

/// Tells of damage in the store once, and which sources have not been read again for it yet.
final class DamageWatch: Sendable {
    private struct Content {
        var reported: Set<Damage> = []
        var repairs: Int?
        /// Damage for which its source has been read again, by source.
        var tried: [String: Set<String>] = [:]
    }

    /// Seconds between two looks.
    private static let seconds = 2

    private let store: Store
    private let logger: Logger
    private let content = Mutex(Content())

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Logs what is newly damaged, and what was repaired since the last report.
    func report() {
        guard let damage = try? store.damage(), let repairs = try? store.repairs() else { return }
        let (fresh, done) = content.withLock { content in
            // When it was noted is no news.
            let known = Set(content.reported.map(Self.name))
            let fresh = damage.filter { !known.contains(Self.name($0)) }
            content.reported.formUnion(fresh)
            let done = repairs.dropFirst(content.repairs ?? repairs.count)
            content.repairs = repairs.count
            return (fresh, Array(done))
        }
        for damage in fresh { logger.error("\(damage.advice)", error: damage.advice) }
        for repair in done { logger.notice("\(repair)") }
    }

    private static func name(_ damage: Damage) -> String {
        "\(damage.model)/\(damage.segment ?? 0)/\(damage.columns.joined(separator: ","))"
    }

    /// Whether a source gives rows that are damaged.
    func isConcerned(_ definition: SourceDefinition) -> Bool { !concerns(definition).isEmpty }

    private func concerns(_ definition: SourceDefinition) -> Set<String> {
        let damage = (try? store.damage()) ?? []
        return Set(damage.filter(definition.gives).map(Self.name))
    }

    /// Whether a source gives rows that were found damaged since it was last read again.
    func isDue(_ definition: SourceDefinition) -> Bool {
        let concerns = concerns(definition)
        return content.withLock { content in
            !concerns.isSubset(of: content.tried[definition.name] ?? [])
        }
    }

    /// Whether to read all of a source now because of damage; the same damage counts once.
    func begin(_ definition: SourceDefinition) -> Bool {
        let concerns = concerns(definition)
        let isDue = content.withLock { content in
            let fresh = concerns.subtracting(content.tried[definition.name] ?? [])
            content.tried[definition.name, default: []].formUnion(fresh)
            return !fresh.isEmpty
        }
        if isDue {
            report()
            logger.notice(
                "reading all rows again to replace damaged ones",
                metadata: ["source": "\(definition.name)"])
        }
        return isDue
    }

    /// Returns when rows of a source are found damaged, or the task is cancelled.
    func waitForDamage(of definition: SourceDefinition) async {
        while !Task.isCancelled, !isDue(definition) {
            try? await Task.sleep(for: .seconds(Self.seconds))
        }
    }
}

/// The state of the store for health: damage, repairs and the background check.
struct StoreReport: Sendable {
    let health: Result<StoreHealth, any Error>

    init(_ store: Store) {
        health = Result { try store.health() }
    }

    /// Whether nothing is damaged.
    var isWell: Bool { (try? health.get().damage.isEmpty) ?? false }

    /// As JSON, for those who may know.
    func json() -> String {
        switch health {
        case .failure(let error):
            return "{\"error\":\(JSONText.quoted(Problem.advice(error).description))}"
        case .success(let health):
            let damage = health.damage.map { JSONText.quoted("\($0)") }.joined(separator: ",")
            let repairs = health.repairs.map { JSONText.quoted("\($0)") }.joined(separator: ",")
            return "{\"damage\":[\(damage)],\"repairs\":[\(repairs)],\"lastCheck\":"
                + (health.lastScrub.map { "\"\($0)\"" } ?? "null")
                + ",\"checkedPercent\":\(Int(health.scrubbedShare * 100)),"
                + "\"fileBytes\":\(health.fileBytes),\"segments\":\(health.segments)}"
        }
    }
}
