import Testing
import Vocabulary

@testable import Analytics

@Suite struct FormulaTests {
    private func value(_ text: String, _ metrics: [String: Int?] = [:]) throws -> String {
        let value = try Formula(parsing: text).value {
            $0 == .period ? 30 : 10
        } _: { name, isTotal in
            metrics[isTotal ? "all \(name)" : name].flatMap { $0 }
                .map { Fraction(whole: Int128($0)) }
        }
        guard let value = value?.reduced else { return "missing" }
        return value.denominator == 1
            ? "\(value.numerator)" : "\(value.numerator)/\(value.denominator)"
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 4 - 3", "3"), ("100 / 10 / 5", "2"),
        ("2 * -3", "-6"), ("--2", "2"), ("−2 × 3 ÷ 4", "-3/2"), (".5 * 4", "2"), ("1 / 3 * 3", "1"),
        ("a - b", "3"), ("a / (b - 4)", "missing"), ("missing + 1", "missing"),
        ("0 * missing", "missing"), ("1.50", "3/2"), ("a / total(a)", "1/2"),
        ("total( b ) - b", "missing"), ("a / days(elapsed) * days( period )", "21"),
        ("floor(a / 2)", "3"), ("floor(-a / 2)", "-4"), ("floor (b)", "4"),
        ("ceiling(a / 2)", "4"), ("ceiling(-a / 2)", "-3"), ("ceiling(-b)", "-4"),
        ("rounded(a / 2)", "4"), ("rounded(-a / 2)", "-4"), ("rounded(a / 3)", "2"),
        ("floor(a / 2) - ceiling(b / 3)", "1"), ("floor(missing)", "missing"),
    ]) func computesExactly(_ text: String, _ expected: String) throws {
        #expect(try value(text, ["a": 7, "b": 4, "all a": 14]) == expected)
    }

    @Test(arguments: [
        ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"), ("a/(b*c)", "a / (b * c)"),
        ("(a+b)*c", "(a + b) * c"), ("-(a + b)", "-(a + b)"), ("a * -b", "a * (-b)"),
        ("(a) / total (b)", "a / total(b)"), ("a/days( period )", "a / days(period)"),
        ("floor( (a+b) )*2", "floor(a + b) * 2"), ("rounded(-a)", "rounded(-a)"),
    ]) func writesItselfSoThatItReadsBackTheSame(_ text: String, _ expected: String) throws {
        let formula = try Formula(parsing: text)
        #expect(formula.description == expected)
        #expect(try Formula(parsing: formula.description) == formula)
    }

    @Test(arguments: [
        ("a +", 3, "the formula ends where a value was expected"),
        ("a b", 2, "‘b’ was not expected here"),
        ("(a + b", 0, "this parenthesis is not closed"),
        ("a + 1.2.3", 4, "‘1.2.3’ is not a number"),
        ("a % b", 2, "‘%’ was not expected here"), ("a + sum(b)", 4, "‘sum’ is no function"),
        ("total(a + b)", 6, "the total is of one metric"),
        ("total()", 6, "the total is of one metric"),
        ("a / days(week)", 9, "the days are those of the period or the elapsed ones"),
        ("floor(a", 5, "this parenthesis is not closed"),
        ("days(period", 5, "the days are those of the period or the elapsed ones"),
        ("", 0, "the formula ends where a value was expected"),
    ]) func pointsAtTheMistake(_ text: String, _ offset: Int, _ words: String) throws {
        let mistake = try #require(throws: FormulaMistake.self) { try Formula(parsing: text) }
        #expect(mistake.offset == offset)
        #expect(mistake.happened == words)
    }

    @Test func refusesBottomlessNesting() {
        let text = String(repeating: "(", count: 10_000) + "1"
        #expect(throws: FormulaMistake.self) { try Formula(parsing: text) }
    }

    @Test func combinesAmountsAndNumbersOnlyWhereItMeansSomething() throws {
        func type(_ text: String) throws -> FormulaType {
            try Formula(parsing: text).type { $0.hasPrefix("m") ? .money : .number }
        }
        #expect(try type("m1 - m2") == .money)
        #expect(try type("m1 / n") == .money)
        #expect(try type("m1 / m2 * 100") == .number)
        #expect(try type("2 * m1") == .money)
        for text in ["m1 + n", "n - m1", "m1 * m2", "n / m1"] {
            #expect(throws: Advice.self) { try type(text) }
        }
    }

    @Test func tellsWhenNumbersGrowTooLarge() throws {
        let formula = try Formula(parsing: "a * a * a")
        let error = try #require(throws: Advice.self) {
            try formula.value { _, _ in Fraction(whole: 1 << 60) }
        }
        #expect(error.happened == "the formula ‘a * a * a’ exceeds 128 bits on these rows")
    }
}

@Suite struct FractionTests {
    @Test func roundsHalfUpOnMagnitude() throws {
        let fraction = try #require(Fraction(ExactDecimal(unscaled: 2345, scale: 3)))
        #expect(fraction.rounded(toScale: 2) == 235)
        #expect(fraction.negated()?.rounded(toScale: 2) == -235)
    }

    @Test func ordersLargeFractionsWithoutOverflow() throws {
        var generator = SplitMix(seed: 7)
        for _ in 0..<500 {
            let parts = (0..<4).map { _ in Int128(Int64(truncatingIfNeeded: generator.next())) }
            let fractions = [0, 2].map { index in
                Fraction(whole: parts[index + 1] | 1).inverted().flatMap {
                    Fraction(whole: parts[index] << 50).multiplied(by: $0)
                }
            }
            let left = try #require(fractions[0])
            let right = try #require(fractions[1])
            let approximate = { (fraction: Fraction) in
                Double(fraction.numerator) / Double(fraction.denominator)
            }
            let (first, second) = (approximate(left), approximate(right))
            if abs(first - second) > abs(first) * 1e-9 {
                #expect((left < right) == (first < second))
            }
            #expect((left < right) != (right < left) || left == right)
        }
    }
}
