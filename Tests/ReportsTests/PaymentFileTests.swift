import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import Reports

@Suite("Payment files") struct PaymentFileTests {
    private struct Reading: Decodable {
        struct Payment: Decodable, Hashable {
            let debtor: String
            let day: String
            let name: String
            let account: String
            let amount: String
            let reference: String
            let isStructured: Bool
            let id: String
        }
        let message: String
        let made: String
        let count: String
        let sum: String
        /// Number and sum that each batch declares and has.
        let batches: [[String]]
        let payments: [Payment]
        let total: String
        let bics: [String]
        let debtorBanks: [String]
    }

    /// Writes a file and its JSON, and has Python read both.
    private func read(
        _ document: ReportDocument, _ format: ReportFormat = .sepa
    ) throws -> Reading {
        let scratch = try Scratch()
        let path = scratch.file("run.xml")
        try ReportOutput(format, locale: .english).write(document, to: path)
        try XMLSchemas.validate(
            path, against: format == .sepa ? "pain.001.001.09" : "pain.001.001.03")
        let json = scratch.file("run.json")
        try ReportOutput(.json, locale: .english).write(document, to: json)
        return try Readers.python(Self.reader, [path, json])
    }

    private static let reader = """
        import xml.etree.ElementTree as E
        root = E.parse(sys.argv[1]).getroot()
        ns = root.tag[:root.tag.index('}') + 1]
        def t(e, path):
            found = e.find('/'.join(ns + p for p in path.split('/')))
            return None if found is None else found.text
        h = root[0].find(ns + 'GrpHdr')
        batches, payments, bics, banks = [], [], [], []
        for b in root[0].findall(ns + 'PmtInf'):
            txs = b.findall(ns + 'CdtTrfTxInf')
            amounts = [Decimal(t(x, 'Amt/InstdAmt')) for x in txs]
            assert {x.find(ns + 'Amt')[0].get('Ccy') for x in txs} == {'EUR'}
            assert t(b, 'PmtMtd') == 'TRF' and t(b, 'ChrgBr') == 'SLEV'
            assert t(b, 'PmtTpInf/SvcLvl/Cd') == 'SEPA'
            batches.append([t(b, 'NbOfTxs'), t(b, 'CtrlSum'), str(len(txs)), str(sum(amounts))])
            banks.append(t(b, 'DbtrAgt/FinInstnId/BICFI') or t(b, 'DbtrAgt/FinInstnId/BIC')
                or t(b, 'DbtrAgt/FinInstnId/Othr/Id'))
            for x in txs:
                s = t(x, 'RmtInf/Strd/CdtrRefInf/Ref')
                bics.append(t(x, 'CdtrAgt/FinInstnId/BICFI') or t(x, 'CdtrAgt/FinInstnId/BIC') or '')
                payments.append({
                    'debtor': t(b, 'DbtrAcct/Id/IBAN'),
                    'day': t(b, 'ReqdExctnDt/Dt') or t(b, 'ReqdExctnDt'),
                    'name': t(x, 'Cdtr/Nm'), 'account': t(x, 'CdtrAcct/Id/IBAN'),
                    'amount': t(x, 'Amt/InstdAmt'), 'isStructured': s is not None,
                    'reference': s or t(x, 'RmtInf/Ustrd') or '', 'id': t(x, 'PmtId/EndToEndId')})
        report = json.load(open(sys.argv[2]))
        table = [b for b in report['blocks'] if b['type'] == 'table'][0]
        emit({'message': t(h, 'MsgId'), 'made': t(h, 'CreDtTm'), 'count': t(h, 'NbOfTxs'),
              'sum': t(h, 'CtrlSum'), 'batches': batches, 'payments': payments, 'bics': bics,
              'debtorBanks': banks, 'total': table['totals'][0]['cells'][8]['amount']})
        """

    @Test(
        "each account and day is a batch, and sums are those of the table",
        arguments: [
            ReportFormat.sepa, .earlierSEPA,
        ])
    func batches(format: ReportFormat) throws {
        let later = LocalDay("2026-07-03")
        let answer = try read(
            SamplePayment.document([
                SamplePayment("a1"),
                SamplePayment("a2") {
                    $0.number = "RF18 5390 0754 7034"
                    $0.bic = "ABNANL2A"
                },
                SamplePayment("a3") {
                    $0.number = "5010002167010010"
                    $0.customer = "K9"
                    $0.payOn = later
                },
                SamplePayment("a4") {
                    $0.company = "Teddy Café"
                    $0.number = "2026/17"
                    $0.customer = "K9"
                },
            ]), format)
        #expect(answer.made == "2026-07-01T09:00:00")
        #expect(answer.count == "4" && answer.sum == "484.00" && answer.total == "484.00")
        #expect(
            answer.batches == [
                ["1", "121.00", "1", "121.00"], ["2", "242.00", "2", "242.00"],
                ["1", "121.00", "1", "121.00"],
            ])
        #expect(answer.debtorBanks == ["NOTPROVIDED", "INGBNL2A", "INGBNL2A"])
        #expect(answer.bics == ["", "", "ABNANL2A", ""])
        #expect(answer.payments.map(\.id) == ["a4", "a1", "a2", "a3"])
        #expect(
            answer.payments.map(\.reference) == [
                "2026/17 K9", "F-1", "RF18539007547034", "5010002167010010",
            ])
        #expect(answer.payments.map(\.isStructured) == [false, false, true, true])
        #expect(
            answer.payments.map(\.day) == ["2026-07-02", "2026-07-02", "2026-07-02", "2026-07-03"])
    }

    @Test("the same orders are the same bytes, and other orders another message")
    func identity() throws {
        let output = ReportOutput(.sepa, locale: .english)
        let one = SamplePayment.document([SamplePayment("a1")])
        #expect(try output.bytes(one) == output.bytes(one))
        let other = try read(
            SamplePayment.document([
                SamplePayment("a1") { $0.amount = Money(minorUnits: 12_101, currency: Samples.eur) }
            ]))
        #expect(try read(one).message != other.message)
        #expect(other.message.count <= 35)
        #expect(output.fileName(for: one) == "payment-run-2026-06.xml")
    }

    @Test("names are written in Latin letters and told; references and accounts are never touched")
    func transliteration() throws {
        let document = SamplePayment.document([
            SamplePayment("a1") { $0.creditor = "Café Ærø & Søn, “Łódź”" },
            SamplePayment("a2") {
                $0.creditor = "Ελληνική Τράπεζα"
                $0.number = "F-2"
            },
            SamplePayment("a3") {
                $0.creditor = "😀 Happy ApS"
                $0.number = "5010002167010011"
            },
            SamplePayment("a4") {
                $0.company = "Teddy Café"
                $0.number = "F-4"
            },
        ])
        let answer = try read(document)
        let names = Dictionary(uniqueKeysWithValues: answer.payments.map { ($0.id, $0.name) })
        #expect(names["a1"] == "Cafe Aero + Son, 'Lodz'")
        #expect(names["a2"] == "Elliniki Trapeza")
        #expect(names["a3"] == "Happy ApS")
        let notices = try ReportOutput(.sepa, locale: .english).notices(of: document)
        #expect(notices.count == 5)
        #expect(notices[0].contains("row 1, Café Ærø") && notices[0].contains("Cafe Aero + Son"))
        #expect(notices.contains { $0.contains("row 3") && $0.contains("betalingskenmerk") })
        #expect(notices.contains { $0.contains("‘Teddy Café B.V.’ is written ‘Teddy Cafe B.V.’") })
        #expect(try ReportOutput(.csv, locale: .english).notices(of: document).isEmpty)
    }

    /// What is wrong with a payment, and words of what is said of it.
    private static let flaws: [(String, @Sendable (inout SamplePayment) -> Void)] = [
        ("The company nobody has", { $0.company = "nobody" }),
        ("name is missing", { $0.creditor = "" }),
        ("71 characters", { $0.creditor = String(repeating: "n", count: 71) }),
        ("cannot be written in Latin", { $0.creditor = "שלום Bakker" }),
        ("IBAN is missing", { $0.account = "" }),
        ("check digits do not fit", { $0.account = "NL92ABNA0417164300" }),
        ("NL has 18", { $0.account = "NL91ABNA041716430" }),
        ("no country ‘TR’", { $0.account = "TR330006100519786457841326" }),
        ("capitals and digits", { $0.account = "NL91 ABNA 0417 1643 00" }),
        ("do not stand where", { $0.account = "NL910BNA0417164300" }),
        ("not a BIC", { $0.bic = "ABNANL2" }),
        ("amount is missing", { $0.amount = nil }),
        ("not in euro", { $0.amount = Money(minorUnits: 100, currency: Samples.dkk) }),
        ("settle it with", { $0.amount = Money(minorUnits: -1, currency: Samples.eur) }),
        ("settle it with", { $0.amount = Money(minorUnits: 0, currency: Samples.eur) }),
        (
            "pay it in parts",
            { $0.amount = Money(minorUnits: 100_000_000_000, currency: Samples.eur) }
        ),
        ("‘_’", { $0.number = "F_1" }),
        ("begins or ends with ‘/’", { $0.number = "/F1" }),
        ("or has ‘//’", { $0.number = "F//1" }),
        ("141 characters", { $0.number = String(repeating: "1", count: 141) }),
        ("day of payment is missing", { $0.payOn = nil }),
        ("is past", { $0.payOn = LocalDay("2026-06-30") }),
        ("choose 2026-07-06", { $0.payOn = LocalDay("2026-07-04") }),
        ("choose 2026-12-28", { $0.payOn = LocalDay("2026-12-25") }),
        ("more than a year", { $0.payOn = LocalDay("2027-07-02") }),
        ("own number is missing", { $0.identification = "" }),
        ("36 characters", { $0.identification = String(repeating: "x", count: 36) }),
        ("ends with ‘/’", { $0.identification = "x/" }),
    ]

    @Test("a file that a bank would refuse is not written, and every reason is told")
    func refusals() throws {
        var payments: [SamplePayment] = []
        for (index, flaw) in Self.flaws.enumerated() {
            payments.append(SamplePayment("good\(index)") { $0.number = "G-\(index)" })
            payments.append(
                SamplePayment("bad\(index)") {
                    $0.number = "B-\(index)"
                    flaw.1(&$0)
                })
        }
        // The same twice, and another with a number that is taken.
        payments.append(SamplePayment("twice") { $0.number = "G-0" })
        payments.append(SamplePayment("good0") { $0.number = "G-last" })
        let scratch = try Scratch()
        let document = SamplePayment.document(payments)
        let advice = try #require(
            #expect(throws: Advice.self) {
                try ReportOutput(.sepa, locale: .english).write(document, to: scratch.file("r.xml"))
            })
        #expect(scratch.names.isEmpty)
        #expect(advice.kind == .input)
        #expect(advice.details.count == Self.flaws.count + 2)
        for (index, flaw) in Self.flaws.enumerated() {
            let line = advice.details[index]
            #expect(line.hasPrefix("row \(2 * index + 2)"), "\(line)")
            #expect(
                line.localizedCaseInsensitiveContains(flaw.0), "\(flaw.0) in \(line)")
        }
        #expect(advice.details[Self.flaws.count].contains("row 1 pays 121.00 EUR to the same"))
        #expect(advice.details[Self.flaws.count + 1].contains("row 1 has the same number"))
    }

    @Test("a report without payments, or with none to make, says so")
    func nothing() throws {
        let output = ReportOutput(.sepa, locale: .english)
        let other = #expect(throws: Advice.self) { try output.bytes(Samples.document(rows: 1)) }
        #expect(other?.happened == "report ‘sales-register’ is no list of payments")
        let empty = #expect(throws: Advice.self) { try output.bytes(SamplePayment.document([])) }
        #expect(empty?.happened == "there is nothing to pay in ‘Payments’")
    }

    @Test(
        "random bills: what is written is valid and adds up, what is broken is named",
        arguments: [
            UInt64(1), 2, 3, 4,
        ])
    func randomBills(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let countries = IBAN.forms.keys.sorted()
        let names =
            Samples.names.filter { !$0.isEmpty && $0.count < 60 }
            + [
                "Jørgen Ærø", "O'Neill & Sons", "Ünal Ğ.", "Straße 5 GmbH", "A/B//C", "½ price",
                "Žižka",
            ]
        var (good, all) = ([SamplePayment](), [SamplePayment]())
        var broken: [Int] = []
        for index in 0..<240 {
            let payment = SamplePayment("p\(index)") {
                $0.creditor = names.randomElement(using: &random) ?? ""
                $0.account = SamplePayment.iban(countries[index % countries.count], using: &random)
                $0.amount = Money(
                    minorUnits: Int128(Int64.random(in: 1...99_999_999_999, using: &random)),
                    currency: Samples.eur)
                $0.number = "N\(index)"
                $0.company = Bool.random(using: &random) ? "Teddy Kids" : "Teddy Café"
                $0.payOn = BankingDay.first(
                    from: LocalDay(number: 20_635).adding(
                        days: Int.random(in: 0...20, using: &random)))
            }
            let isForeign = payment.creditor.unicodeScalars.contains {
                $0.value > 0x590 && $0.value < 0x700
            }
            if isForeign || Int.random(in: 0..<6, using: &random) == 0 {
                var bad = payment
                if !isForeign { Self.flaws.randomElement(using: &random)?.1(&bad) }
                broken.append(all.count + 1)
                all.append(bad)
            } else {
                good.append(payment)
                all.append(payment)
            }
        }
        let advice = #expect(throws: Advice.self) {
            try ReportOutput(.sepa, locale: .english).bytes(SamplePayment.document(all))
        }
        let named = Set(
            (advice?.details ?? []).compactMap { line in
                line.split { !$0.isNumber }.first.flatMap { Int($0) }
            })
        #expect(named == Set(broken))
        let answer = try read(SamplePayment.document(good))
        #expect(answer.count == "\(good.count)" && answer.sum == answer.total)
        for batch in answer.batches { #expect(Array(batch[0...1]) == Array(batch[2...3])) }
        let accounts = Dictionary(uniqueKeysWithValues: answer.payments.map { ($0.id, $0.account) })
        for payment in good { #expect(accounts[payment.identification] == payment.account) }
        #expect(
            answer.payments.allSatisfy {
                BankText.refused(in: $0.name).isEmpty && $0.name.count <= 70
            })
    }

    @Test("schemas, where they are at hand, refuse what is not so")
    func schemasRefuse() throws {
        guard XMLSchemas.folder != nil else { return }
        let scratch = try Scratch()
        let bytes = try ReportOutput(.sepa, locale: .english)
            .bytes(SamplePayment.document([SamplePayment("a1")]))
        let text = String(decoding: bytes, as: UTF8.self).replacing(
            "<ChrgBr>SLEV", with: "<ChrgBr>ALL")
        let path = scratch.file("r.xml")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: Readers.Failure.self) {
            try XMLSchemas.validate(path, against: "pain.001.001.09")
        }
    }
}
