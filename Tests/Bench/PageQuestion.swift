import Store
import Vocabulary

/// A question of a manager's page, asked of our store and, in SQL, of another engine.
///
/// The engines must answer with the same lines: number of the statement, key, figures, separated by
/// `|`. Days are days since 1970-01-01, money is minor units, references are numbers of the rows
/// that they mean.
struct PageQuestion {
    /// Part of the case's name.
    let name: String
    /// Our scans.
    let scans: [ScanRequest]
    /// The same as SQL.
    let statements: (SQLDialect, _ company: Int?) -> [String]

    /// The year that is looked at, and the one before it.
    private static let (year, years) = (2025, 2024...2025)
    /// What counts as revenue.
    private static let earned = ["invoiced", "paid", "overdue"]
    private static let soldAt = ColumnPath("sold_at")
    private static let amount = ColumnPath("amount")

    private static func days(_ years: ClosedRange<Int>) throws -> Period {
        guard let start = LocalDay(year: years.lowerBound, month: 1, day: 1),
            let end = LocalDay(year: years.upperBound + 1, month: 1, day: 1)
        else { preconditionFailure("every year has a first of January") }
        return try Period(from: start, upTo: end)
    }

    /// The head of the page: sales, revenue and customers of this year and the one before, and
    /// revenue by local day.
    static func day() throws -> PageQuestion {
        let words = earned.map { "'\($0)'" }.joined(separator: ", ")
        let isEarned = Filter.among(ColumnPath("status"), earned.map(Cell.text))
        let (both, this) = (try days(years), try days(year...year))
        return PageQuestion(
            name: "day",
            scans: [
                ScanRequest(
                    model: "sale", filters: [.days(soldAt, both), isEarned],
                    groups: [.step(soldAt, .year)],
                    measures: [.count, .sum(.column(amount)), .distinct(ColumnPath("customer"))]),
                ScanRequest(
                    model: "sale", filters: [.days(soldAt, this), isEarned],
                    groups: [.step(soldAt, .day)], measures: [.count, .sum(.column(amount))]),
            ],
            statements: { sql, company in
                [
                    """
                    SELECT CASE WHEN created_at < \(sql.start(of: this)) THEN \(both.start.number)
                               ELSE \(this.start.number) END AS start,
                        count(*), sum(amount), count(DISTINCT customer_id)
                    FROM sales WHERE \(sql.rows(of: company, in: both)) AND status IN (\(words))
                    GROUP BY 1
                    """,
                    """
                    SELECT \(sql.day(in: this)) AS day, count(*), sum(amount)
                    FROM sales WHERE \(sql.rows(of: company, in: this)) AND status IN (\(words))
                    GROUP BY 1
                    """,
                ]
            })
    }

    /// The middle of the page: count and amount by status and service, all sales of the year.
    static func mix() throws -> PageQuestion {
        let this = try days(year...year)
        return PageQuestion(
            name: "mix",
            scans: [
                ScanRequest(
                    model: "sale", filters: [.days(soldAt, this)],
                    groups: [.value(ColumnPath("status")), .value(ColumnPath("service"))],
                    measures: [.count, .sum(.column(amount))])
            ],
            statements: { sql, company in
                [
                    """
                    SELECT status, service_id, count(*), sum(amount)
                    FROM sales WHERE \(sql.rows(of: company, in: this)) GROUP BY 1, 2
                    """
                ]
            })
    }

    // MARK: Ours

    /// What our store answers, references turned into the numbers of the services they mean.
    typealias Answer = [[(key: [Cell], values: [Int128?])]]

    /// Asks our store.
    func ask(_ store: Store, _ scope: Scope) throws -> Answer {
        let snapshot = try store.snapshot(scope)
        return try scans.map { scan in
            let rows = try snapshot.scan(scan).rows
            let references = rows.flatMap { row in row.key.compactMap(Self.reference) }
            guard !references.isEmpty else { return rows.map { ($0.key, $0.values) } }
            var numbers = try snapshot.cells(
                model: "service", column: "number", of: references)[...]
            return rows.map { row in
                let key = row.key.map { cell in
                    Self.reference(cell) == nil ? cell : numbers.popFirst() ?? .missing
                }
                return (key, row.values)
            }
        }
    }

    private static func reference(_ cell: Cell) -> Reference? {
        if case .reference(let reference) = cell { reference } else { nil }
    }

    /// An answer as sorted lines.
    static func lines(_ answer: Answer) -> [String] {
        answer.enumerated().flatMap { number, rows in
            rows.map { key, values in
                let words = key.map { cell in
                    switch cell {
                    case .number(let number): String(number)
                    case .text(let text): text
                    default: "None"
                    }
                }
                let figures = values.map { $0.map { String($0) } ?? "None" }
                return ([String(number)] + words + figures).joined(separator: "|")
            }
        }.sorted()
    }
}

/// What differs between the engines' SQL.
enum SQLDialect {
    /// Times are `TIMESTAMPTZ`.
    case duckdb
    /// Times are seconds since the epoch.
    case sqlite

    private static let zoneName = "Europe/Copenhagen"

    private func start(_ seconds: Int64) -> String {
        self == .duckdb ? "to_timestamp(\(seconds))" : "\(seconds)"
    }

    private func seconds(_ period: Period) -> Range<Int64> {
        guard let zone = try? Zone(named: Self.zoneName) else {
            preconditionFailure("the companies of the benchmark are in \(Self.zoneName)")
        }
        let instants = period.instants(in: zone)
        return instants.lowerBound.seconds..<instants.upperBound.seconds
    }

    /// The first moment of a period.
    func start(of period: Period) -> String { start(seconds(period).lowerBound) }

    /// The condition on company and time.
    func rows(of company: Int?, in period: Period) -> String {
        let range = seconds(period)
        return (company.map { "company_id = \($0) AND " } ?? "")
            + "created_at >= \(start(range.lowerBound)) AND created_at < \(start(range.upperBound))"
    }

    /// The local day of `created_at`, for times within a period.
    func day(in period: Period) -> String {
        guard self == .sqlite, let zone = try? Zone(named: Self.zoneName) else {
            return "(created_at AT TIME ZONE '\(Self.zoneName)')::DATE"
        }
        // SQLite knows no zones: the period's few changes of the clock are written out.
        let instants = period.instants(in: zone)
        var branches = ""
        for change in zone.changes(in: instants) {
            let offset = zone.offset(at: change.adding(seconds: -1))
            branches += "WHEN created_at < \(change.seconds) THEN created_at + \(offset) "
        }
        let last = zone.offset(at: instants.upperBound.adding(seconds: -1))
        return "(CASE \(branches)ELSE created_at + \(last) END) / 86400"
    }
}
