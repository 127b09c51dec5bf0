import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Reports
import Store
import Vocabulary

/// The web pages: sign-in, dashboards and reports.
struct PageRoutes: Sendable {
    let desk: AnswerDesk
    let sources: SourceBoard
    let key: TokenKey
    /// The address that readers use.
    let publicAddress: String
    let renderer = PageRenderer()
    let signInDesk: SignInDesk
    let access: AccessDesk

    init(
        desk: AnswerDesk, sources: SourceBoard, key: TokenKey, publicAddress: String,
        signInDesk: SignInDesk, access: AccessDesk
    ) {
        self.access = access
        self.signInDesk = signInDesk
        self.publicAddress = publicAddress
        self.desk = desk
        self.sources = sources
        self.key = key
    }

    /// Bytes of a form that are read; a definition is the longest.
    private static let formLimit = 48 << 10

    func add(to router: Router<ReportContext>) {
        for asset in renderer.assets.all {
            router.get(RouterPath(asset.path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: asset.contentType, .cacheControl: asset.cacheControl,
                    ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
            }
        }
        router.get("/sign-in") { request, context in try await signInPage(request, context) }
        router.post("/sign-in") { request, context in try await signIn(request, context) }
        router.post("/sign-out") { request, context in try await signOut(request, context) }
        router.get("/") { request, context in
            try await shown(request, context) { principal in try home(principal) }
        }
        router.get("/dashboards/{name}") { request, context in
            let name = try context.parameters.require("name")
            return try await shown(request, context) { principal in
                try await dashboard(name, request, principal)
            }
        }
        router.get("/explain") { request, context in
            try await shown(request, context) { principal in
                try await explanation(request, principal)
            }
        }
        router.get("/restatements/{name}") { request, context in
            let name = try context.parameters.require("name")
            return try await shown(request, context) { principal in
                try await restatement(name, request, principal)
            }
        }
        router.get("/reports") { request, context in
            try await shown(request, context) { principal in try reports(request, principal) }
        }
        router.get("/reports/{name}") { request, context in
            let name = try context.parameters.require("name")
            return try await shown(request, context) { principal in
                try await report(name, request, principal)
            }
        }
    }

    // MARK: Frames

    func locale(_ request: Request) -> ReportLocale {
        ReportLocale(
            LanguageChoice.best(of: request.headers[.acceptLanguage] ?? ""),
            words: desk.shelf.current.analytics.words)
    }

    func frame(
        _ request: Request, _ principal: Principal?, _ area: PageFrame.Area?
    ) -> PageFrame {
        PageFrame(
            locale: locale(request),
            viewer: principal.map {
                PageViewer(
                    name: $0.name, formToken: key.formToken(session(of: request)),
                    mayExport: $0.mayExport, maySchedule: $0.rights.contains(.schedules),
                    maySend: $0.rights.contains(.sending),
                    mayDefine: $0.rights.contains(.definitions),
                    mayAdminister: $0.rights.contains(.users))
            }, area: area)
    }

    func session(of request: Request) -> String {
        request.cookies[Recognition.cookie]?.value ?? "nobody"
    }

    static func html(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "private, no-store",
        ]
        headers[.vary] = PageHeaders.vary
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A page for someone signed in; others are asked to sign in, and problems become a page.
    func shown(
        _ request: Request, _ context: ReportContext,
        _ page: (Principal) async throws -> Response
    ) async throws -> Response {
        guard let principal = context.principal else {
            let next =
                request.uri.string.addingPercentEncoding(
                    withAllowedCharacters: .alphanumerics) ?? ""
            return Self.seeOther("/sign-in?next=\(next)")
        }
        do {
            return try await page(principal)
        } catch {
            Problem.log(error, context)
            return problem(Problem.advice(error), request, context)
        }
    }

    /// A page that says what is wrong, for whoever asks.
    func problem(_ advice: Advice, _ request: Request, _ context: ReportContext) -> Response {
        let body = renderer.render(
            ErrorPage(
                frame: frame(request, context.principal, nil), status: advice.kind.status.code,
                advice: advice, requestID: context.requestID))
        return Self.html(body, status: advice.kind.status)
    }

    /// Answers a form of a signed-in reader, which has to be of their present session.
    func sent(
        _ request: Request, _ context: ReportContext,
        _ answer: (Principal, FormFields) async throws -> Response
    ) async throws -> Response {
        try await shown(request, context) { principal in
            let fields = try await fields(request)
            guard fields.last["token"] == key.formToken(session(of: request)) else {
                throw Advice(
                    .denied, "this form is not of your present session",
                    remedy: "open the page again and repeat what you did")
            }
            return try await answer(principal, fields)
        }
    }

    static func seeOther(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }

    // MARK: Signing in

    /// The scheme, host and port of an address, as browsers name them.
    static func origin(of address: String) -> String {
        address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    /// Where readers find us.
    var ownOrigin: String { Self.origin(of: publicAddress) }

    /// The page on which people sign in, with the ways that are open.
    func signInPage(
        _ request: Request, next: String, name: String = "", failure: Advice? = nil
    ) -> SignInPage {
        let path = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return SignInPage(
            frame: frame(request, nil, nil), formToken: key.formToken("nobody"), name: name,
            failure: failure, next: next, hasPassword: access.settings.hasLocalSignIn,
            provider: access.settings.provider.map {
                PageLink(title: $0.title, path: "/sign-in/provider?next=\(path)")
            })
    }

    private func signInPage(
        _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        let next = Self.ownPath(request.uri.queryParameters["next"].map(String.init))
        if context.principal != nil { return Self.seeOther(next) }
        return Self.html(renderer.render(signInPage(request, next: next)))
    }

    private func signIn(_ request: Request, _ context: ReportContext) async throws -> Response {
        let form = try await self.form(request)
        let next = Self.ownPath(form["next"])
        let name = form["name"] ?? ""
        guard form["token"] == key.formToken("nobody") else {
            return Self.seeOther("/sign-in")
        }
        let password = form["password"] ?? ""
        let found: Principal?
        do {
            found = try await signInDesk.principal(
                name: name, password: password, context, subject: "page")
        } catch let tooMany as TooManyRequests {
            let page = signInPage(request, next: next, name: name, failure: tooMany.advice)
            var response = Self.html(renderer.render(page), status: .tooManyRequests)
            response.headers[.retryAfter] = "\(tooMany.retryAfter)"
            return response
        }
        guard let principal = found else {
            let page = signInPage(
                request, next: next, name: name,
                failure: Advice(
                    .unauthenticated, "the name or the password is not right",
                    remedy: "try again, or ask an administrator for a new password"))
            return Self.html(renderer.render(page), status: .unauthorized)
        }
        return signedIn(
            try await signInDesk.begin(principal, .session, request, context), next, context)
    }

    private func signOut(_ request: Request, _ context: ReportContext) async throws -> Response {
        let form = try await self.form(request)
        guard form["token"] == key.formToken(session(of: request)) else {
            return Self.seeOther("/")
        }
        if let session = context.session { try await access.sessions.leave(session) }
        var response = Self.seeOther("/sign-in")
        response.setCookie(cookie("", seconds: 0, context))
        return response
    }

    /// Leads on with the cookie of a session that has begun.
    func signedIn(_ token: String, _ next: String, _ context: ReportContext) -> Response {
        var response = Self.seeOther(next)
        response.setCookie(cookie(token, seconds: Int(Recognition.sessionSeconds), context))
        return response
    }

    func cookie(_ value: String, seconds: Int, _ context: ReportContext) -> Cookie {
        return Cookie(
            name: Recognition.cookie, value: value, maxAge: seconds, path: "/",
            secure: context.isSecure, httpOnly: true, sameSite: .lax)
    }

    func form(_ request: Request) async throws -> [String: String] {
        try await fields(request).last
    }

    /// The fields of a form, several of one name among them.
    func fields(_ request: Request) async throws -> FormFields {
        let buffer = try await request.body.collect(upTo: Self.formLimit)
        var fields = FormFields()
        for pair in String(buffer: buffer).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            if texts.count == 2 { fields.pairs.append((texts[0], texts[1])) }
        }
        return fields
    }

    /// A path of our own to go on to; anything that could lead elsewhere becomes `/`.
    static func ownPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { return "/" }
        return text
    }

    // MARK: Dashboards

    private func home(_ principal: Principal) throws -> Response {
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        let definitions = desk.shelf.current.analytics
        let first =
            definitions.dashboards(withDataIn: snapshot).first
            ?? definitions.dashboards
            .values.min { $0.name < $1.name }
        return Self.seeOther(first.map { "/dashboards/\($0.name)" } ?? "/reports")
    }

    private func dashboard(
        _ name: String, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let choices = try request.choices()
        let frame = frame(request, principal, .dashboards)
        // What changes with the reader or by the second stands outside this part of the page, so
        // that one rendering serves all who see the same.
        let part = try await desk.dashboardBody(
            name, choices, for: principal, form: "page \(frame.locale.form)"
        ) { [desk, renderer] answer in
            let page = try renderer.renderFragment(
                try PageAssembly(desk: desk, principal: principal).dashboard(
                    answer, choices, frame: frame, sources: []))
            return CachedAnswer(
                body: page.html, dataCommit: answer.dataCommit, version: page.version,
                isWhole: page.failures.isEmpty)
        }
        guard !Self.isFragment(request) else { return Self.fragment(part, for: request) }
        let around = PageAssembly(desk: desk, principal: principal).surroundings(
            try desk.shelf.current.analytics.dashboard(name), choices, frame: frame,
            sources: sources.freshness(tellingProblems: principal.role == .admin))
        return Self.html(renderer.document(around: part.body, frame: frame, around))
    }

    /// A part of a page that is open already, unless the browser has it.
    static func fragment(_ part: CachedAnswer, for request: Request) -> Response {
        var response = html(part.body)
        response.headers[.eTag] = part.tag
        response.headers[.cacheControl] = "private, no-cache"
        if request.has(tag: part.tag) {
            return Response(status: .notModified, headers: response.headers)
        }
        return response
    }

    /// Whether a page that is open already asks for its `main` element.
    static func isFragment(_ request: Request) -> Bool {
        HTTPField.Name(PageHeaders.fragmentName).flatMap { request.headers[$0] }
            == PageHeaders.fragmentValue
    }

    // MARK: Reports

    private func reports(_ request: Request, _ principal: Principal) throws -> Response {
        let entries = try PageAssembly(desk: desk, principal: principal).reportEntries(
            locale(request))
        return Self.html(
            renderer.render(
                ReportListPage(frame: frame(request, principal, .reports), reports: entries)))
    }

    private func report(
        _ name: String, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let choices = try request.choices()
        let frame = frame(request, principal, .reports)
        let page = try await desk.aside { [desk, renderer] in
            let document = try desk.report(
                name, choices, scope: principal.scope(in: desk.store.schema))
            let page = try PageAssembly(desk: desk, principal: principal).report(
                document, choices, frame: frame)
            return try renderer.render(page)
        }
        return Self.html(page.html)
    }
}

extension PageRoutes {
    // MARK: Where figures come from

    fileprivate func explanation(
        _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let asked = try request.explainQuestion()
        let frame = frame(request, principal, nil)
        let page = try await desk.aside { [desk, renderer] in
            let figures = try desk.explain(asked, scope: principal.scope(in: desk.store.schema))
            return try renderer.render(
                PageAssembly(desk: desk, principal: principal).explanation(
                    figures, asked, frame: frame))
        }
        return Self.html(page.html)
    }

    fileprivate func restatement(
        _ name: String, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let choices = try request.choices(allowing: [.since])
        let since = request.uri.queryParameters["since"].map(String.init)
        let question = RestatementQuestion(
            name: name, choices: choices, since: try RestatementQuestion.since(since))
        let frame = frame(request, principal, .reports)
        let page = try await desk.aside { [desk, renderer] in
            let document = try desk.restatement(
                question, scope: principal.scope(in: desk.store.schema))
            return try renderer.render(
                PageAssembly(desk: desk, principal: principal).restatement(
                    document, question, since: since ?? "", frame: frame))
        }
        return Self.html(page.html)
    }
}

/// The language that a browser asks for, among those we have.
enum LanguageChoice {
    /// The first language of an `Accept-Language` header that we know; English otherwise.
    ///
    /// Browsers list languages by preference, so weights need not be compared.
    static func best(of header: String) -> String {
        for part in header.split(separator: ",") {
            let tag = part.split(separator: ";")[0].trimmingCharacters(in: .whitespaces)
            if ReportLocale.tags.contains(tag) { return tag }
            let language = tag.split(separator: "-").first.map(String.init) ?? ""
            if ReportLocale.tags.contains(language) { return language }
        }
        return "en"
    }
}
