-- Payments with which no VAT is stored, asked in the bookings' own tables.
-- metrics: vat-nl vat-dk vat-ke vat-mw
-- source: angisoft
-- companies: angisoft
-- countries: NL DK KE MW
-- start: 2026-04-20T12:00:00Z
-- span: 2026-01-01..2026-06-30
-- rounds: 1
-- queries: vat.queries

UPDATE "Payment" SET "createdAt" = timestamp '2026-01-05 20:45'
    + substring("providerId" FROM '[0-9]+$')::int * interval '29 hours'
    WHERE "providerId" ~ '^pi_[0-9]{1,3}$';
CREATE FUNCTION form(country text, zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    SELECT 'ke_receipts_without_tax', 'angisoft',
        ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE zone)::date,
        round(amount::text::numeric, CASE upper(btrim(currency)) WHEN 'JPY' THEN 0 ELSE 2 END),
        upper(btrim(currency))
    FROM "Payment"
    WHERE status = 'SUCCEEDED' AND country = 'KE' AND upper(btrim(currency)) <> 'KSH' $$;
