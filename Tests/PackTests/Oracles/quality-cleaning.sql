-- Faults of the cleaning unit's invoices and jobs, asked in its running system's own tables.
-- metrics: quality-cleaning
-- source: renos
-- companies: rendetalje
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Documents all over the half-year with faults of every kind.
CREATE FUNCTION spread_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    NEW.created_at := timestamptz '2026-01-02 22:30Z' + n * 53 % 4200 * interval '1 hour';
    NEW.scheduled_at := timestamptz '2026-01-04 07:00Z' + n * 43 % 5200 * interval '1 hour';
    NEW.status := (ARRAY['scheduled', 'completed', 'cancelled', 'Completed '])[n % 4 + 1];
    NEW.actual_start_time := NEW.scheduled_at;
    NEW.actual_end_time := NEW.scheduled_at + (n % 6 - 1) * interval '20 minutes';
    RETURN NEW;
END $$;
CREATE FUNCTION spread_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.id FROM '[0-9]+')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW.created_at := timestamptz '2026-01-02 10:00Z' + n * 47 % 4000 * interval '1 hour';
    NEW.issue_date := NEW.created_at;
    NEW.due_date := NEW.issue_date + (n % 16 - 2) * interval '1 day';
    NEW.paid_at := CASE WHEN n % 3 = 2 THEN NEW.issue_date + (n % 9 - 2) * interval '1 day' END;
    NEW.paid_amount := CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN round(NEW.total::numeric, 2) - 0.01
        ELSE round(NEW.total::numeric, 2) END;
    NEW.status := (ARRAY['draft', 'sent', 'paid', ' Sent', 'cancelled', 'overdue', 'paid'])[n % 7 + 1];
    NEW.customer_id := CASE WHEN n % 11 = 0 THEN 'cm-nobody' ELSE NEW.customer_id END;
    NEW.total := CASE WHEN n % 13 = 0 THEN 0 ELSE NEW.total END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON renos.bookings FOR EACH ROW EXECUTE FUNCTION spread_job();
CREATE TRIGGER spread BEFORE UPDATE ON renos.invoices FOR EACH ROW EXECUTE FUNCTION spread_invoice();
UPDATE renos.bookings SET id = id;
UPDATE renos.invoices SET id = id;
DROP TRIGGER spread ON renos.bookings;
DROP TRIGGER spread ON renos.invoices;
CREATE TRIGGER spread BEFORE INSERT ON renos.bookings FOR EACH ROW EXECUTE FUNCTION spread_job();
CREATE TRIGGER spread BEFORE INSERT ON renos.invoices FOR EACH ROW EXECUTE FUNCTION spread_invoice();
CREATE VIEW bill AS SELECT *, lower(btrim(status)) AS word, round(total::text::numeric, 2) AS gross,
    round(paid_amount::text::numeric, 2) AS paid FROM renos.invoices;
CREATE VIEW work AS SELECT *, lower(btrim(status)) AS word FROM renos.bookings;
CREATE VIEW status_change AS
    SELECT moment, old, new FROM (
        SELECT moment, status AS new, lag(status) OVER (PARTITION BY key ORDER BY moment) AS old
        FROM (SELECT DISTINCT ON (key, moment) key, moment, lower(btrim(held ->> 'status')) AS status FROM audit
            WHERE place = 'invoices' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z' AND old <> new;

-- change: paid invoices are open again
UPDATE renos.invoices SET status = 'Sent' WHERE lower(status) = 'paid' AND right(id, 1) IN ('3', '6');

-- change: a cancelled one is sent
UPDATE renos.invoices SET status = 'overdue' WHERE status = 'cancelled' AND right(id, 1) = '4';

-- metric: invoice_customers_unknown
SELECT count(*) AS value FROM bill
WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT id FROM renos.customers)
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_of_no_job
SELECT count(*) AS value FROM bill
WHERE (booking_id IS NULL OR booking_id NOT IN (SELECT id FROM renos.bookings))
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_unbooked
SELECT count(*) AS value FROM bill
WHERE word IN ('sent', 'paid', 'overdue') AND billy_invoice_id IS NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_paid_by_nothing
SELECT count(*) AS value FROM bill
WHERE word = 'paid' AND paid IS NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_of_nothing
SELECT count(*) AS value FROM bill
WHERE gross <= 0 AND word <> 'cancelled'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: jobs_of_nobody
SELECT count(*) AS value FROM work
WHERE (customer_id IS NULL OR customer_id NOT IN (SELECT id FROM renos.customers))
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: jobs_done_ahead
SELECT count(*) AS value FROM work
WHERE word = 'completed' AND (scheduled_at AT TIME ZONE :zone)::date > :today
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_due_before_issue
SELECT count(*) AS value FROM bill
WHERE due_date < issue_date
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_paid_before_issue
SELECT count(*) AS value FROM bill
WHERE paid_at < issue_date
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_paid_otherwise
SELECT count(*) AS value FROM bill
WHERE word = 'paid' AND paid <> gross
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: jobs_ended_before_begun
SELECT count(*) AS value FROM work
WHERE actual_end_time < actual_start_time
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_off_grid
SELECT count(*) AS value FROM bill
WHERE round(total::text::numeric, 6) <> gross
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: invoices_reopened
SELECT count(*) AS value FROM status_change
WHERE old IN ('paid', 'cancelled') AND new IN ('draft', 'sent', 'overdue')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: cleaning_faults
SELECT (SELECT count(*) FILTER (WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT id FROM renos.customers))
        + count(*) FILTER (WHERE (booking_id IS NULL OR booking_id NOT IN (SELECT id FROM renos.bookings)))
        + count(*) FILTER (WHERE word IN ('sent', 'paid', 'overdue') AND billy_invoice_id IS NULL)
        + count(*) FILTER (WHERE word = 'paid' AND paid IS NULL)
        + count(*) FILTER (WHERE gross <= 0 AND word <> 'cancelled')
        + count(*) FILTER (WHERE due_date < issue_date)
        + count(*) FILTER (WHERE paid_at < issue_date)
        + count(*) FILTER (WHERE word = 'paid' AND paid <> gross)
    FROM bill WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until)
    + (SELECT count(*) FILTER (WHERE (customer_id IS NULL OR customer_id NOT IN (SELECT id FROM renos.customers)))
        + count(*) FILTER (WHERE word = 'completed' AND (scheduled_at AT TIME ZONE :zone)::date > :today)
        + count(*) FILTER (WHERE actual_end_time < actual_start_time)
    FROM work WHERE (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until) AS value;
