import HTTPTypes
import Hummingbird

/// Says with every figure how old its sources are: `Source-Positions` of all answers that hold figures.
struct SourceAges: RouterMiddleware {
    typealias Context = ReportContext

    let sources: SourceBoard
    static let header = HTTPField.Name("Source-Positions")
    private static let figures: Set<Right> = [.dashboards, .metrics, .reports, .exports]

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard [.ok, .notModified].contains(response.status), let name = Self.header,
            holdsFigures(request, context)
        else { return response }
        response.headers[name] = sources.header()
        return response
    }

    private func holdsFigures(_ request: Request, _ context: ReportContext) -> Bool {
        guard context.principal != nil else { return false }
        // An application’s own addresses have no entry among the needs.
        guard let route = context.endpointPath else { return context.note.facts.route != nil }
        guard route.hasPrefix("/api/"),
            case .right(let right)? = RightsGate.need(at: "\(request.method.rawValue) \(route)")
        else { return false }
        return Self.figures.contains(right)
    }
}
