import Counterparts
import Testing
import Vocabulary

@testable import Reports

/// Numbers of accounts, references and banking days, held to what others publish.
@Suite("Numbers of payments") struct PaymentReferenceTests {
    @Test("accounts are judged as python-stdnum judges them, of every country")
    func accounts() throws {
        var random = SplitMix(seed: 7)
        var numbers: [String] = []
        for country in IBAN.forms.keys.sorted() {
            for _ in 0..<12 {
                let correct = SamplePayment.iban(country, using: &random)
                numbers.append(correct)
                var wrong = Array(correct)
                let place = Int.random(in: 2..<wrong.count, using: &random)
                wrong[place] = "0123456789ABZ".randomElement(using: &random) ?? "0"
                numbers.append(String(wrong))
                numbers.append(String(correct.dropLast()))
            }
        }
        let verdicts: [Bool] = try Readers.python(
            """
            from stdnum import iban
            def correct(number):
                try: return bool(iban.validate(number, check_country=False))
                except Exception: return False
            emit([correct(n) for n in sys.argv[1:]])
            """, numbers)
        let ours = numbers.map { (try? IBAN($0)) != nil }
        #expect(ours == verdicts)
        #expect(verdicts.count { $0 } >= numbers.count / 3)
        // The 41 countries of the scheme, and Gibraltar, whose numbers are not British.
        #expect(IBAN.forms.count == 42)
    }

    @Test("creditor references are those of ISO 11649 and of the Dutch banks")
    func references() throws {
        #expect(PaymentReference.isISO("RF18539007547034"))
        #expect(!PaymentReference.isISO("RF19539007547034"))
        #expect(PaymentReference.isDutch("5010002167010010"))
        for digit in 0...9 where digit != 5 {
            #expect(!PaymentReference.isDutch("\(digit)010002167010010"))
        }
        #expect(PaymentReference(["", " "]) == .none)
        #expect(PaymentReference([" F 1 ", "K9"]) == .text("F 1 K9"))
        var random = SplitMix(seed: 3)
        var texts: [String] = []
        for _ in 0..<60 {
            let body = (0..<Int.random(in: 1...21, using: &random)).map { _ in
                "0123456789ABCXYZ".randomElement(using: &random) ?? "0"
            }
            let check = Int.random(in: 2...98, using: &random)
            texts.append("RF\(check < 10 ? "0" : "")\(check)" + String(body))
            let right = 98 - CheckDigits.remainder((String(body) + "RF00").utf8)
            texts.append("RF\(right < 10 ? "0" : "")\(right)" + String(body))
        }
        let verdicts: [Bool] = try Readers.python(
            "from stdnum import iso11649\nemit([iso11649.is_valid(n) for n in sys.argv[1:]])", texts
        )
        #expect(texts.map(PaymentReference.isISO) == verdicts)
        #expect(verdicts.count { $0 } >= 60)
    }

    @Test("codes of banks have eight or eleven places")
    func banks() throws {
        for code in ["ABNANL2A", "INGBNL2AXXX", "DABADKKK"] { #expect(try BIC(code).text == code) }
        for code in ["ABNANL2", "ABNANL2AXX", "abnanl2a", "ABNANL1A", "ABNANL2O", "AB1ANL2A"] {
            #expect(throws: Advice.self) { try BIC(code) }
        }
    }

    @Test("banking days are those that the European Central Bank publishes, 1999 to 2099")
    func bankingDays() throws {
        let closed: [String] = try Readers.python(
            """
            import holidays
            emit([str(d) for d in sorted(holidays.financial_holidays('ECB', years=range(1999, 2100)))])
            """, [])
        let published = Set(closed)
        var ours: Set<String> = []
        var day = try #require(LocalDay("1999-01-01"))
        let end = try #require(LocalDay("2100-01-01"))
        while day < end {
            if !BankingDay.isOpen(day), day.isoWeekday <= 5 || published.contains("\(day)") {
                ours.insert("\(day)")
            }
            day = day.adding(days: 1)
        }
        #expect(ours == published)
        let saturday = try #require(LocalDay("2026-04-04"))
        #expect("\(BankingDay.first(from: saturday))" == "2026-04-07")
        #expect("\(BankingDay.last(upTo: saturday))" == "2026-04-02")
    }
}
