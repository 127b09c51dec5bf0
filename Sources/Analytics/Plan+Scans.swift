import Store
import Vocabulary

extension PlannedScan {
    /// What has to be equal for two bases to be read in one pass.
    private struct Pass: Hashable {
        let model: String
        let conditions: [Condition]
        let date: String?
        let accumulation: BaseMetric.Accumulation?
        let followsPeriod: Bool
        let course: Course?
        let currencyColumn: String?
        /// Whether each step is computed by a scan of its own.
        let isStepwise: Bool
        /// Whether what a scan reads is not divided by days: all of it is the value of its step.
        let isWindowed: Bool
    }

    /// Puts bases that read the same rows into one pass each.
    ///
    /// Counts that need no currency join a pass that has one: they are added up over currencies.
    /// Numbers of different values cannot be added up, and get a pass of their own.
    static func scans(
        for bases: [PlannedBase], dimensions: [PlannedDimension], spans: PlannedSpans,
        filters: [Condition], definitions: Definitions
    ) throws -> [PlannedScan] {
        var passes: [Pass] = []
        var members: [Pass: [Int]] = [:]
        // Bases with a currency come first, so that the others find their passes.
        let order =
            bases.indices.filter { bases[$0].currencyColumn != nil }
            + bases.indices.filter { bases[$0].currencyColumn == nil }
        for index in order {
            let planned = bases[index]
            let isWindowed = planned.base.isTrailing && !planned.isAddable
            let own = Pass(
                model: planned.base.model, conditions: planned.base.conditions,
                date: planned.base.date, accumulation: planned.base.accumulation,
                followsPeriod: planned.base.followsPeriod, course: planned.base.course,
                currencyColumn: planned.currencyColumn,
                isStepwise: planned.isStepwise && spans.grain != nil || isWindowed,
                isWindowed: isWindowed)
            let pass =
                passes.first { pass in
                    pass == own
                        || (planned.currencyColumn == nil && planned.isMergeable
                            && pass.model == own.model && pass.conditions == own.conditions
                            && pass.date == own.date && pass.accumulation == own.accumulation
                            && pass.isStepwise == own.isStepwise
                            && pass.isWindowed == own.isWindowed
                            && pass.course == own.course)
                } ?? own
            if members[pass] == nil { passes.append(pass) }
            members[pass, default: []].append(index)
        }
        return try passes.flatMap { pass in
            let scanning = Scanning(
                pass: pass, members: members[pass] ?? [], bases: bases, dimensions: dimensions,
                spans: spans, filters: filters, definitions: definitions)
            return pass.isStepwise ? try scanning.scanOfEachStep() : [try scanning.scan()]
        }
    }

    /// Makes the scans of one pass.
    private struct Scanning {
        let pass: Pass
        let members: [Int]
        let bases: [PlannedBase]
        let dimensions: [PlannedDimension]
        let spans: PlannedSpans
        let filters: [Condition]
        let definitions: Definitions

        private var schema: Schema { definitions.schema }

        /// One scan for all steps.
        func scan() throws -> PlannedScan {
            func accumulation(_ span: Period) throws -> PlannedAccumulation? {
                try pass.accumulation.map {
                    try PlannedAccumulation(
                        $0, over: span, by: spans.grain, in: spans.calendar, today: spans.today)
                }
            }
            return try scan(
                Part(
                    span: spans.now, days: days(spans.now), accumulation: accumulation(spans.now)),
                try before.map {
                    Part(span: $0, days: days($0), accumulation: try accumulation($0))
                })
        }

        /// One scan for each step: of all rows valued by tables as of its end, or of what it looks
        /// back on, where that overlaps with other steps and cannot be added up.
        func scanOfEachStep() throws -> [PlannedScan] {
            func parts(_ span: Period) throws -> [Part] {
                try days(span).steps.map { step in
                    Part(
                        span: span, days: ValueDays(step: step, today: spans.today),
                        accumulation: try pass.accumulation.map {
                            try PlannedAccumulation(
                                $0, of: step, in: span, today: spans.today, spans.calendar)
                        })
                }
            }
            let parts = (now: try parts(spans.now), before: try before.map(parts) ?? [])
            guard !pass.isWindowed || parts.now.count <= QueryLimits.windows else {
                throw Advice(
                    .request,
                    "\(parts.now.count) steps would each be read on their own, because what they "
                        + "look back on overlaps and cannot be added up",
                    remedy: "ask for at most \(QueryLimits.windows) steps")
            }
            return try parts.now.enumerated().map { step, part in
                var scan = try scan(
                    part, parts.before.indices.contains(step) ? parts.before[step] : nil)
                scan.step = step
                return scan
            }
        }

        private var before: Period? { pass.followsPeriod ? spans.before : nil }

        private func days(_ span: Period) -> ValueDays {
            ValueDays(span, by: spans.grain, today: spans.today, in: spans.calendar)
        }

        /// What one request is made for.
        private struct Part {
            let span: Period
            /// The days that values of tables depend on.
            let days: ValueDays
            let accumulation: PlannedAccumulation?
        }

        private func scan(_ now: Part, _ before: Part?) throws -> PlannedScan {
            if pass.course != nil || pass.accumulation == .standing {
                try PlannedScan.refuseNovelty(dimensions, of: pass.model)
            }
            func measures(_ part: Part) throws -> [[Measure]] {
                try members.map { index in
                    bases[index].measures(
                        try bases[index].valuation(over: part.days, schema), today: spans.today)
                }
            }
            // Equal measures are made once; with tables they must be equal for both requests.
            let own = try measures(now)
            let others = try before.map(measures) ?? own
            var pairs: [[Measure]] = []
            var outputs: [Output] = []
            for (member, (own, others)) in zip(members, zip(own, others)) {
                let places = zip(own, others).map { measure, other in
                    if let place = pairs.firstIndex(of: [measure, other]) { return place }
                    pairs.append([measure, other])
                    return pairs.count - 1
                }
                outputs.append(Output(base: member, measures: places))
            }
            // The last measure says whether rows are left.
            if pass.accumulation == .standing { pairs.append([.count, .count]) }
            return PlannedScan(
                now: try request(now, pairs.map { $0[0] }),
                before: try before.map { try request($0, pairs.map { $0[1] }) },
                accumulationNow: pass.isWindowed ? nil : now.accumulation,
                accumulationBefore: pass.isWindowed ? nil : before?.accumulation,
                date: pass.date, isStanding: pass.accumulation == .standing,
                course: pass.course,
                isWindowed: pass.isWindowed,
                hasStep: !pass.isWindowed && spans.grain != nil && pass.date != nil,
                areStepsNumbered: spans.grain?.isFiscal == true,
                hasCurrency: pass.currencyColumn != nil, outputs: outputs)
        }

        private func request(_ part: Part, _ measures: [Measure]) throws -> ScanRequest {
            let model = try schema.model(pass.model)
            let terms = ConditionTerms(
                dimensions: definitions.dimensions, date: pass.date.flatMap(model.column))
            let asked = AskedDays(part.span, today: spans.today)
            var groups = dimensions.compactMap {
                $0.groups[pass.model]?.group(asked, date: pass.date)
            }
            if !pass.isWindowed, pass.course == nil, let grain = spans.grain, let date = pass.date {
                let path = ColumnPath(date)
                let steps = part.span.steps(of: grain, in: spans.calendar)
                if let accumulation = part.accumulation {
                    groups.append(.dayBand(path, bounds: accumulation.bounds))
                } else if grain.isFiscal {
                    groups.append(.dayBand(path, bounds: Array(steps.dropFirst())))
                } else {
                    groups.append(.step(path, grain))
                }
            }
            if let currency = pass.currencyColumn { groups.append(.value(ColumnPath(currency))) }
            let conditions = try (pass.conditions + filters).map {
                try $0.filter(for: model, in: schema, asked: asked, terms: terms)
            }
            let days = (pass.course == nil ? pass.date : nil).map {
                [Filter.days(ColumnPath($0), part.accumulation?.days ?? part.span)]
            }
            return ScanRequest(
                model: pass.model, filters: (days ?? []) + conditions, groups: groups,
                measures: measures)
        }
    }

    /// Refuses to split what is followed over time by whether a member is new.
    private static func refuseNovelty(
        _ dimensions: [PlannedDimension], of model: String
    ) throws {
        for dimension in dimensions {
            guard case .group(.novelty)? = dimension.groups[model] else { continue }
            throw Advice(
                .request,
                "figures that follow rows over time cannot be split by ‘\(dimension.name)’",
                remedy: "split by a column, or ask for counts and sums of rows")
        }
    }
}
