import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Vocabulary

/// Schedules and deliveries in the JSON interface.
struct ScheduleRoutes: Sendable {
    let post: PostDesk

    func add(to router: Router<ReportContext>) {
        let schedules = router.group("/api/v1/schedules")
        schedules.get("/") { _, context in try await list(context) }
        schedules.get("/{name}") { _, context in try await one(context) }
        schedules.post("/{name}/{action}") { request, context in
            try await act(request, context)
        }
        let sent = router.group("/api/v1/deliveries")
        sent.get("/") { request, context in try await deliveries(request, context) }
        sent.get("/{id}") { _, context in try await delivery(context) }
        sent.post("/{id}/resend") { _, context in try await resend(context) }
        sent.delete("/{id}/links") { _, context in try await unlink(context) }
        sent.get("/{id}/message.eml") { request, context in
            try await message(request, context)
        }
        sent.get("/{id}/files/{hash}") { _, context in try await file(context) }
        sent.get("/{id}/comparison") { request, context in
            try await comparison(request, context)
        }
        let silent = router.group("/api/v1/suppressions")
        silent.get("/") { _, context in try await suppressions(context) }
        silent.delete("/") { request, context in try await allow(request, context) }
    }

    // MARK: Schedules

    private func list(_ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let json = ScheduleJSON(companies: principal.companies)
        let texts = try await post.standings(for: principal).map { json.schedule($0) }
        return APIRoutes.json("{\"schedules\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    private func one(_ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let standing = try await post.standing(
            try context.parameters.require("name"), for: principal)
        return APIRoutes.json(
            ScheduleJSON(companies: principal.companies).schedule(standing, isWhole: true) + "\n")
    }

    private func act(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let name = try context.parameters.require("name")
        let values = try request.values(of: Self.ofActions)
        var more = ""
        switch try context.parameters.require("action") {
        case "pause": try await post.setPaused(name, true, for: principal)
        case "resume": try await post.setPaused(name, false, for: principal)
        case "run":
            let planned = try await post.run(name, for: principal)
            more = ",\"run\":\"\(planned.run.local)\",\"underWay\":\(planned.open)"
        case "release":
            let run = try values["run"].map { try Self.time($0) }
            let released = try await post.release(name, run: run, for: principal)
            let runs = released.map { "\"\($0.local)\"" }.joined(separator: ",")
            more = ",\"released\":[\(runs)]"
        case let other:
            throw Advice(
                .unknown, "nothing is done to schedules at ‘\(other)’",
                remedy: Spelling.remedy(for: other, legal: ["pause", "resume", "run", "release"]))
        }
        var response = APIRoutes.json("{\"schedule\":\(JSONText.quoted(name))\(more)}\n")
        response.status = more.isEmpty ? .ok : .accepted
        return response
    }

    private static func time(_ text: String) throws -> LocalTime {
        guard let time = LocalTime(text) else {
            throw Advice(
                .request, "‘\(text)’ is not a local time", remedy: "write it as 2026-11-16T07:30")
        }
        return time
    }

    // MARK: Deliveries

    private func deliveries(_ request: Request, _ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let question = try DeliveryQuestion(request)
        let found = try await post.ledger.deliveries(question, for: post.sight(of: principal))
        let json = ScheduleJSON(companies: principal.companies)
        let next = found.count == question.limit ? found.last.map { "\($0.id)" } : nil
        return APIRoutes.json(
            "{\"deliveries\":[\(found.map { json.delivery($0) }.joined(separator: ",\n"))],"
                + "\"next\":\(next ?? "null")}\n")
    }

    private func asked(_ context: ReportContext) async throws -> (Delivery, Principal) {
        let principal = try context.recognised()
        let id = try context.parameters.require("id")
        return (try await post.delivery(id, for: principal), principal)
    }

    private func delivery(_ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        // That nothing is kept any more is no fault of who asks for the delivery.
        let parts = try? await post.parts(of: delivery)
        return APIRoutes.json(
            ScheduleJSON(companies: principal.companies).delivery(
                delivery, parts: parts?.files, links: try await post.ledger.links(of: delivery),
                isWhole: true) + "\n")
    }

    private func unlink(_ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        try await post.revokeLinks(of: delivery, for: principal)
        return Response(status: .noContent)
    }

    private func resend(_ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        let planned = try await post.resend(delivery, for: principal)
        var response = APIRoutes.json(
            ScheduleJSON(companies: principal.companies).delivery(planned) + "\n")
        response.status = .accepted
        return response
    }

    private func message(_ request: Request, _ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        let attempt = try request.values(of: Self.ofMessages)["attempt"].map { text in
            guard let number = Int(text) else {
                throw Advice(
                    .request, "‘\(text)’ is no number of an attempt", remedy: "write digits")
            }
            return number
        }
        let bytes = try await post.message(
            of: delivery, attempt: attempt, for: principal, from: context.address)
        let isMail = !delivery.recipient.hasPrefix("#")
        return Self.file(
            bytes, type: isMail ? "message/rfc822" : "application/json",
            name: "\(delivery.id).\(isMail ? "eml" : "json")")
    }

    private func file(_ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        let file = try await post.file(
            try context.parameters.require("hash"), of: delivery, for: principal,
            from: context.address)
        return Self.file(file.bytes, type: file.type, name: file.name)
    }

    static func file(_ bytes: [UInt8], type: String, name: String) -> Response {
        let plain = name.unicodeScalars.map { $0.isASCII && $0 != "\"" ? Character($0) : "_" }
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "private, no-store",
                .contentDisposition: "attachment; filename=\"\(String(plain))\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func comparison(_ request: Request, _ context: ReportContext) async throws -> Response {
        let (delivery, principal) = try await asked(context)
        let other = try request.values(of: Self.ofComparisons)["with"]
        let found = try await post.comparison(of: delivery, with: other, for: principal)
        let lines = (found?.lines ?? []).map(JSONText.quoted).joined(separator: ",")
        return APIRoutes.json(
            "{\"delivery\":\(delivery.id),\"before\":\(found.map { "\($0.before.id)" } ?? "null"),"
                + "\"differences\":[\(lines)]}\n")
    }

    // MARK: Who gets nothing

    private func suppressions(_ context: ReportContext) async throws -> Response {
        let principal = try context.recognised()
        let json = ScheduleJSON(companies: principal.companies)
        let texts = try await post.suppressions(for: principal).map(json.suppression)
        return APIRoutes.json("{\"suppressions\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    private func allow(_ request: Request, _ context: ReportContext) async throws -> Response {
        let values = try request.values(of: Self.ofSuppressions)
        guard let recipient = values["recipient"] else {
            throw Advice(
                .request, "nothing says whom to send to again", remedy: "name ‘recipient=…’")
        }
        try await post.allow(
            recipient, schedule: values["schedule"], for: context.recognised())
        return Response(status: .noContent)
    }
}

extension DeliveryQuestion {
    /// The question in an address; empty values are those of a form where nothing was chosen.
    ///
    /// - Throws: `Advice` for what means nothing.
    init(_ request: Request, allowing others: [String] = []) throws {
        self.init()
        for (name, value) in request.uri.queryParameters
        where !value.isEmpty && !others.contains(String(name)) {
            let text = String(value)
            switch String(name) {
            case "schedule": schedule = text
            case "recipient": recipient = text
            case "state":
                guard let known = Delivery.State(rawValue: text) else {
                    throw Advice(
                        .request, "‘\(text)’ is not a state of deliveries",
                        remedy: Spelling.remedy(
                            for: text, legal: Delivery.State.allCases.map(\.rawValue)))
                }
                state = known
            case "since":
                guard let moment = Instant(text) ?? LocalDay(text).map({ Zone.utc.start(of: $0) })
                else {
                    throw Advice(
                        .request, "‘\(text)’ is neither a moment nor a day",
                        remedy: "write 2026-11-16 or 2026-11-16T07:30:00Z")
                }
                since = moment
            case "after": after = Int64(try Self.number(text, 1...Int.max))
            case "limit": limit = try Self.number(text, 1...Self.most)
            case let other:
                throw Advice(
                    .request, "the parameter ‘\(other)’ is not known",
                    remedy: Spelling.remedy(
                        for: other, legal: ScheduleRoutes.ofDeliveries.names))
            }
        }
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Advice(
                .request,
                "‘\(text)’ is not a number from \(range.lowerBound) to \(range.upperBound)",
                remedy: "write digits")
        }
        return number
    }
}
