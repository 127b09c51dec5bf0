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
        let currencyColumn: String?
        let isStepwise: Bool
    }

    /// Puts bases that read the same rows into one pass each.
    ///
    /// Counts that need no currency join a pass that has one: they are added up over currencies.
    /// Numbers of different values cannot be added up, and get a pass of their own.
    static func scans(
        for bases: [PlannedBase], dimensions: [PlannedDimension], spans: PlannedSpans,
        filters: [Condition], schema: Schema
    ) throws -> [PlannedScan] {
        var passes: [Pass] = []
        var members: [Pass: [Int]] = [:]
        // Bases with a currency come first, so that the others find their passes.
        let order =
            bases.indices.filter { bases[$0].currencyColumn != nil }
            + bases.indices.filter { bases[$0].currencyColumn == nil }
        for index in order {
            let planned = bases[index]
            let own = Pass(
                model: planned.base.model, conditions: planned.base.conditions,
                date: planned.base.date, accumulation: planned.base.accumulation,
                followsPeriod: planned.base.followsPeriod,
                currencyColumn: planned.currencyColumn,
                isStepwise: planned.isStepwise && spans.grain != nil)
            let pass =
                passes.first { pass in
                    pass == own
                        || (planned.currencyColumn == nil && planned.isMergeable
                            && pass.model == own.model && pass.conditions == own.conditions
                            && pass.date == own.date && pass.accumulation == own.accumulation
                            && pass.isStepwise == own.isStepwise)
                } ?? own
            if members[pass] == nil { passes.append(pass) }
            members[pass, default: []].append(index)
        }
        return try passes.flatMap { pass in
            let scanning = Scanning(
                pass: pass, members: members[pass] ?? [], bases: bases, dimensions: dimensions,
                spans: spans, filters: filters, schema: schema)
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
        let schema: Schema

        /// One scan for all steps.
        func scan() throws -> PlannedScan {
            func accumulation(_ span: Period) throws -> PlannedAccumulation? {
                try pass.accumulation.map {
                    try PlannedAccumulation($0, over: span, by: spans.grain, in: spans.calendar)
                }
            }
            return try scan(
                Part(
                    span: spans.now, days: days(spans.now), accumulation: accumulation(spans.now)),
                try before.map {
                    Part(span: $0, days: days($0), accumulation: try accumulation($0))
                })
        }

        /// One scan for each step, which values all rows by tables as of its end.
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
            func measures(_ part: Part) throws -> [[Measure]] {
                try members.map { index in
                    bases[index].measures(try bases[index].valuation(over: part.days, schema))
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
                accumulationNow: now.accumulation, accumulationBefore: before?.accumulation,
                date: pass.date, isStanding: pass.accumulation == .standing,
                hasStep: spans.grain != nil && pass.date != nil,
                areStepsNumbered: spans.grain?.isFiscal == true,
                hasCurrency: pass.currencyColumn != nil, outputs: outputs)
        }

        private func request(_ part: Part, _ measures: [Measure]) throws -> ScanRequest {
            let model = try schema.model(pass.model)
            let asked = AskedDays(part.span, today: spans.today)
            var groups = dimensions.compactMap { $0.groups[pass.model]?.group(asked) }
            if let grain = spans.grain, let date = pass.date {
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
                try $0.filter(for: model, in: schema, asked: asked)
            }
            let days = pass.date.map {
                [Filter.days(ColumnPath($0), part.accumulation?.days ?? part.span)]
            }
            return ScanRequest(
                model: pass.model, filters: (days ?? []) + conditions, groups: groups,
                measures: measures)
        }
    }
}
