import Analytics
import Reports
import Vocabulary

extension APIRoutes {
    /// Dashboards, metrics and reports.
    static let figures = APIChapter(
        "Figures",
        [
            APIOperation(
                .get, "/api/v1/dashboards", "The dashboards that have something to show.",
                gives: .json(.object(["dashboards": .list(of: .named("Entry"))]), "The list.")),
            APIOperation(
                .get, "/api/v1/dashboards/{name}", "A dashboard’s figures, charts and tables.",
                takes: [dashboard] + .choices,
                gives: .json(.named("Dashboard"), "The figures.", headers: APIAnswer.kept),
                .unchanged),
            APIOperation(
                .get, "/api/v1/dashboards/{name}.{format}", at: ["/api/v1/dashboards/{name}"],
                "All cards of a dashboard as one file.",
                takes: [dashboard, .part("format", "The format.", .word(generalFormats))]
                    + FileDownload.parameters + .choices,
                gives: .file(ReportFormat.general, json: .named("Report"))),
            APIOperation(
                .get, "/api/v1/dashboards/{name}/{card}.{picture}",
                at: ["/api/v1/dashboards/{name}/{file}"], "The chart of a card as a picture.",
                takes: [
                    dashboard, .part("card", "The name of a card."),
                    .part("picture", "The format.", .word(of: ChartPicture.Format.self)),
                ] + ChartPicture.parameters + .choices,
                gives: .other(
                    ChartPicture.Format.allCases.map(\.contentType), "The picture.",
                    headers: APIAnswer.kept), .unchanged),
            APIOperation(
                .get, "/api/v1/metrics", "Every metric with its meaning.",
                gives: .json(.object(["metrics": .list(of: metric)]), "The list.")),
            APIOperation(
                .post, "/api/v1/query", "Metrics by dimension and step of time.", body: question,
                gives: .json(
                    .object(["provenance": .named("Provenance"), "table": .named("Table")]),
                    "The figures.")),
            APIOperation(
                .get, "/api/v1/reports", "The reports, each with the formats that it goes into.",
                gives: .json(.object(["reports": .list(of: report)]), "The list.")),
            APIOperation(
                .get, "/api/v1/reports/{name}.{format}", at: ["/api/v1/reports/{file}"],
                "A report as a file.",
                takes: [.part("name", "The name of a report."), .format]
                    + FileDownload.parameters + .choices,
                gives: .file(
                    ReportFormat.allCases, json: .named("Report"), headers: ["Reportd-Notices"])),
        ],
        schemas: [
            "Entry": .object(["name": .text, "title": .text, "description": .text]),
            "Problem": problem,
            "Money": .object(["amount": decimal, "currency": .pattern("^[A-Z]{3}$")]),
            "Value": .any(of: [.null, .integer, .text, .boolean, .named("Money")]),
            "Days": .object(["from": .day, "to": .day]),
            "Provenance": provenance,
            "Figure": figure,
            "Chart": chart,
            "Table": table,
            "Report": .object([
                "name": .text, "title": .text, "provenance": .named("Provenance"),
                "blocks": .list(
                    of: .any(of: [
                        .named("Table"),
                        .object([
                            "type": .word(["figures"]), "figures": .list(of: .named("Figure")),
                        ]),
                        .object(["type": .word(["chart"]), "chart": .named("Chart")]),
                    ])),
            ]),
            "Dashboard": .object([
                "name": .text, "title": .text, "dataCommit": .count,
                "provenance": .named("Provenance"), "cards": .list(of: card),
            ]),
        ])

    private static let dashboard = APIParameter.part("name", "The name of a dashboard.")
    private static let generalFormats = ReportFormat.general.map(\.rawValue)
    private static let decimal = APISchema.pattern("^-?[0-9]+(\\.[0-9]+)?$")

    private static let metric = APISchema.object([
        "name": .text, "label": .text, "description": .text,
    ])

    private static let report = APISchema.object([
        "name": .text, "title": .text, "description": .text,
        "formats": .list(of: .word(of: ReportFormat.self)),
    ])

    /// RFC 9457.
    private static let problem = APISchema.object(
        [
            "type": .text, "title": .text, "status": .integer(in: 400...599),
            "detail": APISchema.text.said("What happened and what to do."),
            "code": .word(of: Advice.Kind.self),
            "details": APISchema.list(of: .text).said("Each thing that is wrong."),
            "request": APISchema.text.said("The name of the request in the log."),
        ], optional: ["details"])

    private static let provenance = APISchema.object([
        "companies": .list(of: .text), "period": APISchema.named("Days").orNull, "zone": .text,
        "basis": .text, "currency": .text, "filters": .list(of: .text), "commit": .count,
        "committedAt": APISchema.instant.orNull, "generatedAt": .instant, "definition": .text,
        "remarks": .list(of: .text), "notes": .list(of: .text),
    ])

    private static let kinds = APISchema.word([
        "text", "identifier", "integer", "decimal", "money", "ratio", "day", "instant", "boolean",
    ])
    private static let values = APISchema.list(of: .named("Value"))

    private static let figure = APISchema.object([
        "name": .text, "label": .text, "kind": kinds, "values": values, "previous": values,
        "change": values, "riseIsGood": APISchema.boolean.orNull,
    ])

    private static let chart = APISchema.object([
        "title": .text, "kind": .word(of: Chart.Kind.self),
        "unit": .any(of: [
            .object(["kind": .word(["money"]), "currency": .text]),
            .object(["kind": .word(["count", "ratio"])]),
        ]),
        "categories": .list(of: .text),
        "series": .list(
            of: .object([
                "label": .text, "isComparison": .boolean, "values": .list(of: decimal.orNull),
            ])),
    ])

    private static let table = APISchema.object([
        "type": .word(["table"]), "name": .text, "title": .text,
        "columns": .list(
            of: .object(["name": .text, "label": .text, "kind": kinds, "totalled": .boolean])),
        "rowCount": .count, "rows": .list(of: values),
        "totals": .list(of: .object(["label": .text, "cells": values])),
    ])

    /// A card, by what it shows.
    private static let card = APISchema.any(of: [
        card(["kind": .word(["figures"]), "figures": .list(of: .named("Figure"))]),
        card(["kind": .word(["charts"]), "charts": .list(of: .named("Chart"))]),
        card(
            [
                "kind": .word(["table"]), "table": .named("Table"),
                "chart": .named("Chart"),
            ], optional: ["chart"]),
        card([
            "kind": .word(["unavailable"]),
            "problem": .object(["happened": .text, "remedy": .text]),
        ]),
    ])

    private static func card(
        _ more: KeyValuePairs<String, APISchema>, optional: Set<String> = []
    ) -> APISchema {
        .object(
            [
                "name": .text, "title": .text, "period": .named("Days"),
                "comparedWith": APISchema.named("Days").orNull, "isOpen": .boolean,
                "remarks": .list(of: .text),
            ], and: more, optional: optional)
    }

    /// What `POST /api/v1/query` takes.
    private static let question = APISchema.object(
        of: QueryBody.CodingKeys.self, required: [.metrics, .period]
    ) { name in
        switch name {
        case .metrics: .list(of: .text, atLeast: 1)
        case .period: .text
        case .grain: APISchema.word(of: Grain.self).orNull
        case .by, .where, .company: APISchema.list(of: .text).orNull
        case .compare: APISchema.comparison.orNull
        case .order, .group, .knownAt, .currency: APISchema.text.orNull
        case .limit: APISchema.integer(in: 1...).orNull
        case .target: APISchema.boolean.orNull
        case .forecast: APISchema.word(of: ForecastMethod.self).orNull
        }
    }
}
