-- What becomes of leads, quotes and customers of the group, asked in the sales application's own tables and
-- in the journal of their changes.
-- metrics: sales-courses
-- source: tekup
-- companies: rendetalje tekup foodtruck
-- start: 2026-03-31T12:00:00Z
-- span: 2025-12-01..2026-05-31

-- Leads and sales all over the half-year, with customers of their own organization.
CREATE FUNCTION customer_of(organization uuid, n int) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM customers WHERE organization_id = organization ORDER BY id OFFSET n % 9 LIMIT 1 $$;
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.sale_number FROM '[0-9]+$')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW.customer_id := customer_of(NEW.organization_id, n * 7);
    NEW.sale_date := timestamp '2025-12-10 22:30' + n * 61 % 3300 * interval '1 hour';
    NEW.created_at := NEW.sale_date - n % 5 * interval '20 hours';
    NEW.payment_status := (ARRAY['PAID', 'PENDING', 'PAID', 'REFUNDED', 'PARTIALLY_PAID'])[n % 5 + 1]::"PaymentStatus";
    NEW.payment_date := CASE WHEN n % 7 > 0 THEN NEW.sale_date + n % 60 * interval '31 hours' END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE sales SET updated_at = updated_at;
DROP TRIGGER spread ON sales;
CREATE TRIGGER spread BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE leads SET customer_id = CASE WHEN score % 4 > 0 THEN customer_of(organization_id, score) END,
    created_at = timestamp '2025-12-20 22:40' + score * 71 % 2900 * interval '1 hour';
CREATE FUNCTION local_day(at timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE FUNCTION days_between(earlier timestamptz, later timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM later - earlier)::float8 / 86400 $$;
CREATE FUNCTION company_of(organization uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
        ELSE 'foodtruck' END FROM organizations WHERE id = organization $$;
CREATE VIEW sold AS
    SELECT *, company_of(organization_id) AS company,
        status IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'PAID') AS is_booked FROM sales;
-- The customers whose first lead of all came in on some days, and the first payment since.
CREATE FUNCTION cycle(of text, first date, after date, today date, zone text)
    RETURNS TABLE (lead timestamptz, paid timestamptz) LANGUAGE sql STABLE AS $$
    SELECT lead AT TIME ZONE 'UTC', (
        SELECT min(payment_date) FROM sold s WHERE s.customer_id = l.customer_id AND payment_status = 'PAID'
            AND payment_date >= lead AND local_day(payment_date, zone) <= today) AT TIME ZONE 'UTC'
    FROM (SELECT customer_id, min(created_at) AS lead FROM leads
        WHERE company_of(organization_id) = of AND customer_id IS NOT NULL GROUP BY customer_id) l
    WHERE local_day(lead, zone) >= first AND local_day(lead, zone) < after $$;
-- The customers who first bought on some days, and whether they did in the month after.
CREATE FUNCTION buyer(of text, first date, after date, zone text)
    RETURNS TABLE (month date, is_back bool) LANGUAGE sql STABLE AS $$
    WITH bought AS (
        SELECT customer_id, local_day(sale_date, zone) AS day,
            date_trunc('month', local_day(sale_date, zone)::timestamp)::date AS month
        FROM sold WHERE company = of AND is_booked AND customer_id IS NOT NULL)
    SELECT f.month, EXISTS (SELECT FROM bought b
        WHERE b.customer_id = f.customer_id AND b.month = (f.month + interval '1 month')::date)
    FROM (SELECT DISTINCT ON (customer_id) * FROM bought ORDER BY customer_id, day) f
    WHERE day >= first AND day < after $$;
-- Stays: each begins with a change that the reader saw, and ends with the next one. When one began that
-- lasted already at first is not known; a row that came later tells when it began.
CREATE VIEW stay AS
    SELECT t.key, t.past, t.status, t.moment, lead(t.moment) OVER later AS ended,
        CASE WHEN t.is_first THEN least(t.moment, d.created_at AT TIME ZONE 'UTC') ELSE t.moment END AS began
    FROM (
        SELECT *, row_number() OVER earlier = 1 AS is_first, lag(status) OVER earlier AS past
        FROM (SELECT key, moment, held ->> 'status' AS status FROM as_seen('sales')) seen
        WINDOW earlier AS (PARTITION BY key ORDER BY moment)) t
    LEFT JOIN sales d ON d.id::text = t.key
    WHERE t.is_first OR t.status IS DISTINCT FROM t.past
    WINDOW later AS (PARTITION BY t.key ORDER BY t.moment);
CREATE VIEW quote AS
    SELECT stay.*, company_of((SELECT (held ->> 'organization_id')::uuid FROM audit
        WHERE place = 'sales' AND audit.key = stay.key AND held IS NOT NULL LIMIT 1)) AS company
    FROM stay WHERE status = 'QUOTE_SENT';

-- change: quotes are answered, new ones made
UPDATE sales SET status = 'ACCEPTED' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) IN ('1', '4', '8');
UPDATE sales SET status = 'LOST' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) = '2';
UPDATE sales SET status = 'QUOTE_SENT'
    WHERE status IN ('SCHEDULED', 'COMPLETED') AND right(sale_number, 1) IN ('0', '3', '6', '7');

-- change: lost quotes come back
UPDATE sales SET status = 'QUOTE_SENT' WHERE status IN ('LOST', 'CANCELLED');
UPDATE leads SET customer_id = customer_of(organization_id, score), status = 'CONVERTED'
    WHERE customer_id IS NULL AND score % 8 = 4;

-- change: two answers of one day are seen as one, quotes are struck off
UPDATE sales SET status = 'LOST' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) IN ('0', '5', '9');
UPDATE sales SET status = 'ACCEPTED' WHERE status = 'LOST' AND right(sale_number, 1) = '5';
UPDATE sales SET status = 'QUOTE_SENT' WHERE status = 'LOST' AND right(sale_number, 1) = '9';
DELETE FROM sales WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) = '6';

-- metric: sales_cycle_lead
SELECT count(*) AS value FROM cycle(:company, :from, :until, :today, :zone);

-- metric: sales_cycle_paid
SELECT count(paid) AS value FROM cycle(:company, :from, :until, :today, :zone);

-- metric: sales_cycle_paid_of_first
SELECT round(count(paid)::numeric / nullif(count(*), 0), 12) AS value
FROM cycle(:company, :from, :until, :today, :zone);

-- metric: sales_cycle_paid_of_previous
SELECT round(count(paid)::numeric / nullif(count(*), 0), 12) AS value
FROM cycle(:company, :from, :until, :today, :zone);

-- metric: sales_cycle_paid_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(lead, paid)) AS value
FROM cycle(:company, :from, :until, :today, :zone);

-- metric: quote_days_to_answer
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(nullif(began, '-infinity'), ended)) AS value
FROM quote
WHERE company = :company
    AND (ended AT TIME ZONE :zone)::date >= :from AND (ended AT TIME ZONE :zone)::date < :until;

-- metric: quote_age
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, :today - (began AT TIME ZONE :zone)::date)::float8)
    AS value
FROM quote WHERE company = :company AND ended IS NULL AND began > '-infinity';

-- metric: next_month_customers
SELECT round(avg(is_back::int), 12) AS value FROM buyer(:company, :from, :until, :zone)
WHERE month + interval '2 months' <= :today;
