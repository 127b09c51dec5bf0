import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Vocabulary

/// `GET /api/v1/audit`: the audit log, for administrators.
struct AuditRoutes: Sendable {
    let audit: AuditLog
    /// Entries of one answer.
    static let most = 10_000

    func add(to router: Router<ReportContext>) {
        let api = router.group("/api/v1")
        api.get("/audit") { request, context in try await list(request, context, isCSV: false) }
        api.get("/audit.csv") { request, context in try await list(request, context, isCSV: true) }
    }

    private func list(
        _ request: Request, _ context: ReportContext, isCSV: Bool
    ) async throws -> Response {
        let principal = try context.recognised()
        try principal.must(.audit)
        let entries = try await audit.entries(try Self.question(request))
        guard isCSV else {
            return APIRoutes.json(
                "{\"entries\":[\(entries.map { $0.json() }.joined(separator: ",\n"))]}\n")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "private, no-store",
                .contentDisposition: "attachment; filename=\"audit.csv\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: try AuditLog.csv(entries))))
    }

    private static func question(_ request: Request) throws -> AuditLog.Question {
        var question = AuditLog.Question()
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            switch Name(rawValue: String(name)) {
            case .kind: question.kind = text
            case .who: question.who = text
            case .since: question.since = try moment(text)
            case .after: question.after = try number(text, 0...Int64.max)
            case .limit: question.limit = Int(try number(text, 1...Int64(most)))
            case nil:
                throw Advice(
                    .request, "the parameter ‘\(name)’ is not known",
                    remedy: Spelling.remedy(
                        for: String(name), legal: Name.allCases.map(\.rawValue)))
            }
        }
        return try question.checked()
    }

    private static func number(_ text: String, _ range: ClosedRange<Int64>) throws -> Int64 {
        guard let number = Int64(text), range.contains(number) else {
            throw Advice(
                .request,
                "‘\(text)’ is not a number from \(range.lowerBound) to \(range.upperBound)",
                remedy: "write digits")
        }
        return number
    }

    /// Reads a moment.
    ///
    /// - Throws: `Advice` for anything else.
    static func moment(_ text: String) throws -> Instant {
        guard let instant = Instant(text) else {
            throw Advice(
                .request, "‘\(text)’ is not a moment", remedy: "write it as 2026-11-20T12:00:00Z")
        }
        return instant
    }
}

/// Enters in the audit log who was denied what.
struct DenialAudit: RouterMiddleware {
    typealias Context = ReportContext

    let audit: AuditLog

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            if response.status == .forbidden { await enter(request, context) }
            return response
        } catch {
            if Problem.advice(error).kind == .denied { await enter(request, context) }
            throw error
        }
    }

    private func enter(_ request: Request, _ context: ReportContext) async {
        await audit.enterRefusal(
            AuditEvent(
                kind: .denied, who: context.principal?.name ?? "", address: context.address,
                subject: AuditEvent.subject(of: request, context),
                details: context.principal.map { ["role": $0.role.rawValue] } ?? [:]),
            log: context.logger)
    }
}

extension AuditEvent {
    /// A request as the log names it: method and path, without the token of an address that has one.
    static func subject(of request: Request, _ context: ReportContext) -> String {
        let route = context.endpointPath ?? ""
        return "\(request.method.rawValue) \(route.contains("{token}") ? route : request.uri.path)"
    }
}
