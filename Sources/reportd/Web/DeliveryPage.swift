import Foundation
import Reports
import Vocabulary

/// The list of deliveries, and one of them.
struct DeliveryPage {
    let markup: ScheduleMarkup
    /// The schedules that the reader may open, by name.
    let schedules: [String: Schedule]
    /// What was just done, in words.
    let done: String?

    private var locale: ReportLocale { markup.locale }
    private var known: Set<String> { Set(schedules.keys) }

    // MARK: All of them

    /// What the list shows.
    struct List {
        let question: DeliveryQuestion
        let deliveries: [Delivery]
        let trouble: [Delivery]
        let held: [WaitingRun]
        /// Empty for those who may change nothing.
        let suppressions: [Suppression]
        let isLate: (Delivery) -> Bool
    }

    func list(_ list: List) -> (html: String, title: String) {
        let asked = list.question
        func choices(
            _ all: [(String, String)], _ chosen: String?
        ) -> [PageValues] {
            ([("", markup.word(.all))] + all).map { code, title in
                ["code": code, "title": title, "isChosen": code == chosen ?? ""]
            }
        }
        let isFirst = asked.after == nil
        let values: PageValues = [
            "schedules": choices(schedules.keys.sorted().map { ($0, $0) }, asked.schedule),
            "states": choices(
                Delivery.State.allCases.map { ($0.rawValue, markup.word(ScheduleWord($0))) },
                asked.state?.rawValue),
            "recipientAsked": asked.recipient ?? "",
            "sinceAsked": asked.since.map { "\(Zone.utc.day(of: $0))" } ?? "",
            "done": done.map { $0 as Any } ?? false,
            "hasHeld": isFirst && !list.held.isEmpty,
            "heldRuns": list.held.map { run -> PageValues in
                [
                    "schedule": run.schedule, "run": markup.run(run.run.local),
                    "reason": run.reason.isEmpty ? false : run.reason as Any,
                ]
            },
            "trouble": markup.table(
                isFirst ? list.trouble : [], label: .trouble, known: known, isLate: list.isLate)
                ?? false as Any,
            "rows": markup.table(
                list.deliveries, label: .deliveries, known: known, isLate: list.isLate)
                ?? false as Any,
            "next": list.deliveries.count == asked.limit
                ? list.deliveries.last.map { Self.address(asked, after: $0.id) as Any } ?? false
                : false,
            "hasSuppressions": isFirst && !list.suppressions.isEmpty,
            "suppressions": list.suppressions.map { entry -> PageValues in
                [
                    "recipient": entry.recipient,
                    "schedule": entry.schedule ?? markup.word(.allSchedules),
                    "scheduleName": entry.schedule ?? "",
                    "reason": markup.word(
                        entry.reason == .bounced ? .bounced : .unsubscribed),
                    "day": locale.day(Zone.utc.day(of: entry.since)),
                ]
            },
        ]
        return markup.page(.deliveries, title: markup.word(.deliveries), values)
    }

    private static func address(_ question: DeliveryQuestion, after: Int64) -> String {
        let items: [(String, String?)] = [
            ("schedule", question.schedule), ("state", question.state?.rawValue),
            ("recipient", question.recipient), ("since", question.since?.description),
            ("after", "\(after)"),
        ]
        return "/deliveries?"
            + items.compactMap { name, value in
                value.map {
                    "\(name)="
                        + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
                }
            }.joined(separator: "&")
    }

    // MARK: One of them

    /// What became of looking at the differences.
    enum Comparison {
        /// Nobody asked.
        case none
        /// There is nothing to compare with, and why.
        case impossible(String)
        case made(before: Delivery, lines: [String])
    }

    /// What a page of one delivery shows.
    struct Content {
        let delivery: Delivery
        let isLate: Bool
        /// What is in its message, or why there is none.
        let message: Result<SentMessage, Advice>
        /// The links to files that were too large for a mail.
        let links: [DeliveryLink]
        let now: Instant
        let comparison: Comparison
    }

    func one(_ content: Content) -> (html: String, title: String) {
        let delivery = content.delivery
        let schedule = schedules[delivery.schedule]
        let zone = schedule?.zone ?? .utc
        var values: PageValues = [
            "title": delivery.recipient, "id": "\(delivery.id)", "schedule": delivery.schedule,
            "schedulePath": schedule == nil ? false : "/schedules/\(delivery.schedule)" as Any,
            "run": markup.run(delivery.run.local),
            "mark": content.isLate ? "late" : delivery.state.rawValue,
            "state": content.isLate
                ? markup.word(.late) : markup.word(ScheduleWord(delivery.state)),
            "done": done.map { $0 as Any } ?? false, "isUnknown": delivery.state == .unknown,
            "canResend": ![.planned, .sending].contains(delivery.state),
            "hasAttempts": !delivery.attempts.isEmpty,
            "attempts": delivery.attempts.reversed().map { attempt -> PageValues in
                [
                    "number": "\(attempt.number)",
                    "began": PageRenderer.moment(attempt.began, zone: zone, locale: locale),
                    "outcome":
                        (attempt.outcome.flatMap { AttemptWord(rawValue: $0.rawValue) }?
                        .text(in: locale) ?? "…")
                        + (attempt.code.map { " \($0)" } ?? ""),
                    "reply": attempt.reply, "hash": attempt.bytesHash.map { $0 as Any } ?? false,
                    "short": String(attempt.bytesHash?.prefix(12) ?? ""),
                ]
            },
            "isKept": false, "notKept": false, "isCompared": false,
            "hasLinks": !content.links.isEmpty,
            "canRevoke": content.links.contains { $0.isValid(at: content.now) },
            "links": content.links.reversed().map { link -> PageValues in
                [
                    "number": "\(link.place.attempt)", "fileName": link.file.name,
                    "size": PageRenderer.size(link.file.bytes, locale),
                    "standing": standing(of: link, at: content.now, zone),
                    "taken": taken(link, zone),
                ]
            },
        ]
        switch content.message {
        case .success(let message):
            values["isKept"] = true
            values["subject"] = message.subject
            values["hasDocument"] = message.html != nil || !message.text.isEmpty
            values["files"] = message.files.map { file -> PageValues in
                [
                    "href": "/api/v1/deliveries/\(delivery.id)/files/\(file.sha256)",
                    "fileName": file.name, "size": PageRenderer.size(file.bytes.count, locale),
                ]
            }
        case .failure(let advice):
            values["notKept"] =
                delivery.attempts.isEmpty
                ? markup.word(.noMessage) : PageRenderer.sentence(advice.description)
        }
        switch content.comparison {
        case .none: break
        case .impossible(let words):
            values.merge(
                ["isCompared": true, "against": false, "verdict": words, "hasLines": false]
            ) { $1 }
        case .made(let before, let lines):
            values["isCompared"] = true
            values["against"] = markup.word(.comparedWithRun)
                .replacing("#", with: markup.run(before.run.local))
            values["verdict"] = lines.isEmpty ? markup.word(.sameAsBefore) as Any : false
            values["hasLines"] = !lines.isEmpty
            values["lines"] = lines.map { line -> PageValues in
                ["line": line, "sign": String(line.prefix(1))]
            }
        }
        return markup.page(.delivery, title: delivery.recipient, values)
    }

    private func standing(of link: DeliveryLink, at now: Instant, _ zone: Zone) -> String {
        func words(_ word: ScheduleWord, _ moment: Instant) -> String {
            markup.word(word).replacing("#", with: locale.instant(moment, zone: zone))
        }
        if let revoked = link.revoked { return words(.linkRevoked, revoked) }
        if link.expires <= now { return words(.linkEnded, link.expires) }
        return link.isKept ? words(.linkUntil, link.expires) : markup.word(.linkGone)
    }

    private func taken(_ link: DeliveryLink, _ zone: Zone) -> String {
        guard let last = link.lastDownload else { return markup.word(.notTaken) }
        return markup.word(.takenTimes)
            .replacing("#", with: locale.number(ExactDecimal(link.downloads), scale: 0))
            .replacing("@", with: locale.instant(last, zone: zone))
    }
}
