import Store
import Vocabulary

/// Collects the base metrics that asked metrics rest on, each once.
///
/// A count in a formula with amounts is told apart by the currency of the amounts' rows when both
/// read the same model: revenue ÷ sales is per currency, and so divides DKK by the sales in DKK.
struct BaseCollector {
    private let definitions: Definitions
    private let conversion: CurrencyConversion?
    private(set) var bases: [PlannedBase] = []
    private(set) var ofMembers: [PlannedMembers] = []

    init(_ definitions: Definitions, _ conversion: CurrencyConversion? = nil) {
        self.definitions = definitions
        self.conversion = conversion
    }

    mutating func plan(_ metric: Metric) throws -> PlannedMetric {
        var needed: [(name: String, base: BaseMetric)] = []
        var members: [(name: String, metric: MemberMetric)] = []
        try collect(metric, into: &needed, &members)
        let currencies =
            conversion != nil
            ? [:]
            : Dictionary(
                needed.compactMap { part in
                    part.base.currencyColumn.map { (part.base.model, $0) }
                }, uniquingKeysWith: { first, _ in first })
        var indices: [String: Int] = [:]
        for (name, base) in needed {
            let planned = PlannedBase(
                name: name, label: definitions.metrics[name]?.label ?? name, base: base,
                currency: currency(of: base, currencies),
                conversion: base.isAmount ? conversion : nil)
            if let index = bases.firstIndex(of: planned) {
                indices[name] = index
            } else {
                indices[name] = bases.count
                bases.append(planned)
            }
        }
        var places: [String: Int] = [:]
        for (name, metric) in members {
            if let known = ofMembers.firstIndex(where: { $0.name == name }) {
                places[name] = known
                continue
            }
            var own = BaseCollector(definitions, conversion)
            let value = try own.plan(try definitions.metric(metric.value))
            places[name] = ofMembers.count
            ofMembers.append(
                PlannedMembers(
                    name: name, metric: metric,
                    isPerCurrency: value.isPerCurrency && metric.aggregate != .count,
                    models: Set(own.bases.map(\.base.model))
                        .union(own.ofMembers.flatMap(\.models))))
        }
        return PlannedMetric(
            metric: metric, bases: indices, ofMembers: places,
            isPerCurrency: indices.values.contains { bases[$0].currency != nil }
                || places.values.contains { ofMembers[$0].isPerCurrency },
            hasTotal: try holds(metric, \.hasTotal), hasDays: try holds(metric, \.hasDays))
    }

    private func currency(
        of base: BaseMetric, _ columns: [String: String]
    ) -> PlannedBase.Currencies? {
        if base.isAmount {
            if let conversion { return .one(conversion.target) }
            if case .amount(let currency) = base.content { return .one(currency) }
        }
        return (base.currencyColumn ?? columns[base.model]).map { .column($0) }
    }

    /// Whether its formula, or that of a metric it names, has something.
    private func holds(_ metric: Metric, _ test: (Formula) -> Bool) throws -> Bool {
        guard case .formula(let formula) = metric.source else { return false }
        return try test(formula)
            || formula.metrics.contains { try holds(try definitions.metric($0), test) }
    }

    private func collect(
        _ metric: Metric, into needed: inout [(name: String, base: BaseMetric)],
        _ members: inout [(name: String, metric: MemberMetric)]
    ) throws {
        switch metric.source {
        case .base(let base):
            if !needed.contains(where: { $0.name == metric.name }) {
                needed.append((metric.name, base))
            }
        case .formula(let formula):
            for name in formula.metrics {
                try collect(try definitions.metric(name), into: &needed, &members)
            }
        case .members(let own):
            if !members.contains(where: { $0.name == metric.name }) {
                members.append((metric.name, own))
            }
        }
    }
}
