import Store
import Testing
import Vocabulary

@testable import Analytics

/// Cards put into the text of a dashboard and taken out of it, as people may have written it.
@Suite struct DashboardTextTests {
    private func definitions() throws -> Definitions {
        try Definitions(
            folder: Folders.queries, schema: try Schema(definitions: Folders.queries))
    }

    private static let written = """
        # Ours
        dashboard: mine
        title: "Mine"   # for us
        cards:
          - name: one
            type: figures
            metrics: [revenue]
          # About two.
          - name: two
            type: table
            title: "# no note"
            metrics: [sales]
            by: service

          - {name: three, type: figures, metrics: [sales]}

        # At the end.
        period: this-month

        """

    private func card(_ name: String) -> String {
        Exploration(metrics: ["revenue"], grain: .month).card(
            named: name, titled: "A: \"b\" # c\n- x", period: nil, conditions: [])
    }

    @Test func everythingElseStaysAsItWasWritten() throws {
        let definitions = try definitions()
        let text = DashboardText(Self.written, file: "mine.yaml")
        let more = try text.adding(card("four"), definitions)
        #expect(
            try definitions.dashboard(reading: more).cards.map(\.name) == [
                "one", "two", "three", "four",
            ])
        let kept = more.text.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = kept.difference(
            from: Self.written.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(difference.removals.isEmpty && difference.insertions.count == 5)
        #expect(try more.removing("four", definitions) == text)
        for name in ["one", "two", "three"] {
            let less = try text.removing(name, definitions)
            #expect(try !definitions.dashboard(reading: less).cards.map(\.name).contains(name))
            for note in ["# Ours", "# for us", "# About two.", "# At the end."] {
                #expect(less.text.contains(note), "\(name): \(note)")
            }
        }
    }

    @Test func linesOfWindowsAreTakenToo() throws {
        let definitions = try definitions()
        let text = DashboardText(Self.written.replacing("\n", with: "\r\n"), file: "mine.yaml")
        #expect(try text.adding(card("four"), definitions).text.contains("name: four\n"))
    }

    @Test(arguments: [
        "dashboard: d\ntitle: D\nperiod: today\ncards: [{name: a, type: figures, metrics: [revenue]}, {name: b, type: figures, metrics: [sales]}]\n",
        "{dashboard: d, title: D, period: today, cards: [{name: a, type: figures, metrics: [revenue]}, {name: b, type: figures, metrics: [sales]}]}\n",
        "dashboard: d\ntitle: D\nperiod: today\ncards:\n-\n  name: a\n  type: figures\n  metrics: [revenue]\n-\n  name: b\n  type: figures\n  metrics: [sales]\n",
    ])
    func whatIsWrittenOtherwiseIsLeftAlone(text: String) throws {
        let definitions = try definitions()
        let text = DashboardText(text, file: "d.yaml")
        #expect(try definitions.dashboard(reading: text).cards.count == 2)
        #expect(throws: Advice.self) { try text.adding(card("c"), definitions) }
        #expect(throws: Advice.self) { try text.removing("a", definitions) }
    }

    @Test func theOnlyCardAndUnknownOnesStay() throws {
        let definitions = try definitions()
        let text = DashboardText(
            beginning: "d", titled: "D", period: try PeriodName("2026"), card: card("a"),
            file: "d.yaml")
        #expect(throws: Advice.self) { try text.removing("a", definitions) }
        #expect(throws: Advice.self) { try text.removing("b", definitions) }
        #expect(throws: Advice.self) { try text.adding(card("a"), definitions) }
    }
}
