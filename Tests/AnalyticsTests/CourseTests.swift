import Store
import Testing
import Vocabulary

@testable import Analytics

/// Figures that follow rows, against the record of a random world and a computation that knows
/// nothing of histories.
@Suite struct CourseTests {
    private static let seeds = UInt64(1)...3

    private struct Setting {
        let world: CourseWorld
        let definitions: Definitions
        let snapshot: Snapshot
        let now: Instant
        var random: SplitMix

        init(_ seed: UInt64) throws {
            world = try CourseWorld(seed: seed)
            definitions = try Definitions(
                metrics: [DefinitionNode(parsing: CourseWorld.definitions, file: "m.yaml")],
                schema: world.schema)
            snapshot = try world.store.store.snapshot(Scope(companies: ["north", "west"]))
            now = try #require(Instant("2026-06-10T12:00:00Z"))
            random = SplitMix(seed: seed &+ 500)
        }

        mutating func query(_ metrics: [String], by: [String?], filters: Bool) throws -> MetricQuery
        {
            MetricQuery(
                metrics: metrics,
                period: try PeriodName(
                    ["2026-03", "2026-Q2", "2026-02-10..2026-04-15", "2026-05-20..2026-06-10"]
                        .randomElement(using: &random) ?? "2026-03"),
                grain: [Grain.day, .week, .month, nil].randomElement(using: &random) ?? nil,
                by: (by.randomElement(using: &random) ?? nil).map { [$0] } ?? [],
                filters: filters && Bool.random(using: &random)
                    ? [Condition("channel", .among(["web"]))] : [])
        }

        var today: LocalDay { world.zone("north").day(of: now) }

        func days(of row: MetricAnswer.Row, _ answer: MetricAnswer) -> (LocalDay, LocalDay) {
            guard let grain = answer.query.grain, let step = row.step else {
                return (answer.period.start, answer.period.end)
            }
            return (
                max(step.start, answer.period.start),
                min(grain.next(after: step.start), answer.period.end)
            )
        }
    }

    // MARK: Funnels

    /// A moment: the day, and the instant if it is known.
    private struct When: Equatable {
        let day: LocalDay
        let at: Instant?

        func isAtOrAfter(_ other: When) -> Bool {
            if let at, let before = other.at { return at >= before }
            return day >= other.day
        }
    }

    private struct Path {
        let label: [String: String]
        let day: LocalDay
        let channel: String
        var steps: [(when: When, isTimed: Bool)]
    }

    /// The first occurrence that counts, of all that there are.
    private static func first(
        _ all: [When], since: When, until last: LocalDay
    ) -> (When, Bool)? {
        let counted = all.filter { $0.isAtOrAfter(since) && $0.day <= last }
        guard var best = counted.first else { return nil }
        for next in counted.dropFirst() where !next.isAtOrAfter(best) { best = next }
        return (best, true)
    }

    private static func moved(
        _ item: CourseWorld.Item, to words: [String], entry: When, since: When,
        until last: LocalDay, _ zone: Zone
    ) -> (When, Bool)? {
        var changes: [(When, String?)] = []
        var status = item.changes[0].version?.status
        for change in item.changes.dropFirst() where change.version?.status != status {
            status = change.version?.status
            changes.append((When(day: zone.day(of: change.at), at: change.at), status))
        }
        let before = changes.filter { ($0.0.at ?? .init(seconds: 0)) <= item.created }
        let held = before.last.map(\.1) ?? item.changes[0].version?.status
        let after = Array(changes.dropFirst(before.count))
        if let held, words.contains(held), after.first.map({ !since.isAtOrAfter($0.0) }) ?? true {
            return (since, false)
        }
        return first(
            after.filter { $0.1.map(words.contains) ?? false }.map(\.0), since: since, until: last)
    }

    private func paths(_ setting: Setting, _ funnel: String) -> [Path] {
        let world = setting.world
        func when(_ at: Instant, _ zone: Zone) -> When { When(day: zone.day(of: at), at: at) }
        if funnel == "people" {
            return (0..<9).compactMap { person in
                let zone = world.zone(CourseWorld.company(of: person))
                let own = world.notes.enumerated().filter { $0.element.person == person }
                guard let first = own.min(by: { $0.element.made < $1.element.made }) else {
                    return nil
                }
                let entry = when(first.element.made, zone)
                let last = min(entry.day.adding(days: 20), setting.today)
                var path = Path(
                    label: ["kind": first.element.kind, "company": first.element.company],
                    day: entry.day, channel: "", steps: [(entry, true)])
                let notes = own.filter {
                    $0.element.kind == "k" && $0.offset != first.offset
                }.map { when($0.element.made, zone) }
                guard let again = Self.first(notes, since: entry, until: last) else { return path }
                path.steps.append(again)
                let items = world.items.filter { $0.person == person && !$0.isGone }
                    .map { when($0.created, zone) }
                if let bought = Self.first(items, since: again.0, until: last) {
                    path.steps.append(bought)
                }
                return path
            }
        }
        return world.items.filter { !$0.isGone }.map { item in
            let zone = world.zone(item.company)
            let entry = when(item.created, zone)
            let last =
                funnel == "course"
                ? min(entry.day.adding(days: 9), setting.today) : setting.today
            var path = Path(
                label: ["channel": item.channel, "company": item.company], day: entry.day,
                channel: item.channel, steps: [(entry, true)])
            func next(_ found: (When, Bool)?) -> When? {
                guard let found else { return nil }
                path.steps.append(found)
                return found.0
            }
            if funnel == "course" {
                guard
                    let moved = next(
                        Self.moved(
                            item, to: ["b", "c"], entry: entry, since: entry, until: last, zone)),
                    let checked = next(
                        Self.first(
                            (item.present?.checked).map { [when($0, zone)] } ?? [], since: moved,
                            until: last))
                else { return path }
                let notes = world.notes.filter { $0.item == item.key && $0.kind == "k" }
                _ = next(
                    Self.first(notes.map { when($0.made, zone) }, since: checked, until: last))
                return path
            }
            guard
                let due = next(
                    Self.first([When(day: item.due, at: nil)], since: entry, until: last)),
                let moved = next(
                    Self.moved(item, to: ["a"], entry: entry, since: due, until: last, zone))
            else { return path }
            if item.channel == "web" { _ = next((moved, false)) }
            return path
        }
    }

    private static let funnels: [(name: String, steps: [String], by: [String?])] = [
        ("course", ["came", "moved", "checked", "noted"], ["channel", "company", nil]),
        ("endless", ["came", "due", "moved", "web"], ["channel", "company", nil]),
        ("people", ["first", "again", "bought"], ["kind", "company", nil]),
    ]

    @Test(arguments: seeds) func funnelsCountWhoCameSoFar(_ seed: UInt64) throws {
        var setting = try Setting(seed)
        var (compared, spans) = (0, 0)
        for (funnel, steps, by) in Self.funnels {
            let all = paths(setting, funnel)
            for _ in 0..<9 {
                let names = steps.map { "\(funnel)_\($0)" }
                let query = try setting.query(
                    names + names.dropFirst().map { $0 + "_days" }, by: by,
                    filters: funnel != "people")
                let answer = try setting.definitions.answer(
                    query, on: setting.snapshot, now: setting.now)
                for row in answer.rows {
                    let (start, end) = setting.days(of: row, answer)
                    if start > setting.today { continue }
                    let own = all.filter { path in
                        path.day >= start && path.day < end
                            && (query.filters.isEmpty || path.channel == "web")
                            && (query.by.first.map { name in
                                row.members[0].label
                                    == (name == "company"
                                        ? (path.label[name] == "north" ? "North" : "West")
                                        : path.label[name])
                            } ?? true)
                    }
                    for (step, name) in names.enumerated() {
                        let reached = own.filter { $0.steps.count > step }
                        compared += 1
                        #expect(
                            row.cells[step][0].value == .integer(Int64(reached.count)),
                            "seed \(seed) \(name) \(start) \(query)")
                        guard step > 0 else { continue }
                        let numbers = reached.compactMap { path -> Int64? in
                            guard path.steps[step].isTimed else { return nil }
                            let (one, two) = (path.steps[step - 1].when, path.steps[step].when)
                            guard let first = one.at, let second = two.at else {
                                return Int64(one.day.distance(to: two.day)) * 86_400_000_000
                            }
                            return second.microseconds - first.microseconds
                        }.sorted()
                        let value = row.cells[names.count + step - 1][0].value
                        guard !numbers.isEmpty else {
                            #expect(value == .missing)
                            continue
                        }
                        spans += 1
                        let twice =
                            Int128(numbers[numbers.count / 2])
                            + Int128(numbers[(numbers.count - 1) / 2])
                        #expect(
                            value.number
                                == ExactDecimal(
                                    unscaled: ExactDecimal.divide(twice * 10, 2 * 86_400_000_000),
                                    scale: 1),
                            "seed \(seed) \(name) days \(start) \(query)")
                    }
                }
            }
        }
        #expect(compared > 150 && spans > 20)
    }

    // MARK: Retention

    @Test(arguments: seeds) func retentionCountsWhoCameAgain(_ seed: UInt64) throws {
        var setting = try Setting(seed)
        var compared = 0
        for _ in 0..<10 {
            let query = try setting.query(["came_back"], by: ["company", nil], filters: false)
            let answer = try setting.definitions.answer(
                query, on: setting.snapshot, now: setting.now)
            for row in answer.rows {
                let (start, end) = setting.days(of: row, answer)
                var (members, active) = (0, 0)
                for person in 0..<9 {
                    let company = CourseWorld.company(of: person)
                    if let label = row.members.first?.label,
                        label != (company == "north" ? "North" : "West")
                    {
                        continue
                    }
                    let days = setting.world.notes.filter { $0.person == person }
                        .map { setting.world.zone(company).day(of: $0.made) }
                    guard let first = days.min(), first >= start, first < end else { continue }
                    let monday = first.adding(days: 1 - first.isoWeekday + 14)
                    if monday.adding(days: 7) > setting.today { continue }
                    members += 1
                    if days.contains(where: { $0 >= monday && $0 < monday.adding(days: 7) }) {
                        active += 1
                    }
                }
                compared += 1
                let share = ExactDecimal.divide(
                    Int128(active) * 1_000_000, Int128(max(members, 1)))
                #expect(
                    row.cells[0][0].value
                        == (members == 0
                            ? .missing
                            : .decimal(ExactDecimal(unscaled: share, scale: 6))),
                    "seed \(seed) \(start) \(query)")
            }
        }
        #expect(compared > 20)
    }

    // MARK: Stays

    private struct Stay {
        let item: CourseWorld.Item
        let status: String?
        let next: String?
        let begin: Instant?
        let end: Instant?
    }

    private func stays(_ world: CourseWorld) -> [Stay] {
        world.items.flatMap { item -> [Stay] in
            var stays: [Stay] = []
            var status = item.changes[0].version?.status
            var begin: Instant? = item.wasLoaded ? nil : item.changes[0].at
            if !item.wasLoaded, status != nil {
                stays.append(
                    Stay(item: item, status: nil, next: status, begin: nil, end: begin))
            }
            for change in item.changes.dropFirst() where change.version?.status != status {
                let next = change.version?.status
                stays.append(
                    Stay(item: item, status: status, next: next, begin: begin, end: change.at))
                (status, begin) = (next, change.at)
            }
            if item.present != nil {
                stays.append(Stay(item: item, status: status, next: nil, begin: begin, end: nil))
            }
            return stays
        }
    }

    @Test(arguments: seeds) func staysAndChangesAreThoseRecorded(_ seed: UInt64) throws {
        var setting = try Setting(seed)
        let all = stays(setting.world)
        var compared = 0
        for _ in 0..<12 {
            let query = try setting.query(
                ["stays", "longest", "mean", "moves", "lasting"], by: ["company", "channel", nil],
                filters: true)
            let answer = try setting.definitions.answer(
                query, on: setting.snapshot, now: setting.now)
            for row in answer.rows {
                let (start, end) = setting.days(of: row, answer)
                if start > setting.today { continue }
                let own = all.filter { stay in
                    guard let at = stay.end else { return false }
                    let zone = setting.world.zone(stay.item.company)
                    let day = zone.day(of: at)
                    return day >= start && day < end
                        && (query.filters.isEmpty
                            || stay.item.channel == "web" && !stay.item.isGone)
                        && (query.by.first.map { name in
                            row.members[0].label
                                == (name == "company"
                                    ? (stay.item.company == "north" ? "North" : "West")
                                    : stay.item.isGone ? "(none)" : stay.item.channel)
                        } ?? true)
                }
                let ended = own.filter { $0.status != nil }
                let lengths = ended.compactMap { stay -> Int128? in
                    guard let begin = stay.begin, let end = stay.end else { return nil }
                    return Int128(end.microseconds - begin.microseconds)
                }
                func days(_ number: Int128?, over count: Int = 1) -> Value {
                    guard let number else { return .missing }
                    let tenths = ExactDecimal.divide(
                        number * 10, Int128(count) * 86_400_000_000)
                    return .decimal(ExactDecimal(unscaled: tenths, scale: 1))
                }
                compared += 1
                let words = "seed \(seed) \(start) \(row.members.map(\.label)) \(query)"
                #expect(row.cells[0][0].value == .integer(Int64(ended.count)), "\(words)")
                #expect(row.cells[1][0].value == days(lengths.max()), "\(words)")
                #expect(
                    row.cells[2][0].value
                        == days(
                            lengths.isEmpty ? nil : lengths.reduce(0, +), over: lengths.count),
                    "\(words)")
                #expect(
                    row.cells[3][0].value
                        == .integer(Int64(own.count { $0.status == "a" || $0.status == "b" })),
                    "\(words)")
                let lasting = own.count { stay in
                    (stay.next == "a" || stay.next == "c") && stay.item.present?.status == stay.next
                        && !all.contains { other in
                            other.item.key == stay.item.key
                                && (other.end ?? .init(seconds: 0)) > (stay.end ?? setting.now)
                        }
                }
                #expect(row.cells[4][0].value == .integer(Int64(lasting)), "\(words)")
            }
        }
        #expect(compared > 30)
        let answer = try setting.definitions.answer(
            MetricQuery(metrics: ["ages"], period: try PeriodName("2026-06")),
            on: setting.snapshot, now: setting.now)
        let ages = all.filter { $0.end == nil && $0.status == "a" }.compactMap { stay in
            stay.begin.map {
                setting.world.zone(stay.item.company).day(of: $0).distance(to: setting.today)
            }
        }
        #expect(answer.rows[0].cells[0][0].value.number == ExactDecimal(ages.reduce(0, +)))
        #expect(ages.count > 2)
    }

    // MARK: Movements

    /// What members were worth at a moment, by currency.
    private func worth(
        _ setting: Setting, _ company: String, _ currency: String, before moment: Instant
    ) -> [Int: Int64] {
        var sums: [Int: Int64] = [:]
        for item in setting.world.items
        where !item.isGone && item.company == company && item.currency == currency
            && item.created < moment
        {
            let version = (item.changes.last { $0.at < moment } ?? item.changes[0]).version
            guard version?.status == "a" || version?.status == "b" else { continue }
            sums[item.person, default: 0] += version?.net ?? 0
        }
        return sums.filter { $0.value != 0 }
    }

    @Test(arguments: seeds) func movementsAddUpToWhatStood(_ seed: UInt64) throws {
        var setting = try Setting(seed)
        let parts = MovementPart.allCases.map(\.rawValue)
        var compared = 0
        for _ in 0..<8 {
            let query = try setting.query(
                parts.map { "worth_\($0)" } + ["standing"] + parts.map { "worth_\($0)_members" },
                by: ["company", nil], filters: false)
            let answer = try setting.definitions.answer(
                query, on: setting.snapshot, now: setting.now)
            for row in answer.rows {
                let (start, end) = setting.days(of: row, answer)
                guard start <= setting.today else { continue }
                let isKnown = ["north", "west"].allSatisfy {
                    setting.world.zone($0).start(of: start) >= setting.world.known
                }
                func amount(_ index: Int, _ code: String) -> Int128? {
                    let cell = row.cells[index].first { $0.currency?.code == code }
                    // A currency that occurs nowhere in a metric has no cells there.
                    if cell == nil { return 0 }
                    guard case .money(let money)? = cell?.value else { return nil }
                    return money.amount.rounded(toScale: 2).unscaled
                }
                var counts = [String: Int](uniqueKeysWithValues: parts.map { ($0, 0) })
                for code in ["DKK", "USD"] {
                    var sums = [String: Int128](uniqueKeysWithValues: parts.map { ($0, 0) })
                    for company in ["north", "west"]
                    where row.members.isEmpty
                        || row.members[0].label == (company == "north" ? "North" : "West")
                    {
                        let zone = setting.world.zone(company)
                        let opening = worth(setting, company, code, before: zone.start(of: start))
                        let closing = worth(setting, company, code, before: zone.start(of: end))
                        let moments = setting.world.items.flatMap { item in
                            item.changes.map(\.at) + [item.created]
                        }.filter { $0 < zone.start(of: start) }
                        var seen: Set<Int> = []
                        for moment in Set(moments) {
                            seen.formUnion(
                                worth(
                                    setting, company, code,
                                    before: Instant(microseconds: moment.microseconds + 1)
                                ).keys)
                        }
                        func add(_ part: String, _ number: Int64) {
                            sums[part, default: 0] += Int128(number)
                            counts[part, default: 0] += 1
                        }
                        for number in opening.values { add("opening", number) }
                        for number in closing.values { add("closing", number) }
                        for person in Set(opening.keys).union(closing.keys) {
                            let (from, to) = (opening[person] ?? 0, closing[person] ?? 0)
                            if from == to { continue }
                            let part =
                                from == 0
                                ? (seen.contains(person) ? "reactivation" : "new")
                                : to == 0
                                    ? "churn" : to > from ? "expansion" : "contraction"
                            add(part, to - from)
                        }
                    }
                    guard row.cells[0].contains(where: { $0.currency?.code == code }) else {
                        continue
                    }
                    for (index, part) in parts.enumerated() {
                        guard isKnown else {
                            if part != "closing" { #expect(amount(index, code) == nil) }
                            continue
                        }
                        compared += 1
                        #expect(
                            amount(index, code) == sums[part],
                            "seed \(seed) \(part) \(code) \(start) \(query)")
                    }
                    guard isKnown else { continue }
                    let moved = (1...5).reduce(Int128(0)) { $0 + (amount($1, code) ?? -1) }
                    #expect((amount(0, code) ?? -1) + moved == amount(6, code))
                    #expect(amount(6, code) == amount(7, code))
                }
                for (index, part) in parts.enumerated() where isKnown {
                    #expect(
                        row.cells[8 + index][0].value == .integer(Int64(counts[part] ?? -1)),
                        "seed \(seed) \(part) \(start) \(query)")
                }
            }
        }
        #expect(compared > 60)
    }
}
