import Store
import Vocabulary

/// A list of rows whose columns have roles of a payment, as a list of payments.
extension Register {
    /// The list of payments: the columns of the register, and before them who pays, by which number the
    /// payment is known, and when it is made.
    ///
    /// A payment is made on the last banking day up to the day on which it is due, so that it is there
    /// in time; if that is past, or no day is known, on the first banking day from today on.
    func payments(
        _ roles: PaymentRoles, period: Period, today: LocalDay, filters: [Condition],
        definitions: Definitions, with reader: ScanReader
    ) throws -> (filled: FilledRegister, orders: PaymentOrders) {
        let rows = try rows(
            period: period, today: today, filters: filters, definitions: definitions, with: reader)
        let companies = reader.snapshot.companies
        let names = Self.names(of: companies)
        let soonest = BankingDay.first(from: today)
        let reading = rows.reading
        let line: @Sendable (RowRecord) -> (cells: [Value], isMoved: Bool) = { record in
            let cells = reading.values(record.cells)
            var payment = soonest
            var isMoved = true
            if let due = roles.due, case .day(let day) = cells[due], day >= today {
                payment = max(BankingDay.last(upTo: day), soonest)
                isMoved = payment != day
            }
            return (
                [
                    .text(names[record.company] ?? record.company), .text(record.paymentNumber),
                    .day(payment),
                ] + cells, isMoved
            )
        }
        var moved = 0
        try rows.set.forEachRecord { if line($0).isMoved { moved += 1 } }
        var remarks = rows.totals.remarks
        if moved > 0, roles.due != nil {
            remarks.append(
                "\(moved) of \(rows.set.count) payments are made on another day than they are due: "
                    + "on the last banking day before, or on \(soonest) where that is past or no due "
                    + "day is known")
        }
        var table = ResultTable(
            name: name, title: title, columns: Self.paymentColumns + columns.map(\.result),
            rowCount: rows.set.count,
            totals: rows.totals.lines.map { total in
                ResultTotal(
                    currency: total.currency,
                    cells: Self.paymentColumns.map { _ in .missing } + total.cells)
            }
        ) { body in
            var batch: [[Value]] = []
            try rows.set.forEachRecord { record in
                batch.append(line(record).cells)
                if batch.count == Self.batchSize {
                    try body(batch)
                    batch.removeAll(keepingCapacity: true)
                }
            }
            if !batch.isEmpty { try body(batch) }
        }
        table.listsRows = true
        let first = Self.paymentColumns.count
        return (
            FilledRegister(
                table: table, currencies: rows.totals.currencies, remarks: remarks),
            PaymentOrders(
                table: name,
                columns: PaymentOrders.Columns(
                    company: 0, creditor: first + roles.creditor, account: first + roles.account,
                    bic: roles.bic.map { first + $0 }, amount: first + roles.amount,
                    references: roles.references.map { first + $0 }, execution: 2,
                    identification: 1),
                debtors: Dictionary(
                    uniqueKeysWithValues: companies.compactMap { company in
                        company.account.map { (names[company.code] ?? company.code, $0) }
                    }))
        )
    }

    /// How many rows are handed out at a time.
    static let batchSize = 1000

    private static let paymentColumns = [
        ResultColumn(name: "paying_company", label: "Paid by", kind: .text),
        ResultColumn(name: "payment", label: "Payment", kind: .identifier),
        ResultColumn(name: "pay_on", label: "Pay on", kind: .day),
    ]

    /// Names of companies by code, with the code where two have the same name.
    static func names(of companies: [Company]) -> [String: String] {
        let counts = Dictionary(companies.map { ($0.name, 1) }, uniquingKeysWith: +)
        return Dictionary(
            uniqueKeysWithValues: companies.map {
                ($0.code, counts[$0.name] == 1 ? $0.name : "\($0.name) (\($0.code))")
            })
    }
}

extension RowRecord {
    /// The number by which a payment of the row is known to the bank: the same whenever it is asked for,
    /// and another for every row; letters and digits only.
    var paymentNumber: String {
        if case .uuid(let number) = key {
            let digits = String(number, radix: 16, uppercase: true)
            return String(repeating: "0", count: 32 - digits.count) + digits
        }
        return ContentHash.of([origin, "\(key)"]).uppercased()
    }
}
