import HTTPTypes
import Hummingbird
import Reports
import Vocabulary

/// Hands out a document as a file, and enters that in the audit log before anybody has it.
struct FileDownload: Sendable {
    let desk: AnswerDesk
    let audit: AuditLog

    /// Parameters beside the choices of what is shown.
    static let parameters: [APIParameter] = [.locale, .table, .profile]

    /// The answer to a request for a file, made of what `document` makes of the choices.
    ///
    /// `more` are parameters that the address has besides, and `table` is the one that CSV takes when
    /// none is named. A reader who may take nothing away is refused.
    func answer(
        _ format: ReportFormat, _ request: Request, _ context: ReportContext,
        allowing more: [APIParameter] = [], table: String? = nil,
        of document: @escaping @Sendable (ViewChoices) throws -> ReportDocument
    ) async throws -> Response {
        let principal = try context.recognised()
        try principal.mustExport()
        let choices = try request.choices(allowing: Self.parameters + more)
        let values = request.uri.queryParameters
        let output = try ReportChoices.output(
            format, locale: values["locale"].map(String.init),
            profile: values["profile"].map(String.init),
            table: values["table"].map(String.init) ?? (format == .csv ? table : nil),
            programs: desk.shelf.current.programs)
        let made = try await desk.aside {
            let document = try document(choices).said(
                for: output, desk.shelf.current.analytics)
            return (
                document: document, bytes: try output.bytes(document),
                notices: try output.notices(of: document)
            )
        }
        let provenance = made.document.provenance
        try await audit.enterDownload(
            of: made.document.name, format, choices: request.uri.query ?? "",
            rows: output.rowCount(of: made.document), commit: provenance.commit,
            filters: provenance.filters, bytes: made.bytes, by: principal, from: context.address)
        var response = TrustRoutes.file(
            made.bytes, format, named: output.fileName(for: made.document))
        if !made.notices.isEmpty, let name = HTTPField.Name("Reportd-Notices") {
            response.headers[name] = HTTPField.words(made.notices)
        }
        return response
    }
}
