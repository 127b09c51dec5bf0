import HTTPTypes
import Hummingbird
import Vocabulary

/// Refuses those who lack the right that an address is for, before anything is answered there.
///
/// One table names every address. Invariant: a router with an address that is missing from the table
/// is not taken into service, so that no address is ever open by oversight.
struct RightsGate: RouterMiddleware {
    typealias Context = ReportContext

    /// What somebody who was recognised needs at an address.
    enum Need: Sendable, Hashable {
        /// Nothing: it is there for everyone, strangers included.
        case nothing
        /// To be known.
        case recognition
        /// A right.
        case right(Right)
    }

    /// The needs of all addresses, by method and pattern.
    static let needs: [String: Need] = [
        "GET /health": .nothing, "GET /ready": .nothing, "GET /api/v1": .nothing,
        "GET /api/v1/openapi.json": .nothing,
        "GET /metrics": .right(.monitoring),
        "GET /api/v1/dashboards": .right(.dashboards),
        "GET /api/v1/dashboards/{name}": .right(.dashboards),
        "GET /api/v1/dashboards/{name}/{file}": .right(.dashboards),
        "GET /api/v1/events": .right(.dashboards),
        "GET /api/v1/metrics": .right(.metrics), "POST /api/v1/query": .right(.metrics),
        "GET /api/v1/explain": .right(.metrics), "POST /api/v1/explain": .right(.metrics),
        "GET /api/v1/explore.csv": .right(.exports), "GET /api/v1/explore.xlsx": .right(.exports),
        "GET /api/v1/explore.pdf": .right(.exports), "GET /api/v1/explore.json": .right(.exports),
        "GET /api/v1/reports": .right(.reports),
        "GET /api/v1/reports/{file}": .right(.exports),
        "GET /api/v1/restatements/{file}": .right(.exports),
        "GET /api/v1/closes": .right(.reports),
        "GET /api/v1/closes/{id}/{file}": .right(.exports),
        "GET /api/v1/exports": .right(.exports), "POST /api/v1/exports": .right(.exports),
        "GET /api/v1/exports/{id}": .right(.exports),
        "DELETE /api/v1/exports/{id}": .right(.exports),
        "GET /api/v1/exports/{id}/download": .right(.exports),
        "POST /api/v1/exports/{id}/links": .right(.exports),
        "DELETE /api/v1/exports/{id}/links/{link}": .right(.exports),
        "GET /api/v1/audit": .right(.audit), "GET /api/v1/audit.csv": .right(.audit),
        "GET /sign-in": .nothing, "POST /sign-in": .nothing, "POST /sign-out": .nothing,
        "GET /sign-in/provider": .nothing, "GET /sign-in/provider/return": .nothing,
        "GET /": .recognition, "GET /dashboards/{name}": .right(.dashboards),
        "GET /explore": .right(.metrics), "POST /explore": .right(.definitions),
        "GET /own-dashboards": .right(.definitions),
        "POST /own-dashboards/{name}/{action}": .right(.definitions),
        "GET /sources": .right(.monitoring),
        "GET /explain": .right(.metrics), "GET /restatements/{name}": .right(.reports),
        "GET /reports": .right(.reports), "GET /reports/{name}": .right(.reports),
        "GET /users": .right(.users), "POST /users": .right(.users),
        "GET /access": .right(.users), "POST /access": .right(.users),
        "GET /api/v1/users": .right(.users), "POST /api/v1/users": .right(.users),
        "POST /api/v1/users/{name}": .right(.users),
        "DELETE /api/v1/users/{name}": .right(.users),
        "POST /api/v1/users/{name}/invitation": .right(.users),
        "POST /api/v1/users/{name}/reset": .right(.users),
        "GET /api/v1/access": .right(.users), "POST /api/v1/access/keys": .right(.users),
        "POST /api/v1/access/guests": .right(.users),
        "DELETE /api/v1/access/{kind}/{id}": .right(.users),
        "GET /account": .recognition, "POST /account": .recognition,
        "GET /invitation": .nothing, "POST /invitation": .nothing,
        "GET /reset": .nothing, "POST /reset": .nothing,
        "GET /sign-in/forgotten": .nothing, "POST /sign-in/forgotten": .nothing,
        "GET /exports": .right(.exports), "POST /exports": .right(.exports),
        "POST /exports/{id}/{action}": .right(.exports),
        "GET /api/v1/schedules": .right(.schedules),
        "GET /api/v1/schedules/{name}": .right(.schedules),
        "POST /api/v1/schedules/{name}/{action}": .right(.sending),
        "GET /api/v1/deliveries": .right(.schedules),
        "GET /api/v1/deliveries/{id}": .right(.schedules),
        "POST /api/v1/deliveries/{id}/resend": .right(.sending),
        "DELETE /api/v1/deliveries/{id}/links": .right(.sending),
        "GET /api/v1/deliveries/{id}/message.eml": .right(.schedules),
        "GET /api/v1/deliveries/{id}/files/{hash}": .right(.schedules),
        "GET /api/v1/deliveries/{id}/comparison": .right(.schedules),
        "GET /api/v1/suppressions": .right(.sending),
        "DELETE /api/v1/suppressions": .right(.sending),
        "GET /schedules": .right(.schedules), "GET /schedules/{name}": .right(.schedules),
        "GET /schedules/{name}/edit": .right(.sending),
        "POST /schedules/{name}/edit": .right(.sending),
        "POST /schedules/{name}/{action}": .right(.sending),
        "GET /new-schedule": .right(.sending), "POST /new-schedule": .right(.sending),
        "GET /deliveries": .right(.schedules), "GET /deliveries/{id}": .right(.schedules),
        "GET /deliveries/{id}/message": .right(.schedules),
        "POST /deliveries/{id}/resend": .right(.sending),
        "POST /deliveries/{id}/unlink": .right(.sending),
        "POST /deliveries/allow": .right(.sending),
        "GET /files/{token}": .nothing, "GET /unsubscribe/{token}": .nothing,
        "POST /unsubscribe/{token}": .nothing, "GET /guest/{token}": .nothing,
    ]

    /// What stylesheets, scripts and pictures begin with; they hold nothing of anybody.
    private static let assets = "GET /assets/"

    static func need(at address: String) -> Need? {
        address.hasPrefix(assets) ? .nothing : needs[address]
    }

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        if let principal = context.principal, let path = context.endpointPath,
            case .right(let right)? = Self.need(at: "\(request.method.rawValue) \(path)")
        {
            try principal.must(right)
        }
        return try await next(request, context)
    }

    /// Stops the program where an address has no entry in the table, which can only be our mistake.
    static func checkCompleteness(of router: Router<ReportContext>) {
        for route in router.routes {
            let address = "\(route.method.rawValue) \(route.path)"
            precondition(need(at: address) != nil, "\(address) has no entry among the needs")
        }
    }
}
