import Store
public import Vocabulary

/// What a metric was meant to reach: an entry of `queries/targets/`.
///
/// ```yaml
/// targets:
///   - metric: revenue
///     company: rendetalje         # or ‘companies: [a, b]’ for several together; all if left out
///     only: {source: web}         # of one member of one dimension
///     currency: DKK               # of amounts; by default the company's
///     amounts: {2026-01: 100000, 2026-02: 120000.50, 2026-Q2: 400000}
/// ```
public struct Target: Sendable, Hashable {
    /// One member of a dimension.
    struct Share: Sendable, Hashable {
        let dimension: String
        let member: String
    }

    struct Amount: Sendable, Hashable {
        let period: Period
        let amount: ExactDecimal
    }

    /// Name of the metric.
    public let metric: String
    /// Codes of the companies that reach it together; empty for all.
    let companies: Set<String>
    let only: Share?
    /// The currency of amounts; nil for other numbers.
    let currency: Currency?
    /// In order of time, none overlapping.
    let amounts: [Amount]
    /// Where it is written.
    public let place: Place
    let hash: String

    /// Reads one entry.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, definitions: Definitions) throws {
        let fields = try node.mapping(allowing: [
            "metric", "company", "companies", "only", "currency", "amounts",
        ])
        place = node.place
        let metricNode = try fields.required("metric")
        let metric = try metricNode.reading { try definitions.metric($0) }
        self.metric = metric.name
        let directory = definitions.schema.companies
        var codes = try fields.optional("companies")?.sequence() ?? []
        if let single = fields.optional("company") {
            guard codes.isEmpty else {
                throw single.advice(
                    "a target has ‘company’ or ‘companies’, not both", remedy: "remove one")
            }
            codes = [single]
        }
        let companies = try codes.map { try $0.reading { try directory.company($0) } }
        self.companies = Set(companies.map(\.code))
        currency = try Self.currency(fields, metric, companies)
        only = try fields.optional("only").map { try Self.share($0, metric, definitions) }
        amounts = try Self.amounts(try fields.required("amounts"), currency)
        hash = DefinitionHash.of([try node.canonicalText()])
    }

    private static func currency(
        _ fields: DefinitionMapping, _ metric: Metric, _ companies: [Company]
    ) throws -> Currency? {
        guard let node = fields.optional("currency") else {
            guard metric.unit == .money else { return nil }
            let all = Set(companies.map(\.currency))
            if let only = all.first, all.count == 1 { return only }
            throw fields.node.advice(
                "‘\(metric.name)’ is an amount, and the target names no currency",
                remedy: "add ‘currency: DKK’")
        }
        guard metric.unit == .money else {
            throw node.advice(
                "‘\(metric.name)’ is no amount", remedy: "remove the currency")
        }
        guard let currency = Currency(try node.string()) else {
            throw node.advice(
                "‘\(try node.string())’ is not a currency of ISO 4217",
                remedy: "use a code such as DKK or EUR")
        }
        return currency
    }

    private static func share(
        _ node: DefinitionNode, _ metric: Metric, _ definitions: Definitions
    ) throws -> Share {
        guard let (key, value) = try node.entries().first, try node.entries().count == 1 else {
            throw node.advice(
                "a target is of one member of one dimension", remedy: "write {source: web}")
        }
        let name = try key.string()
        _ = try key.located {
            try MetricPlan(
                MetricQuery(metrics: [metric.name], period: PeriodName("today"), by: [name]),
                definitions: definitions, today: LocalDay(number: 0), companies: [])
        }
        return Share(dimension: name, member: try value.string())
    }

    private static func amounts(
        _ node: DefinitionNode, _ currency: Currency?
    ) throws -> [Amount] {
        var amounts: [(amount: Amount, key: DefinitionNode)] = []
        for (key, value) in try node.entries() {
            let name = try key.reading { try PeriodName($0) }
            // Names that move with today mean another period tomorrow.
            let period = name.period(today: LocalDay(number: 0))
            guard !name.isFiscal, period == name.period(today: LocalDay(number: 400)) else {
                throw key.advice(
                    "‘\(name)’ is not a fixed period of the calendar",
                    remedy: "write a month as 2026-06, a quarter as 2026-Q2 or a year as 2026")
            }
            let amount = try value.decimal()
            if let currency, amount.rounded(toScale: currency.decimals) != amount {
                throw value.advice(
                    "\(amount) has more decimals than \(currency.code)",
                    remedy: "use \(currency.decimals) decimals")
            }
            amounts.append((Amount(period: period, amount: amount), key))
        }
        guard !amounts.isEmpty else {
            throw node.advice("there are no amounts", remedy: "write ‘2026-06: 100000’")
        }
        amounts.sort { $0.amount.period.start < $1.amount.period.start }
        for (earlier, later) in zip(amounts, amounts.dropFirst())
        where later.amount.period.start < earlier.amount.period.end {
            throw later.key.advice(
                "\(later.amount.period) is part of another target’s period",
                remedy: "leave one of them out")
        }
        return amounts.map(\.amount)
    }

    /// What is to be reached in a period, and how much of it by the end of a day; nil unless whole
    /// periods of the target make it up.
    ///
    /// Targets of figures that do not add up hold for their own period alone.
    func goal(
        _ span: Period, by today: LocalDay, isAdditive: Bool
    ) -> (amount: ExactDecimal, expected: Fraction)? {
        let parts = amounts.filter { span.start <= $0.period.start && $0.period.end <= span.end }
        guard parts.reduce(0, { $0 + $1.period.days }) == span.days, span.days > 0,
            isAdditive || parts.count == 1
        else { return nil }
        var sum = ExactDecimal(0)
        var expected = Fraction(whole: 0)
        for part in parts {
            sum = sum + part.amount
            let elapsed = part.period.clipped(before: today.adding(days: 1)).days
            guard let whole = Fraction(part.amount),
                let share = Fraction(Int128(elapsed), over: Int128(part.period.days)),
                let due = whole.multiplied(by: isAdditive ? share : Fraction(whole: 1)),
                let next = expected.adding(due)
            else { return nil }
            expected = next
        }
        return (sum, expected)
    }
}

extension Target {
    /// Reads `targets:`, in which no period of one figure has two targets.
    static func targets(
        _ nodes: [DefinitionNode], definitions: Definitions
    ) throws -> [Target] {
        var targets: [Target] = []
        for node in nodes {
            let target = try Target(node, definitions: definitions)
            let rival = targets.first { other in
                other.metric == target.metric && other.companies == target.companies
                    && other.only == target.only && other.currency == target.currency
            }
            if let rival {
                throw node.advice(
                    "this figure has a target at \(rival.place) too",
                    remedy: "write the amounts of both into one")
            }
            targets.append(target)
        }
        return targets
    }
}
