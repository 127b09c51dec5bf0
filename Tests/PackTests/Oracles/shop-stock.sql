-- The stock of a shop, of each product the record that came last.
-- metrics: shop-stock
-- source: chikondi-device
-- companies: tiyende
-- start: 2026-03-20T12:00:00Z
-- span: 2026-01-01..2026-05-31

CREATE VIEW stock AS
    SELECT DISTINCT ON (body ->> 'id') body ->> 'name' AS name,
        (body ->> 'quantity')::numeric AS quantity
    FROM documents WHERE id LIKE 'product%'
    ORDER BY body ->> 'id', length(id) DESC, id COLLATE "C" DESC;
CREATE FUNCTION unit_cost(product text, day date) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE product WHEN 'Sugar (1kg)' THEN CASE WHEN day < date '2026-04-01' THEN 1480 ELSE 1560 END
        WHEN 'Bread' THEN 950 WHEN 'Soap' THEN 455.35 WHEN 'Candles' THEN 245.07 END $$;
UPDATE documents SET body = body || '{"name": "Sugar (1kg)"}' WHERE body ->> 'name' = 'Sugar';

-- change
UPDATE documents SET body = body || '{"name": "Sugar (1kg)", "quantity": 12.5}'
    WHERE body ->> 'name' = 'Sugar';

-- metric: stock_products
SELECT count(*) AS value FROM stock;

-- metric: stock_units
SELECT sum(quantity) AS value FROM stock;

-- metric: low_stock
SELECT count(*) AS value FROM stock WHERE quantity <= 5;

-- metric: out_of_stock
SELECT count(*) AS value FROM stock WHERE quantity <= 0;

-- metric: stock_value
SELECT sum(round(quantity * unit_cost(name, least(:end, :today)), 2)) AS value, 'MWK' AS currency
FROM stock WHERE quantity > 0;

-- metric: stock_costed_products
SELECT count(unit_cost(name, least(:end, :today))) AS value FROM stock;

-- metric: stock_cost_coverage
SELECT avg(CASE WHEN unit_cost(name, least(:end, :today)) IS NULL THEN 0.0 ELSE 1 END) AS value FROM stock;
