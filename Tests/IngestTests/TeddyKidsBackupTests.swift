import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The JSON backups of the bills, in the present form and the older one.
@Suite struct TeddyKidsBackupTests {
    private static func made() throws -> SystemHarness {
        try SystemHarness(
            "teddykids-backup", schema: "teddykids",
            content: TeddyKidsDatabase.content + TeddyKidsDatabase.oddities)
    }

    private static let oracles = TeddyKidsDatabase.oracles.filter {
        ["bill", "payee"].contains($0.model)
    }

    private static func backup(_ harness: SystemHarness, old: Bool) throws -> String {
        // Times of a backup have milliseconds.
        try harness.sql(
            """
            ALTER TABLE invoices DISABLE TRIGGER ALL; ALTER TABLE clients DISABLE TRIGGER ALL;
            UPDATE invoices SET updated_at = date_trunc('milliseconds', updated_at),
                created_at = date_trunc('milliseconds', created_at);
            UPDATE clients SET updated_at = date_trunc('milliseconds', updated_at),
                created_at = date_trunc('milliseconds', created_at)
            """)
        return try harness.sql(TeddyKidsDatabase.backup(old: old))[0][0] ?? ""
    }

    @Test(arguments: [false, true])
    func aBackupOfEitherFormEqualsTheDatabase(old: Bool) throws {
        let harness = try Self.made()
        let file = try harness.folder.write(
            "backup.json", Self.backup(harness, old: old))
        let export = try CouchExport(definition: harness.definition, store: harness.store)
        let outcome = try export.importFiles([file])
        #expect(outcome.rows == 310 + 12 && outcome.quarantined == 1)
        try harness.expectEqual(Self.oracles)
        #expect(try export.importFiles([file]).isUnchanged)
        #expect(try harness.quarantined().allSatisfy { $0.hasSuffix("the row names no tenant") })
        #expect(try harness.store.quarantined().allSatisfy { !$0.content.contains("marker") })
    }

    @Test func aLaterBackupBringsItsChangesAndFreesWhatWasCorrected() throws {
        let harness = try Self.made()
        let export = try CouchExport(definition: harness.definition, store: harness.store)
        try export.importFiles([
            harness.folder.write("first.json", Self.backup(harness, old: true))
        ])
        try harness.sql(TeddyKidsDatabase.changes(1))
        try harness.sql(
            "UPDATE invoices SET paying_company_id = 'tisa' WHERE paying_company_id IS NULL")
        try harness.sql("DELETE FROM invoices WHERE factuur_number LIKE 'ODD%'")
        let gone = try harness.stored("SELECT count(*) FROM bill WHERE number LIKE 'ODD%'")
        try export.importFiles([
            harness.folder.write("second.json", Self.backup(harness, old: false))
        ])
        #expect(try harness.quarantined().isEmpty)
        // A backup tells what there was, not what was deleted: rows it lacks stay.
        #expect(try harness.stored("SELECT count(*) FROM bill WHERE number LIKE 'ODD%'") == gone)
    }
}
