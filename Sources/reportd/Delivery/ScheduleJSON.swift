import Reports
import Vocabulary

/// Schedules and deliveries as JSON.
struct ScheduleJSON {
    /// The companies whose codes may be told.
    let companies: Set<String>

    private func list(_ texts: [String]) -> String { "[\(texts.joined(separator: ","))]" }
    private func text(_ value: String?) -> String { value.map(JSONText.quoted) ?? "null" }

    private func run(_ run: Occurrence, of schedule: Schedule) -> String {
        let period = schedule.period(of: run)
        return "{\"run\":\"\(run.local)\",\"due\":\"\(run.instant)\",\"from\":\"\(period.start)\","
            + "\"to\":\"\(period.last)\"}"
    }

    private func standing(_ run: RunStanding) -> String {
        let counts = Delivery.State.allCases.compactMap { state in
            run.counts[state].map { "\"\(state.rawValue)\":\($0)" }
        }
        return "{\"run\":\"\(run.run.local)\",\"due\":\"\(run.run.instant)\","
            + "\"deliveries\":{\(counts.joined(separator: ","))}}"
    }

    /// A schedule in short, and in full with its next runs and recipients.
    func schedule(_ standing: ScheduleStanding, isWhole: Bool = false) -> String {
        let schedule = standing.schedule
        var fields = [
            "\"name\":\(text(schedule.name))", "\"report\":\(text(schedule.report))",
            "\"subject\":\(text(schedule.subject))",
            "\"companies\":\(list(schedule.companies.map(JSONText.quoted)))",
            "\"timing\":\(text(schedule.timing.description))",
            "\"words\":\(text(TimingSentence(locale: .english).words(schedule.timing)))",
            "\"zone\":\(text(schedule.zone.name))",
            "\"period\":\(text(schedule.period.description))",
            "\"format\":\"\(schedule.attachment.rawValue)\"",
            "\"state\":\"\(standing.state.rawValue)\"",
            "\"file\":\(text(standing.file.map { "\($0.name):\($0.line)" }))",
            "\"isOwn\":\(standing.file?.isOwn ?? false)",
            "\"next\":\(standing.next.map { run($0, of: schedule) } ?? "null")",
            "\"last\":\(standing.runs.first.map(self.standing) ?? "null")",
        ]
        if isWhole {
            let coming = schedule.preview(after: standing.now, count: 10)
            fields += [
                "\"nextRuns\":\(list(coming.map { run($0, of: schedule) }))",
                "\"lastRuns\":\(list(standing.runs.map(self.standing)))",
                "\"waiting\":\(list(standing.waiting.map(waiting)))",
                "\"recipients\":\(list(schedule.recipients.map(recipient)))",
                "\"recipientsFrom\":\(text(schedule.column?.path))",
                "\"trouble\":\(list(standing.trouble.map { delivery($0) }))",
            ]
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private func recipient(_ recipient: Schedule.Recipient) -> String {
        let seen = recipient.companies.filter(companies.contains)
        return "{\"recipient\":\(text(recipient.address)),\"name\":\(text(recipient.name)),"
            + "\"locale\":\(text(recipient.locale)),"
            + "\"companies\":\(list(seen.map(JSONText.quoted)))}"
    }

    private func waiting(_ waiting: WaitingRun) -> String {
        "{\"run\":\"\(waiting.run.local)\",\"due\":\"\(waiting.run.instant)\","
            + "\"state\":\"\(waiting.state.rawValue)\",\"reason\":\(text(waiting.reason))}"
    }

    /// A delivery, with every attempt where it is asked for alone.
    func delivery(
        _ delivery: Delivery, parts: [SentMessage.File]? = nil, links: [DeliveryLink] = [],
        isWhole: Bool = false
    ) -> String {
        var fields = [
            "\"id\":\(delivery.id)", "\"schedule\":\(text(delivery.schedule))",
            "\"run\":\"\(delivery.run.local)\"", "\"due\":\"\(delivery.run.instant)\"",
            "\"recipient\":\(text(delivery.recipient))",
            "\"state\":\"\(delivery.state.rawValue)\"", "\"planned\":\"\(delivery.planned)\"",
            "\"nextTry\":\(delivery.state == .planned ? "\"\(delivery.nextTry)\"" : "null")",
            "\"attempts\":\(delivery.attempts.count)",
            "\"reply\":\(text(delivery.attempts.last?.reply))",
        ]
        if isWhole {
            fields[8] = "\"attempts\":\(list(delivery.attempts.map(attempt)))"
            fields.append("\"messageID\":\(text(delivery.messageID))")
            fields.append("\"files\":\(parts.map { list($0.map(file)) } ?? "null")")
            fields.append("\"links\":\(list(links.map(link)))")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private func attempt(_ attempt: Delivery.Attempt) -> String {
        "{\"number\":\(attempt.number),\"began\":\"\(attempt.began)\","
            + "\"ended\":\(attempt.ended.map { "\"\($0)\"" } ?? "null"),"
            + "\"outcome\":\(text(attempt.outcome?.rawValue)),"
            + "\"code\":\(attempt.code.map(String.init) ?? "null"),"
            + "\"reply\":\(text(attempt.reply)),\"sha256\":\(text(attempt.bytesHash)),"
            + "\"bytes\":\(attempt.byteCount),\"isKept\":\(attempt.isArchived)}"
    }

    private func file(_ file: SentMessage.File) -> String {
        "{\"name\":\(text(file.name)),\"type\":\(text(file.type)),"
            + "\"bytes\":\(file.bytes.count),\"sha256\":\"\(file.sha256)\"}"
    }

    private func link(_ link: DeliveryLink) -> String {
        func moment(_ value: Instant?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        return "{\"attempt\":\(link.place.attempt),\"name\":\(text(link.file.name)),"
            + "\"type\":\(text(link.contentType)),\"bytes\":\(link.file.bytes),"
            + "\"sha256\":\"\(link.file.sha256)\",\"expires\":\(moment(link.expires)),"
            + "\"revoked\":\(moment(link.revoked)),\"isKept\":\(link.isKept),"
            + "\"downloads\":\(link.downloads),\"lastDownload\":\(moment(link.lastDownload))}"
    }

    /// An address that gets nothing more.
    func suppression(_ entry: Suppression) -> String {
        "{\"recipient\":\(text(entry.recipient)),\"schedule\":\(text(entry.schedule)),"
            + "\"reason\":\"\(entry.reason.rawValue)\",\"since\":\"\(entry.since)\"}"
    }
}
