import Store
import Vocabulary

/// Puts the rows of an answer together: members in order, “Other”, and every step of time.
struct AnswerAssembly {
    let plan: MetricPlan
    let result: PlanResult
    let evaluation: PlanEvaluation
    /// The same question without its steps, where the figure that decides the order of members
    /// cannot be put together from its steps.
    let whole: (result: PlanResult, evaluation: PlanEvaluation)?
    /// Asks about the rows of all members but some.
    let rest: ([Cell]) throws -> (plan: MetricPlan, result: PlanResult)

    /// The figures over everything.
    func totals() throws -> [[MetricAnswer.Cell]] {
        var now: Tally?
        for (_, tally) in result.allNow { add(tally, to: &now) }
        var before: Tally?
        for tally in result.allBefore { add(tally, to: &before) }
        return try evaluation.cells(
            now: now, before: before, isUnknown: isUnknown(0), allCurrencies: true)
    }

    /// Whether nothing is known of a metric at a step, now or before.
    private func isUnknown(_ step: Int) -> (PlannedMetric, Bool) -> Bool {
        { result.isUnknown($0, step, isBefore: $1) }
    }

    private func add(_ tally: Tally?, to sum: inout Tally?) {
        guard let tally else { return }
        if sum == nil { sum = tally } else { sum?.merge(tally, result.layout) }
    }

    func notes(ranking currency: Currency?) -> [String] {
        var notes: [String] = []
        if case .metric(let index, _) = plan.order, !plan.dimensions.isEmpty,
            evaluation.currencies[index].count > 1, let currency
        {
            notes.append("ordered by amounts in \(currency.code)")
        }
        if let before = plan.spans.before, plan.spans.now.contains(plan.spans.today) {
            notes.append("\(plan.spans.now) is not over; it is compared with \(before)")
        }
        return notes
    }

    /// The rows: without a grain one per member, with one each step in turn with all its members.
    func rows(on snapshot: Snapshot, ranking currency: Currency?) throws -> [MetricAnswer.Row] {
        guard !plan.dimensions.isEmpty else {
            return try steps(
                members: [], parts: [], now: { result.now(0, $0) }, before: { result.before(0, $0) }
            )
        }
        let separate = plan.bases.first { !$0.isMergeable }
        if let limit = plan.limit, result.keys.count > limit, let separate, !plan.canExclude {
            throw Advice(
                .request,
                "‘\(separate.name)’ is the \(separate.base.words), which cannot be put together "
                    + "from members",
                remedy: "ask for it without a limit, or split by one dimension that is not company")
        }
        if let limit = plan.limit, result.keys.count > limit, let metric = plan.ofMembers.first {
            throw Advice(
                .request,
                "‘\(metric.name)’ is computed from members, some of which may be in several of "
                    + "the rows that would be put together",
                remedy: "ask for it without a limit")
        }
        let ranking = try Ranking(plan, keys: result.keys, weight: weights(currency)) {
            try plan.members(of: $0, on: snapshot)
        }
        var series = try ranking.named.map { number, members in
            try steps(
                members: members, parts: parts([number]), now: { result.now(number, $0) },
                before: { result.before(number, $0) })
        }
        let count = ranking.others.count + (plan.leaders?.others ?? 0)
        if count > 0, separate != nil {
            series.append(try others(ranking, count))
        } else if count > 0 {
            let label = Self.other(count)
            let others = ranking.others + (plan.leaders == nil ? [] : [PlanResult.others])
            series.append(
                try steps(
                    members: plan.dimensions.map { _ in label }, parts: parts(ranking.others),
                    now: { together(others, $0, result.now) },
                    before: { together(others, $0, result.before) }))
        }
        guard let length = series.first?.count else { return [] }
        return (0..<length).flatMap { step in series.map { $0[step] } }
    }

    private static func other(_ count: Int) -> Member {
        Member(kind: .other(count: count), label: "Other", value: .missing, cell: nil)
    }

    /// The rows of “Other” where figures of members cannot be put together: asked for anew.
    private func others(_ ranking: Ranking, _ count: Int) throws -> [MetricAnswer.Row] {
        let rest = try rest(ranking.named.map { result.keys[$0.number][0] })
        let own = AnswerAssembly(
            plan: rest.plan, result: rest.result,
            evaluation: evaluation.speaking(of: rest.plan, rest.result), whole: nil, rest: self.rest
        )
        return try own.steps(
            members: [Self.other(count)], parts: parts(ranking.others),
            now: { rest.result.now(0, $0) }, before: { rest.result.before(0, $0) })
    }

    /// The figure that decides the order of a member, over all steps.
    private func weights(_ currency: Currency?) -> (Int) throws -> Fraction? {
        guard case .metric(let index, _) = plan.order else { return { _ in nil } }
        let metric = plan.metrics[index]
        func first(_ member: Int) -> PlanEvaluation.Place {
            PlanEvaluation.Place(step: 0, isBefore: false, parts: parts([member]))
        }
        let deciding = metric.isPerCurrency ? currency : nil
        if let whole {
            let own = whole.evaluation.plan.metrics[index]
            return { member in
                let tally = whole.result.number(ofKnown: result.keys[member]).flatMap {
                    whole.result.now($0, 0)
                }
                return try whole.evaluation.value(own, tally, deciding, first(member))
            }
        }
        var sums = [Tally?](repeating: nil, count: result.keys.count)
        for (member, tally) in result.allNow where member != PlanResult.others {
            add(tally, to: &sums[member])
        }
        return { try evaluation.value(metric, sums[$0], deciding, first($0)) }
    }

    /// The weekdays, days and months that members stand for.
    private func parts(_ members: [Int]) -> [CalendarMembers] {
        plan.parts(of: members.map { result.keys[$0] })
    }

    private func together(
        _ members: [Int], _ step: Int, _ tally: (Int, Int) -> Tally?
    ) -> Tally? {
        var sum: Tally?
        for member in members { add(tally(member, step), to: &sum) }
        return sum
    }

    /// The rows of one combination of members: one, or one per step, none left out.
    private func steps(
        members: [Member], parts: [CalendarMembers], now: (Int) -> Tally?,
        before: (Int) -> Tally?
    ) throws -> [MetricAnswer.Row] {
        guard let grain = plan.spans.grain else {
            let cells = try evaluation.cells(
                now: now(0), before: before(0), isUnknown: isUnknown(0), parts: parts,
                allCurrencies: members.isEmpty)
            return [MetricAnswer.Row(members: members, step: nil, cells: cells)]
        }
        return try plan.spans.steps.enumerated().map { index, start in
            let previous =
                plan.spans.stepsBefore.indices.contains(index)
                ? plan.spans.stepsBefore[index] : nil
            let cells = try evaluation.cells(
                now: now(index), before: before(index), step: index,
                isFuture: start > plan.spans.today,
                isBeforeCovered: previous != nil, isUnknown: isUnknown(index), parts: parts,
                allCurrencies: true)
            return MetricAnswer.Row(
                members: members,
                step: Step(
                    start: start, label: grain.label(of: start, in: plan.spans.calendar),
                    isOpen: plan.spans.isOpen(step: start) || plan.isFollowed(step: start),
                    previous: previous),
                cells: cells)
        }
    }
}
