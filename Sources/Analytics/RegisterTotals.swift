import Store
import Vocabulary

/// The totals of a register, by scan rather than by walking its rows.
///
/// They are exactly what `ResultFooting` finds when the rows pass by.
struct RegisterTotals {
    /// The lines.
    let lines: [ResultTotal]
    /// Codes of the currencies that rows have.
    let currencies: [String]
    /// What the reader must know.
    let remarks: [String]

    init(_ register: Register, filters: [Filter], with reader: ScanReader) throws {
        let totalled = register.columns.indices.filter { register.columns[$0].result.isTotalled }
        let amounts = register.columns.filter { $0.currency != nil }
        // A register has one currency column, or no totals: `Register.init` sees to it.
        let currency = amounts.first?.currency
        func scan(_ filters: [Filter], _ measures: [Measure]) throws -> ScanResult.Rows {
            try reader.scan(
                ScanRequest(
                    model: register.model, filters: filters,
                    groups: currency.map { [.value($0)] } ?? [], measures: measures)
            ).rows
        }
        func shown(by row: ScanResult.Row) -> Currency? {
            guard case .text(let code)? = row.key.first else { return nil }
            return Currency(code)
        }
        let rows = try scan(
            filters,
            [.count]
                + totalled.flatMap { index -> [Measure] in
                    let path = register.columns[index].path
                    return [.sum(.column(path)), .countPresent(path)]
                })
        var footing = ResultFooting(columns: register.columns.map(\.result))
        var codes: Set<String> = []
        var unclear = Int128(0)
        for row in rows {
            let own = shown(by: row)
            if let own { codes.insert(own.code) } else { unclear += row.values[0] ?? 0 }
            for (position, index) in totalled.enumerated()
            where (row.values[2 + 2 * position] ?? 0) > 0 {
                let sum = row.values[1 + 2 * position] ?? 0
                footing.add(Self.value(sum, register.columns[index].type, own), to: index)
            }
        }
        if currency == nil {
            unclear = 0
        } else if unclear > 0 {
            // Rows without any amount need no currency.
            let blank = try scan(filters + amounts.map { .among($0.path, [.missing]) }, [.count])
            for row in blank where shown(by: row) == nil { unclear -= row.values[0] ?? 0 }
        }
        lines = footing.totals
        currencies = codes.sorted()
        remarks =
            unclear == 0
            ? []
            : [
                "incomplete: \(unclear) rows of \(register.model) have amounts without a valid currency"
            ]
    }

    private static func value(_ sum: Int128, _ type: ColumnType, _ currency: Currency?) -> Value {
        switch type {
        case .money:
            currency.map { .money(Money(minorUnits: sum, currency: $0)) } ?? .missing
        case .decimal(let scale): .decimal(ExactDecimal(unscaled: sum, scale: scale))
        default: .whole(sum)
        }
    }
}
