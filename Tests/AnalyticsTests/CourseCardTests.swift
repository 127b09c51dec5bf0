import Store
import Synchronization
import Testing
import Vocabulary

@testable import Analytics

/// Cards of funnels and cohorts, explanations of what follows rows, and mistakes in definitions.
@Suite struct CourseCardTests {
    fileprivate static let metrics = """
        funnels:
          course:
            label: Requests
            description: x
            model: booking
            date: created_at
            steps:
              - {name: requested}
              - {name: accepted, column: status, becomes: ACCEPTED}
              - {name: paid, model: payment, by: booking, date: created_at}
        movements:
          active: {description: x, model: subscription, date: began_at, where: {status: active}}
        metrics:
          came_back:
            {description: x, model: token_entry,
             retention: {member: member, date: entered_at, step: month, after: 1}}
          moves: {description: x, model: booking, move: {column: status, to: ACCEPTED}}
          reviews: {description: x, model: booking, kind: median, stay: {column: status}}
        """

    private static let dashboard = """
        dashboard: courses
        title: Courses
        period: 2026-06
        compare: previous-period
        cards:
          - {name: course, type: funnel, funnel: course}
          - name: cohorts
            type: cohort
            retention: came_back
            steps: 2
            show: counts
            period: 2026-04-01..2026-06-30
          - {name: shares, type: cohort, retention: came_back, steps: 3, period: 2026-04-01..2026-06-30}
        """

    private let definitions: Definitions
    private let scratch: TestStore
    private let now: Instant

    init() throws {
        definitions = try .written(Self.metrics, dashboards: [Self.dashboard])
        let now = try #require(Instant("2026-06-20T12:00:00Z"))
        self.now = now
        let time = Mutex(try #require(Instant("2026-06-01T00:00:00Z")))
        scratch = try TestStore(
            schema: definitions.schema, clock: WallClock { time.withLock { $0 } })
        try scratch.add(
            "booking",
            """
            key | company   | reference | status    | source | created_at
            1   | angisoft  | B-1       | SUBMITTED | direct | 2026-06-01T08:00:00Z
            2   | angisoft  | B-2       | SUBMITTED | direct | 2026-06-01T08:00:00Z
            3   | angisoft  | B-3       | SUBMITTED | repeat | 2026-06-02T08:00:00Z
            4   | angisoft  | B-4       | SUBMITTED | direct | 2026-05-20T08:00:00Z
            """)
        time.withLock { $0 = $0.adding(seconds: 2 * 86_400 + 8 * 3600) }
        try scratch.add(
            "booking",
            """
            key | company  | reference | status   | source | created_at
            1   | angisoft | B-1       | ACCEPTED | direct | 2026-06-01T08:00:00Z
            3   | angisoft | B-3       | ACCEPTED | repeat | 2026-06-02T08:00:00Z
            """)
        time.withLock { $0 = now }
        try scratch.add(
            "payment",
            """
            company  | booking | created_at
            angisoft | 1       | 2026-06-04T20:00:00Z
            """)
        try scratch.add("member", "key | company\na | mvp\nb | mvp\nc | mvp\nd | mvp")
        try scratch.add(
            "token_entry",
            """
            company | member | entered_at
            mvp     | a      | 2026-04-01T10:00:00Z
            mvp     | a      | 2026-05-01T10:00:00Z
            mvp     | b      | 2026-04-30T10:00:00Z
            mvp     | b      | 2026-06-01T10:00:00Z
            mvp     | c      | 2026-05-02T10:00:00Z
            mvp     | d      | 2026-03-02T10:00:00Z
            mvp     | d      | 2026-04-02T10:00:00Z
            """)
    }

    private func snapshot(_ company: String, limits: [String: [Filter]] = [:]) throws -> Snapshot {
        try scratch.store.snapshot(Scope(companies: [company], limits: limits))
    }

    private func lines(_ card: CardAnswer) throws -> [[String]] {
        guard case .table(let table) = card.content else { return [] }
        var lines: [[String]] = []
        try table.forEachBatch { batch in
            lines += batch.map { row in
                row.map { value in
                    switch value {
                    case .missing: "–"
                    case .text(let text): text
                    case .integer(let number): String(number)
                    case .decimal(let number): "\(number)"
                    default: "?"
                    }
                }
            }
        }
        return lines
    }

    @Test func aFunnelIsATableOfItsSteps() throws {
        let answer = try definitions.dashboard("courses", on: snapshot("angisoft"), now: now)
        let card = answer.cards[0]
        #expect(
            try lines(card) == [
                ["Requested", "3", "–", "–", "–", "1", "2.000000"],
                ["Accepted", "2", "0.666667", "0.666667", "1.5", "0", "–"],
                ["Paid", "1", "0.333333", "0.500000", "1.5", "0", "–"],
            ])
        #expect(card.card.title == "Requests")
        #expect(card.isOpen)
        #expect(answer.dataCommit > 0)
    }

    @Test func cohortsLeaveOutWhatIsNotOver() throws {
        let answer = try definitions.dashboard("courses", on: snapshot("mvp"), now: now)
        #expect(
            try lines(answer.cards[1]) == [
                ["2026-04", "2", "1", "–"], ["2026-05", "1", "–", "–"], ["2026-06", "0", "–", "–"],
            ])
        #expect(
            try lines(answer.cards[2]) == [
                ["2026-04", "2", "0.500000", "–", "–"], ["2026-05", "1", "–", "–", "–"],
                ["2026-06", "0", "–", "–", "–"],
            ])
        let later = try #require(Instant("2026-09-20T12:00:00Z"))
        let whole = try definitions.dashboard("courses", on: snapshot("mvp"), now: later)
        #expect(
            try lines(whole.cards[1]) == [
                ["2026-04", "2", "1", "1"], ["2026-05", "1", "0", "0"], ["2026-06", "0", "–", "–"],
            ])
    }

    @Test func changesAreExplainedByTheChanges() throws {
        let query = MetricQuery(
            metrics: ["moves"], period: try PeriodName("2026-06"),
            filters: [Condition("source", .among(["direct"]))])
        let explanation = try definitions.explain(
            "moves", of: query, on: snapshot("angisoft"), now: now)
        #expect(explanation.cells[0].value == .integer(1))
        let rows = explanation.parts[0].rows
        #expect(
            rows.columns.prefix(5).map(\.name)
                == ["row", "row_from", "row_to", "row_changed", "reference"])
        var found: [[Value]] = []
        try rows.forEachBatch { found += $0 }
        #expect(
            found.map { [$0[0], $0[1], $0[2], $0[4]] } == [
                [.text("1"), .text("SUBMITTED"), .text("ACCEPTED"), .text("B-1")]
            ])
        let funnel = try definitions.explain(
            "course_paid_of_first",
            of: MetricQuery(metrics: ["moves"], period: try PeriodName("2026-06")),
            on: snapshot("angisoft"), now: now)
        #expect(
            funnel.parts.map(\.statement) == [
                "number of entries that reached ‘Paid’, of the booking rows that entered",
                "number of booking rows that entered",
            ])
        #expect(funnel.parts.map(\.rows.rowCount) == [1, 3])
        #expect(
            funnel.parts[0].excluded
                == [Explanation.Exclusion(reason: "did not reach ‘Paid’", rows: 2)])
    }

    @Test func whoSeesSomeRowsSeesTheChangesOfThose() throws {
        let some = try snapshot(
            "angisoft", limits: ["booking": [.among(ColumnPath("source"), [.text("repeat")])]])
        let answer = try definitions.answer(
            MetricQuery(
                metrics: ["moves", "course_requested", "course_accepted"],
                period: try PeriodName("2026-06")), on: some, now: now)
        #expect(answer.totals.map { $0[0].value } == [.integer(1), .integer(1), .integer(1)])
    }

    @Test func aCacheKnowsWhatTheyRead() throws {
        func touched(_ metric: String) throws -> Set<String> {
            try definitions.modelsTouched(
                by: MetricQuery(metrics: [metric], period: try PeriodName("2026-06")))
        }
        #expect(try touched("course_paid") == ["booking", "booking_history", "payment"])
        #expect(try touched("reviews") == ["booking", "booking_history"])
        #expect(try touched("active_new") == ["subscription", "subscription_history"])
    }
}

/// Mistakes in definitions of what follows rows are told with their place.
@Suite struct CourseMistakeTests {
    @Test(arguments: [
        (
            "funnels:\n  f:\n    description: x\n    model: booking\n    date: created_at\n"
                + "    steps: [{name: a}]",
            "metrics/m.yaml:6:12: a funnel has 2 to 20 steps; the first is the entry, by ‘date’"
        ),
        (
            "funnels:\n  f:\n    description: x\n    model: booking\n    date: created_at\n"
                + "    steps:\n      - {name: a}\n      - {name: b}",
            "metrics/m.yaml:8:9: nothing tells when step ‘b’ is reached; add ‘at’, ‘column’ with "
                + "‘becomes’, ‘model’ with ‘by’ and ‘date’, or ‘where’"
        ),
        (
            "funnels:\n  f:\n    description: x\n    model: booking\n    date: created_at\n"
                + "    steps:\n      - {name: a}\n"
                + "      - {name: b, model: payment, by: client, date: created_at}",
            "metrics/m.yaml:8:39: ‘client’ does not refer to what enters the funnel; name the "
                + "reference to ‘booking’"
        ),
        (
            "funnels:\n  f:\n    description: x\n    model: booking\n    date: created_at\n"
                + "    steps:\n      - {name: a}\n      - {name: b, column: source, becomes: x}",
            "metrics/m.yaml:8:27: of ‘source’ model ‘booking’ keeps no history; use one of: "
                + "deposit_paid_at, stage, status"
        ),
        (
            "metrics:\n  m: {description: x, model: booking, kind: distinct, stay: {column: status}}",
            "metrics/m.yaml:2:45: stays have no different values; use median, percentile, average, "
                + "minimum, maximum, sum or count"
        ),
        (
            "movements:\n  m:\n    description: x\n    model: subscription\n    date: began_at\n"
                + "    value: {column: plan}",
            "metrics/m.yaml:6:21: column ‘plan’ holds category, which is no value; add ‘prices’, a "
                + "number for each of its words"
        ),
        (
            "movements:\n  m:\n    description: x\n    model: subscription\n    date: began_at\n"
                + "    value: {column: plan, prices: {basic: 4.999}, currency: USD}",
            "metrics/m.yaml:6:43: ‘4.999’ has more than 2 decimals; round it, or say ‘decimals’"
        ),
        (
            "movements:\n  m: {description: x, model: subscription, date: period_began_at}",
            "metrics/m.yaml:2:50: ‘period_began_at’ changes over time, so rows would come and go "
                + "with it; name a date that stays"
        ),
        (
            "movements:\n  m: {description: x, model: subscription, date: began_at}\nmetrics:\n"
                + "  m_new: {description: x, model: sale, kind: count}",
            "metrics/m.yaml:4:3: metric ‘m_new’ is also made by the definition at "
                + "metrics/m.yaml:2:3; rename one"
        ),
        (
            "dimensions:\n  n: {label: N, first-of: {sale: {member: net, date: sold_at, step: day}}}",
            "metrics/m.yaml:2:43: ‘net’ is not a reference of model ‘sale’; name the column that "
                + "says whose row it is"
        ),
    ]) func mistakesAreLocated(_ text: String, _ expected: String) throws {
        let error = try #require(throws: Advice.self) { try Definitions.written(text) }
        #expect(error.description == expected)
    }

    @Test(arguments: [
        (
            "{name: a, type: funnel, funnel: coarse}",
            "there is no funnel ‘coarse’; did you mean ‘course’?"
        ),
        (
            "{name: a, type: funnel, funnel: course, by: source}",
            "a card of type funnel has no ‘by’; remove the line"
        ),
        (
            "{name: a, type: cohort, retention: moves}",
            "metric ‘moves’ is no retention; name one that is defined with ‘retention’"
        ),
        (
            "{name: a, type: table, metrics: [moves], show: counts}",
            "‘show’ goes with type cohort; remove the line"
        ),
    ]) func mistakesInCardsAreTold(_ card: String, _ expected: String) throws {
        let error = try #require(throws: Advice.self) {
            try Definitions.written(
                CourseCardTests.metrics,
                dashboards: ["dashboard: d\ntitle: D\nperiod: 2026-06\ncards:\n  - " + card])
        }
        #expect(error.description.hasSuffix(expected), "\(error.description)")
    }
}
