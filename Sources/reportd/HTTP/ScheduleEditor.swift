import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import Reports
import Store
import Vocabulary

/// Schedules made and changed through the pages.
///
/// What is saved is a file of `OwnDefinitions`, read by the same reader as any other before it is written,
/// and put in force at once. Who saves may give nobody more companies than they see themselves.
struct ScheduleEditor: Sendable {
    let pages: PageRoutes
    let post: PostDesk

    private var shelf: DefinitionShelf { pages.desk.shelf }

    func add(to router: Router<ReportContext>) {
        router.get("/new-schedule") { request, context in
            try await pages.shown(request, context) { principal in
                let report = request.uri.queryParameters["report"].map(String.init)
                return try shown(
                    ScheduleFormPage(
                        path: "/new-schedule",
                        form: try blank(report, for: principal), seen: ""), request, principal)
            }
        }
        router.post("/new-schedule") { request, context in
            try await edited(nil, request, context)
        }
        router.post("/schedules/{name}/edit") { request, context in
            try await edited(try context.parameters.require("name"), request, context)
        }
        router.get("/schedules/{name}/edit") { request, context in
            let name = try context.parameters.require("name")
            return try await pages.shown(request, context) { principal in
                try shown(try opened(name, for: principal), request, principal)
            }
        }
    }

    // MARK: What can be changed

    private func own() throws -> OwnDefinitions {
        guard let own = shelf.own else {
            throw Advice(
                .request, "this program keeps no definitions of its own",
                remedy: "write the schedule as a file")
        }
        return own
    }

    /// The version of a schedule's file, if it was made through the pages; nil for one of the operator's.
    func version(of name: String) -> String? {
        guard let file = post.book.file(of: name), file.isOwn else { return nil }
        return shelf.own?.text(.schedules, name).map(OwnDefinitions.version)
    }

    /// The text of a schedule's own file.
    ///
    /// - Throws: `Advice` that names the file of one that is the operator's.
    private func text(of name: String, for principal: Principal) throws -> String {
        _ = try post.schedule(name, for: principal)
        let file = post.book.file(of: name)
        guard file?.isOwn == true, let text = try own().text(.schedules, name) else {
            throw Advice(
                .request, "‘\(name)’ was not made on these pages",
                remedy: "change \(file.map { "line \($0.line) of \($0.name)" } ?? "its file")")
        }
        return text
    }

    private func blank(_ report: String?, for principal: Principal) throws -> ScheduleForm {
        let reports = try PageAssembly(desk: pages.desk, principal: principal).reportEntries(
            .english)
        let first = reports.first.map { String($0.path.dropFirst("/reports/".count)) }
        let analytics = shelf.current.analytics
        let known =
            report.flatMap { analytics.reports[$0] } ?? first.flatMap { analytics.reports[$0] }
        var form = ScheduleForm(
            report: known?.name ?? "", period: known?.period.description ?? "last-month")
        if principal.companies.count == 1 {
            for code in principal.companies { form.fields["company.\(code)"] = "on" }
        }
        return form
    }

    private func opened(_ name: String, for principal: Principal) throws -> ScheduleFormPage {
        let text = try text(of: name, for: principal)
        var page = ScheduleFormPage(
            path: "/schedules/\(name)/edit", form: ScheduleForm(fields: [:]),
            seen: OwnDefinitions.version(text), name: name)
        // The fields are offered where they say all that the file does, else its text.
        if let form = (try? DefinitionNode(parsing: text, file: name)).flatMap({
            ScheduleForm(reading: $0)
        }), let said = try? form.yaml(), try read(said, name) == read(text, name) {
            page.form = form
        } else {
            page.text = text
        }
        return page
    }

    private func read(_ text: String, _ name: String) throws -> Schedule {
        try shelf.schedule(reading: text, file: own().shown(.schedules, name))
    }

    // MARK: Previewing and saving

    /// Answers the form by showing what it says, or by saving it; `name` is nil for a new schedule.
    func edited(
        _ name: String?, _ request: Request, _ context: ReportContext
    ) async throws -> Response {
        try await pages.sent(request, context) { principal, form in
            let sent = form.last
            try principal.must(.sending)
            if let name { _ = try text(of: name, for: principal) }
            var page = ScheduleFormPage(
                path: name.map { "/schedules/\($0)/edit" } ?? "/new-schedule",
                form: ScheduleForm(fields: sent), seen: sent["seen"] ?? "", name: name,
                text: sent["text"].map { $0.replacing("\r\n", with: "\n") })
            if let name { page.form.fields["name"] = name }
            do {
                let text = try page.text ?? page.form.yaml()
                page.written = text
                let schedule = try checked(text, name, for: principal)
                page.schedule = schedule
                guard sent["do"] == "save" else { return try shown(page, request, principal) }
                try await save(text, schedule, over: page.seen, isNew: name == nil, for: principal)
                return PageRoutes.seeOther("/schedules/\(schedule.name)?done=saved")
            } catch let advice as Advice {
                page.failure = advice
                return try shown(page, request, principal, status: .unprocessableContent)
            }
        }
    }

    /// A schedule that may be saved by somebody.
    private func checked(
        _ text: String, _ name: String?, for principal: Principal
    ) throws -> Schedule {
        let written = try DefinitionNode(parsing: text, file: "schedule.yaml")
            .entries().first { try $0.key.string() == "schedule" }?.value.identifier()
        guard let written else {
            throw Advice(.request, "the schedule has no name", remedy: "add a line ‘schedule: …’")
        }
        if let name, written != name {
            throw Advice(
                .request, "the name of a schedule stays as it is",
                remedy: "make a new one, and remove this one")
        }
        if name == nil, let file = post.book.file(of: written) {
            throw Advice(
                .request,
                "there is a schedule ‘\(written)’ already"
                    + (file.isOwn ? "" : ", in the operator’s folder"),
                remedy: "choose another name")
        }
        let schedule = try read(text, written)
        let granted = Set(
            schedule.companies + schedule.recipients.flatMap(\.companies)
                + (schedule.column?.companies ?? []))
        guard principal.companies.isSuperset(of: granted) else {
            throw Advice(
                .request, "the schedule shows companies that are not yours",
                remedy: "name only those that you see")
        }
        return schedule
    }

    private func save(
        _ text: String, _ schedule: Schedule, over seen: String, isNew: Bool,
        for principal: Principal
    ) async throws {
        try own().put(.schedules, schedule.name, text, over: seen)
        try await post.enter(
            principal, schedule.name,
            ["change": isNew ? "made" : "changed", "sha256": OwnDefinitions.version(text)])
        try await putInForce { $0.schedules.contains { $0 == schedule } }
    }

    /// Removes a schedule's own file.
    func remove(_ name: String, seen: String, for principal: Principal) async throws {
        try principal.must(.sending)
        _ = try text(of: name, for: principal)
        try own().put(.schedules, name, nil, over: seen)
        try await post.enter(principal, name, ["change": "removed"])
        try await putInForce { book in !book.schedules.contains { $0.name == name } }
    }

    private func putInForce(_ isDone: (ScheduleBook) -> Bool) async throws {
        let (shelf, desk) = (shelf, pages.desk)
        try await desk.aside { shelf.reload() }
        let book = shelf.current.schedules
        await post.scheduler?.reload(book)
        guard isDone(book) else {
            throw Advice(
                .request, "it is saved, but not in force: the definitions have a mistake",
                remedy: shelf.problem?.description ?? "see the program’s log")
        }
    }

    // MARK: The page

    private func shown(
        _ page: ScheduleFormPage, _ request: Request, _ principal: Principal,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let analytics = shelf.current.analytics
        let snapshot = try pages.desk.store.snapshot(principal.scope(in: pages.desk.store.schema))
        var page = page
        let locale = pages.locale(request)
        page.reports = analytics.reports(withDataIn: snapshot).map {
            ($0.name, locale.named($0.title))
        }
        if !page.form["report"].isEmpty, let report = analytics.reports[page.form["report"]],
            !page.reports.contains(where: { $0.name == report.name })
        {
            page.reports.append((report.name, locale.named(report.title)))
        }
        page.metrics = analytics.metrics.values.sorted { $0.label < $1.label }
            .map { ($0.name, PhraseBook.labels.said($0.label, in: locale)) }
        page.companies = pages.desk.store.schema.companies.companies
            .filter { principal.companies.contains($0.code) }
        page.now = post.now
        let frame = pages.frame(request, principal, .schedules)
        return PageRoutes.html(
            pages.renderer.render(frame) { page.markup($0) }, status: status)
    }
}
