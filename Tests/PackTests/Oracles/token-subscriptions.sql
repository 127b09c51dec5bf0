-- How the monthly price of subscriptions moves, asked in the journal of the MVP app's own table, and who comes
-- back, asked in its messages and ledger.
-- metrics: token-subscriptions
-- source: mvp
-- companies: mvp
-- start: 2026-05-05T12:00:00Z
-- span: 2026-02-01..2026-06-20

-- Members who begin to write and to buy over four months, and some who go on.
DELETE FROM chat_messages;
DELETE FROM token_transactions WHERE transaction_type = 'purchase';
INSERT INTO chat_messages (id, chat_id, user_id, role, content, "timestamp")
    SELECT 700000 + n, n * 7 % 60 + 60, n * 7 % 60 + 1, (ARRAY['user', 'user', 'assistant'])[n % 3 + 1], 'x',
        timestamp '2026-01-03 22:30' + n * 7 % 60 * interval '47 hours' + n * 37 % 1300 * interval '1 hour'
    FROM generate_series(1, 300) n;
INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
        stripe_payment_intent_id, created_at)
    SELECT 800000 + n, n * 11 % 60 + 1, 'purchase', 500, 'Purchased 500 tokens (standard tier) via card',
        CASE WHEN n % 5 > 0 THEN 'pi_more_' || n END,
        timestamp '2026-01-03 23:30' + n * 11 % 60 * interval '45 hours' + n * 53 % 1700 * interval '1 hour'
    FROM generate_series(1, 200) n;
UPDATE premium_subscriptions SET created_at = timestamp '2026-04-20 23:30' + id * interval '29 hours',
    user_id = CASE WHEN id % 8 = 0 THEN id - 1 ELSE id END;

-- Timestamps without a zone are UTC.
CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT ((moment AT TIME ZONE 'UTC') AT TIME ZONE zone)::date $$;
CREATE FUNCTION price(status text, plan text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN status IN ('active', 'past_due')
        THEN CASE plan WHEN 'basic' THEN 4.99 WHEN 'pro' THEN 9.99 WHEN 'premium' THEN 19.99 END ELSE 0 END $$;
-- What each subscription was worth from one moment to the next; one that came later has been there since it
-- says that it began.
CREATE VIEW worth AS
    SELECT * FROM (
        SELECT user_id AS member, price(held ->> 'status', held ->> 'plan_tier') AS price,
            CASE WHEN row_number() OVER life = 1 THEN created_at AT TIME ZONE 'UTC'
                ELSE greatest(created_at AT TIME ZONE 'UTC', moment) END AS since,
            coalesce(lead(moment) OVER life, 'infinity') AS until
        FROM as_seen('premium_subscriptions') JOIN premium_subscriptions s ON s.id::text = key
        WINDOW life AS (PARTITION BY key ORDER BY moment)) spell
    WHERE since < until;
-- What members were worth at both ends of some days, and whether they had been worth anything before.
CREATE FUNCTION flow(first date, after date, zone text) RETURNS TABLE (opening numeric, closing numeric, is_known bool)
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(price) FILTER (WHERE since < a AND until >= a), 0),
        coalesce(sum(price) FILTER (WHERE since < b AND until >= b), 0),
        coalesce(bool_or(price > 0 AND since < a), false)
    FROM worth, (SELECT first::timestamp AT TIME ZONE zone AS a, after::timestamp AT TIME ZONE zone AS b) ends
    GROUP BY member $$;
CREATE VIEW deed AS
    SELECT 'message' AS kind, user_id AS member, "timestamp" AS at FROM chat_messages WHERE role = 'user'
    UNION ALL SELECT 'pack', user_id, created_at FROM token_transactions
        WHERE transaction_type = 'purchase' AND stripe_payment_intent_id IS NOT NULL;
-- The members whose first deed of a kind was on some days, and whether there was one a step later.
CREATE FUNCTION cohort(of text, step text, first date, after date, zone text)
    RETURNS TABLE (begun timestamp, is_back bool) LANGUAGE sql STABLE AS $$
    WITH own AS (SELECT member, day_of(at, zone)::timestamp AS day FROM deed WHERE kind = of)
    SELECT date_trunc(step, day), EXISTS (SELECT FROM own o WHERE o.member = f.member
        AND date_trunc(step, o.day) = date_trunc(step, f.day) + ('1 ' || step)::interval)
    FROM (SELECT member, min(day) AS day FROM own GROUP BY member) f
    WHERE day >= first AND day < after $$;

-- change
UPDATE premium_subscriptions SET status = 'canceled' WHERE id % 6 = 1;
INSERT INTO premium_subscriptions (id, user_id, stripe_subscription_id, stripe_customer_id, plan_tier,
        status, current_period_start, current_period_end, monthly_token_allowance, created_at)
    SELECT 100 + n, 20 + n * 2, 'sub_late_' || n, 'cus_late_' || n, (ARRAY['basic', 'pro', 'premium'])[n % 3 + 1],
        (ARRAY['active', 'trialing', 'past_due'])[n % 4 % 3 + 1], c.now, c.now + interval '1 month', 300,
        c.now - n % 5 * interval '20 hours'
    FROM generate_series(1, 15) n, (SELECT moment AT TIME ZONE 'UTC' AS now FROM test_clock) c;

-- change: plans change, and one is cancelled on the day on which another begins
UPDATE premium_subscriptions SET plan_tier = 'basic' WHERE id % 4 = 2;
UPDATE premium_subscriptions SET status = 'active', plan_tier = 'pro' WHERE id % 4 = 1;
UPDATE premium_subscriptions SET status = 'unpaid' WHERE id IN (101, 107, 113);
UPDATE premium_subscriptions SET status = 'active' WHERE id IN (102, 104, 108);

-- change: some come back, some for a moment that nobody saw, one is struck off
UPDATE premium_subscriptions SET status = 'active' WHERE status = 'canceled' AND id % 3 = 1;
UPDATE premium_subscriptions SET status = 'active' WHERE id IN (113, 3);
UPDATE premium_subscriptions SET status = 'canceled' WHERE id IN (113, 3, 106, 110);
DELETE FROM token_transactions WHERE subscription_id = 12;
DELETE FROM premium_subscriptions WHERE id = 12;

-- metric: mrr_opening
SELECT sum(opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening > 0;

-- metric: mrr_opening_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE opening > 0;

-- metric: mrr_new
SELECT sum(closing - opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening = 0 AND closing > 0 AND NOT is_known;

-- metric: mrr_new_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE opening = 0 AND closing > 0 AND NOT is_known;

-- metric: mrr_expansion
SELECT sum(closing - opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening > 0 AND closing > opening;

-- metric: mrr_expansion_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE opening > 0 AND closing > opening;

-- metric: mrr_contraction
SELECT sum(closing - opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND closing > 0 AND closing < opening;

-- metric: mrr_contraction_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE closing > 0 AND closing < opening;

-- metric: mrr_churn
SELECT sum(closing - opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening > 0 AND closing = 0;

-- metric: mrr_churn_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE opening > 0 AND closing = 0;

-- metric: mrr_reactivation
SELECT sum(closing - opening) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening = 0 AND closing > 0 AND is_known;

-- metric: mrr_reactivation_members
SELECT CASE WHEN :from > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE opening = 0 AND closing > 0 AND is_known;

-- metric: mrr_closing
SELECT sum(closing) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :until > known_since(:zone) AND closing > 0;

-- metric: mrr_closing_members
SELECT CASE WHEN :until > known_since(:zone) THEN count(*) END AS value FROM flow(:from, :until, :zone)
WHERE closing > 0;

-- metric: mrr_per_member
SELECT sum(closing) / nullif(count(*), 0) AS value, 'USD' AS currency FROM flow(:from, :until, :zone)
WHERE :until > known_since(:zone) AND closing > 0;

-- metric: mrr_residual
SELECT CASE WHEN :from > known_since(:zone) THEN 0 END AS value, 'USD' AS currency;

-- metric: revenue_churn
SELECT round(coalesce(sum(opening) FILTER (WHERE closing = 0), 0) / nullif(sum(opening), 0), 12) AS value,
    'USD' AS currency
FROM flow(:from, :until, :zone) WHERE :from > known_since(:zone);

-- metric: subscriber_churn
SELECT round(avg((closing = 0)::int), 12) AS value FROM flow(:from, :until, :zone)
WHERE :from > known_since(:zone) AND opening > 0;

-- metric: gross_retention
SELECT round(sum(least(opening, closing)) / nullif(sum(opening), 0), 12) AS value, 'USD' AS currency
FROM flow(:from, :until, :zone) WHERE :from > known_since(:zone);

-- metric: net_retention
SELECT round(sum(closing) / nullif(sum(opening), 0), 12) AS value, 'USD' AS currency
FROM flow(:from, :until, :zone) WHERE :from > known_since(:zone) AND opening > 0;

-- metric: members_back_after_a_month
SELECT round(avg(is_back::int), 12) AS value FROM cohort('message', 'month', :from, :until, :zone)
WHERE begun + interval '2 months' <= :today;

-- metric: members_back_after_a_week
SELECT round(avg(is_back::int), 12) AS value FROM cohort('message', 'week', :from, :until, :zone)
WHERE begun + interval '2 weeks' <= :today;

-- metric: buyers_back_after_a_month
SELECT round(avg(is_back::int), 12) AS value FROM cohort('pack', 'month', :from, :until, :zone)
WHERE begun + interval '2 months' <= :today;
