import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import ServiceLifecycle
import Store
import Vocabulary

/// The JSON interface under `/api/v1`, and the addresses that a machine watches.
struct APIRoutes: Sendable {
    let desk: AnswerDesk
    let sources: SourceBoard
    let started: Instant
    let exports: ExportDesk
    /// Seconds after which a delivery that is due and not sent is late.
    var lateSeconds = MailServer.usualLateSeconds
    let operation: Oversight
    /// Bytes of a request body that are read.
    static let bodyLimit = 64 << 10

    func add(to router: Router<ReportContext>) {
        router.get("/health") { _, context in
            await health(details: context.principal != nil)
        }
        router.get("/ready") { _, _ in try ready() }
        router.get("/metrics") { _, context in try await measurements(context) }
        let api = router.group("/api/v1")
        api.get("/") { _, _ in Self.json(Self.addresses) }
        api.get("/openapi.json") { request, _ in document(request) }
        api.get("/dashboards") { _, context in try dashboards(context) }
        api.get("/dashboards/{name}") { request, context in
            try await dashboard(request, context)
        }
        api.get("/dashboards/{name}/{file}") { request, context in
            try await chart(request, context)
        }
        api.get("/metrics") { _, context in try metrics(context) }
        api.post("/query") { request, context in try await query(request, context) }
        api.get("/reports") { _, context in try reports(context) }
        api.get("/reports/{file}") { request, context in try await report(request, context) }
        TrustRoutes(desk: desk, audit: exports.audit).add(to: router)
        api.get("/events") { request, context in try events(request, context) }
    }

    private static let addresses: String = {
        let all = APIDocument.operations.map { "\($0.method.rawValue) \($0.path)" }
        return "{\"addresses\":\(APIText.texts(all))}\n"
    }()

    /// The description of all this, which is the same for everyone.
    private static let document = CachedAnswer(body: Array(APIDocument.json.utf8), dataCommit: 0)

    private func document(_ request: Request) -> Response {
        let document = Self.document
        let headers: HTTPFields = [.eTag: document.tag, .cacheControl: "no-cache"]
        if request.has(tag: document.tag) {
            return Response(status: .notModified, headers: headers)
        }
        var response = Self.json(String(decoding: document.body, as: UTF8.self))
        response.headers.append(contentsOf: headers)
        return response
    }

    // MARK: Dashboards

    private func dashboards(_ context: ReportContext) throws -> Response {
        let principal = try context.recognised()
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        let list = desk.shelf.current.analytics.dashboards(withDataIn: snapshot).map {
            "{\"name\":\(JSONText.quoted($0.name)),\"title\":\(JSONText.quoted($0.title)),"
                + "\"description\":\(JSONText.quoted($0.description))}"
        }
        return Self.json("{\"dashboards\":[\(list.joined(separator: ","))]}\n")
    }

    private func dashboard(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let name = try context.parameters.require("name")
        if let point = name.lastIndex(of: ".") {
            let format = try ReportFormat(named: String(name[name.index(after: point)...]))
            return try await file(format, request, context) { [desk] choices in
                try desk.dashboard(String(name[..<point]), choices, for: principal).document
            }
        }
        let answer = try await desk.dashboardBody(
            name, try request.choices(), for: principal, form: "json"
        ) { answer in
            CachedAnswer(
                body: try DashboardJSON.bytes(answer), dataCommit: answer.dataCommit,
                isWhole: answer.cards.allSatisfy { $0.failure == nil })
        }
        return conditional(answer, request, context, contentType: "application/json")
    }

    private func chart(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let values = request.uri.queryParameters
        let picture = try ChartPicture(file: try context.parameters.require("file")) { name in
            values[Substring(name)].map(String.init)
        }
        let answer = try await desk.dashboardBody(
            try context.parameters.require("name"),
            try request.choices(allowing: ChartPicture.parameters), for: principal,
            form: picture.form
        ) { answer in
            CachedAnswer(
                body: try picture.bytes(answer), dataCommit: answer.dataCommit, isWhole: true)
        }
        return conditional(answer, request, context, contentType: picture.format.contentType)
    }

    /// A cached answer, or 304 when the caller has it already.
    private func conditional(
        _ answer: CachedAnswer, _ request: Request, _ context: ReportContext,
        contentType: String
    ) -> Response {
        if answer.isWhole { context.note.give(answer, contentType: contentType) }
        var headers: HTTPFields = [
            .eTag: answer.tag, .cacheControl: "private, no-cache", .vary: "Authorization, Cookie",
        ]
        if let name = HTTPField.Name("Data-Commit") { headers[name] = "\(answer.dataCommit)" }
        if request.has(tag: answer.tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = contentType
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    // MARK: Metrics

    private func metrics(_ context: ReportContext) throws -> Response {
        _ = try context.recognised()
        let all = desk.shelf.current.analytics.metrics.values.sorted { $0.name < $1.name }
        let list = all.map {
            "{\"name\":\(JSONText.quoted($0.name)),\"label\":\(JSONText.quoted($0.label)),"
                + "\"description\":\(JSONText.quoted($0.description))}"
        }
        return Self.json("{\"metrics\":[\(list.joined(separator: ",\n"))]}\n")
    }

    /// What `POST /api/v1/query` takes.
    struct QueryBody: Decodable {
        enum CodingKeys: String, BodyNames {
            case metrics, period, grain, by, `where`, compare, order, limit, target, forecast
            case company, group, knownAt, currency
        }

        let metrics: [String]
        let period: String
        let grain: String?
        let by: [String]?
        let `where`: [String]?
        let compare: String?
        let order: String?
        let limit: Int?
        let target: Bool?
        let forecast: String?
        let company: [String]?
        let group: String?
        let knownAt: String?
        let currency: String?
    }

    private func query(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let body = try await request.json(
            as: QueryBody.self, names: QueryBody.CodingKeys.self, "a question",
            remedy: "send {\"metrics\":[\"revenue\"],\"period\":\"this-month\"}, with "
                + "\"grain\", \"by\", \"where\", \"compare\", \"order\", \"limit\", "
                + "\"target\", \"forecast\", "
                + "\"company\", \"group\", \"knownAt\" and \"currency\" as you need them")
        let choices = ViewChoices(
            companies: body.company ?? [], group: body.group, period: body.period,
            compare: body.compare, conditions: body.where ?? [], knownAt: body.knownAt,
            currency: body.currency)
        let question = try MetricQuestion(
            metrics: body.metrics, choices: choices, grain: body.grain, by: body.by ?? [],
            order: body.order, limit: body.limit, hasTargets: body.target ?? false,
            forecast: body.forecast)
        let text = try await desk.aside { [desk] in
            let answer = try desk.answer(
                question, scope: principal.scope(in: desk.store.schema))
            return try question.json(answer)
        }
        return Self.json(text)
    }

    // MARK: Reports

    private func reports(_ context: ReportContext) throws -> Response {
        let principal = try context.recognised()
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        let list = desk.shelf.current.analytics.reports(withDataIn: snapshot).map { report in
            let formats = report.formats.map { JSONText.quoted($0.rawValue) }
            return "{\"name\":\(JSONText.quoted(report.name)),"
                + "\"title\":\(JSONText.quoted(report.title)),"
                + "\"description\":\(JSONText.quoted(report.description)),"
                + "\"formats\":[\(formats.joined(separator: ","))]}"
        }
        return Self.json("{\"reports\":[\(list.joined(separator: ","))]}\n")
    }

    private func report(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let (name, format) = try ReportFormat.parted(try context.parameters.require("file"))
        return try await self.file(format, request, context) { [desk] choices in
            try desk.report(name, choices, scope: principal.scope(in: desk.store.schema))
        }
    }

    /// A document as a file to take away.
    private func file(
        _ format: ReportFormat, _ request: Request, _ context: ReportContext,
        of document: @escaping @Sendable (ViewChoices) throws -> ReportDocument
    ) async throws -> Response {
        try await FileDownload(desk: desk, audit: exports.audit).answer(
            format, request, context, of: document)
    }

    // MARK: Events

    /// Server-sent events: `commit` whenever rows that the reader may see have changed, and `export`
    /// with an export of theirs that is not as it was.
    ///
    /// It ends with the next sign of life once they are not who they were: whoever may still look asks
    /// again, as what they are now.
    private func events(_ request: Request, _ context: ReportContext) throws -> Response {
        let principal = try context.recognised()
        let (store, sources, exports, clock) = (desk.store, sources, exports, desk.clock)
        let scope = principal.scope(in: store.schema)
        let isAdmin = principal.role == .admin
        let pace = desk.pace
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let news = try CommitNews.stream(of: store, scope: scope, pace: pace)
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                var told = principal.mayExport ? try await exports.list(for: principal) : []
                // An open page must not keep the program from stopping.
                let beats = EventBeat.stream(of: news, exports.news)
                for await beat in beats.cancelOnGracefulShutdown() {
                    if beat == .heartbeat,
                        (try? await context.recognisedAgain?(clock.now())) != principal
                    {
                        break
                    }
                    if case .commit(let commit) = beat {
                        try await writer.write(
                            ByteBuffer(
                                string: "event: commit\ndata: {\"commit\":\(commit)}\n\n"))
                        continue
                    }
                    if principal.mayExport {
                        let now = try await exports.list(for: principal)
                        for export in now where !told.contains(export) {
                            try await writer.write(
                                ByteBuffer(string: "event: export\ndata: \(export.json())\n\n"))
                        }
                        told = now
                    }
                    if beat == .heartbeat {
                        try await writer.write(
                            ByteBuffer(
                                string: "event: sources\ndata: "
                                    + sources.eventJSON(tellingProblems: isAdmin) + "\n\n"))
                    }
                }
                try await writer.finish(nil)
            })
    }

    static func json(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// What moves an event stream: commits, and a regular sign of life.
enum EventBeat: Sendable, Equatable {
    case commit(UInt64)
    case export
    case heartbeat

    /// Seconds between signs of life: short enough that a page notices a dead connection soon.
    static let heartbeatSeconds = 10.0

    static func stream(of commits: AsyncStream<UInt64>, _ news: ExportNews) -> AsyncStream<
        EventBeat
    > {
        AsyncStream(bufferingPolicy: .bufferingNewest(4)) { continuation in
            let exports = Task {
                for await _ in news.beats(every: .seconds(heartbeatSeconds)) {
                    continuation.yield(.export)
                }
            }
            let commits = Task {
                for await commit in commits { continuation.yield(.commit(commit)) }
                continuation.finish()
            }
            let hearts = Task {
                while !Task.isCancelled {
                    continuation.yield(.heartbeat)
                    try? await Task.sleep(for: .seconds(heartbeatSeconds))
                }
            }
            continuation.onTermination = { _ in
                commits.cancel()
                exports.cancel()
                hearts.cancel()
            }
        }
    }
}
