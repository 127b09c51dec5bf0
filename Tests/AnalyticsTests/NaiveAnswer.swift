import Foundation
import Vocabulary

@testable import Analytics

/// The same questions answered by walking over all rows, one figure after another.
///
/// It shares nothing with the planner, the scans, the tallies and the fractions: each figure is
/// computed on its own, from the rows that belong to it, by decimal arithmetic.
struct NaiveAnswer {
    let world: OracleWorld
    let companies: [String]
    let filters: [Condition]
    let today: LocalDay

    /// Metrics whose values are not put together from those of parts.
    static let whole = [
        "buyers", "buyers_part", "middle", "points_90", "wait_middle", "recent_buyers",
    ]

    /// Metrics that add up rows of earlier days.
    static let accumulating = ["balance", "year_deals", "period_amount"] + trailing

    /// Metrics that look back from the end of each step.
    static let trailing = ["recent", "recent_mean", "recent_buyers"]

    /// The days that a trailing metric looks back on at the end of some days.
    private func window(_ name: String, _ asked: Period) -> Period? {
        guard asked.start <= today else { return nil }
        let end = min(asked.end, today.adding(days: 1))
        let start =
            switch name {
            case "recent": end.adding(days: -40)
            case "recent_mean": end.adding(months: -2)
            default: end.adding(days: -21)
            }
        return try? Period(from: start, upTo: end)
    }

    /// The rows of a metric over all days of a period, of which a step may be the last.
    func rows(ofMetric name: String, _ asked: Period, since period: LocalDay? = nil) -> [Deal] {
        guard Self.accumulating.contains(name) else { return rows(in: asked, of: name) }
        if Self.trailing.contains(name) {
            return window(name, asked).map { rows(in: $0, of: name) } ?? []
        }
        var start = period ?? asked.start
        if name == "balance" { start = .earliest }
        if name == "year_deals" {
            start = Grain.fiscalYear.start(
                of: max(asked.last, asked.start), in: OracleWorld.calendar)
        }
        return rows(
            in: (try? Period(from: min(start, asked.end), upTo: asked.end)) ?? asked, of: name)
    }

    private func rows(in period: Period, of name: String) -> [Deal] {
        world.deals.filter { deal in
            guard companies.contains(deal.company) else { return false }
            guard filters.allSatisfy({ holds($0, deal) }) else { return false }
            switch name {
            case "points_due": if !(deal.due.map(period.contains) ?? false) { return false }
            case "open_value": break
            case "overdue":
                let end = period.contains(today) ? today : period.last
                guard let due = deal.due, let net = deal.net, net > 0 else { return false }
                if due >= end.adding(days: -10) { return false }
            default: if !(day(deal).map(period.contains) ?? false) { return false }
            }
            switch name {
            case "won": return deal.status == "a" || deal.status == "b"
            case "open_value": return deal.status != "a"
            case "vip_deals": return customer(deal)?.kind == "vip"
            case "wait", "wait_middle": return deal.at != nil && deal.closed != nil
            case "bulky":
                guard let quantity = deal.quantity, let closed = deal.closed,
                    let day = world.zones[deal.company]?.day(of: closed)
                else { return false }
                return (1000..<4250).contains(quantity) && day.description > "2026-02-01"
            default: return true
            }
        }
    }

    func day(_ deal: Deal) -> LocalDay? {
        guard let at = deal.at else { return nil }
        return world.zones[deal.company]?.day(of: at)
    }

    private func customer(_ deal: Deal) -> (name: String, kind: String?)? {
        deal.customer.flatMap { world.customers[deal.company]?[$0] }
    }

    private func text(_ path: String, _ deal: Deal) -> String? {
        switch path {
        case "status": deal.status
        case "channel": deal.channel
        case "flag": deal.flag.map { $0 ? "true" : "false" }
        case "customer.kind": customer(deal)?.kind
        default: nil
        }
    }

    private func holds(_ condition: Condition, _ deal: Deal) -> Bool {
        let value = text(condition.path, deal)
        if let labels = Self.members(condition.path), case .among(let list) = condition.test {
            // Ages are not among the conditions asked at random: they move with the period.
            let own = member(condition.path, deal, Period(.day, containing: today))
            return labels.contains(own.label) && list.contains(own.label)
        }
        switch condition.test {
        case .missing: return value == nil
        case .present: return value != nil
        case .within: preconditionFailure("bounds are tested in AskedDaysTests")
        case .among(let list): return value.map(list.contains) ?? false
        case .notAmong(let list): return !(value.map(list.contains) ?? false)
        case .compared(let relation, let other):
            guard let order = order(condition.path, other, deal) else { return false }
            return switch relation {
            case .equal: order == 0
            case .different: order != 0
            case .above: order > 0
            case .atLeast: order >= 0
            case .below: order < 0
            case .atMost: order <= 0
            }
        }
    }

    /// Less than, greater than or equal to 0 as one column is to another one; nil when either lacks.
    private func order(_ path: String, _ other: String, _ deal: Deal) -> Int? {
        func order<Value: Comparable>(_ first: Value?, _ second: Value?) -> Int? {
            guard let first, let second else { return nil }
            return first == second ? 0 : first < second ? -1 : 1
        }
        switch path {
        case "closed": return order(deal.closed, deal.at)
        case "due": return order(deal.due, day(deal))
        case "points": return order(deal.points.map { $0 * 1000 }, deal.quantity)
        default: return order(text(path, deal), text(other, deal))
        }
    }

    /// Dimensions of bands, and what the bands are called.
    static let bands = [
        "age": ["up to -20", "-19–0", "1–45", "over 45"], "waiting": ["new", "a", "b"],
        "bulk": ["up to 0", "over 0 to 1.5", "over 1.5 to 4", "over 4"],
    ]

    /// Parts of the calendar, and what they are called.
    static let parts = [
        "weekday": [
            "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
        ], "hour": (0..<24).map { ($0 < 10 ? "0" : "") + "\($0):00" },
        "day-of-month": (1...31).map { "\($0)" },
    ]

    /// What members of bands or parts of the calendar are called; nil for other dimensions.
    static func members(_ dimension: String) -> [String]? { bands[dimension] ?? parts[dimension] }

    /// The local seconds since 1970 of a moment, by another library than the product's own.
    private func clock(_ deal: Deal) -> Int? {
        guard let at = deal.at, let zone = world.clocks[deal.company] else { return nil }
        let seconds = Int(at.seconds)
        return seconds
            + zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    /// What tells members apart, and what they are called.
    ///
    /// Ages are those at the end of a period.
    func member(
        _ dimension: String, _ deal: Deal, _ period: Period
    ) -> (identity: String, label: String) {
        let end = period.contains(today) ? today : period.last
        if let labels = Self.bands[dimension] {
            let band: Int?
            switch dimension {
            case "age":
                band = deal.due.map { due in
                    [-20, 0, 45].filter { $0 < due.distance(to: end) }.count
                }
            case "waiting":
                band = day(deal).map { day in [0, 30].filter { $0 < day.distance(to: end) }.count }
            default:
                band = deal.quantity.map { number in [0, 1500, 4000].filter { $0 < number }.count }
            }
            return band.map { ("\($0)", labels[$0]) } ?? ("", "(none)")
        }
        if let labels = Self.parts[dimension] {
            guard let clock = clock(deal) else { return ("", "(none)") }
            let place: Int
            switch dimension {
            // Day 0 was a Thursday.
            case "weekday": place = (clock / 86_400 + 3) % 7
            case "hour": place = clock % 86_400 / 3600
            default: place = (day(deal)?.civil.day ?? 0) - 1
            }
            return ("\(place)", labels[place])
        }
        switch dimension {
        case "company":
            return (deal.company, deal.company.prefix(1).uppercased() + deal.company.dropFirst())
        case "customer":
            guard let number = deal.customer else { return ("", "(none)") }
            return ("\(deal.company)-\(number)", customer(deal)?.name ?? "(unknown)")
        case "flag":
            return (
                deal.flag.map { $0 ? "1" : "0" } ?? "",
                deal.flag.map { $0 ? "yes" : "no" } ?? "(none)"
            )
        default:
            let value = text(dimension, deal)
            return (value ?? "", value ?? "(none)")
        }
    }

    /// The base metrics that a metric rests on.
    static func bases(_ name: String) -> [String] {
        switch name {
        case "per_deal": ["total", "deals"]
        case "daily": ["total"]
        case "run_rate": ["deals"]
        case "won_share", "part": ["won", "total"]
        case "buyers_part": ["buyers"]
        case "lost": ["total", "won"]
        case "per_unit": ["points_due", "amount"]
        default: [name]
        }
    }

    static func moneyBases(_ name: String) -> [String] {
        bases(name).filter {
            ["total", "won", "mean", "least", "open_value", "overdue", "middle", "balance"]
                .contains($0) || $0 == "recent"
        }
    }

    /// The days of a step that formulas count: all, and those so far.
    struct Days {
        var all = 0
        var elapsed = 0
    }

    /// The value of a metric over rows already chosen, per base metric; nil where it is undefined.
    ///
    /// `all` are the rows of all members.
    func value(
        _ name: String, _ rows: (String) -> [Deal], all: (String) -> [Deal], _ currency: Currency?,
        _ days: Days = Days()
    ) -> ExactDecimal? {
        func own(_ base: String) -> [Deal] {
            guard let currency else { return rows(base) }
            return rows(base).filter { $0.currency == currency.code }
        }
        func units(_ list: [Deal], _ value: (Deal) -> Int64?) -> [Int128] {
            list.compactMap { value($0).map { Int128($0) } }
        }
        func decimal(_ units: Int128, _ scale: Int) -> ExactDecimal {
            ExactDecimal(unscaled: units, scale: scale)
        }
        let decimals = currency?.decimals ?? 0
        func money(_ base: String) -> ExactDecimal {
            decimal(units(own(base)) { $0.net }.reduce(0, +), decimals)
        }
        func count(_ number: Int) -> ExactDecimal { ExactDecimal(number) }
        switch name {
        case "total", "won", "open_value", "overdue", "balance", "recent": return money(name)
        case "recent_mean":
            let present = units(own(name)) { $0.points }
            return ExactDecimal.quotient(
                decimal(present.reduce(0, +), 0), count(present.count), scale: 3)
        case "recent_buyers":
            return count(
                Set(own(name).compactMap { d in d.customer.map { "\(d.company)\($0)" } }).count)
        case "daily":
            return ExactDecimal.quotient(money("total"), count(days.all), scale: decimals)
        case "run_rate":
            return ExactDecimal.quotient(
                count(own("deals").count * days.all), count(days.elapsed), scale: 2)
        case "middle": return percentile(units(own(name)) { $0.net }, 500, decimals, decimals)
        case "points_90": return percentile(units(own(name)) { $0.points }, 900, 0, 2)
        case "wait", "wait_middle":
            let spans = units(own(name)) { deal in
                deal.closed.flatMap { end in deal.at.map { end.microseconds - $0.microseconds } }
            }
            guard !spans.isEmpty else { return nil }
            let middle = percentile(spans, 500, 0, 3)
            return name == "wait"
                ? ExactDecimal.quotient(
                    decimal(spans.reduce(0, +), 0),
                    decimal(Int128(spans.count) * 86_400_000_000, 0), scale: 3)
                : middle.flatMap {
                    ExactDecimal.quotient($0, decimal(86_400_000_000, 0), scale: 1)
                }
        case "lost": return money("total") - money("won")
        case "deals", "vip_deals", "bulky", "year_deals": return count(own(name).count)
        case "priced": return count(own(name).filter { $0.net != nil }.count)
        case "mean":
            let present = units(own(name)) { $0.net }
            return ExactDecimal.quotient(money(name), count(present.count), scale: decimals)
        case "mean_points":
            let present = units(own(name)) { $0.points }
            return ExactDecimal.quotient(
                decimal(present.reduce(0, +), 0), count(present.count), scale: 3)
        case "least": return units(own(name)) { $0.net }.min().map { decimal($0, decimals) }
        case "most": return units(own(name)) { $0.points }.max().map { decimal($0, 0) }
        case "amount", "period_amount":
            return decimal(units(own(name)) { $0.quantity }.reduce(0, +), 3)
        case "points_due": return decimal(units(own(name)) { $0.points }.reduce(0, +), 0)
        case "buyers":
            return count(
                Set(own(name).compactMap { d in d.customer.map { "\(d.company)\($0)" } }).count)
        case "per_deal":
            return ExactDecimal.quotient(money("total"), count(own("deals").count), scale: decimals)
        case "part":
            let whole = value("total", all, all: all, currency) ?? ExactDecimal(0)
            return ExactDecimal.quotient(money("won"), whole, scale: 6)
        case "buyers_part":
            let whole = value("buyers", all, all: all, nil) ?? ExactDecimal(0)
            let own = value("buyers", rows, all: all, nil) ?? ExactDecimal(0)
            return ExactDecimal.quotient(whole - own, whole, scale: 6)
        case "won_share": return ExactDecimal.quotient(money("won"), money("total"), scale: 6)
        case "per_unit":
            return ExactDecimal.quotient(
                decimal(units(own("points_due")) { $0.points }.reduce(0, +) * 100, 0),
                decimal(units(own("amount")) { $0.quantity }.reduce(0, +), 3), scale: 4)
        default: return nil
        }
    }

    /// `percentile_cont` of SQL, of numbers with so many decimals, rounded to others.
    private func percentile(
        _ numbers: [Int128], _ perMille: Int128, _ decimals: Int, _ scale: Int
    ) -> ExactDecimal? {
        let sorted = numbers.sorted()
        guard let last = sorted.last else { return nil }
        let place = perMille * Int128(sorted.count - 1)
        let low = sorted[Int(place / 1000)]
        let high = place / 1000 + 1 < sorted.count ? sorted[Int(place / 1000) + 1] : last
        let digits = low * 1000 + (high - low) * (place % 1000)
        return ExactDecimal(unscaled: digits, scale: decimals + 3).rounded(toScale: scale)
    }
}
