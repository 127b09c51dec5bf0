-- Faults of AngiSoft's bookings and payments, asked in the application's own tables.
-- metrics: quality-bookings
-- source: angisoft
-- companies: angisoft
-- start: 2026-04-20T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Rows of more days, with faults of every kind. What has no day of its own came when the test ran.
UPDATE "Payment" SET "clientId" = 'nobody' WHERE "providerId" ~ '6$';
UPDATE "Payment" SET amount = CASE WHEN "providerId" ~ '20$' THEN 0 ELSE -amount END WHERE "providerId" ~ '[24]0$';
UPDATE "Payment" SET metadata = jsonb_set(metadata, '{currency}', '"usd"')
    WHERE metadata ->> 'currency' = 'kes' AND "providerId" LIKE '%8';
UPDATE "Payment" SET status = 'REFUNDED' WHERE "providerId" ~ '(4|10)$';
UPDATE "Booking" SET "depositPaidAt" = CASE WHEN title ~ '[15]$' THEN "createdAt" - interval '2 hours' END
    WHERE title ~ '[0-5]$';
UPDATE "Booking" SET "createdAt" = timestamp '2026-12-01' WHERE title ~ '77$';
UPDATE "Client" SET name = ' ' WHERE email ~ '^c.?7';
UPDATE "ClientProject" SET "createdAt" = timestamp '2026-03-01' + progress * interval '13 hours',
    "startedAt" = timestamp '2026-04-01', "completedAt" = timestamp '2026-03-20' + progress * interval '9 hours',
    status = CASE WHEN progress % 3 = 0 THEN 'COMPLETED' ELSE 'ACTIVE' END::"ClientProjectStatus";
UPDATE "ClientProject" SET progress = CASE progress % 20 WHEN 5 THEN -1 WHEN 10 THEN 101 ELSE progress END;
UPDATE "ContactEnquiry" SET "respondedAt" = "createdAt" - interval '1 minute' WHERE id ~ '[369]$';
UPDATE "File" SET "createdAt" = timestamp '2026-02-01' + size * interval '10 minutes',
    "ownerId" = CASE WHEN id ~ '2$' THEN 'nobody' ELSE "ownerId" END;

CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (moment AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
-- Rows with an amount in no currency of ISO 4217 are put aside.
CREATE VIEW booking AS
    SELECT b.*, b.status::text AS word,
        upper(btrim(coalesce(b."quotedCurrency", b.currency))) AS quoted_code
    FROM "Booking" b WHERE NOT (upper(btrim(b.currency)) = 'KSH' AND b."budgetAmount" IS NOT NULL);
CREATE VIEW payment AS
    SELECT p.*, upper(btrim(p.currency)) AS code, b.quoted_code,
        CASE WHEN p.provider = 'STRIPE' THEN
            upper(coalesce(p.metadata ->> 'currency', p.metadata -> 'raw' ->> 'currency')) END AS record_code
    FROM "Payment" p LEFT JOIN booking b ON b.id = p."bookingId"
    WHERE upper(btrim(p.currency)) <> 'KSH';
CREATE VIEW upload AS
    SELECT f.*, coalesce(CASE WHEN f."ownerType" ILIKE 'booking' THEN f."ownerId" END, f."bookingId") AS owner
    FROM "File" f;
CREATE FUNCTION status_changes(of text) RETURNS TABLE (moment timestamptz, old text, new text)
    LANGUAGE sql STABLE AS $$
    SELECT moment, old, new FROM (
        SELECT moment, status AS new, lag(status) OVER (PARTITION BY key ORDER BY moment) AS old
        FROM (SELECT DISTINCT ON (key, moment) key, moment, held ->> 'status' AS status FROM audit
            WHERE place = of ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-04-20T12:00:00Z' AND old <> new $$;

-- change: payment messages come late, refunds and successes are undone
UPDATE "Payment" SET status = 'SUCCEEDED' WHERE status = 'REFUNDED' AND "providerId" ~ '4$';
UPDATE "Payment" SET status = 'FAILED' WHERE status = 'SUCCEEDED' AND "providerId" ~ '2$';
UPDATE "Booking" SET status = 'DEPOSIT_PAID' WHERE status IN ('IN_PROGRESS', 'COMPLETED') AND title ~ '[67]$';

-- change: what ended begins anew
UPDATE "Booking" SET status = 'SUBMITTED' WHERE status IN ('REJECTED', 'CANCELLED') AND title ~ '[89]$';
UPDATE "Payment" SET status = 'PENDING' WHERE status = 'SUCCEEDED' AND "providerId" ~ '8$';

-- metric: booking_clients_unknown
SELECT count(*) AS value FROM booking
WHERE "clientId" NOT IN (SELECT id FROM "Client")
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: bookings_of_no_amount
SELECT count(*) AS value FROM booking
WHERE word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    AND "quotedAmount" IS NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deposits_undated
SELECT count(*) AS value FROM booking
WHERE word = 'DEPOSIT_PAID' AND "depositPaidAt" IS NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payment_clients_unknown
SELECT count(*) AS value FROM payment
WHERE "clientId" NOT IN (SELECT id FROM "Client")
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_of_nothing
SELECT count(*) AS value FROM payment
WHERE amount <= 0
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: files_of_no_owner
SELECT count(*) AS value FROM upload
WHERE "clientProjectId" IS NULL
    AND NOT EXISTS (SELECT FROM booking b WHERE b.id = owner)
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: clients_unnamed
SELECT count(*) AS value FROM "Client"
WHERE btrim(name) = ''
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: projects_done_in_part
SELECT count(*) AS value FROM "ClientProject"
WHERE status = 'COMPLETED' AND progress < 100
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: projects_below_nothing
SELECT count(*) AS value FROM "ClientProject"
WHERE progress < 0
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: projects_above_all
SELECT count(*) AS value FROM "ClientProject"
WHERE progress > 100
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: deposits_before_request
SELECT count(*) AS value FROM booking
WHERE "depositPaidAt" < "createdAt"
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_of_other_currency
SELECT count(*) AS value FROM payment
WHERE code <> record_code
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_unlike_quote
SELECT count(*) AS value FROM payment
WHERE code <> quoted_code
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: projects_done_before_begun
SELECT count(*) AS value FROM "ClientProject"
WHERE "completedAt" < "startedAt"
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: enquiries_answered_before
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE "respondedAt" < "createdAt"
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_off_grid
SELECT count(*) AS value FROM payment
WHERE round(amount::text::numeric, 6) <> round(amount::text::numeric, 2)
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: projects_beyond_all
SELECT count(*) AS value FROM "ClientProject"
WHERE progress NOT BETWEEN 0 AND 100
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: bookings_dated_ahead
SELECT count(*) AS value FROM booking
WHERE day_of("createdAt", :zone) > :today;

-- metric: bookings_reopened
SELECT count(*) AS value FROM status_changes('Booking')
WHERE old IN ('COMPLETED', 'REJECTED', 'CANCELLED') AND new NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: bookings_set_back
SELECT count(*) AS value FROM status_changes('Booking')
WHERE old IN ('IN_PROGRESS', 'DELIVERED') AND new = 'DEPOSIT_PAID'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: successes_undone
SELECT count(*) AS value FROM status_changes('Payment')
WHERE old = 'SUCCEEDED' AND new IN ('PENDING', 'FAILED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: refunds_undone
SELECT count(*) AS value FROM status_changes('Payment')
WHERE old = 'REFUNDED'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: payments_undone
SELECT count(*) AS value FROM status_changes('Payment')
WHERE (old = 'REFUNDED' OR old = 'SUCCEEDED' AND new <> 'REFUNDED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: booking_faults
SELECT (SELECT count(*) FILTER (WHERE "clientId" NOT IN (SELECT id FROM "Client"))
        + count(*) FILTER (WHERE word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED') AND "quotedAmount" IS NULL)
        + count(*) FILTER (WHERE word = 'DEPOSIT_PAID' AND "depositPaidAt" IS NULL)
        + count(*) FILTER (WHERE "depositPaidAt" < "createdAt")
    FROM booking WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until)
    + (SELECT count(*) FILTER (WHERE "clientId" NOT IN (SELECT id FROM "Client"))
        + count(*) FILTER (WHERE amount <= 0)
        + count(*) FILTER (WHERE code <> record_code)
        + count(*) FILTER (WHERE code <> quoted_code)
    FROM payment WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until)
    + (SELECT count(*) FILTER (WHERE "clientProjectId" IS NULL AND NOT EXISTS (SELECT FROM booking b WHERE b.id = owner))
    FROM upload WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until)
    + (SELECT count(*) FILTER (WHERE btrim(name) = '')
    FROM "Client" WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until)
    + (SELECT count(*) FILTER (WHERE status = 'COMPLETED' AND progress < 100)
        + count(*) FILTER (WHERE progress < 0)
        + count(*) FILTER (WHERE progress > 100)
        + count(*) FILTER (WHERE "completedAt" < "startedAt")
    FROM "ClientProject" WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until)
    + (SELECT count(*) FILTER (WHERE "respondedAt" < "createdAt")
    FROM "ContactEnquiry" WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until) AS value;
