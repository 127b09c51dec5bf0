import HTTPTypes
import Hummingbird
import Vocabulary

/// Tells people what is wrong on a page of ours, where a program gets problem details: whoever opens an
/// address that is none, or is not theirs, with a browser.
///
/// A browser says that it shows pages (`Accept`); our script and other programs do not. The interface for
/// programs answers everyone in its own way.
struct PageProblems: RouterMiddleware {
    typealias Context = ReportContext

    let pages: PageRoutes

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            // Who asks too often is told when to come again, in a header.
            guard Self.isForReader(request), !(error is TooManyRequests) else { throw error }
            Problem.log(error, context)
            return pages.problem(Self.advice(error), request, context)
        }
    }

    private static func isForReader(_ request: Request) -> Bool {
        !request.uri.path.hasPrefix("/api/")
            && request.headers[.accept]?.contains("text/html") == true
    }

    private static func advice(_ error: any Error) -> Advice {
        if let http = error as? HTTPError, http.status == .notFound {
            return Advice(
                .unknown, "there is nothing at this address",
                remedy: "check the address, or start from the dashboards")
        }
        return Problem.advice(error)
    }
}
