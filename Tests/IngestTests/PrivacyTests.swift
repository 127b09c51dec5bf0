import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest

/// Private text stays at its source.
///
/// It is marked with the word “marker” in every column that no figure needs: messages, notes, names
/// of visitors, passwords, tokens, addresses. It must be in no file that we write, neither in its
/// bytes nor in what they mean: segments hold text compressed.
@Suite struct PrivacyTests {
    private static let marker = "marker"

    /// The files of a folder in which a text stands.
    private func files(in folder: String, holding text: String) throws -> [String] {
        let wanted = Data(text.utf8)
        let walk = try #require(FileManager.default.enumerator(atPath: folder))
        var read = 0
        var found: [String] = []
        while let name = walk.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                continue
            }
            read += 1
            if data.range(of: wanted) != nil { found.append(name) }
        }
        #expect(read > 0, "there is something to look into")
        return found
    }

    /// Every value of every row of every model, as text.
    private func all(of harness: SystemHarness) throws -> String {
        try harness.schema.models.keys.sorted().map { model in
            try harness.stored("SELECT * FROM \"\(model)\"").joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Loads, follows changes, seals and closes; then looks into every file and every message.
    private func expectPrivacy(
        _ source: String, schema: String, content: String, changes: (Int) -> String,
        known word: String
    ) async throws {
        let harness = try SystemHarness(source, schema: schema, content: content)
        let planted = try harness.sql(
            """
            SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname IN ('public', 'renos', 'crm')
              AND query_to_xml(format('SELECT * FROM %I.%I', n.nspname, c.relname), true, false, '')
                  ::text LIKE '%\(Self.marker)%'
            """)[0][0]
        #expect((Int(planted ?? "") ?? 0) > 0, "markers are planted")
        try await harness.catchUp()
        for round in 0..<2 {
            try harness.sql(changes(round))
            try await harness.catchUp()
            #expect(try files(in: harness.folder.path, holding: Self.marker).isEmpty)
        }
        // What we do keep is found in these ways, so the searches can find something.
        #expect(try !files(in: harness.folder.path, holding: source).isEmpty)
        let before = try all(of: harness)
        #expect(before.contains(word) && !before.contains(Self.marker))
        while try !harness.store.maintain().isEmpty {}
        #expect(try !all(of: harness).contains(Self.marker))
        try harness.store.close()
        #expect(try files(in: harness.folder.path, holding: Self.marker).isEmpty)
        let told = harness.events.withLock { "\($0)" }
        #expect(!told.contains(Self.marker), "the log says nothing of it")
        // Nor was it sent to us: no column that holds it is published.
        let sent = try harness.sql(
            """
            SELECT t.schemaname, t.tablename, a.name FROM pg_publication_tables t,
                unnest(t.attnames) a(name)
            """)
        for row in sent {
            let (schema, table, column) = (row[0] ?? "", row[1] ?? "", row[2] ?? "")
            let count = try harness.sql(
                """
                SELECT count(*) FROM "\(schema)"."\(table)"
                WHERE "\(column)"::text LIKE '%\(Self.marker)%'
                """)[0][0]
            // Of Stripe's object only parts are kept, but it can be published only as a whole.
            if table == "Payment", column == "metadata" { continue }
            #expect(count == "0", "\(schema).\(table).\(column) is published")
        }
    }

    @Test func billsLeaveNotesBehind() async throws {
        try await expectPrivacy(
            "teddykids", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities,
            changes: TeddyKidsDatabase.changes, known: "Bakker BV")
    }

    @Test func bookingsLeaveMessagesTokensAndAddressesBehind() async throws {
        try await expectPrivacy(
            "angisoft", schema: "angisoft",
            content: AngiSoftDatabase.content + AngiSoftDatabase.oddities,
            changes: AngiSoftDatabase.changes, known: "ODD-DRIFT")
    }

    @Test func chatsLeaveConversationsBehind() async throws {
        try await expectPrivacy(
            "mvp", schema: "mvp", content: TokenDatabase.content + TokenDatabase.oddities,
            changes: TokenDatabase.changes, known: "Trending")
    }

    @Test func salesLeaveContactsBehind() async throws {
        try await expectPrivacy(
            "tekup", schema: "tekup",
            content: SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities,
            changes: SalesGroupDatabase.plannedChanges, known: "ODD-PAID")
    }

    @Test func jobsLeaveContactsBehind() async throws {
        try await expectPrivacy(
            "renos", schema: "tekup",
            content: SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities,
            changes: SalesGroupDatabase.renosChanges, known: "Gammel Kunde")
    }

    @Test func dealsLeaveNotesBehind() async throws {
        try await expectPrivacy(
            "crm", schema: "tekup",
            content: SalesGroupDatabase.crm + SalesGroupDatabase.crmOddities,
            changes: SalesGroupDatabase.crmChanges, known: "closed_won")
    }
}
