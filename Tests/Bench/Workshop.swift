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
    /// The program that speaks to other engines.
    let peerScript = "Tests/Bench/peer.py"
    /// How many sales there are.
    let rows: Int
    private let folder = ".build/bench"

    /// - Throws: `Advice` when it is not started in the repository, or cannot write there.
    init(rows: Int) throws {
        self.rows = rows
        let definitions = "Tests/Bench/definitions"
        guard FileManager.default.fileExists(atPath: definitions) else {
            throw Advice(
                .request, "there is no folder \(definitions) here",
                remedy: "start the benchmark with ‘make bench’ in the repository's folder")
        }
        schema = try Schema(definitions: definitions)
        guard
            let source = try SourceDefinition.load(definitions: definitions, schema: schema).first
        else {
            throw Advice(
                .definition, "\(definitions)/sources is empty", remedy: "restore it from git")
        }
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

    /// The CSV files of the sales, made if need be.
    func files() throws -> SalesFiles { try SalesFiles(rows: rows, in: folder) }

    /// A new, empty store; one of the same name from before is deleted.
    func emptyStore(_ name: String) throws -> Store {
        let path = "\(folder)/\(name)-\(rows).store"
        for ending in ["", "-wal", "-shm", "-lock", ".lock"] {
            try? FileManager.default.removeItem(atPath: path + ending)
        }
        return try Store(path: path, schema: schema)
    }
}

/// Tells the person at the terminal what is being done, apart from the results.
func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
