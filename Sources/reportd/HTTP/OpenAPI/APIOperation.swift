import Reports
import Vocabulary

/// A part of the interface for programs: its operations, and the shapes that they share.
struct APIChapter: Sendable {
    let title: String
    let operations: [APIOperation]
    /// Schemas by the names that `APISchema.named` refers to; no two chapters share one.
    var schemas: KeyValuePairs<String, APISchema> = [:]

    init(
        _ title: String, _ operations: [APIOperation],
        schemas: KeyValuePairs<String, APISchema> = [:]
    ) {
        self.title = title
        self.operations = operations
        self.schemas = schemas
    }
}

/// What can be asked at an address, and what comes back.
struct APIOperation: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    let method: Method
    /// The address as readers of the document see it: `/api/v1/reports/{name}.{format}`.
    let path: String
    /// The patterns of the router that answer it; several where each format has its own.
    let routes: [String]
    let summary: String
    let parameters: [APIParameter]
    /// The JSON that it takes; nil for none.
    let body: APISchema?
    let needsBody: Bool
    let answers: [APIAnswer]

    /// Describes an operation.
    ///
    /// `routes` are needed only where they differ from `path`. Parts of the path that no parameter
    /// describes are texts.
    init(
        _ method: Method, _ path: String, at routes: [String]? = nil,
        _ summary: String, takes parameters: [APIParameter] = [], body: APISchema? = nil,
        needsBody: Bool = true, gives answers: APIAnswer...
    ) {
        self.method = method
        self.path = path
        self.routes = routes ?? [path]
        self.summary = summary
        self.body = body
        self.needsBody = body != nil && needsBody
        self.answers = answers
        let described = parameters.filter { $0.place == .path }.names
        let parts = path.matches(of: /\{(\w+)\}/).map { String($0.output.1) }
        self.parameters =
            parts.filter { !described.contains($0) }.map { .part($0, "Its \($0).") } + parameters
    }

    /// The entries of the table of rights that its routes have.
    var addresses: [String] { routes.map { "\(method.rawValue) \($0)" } }

    /// What somebody needs here; all its routes need the same.
    var need: RightsGate.Need {
        let needs = Set(addresses.map(RightsGate.need(at:)))
        guard needs.count == 1, let need = needs.first ?? nil else {
            preconditionFailure("\(addresses) have no one entry among the needs")
        }
        return need
    }

    /// The statuses of problems that it may be answered with.
    private var problems: [Int] {
        var statuses: Set = [401, 429, 500, 503]
        if !parameters.isEmpty { statuses.formUnion([400, 404, 422]) }
        if body != nil { statuses.formUnion([400, 404, 408, 413, 422]) }
        if method != .get { statuses.insert(403) }
        if case .right = need { statuses.insert(403) }
        return statuses.sorted()
    }

    /// The operation as JSON.
    func json(in chapter: String) -> String {
        let words = path.split { !$0.isLetter && !$0.isNumber }
        let name =
            method.rawValue.lowercased()
            + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        var members = [
            ("operationId", JSONText.quoted(name)), ("tags", APIText.texts([chapter])),
            ("summary", JSONText.quoted(summary)),
        ]
        switch need {
        case .nothing:
            members.append(("security", "[{},{\"bearer\":[]},{\"session\":[]}]"))
        case .recognition:
            members.append(("description", "\"For everyone who is recognised.\""))
        case .right(let right):
            members += [
                ("description", JSONText.quoted("Needs the right ‘\(right.rawValue)’.")),
                ("x-right", JSONText.quoted(right.rawValue)),
            ]
        }
        if !parameters.isEmpty {
            members.append(("parameters", APIText.list(parameters.map(\.json))))
        }
        if let body {
            members.append(
                (
                    "requestBody",
                    "{\"required\":\(needsBody),\"content\":"
                        + "{\"application/json\":{\"schema\":\(body.json)}}}"
                ))
        }
        let responses =
            answers.map { ("\($0.status)", $0.json) }
            + problems.map { status in
                ("\(status)", "{\"$ref\":\"#/components/responses/Problem\(status)\"}")
            }
        members.append(("responses", APIText.object(responses)))
        return APIText.object(members)
    }
}

/// What comes back when all is well.
struct APIAnswer: Sendable {
    let status: Int
    let words: String
    /// Media types, each with the shape of what is written in it where that is JSON.
    let content: [(type: String, schema: APISchema?)]
    let headers: [String]

    private init(
        _ status: Int, _ words: String, _ content: [(type: String, schema: APISchema?)] = [],
        headers: [String] = []
    ) {
        self.status = status
        self.words = words
        self.content = content
        self.headers = headers
    }

    /// JSON of a shape.
    static func json(
        _ schema: APISchema, _ words: String, status: Int = 200, headers: [String] = []
    ) -> APIAnswer {
        APIAnswer(status, words, [("application/json", schema)], headers: headers)
    }

    /// Something in a media type of its own.
    static func other(_ types: [String], _ words: String, headers: [String] = []) -> APIAnswer {
        APIAnswer(200, words, types.map { ($0, nil) }, headers: headers)
    }

    /// A file in one of some formats.
    static func file(
        _ formats: [ReportFormat], json: APISchema, headers: [String] = []
    ) -> APIAnswer {
        var types: [(type: String, schema: APISchema?)] = []
        for format in formats where !types.contains(where: { $0.type == format.contentType }) {
            types.append((format.contentType, format == .json ? json : nil))
        }
        return APIAnswer(
            200, "The file.", types, headers: ["Content-Disposition"] + headers)
    }

    /// Done, and nothing to tell.
    static let done = APIAnswer(204, "It is done.")
    /// What the caller has is still so.
    static let unchanged = APIAnswer(304, "What the caller has under this ETag is still so.")
    /// The headers of answers that are kept by their ETag.
    static let kept = ["ETag", "Data-Commit", "Source-Positions"]

    /// The answer as JSON.
    var json: String {
        var members = [("description", JSONText.quoted(words))]
        let all = headers + ["X-Request-ID"]
        members.append(
            (
                "headers",
                APIText.object(
                    all.map { ($0, "{\"$ref\":\"#/components/headers/\($0)\"}") })
            ))
        if !content.isEmpty {
            members.append(
                (
                    "content",
                    APIText.object(
                        content.map { type, schema in
                            (type, schema.map { "{\"schema\":\($0.json)}" } ?? "{}")
                        })
                ))
        }
        return APIText.object(members)
    }
}
