import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Reports
import Vocabulary

/// The one dashboard that a guest link shows, also in a frame of the pages that it names.
///
/// A guest has no account, and so no stream of events: a page that is open asks for itself every few
/// seconds, and mostly hears that nothing has changed. Each time the link is looked at, so that one that is
/// over takes its figures off the screen.
struct GuestPages: Sendable {
    let pages: PageRoutes
    let book: GuestBook
    let clock: WallClock

    /// Seconds between two questions of a page that is open.
    static let pollSeconds = 15

    /// What guests may choose; conditions and older states would show more than was given away.
    private static let choices = ["company", "period", "from", "to", "compare"]

    func add(to router: Router<ReportContext>) {
        router.get("/guest/{token}") { request, context in try await show(request, context) }
    }

    private func show(_ request: Request, _ context: ReportContext) async throws -> Response {
        let token = try context.parameters.require("token")
        var frame = PageFrame(locale: pages.locale(request))
        frame.isGuest = true
        do {
            let link = try await book.link(of: token, now: clock.now())
            let choices = try Self.choices(of: request)
            let (desk, renderer, shown) = (pages.desk, pages.renderer, frame)
            let make: @Sendable (DashboardAnswer) throws -> DashboardPage = { answer in
                try PageAssembly(desk: desk, principal: link.principal)
                    .guestDashboard(answer, choices, frame: shown, path: "/guest/\(token)")
            }
            var response: Response
            if PageRoutes.isFragment(request) {
                // The pickers' form leads back to this link, so that each has its own rendering.
                let part = try await desk.dashboardBody(
                    link.dashboard, choices, for: link.principal,
                    form: "guest \(frame.locale.form) \(token)"
                ) { answer in
                    let page = try renderer.renderFragment(make(answer))
                    return CachedAnswer(
                        body: page.html, dataCommit: answer.dataCommit, version: page.version,
                        isWhole: page.failures.isEmpty)
                }
                response = PageRoutes.fragment(part, for: request)
            } else {
                response = PageRoutes.html(
                    try await desk.aside {
                        try renderer.render(
                            make(try desk.dashboard(link.dashboard, choices, for: link.principal))
                        ).html
                    })
            }
            SafetyHeaders.allowFrames(of: link.frames, in: &response)
            return response
        } catch {
            let advice = Problem.advice(error)
            Problem.log(error, context)
            return PageRoutes.html(
                pages.renderer.render(
                    ErrorPage(
                        frame: frame, status: advice.kind.status.code, advice: advice,
                        requestID: context.requestID,
                        link: PageLink(
                            title: PageWord.signIn.text(in: frame.locale), path: "/sign-in"))),
                status: advice.kind.status)
        }
    }

    private static func choices(of request: Request) throws -> ViewChoices {
        for (name, _) in request.uri.queryParameters where !choices.contains(String(name)) {
            throw Advice(
                .request, "a guest cannot choose ‘\(name)’",
                remedy: Spelling.remedy(for: String(name), legal: choices))
        }
        return try request.choices()
    }
}

extension PageAssembly {
    /// A dashboard by itself: nothing on it leads to where a guest may not go.
    func guestDashboard(
        _ answer: DashboardAnswer, _ choices: ViewChoices, frame: PageFrame, path: String
    ) throws -> DashboardPage {
        let full = try dashboard(answer, choices, frame: frame, sources: [])
        return DashboardPage(
            frame: frame, path: path, title: full.title, companies: full.companies,
            periods: full.periods, comparisons: full.comparisons,
            comparedWith: full.comparedWith,
            cards: full.cards.map { card in
                var card = card
                card.explanations = [:]
                return card
            }, provenance: full.provenance, sources: [], now: full.now,
            notices: full.notices.map { PageNotice(text: $0.text, links: []) },
            knownAt: full.knownAt, events: nil, pollSeconds: GuestPages.pollSeconds)
    }
}
