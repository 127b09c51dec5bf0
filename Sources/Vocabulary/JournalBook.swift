/// A column of a table of bookkeeping entries, at its place; such tables have all of them, and no others.
public enum JournalColumn: Int, Sendable, Hashable, CaseIterable {
    /// The company whose books they are.
    case company
    /// The day of booking.
    case date
    /// The number that the lines of one booking share.
    case voucher
    /// The number of the ledger account.
    case account
    /// What the account is called.
    case accountName
    /// The amount, if the line is a debit.
    case debit
    /// The amount, if the line is a credit.
    case credit
    /// The code of value-added tax.
    case vatCode
    /// The tax that belongs to the line's amount; it stands on a line of its own too.
    case vatAmount
    /// The document that is booked, as its writer numbered it.
    case document
    /// The customer or supplier, by what identifies them.
    case party
    /// The customer or supplier, by name.
    case partyName
    /// The day on which the document is due.
    case due

    /// The columns of a table of entries, in order.
    public static let columns = allCases.map(\.column)

    private var column: ResultColumn {
        switch self {
        case .company: ResultColumn(name: "company", label: "Company", kind: .text)
        case .date: ResultColumn(name: "date", label: "Date", kind: .day)
        case .voucher: ResultColumn(name: "voucher", label: "Voucher", kind: .identifier)
        case .account: ResultColumn(name: "account", label: "Account", kind: .identifier)
        case .accountName: ResultColumn(name: "account_name", label: "Account name", kind: .text)
        case .debit: ResultColumn(name: "debit", label: "Debit", kind: .money, isTotalled: true)
        case .credit: ResultColumn(name: "credit", label: "Credit", kind: .money, isTotalled: true)
        case .vatCode: ResultColumn(name: "vat_code", label: "VAT code", kind: .identifier)
        case .vatAmount: ResultColumn(name: "vat_amount", label: "VAT thereof", kind: .money)
        case .document: ResultColumn(name: "document", label: "Document", kind: .identifier)
        case .party: ResultColumn(name: "party", label: "Party", kind: .identifier)
        case .partyName: ResultColumn(name: "party_name", label: "Party’s name", kind: .text)
        case .due: ResultColumn(name: "due", label: "Due", kind: .day)
        }
    }
}

/// What an audit file says beside the entries: whose books they are and what its codes mean.
public struct JournalBook: Sendable, Hashable {
    /// A ledger account.
    public struct Account: Sendable, Hashable {
        /// Its number.
        public let number: String
        /// What it is called.
        public let label: String
        /// Whether it belongs to the balance sheet rather than to profit and loss.
        public let isBalance: Bool

        /// Describes an account.
        public init(number: String, label: String, isBalance: Bool) {
            self.number = number
            self.label = label
            self.isBalance = isBalance
        }
    }

    /// A code of value-added tax.
    public struct VATCode: Sendable, Hashable {
        /// The code.
        public let code: String
        /// What it is called.
        public let label: String
        /// The rate in percent.
        public let percent: ExactDecimal
        /// The account of tax to pay; nil for codes of purchases, or without tax.
        public let payable: String?
        /// The account of tax to claim; nil for codes of sales, or without tax.
        public let claimable: String?

        /// Describes a code.
        public init(
            code: String, label: String, percent: ExactDecimal, payable: String?, claimable: String?
        ) {
            self.code = code
            self.label = label
            self.percent = percent
            self.payable = payable
            self.claimable = claimable
        }
    }

    /// A table of entries.
    public struct Journal: Sendable, Hashable {
        /// What is booked in it.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Invoices to customers.
            case sales
            /// Bills of suppliers.
            case purchases
            /// What moved on a bank account.
            case bank
            /// What moved in a till.
            case cash
            /// Anything else.
            case memorial
        }

        /// The table's name, which is the journal's code too.
        public let table: String
        /// What is booked in it.
        public let kind: Kind

        /// Describes a journal.
        public init(table: String, kind: Kind) {
            self.table = table
            self.kind = kind
        }
    }

    /// Whose books they are; nil when several companies are shown, which no audit file may.
    public let company: Company?
    /// The ledger accounts of that company.
    public let accounts: [Account]
    /// The codes of value-added tax of that company.
    public let vatCodes: [VATCode]
    /// The tables of entries, in the order of the report.
    public let journals: [Journal]

    /// Describes books.
    public init(
        company: Company?, accounts: [Account], vatCodes: [VATCode], journals: [Journal]
    ) {
        self.company = company
        self.accounts = accounts
        self.vatCodes = vatCodes
        self.journals = journals
    }
}
