/// Bookings, payments and all around them, made anew in the same way each time.
enum AngiSoftDatabase {
    /// A key as Prisma makes it: a UUID kept as text.
    static func id(_ kind: String, _ number: Int) -> String {
        let digits = String(number)
        return "\(kind)-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }

    private static func key(_ kind: String, _ number: String) -> String {
        "'\(kind)-0000-4000-8000-' || lpad((\(number))::text, 12, '0')"
    }

    static let content = """
        INSERT INTO "Employee" (id, "firstName", "lastName", email, "acceptedAt", "updatedAt",
                "passwordHash", "inviteToken")
            SELECT \(key("0e000000", "n")), 'First ' || n, 'Last ' || n, 'e' || n || '@x.invalid',
                CASE n % 2 WHEN 0 THEN timestamp '2025-05-01' END, '2026-01-01',
                'marker-password', 'marker-invite-' || n
            FROM generate_series(1, 6) n;
        INSERT INTO "Client" (id, name, email, org, verified, "createdAt", "updatedAt", phone)
            SELECT \(key("0c000000", "n")), 'Client ' || n, 'c' || n || '@x.invalid',
                CASE n % 3 WHEN 0 THEN 'Org ' || n END, n % 2 = 0,
                timestamp '2026-01-01 21:30' + n * interval '3 hours', '2026-01-02', 'marker-phone'
            FROM generate_series(1, 20) n;
        INSERT INTO "Service" (id, title, slug, description, category, "priceFrom", currency,
                published, "updatedAt")
            SELECT \(key("05000000", "n")), 'Service ' || n, 's' || n, 'x', 'General', n * 1000.5,
                (ARRAY['KES','kes','USD'])[n % 3 + 1], n % 2 = 0, '2026-01-01'
            FROM generate_series(1, 5) n;
        INSERT INTO "Product" (id, name, slug, description, published, "updatedAt")
            SELECT \(key("0d000000", "n")), 'Product ' || n, 'p' || n, 'x', n % 2 = 0, '2026-01-01'
            FROM generate_series(1, 4) n;
        INSERT INTO "Project" (id, title, slug, description, type, published, "updatedAt")
            SELECT 'folio' || n, 'Folio ' || n, 'f' || n, 'x', 'web', n = 1, '2026-01-01'
            FROM generate_series(1, 3) n;
        \(bookings(1...150))
        INSERT INTO "Lead" (id, name, email, source, status, notes, "assignedToId", "createdAt",
                "updatedAt")
            SELECT 'lead' || n, 'Visitor', 'v@x.invalid', 'web',
                (ARRAY['new','contacted','converted'])[n % 3 + 1], 'marker-lead-note',
                CASE n % 2 WHEN 0 THEN \(key("0e000000", "1")) END,
                timestamp '2026-02-01' + n * interval '1 day', '2026-03-01'
            FROM generate_series(1, 12) n;
        INSERT INTO "ContactEnquiry" (id, "publicReference", name, email, "enquiryType", subject,
                message, "serviceId", "bookingId", status, "createdAt", "updatedAt", "respondedAt")
            SELECT 'enq' || n, 'ENQ-' || n, 'Visitor', 'v@x.invalid', 'general', 'marker-subject',
                'marker-message', \(key("05000000", "n % 5 + 1")),
                CASE n % 4 WHEN 0 THEN \(key("0b000000", "n")) END,
                (ARRAY['new','acknowledged','in_review','responded','spam'])[n % 5 + 1],
                timestamp '2026-02-01' + n * interval '5 hours', '2026-03-01',
                CASE n % 5 WHEN 3 THEN timestamp '2026-02-20' END
            FROM generate_series(1, 15) n;
        INSERT INTO "ProductInquiry" (id, "productId", "clientId", name, email, message,
                "updatedAt")
            SELECT 'pi' || n, \(key("0d000000", "n % 4 + 1")),
                CASE n % 2 WHEN 0 THEN \(key("0c000000", "n")) END, 'V', 'v@x.invalid',
                'marker-inquiry', '2026-03-01' FROM generate_series(1, 6) n;
        INSERT INTO "SupportTicket" (id, "clientId", subject, body, "updatedAt")
            SELECT 't' || n, \(key("0c000000", "n")), 'marker-ticket', 'marker-ticket-body',
                '2026-03-01' FROM generate_series(1, 5) n;
        INSERT INTO "TicketMessage" (id, "ticketId", body) VALUES ('tm', 't1', 'marker-ticket-text');
        INSERT INTO "ChatConversation" (id, "visitorName", "visitorEmail", intent, quality, notes,
                status, "updatedAt")
            SELECT 'cc' || n, 'marker-visitor', 'v@x.invalid', 'pricing', n % 5 + 1, 'marker-chat-note',
                'open', '2026-03-01' FROM generate_series(1, 5) n;
        INSERT INTO "ChatMessage" (id, "conversationId", message)
            VALUES ('cm', 'cc1', 'marker-chat-text');
        INSERT INTO "Subscriber" (id, email, "unsubToken", "unsubscribedAt")
            SELECT 'sub' || n, 'marker-sub' || n || '@x.invalid', 'marker-unsub-' || n,
                CASE n % 3 WHEN 0 THEN timestamp '2026-04-01' END FROM generate_series(1, 7) n;
        INSERT INTO "Newsletter" (id, subject, body, status, "sentAt", "recipientCount")
            SELECT 'nl' || n, 'marker-newsletter', 'x', 'sent', '2026-03-01', n * 10
            FROM generate_series(1, 3) n;
        INSERT INTO "PageView" (id, path, "userAgent", ip)
            SELECT 'pv' || n, '/p/' || n % 7, 'marker-agent', '203.0.113.' || n
            FROM generate_series(1, 60) n;
        INSERT INTO "AnalyticsEvent" (id, type, entity, meta)
            SELECT 'ae' || n, 'click', 'cta', '{"who":"marker-meta"}' FROM generate_series(1, 9) n;
        """

    /// Bookings with their events, payments, projects, milestones, files and private notes.
    static func bookings(_ numbers: ClosedRange<Int>) -> String {
        let n = "generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n"
        // Those of the clients and employees that are still there.
        let client = """
            coalesce((SELECT c.id FROM "Client" c WHERE c.id = \(key("0c000000", "n % 20 + 1"))),
                \(key("0c000000", "20")))
            """
        let employee = """
            (SELECT e.id FROM "Employee" e WHERE e.id = \(key("0e000000", "n % 6 + 1")))
            """
        return """
            INSERT INTO "Booking" (id, "clientId", title, description, "projectType", details, status,
                    "priceEstimate", "assignedToId", "termsAcceptedAt", "depositPaidAt", "createdAt",
                    "updatedAt", "publicReference", "currentStage", "trackingToken", source,
                    "serviceTitle", "packageSlug", "budgetAmount", currency, "quotedAmount",
                    "quotedCurrency", "pricingType", "submittedAt")
                SELECT \(key("0b000000", "n")), \(client), 'Booking ' || n,
                    'marker-description', 'SOFTWARE', '{"who":"marker-details"}',
                    (enum_range(NULL::"BookingStatus"))[n % 10 + 1],
                    CASE n % 5 WHEN 0 THEN NULL ELSE n * 0.1::float8 + 0.2::float8 END,
                    CASE n % 3 WHEN 0 THEN \(employee) END,
                    CASE n % 4 WHEN 0 THEN timestamp '2026-02-01 20:59:59.999' END,
                    CASE n % 5 WHEN 0 THEN timestamp '2026-02-03 21:00' + n * interval '1 hour' END,
                    timestamp '2026-01-05 20:45:10.5' + n * interval '7 hours',
                    timestamp '2026-02-05 20:45' + n * interval '7 hours',
                    'ANG-2026-' || (n * 7919) % 100003,
                    (ARRAY['submitted','request_submitted','scope_and_quotation','in_progress',
                        'completed'])[n % 5 + 1],
                    'marker-token-' || n, 'direct', 'Service ' || n % 5, 'basic',
                    CASE n % 2 WHEN 0 THEN n * 114.99999999999999 END,
                    (ARRAY['KES','kes','USD'])[n % 3 + 1], CASE n % 4 WHEN 1 THEN n * 99.95 END,
                    CASE n % 8 WHEN 1 THEN 'usd' END, 'fixed', '2026-01-05 21:30'
                FROM \(n);
            INSERT INTO "BookingEvent" (id, "bookingId", type, title, description, stage, status,
                    "createdAt")
                SELECT 'ev' || n || '-' || e, \(key("0b000000", "n")), 'stage_changed', 'x',
                    'marker-event', (ARRAY['request_submitted','in_progress'])[e],
                    (ARRAY['SUBMITTED',NULL])[e]::"BookingStatus",
                    timestamp '2026-01-06' + n * interval '7 hours' + e * interval '1 day'
                FROM \(n), generate_series(1, 2) e;
            INSERT INTO "Payment" (id, "bookingId", "clientId", amount, currency, provider,
                    "providerId", status, metadata, "createdAt", "updatedAt")
                SELECT \(key("0a000000", "n")), \(key("0b000000", "n")),
                    \(client), n * 10.1, (ARRAY['KES','kes','usd'])[n % 3 + 1],
                    (ARRAY['STRIPE','STRIPE','MPESA'])[n % 3 + 1]::"PaymentProvider", 'pi_' || n,
                    (ARRAY['PENDING','SUCCEEDED','FAILED'])[n % 3 + 1]::"PaymentStatus",
                    jsonb_build_object('id', 'pi_' || n, 'object', 'payment_intent', 'amount',
                        round(n * 1010), 'currency', lower((ARRAY['KES','kes','usd'])[n % 3 + 1]),
                        'created', 1767700000 + n, 'status',
                        (ARRAY['Succeeded','requires_action'])[n % 4 / 2 + 1], 'receipt_email', 'marker-receipt@x.invalid',
                        'padding', (SELECT string_agg(md5(n::text || p), '')
                                    FROM generate_series(1, CASE n % 7 WHEN 0 THEN 150 ELSE 1 END) p)),
                    timestamp '2026-02-01' + n * interval '9 hours', '2026-03-01'
                FROM \(n) WHERE n % 2 = 0;
            INSERT INTO "ClientProject" (id, "bookingId", "clientId", title, description, status,
                    progress, "ownerId", "updatedAt")
                SELECT \(key("0f000000", "n")), \(key("0b000000", "n")),
                    \(client), 'Project ' || n, 'marker-project', 'ACTIVE', n % 101,
                    (SELECT e.id FROM "Employee" e WHERE e.id = \(key("0e000000", "2"))),
                    '2026-03-01'
                FROM \(n) WHERE n % 5 = 0;
            INSERT INTO "ProjectMilestone" (id, "projectId", title, "sortOrder", "updatedAt")
                SELECT 'ms' || n || '-' || m, \(key("0f000000", "n")),
                    (ARRAY['Kick-off','Build','Review','Delivery'])[m], m, '2026-03-01'
                FROM \(n), generate_series(1, 4) m WHERE n % 5 = 0;
            INSERT INTO "ProjectDeliverable" (id, "projectId", title, status, "updatedAt")
                SELECT 'dl' || n, \(key("0f000000", "n")), 'x', 'SHARED', '2026-03-01'
                FROM \(n) WHERE n % 10 = 0;
            INSERT INTO "File" (id, "bookingId", "ownerType", "ownerId", filename, url, mime, size)
                SELECT 'file' || n, NULL, 'booking', \(key("0b000000", "n")), 'marker-file.pdf',
                    'https://x.invalid/marker-url', 'application/pdf', n * 100
                FROM \(n) WHERE n % 6 = 0;
            INSERT INTO "Note" (id, "bookingId", text)
                SELECT 'note' || n, \(key("0b000000", "n")), 'marker-note' FROM \(n) WHERE n % 6 = 0;
            """
    }

    private static func booking(
        _ number: Int, _ reference: String, status: String, stage: String, more: String = "NULL",
        currency: String = "KES", budget: String = "NULL", quoted: String = "NULL",
        client: String = id("0c000000", 1)
    ) -> String {
        """
        INSERT INTO "Booking" (id, "clientId", title, description, "projectType", status,
                "currentStage", "updatedAt", "publicReference", "trackingToken", "depositPaidAt",
                currency, "budgetAmount", "quotedAmount")
            VALUES ('\(id("1b000000", number))', '\(client)', 'Odd', 'x', 'OTHER', '\(status)',
                '\(stage)', '2026-03-01', '\(reference)', 'marker-odd-\(number)', \(more),
                '\(currency)', \(budget), \(quoted));

        """
    }

    private static func payment(
        _ number: Int, _ provider: String, amount: String, currency: String, status: String,
        metadata: String = "NULL", booking: String = "NULL", client: String = "NULL"
    ) -> String {
        """
        INSERT INTO "Payment" (id, "bookingId", "clientId", amount, currency, provider,
                "providerId", status, metadata, "updatedAt")
            VALUES ('\(id("1a000000", number))', \(booking), \(client), \(amount), '\(currency)',
                'STRIPE', '\(provider)', '\(status)', \(metadata), '2026-03-01');

        """
    }

    /// One row at least per oddity of the system.
    static let oddities =
        booking(1, "ODD-DRIFT", status: "ACCEPTED", stage: "request_submitted")
        + booking(2, "ODD-STAGE", status: "SUBMITTED", stage: "submitted")
        + booking(
            3, "ODD-DEPOSIT", status: "DEPOSIT_PAID", stage: "in_progress",
            more: "'2026-03-09 10:00'")
        + booking(
            4, "ODD-FLOAT", status: "SUBMITTED", stage: "submitted",
            budget: "0.1::float8 + 0.2::float8", quoted: "10.005")
        + booking(
            5, "ODD-CURRENCY", status: "SUBMITTED", stage: "submitted",
            currency: " kEs ", budget: "114.99999999999999")
        + booking(
            6, "ODD-NONE", status: "SUBMITTED", stage: "submitted", currency: "KSH",
            budget: "5")
        + booking(7, "ODD-NEWSTAGE", status: "SUBMITTED", stage: "waiting_for_godot")
        + payment(1, "odd-found", amount: "50", currency: "kes", status: "SUCCEEDED")
        + payment(
            2, "odd-wrapped", amount: "12.34", currency: "usd", status: "SUCCEEDED",
            metadata: """
                '{"raw":{"object":"checkout.session","amount_total":1234,"currency":"usd",
                  "created":1767700001,"status":"complete","payment_status":"paid","customer_details":{"email":"marker-buyer@x.invalid"}}}'
                """)
        + payment(
            3, "odd-yen", amount: "50", currency: "JPY", status: "SUCCEEDED",
            metadata: #"'{"object":"charge","amount":5000,"currency":"jpy","created":1767700002}'"#)
        + payment(
            4, "odd-shilling", amount: "5000", currency: "ugx", status: "SUCCEEDED",
            metadata: #"'{"object":"charge","amount":500000,"currency":"ugx"}'"#)
        + payment(5, "odd-failed", amount: "9.99", currency: "KES", status: "FAILED")
        + payment(
            6, "odd-stranger", amount: "9.99", currency: "KES", status: "SUCCEEDED",
            client: "'\(id("0c000000", 999))'")
        + payment(
            7, "odd-nocurrency", amount: "9.99", currency: "KSH", status: "SUCCEEDED",
            metadata: #"'{"amount":999,"currency":"kes","receipt_email":"marker-aside@x.invalid"}'"#
        )
            + """
            INSERT INTO "Client" (id, name, email, "updatedAt") VALUES
                ('\(id("1c000000", 1))', '', 'Same@x.invalid', '2026-03-01'),
                ('\(id("1c000000", 2))', '  ', 'same@x.invalid', '2026-03-01');
            INSERT INTO "File" (id, "bookingId", "ownerType", "ownerId", filename, url, mime, size) VALUES
                ('odd-file-1', NULL, 'booking', '\(id("1b000000", 1))', 'f', 'u', 'image/png', 1),
                ('odd-file-2', '\(id("1b000000", 2))', 'staff', '\(id("0e000000", 1))', 'f', 'u',
                 'image/png', 1);
            """

    /// Changes of every kind; the same for the same round.
    static func changes(_ round: Int) -> String {
        """
        BEGIN;
        \(bookings((1000 + round * 50)...(1020 + round * 50)))
        UPDATE "Booking" SET status = 'DEPOSIT_PAID', "depositPaidAt" = '2026-05-0\(round + 1) 10:00'
            WHERE right("publicReference", 1) = '\(round % 10)';
        UPDATE "Booking" SET "currentStage" = 'customer_review' WHERE title LIKE '%\(round)';
        UPDATE "Payment" SET status = 'PENDING', "updatedAt" = '2026-06-01' WHERE status = 'FAILED'
            AND "providerId" LIKE '%\(round)';
        UPDATE "Payment" SET metadata = jsonb_build_object('raw', metadata)
            WHERE "providerId" LIKE '%\(round)' AND NOT metadata ? 'raw';
        UPDATE "Payment" SET currency = upper(currency), amount = amount * 3.333333;
        DELETE FROM "Client" WHERE email = 'c\(round + 1)@x.invalid';
        DELETE FROM "Employee" WHERE email = 'e\(round + 1)@x.invalid';
        COMMIT; BEGIN; DELETE FROM "Booking"; ROLLBACK;
        DELETE FROM "File" WHERE id LIKE 'file%\(round)';
        UPDATE "Subscriber" SET "unsubscribedAt" = '2026-05-01' WHERE id = 'sub\(round + 1)';
        INSERT INTO "PageView" (id, path) SELECT 'r\(round)-' || n, '/new' FROM generate_series(1, 9) n;
        """
    }

    static let oracles: [ModelOracle] = {
        typealias It = ModelOracle
        func times(_ pairs: KeyValuePairs<String, String>) -> [(String, String)] {
            pairs.map { ($0.key, It.instant("r.\"\($0.value)\"")) }
        }
        func oracle(
            _ model: String, _ table: String, condition: String = "",
            _ columns: KeyValuePairs<String, String>, times instants: KeyValuePairs<String, String>
        ) -> It {
            It(
                model, from: "\"\(table)\" r \(condition)", company: "'angisoft'",
                columns.map { ($0.key, $0.value) } + times(instants))
        }
        func ref(_ column: String, _ table: String) -> String {
            It.reference("r.\"\(column)\"", to: "\"\(table)\"")
        }
        func booking(_ column: String) -> String {
            "(SELECT x.id FROM \"Booking\" x WHERE x.id = \(column) AND \(knownBooking("x")))"
        }
        // The rows that are put aside: an amount in no currency of ISO 4217.
        func knownBooking(_ row: String) -> String {
            "NOT (upper(btrim(\(row).currency)) = 'KSH' AND \(row).\"budgetAmount\" IS NOT NULL)"
        }
        let currency = "upper(btrim(r.currency))"
        let metadata = """
            CASE WHEN r.provider = 'STRIPE' THEN coalesce(r.metadata->>'%', r.metadata->'raw'->>'%') END
            """
        func stripe(_ name: String) -> String { metadata.replacing("%", with: name) }
        let billed = """
            coalesce(r.metadata->>'amount_total', r.metadata->>'amount',
                     r.metadata->'raw'->>'amount_total', r.metadata->'raw'->>'amount')::bigint
            """
        return [
            oracle(
                "user", "Employee",
                [
                    "name": #"r."firstName" || ' ' || r."lastName""#, "role": "r.role",
                    "active": #"CASE WHEN r."acceptedAt" IS NULL THEN 0 ELSE 1 END"#,
                ], times: ["created_at": "createdAt"]),
            oracle(
                "client", "Client",
                [
                    "name": "nullif(btrim(r.name), '')", "organisation": "r.org",
                    "verified": It.flag("r.verified"),
                ], times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "booking", "Booking", condition: "WHERE \(knownBooking("r"))",
                [
                    "reference": #"r."publicReference""#, "client": ref("clientId", "Client"),
                    "assignee": ref("assignedToId", "Employee"), "title": "r.title",
                    "project_type": #"r."projectType""#, "request_type": #"r."requestType""#,
                    "status": "r.status",
                    "stage": """
                    CASE r."currentStage" WHEN 'submitted' THEN 'request_submitted'
                        WHEN 'waiting_for_godot' THEN 'unknown' ELSE r."currentStage" END
                    """,
                    "source": "r.source", "service": #"r."serviceTitle""#,
                    "package": #"r."packageSlug""#, "product": #"r."productSlug""#,
                    "pricing": #"r."pricingType""#,
                    "estimate": It.money(#"r."priceEstimate""#),
                    "budget": It.money(#"r."budgetAmount""#), "currency": currency,
                    "quoted": It.money(#"r."quotedAmount""#),
                    "quoted_currency": #"upper(btrim(coalesce(r."quotedCurrency", r.currency)))"#,
                ],
                times: [
                    "submitted_at": "submittedAt", "preferred_at": "preferredDate",
                    "terms_accepted_at": "termsAcceptedAt", "deposit_paid_at": "depositPaidAt",
                    "created_at": "createdAt", "updated_at": "updatedAt",
                ]),
            oracle(
                "booking_event", "BookingEvent",
                [
                    "booking": booking(#"r."bookingId""#), "type": "r.type", "stage": "r.stage",
                    "status": "r.status", "visibility": "r.visibility",
                    "actor": #"r."actorType""#,
                ], times: ["occurred_at": "createdAt"]),
            oracle(
                "payment", "Payment", condition: "WHERE \(currency) <> 'KSH'",
                [
                    "booking": booking(#"r."bookingId""#), "client": ref("clientId", "Client"),
                    "amount": It.money(
                        "r.amount",
                        decimals: "CASE WHEN \(currency) IN ('JPY', 'UGX') THEN 0 ELSE 2 END"),
                    "amount_written": It.decimal("r.amount", scale: 6),
                    "amount_in_cents": It.decimal("r.amount", scale: 2),
                    "currency": currency, "provider": "r.provider",
                    "provider_reference": #"r."providerId""#, "status": "r.status",
                    "provider_amount": """
                    CASE WHEN r.provider = 'STRIPE' THEN
                        CASE \(currency) WHEN 'UGX' THEN \(billed) / 100 ELSE \(billed) END END
                    """,
                    "provider_currency": "upper(\(stripe("currency")))",
                    "provider_object": stripe("object"),
                    "provider_status": """
                    CASE WHEN r.provider = 'STRIPE' THEN lower(coalesce(
                        r.metadata->>'payment_status', r.metadata->>'status',
                        r.metadata->'raw'->>'payment_status', r.metadata->'raw'->>'status')) END
                    """,
                    "provider_created_at": "(\(stripe("created")))::bigint * 1000000",
                ], times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "project", "ClientProject",
                [
                    "booking": booking(#"r."bookingId""#), "client": ref("clientId", "Client"),
                    "owner": ref("ownerId", "Employee"), "title": "r.title", "status": "r.status",
                    "progress": "r.progress",
                ],
                times: [
                    "started_at": "startedAt", "due_at": "dueAt", "delivered_at": "deliveredAt",
                    "completed_at": "completedAt", "created_at": "createdAt",
                    "updated_at": "updatedAt",
                ]),
            oracle(
                "milestone", "ProjectMilestone",
                [
                    "project": ref("projectId", "ClientProject"), "title": "r.title",
                    "status": "r.status", "position": #"r."sortOrder""#,
                ],
                times: [
                    "due_at": "dueAt", "completed_at": "completedAt", "created_at": "createdAt",
                    "updated_at": "updatedAt",
                ]),
            oracle(
                "deliverable", "ProjectDeliverable",
                ["project": ref("projectId", "ClientProject"), "status": "r.status"],
                times: [
                    "shared_at": "sharedAt", "accepted_at": "acceptedAt",
                    "created_at": "createdAt", "updated_at": "updatedAt",
                ]),
            oracle(
                "attachment", "File",
                [
                    "booking": booking(
                        #"CASE WHEN r."ownerType" = 'booking' THEN r."ownerId" ELSE r."bookingId" END"#
                    ),
                    "project": ref("clientProjectId", "ClientProject"),
                    "owner": #"lower(r."ownerType")"#, "media_type": "r.mime", "bytes": "r.size",
                ], times: ["created_at": "createdAt"]),
            oracle(
                "lead", "Lead",
                [
                    "source": "r.source", "status": "lower(r.status)",
                    "rep": ref("assignedToId", "Employee"), "currency": "'KES'",
                ], times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "enquiry", "ContactEnquiry",
                [
                    "reference": #"r."publicReference""#, "type": #"r."enquiryType""#,
                    "status": "r.status", "priority": "r.priority", "source": "r.source",
                    "booking": booking(#"r."bookingId""#), "service": ref("serviceId", "Service"),
                    "product": ref("productId", "Product"),
                ],
                times: [
                    "created_at": "createdAt", "responded_at": "respondedAt",
                    "closed_at": "closedAt", "updated_at": "updatedAt",
                ]),
            oracle(
                "product_inquiry", "ProductInquiry",
                [
                    "product": ref("productId", "Product"), "client": ref("clientId", "Client"),
                    "status": "r.status",
                ], times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "ticket", "SupportTicket",
                [
                    "client": ref("clientId", "Client"), "status": "r.status",
                    "priority": "r.priority",
                ], times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "conversation", "ChatConversation",
                ["intent": "r.intent", "quality": "r.quality", "status": "r.status"],
                times: ["created_at": "createdAt", "updated_at": "updatedAt"]),
            oracle(
                "service", "Service",
                [
                    "name": "r.title", "category": "r.category",
                    "base_price": It.money(#"r."priceFrom""#), "currency": currency,
                    "active": It.flag("r.published"),
                ], times: ["created_at": "createdAt"]),
            oracle(
                "product", "Product",
                [
                    "name": "r.name", "category": "r.category", "status": "r.status",
                    "published": It.flag("r.published"),
                ], times: ["created_at": "createdAt"]),
            oracle(
                "portfolio_project", "Project",
                [
                    "title": "r.title", "industry": "r.industry",
                    "published": It.flag("r.published"),
                ], times: ["created_at": "createdAt"]),
            oracle(
                "subscriber", "Subscriber", ["confirmed": It.flag("r.confirmed")],
                times: [
                    "subscribed_at": "subscribedAt", "confirmed_at": "confirmedAt",
                    "unsubscribed_at": "unsubscribedAt",
                ]),
            oracle(
                "newsletter", "Newsletter",
                [
                    "status": "r.status", "recipients": #"r."recipientCount""#,
                    "opens": #"r."openCount""#, "clicks": #"r."clickCount""#,
                ], times: ["sent_at": "sentAt", "created_at": "createdAt"]),
            oracle("page_view", "PageView", ["path": "r.path"], times: ["viewed_at": "createdAt"]),
            oracle(
                "site_event", "AnalyticsEvent", ["type": "r.type", "entity": "r.entity"],
                times: ["occurred_at": "createdAt"]),
        ]
    }()
}
