-- Faults of a till's documents, asked in the documents themselves.
-- metrics: quality-shop
-- source: chikondi
-- companies: tiyende
-- start: 2026-04-02T12:00:00Z
-- span: 2026-01-01..2026-05-31

-- Of documents of one record the one that arrived last counts: its id is the longest and greatest.
CREATE VIEW sale AS
    SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp', body ->> 'productId')
        (body ->> 'id')::bigint AS number, body ->> 'productName' AS product,
        (body ->> 'quantity')::numeric AS quantity, (body ->> 'amount')::numeric AS written,
        round((body ->> 'amount')::numeric, 2) AS amount,
        round((body ->> 'total')::numeric, 2) AS total, body ->> 'paymentMethod' AS method,
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
    SELECT round((body ->> 'price')::numeric, 2) AS price, (body ->> 'quantity')::numeric AS quantity,
        to_timestamp(coalesce(body ->> 'updatedAt', body ->> 'createdAt')::bigint / 1000.0) AS at
    FROM documents WHERE id LIKE 'product%';
-- Categories that the application does not offer, clocks that are wrong, products without a price.
UPDATE documents SET body = body || '{"category": "lunch"}' WHERE id LIKE 'expense%' AND (body ->> 'id')::int % 7 = 2;
UPDATE documents SET body = body || '{"amount": 99.995}' WHERE id LIKE 'sale_1__%' AND (body ->> 'productId')::int = 3;
UPDATE documents SET body = body || '{"timestamp": 1500000000000}' WHERE id LIKE 'expense_11_%';
UPDATE documents SET body = body || '{"timestamp": 1900000000000}' WHERE id LIKE 'expense_12_%';
UPDATE documents SET body = body || '{"price": null}' WHERE id LIKE 'product_2_%';
UPDATE documents SET body = body || '{"price": 0}' WHERE id LIKE 'product_3_%';
UPDATE documents SET body = body || '{"price": -1}' WHERE id LIKE 'product_4_%';

-- metric: pos_sales_of_nothing_named
SELECT count(*) AS value FROM sale
WHERE product IS NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_without_quantity
SELECT count(*) AS value FROM sale
WHERE quantity IS NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_unlikely_tender
SELECT count(*) AS value FROM sale
WHERE coalesce(method, '') NOT IN ('cash', 'mobile_money')
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_totals_unlike_amount
SELECT count(*) AS value FROM sale
WHERE total <> amount
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expenses_without_amount
SELECT count(*) AS value FROM expense
WHERE amount IS NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expenses_of_no_category
SELECT count(*) AS value FROM expense
WHERE coalesce(category, '') NOT IN ('stock', 'rent', 'utilities', 'transport', 'other')
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_products_unpriced
SELECT count(*) AS value FROM product
WHERE price IS NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_products_for_nothing
SELECT count(*) AS value FROM product
WHERE price <= 0
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_sales_off_grid
SELECT count(*) AS value FROM sale
WHERE round(written, 6) <> amount
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_products_without_price
SELECT count(*) AS value FROM product
WHERE (price IS NULL OR price <= 0)
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_receipts_of_one_number
SELECT count(*) AS value FROM sale
WHERE number IS NOT NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_numbers_used
SELECT count(DISTINCT number) AS value FROM sale
WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_numbers_repeated
SELECT count(*) AS value FROM (SELECT FROM sale WHERE number IS NOT NULL
    AND (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until
    GROUP BY number HAVING count(*) > 1) twice;

-- metric: pos_numbers_missing
SELECT CASE WHEN count(number) > 0 THEN (SELECT count(*) FROM generate_series(min(number), max(number)) n
    WHERE n NOT IN (SELECT number FROM sale WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until)) END AS value
FROM sale WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until;

-- metric: pos_expenses_before_all
SELECT count(*) AS value FROM expense
WHERE (at AT TIME ZONE :zone)::date < date '2025-10-07';

-- metric: pos_expenses_ahead
SELECT count(*) AS value FROM expense
WHERE (at AT TIME ZONE :zone)::date > :today;

-- metric: pos_expenses_by_wrong_clock
SELECT count(*) AS value FROM expense
WHERE (at AT TIME ZONE :zone)::date NOT BETWEEN date '2025-10-07' AND :today;

-- metric: pos_faults
SELECT (SELECT count(*) FILTER (WHERE amount IS NULL)
        + count(*) FILTER (WHERE amount = 0)
        + count(*) FILTER (WHERE product IS NULL)
        + count(*) FILTER (WHERE quantity IS NULL)
        + count(*) FILTER (WHERE coalesce(method, '') NOT IN ('cash', 'mobile_money'))
        + count(*) FILTER (WHERE total <> amount)
    FROM sale WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until)
    + (SELECT count(*) FILTER (WHERE amount IS NULL)
        + count(*) FILTER (WHERE coalesce(category, '') NOT IN ('stock', 'rent', 'utilities', 'transport', 'other'))
    FROM expense WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until)
    + (SELECT count(*) FILTER (WHERE quantity < 0)
        + count(*) FILTER (WHERE price IS NULL)
        + count(*) FILTER (WHERE price <= 0)
    FROM product WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until) AS value;

-- metric: pos_fault_rate
SELECT ((SELECT count(*) FILTER (WHERE amount IS NULL)
        + count(*) FILTER (WHERE amount = 0)
        + count(*) FILTER (WHERE product IS NULL)
        + count(*) FILTER (WHERE quantity IS NULL)
        + count(*) FILTER (WHERE coalesce(method, '') NOT IN ('cash', 'mobile_money'))
        + count(*) FILTER (WHERE total <> amount)
    FROM sale WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until)
    + (SELECT count(*) FILTER (WHERE amount IS NULL)
        + count(*) FILTER (WHERE coalesce(category, '') NOT IN ('stock', 'rent', 'utilities', 'transport', 'other'))
    FROM expense WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until)
    + (SELECT count(*) FILTER (WHERE quantity < 0)
        + count(*) FILTER (WHERE price IS NULL)
        + count(*) FILTER (WHERE price <= 0)
    FROM product WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until))::numeric
    / nullif((SELECT count(*) FROM sale WHERE (at AT TIME ZONE :zone)::date >= :from AND (at AT TIME ZONE :zone)::date < :until), 0) AS value;
