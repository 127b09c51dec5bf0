import HTTPTypes
import Hummingbird
import Store
import Vocabulary

extension PageRoutes {
    /// A page that shows what there is, and takes forms that change it.
    func addForms(
        _ path: RouterPath, to router: Router<ReportContext>,
        show: @escaping @Sendable (Request, ReportContext, Principal) async throws -> [UInt8],
        act:
            @escaping @Sendable (FormFields, Request, ReportContext, Principal) async throws
            -> Response
    ) {
        router.get(path) { request, context in
            try await shown(request, context) { principal in
                Self.html(try await show(request, context, principal))
            }
        }
        router.post(path) { request, context in
            try await sent(request, context) { principal, form in
                try await act(form, request, context, principal)
            }
        }
    }

    /// Who administers, from where.
    ///
    /// - Throws: `Advice` of kind `denied` when they have not the right to.
    func administrator(
        _ principal: Principal, _ context: ReportContext
    ) throws -> Administrator {
        try Administrator(principal, from: signInDesk.address(context))
    }

    /// The companies of somebody, in the order of the file.
    func companies(of principal: Principal) -> [Company] {
        desk.store.schema.companies.companies.filter { principal.companies.contains($0.code) }
    }

    /// Somebody as they are after a change that may have been of themselves; nil when they are signed
    /// out.
    func present(_ principal: Principal, _ context: ReportContext) async throws -> Principal? {
        guard let session = context.session else { return principal }
        let now = desk.clock.now()
        if let user = try await access.sessions.principal(of: session, .page, now: now) {
            return user
        }
        return try await access.sessions.principal(of: session, .provider, now: now)
    }

    static var noSuchForm: Advice {
        Advice(
            .request, "the form does not say what to do",
            remedy: "open the page again and repeat what you did")
    }
}
