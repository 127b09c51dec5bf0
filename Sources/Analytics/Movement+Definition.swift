import Store
import Vocabulary

extension MetricReader {
    /// The metrics of movements: amounts and members of each part.
    func movement(
        _ name: String, _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> [Metric] {
        let fields = try value.mapping(allowing: [
            "label", "description", "basis", "model", "member", "date", "where", "value",
        ])
        var common = try common(name, key, value, fields)
        common.models.insert(common.model.name + "_history")
        let label = try fields.optional("label")?.string() ?? Self.spoken(name)
        let date = try fields.required("date").reading { try common.model.dateColumn($0) }
        guard !date.hasHistory else {
            throw try fields.required("date").advice(
                "‘\(date.name)’ changes over time, so rows would come and go with it",
                remedy: "name a date that stays")
        }
        if common.member?.hasHistory == true {
            throw try fields.required("member").advice(
                "rows change their ‘\(common.member?.name ?? "")’ over time, so none can be followed",
                remedy: "name a reference that stays")
        }
        let (worth, currency, content) = try worth(fields.optional("value"), common.model)
        let movement = Movement(
            name: name, member: common.member?.name, date: date.name, worth: worth,
            currency: currency)
        let description = try fields.required("description").string()
        let basis = try fields.optional("basis")?.string() ?? "as of the ends of steps"
        return MovementPart.allCases.flatMap { part in
            [false, true].map { isCount in
                var natural = Metric.Unit.count
                if !isCount {
                    switch content {
                    case .money, .amount: natural = .money
                    case .number(let scale) where scale > 0: natural = .number(decimals: scale)
                    default: break
                    }
                }
                let base = BaseMetric(
                    model: common.model.name, aggregate: isCount ? .count : .sum, subject: .course,
                    content: isCount ? .other : content, conditions: common.conditions, date: nil,
                    accumulation: nil, followsPeriod: true,
                    course: .movement(movement, part, isCount: isCount))
                return metric(
                    "\(name)_\(part.rawValue)" + (isCount ? "_members" : ""),
                    label: "\(label), \(part.rawValue)" + (isCount ? " (members)" : ""),
                    description: description + " " + part.words(isCount: isCount), basis: basis,
                    unit: natural,
                    riseIsGood: !(isCount && (part == .churn || part == .contraction)), common,
                    .base(base))
            }
        }
    }

    private func worth(
        _ node: DefinitionNode?, _ model: Model
    ) throws -> (Movement.Worth, Currency?, BaseMetric.Content) {
        guard let node else { return (.one, nil, .number(scale: 0)) }
        let fields = try node.mapping(allowing: ["column", "prices", "currency", "decimals"])
        let columnNode = try fields.required("column")
        let column = try columnNode.reading { name -> Column in
            if let column = model.column(name) { return column }
            throw Advice(
                .request, "model ‘\(model.name)’ has no column ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: model.columns.map(\.name)))
        }
        guard let prices = fields.optional("prices") else {
            switch column.type {
            case .money(let currency):
                return (.column(column.name), nil, .money(currency: currency))
            case .integer: return (.column(column.name), nil, .number(scale: 0))
            case .decimal(let scale): return (.column(column.name), nil, .number(scale: scale))
            default:
                throw columnNode.advice(
                    "column ‘\(column.name)’ holds \(column.type.word), which is no value",
                    remedy: "add ‘prices’, a number for each of its words")
            }
        }
        guard column.type == .category else {
            throw columnNode.advice(
                "column ‘\(column.name)’ holds \(column.type.word), and prices are those of words",
                remedy: "name a category, or leave ‘prices’ out")
        }
        let currency = try fields.optional("currency")?.currency()
        let scale = try currency?.decimals ?? fields.optional("decimals")?.integer(in: 0...9) ?? 0
        var table: [String: Int64] = [:]
        for (word, price) in try prices.entries() {
            let number = try price.decimal()
            guard number.rounded(toScale: scale) == number,
                let digits = Int64(exactly: number.rounded(toScale: scale).unscaled)
            else {
                throw price.advice(
                    "‘\(try price.string())’ has more than \(scale) decimals",
                    remedy: "round it, or say ‘decimals’")
            }
            table[try word.string()] = digits
        }
        return (
            .prices(column: column.name, table), currency,
            currency.map { .amount($0) } ?? .number(scale: scale)
        )
    }
}

extension MovementPart {
    /// What is told of it in words.
    func words(isCount: Bool) -> String {
        let what =
            switch self {
            case .opening: "worth something at the end of the step before"
            case .new: "worth something now that were not before, for the first time"
            case .expansion: "worth more than at the end of the step before"
            case .contraction: "worth less than at the end of the step before"
            case .churn: "worth nothing any more"
            case .reactivation: "worth something again, after a time without"
            case .closing: "worth something at the end of the step"
            }
        return (isCount ? "How many are " : "What those add who are ") + what + "."
    }
}

extension Movement {
    /// The column that names the currency of the values, which are followed apart in each.
    func currencyColumn(of model: Model) -> String? {
        guard case .column(let name) = worth, case .money(let currency)? = model.column(name)?.type
        else { return nil }
        return currency
    }
}
