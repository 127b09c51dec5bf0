/// The backups that the bills' application writes of its database.
extension TeddyKidsDatabase {
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

    /// A query for the text of a backup, in the present form or the older one.
    static func backup(old: Bool) -> String {
        let lists =
            old
            ? "'paidInvoices', \(bills("lower(status) = 'paid'")), "
                + "'unpaidInvoices', \(bills("lower(status) <> 'paid'"))"
            : "'invoices', \(bills("true"))"
        return """
            SELECT json_build_object('version', '1', 'exportDate', now(), \(lists), 'clients',
                (SELECT json_agg(json_build_object('id', id, 'name', name, 'ibanName', iban_name,
                    'ibanNumber', iban_number, 'defaultKlantnummer', default_klantnummer,
                    'notes', 'marker', 'createdAt', \(time("created_at")), 'updatedAt',
                    \(time("updated_at")))) FROM clients))
            """
    }
}
