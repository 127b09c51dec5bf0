-- Faults of the supplier bills of Teddy Kids, asked in the application's own tables.
-- metrics: quality-payables
-- source: teddykids
-- companies: teddy-kids tisa teddy-daycare teddy-cafe teddy-shared
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

CREATE FUNCTION company_of(slug text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE slug WHEN 'daycare' THEN 'teddy-daycare' WHEN 'cafe' THEN 'teddy-cafe' ELSE slug END $$;
CREATE OR REPLACE FUNCTION owner_of(place text, held jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT company_of(held ->> 'paying_company_id') $$;
-- Faults of every kind among the bills that there are.
UPDATE invoices SET iban_number = ' ' WHERE factuur_number ~ '7$';
UPDATE invoices SET amount = CASE WHEN factuur_number ~ '13$' THEN 0 ELSE -amount END WHERE factuur_number ~ '[13]3$';
UPDATE invoices SET issue_date = CASE WHEN factuur_number ~ '5$' THEN date '1970-01-01' ELSE date '2026-11-05' END
    WHERE factuur_number ~ '[26]5$' OR factuur_number ~ '28$';
UPDATE invoices SET payment_date = created_at - interval '1 hour' WHERE factuur_number ~ '[02]2$';
UPDATE invoices SET status = 'paid' WHERE factuur_number ~ '4[046]$';
UPDATE invoices SET batch_id = 'batch-7' WHERE factuur_number ~ '[68]0$';
UPDATE invoices SET batch_id = NULL WHERE factuur_number ~ '[39]1$';
UPDATE invoices SET iban_name = upper(iban_name) WHERE factuur_number ~ '8$';
UPDATE invoices SET due_date = issue_date - 3 WHERE factuur_number ~ '6[1-5]$';
UPDATE invoice_items SET quantity = -quantity WHERE right(id::text, 1) = '4';
CREATE VIEW bills AS
    SELECT i.*, company_of(paying_company_id) AS company, lower(btrim(i.status)) AS word,
        nullif(upper(replace(iban_number, ' ', '')), '') AS account FROM invoices i;
CREATE VIEW changed AS
    SELECT company_of(new ->> 'paying_company_id') AS company, moment,
        lower(btrim(old ->> 'status')) AS old, lower(btrim(new ->> 'status')) AS new
    FROM (SELECT key, moment, held AS new,
            lag(held) OVER (PARTITION BY key ORDER BY moment) AS old
        FROM (SELECT DISTINCT ON (key, moment) key, moment, held FROM audit
            WHERE place = 'invoices' ORDER BY key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z'
        AND company_of(new ->> 'paying_company_id') = company_of(old ->> 'paying_company_id');

-- change: paid bills are open again, open ones paid without a file
UPDATE invoices SET status = 'Pending' WHERE status ILIKE 'paid' AND factuur_number ~ '[27]$';
UPDATE invoices SET status = 'paid', payment_date = '2026-04-20Z' WHERE status ILIKE 'overdue' AND factuur_number ~ '[38]$';

-- change: a cancelled bill is exported, others are cancelled
UPDATE invoices SET status = 'EXPORTED' WHERE status = 'cancelled' AND factuur_number ~ '4$';
UPDATE invoices SET status = 'cancelled' WHERE status ILIKE 'pending' AND factuur_number ~ '0$';

-- metric: bills_entered
SELECT (SELECT count(*) FROM bills WHERE company = :company AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until) AS value;

-- metric: bills_undated
SELECT count(*) AS value FROM bills WHERE company = :company AND issue_date IS NULL;

-- metric: bills_of_no_status
SELECT count(*) AS value FROM bills WHERE company = :company AND coalesce(word, '') NOT IN ('pending', 'exported', 'paid', 'overdue', 'cancelled');

-- metric: bills_of_nothing
SELECT count(*) AS value FROM bills WHERE company = :company AND amount <= 0;

-- metric: bills_never_due
SELECT count(*) AS value FROM bills WHERE company = :company AND due_date IS NULL AND word NOT IN ('paid', 'cancelled')
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_dated_ahead
SELECT count(*) AS value FROM bills WHERE company = :company AND issue_date > :today
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_dated_long_ago
SELECT count(*) AS value FROM bills WHERE company = :company AND issue_date < date '2020-01-01'
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_without_account
SELECT count(*) AS value FROM bills WHERE company = :company AND account IS NULL AND word NOT IN ('paid', 'cancelled')
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_paid_undated
SELECT count(*) AS value FROM bills WHERE company = :company AND word = 'paid' AND payment_date IS NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_marked_not_paid
SELECT count(*) AS value FROM bills WHERE company = :company AND word <> 'paid' AND payment_date IS NOT NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_exported_in_no_run
SELECT count(*) AS value FROM bills WHERE company = :company AND word = 'exported' AND batch_id IS NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_in_run_not_exported
SELECT count(*) AS value FROM bills WHERE company = :company AND word IN ('pending', 'overdue') AND batch_id IS NOT NULL
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_due_before_issue
SELECT count(*) AS value FROM bills WHERE company = :company AND due_date < issue_date
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_paid_before_entry
SELECT count(*) AS value FROM bills WHERE company = :company AND payment_date < created_at
    AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until;

-- metric: bills_reopened
SELECT count(*) AS value FROM changed
WHERE company = :company AND old IN ('paid', 'cancelled') AND new IN ('pending', 'exported', 'overdue')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: bills_paid_unexported
SELECT count(*) AS value FROM changed
WHERE company = :company AND old IN ('pending', 'overdue') AND new = 'paid'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: account_spellings
SELECT count(DISTINCT nullif(btrim(iban_name), '')) AS value FROM bills WHERE company = :company;

-- metric: accounts_of_many_names
SELECT count(*) AS value FROM (SELECT FROM bills WHERE company = :company AND account IS NOT NULL
    GROUP BY account HAVING count(DISTINCT nullif(btrim(iban_name), '')) > 1) many;

-- metric: bill_lines_of_nothing
SELECT count(*) AS value FROM invoice_items l JOIN bills b ON b.id = l.invoice_id
WHERE company = :company AND quantity <= 0
    AND (l.created_at AT TIME ZONE :zone)::date >= :from AND (l.created_at AT TIME ZONE :zone)::date < :until;

-- metric: bill_faults
SELECT (SELECT count(*) FILTER (WHERE due_date IS NULL AND word NOT IN ('paid', 'cancelled'))
        + count(*) FILTER (WHERE issue_date > :today)
        + count(*) FILTER (WHERE issue_date < date '2020-01-01')
        + count(*) FILTER (WHERE account IS NULL AND word NOT IN ('paid', 'cancelled'))
        + count(*) FILTER (WHERE word = 'paid' AND payment_date IS NULL)
        + count(*) FILTER (WHERE word <> 'paid' AND payment_date IS NOT NULL)
        + count(*) FILTER (WHERE word = 'exported' AND batch_id IS NULL)
        + count(*) FILTER (WHERE word IN ('pending', 'overdue') AND batch_id IS NOT NULL)
        + count(*) FILTER (WHERE due_date < issue_date)
        + count(*) FILTER (WHERE payment_date < created_at)
    FROM bills WHERE company = :company AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until) AS value;

-- metric: bill_fault_rate
SELECT (SELECT count(*) FILTER (WHERE due_date IS NULL AND word NOT IN ('paid', 'cancelled'))
        + count(*) FILTER (WHERE issue_date > :today)
        + count(*) FILTER (WHERE issue_date < date '2020-01-01')
        + count(*) FILTER (WHERE account IS NULL AND word NOT IN ('paid', 'cancelled'))
        + count(*) FILTER (WHERE word = 'paid' AND payment_date IS NULL)
        + count(*) FILTER (WHERE word <> 'paid' AND payment_date IS NOT NULL)
        + count(*) FILTER (WHERE word = 'exported' AND batch_id IS NULL)
        + count(*) FILTER (WHERE word IN ('pending', 'overdue') AND batch_id IS NOT NULL)
        + count(*) FILTER (WHERE due_date < issue_date)
        + count(*) FILTER (WHERE payment_date < created_at)
    FROM bills WHERE company = :company AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until)::numeric
    / nullif((SELECT count(*) FROM bills WHERE company = :company AND (created_at AT TIME ZONE :zone)::date >= :from AND (created_at AT TIME ZONE :zone)::date < :until), 0) AS value;
