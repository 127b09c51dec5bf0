/// The bills of four sister companies, made anew in the same way each time.
enum TeddyKidsDatabase {
    static func id(_ kind: Int, _ number: Int) -> String {
        let digits = String(number)
        return "0000000\(kind)-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }

    /// The companies (two under the names of the second front end), payees, runs, and bills.
    static let content = """
        INSERT INTO companies (id, company_id, name, full_name, iban, bic, city, vat_number, sepa_id)
            SELECT ('00000001-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
                (ARRAY['teddy-kids','tisa','teddy-daycare','teddy-cafe','daycare','cafe'])[n],
                'Company ' || n, 'Company ' || n || ' B.V.', 'NL91 ABNA 0417 1643 0' || n,
                'abnanl2a', 'Leiden', 'NL00123456' || n || 'B01', 'NL00ZZZ' || n
            FROM generate_series(1, 6) n;
        INSERT INTO clients (id, name, iban_name, iban_number, default_klantnummer)
            SELECT ('00000002-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Payee ' || n,
                'Payee ' || n || ' BV', 'NL' || lpad(n::text, 16, '0'), 'K' || n
            FROM generate_series(1, 12) n;
        INSERT INTO batch_exports (id, batch_id, format, file_name, total_amount, created_at)
            SELECT ('00000004-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'batch-' || n,
                (ARRAY['sepa_xml','csv','json'])[n % 3 + 1], 'run' || n || '.xml', n * 123.45,
                timestamptz '2026-02-01 09:00+01' + n * interval '7 days'
            FROM generate_series(1, 8) n;
        \(bills(1...300))
        \(lines(1...200))
        """

    /// Two lines of each bill.
    static func lines(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO invoice_items (id, invoice_id, description, quantity, unit_price, amount,
                created_at, updated_at)
            SELECT ('000000' || k || '6-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
                ('00000003-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
                'private marker-line-' || n, n % 4 + k, n * 0.25, (n % 4 + k) * n * 0.25,
                timestamptz '2026-01-15 22:30Z' + n * interval '41 minutes',
                timestamptz '2026-01-15 22:31Z' + n * interval '41 minutes'
            FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n,
                generate_series(1, 2) k;
        """
    }

    static func bills(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO invoices (id, factuur_number, iban_name, iban_number, amount, klantnummer,
                due_date, status, paying_company_id, batch_id, urgency, exported_at, export_format,
                payment_date, reminder_sent, issue_date, created_at, updated_at, notes)
            SELECT ('00000003-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'F-' || n,
                'Payee ' || n % 12, 'NL' || lpad((n % 12)::text, 16, '0'), n * 1.37,
                CASE n % 4 WHEN 0 THEN 'K' || n END,
                CASE n % 9 WHEN 0 THEN NULL ELSE date '2026-02-01' + n % 90 END,
                (ARRAY['pending','exported','paid','overdue','cancelled'])[n % 5 + 1],
                (ARRAY['teddy-kids','tisa','teddy-daycare','teddy-cafe'])[n % 4 + 1],
                CASE n % 5 WHEN 1 THEN 'batch-' || (n % 8 + 1) END,
                (ARRAY['high','medium','low',NULL])[n % 4 + 1],
                CASE n % 5 WHEN 1 THEN timestamptz '2026-03-01 10:00Z' + n * interval '1 hour' END,
                CASE n % 5 WHEN 1 THEN 'sepa_xml' END,
                CASE n % 5 WHEN 2 THEN timestamptz '2026-03-02 10:00Z' + n * interval '1 hour' END,
                (ARRAY[true,false,NULL])[n % 3 + 1], date '2026-01-15' + n % 60,
                timestamptz '2026-01-15 22:30Z' + n * interval '41 minutes',
                timestamptz '2026-01-16 22:30Z' + n * interval '41 minutes',
                'private marker-note-' || n
            FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n;
        """
    }

    /// One row at least per oddity of the system.
    static let oddities = """
        INSERT INTO invoices (id, factuur_number, iban_name, iban_number, amount, due_date, status,
                paying_company_id, batch_id, payment_date, issue_date, created_at) VALUES
            ('\(id(5, 1))', 'ODD-IBAN-1', ' Bakker BV ', 'NL91 ABNA 0417 1643 00', 10, NULL,
                'pending', 'tisa', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 2))', 'ODD-IBAN-2', 'Bakker B.V.', 'nl91abna0417164300', 10, NULL,
                'pending', 'tisa', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 3))', 'ODD-CAPITALS', 'Bakker', 'NL91ABNA0417164300', 12.5, NULL, 'PAID',
                'daycare', NULL, '2026-03-05 23:30Z', '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 4))', 'ODD-CAFE', 'Bakker', 'NL91ABNA0417164300', 12.5, NULL, 'Overdue',
                'cafe', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 5))', 'ODD-TWICE', 'Bakker', 'NL91ABNA0417164300', 99, NULL, 'pending',
                'tisa', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 6))', 'ODD-TWICE', 'Bakker', 'NL91ABNA0417164300', 99, NULL, 'pending',
                'tisa', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 7))', 'odd - twice', 'Bakker', 'NL91ABNA0417164300', 99, NULL, 'pending',
                'tisa', NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            ('\(id(5, 8))', 'ODD-RUN', 'Bakker', 'NL91ABNA0417164300', 99, NULL, 'exported',
                'tisa', 'batch-3', NULL, '2026-03-01', '2026-03-01 10:00Z'),
            -- Entered at 00:30 in Amsterdam, cut from UTC: thirty days after the day before.
            ('\(id(5, 9))', 'ODD-DUE', 'Bakker', 'NL91ABNA0417164300', 99, '2026-04-13', 'pending',
                'tisa', NULL, NULL, '2026-03-14', '2026-03-14 23:30Z'),
            ('\(id(5, 10))', 'ODD-NOBODY', 'Bakker', 'NL91ABNA0417164300', 99, NULL, 'pending',
                NULL, NULL, NULL, '2026-03-01', '2026-03-01 10:00Z'),
            -- As the importer writes them: no dates, no run, a word of its own.
            ('\(id(5, 11))', 'ODD-IMPORT', 'Bakker', 'NL91ABNA0417164300', -12.34, NULL,
                'in_review', 'tisa', NULL, NULL, NULL, NULL);
        INSERT INTO invoice_items (id, invoice_id, description, quantity, unit_price, amount) VALUES
            ('\(id(7, 1))', '\(id(5, 10))', 'of a bill of no company', 1, 99, 99),
            ('\(id(7, 2))', NULL, 'of no bill', 1, 5, 5);
        """

    /// Changes of every kind; the same for the same round.
    static func changes(_ round: Int) -> String {
        """
        BEGIN;
        \(bills((1000 + round * 100)...(1040 + round * 100)))
        \(lines((1000 + round * 100)...(1020 + round * 100)))
        UPDATE invoice_items SET quantity = quantity + 1
            WHERE right(id::text, 2) = '0\(round % 10)';
        UPDATE invoice_items SET invoice_id = '\(id(5, 1))' WHERE right(id::text, 2) = '1\(round % 10)';
        DELETE FROM invoice_items WHERE right(id::text, 2) = '7\(round % 10)';
        UPDATE invoices SET status = 'exported', batch_id = 'batch-2', exported_at = '2026-05-01Z'
            WHERE status = 'pending' AND right(factuur_number, 1) = '\(round % 10)';
        UPDATE invoices SET status = 'PAID', payment_date = '2026-05-02 12:00Z'
            WHERE right(factuur_number, 2) = '1\(round % 10)';
        UPDATE invoices SET paying_company_id = 'cafe' WHERE right(factuur_number, 2) = '2\(round % 10)';
        UPDATE invoices SET paying_company_id = NULL WHERE right(factuur_number, 2) = '3\(round % 10)';
        UPDATE invoices SET amount = amount + 0.01 WHERE right(factuur_number, 2) = '4\(round % 10)';
        COMMIT; BEGIN; DELETE FROM invoices; ROLLBACK;
        DELETE FROM invoices WHERE right(factuur_number, 2) = '5\(round % 10)';
        UPDATE clients SET iban_number = 'nl 12 ' || id WHERE name LIKE '%\(round % 10)';
        DELETE FROM batch_exports WHERE batch_id = 'batch-\(round % 8 + 1)';
        """
    }

    static let oracles: [ModelOracle] = {
        typealias It = ModelOracle
        let compact = { (column: String) in "nullif(upper(replace(\(column), ' ', '')), '')" }
        let company = """
            CASE %@ WHEN 'daycare' THEN 'teddy-daycare' WHEN 'cafe' THEN 'teddy-cafe' ELSE %@ END
            """
        return [
            It(
                "bill", from: "invoices r WHERE r.paying_company_id IS NOT NULL",
                company: company.replacing("%@", with: "r.paying_company_id"),
                [
                    "number": "r.factuur_number", "number_compared": compact("r.factuur_number"),
                    "payee": "nullif(btrim(r.iban_name), '')", "account": compact("r.iban_number"),
                    "customer_number": "nullif(btrim(r.klantnummer), '')",
                    "amount": It.money("r.amount"), "currency": "'EUR'",
                    "status": "lower(r.status)", "urgency": "r.urgency",
                    "issued_on": "r.issue_date", "due_on": "r.due_date", "run": "r.batch_id",
                    "export_format": "r.export_format",
                    "exported_at": It.instant("r.exported_at"),
                    "marked_paid_at": It.instant("r.payment_date"),
                    "reminder_sent": It.flag("coalesce(r.reminder_sent, false)"),
                    "created_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            It(
                "bill_line",
                from: """
                    invoice_items r JOIN invoices i ON i.id = r.invoice_id
                    WHERE i.paying_company_id IS NOT NULL
                    """,
                company: company.replacing("%@", with: "i.paying_company_id"),
                [
                    "bill": "r.invoice_id", "quantity": "r.quantity",
                    "unit_price": It.money("r.unit_price"), "amount": It.money("r.amount"),
                    "currency": "'EUR'", "created_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            It(
                "payee", from: "clients r", company: "'teddy-shared'",
                [
                    "name": "r.name", "account_holder": "r.iban_name",
                    "account": compact("r.iban_number"),
                    "customer_number": "r.default_klantnummer",
                    "created_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            It(
                "paying_company", from: "companies r",
                company: company.replacing("%@", with: "r.company_id"),
                [
                    "name": "r.name", "legal_name": "r.full_name", "account": compact("r.iban"),
                    "bic": compact("r.bic"), "city": "r.city", "country": "r.country",
                    "vat_number": compact("r.vat_number"), "sepa_id": "r.sepa_id",
                    "created_at": It.instant("r.created_at"),
                    "updated_at": It.instant("r.updated_at"),
                ]),
            It(
                "payment_run", from: "batch_exports r", company: "'teddy-shared'",
                [
                    "run": "r.batch_id", "format": "r.format", "file": "r.file_name",
                    "total": It.money("r.total_amount"), "currency": "coalesce(r.currency, 'EUR')",
                    "created_at": It.instant("r.created_at"),
                ]),
        ]
    }()
}
