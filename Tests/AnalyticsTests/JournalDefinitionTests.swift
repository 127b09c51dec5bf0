import Store
import Testing
import Vocabulary

@testable import Analytics

/// Mistakes in lists of payments, journals and ledgers, each with its place and what would be legal.
@Suite struct JournalDefinitionTests {
    private static let payments = """
        report: r
        title: R
        period: today
        blocks:
          - name: a
            type: rows
            title: T
            model: bill
            columns: [{column: payee}, {column: account}, {column: number}, {column: amount}, {column: due_on}]
            payment: {creditor: payee, account: account, amount: amount, reference: number, due: due_on}
        """
    private static let journal = """
        report: r
        title: R
        period: today
        blocks:
          - name: a
            type: journal
            title: T
            kind: purchases
            model: bill
            date: issued_on
            document: number
            entries:
              - {account: costs, by: payee, debit: amount}
              - {account: creditors, credit: amount}
        """
    private static let ledger = """
        ledgers:
          l:
            label: L
            companies: [tisa]
            accounts: {1600: {label: C, kind: balance}, 4000: {label: K, kind: result}}
            uses: {creditors: 1600, costs: {Bakker: 4000}}
            vat-codes: {IH: {label: I, percent: 21, claimable: 1600}}
            vat: {21 %: IH}
        """

    private func read(report: String? = nil, ledger: String = ledger) throws -> Definitions {
        try Definitions(
            metrics: [],
            reports: report.map { [try DefinitionNode(parsing: $0, file: "r.yaml")] } ?? [],
            reference: [try DefinitionNode(parsing: ledger, file: "l.yaml")],
            schema: try Schema(definitions: Folders.queries))
    }

    private func refusal(_ old: String, _ new: String, of text: String) throws -> String {
        let changed = text.replacing(old, with: new)
        #expect(changed != text)
        return try #require(throws: Advice.self) {
            if text == Self.ledger {
                _ = try read(ledger: changed)
            } else {
                _ = try read(report: changed)
            }
        }.description
    }

    @Test func whatIsRightIsRead() throws {
        #expect(try read(report: Self.payments).report("r").hasPayments)
        let report = try read(report: Self.journal).report("r")
        #expect(report.hasEntries && !report.hasPayments)
        #expect(report.modelsTouched == ["bill"])
        // Another mapping is another definition.
        let other = Self.ledger.replacing("Bakker", with: "Slager")
        #expect(try read(report: Self.journal, ledger: other).report("r").hash != report.hash)
    }

    @Test func mistakesInListsOfPayments() throws {
        #expect(
            try refusal("creditor: payee", "creditor: payees", of: Self.payments)
                == "r.yaml:10:25: ‘payees’ is not a column of this list; did you mean ‘payee’?")
        #expect(
            try refusal("amount: amount", "amount: number", of: Self.payments).contains(
                "‘number’ is a column of another kind"))
        #expect(
            try refusal("due: due_on", "due: payee", of: Self.payments).contains("another kind"))
        #expect(
            try refusal("account: account, ", "", of: Self.payments).contains(
                "‘account’ is missing here"))
    }

    @Test func mistakesInJournals() throws {
        #expect(
            try refusal("kind: purchases", "kind: purchase", of: Self.journal)
                == "r.yaml:8:11: ‘purchase’ is not a kind of journal; did you mean ‘purchases’?")
        #expect(
            try refusal("debit: amount", "debit: number", of: Self.journal)
                == "r.yaml:13:44: ‘number’ is text, which cannot stand here; name a column of another type"
        )
        #expect(
            try refusal("credit: amount", "debit: amount", of: Self.journal).contains(
                "a booking has debits and credits"))
        #expect(
            try refusal("debit: amount", "debit: amount, credit: tax", of: Self.journal).contains(
                "a line is a debit or a credit"))
        #expect(
            try refusal("debit: amount", "debit: amount, tax: yes", of: Self.journal).contains(
                "does not say what tells the tax"))
        #expect(
            try refusal("name: a", "name: a\(String(repeating: "b", count: 35))", of: Self.journal)
                .contains("the name of a journal is a code"))
    }

    @Test func mistakesInLedgers() throws {
        #expect(
            try refusal("creditors: 1600", "creditors: 1601", of: Self.ledger)
                == "l.yaml:6:23: ‘1601’ is no account of this ledger; did you mean ‘1600’?")
        #expect(
            try refusal("21 %: IH", "21 %: IV", of: Self.ledger).contains(
                "‘IV’ is no code of tax of this ledger"))
        #expect(
            try refusal("[tisa]", "[tissa]", of: Self.ledger)
                == "l.yaml:4:17: there is no company ‘tissa’; did you mean ‘tisa’?")
        #expect(
            try refusal("kind: result", "kind: costs", of: Self.ledger).contains(
                "‘costs’ is not a kind of account"))
        let twice =
            Self.ledger + "\n"
            + Self.ledger.replacing("ledgers:\n", with: "").replacing("  l:", with: "  m:")
        #expect(
            try #require(throws: Advice.self) { try read(ledger: twice) }.description.contains(
                "the company ‘tisa’ has the ledger ‘l’ already"))
    }

    @Test func ratesAreWordsHoweverTheyAreStored() throws {
        for (text, word) in [("25", "25 %"), ("25.00", "25 %"), ("12.50", "12.5 %"), ("0", "0 %")] {
            #expect(Ledger.word(forPercent: try #require(ExactDecimal(text))) == word)
        }
    }
}
