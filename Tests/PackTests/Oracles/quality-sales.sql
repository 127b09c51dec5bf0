-- Faults of the group's sales and leads, asked in the sales application's own tables.
-- metrics: quality-sales
-- source: tekup
-- companies: rendetalje tekup foodtruck
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Sales all over the half-year with faults of every kind; some with customers of other organizations.
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.sale_number FROM '[0-9]+$')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    IF n % 4 > 0 THEN
        NEW.customer_id := (SELECT id FROM customers WHERE organization_id = NEW.organization_id
            ORDER BY id OFFSET n % 7 LIMIT 1);
    END IF;
    IF n % 5 > 0 THEN
        NEW.service_id := (SELECT id FROM services WHERE organization_id = NEW.organization_id
            ORDER BY id OFFSET n % 2 LIMIT 1);
    END IF;
    NEW.sale_date := CASE WHEN n % 31 = 3 THEN timestamp '1970-01-01'
        WHEN n % 29 = 4 THEN timestamp '2026-12-01' + n * interval '1 hour'
        ELSE timestamp '2025-12-28 22:30' + n * 61 % 4400 * interval '1 hour' END;
    NEW.created_at := timestamp '2025-12-30 22:30' + n * 61 % 4400 * interval '1 hour';
    NEW.currency := CASE n % 11 WHEN 5 THEN 'EUR' ELSE 'DKK' END;
    NEW.final_amount := CASE n % 13 WHEN 1 THEN 0 WHEN 2 THEN -5 ELSE NEW.final_amount END;
    NEW.scheduled_date := CASE n % 6 WHEN 0 THEN NULL
        ELSE NEW.sale_date + (n % 9 - 2) * interval '1 day' END;
    NEW.payment_date := CASE WHEN n % 37 = 6 THEN timestamp '2026-12-24'
        WHEN NEW.payment_status = 'PAID' THEN NEW.sale_date + (n % 8 - 2) * interval '7 hours' END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE sales SET updated_at = updated_at;
DROP TRIGGER spread ON sales;
CREATE TRIGGER spread BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE services SET currency = 'EUR' WHERE right(id::text, 1) = '2';
UPDATE leads SET created_at = timestamp '2026-01-01 22:40' + score * interval '71 hours',
    follow_up_date = CASE WHEN score % 6 > 0 THEN follow_up_date END,
    converted_sale_id = CASE WHEN score % 7 = 0 THEN NULL WHEN score % 9 = 2 THEN (SELECT min(id::text) FROM sales)::uuid
        ELSE converted_sale_id END;
CREATE FUNCTION local_day(at timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE FUNCTION company_of(organization uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
        ELSE 'foodtruck' END FROM organizations WHERE id = organization $$;
CREATE VIEW sold AS
    SELECT s.*, company_of(s.organization_id) AS company, s.status::text AS word,
        c.organization_id IS DISTINCT FROM s.organization_id AS is_strange,
        v.organization_id IS DISTINCT FROM s.organization_id AS is_odd,
        CASE WHEN v.organization_id = s.organization_id THEN v.currency END AS list_currency
    FROM sales s LEFT JOIN customers c ON c.id = s.customer_id LEFT JOIN services v ON v.id = s.service_id;
CREATE VIEW known AS SELECT *, company_of(organization_id) AS company FROM leads;
CREATE VIEW changed AS
    SELECT moment, company_of((present ->> 'organization_id')::uuid) AS company,
        past ->> 'status' AS old, present ->> 'status' AS new
    FROM (
        SELECT *, lag(present) OVER (PARTITION BY key ORDER BY moment) AS past
        FROM (
            SELECT DISTINCT ON (key, moment) key, moment, a.held AS present
            FROM audit a WHERE place = 'sales' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z' AND present ->> 'status' <> past ->> 'status';

-- change: quotes are answered, others skip ahead
UPDATE sales SET status = 'ACCEPTED' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) IN ('1', '4');
UPDATE sales SET status = 'COMPLETED' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) = '6';
UPDATE sales SET status = 'QUOTE_SENT' WHERE status = 'LOST' AND right(sale_number, 1) IN ('2', '5');

-- change: work goes on, and back
UPDATE sales SET status = 'SCHEDULED' WHERE status = 'ACCEPTED' AND right(sale_number, 1) IN ('3', '4');
UPDATE sales SET status = 'IN_PROGRESS' WHERE status = 'ACCEPTED' AND right(sale_number, 1) IN ('1', '9');
UPDATE sales SET status = 'ACCEPTED' WHERE status = 'IN_PROGRESS' AND right(sale_number, 1) IN ('7', '8');
UPDATE sales SET status = 'CANCELLED' WHERE status = 'COMPLETED' AND right(sale_number, 1) IN ('0', '6');

-- change: some are paid at once
UPDATE sales SET status = 'PAID' WHERE status = 'SCHEDULED' AND right(sale_number, 1) IN ('2', '4');
UPDATE sales SET status = 'COMPLETED' WHERE status = 'PAID' AND right(sale_number, 2) IN ('11', '15', '23');

-- metric: sales_entered
SELECT count(*) AS value FROM sold
WHERE company = :company
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sale_customers_unknown
SELECT count(*) AS value FROM sold
WHERE company = :company AND is_strange
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sale_services_unknown
SELECT count(*) AS value FROM sold
WHERE company = :company AND is_odd
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_dated_ahead
SELECT count(*) AS value FROM sold
WHERE company = :company AND word IN ('COMPLETED', 'PAID') AND local_day(sale_date, :zone) > :today
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_paid_ahead
SELECT count(*) AS value FROM sold
WHERE company = :company AND local_day(payment_date, :zone) > :today
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_dated_long_ago
SELECT count(*) AS value FROM sold
WHERE company = :company AND local_day(sale_date, :zone) < date '2020-01-01'
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_of_nothing
SELECT count(*) AS value FROM sold
WHERE company = :company AND final_amount <= 0 AND word NOT IN ('LOST', 'CANCELLED')
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_paid_too_soon
SELECT count(*) AS value FROM sold
WHERE company = :company AND payment_status = 'PAID' AND word IN ('QUOTE_SENT', 'LOST', 'CANCELLED')
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_unscheduled
SELECT count(*) AS value FROM sold
WHERE company = :company AND word = 'SCHEDULED' AND scheduled_date IS NULL
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_paid_before_sale
SELECT count(*) AS value FROM sold
WHERE company = :company AND payment_date < sale_date
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_scheduled_before_sale
SELECT count(*) AS value FROM sold
WHERE company = :company AND scheduled_date < sale_date
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sales_of_other_currency
SELECT count(*) AS value FROM sold
WHERE company = :company AND currency <> list_currency
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: leads_converted_to_nothing
SELECT count(*) AS value FROM known
WHERE company = :company AND status = 'CONVERTED' AND converted_sale_id IS NULL
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: leads_with_sale_open
SELECT count(*) AS value FROM known
WHERE company = :company AND status <> 'CONVERTED' AND converted_sale_id IS NOT NULL
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: leads_due_before_entry
SELECT count(*) AS value FROM known
WHERE company = :company AND follow_up_date < created_at
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: sale_moves
SELECT count(*) AS value FROM changed
WHERE company = :company
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_beside_quote
SELECT count(*) AS value FROM changed
WHERE company = :company AND old = 'QUOTE_SENT' AND new NOT IN ('ACCEPTED', 'LOST')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_beside_acceptance
SELECT count(*) AS value FROM changed
WHERE company = :company AND old = 'ACCEPTED' AND new NOT IN ('SCHEDULED', 'CANCELLED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_beside_schedule
SELECT count(*) AS value FROM changed
WHERE company = :company AND old = 'SCHEDULED' AND new NOT IN ('IN_PROGRESS', 'CANCELLED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_beside_work
SELECT count(*) AS value FROM changed
WHERE company = :company AND old = 'IN_PROGRESS' AND new NOT IN ('COMPLETED', 'CANCELLED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_beside_completion
SELECT count(*) AS value FROM changed
WHERE company = :company AND old = 'COMPLETED' AND new NOT IN ('PAID')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: moves_after_end
SELECT count(*) AS value FROM changed
WHERE company = :company AND old IN ('PAID', 'LOST', 'CANCELLED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: impossible_sale_moves
SELECT count(*) AS value FROM changed
WHERE company = :company AND (old, new) NOT IN (
        ('QUOTE_SENT', 'ACCEPTED'), ('QUOTE_SENT', 'LOST'), ('ACCEPTED', 'SCHEDULED'), ('ACCEPTED', 'CANCELLED'), 
        ('SCHEDULED', 'IN_PROGRESS'), ('SCHEDULED', 'CANCELLED'), ('IN_PROGRESS', 'COMPLETED'), ('IN_PROGRESS', 'CANCELLED'), ('COMPLETED', 'PAID'))
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: impossible_move_share
SELECT avg(CASE WHEN (old, new) IN (
        ('QUOTE_SENT', 'ACCEPTED'), ('QUOTE_SENT', 'LOST'), ('ACCEPTED', 'SCHEDULED'), ('ACCEPTED', 'CANCELLED'), 
        ('SCHEDULED', 'IN_PROGRESS'), ('SCHEDULED', 'CANCELLED'), ('IN_PROGRESS', 'COMPLETED'), ('IN_PROGRESS', 'CANCELLED'), ('COMPLETED', 'PAID'))
    THEN 0 ELSE 1 END) AS value FROM changed
WHERE company = :company AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: sale_numbers_first
SELECT min(substring(sale_number FROM '-([0-9]+)$')::int) AS value FROM sold
WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
-- metric: sale_numbers_last
SELECT max(substring(sale_number FROM '-([0-9]+)$')::int) AS value FROM sold
WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
-- metric: sale_numbers_used
SELECT count(DISTINCT substring(sale_number FROM '-([0-9]+)$')::int) AS value FROM sold
WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
-- metric: sale_numbers_missing_of_series
SELECT max(n) - min(n) + 1 - count(DISTINCT n) AS value
FROM (SELECT *, substring(sale_number FROM '-([0-9]+)$')::int AS n FROM sold) s
WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
-- metric: sale_numbers_missing
SELECT sum(missing) AS value FROM (
    SELECT count(*) AS missing FROM (
        SELECT split_part(sale_number, '-', 2) AS year, split_part(sale_number, '-', 3)::int AS n
        FROM sold WHERE sale_number ~ '^[A-Z]+-[0-9]+-[0-9]+$' AND company = :company
            AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
    ) own
    CROSS JOIN LATERAL (
        SELECT min(o.n) AS next FROM (
            SELECT split_part(sale_number, '-', 2) AS year, split_part(sale_number, '-', 3)::int AS n
            FROM sold WHERE sale_number ~ '^[A-Z]+-[0-9]+-[0-9]+$' AND company = :company
                AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
        ) o WHERE o.year = own.year AND o.n > own.n
    ) later
    CROSS JOIN LATERAL generate_series(own.n + 1, later.next - 1)
) gaps
-- metric: sales_numbered_otherwise
SELECT count(*) AS value FROM sold
WHERE company = :company AND sale_number !~ '^[^-]*-[^-]*-[0-9]+$'
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until
-- metric: sale_faults
SELECT (SELECT count(*) FILTER (WHERE is_strange)
        + count(*) FILTER (WHERE is_odd)
        + count(*) FILTER (WHERE word IN ('COMPLETED', 'PAID') AND local_day(sale_date, :zone) > :today)
        + count(*) FILTER (WHERE local_day(payment_date, :zone) > :today)
        + count(*) FILTER (WHERE local_day(sale_date, :zone) < date '2020-01-01')
        + count(*) FILTER (WHERE final_amount <= 0 AND word NOT IN ('LOST', 'CANCELLED'))
        + count(*) FILTER (WHERE payment_status = 'PAID' AND word IN ('QUOTE_SENT', 'LOST', 'CANCELLED'))
        + count(*) FILTER (WHERE word = 'SCHEDULED' AND scheduled_date IS NULL)
        + count(*) FILTER (WHERE payment_date < sale_date)
        + count(*) FILTER (WHERE scheduled_date < sale_date)
        + count(*) FILTER (WHERE currency <> list_currency)
    FROM sold WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE status = 'CONVERTED' AND converted_sale_id IS NULL)
        + count(*) FILTER (WHERE status <> 'CONVERTED' AND converted_sale_id IS NOT NULL)
        + count(*) FILTER (WHERE follow_up_date < created_at)
    FROM known WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until) AS value;

-- metric: sale_fault_rate
SELECT ((SELECT count(*) FILTER (WHERE is_strange)
        + count(*) FILTER (WHERE is_odd)
        + count(*) FILTER (WHERE word IN ('COMPLETED', 'PAID') AND local_day(sale_date, :zone) > :today)
        + count(*) FILTER (WHERE local_day(payment_date, :zone) > :today)
        + count(*) FILTER (WHERE local_day(sale_date, :zone) < date '2020-01-01')
        + count(*) FILTER (WHERE final_amount <= 0 AND word NOT IN ('LOST', 'CANCELLED'))
        + count(*) FILTER (WHERE payment_status = 'PAID' AND word IN ('QUOTE_SENT', 'LOST', 'CANCELLED'))
        + count(*) FILTER (WHERE word = 'SCHEDULED' AND scheduled_date IS NULL)
        + count(*) FILTER (WHERE payment_date < sale_date)
        + count(*) FILTER (WHERE scheduled_date < sale_date)
        + count(*) FILTER (WHERE currency <> list_currency)
    FROM sold WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE status = 'CONVERTED' AND converted_sale_id IS NULL)
        + count(*) FILTER (WHERE status <> 'CONVERTED' AND converted_sale_id IS NOT NULL)
        + count(*) FILTER (WHERE follow_up_date < created_at)
    FROM known WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until))::numeric
    / nullif((SELECT count(*) FROM sold WHERE company = :company AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until), 0) AS value;
