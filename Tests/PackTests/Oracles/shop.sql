-- The sales, expenses and products of a shop's till, asked in its documents.
-- metrics: shop
-- source: chikondi
-- companies: tiyende
-- start: 2026-04-02T12:00:00Z
-- span: 2026-01-01..2026-05-31

-- Of documents of one record the one that arrived last counts: its id is the longest and greatest.
CREATE VIEW sale AS
    SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp', body ->> 'productId')
        (body ->> 'id')::bigint AS number, body ->> 'productName' AS product,
        round((body ->> 'quantity')::numeric, 3) AS quantity,
        round((body ->> 'amount')::numeric, 2) AS amount,
        round((body ->> 'total')::numeric, 2) AS total, body ->> 'paymentMethod' AS method,
        (body ->> 'synced')::boolean AS synced,
        to_timestamp((body ->> 'timestamp')::bigint / 1000.0) AS at
    FROM documents WHERE id LIKE 'sale%' AND body ->> 'test' IS DISTINCT FROM 'true'
    ORDER BY body ->> 'id', body ->> 'timestamp', body ->> 'productId', length(id) DESC,
        id COLLATE "C" DESC;
CREATE VIEW expense AS
    SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp')
        round((body ->> 'amount')::numeric, 2) AS amount, body ->> 'category' AS category,
        to_timestamp((body ->> 'timestamp')::bigint / 1000.0) AS at
    FROM documents WHERE id LIKE 'expense%'
    ORDER BY body ->> 'id', body ->> 'timestamp', length(id) DESC, id COLLATE "C" DESC;
CREATE VIEW product AS
    SELECT body ->> 'name' AS name, round((body ->> 'price')::numeric, 2) AS price,
        (body ->> 'quantity')::numeric AS quantity, to_timestamp(
            coalesce(body ->> 'updatedAt', body ->> 'createdAt')::bigint / 1000.0) AS at
    FROM documents WHERE id LIKE 'product%';
-- What came in, above zero, and what went out, below.
CREATE VIEW flow AS
    SELECT at, amount, total, method, 'sale' AS kind, NULL AS category FROM sale
    UNION ALL SELECT at, -amount, NULL, NULL, 'expense', category FROM expense;

-- metric: pos_sales
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_transactions
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_average_sale
SELECT avg(amount) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_quantity
SELECT sum(quantity) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expenses
SELECT sum(amount) AS value, 'MWK' AS currency FROM expense
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_profit
SELECT sum(amount) AS value, 'MWK' AS currency FROM flow
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_median_sale
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount::float8)::numeric AS value,
    'MWK' AS currency
FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_largest_sale
SELECT max(amount) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_average_price
SELECT sum(amount) / nullif(sum(quantity), 0) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_products_sold
SELECT count(DISTINCT product) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_cash_sales
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE method = 'cash'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_mobile_sales
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE method = 'mobile_money'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_other_tenders
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE coalesce(method, '') NOT IN ('cash', 'mobile_money')
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_tender_residual
SELECT 0 AS value, 'MWK' AS currency;

-- metric: pos_mobile_share
SELECT sum(amount) FILTER (WHERE method = 'mobile_money') / nullif(sum(amount), 0) AS value,
    'MWK' AS currency
FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_first_receipt
SELECT min(number) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_last_receipt
SELECT max(number) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_receipts_missing
SELECT max(number) - min(number) + 1 - count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_stock_purchases
SELECT sum(amount) AS value, 'MWK' AS currency FROM expense
WHERE category = 'stock'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_operating_expenses
SELECT sum(amount) AS value, 'MWK' AS currency FROM expense
WHERE category IS DISTINCT FROM 'stock'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_result_before_goods
SELECT sum(amount) AS value, 'MWK' AS currency FROM flow
WHERE category IS DISTINCT FROM 'stock'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expense_count
SELECT count(*) AS value FROM expense
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_average_expense
SELECT avg(amount) AS value, 'MWK' AS currency FROM expense
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expense_ratio
SELECT -sum(amount) FILTER (WHERE kind = 'expense')
    / nullif(sum(amount) FILTER (WHERE kind = 'sale'), 0) AS value,
    'MWK' AS currency
FROM flow
WHERE category IS DISTINCT FROM 'stock'
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expected_cash
SELECT sum(amount) AS value, 'MWK' AS currency FROM flow
WHERE (method = 'cash' OR kind = 'expense')
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_without_amount
SELECT count(*) AS value FROM sale
WHERE amount IS NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_for_nothing
SELECT count(*) AS value FROM sale
WHERE amount = 0
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_not_sent
SELECT count(*) AS value FROM sale
WHERE NOT synced
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_clock_faults
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date < date '2025-10-07';

-- metric: pos_future_sales
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date > :today;

-- metric: product_edits
SELECT count(*) AS value FROM product
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: products_known
SELECT count(DISTINCT name) AS value FROM product;

-- metric: lowest_stock
SELECT min(quantity) AS value FROM product
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: stock_run_out
SELECT count(*) AS value FROM product
WHERE quantity <= 0
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: stock_below_zero
SELECT count(*) AS value FROM product
WHERE quantity < 0
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: highest_price
SELECT max(price) AS value, 'MWK' AS currency FROM product
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: lowest_price
SELECT min(price) AS value, 'MWK' AS currency FROM product
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_sales
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_transactions
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_expenses
SELECT sum(amount) AS value, 'MWK' AS currency FROM expense
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_profit
SELECT sum(amount) AS value, 'MWK' AS currency FROM flow
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_totals
SELECT sum(total) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_totals_lacking
SELECT coalesce(sum(amount), 0) - coalesce(sum(total), 0) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: app_pos_invoices
SELECT count(*) AS value FROM sale;

-- metric: app_pos_invoices_of_a_week
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 7 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_invoice_revenue
SELECT sum(total) AS value, 'MWK' AS currency FROM sale;

-- metric: app_pos_summary_revenue
SELECT sum(total) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_summary_transactions
SELECT count(*) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_summary_expenses
SELECT sum(amount) AS value, 'MWK' AS currency FROM expense
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_summary_profit
SELECT coalesce(sum(total), 0)
    + coalesce(sum(amount) FILTER (WHERE kind = 'expense'), 0) AS value, 'MWK' AS currency FROM flow
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_summary_margin
SELECT 1 + coalesce(sum(amount) FILTER (WHERE kind = 'expense'), 0)
    / nullif(sum(total), 0) AS value,
    'MWK' AS currency
FROM flow
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_summary_average
SELECT sum(total) / nullif(count(*), 0) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 30 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_revenue_of_a_week
SELECT sum(total) AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 7 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_daily_revenue
SELECT sum(total) / 7 AS value, 'MWK' AS currency FROM sale
WHERE (at AT TIME ZONE :zone)::date > :end - 7 AND (at AT TIME ZONE :zone)::date <= :end;

-- metric: app_pos_low_products
SELECT count(DISTINCT name) AS value FROM product;

-- metric: app_pos_not_sent
SELECT 0 AS value;

-- metric: products_run_out
SELECT count(*) AS value FROM (
    SELECT name FROM product
    WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until
    GROUP BY name HAVING min(quantity) <= 0) product;

-- metric: pos_sales_per_day
SELECT sum(amount) / nullif(greatest(0, least(:until, :today + 1) - :from), 0) AS value,
    'MWK' AS currency
FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_transactions_per_day
SELECT count(*)::numeric / nullif(greatest(0, least(:until, :today + 1) - :from), 0) AS value
FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;
