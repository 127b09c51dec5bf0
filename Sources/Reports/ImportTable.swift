import Vocabulary

extension ImportProfile {
    /// The lines of a report's journals in the columns of another program.
    ///
    /// - Throws: `Advice`: `request` when the report has no such journal, is of several companies or has more
    ///   documents than the program takes, `input` with one line of details for each value that is missing
    ///   and each document that stands twice.
    func table(of document: ReportDocument) throws -> ResultTable {
        let tables = document.tables
        let journals = (document.book?.journals ?? []).filter { $0.kind == kind }.compactMap {
            journal in tables.first { $0.name == journal.table }
        }
        guard let book = document.book, !journals.isEmpty else {
            throw Advice(
                .request,
                "report ‘\(document.name)’ has no journal of \(kind.rawValue), as ‘\(name)’ takes",
                remedy: "choose another report or profile")
        }
        guard book.company != nil else {
            throw Advice(
                .request, "‘\(name)’ is of one company, and several are asked for",
                remedy: "choose one company")
        }
        let labels = Dictionary(book.vatCodes.map { ($0.code, $0.label) }) { first, _ in first }
        let survey = try survey(journals, labels)
        return ResultTable(
            name: name, title: title,
            columns: columns.map {
                ResultColumn(name: $0.name, label: $0.name, kind: kind(of: $0))
            },
            rowCount: survey.lines, totals: []
        ) { [self] body in
            for journal in journals {
                try journal.forEachBatch { rows in
                    let lines = rows.map { JournalLine($0) }.filter { !$0.vatCode.isEmpty }
                    if !lines.isEmpty {
                        try body(lines.map { line in columns.map { value($0, line, labels) } })
                    }
                }
            }
        }
    }

    /// Counts lines, and looks for what the program would refuse.
    private func survey(
        _ journals: [ResultTable], _ labels: [String: String]
    ) throws -> (lines: Int, documents: Int) {
        var lines = 0
        var documents: [String: String] = [:]
        var problems: [String] = []
        for journal in journals {
            try journal.forEachBatch { rows in
                for row in rows {
                    let line = JournalLine(row)
                    guard !line.vatCode.isEmpty else { continue }
                    lines += 1
                    let voucher = "\(journal.name), voucher \(line.voucher)"
                    for column in columns
                    where column.isRequired && value(column, line, labels) == .missing {
                        problems.append("\(voucher): ‘\(column.name)’ is missing; enter it")
                    }
                    let key = line.partyName + "\u{1F}" + line.document
                    if let other = documents[key], other != voucher {
                        problems.append(
                            "\(voucher): the number ‘\(line.document)’ of \(line.partyName) stands in "
                                + "\(other) too; the program takes it once")
                    }
                    documents[key] = voucher
                }
            }
        }
        guard problems.isEmpty else {
            throw Advice(
                .input, "\(problems.count) lines cannot be imported, and no file was made",
                remedy: "correct them where they were entered, or leave them out by a condition",
                details: problems)
        }
        if let mostDocuments, documents.count > mostDocuments {
            throw Advice(
                .request,
                "there are \(documents.count) documents, and a file of ‘\(name)’ may have "
                    + "\(mostDocuments)", remedy: "choose a shorter period")
        }
        return (lines, documents.count)
    }

    private func kind(of column: Column) -> ResultColumn.Kind {
        switch column.content {
        case .part(.amount), .part(.vatAmount): .decimal(scale: 2)
        case .part, .text: .text
        }
    }

    private func value(_ column: Column, _ line: JournalLine, _ labels: [String: String]) -> Value {
        func text(_ text: String) -> Value { text.isEmpty ? .missing : .text(text) }
        let part: Part
        switch column.content {
        case .text(let words): return .text(words)
        case .part(let found): part = found
        }
        // Sales are credits and purchases debits, so that both are positive.
        let isUsual = line.isDebit == (kind != .sales)
        switch part {
        case .company: return text(line.company)
        case .date: return .text(words(line.date))
        case .due: return line.due.map { .text(words($0)) } ?? .missing
        case .voucher: return text(line.voucher)
        case .account: return text(line.account)
        case .accountName: return text(line.accountName)
        case .document: return text(line.document)
        case .party: return text(line.party)
        case .partyName: return text(line.partyName)
        case .currency: return .text(line.amount.currency.code)
        case .vatCode: return text(line.vatCode)
        case .vatLabel: return text(labels[line.vatCode] ?? "")
        case .amount: return .decimal(isUsual ? line.amount.amount : -line.amount.amount)
        case .vatAmount:
            return line.vatAmount.map { .decimal(isUsual ? $0.amount : -$0.amount) } ?? .missing
        }
    }

    private func words(_ date: LocalDay) -> String {
        guard day == .dayFirst else { return date.description }
        return date.description.split(separator: "-").reversed().joined(separator: "/")
    }
}
