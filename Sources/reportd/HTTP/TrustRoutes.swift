import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Store
import Vocabulary

/// The part of the JSON interface that tells where figures come from and what became of them:
/// explanations, restatements and closed periods.
struct TrustRoutes: Sendable {
    let desk: AnswerDesk
    let audit: AuditLog

    func add(to router: Router<ReportContext>) {
        let api = router.group("/api/v1")
        api.get("/explain") { request, context in try await explainLink(request, context) }
        api.post("/explain") { request, context in try await explain(request, context) }
        api.get("/restatements/{file}") { request, context in
            try await restatement(request, context)
        }
        api.get("/closes") { request, context in try await closes(request, context) }
        api.get("/closes/{id}/{file}") { request, context in
            try await archived(request, context)
        }
    }

    // MARK: Explanations

    /// What `POST /api/v1/explain` takes.
    struct ExplainBody: Decodable {
        enum CodingKeys: String, BodyNames {
            case metrics, period, `where`, compare, company, group, knownAt, currency, part
            case offset, limit
        }

        let metrics: [String]
        let period: String?
        let `where`: [String]?
        let compare: String?
        let company: [String]?
        let group: String?
        let knownAt: String?
        let currency: String?
        let part: String?
        let offset: Int?
        let limit: Int?
    }

    private func explain(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let body = try await request.json(
            as: ExplainBody.self, names: ExplainBody.CodingKeys.self, "a question",
            remedy: "send {\"metrics\":[\"revenue\"],\"period\":\"this-month\"}, with "
                + "\"where\", \"compare\", \"company\", \"group\", \"knownAt\", "
                + "\"currency\", \"part\", \"offset\" and \"limit\" as you need them")
        let choices = ViewChoices(
            companies: body.company ?? [], group: body.group, period: body.period,
            compare: body.compare, conditions: body.where ?? [], knownAt: body.knownAt,
            currency: body.currency)
        let question = try MetricQuestion(
            metrics: body.metrics, choices: choices, grain: nil, by: [], order: nil, limit: nil)
        return try await explained(
            try ExplainQuestion(
                question, part: body.part, offset: body.offset, limit: body.limit), principal)
    }

    private func explainLink(
        _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        try await explained(try request.explainQuestion(), try context.recognised())
    }

    private func explained(
        _ question: ExplainQuestion, _ principal: Principal
    ) async throws -> Response {
        let text = try await desk.aside { [desk] in
            let scope = principal.scope(in: desk.store.schema)
            let figures = try desk.explain(question, scope: scope).map { try $0.json() }
            return "{\"explanations\":[\(figures.joined(separator: ",\n"))]}\n"
        }
        return APIRoutes.json(text)
    }

    // MARK: Restatements

    /// Parameters of a restatement beside the choices.
    static let restatement: [APIParameter] = [.since] + FileDownload.parameters

    private func restatement(
        _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        let principal = try context.recognised()
        let (name, format) = try ReportFormat.parted(try context.parameters.require("file"))
        try principal.mustExport()
        let choices = try request.choices(allowing: Self.restatement)
        let values = request.uri.queryParameters
        let since = try RestatementQuestion.since(values["since"].map(String.init))
        let output = try ReportChoices.output(
            format, locale: values["locale"].map(String.init),
            profile: values["profile"].map(String.init), table: values["table"].map(String.init))
        let (bytes, fileName, document) = try await desk.aside { [desk] in
            let document = try desk.restatement(
                RestatementQuestion(name: name, choices: choices, since: since),
                scope: principal.scope(in: desk.store.schema)
            ).said(for: output, desk.shelf.current.analytics)
            return (try output.bytes(document), output.fileName(for: document), document)
        }
        try await audit.enterDownload(
            of: "restatement of \(name)", format, choices: request.uri.query ?? "",
            rows: output.rowCount(of: document), commit: document.provenance.commit,
            filters: document.provenance.filters, bytes: bytes, by: principal,
            from: context.address)
        return Self.file(bytes, format, named: fileName)
    }

    static func file(_ bytes: [UInt8], _ format: ReportFormat, named name: String) -> Response {
        var headers: HTTPFields = [
            .contentType: format.contentType, .cacheControl: "private, no-store",
        ]
        if format != .json {
            headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: Closed periods

    private func closes(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let list = try desk.closes.all().filter { principal.companies.contains($0.company) }
        let texts = list.map { $0.json() }
        return APIRoutes.json("{\"closes\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    /// A file as it was archived when its period was closed.
    private func archived(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let (report, format) = try ReportFormat.parted(try context.parameters.require("file"))
        try principal.mustExport()
        let id = try context.parameters.require("id")
        // Archived reports hold all rows of their company.
        guard let number = Int64(id),
            let close = try desk.closes.all().first(where: { $0.id == number }),
            principal.companies.contains(close.company), principal.role != .salesRep,
            let file = close.files.first(where: { $0.report == report && $0.format == format })
        else {
            throw Advice(
                .unknown, "there is no closed period ‘\(id)’ with a report ‘\(report)’",
                remedy: "GET /api/v1/closes lists them")
        }
        let bytes = try await desk.aside { [desk] in try desk.closes.archive.bytes(of: file) }
        try await audit.enterDownload(
            of: "\(report) as closed", format, choices: "\(close.company) \(close.period)",
            commit: close.commit, bytes: bytes, by: principal, from: context.address)
        return Self.file(bytes, format, named: "\(report)-\(close.first).\(format.fileExtension)")
    }
}

extension Report {
    /// The formats of files that it goes into.
    var formats: [ReportFormat] {
        ReportFormat.formats(ofPayments: hasPayments, entries: hasEntries)
    }
}

extension HTTPField {
    /// The most bytes of such a field; servers and clients bound all fields together.
    private static let longest = 4096

    /// Sentences as one field, percent-encoded and parted by commas, as many as fit; then how many
    /// there are more.
    static func words(_ sentences: [String]) -> String {
        var out = ""
        for (index, sentence) in sentences.enumerated() {
            let word =
                sentence.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            guard out.utf8.count + word.utf8.count < longest else {
                return out + ",\(sentences.count - index)%20more"
            }
            out += (index == 0 ? "" : ",") + word
        }
        return out
    }
}

extension ReportFormat {
    /// The name and format of a file's name: `sales-register.pdf`.
    ///
    /// - Throws: `Advice` for a name without a format.
    static func parted(_ file: String) throws -> (name: String, format: ReportFormat) {
        guard let point = file.lastIndex(of: ".") else {
            throw Advice(
                .request, "‘\(file)’ names no file format",
                remedy: "ask for \(file).json, .csv, .xlsx or .pdf, or what else it goes into")
        }
        return (
            String(file[..<point]),
            try ReportFormat(named: String(file[file.index(after: point)...]))
        )
    }
}

extension Principal {
    /// Refuses those who may not take files away.
    ///
    /// - Throws: `Advice` of kind `denied`.
    func mustExport() throws { try must(.exports) }
}

extension Request {
    /// The question for an explanation in an address: `metric`, `part`, `offset`, `limit` and the
    /// choices of every page.
    ///
    /// - Throws: `Advice` for parameters that mean nothing.
    func explainQuestion() throws -> ExplainQuestion {
        let choices = try choices(allowing: .explanation)
        let values = uri.queryParameters
        func number(_ name: Substring) throws -> Int? {
            guard let text = values[name] else { return nil }
            guard let number = Int(text) else {
                throw Advice(.request, "‘\(name)’ is no number: ‘\(text)’", remedy: "write digits")
            }
            return number
        }
        let names = values.getAll("metric").flatMap { $0.split(separator: ",").map(String.init) }
        let question = try MetricQuestion(
            metrics: names, choices: choices, grain: nil, by: [], order: nil, limit: nil)
        return try ExplainQuestion(
            question, part: values["part"].map(String.init), offset: try number("offset"),
            limit: try number("limit"))
    }
}
