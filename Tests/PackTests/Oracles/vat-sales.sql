-- VAT by country of the sales application's sales, asked in its own tables.
-- metrics: vat-nl vat-dk vat-ke vat-mw
-- source: tekup
-- companies: rendetalje tekup foodtruck
-- countries: NL DK KE MW
-- start: 2026-03-31T12:00:00Z
-- span: 2025-12-15..2026-06-30
-- rounds: 2
-- queries: vat.queries

-- Sales of the half-year at all rates that there are, some of them lawful in one country only.
UPDATE sales SET
    sale_date = timestamp '2025-12-12 22:30' + numbered.n * 61 % 4700 * interval '1 hour',
    currency = CASE numbered.n % 11 WHEN 5 THEN 'EUR' ELSE 'DKK' END,
    tax_rate = (ARRAY[25, 21, 9, 0, 16, 8, 17.5, 16.5, 12.5])[numbered.n % 9 + 1],
    tax_amount = round(final_amount * (ARRAY[25, 21, 9, 0, 16, 8, 17.5, 16.5, 12.5])[numbered.n % 9 + 1]
        / 100, 2) + CASE numbered.n % 17 WHEN 0 THEN 0.01 ELSE 0 END,
    status = (ARRAY['COMPLETED', 'PAID', 'PAID', 'ACCEPTED'])[numbered.n % 4 + 1]::"SaleStatus"
FROM (SELECT id, row_number() OVER (ORDER BY sale_number)::int AS n FROM sales) numbered
WHERE sales.id = numbered.id;
-- The line of each sale by the law of its day.
CREATE FUNCTION form(country text, zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    WITH sold AS (
        SELECT CASE o.type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
                ELSE 'foodtruck' END AS company,
            (s.sale_date AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day, s.tax_rate,
            s.final_amount, s.tax_amount, s.currency
        FROM sales s JOIN organizations o ON o.id = s.organization_id
        WHERE s.status IN ('COMPLETED', 'PAID')),
    placed AS (
        SELECT *, CASE
            WHEN tax_rate = 0 THEN 'no_tax'
            WHEN country = 'NL' AND tax_rate = 21 AND day >= '2012-10-01' THEN '1a'
            WHEN country = 'NL' AND tax_rate = 9 AND day >= '2019-01-01' THEN '1b'
            WHEN country = 'DK' AND tax_rate = 25 THEN '25'
            WHEN country = 'KE' AND tax_rate = 16
                AND day NOT BETWEEN '2020-04-01' AND '2020-12-31' THEN '16'
            WHEN country = 'KE' AND tax_rate = 8 AND day >= '2018-09-21' THEN '8'
            WHEN country = 'MW' AND tax_rate = 16.5 AND day <= '2025-12-30' THEN '165'
            WHEN country = 'MW' AND tax_rate = 17.5 AND day >= '2025-12-31' THEN '175'
            ELSE 'unknown' END AS box
        FROM sold)
    SELECT lower(country) || '_' || part.line, company, day, part.amount, currency
    FROM placed, LATERAL (VALUES
        (box || '_base', final_amount),
        (CASE box WHEN 'no_tax' THEN 'unknown' ELSE box END || '_tax', tax_amount),
        ('sales_base', final_amount), ('sales_tax', tax_amount)) part (line, amount) $$;
