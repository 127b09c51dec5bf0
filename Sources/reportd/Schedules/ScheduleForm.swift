import Reports
import Vocabulary

/// A schedule as the fields of a form, and the definition that they say.
///
/// What a definition can say beyond these fields (groups, missed runs, recipients that the data names) is
/// edited as text: `init(reading:)` gives nil where a field is missing for something, and its caller
/// compares what the fields say with what the file does.
struct ScheduleForm: Sendable, Hashable {
    /// The ways of saying on which days it runs, by the name that the form sends.
    enum Rhythm: String, Sendable, CaseIterable {
        case day, workdays, week
        case businessDay = "business-day"
        case dayOf = "day-of"
        case weekday, weeks, cron
    }

    /// What makes a condition that needs no number, and those that compare a figure.
    static let conditions = ["not-empty", "empty", "changed", "below", "above"]
    /// Rows for recipients beyond those that are filled.
    static let spareRows = 2
    /// Recipients of a form at the most.
    static let mostRows = 50

    /// The fields by name; companies are `company.CODE`, recipients `address.1`, `name.1` and so on.
    var fields: [String: String]

    /// A field without blanks around it; empty where there is none.
    subscript(name: String) -> String {
        let text = fields[name] ?? ""
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        let rest = text.drop(while: isBlank)
        return String(rest.reversed().drop(while: isBlank).reversed())
    }

    var rhythm: Rhythm { Rhythm(rawValue: self["rhythm"]) ?? .week }
    /// The companies that are ticked, in order.
    var companies: [String] {
        fields.keys.filter { $0.hasPrefix("company.") }.map { String($0.dropFirst(8)) }.sorted()
    }
    /// Rows that are filled or were given.
    var rows: Int {
        let filled = (1...Self.mostRows).last { !self["address.\($0)"].isEmpty } ?? 0
        return min(filled + Self.spareRows, Self.mostRows)
    }

    // MARK: Writing

    /// The definition as a file has it.
    ///
    /// - Throws: `Advice` for what cannot be written; the rest is for the reader of definitions to judge.
    func yaml() throws -> String {
        guard !companies.isEmpty else {
            throw Advice(.request, "no company is chosen", remedy: "tick one at least")
        }
        var lines = [
            "schedule: \(Self.plain(self["name"]))", "report: \(Self.plain(self["report"]))",
            "companies: \(list(companies))", "period: \(Self.plain(self["period"]))",
        ]
        lines += try timing()
        for (name, field) in [("zone", "zone"), ("shift", "shift"), ("holidays", "holidays")]
        where !self[field].isEmpty { lines.append("\(name): \(Self.plain(self[field]))") }
        lines.append("format: \(Self.plain(self["format"]))")
        if !self["subject"].isEmpty { lines.append("subject: \(Self.plain(self["subject"]))") }
        if !self["wait"].isEmpty {
            let ending = Self.plain(self["ending"])
            lines.append(
                "wait: {until: data, for: \(Self.plain(self["wait"])), then: \(ending)}")
        }
        lines += condition()
        lines.append("recipients:")
        for row in 1...Self.mostRows where !self["address.\(row)"].isEmpty {
            lines.append("  - {\(recipient(row).joined(separator: ", "))}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func list(_ items: [String]) -> String {
        "[\(items.map(Self.plain).joined(separator: ", "))]"
    }

    private func recipient(_ row: Int) -> [String] {
        let address = self["address.\(row)"]
        // A channel is named as the list of deliveries does: #managers.
        var parts =
            address.hasPrefix("#")
            ? ["channel: \(Self.plain(String(address.dropFirst())))"]
            : ["address: \(Self.plain(address))"]
        for name in ["name", "locale"] where !self["\(name).\(row)"].isEmpty {
            parts.append("\(name): \(Self.plain(self["\(name).\(row)"]))")
        }
        let own = self["companies.\(row)"].split { $0 == "," || $0 == " " }.map(String.init)
        parts.append("companies: \(list(own.isEmpty ? companies : own))")
        return parts
    }

    private func condition() -> [String] {
        let when = self["when"]
        guard !when.isEmpty else { return [] }
        var lines: [String]
        if ["below", "above"].contains(when) {
            var parts = [
                "metric: \(Self.plain(self["metric"]))", "\(when): \(Self.plain(self["limit"]))",
            ]
            if !self["currency"].isEmpty {
                parts.append("currency: \(Self.plain(self["currency"]))")
            }
            lines = ["when: {\(parts.joined(separator: ", "))}"]
        } else {
            lines = ["when: \(Self.plain(when))"]
        }
        if !self["again"].isEmpty { lines.append("tell: {again: \(Self.plain(self["again"]))}") }
        return lines
    }

    private func timing() throws -> [String] {
        let at = self["at"]
        func rule(_ words: String) -> [String] {
            ["days: {\(words)}", "at: \(JSONText.quoted(at))"]
        }
        func cron(_ days: String) throws -> [String] {
            guard let time = LocalTime("2000-01-01T" + at) else {
                throw Advice(
                    .request, "‘\(at)’ is not a time of day", remedy: "write it as 07:30")
            }
            let (hour, minute) = (time.secondOfDay / 3600, time.secondOfDay / 60 % 60)
            return ["cron: \(minute) \(hour) * * \(days)"]
        }
        let (number, step) = (Self.plain(self["number"]), Self.plain(self["step"]))
        let weekday = self["weekday"].isEmpty ? "monday" : self["weekday"]
        switch rhythm {
        case .day: return try cron("*")
        case .workdays: return try cron("MON-FRI")
        case .week: return try cron(String(weekday.prefix(3)).uppercased())
        case .businessDay: return rule("business-day: \(number), of: \(step)")
        case .dayOf: return rule("day: \(number), of: \(step)")
        case .weekday: return rule("\(Self.plain(weekday)): \(number), of: \(step)")
        case .weeks:
            return rule("weeks: \(number), from: \(Self.plain(self["from"]))")
        case .cron: return ["cron: \(JSONText.quoted(self["cron"]))"]
        }
    }

    /// A value as YAML reads it back: bare where it is a plain word, else between quotes.
    private static func plain(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.enumerated().allSatisfy { index, byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || (index > 0 && Array("-_.@/+".utf8).contains(byte))
            }
        return isPlain ? text : JSONText.quoted(text)
    }

    // MARK: Reading

    init(fields: [String: String]) { self.fields = fields }

    /// A form that is not filled yet.
    init(report: String, period: String, format: String = "pdf") {
        fields = [
            "report": report, "period": period, "format": format, "rhythm": "week",
            "weekday": "monday", "at": "07:30", "number": "1", "step": "month",
            "ending": DataWait.Ending.sendIncomplete.rawValue,
        ]
    }

    /// The fields of a definition; nil where it says something that no field is for.
    init?(reading node: DefinitionNode) {
        guard
            let root = try? node.mapping(allowing: [
                "schedule", "report", "company", "companies", "period", "cron", "days", "at",
                "zone", "shift", "holidays", "format", "subject", "wait", "when", "tell",
                "recipients",
            ])
        else { return nil }
        self.init(report: "", period: "")
        func text(_ name: String, _ from: DefinitionMapping) -> String? {
            try? from.optional(name)?.string()
        }
        for name in ["report", "period", "zone", "shift", "holidays", "format", "subject"] {
            fields[name] = text(name, root)
        }
        fields["name"] = text("schedule", root)
        let codes =
            (try? root.optional("companies")?.sequence().map { try $0.string() })
            ?? text("company", root).map { [$0] } ?? []
        for code in codes { fields["company.\(code)"] = "on" }
        guard read(timing: root), read(conditions: root), read(recipients: root, codes) else {
            return nil
        }
    }

    private mutating func read(timing root: DefinitionMapping) -> Bool {
        if let cron = try? root.optional("cron")?.string() {
            let parts = cron.split(separator: " ").map(String.init)
            guard parts.count == 5, let minute = Int(parts[0]), let hour = Int(parts[1]),
                parts[2] == "*", parts[3] == "*"
            else {
                fields["rhythm"] = Rhythm.cron.rawValue
                fields["cron"] = cron
                return true
            }
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            fields["at"] = two(hour) + ":" + two(minute)
            let weekdays = DefinitionNode.weekdays
            if parts[4] == "*" {
                fields["rhythm"] = Rhythm.day.rawValue
            } else if parts[4].uppercased() == "MON-FRI" {
                fields["rhythm"] = Rhythm.workdays.rawValue
            } else if let day = weekdays.first(where: {
                $0.prefix(3).uppercased() == parts[4].uppercased()
            }) {
                fields["rhythm"] = Rhythm.week.rawValue
                fields["weekday"] = day
            } else {
                fields["rhythm"] = Rhythm.cron.rawValue
                fields["cron"] = cron
            }
            return true
        }
        guard let days = try? root.optional("days")?.entries(),
            let at = try? root.optional("at")?.string()
        else { return false }
        fields["at"] = at
        for (key, value) in days {
            guard let name = try? key.string(), let text = try? value.string() else { return false }
            switch name {
            case "of": fields["step"] = text
            case "from": fields["from"] = text
            default:
                fields["number"] = text
                let rhythm: Rhythm =
                    switch name {
                    case "business-day": .businessDay
                    case "day": .dayOf
                    case "weeks": .weeks
                    default: .weekday
                    }
                fields["rhythm"] = rhythm.rawValue
                if rhythm == .weekday { fields["weekday"] = name }
            }
        }
        return true
    }

    private mutating func read(conditions root: DefinitionMapping) -> Bool {
        if let wait = try? root.optional("wait")?.mapping(allowing: ["until", "for", "then"]) {
            fields["wait"] = try? wait.optional("for")?.string()
            fields["ending"] = try? wait.optional("then")?.string()
        }
        if let tell = root.optional("tell") {
            guard let fine = try? tell.mapping(allowing: ["again"]) else { return false }
            fields["again"] = try? fine.optional("again")?.string()
        }
        guard let when = root.optional("when") else { return true }
        guard when.isMapping else {
            fields["when"] = try? when.string()
            return true
        }
        guard
            let metric = try? when.mapping(allowing: ["metric", "below", "above", "currency"])
        else { return false }
        fields["metric"] = try? metric.optional("metric")?.string()
        fields["currency"] = try? metric.optional("currency")?.string()
        for limit in ["below", "above"] {
            guard let text = try? metric.optional(limit)?.string() else { continue }
            fields["when"] = limit
            fields["limit"] = text
        }
        return true
    }

    private mutating func read(recipients root: DefinitionMapping, _ codes: [String]) -> Bool {
        guard let all = try? root.optional("recipients")?.sequence(), all.count <= Self.mostRows
        else { return false }
        for (index, node) in all.enumerated() {
            guard
                let entry = try? node.mapping(allowing: [
                    "address", "channel", "name", "locale", "companies",
                ])
            else { return false }
            let row = index + 1
            let channel = (try? entry.optional("channel")?.string()).map { "#\($0)" }
            fields["address.\(row)"] = channel ?? (try? entry.optional("address")?.string())
            for name in ["name", "locale"] {
                fields["\(name).\(row)"] = try? entry.optional(name)?.string()
            }
            let own = (try? entry.optional("companies")?.sequence().map { try $0.string() }) ?? []
            if own != codes { fields["companies.\(row)"] = own.joined(separator: ", ") }
        }
        return true
    }
}
