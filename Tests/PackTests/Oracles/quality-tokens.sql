-- Faults of the token ledger, the subscriptions and the chats of the MVP app, asked in its own tables.
-- metrics: quality-tokens
-- source: mvp
-- companies: mvp
-- start: 2026-05-05T12:00:00Z
-- span: 2025-10-01..2026-06-15

-- Timestamps without a zone are UTC.
CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT ((moment AT TIME ZONE 'UTC') AT TIME ZONE zone)::date $$;
UPDATE token_transactions SET amount = -amount WHERE id % 19 = 3;
UPDATE token_transactions SET transaction_type = 'gift' WHERE id % 23 = 5;
UPDATE token_transactions SET expires_at = created_at - interval '1 day' WHERE id % 8 = 7;
UPDATE token_transactions SET subscription_id = NULL WHERE id % 12 = 11;
UPDATE token_transactions SET stripe_event_id = 'evt_sold_' || id WHERE transaction_type = 'purchase' AND id % 3 = 0;
UPDATE token_transactions SET description = 'Purchased 1 tokens (test tier) via card'
    WHERE transaction_type = 'purchase' AND id % 5 = 1;
INSERT INTO token_transactions (id, user_id, transaction_type, amount, description, created_at)
    SELECT 700000 + n, n % 4 + 2, 'purchase', 10, 'Welcome bonus - 10 free tokens',
        timestamp '2026-01-01' + n * interval '9 days' FROM generate_series(1, 6) n;
INSERT INTO token_transactions (id, user_id, transaction_type, amount, created_at)
    VALUES (700010, 3, 'deduction', -1, '2026-12-24');
UPDATE premium_subscriptions SET user_id = id % 9 + 1, created_at = timestamp '2025-12-01' + id * interval '6 days',
    status = CASE WHEN id % 11 = 4 THEN 'paused' ELSE status END,
    current_period_end = CASE id % 4 WHEN 1 THEN current_period_start WHEN 2 THEN current_period_start - interval '1 hour'
        ELSE current_period_end END;
UPDATE users SET last_login_at = created_at - interval '1 minute' WHERE id % 6 = 0;

CREATE VIEW entry AS
    SELECT *, CASE
        WHEN transaction_type = 'purchase' AND stripe_payment_intent_id IS NOT NULL THEN 'sale'
        WHEN transaction_type = 'purchase' AND description LIKE 'Welcome bonus%' THEN 'welcome'
        WHEN transaction_type = 'deduction' AND description ~ '[Ee]xpired' OR transaction_type = 'expiration' THEN 'expiry'
        WHEN transaction_type = 'deduction' AND coalesce(description, '') !~ '(djustment|orrection)' THEN 'use'
        WHEN transaction_type = 'subscription_allocation' THEN 'allocation'
        WHEN transaction_type IN ('purchase', 'deduction', 'refund') THEN 'correction' ELSE 'other' END AS kind,
        substring(description FROM '^Purchased .* tokens \((.*) tier\)') AS pack
    FROM token_transactions;
CREATE VIEW status_change AS
    SELECT moment, old, new FROM (
        SELECT moment, status AS new, lag(status) OVER (PARTITION BY key ORDER BY moment) AS old
        FROM (SELECT DISTINCT ON (key, moment) key, moment, lower(held ->> 'status') AS status FROM audit
            WHERE place = 'premium_subscriptions' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-05-05T12:00:00Z' AND old <> new;

-- change: what was cancelled is in force again
UPDATE premium_subscriptions SET status = 'active' WHERE status = 'canceled' AND id % 2 = 0;
UPDATE premium_subscriptions SET status = 'canceled' WHERE status = 'trialing';

-- change: once more
UPDATE premium_subscriptions SET status = 'past_due' WHERE status = 'canceled' AND id % 3 = 0;

-- metric: entries_of_no_kind
SELECT count(*) AS value FROM entry
WHERE kind = 'other'
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: packs_of_no_price
SELECT count(*) AS value FROM entry
WHERE kind = 'sale' AND coalesce(pack, '') NOT IN ('starter', 'standard', 'premium')
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: packs_without_event
SELECT count(*) AS value FROM entry
WHERE kind = 'sale' AND stripe_event_id IS NULL
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: use_that_adds
SELECT count(*) AS value FROM entry
WHERE kind IN ('use', 'expiry') AND amount >= 0
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: grants_that_take
SELECT count(*) AS value FROM entry
WHERE kind IN ('sale', 'welcome', 'allocation') AND amount <= 0
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: allocations_unassigned
SELECT count(*) AS value FROM entry
WHERE kind = 'allocation' AND subscription_id IS NULL
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: entries_expired_at_once
SELECT count(*) AS value FROM entry
WHERE expires_at < created_at
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: chats_of_lost_characters
SELECT count(*) AS value FROM chats
WHERE character_id NOT IN (SELECT id FROM characters WHERE is_deleted IS NOT TRUE)
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: notices_read_undated
SELECT count(*) AS value FROM notifications
WHERE is_read AND read_at IS NULL
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: periods_reversed
SELECT count(*) AS value FROM premium_subscriptions
WHERE current_period_end <= current_period_start
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: sign_ins_before_joining
SELECT count(*) AS value FROM users
WHERE last_login_at < created_at
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: entries_dated_ahead
SELECT count(*) AS value FROM entry
WHERE day_of(created_at, :zone) > :today;

-- metric: welcome_gifts
SELECT count(*) AS value FROM entry
WHERE kind = 'welcome';

-- metric: members_welcomed_twice
SELECT count(*) AS value FROM (SELECT FROM entry WHERE kind = 'welcome'
    GROUP BY user_id HAVING count(*) > 1) twice;

-- metric: current_subscriptions
SELECT count(*) AS value FROM premium_subscriptions
WHERE status IN ('active', 'trialing', 'past_due');

-- metric: members_subscribed_twice
SELECT count(*) AS value FROM (SELECT FROM premium_subscriptions WHERE status IN ('active', 'trialing', 'past_due')
    GROUP BY user_id HAVING count(*) > 1) twice;

-- metric: subscriptions_of_no_status
SELECT count(*) AS value FROM premium_subscriptions
WHERE status NOT IN ('active', 'trialing', 'past_due', 'unpaid', 'canceled');

-- metric: subscriptions_revived
SELECT count(*) AS value FROM status_change
WHERE old = 'canceled' AND new IN ('active', 'trialing', 'past_due', 'unpaid')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: token_faults
SELECT (SELECT count(*) FILTER (WHERE kind = 'other')
        + count(*) FILTER (WHERE kind = 'sale' AND coalesce(pack, '') NOT IN ('starter', 'standard', 'premium'))
        + count(*) FILTER (WHERE kind = 'sale' AND stripe_event_id IS NULL)
        + count(*) FILTER (WHERE kind IN ('use', 'expiry') AND amount >= 0)
        + count(*) FILTER (WHERE kind IN ('sale', 'welcome', 'allocation') AND amount <= 0)
        + count(*) FILTER (WHERE kind = 'allocation' AND subscription_id IS NULL)
        + count(*) FILTER (WHERE expires_at < created_at)
    FROM entry WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE character_id NOT IN (SELECT id FROM characters WHERE is_deleted IS NOT TRUE))
    FROM chats WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE is_read AND read_at IS NULL)
    FROM notifications WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE current_period_end <= current_period_start)
    FROM premium_subscriptions WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until)
    + (SELECT count(*) FILTER (WHERE last_login_at < created_at)
    FROM users WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until) AS value;
