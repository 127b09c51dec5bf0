import Store
import Testing
import Vocabulary

@testable import Analytics

/// Two lists held against each other: what the cases do not show.
@Suite struct ReconciliationTests {
    private static let definition = """
        reconciliation: held
        title: Held
        expected:
          model: booking
          key: reference
          amount: quoted
          date: created_at
        found:
          model: payment
          key: booking.reference
          reference: provider_reference
          amount: amount
          date: created_at
          payer: client
        """

    private func definitions(
        _ text: String = definition, dashboards: [String] = [], reports: [String] = []
    ) throws -> Definitions {
        try Definitions(
            metrics: [],
            dashboards: dashboards.map { try DefinitionNode(parsing: $0, file: "d.yaml") },
            reports: reports.map { try DefinitionNode(parsing: $0, file: "r.yaml") },
            reconciliations: [DefinitionNode(parsing: text, file: "reconciliations/h.yaml")],
            schema: try Schema(definitions: Folders.queries))
    }

    /// The message that a definition is refused with.
    private func refusal(_ old: String, _ new: String) throws -> String {
        let text = Self.definition.replacing(old, with: new)
        #expect(text != Self.definition)
        return try #require(throws: Advice.self) { try definitions(text) }.description
    }

    @Test func mistakesAreNamedWithTheirPlace() throws {
        #expect(
            try refusal("key: reference\n", "key: referenc\n").hasPrefix(
                "reconciliations/h.yaml:5:8: model ‘booking’ has no column ‘referenc’; did you mean"
            ))
        #expect(
            try refusal("amount: quoted", "amount: status")
                == "reconciliations/h.yaml:6:11: ‘status’ is no amount of model ‘booking’; name one of "
                + "its columns of type money")
        #expect(
            try refusal("key: booking.reference", "key: client")
                == "reconciliations/h.yaml:10:8: the keys hold text and reference(client), which are "
                + "never the same; name columns of one type")
        #expect(
            try refusal("payer: client", "payer: amount").hasPrefix(
                "reconciliations/h.yaml:14:10: ‘amount’ holds money(currency)"))
        #expect(
            try refusal("title: Held", "title: Held\ntolerance: {amount: -1}")
                == "reconciliations/h.yaml:3:21: a tolerance is not negative; write 0 or more")
        #expect(
            try refusal("title: Held", "title: Held\nlate-after-hours: soon").contains(":3:19:"))
    }

    @Test func aCardOfAReconciliationHasNoMetrics() throws {
        let dashboard = """
            dashboard: d
            title: D
            period: this-month
            cards:
              - {name: one, type: reconciliation, reconciliation: hold}
            """
        let error = try #require(throws: Advice.self) {
            try definitions(dashboards: [dashboard])
        }
        #expect(
            error.description
                == "d.yaml:5:55: there is no reconciliation ‘hold’; did you mean ‘held’?")
        let other = try #require(throws: Advice.self) {
            try definitions(dashboards: [
                dashboard.replacing("hold}", with: "held, metrics: [bookings]}")
            ])
        }
        #expect(other.description.contains("metrics"))
    }

    // MARK: Figures

    private static let report = """
        report: r
        title: R
        period: 2026-06
        blocks:
          - {name: block, type: reconciliation, reconciliation: held}
        """
    private static let dashboard = """
        dashboard: d
        title: D
        period: 2026-06
        cards:
          - {name: card, type: reconciliation, reconciliation: held}
        """

    private struct Scene {
        let definitions: Definitions
        let scratch: TestStore
        let now: Instant

        var snapshot: Snapshot {
            get throws {
                try scratch.store.snapshot(
                    Scope(companies: ["angisoft"]), of: .companies(["angisoft"]))
            }
        }
    }

    private func scene(_ text: String = definition) throws -> Scene {
        let definitions = try definitions(
            text, dashboards: [Self.dashboard], reports: [Self.report])
        let now = try #require(Instant("2026-07-10T12:00:00Z"))
        let scratch = try TestStore(schema: definitions.schema, clock: .fixed(now))
        try scratch.add(
            "booking",
            """
            company  | key | reference | quoted | quoted_currency | created_at
            angisoft | b1  | A-1       | 100.00 | KES             | 2026-06-01 09:00
            angisoft | b2  | A-2       | 200.00 | KES             | 2026-06-02 09:00
            angisoft | b3  | A-3       | 300.00 | USD             | 2026-06-03 09:00
            """)
        try scratch.add(
            "payment",
            """
            company  | booking | client | provider_reference | amount | currency | created_at
            angisoft | b1      | c1     | p1                 | 101.00 | KES      | 2026-06-11 09:00
            angisoft | b2      | c2     | p2                 | 150.00 | KES      | 2026-06-12 09:00
            angisoft |         |        | p3                 | 7.00   | EUR      | 2026-06-13 09:00
            angisoft | b2      | c2     | p4                 | 1.00   | KSH      | 2026-06-13 09:00
            """)
        return Scene(definitions: definitions, scratch: scratch, now: now)
    }

    private func money(_ text: String, _ code: String) throws -> Value {
        .money(Money(try #require(ExactDecimal(text)), try #require(Currency(code))))
    }

    @Test func aReportHasFiguresASummaryAndTheExceptions() throws {
        let scene = try scene(Self.definition + "\ntolerance: {percent: 1}")
        let answer = try scene.definitions.report("r", on: scene.snapshot, now: scene.now)
        let document = answer.document
        guard case .figures(let figures) = document.blocks[0] else {
            Issue.record("the first block is no row of figures")
            return
        }
        #expect(figures.map(\.name) == ["matched", "exceptions", "unexplained"])
        #expect(
            figures[0].values
                == [try money("0", "EUR"), try money("101", "KES"), try money("0", "USD")])
        #expect(figures[1].values == [.integer(3)])
        #expect(
            figures[2].values
                == [try money("0", "EUR"), try money("1", "KES"), try money("0", "USD")])
        let (summary, exceptions) = (document.tables[0], document.tables[1])
        #expect(exceptions.name == "block-exceptions")
        #expect(
            try exceptions.rows().map { $0[0] }
                == [.text("No document"), .text("No payment"), .text("Too little")])
        // What was found less what is expected is what exceptions and the unexplained explain.
        for table in [summary, exceptions] {
            var footing = ResultFooting(columns: table.columns)
            for row in try table.rows() { footing.add(row) }
            #expect(table.totals == footing.totals)
        }
        let kes = try #require(summary.totals.first { $0.currency?.code == "KES" })
        #expect(
            kes.cells.suffix(3)
                == [try money("300", "KES"), try money("251", "KES"), try money("-49", "KES")])
        #expect(
            document.provenance.remarks == [
                "incomplete: 1 rows of payment have no day or an amount without a valid currency"
            ])
        #expect(
            document.provenance.basis
                == "booking by created against payment by booked, up to the end of the period")
        #expect(document.provenance.currency == "per currency: EUR, KES, USD")
        let touched = try scene.definitions.report("r").modelsTouched
        #expect(touched == ["booking", "payment", "client"])
    }

    @Test func aDashboardHasTheSummary() throws {
        let scene = try scene()
        let answer = try scene.definitions.dashboard("d", on: scene.snapshot, now: scene.now)
        guard case .table(let table) = answer.cards[0].content else {
            Issue.record("the card is no table")
            return
        }
        #expect(table.title == "Held")
        #expect(
            try table.rows().map { $0[0] }
                == [
                    .text("No document"), .text("No payment"), .text("Too little"),
                    .text("Too much"),
                ])
        #expect(answer.cards[0].period.description == "2026-06-01 – 2026-06-30")
        let request = ViewRequest(filters: [Condition("status", .among(["PAID"]))])
        let error = try #require(throws: Advice.self) {
            try scene.definitions.dashboard("d", request, on: scene.snapshot, now: scene.now)
        }
        #expect(error.happened == "a reconciliation is not narrowed, as by ‘status is PAID’")
    }

    @Test func companiesAreHeldApart() throws {
        let definitions = try definitions()
        let now = try #require(Instant("2026-07-10T12:00:00Z"))
        let scratch = try TestStore(schema: definitions.schema, clock: .fixed(now))
        try scratch.add(
            "booking",
            """
            company  | key | reference | quoted | quoted_currency | created_at
            angisoft | b1  | A-1       | 100.00 | KES             | 2026-06-01 09:00
            mvp      | b2  | A-1       | 100.00 | KES             | 2026-06-01 09:00
            """)
        try scratch.add(
            "payment",
            """
            company | booking | provider_reference | amount | currency | created_at
            mvp     | b2      | p1                 | 100.00 | KES      | 2026-06-30T22:00:00Z
            """)
        let scope = Scope(companies: ["angisoft", "mvp"])
        let answer = try definitions.reconcile(
            "held", period: PeriodName("2026-06"), on: scratch.store.snapshot(scope), now: now)
        // 22:00 is still June on the clock of the one, and July on that of the other.
        #expect(answer.lines.map(\.company) == ["angisoft", "mvp"])
        #expect(answer.lines.map(\.kind) == [.missing, .matched])
        let table = answer.exceptionTable(name: "t", title: "T")
        #expect(table.columns[0].name == "company")
        #expect(try table.rows()[0][0] == .text("angisoft"))
    }

    /// Each amount stands on one line, whatever comes together: found less expected is told in full.
    @Test(arguments: UInt64(1)...20)
    func nothingIsLostOrCountedTwice(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let definitions = try definitions(
            Self.definition + "\nlate-after-hours: 0\ntolerance: {amount: 3}")
        let now = try #require(Instant("2026-07-10T12:00:00Z"))
        let scratch = try TestStore(schema: definitions.schema, clock: .fixed(now))
        var documents = "company | key | reference | quoted | quoted_currency | created_at"
        var payments =
            "company | booking | client | provider_reference | amount | currency | created_at"
        var found: [String: Int] = [:]
        for number in 1...Int.random(in: 1...8, using: &random) {
            let code = ["KES", "USD"].randomElement(using: &random) ?? "KES"
            documents +=
                "\nangisoft | b\(number) | A-\(Int.random(in: 1...8, using: &random)) | "
                + "\(Int.random(in: 1...9, using: &random)) | \(code) | 2026-06-0\(number) 09:00"
        }
        for _ in 1...Int.random(in: 1...20, using: &random) {
            let code = ["KES", "USD"].randomElement(using: &random) ?? "KES"
            let amount = Int.random(in: 1...9, using: &random)
            found[code, default: 0] += amount
            let booking = Int.random(in: 1...16, using: &random)
            payments +=
                "\nangisoft | \(booking < 9 ? "b\(booking)" : "")"
                + " | c\(Int.random(in: 1...2, using: &random)) | p\(Int.random(in: 1...30, using: &random))"
                + " | \(amount) | \(code) | 2026-06-1\(Int.random(in: 0...9, using: &random)) 09:00"
        }
        try scratch.add("booking", documents)
        try scratch.add("payment", payments)
        let answer = try definitions.reconcile(
            "held", period: PeriodName("2026-06"),
            on: scratch.store.snapshot(Scope(companies: ["angisoft"])), now: now)
        for (code, sum) in found {
            let currency = try #require(Currency(code))
            let told = answer.lines.compactMap(\.found).filter { $0.currency == currency }
                .reduce(Int128(0)) { $0 + $1.minorUnits }
            #expect(told == Int128(sum) * 100, "\(code) of \(answer.lines)")
        }
        let quoted = documents.split(separator: "\n").dropFirst().map {
            $0.split(separator: "|").map { $0.filter { $0 != " " } }
        }
        for code in ["KES", "USD"] {
            let expected = answer.lines.compactMap(\.expected).filter { $0.currency.code == code }
                .reduce(Int128(0)) { $0 + $1.minorUnits }
            let sum = quoted.filter { $0[4] == code }.reduce(0) { $0 + (Int($1[3]) ?? 0) }
            #expect(expected == Int128(sum) * 100, "\(code) of \(answer.lines)")
        }
    }
}
