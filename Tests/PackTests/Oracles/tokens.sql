-- The token ledger, subscriptions and chats of the MVP app, asked in its own tables.
-- metrics: tokens
-- source: mvp
-- companies: mvp
-- start: 2026-05-05T12:00:00Z
-- span: 2025-10-01..2026-06-15

-- Timestamps without a zone are UTC.
CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT ((moment AT TIME ZONE 'UTC') AT TIME ZONE zone)::date $$;
CREATE VIEW paid AS SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'purchase' AND stripe_payment_intent_id IS NOT NULL;
CREATE VIEW unpaid AS SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'purchase' AND stripe_payment_intent_id IS NULL;
CREATE VIEW allocated AS SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'subscription_allocation';
CREATE VIEW expired AS SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'expiration'
        OR transaction_type = 'deduction' AND coalesce(description, '') ~ '[Ee]xpired';
CREATE VIEW used AS SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'deduction'
        AND coalesce(description, '') !~ '([Ee]xpired|djustment|orrection)';
CREATE VIEW corrected AS
    SELECT t.*, created_at AS at FROM token_transactions t
    WHERE transaction_type = 'deduction' AND description ~ '(djustment|orrection)'
        AND description !~ '[Ee]xpired'
    UNION ALL SELECT * FROM unpaid WHERE coalesce(description, '') NOT LIKE 'Welcome bonus%';
CREATE VIEW lively AS SELECT * FROM characters WHERE is_deleted IS NOT TRUE;
CREATE VIEW difference AS
    SELECT user_id, sum(tokens) AS difference FROM (
        SELECT user_id, balance AS tokens FROM user_tokens
        UNION ALL SELECT user_id, -amount FROM token_transactions) t GROUP BY user_id;
-- What became of subscriptions after they were first read.
CREATE VIEW turn AS SELECT * FROM (
    SELECT moment AT TIME ZONE 'UTC' AS at, held ->> 'status' AS status, held ->> 'plan_tier' AS plan,
        lag(held ->> 'status') OVER entry AS old_status,
        lag(held ->> 'plan_tier') OVER entry AS old_plan
    FROM audit WHERE place = 'premium_subscriptions'
    WINDOW entry AS (PARTITION BY key ORDER BY number)) t
    WHERE at > timestamp '2026-05-05 12:00' AND old_status IS NOT NULL;

-- Every kind of entry on many days, some at midnight, one payment that gave tokens twice.
INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
        stripe_payment_intent_id, subscription_id, created_at)
    SELECT 800000 + n, n % 60 + 1, k.type, k.amount, k.description,
        CASE WHEN k.is_paid THEN 'pi_more_' || n / 3 END, CASE WHEN k.is_plan THEN n % 25 + 1 END,
        timestamp '2025-10-01' + n * interval '37 hours' - (n % 2) * interval '1 microsecond'
    FROM generate_series(1, 150) n
    JOIN (VALUES
        (0, 'purchase', 2000, 'Purchased 2000 tokens (premium tier) via card', true, false),
        (1, 'purchase', 1, 'Purchased 1 tokens (test tier) via wechat_pay', true, false),
        (2, 'purchase', 10, 'Welcome bonus - 10 free tokens', false, false),
        (3, 'purchase', 75, 'Admin adjustment: goodwill', false, false),
        (4, 'deduction', -20, 'Admin correction', false, false),
        (5, 'deduction', -300, 'Expired tokens from subscription', false, true),
        (6, 'expiration', -3500, 'Allocation expired', false, true),
        (7, 'purchase', 5, NULL, false, false),
        (8, 'refund', -100, 'Refund', false, false),
        (9, 'deduction', -2, NULL, false, false)
    ) k (turn, type, amount, description, is_paid, is_plan) ON k.turn = n % 10;
INSERT INTO notifications (id, user_id, title, content, type, is_read, created_at, read_at)
    SELECT 800000 + n, n % 60 + 1, 'x', 'x', 'admin', n % 4 = 0,
        timestamp '2026-02-01' + n * interval '29 hours',
        CASE WHEN n % 4 = 0
            THEN timestamp '2026-02-01' + n * interval '29 hours' + n * interval '17 minutes' END
    FROM generate_series(1, 90) n;

-- change
UPDATE premium_subscriptions SET status = 'canceled' WHERE id % 6 = 1;
INSERT INTO premium_subscriptions (id, user_id, stripe_subscription_id, stripe_customer_id, plan_tier,
        status, current_period_start, current_period_end, monthly_token_allowance, created_at)
    SELECT 100 + n, 30 + n, 'sub_late_' || n, 'cus_late_' || n, 'basic', 'active', c.now,
        c.now + interval '1 month', 300, c.now
    FROM generate_series(1, 4) n, (SELECT moment AT TIME ZONE 'UTC' AS now FROM test_clock) c;

-- change
UPDATE premium_subscriptions SET status = 'past_due' WHERE id % 6 = 2;
UPDATE premium_subscriptions SET plan_tier = 'pro' WHERE id IN (102, 103);

-- change
UPDATE premium_subscriptions SET status = 'active' WHERE id % 12 = 1;
UPDATE premium_subscriptions SET status = 'canceled' WHERE id IN (102, 104);
UPDATE users SET is_suspended = NULL WHERE id = 20;
UPDATE notifications SET is_read = false, read_at = NULL WHERE id % 3 = 0;
UPDATE notifications SET read_at = created_at + id % 7 * interval '11 hours' WHERE id % 3 = 1;
UPDATE user_tokens t SET balance = (SELECT sum(amount) FROM token_transactions e
    WHERE e.user_id = t.user_id) WHERE id % 3 = 0;
UPDATE characters SET is_deleted = false WHERE id % 2 = 0;

-- metric: tokens_sold
SELECT sum(amount) AS value FROM paid
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: packs_sold
SELECT count(*) AS value FROM paid
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: pack_payments
SELECT count(DISTINCT stripe_payment_intent_id) AS value FROM paid
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: packs_entered_twice
SELECT count(*) - count(DISTINCT stripe_payment_intent_id) AS value FROM paid
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_per_pack
SELECT avg(amount) AS value FROM paid
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_allocated
SELECT sum(amount) AS value FROM allocated
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: allocations
SELECT count(*) AS value FROM allocated
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: plan_payments
SELECT count(stripe_event_id) AS value FROM allocated
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_welcome
SELECT sum(amount) AS value FROM unpaid
WHERE description LIKE 'Welcome bonus%' AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_granted
SELECT sum(amount) AS value FROM (
    SELECT amount, at FROM allocated
    UNION ALL SELECT amount, at FROM unpaid WHERE description LIKE 'Welcome bonus%') granted
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_corrected
SELECT sum(amount) AS value FROM corrected
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: ledger_of_use
SELECT sum(amount) AS value FROM used
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_used
SELECT -sum(amount) AS value FROM used
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: ledger_of_expiry
SELECT sum(amount) AS value FROM expired
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: tokens_expired
SELECT sum(abs(amount)) AS value FROM expired
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: expiries
SELECT count(*) AS value FROM expired
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: expired_per_allocated
SELECT coalesce((SELECT sum(-amount)::numeric FROM expired
        WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until), 0)
    / nullif((SELECT sum(amount) FROM allocated
        WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until), 0) AS value;

-- metric: tokens_of_other_kinds
SELECT sum(amount) AS value FROM token_transactions
WHERE transaction_type NOT IN ('purchase', 'deduction', 'subscription_allocation', 'expiration')
    AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: ledger_movement
SELECT sum(amount) AS value FROM token_transactions
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: ledger_residual
SELECT 0 AS value;

-- metric: tokens_outstanding
SELECT sum(amount) AS value FROM token_transactions
WHERE day_of(created_at, :zone) < :until;

-- metric: tokens_expiring
SELECT sum(amount) AS value FROM allocated
WHERE day_of(expires_at, :zone) > :end AND day_of(expires_at, :zone) <= :end + 30;

-- metric: ledger_balance
SELECT sum(amount) AS value FROM token_transactions;

-- metric: stored_balance
SELECT sum(balance) AS value FROM user_tokens;

-- metric: balance_difference
SELECT sum(tokens) AS value FROM (
    SELECT balance AS tokens FROM user_tokens UNION ALL SELECT -amount FROM token_transactions) t;

-- metric: negative_balances
SELECT count(*) AS value FROM user_tokens WHERE balance < 0;

-- metric: undated_entries
SELECT count(*) AS value FROM token_transactions WHERE created_at IS NULL;

-- metric: token_efficiency
SELECT coalesce((SELECT sum(-amount)::numeric FROM used
        WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until), 0)
    / nullif((SELECT sum(amount) FROM (
        SELECT amount, at FROM paid UNION ALL SELECT amount, at FROM allocated
        UNION ALL SELECT amount, at FROM unpaid WHERE description LIKE 'Welcome bonus%') issued
        WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until), 0) AS value;

-- metric: sign_ups
SELECT count(*) AS value FROM users
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: members_at_end
SELECT count(*) AS value FROM users WHERE day_of(created_at, :zone) < :until;

-- metric: active_members
SELECT count(DISTINCT user_id) AS value FROM chat_messages
WHERE role = 'user' AND day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: paying_members
SELECT count(DISTINCT user_id) AS value FROM (
    SELECT user_id, at FROM paid UNION ALL SELECT user_id, at FROM allocated) payment
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: paying_share
SELECT count(DISTINCT user_id)::numeric / nullif((
        SELECT count(*) FROM users WHERE day_of(created_at, :zone) < :until), 0) AS value
FROM (SELECT user_id, at FROM paid UNION ALL SELECT user_id, at FROM allocated) payment
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: messages_per_active_member
SELECT count(*)::numeric / nullif(count(DISTINCT user_id), 0) AS value FROM chat_messages
WHERE role = 'user' AND day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: active_subscriptions
SELECT count(*) AS value FROM premium_subscriptions WHERE status IN ('active', 'trialing');

-- metric: active_subscribers
SELECT count(DISTINCT user_id) AS value FROM premium_subscriptions WHERE status IN ('active', 'trialing');

-- metric: late_subscriptions
SELECT count(*) AS value FROM premium_subscriptions WHERE status IN ('past_due', 'unpaid');

-- metric: ending_subscriptions
SELECT count(*) AS value FROM premium_subscriptions
WHERE status IN ('active', 'trialing') AND cancel_at_period_end;

-- metric: overdue_renewals
SELECT count(*) AS value FROM premium_subscriptions
WHERE status = 'active' AND day_of(current_period_end, :zone) < :end;

-- metric: subscriptions_begun
SELECT count(*) AS value FROM premium_subscriptions
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: subscriptions_cancelled
SELECT count(*) AS value FROM turn
WHERE status = 'canceled' AND old_status <> 'canceled'
    AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: subscriptions_returned
SELECT count(*) AS value FROM turn
WHERE status <> 'canceled' AND old_status = 'canceled'
    AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: plan_changes
SELECT count(*) AS value FROM turn
WHERE plan <> old_plan AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: subscriptions_at_end
SELECT CASE WHEN :until > known_since(:zone) THEN count(*) END AS value
FROM as_it_stood('premium_subscriptions', :until, :zone) held
WHERE held ->> 'status' IN ('active', 'past_due')
    AND day_of((held ->> 'created_at')::timestamp, :zone) < :until;

-- metric: premium_flags
SELECT count(*) AS value FROM users WHERE is_premium_member;

-- metric: chats_begun
SELECT count(*) AS value FROM chats
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: chats_last_30_days
SELECT count(*) AS value FROM chats
WHERE day_of(created_at, :zone) > :end - 30 AND day_of(created_at, :zone) <= :end;

-- metric: messages
SELECT count(*) AS value FROM chat_messages
WHERE day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: messages_written
SELECT count(*) AS value FROM chat_messages
WHERE role = 'user' AND day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: replies
SELECT count(*) AS value FROM chat_messages
WHERE role = 'assistant' AND day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: chats_with_messages
SELECT count(DISTINCT chat_id) AS value FROM chat_messages
WHERE day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until;

-- metric: messages_per_chat
SELECT avg(messages) AS value FROM (
    SELECT chat_id, count(*) AS messages FROM chat_messages
    WHERE day_of("timestamp", :zone) >= :from AND day_of("timestamp", :zone) < :until
    GROUP BY chat_id) chat;

-- metric: characters_made
SELECT count(*) AS value FROM lively
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: characters_chatted
SELECT count(DISTINCT character_id) AS value FROM chats
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: notices_sent
SELECT count(*) AS value FROM notifications
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: notices_read
SELECT count(*) AS value FROM notifications
WHERE is_read AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: notice_read_rate
SELECT count(*) FILTER (WHERE is_read)::numeric / nullif(count(*), 0) AS value FROM notifications
WHERE day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: days_to_read
SELECT percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM read_at - created_at)::float8) / 86400 AS value FROM notifications
WHERE is_read AND day_of(created_at, :zone) >= :from AND day_of(created_at, :zone) < :until;

-- metric: app_users
SELECT count(*) AS value FROM users;

-- metric: app_characters
SELECT count(*) AS value FROM lively;

-- metric: app_all_chats
SELECT count(*) AS value FROM chats;

-- metric: app_messages
SELECT count(*) AS value FROM chat_messages;

-- metric: app_chats_last_30_days
SELECT count(*) AS value FROM chats
WHERE day_of(created_at, :zone) >= :first AND day_of(created_at, :zone) <= :end;

-- metric: app_chats_with_messages
SELECT count(DISTINCT chat_id) AS value FROM chat_messages;

-- metric: app_messages_per_chat
SELECT avg(messages) AS value FROM (
    SELECT count(*) AS messages FROM chat_messages GROUP BY chat_id) chat;

-- metric: app_public_characters
SELECT count(*) AS value FROM lively WHERE is_public;

-- metric: app_private_characters
SELECT count(*) AS value FROM lively WHERE is_public IS NOT TRUE;

-- metric: app_character_chats
SELECT sum(chat_count) AS value FROM lively;

-- metric: app_payments_total_revenue
SELECT 0 AS value, 'USD' AS currency;

-- metric: app_payments_monthly_revenue
SELECT 0 AS value, 'USD' AS currency;

-- metric: app_payments_active_subscriptions
SELECT 0 AS value;

-- metric: app_payments_recent
SELECT 0 AS value;

-- metric: app_payments_methods
SELECT 0 AS value;

-- metric: app_tokens_purchased
SELECT sum(amount) AS value FROM token_transactions WHERE transaction_type = 'purchase';

-- metric: app_deductions
SELECT sum(amount) AS value FROM token_transactions WHERE transaction_type = 'deduction';

-- metric: app_tokens_used
SELECT sum(abs(amount)) AS value FROM token_transactions WHERE transaction_type = 'deduction';

-- metric: app_deductions_of_a_week
SELECT sum(amount) AS value FROM token_transactions
WHERE transaction_type = 'deduction' AND day_of(created_at, :zone) > :end - 7
    AND day_of(created_at, :zone) <= :end;

-- metric: app_weekly_usage
SELECT -sum(amount) AS value FROM token_transactions
WHERE transaction_type = 'deduction' AND day_of(created_at, :zone) > :end - 7
    AND day_of(created_at, :zone) <= :end;

-- metric: app_deductions_of_a_month
SELECT sum(amount) AS value FROM token_transactions
WHERE transaction_type = 'deduction' AND day_of(created_at, :zone) > :end - 30
    AND day_of(created_at, :zone) <= :end;

-- metric: app_monthly_usage
SELECT -sum(amount) AS value FROM token_transactions
WHERE transaction_type = 'deduction' AND day_of(created_at, :zone) > :end - 30
    AND day_of(created_at, :zone) <= :end;

-- metric: app_daily_average
SELECT sum(abs(amount))::numeric / 30 AS value FROM token_transactions WHERE transaction_type = 'deduction';

-- metric: app_efficiency
SELECT sum(-amount) FILTER (WHERE transaction_type = 'deduction')::numeric
    / sum(amount) FILTER (WHERE transaction_type = 'purchase') AS value
FROM token_transactions;

-- metric: app_replies
SELECT count(*) AS value FROM chat_messages WHERE role = 'assistant';

-- metric: app_active_users
SELECT count(*) AS value FROM users WHERE is_suspended IS NOT TRUE;

-- metric: app_notices_delivered
SELECT count(*) AS value FROM notifications;

-- metric: app_notices_read
SELECT count(*) AS value FROM notifications WHERE is_read;

-- metric: app_notices_of_a_week
SELECT count(*) AS value FROM notifications
WHERE day_of(created_at, :zone) > :end - 7 AND day_of(created_at, :zone) <= :end;

-- metric: returning_buyers
SELECT count(*) AS value FROM (
    SELECT user_id FROM paid WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until
    GROUP BY user_id HAVING count(*) >= 2) buyer;

-- metric: typical_use
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY tokens) AS value FROM (
    SELECT -sum(amount) AS tokens FROM used
    WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until
    GROUP BY user_id) member;

-- metric: members_above_ledger
SELECT count(*) FILTER (WHERE difference > 0) AS value FROM difference;

-- metric: members_below_ledger
SELECT count(*) FILTER (WHERE difference < 0) AS value FROM difference;

-- metric: subscriptions_overexpired
SELECT count(*) AS value FROM (
    SELECT subscription_id FROM (
        SELECT subscription_id, at, -amount AS expired, 0 AS allocated FROM expired
        UNION ALL SELECT subscription_id, at, 0, amount FROM allocated) entry
    WHERE subscription_id IS NOT NULL
        AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until
    GROUP BY subscription_id
    HAVING sum(expired) > sum(allocated) AND sum(allocated) <> 0) subscription;

-- metric: tokens_used_per_day
SELECT -sum(amount)::numeric / nullif(greatest(0, least(:until, :today + 1) - :from), 0) AS value
FROM used WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: monthly_active_members
SELECT CASE WHEN :from <= :today THEN count(DISTINCT user_id) END AS value FROM chat_messages
WHERE role = 'user'
    AND day_of("timestamp", :zone) > least(:until - 1, :today) - 30
    AND day_of("timestamp", :zone) <= least(:until - 1, :today);
