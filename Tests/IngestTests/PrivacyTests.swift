import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// Private text stays at its source.
///
/// It is marked with the word “marker” in every column that no figure needs: messages, notes, names
/// of visitors, passwords, tokens, addresses. It must be in no file that we write, neither in its
/// bytes nor in what they mean: segments hold text compressed. Of a Postgres server it must not even
/// come over the wire. What the program as a whole says and exports is looked at by
/// `PrivateTextTests`.
@Suite struct PrivacyTests {
    private static let marker = "marker"

    /// Every value of every row of every model, as text.
    private func all(_ schema: Schema, _ store: Store) throws -> String {
        try schema.models.keys.sorted().map { model in
            try store.lines(of: "SELECT * FROM \"\(model)\"").joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Loads, follows changes, seals and closes; then looks into every file and every message, and at
    /// what the server sent.
    private func expectPrivacy(
        _ way: ReadingWay, _ source: String, schema: String, content: String,
        changes: (Int) -> String, known word: String
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
        let proxy = try FaultProxy(to: [ScratchCluster.shared.folder])
        proxy.record()
        try await harness.catchUp(way, through: proxy)
        for round in 0..<2 {
            try harness.sql(changes(round))
            try await harness.catchUp(way, through: proxy)
            #expect(try ByteSearch.files(in: harness.folder.path, holding: Self.marker).isEmpty)
        }
        // What we do keep is found in these ways, so the searches can find something.
        #expect(try !ByteSearch.files(in: harness.folder.path, holding: source).isEmpty)
        let before = try all(harness.schema, harness.store)
        #expect(before.contains(word) && !before.contains(Self.marker))
        while try !harness.store.maintain().isEmpty {}
        #expect(try !all(harness.schema, harness.store).contains(Self.marker))
        try harness.store.close()
        #expect(try ByteSearch.files(in: harness.folder.path, holding: Self.marker).isEmpty)
        let told = harness.events.withLock { "\($0)" }
        #expect(!told.contains(Self.marker), "the log says nothing of it")
        let wire = proxy.recording
        #expect(ByteSearch.holds(wire, word), "the wire was watched")
        // Of Stripe's object only parts are kept, but it can be asked for only as a whole.
        guard source != "angisoft" else {
            return try expectNoPublishedMarkers(harness, besides: ["Payment.metadata"])
        }
        #expect(!ByteSearch.holds(wire, Self.marker), "nor was it sent to us")
    }

    /// No column that holds private text is published.
    private func expectNoPublishedMarkers(
        _ harness: SystemHarness, besides known: Set<String>
    ) throws {
        let sent = try harness.sql(
            """
            SELECT t.schemaname, t.tablename, a.name FROM pg_publication_tables t,
                unnest(t.attnames) a(name)
            """)
        for row in sent {
            let (schema, table, column) = (row[0] ?? "", row[1] ?? "", row[2] ?? "")
            if known.contains("\(table).\(column)") { continue }
            let count = try harness.sql(
                """
                SELECT count(*) FROM "\(schema)"."\(table)"
                WHERE "\(column)"::text LIKE '%\(Self.marker)%'
                """)[0][0]
            #expect(count == "0", "\(schema).\(table).\(column) is published")
        }
    }

    @Test(arguments: ReadingWay.allCases)
    func billsLeaveNotesBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "teddykids", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities,
            changes: TeddyKidsDatabase.changes, known: "Bakker BV")
    }

    @Test(arguments: ReadingWay.allCases)
    func bookingsLeaveMessagesTokensAndAddressesBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "angisoft", schema: "angisoft",
            content: AngiSoftDatabase.content + AngiSoftDatabase.oddities,
            changes: AngiSoftDatabase.changes, known: "Client 15")
    }

    @Test(arguments: ReadingWay.allCases)
    func chatsLeaveConversationsBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "mvp", schema: "mvp", content: TokenDatabase.content + TokenDatabase.oddities,
            changes: TokenDatabase.changes, known: "Trending")
    }

    @Test(arguments: ReadingWay.allCases)
    func salesLeaveContactsBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "tekup", schema: "tekup",
            content: SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities,
            changes: SalesGroupDatabase.plannedChanges, known: "ODD-PAID")
    }

    @Test(arguments: ReadingWay.allCases)
    func jobsLeaveContactsBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "renos", schema: "tekup",
            content: SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities,
            changes: SalesGroupDatabase.renosChanges, known: "Gammel Kunde")
    }

    @Test(arguments: ReadingWay.allCases)
    func dealsLeaveNotesBehind(way: ReadingWay) async throws {
        try await expectPrivacy(
            way, "crm", schema: "tekup",
            content: SalesGroupDatabase.crm + SalesGroupDatabase.crmOddities,
            changes: SalesGroupDatabase.crmChanges, known: "closed_won")
    }

    // MARK: Documents and backups

    /// CouchDB sends whole documents; what no column names is dropped as they are read, wherever it
    /// stands: beside the figures, in rows that are put aside, in tombstones, in losing revisions.
    @Test func tillsLeavePINsAndAnswersBehind() async throws {
        let harness = try CouchHarness()
        let secret =
            "\"pin\":\"marker-pin\",\"securityAnswer\":\"marker-answer\","
            + "\"user\":{\"passwordHash\":\"marker-hash\",\"notes\":[\"marker-note\"]}"
        func sale(_ number: Int, amount: String = "5") -> String {
            "\"id\":\(number),\"productId\":3,\"productName\":\"Bread\",\"timestamp\":1,"
                + "\"amount\":\(amount),\(secret)"
        }
        let server = harness.server
        func work(_ round: Int) {
            for number in 1...40 {
                let id = "sale_\(round * 100 + number)_1"
                server.put("chikondi_sales", id, sale(round * 100 + number))
                if number % 5 == 0 { server.delete("chikondi_sales", id, keeping: secret) }
                if number % 7 == 0 {
                    server.addLeaf(
                        "chikondi_sales", id, revision: "1-" + String(repeating: "0", count: 32),
                        sale(round * 100 + number))
                }
            }
            server.put("chikondi_sales", "sale_9\(round)_1", sale(900, amount: "\"much\""))
            server.put("chikondi_sales", "user_\(round)", secret)
            server.put("chikondi_inventory", "product_\(round)", "\"name\":\"Bread\",\(secret)")
        }
        work(1)
        try await harness.source().catchUp()
        for round in 2...3 {
            work(round)
            try await harness.source().catchUp()
            #expect(try ByteSearch.files(in: harness.folder.path, holding: Self.marker).isEmpty)
        }
        #expect(try harness.store.quarantined().count >= 4, "misfits are kept")
        #expect(try harness.store.quarantined().contains { $0.content.contains("much") })
        try expectNothing(in: harness, of: "chikondi", known: "Bread")
    }

    @Test func backupsLeaveNotesAndSecretsBehind() throws {
        let harness = try CouchHarness()
        let definition = try SourceDefinition(
            DefinitionNode(
                contentsOf: definitionsFolder + "/sources/teddykids-backup.yaml",
                relativeTo: definitionsFolder), schema: harness.schema)
        let bill =
            "\"id\":\"b1\",\"factuurNumber\":\"Bread-1\",\"amount\":5,\"ibanName\":\"Bread BV\","
            + "\"notes\":\"marker-note\",\"user\":{\"password\":\"marker-password\"}"
        let outside = try ScratchFolder()
        let path = try outside.write(
            "backup.json",
            "{\"version\":\"1\",\"token\":\"marker-token\",\"invoices\":[{\(bill),"
                + "\"payingCompanyId\":\"tisa\"},{\(bill),\"payingCompanyId\":\"nobody\"}],"
                + "\"clients\":[{\"id\":\"c1\",\"name\":\"Bread BV\",\"notes\":\"marker\"}]}")
        let export = try CouchExport(
            definition: definition, store: harness.store,
            log: { event in harness.events.withLock { $0.append(event) } })
        let outcome = try export.importFiles([path])
        #expect(outcome.rows > 0 && outcome.quarantined > 0)
        try expectNothing(in: harness, of: "teddykids", known: "Bread")
    }

    private func expectNothing(
        in harness: CouchHarness, of origin: String, known word: String
    ) throws {
        let before = try all(harness.schema, harness.store)
        #expect(before.contains(word) && !before.contains(Self.marker))
        #expect(try harness.store.quarantined().allSatisfy { !"\($0)".contains(Self.marker) })
        while try !harness.store.maintain().isEmpty {}
        try harness.store.seal(minimum: 1)
        #expect(try !all(harness.schema, harness.store).contains(Self.marker))
        try harness.store.close()
        #expect(try !ByteSearch.files(in: harness.folder.path, holding: origin).isEmpty)
        #expect(try ByteSearch.files(in: harness.folder.path, holding: Self.marker).isEmpty)
        let told = harness.events.withLock { "\($0)" }
        #expect(!told.contains(Self.marker), "the log says nothing of it")
    }
}
