import Store
import Vocabulary

/// How the rows of a base metric are shown: who they are, then all columns of the model.
extension RegisterReading {
    /// The columns of a table of counted rows, and how its lines are read.
    ///
    /// Amounts of another currency column than the metric's are left out, for a line of totals has
    /// one currency; references are shown by name. Where rows are valued by tables, what tables make
    /// of them stands first.
    static func explaining(
        _ planned: PlannedBase, _ metric: Metric, valuer: RowValuer? = nil,
        definitions: Definitions, companies: [Company]
    ) throws -> (columns: [ResultColumn], reading: RegisterReading) {
        let base = planned.base
        let schema = definitions.schema
        let model = try schema.model(base.model)
        var columns: [Register.Column] = []
        for column in model.columns {
            guard
                let found = try Register.Column(
                    showing: ColumnPath(column.name), of: model, schema: schema)
            else { continue }
            if let own = planned.currencyColumn, let currency = found.currency,
                currency.column != own
            {
                continue
            }
            columns.append(found)
        }
        if planned.currencyColumn == nil, Set(columns.compactMap(\.currency)).count > 1 {
            columns.removeAll { $0.currency != nil }
        }
        let number = ColumnPath(base.column ?? "")
        var valued: ValuedColumns?
        if let valuer {
            let own = try base.column.flatMap {
                try Register.Column(showing: ColumnPath($0), of: model, schema: schema)
            }
            if planned.countsLosses { columns.removeAll { $0.path == number } }
            valued = ValuedColumns(
                valuer, metric, number: own,
                besideAmounts: columns.contains { $0.currency != nil })
        }
        // Where rows show amounts, only amounts are totalled: totals are per currency.
        let areAmounts = columns.contains { $0.currency != nil }
        let totalled = columns.firstIndex {
            $0.path == number && $0.type.isAddable
                && ($0.currency != nil) == areAmounts
                && (!areAmounts || planned.currencyColumn == $0.currency?.column)
        }
        var reading = RegisterReading(
            showing: columns, totalled: totalled, companies: companies,
            zone: try Definitions.zone(of: companies))
        reading.valued = valued
        return (reading.header, reading)
    }

    /// A reading of these columns and the currencies of their amounts.
    init(
        showing columns: [Register.Column], totalled: Int? = nil, companies: [Company], zone: Zone
    ) {
        let currencies = Set(columns.compactMap(\.currency)).sorted {
            $0.description < $1.description
        }
        self.init(
            columns: columns,
            currencyIndices: columns.map { column in
                column.currency.flatMap { currencies.firstIndex(of: $0) }.map {
                    $0 + columns.count
                }
            }, zone: zone, currencyPaths: currencies, totalled: totalled,
            names: Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0.name) }))
    }

    /// What has to be read of each row.
    var paths: [ColumnPath] { columns.map(\.path) + currencyPaths }

    /// The columns of the table.
    private var header: [ResultColumn] {
        [ResultColumn(name: "row", label: "Row", kind: .identifier)]
            + (names.count > 1
                ? [ResultColumn(name: "row_company", label: "Company", kind: .text)] : [])
            + (valued?.header ?? [])
            + columns.indices.map { index in
                let shown = columns[index].result
                return ResultColumn(
                    name: shown.name, label: shown.label, kind: shown.kind,
                    isTotalled: index == totalled)
            }
    }

    /// One line of the table.
    func line(_ row: CountedRow) -> [Value] {
        [.text(row.name.words)]
            + (names.count > 1 ? [.text(names[row.company] ?? row.company)] : [])
            + (valued?.values(row) ?? []) + values(row.cells)
    }

    /// The lines of totals, from the sums per currency.
    func totals(_ sums: [Currency?: Int128]) -> [ResultTotal] {
        let before = names.count > 1 ? 2 : 1
        let place: Int
        if let own = valued?.totalled {
            place = before + own
        } else if let totalled {
            place = before + (valued?.header.count ?? 0) + totalled
        } else {
            return []
        }
        var footing = ResultFooting(columns: header)
        for (currency, sum) in sums { footing.add(total(sum, currency), to: place) }
        return footing.totals
    }

    private func total(_ sum: Int128, _ currency: Currency?) -> Value {
        if let valued, valued.totalled != nil { return valued.total(sum, currency) }
        switch totalled.map({ columns[$0].type }) {
        case .money?:
            return currency.map { .money(Money(minorUnits: sum, currency: $0)) } ?? .missing
        case .decimal(let scale)?: return .decimal(ExactDecimal(unscaled: sum, scale: scale))
        default: return .whole(sum)
        }
    }
}

extension RowName {
    /// The key as people read it; parts of a composite key have a stroke between them.
    var words: String { "\(key)".replacing("\u{1F}", with: " / ") }
}

extension Register.Column {
    /// A column as it is shown; nil for a reference to rows without a name.
    init?(showing path: ColumnPath, of model: Model, schema: Schema) throws {
        let found = try schema.resolve(path.description, in: model)
        var (shown, type) = (found.path, found.column.type)
        if case .reference(let target) = type {
            guard let name = try schema.model(target).column("name") else { return nil }
            shown = ColumnPath(path.column, name.name)
            type = name.type
        }
        var currency: ColumnPath?
        if case .money(let name) = type {
            currency = shown.attribute == nil ? ColumnPath(name) : ColumnPath(path.column, name)
        }
        self.init(
            path: shown, type: type,
            result: ResultColumn(
                name: path.description.replacing(".", with: "_"), label: found.label,
                kind: Self.kind(of: type)),
            currency: currency)
    }

    /// What a column of a table is that shows values of a type.
    static func kind(of type: ColumnType) -> ResultColumn.Kind {
        switch type {
        case .boolean: .boolean
        case .integer: .integer
        case .decimal(let scale): .decimal(scale: scale)
        case .money: .money
        case .instant: .instant
        case .day: .day
        case .category, .text, .reference: .text
        }
    }
}
