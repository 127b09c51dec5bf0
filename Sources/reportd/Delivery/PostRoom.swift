import Analytics
import Foundation
import Ingest
import Logging
import Reports
import ServiceLifecycle
import Store
import Vocabulary

/// Makes the messages of schedules, and keeps the schedules while the program runs.
struct PostRoom: Service {
    /// Bytes of the greatest attachment; base64 makes it a third larger (DOMAIN §10).
    static let attachmentLimit = 10 << 20
    /// Seconds between two looks whether the schedules have changed.
    private static let reloadSeconds = 2

    private let desk: AnswerDesk
    private let settings: Settings
    private let server: MailServer
    private let scheduler: Scheduler

    /// Opens the post room; nil when the configuration has no mail server.
    ///
    /// - Throws: `Advice` when the mail library cannot be used.
    init?(
        _ workplace: Workplace, _ desk: AnswerDesk, _ state: StateFile, _ board: SourceBoard,
        _ logger: Logger, attachmentLimit: Int = Self.attachmentLimit
    ) throws {
        guard let server = workplace.configuration.mail else { return nil }
        self.desk = desk
        self.server = server
        settings = workplace.configuration
        let render = Self.render(
            desk, server, state, publicAddress: settings.publicAddress,
            attachmentLimit: attachmentLimit)
        scheduler = Scheduler(
            state: state, book: workplace.shelf.current.schedules, mailer: try Mailer(server),
            render: render, lateSources: Self.lateSources(workplace, board),
            audience: Self.audience(desk),
            archive: MailArchive(besides: state.path), clock: workplace.clock,
            failpoint: { Failpoint.hit($0) }, log: logger)
    }

    /// The scheduler itself, for sending by hand.
    var byHand: Scheduler { scheduler }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await scheduler.run() }
                group.addTask { await follow() }
            }
        }
    }

    /// Tells the scheduler when the definitions have been read again.
    private func follow() async {
        var known = desk.shelf.current.schedules
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.reloadSeconds))
            let book = desk.shelf.current.schedules
            if book.schedules == known.schedules, book.problems == known.problems { continue }
            known = book
            await scheduler.reload(book)
        }
    }

    /// The sources of a report that have not been read up to a moment: those that may fill what it
    /// reads for the schedule's companies, and that the configuration names.
    ///
    /// A source that this process does not read itself is known by its last change only.
    private static func lateSources(
        _ workplace: Workplace, _ board: SourceBoard
    ) -> Scheduler.LateSources {
        let (shelf, configured) = (workplace.shelf, workplace.configuration.sources)
        return { schedule, moment in
            let reading = shelf.current
            let models = try reading.analytics.report(schedule.report).modelsTouched
            let known = Dictionary(
                uniqueKeysWithValues: board.freshness(tellingProblems: false).map {
                    ($0.name, $0.completeUpTo)
                })
            let companies = Set(schedule.companies)
            return reading.sources.filter {
                configured[$0.name] != nil && $0.mayFill(models, of: companies)
            }.compactMap { source in
                let through = known[source.name] ?? nil
                if let through, through >= moment { return nil }
                return LateSource(name: source.name, through: through)
            }.sorted { $0.name < $1.name }
        }
    }

    /// The values of a column for which a metric has rows in a period.
    private static func audience(_ desk: AnswerDesk) -> Scheduler.Audience {
        { schedule, column, period in
            try await desk.aside {
                let companies = schedule.companies.filter { column.companies.contains($0) }
                let snapshot = try desk.store.snapshot(
                    Scope(companies: companies), of: .companies(companies), at: .latest)
                let answer = try desk.shelf.current.analytics.answer(
                    column.query(try PeriodName("\(period.start)..\(period.last)")),
                    on: snapshot, now: desk.clock.now())
                return answer.rows.compactMap { row in
                    guard let member = row.members.first, member.kind == .value else { return nil }
                    return member.label
                }.sorted()
            }
        }
    }

    /// Makes a message under the grants of its recipient: the report shows the companies that both
    /// the schedule names and the recipient may see, and nothing is sent when there are none.
    private static func render(
        _ desk: AnswerDesk, _ server: MailServer, _ state: StateFile, publicAddress: String,
        attachmentLimit: Int
    ) -> Scheduler.Render {
        { asked in
            try await desk.aside {
                var request = asked
                let schedule = request.schedule
                let companies = schedule.companies.filter {
                    request.recipient.companies.contains($0)
                }
                guard !companies.isEmpty else {
                    throw Advice(
                        .denied, "the recipient may see none of the schedule's companies",
                        remedy: "give them one in the schedule, or take them off it")
                }
                let period = request.period
                if let column = schedule.column {
                    request.recipient.locale = try desk.locale(
                        of: request.recipient, in: column, companies, period)
                }
                var choices = ViewChoices(
                    companies: companies, from: period.start.description,
                    to: period.last.description)
                if let condition = request.recipient.condition {
                    choices.conditions = [condition]
                    // A closed report is one file for all of its readers.
                    choices.knownAt = ViewChoices.present
                }
                var document = try desk.report(
                    schedule.report, choices, scope: Scope(companies: companies))
                let locale = ReportLocale(request.recipient.locale)
                document.provenance.remarks += request.late.map {
                    locale.incomplete(source: $0.name, through: $0.through, zone: schedule.zone)
                }
                let finding = try schedule.condition?.finding(
                    of: document, in: period, after: request.past, locale: locale
                ) { condition, span in
                    try desk.reading(
                        condition, span, beside: document, companies, of: request.recipient)
                }
                let verdict =
                    finding.map { schedule.telling.verdict($0, after: request.past) } ?? .send
                if let finding, verdict == .leaveOut, !request.isByHand {
                    return Rendition(leavingOut: finding)
                }
                let made = try message(
                    document, desk.shelf.current.analytics, request, server, publicAddress,
                    finding: finding,
                    isRecovery: verdict == .sendRecovery,
                    unsubscribe: try UnsubscribeRoutes.address(
                        of: request.recipient.address, in: schedule.name, state: state,
                        publicAddress: publicAddress),
                    linking: FileLinking(
                        key: LinkKey(besides: state.path), publicAddress: publicAddress,
                        days: min(server.linkDays, server.keepDays), companies: companies,
                        now: desk.clock.now(), limit: attachmentLimit))
                let report = try ReportOutput(.json, locale: locale).bytes(document)
                return Rendition(
                    made.bytes, finding,
                    report: report.count <= Self.attachmentLimit ? report : nil,
                    linked: made.linked)
            }
        }
    }

    private static func message(
        _ document: ReportDocument, _ definitions: Definitions, _ request: DeliveryRequest,
        _ server: MailServer, _ publicAddress: String, finding: Judgement?, isRecovery: Bool,
        unsubscribe: String?,
        linking: FileLinking
    ) throws -> (bytes: [UInt8], linked: Rendition.Linked?) {
        let locale = ReportLocale(request.recipient.locale)
        let period = request.period
        let link =
            "\(publicAddress)/reports/\(document.name)?from=\(period.start)&to=\(period.last)"
        let isSecure = publicAddress.hasPrefix("https://")
        /// What is sent, and the link that stands for it where it is too large.
        func file(
            _ output: ReportOutput
        ) throws -> (bytes: [UInt8]?, link: (made: Rendition.Linked, address: String)?) {
            let bytes = try output.bytes(document.said(for: output, definitions))
            if bytes.count <= linking.limit { return (bytes, nil) }
            return (
                nil,
                try linking.link(
                    bytes, named: output.fileName(for: document), output.format.contentType,
                    place: request.place)
            )
        }
        func channelMessage(_ linked: (made: Rendition.Linked, address: String)?)
            -> ChannelMessage
        {
            ChannelMessage(
                document: document, request: request, finding: finding,
                link: linked?.address ?? link, expires: linked?.made.link.expires)
        }
        if request.recipient.channel?.kind == .webhook {
            let report = try file(ReportOutput(.json, locale: locale))
            return (channelMessage(report.link).json(report.bytes), report.link?.made)
        }
        func subject(_ own: String) -> String {
            var subject = request.schedule.subject ?? own
            if isRecovery { subject = locale.recoverySubject(subject) }
            return request.late.isEmpty ? subject : locale.incompleteSubject(subject)
        }
        let format = try ReportFormat(named: request.schedule.attachment.rawValue)
        let output = ReportOutput(
            format, locale: locale, profile: CSVProfile.excel(for: locale),
            table: format == .csv ? document.tables.last?.name : nil)
        let attached = try file(output)
        let told = document.said(
            in: ReportLocale(locale.tag, words: definitions.words), bands: definitions.bands)
        if request.recipient.channel?.kind == .slack {
            let body = try ReportMail(
                told, locale: locale, note: finding?.words ?? "")
            let bytes = channelMessage(attached.link).chat(
                subject: subject(body.subject), text: body.text)
            return (bytes, attached.link?.made)
        }
        let remark = attached.link.map {
            locale.tooLargeForMail(
                link: $0.address, until: $0.made.link.expires, zone: request.schedule.zone)
        }
        let body = try ReportMail(
            told, locale: locale, link: isSecure ? link : nil,
            note: [
                finding?.words,
                attached.bytes == nil ? remark ?? locale.tooLargeForMail(link: link) : nil,
            ].compactMap(\.self).joined(separator: " "))
        var message = MailMessage(
            from: try MailAddress(server.sender.text, name: server.senderName),
            to: [try MailAddress(request.recipient.address, name: request.recipient.name)],
            subject: subject(body.subject), messageID: request.messageID,
            date: request.date, text: body.text, html: body.html)
        message.images = body.images
        message.unsubscribe = unsubscribe
        if let bytes = attached.bytes {
            message.attachments = [
                MailMessage.Attachment(
                    fileName: output.fileName(for: document), contentType: format.contentType,
                    bytes: bytes)
            ]
        }
        return (try message.bytes(), attached.link?.made)
    }
}

extension AnswerDesk {
    /// The language of a recipient that the data names.
    fileprivate func locale(
        of recipient: Schedule.Recipient, in column: RecipientColumn, _ companies: [String],
        _ period: Period
    ) throws -> String {
        guard
            let query = try column.localeQuery(
                of: recipient.address, PeriodName("\(period.start)..\(period.last)"))
        else { return column.locale }
        let snapshot = try store.snapshot(
            Scope(companies: companies), of: .companies(companies), at: .latest)
        let answer = try shelf.current.analytics.answer(query, on: snapshot, now: clock.now())
        return column.locale(
            among: answer.rows.compactMap { row in
                row.members.first.flatMap { $0.kind == .value ? $0.label : nil }
            })
    }

    /// A metric in a period, of the state that a document shows and of the same companies.
    fileprivate func reading(
        _ condition: MetricCondition, _ period: Period, beside document: ReportDocument,
        _ companies: [String], of recipient: Schedule.Recipient
    ) throws -> MetricReading {
        let commit = document.provenance.commit
        let snapshot = try store.snapshot(
            Scope(companies: companies), of: .companies(companies),
            at: commit == 0 ? .latest : .commit(commit))
        var query = condition.query(try PeriodName("\(period.start)..\(period.last)"))
        query.filters += try recipient.condition.map { [try Condition(parsing: $0)] } ?? []
        let answer = try shelf.current.analytics.answer(query, on: snapshot, now: clock.now())
        return MetricReading(
            label: answer.metrics[0].label, kind: answer.metrics[0].kind,
            values: answer.totals[0].map(\.value))
    }
}
