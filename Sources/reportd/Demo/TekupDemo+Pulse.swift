import Vocabulary

/// Live activity: one small transaction at a time, on whatever rows the database holds.
///
/// A pulse decides by seed and number what to do and picks its row in SQL by a hash of the row's id
/// and the pulse's number. It keeps the application's rules: legal steps, tax and totals that add
/// up, an audit row beside each change. So that a demo left alone overnight stays believable, each
/// kind has a limit per local day; beyond it, and where there is no fitting row, the pulse sets the
/// amount of a running sale anew within a tenth of its quote, which moves figures but never drifts.
extension TekupDemo {
    /// What a pulse does.
    enum PulseKind: String, Sendable, CaseIterable {
        /// A new lead.
        case lead
        /// A quote to a known customer.
        case quote
        /// A qualified lead becomes an accepted sale, and its contact a customer if need be.
        case conversion
        /// A lead is called or judged.
        case leadStep = "lead-step"
        /// A sale takes its next step, or is paid.
        case saleStep = "sale-step"
        /// An amount is set right.
        case correction
        /// A recent quote that was a mistake is deleted.
        case deletion
    }

    /// The statement of one pulse; a transaction by itself, refused unless its number is due.
    ///
    /// - Parameters:
    ///   - number: The count of pulses before it, `Progress.pulses`.
    ///   - now: The time it happens.
    /// - Returns: A `DO` block.
    func pulse(number: Int, now: Instant) -> String {
        var random = DemoRandom(seed, .pulse, number)
        let kind = PulseKind.allCases[random.position(in: [22, 12, 10, 17, 24, 10, 5])]
        let unit = TekupUnit.all[random.position(in: [0.5, 0.2, 0.3])]
        let midnight = workdays.zone.start(of: workdays.zone.day(of: now))
        var pulse = Pulse(demo: self, unit: unit, number: number, now: now, random: random)
        let action = pulse.action(kind)
        return """
            DO $pulse$
            DECLARE
                kind text := '\(kind.rawValue)';
                done boolean := false;
                sale sales%ROWTYPE;
                lead leads%ROWTYPE;
                buyer uuid;
                amount numeric;
                next_status text;
            BEGIN
                IF (SELECT pulses FROM demo.progress FOR UPDATE) <> \(number) THEN
                    RAISE EXCEPTION 'pulse \(number) is not due';
                END IF;
                IF (SELECT count(*) FROM demo.pulses p
                    WHERE p.kind = '\(kind.rawValue)'
                    AND p.at >= '\(SQLText.time(midnight))') < \(pulse.limit(of: kind)) THEN
            \(action)
                END IF;
                IF NOT done THEN
                    kind := '\(PulseKind.correction.rawValue)';
            \(pulse.correction())
                END IF;
                INSERT INTO demo.pulses VALUES
                    (\(number), CASE WHEN done THEN kind ELSE 'none' END, \(pulse.time));
                UPDATE demo.progress SET pulses = \(number + 1);
            END $pulse$;

            """
    }

    /// The PL/pgSQL of one pulse; each action sets `done` when it found something to do.
    private struct Pulse {
        let demo: TekupDemo
        let unit: TekupUnit
        let number: Int
        let now: Instant
        var random: DemoRandom

        var time: String { SQLText.literal(SQLText.time(now)) }
        private var organization: String { SQLText.literal(unit.organization) }
        /// Orders rows as if by chance.
        private var shuffle: String { "ORDER BY md5(id::text || '\(number)') LIMIT 1" }

        /// How many pulses of a kind a local day may see, all companies together.
        func limit(of kind: PulseKind) -> Int {
            let daily: Double =
                switch kind {
                case .lead: 24
                case .quote: 8
                case .conversion: 8
                case .leadStep: 30
                case .saleStep: 30
                case .correction: 1_000_000_000
                case .deletion: 4
                }
            return Int((daily * max(1, demo.scale)).rounded())
        }

        mutating func action(_ kind: PulseKind) -> String {
            switch kind {
            case .lead: newLead()
            case .quote: quote()
            case .conversion: conversion()
            case .leadStep: leadStep()
            case .saleStep: saleStep()
            case .correction: correction()
            case .deletion: deletion()
            }
        }

        private mutating func audit(_ action: String, _ table: String, details: String) -> String {
            """
            INSERT INTO audit_logs
                    (id, organization_id, user_id, action_type, resource_type, resource_id, details, created_at)
                VALUES ('\(random.uuid())', \(table == "sales" ? "sale" : "lead").organization_id,
                    \(table == "sales" ? "sale" : "lead").assigned_to, '\(action)', '\(table)',
                    \(table == "sales" ? "sale" : "lead").id, \(details), \(time));
            """
        }

        private func statusDetails(_ row: String) -> String {
            "jsonb_build_object('status', jsonb_build_object('from', \(row).status, 'to', next_status))"
        }

        private mutating func seller() -> String {
            SQLText.literal(random.pick(unit.sellers).id)
        }

        /// A service with a plausible net amount.
        private mutating func order() -> (service: TekupUnit.Service, amount: Int64) {
            let service = unit.services[random.position(in: unit.services.map(\.weight))]
            let units = min(random.integer(service.quantity), random.integer(service.quantity))
            return (service, service.price * Int64(units))
        }

        private mutating func insertSale(status: String, buyer: String, source: String) -> String {
            let (service, net) = order()
            let amounts = TekupRows.amounts(net)
            let year = demo.workdays.zone.day(of: now).civil.year
            // A series of their own keeps pulses clear of the numbers that stories have. If the last
            // quote was deleted, its number is given out again, as many applications do.
            let series = "\(unit.prefix)-W\(year)-"
            let next = """
                (SELECT '\(series)' || lpad(n::text, greatest(4, length(n::text)), '0') FROM (
                            SELECT coalesce(max(split_part(sale_number, '-', 3)::integer), 0) + 1
                            FROM sales WHERE sale_number LIKE '\(series)%') AS used (n))
                """
            return """
                INSERT INTO sales
                        (id, organization_id, customer_id, service_id, sale_number, status, sale_date,
                        quoted_amount, final_amount, currency, tax_rate, tax_amount, total_with_tax,
                        payment_status, source, assigned_to, created_at, updated_at)
                    VALUES ('\(random.uuid())', \(organization), \(buyer), '\(service.id)',
                        \(next), '\(status)', \(time), \(amounts.net), \(amounts.net), 'DKK', 25,
                        \(amounts.tax), \(amounts.total), 'NOT_INVOICED', \(source), \(seller()),
                        \(time), \(time))
                    RETURNING * INTO sale;
                    UPDATE customers SET total_sales_count = total_sales_count + 1,
                        total_revenue = total_revenue + \(amounts.net), last_contact_at = \(time),
                        updated_at = \(time)
                    WHERE id = sale.customer_id;
                    \(audit("POST", "sales", details: "jsonb_build_object('status', sale.status)"))
                    done := true;
                """
        }

        private mutating func newLead() -> String {
            let (service, net) = order()
            let name = TekupNames.person(&random)
            let source = TekupUnit.sources[
                random.position(in: TekupUnit.sources.map(\.weight))
            ].name
            return """
                INSERT INTO leads
                        (id, organization_id, contact_name, contact_email, contact_phone, source, status,
                        priority, score, interest_service_id, estimated_value, message, assigned_to,
                        created_at, updated_at)
                    VALUES ('\(random.uuid())', \(organization), \(SQLText.literal(name)),
                        \(SQLText.literal(TekupNames.mail(of: name, &random))),
                        '\(TekupNames.phone(&random))', '\(source)', 'NEW',
                        '\(random.pick(["LOW", "MEDIUM", "MEDIUM", "HIGH"]))', \(random.integer(10...95)),
                        '\(service.id)', \(SQLText.amount(net / 10_000 * 10_000)),
                        \(SQLText.literal(TekupNames.enquiry(&random))), \(seller()), \(time), \(time))
                    RETURNING * INTO lead;
                    \(audit("POST", "leads", details: "NULL"))
                    done := true;
                """
        }

        private mutating func quote() -> String {
            """
            SELECT id INTO buyer FROM customers
                    WHERE organization_id = \(organization) AND status = 'ACTIVE' \(shuffle);
                IF FOUND THEN
                    \(insertSale(status: "QUOTE_SENT", buyer: "buyer", source: "'EMAIL'"))
                END IF;
            """
        }

        private mutating func conversion() -> String {
            let newcomer = random.uuid()
            return """
                SELECT * INTO lead FROM leads
                    WHERE organization_id = \(organization) AND status = 'QUALIFIED' \(shuffle);
                IF FOUND THEN
                    buyer := lead.customer_id;
                    IF buyer IS NULL THEN
                        buyer := '\(newcomer)';
                        INSERT INTO customers
                            (id, organization_id, name, email, phone, customer_type, tags, created_at, updated_at)
                        VALUES (buyer, \(organization), lead.contact_name, lead.contact_email,
                            lead.contact_phone, 'B2C', '{privat}', \(time), \(time));
                    END IF;
                    \(insertSale(status: "ACCEPTED", buyer: "buyer", source: "lead.source"))
                    next_status := 'CONVERTED';
                    UPDATE leads SET status = 'CONVERTED', customer_id = buyer,
                        converted_sale_id = sale.id, follow_up_date = NULL, updated_at = \(time)
                    WHERE id = lead.id;
                    \(audit("PATCH", "leads", details: statusDetails("lead")))
                END IF;
                """
        }

        private mutating func leadStep() -> String {
            let verdict = random.chance(0.65) ? "QUALIFIED" : "UNQUALIFIED"
            let follow = SQLText.time(now.adding(seconds: Int64(random.integer(2...7)) * 86_400))
            return """
                SELECT * INTO lead FROM leads
                    WHERE status IN ('NEW', 'CONTACTED') AND created_at < \(time) \(shuffle);
                IF FOUND THEN
                    next_status := CASE lead.status WHEN 'NEW' THEN 'CONTACTED' ELSE '\(verdict)' END;
                    UPDATE leads SET status = next_status::"LeadStatus",
                        follow_up_date = CASE WHEN next_status = 'UNQUALIFIED' THEN follow_up_date
                            ELSE '\(follow)' END,
                        follow_up_count = follow_up_count + 1, updated_at = \(time)
                    WHERE id = lead.id;
                    \(audit("PATCH", "leads", details: statusDetails("lead")))
                    done := true;
                END IF;
                """
        }

        private mutating func saleStep() -> String {
            let answer = random.chance(0.7) ? "ACCEPTED" : "LOST"
            let closing = random.chance(0.7)
            let appointment = SQLText.time(
                now.adding(seconds: Int64(random.integer(2...12)) * 86_400))
            return """
                SELECT * INTO sale FROM sales
                    WHERE status IN ('QUOTE_SENT', 'ACCEPTED')
                        OR status = 'SCHEDULED' AND scheduled_date < \(time)::timestamp + interval '12 hours'
                        OR status = 'IN_PROGRESS'
                        OR status = 'COMPLETED' AND payment_status IN ('PENDING', 'PAID')
                            AND delivery_end BETWEEN \(time)::timestamp - interval '40 days'
                                AND \(time)::timestamp - interval '3 days'
                    \(shuffle);
                IF FOUND THEN
                    next_status := CASE sale.status
                        WHEN 'QUOTE_SENT' THEN '\(answer)'
                        WHEN 'ACCEPTED' THEN 'SCHEDULED'
                        WHEN 'SCHEDULED' THEN 'IN_PROGRESS'
                        WHEN 'IN_PROGRESS' THEN 'COMPLETED'
                        ELSE CASE WHEN sale.payment_status = 'PAID' OR \(closing) THEN 'PAID' END
                    END;
                    UPDATE sales SET
                        status = COALESCE(next_status::"SaleStatus", status),
                        scheduled_date = CASE WHEN next_status = 'SCHEDULED'
                            THEN '\(appointment)' ELSE scheduled_date END,
                        delivery_start = CASE WHEN next_status = 'IN_PROGRESS'
                            THEN \(time) ELSE delivery_start END,
                        delivery_end = CASE WHEN next_status = 'COMPLETED'
                            THEN \(time) ELSE delivery_end END,
                        billy_invoice_id = CASE WHEN next_status = 'COMPLETED'
                            THEN 'inv_\(random.digest().prefix(16))' ELSE billy_invoice_id END,
                        payment_date = CASE WHEN sale.status = 'COMPLETED' AND payment_status = 'PENDING'
                            THEN \(time) ELSE payment_date END,
                        payment_status = CASE WHEN next_status = 'COMPLETED' THEN 'PENDING'
                            WHEN sale.status = 'COMPLETED' THEN 'PAID'
                            ELSE payment_status END,
                        updated_at = \(time)
                    WHERE id = sale.id;
                    IF next_status IS NOT NULL THEN
                        \(audit("PATCH", "sales", details: statusDetails("sale")))
                    END IF;
                    done := true;
                END IF;
                """
        }

        mutating func correction() -> String {
            let permille = random.pick([900, 925, 950, 975, 1000, 1025, 1050, 1080])
            return """
                SELECT * INTO sale FROM sales
                    WHERE quoted_amount IS NOT NULL
                        AND status IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'COMPLETED')
                        AND sale_date BETWEEN \(time)::timestamp - interval '45 days' AND \(time)
                        AND final_amount <> round(quoted_amount * \(permille) / 1000, 2)
                    \(shuffle);
                IF FOUND THEN
                    amount := round(sale.quoted_amount * \(permille) / 1000, 2);
                    UPDATE sales SET final_amount = amount, tax_amount = round(amount / 4, 2),
                        total_with_tax = amount + round(amount / 4, 2), updated_at = \(time)
                    WHERE id = sale.id;
                    \(audit(
                        "PATCH", "sales",
                        details: "jsonb_build_object('final_amount', "
                            + "jsonb_build_object('from', sale.final_amount, 'to', amount))"))
                    done := true;
                END IF;
                """
        }

        private mutating func deletion() -> String {
            """
            SELECT * INTO sale FROM sales
                    WHERE status = 'QUOTE_SENT'
                        AND created_at BETWEEN \(time)::timestamp - interval '3 days' AND \(time)
                        AND NOT EXISTS (SELECT FROM leads l WHERE l.converted_sale_id = sales.id)
                    \(shuffle);
                IF FOUND THEN
                    DELETE FROM sales WHERE id = sale.id;
                    \(audit("DELETE", "sales", details: "NULL"))
                    done := true;
                END IF;
            """
        }
    }
}
