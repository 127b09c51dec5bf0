import Store
import Vocabulary

/// Puts the rows of an answer together: members in order, “Other”, and every step of time.
struct AnswerAssembly {
    let plan: MetricPlan
    let result: PlanResult
    let evaluation: PlanEvaluation

    /// The figures over everything.
    func totals() throws -> [[MetricAnswer.Cell]] {
        try evaluation.cells(
            now: merged(result.now.values.flatMap(\.values)),
            before: merged(result.before.values.flatMap(\.values)), allCurrencies: true)
    }

    private func merged(_ tallies: some Sequence<Tally>) -> Tally? {
        var sum: Tally?
        for tally in tallies {
            if sum == nil { sum = tally } else { sum?.merge(tally, plan.bases) }
        }
        return sum
    }

    /// The currency whose amounts decide the order: that of the first company which occurs, or else
    /// the first in the alphabet.
    func leadingCurrency(_ companies: [Company]) -> Currency? {
        guard case .metric(let index, _) = plan.order else { return nil }
        let present = evaluation.currencies[index]
        return companies.map(\.currency).first(where: present.contains) ?? present.first
    }

    func remarks(ranking currency: Currency?) -> [String] {
        var remarks: [String] = []
        if case .metric(let index, _) = plan.order, !plan.dimensions.isEmpty,
            evaluation.currencies[index].count > 1, let currency
        {
            remarks.append("ordered by amounts in \(currency.code)")
        }
        if let before = plan.spans.before, plan.spans.now.contains(plan.spans.today) {
            remarks.append("\(plan.spans.now) is not over; it is compared with \(before)")
        }
        return remarks
    }

    /// The rows: without a grain one per member, with one each step in turn with all its members.
    func rows(on snapshot: Snapshot, ranking currency: Currency?) throws -> [MetricAnswer.Row] {
        let keys = Set(result.now.keys).union(result.before.keys)
        guard !plan.dimensions.isEmpty else {
            return try steps(
                members: [], now: result.now[[]] ?? [:], before: result.before[[]] ?? [:])
        }
        var sums: [PlanResult.Key: Tally] = [:]
        for key in keys {
            sums[key] = merged((result.now[key] ?? [:]).values) ?? Tally(bases: plan.bases.count)
        }
        if plan.limit != nil, plan.spans.grain != nil || keys.count > (plan.limit ?? 0),
            let base = plan.bases.first(where: { !$0.isMergeable })
        {
            throw Advice(
                .request,
                "‘\(base.name)’ counts different values, which cannot be added up over members "
                    + "or steps",
                remedy: "ask for it without a limit")
        }
        let ranking = try Ranking(evaluation, sums: sums, currency: currency) {
            try plan.members(of: $0, on: snapshot)
        }
        var series = try ranking.named.map { key, members in
            try steps(
                members: members, now: result.now[key] ?? [:], before: result.before[key] ?? [:])
        }
        if !ranking.others.isEmpty {
            let label = Member(
                kind: .other(count: ranking.others.count), label: "Other", value: .missing,
                cell: nil)
            series.append(
                try steps(
                    members: plan.dimensions.map { _ in label },
                    now: together(ranking.others, result.now),
                    before: together(ranking.others, result.before)))
        }
        guard let length = series.first?.count else { return [] }
        return (0..<length).flatMap { step in series.map { $0[step] } }
    }

    private func together(
        _ keys: [PlanResult.Key], _ tallies: [PlanResult.Key: [Int: Tally]]
    ) -> [Int: Tally] {
        var sums: [Int: Tally] = [:]
        for key in keys {
            for (step, tally) in tallies[key] ?? [:] {
                if sums[step] == nil {
                    sums[step] = tally
                } else {
                    sums[step]?.merge(tally, plan.bases)
                }
            }
        }
        return sums
    }

    /// The rows of one combination of members: one, or one per step, none left out.
    private func steps(
        members: [Member], now: [Int: Tally], before: [Int: Tally]
    ) throws -> [MetricAnswer.Row] {
        guard let grain = plan.spans.grain else {
            let cells = try evaluation.cells(
                now: now[0], before: before[0], allCurrencies: members.isEmpty)
            return [MetricAnswer.Row(members: members, step: nil, cells: cells)]
        }
        return try plan.spans.steps.enumerated().map { index, start in
            let previous =
                plan.spans.stepsBefore.indices.contains(index)
                ? plan.spans.stepsBefore[index] : nil
            let cells = try evaluation.cells(
                now: now[index], before: before[index], isFuture: start > plan.spans.today,
                isBeforeCovered: previous != nil, allCurrencies: true)
            return MetricAnswer.Row(
                members: members,
                step: Step(
                    start: start, label: grain.label(of: start),
                    isOpen: plan.spans.isOpen(step: start), previous: previous),
                cells: cells)
        }
    }
}
