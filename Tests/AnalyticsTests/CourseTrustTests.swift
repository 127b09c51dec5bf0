import Store
import Testing
import Vocabulary

@testable import Analytics

/// Explanations and restatements of figures that follow rows over time.
@Suite struct CourseTrustTests {
    private let world: CourseWorld
    private let definitions: Definitions
    private let now: Instant

    init() throws { try self.init(seed: 3) }

    private init(seed: UInt64) throws {
        world = try CourseWorld(seed: seed)
        definitions = try Definitions(
            metrics: [DefinitionNode(parsing: CourseWorld.definitions, file: "m.yaml")],
            schema: world.schema)
        now = try #require(Instant("2026-05-20T12:00:00Z"))
    }

    private func snapshot(_ moment: Moment = .latest) throws -> Snapshot {
        try world.store.store.snapshot(Scope(companies: ["north", "west"]), at: moment)
    }

    private var metrics: [String] { definitions.metrics.keys.sorted() }
    private static let periods = ["2026-03", "2026-04", "2026-03-10..2026-05-04", "2026"]

    private func query(_ metric: String, _ random: inout SplitMix) throws -> MetricQuery {
        MetricQuery(
            metrics: [metric],
            period: try PeriodName(Self.periods.randomElement(using: &random) ?? "2026"),
            filters: metric.hasPrefix("people") || metric == "came_back"
                || Bool.random(using: &random)
                ? [] : [Condition("channel", .among(["web"]))])
    }

    @Test(arguments: UInt64(1)...5) func rowsGiveTheFigure(_ seed: UInt64) throws {
        let own = try CourseTrustTests(seed: seed)
        var random = SplitMix(seed: seed)
        var listed = 0
        for metric in own.metrics {
            for _ in 0..<3 {
                let query = try own.query(metric, &random)
                let snapshot = try own.snapshot()
                // The rows are added up again in there; what does not agree is thrown.
                let explanation = try own.definitions.explain(
                    metric, of: query, on: snapshot, now: own.now)
                let answer = try own.definitions.answer(query, on: snapshot, now: own.now)
                #expect(explanation.cells == answer.totals[0], "\(metric)")
                #expect(!explanation.parts.isEmpty, "\(metric)")
                for part in explanation.parts {
                    let rows = try part.rows.rows()
                    listed += rows.count
                    #expect(rows.count == part.rows.rowCount)
                    #expect(
                        part.rowsInAll == rows.count + part.excluded.reduce(0) { $0 + $1.rows })
                    var footing = ResultFooting(columns: part.rows.columns)
                    rows.forEach { footing.add($0) }
                    #expect(footing.totals == part.rows.totals, "\(metric) \(query)")
                    let paged = try stride(from: 0, to: max(rows.count, 1), by: 7).flatMap {
                        try part.page(offset: $0, limit: 7).rows()
                    }
                    #expect(paged == rows)
                    if part.metric.source.aggregate == .count,
                        case .integer(let count) =
                            part.workings.first?.value ?? .missing
                    {
                        #expect(Int(count) == rows.count, "\(part.metric.name)")
                    }
                }
            }
        }
        #expect(listed > 500)
    }

    @Test(arguments: UInt64(1)...5) func linesAddUpToTheDifference(_ seed: UInt64) throws {
        let own = try CourseTrustTests(seed: seed)
        var random = SplitMix(seed: seed &+ 9)
        let last = try own.snapshot().commit.number
        var causes: Set<Restatement.Cause> = []
        var moved = 0
        for metric in own.metrics {
            for commit in [last / 3, last / 2, last - 10] {
                let query = try own.query(metric, &random)
                let (early, late) = (
                    try own.snapshot(.commit(commit)), try own.snapshot()
                )
                let restatement = try own.definitions.restatement(
                    metric, of: query, from: early, to: late, now: own.now)
                #expect(!restatement.parts.isEmpty)
                for part in restatement.parts {
                    causes.formUnion(part.lines.map(\.cause))
                    for line in part.lines { #expect(!line.differences.isEmpty, "\(metric)") }
                    for change in part.changes where change.difference != .missing {
                        let shares = part.lines.flatMap(\.shares).filter { share in
                            guard case .money(let money) = share else { return true }
                            return money.currency == change.currency
                        }
                        if part.changes.count > 1, part.metric.unit != .money { continue }
                        if shares.contains(.missing) { continue }
                        let sum = shares.reduce(ValueDifference.zero(like: change.before)) {
                            ValueDifference.sum($0, $1)
                        }
                        #expect(sum == change.difference, "seed \(seed), \(metric): \(query)")
                        if sum != ValueDifference.zero(like: sum) { moved += 1 }
                    }
                }
            }
        }
        #expect(moved > 30)
        #expect(causes == Set(Restatement.Cause.allCases))
    }

    @Test func linesSayWhatBecameOfRows() throws {
        let scratch = try TestStore(schema: world.schema, clock: .fixed(now))
        func item(_ status: String, checked: String) throws -> ChangeBatch {
            var batch = ChangeBatch()
            batch.upsert(
                model: "person", origin: "t", company: "north", key: .integer(1),
                cells: [.text("Ada")])
            batch.upsert(
                model: "item", origin: "t", company: "north", key: .integer(7),
                cells: [
                    .key(.integer(1)), .text(status), .number(100), .text("DKK"), .text("web"),
                    .number(try #require(Instant("2026-05-01T10:00:00Z")).microseconds),
                    .number(try #require(Instant(checked)).microseconds), .missing,
                ])
            return batch
        }
        try scratch.store.commit(try item("b", checked: "2026-05-02T10:00:00Z"))
        let scope = Scope(companies: ["north"])
        let early = try scratch.store.snapshot(scope)
        try scratch.store.commit(try item("b", checked: "2026-05-04T22:00:00Z"))
        let late = try scratch.store.snapshot(scope)
        let query = MetricQuery(metrics: [], period: try PeriodName("2026-05"))
        let days = try definitions.restatement(
            "course_checked_days", of: query, from: early, to: late, now: now)
        let line = try #require(days.parts[0].lines.first)
        #expect(line.cause == .correction)
        #expect(line.row == "7")
        func day(_ text: String) throws -> Value { .day(try #require(LocalDay(text))) }
        #expect(line.differences.map(\.column) == ["Checked", "Days since the step before"])
        #expect(
            line.differences.map(\.after) == [
                try day("2026-05-05"), .decimal(try #require(ExactDecimal("3.500"))),
            ])
        // That it was reached stays as it is, and is no line.
        let count = try definitions.restatement(
            "course_checked", of: query, from: early, to: late, now: now)
        #expect(count.parts[0].lines.isEmpty)
        let members = try definitions.explain("worth_closing", of: query, on: late, now: now)
        #expect(try members.parts[0].rows.rows().first?.first == .text("Ada"))
    }

    @Test func membersOfOneNameHaveAnOrder() throws {
        let scratch = try TestStore(schema: world.schema, clock: .fixed(now))
        var batch = ChangeBatch()
        for number in 1...9 {
            batch.upsert(
                model: "person", origin: "t", company: "north", key: .integer(Int64(number)),
                cells: [.text("Ada")])
            batch.upsert(
                model: "item", origin: "t", company: "north", key: .integer(Int64(number)),
                cells: [
                    .key(.integer(Int64(number))), .text("b"), .number(Int64(number)),
                    .text("DKK"), .text("web"),
                    .number(try #require(Instant("2026-05-01T10:00:00Z")).microseconds),
                    .missing, .missing,
                ])
        }
        try scratch.store.commit(batch)
        let explanation = try definitions.explain(
            "worth_closing",
            of: MetricQuery(metrics: [], period: try PeriodName("2026-05")),
            on: scratch.store.snapshot(Scope(companies: ["north"])), now: now)
        let rows = explanation.parts[0].rows
        #expect(rows.columns[0].label == "Person")
        let dkk = try #require(Currency("DKK"))
        #expect(
            try rows.rows().map { $0[2] }
                == (1...9).map { .money(Money(minorUnits: Int128($0), currency: dkk)) })
    }
}
