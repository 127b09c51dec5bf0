import ArgumentParser
import Foundation
import Ingest
import Store
import Vocabulary

/// `reportd discover`: a mapping for a database that nobody has described.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Propose models and a mapping for a Postgres database.",
        discussion: """
            Reads the catalog and at most 5,000 rows of each table, and writes nothing into the \
            database. Columns that may be private are not read. What cannot be decided stands in \
            the files as a comment that begins with ‘decide:’.
            """)

    @Argument(
        help: "The database: postgresql://user@host:5432/database, or host=… dbname=… user=….")
    var connection: String?

    @Option(help: "Take the connection string from this environment variable instead.")
    var connectionEnv: String?

    @Option(
        help: "The definitions folder to write into, as queries; to standard output without it.")
    var into: String?

    @Option(help: "The name of the source; that of the database without it.")
    var name: String?

    @Option(help: "Look at this schema only; may be repeated.")
    var schema: [String] = []

    @Option(help: "The company that rows belong to, as far as no column tells.")
    var company: String?

    func run() async throws {
        let existing = try existing()
        let files = try await PostgresDiscovery(
            connection: try target(), source: try legalName(), schemas: schema,
            existing: existing, company: company
        ).propose()
        var texts = [
            ("sources/\(files.source).yaml", files.mapping),
            ("models/\(files.source).yaml", files.models),
            ("metrics/\(files.source).yaml", files.metrics),
        ]
        if !files.companies.isEmpty { texts.insert(("companies.yaml", files.companies), at: 0) }
        guard let into else {
            for (name, text) in texts { Terminal.write("# ===== \(name)\n\(text)\n") }
            return
        }
        try write(texts, into: into)
        let choices =
            files.decisions == 1 ? "1 choice is" : "\(files.decisions) choices are"
        Terminal.note(
            "\(files.tables.mapped) tables mapped, \(files.tables.omitted) left out with the reason; "
                + "\(choices) marked ‘decide:’ in "
                + texts.map { "\(into)/\($0.0)" }
                .joined(separator: ", "))
        Terminal.note(
            "next: read them, enter the connection under ‘sources: \(files.source):’ in "
                + "reportd.yaml, then ‘reportd doctor’")
    }

    private func target() throws -> String {
        switch (connection, connectionEnv) {
        case (let text?, nil): return text
        case (nil, let variable?):
            guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else {
                throw Advice(
                    .request, "the environment variable \(variable) is not set",
                    remedy: "set it to the connection string")
            }
            return text
        default:
            throw Advice(
                .request, "nothing says which database is meant",
                remedy: "write the connection string, or --connection-env NAME, and not both")
        }
    }

    /// What the new definitions will stand beside.
    private func existing() throws -> Schema? {
        guard let into, FileManager.default.fileExists(atPath: into + "/companies.yaml") else {
            return nil
        }
        return try Schema(definitions: into)
    }

    private func legalName() throws -> String? {
        guard let name else { return nil }
        let isLegal = name.utf8.enumerated().allSatisfy { index, byte in
            (97...122).contains(byte)
                || (index > 0 && ((48...57).contains(byte) || byte == 45))
        }
        guard isLegal, (1...40).contains(name.utf8.count) else {
            throw Advice(
                .request, "‘\(name)’ is not a legal name of a source",
                remedy: "use up to 40 lower-case letters, digits and -, beginning with a letter")
        }
        return name
    }

    /// Writes all files or none, over nothing that is there, and only what can be read.
    private func write(_ texts: [(name: String, text: String)], into folder: String) throws {
        for (name, _) in texts {
            let path = folder + "/" + name
            guard !FileManager.default.fileExists(atPath: path) else {
                throw Advice(
                    .busy, "\(path) exists already",
                    remedy: "give the source another --name, or move the file away")
            }
        }
        var written: [String] = []
        do {
            for (name, text) in texts {
                let path = folder + "/" + name
                try Workplace.makeFolder(of: path)
                do {
                    try Data(text.utf8).write(
                        to: URL(fileURLWithPath: path), options: .withoutOverwriting)
                } catch {
                    throw Advice(
                        .storage, "cannot write \(path)", remedy: "check the folder",
                        cause: "\(error)")
                }
                written.append(path)
            }
            _ = try DefinitionShelf(folder: folder)
        } catch {
            for path in written { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
    }
}
