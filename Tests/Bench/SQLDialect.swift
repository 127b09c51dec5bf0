import Vocabulary

/// What differs between the engines' SQL.
enum SQLDialect {
    /// Times are `TIMESTAMPTZ`.
    case duckdb
    /// Times are seconds since the epoch.
    case sqlite

    private static let zoneName = "Europe/Copenhagen"

    /// The zone of all companies.
    private static var zone: Zone {
        guard let zone = try? Zone(named: zoneName) else {
            preconditionFailure("the companies of the benchmark are in \(zoneName)")
        }
        return zone
    }

    // MARK: Time

    private func moment(_ instant: Instant) -> String {
        self == .duckdb ? "to_timestamp(\(instant.seconds))" : "\(instant.seconds)"
    }

    /// The first moment of a local day, as our store has it.
    static func microseconds(ofStartOf day: LocalDay) -> Int64 {
        zone.start(of: day).microseconds
    }

    /// The first moment of a local day.
    func start(of day: LocalDay) -> String { moment(Self.zone.start(of: day)) }

    /// The condition on company and time, of `table` when the statement has several.
    func rows(of company: Int?, in period: Period, table: String? = nil) -> String {
        let time = (table.map { $0 + "." } ?? "") + "created_at"
        return self.company(company, table: table)
            + "\(time) >= \(start(of: period.start)) AND \(time) < \(start(of: period.end))"
    }

    /// The condition on company, with the `AND` that joins it to the next.
    func company(_ company: Int?, table: String? = nil) -> String {
        company.map { "\(table.map { $0 + "." } ?? "")company_id = \($0) AND " } ?? ""
    }

    /// The local day of `created_at`, for times within a period.
    func day(in period: Period) -> String {
        guard self == .sqlite else { return "(created_at AT TIME ZONE '\(Self.zoneName)')::DATE" }
        // SQLite knows no zones: the period's few changes of the clock are written out.
        let instants = period.instants(in: Self.zone)
        var branches = ""
        for change in Self.zone.changes(in: instants) {
            let offset = Self.zone.offset(at: change.adding(seconds: -1))
            branches += "WHEN created_at < \(change.seconds) THEN created_at + \(offset) "
        }
        let last = Self.zone.offset(at: instants.upperBound.adding(seconds: -1))
        return "(CASE \(branches)ELSE created_at + \(last) END) / 86400"
    }

    /// The first day of the local month of a time, for times within a period; in SQLite any earlier
    /// time gives 0.
    func month(of time: String, in period: Period) -> String {
        guard self == .sqlite else {
            return "date_trunc('month', \(time) AT TIME ZONE '\(Self.zoneName)')::DATE"
        }
        let months = period.steps(of: .month)
        return Self.choice(time, months.map { (Self.zone.start(of: $0).seconds, $0) }[...])
    }

    /// The first day of the month or ISO week of a local day within a period.
    func step(_ grain: Grain, of day: String, in period: Period) -> String {
        switch (self, grain) {
        case (.duckdb, _): return "date_trunc('\(grain.rawValue)', \(day))::DATE"
        case (.sqlite, .week): return "\(day) - (\(day) + 3) % 7"
        case (.sqlite, _):
            return Self.choice(day, period.steps(of: grain).map { (Int64($0.number), $0) }[...])
        }
    }

    /// The day of the last limit that a number reaches, 0 before the first: a CASE that halves the
    /// limits, so that a year's month is found with four comparisons.
    private static func choice(
        _ number: String, _ limits: ArraySlice<(limit: Int64, day: LocalDay)>, below: Int32 = 0
    ) -> String {
        guard !limits.isEmpty else { return String(below) }
        let middle = (limits.startIndex + limits.endIndex) / 2
        let (limit, day) = limits[middle]
        return "CASE WHEN \(number) < \(limit) "
            + "THEN \(choice(number, limits[..<middle], below: below)) "
            + "ELSE \(choice(number, limits[(middle + 1)...], below: day.number)) END"
    }

    // MARK: What each engine does best in its own way

    /// The seconds from a lead's arrival to its sale, of tables `l` and `s`.
    var delay: String {
        self == .duckdb
            ? "(epoch_us(s.created_at) - epoch_us(l.created_at)) // 1000000"
            : "s.created_at - l.created_at"
    }

    /// How many numbers `d` a query gives, their sum, median and ninth decile; the sum with six, the
    /// others with nine zeros behind the unit, so that seconds become what our store answers.
    func distribution(of query: String) -> String {
        switch self {
        case .duckdb:
            // Interpolated to a thousandth, which a double holds exactly after rounding.
            return """
                SELECT n, s || '000000', round(q[1] * 1000)::BIGINT || '000000',
                    round(q[2] * 1000)::BIGINT || '000000'
                FROM (SELECT count(*) AS n, sum(d) AS s, quantile_cont(d, [0.5, 0.9]) AS q
                    FROM (\(query)))
                """
        case .sqlite:
            let percentiles = [500, 900].map { share in
                """
                (SELECT lo.d * 1000 + \(share) * (n - 1) % 1000 * (hi.d - lo.d) FROM t lo, t hi
                    WHERE lo.r = \(share) * (n - 1) / 1000 AND hi.r = min(lo.r + 1, n - 1))
                    || '000000'
                """
            }
            return """
                WITH t AS MATERIALIZED (
                        SELECT d, row_number() OVER (ORDER BY d) - 1 AS r FROM (\(query))),
                    c AS (SELECT count(*) AS n, sum(d) AS s FROM t)
                SELECT n, s || '000000', \(percentiles.joined(separator: ", ")) FROM c
                """
        }
    }

    /// What each customer's rows are put together by: a customer belongs to one company, and SQLite
    /// has an index in that order.
    var customers: String { self == .duckdb ? "customer_id" : "company_id, customer_id" }
}
