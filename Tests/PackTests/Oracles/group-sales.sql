-- The bridge of all companies over the sales application's own tables.
-- metrics: group
-- source: tekup
-- companies: rendetalje tekup foodtruck
-- currency: EUR closing
-- start: 2026-09-30T12:00:00Z
-- span: 2026-08-20..2026-11-15
-- rounds: 2
-- queries: group.queries

-- Sales and payments around the days that there are rates of.
UPDATE sales SET
    sale_date = timestamp '2026-08-10 22:30' + numbered.n * 61 % 1900 * interval '1 hour',
    currency = (ARRAY['DKK', 'DKK', 'EUR', 'DKK', 'USD'])[numbered.n % 5 + 1],
    status = (ARRAY['COMPLETED', 'PAID', 'COMPLETED', 'ACCEPTED', 'IN_PROGRESS', 'LOST', 'PAID'])
        [numbered.n % 7 + 1]::"SaleStatus",
    total_with_tax = final_amount + tax_amount + CASE numbered.n % 19 WHEN 0 THEN 0.01 ELSE 0 END,
    payment_date = CASE WHEN payment_status IN ('PAID', 'REFUNDED') AND numbered.n % 6 > 0
        THEN timestamp '2026-08-12 21:30' + numbered.n * 83 % 1900 * interval '1 hour' END
FROM (SELECT id, row_number() OVER (ORDER BY sale_number)::int AS n FROM sales) numbered
WHERE sales.id = numbered.id;
CREATE FUNCTION flow(zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    WITH sold AS (
        SELECT s.*, CASE o.type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
                ELSE 'foodtruck' END AS company,
            (sale_date AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS sold_on,
            (payment_date AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS paid_on,
            status IN ('COMPLETED', 'PAID') AS is_done, payment_status = 'PAID' AS is_paid
        FROM sales s JOIN organizations o ON o.id = s.organization_id)
    SELECT part.line, company, part.day, part.amount, currency FROM sold, LATERAL (VALUES
        ('sale booked', sold_on, final_amount,
            is_done OR status IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS')),
        ('sale backlog', sold_on, final_amount, status IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS')),
        ('sale done', sold_on, final_amount, is_done),
        ('sale gross', sold_on, total_with_tax, is_done),
        ('sale refunded', sold_on, total_with_tax, is_done AND payment_status = 'REFUNDED'),
        ('sale undated', sold_on, total_with_tax, is_done AND is_paid AND paid_on IS NULL),
        ('sale due', sold_on, total_with_tax, is_done AND payment_status <> 'REFUNDED'),
        ('sale paid', paid_on, total_with_tax, is_done AND is_paid),
        ('sale advance', paid_on, total_with_tax, NOT is_done AND is_paid))
        part (line, day, amount, counts)
    WHERE part.counts $$;
