-- What packs and plans bring the group, over the MVP app's own tables.
-- metrics: group
-- source: mvp
-- companies: mvp
-- currency: EUR closing
-- start: 2026-09-30T12:00:00Z
-- span: 2026-08-20..2026-11-15
-- rounds: 2
-- queries: group.queries

INSERT INTO token_transactions (id, user_id, transaction_type, amount, description,
        stripe_payment_intent_id, stripe_event_id, created_at)
    SELECT 810000 + n, n % 60 + 1, 'purchase', 100,
        'Purchased 100 tokens ('
            || (ARRAY['starter','standard','premium','test'])[n % 4 + 1] || ' tier) via card',
        'pi_group_' || n, NULL, timestamp '2026-08-15 03:00' + n * interval '17 hours'
    FROM generate_series(1, 120) n
    UNION ALL SELECT 820000 + n, n % 60 + 1, 'subscription_allocation', 300,
        'Monthly subscription allocation ('
            || (ARRAY['basic','pro','premium'])[n % 3 + 1] || ' plan)',
        NULL, CASE WHEN n % 4 > 0 THEN 'evt_group_' || n END,
        timestamp '2026-08-15 03:00' + n * interval '31 hours'
    FROM generate_series(1, 70) n;
CREATE FUNCTION flow(zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    SELECT 'at once', 'mvp', (created_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date, price.amount, 'USD'
    FROM token_transactions JOIN (VALUES
        ('purchase', 'Purchased % (starter tier)%', 2.99),
        ('purchase', 'Purchased % (standard tier)%', 9.99),
        ('purchase', 'Purchased % (premium tier)%', 24.99),
        ('subscription_allocation', '% basic plan%', 4.99),
        ('subscription_allocation', '%(basic plan)%', 4.99),
        ('subscription_allocation', '% pro plan%', 9.99),
        ('subscription_allocation', '%(pro plan)%', 9.99),
        ('subscription_allocation', '% premium plan%', 19.99),
        ('subscription_allocation', '%(premium plan)%', 19.99)) price (type, words, amount)
        ON transaction_type = price.type AND description LIKE price.words
    WHERE CASE transaction_type WHEN 'purchase' THEN stripe_payment_intent_id ELSE stripe_event_id END
        IS NOT NULL $$;
