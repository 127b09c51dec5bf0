import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Store
import Vocabulary

/// The page of exports, its forms, and the addresses of links.
struct ExportPages: Sendable {
    let pages: PageRoutes
    let exports: ExportDesk

    private var desk: AnswerDesk { pages.desk }

    func add(to router: Router<ReportContext>) {
        router.get("/exports") { request, context in
            try await pages.shown(request, context) { principal in
                try await list(request, principal)
            }
        }
        router.post("/exports") { request, context in
            try await changed(request, context) { principal, form in
                try await ask(form, principal, context)
            }
        }
        router.post("/exports/{id}/{action}") { request, context in
            try await changed(request, context) { principal, form in
                try await act(form, principal, context)
            }
        }
        router.get("/files/{token}") { request, context in try await file(request, context) }
    }

    // MARK: The page

    private func list(
        _ request: Request, _ principal: Principal, failure: Advice? = nil
    ) async throws -> Response {
        let all = try await exports.list(for: principal)
        let links = try await exports.links(to: all)
        let codes = desk.store.schema.companies.companies.filter {
            principal.companies.contains($0.code)
        }
        let page = ExportListPage(
            frame: pages.frame(request, principal, .exports),
            entries: all.map { export in
                ExportListPage.Entry(
                    export: export,
                    owner: export.owner.name == principal.name ? nil : export.owner.name,
                    links: (links[export.id] ?? []).filter { $0.address != nil })
            }, zone: codes.first?.zone ?? .utc, failure: failure)
        guard PageRoutes.isFragment(request) else {
            return PageRoutes.html(
                pages.renderer.render(page).html, status: failure == nil ? .ok : .tooManyRequests)
        }
        let part = pages.renderer.renderFragment(page)
        var response = PageRoutes.html(part.html)
        let tag = "\"\(part.version)\""
        response.headers[.eTag] = tag
        if request.has(tag: tag) {
            return Response(status: .notModified, headers: response.headers)
        }
        return response
    }

    /// Answers a form of a signed-in reader, and leads back to the list.
    private func changed(
        _ request: Request, _ context: ReportContext,
        _ change: (Principal, [String: String]) async throws -> Void
    ) async throws -> Response {
        try await pages.sent(request, context) { principal, form in
            do {
                try await change(principal, form.last)
            } catch let advice as Advice where advice.kind == .busy {
                return try await list(request, principal, failure: advice)
            }
            return PageRoutes.seeOther("/exports")
        }
    }

    private func ask(
        _ form: [String: String], _ principal: Principal, _ context: ReportContext
    ) async throws {
        let wanted = try ExportRequest(
            json: Data((form["request"] ?? "").utf8), format: form["format"])
        _ = try await exports.ask(wanted, for: principal, from: context.address)
    }

    private func act(
        _ form: [String: String], _ principal: Principal, _ context: ReportContext
    ) async throws {
        let export = try await exports.export(
            try context.parameters.require("id"), for: principal)
        switch try context.parameters.require("action") {
        case "remove":
            try await exports.remove(export, for: principal, from: context.address)
        case "link":
            _ = try await exports.link(
                to: export, days: nil, for: principal, from: context.address)
        case "revoke":
            try await exports.revoke(
                form["link"] ?? "", of: export, for: principal, from: context.address)
        default:
            throw Advice(
                .unknown, "there is nothing at this address", remedy: "open the list of exports")
        }
    }

    // MARK: Links

    /// A file for somebody without sign-in; who has no link in force gets a page that says so.
    private func file(_ request: Request, _ context: ReportContext) async throws -> Response {
        do {
            let linked = try await exports.open(
                token: try context.parameters.require("token"), from: context.address,
                log: context.logger)
            return ExportRoutes.response(
                linked.file, linked.contentType, linked.content, exports.shelf)
        } catch let advice as Advice {
            guard request.headers[.accept]?.contains("text/html") == true else { throw advice }
            let frame = PageFrame(locale: pages.locale(request))
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
}
