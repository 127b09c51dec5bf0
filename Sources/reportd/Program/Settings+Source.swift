import Ingest
import Store
import Vocabulary

extension Settings {
    /// The source of a definition, one among all, as the configuration reaches it.
    ///
    /// Nil for one that it does not name, and for a folder, which is read when it changes. Throws
    /// `Advice` when it cannot be read in this way.
    func followedSource(
        _ definition: SourceDefinition, among definitions: [SourceDefinition], store: Store,
        clock: WallClock = .system, log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    ) throws -> (any FollowedSource)? {
        switch sources[definition.name] {
        case .postgres(let connection):
            try refuseSharing(definition, among: definitions)
            return try PostgresSource(
                definition: definition, connection: connection, store: store, clock: clock,
                log: log)
        case .polling(let connection, let intervals):
            try refuseSharing(definition, among: definitions)
            return try PostgresPolling(
                definition: definition, connection: connection, store: store, clock: clock,
                intervals: intervals, log: log)
        case .couch(let connection):
            return try CouchSource(
                definition: definition, connection: connection, store: store, clock: clock,
                log: log)
        case .folder, nil: return nil
        }
    }

    /// Refuses a database whose rows have the same identities as those of another source: when it is
    /// read again, or its keys are compared, rows of the other would be taken for deleted.
    private func refuseSharing(
        _ definition: SourceDefinition, among definitions: [SourceDefinition]
    ) throws {
        // A mapping that is not in use gives no rows.
        let other = definitions.first {
            $0.name != definition.name && sources[$0.name] != nil
                && definition.sharesRows(with: $0)
        }
        guard let other else { return }
        throw Advice(
            .definition,
            "source ‘\(definition.name)’ is a database and shares an origin with "
                + "‘\(other.name)’, so that a row which was deleted cannot be told from one "
                + "of the other",
            remedy: "give its tables an ‘origin:’ of their own, or take one of the two out of the "
                + "configuration",
            at: definition.place)
    }
}
