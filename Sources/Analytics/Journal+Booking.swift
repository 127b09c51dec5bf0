import Store
import Vocabulary

/// A journal with its lines, and what keeps it from being one.
struct FilledJournal {
    let table: ResultTable
    let currencies: [String]
    let remarks: [String]
    /// Each thing that is wrong, as a sentence with what to do.
    let problems: [String]
}

extension Journal {
    /// Books the rows of a snapshot: once to count, add up and check all of them, and again whenever the
    /// lines are asked for.
    func filled(
        period: Period, today: LocalDay, filters: [Condition], definitions: Definitions,
        with reader: ScanReader
    ) throws -> FilledJournal {
        let question = RowQuestion(model: model, date: date, conditions: conditions + filters)
        let companies = reader.snapshot.companies
        let reading = RegisterReading(
            showing: columns, companies: companies, zone: try Definitions.zone(of: companies))
        var order = [RowRequest.Order(ColumnPath(date))]
        if let document { order.append(RowRequest.Order(columns[document].path)) }
        let rows = try reader.snapshot.rows(
            RowRequest(
                model: model,
                filters: question.filters(
                    period: period, today: today, definitions: definitions), columns: reading.paths,
                order: order))
        let booking = Booking(
            journal: self, reading: reading, companies: companies, ledgers: definitions.ledgers)
        var check = BookingCheck(journal: self)
        try booking.forEach(rows) { check.add($0) }
        var remarks: [String] = []
        if check.emptyCount > 0 {
            remarks.append(
                "\(check.emptyCount) rows of ‘\(title)’ have no amount and book nothing")
        }
        for ledger in booking.usedLedgers where !ledger.remark.isEmpty {
            remarks.append(ledger.remark)
        }
        var table = ResultTable(
            name: name, title: title, columns: JournalColumn.columns,
            rowCount: check.lineCount, totals: check.footing.totals
        ) { body in
            var batch: [[Value]] = []
            try booking.forEach(rows) { booked in
                batch += booked.lines
                guard batch.count >= Register.batchSize else { return }
                try body(batch)
                batch.removeAll(keepingCapacity: true)
            }
            if !batch.isEmpty { try body(batch) }
        }
        table.listsRows = true
        return FilledJournal(
            table: table, currencies: check.currencies.sorted(), remarks: remarks,
            problems: check.problems)
    }
}

/// The lines that one row makes.
struct BookedRow {
    /// The row, in words that lead to it.
    let mark: String
    let lines: [[Value]]
    /// What ledgers lack for them.
    let unmapped: [Unmapped]
}

/// An account or code of tax that a ledger does not name.
struct Unmapped: Error, Hashable {
    /// What is missing and what to do, as a sentence.
    let words: String
}

/// Makes lines of rows.
private struct Booking: Sendable {
    let journal: Journal
    let reading: RegisterReading
    private let zones: [String: Zone]
    private let names: [String: String]
    private let ledgers: [String: Ledger]
    private let labels: [String: [String: String]]

    init(
        journal: Journal, reading: RegisterReading, companies: [Company], ledgers: [Ledger]
    ) {
        self.journal = journal
        self.reading = reading
        zones = Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0.zone) })
        names = Register.names(of: companies)
        var byCompany: [String: Ledger] = [:]
        var labels: [String: [String: String]] = [:]
        for ledger in ledgers {
            for company in ledger.companies where names[company] != nil {
                byCompany[company] = ledger
                labels[company] = Dictionary(
                    ledger.accounts.map { ($0.number, $0.label) }
                ) { first, _ in first }
            }
        }
        self.ledgers = byCompany
        self.labels = labels
    }

    /// The ledgers of the companies asked for.
    var usedLedgers: [Ledger] {
        Array(Set(ledgers.values)).sorted { $0.name < $1.name }
    }

    /// Hands out what each row books, in order; vouchers are numbered from 1 in each company.
    func forEach(_ rows: RowSet, _ body: (BookedRow) throws -> Void) throws {
        var vouchers: [String: Int] = [:]
        try rows.forEachRecord { record in
            let voucher = vouchers[record.company, default: 0] + 1
            let booked = booked(record, voucher: voucher)
            if !booked.lines.isEmpty { vouchers[record.company] = voucher }
            try body(booked)
        }
    }

    private func booked(_ record: RowRecord, voucher: Int) -> BookedRow {
        let cells = reading.values(record.cells)
        let document = journal.document.map { Self.word(cells[$0]) } ?? ""
        let company = names[record.company] ?? record.company
        let mark = [company, document.isEmpty ? "\(record.key)" : document].joined(separator: ", ")
        let day = day(record, at: journal.day)
        let due = journal.due.flatMap { self.day(record, at: $0) }
        var lines: [[Value]] = []
        var unmapped: [Unmapped] = []
        for entry in journal.entries {
            guard let amount = Self.amount(entry, cells), amount.minorUnits != 0 else { continue }
            var line = [Value](repeating: .missing, count: JournalColumn.allCases.count)
            line[.company] = .text(company)
            line[.date] = day.map(Value.day) ?? .missing
            line[.due] = due.map(Value.day) ?? .missing
            line[.voucher] = .text(String(voucher))
            // A negative amount stands on the other side: books hold positive ones.
            let isDebit = entry.isDebit == (amount.minorUnits > 0)
            let magnitude = Money(
                minorUnits: Int128(amount.minorUnits.magnitude), currency: amount.currency)
            line[isDebit ? .debit : .credit] = .money(magnitude)
            if !document.isEmpty { line[.document] = .text(document) }
            setParty(of: record, cells, in: &line)
            do throws(Unmapped) {
                let number = try account(entry, cells, record.company)
                line[.account] = .text(number)
                line[.accountName] = labels[record.company]?[number].map(Value.text) ?? .missing
            } catch { unmapped.append(error) }
            if entry.hasTax {
                do throws(Unmapped) {
                    line[.vatCode] = .text(try code(cells, record.company))
                } catch { unmapped.append(error) }
                line[.vatAmount] = tax(of: amount, isDebit == entry.isDebit, cells)
            }
            lines.append(line)
        }
        return BookedRow(mark: mark, lines: lines, unmapped: unmapped)
    }

    /// The local day in a column, on the clock of the row's company.
    private func day(_ record: RowRecord, at place: Int) -> LocalDay? {
        guard case .number(let number) = record.cells[place] else { return nil }
        guard journal.columns[place].type == .instant, let zone = zones[record.company] else {
            return LocalDay(number: Int32(clamping: number))
        }
        return zone.day(of: Instant(microseconds: number))
    }

    private func setParty(of record: RowRecord, _ cells: [Value], in line: inout [Value]) {
        if let place = journal.party {
            if case .reference(let reference) = record.cells[place] {
                // Numbers of rows referred to count from 0 and are never used again.
                line[.party] = .text(String(reference.index + 1))
            } else {
                line[.party] = cells[place]
            }
        }
        if let place = journal.partyName { line[.partyName] = cells[place] }
    }

    /// The tax that belongs to a line; negative where it is booked on the other side.
    private func tax(of amount: Money, _ isOwnSide: Bool, _ cells: [Value]) -> Value {
        guard let place = journal.tax.amount, case .money(let tax) = cells[place],
            tax.currency == amount.currency
        else { return .money(Money(minorUnits: 0, currency: amount.currency)) }
        return .money(
            Money(
                minorUnits: isOwnSide ? tax.minorUnits : -tax.minorUnits, currency: tax.currency))
    }

    private func account(
        _ entry: Journal.Entry, _ cells: [Value], _ company: String
    ) throws(Unmapped) -> String {
        let ledger = try ledger(of: company)
        let problem: String
        switch (ledger.uses[entry.use], entry.by) {
        case (.always(let number)?, _): return number
        case (.byWord(let numbers)?, let by?):
            let word = Self.word(cells[by], orElse: Ledger.none)
            if let number = numbers[word] { return number }
            problem = "no account for ‘\(word)’ under ‘\(entry.use)’; add a line ‘\(word): …’"
        case (.byWord?, nil):
            problem =
                "‘\(entry.use)’ goes by words, and the journal names no column; add ‘by’ to the entry"
        case (nil, _):
            problem = "no account under ‘\(entry.use)’; add a line ‘\(entry.use): …’ to its uses"
        }
        throw Unmapped(words: "ledger ‘\(ledger.name)’: \(problem)")
    }

    private func code(_ cells: [Value], _ company: String) throws(Unmapped) -> String {
        let ledger = try ledger(of: company)
        let word = taxWord(cells)
        if let code = ledger.vat[word] { return code }
        throw Unmapped(
            words: "ledger ‘\(ledger.name)’: no code of tax for ‘\(word)’; add a line ‘\(word): …’ "
                + "under ‘vat’")
    }

    private func ledger(of company: String) throws(Unmapped) -> Ledger {
        if let ledger = ledgers[company] { return ledger }
        throw Unmapped(words: "the company ‘\(company)’ has no ledger; add it to one")
    }

    /// The kind of tax if the row says one, else its rate, else `none`.
    private func taxWord(_ cells: [Value]) -> String {
        if let category = journal.tax.category, case .text(let word) = cells[category] {
            return word
        }
        guard let rate = journal.tax.rate else { return Ledger.none }
        switch cells[rate] {
        case .decimal(let percent): return Ledger.word(forPercent: percent)
        case .integer(let percent): return Ledger.word(forPercent: ExactDecimal(Int(percent)))
        default: return Ledger.none
        }
    }

    private static func amount(_ entry: Journal.Entry, _ cells: [Value]) -> Money? {
        guard case .money(let amount) = cells[entry.amount] else { return nil }
        guard let less = entry.less, case .money(let part) = cells[less] else { return amount }
        return amount.adding(Money(minorUnits: -part.minorUnits, currency: part.currency))
    }

    private static func word(_ value: Value, orElse standard: String = "") -> String {
        switch value {
        case .text(let text): text
        case .integer(let number): String(number)
        default: standard
        }
    }
}

/// Adds up what rows book, and remembers what is wrong with it.
private struct BookingCheck {
    let journal: Journal
    private(set) var lineCount = 0
    private(set) var emptyCount = 0
    private(set) var footing = ResultFooting(columns: JournalColumn.columns)
    private(set) var currencies: Set<String> = []
    private var unbalanced: [String] = []
    private var unmapped: [Unmapped: (count: Int, first: String)] = [:]

    init(journal: Journal) { self.journal = journal }

    mutating func add(_ row: BookedRow) {
        if row.lines.isEmpty { emptyCount += 1 }
        lineCount += row.lines.count
        var sums: [Currency: (debit: Int128, credit: Int128)] = [:]
        for line in row.lines {
            footing.add(line)
            if case .money(let debit) = line[.debit] {
                sums[debit.currency, default: (0, 0)].debit += debit.minorUnits
            }
            if case .money(let credit) = line[.credit] {
                sums[credit.currency, default: (0, 0)].credit += credit.minorUnits
            }
        }
        for (currency, sum) in sums {
            currencies.insert(currency.code)
            guard sum.debit != sum.credit else { continue }
            let debit = Money(minorUnits: sum.debit, currency: currency)
            let credit = Money(minorUnits: sum.credit, currency: currency)
            unbalanced.append(
                "\(journal.name), \(row.mark): debit \(debit) and credit \(credit) differ; correct "
                    + "the amounts at their source")
        }
        for problem in row.unmapped {
            let (count, first) = unmapped[problem] ?? (0, row.mark)
            unmapped[problem] = (count + 1, first)
        }
    }

    /// What is missing in ledgers, then what does not balance.
    var problems: [String] {
        unmapped.map { problem, found in
            "\(problem.words) (\(found.count) lines, the first of \(found.first))"
        }.sorted() + unbalanced
    }
}

extension [Value] {
    /// The cell of a column of bookkeeping entries.
    fileprivate subscript(column: JournalColumn) -> Value {
        get { self[column.rawValue] }
        set { self[column.rawValue] = newValue }
    }
}
