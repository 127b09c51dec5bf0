import Vocabulary

/// What has to be known of bookkeeping entries before the first of them is written to an audit file.
///
/// Invariants of a survey that exists: one company, one fiscal year, one currency of at most two decimals;
/// debits equal credits in each voucher, whose lines stand together; every account, code of tax and period
/// that a line names is declared.
struct AuditFileSurvey {
    struct Party {
        var name: String
        /// C of a customer, S of a supplier, B of both; nil of neither.
        var type: String?
    }

    let book: JournalBook
    let company: Company
    let taxNumber: String
    let year: FiscalYear
    let period: Period
    let journals: [(JournalBook.Journal, ResultTable)]
    /// Percents by code of tax.
    let percents: [String: ExactDecimal]
    private(set) var parties: [String: Party] = [:]
    private(set) var lineCount = 0
    private(set) var debit = ExactDecimal(unscaled: 0, scale: 2)
    private(set) var credit = ExactDecimal(unscaled: 0, scale: 2)
    private var problems: [String] = []

    private struct Balance {
        var voucher = ""
        var debit = ExactDecimal.zero
        var credit = ExactDecimal.zero
    }

    /// Reads all entries of a report.
    ///
    /// - Throws: `Advice`: `request` when the report is no journal or covers too much, `definition` when
    ///   the company's tax number is missing, `damaged` with one line of details for each entry that breaks
    ///   an invariant.
    init(_ document: ReportDocument) throws {
        guard let book = document.book else {
            throw Advice(
                .request, "report ‘\(document.name)’ holds no bookkeeping entries",
                remedy: "choose a journal, or csv, xlsx, pdf or json")
        }
        guard let company = book.company else {
            throw Advice(
                .request, "an audit file is of one company, and several are asked for",
                remedy: "choose one company")
        }
        guard let period = document.provenance.period, period.days > 0 else {
            throw Advice(.request, "an audit file has a period", remedy: "choose one")
        }
        let year = FiscalYear(containing: period.start, in: company.fiscalCalendar)
        guard period.end <= year.days.end else {
            throw Advice(
                .request,
                "an audit file is of one fiscal year, and \(period) goes beyond \(year.days)",
                remedy: "choose a period within one fiscal year")
        }
        guard let taxNumber = company.taxNumber, taxNumber.unicodeScalars.count <= 30 else {
            throw Advice(
                .definition,
                "an audit file names the tax number of \(company.name), and none is known",
                remedy: "write ‘tax-number’ of it in companies.yaml, with at most 30 characters")
        }
        self.book = book
        self.company = company
        self.taxNumber = taxNumber
        self.period = period
        self.year = year
        percents = Dictionary(
            book.vatCodes.map { ($0.code, $0.percent) }, uniquingKeysWith: { first, _ in first })
        let tables = document.tables
        journals = book.journals.map { journal in
            guard let table = tables.first(where: { $0.name == journal.table }) else {
                preconditionFailure("a journal names a table of its report")
            }
            return (journal, table)
        }
        for (journal, table) in journals { try read(journal, table) }
        guard problems.isEmpty else {
            throw Advice(
                .damaged, "\(problems.count) entries cannot stand in an audit file",
                remedy: "correct them, or leave them out by a condition", details: problems)
        }
    }

    private mutating func read(_ journal: JournalBook.Journal, _ table: ResultTable) throws {
        let accounts = Set(book.accounts.map(\.number))
        var footing = FootingCheck(table)
        var balance = Balance()
        var closed: Set<String> = []
        var (parties, lines, found) = (parties, 0, [String]())
        var (debit, credit) = (ExactDecimal.zero, ExactDecimal.zero)
        func settle() {
            if balance.debit != balance.credit {
                found.append(
                    "\(journal.table), voucher \(balance.voucher): debit \(balance.debit) and credit "
                        + "\(balance.credit) differ")
            }
        }
        try table.forEachBatch { rows in
            for row in rows {
                footing.add(row)
                let line = JournalLine(row)
                let mark = "\(journal.table), voucher \(line.voucher)"
                if balance.voucher != line.voucher {
                    settle()
                    if !closed.insert(line.voucher).inserted {
                        found.append("\(mark): its lines do not stand together")
                    }
                    balance = Balance(voucher: line.voucher)
                }
                let amount = line.amount
                if amount.currency != company.currency || amount.currency.decimals > 2 {
                    found.append(
                        "\(mark): \(amount) is not in \(company.currency), the currency of the books"
                    )
                }
                if !accounts.contains(line.account) {
                    found.append("\(mark): the account ‘\(line.account)’ is not declared")
                }
                if !line.vatCode.isEmpty, percents[line.vatCode] == nil {
                    found.append("\(mark): the code of tax ‘\(line.vatCode)’ is not declared")
                }
                if !period.contains(line.date) {
                    found.append("\(mark): \(line.date) lies outside of \(period)")
                }
                if !line.party.isEmpty {
                    Self.add(line, journal.kind, to: &parties)
                }
                lines += 1
                if line.isDebit {
                    debit = debit + amount.amount
                    balance.debit = balance.debit + amount.amount
                } else {
                    credit = credit + amount.amount
                    balance.credit = balance.credit + amount.amount
                }
            }
        }
        settle()
        try footing.finish()
        self.parties = parties
        lineCount += lines
        problems += found
        self.debit = (self.debit + debit).rounded(toScale: 2)
        self.credit = (self.credit + credit).rounded(toScale: 2)
    }

    private static func add(
        _ line: JournalLine, _ kind: JournalBook.Journal.Kind, to parties: inout [String: Party]
    ) {
        let type: String? =
            switch kind {
            case .sales: "C"
            case .purchases: "S"
            case .bank, .cash, .memorial: nil
            }
        let id = identification(line.party)
        var party = parties[id] ?? Party(name: line.partyName, type: nil)
        if let type { party.type = party.type == nil || party.type == type ? type : "B" }
        parties[id] = party
    }

    /// What identifies a party, in at most 35 characters: longer ones by their fingerprint.
    static func identification(_ party: String) -> String {
        party.unicodeScalars.count <= 35 ? party : ContentHash.of([party])
    }

    /// The beginning of a text.
    static func cut(_ text: String, _ longest: Int) -> String {
        guard text.unicodeScalars.count > longest else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.prefix(longest))
        return String(scalars)
    }
}
