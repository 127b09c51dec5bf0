-- The sales of the group, asked in the sales application's own tables.
-- metrics: sales sales-pipeline sales-receivables sales-vat sales-customers
-- source: tekup
-- companies: rendetalje tekup foodtruck
-- start: 2026-03-31T12:00:00Z
-- span: 2026-01-01..2026-06-30

-- Sales all over the half-year, with customers of their own organization, at several rates.
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n int := substring(NEW.sale_number FROM '[0-9]+$')::int;
BEGIN
    IF n IS NULL THEN RETURN NEW; END IF;
    NEW.customer_id := (SELECT id FROM customers WHERE organization_id = NEW.organization_id
        ORDER BY id OFFSET n % 7 LIMIT 1);
    NEW.service_id := (SELECT id FROM services WHERE organization_id = NEW.organization_id
        ORDER BY id OFFSET n % 2 LIMIT 1);
    NEW.sale_date := timestamp '2025-12-28 22:30' + n * 61 % 4400 * interval '1 hour';
    NEW.created_at := NEW.sale_date - n % 5 * interval '20 hours';
    NEW.currency := CASE n % 11 WHEN 5 THEN 'EUR' ELSE 'DKK' END;
    NEW.tax_rate := (ARRAY[25, 25, 25, 0, 25, 12.5])[n % 6 + 1];
    NEW.tax_amount := round(NEW.final_amount * NEW.tax_rate / 100, 2)
        + CASE n % 17 WHEN 0 THEN 0.01 ELSE 0 END;
    NEW.total_with_tax := NEW.final_amount + NEW.tax_amount + CASE n % 19 WHEN 0 THEN 0.01 ELSE 0 END;
    NEW.payment_date := CASE WHEN NEW.payment_status IN ('PAID', 'REFUNDED') AND n % 9 > 0
        THEN NEW.sale_date + n % 40 * interval '1 day' + n % 7 * interval '5 hours' END;
    RETURN NEW;
END $$;
CREATE TRIGGER spread BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE sales SET updated_at = updated_at;
DROP TRIGGER spread ON sales;
CREATE TRIGGER spread BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE leads SET created_at = timestamp '2026-01-01 22:40' + score * interval '71 hours',
    estimated_value = CASE WHEN score % 4 > 0 THEN estimated_value END,
    follow_up_date = CASE WHEN score % 6 > 0 THEN follow_up_date END;
CREATE FUNCTION local_day(at timestamp, zone text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date $$;
CREATE FUNCTION company_of(organization uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
        ELSE 'foodtruck' END FROM organizations WHERE id = organization $$;
CREATE VIEW sold AS
    SELECT *, company_of(organization_id) AS company,
        status IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'PAID') AS is_booked,
        status IN ('QUOTE_SENT', 'ACCEPTED', 'SCHEDULED', 'IN_PROGRESS') AS is_open,
        status IN ('COMPLETED', 'PAID') AS is_done,
        status IN ('COMPLETED', 'PAID') AND payment_status NOT IN ('PAID', 'REFUNDED') AS is_owed
    FROM sales;
CREATE VIEW known AS
    SELECT *, company_of(organization_id) AS company,
        status IN ('NEW', 'CONTACTED', 'QUALIFIED') AS is_open FROM leads;
-- What one day's changes come to, status by status.
CREATE VIEW decided AS
    SELECT place, moment, company_of((present ->> 'organization_id')::uuid) AS company,
        past ->> 'status' AS old, present ->> 'status' AS new
    FROM (
        SELECT *, lag(present) OVER (PARTITION BY place, key ORDER BY moment) AS past
        FROM (
            SELECT DISTINCT ON (place, key, moment) place, key, moment, a.held AS present
            FROM audit a ORDER BY place, key, moment, number DESC) last) step
    WHERE moment > '2026-03-31T12:00:00Z' AND present ->> 'status' <> past ->> 'status';

-- change: quotes are answered, leads decided
UPDATE sales SET status = 'ACCEPTED'
    WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) IN ('1', '4', '8');
UPDATE sales SET status = 'LOST' WHERE status = 'QUOTE_SENT' AND right(sale_number, 1) = '2';
UPDATE leads SET status = 'CONVERTED' WHERE status = 'QUALIFIED' AND score % 2 = 0;
UPDATE leads SET status = 'UNQUALIFIED' WHERE status = 'NEW' AND score % 3 = 0;

-- change: work goes on, some accept and have a date at once, some pay
UPDATE sales SET status = 'SCHEDULED', scheduled_date = '2026-06-10'
    WHERE status IN ('ACCEPTED', 'QUOTE_SENT') AND right(sale_number, 1) IN ('4', '6');
UPDATE sales SET status = 'COMPLETED', payment_status = 'PENDING'
    WHERE status = 'IN_PROGRESS' AND right(sale_number, 1) IN ('0', '5');
UPDATE sales SET payment_status = 'PAID', payment_date = sale_date + interval '9 days'
    WHERE payment_status = 'PENDING' AND right(sale_number, 1) IN ('3', '7');
UPDATE leads SET status = 'CONTACTED', follow_up_date = follow_up_date + interval '8 days'
    WHERE status = 'NEW';

-- change: a lost quote comes back, another sale is struck off, quotes disappear
UPDATE sales SET status = 'QUOTE_SENT' WHERE status = 'LOST' AND right(sale_number, 1) = '2';
UPDATE sales SET status = 'CANCELLED' WHERE status = 'SCHEDULED' AND right(sale_number, 2) = '14';
UPDATE sales SET final_amount = final_amount + 0.05, tax_amount = tax_amount + 0.01
    WHERE right(sale_number, 1) = '9';
UPDATE sales SET id = gen_random_uuid() WHERE right(sale_number, 2) = '21';
DELETE FROM sales WHERE status = 'QUOTE_SENT' AND right(sale_number, 2) = '08';
UPDATE leads SET status = 'CONVERTED' WHERE status = 'CONTACTED' AND score % 3 = 1;

-- metric: revenue
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: sales
SELECT count(*) AS value FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: average_sale
SELECT avg(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: revenue_share
SELECT CASE WHEN sum(final_amount) <> 0 THEN 1 END AS value, currency FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: sales_per_customer
SELECT round(count(*)::numeric / nullif(count(DISTINCT customer_id), 0), 12) AS value FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: active_customers
SELECT count(DISTINCT customer_id) AS value FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: sales_quoted
SELECT coalesce(sum(quoted_amount), 0) AS value, currency FROM sold
WHERE company = :company AND is_booked
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: recorded_value
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: recorded_sales
SELECT count(*) AS value FROM sold
WHERE company = :company
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: recorded_share
SELECT CASE WHEN sum(final_amount) <> 0 THEN 1 END AS value, currency FROM sold
WHERE company = :company
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: recorded_sales_share
SELECT CASE WHEN count(*) > 0 THEN 1 END AS value FROM sold
WHERE company = :company
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: leads
SELECT count(*) AS value FROM known
WHERE company = :company
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: converted_leads
SELECT count(*) AS value FROM known
WHERE company = :company AND status = 'CONVERTED'
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: lead_conversion
SELECT round(avg((status = 'CONVERTED')::int), 12) AS value FROM known
WHERE company = :company
    AND local_day(created_at, :zone) >= :from AND local_day(created_at, :zone) < :until;

-- metric: pipeline_value
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_open GROUP BY currency;

-- metric: pipeline_count
SELECT count(*) AS value FROM sold WHERE company = :company AND is_open;

-- metric: pipeline_share
SELECT CASE WHEN sum(final_amount) <> 0 THEN 1 END AS value, currency FROM sold
WHERE company = :company AND is_open GROUP BY currency;

-- metric: quoted_pipeline
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'QUOTE_SENT' GROUP BY currency;

-- metric: accepted_pipeline
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'ACCEPTED' GROUP BY currency;

-- metric: scheduled_pipeline
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'SCHEDULED' GROUP BY currency;

-- metric: started_pipeline
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'IN_PROGRESS' GROUP BY currency;

-- metric: weighted_pipeline
SELECT sum(final_amount * CASE status WHEN 'QUOTE_SENT' THEN 0.3 WHEN 'ACCEPTED' THEN 0.85
    WHEN 'SCHEDULED' THEN 0.95 ELSE 1 END) AS value, currency FROM sold
WHERE company = :company AND is_open GROUP BY currency;

-- metric: pipeline_at_end
SELECT sum(s.final_amount) AS value, s.currency
FROM as_it_stood('sales', :until, :zone) then_row
    JOIN sold s ON s.id::text = then_row ->> 'id'
WHERE :until > known_since(:zone) AND s.company = :company
    AND then_row ->> 'status' IN ('QUOTE_SENT', 'ACCEPTED', 'SCHEDULED', 'IN_PROGRESS')
    AND local_day(s.created_at, :zone) < :until
GROUP BY s.currency;

-- metric: won_quotes_on_record
SELECT count(*) AS value FROM decided
WHERE place = 'sales' AND company = :company AND old = 'QUOTE_SENT'
    AND new IN ('ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'PAID')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: lost_quotes_on_record
SELECT count(*) AS value FROM decided
WHERE place = 'sales' AND company = :company AND old = 'QUOTE_SENT' AND new = 'LOST'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: sales_win_rate
SELECT round(avg((new <> 'LOST')::int), 12) AS value FROM decided
WHERE place = 'sales' AND company = :company AND old = 'QUOTE_SENT' AND new <> 'CANCELLED'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: won_leads_on_record
SELECT count(*) AS value FROM decided
WHERE place = 'leads' AND company = :company AND new = 'CONVERTED'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: lost_leads_on_record
SELECT count(*) AS value FROM decided
WHERE place = 'leads' AND company = :company AND new = 'UNQUALIFIED'
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: lead_win_rate
SELECT round(avg((new = 'CONVERTED')::int), 12) AS value FROM decided
WHERE place = 'leads' AND company = :company AND new IN ('CONVERTED', 'UNQUALIFIED')
    AND (moment AT TIME ZONE :zone)::date >= :from AND (moment AT TIME ZONE :zone)::date < :until;

-- metric: open_leads
SELECT count(*) AS value FROM known WHERE company = :company AND is_open;

-- metric: open_lead_value
SELECT sum(estimated_value) AS value, 'DKK' AS currency FROM known
WHERE company = :company AND is_open HAVING count(*) > 0;

-- metric: overdue_follow_ups
SELECT count(*) AS value FROM known
WHERE company = :company AND is_open AND local_day(follow_up_date, :zone) < :end;

-- metric: unplanned_leads
SELECT count(*) AS value FROM known
WHERE company = :company AND is_open AND follow_up_date IS NULL;

-- metric: app_overdue_follow_ups
SELECT count(*) AS value FROM known
WHERE company = :company AND is_open AND local_day(follow_up_date, :zone) < :today;

-- metric: delivered_revenue
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: sales_collected
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND payment_status = 'PAID'
    AND local_day(payment_date, :zone) >= :from AND local_day(payment_date, :zone) < :until
GROUP BY currency;

-- metric: sales_collected_net
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND payment_status = 'PAID'
    AND local_day(payment_date, :zone) >= :from AND local_day(payment_date, :zone) < :until
GROUP BY currency;

-- metric: days_to_payment
SELECT percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM payment_date - sale_date)::float8) / 86400 AS value
FROM sold
WHERE company = :company AND payment_status = 'PAID'
    AND local_day(payment_date, :zone) >= :from AND local_day(payment_date, :zone) < :until;

-- metric: days_to_payment_90
SELECT percentile_cont(0.9) WITHIN GROUP (
        ORDER BY extract(epoch FROM payment_date - sale_date)::float8) / 86400 AS value
FROM sold
WHERE company = :company AND payment_status = 'PAID'
    AND local_day(payment_date, :zone) >= :from AND local_day(payment_date, :zone) < :until;

-- metric: receivables
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_owed GROUP BY currency;

-- metric: unpaid_sales
SELECT count(*) AS value FROM sold WHERE company = :company AND is_owed;

-- metric: overdue_receivables
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_owed AND local_day(sale_date, :zone) + 14 < :end
GROUP BY currency;

-- metric: part_paid
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status = 'PARTIALLY_PAID' GROUP BY currency;

-- metric: not_invoiced
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status = 'NOT_INVOICED' GROUP BY currency;

-- metric: receivables_at_end
SELECT sum(s.total_with_tax) AS value, s.currency
FROM as_it_stood('sales', :until, :zone) then_row
    JOIN sold s ON s.id::text = then_row ->> 'id'
WHERE :until > known_since(:zone) AND s.company = :company
    AND then_row ->> 'status' IN ('COMPLETED', 'PAID')
    AND then_row ->> 'payment_status' NOT IN ('PAID', 'REFUNDED')
    AND local_day(s.sale_date, :zone) < :until
GROUP BY s.currency;

-- metric: delivered_to_date
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status <> 'REFUNDED'
    AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: collected_to_date
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status = 'PAID'
    AND local_day(payment_date, :zone) < :until
GROUP BY currency;

-- metric: receivables_by_date
SELECT sum(total_with_tax * ((local_day(sale_date, :zone) < :until)::int
        - (payment_status = 'PAID' AND coalesce(local_day(payment_date, :zone) < :until, false))::int))
    AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status <> 'REFUNDED'
GROUP BY currency;

-- metric: delivered_90
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done AND payment_status <> 'REFUNDED'
    AND local_day(sale_date, :zone) >= least(:until, :today + 1) - 90
    AND local_day(sale_date, :zone) < least(:until, :today + 1)
GROUP BY currency;

-- metric: sales_dso
SELECT round(90 * sum(total_with_tax * ((local_day(sale_date, :zone) < :until)::int
        - (payment_status = 'PAID' AND coalesce(local_day(payment_date, :zone) < :until, false))::int))
    / sum(total_with_tax) FILTER (
        WHERE local_day(sale_date, :zone) >= least(:until, :today + 1) - 90
            AND local_day(sale_date, :zone) < least(:until, :today + 1)), 10) AS value, currency
FROM sold
WHERE company = :company AND is_done AND payment_status <> 'REFUNDED'
GROUP BY currency;

-- metric: paid_without_date
SELECT count(*) AS value FROM sold
WHERE company = :company AND payment_status = 'PAID' AND payment_date IS NULL;

-- metric: paid_not_closed
SELECT count(*) AS value FROM sold
WHERE company = :company AND payment_status = 'PAID' AND status = 'COMPLETED';

-- metric: closed_not_paid
SELECT count(*) AS value FROM sold
WHERE company = :company AND status = 'PAID' AND is_owed;

-- metric: app_unpaid_sales
SELECT count(*) AS value FROM sold WHERE company = :company AND payment_status = 'PENDING';

-- metric: vat_documents
SELECT count(*) AS value FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: vat_base
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_stored
SELECT sum(tax_amount) AS value, currency FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_gross
SELECT sum(total_with_tax) AS value, currency FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_base_standard
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_done AND tax_rate = 25
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_recomputed
SELECT sum(final_amount) / 4 AS value, currency FROM sold
WHERE company = :company AND is_done AND tax_rate = 25
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_difference
SELECT sum(tax_amount - CASE tax_rate WHEN 25 THEN final_amount / 4 ELSE 0 END) AS value, currency
FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: vat_total_difference
SELECT sum(total_with_tax - final_amount - tax_amount) AS value, currency FROM sold
WHERE company = :company AND is_done
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: salgsmoms
SELECT sum(tax_amount) AS value, currency FROM sold
WHERE company = :company AND is_done AND currency = 'DKK'
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: rubrik_c
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_done AND currency = 'DKK' AND tax_rate = 0
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: lifetime_revenue
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND is_booked GROUP BY currency;

-- metric: lifetime_customers
SELECT count(DISTINCT customer_id) AS value FROM sold WHERE company = :company AND is_booked;

-- metric: customer_value
SELECT sum(final_amount) / count(DISTINCT customer_id) AS value, currency FROM sold
WHERE company = :company AND is_booked GROUP BY currency;

-- metric: typical_customer
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value::float8) AS value, currency FROM (
    SELECT customer_id, currency, sum(final_amount) AS value FROM sold
    WHERE company = :company AND is_booked GROUP BY customer_id, currency) each
GROUP BY currency;

-- metric: repeat_customers
SELECT count(*) AS value FROM (
    SELECT customer_id FROM sold
    WHERE company = :company AND is_booked
        AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
    GROUP BY customer_id HAVING count(*) >= 2) each;

-- metric: repeat_share
SELECT round(avg((number >= 2)::int), 12) AS value FROM (
    SELECT customer_id, count(*) AS number FROM sold
    WHERE company = :company AND is_booked
        AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
    GROUP BY customer_id) each;

-- metric: app_average_sale
SELECT avg(final_amount) AS value, currency FROM sold
WHERE company = :company
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: app_ltv_revenue
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'PAID'
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: app_ltv_sales
SELECT count(*) AS value FROM sold
WHERE company = :company AND status = 'PAID'
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until;

-- metric: app_ltv_average_sale
SELECT avg(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'PAID'
    AND local_day(sale_date, :zone) >= :from AND local_day(sale_date, :zone) < :until
GROUP BY currency;

-- metric: app_paid_revenue
SELECT sum(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'PAID' GROUP BY currency;

-- metric: app_paid_sales
SELECT count(*) AS value FROM sold WHERE company = :company AND status = 'PAID';

-- metric: app_paid_average_sale
SELECT avg(final_amount) AS value, currency FROM sold
WHERE company = :company AND status = 'PAID' GROUP BY currency;

-- metric: days_since_first_paid_sale
SELECT max(:today - local_day(sale_date, :zone)) AS value FROM sold
WHERE company = :company AND status = 'PAID';

-- metric: days_since_last_paid_sale
SELECT min(:today - local_day(sale_date, :zone)) AS value FROM sold
WHERE company = :company AND status = 'PAID';

-- metric: app_purchase_frequency
SELECT round(count(*) * 30.4375 / nullif(max(:today - local_day(sale_date, :zone)), 0), 2) AS value
FROM sold WHERE company = :company AND status = 'PAID';

-- metric: app_customer_ltv
SELECT round(sum(final_amount) * 730.5 / nullif(max(:today - local_day(sale_date, :zone)), 0), 2)
    AS value, currency FROM sold
WHERE company = :company AND status = 'PAID' GROUP BY currency;

-- metric: app_ltv_average
SELECT avg(value) AS value, currency FROM (
    SELECT customer_id, currency, round(sum(final_amount) * 730.5
        / nullif(max(:today - local_day(sale_date, :zone)), 0), 2) AS value
    FROM sold WHERE company = :company AND status = 'PAID' GROUP BY customer_id, currency) each
WHERE value IS NOT NULL GROUP BY currency;

-- metric: app_ltv_median
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value::float8) AS value, currency FROM (
    SELECT customer_id, currency, round(sum(final_amount) * 730.5
        / nullif(max(:today - local_day(sale_date, :zone)), 0), 2) AS value
    FROM sold WHERE company = :company AND status = 'PAID' GROUP BY customer_id, currency) each
WHERE value IS NOT NULL GROUP BY currency;

-- metric: app_sales_cycle
SELECT avg(extract(epoch FROM s.payment_date - k.created_at) / 86400) AS value FROM known k
JOIN sales s ON s.id = k.converted_sale_id
WHERE k.company = :company AND s.payment_status = 'PAID' AND s.payment_date IS NOT NULL
    AND local_day(k.created_at, :zone) >= :from AND local_day(k.created_at, :zone) < :until;
