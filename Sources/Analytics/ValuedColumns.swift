import Store
import Vocabulary

/// The columns that stand before those of a model where numbers of rows are multiplied by tables or
/// converted: the value that counts, the number it is made of, and what each table said.
///
/// The value comes first because lines of totals have the currency of a row's first amount.
struct ValuedColumns: Sendable {
    private let valuer: RowValuer
    private let label: String
    /// The column that is multiplied; nil for one.
    private let number: Register.Column?
    /// Whether totals are those of the values; rows that show amounts have a line per currency, which
    /// numbers do not fit.
    private let isTotalled: Bool

    init(_ valuer: RowValuer, _ metric: Metric, number: Register.Column?, besideAmounts: Bool) {
        self.valuer = valuer
        self.number = valuer.hasValue ? number : nil
        label = metric.label
        isTotalled = valuer.planned.base.isAmount || !besideAmounts
    }

    /// Where the value stands among the columns, if there is one to be added up.
    var totalled: Int? { valuer.hasValue && isTotalled ? 0 : nil }

    /// The heads of the columns.
    var header: [ResultColumn] {
        let kind = kind(valuer.planned.base.content)
        var columns: [ResultColumn] = []
        if valuer.hasValue {
            columns.append(
                ResultColumn(
                    name: "row_value", label: label, kind: kind, isTotalled: isTotalled))
        }
        columns += [number?.result].compactMap { $0 }.map {
            ResultColumn(name: $0.name, label: $0.label, kind: $0.kind)
        }
        for place in valuer.valuation.factors.indices {
            guard let table = valuer.table(place) else { continue }
            columns += [
                ResultColumn(name: "row_\(table.name)", label: table.label, kind: .text),
                ResultColumn(
                    name: "row_\(table.name)_days", label: "\(table.label): of", kind: .text),
            ]
            if valuer.hasProduct(place) {
                columns.append(ResultColumn(name: "row_product", label: "Product", kind: kind))
            }
        }
        return columns
    }

    private func kind(_ content: BaseMetric.Content) -> ResultColumn.Kind {
        switch content {
        case .money, .amount: .money
        case .number(let scale) where scale > 0: .decimal(scale: scale)
        case .number, .duration, .other: .integer
        }
    }

    /// The cells of a row.
    func values(_ row: CountedRow) -> [Value] {
        let base = valuer.planned.base
        let own = valuer.currency(row.steps) ?? row.share.currency
        var values: [Value] = []
        if valuer.hasValue { values.append(value(row.share.value, row.share.currency)) }
        if let number {
            values.append(Self.value(row.number, number.type, own))
        }
        for (place, step) in row.steps.enumerated() {
            let quote = valuer.quote(place, step)
            let words = quote.map { quote in
                valuer.isConversion(place) ? quote.value : "\(quote.word): \(quote.value)"
            }
            values += [
                words.map { .text($0) } ?? .missing, quote.map { .text($0.days) } ?? .missing,
            ]
            if valuer.hasProduct(place) {
                var currency = own
                if case .amount(let known) = base.content { currency = known }
                values.append(value(step.number.map { .number($0) } ?? .missing, currency))
            }
        }
        return values
    }

    /// A value of the figure's own sort.
    private func value(_ cell: Cell, _ currency: Currency?) -> Value {
        switch valuer.planned.base.content {
        case .money(let name): Self.value(cell, .money(currency: name), currency)
        case .amount: Self.value(cell, .money(currency: ""), currency)
        case .number(let scale) where scale > 0: Self.value(cell, .decimal(scale: scale), nil)
        case .number, .duration, .other: Self.value(cell, .integer, nil)
        }
    }

    private static func value(_ cell: Cell, _ type: ColumnType, _ currency: Currency?) -> Value {
        guard case .number(let number) = cell else { return .missing }
        switch type {
        case .money:
            return currency.map { .money(Money(minorUnits: Int128(number), currency: $0)) }
                ?? .missing
        case .decimal(let scale):
            return .decimal(ExactDecimal(unscaled: Int128(number), scale: scale))
        default: return .integer(number)
        }
    }

    /// A sum of values.
    func total(_ sum: Int128, _ currency: Currency?) -> Value {
        switch valuer.planned.base.content {
        case .money, .amount:
            currency.map { .money(Money(minorUnits: sum, currency: $0)) } ?? .missing
        case .number(let scale) where scale > 0: .decimal(ExactDecimal(unscaled: sum, scale: scale))
        case .number, .duration, .other: .whole(sum)
        }
    }
}

extension RowValuer {
    /// Whether what rows give is not the number that they hold.
    fileprivate var hasValue: Bool { planned.countsLosses }

    /// The table of a multiplication.
    func table(_ place: Int) -> ReferenceTable? {
        isConversion(place) ? planned.conversion?.table : planned.base.factor?.table
    }

    /// Whether a multiplication makes a number that another one is applied to.
    fileprivate func hasProduct(_ place: Int) -> Bool {
        hasValue && place < valuation.factors.count - 1 && planned.base.factor?.form != .presence
    }

    /// The currency of a row's own number, where it is converted.
    fileprivate func currency(_ steps: [Step]) -> Currency? {
        guard planned.conversion != nil, let word = steps.last?.word else { return nil }
        return Currency(word)
    }
}
