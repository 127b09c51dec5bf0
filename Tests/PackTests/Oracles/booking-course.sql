-- How bookings of AngiSoft went, asked in the application's own tables and in the journal of their changes.
-- metrics: booking-course
-- source: angisoft
-- companies: angisoft
-- start: 2026-04-20T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Amounts in no currency of ISO 4217 are put aside.
DELETE FROM "Booking" WHERE currency = 'KSH';
DELETE FROM "Payment" WHERE currency = 'KSH';
-- Bookings of the whole half-year, with events of all stages in any order: before the booking came in,
-- at the same moment, skipping stages, coming back, and some that lie ahead.
UPDATE "Booking" SET "createdAt" = timestamp '2026-01-02 20:45'
        + substring(title FROM '[0-9]+')::int * 53 % 3500 * interval '1 hour'
    WHERE title ~ '[0-9]$';
CREATE FUNCTION event_words() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['request_submitted', 'requirements_review', 'clarification_needed', 'scope_and_quotation',
        'awaiting_confirmation', 'scheduled', 'in_progress', 'customer_review', 'changes_requested',
        'completed', 'rejected', 'cancelled', 'submitted'] $$;
INSERT INTO "BookingEvent" (id, "bookingId", type, title, stage, "createdAt")
    SELECT 'more' || n || '-' || k, id, 'stage_changed', 'x', (event_words())[(n * 5 + k * (n % 7 + 1)) % 13 + 1],
        "createdAt" + CASE n * k % 11 WHEN 3 THEN interval '0' WHEN 5 THEN interval '300 days'
            ELSE (n * k * 29 % 1100 - 90) * interval '67 minutes' END
    FROM (SELECT *, substring(title FROM '[0-9]+$')::int AS n FROM "Booking" WHERE title ~ '[0-9]$') b,
        generate_series(0, 6) k
    WHERE n % 9 > 0;
INSERT INTO "Payment" (id, "bookingId", amount, provider, "providerId", status, "createdAt", "updatedAt")
    SELECT 'more' || n || '-' || k, id, 10, 'MPESA', 'more' || n || '-' || k,
        (ARRAY['SUCCEEDED', 'FAILED', 'REFUNDED', 'PENDING'])[(n + k) % 4 + 1]::"PaymentStatus",
        "createdAt" + (n * k * 31 % 700 - 40) * interval '1 hour', "createdAt"
    FROM (SELECT *, substring(title FROM '[0-9]+$')::int AS n FROM "Booking" WHERE title ~ '[0-9]$') b,
        generate_series(1, 4) k
    WHERE n % 3 > 0;

CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (moment AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE FUNCTION days_between(earlier timestamp, later timestamp) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM later - earlier)::float8 / 86400 $$;
CREATE FUNCTION stage_word(word text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN word = 'submitted' THEN 'request_submitted'
        WHEN word = ANY (event_words()) THEN word ELSE 'unknown' END $$;
-- How far an event says that a booking came; null if it says nothing of it.
CREATE FUNCTION stage_rank(word text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE word WHEN 'requirements_review' THEN 1 WHEN 'clarification_needed' THEN 1
        WHEN 'scope_and_quotation' THEN 1 WHEN 'awaiting_confirmation' THEN 2 WHEN 'scheduled' THEN 3
        WHEN 'in_progress' THEN 4 WHEN 'customer_review' THEN 5 WHEN 'changes_requested' THEN 5
        WHEN 'completed' THEN 6 END $$;
-- When an event said for the first time since then that a booking had come so far.
CREATE FUNCTION came(booking text, far int, since timestamp, today date, zone text) RETURNS timestamp
    LANGUAGE sql STABLE AS $$
    SELECT min("createdAt") FROM "BookingEvent"
    WHERE "bookingId" = booking AND stage_rank(stage) >= far AND "createdAt" >= since
        AND day_of("createdAt", zone) <= today $$;
-- The bookings of some days and how they went.
CREATE FUNCTION course(first date, after date, today date, zone text) RETURNS TABLE (
        requested timestamp, reviewed timestamp, quoted timestamp, agreed timestamp, begun timestamp,
        delivered timestamp, completed timestamp, ended timestamp, paid timestamp)
    LANGUAGE sql STABLE AS $$
    SELECT "createdAt", reviewed, quoted, agreed, begun, delivered, completed,
        came(b.id, 6, "createdAt", today, zone),
        (SELECT min(p."createdAt") FROM "Payment" p WHERE p."bookingId" = b.id AND p.status = 'SUCCEEDED'
            AND p."createdAt" >= b."createdAt" AND day_of(p."createdAt", zone) <= today)
    FROM "Booking" b,
        LATERAL (SELECT came(b.id, 1, "createdAt", today, zone) AS reviewed) t1,
        LATERAL (SELECT came(b.id, 2, reviewed, today, zone) AS quoted) t2,
        LATERAL (SELECT came(b.id, 3, quoted, today, zone) AS agreed) t3,
        LATERAL (SELECT came(b.id, 4, agreed, today, zone) AS begun) t4,
        LATERAL (SELECT came(b.id, 5, begun, today, zone) AS delivered) t5,
        LATERAL (SELECT came(b.id, 6, delivered, today, zone) AS completed) t6
    WHERE day_of("createdAt", zone) >= first AND day_of("createdAt", zone) < after $$;
-- Stays: each begins with a change that the reader saw, and ends with the next one. When one began that
-- lasted already at first is not known; a row that came later tells when it began.
CREATE VIEW stay AS
    SELECT t.key, t.past, t.stage, t.moment, lead(t.moment) OVER later AS ended,
        CASE WHEN t.is_first THEN least(t.moment, d."createdAt" AT TIME ZONE 'UTC') ELSE t.moment END AS began
    FROM (
        SELECT *, row_number() OVER earlier = 1 AS is_first, lag(stage) OVER earlier AS past
        FROM (SELECT key, moment, CASE WHEN held IS NOT NULL THEN stage_word(held ->> 'currentStage') END AS stage
            FROM as_seen('Booking')) seen
        WINDOW earlier AS (PARTITION BY key ORDER BY moment)) t
    LEFT JOIN "Booking" d ON d.id = t.key
    WHERE t.is_first OR t.stage IS DISTINCT FROM t.past
    WINDOW later AS (PARTITION BY t.key ORDER BY t.moment);

-- change: work goes on
UPDATE "Booking" SET "currentStage" = (event_words())[(substring(title FROM '[0-9]+$')::int * 3 + 4) % 13 + 1]
    WHERE title ~ '[1357]$';
INSERT INTO "Booking" (id, "clientId", title, description, "projectType", "publicReference", "trackingToken",
        "currentStage", "createdAt", "updatedAt")
    SELECT 'late' || n, (SELECT id FROM "Client" ORDER BY id LIMIT 1), 'Late ' || 3000 + n, 'x', 'REPORT',
        'LATE-' || n, 'late' || n, (event_words())[n % 13 + 1], c.now - n * interval '5 hours', c.now
    FROM generate_series(1, 30) n, (SELECT moment AT TIME ZONE 'UTC' AS now FROM test_clock) c;

-- change: quotations are declined, words change that mean the same
UPDATE "Booking" SET "currentStage" = 'scope_and_quotation' WHERE "currentStage" = 'awaiting_confirmation';
UPDATE "Booking" SET "currentStage" = 'awaiting_confirmation' WHERE "currentStage" = 'requirements_review';
UPDATE "Booking" SET "currentStage" = 'request_submitted' WHERE "currentStage" = 'submitted';

-- change: two steps of one day are seen as one
UPDATE "Booking" SET "currentStage" = 'in_progress' WHERE "currentStage" = 'customer_review';
UPDATE "Booking" SET "currentStage" = 'changes_requested'
    WHERE "currentStage" = 'in_progress' AND title ~ '[268]$';
UPDATE "Booking" SET "currentStage" = 'scope_and_quotation'
    WHERE "currentStage" = 'awaiting_confirmation' AND title ~ '[02468]$';
UPDATE "Booking" SET "currentStage" = 'waiting_for_godot' WHERE title ~ '[49]4$';
DELETE FROM "Booking" WHERE title ~ '7[0-9]$';

-- metric: booking_course_requested
SELECT count(*) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_reviewed
SELECT count(reviewed) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_reviewed_of_first
SELECT round(count(reviewed)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_reviewed_of_previous
SELECT round(count(reviewed)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_reviewed_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(requested, reviewed)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_quoted
SELECT count(quoted) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_quoted_of_first
SELECT round(count(quoted)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_quoted_of_previous
SELECT round(count(quoted)::numeric / nullif(count(reviewed), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_quoted_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(reviewed, quoted)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_agreed
SELECT count(agreed) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_agreed_of_first
SELECT round(count(agreed)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_agreed_of_previous
SELECT round(count(agreed)::numeric / nullif(count(quoted), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_agreed_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(quoted, agreed)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_begun
SELECT count(begun) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_begun_of_first
SELECT round(count(begun)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_begun_of_previous
SELECT round(count(begun)::numeric / nullif(count(agreed), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_begun_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(agreed, begun)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_delivered
SELECT count(delivered) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_delivered_of_first
SELECT round(count(delivered)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_delivered_of_previous
SELECT round(count(delivered)::numeric / nullif(count(begun), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_delivered_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(begun, delivered)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_completed
SELECT count(completed) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_course_completed_of_first
SELECT round(count(completed)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_completed_of_previous
SELECT round(count(completed)::numeric / nullif(count(delivered), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_course_completed_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(delivered, completed)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_completion_requested
SELECT count(*) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_completion_completed
SELECT count(ended) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_completion_completed_of_first
SELECT round(count(ended)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_completion_completed_of_previous
SELECT round(count(ended)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_completion_completed_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(requested, ended)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_payment_requested
SELECT count(*) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_payment_paid
SELECT count(paid) AS value FROM course(:from, :until, :today, :zone);

-- metric: booking_payment_paid_of_first
SELECT round(count(paid)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_payment_paid_of_previous
SELECT round(count(paid)::numeric / nullif(count(*), 0), 12) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_payment_paid_days
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(requested, paid)) AS value
FROM course(:from, :until, :today, :zone);

-- metric: booking_days_in_stage
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(began AT TIME ZONE 'UTC', ended AT TIME ZONE 'UTC'))
    AS value
FROM (SELECT ended, nullif(began, '-infinity') AS began FROM stay WHERE stage IS NOT NULL) s
WHERE (ended AT TIME ZONE :zone)::date >= :from AND (ended AT TIME ZONE :zone)::date < :until;

-- metric: booking_age_in_stage
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, :today - (began AT TIME ZONE :zone)::date)::float8)
    AS value
FROM stay JOIN "Booking" b ON b.id = key
WHERE ended IS NULL AND began > '-infinity' AND stage NOT IN ('completed', 'rejected', 'cancelled', 'unknown')
    AND b.status NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED');

-- metric: quotes_declined
SELECT count(*) AS value FROM stay
WHERE past = 'awaiting_confirmation' AND stage = 'scope_and_quotation'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: changes_asked
SELECT count(*) AS value FROM stay
WHERE stage = 'changes_requested' AND moment > '-infinity'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;
