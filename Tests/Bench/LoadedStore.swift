import Foundation
import Store
import Vocabulary

/// The store that questions are asked of: filled with all rows, compacted, closed.
///
/// The one place that knows how the store is brought into the state in which it is measured.
struct LoadedStore {
    /// The file.
    let path: String
    private let schema: Schema

    /// Fills a store; with `reusing` one that an earlier run has filled is taken as it is.
    init(_ workshop: Workshop, _ files: SalesFiles, reusing: Bool) throws {
        schema = workshop.schema
        path = workshop.path(ofStore: "page")
        if reusing && FileManager.default.fileExists(atPath: path) { return }
        let store = try workshop.emptyStore("page")
        let loading = SalesLoading(files, into: store)
        say("Loading our store")
        try loading.loadParties()
        try loading.loadSales(loading.saleBatches())
        say("Compacting it")
        try Self.compact(store)
        try store.close()
        try reclaim()
    }

    private init(path: String, schema: Schema) {
        self.path = path
        self.schema = schema
    }

    /// Does all background work that there is to do.
    static func compact(_ store: Store) throws {
        while try store.seal(minimum: 1) {}
        while try store.compact(isComplete: true) {}
    }

    /// Gives back the room of segments that compaction has replaced, as the program does once no
    /// reader of another process can need them.
    private func reclaim() throws {
        let store = try Store(
            path: path, schema: schema,
            clock: WallClock { WallClock.system.now().adding(seconds: 86_400) })
        while try store.reclaim() {}
        try store.close()
    }

    /// Opens it as the program does.
    func open() throws -> Store { try Store(path: path, schema: schema) }

    /// Opens it without its memo of partial results, and with one thread for each scan.
    func openWithoutMemo() throws -> Store {
        try Store(
            path: path, schema: schema,
            // What the memo would take by default is given to chunks.
            settings: StoreSettings(chunkCacheBytes: 192 << 20, memoBytes: 0, threads: 1))
    }

    /// Its bytes on disk, when it is closed.
    var bytes: Int {
        get throws {
            try ["", "-wal"].reduce(0) { total, ending in
                guard FileManager.default.fileExists(atPath: path + ending) else { return total }
                let attributes = try FileManager.default.attributesOfItem(atPath: path + ending)
                return total + (attributes[.size] as? Int ?? 0)
            }
        }
    }

    /// A copy, to be changed.
    func copy(_ name: String, _ workshop: Workshop) throws -> LoadedStore {
        let copy = workshop.path(ofStore: name)
        workshop.removeStore(name)
        do {
            try FileManager.default.copyItem(atPath: path, toPath: copy)
        } catch {
            throw Advice(
                .storage, "cannot copy \(path)", remedy: "make room on that disk",
                cause: "\(error)")
        }
        return LoadedStore(path: copy, schema: schema)
    }
}
