-- VAT by country of supplier bills, asked in the application's own tables.
-- metrics: vat-nl vat-dk vat-ke vat-mw
-- source: teddykids
-- companies: teddy-kids tisa teddy-daycare teddy-cafe
-- countries: NL DK KE MW
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30
-- rounds: 1
-- queries: vat.queries

-- No VAT is stored with these bills: all of them have to be read.
CREATE FUNCTION form(country text, zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    SELECT lower(country) || part.line,
        CASE paying_company_id WHEN 'daycare' THEN 'teddy-daycare' WHEN 'cafe' THEN 'teddy-cafe'
            ELSE paying_company_id END, issue_date, amount, 'EUR'
    FROM invoices, (VALUES ('_bills'), ('_bills_without_tax')) part (line)
    WHERE lower(btrim(status)) <> 'cancelled' $$;
