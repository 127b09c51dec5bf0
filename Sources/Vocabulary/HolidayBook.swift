import Foundation

/// The holidays of countries, as declared in `queries/holidays.yaml`.
///
///     countries:
///       NL:
///         weekend: [saturday, sunday]                       # without it, these two
///         holidays:
///           - {name: Koningsdag, on: 04-27, from: 2014, instead: {sunday: -1}}
///           - {name: Tweede paasdag, easter: 1}
///           - {name: Bevrijdingsdag, on: 05-05, from: 1990, every: 5}
///           - {name: Idd-ul-Fitr, days: [2026-03-20]}       # as published
///           - {name: Mother's Day, weekday: monday, nth: 2, month: 10, until: 2021}
///
/// `instead` says, by the weekday on which a holiday falls, how many days later it is (earlier when
/// negative), or `next`: the next day that is neither weekend nor holiday is one too.
public struct HolidayBook: Sendable {
    /// The countries, in the order of the file.
    public let calendars: [HolidayCalendar]

    /// A book without countries.
    public init() { calendars = [] }

    /// Reads `holidays.yaml` in a definitions folder; a folder without it has no countries.
    ///
    /// - Throws: `Advice` that names file and line.
    public init(definitions folder: String) throws {
        let path = folder + "/holidays.yaml"
        guard FileManager.default.fileExists(atPath: path) else {
            self.init()
            return
        }
        try self.init(DefinitionNode(contentsOf: path, relativeTo: folder))
    }

    /// Reads the file.
    ///
    /// - Throws: `Advice` that names file and line.
    public init(_ file: DefinitionNode) throws {
        let root = try file.mapping(allowing: ["countries"])
        calendars = try root.required("countries").entries().map { key, value in
            let country = try key.string()
            guard country.utf8.count == 2, country.utf8.allSatisfy({ (65...90).contains($0) })
            else {
                throw key.advice(
                    "‘\(country)’ is not a country", remedy: "use a code of ISO 3166, such as DK")
            }
            let fields = try value.mapping(allowing: ["weekend", "holidays"])
            return HolidayCalendar(
                country: country,
                weekend: try fields.optional("weekend").map { node in
                    Set(try node.sequence().map { try $0.weekday() })
                } ?? [6, 7],
                rules: try fields.required("holidays").sequence().map { try Self.rule($0) })
        }
    }

    /// The holidays of a country.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the countries there are.
    public func calendar(of country: String) throws -> HolidayCalendar {
        if let found = calendars.first(where: { $0.country == country }) { return found }
        throw Advice(
            .unknown, "the holidays of ‘\(country)’ are not known",
            remedy: calendars.isEmpty
                ? "declare them in holidays.yaml, beside companies.yaml"
                : "declare them in holidays.yaml, which has "
                    + calendars.map(\.country).joined(separator: ", "))
    }

    private static func rule(_ node: DefinitionNode) throws -> HolidayCalendar.Rule {
        let fields = try node.mapping(allowing: [
            "name", "on", "easter", "weekday", "nth", "month", "days", "from", "until", "every",
            "instead",
        ])
        let name = try fields.required("name").string()
        let written = ["on", "easter", "weekday", "days"].filter { fields.optional($0) != nil }
        guard written.count == 1 else {
            throw node.advice(
                written.isEmpty
                    ? "nothing says when ‘\(name)’ is"
                    : "‘\(name)’ says when it is by \(written.joined(separator: " and by "))",
                remedy: "write one of ‘on: 12-25’, ‘easter: 1’, ‘weekday: monday’ with ‘nth’ and "
                    + "‘month’, and ‘days: […]’")
        }
        let from = try fields.optional("from")?.integer(in: 1...9999) ?? 1
        let until = try fields.optional("until")?.integer(in: 1...9999) ?? 9999
        guard from <= until else {
            throw node.advice("‘\(name)’ ends before it begins", remedy: "exchange the two years")
        }
        let every = try fields.optional("every")?.integer(in: 1...100) ?? 1
        if every > 1, fields.optional("from") == nil {
            throw node.advice(
                "nothing says which years ‘\(name)’ comes in", remedy: "add ‘from’, the first one")
        }
        return HolidayCalendar.Rule(
            name: name, date: try date(fields), years: from...until, every: every,
            instead: try instead(fields.optional("instead")))
    }

    private static func date(_ fields: DefinitionMapping) throws -> HolidayCalendar.Rule.Date {
        if let node = fields.optional("on") {
            let text = try node.string()
            // A leap year has every day that there is.
            guard text.utf8.count == 5, let day = LocalDay("2000-" + text) else {
                throw node.advice(
                    "‘\(text)’ is no day of a year", remedy: "write month and day, as 12-25")
            }
            return .fixed(month: day.civil.month, day: day.civil.day)
        }
        if let node = fields.optional("easter") { return .easter(try node.integer(in: -366...366)) }
        if let node = fields.optional("weekday") {
            return .weekday(
                try node.weekday(), nth: try fields.required("nth").integer(in: 1...5),
                month: try fields.required("month").integer(in: 1...12))
        }
        return .published(
            try fields.required("days").sequence().map { node in
                let text = try node.string()
                if let day = LocalDay(text) { return day }
                throw node.advice("‘\(text)’ is no day", remedy: "write it as 2026-03-20")
            })
    }

    private static func instead(
        _ node: DefinitionNode?
    ) throws -> [Int: HolidayCalendar.Substitute] {
        var found: [Int: HolidayCalendar.Substitute] = [:]
        for (key, value) in try node?.entries() ?? [] {
            found[try key.weekday()] =
                try value.string() == "next" ? .next : .moved(try value.integer(in: -7...7))
        }
        return found
    }
}

extension DefinitionNode {
    /// The value as a day of the week; 1 is Monday.
    ///
    /// - Throws: `Advice` with the nearest name.
    public func weekday() throws -> Int {
        let text = try string()
        if let index = Self.weekdays.firstIndex(of: text) { return index + 1 }
        throw advice(
            "‘\(text)’ is not a day of the week",
            remedy: Spelling.remedy(for: text, legal: Self.weekdays))
    }

    /// The days of the week as definitions name them, Monday first.
    public static let weekdays = [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    ]
}
