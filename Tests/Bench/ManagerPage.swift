import Store
import Vocabulary

/// The ten questions of a manager's page over sales and leads, looking at a year and the one before.
enum ManagerPage {
    /// All questions, in the page's order.
    static func questions() throws -> [PageQuestion] {
        let page = try Page()
        return [
            page.totals, page.revenue, page.pipeline, page.conversion, page.topCustomers,
            page.services, page.representatives, page.receivables, page.delay, page.newCustomers,
        ]
    }
}

/// What the questions have in common.
private struct Page {
    /// The year that is looked at, alone and with the one before.
    private let (year, years): (Period, Period)
    /// What counts as revenue.
    private let isEarned: Filter
    private let earned = "status IN ('invoiced', 'paid', 'overdue')"
    private let soldAt = ColumnPath("sold_at")
    private let customer = ColumnPath("customer")
    private let amount = Measure.sum(.column(ColumnPath("amount")))

    init() throws {
        guard let before = LocalDay(year: 2024, month: 1, day: 1),
            let start = LocalDay(year: 2025, month: 1, day: 1),
            let end = LocalDay(year: 2026, month: 1, day: 1)
        else { preconditionFailure("every year has a first of January") }
        year = try Period(from: start, upTo: end)
        years = try Period(from: before, upTo: end)
        isEarned = .among(
            ColumnPath("status"), ["invoiced", "paid", "overdue"].map(Cell.text))
    }

    /// Sales, revenue and customers of the year and of the one before.
    var totals: PageQuestion {
        PageQuestion(
            name: "q1",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, years), isEarned],
                groups: [.step(soldAt, .year)], measures: [.count, amount, .distinct(customer)]),
            sql: { sql, company in
                """
                SELECT CASE WHEN created_at < \(sql.start(of: year.start))
                        THEN \(years.start.number) ELSE \(year.start.number) END,
                    count(*), sum(amount), count(DISTINCT customer_id)
                FROM sales WHERE \(sql.rows(of: company, in: years)) AND \(earned) GROUP BY 1
                """
            })
    }

    /// Sales and revenue per day, week and month: all sides put days together to longer steps.
    var revenue: PageQuestion {
        PageQuestion(
            name: "q2",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year), isEarned],
                groups: [.step(soldAt, .day)], measures: [.count, amount]),
            steps: [.day, .week, .month],
            sql: { sql, company in
                """
                WITH days AS MATERIALIZED (
                    SELECT \(sql.day(in: year)) AS day, count(*) AS n, sum(amount) AS a
                    FROM sales WHERE \(sql.rows(of: company, in: year)) AND \(earned) GROUP BY 1)
                SELECT 'day', day, n, a FROM days
                UNION ALL SELECT 'week', \(sql.step(.week, of: "day", in: year)), sum(n), sum(a)
                    FROM days GROUP BY 2
                UNION ALL SELECT 'month', \(sql.step(.month, of: "day", in: year)), sum(n), sum(a)
                    FROM days GROUP BY 2
                """
            })
    }

    /// All sales of the year by status.
    var pipeline: PageQuestion {
        PageQuestion(
            name: "q3",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year)],
                groups: [.value(ColumnPath("status"))], measures: [.count, amount]),
            sql: { sql, company in
                """
                SELECT status, count(*), sum(amount)
                FROM sales WHERE \(sql.rows(of: company, in: year)) GROUP BY 1
                """
            })
    }

    /// Leads by source and month in which they came, and how many of them became sales.
    var conversion: PageQuestion {
        let createdAt = ColumnPath("created_at")
        return PageQuestion(
            name: "q4",
            scan: ScanRequest(
                model: "lead", filters: [.days(createdAt, year)],
                groups: [.value(ColumnPath("source")), .step(createdAt, .month)],
                measures: [
                    .count, .countPresent(ColumnPath("sale")),
                    .sum(.column(ColumnPath("estimated"))),
                ]),
            sql: { sql, company in
                """
                SELECT source, \(sql.month(of: "created_at", in: year)), count(*),
                    count(converted_sale_id), sum(estimated_value)
                FROM leads WHERE \(sql.rows(of: company, in: year)) GROUP BY 1, 2
                """
            })
    }

    /// The twenty customers with the greatest revenue.
    var topCustomers: PageQuestion {
        PageQuestion(
            name: "q5",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year), isEarned],
                groups: [.value(customer)], measures: [amount, .count], top: Top(20, by: 0)),
            sql: { sql, company in
                """
                SELECT customer_id, sum(amount), count(*)
                FROM sales WHERE \(sql.rows(of: company, in: year)) AND \(earned)
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
                """
            })
    }

    /// Sales and revenue by service.
    var services: PageQuestion {
        PageQuestion(
            name: "q6",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year), isEarned],
                groups: [.value(ColumnPath("service"))], measures: [.count, amount]),
            sql: { sql, company in
                """
                SELECT service_id, count(*), sum(amount)
                FROM sales WHERE \(sql.rows(of: company, in: year)) AND \(earned) GROUP BY 1
                """
            })
    }

    /// Sales, revenue and customers by sales representative.
    var representatives: PageQuestion {
        PageQuestion(
            name: "q7",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year), isEarned],
                groups: [.value(ColumnPath("rep"))],
                measures: [.count, amount, .distinct(customer)]),
            sql: { sql, company in
                """
                SELECT rep_id, count(*), sum(amount), count(DISTINCT customer_id)
                FROM sales WHERE \(sql.rows(of: company, in: year)) AND \(earned) GROUP BY 1
                """
            })
    }

    /// What is not paid at the year's end, net and tax, by age: more than 90, 60 and 30 days, less.
    var receivables: PageQuestion {
        let starts = [90, 60, 30].map { year.end.adding(days: -1 - $0) }
        return PageQuestion(
            name: "q8",
            scan: ScanRequest(
                model: "sale",
                filters: [.among(ColumnPath("status"), ["invoiced", "overdue"].map(Cell.text))],
                groups: [.dayBand(soldAt, bounds: starts)],
                measures: [.count, amount, .sum(.column(ColumnPath("tax")))]),
            sql: { sql, company in
                let cases = starts.enumerated().map { band, day in
                    "WHEN created_at < \(sql.start(of: day)) THEN \(band) "
                }
                return """
                    SELECT CASE \(cases.joined())ELSE \(starts.count) END,
                        count(*), sum(amount), sum(tax)
                    FROM sales
                    WHERE \(sql.company(company))status IN ('invoiced', 'overdue') GROUP BY 1
                    """
            })
    }

    /// How many of the year's sales came from a lead, and how long that took: in all (for the mean),
    /// the median and the ninth decile.
    var delay: PageQuestion {
        let wait = Quantity.elapsed(from: ColumnPath("lead", "created_at"), to: soldAt)
        return PageQuestion(
            name: "q9",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year)],
                measures: [
                    .countPresent(ColumnPath("lead")), .sum(wait),
                    .percentile(wait, perMille: 500), .percentile(wait, perMille: 900),
                ]),
            sql: { sql, company in
                sql.distribution(
                    of: """
                        SELECT \(sql.delay) AS d FROM sales s JOIN leads l ON l.id = s.lead_id
                        WHERE \(sql.company(company, table: "l"))\
                        \(sql.rows(of: company, in: year, table: "s"))
                        """)
            })
    }

    /// Customers of each month and their revenue, those who never bought before apart.
    var newCustomers: PageQuestion {
        let novelty = Novelty(
            member: "customer", time: "sold_at", grain: .month, filters: [isEarned])
        return PageQuestion(
            name: "q10",
            scan: ScanRequest(
                model: "sale", filters: [.days(soldAt, year), isEarned],
                groups: [.step(soldAt, .month), .novelty(novelty)],
                measures: [.distinct(customer), amount]),
            sql: { sql, company in
                """
                WITH f AS (
                    SELECT customer_id, \(sql.month(of: "min(created_at)", in: year)) AS first
                    FROM sales WHERE \(sql.company(company))\(earned) GROUP BY \(sql.customers)),
                m AS (
                    SELECT \(sql.month(of: "created_at", in: year)) AS month, customer_id,
                        sum(amount) AS a
                    FROM sales WHERE \(sql.rows(of: company, in: year)) AND \(earned)
                    GROUP BY 1, 2)
                SELECT month, CASE WHEN first = month THEN 1 ELSE 0 END, count(*), sum(a)
                FROM m JOIN f ON f.customer_id = m.customer_id GROUP BY 1, 2
                """
            })
    }
}
