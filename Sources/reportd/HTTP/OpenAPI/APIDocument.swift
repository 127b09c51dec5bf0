import HTTPTypes
import Hummingbird
import Vocabulary

/// The interface for programs as an OpenAPI 3.1 document: `GET /api/v1/openapi.json`.
///
/// Each part of the program describes its own operations beside the code that answers them, as an
/// `APIChapter`; here they are put together. Invariant: the program does not begin to serve with an
/// operation that is not described, or a description that nothing answers. The document is the same
/// for everyone and holds nothing of anybody. Applications' own addresses are not in it, since they
/// come from definitions that change while the program runs.
enum APIDocument {
    /// All parts, in the order in which readers see them.
    static let chapters = [
        APIRoutes.figures, ExploreRoutes.chapter, TrustRoutes.chapter, ExportRoutes.chapter,
        ScheduleRoutes.chapter, PeopleRoutes.chapter, AuditRoutes.chapter, APIRoutes.program,
    ]

    static var operations: [APIOperation] { chapters.flatMap(\.operations) }

    /// The document.
    static let json: String =
        APIText.object([
            ("openapi", "\"3.1.0\""),
            (
                "info",
                APIText.object([
                    ("title", "\"reportd\""),
                    ("version", JSONText.quoted(Reportd.version)),
                    ("description", JSONText.quoted(words)),
                ])
            ),
            ("security", "[{\"bearer\":[]},{\"session\":[]}]"),
            (
                "tags",
                APIText.list(chapters.map { APIText.object([("name", JSONText.quoted($0.title))]) })
            ),
            ("paths", paths), ("components", components),
        ]) + "\n"

    private static let words = """
        Figures, files and the state of the program. A reader sees the companies of their token and \
        nothing else: a company they may not see is answered exactly like one that does not exist. \
        Amounts, decimals and ratios are strings, and what is not known is null, never 0. Every \
        answer names its request in X-Request-ID.
        """

    private static var paths: String {
        var order: [String] = []
        var texts: [String: [(name: String, json: String)]] = [:]
        for chapter in chapters {
            for operation in chapter.operations {
                if texts[operation.path] == nil { order.append(operation.path) }
                texts[operation.path, default: []].append(
                    (operation.method.rawValue.lowercased(), operation.json(in: chapter.title)))
            }
        }
        return APIText.object(order.map { ($0, APIText.object(texts[$0] ?? [])) })
    }

    private static var components: String {
        let schemas = chapters.flatMap { $0.schemas.map { ($0.key, $0.value.json) } }
        return APIText.object([
            (
                "securitySchemes",
                APIText.object([
                    ("bearer", "{\"type\":\"http\",\"scheme\":\"bearer\"}"),
                    (
                        "session",
                        "{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"\(Recognition.cookie)\"}"
                    ),
                ])
            ),
            ("schemas", APIText.object(schemas)),
            (
                "headers",
                APIText.object(
                    headers.map { name, words in
                        (
                            name,
                            "{\"description\":\(JSONText.quoted(words)),\"schema\":\(APISchema.text.json)}"
                        )
                    })
            ),
            ("responses", APIText.object(problems)),
        ])
    }

    private static let headers: KeyValuePairs = [
        "X-Request-ID": "The name of the request in the log of the program.",
        "ETag": "Stands for the content of the answer.",
        "Data-Commit": "The newest commit that the figures rest on.",
        "Source-Positions": "How far each source has been read.",
        "Content-Disposition": "The name of the file.",
        "Content-SHA256": "The hash of the file, in hexadecimal digits.",
        "Location": "Where the new thing is.",
        "Reportd-Notices": "What does not stand in the file, percent-encoded, parted by commas.",
        "Retry-After": "Seconds to wait before asking again.",
    ]

    /// The answers that say what is wrong and what to do.
    private static var problems: [(name: String, json: String)] {
        [400, 401, 403, 404, 408, 413, 422, 429, 500, 503].map { code in
            let more = code == 429 ? ["Retry-After"] : []
            let named = (more + ["X-Request-ID"]).map {
                ($0, "{\"$ref\":\"#/components/headers/\($0)\"}")
            }
            return (
                "Problem\(code)",
                APIText.object([
                    (
                        "description",
                        JSONText.quoted(HTTPResponse.Status(code: code).reasonPhrase)
                    ),
                    ("headers", APIText.object(named)),
                    (
                        "content",
                        "{\"application/problem+json\":{\"schema\":"
                            + APISchema.named("Problem").json + "}}"
                    ),
                ])
            )
        }
    }

    /// Stops the program where the document and the router differ, which can only be our mistake.
    static func checkCompleteness(of router: Router<ReportContext>) {
        let routes = router.routes.map { "\($0.method.rawValue) \($0.path)" }
        let described = operations.flatMap(\.addresses)
        let found = Set(routes.filter(isForPrograms))
        precondition(
            found == Set(described),
            "the document and the router differ in \(found.symmetricDifference(described))")
        let names = chapters.flatMap { $0.schemas.map(\.key) }
        precondition(Set(names).count == names.count, "two schemas have one name")
    }

    private static func isForPrograms(_ address: String) -> Bool {
        let path = address.drop { $0 != " " }.dropFirst()
        return path.hasPrefix("/api/") || ["/health", "/ready", "/metrics"].contains(path)
    }
}
