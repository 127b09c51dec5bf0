import Vocabulary

extension Timing {
    /// Reads when a schedule runs: `cron:`, or `days:` with `at:`; then `zone:`, `shift:`, `holidays:`.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal name.
    init(
        _ root: DefinitionMapping, companies: [Company], _ book: HolidayBook
    ) throws {
        let zone = try Self.zone(root, companies)
        let shift =
            try root.optional("shift")?.choice(Shift.self, naming: "way to shift runs") ?? .none
        let days = try Self.days(root, companies, book)
        var holidays: HolidayCalendar?
        if shift != .none {
            holidays = try root.optional("shift")?.reading { _ in
                try Self.holidays(root, companies, book)
            }
        }
        self.init(days, in: zone, shift: shift, holidays: holidays)
    }

    private static func days(
        _ root: DefinitionMapping, _ companies: [Company], _ book: HolidayBook
    ) throws -> Days {
        guard let node = root.optional("days") else {
            if let at = root.optional("at") {
                throw at.advice(
                    "‘at’ goes with ‘days’", remedy: "write the time into the cron line instead")
            }
            guard let node = root.optional("cron") else {
                throw root.node.advice(
                    "nothing says when the schedule runs",
                    remedy: "add ‘cron: 30 7 * * MON’, or ‘days: {business-day: last, of: month}’ "
                        + "with ‘at: \"07:30\"’")
            }
            return .cron(try node.reading { try Cron($0) })
        }
        if let cron = root.optional("cron") {
            throw cron.advice("the schedule says twice when it runs", remedy: "remove one")
        }
        let rule = try DayRule(
            node, calendar: { try FiscalCalendar(of: companies, isNeeded: true) },
            holidays: { try holidays(root, companies, book) })
        let at = try root.required("at")
        let times = try (at.isSequence ? at.sequence() : [at]).map(time)
        guard Set(times).count == times.count, !times.isEmpty else {
            throw at.advice("these are not different times", remedy: "write each time once")
        }
        return .rule(rule, at: times.sorted())
    }

    private static func time(_ node: DefinitionNode) throws -> Int {
        let text = try node.string()
        if let time = LocalTime("2000-01-01T" + text) { return time.secondOfDay }
        throw node.advice("‘\(text)’ is not a time of day", remedy: "write it as \"07:30\"")
    }

    /// The days on which the schedule's companies rest.
    private static func holidays(
        _ root: DefinitionMapping, _ companies: [Company], _ book: HolidayBook
    ) throws -> HolidayCalendar {
        if let node = root.optional("holidays") {
            return try node.reading { try book.calendar(of: $0) }
        }
        let countries = Set(companies.map(\.country))
        guard let country = countries.first, countries.count == 1 else {
            throw Advice(
                .definition,
                "the companies are in several countries: "
                    + countries.sorted().joined(separator: ", "),
                remedy: "add a line ‘holidays: …’ that says whose holidays count")
        }
        return try book.calendar(of: country)
    }

    private static func zone(_ root: DefinitionMapping, _ companies: [Company]) throws -> Zone {
        if let node = root.optional("zone") { return try node.reading { try Zone(named: $0) } }
        let zones = Set(companies.map(\.zone))
        guard let zone = zones.first, zones.count == 1 else {
            let names = zones.map(\.name).sorted().joined(separator: ", ")
            throw root.node.advice(
                "the companies are in several zones: \(names)",
                remedy: "add a line ‘zone: …’ that says whose clocks are meant")
        }
        return zone
    }
}
