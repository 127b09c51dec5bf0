-- What tills bring the group and cost it, over a till's documents.
-- metrics: group
-- source: chikondi
-- companies: tiyende
-- currency: EUR closing
-- start: 2026-09-30T12:00:00Z
-- span: 2026-08-20..2026-11-15
-- rounds: 2
-- queries: group.queries

-- Sales and expenses of this year, moved to the days that there are rates of.
UPDATE documents SET body = body || jsonb_build_object('timestamp',
        1786800000000 + (body ->> 'timestamp')::bigint / 100000 % 76000 * 100000)
    WHERE id LIKE 'sale%' OR id LIKE 'expense%';
CREATE FUNCTION flow(zone text)
    RETURNS TABLE (line text, company text, day date, amount numeric, currency text)
    LANGUAGE sql STABLE AS $$
    SELECT line, 'tiyende', (to_timestamp(at / 1000.0) AT TIME ZONE zone)::date, amount, 'MWK' FROM (
        SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp', body ->> 'productId')
            'at once' AS line, round((body ->> 'amount')::numeric, 2) AS amount,
            (body ->> 'timestamp')::bigint AS at
        FROM documents WHERE id LIKE 'sale%' AND body ->> 'test' IS DISTINCT FROM 'true'
        ORDER BY body ->> 'id', body ->> 'timestamp', body ->> 'productId', length(id) DESC,
            id COLLATE "C" DESC) sale
    UNION ALL
    SELECT line, 'tiyende', (to_timestamp(at / 1000.0) AT TIME ZONE zone)::date, amount, 'MWK' FROM (
        SELECT DISTINCT ON (body ->> 'id', body ->> 'timestamp') 'expense' AS line,
            round((body ->> 'amount')::numeric, 2) AS amount, (body ->> 'timestamp')::bigint AS at
        FROM documents WHERE id LIKE 'expense%'
        ORDER BY body ->> 'id', body ->> 'timestamp', length(id) DESC, id COLLATE "C" DESC) spent $$;
