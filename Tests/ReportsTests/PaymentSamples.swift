// These are constants of tests: a mistake in one of them should stop the run at once.
// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry

import Foundation
import Vocabulary

/// Numbers that are the same in every run of a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A payment as a table has it.
struct SamplePayment {
    var company = "Teddy Kids"
    var creditor = "Bakker BV"
    var account = "NL91ABNA0417164300"
    var bic: String?
    var amount: Money? = Money(minorUnits: 12_100, currency: Samples.eur)
    var number = "F-1"
    var customer = ""
    var payOn = LocalDay("2026-07-02")
    var identification: String

    init(_ identification: String, _ change: (inout SamplePayment) -> Void = { _ in }) {
        self.identification = identification
        change(&self)
    }

    var row: [Value] {
        func text(_ text: String) -> Value { text.isEmpty ? .missing : .text(text) }
        return [
            .text(company), text(identification), text(creditor), text(account),
            bic.map(Value.text) ?? .missing, text(number), text(customer),
            payOn.map(Value.day) ?? .missing, amount.map(Value.money) ?? .missing,
        ]
    }

    static let columns = [
        ResultColumn(name: "company", label: "Company", kind: .text),
        ResultColumn(name: "payment", label: "Payment", kind: .identifier),
        ResultColumn(name: "payee", label: "Payee", kind: .text),
        ResultColumn(name: "account", label: "IBAN", kind: .identifier),
        ResultColumn(name: "bic", label: "BIC", kind: .identifier),
        ResultColumn(name: "number", label: "Number", kind: .identifier),
        ResultColumn(name: "customer_number", label: "Our number", kind: .identifier),
        ResultColumn(name: "pay_on", label: "Pay on", kind: .day),
        ResultColumn(name: "amount", label: "Amount", kind: .money, isTotalled: true),
    ]

    static let debtors = [
        "Teddy Kids": BankAccount(
            holder: "Teddy Kids B.V.", iban: try! IBAN("NL20INGB0001234567"),
            bic: try! BIC("INGBNL2A")),
        "Teddy Café": BankAccount(
            holder: "Teddy Café B.V.", iban: try! IBAN("NL39RABO0300065264")),
    ]

    /// A report of payments, made on Wednesday, 1 July 2026.
    static func document(_ payments: [SamplePayment]) -> ReportDocument {
        var footing = ResultFooting(columns: columns)
        for payment in payments { footing.add(payment.row) }
        let table = ResultTable(
            name: "payments", title: "Payments", columns: columns, rowCount: payments.count,
            totals: footing.totals
        ) { body in
            for start in stride(from: 0, to: payments.count, by: 100) {
                try body(payments[start..<min(start + 100, payments.count)].map(\.row))
            }
        }
        var document = ReportDocument(
            name: "payment-run", title: "Payment run", provenance: Samples.provenance(),
            blocks: [.table(table)])
        document.payments = PaymentOrders(
            table: "payments",
            columns: PaymentOrders.Columns(
                company: 0, creditor: 2, account: 3, bic: 4, amount: 8, references: [5, 6],
                execution: 7, identification: 1),
            debtors: debtors)
        return document
    }

    // MARK: Numbers of accounts

    /// A correct IBAN of a country.
    static func iban(_ country: String, using random: inout SplitMix) -> String {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        var count = 0
        var body = ""
        for character in IBAN.forms[country]! {
            if let digit = character.wholeNumberValue {
                count = count * 10 + digit
                continue
            }
            let legal =
                character == "n"
                ? "0123456789" : character == "a" ? letters : letters + "0123456789"
            for _ in 0..<count { body.append(legal.randomElement(using: &random)!) }
            count = 0
        }
        let check = 98 - CheckDigits.remainder((body + country + "00").utf8)
        return country + (check < 10 ? "0" : "") + "\(check)" + body
    }
}
