@testable import Ingest

/// The two ways to read a Postgres database, which give the same rows.
enum ReadingWay: String, CaseIterable, Sendable {
    case replication, polling
}

extension FollowedSource {
    func catchUp() async throws { try await catchUp(reloading: false) }

    func run() async throws { try await run(reloading: false) }
}
