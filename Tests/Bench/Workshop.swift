import Foundation
import Ingest
import Store
import Vocabulary

/// Where the benchmark works: the repository's folder, from which make starts it.
struct Workshop {
    /// Models and companies of the benchmark's own definitions.
    let schema: Schema
    /// The mapping of its scratch database.
    let source: SourceDefinition
    /// The mapping of a table there whose keys are UUIDs.
    let visits: SourceDefinition
    /// The program that speaks to other engines.
    let peerScript = "Tests/Bench/peer.py"
    /// How many sales there are.
    let rows: Int
    /// Models, companies and mapping, from the repository's folder.
    static let definitions = "Tests/Bench/definitions"
    private let folder = ".build/bench"

    /// - Throws: `Advice` when it is not started in the repository, or cannot write there.
    init(rows: Int) throws {
        self.rows = rows
        let definitions = Self.definitions
        guard FileManager.default.fileExists(atPath: definitions) else {
            throw Advice(
                .request, "there is no folder \(definitions) here",
                remedy: "start the benchmark with ‘make bench’ in the repository's folder")
        }
        schema = try Schema(definitions: definitions)
        let sources = try SourceDefinition.load(definitions: definitions, schema: schema)
        guard let source = sources.first(where: { $0.name == "bench" }),
            let visits = sources.first(where: { $0.name == "visits" })
        else {
            throw Advice(
                .definition, "\(definitions)/sources lacks a source",
                remedy: "restore it from git")
        }
        self.visits = visits
        self.source = source
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Advice(
                .storage, "cannot make the folder \(folder)", remedy: "check its rights",
                cause: "\(error)")
        }
    }

    /// The rows, and their CSV files, which are made if need be.
    func files() throws -> SalesFiles { try SalesFiles(rows: rows, in: folder) }

    /// Where a store of some name is.
    func path(ofStore name: String) -> String { "\(folder)/\(name)-\(rows).store" }

    /// A new, empty store; one of the same name from before is deleted.
    func emptyStore(_ name: String) throws -> Store {
        removeStore(name)
        return try Store(path: path(ofStore: name), schema: schema)
    }

    /// Deletes a store that is not open.
    func removeStore(_ name: String) {
        for ending in ["", "-wal", "-shm", "-lock", ".lock"] {
            try? FileManager.default.removeItem(atPath: path(ofStore: name) + ending)
        }
    }

    /// The path of a scratch file, which does not exist.
    func scratchFile(_ name: String) -> String {
        let path = "\(folder)/\(name)"
        try? FileManager.default.removeItem(atPath: path)
        return path
    }
}

/// Tells the person at the terminal what is being done, apart from the results.
func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
