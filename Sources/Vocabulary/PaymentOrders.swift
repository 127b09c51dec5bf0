/// What makes a table a list of payments to order from a bank.
///
/// Reports write a payment file from the very table that whoever releases the payments reads. They know
/// the table and which of its columns says what, and nothing of the rows behind it.
public struct PaymentOrders: Sendable, Hashable {
    /// What columns of the table say, by their places.
    public struct Columns: Sendable, Hashable {
        /// The company that pays, as `debtors` names it.
        public var company: Int
        /// The account holder's name.
        public var creditor: Int
        /// The IBAN.
        public var account: Int
        /// The bank's code; nil when the table has none.
        public var bic: Int?
        /// The amount.
        public var amount: Int
        /// What the creditor knows the payment by; texts of several are joined by a blank.
        public var references: [Int]
        /// The day on which the bank is to pay.
        public var execution: Int
        /// What the debtor knows the payment by: it stands beside it on statements (EndToEndId).
        public var identification: Int

        /// Names columns by their places.
        public init(
            company: Int, creditor: Int, account: Int, bic: Int? = nil, amount: Int,
            references: [Int], execution: Int, identification: Int
        ) {
            self.company = company
            self.creditor = creditor
            self.account = account
            self.bic = bic
            self.amount = amount
            self.references = references
            self.execution = execution
            self.identification = identification
        }
    }

    /// The table's name.
    public let table: String
    /// Which of its columns says what.
    public let columns: Columns
    /// The accounts to pay from, by the words in the column of companies; those without one are left out.
    public let debtors: [String: BankAccount]

    /// Describes a list of payments.
    public init(table: String, columns: Columns, debtors: [String: BankAccount]) {
        self.table = table
        self.columns = columns
        self.debtors = debtors
    }
}
