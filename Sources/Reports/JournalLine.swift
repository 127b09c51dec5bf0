import Vocabulary

/// One row of a table of bookkeeping entries.
struct JournalLine {
    let company: String
    let date: LocalDay
    let voucher: String
    let account: String
    let accountName: String
    let isDebit: Bool
    /// Positive.
    let amount: Money
    let vatCode: String
    /// The tax that belongs to the amount; negative when it is booked on the other side.
    let vatAmount: Money?
    let document: String
    let party: String
    let partyName: String
    let due: LocalDay?

    init(_ row: [Value]) {
        func text(_ column: JournalColumn) -> String {
            guard case .text(let text) = row[column.rawValue] else { return "" }
            return text
        }
        func money(_ column: JournalColumn) -> Money? {
            guard case .money(let money) = row[column.rawValue] else { return nil }
            return money
        }
        precondition(row.count == JournalColumn.allCases.count, "entries have fixed columns")
        let debit = money(.debit)
        guard case .day(let day) = row[JournalColumn.date.rawValue],
            let amount = debit ?? money(.credit)
        else { preconditionFailure("an entry has a day and an amount") }
        company = text(.company)
        date = day
        voucher = text(.voucher)
        account = text(.account)
        accountName = text(.accountName)
        isDebit = debit != nil
        self.amount = amount
        vatCode = text(.vatCode)
        vatAmount = money(.vatAmount)
        document = text(.document)
        party = text(.party)
        partyName = text(.partyName)
        if case .day(let day) = row[JournalColumn.due.rawValue] { due = day } else { due = nil }
    }
}
