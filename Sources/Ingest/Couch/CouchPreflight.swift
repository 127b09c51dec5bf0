import Store
import Vocabulary

/// Checks what a CouchDB source needs, changing nothing at the server.
struct CouchPreflight {
    let definition: SourceDefinition
    let client: CouchClient
    let store: Store

    /// What was found, problems first.
    ///
    /// - Throws: `CancellationError`.
    func findings() async throws -> [Finding] {
        var findings: [Finding] = []
        let session = CouchSession(
            definition: definition, client: client, following: client,
            writer: CouchWriter(
                definition: definition, store: store, clock: .system, timing: CouchTiming(),
                log: { _ in }, report: { _ in }),
            timing: CouchTiming(), log: { _ in }, report: { _ in })
        let server: String
        do {
            server = try await session.identity()
        } catch {
            return [try problem(error)]
        }
        let names = definition.tables.map(\.name)
        for (index, name) in names.enumerated() where !names[..<index].contains(name) {
            do {
                findings += try await check(name, session, server)
            } catch {
                findings.append(try problem(error))
            }
        }
        if client.address.user == nil {
            findings.append(
                Finding(
                    .notice, "source ‘\(definition.name)’ is read without a name and a password",
                    fix: "make a user for reportd and write it into the address, so that the "
                        + "databases need not be open to everyone"))
        }
        return findings.filter { $0.severity == .problem }
            + findings.filter { $0.severity != .problem }
    }

    private func check(
        _ name: String, _ session: CouchSession, _ server: String
    ) async throws -> [Finding] {
        let database = try await session.look(at: name, server)
        _ = try await client.json("\(CouchSession.path(name))/_changes?limit=1&since=0")
        var findings: [Finding] = []
        if database.started.isEmpty || database.started == "0" {
            findings.append(
                Finding(
                    .notice,
                    "the server does not tell when database ‘\(name)’ was made, so one that is "
                        + "deleted and made anew is noticed by its number of changes only",
                    fix: "update CouchDB to 3.0 or newer"))
        }
        let taken = definition.tables.filter { $0.name == name }
        if taken.allSatisfy({ !$0.isComplete }) {
            findings.append(
                Finding(
                    .notice,
                    "documents purged from database ‘\(name)’ stay here, because its tables are "
                        + "not declared complete",
                    fix: "write ‘complete: true’ where absence means deletion",
                    at: taken.first?.place))
        }
        return findings
    }

    private func problem(_ error: any Error) throws -> Finding {
        if error is CancellationError { throw error }
        let advice =
            (error as? CouchFailure)?.advice(source: definition.name, address: client.address)
            ?? (error as? Advice)
            ?? Advice(.input, "source ‘\(definition.name)’ could not be checked", cause: "\(error)")
        return Finding(.problem, advice.happened, fix: advice.remedy, kind: advice.kind)
    }
}
