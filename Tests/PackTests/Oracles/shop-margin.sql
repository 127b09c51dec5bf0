-- The gross margin of a shop's till, by unit costs written down here once more.
-- metrics: shop-margin
-- source: chikondi
-- companies: tiyende
-- start: 2026-04-02T12:00:00Z
-- span: 2026-01-01..2026-05-31

CREATE FUNCTION unit_cost(product text, day date) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE product WHEN 'Sugar 1kg' THEN 1480
        WHEN 'Sugar (1kg)' THEN CASE WHEN day < date '2026-04-01' THEN 1480 ELSE 1560 END
        WHEN 'Bread' THEN 950 WHEN 'Soap' THEN 455.35 WHEN 'Candles' THEN 245.07 END $$;
CREATE FUNCTION day_of(body jsonb, zone text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (to_timestamp((body ->> 'timestamp')::bigint / 1000.0) AT TIME ZONE zone)::date $$;
CREATE VIEW sale AS
    SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp', body ->> 'productId')
        body, body ->> 'productName' AS product,
        round((body ->> 'quantity')::numeric, 3) AS quantity,
        round((body ->> 'amount')::numeric, 2) AS amount
    FROM documents WHERE id LIKE 'sale%' AND body ->> 'test' IS DISTINCT FROM 'true'
    ORDER BY body ->> 'id', body ->> 'timestamp', body ->> 'productId', length(id) DESC,
        id COLLATE "C" DESC;
CREATE VIEW expense AS
    SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp')
        body, round((body ->> 'amount')::numeric, 2) AS amount, body ->> 'category' AS category
    FROM documents WHERE id LIKE 'expense%'
    ORDER BY body ->> 'id', body ->> 'timestamp', length(id) DESC, id COLLATE "C" DESC;

-- Sugar under both of its names, before and after the cost changed.
UPDATE documents SET body = body || jsonb_build_object('productName',
        CASE WHEN length(id) % 2 = 0 OR (body ->> 'id')::int % 2 = 0 THEN 'Sugar (1kg)'
            ELSE 'Sugar 1kg' END)
    WHERE body ->> 'productName' = 'Sugar';

-- metric: pos_cost_of_goods
SELECT sum(round(quantity * unit_cost(product, day_of(body, :zone)), 2)) AS value, 'MWK' AS currency
FROM sale WHERE day_of(body, :zone) >= :from AND day_of(body, :zone) < :until;

-- metric: pos_costed_sales
SELECT sum(amount) AS value, 'MWK' AS currency FROM sale
WHERE quantity IS NOT NULL AND unit_cost(product, day_of(body, :zone)) IS NOT NULL
    AND day_of(body, :zone) >= :from AND day_of(body, :zone) < :until;

-- metric: pos_gross_profit
SELECT coalesce(sum(amount), 0)
    - coalesce(sum(round(quantity * unit_cost(product, day_of(body, :zone)), 2)), 0) AS value,
    'MWK' AS currency
FROM sale WHERE quantity IS NOT NULL AND unit_cost(product, day_of(body, :zone)) IS NOT NULL
    AND day_of(body, :zone) >= :from AND day_of(body, :zone) < :until;

-- metric: pos_gross_margin
SELECT 1 - sum(round(quantity * unit_cost(product, day_of(body, :zone)), 2))
    / nullif(sum(amount), 0) AS value, 'MWK' AS currency
FROM sale WHERE quantity IS NOT NULL AND unit_cost(product, day_of(body, :zone)) IS NOT NULL
    AND day_of(body, :zone) >= :from AND day_of(body, :zone) < :until;

-- metric: pos_cost_coverage
SELECT sum(amount) FILTER (
        WHERE quantity IS NOT NULL AND unit_cost(product, day_of(body, :zone)) IS NOT NULL)
    / nullif(sum(amount), 0) AS value, 'MWK' AS currency
FROM sale WHERE day_of(body, :zone) >= :from AND day_of(body, :zone) < :until;

-- metric: pos_operating_profit
SELECT (SELECT coalesce(sum(amount), 0)
    - coalesce(sum(round(quantity * unit_cost(product, day_of(body, :zone)), 2)), 0)
        FROM sale WHERE quantity IS NOT NULL AND unit_cost(product, day_of(body, :zone)) IS NOT NULL
            AND day_of(body, :zone) >= :from AND day_of(body, :zone) < :until)
    - coalesce((SELECT sum(amount) FROM expense WHERE category IS DISTINCT FROM 'stock'
        AND day_of(body, :zone) >= :from AND day_of(body, :zone) < :until), 0) AS value,
    'MWK' AS currency;
