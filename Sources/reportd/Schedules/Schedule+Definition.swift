import Analytics
import Vocabulary

extension Schedule {
    /// Reads a schedule's definition.
    ///
    ///     schedule: monday-sales
    ///     report: sales-register
    ///     company: rendetalje            # or companies: [a, b], or group: g
    ///     period: last-week              # as seen on the day of the run
    ///     cron: 30 7 * * MON             # or days: {business-day: last, of: month} with at: "07:30"
    ///     zone: Europe/Copenhagen        # may be left out when the companies share one
    ///     shift: next-business-day       # or previous-business-day, none; none when left out
    ///     holidays: DK                   # may be left out when the companies share a country
    ///     format: pdf
    ///     subject: Sales of last week    # may be left out
    ///     missed: latest                 # or skip; latest when left out
    ///     paused: true                   # may be left out; it then runs
    ///     wait: {until: data, for: 6h, then: send-incomplete}    # or hold; may be left out
    ///     when: {metric: revenue, below: 10000}   # or not-empty, empty, changed; may be left out
    ///     tell: {again: 7, recovery: true}        # may be left out, then each time
    ///     recipients:
    ///       - {address: anna@example.com, name: Anna, locale: da, companies: [rendetalje]}
    ///       - {channel: managers, companies: [rendetalje]}    # of channels.yaml
    ///
    /// - Throws: `Advice` with file, line and the nearest legal name.
    init(
        _ file: DefinitionNode, companies directory: CompanyDirectory, holidays: HolidayBook,
        reports: [String], metrics: ScheduleMetrics = ScheduleMetrics(),
        channels: [Channel] = []
    ) throws {
        let root = try file.mapping(allowing: [
            "schedule", "report", "company", "companies", "group", "period", "cron", "days", "at",
            "shift", "holidays", "zone", "format", "subject", "missed", "recipients",
            "paused", "wait", "when", "tell",
        ])
        name = try root.required("schedule").identifier()
        report = try Self.known(root.required("report"), "report", among: reports)
        let scope = try Self.scope(root, directory)
        companies = scope.companies.map(\.code)
        group = scope.group
        let periodNode = try root.required("period")
        period = try periodNode.reading { try PeriodName($0) }
        let isFiscal = period.isFiscal
        calendar = try periodNode.reading { _ in
            try FiscalCalendar(of: scope.companies, isNeeded: isFiscal)
        }
        timing = try Timing(root, companies: scope.companies, holidays)
        attachment = try root.required("format").choice(Attachment.self, naming: "file format")
        subject = try root.optional("subject").map(Self.line)
        missed =
            try root.optional("missed")?.choice(MissedRule.self, naming: "rule for missed runs")
            ?? .latest
        wait = try root.optional("wait").map { try DataWait($0) }
        let when = root.optional("when")
        condition = try when.map { try SendCondition($0, metrics: metrics) }
        if case .metric(let metric) = condition, let when { try metric.check(period, at: when) }
        let tell = root.optional("tell")
        if let tell, when == nil {
            throw tell.advice(
                "a schedule without a condition sends every run",
                remedy: "add ‘when: …’, or leave this out")
        }
        telling = try tell.map { try Telling($0) } ?? .always
        isPaused = try root.optional("paused")?.boolean() ?? false
        let recipientsNode = try root.required("recipients")
        guard !recipientsNode.isMapping else {
            recipients = []
            column = try Self.column(
                recipientsNode, of: report, scope.companies, directory, metrics)
            return
        }
        column = nil
        recipients = try Self.recipients(
            recipientsNode, scope.companies, directory, channels)
    }

    private static func known(
        _ node: DefinitionNode, _ thing: String, among names: [String]
    ) throws -> String {
        let name = try node.string()
        guard names.contains(name) else {
            throw node.advice(
                "there is no \(thing) ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: names))
        }
        return name
    }

    private static func scope(
        _ root: DefinitionMapping, _ directory: CompanyDirectory
    ) throws -> (companies: [Company], group: String?) {
        let written = ["company", "companies", "group"].filter { root.optional($0) != nil }
        guard written.count == 1 else {
            throw root.node.advice(
                written.isEmpty
                    ? "the schedule names no company"
                    : "the schedule names its companies twice, by \(written.joined(separator: ", "))",
                remedy: "write one of ‘company: …’, ‘companies: […]’ and ‘group: …’")
        }
        if let node = root.optional("group") {
            let groups = Set(directory.companies.flatMap(\.groups))
            let group = try known(node, "group", among: Array(groups))
            return (directory.companies.filter { $0.groups.contains(group) }, group)
        }
        let nodes =
            try root.optional("companies").map { try filled($0) }
            ?? [try root.required("company")]
        return (try nodes.map { try company($0, directory) }, nil)
    }

    private static func company(
        _ node: DefinitionNode, _ directory: CompanyDirectory
    ) throws -> Company {
        try node.reading { try directory.company($0) }
    }

    private static func recipients(
        _ node: DefinitionNode, _ companies: [Company], _ directory: CompanyDirectory,
        _ channels: [Channel]
    ) throws -> [Recipient] {
        var found: [Recipient] = []
        for entry in try filled(node) {
            let fields = try entry.mapping(allowing: [
                "address", "channel", "name", "locale", "companies",
            ])
            let channel = try fields.optional("channel").map { node in
                let name = try known(node, "channel", among: channels.map(\.name))
                return channels.first { $0.name == name }
            }.flatMap(\.self)
            if channel != nil, let node = fields.optional("address") ?? fields.optional("name") {
                throw node.advice(
                    "a channel has its address in channels.yaml", remedy: "leave this out")
            }
            let addressNode = try fields.optional("channel") ?? fields.required("address")
            let address =
                try channel?.recipient ?? addressNode.reading { try EnvelopeAddress($0) }.text
            guard !found.contains(where: { $0.address == address }) else {
                throw addressNode.advice(
                    "\(address) stands here twice", remedy: "remove one of the two")
            }
            let grant = try grant(
                fields.required("companies"), companies, directory, of: address)
            found.append(
                Recipient(
                    address: address, name: try fields.optional("name").map(line) ?? "",
                    locale: try fields.optional("locale").map(locale)
                        ?? (companies.count == 1 ? companies[0].locale : "en"),
                    companies: grant, channel: channel))
        }
        return found
    }

    private static func column(
        _ node: DefinitionNode, of report: String, _ companies: [Company],
        _ directory: CompanyDirectory, _ metrics: ScheduleMetrics
    ) throws -> RecipientColumn {
        let fields = try node.mapping(allowing: ["from", "having", "locale", "companies"])
        let pathNode = try fields.required("from")
        guard !metrics.undivided.contains(report) else {
            throw pathNode.advice(
                "‘\(report)’ is frozen by closes, so it cannot be divided among recipients",
                remedy: "choose a report without ‘close: true’")
        }
        let usual = companies.count == 1 ? companies[0].locale : "en"
        let localeNode = fields.optional("locale")
        let named = try localeNode.flatMap { node in
            node.isMapping ? try node.mapping(allowing: ["from", "else"]) : nil
        }
        let languageNode = try named?.required("from")
        let column = RecipientColumn(
            path: try pathNode.string(),
            metric: try known(fields.required("having"), "metric", among: metrics.names),
            locale: try (named == nil ? localeNode : named?.optional("else")).map(locale) ?? usual,
            localePath: try languageNode?.string(),
            companies: try grant(
                fields.required("companies"), companies, directory, of: "the recipients"))
        func check(_ query: MetricQuery?, at node: DefinitionNode) throws {
            do {
                if let query { try metrics.check(query) }
            } catch let error as Advice where error.place == nil {
                throw node.advice(error.happened, remedy: error.remedy)
            }
        }
        try check(column.query(PeriodName("yesterday")), at: pathNode)
        if let languageNode {
            try check(
                column.localeQuery(of: "anna@example.com", PeriodName("yesterday")),
                at: languageNode)
        }
        return column
    }

    /// The companies that somebody may see, of which the report shows one at least.
    private static func grant(
        _ node: DefinitionNode, _ companies: [Company], _ directory: CompanyDirectory,
        of whom: String
    ) throws -> [String] {
        let grant = try filled(node).map { try company($0, directory).code }
        guard companies.contains(where: { grant.contains($0.code) }) else {
            throw node.advice(
                "\(whom) may see none of the companies that the report shows",
                remedy: "grant one of them here, or remove the recipient")
        }
        return grant
    }

    /// A list that holds something.
    private static func filled(_ node: DefinitionNode) throws -> [DefinitionNode] {
        let elements = try node.sequence()
        guard !elements.isEmpty else {
            throw node.advice("this list is empty", remedy: "add an entry")
        }
        return elements
    }

    /// Text that becomes part of a mail's header, where a line break would begin another field.
    private static func line(_ node: DefinitionNode) throws -> String {
        let text = try node.string()
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else {
            throw node.advice("this is not one line of text", remedy: "write it on one line")
        }
        return text
    }

    private static func locale(_ node: DefinitionNode) throws -> String {
        let text = try node.string()
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isLegal =
            parts.count <= 2 && parts[0].utf8.count == 2
            && parts[0].utf8.allSatisfy { (97...122).contains($0) }
            && parts.dropFirst().allSatisfy { region in
                region.utf8.count == 2 && region.utf8.allSatisfy { (65...90).contains($0) }
            }
        guard isLegal else {
            throw node.advice(
                "‘\(text)’ is not a language and region", remedy: "write one as da or en-MW")
        }
        return text
    }
}
