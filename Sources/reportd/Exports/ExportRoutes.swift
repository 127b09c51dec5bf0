import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Vocabulary

/// Exports in the JSON interface, and the addresses of links to their files.
struct ExportRoutes: Sendable {
    let exports: ExportDesk

    func add(to router: Router<ReportContext>) {
        let api = router.group("/api/v1/exports")
        api.get("/") { _, context in try await list(context) }
        api.post("/") { request, context in try await ask(request, context) }
        api.get("/{id}") { _, context in try await one(context) }
        api.delete("/{id}") { request, context in try await remove(request, context) }
        api.get("/{id}/download") { _, context in try await download(context) }
        api.post("/{id}/links") { request, context in try await link(request, context) }
        api.delete("/{id}/links/{link}") { request, context in
            try await revoke(request, context)
        }
    }

    private func list(_ context: ReportContext) async throws -> Response {
        let texts = try await exports.json(try await exports.list(for: context.recognised()))
        return APIRoutes.json("{\"exports\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    /// The export of a request's address.
    private func export(_ context: ReportContext) async throws -> (Export, Principal) {
        let principal = try context.recognised()
        let id = try context.parameters.require("id")
        return (try await exports.export(id, for: principal), principal)
    }

    private func ask(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let buffer = try await request.body.collect(upTo: APIRoutes.bodyLimit)
        let wanted = try ExportRequest(json: Data(buffer.readableBytesView))
        do {
            let export = try await exports.ask(wanted, for: principal, from: context.address)
            var response = APIRoutes.json(export.json() + "\n")
            response.status = .accepted
            response.headers[.location] = "/api/v1/exports/\(export.id)"
            response.headers[.cacheControl] = "no-store"
            return response
        } catch let advice as Advice where advice.kind == .busy {
            return Problem.response(advice, context, status: .tooManyRequests)
        }
    }

    private func one(_ context: ReportContext) async throws -> Response {
        let (export, _) = try await export(context)
        let text = try await exports.json([export]).joined()
        return APIRoutes.json(text + "\n")
    }

    private func remove(_ request: Request, _ context: ReportContext) async throws -> Response {
        let (export, principal) = try await export(context)
        try await exports.remove(export, for: principal, from: context.address)
        return Response(status: .noContent)
    }

    private func download(_ context: ReportContext) async throws -> Response {
        let (export, principal) = try await export(context)
        let (file, content) = try await exports.open(
            export, for: principal, from: context.address)
        return Self.response(
            file, export.request.format.contentType, content, exports.shelf)
    }

    /// A file as it is sent: in pieces, with its length.
    static func response(
        _ file: Export.File, _ contentType: String, _ content: ExportShelf.Content,
        _ shelf: ExportShelf
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: contentType, .cacheControl: "private, no-store",
            .contentDisposition: "attachment; filename=\"\(file.name)\"",
        ]
        if let name = HTTPField.Name("Content-SHA256") { headers[name] = file.sha256 }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: file.bytes) { writer in
                var pieces = shelf.pieces(content, file)
                while let piece = try await pieces.next() { try await writer.write(piece) }
                try await writer.finish(nil)
            })
    }

    /// What `POST …/links` takes.
    struct LinkBody: Decodable {
        enum CodingKeys: String, BodyNames { case days }

        let days: Int?
    }

    private func link(_ request: Request, _ context: ReportContext) async throws -> Response {
        let (export, principal) = try await export(context)
        let buffer = try await request.body.collect(upTo: APIRoutes.bodyLimit)
        let data = Data(buffer.readableBytesView)
        let body =
            data.isEmpty
            ? LinkBody(days: nil)
            : try JSONBody.read(
                data, as: LinkBody.self, names: LinkBody.CodingKeys.self, "a request for a link",
                remedy: "send {\"days\":7}, or nothing")
        let link = try await exports.link(
            to: export, days: body.days, for: principal, from: context.address)
        var response = APIRoutes.json(link.json() + "\n")
        response.status = .created
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func revoke(_ request: Request, _ context: ReportContext) async throws -> Response {
        let (export, principal) = try await export(context)
        let link = try context.parameters.require("link")
        try await exports.revoke(link, of: export, for: principal, from: context.address)
        return Response(status: .noContent)
    }
}
