import Analytics
import Ingest
import Vocabulary

extension APIRoutes {
    /// The program itself: how it does, what it answers, and what changes.
    static let program = APIChapter(
        "Program",
        [
            APIOperation(
                .get, "/health", "How the program does; 200 also when it is degraded.",
                gives: .json(
                    .any(of: [.object(state), .object(state, and: health)]),
                    "For strangers the status alone.")),
            APIOperation(
                .get, "/ready", "Whether questions can be answered.",
                gives: .json(.object(["ready": .boolean]), "They can.")),
            APIOperation(
                .get, "/metrics", "Measurements for a Prometheus server.",
                gives: .other([MeasurementText.contentType], "Text of version 0.0.4.")),
            APIOperation(
                .get, "/api/v1", "The addresses.",
                gives: .json(.object(["addresses": .list(of: .text)]), "The list.")),
            APIOperation(
                .get, "/api/v1/openapi.json", "This document.",
                gives: .other(["application/json"], "The document.", headers: ["ETag"]),
                .unchanged),
            APIOperation(
                .get, "/api/v1/events",
                "Server-sent events: commit after a change that this reader may see, export with "
                    + "an export of theirs that is not as it was, sources with their state.",
                gives: .other(["text/event-stream"], "A stream that does not end by itself.")),
        ])

    private static let state: KeyValuePairs<String, APISchema> = [
        "status": .word(["ok", "degraded"]), "uptimeSeconds": .integer,
    ]

    private static let health: KeyValuePairs<String, APISchema> = [
        "commit": .count, "definitionsProblem": APISchema.text.orNull,
        "quarantined": APISchema.count.orNull,
        "deliveries": APISchema.object([
            "late": .count, "lateSeconds": .count, "held": .count, "unknown": .count,
            "failed": .count,
        ]).orNull,
        "state": .any(of: [
            .object(["fileBytes": .count]), .object(["error": .text]),
        ]),
        "cache": .object([
            "answers": .count, "bytes": .count, "budgetBytes": .count, "hits": .count,
            "misses": .count, "repeats": .count,
        ]),
        "store": .any(of: [
            .object(["error": .text]),
            .object([
                "damage": .list(of: .text), "repairs": .list(of: .text),
                "lastCheck": APISchema.instant.orNull, "checkedPercent": .integer(in: 0...100),
                "fileBytes": .count, "segments": .count,
            ]),
        ]),
        "sources": .list(
            of: .object([
                "name": .text, "state": .text, "position": APISchema.text.orNull,
                "sourceTime": APISchema.instant.orNull, "lagSeconds": APISchema.number.orNull,
                "lagBytes": APISchema.integer.orNull, "rowsPerSecond": .number,
                "quarantined": .count, "quarantinedByKeyAlone": .count,
                "lastError": APISchema.text.orNull,
            ])),
    ]
}
