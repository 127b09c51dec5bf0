import Vocabulary

/// Adds up the cells that a writer prints and compares them with the table's declared totals.
///
/// The footing rule of DOMAIN §1: every printed total equals the sum of the printed rows. Each
/// writer shows every row to this check as it prints it, and asks `finish()` before its file gets
/// its name.
struct FootingCheck {
    private let table: ResultTable
    private(set) var footing: ResultFooting
    private(set) var rowCount = 0

    init(_ table: ResultTable) {
        self.table = table
        footing = ResultFooting(columns: table.columns)
    }

    /// Takes the cells of a row as they are printed, rounded by `printed(_:kind:)`.
    mutating func add(_ row: [Value]) {
        footing.add(row)
        rowCount += 1
    }

    /// Takes the rows of a batch as they are printed.
    mutating func add(_ batch: ResultBatch) {
        footing.add(batch)
        rowCount += batch.count
    }

    /// A batch as every format prints it.
    static func printed(_ batch: ResultBatch, columns: [ResultColumn]) -> ResultBatch {
        precondition(batch.columns.count == columns.count, "a row has one cell per column")
        return ResultBatch(
            count: batch.count,
            columns: zip(batch.columns, columns).map { printed($0, kind: $1.kind) })
    }

    private static func printed(
        _ column: ResultBatch.Column, kind: ResultColumn.Kind
    ) -> ResultBatch.Column {
        guard case .decimal(let scale) = kind else { return column }
        switch column {
        case .values(let values): return .values(values.map { printed($0, kind: kind) })
        case .numbers(_, .decimal(scale)): return column
        case .numbers(_, .decimal):
            return .values((0..<column.count).map { printed(column[$0], kind: kind) })
        case .numbers: return column
        }
    }

    /// A cell as every format prints it: decimals are rounded to the scale of their column.
    static func printed(_ value: Value, kind: ResultColumn.Kind) -> Value {
        guard case .decimal(let scale) = kind, case .decimal(let number) = value,
            number.scale != scale
        else { return value }
        return .decimal(number.rounded(toScale: scale))
    }

    /// The cells of a row as every format prints them.
    static func printed(_ row: [Value], columns: [ResultColumn]) -> [Value] {
        precondition(row.count == columns.count, "a row has one cell per column")
        guard columns.contains(where: { if case .decimal = $0.kind { true } else { false } })
        else { return row }
        return zip(row, columns).map { printed($0, kind: $1.kind) }
    }

    /// The key that keeps a row's currency apart: the code of its first amount, empty without one.
    static func currencyCode(of row: [Value]) -> String {
        for case .money(let money) in row { return money.currency.code }
        return ""
    }

    /// The same of one row of a batch.
    static func currencyCode(of batch: ResultBatch, row: Int) -> String {
        for column in batch.columns {
            switch column {
            case .numbers(let numbers, .money(let currencies))
            where numbers[row] != ResultBatch.missing:
                return currencies[row].code
            case .values(let values):
                if case .money(let money) = values[row] { return money.currency.code }
            case .numbers: break
            }
        }
        return ""
    }

    /// Compares what was printed with what the table declares.
    ///
    /// A declared line without rows must be zero; a table that declares no totals prints none, and
    /// nothing is compared.
    ///
    /// - Throws: `Advice` of kind `damaged` that names table, column and both figures.
    func finish() throws {
        guard rowCount == table.rowCount else {
            throw Advice(
                .damaged,
                "table ‘\(table.name)’ announces \(table.rowCount) rows but has \(rowCount)",
                remedy: "run it again; if that repeats, run reportd verify")
        }
        guard !table.totals.isEmpty else { return }
        var open: [String: [Value]] = [:]
        for total in footing.totals { open[total.currency?.code ?? ""] = total.cells }
        for total in table.totals {
            let declared = Self.printed(total.cells, columns: table.columns)
            let sums = open.removeValue(forKey: total.currency?.code ?? "")
            for (index, column) in table.columns.enumerated() where column.isTotalled {
                try compare(declared[index], sums?[index] ?? .missing, column, total.label)
            }
        }
        for (code, sums) in open {
            for (index, column) in table.columns.enumerated() where column.isTotalled {
                let label = code.isEmpty ? "without currency" : "of \(code)"
                try compare(.missing, sums[index], column, label)
            }
        }
    }

    private func compare(
        _ declared: Value, _ summed: Value, _ column: ResultColumn, _ label: String
    ) throws {
        if declared == summed || (Self.isNothing(declared) && Self.isNothing(summed)) { return }
        if let first = Self.number(declared), let second = Self.number(summed), first == second {
            guard case .money = declared, case .money = summed else {
                return
            }
        }
        throw Advice(
            .damaged,
            "the total ‘\(label)’ of column ‘\(column.label)’ in table ‘\(table.name)’ is "
                + "\(Self.words(declared)), but its rows add up to \(Self.words(summed))",
            remedy: "no file was written; run it again, and if that repeats, run reportd verify")
    }

    private static func isNothing(_ value: Value) -> Bool {
        value == .missing || number(value) == .zero
    }

    private static func number(_ value: Value) -> ExactDecimal? {
        switch value {
        case .integer(let whole): ExactDecimal(unscaled: Int128(whole), scale: 0)
        case .decimal(let number): number
        case .money(let money): money.amount
        default: nil
        }
    }

    private static func words(_ value: Value) -> String {
        switch value {
        case .money(let money): money.description
        case .missing: "nothing"
        default: number(value)?.description ?? "\(value)"
        }
    }
}
