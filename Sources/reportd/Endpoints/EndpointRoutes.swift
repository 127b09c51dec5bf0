import Foundation
import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import Reports
import Store
import Vocabulary

/// Answers the addresses of applications' own APIs, as the definitions in force have them.
struct EndpointRoutes: RouterMiddleware {
    typealias Context = ReportContext

    let desk: AnswerDesk
    let key: TokenKey
    let signInDesk: SignInDesk
    let audit: AuditLog
    private let allowance = RequestAllowance()

    init(
        desk: AnswerDesk, key: TokenKey, signInDesk: SignInDesk, audit: AuditLog
    ) {
        self.audit = audit
        self.desk = desk
        self.key = key
        self.signInDesk = signInDesk
    }

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        let address = request.uri.path
        for api in desk.shelf.current.applications {
            let path = api.path(of: address)
            if let signIn = api.signIn, signIn.path == path, request.method == .post {
                context.note.take(route: address)
                return try await self.signIn(request, context, signIn, api)
            }
            if let endpoint = api.endpoints[path], request.method == .get {
                context.note.take(route: address)
                return try await answer(request, context, endpoint, api)
            }
        }
        return try await next(request, context)
    }

    // MARK: Figures

    private func answer(
        _ request: Request, _ context: ReportContext, _ endpoint: Endpoint,
        _ api: ApplicationAPI
    ) async throws -> Response {
        let principal = try context.recognised()
        let now = desk.clock.now()
        let ticket = allowance.take(
            for: "\(api.name) \(principal.name) \(principal.role.rawValue)"
                + " \(principal.userKey ?? "")", limit: api.requestsPerHour, now: now)
        var response: Response
        do {
            response =
                ticket.isGranted
                ? try await granted(request, context, endpoint, api, principal, now)
                : ApplicationError.tooMany(retryAfter: ticket.reset - now.seconds)
        } catch {
            response = ApplicationError.response(error, context)
        }
        for (name, value) in [
            ("X-RateLimit-Limit", "\(ticket.limit)"),
            ("X-RateLimit-Remaining", "\(ticket.remaining)"),
            ("X-RateLimit-Reset", "\(ticket.reset)"),
        ] {
            if let field = HTTPField.Name(name) { response.headers[field] = value }
        }
        return response
    }

    private func granted(
        _ request: Request, _ context: ReportContext, _ endpoint: Endpoint,
        _ api: ApplicationAPI, _ principal: Principal, _ now: Instant
    ) async throws -> Response {
        try principal.must(.metrics)
        if endpoint.needsExportRight { try principal.must(.exports) }
        let companies = try await desk.aside { [desk] in
            try desk.companies(using: api, for: principal)
        }
        let choices = try EndpointChoices(request, endpoint, companies: companies, now: now)
        switch endpoint.answer {
        case .shape(let shape):
            let answer = try await desk.body(
                of: endpoint, in: shape, of: api, choices, for: principal)
            return response(answer, request)
        case .file(let report, let name):
            let bytes = try await desk.aside { [desk] in
                var view = choices.view
                if view.from == nil { view.period = endpoint.days?.standard.description }
                return try desk.file(of: report, view, for: principal)
            }
            try await audit.enterDownload(
                of: report, .csv, choices: request.uri.query ?? "", bytes: bytes, by: principal,
                from: context.address)
            let today = (companies.first?.zone ?? .utc).day(of: now)
            let file = name.replacing("<date>", with: "\(today)")
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/csv; charset=utf-8", .cacheControl: "private, no-store",
                    .contentDisposition: "attachment; filename=\"\(file)\"",
                ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }

    private func response(_ answer: CachedAnswer, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .eTag: answer.tag, .cacheControl: "private, no-cache", .vary: "Authorization, Cookie",
        ]
        if let name = HTTPField.Name("Data-Commit") { headers[name] = "\(answer.dataCommit)" }
        // A shape has no place for what is missing from its figures.
        if !answer.remarks.isEmpty, let name = HTTPField.Name("X-Remarks") {
            headers[name] = answer.remarks.joined(separator: "; ")
                .addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed)
        }
        if request.has(tag: answer.tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    // MARK: Signing in

    private struct Credentials: Decodable {
        let email: String?
        let password: String?
    }

    private func signIn(
        _ request: Request, _ context: ReportContext, _ signIn: ApplicationAPI.SignIn,
        _ api: ApplicationAPI
    ) async throws -> Response {
        let buffer = try await request.body.collect(upTo: APIRoutes.bodyLimit)
        let body = try? JSONDecoder().decode(
            Credentials.self, from: Data(buffer.readableBytesView))
        let name = body?.email ?? ""
        let password = body?.password ?? ""
        let missing = [("email", name), ("password", password)].filter(\.1.isEmpty).map {
            FieldMistakes.Mistake(field: $0.0, message: "\($0.0) should not be empty")
        }
        guard missing.isEmpty else { throw FieldMistakes(missing) }
        let found = try await signInDesk.principal(
            name: name, password: password, context, subject: api.name)
        guard let principal = found else {
            throw Advice(
                .unauthenticated, "the email or the password is not right",
                remedy: "try again, or ask an administrator for a new password")
        }
        let token = try await signInDesk.begin(principal, .login, request, context)
        let user = try await desk.aside { [self] in try self.user(principal, signIn, api) }
        var response = APIRoutes.json(
            "{\"access_token\":\(JSONText.quoted(token)),\"user\":\(user)}\n")
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Who has signed in, as the application tells it.
    private func user(
        _ principal: Principal, _ signIn: ApplicationAPI.SignIn, _ api: ApplicationAPI
    ) throws -> String {
        // Their own name, not rows of theirs: limits of the role do not apply.
        let scope = Scope(companies: principal.scope(in: desk.store.schema).companies)
        var name = principal.name
        if let text = principal.userKey {
            let rowKey = RowKey(uuid: text) ?? Int64(text).map(RowKey.integer) ?? .text(text)
            let found = try desk.store.snapshot(scope).records(
                model: signIn.model, columns: [ColumnPath("name")],
                of: [RowName(origin: signIn.source, key: rowKey)])
            if case .text(let own)? = found.first?.cells.first { name = own }
        }
        var organization = "null"
        if let company = try desk.companies(using: api, for: principal).first {
            let source = desk.shelf.current.sources.first { $0.name == signIn.source }
            let type = source?.tenantWord(of: company.code) ?? company.code
            organization =
                "{\"id\":\(JSONText.quoted(company.code)),"
                + "\"name\":\(JSONText.quoted(company.name)),\"type\":\(JSONText.quoted(type))}"
        }
        return "{\"id\":\(JSONText.quoted(principal.userKey ?? principal.name)),"
            + "\"email\":\(JSONText.quoted(principal.name)),\"name\":\(JSONText.quoted(name)),"
            + "\"role\":\(JSONText.quoted(principal.role.rawValue)),"
            + "\"organization\":\(organization)}"
    }
}
