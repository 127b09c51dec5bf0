import Foundation
import Vocabulary

@testable import reportd

/// Answers of the sales application's analytics, put together by SQL over its own tables.
struct EndpointOracle {
    let world: FirstLightWorld
    /// What the application calls the organizations.
    var types = ["RENDETALJE"]
    /// The only representative whose rows exist.
    var rep: String?
    var from = "2026-10-01"
    var until = "2026-10-31"
    var fromBefore = "2026-09-01"
    var untilBefore = "2026-09-30"
    static let today = "2026-11-20"

    /// Sales and leads with their local days; amounts in kroner, each row rounded.
    private var rows: String {
        func local(_ column: String) -> String {
            "(\(column) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Copenhagen')"
        }
        let list = types.map { "'\($0)'" }.joined(separator: ",")
        func own(_ alias: String) -> String {
            rep.map { " AND \(alias).assigned_to = '\($0)'" } ?? ""
        }
        return """
            WITH s AS (
                SELECT s.*, \(local("s.sale_date"))::date AS day, c.name AS customer,
                    v.name AS service, v.category, u.name AS person,
                    round(s.final_amount * CASE s.currency WHEN 'EUR' THEN 7.46038 ELSE 1 END, 2)
                        AS net,
                    s.status IN ('ACCEPTED','SCHEDULED','IN_PROGRESS','COMPLETED','PAID') AS booked
                FROM sales s JOIN organizations o ON o.id = s.organization_id
                JOIN customers c ON c.id = s.customer_id JOIN services v ON v.id = s.service_id
                LEFT JOIN users u ON u.id = s.assigned_to
                WHERE o.type::text IN (\(list))\(own("s"))),
            l AS (
                SELECT l.*, \(local("l.created_at"))::date AS day, u.name AS person,
                    CASE WHEN p.payment_status = 'PAID' THEN
                        extract(epoch FROM p.payment_date - l.created_at) / 86400 END AS cycle
                FROM leads l JOIN organizations o ON o.id = l.organization_id
                LEFT JOIN sales p ON p.id = l.converted_sale_id
                LEFT JOIN users u ON u.id = l.assigned_to
                WHERE o.type::text IN (\(list))\(own("l"))),
            b AS (SELECT * FROM s WHERE booked AND day BETWEEN '\(from)' AND '\(until)'),
            before AS (SELECT * FROM s WHERE booked
                AND day BETWEEN '\(fromBefore)' AND '\(untilBefore)'),
            paid AS (
                SELECT customer_id, customer, sum(net) AS total, count(*) AS number,
                    min(day) AS first, max(day) AS last,
                    nullif(date '\(Self.today)' - min(day), 0) AS days
                FROM s WHERE status = 'PAID' GROUP BY 1, 2)
            """
    }

    private func json(_ sql: String) throws -> Any {
        let text = try world.postgres.query(
            "\(rows) SELECT \(sql)", database: TekupDemo.database)[0][0]
        return try JSONSerialization.jsonObject(with: Data((text ?? "null").utf8))
    }

    private func list(_ fields: String, from source: String, order: String) -> String {
        "(SELECT coalesce(json_agg(json_build_object(\(fields)) ORDER BY \(order)), '[]') "
            + "FROM (\(source)) q)"
    }

    func dashboard() throws -> Any {
        func change(_ now: String, _ past: String) -> String {
            "round(round((\(now) - \(past)) / nullif(abs(\(past)), 0), 6) * 100, 2)"
        }
        func pair(_ now: String, _ past: String, decimals: Int = 2, times: Int = 1) -> String {
            func shown(_ text: String) -> String {
                times == 1 ? "round(\(text), \(decimals))" : "round(round(\(text), 6) * 100, 2)"
            }
            return "json_build_object('current', \(shown(now)), 'previous', \(shown(past)), "
                + "'percentageChange', \(change(now, past)))"
        }
        func of(_ figure: String, _ table: String) -> String { "(SELECT \(figure) FROM \(table))" }
        func conversion(_ first: String, _ last: String) -> String {
            "(SELECT avg((status = 'CONVERTED')::int) FROM l WHERE day BETWEEN '\(first)' AND '\(last)')"
        }
        let revenue = "coalesce(sum(net), 0)"
        return try json(
            """
            json_build_object('kpis', json_build_object(
                'revenue', \(pair(of(revenue, "b"), of(revenue, "before"))),
                'salesCount', \(pair(of("count(*)::numeric", "b"), of("count(*)::numeric", "before"))),
                'conversionRate', \(pair(
                    conversion(from, until), conversion(fromBefore, untilBefore), times: 100)),
                'averageSaleValue', \(pair(of("avg(net)", "b"), of("avg(net)", "before"))),
                'customerLifetimeValue', json_build_object(
                    'average', (SELECT round(avg(v), 2) FROM
                        (SELECT round(total * 730.5 / days, 2) AS v FROM paid) x),
                    'median', (SELECT round((percentile_cont(0.5) WITHIN GROUP
                        (ORDER BY v::float8))::numeric, 2) FROM
                        (SELECT round(total * 730.5 / days, 2) AS v FROM paid) x
                        WHERE v IS NOT NULL))),
            'salesPipeline', \(list(
                """
                'status', status, 'count', number, 'totalValue', total,
                'percentage', round(round(number / sum, 6) * 100, 2)
                """,
                from: """
                SELECT status, count(*) AS number, sum(net) AS total,
                    (sum(count(*)) OVER ())::numeric AS sum FROM s
                    WHERE day BETWEEN '\(from)' AND '\(until)' GROUP BY status
                """, order: "total DESC, status::text COLLATE \"C\"")),
            'topCustomers', \(list(
                "'customerId', id, 'name', name, 'totalRevenue', total, 'salesCount', number",
                from: """
                SELECT customer_id AS id, customer AS name, sum(net) AS total, count(*) AS number
                    FROM b GROUP BY 1, 2 ORDER BY total DESC, customer COLLATE "C" LIMIT 10
                """, order: "total DESC, name COLLATE \"C\"")),
            'topServices', \(list(
                "'serviceId', id, 'name', name, 'totalRevenue', total, 'salesCount', number",
                from: """
                SELECT service_id AS id, service AS name, sum(net) AS total, count(*) AS number
                    FROM b GROUP BY 1, 2 ORDER BY number DESC, service COLLATE "C" LIMIT 10
                """, order: "number DESC, name COLLATE \"C\"")),
            'revenueTrend', \(list(
                "'date', d::date, 'revenue', total, 'salesCount', number",
                from: """
                SELECT d, coalesce(sum(net), 0) AS total, count(net) AS number
                    FROM generate_series(date '\(from)', least(date '\(until)', '\(Self.today)'),
                        interval '1 day') d LEFT JOIN b ON b.day = d GROUP BY d
                """, order: "d")))
            """)
    }

    func lifetimeValues() throws -> Any {
        try json(
            "json_build_object('data', "
                + list(
                    """
                    'customerId', customer_id, 'name', customer, 'totalRevenue', total,
                    'salesCount', number, 'averageSaleValue', round(total / number, 2),
                    'purchaseFrequency', round(number * 30.4375 / days, 2),
                    'estimatedLTV', round(total * 730.5 / days, 2), 'firstPurchase', first,
                    'lastPurchase', last
                    """, from: "SELECT * FROM paid",
                    order: "total / days DESC NULLS LAST, customer COLLATE \"C\"") + ")")
    }

    func trend(_ word: String, _ step: String, label: String) throws -> Any {
        try json(
            """
            json_build_object('period', '\(word)', 'data', \(list(
                """
                'period', to_char(d, '\(label)'), 'startDate', greatest(d::date, '\(from)'),
                'endDate', least((d + interval '1 \(step)')::date - 1, '\(until)'),
                'revenue', total, 'salesCount', number,
                'averageSaleValue', round(total / nullif(number, 0), 2)
                """,
                from: """
                SELECT d, coalesce(sum(net), 0) AS total, count(net) AS number
                    FROM generate_series(date_trunc('\(step)', timestamp '\(from)'),
                        least(timestamp '\(until)', '\(Self.today)'), interval '1 \(step)') d
                    LEFT JOIN b ON b.day >= d AND b.day < d + interval '1 \(step)' GROUP BY d
                """, order: "d")),
            'summary', (SELECT json_build_object('totalRevenue', coalesce(sum(net), 0),
                'totalSales', count(*), 'averageSaleValue', round(avg(net), 2),
                'trend', CASE sign(coalesce(sum(net), 0)
                        - (SELECT coalesce(sum(net), 0) FROM before))
                    WHEN 1 THEN 'increasing' WHEN -1 THEN 'decreasing' ELSE 'stable' END) FROM b))
            """)
    }

    func services() throws -> Any {
        try json(
            "json_build_object('data', "
                + list(
                    """
                    'serviceId', id, 'name', name, 'category', category, 'salesCount', number,
                    'totalRevenue', total, 'averageSaleValue', round(total / number, 2),
                    'percentageOfTotal', round(round(total / sum, 6) * 100, 2)
                    """,
                    from: """
                        SELECT service_id AS id, service AS name, category, sum(net) AS total,
                            count(*) AS number, sum(sum(net)) OVER () AS sum FROM b GROUP BY 1, 2, 3
                        """, order: "total DESC, name COLLATE \"C\"") + ")")
    }

    func representatives() throws -> Any {
        try json(
            """
            json_build_object('data', \(list(
                """
                'userId', id, 'name', name, 'salesCount', number, 'totalRevenue', total,
                'conversionRate', round(round(conversion, 6) * 100, 2),
                'averageDealSize', round(total / nullif(number, 0), 2),
                'averageSalesCycle', round(cycle, 1)
                """,
                from: """
                SELECT u.id, u.name, coalesce(x.total, 0) AS total, coalesce(x.number, 0) AS number,
                    y.conversion, y.cycle
                FROM users u
                LEFT JOIN (SELECT assigned_to, sum(net) AS total, count(*) AS number FROM b
                    GROUP BY 1) x ON x.assigned_to = u.id
                LEFT JOIN (SELECT assigned_to, avg((status = 'CONVERTED')::int) AS conversion,
                    avg(cycle) AS cycle FROM l WHERE day BETWEEN '\(from)' AND '\(until)'
                    GROUP BY 1) y ON y.assigned_to = u.id
                WHERE x.assigned_to IS NOT NULL OR y.assigned_to IS NOT NULL
                """, order: "total DESC, name COLLATE \"C\"")),
            'leaderboard', \(list(
                "'rank', rank, 'userId', id, 'name', name, 'totalRevenue', total",
                from: """
                SELECT assigned_to AS id, person AS name, sum(net) AS total, row_number() OVER
                    (ORDER BY sum(net) DESC, person COLLATE "C") AS rank
                FROM b WHERE assigned_to IS NOT NULL GROUP BY 1, 2
                """, order: "rank")))
            """)
    }

    /// The lines of the export.
    func export(where condition: String) throws -> [[String]] {
        try world.postgres.query(
            """
            \(rows) SELECT sale_number, customer, service, final_amount, tax_amount, total_with_tax,
                status, day, (payment_date AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Copenhagen')::date
            FROM s WHERE \(condition) ORDER BY sale_date, sale_number COLLATE "C"
            """, database: TekupDemo.database
        ).map { $0.map { $0 ?? "" } }
    }
}

/// Where two JSON values differ first; nil when they are the same.
func jsonDifference(_ left: Any?, _ right: Any?, at path: String = "$") -> String? {
    switch (left, right) {
    case (let left as [String: Any], let right as [String: Any]):
        guard Set(left.keys) == Set(right.keys) else {
            return "\(path) has \(left.keys.sorted()), not \(right.keys.sorted())"
        }
        for key in left.keys.sorted() {
            if let found = jsonDifference(left[key], right[key], at: "\(path).\(key)") {
                return found
            }
        }
        return nil
    case (let left as [Any], let right as [Any]):
        guard left.count == right.count else {
            return "\(path) has \(left.count) elements, not \(right.count)"
        }
        for index in left.indices {
            if let found = jsonDifference(left[index], right[index], at: "\(path)[\(index)]") {
                return found
            }
        }
        return nil
    case (let left as NSNumber, let right as NSNumber):
        return abs(left.doubleValue - right.doubleValue) < 1e-6
            ? nil : "\(path): \(left), not \(right)"
    case (let left as String, let right as String):
        return left == right ? nil : "\(path): \(left), not \(right)"
    case (is NSNull, is NSNull): return nil
    default:
        return "\(path): \(String(describing: left)), not \(String(describing: right))"
    }
}
