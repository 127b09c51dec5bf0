import Analytics
import Reports
import Vocabulary

extension TrustRoutes {
    /// Where figures come from and what became of them.
    static let chapter = APIChapter(
        "Trust",
        [
            APIOperation(
                .get, "/api/v1/explain", "Where a figure comes from, down to its rows.",
                takes: .explanation + .choices,
                gives: .json(.named("Explanations"), "The explanations.")),
            APIOperation(
                .post, "/api/v1/explain", "Where figures come from, down to their rows.",
                body: question, gives: .json(.named("Explanations"), "The explanations.")),
            APIOperation(
                .get, "/api/v1/restatements/{name}.{format}", at: ["/api/v1/restatements/{file}"],
                "What changed of a report or metric between two states.",
                takes: [
                    .part("name", "The name of a report or metric."),
                    .part("format", "The format.", .word(ReportFormat.general.map(\.rawValue))),
                ] + restatement + .choices,
                gives: .file(ReportFormat.general, json: .named("Report"))),
            APIOperation(
                .get, "/api/v1/closes", "The closed periods of the reader’s companies.",
                gives: .json(.object(["closes": .list(of: close)]), "The list.")),
            APIOperation(
                .get, "/api/v1/closes/{id}/{report}.{format}", at: ["/api/v1/closes/{id}/{file}"],
                "A file as it was archived when its period was closed.",
                takes: [.part("id", "The number of the close.", .integer(in: 1...)), .format],
                gives: .file(ReportFormat.allCases, json: .named("Report"))),
        ],
        schemas: [
            "Metric": .object([
                "name": .text, "label": .text, "description": .text, "definition": .text,
                "hash": .text, "place": .text,
            ]),
            "Explanations": .object(["explanations": .list(of: explanation)]),
        ])

    private static let explanation = APISchema.object([
        "metric": .named("Metric"), "figure": .list(of: .named("Value")),
        "formula": APISchema.text.orNull, "period": APISchema.named("Days").orNull,
        "provenance": .named("Provenance"),
        "sources": .list(
            of: .object([
                "source": .text, "position": .text, "changesUpTo": APISchema.instant.orNull,
            ])),
        "quarantined": APISchema.map(of: .count).orNull, "parts": .list(of: part),
    ])

    private static let part = APISchema.object([
        "metric": .named("Metric"), "statement": .text, "conditions": .list(of: .text),
        "date": APISchema.text.orNull, "days": APISchema.named("Days").orNull,
        "workings": .list(of: .object(["value": .named("Value"), "words": .text])),
        "rowCount": .count, "rowsInAll": .count,
        "excluded": .list(of: .object(["reason": .text, "rows": .count])), "offset": .count,
        "nextOffset": APISchema.count.orNull,
        "valuation": APISchema.object([
            "words": .list(of: .text), "used": .named("Table"), "leftOut": .named("Table"),
        ]).orNull, "rows": .named("Table"),
    ])

    private static let close = APISchema.object([
        "id": .count, "company": .text, "from": .day, "to": .day, "commit": .count,
        "committedAt": .instant, "closedAt": .instant, "closedBy": .text, "build": .text,
        "reopened": APISchema.object(["at": .instant, "by": .text, "reason": .text]).orNull,
        "files": .list(
            of: .object([
                "report": .text, "format": .word(of: ReportFormat.self), "sha256": .sha256,
                "bytes": .count, "definition": .text, "replacement": APISchema.text.orNull,
            ])),
    ])

    /// What `POST /api/v1/explain` takes.
    private static let question = APISchema.object(
        of: ExplainBody.CodingKeys.self, required: [.metrics]
    ) { name in
        switch name {
        case .metrics: .list(of: .text, atLeast: 1)
        case .where, .company: APISchema.list(of: .text).orNull
        case .compare: APISchema.comparison.orNull
        case .period, .group, .knownAt, .currency, .part: APISchema.text.orNull
        case .offset: APISchema.count.orNull
        case .limit: APISchema.integer(in: ExplainQuestion.pageRows).orNull
        }
    }
}

extension [APIParameter] {
    /// What an explanation takes beside the choices of every page.
    static let explanation = [
        APIParameter(
            name: "metric", words: "The metrics; several parted by commas too.", isRepeated: true,
            isRequired: true),
        APIParameter(name: "part", words: "The base metric whose rows offset passes over."),
        APIParameter(name: "offset", words: "Rows that are passed over.", schema: .count),
        APIParameter(
            name: "limit", words: "Rows of each part; 50 without it.",
            schema: .integer(in: ExplainQuestion.pageRows)),
    ]
}
