import Foundation
import Ingest
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Vocabulary

/// Reads all configured sources into the store, side by side.
///
/// A source that needs a person is reported on the board and in the log; the others go on.
struct IngestService: Service {
    /// Seconds between two looks at a folder of export files.
    static let folderSeconds = 5

    let workplace: Workplace
    let board: SourceBoard
    let logger: Logger
    /// The one source that is read; nil for all.
    let only: String?
    /// Where imports and seals work: they block, and threads that serve connections must not.
    private let workbench = Workbench()
    private let watch: DamageWatch

    init(workplace: Workplace, board: SourceBoard, logger: Logger, only: String? = nil) {
        self.workplace = workplace
        self.board = board
        self.logger = logger
        self.only = only
        watch = DamageWatch(store: workplace.store, logger: logger)
    }

    private enum Feed: Sendable {
        case followed(any FollowedSource)
        case folder(CouchExport, path: String, FailureNote)
    }

    /// The sources that both a definition and the configuration name.
    ///
    /// - Throws: `Advice` for a configured source without a definition, or of another kind.
    private func feeds() throws -> [(name: String, feed: Feed)] {
        let definitions = workplace.shelf.current.sources
        var feeds: [(name: String, feed: Feed)] = []
        let configured = workplace.configuration.sources
        if let only, configured[only] == nil {
            throw Advice(
                .unknown, "the configuration names no source ‘\(only)’",
                remedy: Spelling.remedy(for: only, legal: configured.keys))
        }
        for (name, access) in configured.sorted(by: { $0.key < $1.key })
        where only == nil || only == name {
            guard let definition = definitions.first(where: { $0.name == name }) else {
                throw Advice(
                    .definition, "the configuration names source ‘\(name)’, which has no mapping",
                    remedy: Spelling.remedy(for: name, legal: definitions.map(\.name)))
            }
            let log = self.log(name)
            if let source = try workplace.configuration.followedSource(
                definition, among: definitions, store: workplace.store, clock: workplace.clock,
                log: log)
            {
                board.add(name) { source.status }
                feeds.append((name, .followed(source)))
            }
            guard case .folder(let path) = access else { continue }
            let export = try CouchExport(
                definition: definition, store: workplace.store, clock: workplace.clock, log: log)
            let failure = FailureNote()
            board.add(name) {
                var status = export.status
                if let advice = failure.advice {
                    status.state = .refused
                    status.lastError = advice
                }
                return status
            }
            feeds.append((name, .folder(export, path: path, failure)))
        }
        guard !feeds.isEmpty else {
            throw Advice(
                .definition, "the configuration names no source",
                remedy: "add one under ‘sources:’; ‘reportd init’ shows how")
        }
        return feeds
    }

    private func log(_ name: String) -> @Sendable (IngestEvent) -> Void {
        let logger = logger
        return { event in
            let source: Logger.Metadata = ["source": "\(name)"]
            switch event {
            case .loading(let table): logger.info("reading \(table)", metadata: source)
            case .loaded: break
            case .loadFinished(let rows, let quarantined):
                logger.info(
                    "loaded \(rows) rows, \(quarantined) put aside", metadata: source)
            case .following(let position):
                logger.info("following changes from \(position)", metadata: source)
            case .committed(let transactions, let changes):
                logger.debug(
                    "committed \(changes) changes of \(transactions) transactions",
                    metadata: source)
            case .reloading(let reason):
                logger.notice("reading all rows again: \(reason)", metadata: source)
            case .reconnecting(let seconds, let reason):
                logger.warning(
                    "trying again in \(Int(seconds.rounded(.up))) s: \(reason)", metadata: source)
            case .quarantined(let table, let key, let reason):
                logger.warning("put aside \(table) \(key): \(reason)", metadata: source)
            case .released(let rows):
                logger.info("\(rows) rows left quarantine", metadata: source)
            case .rounded(let amounts):
                logger.warning(
                    "\(amounts) amounts had more decimals than their currency", metadata: source)
            case .reconciled(let deleted, let restored):
                logger.info(
                    "compared keys: \(deleted) rows deleted, \(restored) read again",
                    metadata: source)
            case .warning(let advice): logger.warning("\(advice)", metadata: source)
            }
        }
    }

    /// Reads every source up to its present state, once.
    ///
    /// - Throws: The first `Advice` of a source, after all have been tried.
    func catchUp(reloading: Bool = false) async throws {
        var failure: (any Error)?
        for (name, feed) in try feeds() {
            do {
                switch feed {
                case .followed(let source): try await source.catchUp(reloading: reloading)
                case .folder(let export, let path, _): try export.importFolder(path)
                }
            } catch {
                logger.error("\(Problem.advice(error))", metadata: ["source": "\(name)"])
                failure = failure ?? error
            }
            while try !workplace.store.maintain().isEmpty {}
        }
        if let failure { throw failure }
    }

    /// Reads the sources again of which rows in the store are damaged; their rows replace those.
    ///
    /// - Returns: The names of these sources.
    /// - Throws: The first `Advice` of a source, after all have been tried.
    func repair() async throws -> [String] {
        var (failure, repaired): ((any Error)?, [String]) = (nil, [])
        for (name, feed) in try feeds() where watch.isConcerned(definition(of: feed)) {
            do {
                switch feed {
                case .followed(let source): try await source.catchUp(reloading: true)
                case .folder(let export, let path, _):
                    try export.importFolder(path, reloading: true)
                }
                repaired.append(name)
            } catch {
                logger.error("\(Problem.advice(error))", metadata: ["source": "\(name)"])
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return repaired
    }

    private func definition(of feed: Feed) -> SourceDefinition {
        switch feed {
        case .followed(let source): source.definition
        case .folder(let export, _, _): export.definition
        }
    }

    /// Follows every source until the program stops.
    func run() async throws {
        let feeds = try feeds()
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for (name, feed) in feeds {
                    group.addTask { await follow(feed, name: name) }
                }
                group.addTask { await maintain() }
            }
        }
    }

    private func follow(_ feed: Feed, name: String) async {
        do {
            switch feed {
            case .followed(let source): try await follow(source)
            case .folder(let export, let path, let failure):
                try await observe(export, path, failure)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error(
                "stopped until a person has acted: \(Problem.advice(error))", error: error,
                metadata: ["source": "\(name)"])
        }
    }

    /// Follows a source; where rows of it are found damaged, all of them are read again, once.
    private func follow(_ source: any FollowedSource) async throws {
        while !Task.isCancelled {
            let reloading = watch.begin(source.definition)
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await source.run(reloading: reloading) }
                    group.addTask { await watch.waitForDamage(of: source.definition) }
                    try await group.next()
                    group.cancelAll()
                    try await group.waitForAll()
                }
            } catch let advice as Advice where advice.kind == .damaged {
                guard watch.isDue(source.definition) else { throw advice }
            }
        }
    }

    /// Imports a folder whenever its content has changed; a broken file changes nothing.
    private func observe(
        _ export: CouchExport, _ path: String, _ failure: FailureNote
    ) async throws {
        var seen = ""
        while !Task.isCancelled {
            let look = FolderLook.fingerprint(path)
            let reloading = watch.begin(export.definition)
            if look != seen || reloading {
                seen = look
                do {
                    _ = try await workbench.run {
                        try export.importFolder(path, reloading: reloading)
                    }
                    failure.advice = nil
                } catch {
                    let advice = Problem.advice(error)
                    if advice != failure.advice {
                        logger.error(
                            "\(advice)", error: error,
                            metadata: ["source": "\(export.definition.name)"])
                    }
                    failure.advice = advice
                    // A full disk or a busy store passes without the files changing.
                    if advice.kind == .storage || advice.kind == .busy { seen = "" }
                }
            }
            try await Task.sleep(for: .seconds(Self.folderSeconds))
        }
    }

    /// Keeps the store in order in the background, one bounded step at a time.
    private func maintain() async {
        while !Task.isCancelled {
            do {
                let store = workplace.store
                try await workbench.run { [workplace] in try workplace.keepClosedStates() }
                var isTidied = false
                while try await !workbench.run({ try store.maintain() }).isEmpty {
                    if Task.isCancelled { return }
                    isTidied = true
                }
                // A sealed or merged segment took far more memory than it leaves behind.
                if isTidied { ProcessMemory.giveBack() }
            } catch {
                logger.error("maintaining the store: \(Problem.advice(error))", error: error)
            }
            watch.report()
            try? await Task.sleep(for: .seconds(2))
        }
    }
}

/// What went wrong last with a source, if anything.
final class FailureNote: Sendable {
    private let content = Mutex<Advice?>(nil)

    /// The failure; nil when all is well.
    var advice: Advice? {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}

/// What a folder looks like from outside: names, sizes and times of its files.
enum FolderLook {
    /// A text that changes when a file of the folder, or below it, does.
    static func fingerprint(_ path: String) -> String {
        let keys: Set<URLResourceKey> = [.contentModificationDateKey, .fileSizeKey]
        let walk = FileManager.default.enumerator(
            at: URL(fileURLWithPath: path), includingPropertiesForKeys: Array(keys))
        var lines: [String] = []
        while let file = walk?.nextObject() as? URL {
            guard let values = try? file.resourceValues(forKeys: keys) else { continue }
            let time = values.contentModificationDate?.timeIntervalSince1970 ?? 0
            lines.append("\(file.path) \(values.fileSize ?? 0) \(time)")
        }
        return lines.sorted().joined(separator: "\n")
    }
}

/// Reads the definitions again when their files change.
struct DefinitionWatch: Service {
    let shelf: DefinitionShelf
    let folder: String
    let logger: Logger
    var audit: ConfigurationAudit?

    private func look() -> String {
        [folder, shelf.own?.folder].compactMap(\.self).map(FolderLook.fingerprint)
            .joined(separator: "\n")
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = look()
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                let now = look()
                if now == seen { continue }
                seen = now
                shelf.reload()
                if let problem = shelf.problem {
                    logger.error("the last good definitions stay in force: \(problem)")
                } else {
                    logger.info("definitions read again")
                    await audit?.enterReload(shelf, log: logger)
                }
            }
        }
    }
}
