-- The bridge of all companies over the bookings' own tables.
-- metrics: group
-- source: angisoft
-- companies: angisoft
-- currency: EUR closing
-- start: 2026-09-30T12:00:00Z
-- span: 2026-08-20..2026-11-15
-- rounds: 2
-- queries: group.queries

UPDATE "Booking" SET "createdAt" = timestamp '2026-08-12 20:45'
    + substring(title FROM '[0-9]+$')::int * interval '13 hours' WHERE title ~ '^Booking [0-9]{1,3}$';
UPDATE "Payment" SET "createdAt" = timestamp '2026-08-13 20:45'
    + substring("providerId" FROM '[0-9]+$')::int * interval '12 hours'
    WHERE "providerId" ~ '^pi_[0-9]{1,3}$';
UPDATE "Payment" SET status = 'REFUNDED' WHERE "providerId" IN ('pi_4', 'pi_10', 'pi_40');
-- Amounts in what is no currency are put aside.
CREATE FUNCTION units(amount float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT round(amount::text::numeric, 2) $$;
CREATE FUNCTION flow(zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    WITH booking AS (
        SELECT id, status::text AS word, ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day,
            units("quotedAmount") AS quoted, upper(btrim(coalesce("quotedCurrency", currency))) AS code
        FROM "Booking" WHERE upper(btrim(currency)) <> 'KSH' OR "budgetAmount" IS NULL),
    payment AS (
        SELECT status::text AS word, "bookingId" AS booking, units(amount) AS amount,
            ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day,
            upper(btrim(currency)) AS code
        FROM "Payment" WHERE upper(btrim(currency)) <> 'KSH')
    SELECT 'booking ' || part.line, 'angisoft', day, quoted, code FROM booking, LATERAL (VALUES
        ('booked', word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')),
        ('backlog', word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS')),
        ('done', word IN ('DELIVERED', 'COMPLETED'))) part (line, counts)
    WHERE part.counts
    UNION ALL
    SELECT CASE WHEN p.word = 'REFUNDED' THEN 'booking refunded'
            WHEN b.word IN ('DELIVERED', 'COMPLETED') THEN 'booking paid'
            ELSE 'booking advance' END, 'angisoft', p.day, p.amount, p.code
    FROM payment p LEFT JOIN booking b ON b.id = p.booking
    WHERE p.word IN ('SUCCEEDED', 'REFUNDED') $$;
