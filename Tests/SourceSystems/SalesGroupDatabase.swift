/// The group's databases in one server, as they stand: the planned sales model, the cleaning unit's
/// running schema `renos`, and the shared `crm`; made anew in the same way each time.
enum SalesGroupDatabase {
    static func id(_ kind: Int, _ number: Int) -> String {
        let digits = String(number)
        return "0000000\(kind)-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }

    private static func key(_ kind: Int, _ number: String) -> String {
        "('0000000\(kind)-0000-4000-8000-' || lpad((\(number))::text, 12, '0'))::uuid"
    }

    // MARK: The planned model

    static let planned = """
        INSERT INTO organizations (id, name, type, updated_at) VALUES
            ('\(id(1, 1))', 'Rendetalje', 'RENDETALJE', '2026-01-01'),
            ('\(id(1, 2))', 'Tekup', 'TEKUP', '2026-01-01'),
            ('\(id(1, 3))', 'Foodtruck Fiesta', 'FOODTRUCK', '2026-01-01');
        INSERT INTO users (id, organization_id, email, password_hash, name, role, updated_at)
            SELECT \(key(2, "n")), \(key(1, "n % 3 + 1")), 'marker' || n || '@x.invalid',
                'marker-hash', 'User ' || n, (enum_range(NULL::"UserRole"))[n % 4 + 1], '2026-01-01'
            FROM generate_series(1, 6) n;
        INSERT INTO customers (id, organization_id, name, email, customer_type, address, tags, notes,
                total_sales_count, total_revenue, last_contact_at, updated_at)
            SELECT \(key(3, "n")), \(key(1, "n % 3 + 1")), 'Kunde Æ' || n, 'marker-mail',
                (ARRAY['B2B','B2C'])[n % 2 + 1]::"CustomerType", '{"street":"marker-street"}',
                ARRAY['vip'], 'marker-customer-note', n, n * 1234.5,
                CASE n % 2 WHEN 0 THEN timestamp '2026-02-02 22:30' END, '2026-01-01'
            FROM generate_series(1, 30) n;
        INSERT INTO services (id, organization_id, name, category, base_price, updated_at)
            SELECT \(key(4, "n")), \(key(1, "n % 3 + 1")), 'Service ' || n, 'Rengøring', n * 349.95,
                '2026-01-01' FROM generate_series(1, 6) n;
        \(sales(1...200))
        INSERT INTO leads (id, organization_id, customer_id, contact_name, contact_email, source,
                status, priority, score, interest_service_id, estimated_value, message,
                follow_up_date, assigned_to, converted_sale_id, updated_at)
            SELECT \(key(6, "n")), \(key(1, "n % 3 + 1")), CASE n % 2 WHEN 0 THEN \(key(3, "n % 30 + 1")) END,
                'marker-contact', 'marker-lead-mail', (enum_range(NULL::"LeadSource"))[n % 5 + 1],
                (enum_range(NULL::"LeadStatus"))[n % 5 + 1],
                (enum_range(NULL::"LeadPriority"))[n % 4 + 1], n, \(key(4, "n % 6 + 1")), n * 1000.25,
                'marker-lead-message', timestamp '2026-03-01' + n * interval '1 day',
                \(key(2, "n % 6 + 1")), CASE n % 5 WHEN 4 THEN \(key(5, "n")) END, '2026-02-01'
            FROM generate_series(1, 50) n;
        """

    static func sales(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO sales (id, organization_id, customer_id, service_id, sale_number, status,
                sale_date, scheduled_date, quoted_amount, final_amount, tax_amount, total_with_tax,
                payment_status, payment_date, source, assigned_to, internal_notes, customer_notes,
                updated_at)
            SELECT \(key(5, "n")), \(key(1, "n % 3 + 1")), \(key(3, "n % 30 + 1")),
                \(key(4, "n % 6 + 1")), (ARRAY['RS','TK','FF'])[n % 3 + 1] || '-2026-' || lpad(n::text, 4, '0'),
                (enum_range(NULL::"SaleStatus"))[n % 8 + 1],
                timestamp '2026-01-01 22:30:00.125' + n * interval '37 minutes',
                CASE n % 4 WHEN 0 THEN timestamp '2026-06-01' END,
                CASE n % 7 WHEN 0 THEN NULL ELSE n * 1.01 END, n * 12.34, n * 3.09, n * 15.43,
                (enum_range(NULL::"PaymentStatus"))[n % 5 + 1],
                CASE n % 5 WHEN 3 THEN timestamp '2026-03-01 10:00' END,
                (enum_range(NULL::"LeadSource"))[n % 5 + 1],
                CASE n % 2 WHEN 0 THEN \(key(2, "n % 6 + 1")) END, 'marker-internal',
                'marker-customer', '2026-02-01'
            FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n;
        """
    }

    static let plannedOddities = """
        INSERT INTO sales (id, organization_id, customer_id, service_id, sale_number, status,
                sale_date, final_amount, tax_amount, total_with_tax, payment_status, payment_date,
                updated_at) VALUES
            ('\(id(7, 1))', '\(id(1, 1))', '\(id(3, 3))', '\(id(4, 3))', 'ODD-PAID', 'COMPLETED',
                '2026-03-01', 100, 25, 125, 'PAID', '2026-03-10', '2026-03-10'),
            ('\(id(7, 2))', '\(id(1, 1))', '\(id(3, 3))', '\(id(4, 3))', 'ODD-ROUNDING', 'PAID',
                '2026-03-01', 0.99, 0.24, 1.24, 'PAID', NULL, '2026-03-10'),
            ('\(id(7, 3))', '\(id(1, 1))', '\(id(3, 3))', '\(id(4, 3))', 'ODD-PARTIAL', 'COMPLETED',
                '2026-03-01', 100, 25, 125, 'PARTIALLY_PAID', NULL, '2026-03-10'),
            ('\(id(7, 4))', '\(id(1, 1))', '\(id(3, 3))', '\(id(4, 3))', 'ODD-MIDNIGHT', 'ACCEPTED',
                '2026-06-30 22:30', 100, 25, 125, 'NOT_INVOICED', NULL, '2026-06-30');
        """

    static func plannedChanges(_ round: Int) -> String {
        """
        BEGIN;
        \(sales((1000 + round * 100)...(1040 + round * 100)))
        UPDATE sales SET status = 'PAID', payment_status = 'PAID', payment_date = '2026-05-01'
            WHERE right(sale_number, 1) = '\(round)';
        UPDATE sales SET final_amount = final_amount + 0.05 WHERE right(sale_number, 2) = '1\(round)';
        UPDATE sales SET id = gen_random_uuid() WHERE right(sale_number, 2) = '2\(round)';
        UPDATE customers SET total_revenue = total_revenue + 10, address = NULL
            WHERE right(name, 1) = '\(round)';
        DELETE FROM leads WHERE score % 10 = \(round);
        DELETE FROM sales WHERE right(sale_number, 2) = '3\(round)';
        UPDATE organizations SET billing_email = 'x';
        COMMIT; BEGIN; DELETE FROM sales; ROLLBACK;
        """
    }

    // MARK: renos

    static let renos = """
        INSERT INTO renos.customers (id, name, email, phone, status, total_bookings, total_revenue,
                last_contact_at, created_at, updated_at)
            SELECT 'cmcust' || n, 'Kunde ' || n, 'marker' || n, 'marker-phone',
                (ARRAY['active','Active ','inactive'])[n % 3 + 1], n, n * 0.1 + 0.2,
                CASE n % 2 WHEN 0 THEN timestamptz '2026-02-02 23:30+01' END, '2026-01-01Z', '2026-01-02Z'
            FROM generate_series(1, 20) n;
        INSERT INTO renos.leads (id, customer_id, source, name, status, priority, score,
                estimated_value, follow_up_attempts, last_follow_up_date, created_at, updated_at)
            SELECT 'cmlead' || n, CASE n % 2 WHEN 0 THEN 'cmcust' || (n % 20 + 1) END, 'gmail',
                'marker-lead-name', (ARRAY['new','Contacted','quote_sent','awaiting_response'])[n % 4 + 1],
                'medium', n, n * 99.9, n % 3, NULL, timestamptz '2026-01-05Z' + n * interval '1 day',
                '2026-03-01Z'
            FROM generate_series(1, 60) n;
        \(renosQuotes(1...60))
        INSERT INTO renos.analytics (id, date, metric, value)
            SELECT 'cmana' || n, date '2026-01-01' + n, 'revenue', n * 1.1 FROM generate_series(1, 10) n;
        """

    /// Quotes, bookings and invoices of the leads and customers that are still there.
    static func renosQuotes(_ numbers: ClosedRange<Int>) -> String {
        let n = "generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n"
        let lead = "(SELECT id FROM renos.leads WHERE id = 'cmlead' || (n % 40 + 21))"
        return """
            INSERT INTO renos.quotes (id, lead_id, hourly_rate, estimated_hours, subtotal, vat_rate,
                    total, notes, valid_until, status, created_at, updated_at)
                SELECT 'cmquote' || n, coalesce(\(lead), 'cmlead21'), 349, n * 0.25, n * 87.25, 25,
                    n * 109.0625, 'marker-quote', '2026-12-31Z',
                    (ARRAY['draft','sent','accepted','rejected'])[n % 4 + 1],
                    timestamptz '2026-01-06 22:30Z' + n * interval '1 day',
                    timestamptz '2026-02-06 22:30Z' + n * interval '1 day'
                FROM \(n);
            INSERT INTO renos.bookings (id, customer_id, lead_id, quote_id, service_type, status,
                    scheduled_at, actual_duration, created_at, updated_at, notes)
                SELECT 'cmbook' || n,
                    (SELECT id FROM renos.customers WHERE id = 'cmcust' || (n % 20 + 1)), \(lead),
                    'cmquote' || n, 'Fast rengøring', (ARRAY['scheduled','completed'])[n % 2 + 1],
                    timestamptz '2026-03-01 08:00+01' + n * interval '1 day',
                    CASE n % 2 WHEN 1 THEN 130 END, '2026-02-01Z', '2026-03-01Z', 'marker-booking'
                FROM \(n);
            INSERT INTO renos.invoices (id, invoice_number, booking_id, customer_id, customer_name,
                    customer_email, due_date, status, subtotal, vat_amount, total, paid_at, paid_amount,
                    billy_invoice_id, issue_date, created_at, updated_at, internal_notes)
                SELECT 'cminv' || n, 'F' || n, 'cmbook' || n, 'cmcust' || (n % 20 + 1), 'Kunde',
                    'marker-invoice-mail', '2026-04-01Z', (ARRAY['draft','sent','paid'])[n % 3 + 1],
                    n * 87.25, n * 21.8125, n * 109.0625,
                    CASE n % 3 WHEN 2 THEN timestamptz '2026-03-31 23:30+02' END,
                    CASE n % 3 WHEN 2 THEN n * 109.0625 END,
                    CASE n % 3 WHEN 2 THEN 'billy' || n END, '2026-03-15Z', '2026-03-15Z', '2026-03-16Z',
                    'marker-invoice-note'
                FROM \(n);
            INSERT INTO renos.invoice_line_items (id, invoice_id, description, quantity, unit_price,
                    amount, created_at, updated_at)
                SELECT 'cmline' || n, 'cminv' || n, 'marker-line', n * 0.25, 349, n * 87.25,
                    '2026-03-15Z', '2026-03-15Z' FROM \(n);
            """
    }

    static let renosOddities = """
        INSERT INTO renos.invoices (id, invoice_number, customer_id, customer_name, due_date, status,
                subtotal, vat_amount, total, updated_at) VALUES
            ('odd-copy', 'ODD-COPY', 'cm-nobody', 'Gammel Kunde', '2026-04-01Z', 'SENT ', 0.1 + 0.2,
                0.075, 0.375, '2026-03-16Z'),
            ('odd-float', 'ODD-FLOAT', 'cmcust1', 'Kunde', '2026-04-01Z', 'paid',
                114.99999999999999, 28.75, 10.005, '2026-03-16Z');
        """

    static func renosChanges(_ round: Int) -> String {
        """
        BEGIN;
        \(renosQuotes((1000 + round * 50)...(1030 + round * 50)))
        UPDATE renos.quotes SET status = 'accepted', updated_at = '2026-06-0\(round + 1)Z'
            WHERE status = 'sent' AND right(id, 1) = '\(round)';
        UPDATE renos.invoices SET status = 'paid', paid_at = '2026-06-01Z', paid_amount = total * 1.0000001
            WHERE right(id, 1) = '\(round)';
        DELETE FROM renos.leads WHERE id = 'cmlead\(30 + round)';
        UPDATE renos.customers SET total_revenue = total_revenue + 0.7, id = id || 'x'
            WHERE right(id, 1) = '\(round)';
        DELETE FROM renos.customers WHERE id = 'cmcust\(9 + round)';
        COMMIT; BEGIN; DELETE FROM renos.leads; ROLLBACK;
        UPDATE renos.analytics SET value = value * 3 WHERE id = 'cmana\(round + 1)';
        """
    }

    // MARK: crm

    static let crm = """
        INSERT INTO crm."CrmCompany" (id, name, industry, owner, notes, "customFields", "updatedAt")
            SELECT 'co' || n, 'Firma ' || n, 'IT', 'ann', 'marker-company-note', '{"a":"marker-field"}',
                '2026-01-02' FROM generate_series(1, 12) n;
        INSERT INTO crm."CrmContact" (id, "firstName", "lastName", email, "companyId", owner,
                "nextFollowUp", "updatedAt")
            SELECT 'ct' || n, 'Fornavn' || n, 'Efternavn ' || n, 'marker-contact' || n,
                'co' || (n % 12 + 1), 'ann', CASE n % 2 WHEN 0 THEN timestamp '2026-05-01 09:00' END,
                '2026-01-02' FROM generate_series(1, 25) n;
        \(deals(1...80))
        """

    /// Deals with their lines and activities, of the contacts and companies that are still there.
    static func deals(_ numbers: ClosedRange<Int>) -> String {
        let n = "generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n"
        let contact = "(SELECT id FROM crm.\"CrmContact\" WHERE id = 'ct' || (n % 25 + 1))"
        let company = "(SELECT id FROM crm.\"CrmCompany\" WHERE id = 'co' || (n % 12 + 1))"
        return """
            INSERT INTO crm."CrmDeal" (id, title, value, currency, stage, probability, "contactId",
                    "companyId", owner, "expectedCloseDate", "actualCloseDate", status, description,
                    "createdAt", "updatedAt")
                SELECT 'de' || n, 'Deal ' || n, n * 1000.1, (ARRAY['DKK','EUR','dkk'])[n % 3 + 1],
                    (ARRAY['qualification','proposal','negotiation','closed_won','closed_lost'])[n % 5 + 1],
                    CASE n % 6 WHEN 0 THEN NULL ELSE n % 101 END, \(contact),
                    CASE n % 4 WHEN 0 THEN NULL ELSE \(company) END, 'bo',
                    timestamp '2026-06-01' + n * interval '1 day',
                    CASE n % 5 WHEN 3 THEN timestamp '2026-05-01 22:30' END,
                    (ARRAY['open','open','open','won','lost'])[n % 5 + 1], 'marker-deal',
                    timestamp '2026-01-01 23:30' + n * interval '1 hour', '2026-03-01'
                FROM \(n);
            INSERT INTO crm."CrmDealProduct" (id, "dealId", "productName", quantity, "unitPrice",
                    discount, total)
                SELECT 'dp' || n, 'de' || n, 'Support', n, 99.9, 0.1, n * 89.91 FROM \(n);
            INSERT INTO crm."CrmActivity" (id, type, subject, description, "contactId", "companyId",
                    "dealId", owner, "durationMinutes", outcome)
                SELECT 'ac' || n, 'call', 'marker-subject', 'marker-activity', \(contact),
                    \(company), 'de' || n, 'bo', n, 'ok' FROM \(n);
            """
    }

    static let crmOddities = """
        INSERT INTO crm."CrmDeal" (id, title, value, stage, owner, status, "updatedAt") VALUES
            ('odd-disagree', 'Odd', 0.1::float8 + 0.2::float8, 'closed_won', 'bo', 'open',
                '2026-03-01'),
            ('odd-chance', 'Odd', 5, 'proposal', 'bo', 'open', '2026-03-01');
        """

    static func crmChanges(_ round: Int) -> String {
        """
        BEGIN;
        \(deals((1000 + round * 50)...(1020 + round * 50)))
        UPDATE crm."CrmDeal" SET stage = 'closed_won', "actualCloseDate" = '2026-06-01'
            WHERE right(id, 1) = '\(round)';
        UPDATE crm."CrmDeal" SET value = value * 1.1, currency = 'SEK' WHERE right(id, 2) = '1\(round)';
        DELETE FROM crm."CrmDeal" WHERE right(id, 2) = '2\(round)';
        DELETE FROM crm."CrmContact" WHERE id = 'ct\(round + 1)';
        DELETE FROM crm."CrmCompany" WHERE id = 'co\(round + 1)';
        COMMIT; BEGIN; DELETE FROM crm."CrmActivity"; ROLLBACK;
        """
    }
}
