import Reports
import Vocabulary

extension ScheduleRoutes {
    /// Schedules, what they sent, and to whom nothing is sent.
    static let chapter = APIChapter(
        "Schedules",
        [
            APIOperation(
                .get, "/api/v1/schedules", "The schedules.",
                gives: .json(.object(["schedules": .list(of: .named("Schedule"))]), "The list.")),
            APIOperation(
                .get, "/api/v1/schedules/{name}",
                "A schedule with its next ten runs, its last ones and its recipients.",
                gives: .json(.named("WholeSchedule"), "The schedule.")),
            APIOperation(
                .post, "/api/v1/schedules/{name}/{action}",
                "Pauses or resumes a schedule, sends it now, or releases what is held.",
                takes: [.part("action", "What is done.", .word(actions))] + ofActions,
                gives: .json(done, "It is done."),
                .json(done, "It is under way.", status: 202)),
            APIOperation(
                .get, "/api/v1/deliveries", "Deliveries, the newest first.", takes: ofDeliveries,
                gives: .json(
                    .object([
                        "deliveries": .list(of: .named("Delivery")), "next": APISchema.count.orNull,
                    ]), "A page of them, and after which number the next one begins.")),
            APIOperation(
                .get, "/api/v1/deliveries/{id}", "A delivery with every attempt.",
                gives: .json(.named("WholeDelivery"), "The delivery.")),
            APIOperation(
                .post, "/api/v1/deliveries/{id}/resend", "Sends a delivery once more.",
                gives: .json(.named("Delivery"), "It waits for its turn.", status: 202)),
            APIOperation(
                .delete, "/api/v1/deliveries/{id}/links",
                "Revokes its links to files that were too large for a mail.", gives: .done),
            APIOperation(
                .get, "/api/v1/deliveries/{id}/message.eml",
                "What was sent, byte for byte.", takes: ofMessages,
                gives: .other(
                    ["message/rfc822", "application/json"], "The message.",
                    headers: ["Content-Disposition"])),
            APIOperation(
                .get, "/api/v1/deliveries/{id}/files/{hash}", "A file of what was sent.",
                gives: .file(ReportFormat.allCases, json: .named("Report"))),
            APIOperation(
                .get, "/api/v1/deliveries/{id}/comparison",
                "What is otherwise than in an earlier delivery.", takes: ofComparisons,
                gives: .json(
                    .object([
                        "delivery": .count, "before": APISchema.count.orNull,
                        "differences": .list(of: .text),
                    ]), "The lines that differ.")),
            APIOperation(
                .get, "/api/v1/suppressions", "To whom nothing is sent.",
                gives: .json(
                    .object(["suppressions": .list(of: .named("Suppression"))]), "The list.")),
            APIOperation(
                .delete, "/api/v1/suppressions", "Lets somebody be sent to again.",
                takes: ofSuppressions, gives: .done),
        ],
        schemas: [
            "Schedule": .object(schedule), "WholeSchedule": .object(schedule, and: more),
            "Delivery": .object(delivery), "WholeDelivery": .object(wholeDelivery),
            "Suppression": .object([
                "recipient": .text, "schedule": APISchema.text.orNull,
                "reason": .word(of: Suppression.Reason.self), "since": .instant,
            ]),
        ])

    static let actions = ["pause", "resume", "run", "release"]

    // MARK: Parameters

    static let ofActions = [
        APIParameter(name: "run", words: "Of ‘release’: the run, as 2026-11-16T07:30.")
    ]
    static let ofDeliveries = [
        APIParameter(name: "schedule", words: "Those of one schedule."),
        APIParameter(name: "recipient", words: "Those to one recipient."),
        APIParameter(
            name: "state", words: "Those in one state.", schema: .word(of: Delivery.State.self)),
        APIParameter(name: "since", words: "Those planned since a moment or day."),
        APIParameter(
            name: "after", words: "Those that come after this one in the list.",
            schema: .integer(in: 1...)),
        APIParameter(
            name: "limit", words: "At most so many.",
            schema: .integer(in: 1...DeliveryQuestion.most)),
    ]
    static let ofMessages = [
        APIParameter(
            name: "attempt", words: "The message of this attempt; without it the last one.",
            schema: .integer)
    ]
    static let ofComparisons = [
        APIParameter(
            name: "with", words: "The delivery it is held against; without it the one before.")
    ]
    static let ofSuppressions = [
        APIParameter(name: "recipient", words: "Whom to send to again.", isRequired: true),
        APIParameter(name: "schedule", words: "The schedule alone; without it all of them."),
    ]

    // MARK: Shapes

    private static let run = APISchema.object([
        "run": .text, "due": .instant, "from": .day, "to": .day,
    ])
    private static let ran = APISchema.object([
        "run": .text, "due": .instant, "deliveries": .map(of: .count),
    ])
    private static let done = APISchema.object(
        ["schedule": .text, "run": .text, "underWay": .count, "released": .list(of: .text)],
        optional: ["run", "underWay", "released"])

    private static let schedule: KeyValuePairs<String, APISchema> = [
        "name": .text, "report": .text, "subject": APISchema.text.orNull,
        "companies": .list(of: .text), "timing": .text, "words": .text, "zone": .text,
        "period": .text, "format": .text, "state": .word(of: ScheduleStanding.State.self),
        "file": APISchema.text.orNull, "isOwn": .boolean, "next": run.orNull, "last": ran.orNull,
    ]
    private static let more: KeyValuePairs<String, APISchema> = [
        "nextRuns": .list(of: run), "lastRuns": .list(of: ran),
        "waiting": .list(
            of: .object([
                "run": .text, "due": .instant, "state": .word(of: WaitingRun.State.self),
                "reason": APISchema.text.orNull,
            ])),
        "recipients": .list(
            of: .object([
                "recipient": .text, "name": APISchema.text.orNull, "locale": APISchema.text.orNull,
                "companies": .list(of: .text),
            ])),
        "recipientsFrom": APISchema.text.orNull, "trouble": .list(of: .named("Delivery")),
    ]

    private static let delivery: KeyValuePairs<String, APISchema> = [
        "id": .count, "schedule": .text, "run": .text, "due": .instant, "recipient": .text,
        "state": .word(of: Delivery.State.self), "planned": .instant,
        "nextTry": APISchema.instant.orNull, "attempts": .count, "reply": APISchema.text.orNull,
    ]
    private static let wholeDelivery: KeyValuePairs<String, APISchema> = [
        "id": .count, "schedule": .text, "run": .text, "due": .instant, "recipient": .text,
        "state": .word(of: Delivery.State.self), "planned": .instant,
        "nextTry": APISchema.instant.orNull, "attempts": .list(of: attempt),
        "reply": APISchema.text.orNull, "messageID": APISchema.text.orNull,
        "files": APISchema.list(
            of: .object(["name": .text, "type": .text, "bytes": .count, "sha256": .sha256])
        ).orNull,
        "links": .list(
            of: .object([
                "attempt": .count, "name": .text, "type": .text, "bytes": .count,
                "sha256": .sha256, "expires": .instant, "revoked": APISchema.instant.orNull,
                "isKept": .boolean, "downloads": .count,
                "lastDownload": APISchema.instant.orNull,
            ])),
    ]
    private static let attempt = APISchema.object([
        "number": .count, "began": .instant, "ended": APISchema.instant.orNull,
        "outcome": APISchema.word(of: Delivery.Attempt.Outcome.self).orNull,
        "code": APISchema.integer.orNull, "reply": APISchema.text.orNull,
        "sha256": APISchema.sha256.orNull, "bytes": .count, "isKept": .boolean,
    ])
}
