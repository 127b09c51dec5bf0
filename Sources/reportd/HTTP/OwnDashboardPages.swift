import Analytics
import HTTPTypes
import Hummingbird
import Vocabulary

/// The page on which cards are taken out of dashboards that were made through the pages, and whole
/// dashboards removed.
struct OwnDashboardPages: Sendable {
    static let path = "/own-dashboards"

    let pages: PageRoutes
    let own: OwnDashboards

    func add(to router: Router<ReportContext>) {
        router.get("/own-dashboards") { request, context in
            try await pages.shown(request, context) { principal in
                try shown(request, principal)
            }
        }
        router.post("/own-dashboards/{name}/{action}") { request, context in
            let name = try context.parameters.require("name")
            let action = try context.parameters.require("action")
            return try await pages.sent(request, context) { principal, form in
                do {
                    let done = try await act(action, name, form, principal)
                    return PageRoutes.seeOther(Self.path + "?done=" + done)
                } catch let advice as Advice where advice.kind == .request {
                    return try shown(request, principal, failure: advice)
                }
            }
        }
    }

    private func act(
        _ action: String, _ name: String, _ form: FormFields, _ principal: Principal
    ) async throws -> String {
        let seen = form.text("seen")
        switch action {
        case "take-out":
            try await own.takeOut(form.text("card"), of: name, seen: seen, for: principal)
            return "taken-out"
        case "remove":
            try await own.remove(name, seen: seen, for: principal)
            return "removed"
        default:
            throw Advice(
                .unknown, "there is nothing at this address",
                remedy: "open the page \(Self.path)")
        }
    }

    private func shown(
        _ request: Request, _ principal: Principal, failure: Advice? = nil
    ) throws -> Response {
        let done: OwnDashboardWord? =
            switch request.uri.queryParameters["done"] {
            case "taken-out": .cardTakenOut
            case "removed": .dashboardRemoved
            default: nil
            }
        let entries = try own.entries(for: principal)
        let frame = pages.frame(request, principal, .explore)
        let own: PageValues = [
            "title": OwnDashboardWord.ownDashboards.text(in: frame.locale),
            "done": done.map { $0.text(in: frame.locale) as Any } ?? false,
            "isEmpty": entries.isEmpty, "dashboards": entries.map(Self.values),
        ]
        let values = own.merging(ToldAdvice.values(failure, in: frame.locale)) { $1 }
        return PageRoutes.html(
            pages.renderer.render(frame) { markup in
                markup.page(
                    .ownDashboards,
                    title: OwnDashboardWord.ownDashboards.text(in: frame.locale), values)
            }, status: failure == nil ? .ok : .unprocessableContent)
    }

    private static func values(_ entry: OwnDashboards.Entry) -> PageValues {
        let cards = entry.dashboard.cards
        return [
            "name": entry.dashboard.name, "heading": entry.dashboard.title, "file": entry.file,
            "version": entry.version,
            "cards": cards.map { card -> PageValues in
                ["card": card.name, "cardTitle": card.title, "mayTakeOut": cards.count > 1]
            },
        ]
    }
}
