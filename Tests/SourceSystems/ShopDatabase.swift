/// The documents of a shop's till (Chikondi POS) in a table, made anew in the same way each time.
///
/// A document's `_id` is its kind, the counter of a device and the moment of its arrival.
enum ShopDatabase {
    static let content = """
        \(sales(1...260, from: "2026-01-01 20:30+00"))
        INSERT INTO documents SELECT 'expense_' || n || '_' || at, 'chikondi_expenses',
            jsonb_build_object('_id', 'expense_' || n || '_' || at, '_rev', '1-e', 'id', n % 40,
                'timestamp', at, 'description', 'expense ' || n, 'synced', n % 3 = 0, 'category',
                (ARRAY['stock','rent','utilities','transport','other',NULL])[n % 6 + 1], 'amount',
                CASE WHEN n % 14 = 0 THEN NULL ELSE n * 310.25 + 0.30000000000000004 END)
            FROM (SELECT n, (extract(epoch FROM timestamptz '2026-01-02 21:00+00'
                + n * interval '27 hours') * 1000)::bigint AS at FROM generate_series(1, 110) n) e;
        \(products(1...70))
        """

    /// Sales of two devices whose counters collide.
    private static func sales(_ numbers: ClosedRange<Int>, from start: String) -> String {
        """
        INSERT INTO documents SELECT _id, 'chikondi_sales', jsonb_build_object(
                '_id', _id, '_rev', '1-s', 'id', n % 80 + 1, 'productId', n % 8 + 1,
                'productName', (ARRAY['Sugar','Bread','Soap','Rice','Salt','Candles','Flour',NULL])
                    [n % 8 + 1],
                'quantity', CASE n % 11 WHEN 0 THEN NULL WHEN 1 THEN 1.5 ELSE n % 4 + 1 END,
                'amount', CASE WHEN n % 23 = 0 THEN NULL WHEN n % 29 = 0 THEN 0
                    WHEN n % 17 = 0 THEN 1050.3000000000002 ELSE (n % 40) * 650.5 END,
                'paymentMethod', CASE WHEN n % 19 = 0 THEN NULL WHEN n % 37 = 0 THEN 'credit'
                    WHEN n % 3 = 0 THEN 'mobile_money' ELSE 'cash' END,
                'timestamp', at, 'synced', n % 5 = 0)
            || CASE WHEN n % 3 = 1 THEN '{}'::jsonb ELSE jsonb_build_object('total',
                (n % 40) * 650.5 + (n % 7) * 100.1, 'items', '[]'::jsonb) END
            FROM (SELECT n, at, 'sale_' || n % 80 + 1 || '_' || at + 3000 AS _id FROM (
                SELECT n, (extract(epoch FROM timestamptz '\(start)' + n * interval '10 hours')
                    * 1000)::bigint AS at
                FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n) s) s;
        """
    }

    /// Products, one document for each edit.
    private static func products(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO documents SELECT _id, 'chikondi_inventory', jsonb_build_object('_id', _id, '_rev',
                '1-p', 'id', n % 8 + 1, 'name', CASE WHEN n = 40 THEN 'Sugar (1kg)' ELSE
                    (ARRAY['Sugar','Bread','Soap','Rice','Salt','Candles','Flour','Oil'])[n % 8 + 1]
                    END,
                'price', (n % 9) * 350.1 + 0.05, 'quantity', n % 13 - 2, 'lowStockAlert',
                CASE n % 4 WHEN 0 THEN NULL ELSE 5 END, 'createdAt', at - 9000)
            || CASE WHEN n % 3 = 0 THEN '{}'::jsonb ELSE jsonb_build_object('updatedAt', at) END
            FROM (SELECT n, at, 'product_' || n % 8 + 1 || '_' || at + 2000 AS _id FROM (
                SELECT n, (extract(epoch FROM timestamptz '2026-01-01 22:00+00'
                    + n * interval '41 hours') * 1000)::bigint AS at
                FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n) p) p;
        """
    }

    /// One document at least per oddity of the system.
    static let oddities = """
        INSERT INTO documents SELECT body ->> '_id', 'chikondi_sales', body || '{"_rev": "1-o"}' FROM (
            VALUES
            -- Sent again, and edited meanwhile: the later arrival counts.
            ('{"_id": "sale_7_1770000000000", "id": 7, "productId": 1, "timestamp": 1769990000000,
                "amount": 100, "paymentMethod": "cash", "synced": false}'::jsonb),
            ('{"_id": "sale_7_1770000005000", "id": 7, "productId": 1, "timestamp": 1769990000000,
                "amount": 120, "total": 120, "paymentMethod": "cash", "synced": true}'),
            -- Another device's seventh sale at the same moment.
            ('{"_id": "sale_7_1770000000001", "id": 7, "productId": 3, "timestamp": 1769990000000,
                "amount": 60, "paymentMethod": "mobile_money"}'),
            -- A clock that began in 2020, and one that runs ahead.
            ('{"_id": "sale_8_1770000000002", "id": 8, "productId": 3, "timestamp": 1577837000000,
                "amount": 2400, "total": 2400, "paymentMethod": "cash"}'),
            ('{"_id": "sale_9_1770000000003", "id": 9, "productId": 3, "timestamp": 1893456000000,
                "amount": 2400, "total": 2400, "paymentMethod": "cash"}'),
            -- A health check's leftover, and a document of a kind that there is not.
            ('{"_id": "sale_1_1770000000004", "id": 1, "productId": 1, "timestamp": 1769990000000,
                "amount": 5000, "test": true}'),
            ('{"_id": "refund_1_1770000000005", "id": 1, "amount": 5}')) o (body);
        INSERT INTO documents VALUES ('expense_3_1770000000006', 'chikondi_expenses',
            '{"_id": "expense_3_1770000000006", "_rev": "1-o", "id": 3, "timestamp": 1769990000000,
                "amount": 10.005, "category": "rent"}'), ('expense_3_1770000000007',
            'chikondi_expenses',
            '{"_id": "expense_3_1770000000007", "_rev": "1-o", "id": 3, "timestamp": 1769990000000,
                "amount": 20, "category": "stock"}');
        """

    /// New, late, edited and deleted documents; the same for the same round.
    static func changes(_ round: Int) -> String {
        """
        \(sales((1000 + round * 20)...(1012 + round * 20), from: "2025-02-20 23:10+00"))
        UPDATE documents SET body = body || '{"amount": 777.77, "_rev": "2-u"}'
            WHERE database = 'chikondi_sales' AND (body ->> 'id')::int % 20 = \(round);
        UPDATE documents SET body = body || '{"category": "other", "_rev": "2-u"}'
            WHERE database = 'chikondi_expenses' AND (body ->> 'id')::int % 20 = \(round);
        DELETE FROM documents WHERE database = 'chikondi_sales'
            AND (body ->> 'id')::int % 20 = \(round + 10) AND (body ->> 'productId')::int < 5;
        \(products((80 + round * 3)...(82 + round * 3)))
        """
    }
}
