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
                currencyColumn: planned.currencyColumn)
            let pass =
                passes.first { pass in
                    pass == own
                        || (planned.currencyColumn == nil && planned.isMergeable
                            && pass.model == own.model && pass.conditions == own.conditions
                            && pass.date == own.date && pass.accumulation == own.accumulation)
                } ?? own
            if members[pass] == nil { passes.append(pass) }
            members[pass, default: []].append(index)
        }
        return try passes.map { pass in
            try scan(pass, members[pass] ?? [], bases, dimensions, spans, filters, schema)
        }
    }

    private static func scan(
        _ pass: Pass, _ members: [Int], _ bases: [PlannedBase], _ dimensions: [PlannedDimension],
        _ spans: PlannedSpans, _ filters: [Condition], _ schema: Schema
    ) throws -> PlannedScan {
        let model = try schema.model(pass.model)
        var measures: [Measure] = []
        let outputs = members.map { index in
            Output(
                base: index,
                measures: bases[index].measures.map { measure in
                    if let position = measures.firstIndex(of: measure) { return position }
                    measures.append(measure)
                    return measures.count - 1
                })
        }
        // The last measure says whether rows are left.
        if pass.accumulation == .standing { measures.append(.count) }
        let all = pass.conditions + filters
        func request(
            _ period: Period, _ accumulation: PlannedAccumulation?
        ) throws -> ScanRequest {
            let asked = AskedDays(period, today: spans.today)
            var groups = dimensions.compactMap { $0.groups[pass.model]?.group(asked) }
            if let grain = spans.grain, let date = pass.date {
                let path = ColumnPath(date)
                let steps = period.steps(of: grain, in: spans.calendar)
                if let accumulation {
                    groups.append(.dayBand(path, bounds: accumulation.bounds))
                } else if grain.isFiscal {
                    groups.append(.dayBand(path, bounds: Array(steps.dropFirst())))
                } else {
                    groups.append(.step(path, grain))
                }
            }
            if let currency = pass.currencyColumn { groups.append(.value(ColumnPath(currency))) }
            let conditions = try all.map { try $0.filter(for: model, in: schema, asked: asked) }
            let days = pass.date.map {
                [Filter.days(ColumnPath($0), accumulation?.days ?? period)]
            }
            return ScanRequest(
                model: pass.model, filters: (days ?? []) + conditions, groups: groups,
                measures: measures)
        }
        func accumulation(_ period: Period) throws -> PlannedAccumulation? {
            try pass.accumulation.map {
                try PlannedAccumulation($0, over: period, by: spans.grain, in: spans.calendar)
            }
        }
        let accumulationBefore = try spans.before.flatMap(accumulation)
        let accumulationNow = try accumulation(spans.now)
        return PlannedScan(
            now: try request(spans.now, accumulationNow),
            before: pass.followsPeriod
                ? try spans.before.map { try request($0, accumulationBefore) } : nil,
            accumulationNow: accumulationNow, accumulationBefore: accumulationBefore,
            date: pass.date, isStanding: pass.accumulation == .standing,
            hasStep: spans.grain != nil && pass.date != nil,
            areStepsNumbered: spans.grain?.isFiscal == true,
            hasCurrency: pass.currencyColumn != nil, outputs: outputs)
    }
}
