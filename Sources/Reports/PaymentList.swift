import Vocabulary

/// The payments of a table, each checked for what a bank would refuse and no schema notices (DOMAIN §7).
///
/// Invariants of a list that exists: every IBAN and BIC is correct; amounts are in euro, from 0.01 to
/// 999,999,999.99; a payment day is a banking day, not past and at most a year ahead; identifications are
/// unique; no two payments have account, amount and reference in common; every text fits its element.
struct PaymentList {
    /// A payment that a bank takes.
    struct Payment {
        let company: String
        let creditor: String
        let account: IBAN
        let bic: BIC?
        let amount: Money
        let reference: PaymentReference
        let execution: LocalDay
        let identification: String
    }

    /// Payments that leave one account on one day.
    struct Batch {
        let debtor: BankAccount
        /// The holder's name in letters that banks take.
        let holder: String
        let execution: LocalDay
        let payments: [Payment]

        var total: ExactDecimal { PaymentList.sum(payments) }
    }

    /// By company, then day; the payments in the order of the table.
    let batches: [Batch]
    /// What whoever makes the file must know: names written otherwise, references that look wrong.
    let notices: [String]

    /// How many payments there are.
    var count: Int { batches.reduce(0) { $0 + $1.payments.count } }
    /// What they add up to.
    var total: ExactDecimal { batches.reduce(.zero) { $0 + $1.total } }

    /// The most payments of one file; banks set limits of this order.
    static let maximumCount = 50_000
    /// The most characters of a name.
    static let maximumName = 70
    /// The most characters of an identification.
    static let maximumIdentification = 35
    /// How many days ahead a payment may be ordered.
    static let maximumDaysAhead = 365

    /// Reads and checks the payments of a report.
    ///
    /// - Throws: `Advice`: `request` when the report has none, `input` when any of them would be refused,
    ///   with one line of details for each problem of each row.
    init(_ document: ReportDocument) throws {
        guard let orders = document.payments,
            let table = document.tables.first(where: { $0.name == orders.table })
        else {
            throw Advice(
                .request, "report ‘\(document.name)’ is no list of payments",
                remedy: "choose a report with payments, or csv, xlsx, pdf or json")
        }
        let provenance = document.provenance
        var check = PaymentCheck(
            orders: orders, today: provenance.zone.day(of: provenance.generatedAt))
        var footing = FootingCheck(table)
        try table.forEachBatch { rows in
            for row in rows {
                footing.add(FootingCheck.printed(row, columns: table.columns))
                check.add(row)
            }
        }
        try footing.finish()
        guard check.rowCount > 0 else {
            throw Advice(
                .request, "there is nothing to pay in ‘\(table.title)’",
                remedy: "choose another period, company or condition")
        }
        if !check.problems.isEmpty {
            let rows = Set(check.problems.map(\.row)).count
            throw Advice(
                .input,
                "\(rows) of \(check.rowCount) payments would be refused by the bank, and no file was made",
                remedy: "correct them where they were entered, or leave them out by a condition",
                details: check.problems.sorted { $0.row < $1.row }.map(\.words))
        }
        guard check.payments.count <= Self.maximumCount else {
            throw Advice(
                .request,
                "there are \(check.payments.count) payments, and a file may have "
                    + "\(Self.maximumCount)", remedy: "choose fewer by company or due date")
        }
        batches = try check.batches()
        notices = check.notices
    }

    static func sum(_ payments: [Payment]) -> ExactDecimal {
        ExactDecimal(
            unscaled: payments.reduce(0) { $0 + $1.amount.minorUnits }, scale: 2)
    }

    /// A name for the file that follows from what it orders, so that a bank refuses the same file twice:
    /// 24 hexadecimal digits.
    var identification: String {
        var hash = ContentHash()
        for batch in batches {
            hash.add(batch.debtor.iban.text)
            hash.add(batch.execution.description)
            for payment in batch.payments {
                hash.add(payment.identification)
                hash.add(payment.creditor)
                hash.add(payment.account.text)
                hash.add(payment.amount.description)
                hash.add(payment.reference.words)
            }
        }
        return String(hash.text.prefix(24))
    }
}
