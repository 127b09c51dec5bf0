-- The bills of all companies over the bill manager's own tables.
-- metrics: group
-- source: teddykids
-- companies: teddy-kids tisa teddy-daycare teddy-cafe
-- currency: EUR closing
-- start: 2026-09-30T12:00:00Z
-- span: 2026-08-20..2026-11-15
-- rounds: 2
-- queries: group.queries

UPDATE invoices SET issue_date = issue_date + 220, payment_date = payment_date + interval '190 days';
CREATE FUNCTION flow(zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    WITH entered AS (
        SELECT *, lower(btrim(status)) AS word, CASE paying_company_id
                WHEN 'daycare' THEN 'teddy-daycare' WHEN 'cafe' THEN 'teddy-cafe'
                ELSE paying_company_id END AS company
        FROM invoices)
    SELECT 'bill', company, issue_date, amount, 'EUR' FROM entered WHERE word <> 'cancelled'
    UNION ALL
    SELECT 'bill paid', company, (payment_date AT TIME ZONE zone)::date, amount, 'EUR'
    FROM entered WHERE word = 'paid' $$;
