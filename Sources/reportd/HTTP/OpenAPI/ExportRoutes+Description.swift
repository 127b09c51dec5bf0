import Reports
import Vocabulary

extension ExportRoutes {
    /// Files that are made in the background.
    static let chapter = APIChapter(
        "Exports",
        [
            APIOperation(
                .get, "/api/v1/exports", "The reader’s exports, for an administrator everybody’s.",
                gives: .json(.object(["exports": .list(of: .named("Export"))]), "The list.")),
            APIOperation(
                .post, "/api/v1/exports", "Asks for a report as a file, made in the background.",
                body: wish,
                gives: .json(
                    .named("Export"), "It waits for its turn.", status: 202, headers: ["Location"])
            ),
            APIOperation(
                .get, "/api/v1/exports/{id}", "How far an export is.", takes: [id],
                gives: .json(.named("Export"), "The export.")),
            APIOperation(
                .delete, "/api/v1/exports/{id}", "Cancels an export, or removes its file.",
                takes: [id], gives: .done),
            APIOperation(
                .get, "/api/v1/exports/{id}/download", "The file.", takes: [id],
                gives: .file(
                    ReportFormat.allCases, json: .named("Report"), headers: ["Content-SHA256"])),
            APIOperation(
                .post, "/api/v1/exports/{id}/links",
                "Makes an address for somebody without sign-in.",
                takes: [id], body: linkWish, needsBody: false,
                gives: .json(.named("Link"), "The link.", status: 201)),
            APIOperation(
                .delete, "/api/v1/exports/{id}/links/{link}", "Revokes such an address.",
                takes: [id], gives: .done),
        ],
        schemas: ["Export": export, "Link": link])

    private static let id = APIParameter.part("id", "The export’s identifier.")

    private static let link = APISchema.object([
        "id": .text, "made": .instant, "maker": .text, "expires": .instant,
        "revoked": APISchema.instant.orNull, "downloads": .count,
        "lastDownload": APISchema.instant.orNull, "address": APISchema.text.orNull,
    ])

    private static let export = APISchema.object([
        "id": .pattern("^[0-9a-f]{32}$"), "report": .text,
        "format": .word(of: ReportFormat.self), "state": .word(of: Export.State.self),
        "owner": .text, "asked": .instant, "began": APISchema.instant.orNull,
        "ended": APISchema.instant.orNull, "expires": APISchema.instant.orNull,
        "attempts": .count, "rows": .count, "rowsInAll": APISchema.count.orNull,
        "percent": APISchema.integer(in: 0...100).orNull, "fileName": APISchema.text.orNull,
        "bytes": APISchema.count.orNull, "sha256": APISchema.sha256.orNull, "commit": .count,
        "definition": .text, "companies": .list(of: .text),
        "choices": .map(of: .list(of: .text)), "error": APISchema.text.orNull,
        "download": APISchema.text.orNull, "links": .list(of: .named("Link")),
    ])

    /// What `POST /api/v1/exports` takes.
    private static let wish = APISchema.object(
        of: ExportRequest.Body.CodingKeys.self, required: [.report, .format]
    ) { name in
        switch name {
        case .report: .text
        case .format: .word(of: ReportFormat.self)
        case .company, .where: APISchema.list(of: .text).orNull
        case .compare: APISchema.comparison.orNull
        case .locale, .profile, .table, .group, .period, .from, .to, .knownAt, .currency:
            APISchema.text.orNull
        }
    }

    /// What `POST …/links` takes.
    private static let linkWish = APISchema.object(of: LinkBody.CodingKeys.self) { name in
        switch name {
        case .days: APISchema.integer(in: 1...).orNull
        }
    }
}
