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

    init(_ definitions: Definitions, _ conversion: CurrencyConversion? = nil) {
        self.definitions = definitions
        self.conversion = conversion
    }

    mutating func plan(_ metric: Metric) throws -> PlannedMetric {
        var needed: [(name: String, base: BaseMetric)] = []
        try collect(metric, into: &needed)
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
                name: name, base: base, currency: currency(of: base, currencies),
                conversion: base.isAmount ? conversion : nil)
            if let index = bases.firstIndex(of: planned) {
                indices[name] = index
            } else {
                indices[name] = bases.count
                bases.append(planned)
            }
        }
        return PlannedMetric(
            metric: metric, bases: indices,
            isPerCurrency: indices.values.contains { bases[$0].currency != nil },
            hasTotal: try hasTotal(metric))
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

    private func hasTotal(_ metric: Metric) throws -> Bool {
        guard case .formula(let formula) = metric.source else { return false }
        return try formula.hasTotal
            || formula.metrics.contains { try hasTotal(try definitions.metric($0)) }
    }

    private func collect(
        _ metric: Metric, into needed: inout [(name: String, base: BaseMetric)]
    ) throws {
        switch metric.source {
        case .base(let base):
            if !needed.contains(where: { $0.name == metric.name }) {
                needed.append((metric.name, base))
            }
        case .formula(let formula):
            for name in formula.metrics {
                try collect(try definitions.metric(name), into: &needed)
            }
        }
    }
}
