import Foundation
import Logging
import Vocabulary

/// Enters in the audit log when the configuration or the definitions are others than before.
///
/// Who changed a file is not known to the program; that it was changed, and when that was seen, is.
struct ConfigurationAudit: Sendable {
    private let audit: AuditLog

    init(_ audit: AuditLog) { self.audit = audit }

    /// Compares what the program starts with to what it last ran with.
    ///
    /// - Throws: `Advice` when the state file cannot be read or written.
    func enterStart(_ settings: Settings, _ shelf: DefinitionShelf) async throws {
        try await enter(
            ["configuration": settings.fingerprint, "definitions": Self.hash(of: shelf)],
            subject: "start")
    }

    /// Enters that definitions were read again, if they are others.
    func enterReload(_ shelf: DefinitionShelf, log: Logger) async {
        do {
            try await enter(["definitions": Self.hash(of: shelf)], subject: "reload")
        } catch {
            log.error(
                "a change of definitions is not in the audit log: \(Problem.advice(error))",
                error: error)
        }
    }

    private func enter(_ hashes: [String: String], subject: String) async throws {
        let kind = AuditEvent.Kind.configuration
        var known: [String: String] = [:]
        for entry in try await audit.entries(
            AuditLog.Question(kind: kind.rawValue, limit: Self.lookBack))
        {
            let details = try? JSONDecoder().decode(
                [String: String].self, from: Data(entry.details.utf8))
            known.merge(details ?? [:]) { $1 }
        }
        guard hashes.contains(where: { known[$0.key] != $0.value }) else { return }
        try await audit.enter(AuditEvent(kind: kind, subject: subject, details: hashes))
    }

    /// Entries among which the last one that told of the configuration file is looked for.
    private static let lookBack = 1000

    /// SHA-256 of all files of the definitions, with their paths in their folder.
    private static func hash(of shelf: DefinitionShelf) -> String {
        let all = [shelf.folder, shelf.own?.folder].compactMap(\.self).flatMap(lines)
        return CloseArchive.sha256(Array(all.joined(separator: "\n").utf8))
    }

    private static func lines(of folder: String) -> [String] {
        let walk = FileManager.default.enumerator(atPath: folder)
        var paths: [String] = []
        while let path = walk?.nextObject() as? String {
            if path.hasSuffix(".yaml") || path.hasSuffix(".csv") { paths.append(path) }
        }
        return paths.sorted().map { path in
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(path)") ?? Data()
            return "\(path) \(CloseArchive.sha256(bytes))"
        }
    }
}
