import Reports
import Vocabulary

/// What the pages of schedules and deliveries have in common.
struct ScheduleMarkup {
    let frame: PageFrame
    let templates: PageTemplates

    var locale: ReportLocale { frame.locale }

    /// What every template of these pages refers to.
    var basis: PageValues {
        [
            "t": ScheduleWord.table(for: locale), "w": PageWord.table(for: locale),
            "maySend": frame.viewer?.maySend ?? false,
            "formToken": frame.viewer?.formToken ?? "",
        ]
    }

    func word(_ word: ScheduleWord) -> String { word.text(in: locale) }

    /// A run by its scheduled time.
    func run(_ local: LocalTime) -> String {
        locale.day(local.day) + " " + local.clock.prefix(5)
    }

    /// How many deliveries of a run are in which state, the worst first.
    func counts(_ run: RunStanding) -> String {
        let order: [Delivery.State] = [.failed, .unknown, .planned, .sending, .sent, .skipped]
        return order.compactMap { state in
            run.counts[state].map { "\($0) \(word(ScheduleWord(state)).lowercased())" }
        }.joined(separator: ", ")
    }

    /// Deliveries as rows of a table; nil for none.
    ///
    /// `known` are the schedules that the reader may open.
    func table(
        _ deliveries: [Delivery], label: ScheduleWord, known: Set<String>, hasRun: Bool = true,
        isLate: (Delivery) -> Bool
    ) -> String? {
        guard !deliveries.isEmpty else { return nil }
        let rows = deliveries.map { delivery -> PageValues in
            let late = isLate(delivery)
            return [
                "id": "\(delivery.id)", "recipient": delivery.recipient,
                "schedule": delivery.schedule,
                "schedulePath": known.contains(delivery.schedule)
                    ? "/schedules/\(delivery.schedule)" : false,
                "run": run(delivery.run.local),
                "mark": late ? "late" : delivery.state.rawValue,
                "state": late ? word(.late) : word(ScheduleWord(delivery.state)),
                "attempts": "\(delivery.attempts.count)",
                "reply": delivery.attempts.last?.reply ?? "",
            ]
        }
        return templates.render(
            .deliveryRows,
            basis.merging(["label": word(label), "rows": rows, "hasRun": hasRun]) { $1 })
    }

    /// A whole page around a template.
    func page(
        _ name: PageTemplates.Name, title: String, _ values: PageValues, style: String = ""
    ) -> (html: String, title: String) {
        let inner = templates.render(name, basis.merging(values) { $1 })
        let opening =
            "<main id=\"main\" tabindex=\"-1\"\(style.isEmpty ? "" : " class=\"\(style)\"")>\n"
        return (opening + inner + "</main>", title)
    }

    /// What to say about what was just done; nil for nothing that we know.
    static func done(_ code: String?, in locale: ReportLocale) -> String? {
        let words: [String: ScheduleWord] = [
            "paused": .donePaused, "resumed": .doneResumed, "run": .doneRun,
            "nothing": .doneNothing, "released": .doneReleased, "resent": .doneResent,
            "unlinked": .doneUnlinked,
            "saved": .doneSaved, "removed": .doneRemoved, "allowed": .doneAllowed,
        ]
        return code.flatMap { words[$0] }?.text(in: locale)
    }
}

extension PageRenderer {
    /// A page of schedules or deliveries, put together by `make`.
    func render(
        _ frame: PageFrame, _ make: (ScheduleMarkup) -> (html: String, title: String)
    ) -> [UInt8] {
        let made = make(ScheduleMarkup(frame: frame, templates: templates))
        return document(made.html, title: made.title, frame: frame)
    }
}
