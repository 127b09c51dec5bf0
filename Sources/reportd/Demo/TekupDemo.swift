import Vocabulary

/// Two years (or any span) of believable activity of three companies, in the database of the Tekup
/// sales-tracking application.
///
/// What happens on a day depends on the seed, the scale and the day only. Hence a history loaded
/// through an instant and then advanced to a later one holds the same rows as one loaded through
/// the later instant; the tests compare the two.
///
/// `firstDay` decides which rows exist (sales and leads created since, and their customers), never
/// what is in them, with one exception: the totals that customers bring along from before.
struct TekupDemo: Sendable {
    let seed: UInt64
    /// How busy the companies are: 1 makes about 11 sales a day.
    let scale: Double
    let firstDay: LocalDay
    let workdays: DanishWorkdays

    /// The companies' time zone.
    static let zoneName = "Europe/Copenhagen"
    /// The name of the database.
    static let database = "tekup"

    /// Describes a demo.
    ///
    /// - Throws: `Advice` when the system does not know the companies' time zone.
    init(seed: UInt64, scale: Double = 1, firstDay: LocalDay) throws {
        precondition(scale > 0, "a demo without activity")
        self.seed = seed
        self.scale = scale
        self.firstDay = firstDay
        workdays = DanishWorkdays(zone: try Zone(named: Self.zoneName))
    }

    /// Sales and leads exist from this instant on.
    var firstInstant: Instant { workdays.zone.start(of: firstDay) }

    private var firstCustomerDay: LocalDay {
        firstDay.adding(days: -TekupLedger.memory - TekupStory.longestCourtship)
    }

    /// Customers who may buy on the first day were born since this instant.
    var firstCustomerInstant: Instant { workdays.zone.start(of: firstCustomerDay) }

    /// Visits the stories of a company that begin within some days, in order of their days.
    func forEachStory(
        of unit: TekupUnit, from first: LocalDay, through last: LocalDay,
        _ body: (TekupStory) -> Void
    ) {
        var day = first
        while day <= last {
            let stories = TekupStory.stories(
                of: unit, on: day, seed: seed, scale: scale, workdays: workdays)
            for story in stories { body(story) }
            day = day.adding(days: 1)
        }
    }

    // MARK: A history at once

    /// The SQL that fills an empty database with everything up to an instant.
    func historyScript(through end: Instant) -> String {
        var script = ""
        writeHistory(through: end) { script += $0 }
        return script
    }

    /// Writes, piece by piece, the SQL that fills an empty database with everything up to an
    /// instant: schema, rows as `COPY … FROM stdin`, progress; one transaction.
    func writeHistory(
        through end: Instant, to write: (String) throws -> Void
    ) rethrows {
        let lastDay = workdays.zone.day(of: end)
        let first = firstCustomerDay.adding(days: -TekupStory.longestCourtship)
        let rows = TekupRows(
            demo: self, ledger: TekupLedger(self, for: first...max(first, lastDay)))
        try write("BEGIN;\nSET LOCAL client_min_messages = warning;\n")
        try write(TekupSchema.sql + TekupSchema.demoSQL)
        // The rows are consistent by construction (a test checks every reference); looking each one
        // up would double the time of the load.
        try write("SET LOCAL session_replication_role = replica;\n")
        try writeMasterData(to: write)

        let totals = customerTotals(rows, through: end, from: first, to: lastDay)
        var page = Page()
        for unit in TekupUnit.all {
            for number in 0..<TekupLedger.firstCustomers {
                let customer = TekupLedger.Customer(unit: unit.index, day: nil, number: number)
                let born = Instant(seconds: 1_551_427_200 + Int64(number) * 864_000)  // March 2019
                page.take(rows.lifeEvents(of: customer, born: born), through: end, totals)
            }
        }
        var start = first
        while start <= lastDay {
            let last = min(start.adding(days: 59), lastDay)
            for unit in TekupUnit.all {
                forEachStory(of: unit, from: start, through: last) { story in
                    page.take(rows.events(of: story), through: end, totals)
                }
            }
            try page.write(to: write)
            start = last.adding(days: 1)
        }
        try write(
            "INSERT INTO demo.progress (seed, scale, first_day, through) VALUES "
                + "('\(seed)', \(scale), '\(firstDay)', '\(SQLText.time(end))');\n"
                + "COMMIT;\nANALYZE;\n")
    }

    private struct Totals {
        var count = 0
        var revenue: Int64 = 0
        var last = Instant(microseconds: .min)
    }

    /// What the application has added up on each customer by its sales up to an instant.
    private func customerTotals(
        _ rows: TekupRows, through end: Instant, from first: LocalDay, to last: LocalDay
    ) -> [String: Totals] {
        var totals: [String: Totals] = [:]
        for unit in TekupUnit.all {
            forEachStory(of: unit, from: first, through: last) { story in
                guard let sale = story.sale, sale.created >= firstInstant, sale.created <= end
                else { return }
                let id = rows.customerID(rows.ledger.customer(of: story))
                totals[id, default: Totals()].count += 1
                totals[id, default: Totals()].revenue += sale.amount
                totals[id, default: Totals()].last = max(
                    totals[id, default: Totals()].last, sale.created)
            }
        }
        return totals
    }

    /// The rows of some stories, as they are at the end, by table.
    private struct Page {
        private var customers = ""
        private var sales = ""
        private var leads = ""
        private var audits = ""

        mutating func take(
            _ events: [TekupEvent], through end: Instant, _ totals: [String: Totals]
        ) {
            var current: [(table: TekupTable, id: String, row: [String?])] = []
            for event in events where event.at <= end {
                if let audit = event.audit { audits += SQLText.copyLine(audit) }
                let place = current.firstIndex {
                    $0.id == event.id && $0.table.name == event.table.name
                }
                switch event.change {
                case .insert(let row): current.append((event.table, event.id, row))
                case .delete: if let place { current.remove(at: place) }
                case .update(let set, let expecting):
                    guard let place else { continue }
                    for (column, value) in expecting {
                        let position = event.table.position(of: column)
                        precondition(
                            current[place].row[position] == value,
                            "a story contradicts itself in \(event.table.name).\(column)")
                    }
                    for (column, value) in set {
                        current[place].row[event.table.position(of: column)] = value
                    }
                case .purchase: continue  // All purchases of a customer are in the totals.
                }
            }
            for entry in current {
                switch entry.table.name {
                case TekupTable.sales.name: sales += SQLText.copyLine(entry.row)
                case TekupTable.leads.name: leads += SQLText.copyLine(entry.row)
                default:
                    var row = entry.row
                    if let sum = totals[entry.id] { Self.add(sum, to: &row) }
                    customers += SQLText.copyLine(row)
                }
            }
        }

        private static func add(_ sum: Totals, to row: inout [String?]) {
            let table = TekupTable.customers
            let (count, revenue) = (
                table.position(of: "total_sales_count"), table.position(of: "total_revenue")
            )
            let last = SQLText.time(sum.last)
            let updated = table.position(of: "updated_at")
            row[count] = String((row[count].flatMap(Int.init) ?? 0) + sum.count)
            let before = row[revenue].flatMap { ExactDecimal($0) } ?? .zero
            row[revenue] =
                (before + ExactDecimal(unscaled: Int128(sum.revenue), scale: 2)).description
            row[table.position(of: "last_contact_at")] = last
            // Times of this form sort as text does.
            row[updated] = max(row[updated] ?? last, last)
        }

        mutating func write(to write: (String) throws -> Void) rethrows {
            for (table, lines) in [
                (TekupTable.customers, customers), (.sales, sales), (.leads, leads),
                (.auditLogs, audits),
            ] where !lines.isEmpty {
                try write(TekupDemo.copy(table, lines))
            }
            self = Page()
        }
    }

    private static func copy(_ table: TekupTable, _ lines: String) -> String {
        "COPY \(table.name) (\(table.columns.joined(separator: ", "))) FROM stdin;\n\(lines)\\.\n"
    }

    private func writeMasterData(to write: (String) throws -> Void) rethrows {
        let founded = "2019-02-01 08:00:00"
        var organizations = ""
        var users = ""
        var services = ""
        for unit in TekupUnit.all {
            organizations += SQLText.copyLine([
                unit.organization, unit.name, unit.type, unit.billingEmail, founded, founded,
            ])
            for user in unit.users {
                // Not a hash of anything: nobody can sign in with it, and nobody should copy it.
                users += SQLText.copyLine([
                    user.id, unit.organization, user.email, "!no-password-in-the-demo", user.name,
                    user.role.rawValue, "t", founded, founded,
                ])
            }
            for service in unit.services {
                services += SQLText.copyLine([
                    service.id, unit.organization, service.name, nil, service.category,
                    SQLText.amount(service.price), "DKK", service.pricing,
                    service.minutes.map(String.init), service.weight > 0 ? "t" : "f", founded,
                    founded,
                ])
            }
        }
        try write(Self.copy(.organizations, organizations))
        try write(Self.copy(.users, users))
        try write(Self.copy(.services, services))
    }

    // MARK: Going on

    /// The SQL of everything that happens after one instant and up to another, in order.
    ///
    /// One transaction; it fails, changing nothing, unless the database is exactly at `start`.
    func advanceScript(after start: Instant, through end: Instant) -> String {
        precondition(start <= end, "time runs forwards")
        let first = workdays.zone.day(of: start).adding(days: -TekupStory.longestLife)
        let last = workdays.zone.day(of: end)
        let rows = TekupRows(demo: self, ledger: TekupLedger(self, for: first...last))
        var events: [TekupEvent] = []
        for unit in TekupUnit.all {
            forEachStory(of: unit, from: first, through: last) { story in
                // A customer may fall asleep long after the story is over.
                let all = story.end > start ? rows.events(of: story) : rows.birth(in: story)
                events += all.filter { $0.at > start && $0.at <= end }
            }
        }
        let ordered = events.enumerated().sorted { left, right in
            (left.element.at, left.offset) < (right.element.at, right.offset)
        }
        return """
            BEGIN;
            DO $demo$ BEGIN
                IF (SELECT through FROM demo.progress FOR UPDATE) <> '\(SQLText.time(start))' THEN
                    RAISE EXCEPTION 'the demo is not at \(SQLText.time(start)) UTC';
                END IF;
            END $demo$;

            """ + ordered.map(\.element.statement).joined()
                + "UPDATE demo.progress SET through = '\(SQLText.time(end))';\nCOMMIT;\n"
    }
}
