import Store
import Vocabulary

extension MetricPlan {
    /// Checks a query against the definitions and plans it.
    ///
    /// - Throws: `Advice` that says what in the query is impossible and what is possible instead.
    init(
        _ query: MetricQuery, definitions: Definitions, today: LocalDay, companies: [Company]
    ) throws {
        guard !query.metrics.isEmpty, query.metrics.count <= QueryLimits.metrics else {
            throw Advice(
                .request, "the query names \(query.metrics.count) metrics",
                remedy: "name 1 to \(QueryLimits.metrics)")
        }
        if let twice = Self.repeated(query.metrics) ?? Self.repeated(query.by) {
            throw Advice(.request, "‘\(twice)’ is named twice", remedy: "name it once")
        }
        guard query.by.count + (query.grain == nil ? 0 : 1) <= QueryLimits.groupings else {
            throw Advice(
                .request, "the query splits by more than \(QueryLimits.groupings) things",
                remedy: "name at most \(QueryLimits.groupings) dimensions, a grain counts as one")
        }
        let asked = try query.metrics.map { try definitions.metric($0) }
        if let grain = query.grain, let undated = asked.first(where: { !$0.isDated }) {
            throw Advice(
                .request,
                "metric ‘\(undated.name)’ has no date, so there is none per \(grain.rawValue)",
                remedy: "leave the grain out")
        }
        conversion = try query.currency.flatMap {
            try CurrencyConversion($0, definitions, companies: companies)
        }
        var collector = BaseCollector(definitions, conversion)
        metrics = try asked.map { try collector.plan($0) }
        (bases, ofMembers) = (collector.bases, collector.ofMembers)
        let schema = definitions.schema
        let modelNames = Set(bases.map(\.base.model)).union(ofMembers.flatMap(\.models)).sorted()
        let models = try modelNames.map { try schema.model($0) }
        dimensions = try query.by.map {
            try PlannedDimension(
                $0, models: models, definitions: definitions,
                mayBeQuantities: query.tellsQuantitiesApart)
        }
        spans = try PlannedSpans(query, today: today, companies: companies)
        scans = try PlannedScan.scans(
            for: bases, dimensions: dimensions, spans: spans, filters: query.filters,
            schema: schema)
        order = try Self.order(query, dimensions)
        if let limit = query.limit, !QueryLimits.members.contains(limit) {
            throw Advice(
                .request, "\(limit) is not a number of members",
                remedy: "use \(QueryLimits.members.lowerBound) to "
                    + "\(QueryLimits.members.upperBound)")
        }
        limit = dimensions.isEmpty ? nil : query.limit
        filters = query.filters
        self.models = try Self.models(read: query, asked, models, definitions)
    }

    private static func repeated(_ names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }

    private static func order(
        _ query: MetricQuery, _ dimensions: [PlannedDimension]
    ) throws -> PlannedOrder {
        guard let order = query.order else {
            // Bands stand in their own order.
            return dimensions.count == 1 && dimensions[0].labels != nil
                ? .dimension(0, isDescending: false) : .metric(0, isDescending: true)
        }
        if let index = query.metrics.firstIndex(of: order.name) {
            return .metric(index, isDescending: order.isDescending)
        }
        if let index = query.by.firstIndex(of: order.name) {
            return .dimension(index, isDescending: order.isDescending)
        }
        throw Advice(
            .request, "the query cannot be ordered by ‘\(order.name)’, which is not part of it",
            remedy: Spelling.remedy(for: order.name, legal: query.metrics + query.by))
    }

    private static func models(
        read query: MetricQuery, _ asked: [Metric], _ models: [Model],
        _ definitions: Definitions
    ) throws -> Set<String> {
        var read = asked.reduce(into: Set<String>()) { $0.formUnion($1.models) }
        for model in models {
            for name in query.by + query.filters.map(\.path) where name != "company" {
                guard let path = try definitions.path(of: name, in: model) else { continue }
                read.formUnion(definitions.schema.models(read: path, from: model))
            }
        }
        return read
    }
}
