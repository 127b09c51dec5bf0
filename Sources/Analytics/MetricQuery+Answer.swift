public import Store
public import Vocabulary

extension Definitions {
    /// Answers a question from a snapshot.
    ///
    /// - Parameters:
    ///   - query: The question.
    ///   - snapshot: The state of the store and the companies that are asked about.
    ///   - now: The present moment. Names of periods are resolved by the day that it is in the zone
    ///     of the snapshot's first company.
    /// - Returns: The figures, with where they come from.
    /// - Throws: `Advice` when the question is impossible, and what the store throws.
    public func answer(
        _ query: MetricQuery, on snapshot: Snapshot, now: Instant
    ) throws -> MetricAnswer {
        try answer(query, with: ScanReader(snapshot), now: now)
    }

    /// The models that an answer depends on, for `Snapshot.lastCommit(of:)`.
    ///
    /// - Throws: `Advice` when the question is impossible.
    public func modelsTouched(by query: MetricQuery) throws -> Set<String> {
        // The day does not change which models are read.
        try MetricPlan(query, definitions: self, today: LocalDay(number: 0), companies: []).models
    }

    /// Answers a question with scans that may be shared.
    ///
    /// Amounts in the currency `ranking` decide the order of members; nil means that of the first
    /// company which occurs.
    func answer(
        _ query: MetricQuery, with reader: ScanReader, now: Instant, ranking: Currency? = nil
    ) throws -> MetricAnswer {
        let companies = reader.snapshot.companies
        let zone = try Self.zone(of: companies)
        var plan = try MetricPlan(
            query, definitions: self, today: zone.day(of: now), companies: companies)
        plan.leaders = try plan.leaders(on: reader) {
            try ranking ?? leadingCurrency(query, plan, reader, now)
        }
        let (result, evaluation) = try evaluated(plan, query, with: reader, now)
        let assembly = AnswerAssembly(
            plan: plan, result: result, evaluation: evaluation,
            whole: try whole(query, plan, reader, now)
        ) { named in
            let rest = try self.rest(query, plan, companies, without: named)
            return (rest, try rest.execute(on: reader, []))
        }
        var currency = ranking
        if ranking == nil, case .metric(let index, _) = plan.order {
            currency = evaluation.leadingCurrency(of: index, companies)
        }
        let rows = try assembly.rows(on: reader.snapshot, ranking: currency)
        let conversion = try plan.appliedConversion(on: reader)
        let dataCommit = reader.snapshot.lastCommit(of: plan.models)
        let answer = MetricAnswer(
            query: query, metrics: plan.metrics.map(\.metric),
            dimensions: plan.dimensions.map { .init(name: $0.name, label: $0.label) },
            period: plan.spans.now, comparedWith: plan.spans.before, rows: rows,
            totals: try totals(query, assembly, reader, now),
            provenance: provenance(
                plan, evaluation, result.remarks,
                assembly.notes(ranking: currency) + (conversion?.lines ?? []), reader.snapshot,
                zone, now),
            conversion: conversion, dataCommit: dataCommit)
        let targeted = query.hasTargets ? targeted(answer, plan, companies) : answer
        guard let method = query.forecast else { return targeted }
        return try forecast(targeted, by: method, plan, with: reader, now: now)
    }

    /// The answer with the targets of its figures.
    private func targeted(
        _ answer: MetricAnswer, _ plan: MetricPlan, _ companies: [Company]
    ) -> MetricAnswer {
        let search = TargetSearch(
            targets: targets, plan: plan, query: answer.query,
            companies: Set(companies.map(\.code)),
            all: Set(schema.companies.companies.map(\.code)))
        var answer = answer
        for metric in plan.metrics.indices {
            for row in answer.rows.indices {
                answer.rows[row].cells[metric] = search.cells(
                    answer.rows[row].cells[metric], of: metric,
                    members: answer.rows[row].members, step: answer.rows[row].step?.start)
            }
            answer.totals[metric] = search.cells(
                answer.totals[metric], of: metric, members: [], step: nil)
        }
        return answer
    }

    /// The currency that decides the order of members, found without telling members apart.
    private func leadingCurrency(
        _ query: MetricQuery, _ plan: MetricPlan, _ reader: ScanReader, _ now: Instant
    ) throws -> Currency? {
        guard case .metric(let index, _) = plan.order else { return nil }
        var whole = query.undivided
        whole.grain = nil
        whole.metrics = [query.metrics[index]]
        let companies = reader.snapshot.companies
        let own = try MetricPlan(
            whole, definitions: self, today: plan.spans.today, companies: companies)
        return try evaluated(own, whole, with: reader, now).1.leadingCurrency(of: 0, companies)
    }

    /// The question about the rows of all members but some of its only dimension.
    private func rest(
        _ query: MetricQuery, _ plan: MetricPlan, _ companies: [Company], without named: [Cell]
    ) throws -> MetricPlan {
        var rest = try MetricPlan(
            query.undivided, definitions: self, today: plan.spans.today, companies: companies)
        rest.exclude(named, of: plan.dimensions[0])
        return rest
    }

    /// The question without its steps, if the order of its members needs it.
    private func whole(
        _ query: MetricQuery, _ plan: MetricPlan, _ reader: ScanReader, _ now: Instant
    ) throws -> (PlanResult, PlanEvaluation)? {
        guard query.grain != nil, !query.by.isEmpty, case .metric(let index, _) = plan.order,
            plan.metrics[index].hasTotal || plan.metrics[index].hasDays
                || !plan.metrics[index].ofMembers.isEmpty
                || plan.metrics[index].bases.values.contains(where: {
                    !plan.bases[$0].isMergeableOverTime
                })
        else { return nil }
        var whole = query
        whole.grain = nil
        let own = try MetricPlan(
            whole, definitions: self, today: plan.spans.today,
            companies: reader.snapshot.companies)
        return try evaluated(own, whole, with: reader, now)
    }

    /// Runs a plan, and the same question without its dimensions where a formula asks for totals.
    func evaluated(
        _ plan: MetricPlan, _ query: MetricQuery, with reader: ScanReader, _ now: Instant
    ) throws -> (PlanResult, PlanEvaluation) {
        let companies = reader.snapshot.companies
        let result = try plan.execute(on: reader, figures(plan, query, reader, now))
        guard !query.by.isEmpty, plan.metrics.contains(where: \.hasTotal) else {
            return (
                result,
                PlanEvaluation(plan, result, definitions: self, companies: companies)
            )
        }
        let undivided = query.undivided
        let own = try MetricPlan(
            undivided, definitions: self, today: plan.spans.today, companies: companies)
        let sums = try own.execute(on: reader, figures(own, undivided, reader, now))
        let evaluation = PlanEvaluation(own, sums, definitions: self, companies: companies)
        return (
            result,
            PlanEvaluation(plan, result, definitions: self, companies: companies) {
                metric, planned, currency, place in
                let tally =
                    place.isBefore ? sums.before(0, place.step) : sums.now(0, place.step)
                let like = own.metrics.first { $0.metric.name == planned.metric.name }
                return try like.flatMap {
                    try evaluation.value(of: metric, in: $0, tally, currency, place)
                }
            }
        )
    }

    private func figures(
        _ plan: MetricPlan, _ query: MetricQuery, _ reader: ScanReader, _ now: Instant
    ) throws -> [MemberFigures] {
        try plan.ofMembers.map {
            try MemberFigures(
                $0.name, $0.metric, in: query, definitions: self, with: reader, now: now)
        }
    }

    /// Totals from the rows where they can be put together, otherwise by a question of their own.
    private func totals(
        _ query: MetricQuery, _ assembly: AnswerAssembly, _ reader: ScanReader, _ now: Instant
    ) throws -> [[MetricAnswer.Cell]] {
        let isWhole = query.grain == nil
        let canBePutTogether =
            assembly.plan.ofMembers.isEmpty
            && assembly.plan.bases.allSatisfy {
                isWhole ? $0.isMergeable : $0.isMergeableOverTime
            }
        let isOfSteps =
            isWhole || !assembly.plan.metrics.contains { $0.hasTotal || $0.hasDays }
        if query.by.isEmpty && isWhole || canBePutTogether && isOfSteps {
            return try assembly.totals()
        }
        var whole = query
        whole.by = []
        whole.grain = nil
        whole.forecast = nil
        whole.limit = nil
        whole.order = nil
        return try answer(whole, with: reader, now: now).totals
    }

    /// The zone of the first company, in the order of `companies.yaml`.
    ///
    /// - Throws: `Advice` when there is no company.
    static func zone(of companies: [Company]) throws -> Zone {
        if let first = companies.first { return first.zone }
        throw Advice(
            .denied, "there is no company in view",
            remedy: "ask an administrator for access to a company")
    }

    private func provenance(
        _ plan: MetricPlan, _ evaluation: PlanEvaluation, _ remarks: [String], _ notes: [String],
        _ snapshot: Snapshot, _ zone: Zone, _ now: Instant
    ) -> Provenance {
        var bases: [String] = []
        for metric in plan.metrics where !bases.contains(metric.metric.basis) {
            bases.append(metric.metric.basis)
        }
        let codes = Set(evaluation.currencies.flatMap { $0.map(\.code) }).sorted()
        let hashes =
            plan.metrics.map(\.metric.hash) + plan.dimensions.compactMap(\.definition)
            + [plan.conversion?.table.hash].compactMap { $0 }
            + plan.filters.compactMap { dimensions[$0.path]?.hash }
            + (plan.hasTargets ? targets(of: plan).map(\.hash) : [])
        return Provenance(
            companies: snapshot.companies.map(\.name), period: plan.spans.now, zone: zone,
            basis: bases.joined(separator: "; "), currency: Self.words(forCurrencies: codes),
            filters: plan.filters.map(\.description), commit: snapshot.commit.number,
            committedAt: snapshot.commit.time, generatedAt: now,
            definition: hashes.count == 1 ? hashes[0] : DefinitionHash.of(hashes),
            remarks: remarks, notes: Self.zoneNotes(snapshot.companies) + notes)
    }

    private func targets(of plan: MetricPlan) -> [Target] {
        targets.filter { target in plan.metrics.contains { $0.metric.name == target.metric } }
    }

    /// How a result says which currencies it shows.
    static func words(forCurrencies codes: [String]) -> String {
        switch codes.count {
        case 0: "no amounts"
        case 1: codes[0]
        default: "per currency: " + codes.joined(separator: ", ")
        }
    }

    /// What the reader must know when the companies' days do not begin together.
    static func zoneNotes(_ companies: [Company]) -> [String] {
        let zones = Set(companies.map(\.zone.name))
        return zones.count < 2
            ? []
            : [
                "days begin and end in each company's own zone: \(zones.sorted().joined(separator: ", "))"
            ]
    }
}
