import Testing
import Vocabulary

@Suite struct MoneyTests {
    @Test(arguments: [
        ("2.345", 2, "2.35"), ("-2.345", 2, "-2.35"), ("2.344", 2, "2.34"), ("0.5", 0, "1"),
        ("-0.5", 0, "-1"), ("1", 3, "1.000"), ("1e3", 0, "1000"), ("1.05e-2", 4, "0.0105"),
        ("99999999999999999999.99", 1, "100000000000000000000.0"),
    ])
    func roundsHalfUpOnMagnitude(_ text: String, scale: Int, expected: String) throws {
        let number = try #require(ExactDecimal(text))
        #expect(number.rounded(toScale: scale).description == expected)
    }

    @Test(arguments: ["", ".", "-", "1.2.3", "1,5", "1e", "e5", "0x1", "1e999", "٣"])
    func refusesWhatIsNoNumber(_ text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test func valuesAreEqualWhateverTheirDigits() throws {
        let (long, short) = (try #require(ExactDecimal("1.50")), try #require(ExactDecimal("1.5")))
        #expect(long == short)
        #expect(Set([long, short]).count == 1)
        #expect(long.description == "1.50")
    }

    @Test func dividesExactlyOrSaysThatItCannot() throws {
        let third = ExactDecimal.quotient(ExactDecimal(1), ExactDecimal(3), scale: 6)
        #expect(third?.description == "0.333333")
        #expect(
            ExactDecimal.quotient(ExactDecimal(-2), ExactDecimal(3), scale: 2)?.description
                == "-0.67")
        #expect(ExactDecimal.quotient(ExactDecimal(1), .zero, scale: 2) == nil)
    }

    // DOMAIN §1: the shortest text of the float decides, and a move beyond 0.000001 is a warning.
    @Test(arguments: [
        (114.99999999999999, "DKK", Int64(11500), false), (10.005, "DKK", 1001, true),
        (1050.3000000000002, "MWK", 105_030, false), (-10.005, "DKK", -1001, true),
        (1e-20, "DKK", 0, false), (1234.0, "JPY", 1234, false), (0.1 + 0.2, "EUR", 30, false),
    ])
    func repairsFloats(_ float: Double, code: String, units: Int64, warns: Bool) throws {
        let found = Money.minorUnits(ofFloat: float, currency: try #require(Currency(code)))
        #expect(found?.units == units)
        #expect(found?.repaired == warns)
    }

    @Test func refusesFloatsThatAreNoAmounts() throws {
        let krone = try #require(Currency("DKK"))
        for float in [Double.nan, .infinity, 1e15, -1e300] {
            #expect(Money.minorUnits(ofFloat: float, currency: krone) == nil)
        }
    }

    @Test func currenciesAreNeverMixed() throws {
        let krone = try #require(Currency("dkk"))
        let dinar = try #require(Currency("KWD"))
        #expect(Currency("XXX") == nil)
        #expect(
            Money(minorUnits: 1, currency: krone).adding(Money(minorUnits: 1, currency: dinar))
                == nil)
        #expect(Money(minorUnits: 1234, currency: dinar).description == "1.234 KWD")
        #expect(Money(try #require(ExactDecimal("2.345")), krone).minorUnits == 235)
    }
}
