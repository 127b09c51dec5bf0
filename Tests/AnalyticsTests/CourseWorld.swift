import Store
import Synchronization
import Testing
import Vocabulary

@testable import Analytics

/// A store whose items, notes and people came and changed at many moments, and the record of it.
struct CourseWorld {
    struct Version: Equatable {
        var status: String?
        var net: Int64?
        var checked: Instant?
    }

    struct Change {
        let at: Instant
        /// Nil when the item was deleted.
        let version: Version?
    }

    struct Item {
        let key: Int
        let company: String
        let person: Int
        let channel: String
        let currency: String
        let created: Instant
        let due: LocalDay
        var changes: [Change]
        /// Whether it was there before the history.
        let wasLoaded: Bool

        var isGone: Bool { changes.last?.version == nil }
        var present: Version? { changes.last?.version }
    }

    struct Note {
        let item: Int
        let person: Int
        let company: String
        let kind: String
        let made: Instant
    }

    var items: [Item] = []
    var notes: [Note] = []
    let schema: Schema
    let store: TestStore
    let known: Instant

    static let definitions = """
        funnels:
          course:
            description: x
            model: item
            date: created
            within: 9
            steps:
              - {name: came}
              - {name: moved, column: status, becomes: [b, c]}
              - {name: checked, at: checked}
              - {name: noted, model: note, by: item, date: made, where: {kind: k}}
          endless:
            description: x
            model: item
            date: created
            steps:
              - {name: came}
              - {name: due, at: due}
              - {name: moved, column: status, becomes: a}
              - {name: web, where: {channel: web}}
          people:
            description: x
            model: note
            member: person
            date: made
            within: 20
            steps:
              - {name: first}
              - {name: again, model: note, by: person, date: made, where: {kind: k}}
              - {name: bought, model: item, by: person, date: created}
        movements:
          worth:
            description: x
            model: item
            member: person
            date: created
            where: {status: [a, b]}
            value: {column: net}
        metrics:
          standing:
            {description: x, model: item, kind: sum, column: net, date: created,
             where: {status: [a, b]}, accumulate: standing}
          came_back:
            {description: x, model: note,
             retention: {member: person, date: made, step: week, after: 2}}
          longest: {description: x, model: item, kind: maximum, stay: {column: status}}
          middle: {description: x, model: item, kind: median, stay: {column: status, in: [a, b]}}
          mean: {description: x, model: item, kind: average, stay: {column: status}}
          stays: {description: x, model: item, kind: count, stay: {column: status}}
          ages: {description: x, model: item, kind: sum, stay: {column: status, in: a, lasting: true}}
          moves: {description: x, model: item, move: {column: status, from: [a, b]}}
          lasting: {description: x, model: item, move: {column: status, to: [a, c], lasting: true}}
        """

    private static func schema() throws -> Schema {
        let companies = try CompanyDirectory(
            DefinitionNode(
                parsing: """
                    companies:
                      - {code: north, name: North, zone: Europe/Copenhagen, currency: DKK, country: DK}
                      - {code: west, name: West, zone: America/New_York, currency: USD, country: US}
                    """, file: "companies.yaml"))
        return Schema(
            models: [
                Model(
                    name: "person", label: "Person",
                    columns: [Column(name: "name", label: "Name", type: .text)], timeColumn: nil),
                Model(
                    name: "item", label: "Item",
                    columns: [
                        Column(name: "person", label: "Person", type: .reference(model: "person")),
                        Column(name: "status", label: "Status", type: .category, hasHistory: true),
                        Column(
                            name: "net", label: "Net", type: .money(currency: "currency"),
                            hasHistory: true),
                        Column(name: "currency", label: "Currency", type: .category),
                        Column(name: "channel", label: "Channel", type: .category),
                        Column(name: "created", label: "Created", type: .instant),
                        Column(name: "checked", label: "Checked", type: .instant),
                        Column(name: "due", label: "Due", type: .day),
                    ], timeColumn: "created"),
                Model(
                    name: "note", label: "Note",
                    columns: [
                        Column(name: "item", label: "Item", type: .reference(model: "item")),
                        Column(name: "person", label: "Person", type: .reference(model: "person")),
                        Column(name: "kind", label: "Kind", type: .category),
                        Column(name: "made", label: "Made", type: .instant),
                    ], timeColumn: "made"),
            ], companies: companies)
    }

    static func company(of person: Int) -> String { person.isMultiple(of: 3) ? "west" : "north" }

    init(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        schema = try Self.schema()
        let start = Instant("2026-02-20T00:00:00Z")?.seconds ?? 0
        let time = Mutex(start)
        known = Instant(seconds: start)
        store = try TestStore(
            schema: schema, clock: WallClock { Instant(seconds: time.withLock { $0 }) })
        func number(_ range: Range<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
        func version() -> Version {
            Version(
                status: ["a", "a", "b", "c", nil].randomElement(using: &random) ?? nil,
                net: number(0..<9) == 0 ? nil : number(-100..<900),
                checked: number(0..<3) == 0
                    ? nil : Instant(seconds: time.withLock { $0 } + number(-300_000..<600_000)))
        }
        func made(_ key: Int, wasLoaded: Bool) -> Item {
            let now = time.withLock { $0 }
            let person = Int(number(0..<9))
            let created = Instant(seconds: now - number(-100_000..<1_500_000))
            return Item(
                key: key, company: Self.company(of: person), person: person,
                channel: number(0..<2) == 0 ? "web" : "shop",
                currency: number(0..<2) == 0 ? "DKK" : "USD", created: created,
                due: LocalDay(number: Int32((now + number(-900_000..<900_000)) / 86_400)),
                changes: [Change(at: Instant(seconds: now), version: version())],
                wasLoaded: wasLoaded)
        }
        let load = try store.store.beginLoad(source: "t")
        for person in 0..<9 {
            try load.append(
                model: "person", origin: "t", company: Self.company(of: person),
                key: .integer(Int64(person)), cells: [.text("P\(person)")])
        }
        for key in 0..<8 {
            let item = made(key, wasLoaded: true)
            items.append(item)
            try load.append(
                model: "item", origin: "t", company: item.company, key: .integer(Int64(key)),
                cells: Self.cells(item))
        }
        _ = try load.finish(position: SourcePosition(text: "", sourceTime: nil))
        for _ in 0..<110 {
            time.withLock { $0 += Int64.random(in: 3_000..<160_000, using: &random) }
            let now = Instant(seconds: time.withLock { $0 })
            var batch = ChangeBatch()
            var touched: Set<Int> = []
            for _ in 0..<number(1..<4) {
                let key = Int(number(0..<36))
                guard touched.insert(key).inserted else { continue }
                if let place = items.firstIndex(where: { $0.key == key }) {
                    if items[place].isGone { continue }
                    let next = number(0..<25) == 0 ? nil : version()
                    items[place].changes.append(Change(at: now, version: next))
                    if next == nil {
                        batch.delete(model: "item", origin: "t", key: .integer(Int64(key)))
                        continue
                    }
                } else {
                    items.append(made(key, wasLoaded: false))
                }
                guard let item = items.first(where: { $0.key == key }) else { continue }
                batch.upsert(
                    model: "item", origin: "t", company: item.company, key: .integer(Int64(key)),
                    cells: Self.cells(item))
            }
            if let item = items.randomElement(using: &random) {
                let person = Int(number(0..<9))
                let own = Self.company(of: person) == item.company ? person : item.person
                let note = Note(
                    item: item.key, person: own, company: item.company,
                    kind: number(0..<2) == 0 ? "k" : "l",
                    made: Instant(seconds: now.seconds - number(-50_000..<500_000)))
                batch.upsert(
                    model: "note", origin: "t", company: note.company,
                    key: .integer(Int64(notes.count)),
                    cells: [
                        .key(.integer(Int64(note.item))), .key(.integer(Int64(note.person))),
                        .text(note.kind), .number(note.made.microseconds),
                    ])
                notes.append(note)
            }
            try store.store.commit(batch)
            if number(0..<25) == 0 { while try store.store.seal(minimum: 1) {} }
        }
    }

    private static func cells(_ item: Item) -> [Cell] {
        let version = item.present
        return [
            .key(.integer(Int64(item.person))), version?.status.map { .text($0) } ?? .missing,
            version?.net.map { .number($0) } ?? .missing, .text(item.currency),
            .text(item.channel), .number(item.created.microseconds),
            version?.checked.map { .number($0.microseconds) } ?? .missing,
            .number(Int64(item.due.number)),
        ]
    }

    func zone(_ company: String) -> Zone {
        schema.companies.companies.first { $0.code == company }?.zone
            ?? schema.companies.companies[0].zone
    }
}
