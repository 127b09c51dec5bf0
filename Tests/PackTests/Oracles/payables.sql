-- The supplier bills of Teddy Kids, asked in the application's own tables.
-- metrics: payables
-- source: teddykids
-- companies: teddy-kids tisa teddy-daycare teddy-cafe teddy-shared
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

CREATE FUNCTION company_of(slug text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE slug WHEN 'daycare' THEN 'teddy-daycare' WHEN 'cafe' THEN 'teddy-cafe' ELSE slug END $$;
CREATE OR REPLACE FUNCTION owner_of(place text, held jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT company_of(held ->> 'paying_company_id') $$;
CREATE VIEW bills AS
    SELECT i.*, company_of(paying_company_id) AS company, lower(btrim(i.status)) AS word FROM invoices i;

-- metric: bills_to_pay
SELECT count(*) AS value FROM bills
WHERE company = :company AND word NOT IN ('exported', 'paid', 'cancelled');

-- metric: amount_to_pay
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word NOT IN ('exported', 'paid', 'cancelled') HAVING count(*) > 0;

-- metric: amount_in_payment
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word = 'exported' HAVING count(*) > 0;

-- metric: unpaid_bills
SELECT count(*) AS value FROM bills WHERE company = :company AND word NOT IN ('paid', 'cancelled');

-- metric: unpaid_amount
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word NOT IN ('paid', 'cancelled') HAVING count(*) > 0;

-- metric: overdue_bills
SELECT count(*) AS value FROM bills
WHERE company = :company AND word NOT IN ('paid', 'cancelled') AND due_date < :end;

-- metric: overdue_amount
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word NOT IN ('paid', 'cancelled') AND due_date < :end
HAVING count(*) > 0;

-- metric: due_in_a_week
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word NOT IN ('exported', 'paid', 'cancelled') AND due_date <= :end + 7
HAVING count(*) > 0;

-- metric: cash_needed
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word NOT IN ('exported', 'paid', 'cancelled')
    AND due_date >= :from AND due_date < :until
HAVING count(*) > 0;

-- metric: unpaid_at_end
SELECT CASE WHEN :until > known_since(:zone) THEN coalesce(sum((held ->> 'amount')::numeric), 0) END
    AS value, 'EUR' AS currency
FROM as_it_stood('invoices', :until, :zone) held
WHERE company_of(held ->> 'paying_company_id') = :company
    AND lower(btrim(held ->> 'status')) NOT IN ('paid', 'cancelled')
    AND ((held ->> 'created_at')::timestamptz AT TIME ZONE :zone)::date < :until;

-- metric: spending
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word <> 'cancelled' AND issue_date >= :from AND issue_date < :until
HAVING count(*) > 0;

-- metric: bills
SELECT count(*) AS value FROM bills
WHERE company = :company AND word <> 'cancelled' AND issue_date >= :from AND issue_date < :until;

-- metric: average_bill
SELECT avg(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word <> 'cancelled' AND issue_date >= :from AND issue_date < :until
HAVING count(*) > 0;

-- metric: spending_share
SELECT CASE WHEN sum(amount) <> 0 THEN 1 END AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word <> 'cancelled' AND issue_date >= :from AND issue_date < :until
HAVING count(*) > 0;

-- metric: payees
SELECT count(DISTINCT upper(replace(iban_number, ' ', ''))) AS value FROM bills
WHERE company = :company AND word <> 'cancelled' AND issue_date >= :from AND issue_date < :until;

-- metric: paid_amount
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word = 'paid'
    AND (payment_date AT TIME ZONE :zone)::date >= :from
    AND (payment_date AT TIME ZONE :zone)::date < :until
HAVING count(*) > 0;

-- metric: days_to_pay
SELECT percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM payment_date - created_at)::float8) / 86400 AS value
FROM bills
WHERE company = :company AND word = 'paid'
    AND (payment_date AT TIME ZONE :zone)::date >= :from
    AND (payment_date AT TIME ZONE :zone)::date < :until;

-- metric: days_to_pay_90
SELECT percentile_cont(0.9) WITHIN GROUP (
        ORDER BY extract(epoch FROM payment_date - created_at)::float8) / 86400 AS value
FROM bills
WHERE company = :company AND word = 'paid'
    AND (payment_date AT TIME ZONE :zone)::date >= :from
    AND (payment_date AT TIME ZONE :zone)::date < :until;

-- metric: same_bills
SELECT count(*) AS value FROM bills WHERE company = :company AND word <> 'cancelled';

-- metric: duplicated_bills
SELECT count(*) AS value FROM (
    SELECT 1 FROM bills WHERE company = :company AND word <> 'cancelled'
    GROUP BY upper(replace(iban_number, ' ', '')), upper(replace(factuur_number, ' ', '')), amount
    HAVING count(*) >= 2) twice;

-- metric: duplicate_entries
SELECT coalesce(sum(entries), 0) AS value FROM (
    SELECT count(*) AS entries FROM bills WHERE company = :company AND word <> 'cancelled'
    GROUP BY upper(replace(iban_number, ' ', '')), upper(replace(factuur_number, ' ', '')), amount
    HAVING count(*) >= 2) twice;

-- metric: payment_runs
SELECT count(*) AS value FROM batch_exports
WHERE :company = 'teddy-shared' AND (created_at AT TIME ZONE :zone)::date >= :from
    AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: payment_run_total
SELECT sum(total_amount) AS value, currency FROM batch_exports
WHERE :company = 'teddy-shared' AND (created_at AT TIME ZONE :zone)::date >= :from
    AND (created_at AT TIME ZONE :zone)::date < :until
GROUP BY currency;

-- metric: app_bills
SELECT count(*) AS value FROM bills WHERE company = :company;

-- metric: app_pending_bills
SELECT count(*) AS value FROM bills WHERE company = :company AND word = 'pending';

-- metric: app_overdue_bills
SELECT count(*) AS value FROM bills WHERE company = :company AND word = 'overdue';

-- metric: app_paid_bills
SELECT count(*) AS value FROM bills WHERE company = :company AND word IN ('paid', 'exported');

-- metric: app_amount_paid
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word IN ('paid', 'exported') HAVING count(*) > 0;

-- metric: app_amount_due
SELECT sum(amount) AS value, 'EUR' AS currency FROM bills
WHERE company = :company AND word IN ('pending', 'overdue') HAVING count(*) > 0;

-- metric: app_tab_bills
SELECT count(*) AS value FROM bills
WHERE company = :company AND word IN ('pending', 'overdue', 'paid', 'exported');
