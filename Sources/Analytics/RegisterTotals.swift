import Store
import Vocabulary

/// The totals of a register, by scan rather than by walking its rows.
///
/// They are exactly what `ResultFooting` finds when the rows pass by: a line per currency of the
/// rows that show an amount, and one without a currency for the rows that show none. Rows that show
/// none are found by a second scan, and taken off the line of their currency.
struct RegisterTotals {
    /// The lines, in the order of `ResultFooting`.
    let lines: [ResultTotal]
    /// Codes of the currencies that rows have.
    let currencies: [String]
    /// What the reader must know.
    let remarks: [String]

    private struct Line {
        var rows: Int128 = 0
        /// Per totalled column, the sum and how many rows have a value.
        var sums: [(sum: Int128, present: Int128)]

        mutating func add(_ values: [Int128?], sign: Int128) {
            rows += sign * (values[0] ?? 0)
            for index in sums.indices {
                sums[index].sum += sign * (values[1 + 2 * index] ?? 0)
                sums[index].present += sign * (values[2 + 2 * index] ?? 0)
            }
        }
    }

    init(_ register: Register, filters: [Filter], with reader: ScanReader) throws {
        let totalled = register.columns.indices.filter { register.columns[$0].result.isTotalled }
        let amounts = register.columns.filter { $0.currency != nil }
        // A register has one currency column, or no totals: `Register.init` sees to it.
        let currency = amounts.first?.currency
        let measures =
            [Measure.count]
            + totalled.flatMap { index -> [Measure] in
                let path = register.columns[index].path
                return [.sum(.column(path)), .countPresent(path)]
            }
        func scan(_ more: [Filter]) throws -> ScanResult.Rows {
            try reader.scan(
                ScanRequest(
                    model: register.model, filters: filters + more,
                    groups: currency.map { [.value($0)] } ?? [], measures: measures)
            ).rows
        }
        var byCode: [String: Line] = [:]
        var unclear = Int128(0)
        func code(_ row: ScanResult.Row) -> String {
            guard case .text(let code)? = row.key.first, let known = Currency(code) else {
                return ""
            }
            return known.code
        }
        let empty = Line(sums: totalled.map { _ in (0, 0) })
        for row in try scan([]) {
            let code = code(row)
            byCode[code, default: empty].add(row.values, sign: 1)
            if code.isEmpty, currency != nil { unclear += row.values[0] ?? 0 }
        }
        if currency != nil {
            let blank = try scan(amounts.map { .among($0.path, [.missing]) })
            for row in blank where !code(row).isEmpty {
                byCode[code(row), default: empty].add(row.values, sign: -1)
                byCode["", default: empty].add(row.values, sign: 1)
            }
            for row in blank where code(row).isEmpty { unclear -= row.values[0] ?? 0 }
        }
        currencies = byCode.keys.filter { !$0.isEmpty }.sorted()
        remarks =
            unclear == 0
            ? []
            : [
                "incomplete: \(unclear) rows of \(register.model) have amounts without a valid currency"
            ]
        guard !totalled.isEmpty else {
            lines = []
            return
        }
        lines = byCode.sorted { $0.key < $1.key }.filter { $0.value.rows > 0 }.map { code, line in
            var cells = register.columns.map { _ in Value.missing }
            for (position, index) in totalled.enumerated() where line.sums[position].present > 0 {
                cells[index] = Self.value(
                    line.sums[position].sum, register.columns[index].type, Currency(code))
            }
            return ResultTotal(currency: Currency(code), cells: cells)
        }
    }

    private static func value(_ sum: Int128, _ type: ColumnType, _ currency: Currency?) -> Value {
        switch type {
        case .money:
            return currency.map { .money(Money(minorUnits: sum, currency: $0)) } ?? .missing
        case .decimal(let scale): return .decimal(ExactDecimal(unscaled: sum, scale: scale))
        default:
            return Int64(exactly: sum).map(Value.integer)
                ?? .decimal(ExactDecimal(unscaled: sum, scale: 0))
        }
    }
}
