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

    /// Times as a browser writes them.
    private static func time(_ column: String) -> String {
        "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }

    /// The records of the bills for which a condition holds, as the application writes them.
    private static func bills(_ condition: String) -> String {
        """
        (SELECT json_agg(json_build_object('id', id, 'factuurNumber', factuur_number, 'ibanName',
            iban_name, 'ibanNumber', iban_number, 'amount', amount::float8, 'klantnummer',
            klantnummer, 'dueDate', due_date, 'issueDate', to_char(issue_date,
            'YYYY-MM-DD"T"00:00:00.000"Z"'), 'status', status, 'payingCompanyId',
            paying_company_id, 'batchId', batch_id, 'urgency', urgency, 'exportedAt',
            \(time("exported_at")), 'exportFormat', export_format, 'paymentDate',
            \(time("payment_date")), 'reminderSent', reminder_sent, 'createdAt',
            \(time("created_at")), 'updatedAt', \(time("updated_at")), 'notes', 'marker'))
         FROM invoices WHERE \(condition))
        """
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
        let lists =
            old
            ? "'paidInvoices', \(bills("lower(status) = 'paid'")), "
                + "'unpaidInvoices', \(bills("lower(status) <> 'paid'"))"
            : "'invoices', \(bills("true"))"
        return try harness.sql(
            """
            SELECT json_build_object('version', '1', 'exportDate', now(), \(lists), 'clients',
                (SELECT json_agg(json_build_object('id', id, 'name', name, 'ibanName', iban_name,
                    'ibanNumber', iban_number, 'defaultKlantnummer', default_klantnummer,
                    'notes', 'marker', 'createdAt', \(time("created_at")), 'updatedAt',
                    \(time("updated_at")))) FROM clients))
            """)[0][0] ?? ""
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
