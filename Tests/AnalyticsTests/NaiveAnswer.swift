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

    func rows(ofMetric name: String, _ period: Period) -> [Deal] {
        world.deals.filter { deal in
            guard companies.contains(deal.company) else { return false }
            guard filters.allSatisfy({ holds($0, deal) }) else { return false }
            switch name {
            case "points_due": if !(deal.due.map(period.contains) ?? false) { return false }
            case "open_value": break
            default: if !(day(deal).map(period.contains) ?? false) { return false }
            }
            switch name {
            case "won": return deal.status == "a" || deal.status == "b"
            case "open_value": return deal.status != "a"
            case "vip_deals": return customer(deal)?.kind == "vip"
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
        switch condition.test {
        case .missing: return value == nil
        case .present: return value != nil
        case .among(let list): return value.map(list.contains) ?? false
        case .notAmong(let list): return !(value.map(list.contains) ?? false)
        }
    }

    /// What tells members apart, and what they are called.
    func member(_ dimension: String, _ deal: Deal) -> (identity: String, label: String) {
        switch dimension {
        case "company":
            return (deal.company, deal.company.prefix(1).uppercased() + deal.company.dropFirst())
        case "customer":
            guard let number = deal.customer else { return ("", "(none)") }
            return ("\(deal.company)-\(number)", customer(deal)?.name ?? "(unknown)")
        case "flag":
            return (
                deal.flag.map { "\($0)" } ?? "", deal.flag.map { $0 ? "yes" : "no" } ?? "(none)"
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
        case "won_share": ["won", "total"]
        case "lost": ["total", "won"]
        case "per_unit": ["points_due", "amount"]
        default: [name]
        }
    }

    static func moneyBases(_ name: String) -> [String] {
        bases(name).filter { ["total", "won", "mean", "least", "open_value"].contains($0) }
    }

    /// The value of a metric over rows already chosen, per base metric; nil where it is undefined.
    func value(_ name: String, _ rows: (String) -> [Deal], _ currency: Currency?) -> ExactDecimal? {
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
        case "total", "won", "open_value": return money(name)
        case "lost": return money("total") - money("won")
        case "deals", "vip_deals": return count(own(name).count)
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
        case "amount": return decimal(units(own(name)) { $0.quantity }.reduce(0, +), 3)
        case "points_due": return decimal(units(own(name)) { $0.points }.reduce(0, +), 0)
        case "buyers":
            return count(
                Set(own(name).compactMap { d in d.customer.map { "\(d.company)\($0)" } }).count)
        case "per_deal":
            return ExactDecimal.quotient(money("total"), count(own("deals").count), scale: decimals)
        case "won_share": return ExactDecimal.quotient(money("won"), money("total"), scale: 6)
        case "per_unit":
            return ExactDecimal.quotient(
                decimal(units(own("points_due")) { $0.points }.reduce(0, +) * 100, 0),
                decimal(units(own("amount")) { $0.quantity }.reduce(0, +), 3), scale: 4)
        default: return nil
        }
    }
}
