import Analytics
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Store
import Vocabulary

/// The pages of schedules and deliveries, and their forms.
struct SchedulePages: Sendable {
    let pages: PageRoutes
    let post: PostDesk

    func add(to router: Router<ReportContext>) {
        router.get("/schedules") { request, context in
            try await pages.shown(request, context) { try await list(request, $0) }
        }
        router.get("/schedules/{name}") { request, context in
            let name = try context.parameters.require("name")
            return try await pages.shown(request, context) { try await one(name, request, $0) }
        }
        router.post("/schedules/{name}/{action}") { request, context in
            try await act(request, context)
        }
        router.get("/deliveries") { request, context in
            try await pages.shown(request, context) { try await deliveries(request, $0) }
        }
        router.get("/deliveries/{id}") { request, context in
            let id = try context.parameters.require("id")
            return try await pages.shown(request, context) { try await delivery(id, request, $0) }
        }
        router.get("/deliveries/{id}/message") { request, context in
            let id = try context.parameters.require("id")
            return try await pages.shown(request, context) { principal in
                try await message(id, principal, context)
            }
        }
        router.post("/deliveries/allow") { request, context in
            try await changed(request, context) { principal, form in
                let schedule = form["schedule"] ?? ""
                try await post.allow(
                    form["recipient"] ?? "", schedule: schedule.isEmpty ? nil : schedule,
                    for: principal)
                return "/deliveries?done=allowed"
            }
        }
        router.post("/deliveries/{id}/resend") { request, context in
            let id = try context.parameters.require("id")
            return try await changed(request, context) { principal, _ in
                _ = try await post.resend(
                    try await post.delivery(id, for: principal), for: principal)
                return "/deliveries/\(id)?done=resent"
            }
        }
        router.post("/deliveries/{id}/unlink") { request, context in
            let id = try context.parameters.require("id")
            return try await changed(request, context) { principal, _ in
                try await post.revokeLinks(
                    of: try await post.delivery(id, for: principal), for: principal)
                return "/deliveries/\(id)?done=unlinked"
            }
        }
    }

    // MARK: Forms

    /// Answers a form of a signed-in reader, and leads on to where what was done is told.
    func changed(
        _ request: Request, _ context: ReportContext,
        _ change: (Principal, [String: String]) async throws -> String
    ) async throws -> Response {
        try await pages.sent(request, context) { principal, form in
            PageRoutes.seeOther(try await change(principal, form.last))
        }
    }

    private func act(_ request: Request, _ context: ReportContext) async throws -> Response {
        let name = try context.parameters.require("name")
        let action = try context.parameters.require("action")
        return try await changed(request, context) { principal, form in
            let path = "/schedules/\(name)?done="
            switch action {
            case "pause":
                try await post.setPaused(name, true, for: principal)
                return path + "paused"
            case "resume":
                try await post.setPaused(name, false, for: principal)
                return path + "resumed"
            case "run":
                let planned = try await post.run(name, for: principal)
                return path + (planned.open == 0 ? "nothing" : "run")
            case "release":
                _ = try await post.release(
                    name, run: LocalTime(form["run"] ?? ""), for: principal)
                return path + "released"
            case "remove":
                try await ScheduleEditor(pages: pages, post: post).remove(
                    name, seen: form["seen"] ?? "", for: principal)
                return "/schedules?done=removed"
            default:
                throw Advice(
                    .unknown, "there is nothing at this address",
                    remedy: "open the list of schedules")
            }
        }
    }

    // MARK: Schedules

    private func page(
        _ request: Request, _ markup: ScheduleMarkup, _ principal: Principal
    ) -> SchedulePage {
        let companies = pages.desk.store.schema.companies.companies
            .filter { principal.companies.contains($0.code) }
        let reports = pages.desk.shelf.current.analytics.reports
        var page = SchedulePage(
            markup: markup, reports: reports.mapValues { markup.locale.named($0.title) },
            companies: Dictionary(uniqueKeysWithValues: companies.map { ($0.code, $0.name) }),
            done: Self.done(request, markup.locale))
        let book = post.book
        for schedule in book.schedules { page.places[schedule.name] = book.file(of: schedule.name) }
        return page
    }

    private static func done(_ request: Request, _ locale: ReportLocale) -> String? {
        ScheduleMarkup.done(request.uri.queryParameters["done"].map(String.init), in: locale)
    }

    private func list(_ request: Request, _ principal: Principal) async throws -> Response {
        let standings = try await post.standings(for: principal)
        let frame = pages.frame(request, principal, .schedules)
        return PageRoutes.html(
            pages.renderer.render(frame) { page(request, $0, principal).list(standings) })
    }

    private func one(
        _ name: String, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let standing = try await post.standing(name, for: principal)
        var question = DeliveryQuestion(schedule: name)
        question.limit = DeliveryQuestion.most
        let oldest = standing.runs.last?.run.instant
        question.since = oldest
        let deliveries =
            oldest == nil
            ? [] : try await post.ledger.deliveries(question, for: post.sight(of: principal))
        let frame = pages.frame(request, principal, .schedules)
        let content = SchedulePage.Content(
            standing: standing, deliveries: deliveries,
            version: ScheduleEditor(pages: pages, post: post).version(of: name),
            isLate: post.isLate)
        return PageRoutes.html(
            pages.renderer.render(frame) { page(request, $0, principal).one(content) })
    }

    // MARK: Deliveries

    private func page(
        _ request: Request, _ markup: ScheduleMarkup, of principal: Principal
    ) -> DeliveryPage {
        let schedules = post.book.schedules.filter { post.sees($0, principal) }
        return DeliveryPage(
            markup: markup,
            schedules: Dictionary(uniqueKeysWithValues: schedules.map { ($0.name, $0) }),
            done: Self.done(request, markup.locale))
    }

    private func deliveries(_ request: Request, _ principal: Principal) async throws -> Response {
        let question = try DeliveryQuestion(request, allowing: ["done"])
        let names = Set(post.book.schedules.filter { post.sees($0, principal) }.map(\.name))
        let list = DeliveryPage.List(
            question: question,
            deliveries: try await post.ledger.deliveries(
                question, for: post.sight(of: principal)),
            trouble: try await post.trouble(for: principal),
            held: try await post.ledger.waitingRuns().filter {
                $0.state == .held && names.contains($0.schedule)
            },
            suppressions: principal.rights.contains(.sending)
                ? try await post.suppressions(for: principal) : [],
            isLate: post.isLate)
        let frame = pages.frame(request, principal, .schedules)
        return PageRoutes.html(
            pages.renderer.render(frame) { page(request, $0, of: principal).list(list) })
    }

    private func delivery(
        _ id: String, _ request: Request, _ principal: Principal
    ) async throws -> Response {
        let delivery = try await post.delivery(id, for: principal)
        let frame = pages.frame(request, principal, .schedules)
        let message: Result<SentMessage, Advice>
        do {
            message = .success(try await post.parts(of: delivery))
        } catch {
            message = .failure(Problem.advice(error))
        }
        let isCompared = request.uri.queryParameters["compare"] != nil
        let content = DeliveryPage.Content(
            delivery: delivery, isLate: post.isLate(delivery), message: message,
            links: try await post.ledger.links(of: delivery), now: post.now,
            comparison: isCompared
                ? try await comparison(of: delivery, principal, frame.locale) : .none)
        var response = PageRoutes.html(
            pages.renderer.render(frame) { page(request, $0, of: principal).one(content) })
        SafetyHeaders.allowOwnFrames(in: &response)
        return response
    }

    private func comparison(
        of delivery: Delivery, _ principal: Principal, _ locale: ReportLocale
    ) async throws -> DeliveryPage.Comparison {
        do {
            guard
                let found = try await post.comparison(of: delivery, with: nil, for: principal)
            else { return .impossible(ScheduleWord.noEarlier.text(in: locale)) }
            return .made(before: found.before, lines: found.lines)
        } catch let advice as Advice where advice.kind == .unknown {
            return .impossible(PageRenderer.sentence(advice.description))
        }
    }

    /// The body of a message as its recipient sees it, sealed: it can neither run nor load nor lead
    /// anywhere.
    private func message(
        _ id: String, _ principal: Principal, _ context: ReportContext
    ) async throws -> Response {
        let delivery = try await post.delivery(id, for: principal)
        let parts = try await post.parts(of: delivery)
        _ = try await post.message(
            of: delivery, attempt: nil, for: principal, from: context.address)
        let text =
            "<!doctype html><meta charset=\"utf-8\"><title>\(MarkupText.escaped(parts.subject))"
            + "</title><pre>\(MarkupText.escaped(parts.text))</pre>"
        var response = PageRoutes.html(Array((parts.document ?? text).utf8))
        SafetyHeaders.seal(&response)
        return response
    }
}
