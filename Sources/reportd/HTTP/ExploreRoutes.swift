import Analytics
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Store
import Vocabulary

/// The page on which a reader puts a question together, its answer as a file, and the form that keeps it
/// as a card.
///
/// The address is the question: whoever gets it sees the same, within their own rights. The form is sent
/// to it, too.
struct ExploreRoutes: Sendable {
    let pages: PageRoutes
    let audit: AuditLog

    private var desk: AnswerDesk { pages.desk }

    static let formats: [ReportFormat] = [.xlsx, .csv, .pdf, .json]
    /// Members that may be shown.
    static let mostMembers = 1...1000

    func add(to router: Router<ReportContext>) {
        router.get("/explore") { request, context in
            try await pages.shown(request, context) { principal in
                try await page(request, principal)
            }
        }
        router.post("/explore") { request, context in
            try await pages.sent(request, context) { principal, form in
                try await keep(form, request, principal)
            }
        }
        for format in Self.formats {
            router.get("/api/v1/explore.\(format.rawValue)") { request, context in
                try await file(format, request, context)
            }
        }
    }

    private var own: OwnDashboards { OwnDashboards(desk: desk, audit: audit) }

    /// Keeps the question as a card, and leads on to its dashboard.
    private func keep(
        _ form: FormFields, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let choices = try request.choices(allowing: Self.parameters)
        let wish = OwnDashboards.Wish(
            title: form.text("title"), dashboard: form.text("dashboard"), name: form.text("name"),
            heading: form.text("heading"))
        do {
            let name = try await own.keep(
                try Self.exploration(request), choices, as: wish, for: principal)
            // The company stays chosen, as dashboards have a picker for it and cards have none.
            var chosen = ViewChoices()
            (chosen.companies, chosen.group) = (choices.companies, choices.group)
            return PageRoutes.seeOther(
                PageAssembly.address("/dashboards/\(name)", chosen) + "#main")
        } catch let advice as Advice
            where [.request, .definition, .unknown].contains(advice.kind)
        {
            return try await page(request, principal, wish, failure: advice)
        }
    }

    private func page(
        _ request: Request, _ principal: Principal, _ wish: OwnDashboards.Wish? = nil,
        failure: Advice? = nil
    ) async throws -> Response {
        let choices = try request.choices(allowing: Self.parameters)
        let asked = try Self.exploration(request)
        let frame = pages.frame(request, principal, .explore)
        let page = try await desk.aside { [desk, own, renderer = pages.renderer] in
            var page = try PageAssembly(desk: desk, principal: principal).exploration(
                asked, choices, frame: frame)
            if let viewer = frame.viewer, viewer.mayDefine {
                page.keeping = ExplorePage.Keeping(
                    wish: wish ?? OwnDashboards.Wish(title: page.title),
                    dashboards: try own.entries(for: principal).map {
                        ($0.dashboard.name, frame.locale.named($0.dashboard.title))
                    }, isNew: wish?.dashboard.isEmpty, failure: failure,
                    formToken: viewer.formToken)
            }
            return try renderer.render(page)
        }
        return PageRoutes.html(page.html, status: failure == nil ? .ok : .unprocessableContent)
    }

    private func file(
        _ format: ReportFormat, _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        let principal = try context.recognised()
        let asked = try Self.exploration(request)
        return try await FileDownload(desk: desk, audit: audit).answer(
            format, request, context, allowing: Self.parameters, table: "table"
        ) { [desk] choices in try desk.explore(asked, choices, for: principal).document }
    }

    /// The question in an address; empty values are those of pickers where nothing was chosen.
    private static func exploration(_ request: Request) throws -> Exploration {
        func all(_ name: Substring) -> [String] {
            request.uri.queryParameters[values: name]
                .flatMap { $0.split(separator: ",") }.map(String.init)
        }
        func word<Word: RawRepresentable<String>>(
            _ name: Substring, _ thing: String, among legal: [Word]
        ) throws -> Word? {
            guard let text = all(name).first else { return nil }
            if let found = legal.first(where: { $0.rawValue == text }) { return found }
            throw Advice(
                .request, "‘\(text)’ is not a \(thing)",
                remedy: Spelling.remedy(for: text, legal: legal.map(\.rawValue)))
        }
        var asked = Exploration(
            metrics: all("metric"), by: all("by"),
            grain: try word("grain", "grain", among: Grain.allCases),
            form: try word("as", "form", among: Exploration.forms))
        if let text = all("top").first {
            guard let top = Int(text), Self.mostMembers.contains(top) else {
                throw Advice(
                    .request, "‘\(text)’ is not a number of members",
                    remedy: "use a whole number from 1 to 1000")
            }
            asked.top = top
        }
        return asked
    }
}

extension AnswerDesk {
    /// The answer to a question that somebody put together.
    func explore(
        _ asked: Exploration, _ choices: ViewChoices, for principal: Principal
    ) throws -> DashboardAnswer {
        let definitions = shelf.current.analytics
        let labels = try asked.metrics.map { try definitions.metric($0).label }
        let dashboard = try definitions.dashboard(
            of: asked, titled: labels.joined(separator: ", "),
            period: try choices.periodName() ?? Self.explored)
        let snapshot = try store.snapshot(
            principal.scope(in: store.schema), of: choices.selection(), at: choices.moment())
        return try definitions.answer(
            dashboard, try choices.request(), on: snapshot, now: clock.now())
    }

    /// The period that is explored when none is chosen.
    static var explored: PeriodName { get throws { try PeriodName("last-12-months") } }
}
