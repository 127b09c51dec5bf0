import Reports
import Vocabulary

/// The form by which a schedule is made or changed, with what it would do.
struct ScheduleFormPage {
    /// Where the form goes to.
    let path: String
    var form: ScheduleForm
    /// The version of the file that is changed; empty for a new one.
    let seen: String
    /// The schedule that is changed; nil for a new one.
    var name: String?
    /// The definition as text, where the fields cannot say it; nil for the fields.
    var text: String?
    /// What the fields say, once somebody asked.
    var written: String?
    /// The schedule that it means, where it means one.
    var schedule: Schedule?
    /// Why it cannot be saved.
    var failure: Advice?
    var reports: [(name: String, title: String)] = []
    var metrics: [(name: String, title: String)] = []
    var companies: [Company] = []
    var now = Instant(seconds: 0)

    /// The page as HTML.
    func markup(_ markup: ScheduleMarkup) -> (html: String, title: String) {
        let locale = markup.locale
        func word(_ word: ScheduleFormWord) -> String { word.text(in: locale) }
        let sentence = TimingSentence(locale: locale)
        let title = name ?? markup.word(.newSchedule)
        let nothing = ("", "–")
        let steps: [Grain] = [
            .week, .month, .quarter, .year, .fiscalMonth, .fiscalQuarter, .fiscalYear,
        ]
        var values: PageValues = [
            "f": ScheduleFormWord.table(for: locale), "title": title, "path": path, "seen": seen,
            "isNew": name == nil, "isText": text != nil, "text": text ?? "",
            "cancel": name.map { "/schedules/\($0)" } ?? "/schedules",
            "place": failure?.place.map { "\($0)" as Any } ?? false,
            "reports": choices("report", reports.map { ($0.name, $0.title) }),
            "formats": choices(
                "format",
                Schedule.Attachment.allCases.map { ($0.rawValue, $0.rawValue.uppercased()) }
            ),
            "rhythms": choices(
                "rhythm", ScheduleForm.Rhythm.allCases.map { ($0.rawValue, word(.init($0))) }),
            "weekdays": choices(
                "weekday",
                DefinitionNode.weekdays.enumerated().map { ($1, sentence.weekday($0 + 1)) }),
            "steps": choices("step", steps.map { ($0.rawValue, sentence.step($0)) }),
            "shifts": choices(
                "shift",
                [
                    ("", word(.shiftNone)),
                    (Timing.Shift.previous.rawValue, word(.shiftBefore)),
                    (Timing.Shift.next.rawValue, word(.shiftAfter)),
                ]),
            "endings": choices(
                "ending",
                [
                    (DataWait.Ending.sendIncomplete.rawValue, word(.endingSend)),
                    (DataWait.Ending.hold.rawValue, word(.endingHold)),
                ]),
            "conditions": choices(
                "when",
                [("", word(.always))]
                    + zip(
                        ScheduleForm.conditions,
                        [.notEmpty, .empty, .changed, .below, .above].map(word)
                    ).map { ($0, $1) }),
            "metrics": choices("metric", [nothing] + metrics.map { ($0.name, $0.title) }),
            "periods": PeriodName.simpleNames.map { code -> PageValues in
                ["code": code, "title": PeriodWord(rawValue: code)?.text(in: locale) ?? code]
            },
            "companyBoxes": companies.map { company -> PageValues in
                [
                    "code": company.code, "companyName": company.name,
                    "isChosen": form.companies.contains(company.code),
                ]
            },
            "people": (1...form.rows).map { row -> PageValues in
                [
                    "row": "\(row)", "address": form["address.\(row)"],
                    "person": form["name.\(row)"], "own": form["companies.\(row)"],
                    "locales": choices(
                        "locale.\(row)", [nothing] + ReportLocale.tags.map { ($0, $0) }),
                ]
            },
        ]
        for field in [
            "name", "period", "subject", "at", "number", "from", "cron", "zone", "holidays", "wait",
            "limit", "currency", "again",
        ] { values["given-\(field)"] = form[field] }
        values.merge(ToldAdvice.values(failure, in: locale)) { $1 }
        values["written"] = text == nil ? written.map { $0 as Any } ?? false : false
        values["isPreview"] = false
        if let schedule {
            values["isPreview"] = true
            values["sentence"] =
                PageRenderer.sentence(
                    TimingSentence(locale: locale).words(schedule.timing), stop: false)
                + " (\(schedule.zone.name))"
            values["coming"] = schedule.preview(after: now, count: 10).map { run -> PageValues in
                [
                    "run": markup.run(run.local),
                    "period": locale.period(schedule.period(of: run)),
                ]
            }
        }
        return markup.page(.scheduleForm, title: title, values)
    }

    private func choices(_ field: String, _ all: [(String, String)]) -> [PageValues] {
        let chosen = form[field]
        var all = all
        if !chosen.isEmpty, !all.contains(where: { $0.0 == chosen }) {
            all.append((chosen, chosen))
        }
        return all.map { code, title in
            ["code": code, "title": title, "isChosen": code == chosen]
        }
    }
}
