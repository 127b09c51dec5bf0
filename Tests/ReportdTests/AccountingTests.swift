import Counterparts
import Foundation
import Reports
import Store
import Testing
import Vocabulary

@testable import reportd

/// Payment runs and journals from rows to the files that banks and accountants take, as shipped.
@Suite struct AccountingTests {
    /// Wednesday, 1 July 2026, in Amsterdam.
    private static let now = "2026-07-01T08:00:00Z"
    private static let account = "NL91ABNA0417164300"

    private func world() throws -> ClosingWorld { try ClosingWorld(now: Self.now) }

    /// Adds rows, whose cells are texts read by the type of their column: `12.50`, `2026-06-30`.
    private func add(
        _ model: String, _ company: String, _ rows: [[String: String]], to world: ClosingWorld
    ) throws {
        var batch = ChangeBatch()
        let model = try world.workplace.store.schema.model(model)
        for row in rows {
            let cells = try model.columns.map { column -> Cell in
                guard let text = row[column.name] else { return .missing }
                switch column.type {
                case .money:
                    return .number(
                        Int64(try #require(ExactDecimal(text)).rounded(toScale: 2).unscaled))
                case .decimal(let scale):
                    return .number(
                        Int64(try #require(ExactDecimal(text)).rounded(toScale: scale).unscaled))
                case .day: return .number(Int64(try #require(LocalDay(text)).number))
                case .instant: return .number(try #require(Instant(text)).microseconds)
                case .reference: return .key(.text(text))
                default: return .text(text)
                }
            }
            batch.upsert(
                model: model.name, origin: "test", company: company,
                key: .text(try #require(row["key"])), cells: cells)
        }
        try world.workplace.store.commit(batch)
    }

    private func bill(_ number: String, _ more: [String: String] = [:]) -> [String: String] {
        [
            "key": number, "number": number, "payee": "Bakker BV", "account": Self.account,
            "amount": "10.00", "currency": "EUR", "status": "pending", "issued_on": "2026-06-10",
            "due_on": "2026-07-10", "created_at": "2026-06-10T08:00:00Z",
        ].merging(more) { $1 }
    }

    private func sale(_ number: String, _ more: [String: String] = [:]) -> [String: String] {
        [
            "key": number, "number": number, "customer": "C1", "status": "PAID",
            "payment_status": "PAID", "net": "100.00", "tax": "25.00", "gross": "125.00",
            "tax_rate": "25", "currency": "DKK", "sold_at": "2026-06-30T22:30:00Z",
            "paid_at": "2026-07-05T10:00:00Z", "created_at": "2026-06-30T22:30:00Z",
        ].merging(more) { $1 }
    }

    private func teddyBills(_ world: ClosingWorld) throws {
        try add(
            "bill", "teddy-kids",
            [
                bill("F-1", ["due_on": "2026-06-15"]), bill("F-2", ["due_on": "2026-07-04"]),
                bill("F-3", ["customer_number": "K9", "payee": "Café Ærø", "amount": "12.34"]),
                bill("RF18539007547034", ["due_on": "2026-07-01"]),
                bill("F-5", ["status": "paid"]), bill("F-6", ["status": "exported"]),
                bill("F-7", ["status": "cancelled"]), bill("F-8", ["due_on": "2026-09-01"]),
            ], to: world)
        try add("bill", "tisa", [bill("T-1", ["amount": "0.01"])], to: world)
    }

    // MARK: Payments

    @Test func aRunPaysOpenBillsInTimeAndAgreesWithItsJSON() throws {
        let world = try world()
        try teddyBills(world)
        let document = try world.desk.report(
            "payment-run",
            ViewChoices(companies: ["teddy-kids", "tisa"], conditions: ["due_on<=2026-07-31"]),
            scope: world.everything)
        #expect(
            document.provenance.remarks.contains {
                $0.hasPrefix("2 of 5 payments are made on another day than they are due")
            })
        let xml = world.folder + "/run.xml"
        try ReportOutput(.sepa, locale: .english).write(document, to: xml)
        try XMLSchemas.validate(xml, against: "pain.001.001.09")
        let json = world.folder + "/run.json"
        try ReportOutput(.json, locale: .english).write(document, to: json)
        struct Answer: Decodable {
            let sums: [String]
            let payments: [[String]]
        }
        let answer: Answer = try Readers.python(
            """
            import xml.etree.ElementTree as E
            root = E.parse(sys.argv[1]).getroot()
            n = root.tag[:root.tag.index('}') + 1]
            p = lambda path: '/'.join(n + x for x in path.split('/'))
            table = json.load(open(sys.argv[2]))['blocks'][0]
            pays = []
            for b in root[0].findall(p('PmtInf')):
                for x in b.findall(p('CdtTrfTxInf')):
                    r = x.find(p('RmtInf/Ustrd'))
                    if r is None: r = x.find(p('RmtInf/Strd/CdtrRefInf/Ref'))
                    pays.append([b.find(p('Dbtr/Nm')).text, b.find(p('ReqdExctnDt/Dt')).text,
                        x.find(p('Cdtr/Nm')).text, r.text, x.find(p('Amt/InstdAmt')).text])
            emit({'sums': [root[0].find(p('GrpHdr/CtrlSum')).text,
                           table['totals'][0]['cells'][-1]['amount'],
                           str(sum(Decimal(r[-1]['amount']) for r in table['rows']))],
                  'payments': pays})
            """, [xml, json])
        #expect(answer.sums == ["42.35", "42.35", "42.35"])
        #expect(
            answer.payments == [
                ["TISA B.V.", "2026-07-10", "Bakker BV", "T-1", "0.01"],
                ["Teddy Kids B.V.", "2026-07-01", "Bakker BV", "F-1", "10.00"],
                ["Teddy Kids B.V.", "2026-07-01", "Bakker BV", "RF18539007547034", "10.00"],
                ["Teddy Kids B.V.", "2026-07-03", "Bakker BV", "F-2", "10.00"],
                ["Teddy Kids B.V.", "2026-07-10", "Cafe Aero", "F-3 K9", "12.34"],
            ])
    }

    @Test func theCommandNamesEveryLineThatABankWouldRefuse() throws {
        let world = try world()
        try teddyBills(world)
        try add(
            "bill", "teddy-kids",
            [
                bill("B-1", ["account": "NL92ABNA0417164300"]), bill("B-2", ["amount": "-5.00"]),
                bill("B_3"),
            ], to: world)
        let out = world.folder + "/cli.xml"
        let words = [
            "report", "payment-run", "--company", "teddy-kids", "--format", "sepa", "--out", out,
        ]
        let refused = try world.run(words, now: Self.now)
        #expect(refused.status == 65, "\(refused.text)")
        for word in ["B-1", "B-2", "B_3", "3 of 8 payments would be refused"] {
            #expect(refused.text.contains(word), "\(word) in \(refused.text)")
        }
        #expect(!FileManager.default.fileExists(atPath: out))
        let chosen = try world.run(words + ["--where", "number=F-1,F-2"], now: Self.now)
        #expect(chosen.status == 0, "\(chosen.text)")
        try XMLSchemas.validate(out, against: "pain.001.001.09")
        let other = try world.run(
            ["report", "sales-register", "--format", "sepa", "--out", out + "2"], now: Self.now)
        #expect(other.status == 64, "\(other.text)")
    }

    @Test func pagesAndTheInterfaceOfferFilesOnlyWhereTheyCanBeMade() async throws {
        // The moment for which the server's tokens are made.
        let world = try ClosingWorld(now: "\(FirstLightWorld.now)")
        try teddyBills(world)
        let companies = ["teddy-kids"]
        try UserBook(state: StateFile(path: world.workplace.configuration.state)).set(
            Principal(name: "test", role: .accountant, companies: Set(companies), userKey: nil),
            password: "a password of tests")
        let server = try await TestServer.start(world.workplace, world.desk, world.board)
        let token = try await server.token(.accountant, companies)
        let list = try await server.get("/api/v1/reports", token: token).text
        #expect(
            list.contains(
                "\"formats\":[\"csv\",\"xlsx\",\"pdf\",\"json\",\"sepa\",\"sepa-03\"]"), "\(list)")
        #expect(list.contains("\"formats\":[\"csv\",\"xlsx\",\"pdf\",\"json\",\"xaf\"]"))
        let file = try await server.get(
            "/api/v1/reports/payment-run.sepa?where=number%3DF-3", token: token)
        #expect(file.status == 200 && file.type == "application/xml")
        #expect(file.text.contains("<Ustrd>F-3 K9</Ustrd>"))
        let told = file.headers["Reportd-Notices"]?.removingPercentEncoding ?? ""
        #expect(told.contains("the payee’s name is written ‘Cafe Aero’"), "\(file.headers)")
        let nothing = try await server.get(
            "/api/v1/reports/payment-run.sepa?where=number%3DT-1", token: token)
        #expect(nothing.status == 400)
        let no = try await server.get("/api/v1/reports/bill-register.sepa", token: token)
        #expect(no.status == 400 && no.text.contains("is no list of payments"))
        try add("bill", "teddy-kids", [bill("B-1", ["account": "NL92"])], to: world)
        let refused = try await server.get("/api/v1/reports/payment-run.sepa", token: token)
        #expect(refused.status == 422)
        #expect(refused.text.contains("\"details\":[\"row "), "\(refused.text)")
        let session = try await server.token(.accountant, companies, use: .session)
        let page = try await server.get(
            "/reports/payment-run", headers: ["Cookie": "\(Recognition.cookie)=\(session)"]
        ).text
        #expect(page.contains("/api/v1/reports/payment-run.sepa"))
        #expect(!page.contains("payment-run.xaf"))
        #expect(page.contains("payments would be refused by the bank") && page.contains("NL92"))
        await server.stop()
    }

    // MARK: Journals

    private struct Books: Decodable {
        let header: [String]
        let lines: Int
        let debit: String
        let credit: String
        let declared: [String]
        let parties: [[String]]
        let periods: Int
        let journals: [String]
        let vat: [[String]]
        let json: [String]
    }

    /// Writes an audit file and its JSON, and has Python add both up; unbalanced vouchers end it.
    private func books(
        _ name: String, _ company: String, _ period: String, _ world: ClosingWorld
    ) throws -> Books {
        let document = try world.desk.report(
            name, ViewChoices(companies: [company], period: period), scope: world.everything)
        let xaf = world.folder + "/books.xaf"
        try ReportOutput(.auditFile, locale: .english).write(document, to: xaf)
        try XMLSchemas.validate(xaf, against: "XmlAuditfileFinancieel3.2")
        let json = world.folder + "/books.json"
        try ReportOutput(.json, locale: .english).write(document, to: json)
        return try Readers.python(
            """
            import xml.etree.ElementTree as E
            root = E.parse(sys.argv[1]).getroot()
            n = root.tag[:root.tag.index('}') + 1]
            p = lambda path: '/'.join(n + x for x in path.split('/'))
            t = lambda e, path: e.findtext(p(path))
            co, tx = root.find(p('company')), root.find(p('company/transactions'))
            lines, sums = 0, {'D': Decimal(0), 'C': Decimal(0)}
            for v in tx.iter(n + 'transaction'):
                own = {'D': Decimal(0), 'C': Decimal(0)}
                for l in v.findall(p('trLine')):
                    assert Decimal(t(l, 'amnt')) > 0
                    own[t(l, 'amntTp')] += Decimal(t(l, 'amnt')); lines += 1
                assert own['D'] == own['C'], t(v, 'nr')
                for k in own: sums[k] += own[k]
            tables = json.load(open(sys.argv[2]))['blocks']
            emit({'header': [t(root, 'header/' + k) for k in
                             ('fiscalYear', 'startDate', 'endDate', 'curCode', 'dateCreated')],
                  'lines': lines, 'debit': str(sums['D']), 'credit': str(sums['C']),
                  'declared': [t(tx, k) for k in ('linesCount', 'totalDebit', 'totalCredit')],
                  'parties': [[t(c, k) or '' for k in ('custSupID', 'custSupName', 'custSupTp')]
                              for c in co.iter(n + 'customerSupplier')],
                  'periods': len(list(co.iter(n + 'period'))),
                  'journals': [t(j, 'jrnID') + t(j, 'jrnTp') for j in tx.findall(p('journal'))],
                  'vat': [[t(v, k) for k in ('vatID', 'vatPerc', 'vatAmnt', 'vatAmntTp')]
                          for v in tx.iter(n + 'vat')],
                  'json': [str(sum(len(b['rows']) for b in tables)),
                           str(sum(Decimal(b['totals'][0]['cells'][5]['amount']) for b in tables))]})
            """, [xaf, json])
    }

    @Test func billsAreBookedAsCostsAndCreditorsAndWhatIsPaidByBank() throws {
        let world = try world()
        try add(
            "bill", "teddy-kids",
            [
                bill("F-1"), bill("F-2", ["status": "cancelled"]),
                bill("F-3", ["amount": "-12.10", "payee": String(repeating: "Née ", count: 20)]),
                bill("F-4", ["status": "paid", "marked_paid_at": "2026-06-30T22:30:00Z"]),
                bill("F-5", ["status": "paid", "marked_paid_at": "2026-06-29T22:30:00Z"]),
                bill("F-6", ["issued_on": "2025-12-31"]),
                bill("F-7", ["tax": "1.74", "tax_category": "zero", "account": ""]),
            ], to: world)
        let books = try books("journal-bills", "teddy-kids", "2026-06", world)
        #expect(books.header == ["2026", "2026-06-01", "2026-06-30", "EUR", "2026-07-01"])
        #expect(books.journals == ["billsP", "paymentsB"])
        // Five bills of two lines and one more of tax; one payment, for the other is of 1 July.
        #expect(books.lines == 13 && books.declared[0] == "13" && books.json[0] == "13")
        #expect(books.debit == "62.10" && books.credit == "62.10")
        #expect(books.declared == ["13", "62.10", "62.10"] && books.json[1] == "62.10")
        #expect(books.periods == 12)
        #expect(books.parties.contains { $0[0] == Self.account && $0[2] == "S" })
        #expect(books.parties.allSatisfy { $0[1].count <= 50 })
        #expect(books.vat.contains(["ONB", "0.000", "0.00", "D"]))
        #expect(books.vat.contains(["INUL", "0.000", "1.74", "D"]))
    }

    @Test func salesAreBookedWithTheirStoredTax() throws {
        let world = try world()
        try add("customer", "rendetalje", [["key": "C1", "name": "Anna & Søn"]], to: world)
        try add(
            "sale", "rendetalje",
            [
                sale("S-1"), sale("S-2", ["payment_status": "PENDING"]),
                sale("S-3", ["net": "-40.00", "tax": "-10.00", "gross": "-50.00"]),
                sale("S-4", ["tax": "0.00", "gross": "100.00", "tax_category": "eu-services"]),
                sale("S-5", ["status": "CANCELLED"]),
                sale("S-6", ["sold_at": "2026-06-30T21:30:00Z"]),
            ], to: world)
        let books = try books("journal-sales", "rendetalje", "2026-07", world)
        #expect(books.journals == ["salesS", "receiptsB"])
        #expect(books.debit == books.credit && books.declared[1] == books.debit)
        #expect(books.lines == 19 && books.declared[0] == "19")
        #expect(books.vat.contains(["U25", "25.000", "25.00", "C"]))
        #expect(books.vat.contains(["U25", "25.000", "10.00", "D"]))
        #expect(books.vat.contains(["UEU", "0.000", "0.00", "C"]))
        #expect(books.parties == [["1", "Anna & Søn", "C"]])
    }

    @Test func theSalesJournalOfTheDemoBooksWhatItsSourceHolds() async throws {
        let world = try await FirstLightWorld.shared
        let document = try world.desk.report(
            "journal-sales", ViewChoices(companies: ["rendetalje"], period: "2026-10"),
            scope: world.workplace.everything)
        let oracle = SalesOracle(
            world: world, company: "rendetalje",
            period: try PeriodName("2026-10").period(today: LocalDay(number: 20_000)))
        let sums = try oracle.rows(
            """
            SELECT sum(total_with_tax), sum(final_amount), sum(tax_amount) FROM sales s
            WHERE \(SalesOracle.booked) AND \(oracle.scope("s", "sale_date"))
            """)[0]
        var accounts: [Value: ExactDecimal] = [:]
        for row in try document.tables[0].rows() {
            for column in [JournalColumn.debit, .credit] {
                guard case .money(let amount) = row[column.rawValue] else { continue }
                accounts[row[JournalColumn.account.rawValue], default: .zero] =
                    (accounts[row[JournalColumn.account.rawValue]] ?? .zero) + amount.amount
            }
        }
        #expect(
            accounts == [
                .text("5600"): try #require(ExactDecimal(sums[0])),
                .text("1010"): try #require(ExactDecimal(sums[1])),
                .text("6902"): try #require(ExactDecimal(sums[2])),
            ])
        let paid = try oracle.rows(
            """
            SELECT sum(total_with_tax) FROM sales s WHERE \(SalesOracle.booked)
                AND payment_status = 'PAID' AND \(oracle.scope("s", "payment_date"))
            """)[0]
        #expect(document.tables[1].totals.first?.cells[5] == (try kroner(paid[0])))
    }

    @Test func billsGoToXeroInItsColumns() throws {
        let world = try world()
        try add(
            "bill", "teddy-kids",
            [
                bill("F-1", ["tax": "1.74", "tax_category": "zero"]),
                bill("F-2", ["amount": "-4.00"]), bill("F-3", ["payee": "=cmd()"]),
            ], to: world)
        let out = world.folder + "/xero.csv"
        let words = [
            "report", "journal-bills", "--company", "teddy-kids", "--period", "2026-06", "--format",
            "csv", "--profile", "xero-bills", "--out", out,
        ]
        let done = try world.run(words, now: Self.now)
        #expect(done.status == 0, "\(done.text)")
        let rows: [[String]] = try Readers.python(
            "import csv\nemit(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'))))",
            [out])
        #expect(
            rows == [
                [
                    "*ContactName", "*InvoiceNumber", "*InvoiceDate", "*DueDate", "Description",
                    "*Quantity", "*UnitAmount", "*AccountCode", "*TaxType", "TaxAmount", "Currency",
                ],
                [
                    "Bakker BV", "F-1", "10/06/2026", "10/07/2026", "Kosten", "1", "8.26", "4000",
                    "Inkoop tegen 0 %", "1.74", "EUR",
                ],
                [
                    "Bakker BV", "F-2", "10/06/2026", "10/07/2026", "Kosten", "1", "-4.00", "4000",
                    "Btw niet vermeld", "0.00", "EUR",
                ],
                [
                    "'=cmd()", "F-3", "10/06/2026", "10/07/2026", "Kosten", "1", "10.00", "4000",
                    "Btw niet vermeld", "0.00", "EUR",
                ],
            ])
        let wrong = try world.run(
            words.map { $0 == "xero-bills" ? "xero-bill" : $0 }, now: Self.now)
        #expect(wrong.status == 64 && wrong.text.contains("did you mean ‘xero-bills’?"))
    }

    @Test func whatIsNotMappedOrDoesNotBalanceIsRefusedAndAllOfItIsTold() throws {
        let world = try world()
        try add(
            "sale", "rendetalje",
            [
                sale("S-1"), sale("S-2", ["tax_rate": "12.5"]), sale("S-3", ["tax_rate": "12.5"]),
                sale("S-4", ["tax_category": "gift"]), sale("S-5", ["gross": "125.01"]),
            ], to: world)
        let advice = try #require(throws: Advice.self) {
            try world.desk.report(
                "journal-sales", ViewChoices(companies: ["rendetalje"], period: "2026-07"),
                scope: world.everything)
        }
        #expect(
            advice.details == [
                "ledger ‘danish-sales’: no code of tax for ‘12.5 %’; add a line ‘12.5 %: …’ under ‘vat’ "
                    + "(2 lines, the first of Rendetalje, S-2)",
                "ledger ‘danish-sales’: no code of tax for ‘gift’; add a line ‘gift: …’ under ‘vat’ "
                    + "(1 lines, the first of Rendetalje, S-4)",
                "sales, Rendetalje, S-5: debit 125.01 DKK and credit 125.00 DKK differ; correct the "
                    + "amounts at their source",
            ])
        try add("bill", "teddy-shared", [bill("X-1")], to: world)
        let none = try #require(throws: Advice.self) {
            try world.desk.report(
                "journal-bills", ViewChoices(companies: ["teddy-shared"], period: "2026-06"),
                scope: world.everything)
        }
        #expect(none.details.contains { $0.contains("‘teddy-shared’ has no ledger") })
    }

    @Test func anAuditFileIsOfOneCompanyAndFiscalYear() throws {
        let world = try world()
        try teddyBills(world)
        func refusal(_ choices: ViewChoices) throws -> String {
            let document = try world.desk.report("journal-bills", choices, scope: world.everything)
            return try #require(throws: Advice.self) {
                try ReportOutput(.auditFile, locale: .english).bytes(document)
            }.happened
        }
        #expect(
            try refusal(ViewChoices(companies: ["teddy-kids", "tisa"], period: "2026-06"))
                == "an audit file is of one company, and several are asked for")
        #expect(
            try refusal(ViewChoices(companies: ["tisa"], from: "2025-12-01", to: "2026-06-30"))
                .contains("goes beyond"))
    }
}
