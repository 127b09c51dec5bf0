import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Vocabulary

/// People, keys and guest links in the JSON interface, under the same rules as on the pages.
struct PeopleRoutes: Sendable {
    let desk: AnswerDesk
    let signInDesk: SignInDesk
    let people: PeopleDesk
    let grants: GrantDesk

    func add(to router: Router<ReportContext>) {
        let users = router.group("/api/v1/users")
        users.get("/") { _, context in try await list(context) }
        users.post("/") { request, context in try await invite(request, context) }
        users.post("/{name}") { request, context in try await change(request, context) }
        users.delete("/{name}") { _, context in
            try await people.remove(try Self.name(context), by: try administrator(context))
            return Response(status: .noContent)
        }
        users.post("/{name}/invitation") { _, context in
            let name = try Self.name(context)
            return Self.handed(
                name, try await people.inviteAgain(name, by: try administrator(context)))
        }
        users.post("/{name}/reset") { _, context in
            let name = try Self.name(context)
            return Self.handed(
                name, try await people.reset(name, by: try administrator(context)))
        }
        let access = router.group("/api/v1/access")
        access.get("/") { _, context in try await grants(context) }
        access.post("/keys") { request, context in try await makeKey(request, context) }
        access.post("/guests") { request, context in try await makeGuest(request, context) }
        access.delete("/{kind}/{id}") { _, context in try await revoke(context) }
    }

    private func administrator(_ context: ReportContext) throws -> Administrator {
        try Administrator(try context.recognised(), from: signInDesk.address(context))
    }

    /// The name in an address, where what means something in one is encoded.
    private static func name(_ context: ReportContext) throws -> String {
        let text = try context.parameters.require("name")
        return text.removingPercentEncoding ?? text
    }

    /// An answer that may hold a secret, which nobody is to keep.
    private static func made(_ text: String, _ status: HTTPResponse.Status) -> Response {
        var response = APIRoutes.json(text + "\n")
        response.status = status
        response.headers[.cacheControl] = "no-store"
        return response
    }

    // MARK: Users

    private func list(_ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let now = people.clock.now()
        let texts = try await people.people(for: administrator).map { person in
            person.json(for: administrator, at: now)
        }
        return APIRoutes.json("{\"users\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    struct PersonBody: Decodable {
        enum CodingKeys: String, BodyNames { case name, mail, role, companies, userKey, locale }

        let name: String?
        let mail: String?
        let role: String
        let companies: [String]
        let userKey: String?
        let locale: String?

        func wish(_ name: String) -> PeopleDesk.Wish {
            PeopleDesk.Wish(
                name: name, mail: mail ?? "", role: role, companies: companies,
                userKey: userKey, locale: locale ?? "")
        }
    }

    private static let sample =
        "send {\"name\":\"anna\",\"mail\":\"anna@example.com\",\"role\":\"VIEWER\","
        + "\"companies\":[\"…\"]}, with \"userKey\" and \"locale\" as you need them"

    private func invite(_ request: Request, _ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let body = try await request.json(
            as: PersonBody.self, names: PersonBody.CodingKeys.self, "a person",
            remedy: Self.sample)
        let name = body.name ?? ""
        return Self.handed(name, try await people.invite(body.wish(name), by: administrator))
    }

    private func change(_ request: Request, _ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let name = try Self.name(context)
        let body = try await request.json(
            as: PersonBody.self, names: PersonBody.CodingKeys.self, "a person",
            remedy: Self.sample)
        try await people.change(body.wish(name), by: administrator)
        let now = people.clock.now()
        let found = try await people.people(for: administrator).first { $0.name == name }
        return APIRoutes.json((found?.json(for: administrator, at: now) ?? "{}") + "\n")
    }

    private static func handed(_ name: String, _ handover: PeopleDesk.Handover) -> Response {
        let more =
            switch handover {
            case .sent(let mailbox): "\"sentTo\":\(JSONText.quoted(mailbox))"
            case .shown(let address): "\"address\":\(JSONText.quoted(address))"
            }
        return made("{\"name\":\(JSONText.quoted(name)),\(more)}", .created)
    }

    // MARK: Keys and links

    private func grants(_ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let texts = try await desk.aside { [grants] in
            try grants.all(for: administrator).map { $0.json(for: administrator) }
        }
        return APIRoutes.json("{\"access\":[\(texts.joined(separator: ",\n"))]}\n")
    }

    struct KeyBody: Decodable {
        enum CodingKeys: String, BodyNames { case name, role, companies, userKey, scopes, days }

        let name: String
        let role: String
        let companies: [String]
        let userKey: String?
        let scopes: [String]?
        let days: Int?
    }

    private func makeKey(_ request: Request, _ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let body = try await request.json(
            as: KeyBody.self, names: KeyBody.CodingKeys.self, "a key",
            remedy: "send {\"name\":\"till\",\"role\":\"VIEWER\",\"companies\":[\"…\"],"
                + "\"days\":90}, with \"scopes\" and \"userKey\" as you need them")
        let wish = GrantDesk.Wish(
            name: body.name, role: body.role, companies: body.companies, userKey: body.userKey,
            scopes: body.scopes ?? [], days: body.days ?? 90)
        return try await desk.aside { [grants] in
            let made = try grants.makeKey(wish, by: administrator)
            return Self.made(
                made.grant.json(for: administrator, secret: ("key", made.secret)), .created)
        }
    }

    struct GuestBody: Decodable {
        enum CodingKeys: String, BodyNames { case name, dashboard, companies, frames, days }

        let name: String
        let dashboard: String
        let companies: [String]
        let frames: [String]?
        let days: Int?
    }

    private func makeGuest(_ request: Request, _ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let body = try await request.json(
            as: GuestBody.self, names: GuestBody.CodingKeys.self, "a guest link",
            remedy: "send {\"name\":\"portal\",\"dashboard\":\"sales\",\"companies\":[\"…\"],"
                + "\"days\":30}, with \"frames\" as you need them")
        let wish = GrantDesk.Wish(
            name: body.name, companies: body.companies, dashboard: body.dashboard,
            frames: body.frames ?? [], days: body.days ?? 30)
        return try await desk.aside { [grants] in
            let made = try grants.makeGuest(wish, by: administrator)
            return Self.made(
                made.grant.json(for: administrator, secret: ("address", made.address)), .created)
        }
    }

    private func revoke(_ context: ReportContext) async throws -> Response {
        let administrator = try administrator(context)
        let (word, id) = (
            try context.parameters.require("kind"), try context.parameters.require("id")
        )
        guard let kind = Grant.Kind.allCases.first(where: { $0.rawValue + "s" == word }) else {
            throw Advice(
                .unknown, "there is nothing at this address",
                remedy: "use keys, guests, tokens or sessions")
        }
        try await desk.aside { [grants] in try grants.revoke(id, kind, by: administrator) }
        return Response(status: .noContent)
    }
}

extension JSONText {
    /// Texts as an array.
    fileprivate static func array(_ texts: some Sequence<String>) -> String {
        "[" + texts.map(quoted).joined(separator: ",") + "]"
    }

    /// A text, or null.
    fileprivate static func orNull(_ text: (some CustomStringConvertible)?) -> String {
        text.map { quoted("\($0)") } ?? "null"
    }
}

extension PeopleDesk.Person {
    /// As much of somebody as an administrator may see.
    fileprivate func json(for administrator: Administrator, at now: Instant) -> String {
        let companies = administrator.shown(principal.companies).sorted()
        var state = "active"
        var (last, expires): (Instant?, Instant?)
        switch self {
        case .user(let user): last = user.lastSignIn
        case .invited(let invitation):
            expires = invitation.expires
            state = now < invitation.expires ? "invited" : "expired"
        }
        return "{\"name\":\(JSONText.quoted(name)),\"mail\":\(JSONText.orNull(mail)),"
            + "\"role\":\"\(principal.role.rawValue)\",\"companies\":\(JSONText.array(companies)),"
            + "\"userKey\":\(JSONText.orNull(principal.userKey)),\"state\":\"\(state)\","
            + "\"lastSignIn\":\(JSONText.orNull(last)),\"expires\":\(JSONText.orNull(expires)),"
            + "\"mayChange\":\(administrator.governs(principal.companies))}"
    }
}

extension Grant {
    /// As much of it as an administrator may see, with its secret when it was made just now.
    fileprivate func json(
        for administrator: Administrator, secret: (name: String, value: String)? = nil
    ) -> String {
        let companies = administrator.shown(principal.companies).sorted()
        let scopes = kind == .key ? principal.rights.map(\.rawValue).sorted() : []
        let more = secret.map { ",\"\($0.name)\":\(JSONText.quoted($0.value))" } ?? ""
        return "{\"kind\":\"\(kind.rawValue)\",\"id\":\(JSONText.quoted(id)),"
            + "\"name\":\(JSONText.quoted(name)),\"role\":\"\(principal.role.rawValue)\","
            + "\"companies\":\(JSONText.array(companies)),\"scopes\":\(JSONText.array(scopes)),"
            + "\"dashboard\":\(JSONText.orNull(dashboard)),\"frames\":\(JSONText.array(frames)),"
            + "\"made\":\"\(made)\",\"expires\":\"\(expires)\","
            + "\"lastUsed\":\(JSONText.orNull(lastUsed)),\"revoked\":\(JSONText.orNull(revoked)),"
            + "\"mayRevoke\":\(administrator.governs(principal.companies))\(more)}"
    }
}
