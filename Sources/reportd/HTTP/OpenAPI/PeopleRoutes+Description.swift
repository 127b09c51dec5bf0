import Vocabulary

extension PeopleRoutes {
    /// Users, keys and guest links, for administrators.
    static let chapter = APIChapter(
        "People",
        [
            APIOperation(
                .get, "/api/v1/users", "Users and those who are invited.",
                gives: .json(.object(["users": .list(of: .named("Person"))]), "The list.")),
            APIOperation(
                .post, "/api/v1/users", "Invites somebody.", body: wish([.name]),
                gives: handed),
            APIOperation(
                .post, "/api/v1/users/{name}",
                "Gives a user another mailbox, role or other companies.", body: wish([]),
                gives: .json(
                    .any(of: [.named("Person"), .object([:])]), "The user as they are now.")),
            APIOperation(
                .delete, "/api/v1/users/{name}", "Removes a user, or withdraws an invitation.",
                gives: .done),
            APIOperation(
                .post, "/api/v1/users/{name}/invitation",
                "Invites once more; the address that was sent before is void.", gives: handed),
            APIOperation(
                .post, "/api/v1/users/{name}/reset",
                "Lets a user choose another password.", gives: handed),
            APIOperation(
                .get, "/api/v1/access",
                "Keys, guest links, tokens, and sessions of the identity provider.",
                gives: .json(.object(["access": .list(of: .named("Grant"))]), "The list.")),
            APIOperation(
                .post, "/api/v1/access/keys", "Makes an API key; its secret is told once.",
                body: key, gives: .json(.named("Grant"), "The key.", status: 201)),
            APIOperation(
                .post, "/api/v1/access/guests",
                "Makes a guest link to a dashboard; its address is told once.", body: guest,
                gives: .json(.named("Grant"), "The link.", status: 201)),
            APIOperation(
                .delete, "/api/v1/access/{kind}/{id}",
                "Revokes a key, guest link or token, or ends a session.",
                takes: [
                    .part(
                        "kind", "What it is.", .word(Grant.Kind.allCases.map { $0.rawValue + "s" }))
                ], gives: .done),
        ],
        schemas: ["Person": person, "Grant": grant])

    private static let handed = APIAnswer.json(
        .object(
            ["name": .text, "sentTo": .text, "address": .text], optional: ["sentTo", "address"]),
        "To which mailbox an address was sent; without a mail server the address itself, once.",
        status: 201)

    private static let person = APISchema.object([
        "name": .text, "mail": APISchema.text.orNull, "role": .word(of: Role.self),
        "companies": .list(of: .text), "userKey": APISchema.text.orNull,
        "state": .word(["active", "invited", "expired"]),
        "lastSignIn": APISchema.instant.orNull, "expires": APISchema.instant.orNull,
        "mayChange": .boolean,
    ])

    private static let grant = APISchema.object(
        [
            "kind": .word(of: Grant.Kind.self), "id": .text, "name": .text,
            "role": .word(of: Role.self), "companies": .list(of: .text),
            "scopes": .list(of: .word(of: Right.self)), "dashboard": APISchema.text.orNull,
            "frames": .list(of: .text), "made": .instant, "expires": .instant,
            "lastUsed": APISchema.instant.orNull, "revoked": APISchema.instant.orNull,
            "mayRevoke": .boolean, "key": .text, "address": .text,
        ], optional: ["key", "address"])

    private static func wish(_ required: Set<PersonBody.CodingKeys>) -> APISchema {
        APISchema.object(
            of: PersonBody.CodingKeys.self, required: required.union([.role, .companies])
        ) { name in
            switch name {
            case .role: .word(of: Role.self)
            case .companies: .list(of: .text)
            case .name: required.contains(.name) ? .text : APISchema.text.orNull
            case .mail, .userKey, .locale: APISchema.text.orNull
            }
        }
    }

    private static let key = APISchema.object(
        of: KeyBody.CodingKeys.self, required: [.name, .role, .companies]
    ) { name in
        switch name {
        case .name: .text
        case .role: .word(of: Role.self)
        case .companies: .list(of: .text)
        case .userKey: APISchema.text.orNull
        case .scopes: APISchema.list(of: .word(of: Right.self)).orNull
        case .days: APISchema.integer.orNull
        }
    }

    private static let guest = APISchema.object(
        of: GuestBody.CodingKeys.self, required: [.name, .dashboard, .companies]
    ) { name in
        switch name {
        case .name, .dashboard: .text
        case .companies: .list(of: .text)
        case .frames: APISchema.list(of: .text).orNull
        case .days: APISchema.integer.orNull
        }
    }
}
