import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import Reports

@Suite("Audit files and other programs") struct AuditFileTests {
    private static let companies = """
        companies:
          - {code: north, name: "North & Søn", zone: Europe/Amsterdam, currency: EUR, country: NL,
             tax-number: NL000000001B01, fiscal-year-start: 4}
        """

    private static func company(_ text: String = companies) throws -> Company {
        try CompanyDirectory(DefinitionNode(parsing: text, file: "companies.yaml")).companies[0]
    }

    /// A line as a journal has it.
    private struct Line {
        var date = "2026-06-10"
        var voucher = "1"
        var account = "4000"
        var debit: Int?
        var credit: Int?
        var code = ""
        var tax: Int?
        var document = "F-1"
        var party = "NL91ABNA0417164300"
        var name = "Bakker BV"
        var currency = "EUR"

        func row() throws -> [Value] {
            let currency = try #require(Currency(currency))
            func money(_ cents: Int?) -> Value {
                cents.map { .money(Money(minorUnits: Int128($0), currency: currency)) } ?? .missing
            }
            func text(_ text: String) -> Value { text.isEmpty ? .missing : .text(text) }
            return [
                .text("North"), .day(try #require(LocalDay(date))), .text(voucher), .text(account),
                .text("Account \(account)"), money(debit), money(credit), text(code), money(tax),
                text(document), text(party), text(name), .day(try #require(LocalDay("2026-07-10"))),
            ]
        }
    }

    private func document(
        _ lines: [Line], company: Company? = nil, from: String = "2026-06-01",
        to: String = "2026-07-01"
    ) throws -> ReportDocument {
        var footing = ResultFooting(columns: JournalColumn.columns)
        let rows = try lines.map { try $0.row() }
        for row in rows { footing.add(row) }
        let table = ResultTable(
            name: "bills", title: "Bills", columns: JournalColumn.columns, rowCount: rows.count,
            totals: footing.totals
        ) { body in
            for start in stride(from: 0, to: rows.count, by: 7) {
                try body(Array(rows[start..<min(start + 7, rows.count)]))
            }
        }
        var provenance = Samples.provenance()
        provenance.period = try Period(
            from: try #require(LocalDay(from)), upTo: try #require(LocalDay(to)))
        let book = JournalBook(
            company: try company ?? Self.company(),
            accounts: [
                .init(number: "4000", label: "Kosten <algemeen>", isBalance: false),
                .init(number: "1520", label: "Btw", isBalance: true),
                .init(number: "1600", label: "Crediteuren", isBalance: true),
            ],
            vatCodes: [
                .init(
                    code: "IH", label: "21% VAT", percent: ExactDecimal(21), payable: nil,
                    claimable: "1520")
            ], journals: [.init(table: "bills", kind: .purchases)])
        var document = ReportDocument(
            name: "books", title: "Books", provenance: provenance, blocks: [.table(table)])
        document.book = book
        return document
    }

    private func booking(_ number: Int, net: Int, tax: Int, name: String = "Bakker BV") -> [Line] {
        let line = Line(
            voucher: "\(number)", document: "F-\(number)", party: "P\(number % 9)", name: name)
        var (cost, input, creditor) = (line, line, line)
        (cost.debit, cost.code, cost.tax) = (net, "IH", tax)
        (input.account, input.debit) = ("1520", tax)
        (creditor.account, creditor.credit) = ("1600", net + tax)
        return [cost, input, creditor]
    }

    @Test(
        "random books are valid, and Python adds them up to what they declare",
        arguments: [
            UInt64(1), 2, 3,
        ])
    func randomBooks(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let names = Samples.names + [String(repeating: "Ærø ", count: 30), "a\u{1}b\u{FFFE}"]
        let lines = (1...80).flatMap { number in
            booking(
                number, net: Int.random(in: 1...9_999_999_999, using: &random),
                tax: Int.random(in: 1...99_999, using: &random),
                name: names.randomElement(using: &random) ?? "")
        }
        let scratch = try Scratch()
        let path = scratch.file("books.xaf")
        let output = ReportOutput(.auditFile, locale: .english)
        try output.write(try document(lines), to: path)
        #expect(output.fileName(for: try document(lines)) == "books-2026-06.xaf")
        try XMLSchemas.validate(path, against: "XmlAuditfileFinancieel3.2")
        let answer: [String] = try Readers.python(
            """
            import xml.etree.ElementTree as E
            root = E.parse(sys.argv[1]).getroot()
            n = root.tag[:root.tag.index('}') + 1]
            t = root.find(n + 'company').find(n + 'transactions')
            lines = list(t.iter(n + 'trLine'))
            side = lambda s: str(sum(Decimal(l.findtext(n + 'amnt')) for l in lines
                                     if l.findtext(n + 'amntTp') == s))
            ids = {a.text for a in root.iter(n + 'accID')} - {
                a.findtext(n + 'accID') for a in root.iter(n + 'ledgerAccount')}
            periods = {p.findtext(n + 'periodNumber') for p in root.iter(n + 'transaction')}
            emit([str(len(lines)), side('D'), side('C')]
                 + [t.findtext(n + k) for k in ('linesCount', 'totalDebit', 'totalCredit')]
                 + [str(len(ids)), str(max(len(c.text or '') for c in root.iter(n + 'custSupName'))),
                    ','.join(periods), root.find(n + 'header').findtext(n + 'fiscalYear')])
            """, [path])
        #expect(Array(answer[0...2]) == Array(answer[3...5]))
        #expect(answer[0] == "240" && answer[1] == answer[2])
        // A fiscal year from April ends in 2027, and June is its third month.
        #expect(Array(answer[6...]) == ["0", "50", "3", "2027"])
    }

    @Test("what breaks the books is named, all of it")
    func broken() throws {
        var lines = booking(1, net: 100, tax: 21) + booking(2, net: 100, tax: 21)
        lines[0].debit = 101
        lines[1].account = "1599"
        lines[3].code = "NO"
        lines[5].date = "2026-07-01"
        var foreign = booking(3, net: 5, tax: 1)
        for index in foreign.indices { foreign[index].currency = "DKK" }
        let apart = booking(1, net: 7, tax: 1)
        let broken = try document(lines + foreign + apart)
        let advice = try #require(throws: Advice.self) {
            try ReportOutput(.auditFile, locale: .english).bytes(broken)
        }
        let expected = [
            "the account ‘1599’", "voucher 1: debit 1.22 and credit 1.21", "the code of tax ‘NO’",
            "2026-07-01 lies outside", "0.05 DKK is not in EUR", "0.01 DKK", "0.06 DKK",
            "voucher 1: its lines do not stand together",
        ]
        #expect(advice.details.count == expected.count, "\(advice.details)")
        for words in expected {
            #expect(advice.details.contains { $0.contains(words) }, "\(words)")
        }
    }

    @Test("books of a company without a tax number, or of two fiscal years, are refused")
    func refused() throws {
        let output = ReportOutput(.auditFile, locale: .english)
        let lines = booking(1, net: 100, tax: 21)
        let nameless = try Self.company(
            Self.companies.replacing("tax-number: NL000000001B01, ", with: ""))
        let tax = #expect(throws: Advice.self) {
            try output.bytes(try document(lines, company: nameless))
        }
        #expect(tax?.remedy.contains("‘tax-number’") == true)
        let years = #expect(throws: Advice.self) {
            try output.bytes(try document(lines, from: "2026-03-01"))
        }
        #expect(years?.happened.contains("goes beyond") == true)
        let none = #expect(throws: Advice.self) { try output.bytes(Samples.document(rows: 1)) }
        #expect(none?.happened == "report ‘sales-register’ holds no bookkeeping entries")
    }

    // MARK: Other programs

    private func profile(_ more: String = "") throws -> ImportProfile {
        try ImportProfile(
            DefinitionNode(
                parsing: """
                    profile: theirs
                    title: Theirs
                    kind: purchases
                    most-documents: 3
                    day: DD/MM/YYYY
                    columns:
                      - {name: "*Who", from: party_name, required: true}
                      - {name: Number, from: document}
                      - {name: On, from: date}
                      - {name: Due, from: due}
                      - {name: How many, text: "1"}
                      - {name: Net, from: amount}
                      - {name: Tax, from: vat_amount}
                      - {name: Rate, from: vat_label}
                    """ + more, file: "profiles/theirs.yaml"))
    }

    @Test("a file for another program has its columns, and Python reads them")
    func program() throws {
        var lines =
            booking(1, net: 10_000, tax: 2_100) + booking(2, net: 50, tax: 11, name: "=1;\"x\"")
        // A credit note stands on the other side.
        var note = booking(3, net: 700, tax: 147)
        (note[0].debit, note[0].credit) = (nil, note[0].debit)
        (note[1].debit, note[1].credit) = (nil, note[1].debit)
        (note[2].debit, note[2].credit) = (note[2].credit, nil)
        lines += note
        let scratch = try Scratch()
        let output = ReportOutput(.csv, locale: .english, program: try profile())
        let document = try document(lines)
        #expect(output.fileName(for: document) == "books-theirs-2026-06.csv")
        try output.write(document, to: scratch.file("f.csv"))
        let rows: [[String]] = try Readers.python(
            "import csv\nemit(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'))))",
            [scratch.file("f.csv")])
        #expect(
            rows == [
                ["*Who", "Number", "On", "Due", "How many", "Net", "Tax", "Rate"],
                [
                    "Bakker BV", "F-1", "10/06/2026", "10/07/2026", "1", "100.00", "21.00",
                    "21% VAT",
                ],
                ["'=1;\"x\"", "F-2", "10/06/2026", "10/07/2026", "1", "0.50", "0.11", "21% VAT"],
                ["Bakker BV", "F-3", "10/06/2026", "10/07/2026", "1", "-7.00", "-1.47", "21% VAT"],
            ])
    }

    @Test("what another program would refuse is named")
    func programRefuses() throws {
        let output = ReportOutput(.csv, locale: .english, program: try profile())
        var twice = booking(2, net: 5, tax: 1)
        for index in twice.indices { twice[index].document = "F-1" }
        let lines = booking(1, net: 5, tax: 1) + twice + booking(3, net: 5, tax: 1, name: "")
        let advice = try #require(throws: Advice.self) { try output.bytes(try document(lines)) }
        #expect(advice.details.count == 2, "\(advice.details)")
        #expect(advice.details[0].contains("‘F-1’ of Bakker BV stands in bills, voucher 1 too"))
        #expect(advice.details[1].contains("voucher 3: ‘*Who’ is missing"))
        let many = try #require(throws: Advice.self) {
            try output.bytes(try document((1...4).flatMap { booking($0, net: 5, tax: 1) }))
        }
        #expect(many.happened == "there are 4 documents, and a file of ‘theirs’ may have 3")
        let other = try #require(throws: Advice.self) {
            try output.bytes(Samples.document(rows: 1))
        }
        #expect(other.happened.contains("has no journal of purchases"))
        let slip = try #require(throws: Advice.self) {
            try profile("\n  - {name: X, from: amonut}")
        }
        #expect(slip.description.contains("did you mean ‘amount’?"), "\(slip)")
    }
}
