-- Bookings and payments of AngiSoft, asked in the application's own tables.
-- metrics: bookings
-- source: angisoft
-- companies: angisoft
-- start: 2026-04-20T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Rows of more days and words than the system begins with.
UPDATE "PageView" SET "createdAt" = timestamp '2026-03-20 20:30' + substr(id, 3)::int * interval '19 hours';
UPDATE "AnalyticsEvent" SET "createdAt" = timestamp '2026-04-10' + substr(id, 3)::int * interval '31 hours',
    type = (ARRAY['click', 'view'])[substr(id, 3)::int % 2 + 1];
UPDATE "ChatConversation" SET "createdAt" = timestamp '2026-04-01' + quality * interval '5 days',
    status = (ARRAY['open', 'closed', 'converted'])[quality % 3 + 1],
    quality = CASE quality WHEN 4 THEN NULL ELSE quality END;
UPDATE "SupportTicket" SET "createdAt" = timestamp '2026-04-01' + substr(id, 2)::int * interval '40 hours',
    status = (ARRAY['open', 'closed'])[substr(id, 2)::int % 2 + 1];
UPDATE "ProductInquiry" SET "createdAt" = timestamp '2026-04-01' + substr(id, 3)::int * interval '40 hours';
UPDATE "Subscriber" SET "subscribedAt" = timestamp '2026-02-01' + substr(id, 4)::int * interval '9 days',
    confirmed = substr(id, 4)::int % 2 = 0;
UPDATE "Newsletter" SET "sentAt" = timestamp '2026-03-01' + substr(id, 3)::int * interval '20 days',
    "openCount" = "recipientCount" / 3,
    status = CASE id WHEN 'nl3' THEN 'draft' ELSE 'sent' END;
UPDATE "ContactEnquiry" SET status = 'converted_to_booking' WHERE id IN ('enq4', 'enq6');
UPDATE "ContactEnquiry" SET "respondedAt" = "createdAt" + length(id) * interval '31 hours'
    WHERE status <> 'new' AND id > 'enq12';
UPDATE "Booking" SET "termsAcceptedAt" = "createdAt" + interval '30 hours' * ("quotedAmount" / 100)
    WHERE "quotedAmount" IS NOT NULL;
UPDATE "Booking" SET "currentStage" = (ARRAY['request_submitted', 'requirements_review',
        'clarification_needed', 'scope_and_quotation', 'awaiting_confirmation', 'scheduled',
        'in_progress', 'customer_review', 'changes_requested', 'completed', 'rejected', 'cancelled'])
        [hashtext(id) % 6 + 7]
    WHERE title ~ '[02468]$';
UPDATE "Payment" SET status = 'REFUNDED' WHERE "providerId" IN ('pi_4', 'pi_10');
UPDATE "Payment" SET "createdAt" = to_timestamp((coalesce(metadata, metadata -> 'raw') ->> 'created')::bigint)
        AT TIME ZONE 'UTC' + length("providerId") * interval '7 hours'
    WHERE metadata ? 'created' AND "providerId" LIKE '%4';
UPDATE "Payment" SET metadata = jsonb_set(metadata, '{currency}', '"usd"')
    WHERE metadata ->> 'currency' = 'kes' AND "providerId" LIKE '%8';
UPDATE "Payment" SET metadata = metadata || '{"payment_status":"paid"}' WHERE "providerId" LIKE '%2';
UPDATE "ClientProject" SET "createdAt" = timestamp '2026-03-01' + progress * interval '13 hours',
    "dueAt" = timestamp '2026-04-15' + progress * interval '9 hours',
    "deliveredAt" = CASE progress % 3 WHEN 0 THEN timestamp '2026-04-10' + progress * interval '17 hours' END,
    "completedAt" = CASE progress % 2 WHEN 0 THEN timestamp '2026-04-20' + progress * interval '11 hours' END,
    status = (ARRAY['PLANNING', 'ACTIVE', 'PAUSED', 'DELIVERED', 'COMPLETED', 'CANCELLED'])
        [progress % 6 + 1]::"ClientProjectStatus";
UPDATE "ProjectMilestone" SET "dueAt" = timestamp '2026-04-01' + "sortOrder" * interval '9 days',
    "completedAt" = CASE WHEN "sortOrder" < 3
        THEN timestamp '2026-04-02' + "sortOrder" * length(id) * interval '20 hours' END,
    status = (ARRAY['COMPLETED', 'COMPLETED', 'IN_PROGRESS', 'TODO'])["sortOrder"]::"MilestoneStatus";

CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (moment AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE FUNCTION days_between(earlier timestamp, later timestamp) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(epoch FROM later - earlier)::float8 / 86400 $$;
CREATE FUNCTION cents(amount float8, code text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT round(amount::text::numeric, CASE WHEN code IN ('JPY', 'UGX') THEN 0 ELSE 2 END) $$;
CREATE FUNCTION stage_word(word text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN word = 'submitted' THEN 'request_submitted' WHEN word IN ('request_submitted',
        'requirements_review', 'clarification_needed', 'scope_and_quotation', 'awaiting_confirmation',
        'scheduled', 'in_progress', 'customer_review', 'changes_requested', 'completed', 'rejected',
        'cancelled') THEN word ELSE 'unknown' END $$;
-- How far a booking came by its words; null for called off and for words that tell nothing.
CREATE FUNCTION status_rank(word text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE word WHEN 'SUBMITTED' THEN 0 WHEN 'UNDER_REVIEW' THEN 1 WHEN 'ACCEPTED' THEN 2
        WHEN 'TERMS_ACCEPTED' THEN 3 WHEN 'DEPOSIT_PAID' THEN 3 WHEN 'IN_PROGRESS' THEN 4
        WHEN 'DELIVERED' THEN 5 WHEN 'COMPLETED' THEN 6 END $$;
CREATE FUNCTION stage_rank(word text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE word WHEN 'request_submitted' THEN 0 WHEN 'requirements_review' THEN 1
        WHEN 'clarification_needed' THEN 1 WHEN 'scope_and_quotation' THEN 1
        WHEN 'awaiting_confirmation' THEN 2 WHEN 'scheduled' THEN 3 WHEN 'in_progress' THEN 4
        WHEN 'customer_review' THEN 5 WHEN 'changes_requested' THEN 5 WHEN 'completed' THEN 6 END $$;
-- The kind of contradiction between the two words, written pair by pair.
CREATE TABLE agreement AS SELECT status, unnest(string_to_array(stages, ' ')) AS stage FROM (VALUES
    ('SUBMITTED', 'request_submitted'),
    ('UNDER_REVIEW', 'requirements_review clarification_needed scope_and_quotation'),
    ('ACCEPTED', 'scope_and_quotation awaiting_confirmation scheduled'),
    ('TERMS_ACCEPTED', 'scheduled'), ('DEPOSIT_PAID', 'scheduled'),
    ('IN_PROGRESS', 'in_progress changes_requested'),
    ('DELIVERED', 'in_progress customer_review changes_requested'), ('COMPLETED', 'completed'),
    ('REJECTED', 'rejected cancelled'), ('CANCELLED', 'rejected cancelled')) t (status, stages);
CREATE FUNCTION drift_of(a_status text, a_stage text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN a_stage = 'unknown' THEN 'unknown_stage'
        WHEN EXISTS (SELECT FROM agreement a WHERE a.status = a_status AND a.stage = a_stage) THEN NULL
        WHEN a_status = 'COMPLETED' AND a_stage IN ('rejected', 'cancelled') THEN 'completed_called_off'
        WHEN a_status IN ('REJECTED', 'CANCELLED') AND a_stage = 'completed' THEN 'called_off_completed'
        WHEN a_status IN ('COMPLETED', 'REJECTED', 'CANCELLED') THEN 'ended_by_status'
        WHEN a_status = 'DEPOSIT_PAID' AND coalesce(stage_rank(a_stage), 7) > 3
            THEN 'set_back_by_payment'
        WHEN a_stage IN ('completed', 'rejected', 'cancelled') THEN 'ended_by_stage'
        WHEN a_stage = 'request_submitted' THEN 'unreviewed'
        WHEN a_stage IN ('requirements_review', 'clarification_needed') AND a_status <> 'SUBMITTED'
            THEN 'accepted_in_review'
        WHEN a_stage IN ('scope_and_quotation', 'awaiting_confirmation') AND status_rank(a_status) > 2
            THEN 'agreed_unconfirmed'
        WHEN a_stage = 'scheduled' AND status_rank(a_status) > 3 THEN 'begun_only_scheduled'
        WHEN a_status = 'SUBMITTED' AND stage_rank(a_stage) = 1 THEN 'submitted_in_review'
        WHEN a_status IN ('SUBMITTED', 'UNDER_REVIEW') THEN 'pending_in_work'
        WHEN a_status IN ('ACCEPTED', 'TERMS_ACCEPTED') THEN 'in_work_without_deposit'
        WHEN a_status = 'IN_PROGRESS' THEN 'review_unnoticed'
        ELSE 'of no kind' END $$;
-- Rows with an amount in no currency of ISO 4217 are put aside.
CREATE VIEW booking AS
    SELECT b.*, b.status::text AS word, stage_word(b."currentStage") AS stage,
        upper(btrim(b.currency)) AS code, upper(btrim(coalesce(b."quotedCurrency", b.currency))) AS quoted_code,
        greatest(coalesce(status_rank(b.status::text), 0),
            coalesce(stage_rank(stage_word(b."currentStage")), 0)) AS reached,
        b.status::text IN ('REJECTED', 'CANCELLED')
            OR stage_word(b."currentStage") IN ('rejected', 'cancelled') AS off,
        drift_of(b.status::text, stage_word(b."currentStage")) AS drift
    FROM "Booking" b WHERE NOT (upper(btrim(b.currency)) = 'KSH' AND b."budgetAmount" IS NOT NULL);
CREATE VIEW payment AS
    SELECT p.*, p.status::text AS word, upper(btrim(p.currency)) AS code,
        cents(p.amount, upper(btrim(p.currency))) AS booked,
        CASE WHEN p.provider = 'STRIPE' THEN
            upper(coalesce(p.metadata ->> 'currency', p.metadata -> 'raw' ->> 'currency')) END AS record_code,
        CASE WHEN p.provider = 'STRIPE' THEN
            coalesce(p.metadata ->> 'amount_total', p.metadata ->> 'amount',
                p.metadata -> 'raw' ->> 'amount_total', p.metadata -> 'raw' ->> 'amount')::numeric
            / CASE upper(coalesce(p.metadata ->> 'currency', p.metadata -> 'raw' ->> 'currency'))
                WHEN 'JPY' THEN 1 ELSE 100 END END AS record_amount,
        CASE WHEN p.provider = 'STRIPE' THEN to_timestamp(
            coalesce(p.metadata ->> 'created', p.metadata -> 'raw' ->> 'created')::bigint)
            AT TIME ZONE 'UTC' END AS record_moment,
        p.provider = 'STRIPE' AND lower(coalesce(
            p.metadata ->> 'payment_status', p.metadata ->> 'status', p.metadata -> 'raw' ->> 'payment_status',
            p.metadata -> 'raw' ->> 'status')) IN ('succeeded', 'paid') AS is_paid_there,
        b.word AS booking_word, b.stage AS booking_stage
    FROM "Payment" p LEFT JOIN booking b ON b.id = p."bookingId"
    WHERE upper(btrim(p.currency)) <> 'KSH';
CREATE VIEW held AS
    SELECT * FROM payment WHERE word = 'SUCCEEDED' AND "bookingId" IS NOT NULL
        AND coalesce(booking_word, '') NOT IN ('DELIVERED', 'COMPLETED')
        AND coalesce(booking_stage, '') <> 'completed';
-- What the reader of the database sees from one day to the next; it looks once after each change.
CREATE FUNCTION status_changes(of text) RETURNS TABLE (key text, moment timestamptz, before text, after text)
    LANGUAGE sql STABLE AS $$
    SELECT key, moment, before, after FROM (
        SELECT key, moment, held ->> 'status' AS after,
            lag(held ->> 'status') OVER (PARTITION BY key ORDER BY number) AS before
        FROM (SELECT DISTINCT ON (key, moment) key, moment, number, held FROM audit WHERE place = of
            ORDER BY key, moment, number DESC) seen) changes
    WHERE moment > '-infinity' AND after IS DISTINCT FROM before $$;

-- change
UPDATE "Booking" SET status = 'COMPLETED' WHERE "publicReference" LIKE '%3';
UPDATE "Payment" SET status = 'FAILED' WHERE status = 'PENDING' AND "providerId" LIKE '%2';
UPDATE "Booking" SET "currentStage" = 'cancelled' WHERE "publicReference" LIKE '%44%';

-- change
UPDATE "Payment" SET status = 'PENDING' WHERE status = 'FAILED';
UPDATE "Payment" SET status = 'SUCCEEDED' WHERE status = 'PENDING' AND "providerId" LIKE '%12';

-- change
UPDATE "Payment" SET status = 'FAILED' WHERE status = 'PENDING' AND "providerId" LIKE '%6';
UPDATE "ContactEnquiry" SET "respondedAt" = '2026-04-30 20:59:59' WHERE id = 'enq1';

-- metric: app_bookings
SELECT count(*) AS value FROM booking;

-- metric: app_pending_bookings
SELECT count(*) AS value FROM booking
WHERE word IN ('SUBMITTED', 'UNDER_REVIEW');

-- metric: app_clients
SELECT count(*) AS value FROM "Client";

-- metric: app_services
SELECT count(*) AS value FROM "Service"
WHERE published;

-- metric: app_projects
SELECT count(*) AS value FROM "Project"
WHERE published;

-- metric: app_staff
SELECT count(*) AS value FROM "Employee"
WHERE "acceptedAt" IS NOT NULL;

-- metric: app_leads
SELECT count(*) AS value FROM "Lead";

-- metric: app_new_leads
SELECT count(*) AS value FROM "Lead"
WHERE status = 'new';

-- metric: app_converted_leads
SELECT count(*) AS value FROM "Lead"
WHERE status = 'converted';

-- metric: app_enquiries
SELECT count(*) AS value FROM "ContactEnquiry";

-- metric: app_new_enquiries
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status = 'new';

-- metric: app_enquiries_in_review
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status = 'in_review';

-- metric: app_newsletters
SELECT count(*) AS value FROM "Newsletter";

-- metric: app_newsletters_sent
SELECT count(*) AS value FROM "Newsletter"
WHERE status = 'sent';

-- metric: app_subscribers
SELECT count(*) AS value FROM "Subscriber"
WHERE "unsubscribedAt" IS NULL;

-- metric: app_page_views
SELECT count(*) AS value FROM "PageView"
WHERE day_of("createdAt", :zone) > :today - 30;

-- metric: app_site_events
SELECT count(*) AS value FROM "AnalyticsEvent"
WHERE day_of("createdAt", :zone) > :today - 30;

-- metric: app_chats
SELECT count(*) AS value FROM "ChatConversation";

-- metric: app_open_chats
SELECT count(*) AS value FROM "ChatConversation"
WHERE status = 'open';

-- metric: app_converted_chats
SELECT count(*) AS value FROM "ChatConversation"
WHERE status = 'converted';

-- metric: app_chat_conversion
SELECT round(avg((status = 'converted')::int::numeric), 12) AS value FROM "ChatConversation";

-- metric: app_chat_quality
SELECT avg(quality::numeric) AS value FROM "ChatConversation";

-- metric: app_chat_share
SELECT CASE WHEN count(*) > 0 THEN 1 END AS value FROM "ChatConversation";

-- metric: bookings
SELECT count(*) AS value FROM booking
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: booking_clients
SELECT count(DISTINCT "clientId") AS value FROM booking
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: new_clients
SELECT count(*) AS value FROM "Client"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: requested_value
SELECT sum(cents("budgetAmount", code)) AS value, code AS currency FROM booking
WHERE "budgetAmount" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: estimated_value
SELECT sum(cents("priceEstimate", code)) AS value, code AS currency FROM booking
WHERE "priceEstimate" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: quoted_value
SELECT sum(cents("quotedAmount", quoted_code)) AS value, quoted_code AS currency FROM booking
WHERE "quotedAmount" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY quoted_code;

-- metric: quotes
SELECT count(*) AS value FROM booking
WHERE "quotedAmount" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: average_quote
SELECT avg(cents("quotedAmount", quoted_code)) AS value, quoted_code AS currency FROM booking
WHERE "quotedAmount" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY quoted_code;

-- metric: booked
SELECT count(*) AS value FROM booking
WHERE word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: booked_value
SELECT sum(cents("quotedAmount", quoted_code)) AS value, quoted_code AS currency FROM booking
WHERE "quotedAmount" IS NOT NULL AND word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY quoted_code;

-- metric: booked_unquoted
SELECT count(*) AS value FROM booking
WHERE "quotedAmount" IS NULL AND word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: booked_share
SELECT round(avg((word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED'))::int::numeric), 12) AS value FROM booking
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: requests_to_answer
SELECT count(*) AS value FROM booking
WHERE word IN ('SUBMITTED', 'UNDER_REVIEW') AND NOT off AND coalesce(stage_rank(stage), 0) < 2;

-- metric: open_bookings
SELECT count(*) AS value FROM booking
WHERE NOT off AND word <> 'COMPLETED' AND stage <> 'completed';

-- metric: open_bookings_at_end
SELECT CASE WHEN :until > known_since(:zone) THEN count(*) END AS value
FROM as_it_stood('Booking', :until, :zone) held
WHERE day_of((held ->> 'createdAt')::timestamp, :zone) < :until
    AND NOT (upper(btrim(held ->> 'currency')) = 'KSH' AND held ->> 'budgetAmount' IS NOT NULL)
    AND held ->> 'status' NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED')
    AND held ->> 'currentStage' NOT IN ('completed', 'rejected', 'cancelled');

-- metric: bookings_going
SELECT count(*) AS value FROM booking
WHERE NOT off
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: bookings_called_off
SELECT count(*) AS value FROM booking
WHERE off
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_reviewed
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 1
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_review
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 1
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_accepted
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 2
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_acceptance
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 2
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_agreed
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 3
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_agreement
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 3
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_begun
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 4
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_work
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 4
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_delivered
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 5
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_delivery
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 5
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: not_yet_completed
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached < 6
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: reached_completion
SELECT count(*) AS value FROM booking
WHERE NOT off AND reached >= 6
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: agreed_share
SELECT round(avg((NOT off AND reached >= 3)::int::numeric), 12) AS value FROM booking
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: drift_unreviewed
SELECT count(*) AS value FROM booking
WHERE drift = 'unreviewed';

-- metric: drift_accepted_in_review
SELECT count(*) AS value FROM booking
WHERE drift = 'accepted_in_review';

-- metric: drift_agreed_unconfirmed
SELECT count(*) AS value FROM booking
WHERE drift = 'agreed_unconfirmed';

-- metric: drift_begun_only_scheduled
SELECT count(*) AS value FROM booking
WHERE drift = 'begun_only_scheduled';

-- metric: drift_submitted_in_review
SELECT count(*) AS value FROM booking
WHERE drift = 'submitted_in_review';

-- metric: drift_pending_in_work
SELECT count(*) AS value FROM booking
WHERE drift = 'pending_in_work';

-- metric: drift_in_work_without_deposit
SELECT count(*) AS value FROM booking
WHERE drift = 'in_work_without_deposit';

-- metric: drift_review_unnoticed
SELECT count(*) AS value FROM booking
WHERE drift = 'review_unnoticed';

-- metric: drift_set_back_by_payment
SELECT count(*) AS value FROM booking
WHERE drift = 'set_back_by_payment';

-- metric: drift_ended_by_status
SELECT count(*) AS value FROM booking
WHERE drift = 'ended_by_status';

-- metric: drift_ended_by_stage
SELECT count(*) AS value FROM booking
WHERE drift = 'ended_by_stage';

-- metric: drift_completed_called_off
SELECT count(*) AS value FROM booking
WHERE drift = 'completed_called_off';

-- metric: drift_called_off_completed
SELECT count(*) AS value FROM booking
WHERE drift = 'called_off_completed';

-- metric: drift_unknown_stage
SELECT count(*) AS value FROM booking
WHERE drift = 'unknown_stage';

-- metric: bookings_in_drift
SELECT count(*) AS value FROM booking
WHERE drift IS NOT NULL;

-- metric: drift_share
SELECT round(avg((drift IS NOT NULL)::int::numeric), 12) AS value FROM booking;

-- metric: payments_received
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: payments_succeeded
SELECT count(*) AS value FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_with_record
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED' AND record_amount IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: payments_at_provider
SELECT sum(record_amount) AS value, record_code AS currency FROM payment
WHERE word = 'SUCCEEDED' AND record_amount IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY record_code;

-- metric: provider_difference
SELECT sum(value) AS value, currency FROM (
    SELECT record_amount AS value, record_code AS currency, "createdAt", word FROM payment
    UNION ALL SELECT -booked, code, "createdAt", word FROM payment WHERE record_amount IS NOT NULL) both_ways
WHERE word = 'SUCCEEDED' AND value IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY currency;

-- metric: money_received
SELECT sum(coalesce(record_amount, booked)) AS value,
    CASE WHEN record_amount IS NULL THEN code ELSE record_code END AS currency FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY 2;

-- metric: average_payment
SELECT avg(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: payment_share
SELECT CASE WHEN sum(booked) <> 0 THEN 1 END AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until
GROUP BY code;

-- metric: payments_failed
SELECT count(*) AS value FROM payment
WHERE word = 'FAILED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_pending
SELECT count(*) AS value FROM payment
WHERE word = 'PENDING'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: payments_refunded
SELECT count(*) AS value FROM payment
WHERE word = 'REFUNDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: failure_rate
SELECT round(avg((word = 'FAILED')::int::numeric), 12) AS value FROM payment
WHERE word IN ('FAILED', 'SUCCEEDED')
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: failures_seen
SELECT count(DISTINCT key) AS value FROM status_changes('Payment')
WHERE after = 'FAILED'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: failures_reopened
SELECT count(DISTINCT key) AS value FROM status_changes('Payment')
WHERE before = 'FAILED' AND after = 'PENDING'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: deposits_held
SELECT sum(booked) AS value, code AS currency FROM held
GROUP BY code;

-- metric: deposits_held_count
SELECT count(*) AS value FROM held;

-- metric: deposits_for_work
SELECT sum(booked) AS value, code AS currency FROM held
WHERE coalesce(booking_word, '') NOT IN ('REJECTED', 'CANCELLED')
    AND coalesce(booking_stage, '') NOT IN ('rejected', 'cancelled')
GROUP BY code;

-- metric: deposits_to_return
SELECT sum(booked) AS value, code AS currency FROM held
WHERE booking_word IN ('REJECTED', 'CANCELLED') OR booking_stage IN ('rejected', 'cancelled')
GROUP BY code;

-- metric: deposits_earned
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED' AND "bookingId" IS NOT NULL
    AND (booking_word IN ('DELIVERED', 'COMPLETED') OR booking_stage = 'completed')
GROUP BY code;

-- metric: received_ever
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED'
GROUP BY code;

-- metric: unassigned_receipts
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED' AND "bookingId" IS NULL
GROUP BY code;

-- metric: orphan_payments
SELECT count(*) AS value FROM payment
WHERE word = 'SUCCEEDED' AND "bookingId" IS NULL;

-- metric: quoted_agreed
SELECT sum(cents("quotedAmount", quoted_code)) AS value, quoted_code AS currency FROM booking
WHERE "quotedAmount" IS NOT NULL AND word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
GROUP BY quoted_code;

-- metric: paid_on_agreed
SELECT sum(booked) AS value, code AS currency FROM payment
WHERE word = 'SUCCEEDED' AND booking_word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
GROUP BY code;

-- metric: unpaid_on_agreed
SELECT sum(value) AS value, currency FROM (
    SELECT cents("quotedAmount", quoted_code) AS value, quoted_code AS currency FROM booking
    WHERE "quotedAmount" IS NOT NULL AND word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    UNION ALL SELECT -booked, code FROM payment
    WHERE word = 'SUCCEEDED' AND booking_word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')) both_ways
GROUP BY currency;

-- metric: paid_share
SELECT round(paid.value / quoted.value, 12) AS value, quoted.currency FROM (
    SELECT sum(cents("quotedAmount", quoted_code)) AS value, quoted_code AS currency FROM booking
    WHERE "quotedAmount" IS NOT NULL AND word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    GROUP BY quoted_code) quoted
JOIN (SELECT sum(booked) AS value, code AS currency FROM payment
    WHERE word = 'SUCCEEDED' AND booking_word IN ('TERMS_ACCEPTED', 'DEPOSIT_PAID', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED')
    GROUP BY code) paid USING (currency);

-- metric: payments_without_record
SELECT count(*) AS value FROM payment
WHERE word = 'SUCCEEDED' AND record_amount IS NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: unbooked_successes
SELECT count(*) AS value FROM payment WHERE is_paid_there AND word IN ('PENDING', 'FAILED');

-- metric: unbooked_amount
SELECT sum(record_amount) AS value, record_code AS currency FROM payment
WHERE is_paid_there AND word IN ('PENDING', 'FAILED')
GROUP BY record_code;

-- metric: foreign_currency_records
SELECT count(*) AS value FROM payment
WHERE word = 'SUCCEEDED' AND record_amount IS NOT NULL AND code = 'KES' AND record_code <> 'KES'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: shilling_records
SELECT count(*) AS value FROM payment
WHERE word = 'SUCCEEDED' AND record_code = 'KES' AND code <> 'KES'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: days_to_book
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between(record_moment, "createdAt")) AS value FROM payment
WHERE word = 'SUCCEEDED'
    AND record_moment IS NOT NULL AND "createdAt" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: slowest_booking
SELECT max(extract(epoch FROM "createdAt" - record_moment)) / 86400 AS value FROM payment
WHERE word = 'SUCCEEDED'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: days_to_terms
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("createdAt", "termsAcceptedAt")) AS value FROM booking
WHERE "createdAt" IS NOT NULL AND "termsAcceptedAt" IS NOT NULL
    AND day_of("termsAcceptedAt", :zone) >= :from AND day_of("termsAcceptedAt", :zone) < :until;

-- metric: days_to_deposit
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("createdAt", "depositPaidAt")) AS value FROM booking
WHERE "createdAt" IS NOT NULL AND "depositPaidAt" IS NOT NULL
    AND day_of("depositPaidAt", :zone) >= :from AND day_of("depositPaidAt", :zone) < :until;

-- metric: days_to_deliver
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("createdAt", "deliveredAt")) AS value FROM "ClientProject"
WHERE "createdAt" IS NOT NULL AND "deliveredAt" IS NOT NULL
    AND day_of("deliveredAt", :zone) >= :from AND day_of("deliveredAt", :zone) < :until;

-- metric: days_to_complete
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("createdAt", "completedAt")) AS value FROM "ClientProject"
WHERE "createdAt" IS NOT NULL AND "completedAt" IS NOT NULL
    AND day_of("completedAt", :zone) >= :from AND day_of("completedAt", :zone) < :until;

-- metric: projects_in_work
SELECT count(*) AS value FROM "ClientProject"
WHERE status NOT IN ('DELIVERED', 'COMPLETED', 'CANCELLED');

-- metric: projects_overdue
SELECT count(*) AS value FROM "ClientProject"
WHERE status NOT IN ('DELIVERED', 'COMPLETED', 'CANCELLED') AND "deliveredAt" IS NULL
    AND "completedAt" IS NULL AND day_of("dueAt", :zone) < :end;

-- metric: projects_due
SELECT count(*) AS value FROM "ClientProject"
WHERE status <> 'CANCELLED'
    AND day_of("dueAt", :zone) >= :from AND day_of("dueAt", :zone) < :until;

-- metric: projects_delivered
SELECT count(*) AS value FROM "ClientProject"
WHERE day_of("deliveredAt", :zone) >= :from AND day_of("deliveredAt", :zone) < :until;

-- metric: project_delay
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("dueAt", "deliveredAt")) AS value FROM "ClientProject"
WHERE "dueAt" IS NOT NULL AND "deliveredAt" IS NOT NULL
    AND day_of("deliveredAt", :zone) >= :from AND day_of("deliveredAt", :zone) < :until;

-- metric: milestones_due
SELECT count(*) AS value FROM "ProjectMilestone"
WHERE day_of("dueAt", :zone) >= :from AND day_of("dueAt", :zone) < :until;

-- metric: milestones_completed
SELECT count(*) AS value FROM "ProjectMilestone"
WHERE day_of("completedAt", :zone) >= :from AND day_of("completedAt", :zone) < :until;

-- metric: milestones_overdue
SELECT count(*) AS value FROM "ProjectMilestone"
WHERE status <> 'COMPLETED' AND "completedAt" IS NULL AND day_of("dueAt", :zone) < :end;

-- metric: milestone_delay
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("dueAt", "completedAt")) AS value FROM "ProjectMilestone"
WHERE "dueAt" IS NOT NULL AND "completedAt" IS NOT NULL
    AND day_of("completedAt", :zone) >= :from AND day_of("completedAt", :zone) < :until;

-- metric: enquiries
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status <> 'spam'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: unanswered_enquiries
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status IN ('new', 'acknowledged', 'in_review', 'awaiting_customer') AND "respondedAt" IS NULL;

-- metric: days_to_answer
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_between("createdAt", "respondedAt")) AS value FROM "ContactEnquiry"
WHERE status <> 'spam'
    AND "createdAt" IS NOT NULL AND "respondedAt" IS NOT NULL
    AND day_of("respondedAt", :zone) >= :from AND day_of("respondedAt", :zone) < :until;

-- metric: days_to_answer_90
SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY days_between("createdAt", "respondedAt")) AS value FROM "ContactEnquiry"
WHERE status <> 'spam'
    AND "createdAt" IS NOT NULL AND "respondedAt" IS NOT NULL
    AND day_of("respondedAt", :zone) >= :from AND day_of("respondedAt", :zone) < :until;

-- metric: enquiries_answered
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status <> 'spam'
    AND day_of("respondedAt", :zone) >= :from AND day_of("respondedAt", :zone) < :until;

-- metric: enquiries_booked
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status <> 'spam' AND ("bookingId" IS NOT NULL OR status = 'converted_to_booking')
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: enquiries_with_booking
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE status <> 'spam' AND "bookingId" IS NOT NULL
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: enquiries_converted
SELECT count(*) AS value FROM "ContactEnquiry"
WHERE "bookingId" IS NULL AND status = 'converted_to_booking'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: enquiry_conversion
SELECT round(avg(("bookingId" IS NOT NULL OR status = 'converted_to_booking')::int::numeric), 12) AS value FROM "ContactEnquiry"
WHERE status <> 'spam'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: visitor_leads
SELECT count(*) AS value FROM "Lead"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: visitor_leads_converted
SELECT count(*) AS value FROM "Lead"
WHERE status = 'converted'
    AND day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: visitor_lead_conversion
SELECT round(avg((status = 'converted')::int::numeric), 12) AS value FROM "Lead"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: page_views
SELECT count(*) AS value FROM "PageView"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: site_events
SELECT count(*) AS value FROM "AnalyticsEvent"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: chats
SELECT count(*) AS value FROM "ChatConversation"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: confirmed_subscribers
SELECT count(*) AS value FROM "Subscriber"
WHERE confirmed AND "unsubscribedAt" IS NULL;

-- metric: subscribers_gained
SELECT count(*) AS value FROM "Subscriber"
WHERE day_of("subscribedAt", :zone) >= :from AND day_of("subscribedAt", :zone) < :until;

-- metric: subscribers_lost
SELECT count(*) AS value FROM "Subscriber"
WHERE day_of("unsubscribedAt", :zone) >= :from AND day_of("unsubscribedAt", :zone) < :until;

-- metric: newsletter_recipients
SELECT sum("recipientCount") AS value FROM "Newsletter"
WHERE day_of("sentAt", :zone) >= :from AND day_of("sentAt", :zone) < :until;

-- metric: newsletter_opens
SELECT sum("openCount") AS value FROM "Newsletter"
WHERE day_of("sentAt", :zone) >= :from AND day_of("sentAt", :zone) < :until;

-- metric: newsletter_open_rate
SELECT round(sum("openCount")::numeric / nullif(sum("recipientCount"), 0), 12) AS value FROM "Newsletter"
WHERE day_of("sentAt", :zone) >= :from AND day_of("sentAt", :zone) < :until;

-- metric: open_tickets
SELECT count(*) AS value FROM "SupportTicket"
WHERE status = 'open';

-- metric: tickets
SELECT count(*) AS value FROM "SupportTicket"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;

-- metric: product_enquiries
SELECT count(*) AS value FROM "ProductInquiry"
WHERE day_of("createdAt", :zone) >= :from AND day_of("createdAt", :zone) < :until;
