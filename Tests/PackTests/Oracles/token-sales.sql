-- What packs and plans brought in, by prices written down here once more.
-- metrics: token-sales
-- source: mvp
-- companies: mvp
-- start: 2026-05-05T12:00:00Z
-- span: 2025-10-01..2026-06-15

CREATE FUNCTION day_of(moment timestamp, zone text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT ((moment AT TIME ZONE 'UTC') AT TIME ZONE zone)::date $$;
-- What the code said until 2 October 2025 and since.
CREATE FUNCTION pack_price(tier text, day date) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE tier
        WHEN 'starter' THEN CASE WHEN day < date '2025-10-03' THEN 5.00 ELSE 2.99 END
        WHEN 'standard' THEN CASE WHEN day < date '2025-10-03' THEN 20.00 ELSE 9.99 END
        WHEN 'premium' THEN CASE WHEN day < date '2025-10-03' THEN 50.00 ELSE 24.99 END END $$;
CREATE FUNCTION plan_price(tier text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE tier WHEN 'basic' THEN 4.99 WHEN 'pro' THEN 9.99 WHEN 'premium' THEN 19.99 END $$;
CREATE VIEW pack AS SELECT user_id, amount, created_at AS at,
        substring(description FROM '^Purchased .* tokens \((.*) tier\)') AS tier
    FROM token_transactions
    WHERE transaction_type = 'purchase' AND stripe_payment_intent_id IS NOT NULL;
CREATE VIEW plan AS SELECT user_id, amount, created_at AS at, stripe_event_id AS event,
        coalesce(substring(description FROM '^Monthly subscription allocation \((.*) plan\)'),
            substring(description FROM '^Upgraded to (.*) plan')) AS tier
    FROM token_transactions WHERE transaction_type = 'subscription_allocation';

-- Packs of every tier on many days, the first of October 2025 among them.
INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
        stripe_payment_intent_id, stripe_event_id, created_at)
    SELECT 810000 + n, n % 60 + 1, 'purchase', 100,
        'Purchased 100 tokens ('
            || (ARRAY['starter','standard','premium','test'])[n % 4 + 1] || ' tier) via card',
        'pi_list_' || n, NULL, timestamp '2025-10-01 03:00' + n * interval '7 hours'
    FROM generate_series(1, 60) n
    UNION ALL SELECT 820000 + n, n % 60 + 1, 'subscription_allocation', 300,
        'Monthly subscription allocation ('
            || (ARRAY['basic','pro','premium'])[n % 3 + 1] || ' plan)',
        NULL, CASE WHEN n % 4 > 0 THEN 'evt_list_' || n END,
        timestamp '2025-10-01 03:00' + n * interval '31 hours'
    FROM generate_series(1, 100) n;

-- metric: pack_sales
SELECT sum(pack_price(tier, day_of(at, :zone))) AS value, 'USD' AS currency FROM pack
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: packs_priced
SELECT count(pack_price(tier, day_of(at, :zone))) AS value FROM pack
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: pack_price_coverage
SELECT avg(CASE WHEN tier IN ('starter', 'standard', 'premium') THEN 1.0 ELSE 0 END) AS value
FROM pack WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: plan_sales
SELECT sum(plan_price(tier)) AS value, 'USD' AS currency FROM plan
WHERE event IS NOT NULL AND day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: token_sales
SELECT sum(price) AS value, 'USD' AS currency FROM (
    SELECT at, pack_price(tier, day_of(at, :zone)) AS price FROM pack
    UNION ALL SELECT at, plan_price(tier) FROM plan WHERE event IS NOT NULL) sale
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: sales_per_paying_member
SELECT sum(price) / nullif(count(DISTINCT user_id), 0) AS value, 'USD' AS currency FROM (
    SELECT user_id, at, pack_price(tier, day_of(at, :zone)) AS price FROM pack
    UNION ALL SELECT user_id, at, CASE WHEN event IS NOT NULL THEN plan_price(tier) END
    FROM plan) sale
WHERE day_of(at, :zone) >= :from AND day_of(at, :zone) < :until;

-- metric: listed_mrr
SELECT sum(plan_price(plan_tier)) AS value, 'USD' AS currency FROM premium_subscriptions
WHERE status IN ('active', 'past_due');
