import Vocabulary

/// Looks at the rows of a list of payments one by one, and remembers everything that is wrong.
struct PaymentCheck {
    struct Problem {
        let row: Int
        let words: String
    }

    private struct Repetition: Hashable {
        let account: String
        let amount: Money
        let reference: String
    }

    private let orders: PaymentOrders
    private let today: LocalDay
    private(set) var rowCount = 0
    private(set) var payments: [PaymentList.Payment] = []
    private(set) var problems: [Problem] = []
    private(set) var notices: [String] = []
    private var identifications: [String: Int] = [:]
    private var repetitions: [Repetition: Int] = [:]
    /// The companies whose accounts were told of.
    private var told: Set<String> = []

    /// Cents that one payment may have: 0.01 to 999,999,999.99.
    private static let cents = Int128(1)...Int128(99_999_999_999)

    init(orders: PaymentOrders, today: LocalDay) {
        self.orders = orders
        self.today = today
    }

    /// Takes the next row.
    mutating func add(_ row: [Value]) {
        rowCount += 1
        let columns = orders.columns
        let payee = Self.text(row[columns.creditor])
        let written = columns.references.map { Self.text(row[$0]) }
        var found: [String] = []
        let company = debtor(of: row, &found)
        let creditor = name(payee, &found)
        let account = read(row[columns.account], "the payee’s IBAN is missing", &found) {
            try IBAN($0)
        }
        var bic: BIC?
        if let place = columns.bic, row[place] != .missing {
            bic = read(row[place], "the BIC is missing", &found) { try BIC($0) }
        }
        let amount = amount(row[columns.amount], &found)
        let reference = PaymentReference(written)
        if let flaw = reference.flaw {
            found.append(
                "the reference ‘\(reference.words)’ cannot be sent, and must not be altered: \(flaw)"
            )
        }
        let execution = execution(row[columns.execution], &found)
        let identification = identification(Self.text(row[columns.identification]), &found)
        if let account, let amount {
            let key = Repetition(
                account: account.text, amount: amount, reference: reference.words)
            if let earlier = repetitions[key] {
                found.append(
                    "row \(earlier) pays \(amount) to the same account with the same reference; "
                        + "pay it once, or let the references differ")
            } else {
                repetitions[key] = rowCount
            }
        }
        let mark = Self.mark(rowCount, payee, written)
        problems += found.map { Problem(row: rowCount, words: "\(mark): \($0)") }
        guard found.isEmpty, let company, let account, let amount, let execution else { return }
        if creditor != payee {
            notices.append("\(mark): the payee’s name is written ‘\(creditor)’")
        }
        if let suspicion = reference.suspicion {
            notices.append(
                "\(mark): the reference looks like \(suspicion), but its check digit does not fit; it is "
                    + "sent as text")
        }
        payments.append(
            PaymentList.Payment(
                company: company, creditor: creditor, account: account, bic: bic, amount: amount,
                reference: reference, execution: execution, identification: identification))
    }

    /// The payments by account and day.
    ///
    /// - Throws: `Advice` when the holder of an account cannot be written.
    mutating func batches() throws -> [PaymentList.Batch] {
        struct Key: Hashable {
            let company: String
            let execution: LocalDay
        }
        var batches: [PaymentList.Batch] = []
        let groups = Dictionary(grouping: payments) {
            Key(company: $0.company, execution: $0.execution)
        }
        let sorted = groups.sorted {
            ($0.key.company, $0.key.execution) < ($1.key.company, $1.key.execution)
        }
        for (key, payments) in sorted {
            guard let debtor = orders.debtors[key.company] else {
                preconditionFailure("payments without an account are problems")
            }
            let (holder, unknown) = BankText.transliterated(debtor.holder)
            guard unknown.isEmpty, !holder.isEmpty, holder.count <= PaymentList.maximumName else {
                throw Advice(
                    .definition,
                    "the holder ‘\(debtor.holder)’ of the account of \(key.company) cannot be written "
                        + "in \(PaymentList.maximumName) Latin letters",
                    remedy: "write ‘holder’ in companies.yaml as the bank has it")
            }
            if told.insert(key.company).inserted {
                if debtor.isExample {
                    notices.append(
                        "the account \(debtor.iban) of \(key.company) is an example; write its own "
                            + "into companies.yaml")
                }
                if holder != debtor.holder {
                    notices.append("the holder ‘\(debtor.holder)’ is written ‘\(holder)’")
                }
            }
            batches.append(
                PaymentList.Batch(
                    debtor: debtor, holder: holder, execution: key.execution, payments: payments))
        }
        return batches
    }

    // MARK: Parts of a row

    private func debtor(of row: [Value], _ found: inout [String]) -> String? {
        let company = Self.text(row[orders.columns.company])
        if orders.debtors[company] != nil { return company }
        found.append(
            "\(company.isEmpty ? "no company" : "the company \(company)") has an account to pay from; "
                + "write ‘account’ of it in companies.yaml")
        return nil
    }

    private func name(_ payee: String, _ found: inout [String]) -> String {
        let (name, unknown) = BankText.transliterated(payee)
        if !unknown.isEmpty {
            let letters = Set(unknown).sorted().map { "‘\($0)’" }.joined(separator: ", ")
            found.append(
                "the payee’s name has letters that cannot be written in Latin ones: \(letters); enter it "
                    + "as the bank has it")
        } else if name.isEmpty {
            found.append("the payee’s name is missing; enter the account holder’s")
        } else if name.count > PaymentList.maximumName {
            found.append(
                "the payee’s name has \(name.count) characters, and \(PaymentList.maximumName) are "
                    + "allowed; enter it as the bank has it")
        }
        return name
    }

    private func read<Part>(
        _ value: Value, _ missing: String, _ found: inout [String],
        _ read: (String) throws -> Part
    ) -> Part? {
        let text = Self.text(value)
        guard !text.isEmpty else {
            found.append("\(missing); enter it")
            return nil
        }
        do {
            return try read(text)
        } catch let advice as Advice {
            found.append(advice.description)
        } catch {
            found.append("\(error)")
        }
        return nil
    }

    private func amount(_ value: Value, _ found: inout [String]) -> Money? {
        guard case .money(let amount) = value else {
            found.append("the amount is missing; enter it")
            return nil
        }
        guard amount.currency.code == "EUR" else {
            found.append("\(amount) is not in euro; pay it outside of SEPA")
            return nil
        }
        guard Self.cents.contains(amount.minorUnits) else {
            found.append(
                "\(amount) cannot be transferred, only 0.01 to 999999999.99; "
                    + (amount.minorUnits <= 0 ? "settle it with another bill" : "pay it in parts"))
            return nil
        }
        return amount
    }

    private func execution(_ value: Value, _ found: inout [String]) -> LocalDay? {
        guard case .day(let day) = value else {
            found.append("the day of payment is missing; enter it")
            return nil
        }
        if day < today {
            found.append("the day of payment, \(day), is past; choose \(today) or a later one")
        } else if !BankingDay.isOpen(day) {
            found.append(
                "on \(day) banks do not settle; choose \(BankingDay.first(from: day))")
        } else if today.distance(to: day) > PaymentList.maximumDaysAhead {
            found.append("the day of payment, \(day), is more than a year ahead; pay it later")
        }
        return day
    }

    private mutating func identification(_ text: String, _ found: inout [String]) -> String {
        if text.isEmpty {
            found.append("the payment’s own number is missing; enter it")
        } else if let flaw = PaymentReference.flaw(
            in: text, longest: PaymentList.maximumIdentification)
        {
            found.append("the payment’s own number ‘\(text)’ cannot be sent: \(flaw)")
        } else if let earlier = identifications[text] {
            found.append("row \(earlier) has the same number ‘\(text)’; give each its own")
        } else {
            identifications[text] = rowCount
        }
        return text
    }

    private static func mark(_ row: Int, _ payee: String, _ references: [String]) -> String {
        let parts = ["row \(row)", payee] + references
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .integer(let number): String(number)
        default: ""
        }
    }
}
