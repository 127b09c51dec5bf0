import Testing
import Vocabulary

@testable import Analytics

/// Conditions as people write them and as a definition file has them.
@Suite struct ExplorationTests {
    @Test(arguments: [
        "status=PAID", "status=PAID,OPEN", "status!=LOST", "customer.name=\"Jensen, Ltd\"",
        "source is missing", "source is present", "net>=2.5", "net<100", "due_on<today+7",
        "net>0", "net<=9", "due_on<@issued_on", "currency!=@customer.currency", "net=@gross",
        "paid>=@due", "name=it's: [odd] \u{22}quoted\u{22}",
    ])
    func conditionsAreKeptAsTheyAre(text: String) throws {
        let condition = try Condition(parsing: text)
        let file = try DefinitionNode(
            parsing: "\(JSONText.quoted(condition.path)): \(condition.definition)\n", file: "x")
        #expect(try Condition.conditions(file).map(\.0) == [condition])
    }

    @Test func aCardHasOnlyWhatWasChosen() throws {
        let plain = Exploration(metrics: ["revenue"])
        #expect(
            plain.card(titled: "Revenue", period: try PeriodName("this-month"), conditions: [])
                == """
                - name: explored
                  type: figures
                  title: "Revenue"
                  metrics: ["revenue"]
                  period: "this-month"

                """)
        // What differs from its dashboard is said; what has no room for a comparison has none.
        for (form, said) in [(Card.Form.line, "  compare: last-year\n"), (.stacked, "")] {
            let text = Exploration(metrics: ["a"], by: ["x"], grain: .month, form: form).card(
                titled: "A", period: nil, conditions: [], comparison: .with(.lastYear),
                currency: try ReportingCurrency(parsing: "EUR closing"))
            #expect(text.hasSuffix("  by: [\"x\"]\n\(said)  currency: \"EUR closing\"\n"))
        }
        #expect(Exploration(metrics: ["a"], grain: .month).drawn == .line)
        #expect(Exploration(metrics: ["a"], by: ["x"]).drawn == .bar)
        #expect(Exploration(metrics: ["a"], by: ["x"], grain: .week).drawn == .line)
        #expect(Exploration(metrics: ["a"], by: ["x", "y"]).drawn == nil)
        #expect(Exploration(metrics: ["a"], form: .table).drawn == nil)
    }
}
