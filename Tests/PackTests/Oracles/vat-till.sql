-- What a till's sales hold of VAT, asked in its documents; it stores none.
-- metrics: vat-nl vat-dk vat-ke vat-mw
-- source: chikondi
-- companies: tiyende
-- countries: NL DK KE MW
-- start: 2026-04-02T12:00:00Z
-- span: 2025-11-15..2026-05-31
-- rounds: 1
-- queries: vat.queries

CREATE FUNCTION form(country text, zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    WITH sold AS (
        SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp', body ->> 'productId')
            round((body ->> 'amount')::numeric, 2) AS amount,
            (to_timestamp((body ->> 'timestamp')::bigint / 1000.0) AT TIME ZONE zone)::date AS day
        FROM documents WHERE id LIKE 'sale%' AND body ->> 'test' IS DISTINCT FROM 'true'
        ORDER BY body ->> 'id', body ->> 'timestamp', body ->> 'productId', length(id) DESC,
            id COLLATE "C" DESC),
    taxed AS (
        SELECT *, round(amount - amount / CASE WHEN day < '2025-12-31' THEN 1.165 ELSE 1.175 END, 2)
            AS tax
        FROM sold)
    SELECT part.line, 'tiyende', day, part.amount, 'MWK' FROM taxed, LATERAL (VALUES
        ('mw_till_sales', amount), ('mw_till_tax', tax), ('mw_till_net', amount - tax))
        part (line, amount)
    WHERE country = 'MW' $$;
