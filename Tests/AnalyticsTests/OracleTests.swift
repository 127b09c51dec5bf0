import Store
import Testing
import Vocabulary

@testable import Analytics

/// Random questions over random rows, answered by the engine and by `NaiveAnswer`.
@Suite struct OracleTests {
    private static let dated = [
        "total", "deals", "priced", "won", "mean", "mean_points", "least", "most", "amount",
        "points_due", "buyers", "vip_deals", "per_deal", "won_share", "lost", "per_unit",
        "middle", "points_90", "wait", "wait_middle", "bulky", "part", "buyers_part",
        "balance", "year_deals", "period_amount", "recent", "recent_mean", "recent_buyers", "daily",
        "run_rate",
    ]
    /// Metrics whose rows have no weekday and hour, or those of another date.
    private static let withoutParts = [
        "points_due", "per_unit", "balance", "year_deals", "period_amount",
    ]

    @Test(arguments: UInt64(1)...12) func answersEqualTheNaiveOnes(_ seed: UInt64) throws {
        let scene = try OracleScene(seed: seed)
        let (world, now, definitions) = (scene.world, scene.now, scene.definitions)
        var random = SplitMix(seed: seed &* 977)
        for number in 0..<30 {
            guard let snapshot = try scene.snapshot(leavingOut: 3, &random) else { continue }
            let codes = snapshot.companies.map(\.code)
            let query = try Self.query(&random)
            let answer = try definitions.answer(query, on: snapshot, now: now)
            let comparison = OracleComparison(
                answer: answer,
                naive: NaiveAnswer(
                    world: world, companies: codes, filters: query.filters,
                    today: try #require(world.zones[codes[0]]).day(of: now)), world: world,
                identities: try world.identities(of: snapshot))
            let problem = comparison.firstProblem(now: now)
            #expect(problem == nil, "seed \(seed), question \(number): \(query)\n\(problem ?? "")")
        }
    }

    static func query(_ random: inout SplitMix) throws -> MetricQuery {
        let dimensions = [
            "company", "status", "channel", "customer", "customer.kind", "flag", "age", "waiting",
            "bulk",
        ]
        let periods = [
            "2026-01", "2026-Q1", "2026", "this-month", "2026-02-10..2026-05-03", "last-30-days",
            "2026-03-28..2026-03-30", "2026-W14", "2025", "today", "last-week", "last-12-months",
            "2025-11-20..2026-02-03",
        ]
        let grain =
            Int.random(in: 0..<2, using: &random) == 0
            ? nil : Grain.allCases.randomElement(using: &random)
        var by = Array(
            dimensions.shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random)))
        var metrics = Array(
            dated.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random)))
        var usesParts = false
        if Int.random(in: 0..<3, using: &random) == 0 {
            metrics.removeAll(where: withoutParts.contains)
            if metrics.isEmpty { metrics = ["deals"] }
            usesParts = true
            by =
                [["weekday"], ["hour"], ["weekday", "hour"], ["status", "weekday"], by]
                .randomElement(using: &random) ?? by
        }
        if usesParts {
            return MetricQuery(
                metrics: metrics,
                period: try PeriodName(periods.randomElement(using: &random) ?? "2026"),
                grain: grain, by: by,
                filters: [
                    [], [Condition("weekday", .among(["Monday", "Saturday"]))],
                    [Condition("hour", .among(["00:00", "02:00", "23:00", "11:00"]))],
                    [Condition("bulk", .among(["up to 0", "over 1.5 to 4"]))],
                ].randomElement(using: &random) ?? [],
                comparison: Bool.random(using: &random)
                    ? nil : Comparison.allCases.randomElement(using: &random))
        }
        if grain == nil, Bool.random(using: &random) { metrics.append("open_value") }
        if grain == nil, Bool.random(using: &random) { metrics.append("overdue") }
        var limit: Int?
        // What is not put together from parts has an “Other” of one dimension, not of companies.
        let canLimit =
            !metrics.contains(where: NaiveAnswer.whole.contains)
            || by.count == 1 && by[0] != "company"
        if canLimit, Bool.random(using: &random) {
            limit = Int.random(in: 1...4, using: &random)
        }
        var filters: [Condition] = []
        if Int.random(in: 0..<3, using: &random) == 0 {
            filters.append(
                [
                    Condition("status", .among(["a", "c"])), Condition("status", .notAmong(["b"])),
                    Condition("channel", .missing), Condition("customer.kind", .present),
                    Condition("flag", .among(["true"])),
                    Condition("closed", .compared(.below, "at")),
                    Condition("due", .compared(.atMost, "at")),
                    Condition("points", .compared(.above, "quantity")),
                    Condition("status", .compared(.different, "customer.kind")),
                ].randomElement(using: &random) ?? Condition("status", .present))
        }
        return MetricQuery(
            metrics: metrics,
            period: try PeriodName(periods.randomElement(using: &random) ?? "2026"), grain: grain,
            by: by, filters: filters,
            comparison: Bool.random(using: &random)
                ? nil : Comparison.allCases.randomElement(using: &random),
            order: by.isEmpty || Bool.random(using: &random)
                ? nil
                : .init(
                    (metrics + by).randomElement(using: &random) ?? metrics[0],
                    descending: Bool.random(using: &random)),
            limit: limit)
    }
}

/// Rows of one combination of members and one step belong together.
struct OracleKey: Hashable {
    let members: [String]
    let step: LocalDay?
}

/// Remembers the rows of a base metric and period; used by one test case at a time.
final class OracleMemory {
    private struct Question: Hashable {
        let base: String
        let period: Period
    }

    private var known: [Question: [OracleKey: [Deal]]] = [:]

    func rows(
        _ base: String, _ period: Period, _ find: () -> [OracleKey: [Deal]]
    ) -> [OracleKey: [Deal]] {
        let question = Question(base: base, period: period)
        if let found = known[question] { return found }
        let found = find()
        known[question] = found
        return found
    }
}

/// Holds one answer against the naive one.
struct OracleComparison {
    let answer: MetricAnswer
    let naive: NaiveAnswer
    let world: OracleWorld
    /// References are dense numbers of the store; which customer one is follows from its rows.
    let identities: [Reference: String]
    private let memory = OracleMemory()

    init(
        answer: MetricAnswer, naive: NaiveAnswer, world: OracleWorld,
        identities: [Reference: String]
    ) {
        self.answer = answer
        self.naive = naive
        self.world = world
        self.identities = identities
    }

    /// The rows of a base metric by member and step, found once for each question.
    private func sorted(_ base: String, _ period: Period) -> [OracleKey: [Deal]] {
        memory.rows(base, period) {
            if NaiveAnswer.accumulating.contains(base) { return accumulated(base, period) }
            return Dictionary(grouping: naive.rows(ofMetric: base, period)) { deal in
                let day = base == "points_due" ? deal.due : naive.day(deal)
                return OracleKey(
                    members: members(deal, period),
                    step: answer.query.grain.flatMap { grain in
                        day.map { grain.start(of: $0, in: OracleWorld.calendar) }
                    })
            }
        }
    }

    /// The rows that a step of an accumulating metric adds up, none of steps to come of which
    /// nothing is known.
    private func accumulated(_ base: String, _ period: Period) -> [OracleKey: [Deal]] {
        guard let grain = answer.query.grain else {
            return Dictionary(grouping: naive.rows(ofMetric: base, period)) {
                OracleKey(members: members($0, period), step: nil)
            }
        }
        var found: [OracleKey: [Deal]] = [:]
        let all = naive.rows(ofMetric: base, period)
        for start in period.steps(of: grain, in: OracleWorld.calendar) {
            let end = min(grain.next(after: start, in: OracleWorld.calendar), period.end)
            guard let step = try? Period(from: max(start, period.start), upTo: end) else {
                continue
            }
            let rows = naive.rows(ofMetric: base, step, since: period.start)
            for (members, own) in Dictionary(grouping: rows, by: { self.members($0, period) }) {
                found[OracleKey(members: members, step: start)] = own.filter { deal in
                    start <= naive.today
                        || all.contains { other in
                            self.isTogether(base, deal, other)
                                && members == self.members(other, period)
                                && (naive.day(other).map { $0 >= start } ?? false)
                        }
                }
            }
        }
        return found
    }

    private func members(_ deal: Deal, _ period: Period) -> [String] {
        answer.query.by.map { naive.member($0, deal, period).identity }
    }

    /// Amounts are added up per currency, whatever is counted over all.
    private func isTogether(_ base: String, _ deal: Deal, _ other: Deal) -> Bool {
        base != "balance" || deal.currency == other.currency
    }

    /// The first difference in words.
    func firstProblem(now: Instant) -> String? {
        let query = answer.query
        let zone = world.schema.companies.companies.first { naive.companies.contains($0.code) }?
            .zone
        guard let today = zone?.day(of: now) else { return "no zone" }
        let asked = query.period.period(today: today, in: OracleWorld.calendar)
        let spans = query.comparison?.spans(
            of: asked, today: today, in: OracleWorld.calendar)
        let span = spans?.now ?? asked
        if answer.period != span { return "period \(answer.period), not \(span)" }
        if answer.comparedWith != spans?.before { return "compared with another period" }
        // All members that have a row in either span for any base metric.
        var labels: [[String]: [String]] = [:]
        for base in Set(query.metrics.flatMap(NaiveAnswer.bases)) {
            let before = base == "open_value" ? nil : spans?.before
            for period in [span, before].compactMap({ $0 }) {
                // What is added up at the end of a step may be older than the whole period.
                for deal in sorted(base, period).values.joined() {
                    let members = query.by.map { naive.member($0, deal, period) }
                    labels[members.map(\.identity)] = members.map(\.label)
                }
            }
        }
        let listed = query.by.compactMap(NaiveAnswer.members)
        if !listed.isEmpty, listed.count == query.by.count {
            var keys: [(numbers: [String], labels: [String])] = [([], [])]
            for list in listed {
                keys = keys.flatMap { key in
                    list.enumerated().map { (key.numbers + ["\($0)"], key.labels + [$1]) }
                }
            }
            for key in keys { labels[key.numbers] = key.labels }
        }
        let named = answer.rows.filter { row in !row.members.contains { isOther($0) } }
        let shown = Set(named.map { $0.members.map(identity) })
        let limit = query.limit ?? .max
        if !query.by.isEmpty {
            if shown.count != min(limit, labels.count) {
                return "\(shown.count) members, not \(min(limit, labels.count))"
            }
            if !shown.isSubset(of: labels.keys) { return "members that have no rows" }
        }
        let stepCount = query.grain.map { span.steps(of: $0, in: OracleWorld.calendar).count } ?? 1
        let others = query.by.isEmpty || labels.count <= limit ? 0 : 1
        let members = query.by.isEmpty ? 1 : shown.count
        if answer.rows.count != stepCount * (members + others) {
            return "\(answer.rows.count) rows, not \(stepCount) × (\(members) + \(others))"
        }
        for row in answer.rows {
            if let problem = problem(in: row, shown, labels, spans?.before, span, today) {
                return problem
            }
        }
        if let problem = orderProblem(named, span) { return problem }
        return totalsProblem(span, spans?.before)
    }

    private func isOther(_ member: Member) -> Bool {
        if case .other = member.kind { return true }
        return false
    }

    private func identity(_ member: Member) -> String {
        switch member.cell {
        case .text(let text)?: return text
        case .number(let number)?: return "\(number)"
        case .reference(let reference)?: return identities[reference] ?? "?"
        default: return ""
        }
    }

    private func problem(
        in row: MetricAnswer.Row, _ shown: Set<[String]>, _ labels: [[String]: [String]],
        _ before: Period?, _ span: Period, _ today: LocalDay
    ) -> String? {
        let query = answer.query
        let isOther = row.members.contains(where: isOther)
        let members = row.members.map(identity)
        if !isOther, !query.by.isEmpty, labels[members] != row.members.map(\.label) {
            return "\(members) is called \(row.members.map(\.label))"
        }
        func rows(_ period: Period?, _ start: LocalDay?) -> (String) -> [Deal] {
            { base in
                guard let period else { return [] }
                let all = sorted(base, period)
                guard isOther else {
                    return all[OracleKey(members: members, step: start)] ?? []
                }
                return all.filter { $0.key.step == start && !shown.contains($0.key.members) }
                    .flatMap(\.value)
            }
        }
        func everyone(_ period: Period?, _ start: LocalDay?) -> (String) -> [Deal] {
            { base in
                period.map { sorted(base, $0).filter { $0.key.step == start }.flatMap(\.value) }
                    ?? []
            }
        }
        var previousStep: LocalDay?
        if let grain = query.grain, let before, let step = row.step {
            let index =
                span.steps(of: grain, in: OracleWorld.calendar).firstIndex(of: step.start) ?? -1
            let steps = before.steps(of: grain, in: OracleWorld.calendar)
            previousStep = steps.indices.contains(index) ? steps[index] : nil
            if step.previous != previousStep { return "step \(step.label) compared with another" }
        }
        let nowRows = rows(span, row.step?.start)
        let beforeRows = rows(before, previousStep)
        let allBases = Set(query.metrics.flatMap(NaiveAnswer.bases))
        let isUnknown =
            (row.step.map { $0.start > today } ?? false)
            && allBases.allSatisfy { nowRows($0).isEmpty }
        for (index, name) in query.metrics.enumerated() {
            let currencies = currencies(
                name, query.grain != nil || query.by.isEmpty ? nil : (nowRows, beforeRows), before,
                span)
            let cells = row.cells[index]
            if cells.map(\.currency) != currencies {
                return "\(name) has \(cells.map(\.currency)), not \(currencies)"
            }
            for cell in cells {
                let isKnown = !isUnknown && !isStill(name, nowRows, cell.currency, row.step, today)
                let value =
                    !isKnown
                    ? nil
                    : naive.value(
                        name, nowRows, all: everyone(span, row.step?.start), cell.currency,
                        days(row.step?.start, isBefore: false, members, today))
                let hasPrevious =
                    name != "open_value" && (query.grain == nil || previousStep != nil)
                let previous =
                    hasPrevious
                    ? naive.value(
                        name, beforeRows, all: everyone(before, previousStep), cell.currency,
                        days(previousStep, isBefore: true, members, today)) : nil
                if cell.value.number != value {
                    return "\(name): \(cell.value), not \(value as Any)"
                }
                guard before != nil else {
                    if cell.previous != nil || cell.change != nil { return "compared unasked" }
                    continue
                }
                if cell.previous?.number != previous {
                    return "\(name) before: \(cell.previous as Any), not \(previous as Any)"
                }
                // Changes are of exact values; of unrounded ones they can be checked here.
                if ["total", "won", "lost", "deals", "amount"].contains(name) {
                    let change = value.flatMap { value in
                        previous.flatMap {
                            ExactDecimal.quotient(value - $0, $0.magnitude, scale: 6)
                        }
                    }
                    if cell.change?.number != change { return "\(name) change: \(cell)" }
                }
            }
        }
        return nil
    }

    /// How many days formulas count, found by looking at each.
    private func days(
        _ step: LocalDay?, isBefore: Bool, _ members: [String], _ today: LocalDay,
        isWhole: Bool = false
    ) -> NaiveAnswer.Days {
        let query = answer.query
        let asked = query.period.period(today: today, in: OracleWorld.calendar)
        let whole =
            isBefore
            ? query.comparison?.spans(
                of: asked, today: .latest, in: OracleWorld.calendar
            ).before : asked
        let cut = isBefore ? answer.comparedWith : answer.period
        guard let whole, let cut else { return NaiveAnswer.Days() }
        var days = NaiveAnswer.Days()
        for day in whole.start..<whole.end {
            if let grain = query.grain, !isWhole,
                grain.start(of: day, in: OracleWorld.calendar) != step
            {
                continue
            }
            let isMember = zip(query.by, members).allSatisfy { dimension, member in
                switch dimension {
                case "weekday": "\(day.isoWeekday - 1)" == member
                case "day-of-month": "\(day.civil.day - 1)" == member
                default: true
                }
            }
            guard isMember else { continue }
            days.all += 1
            if day <= today, day < cut.end { days.elapsed += 1 }
        }
        return days
    }

    private func wholeDays(
        isBefore: Bool, _ members: [String], _ today: LocalDay
    ) -> NaiveAnswer.Days {
        days(nil, isBefore: isBefore, members, today, isWhole: true)
    }

    /// Whether a balance has nothing that it could be said of days to come.
    private func isStill(
        _ name: String, _ rows: (String) -> [Deal], _ currency: Currency?, _ step: Step?,
        _ today: LocalDay
    ) -> Bool {
        guard let step, step.start > today, NaiveAnswer.accumulating.contains(name) else {
            return false
        }
        return !rows(name).contains { currency == nil || $0.currency == currency?.code }
    }

    /// The currencies that a row shows: its own, or all of the answer where there are none.
    private func currencies(
        _ name: String, _ own: (now: (String) -> [Deal], before: (String) -> [Deal])?,
        _ before: Period?, _ span: Period
    ) -> [Currency?] {
        let bases = NaiveAnswer.moneyBases(name)
        if bases.isEmpty { return [nil] }
        func codes(_ rows: [Deal]) -> Set<String> {
            Set(rows.compactMap(\.currency).filter { $0 != "zzz" })
        }
        if let own {
            let found = bases.reduce(into: Set<String>()) { found, base in
                found.formUnion(codes(own.now(base)))
                if base != "open_value" { found.formUnion(codes(own.before(base))) }
            }
            if !found.isEmpty { return found.sorted().map { Currency($0) } }
        }
        var all = bases.reduce(into: Set<String>()) { found, base in
            found.formUnion(codes(sorted(base, span).flatMap(\.value)))
            if let before, base != "open_value" {
                found.formUnion(codes(sorted(base, before).flatMap(\.value)))
            }
        }
        if all.isEmpty {
            all = Set(
                world.schema.companies.companies.filter { naive.companies.contains($0.code) }
                    .map(\.currency.code))
        }
        return all.sorted().map { Currency($0) }
    }

    /// Whether members stand in the order of the figure asked for, over the whole period.
    private func orderProblem(_ rows: [MetricAnswer.Row], _ span: Period) -> String? {
        let query = answer.query
        let name = query.order?.name ?? query.metrics[0]
        let isBand = query.by.allSatisfy { NaiveAnswer.members($0) != nil }
        let today = naive.today
        guard !query.by.isEmpty, query.metrics.contains(name), query.order != nil || !isBand
        else { return nil }
        let isDescending = query.order?.isDescending ?? true
        let first = answer.query.grain == nil ? rows : rows.filter { $0.step == rows.first?.step }
        let present = currencies(name, nil, answer.comparedWith, span)
        let leading =
            world.schema.companies.companies.filter { naive.companies.contains($0.code) }
            .map(\.currency).first { present.contains($0) } ?? present.first ?? nil
        var previous: ExactDecimal?
        var sawMissing = false
        for row in first {
            let own = row.members.map(identity)
            let value = naive.value(
                name,
                { base in naive.rows(ofMetric: base, span).filter { members($0, span) == own } },
                all: { naive.rows(ofMetric: $0, span) }, leading,
                wholeDays(isBefore: false, own, today))
            guard let value else {
                sawMissing = true
                continue
            }
            if sawMissing { return "a member without a value stands before others" }
            if let previous, isDescending ? previous < value : value < previous {
                return "members are not in order of \(name)"
            }
            previous = value
        }
        return nil
    }

    private func totalsProblem(_ span: Period, _ before: Period?) -> String? {
        for (index, name) in answer.query.metrics.enumerated() {
            for cell in answer.totals[index] {
                let value = naive.value(
                    name, { naive.rows(ofMetric: $0, span) },
                    all: { naive.rows(ofMetric: $0, span) }, cell.currency,
                    wholeDays(isBefore: false, [], naive.today))
                if cell.value.number != value {
                    return "total of \(name): \(cell), not \(value as Any)"
                }
                guard let before, name != "open_value" else { continue }
                let previous = naive.value(
                    name, { naive.rows(ofMetric: $0, before) },
                    all: { naive.rows(ofMetric: $0, before) }, cell.currency,
                    wholeDays(isBefore: true, [], naive.today))
                if cell.previous?.number != previous { return "total of \(name) before: \(cell)" }
            }
        }
        return nil
    }
}
