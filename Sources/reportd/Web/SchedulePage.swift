import Reports
import Vocabulary

/// The list of schedules, and one of them.
struct SchedulePage {
    let markup: ScheduleMarkup
    /// Titles of reports by name.
    let reports: [String: String]
    /// Names of the companies that the reader may see, by code.
    let companies: [String: String]
    /// What was just done, in words.
    let done: String?

    private var locale: ReportLocale { markup.locale }

    private func title(_ schedule: Schedule) -> String {
        schedule.subject ?? reports[schedule.report] ?? schedule.name
    }

    /// What can be said and done about a schedule on either page.
    private func common(_ standing: ScheduleStanding) -> PageValues {
        let schedule = standing.schedule
        let pause: String? = schedule.isPaused ? nil : standing.isPausedByHand ? "resume" : "pause"
        return [
            "name": schedule.name, "path": "/schedules/\(schedule.name)", "title": title(schedule),
            "mark": standing.state.rawValue, "state": markup.word(ScheduleWord(standing.state)),
            "words": sentence(schedule.timing), "zone": schedule.zone.name,
            "mayRun": !standing.isPaused, "pauseAction": pause.map { $0 as Any } ?? false,
            "pauseWord": markup.word(standing.isPausedByHand ? .resume : .pause),
        ]
    }

    private func sentence(_ timing: Timing) -> String {
        PageRenderer.sentence(TimingSentence(locale: locale).words(timing), stop: false)
    }

    private func covers(_ run: Occurrence, _ schedule: Schedule) -> String {
        "(\(markup.word(.covers).lowercased()) \(locale.period(schedule.period(of: run))))"
    }

    // MARK: All of them

    func list(_ standings: [ScheduleStanding]) -> (html: String, title: String) {
        let items = standings.map { standing -> PageValues in
            let schedule = standing.schedule
            return common(standing).merging([
                "next": standing.next.map { markup.run($0.local) as Any } ?? false,
                "covers": standing.next.map { covers($0, schedule) } ?? "",
                "last": standing.runs.first.map {
                    "\(markup.run($0.run.local)): \(markup.counts($0))" as Any
                } ?? false,
            ]) { $1 }
        }
        return markup.page(
            .schedules, title: markup.word(.schedules),
            [
                "hasSchedules": !items.isEmpty, "schedules": items,
                "done": done.map { $0 as Any } ?? false,
            ])
    }

    // MARK: One of them

    /// What a page of one schedule shows beside how it stands.
    struct Content {
        let standing: ScheduleStanding
        /// Deliveries of the latest runs.
        let deliveries: [Delivery]
        /// The version of its file, where it can be changed here; nil elsewhere.
        let version: String?
        let isLate: (Delivery) -> Bool
    }

    func one(_ content: Content) -> (html: String, title: String) {
        let (standing, schedule) = (content.standing, content.standing.schedule)
        let known: Set<String> = [schedule.name]
        let coming = schedule.preview(after: standing.now, count: 10)
        let years = Set(coming.map(\.local.day.civil.year)).sorted()
        let missing = years.flatMap { year in
            schedule.timing.unpublishedHolidays(in: year).map { "\($0) \(year)" }
        }
        let runs = standing.runs.enumerated().map { index, run -> PageValues in
            let own = content.deliveries.filter { $0.run.local == run.run.local }
            let sorted = own.filter(Self.isTrouble) + own.filter { !Self.isTrouble($0) }
            return [
                "run": markup.run(run.run.local), "counts": markup.counts(run),
                "isOpen": index == 0,
                "deliveries": markup.table(
                    sorted, label: .deliveries, known: known, hasRun: false,
                    isLate: content.isLate) ?? "",
            ]
        }
        var values = common(standing)
        values["done"] = done ?? false
        values["trouble"] =
            markup.table(
                standing.trouble, label: .trouble, known: known, isLate: content.isLate) ?? false
        values["hasWaiting"] = !standing.waiting.isEmpty
        values["waitingRuns"] = standing.waiting.map { waiting -> PageValues in
            [
                "run": markup.run(waiting.run.local), "runName": "\(waiting.run.local)",
                "mark": waiting.state.rawValue,
                "state": markup.word(waiting.state == .held ? .held : .waiting),
                "reason": waiting.reason.isEmpty ? false : waiting.reason as Any,
                "path": "/schedules/\(schedule.name)",
            ]
        }
        values["facts"] = facts(schedule)
        values["origin"] = origin(standing.file)
        values["isPaused"] = standing.isPaused
        values["coming"] = coming.map { run -> PageValues in
            ["run": markup.run(run.local), "period": locale.period(schedule.period(of: run))]
        }
        values["unpublished"] =
            missing.isEmpty ? false : "holidays.yaml: " + missing.joined(separator: ", ")
        values["column"] =
            schedule.column.map {
                markup.word(.eachAddress).replacing("#", with: $0.path) as Any
            } ?? false
        values["recipients"] = schedule.recipients.map { recipient -> PageValues in
            [
                "address": recipient.address,
                "person": recipient.name.isEmpty ? false : recipient.name as Any,
                "language": recipient.locale, "companies": names(recipient.companies),
            ]
        }
        values["hasRuns"] = !runs.isEmpty
        values["runs"] = runs
        values["mayEdit"] = markup.frame.viewer?.maySend == true && content.version != nil
        values["version"] = content.version ?? ""
        return markup.page(.schedule, title: title(schedule), values)
    }

    private static func isTrouble(_ delivery: Delivery) -> Bool {
        ![.sent, .skipped].contains(delivery.state)
    }

    /// The companies that the reader may see, by their names.
    private func names(_ codes: [String]) -> String {
        codes.compactMap { companies[$0] }.joined(separator: ", ")
    }

    private func origin(_ file: ScheduleFile?) -> String {
        guard let file else { return "" }
        return markup.word(file.isOwn ? .ownFile : .readOnly)
    }

    private func facts(_ schedule: Schedule) -> [PageValues] {
        func fact(_ word: ScheduleWord, _ text: String?, href: String? = nil) -> PageValues? {
            text.map {
                ["label": markup.word(word), "text": $0, "href": href.map { $0 as Any } ?? false]
            }
        }
        let file = placeOf(schedule.name)
        return [
            fact(
                .report, reports[schedule.report] ?? schedule.report,
                href: "/reports/\(schedule.report)"),
            fact(.companies, names(schedule.companies)), fact(.timing, sentence(schedule.timing)),
            fact(.zone, schedule.zone.name),
            fact(.period, PeriodWord.name(of: schedule.period, in: locale)),
            fact(.format, schedule.attachment.rawValue.uppercased()),
            fact(.waits, schedule.wait.map { $0.words(in: locale) }),
            fact(.onlyWhen, schedule.condition.map { $0.words(in: locale) }), fact(.file, file),
        ].compactMap(\.self)
    }

    /// File and line of a schedule, as an operator looks for them.
    private func placeOf(_ name: String) -> String? {
        places[name].map { "\($0.name):\($0.line)" }
    }

    /// The files of schedules by name.
    var places: [String: ScheduleFile] = [:]
}

extension DataWait {
    /// How long, and what becomes of the run then.
    fileprivate func words(in locale: ReportLocale) -> String {
        let units = PageWord.units.text(in: locale).split(separator: " ")
        let (amount, unit) =
            seconds % 86_400 == 0
            ? (seconds / 86_400, 3) : seconds % 3600 == 0 ? (seconds / 3600, 2) : (seconds / 60, 1)
        let then: ScheduleFormWord = ending == .hold ? .endingHold : .endingSend
        return "\(amount)\u{A0}\(units[unit]), \(then.text(in: locale))"
    }
}

extension SendCondition {
    fileprivate func words(in locale: ReportLocale) -> String {
        switch self {
        case .notEmpty: ScheduleFormWord.notEmpty.text(in: locale)
        case .empty: ScheduleFormWord.empty.text(in: locale)
        case .changed: ScheduleFormWord.changed.text(in: locale)
        case .metric(let condition): condition.words
        }
    }
}

extension MetricCondition {
    /// As it is written in a file, in short.
    var words: String {
        switch limit {
        case .below(let value): "\(metric) < \(value)"
        case .above(let value): "\(metric) > \(value)"
        case .unusual(let share, let season):
            "\(metric) ± \(share * ExactDecimal(100)) %, \(season.rawValue)"
        }
    }
}
