import Vocabulary

/// Writes bookkeeping entries as the Dutch audit file XAF 3.2: one company, one fiscal year.
///
/// The tables are read twice: first to check and count them (`AuditFileSurvey`), then to write them, so
/// that no file begins that could not be finished. Opening balances are left out, for they are not known.
struct AuditFileWriter {
    private static let namespace = "http://www.auditfiles.nl/XAF/3.2"

    func write(_ document: ReportDocument, to sink: ByteSink) throws {
        let survey = try AuditFileSurvey(document)
        let (company, year, provenance) = (survey.company, survey.year, document.provenance)
        var xml = try XMLWriter(sink)
        try xml.element("auditfile", attributes: "xmlns=\"\(Self.namespace)\"") { xml in
            try xml.element("header") { xml in
                try xml.element("fiscalYear", String(year.name))
                try xml.element("startDate", survey.period.start.description)
                try xml.element("endDate", survey.period.last.description)
                try xml.element("curCode", company.currency.code)
                try xml.element(
                    "dateCreated", provenance.zone.day(of: provenance.generatedAt).description)
                try xml.element("softwareDesc", "reportd")
            }
            try xml.element("company") { xml in
                try xml.element("companyIdent", company.code)
                try xml.element("companyName", company.name)
                try xml.element("taxRegistrationCountry", company.country)
                try xml.element("taxRegIdent", survey.taxNumber)
                try writeParties(survey, to: &xml)
                try writeCodes(survey, to: &xml)
                try xml.element("transactions") { xml in
                    try xml.element("linesCount", String(survey.lineCount))
                    try xml.element("totalDebit", survey.debit.description)
                    try xml.element("totalCredit", survey.credit.description)
                    for (journal, table) in survey.journals {
                        try write(journal, table, survey, to: &xml)
                    }
                }
            }
        }
        try xml.finish()
    }

    private func writeParties(_ survey: AuditFileSurvey, to xml: inout XMLWriter) throws {
        guard !survey.parties.isEmpty else { return }
        try xml.element("customersSuppliers") { xml in
            for (id, party) in survey.parties.sorted(by: { $0.key < $1.key }) {
                try xml.element("customerSupplier") { xml in
                    try xml.element("custSupID", id)
                    try xml.element("custSupName", ifAny: AuditFileSurvey.cut(party.name, 50))
                    try xml.element("custSupTp", ifAny: party.type)
                }
            }
        }
    }

    private func writeCodes(_ survey: AuditFileSurvey, to xml: inout XMLWriter) throws {
        try xml.element("generalLedger") { xml in
            for account in survey.book.accounts {
                try xml.element("ledgerAccount") { xml in
                    try xml.element("accID", account.number)
                    try xml.element("accDesc", account.label)
                    try xml.element("accTp", account.isBalance ? "B" : "P")
                }
            }
        }
        if !survey.book.vatCodes.isEmpty {
            try xml.element("vatCodes") { xml in
                for code in survey.book.vatCodes {
                    try xml.element("vatCode") { xml in
                        try xml.element("vatID", code.code)
                        try xml.element("vatDesc", code.label)
                        try xml.element("vatToPayAccID", ifAny: code.payable)
                        try xml.element("vatToClaimAccID", ifAny: code.claimable)
                    }
                }
            }
        }
        try xml.element("periods") { xml in
            for month in survey.year.months {
                try xml.element("period") { xml in
                    try xml.element("periodNumber", String(month.number))
                    try xml.element("startDatePeriod", month.days.start.description)
                    try xml.element("endDatePeriod", month.days.last.description)
                }
            }
        }
    }

    private func write(
        _ journal: JournalBook.Journal, _ table: ResultTable, _ survey: AuditFileSurvey,
        to xml: inout XMLWriter
    ) throws {
        try xml.element("journal") { xml in
            try xml.element("jrnID", journal.table)
            try xml.element("desc", table.title)
            try xml.element("jrnTp", Self.letter(journal.kind))
            var open: [JournalLine] = []
            // The lines of a voucher stand together: the survey has seen to it.
            try table.forEachBatch { rows in
                for row in rows {
                    let line = JournalLine(row)
                    if let first = open.first, first.voucher != line.voucher {
                        try write(open, survey, to: &xml)
                        open.removeAll(keepingCapacity: true)
                    }
                    open.append(line)
                }
            }
            try write(open, survey, to: &xml)
        }
    }

    private func write(
        _ lines: [JournalLine], _ survey: AuditFileSurvey, to xml: inout XMLWriter
    ) throws {
        guard let first = lines.first else { return }
        try xml.element("transaction") { xml in
            try xml.element("nr", first.voucher)
            let month = survey.year.months.first { $0.days.contains(first.date) }
            try xml.element("periodNumber", String(month?.number ?? 0))
            try xml.element("trDt", first.date.description)
            for (number, line) in lines.enumerated() {
                try xml.element("trLine") { xml in
                    try xml.element("nr", String(number + 1))
                    try xml.element("accID", line.account)
                    try xml.element("docRef", AuditFileSurvey.cut(line.document, 999))
                    try xml.element("effDate", line.date.description)
                    try xml.element("amnt", line.amount.amount.description)
                    try xml.element("amntTp", line.isDebit ? "D" : "C")
                    if !line.party.isEmpty {
                        try xml.element("custSupID", AuditFileSurvey.identification(line.party))
                    }
                    try writeTax(line, survey, to: &xml)
                }
            }
        }
    }

    private func writeTax(
        _ line: JournalLine, _ survey: AuditFileSurvey, to xml: inout XMLWriter
    ) throws {
        guard let tax = line.vatAmount, let percent = survey.percents[line.vatCode] else { return }
        try xml.element("vat") { xml in
            try xml.element("vatID", line.vatCode)
            try xml.element("vatPerc", percent.rounded(toScale: 3).description)
            try xml.element("vatAmnt", tax.amount.magnitude.description)
            try xml.element("vatAmntTp", line.isDebit == (tax.minorUnits >= 0) ? "D" : "C")
        }
    }

    private static func letter(_ kind: JournalBook.Journal.Kind) -> String {
        switch kind {
        case .sales: "S"
        case .purchases: "P"
        case .bank: "B"
        case .cash: "C"
        case .memorial: "M"
        }
    }
}
