-- The cleaning unit's quotations, jobs and invoices, asked in its running system's own tables.
-- metrics: cleaning
-- source: renos
-- companies: rendetalje
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Documents all over the half-year, some paid in part, some without what they should have.
CREATE FUNCTION spread_quote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW.created_at := timestamptz '2026-01-02 22:30Z' + n * 53 % 4200 * interval '1 hour';
    NEW.updated_at := NEW.created_at + n % 30 * interval '1 day';
    RETURN NEW;
END $$;
CREATE FUNCTION spread_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW.scheduled_at := timestamptz '2026-01-04 07:00Z' + n * 43 % 4200 * interval '1 hour';
    NEW.status := (ARRAY['scheduled', 'completed', 'cancelled', 'Completed '])[n % 4 + 1];
    NEW.actual_duration := CASE WHEN n % 5 > 0 THEN 60 + n % 150 END;
    RETURN NEW;
END $$;
CREATE FUNCTION spread_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW.issue_date := timestamptz '2026-01-02 10:00Z' + n * 47 % 4000 * interval '1 hour';
    NEW.due_date := NEW.issue_date + interval '14 days';
    NEW.status := (ARRAY['draft', 'sent', 'paid', ' Sent', 'cancelled', 'overdue', 'paid'])[n % 7 + 1];
    NEW.vat_rate := (ARRAY[25, 25, 0, 25, 12])[n % 5 + 1];
    NEW.vat_amount := NEW.subtotal * NEW.vat_rate / 100;
    NEW.total := NEW.subtotal + NEW.vat_amount;
    NEW.paid_at := CASE WHEN lower(NEW.status) IN ('paid', 'sent') AND n % 9 > 0
        THEN NEW.issue_date + n % 35 * interval '1 day' + interval '7 hours' END;
    NEW.paid_amount := CASE WHEN NEW.paid_at IS NOT NULL
        THEN NEW.total * CASE NEW.status WHEN 'paid' THEN 1 ELSE 0.4 END END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON renos.quotes FOR EACH ROW EXECUTE FUNCTION spread_quote();
CREATE TRIGGER spread BEFORE UPDATE ON renos.bookings FOR EACH ROW EXECUTE FUNCTION spread_job();
CREATE TRIGGER spread BEFORE UPDATE ON renos.invoices FOR EACH ROW EXECUTE FUNCTION spread_invoice();
UPDATE renos.quotes SET notes = notes;
UPDATE renos.bookings SET notes = notes;
UPDATE renos.invoices SET notes = notes;
DROP TRIGGER spread ON renos.quotes;
DROP TRIGGER spread ON renos.bookings;
DROP TRIGGER spread ON renos.invoices;
CREATE TRIGGER spread BEFORE INSERT ON renos.quotes FOR EACH ROW EXECUTE FUNCTION spread_quote();
CREATE TRIGGER spread BEFORE INSERT ON renos.bookings FOR EACH ROW EXECUTE FUNCTION spread_job();
CREATE TRIGGER spread BEFORE INSERT ON renos.invoices FOR EACH ROW EXECUTE FUNCTION spread_invoice();
UPDATE renos.leads SET last_follow_up_date = created_at + interval '20 days' WHERE score % 3 > 0;
UPDATE renos.leads SET status = (ARRAY['Converted', 'lost'])[score % 2 + 1] WHERE score % 5 = 0;
INSERT INTO renos.analytics (id, date, metric, value)
    SELECT 'spread' || n, date '2026-02-01' + n * 5, (ARRAY['revenue', 'leads'])[n % 2 + 1], n * 33.335
    FROM generate_series(1, 25) n;
CREATE FUNCTION amount(number float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT round(number::text::numeric, 2) $$;
CREATE VIEW quoted AS
    SELECT id, lower(btrim(status)) AS status, amount(subtotal) AS net, amount(total) AS gross,
        created_at, updated_at FROM renos.quotes;
CREATE VIEW billed AS
    SELECT id, lower(btrim(status)) AS status, amount(subtotal) AS net, amount(vat_amount) AS tax,
        amount(total) AS gross, amount(paid_amount) AS paid, vat_rate, issue_date, due_date, paid_at
    FROM renos.invoices;
CREATE VIEW booked AS
    SELECT lower(btrim(status)) AS status, customer_id, scheduled_at, estimated_duration, actual_duration
    FROM renos.bookings;
CREATE VIEW asked AS SELECT lower(btrim(status)) AS status, created_at FROM renos.leads;
-- What one day's changes of quotations come to.
CREATE VIEW decided AS
    SELECT moment, lower(btrim(past ->> 'status')) AS old, lower(btrim(present ->> 'status')) AS new
    FROM (
        SELECT *, lag(present) OVER (PARTITION BY key ORDER BY moment) AS past
        FROM (
            SELECT DISTINCT ON (key, moment) key, moment, a.held AS present
            FROM audit a WHERE place = 'quotes' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z'
        AND lower(btrim(present ->> 'status')) <> lower(btrim(past ->> 'status'));

-- change: some are declined
UPDATE renos.quotes SET status = ' Rejected', updated_at = '2026-05-20Z'
    WHERE status = 'sent' AND right(id, 1) IN ('1', '3', '7');
UPDATE renos.quotes SET status = 'sent' WHERE status = 'draft' AND right(id, 1) = '2';

-- change: and some accepted that were declined
UPDATE renos.quotes SET status = 'Accepted', updated_at = '2026-06-02Z'
    WHERE lower(btrim(status)) = 'rejected' AND right(id, 1) IN ('3', '5');
UPDATE renos.invoices SET status = 'cancelled' WHERE right(id, 2) = '17';
UPDATE renos.invoices SET status = 'paid', paid_at = '2026-06-01 22:30Z', paid_amount = total * 1.0000001
    WHERE right(id, 1) = '8' AND lower(btrim(status)) = 'sent';
UPDATE renos.customers SET total_revenue = total_revenue + 0.7 WHERE right(id, 1) = '3';
DELETE FROM renos.leads WHERE id IN ('cmlead3', 'cmlead14');

-- metric: invoiced_revenue
SELECT sum(net) AS value, 'DKK' AS currency FROM billed
WHERE :company = 'rendetalje' AND status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: issued_invoices
SELECT count(*) AS value FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until;

-- metric: average_invoice
SELECT avg(net) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: invoice_vat
SELECT sum(tax) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: invoice_base_standard
SELECT sum(net) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled') AND vat_rate = 25
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: invoice_vat_difference
SELECT sum(tax - CASE vat_rate WHEN 25 THEN net / 4 ELSE 0 END) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= :from AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: invoice_payments
SELECT coalesce(sum(paid), 0) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (paid_at AT TIME ZONE :zone)::date >= :from AND (paid_at AT TIME ZONE :zone)::date < :until;

-- metric: invoice_days_to_payment
SELECT percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM paid_at - issue_date)::float8) / 86400 AS value
FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (paid_at AT TIME ZONE :zone)::date >= :from AND (paid_at AT TIME ZONE :zone)::date < :until;

-- metric: unpaid_invoices
SELECT count(*) AS value FROM billed WHERE status NOT IN ('draft', 'paid', 'cancelled');

-- metric: open_invoices_billed
SELECT sum(gross) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'paid', 'cancelled');

-- metric: open_invoices_paid
SELECT coalesce(sum(paid), 0) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'paid', 'cancelled');

-- metric: open_invoice_amount
SELECT sum(gross - coalesce(paid, 0)) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'paid', 'cancelled');

-- metric: overdue_invoices
SELECT count(*) AS value FROM billed
WHERE status NOT IN ('draft', 'paid', 'cancelled') AND (due_date AT TIME ZONE :zone)::date < :end;

-- metric: overdue_invoice_billed
SELECT sum(gross) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'paid', 'cancelled') AND (due_date AT TIME ZONE :zone)::date < :end
HAVING count(*) > 0;

-- metric: invoiced_to_date
SELECT sum(gross) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled') AND (issue_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: received_to_date
SELECT coalesce(sum(paid), 0) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled') AND (paid_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_owed
SELECT coalesce(sum(CASE WHEN (issue_date AT TIME ZONE :zone)::date < :until THEN gross END), 0)
    - coalesce(sum(CASE WHEN (paid_at AT TIME ZONE :zone)::date < :until THEN paid END), 0) AS value,
    'DKK' AS currency
FROM billed WHERE status NOT IN ('draft', 'cancelled');

-- metric: invoiced_in_90_days
SELECT sum(gross) AS value, 'DKK' AS currency FROM billed
WHERE status NOT IN ('draft', 'cancelled')
    AND (issue_date AT TIME ZONE :zone)::date >= least(:until, :today + 1) - 90
    AND (issue_date AT TIME ZONE :zone)::date < least(:until, :today + 1)
HAVING count(*) > 0;

-- metric: invoice_dso
SELECT round(90 * (coalesce(sum(CASE WHEN (issue_date AT TIME ZONE :zone)::date < :until THEN gross END), 0)
    - coalesce(sum(CASE WHEN (paid_at AT TIME ZONE :zone)::date < :until THEN paid END), 0))
    / sum(gross) FILTER (
        WHERE (issue_date AT TIME ZONE :zone)::date >= least(:until, :today + 1) - 90
            AND (issue_date AT TIME ZONE :zone)::date < least(:until, :today + 1)), 10) AS value,
    'DKK' AS currency
FROM billed WHERE status NOT IN ('draft', 'cancelled');

-- metric: paid_invoices_without_date
SELECT count(*) AS value FROM billed WHERE status = 'paid' AND paid_at IS NULL;

-- metric: quotations
SELECT count(*) AS value FROM quoted
WHERE status <> 'draft'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: accepted_quotes
SELECT count(*) AS value FROM quoted
WHERE status = 'accepted'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: quote_conversion
SELECT round(avg((status = 'accepted')::int), 12) AS value FROM quoted
WHERE status <> 'draft'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: accepted_value
SELECT sum(net) AS value, 'DKK' AS currency FROM quoted
WHERE status = 'accepted'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: average_accepted_quote
SELECT avg(net) AS value, 'DKK' AS currency FROM quoted
WHERE status = 'accepted'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: quotes_won_on_record
SELECT count(*) AS value FROM decided
WHERE new = 'accepted'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: quotes_lost_on_record
SELECT count(*) AS value FROM decided
WHERE new = 'rejected'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: quote_win_rate
SELECT round(avg((new = 'accepted')::int), 12) AS value FROM decided
WHERE new IN ('accepted', 'rejected')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: cleaning_leads
SELECT count(*) AS value FROM asked
WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: cleaning_leads_won
SELECT count(*) AS value FROM asked
WHERE status = 'converted'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: cleaning_lead_conversion
SELECT round(avg((status = 'converted')::int), 12) AS value FROM asked
WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: leads_to_follow_up
SELECT count(*) AS value FROM asked
WHERE status IN ('new', 'contacted', 'quote_sent', 'awaiting_response');

-- metric: jobs
SELECT count(*) AS value FROM booked
WHERE status <> 'cancelled'
    AND (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: completed_jobs
SELECT count(*) AS value FROM booked
WHERE status = 'completed'
    AND (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: minutes_worked
SELECT coalesce(sum(actual_duration), 0) AS value FROM booked
WHERE status = 'completed'
    AND (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: minutes_planned
SELECT coalesce(sum(estimated_duration), 0) AS value FROM booked
WHERE status = 'completed' AND actual_duration IS NOT NULL
    AND (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: time_ratio
SELECT round(sum(actual_duration)::numeric / nullif(sum(estimated_duration), 0), 12) AS value
FROM booked
WHERE status = 'completed' AND actual_duration IS NOT NULL
    AND (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: app_revenue_by_change
SELECT sum(gross) AS value, 'DKK' AS currency FROM quoted
WHERE status = 'accepted'
    AND (updated_at AT TIME ZONE :zone)::date >= :from AND (updated_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: app_revenue_by_creation
SELECT sum(gross) AS value, 'DKK' AS currency FROM quoted
WHERE status = 'accepted'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: app_revenue_paid
SELECT sum(gross) AS value, 'DKK' AS currency FROM billed
WHERE status = 'paid'
    AND (paid_at AT TIME ZONE :zone)::date >= :from AND (paid_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: app_stored_revenue
SELECT coalesce(sum(round(value::text::numeric, 4)), 0) AS value FROM renos.analytics
WHERE metric = 'revenue' AND date >= :from AND date < :until;

-- metric: app_quotes
SELECT count(*) AS value FROM quoted
WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: app_quote_conversion
SELECT round(avg((status = 'accepted')::int), 12) AS value FROM quoted
WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: app_average_quote
SELECT avg(gross) AS value, 'DKK' AS currency FROM quoted
WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: app_cleaning_bookings
SELECT count(*) AS value FROM booked
WHERE (scheduled_at AT TIME ZONE :zone)::date >= :from
    AND (scheduled_at AT TIME ZONE :zone)::date < :until;

-- metric: app_customer_revenue
SELECT sum(amount(total_revenue)) AS value, 'DKK' AS currency FROM renos.customers;

-- metric: app_customer_bookings
SELECT sum(total_bookings) AS value FROM renos.customers;

-- metric: app_active_contracts
SELECT count(*) AS value FROM renos.customers WHERE total_bookings >= 5;

-- metric: regular_customers
SELECT count(*) AS value FROM (
    SELECT customer_id FROM booked
    WHERE status <> 'cancelled' AND customer_id IS NOT NULL
        AND (scheduled_at AT TIME ZONE :zone)::date >= :from
        AND (scheduled_at AT TIME ZONE :zone)::date < :until
    GROUP BY customer_id HAVING count(*) >= 5) each;
